"""Docstrings of the public fills: shared text, and one template for two functions.

The docstring of an in-place function is a template. ``{name}`` stands for one of `PARTS`. In
``[[one|other]]``, the first text is for the in-place function, the second for the function that
returns a new array. So each fact is written once, and both docstrings are whole.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypeVar

from fastinit._memory.arrays import listed
from fastinit._memory.dtypes import FLOAT_DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")

FLOATS = listed(FLOAT_DTYPES)

SEED = """seed : int or Generator, optional
    An integer in [0, 2**64), or a generator. The default is the generator of the process: see
    `manual_seed`.
stream : int or str, optional
    An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
    seed are independent. If no stream is given, an integer seed means stream 0, and a generator
    hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
    out none."""

THREADS = """threads : int, optional
    The largest number of threads. The default is what `get_num_threads` returns."""

DTYPE = f"""dtype : dtype, default float32
    {FLOATS}. It may be a name."""

#: Entries of docstrings, without indentation.
PARTS = {
    "floats": FLOATS,
    "out": f"""[[out : array or buffer of a floating dtype
    The dtype is {FLOATS}.
    Writable, of any shape and memory layout.|shape : int or sequence of int
    The shape of the new array.]]""",
    "weight": f"""[[out : array or buffer of a floating dtype
    The whole weight. The dtype is {FLOATS}.
    Writable, of any memory layout.|shape : int or sequence of int
    The shape of the whole weight.]]""",
    "dtype": f"[[|\n{DTYPE}]]",
    "address": f"""{SEED}
offset : int, default 0
    The C-order index that the first element of the array has in the whole tensor.
{THREADS}""",
    # No part of such a weight can be made without the rest.
    "address_without_offset": f"{SEED}\n{THREADS}",
    "result": """[[out
    The same object.|array
    A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.]]""",
    "unwritten": "[[ Nothing has been written in these cases.|]]",
    "guarantee": """Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
depend on the machine, the instruction set, the number of threads or the memory layout.""",
}

IN_PLACE, ALLOCATING = 0, 1

#: The docstring of each in-place function as it is written in the source.
_TEMPLATES: dict[object, str] = {}


def rendered(template: str, form: int) -> str:
    """Return a docstring: a template with its parts, in the given form."""
    for name, part in PARTS.items():
        template = template.replace(f"{{{name}}}", part)
    # Not a regular expression: to compile one at import would take longer than all docstrings.
    first, *others = template.split("[[")
    done = [first]
    for each in others:
        choice, end, rest = each.partition("]]")
        one, bar, other = choice.partition("|")
        done += [(one, other)[form], rest] if end and bar else ["[[", each]
    return "".join(done)


def without_misplaced(function: Function) -> Function:
    """Leave ``*more`` out of the signature that users see, because every such argument raises."""
    signature = inspect.signature(function)
    shown = [each for each in signature.parameters.values() if each.kind is not each.VAR_POSITIONAL]
    function.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    return function


def documented(function: Function) -> Function:
    """Make the docstring of an in-place function from the template that it has as docstring."""
    if function.__doc__:  # there is none under python -OO
        template = _TEMPLATES[function] = inspect.cleandoc(function.__doc__)
        function.__doc__ = rendered(template, IN_PLACE)
    return function


def allocating(in_place: object) -> Callable[[Function], Function]:
    """Make the docstring of an allocating function: its own summary and examples around the rest.

    The rest is the template of the in-place function.
    """

    def decorate(function: Function) -> Function:
        if function.__doc__:
            summary, _, examples = inspect.cleandoc(function.__doc__).partition("\n\n")
            _, _, rest = _TEMPLATES[in_place].partition("\n\n")
            body, _, _ = rest.partition("\n\nExamples\n")
            function.__doc__ = rendered(f"{summary}\n\n{body}\n\n{examples}", ALLOCATING)
        return without_misplaced(function)

    return decorate
