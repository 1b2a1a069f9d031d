from typing import Any

lanes: int
"""64-bit lanes of a vector, and blocks of four words that one vector holds."""

chains: int
"""Vectors of blocks generated in one go."""

panel_width: int
"""Columns of a panel of `decompose` and `reflect`."""

octave_rows: bytes
"""Coefficients of the float32 inverse normal distribution: 32 rows of 8 float32 numbers."""

random_words: object
"""A capsule of a C function that writes words of a stream; see module.pxi."""

def fill(
    out: Any,
    distribution: int,
    number_format: int,
    parameters: tuple[float, ...],
    seed: int,
    stream: int,
    offset: int,
    begin: int,
    end: int,
    streaming: bool,
    /,
) -> None: ...
def fill_box(
    out: Any,
    distribution: int,
    number_format: int,
    parameters: tuple[float, ...],
    seed: int,
    stream: int,
    origin: int,
    steps: tuple[int, ...],
    rows: Any | None,
    begin: int,
    end: int,
    streaming: bool,
    /,
) -> None: ...
def fill_quantized(
    out: Any,
    bits: int,
    in_front: bool,
    dim: int,
    distribution: int,
    parameters: tuple[float, ...],
    seed: int,
    stream: int,
    first_row: int,
    begin: int,
    end: int,
    /,
) -> None: ...
def decompose(
    panels: Any, coefficients: Any, signs: Any, rows: int, columns: int, number: int, /
) -> None: ...
def reflect(
    target: Any,
    panels: Any,
    coefficients: Any,
    rows: int,
    number: int,
    transposed: bool,
    begin: int,
    end: int,
    /,
) -> None: ...
def normal_of_words(words: Any, out: Any, /) -> None: ...
