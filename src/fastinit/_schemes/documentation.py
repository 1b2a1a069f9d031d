"""Text that the docstrings of the public fills share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])

PARTS = {
    "floats": "float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2",
    "address": """seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of
        one seed are independent. If no stream is given, an integer seed means stream 0, and a
        generator hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the
        generator hands out none.
    offset : int, default 0
        The C-order index that the first element of `out` has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.""",
    "guarantee": """Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does
    not depend on the machine, the instruction set, the number of threads or the memory layout.""",
    "allocating": """The array has the given `shape` (an int or a sequence of ints) and the given
    `dtype` (which may be a name). It is C-contiguous and 64-byte aligned. For the dtypes, the other
    arguments, the errors and the guarantee, see""",
}


def documented(function: Function) -> Function:
    """Replace each ``{name}`` in the docstring of a function by the text of that part."""
    if function.__doc__:  # there is none under python -OO
        for name, text in PARTS.items():
            function.__doc__ = function.__doc__.replace(f"{{{name}}}", text)
    return function
