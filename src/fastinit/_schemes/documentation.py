"""What the docstrings of the public fills have in common, stated once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])

PARTS = {
    "floats": "float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2",
    "address": """seed : int or Generator, optional
        An integer in [0, 2**64): the key. Or a generator, by default the process's: see
        `manual_seed`.
    stream : int or str, optional
        In [0, 2**64), or a name such as a parameter's: streams of one seed are independent. By
        default 0 where the seed is an integer, and a generator's next stream where it is not:
        2**63, 2**63 + 1 and so on. A stream that is given takes none from the generator.
    offset : int, default 0
        The index, in the whole tensor, of the first element of `out`; elements count in C order.
    threads : int, optional
        At most so many threads; by default what `get_num_threads` returns.""",
    "guarantee": """Compatibility guarantee: a value depends only on the distribution, the seed, the
    stream and the element's index, for one ``fastinit.CONTRACT_VERSION``: not on the machine, the
    instruction set, the threads, or the memory's layout.""",
    "allocating": """The array has the given `shape` (an int or a sequence of ints) and `dtype`,
    which may be a name; it is C-contiguous and 64-byte aligned. The dtypes, the other arguments,
    the errors and the guarantee are those of""",
}


def documented(function: Function) -> Function:
    """Put the parts that a function's docstring names in braces into it."""
    if function.__doc__:  # there is none under python -OO
        for name, text in PARTS.items():
            function.__doc__ = function.__doc__.replace(f"{{{name}}}", text)
    return function
