from typing import Any

lanes: int
"""64-bit lanes of a vector, and blocks of four words that one vector holds."""

chains: int
"""Vectors of blocks generated in one go."""

panel_width: int
"""Columns of a panel of `decompose` and `reflect`."""

distributions: dict[str, int]
"""The numbers of the distributions, by name; `Kind` in kernel_arguments.py has the same."""

formats: dict[str, int]
"""The numbers of the formats, by name; `FormatNumber` in dtypes.py has the same."""

parameter_offsets: dict[str, int]
"""The position in bytes of each parameter of a distribution, by name."""

parameters_size: int
"""The bytes of all parameters: float64 numbers, in the order of `parameter_offsets`."""

octave_rows: bytes
"""Coefficients of the float32 inverse normal distribution: 32 rows of 8 float32 numbers."""

fill_contiguous_memory: object
"""A capsule of a C function that fills contiguous memory; see module.pxi."""

random_words: object
"""A capsule of a C function that writes words of a stream; see module.pxi."""

def fill(
    out: Any,
    distribution: int,
    format: int,  # noqa: A002 - named as in module.pxi
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
    format: int,  # noqa: A002 - named as in module.pxi
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
def normal_of_words(given: Any, out: Any, /) -> None: ...
