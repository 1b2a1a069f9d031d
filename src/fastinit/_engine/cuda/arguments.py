"""The arguments of a kernel on a GPU: from a law and a place in memory to one struct.

Pure functions of numbers; nothing is read or written at the addresses. Guarantees: an element gets
the index that the CPU's kernels give it. Requires: everything was checked, as for
`_engine.engine`; no fill is empty.
"""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, NamedTuple

from fastinit._engine import kernel_arguments
from fastinit._memory.dtypes import FormatNumber

from .source import Kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastinit._engine.kernel_arguments import Law

MOST_DIMENSIONS = 64
_WORD = 1 << 64
_BLOCK_WORDS, _BLOCK_BYTES = 4, 16
TEAM = 32  # threads that make a quantised row


# Each class has the fields of the struct of the same name in loops.cuh, or of Parameters in
# transforms.cuh. tests/cuda/test_kernels_on_host.py compares their places.


class Parameters(ctypes.Structure):
    """The parameters of a law."""

    _fields_ = tuple((name, ctypes.c_double) for name in kernel_arguments.Parameters._fields)


class Task(ctypes.Structure):
    """What all kernels take."""

    _fields_ = (
        ("parameters", Parameters),
        ("seed", ctypes.c_uint64),
        ("stream", ctypes.c_uint64),
    )


class Contiguous(ctypes.Structure):
    """Consecutive elements in consecutive memory."""

    _fields_ = (
        ("task", Task),
        ("out", ctypes.c_uint64),
        ("start", ctypes.c_uint64),
        ("count", ctypes.c_uint64),
    )


class Box(ctypes.Structure):
    """A box of a larger tensor in strided memory."""

    _fields_ = (
        ("task", Task),
        ("out", ctypes.c_uint64),
        ("rows", ctypes.c_uint64),
        ("row_end", ctypes.c_uint64),
        ("zero_row", ctypes.c_uint64),
        ("origin", ctypes.c_uint64),
        ("count", ctypes.c_uint64),
        ("pieces", ctypes.c_uint64),
        ("ndim", ctypes.c_int64),
        ("shape", ctypes.c_uint64 * MOST_DIMENSIONS),
        ("strides", ctypes.c_int64 * MOST_DIMENSIONS),
        ("steps", ctypes.c_uint64 * MOST_DIMENSIONS),
    )


class Quantized(ctypes.Structure):
    """Rows of codes."""

    _fields_ = (
        ("task", Task),
        ("out", ctypes.c_uint64),
        ("row_stride", ctypes.c_int64),
        ("dim", ctypes.c_uint64),
        ("first_row", ctypes.c_uint64),
        ("count", ctypes.c_uint64),
        ("bits", ctypes.c_int64),
        ("in_front", ctypes.c_int64),
    )


class Stream(NamedTuple):
    """A sequence of words."""

    seed: int
    number: int


class Rows(NamedTuple):
    """Row numbers in the memory of the GPU, as consecutive int64."""

    address: int
    end: int
    """Rows of the tensor. A number outside [0, end) makes a row of NaN."""
    zero: int | None = None
    """The row of zeros, if there is one."""


class Call(NamedTuple):
    """A kernel, and what it is called with."""

    kernel: Kernel
    arguments: ctypes.Structure
    threads: int
    """As many threads can be busy at once."""


class _Axis(NamedTuple):
    length: int
    stride: int
    step: int


def _task(law: Law, stream: Stream) -> Task:
    return Task(Parameters(*law.parameters), stream.seed, stream.number)


def _element_bytes(form: FormatNumber) -> int:
    if form in (FormatNumber.UINT64, FormatNumber.FLOAT64):
        return 8
    if form in (FormatNumber.UINT32, FormatNumber.FLOAT32):
        return 4
    return 2 if form in (FormatNumber.BFLOAT16, FormatNumber.FLOAT16) else 1


def _elements_of_block(form: FormatNumber) -> int:
    return min(_BLOCK_BYTES // _element_bytes(form), _BLOCK_WORDS)


def contiguous(address: int, count: int, law: Law, stream: Stream, start: int) -> Call:
    """Return the call that writes elements [start, start + count) to consecutive memory."""
    per_block = _elements_of_block(law.format)
    blocks = (start + count - 1) // per_block - start // per_block + 1
    arguments = Contiguous(_task(law, stream), address, start, count)
    return Call(Kernel("contiguous", law.kind, law.format), arguments, blocks)


def _joined(axes: Sequence[_Axis], first: int) -> list[_Axis]:
    """Join axes from `first` on that are contiguous both in memory and in the tensor."""
    joined: list[_Axis] = []
    for place, axis in enumerate(axes):
        if axis.length == 1 and place >= first:
            continue
        if len(joined) > first:
            last = joined[-1]
            steps_on = (last.step - axis.step * axis.length) % _WORD == 0
            if steps_on and last.stride == axis.stride * axis.length:
                joined[-1] = axis._replace(length=last.length * axis.length)
                continue
        joined.append(axis)
    if len(joined) <= first:  # a row of one element
        joined.append(_Axis(1, 0, 1))
    return joined


def box(
    address: int,
    shape: Sequence[int],
    strides: Sequence[int],
    law: Law,
    stream: Stream,
    origin: int,
    steps: Sequence[int],
    rows: Rows | None = None,
) -> Call:
    """Return the call that writes a box of a tensor; see `regions.Box` and loops.cuh.

    Parameters
    ----------
    address : int
        Where the first element of the box lies.
    shape, strides : sequence of int
        Of the memory: lengths, and distances in bytes.
    law, stream
        What is written.
    origin : int
        The index of the first element in the tensor.
    steps : sequence of int
        Distances of neighbours in the tensor, modulo 2**64.
    rows : Rows, optional
        Row numbers that replace 0, 1, 2, ... along the first axis.
    """
    given = [_Axis(*each) for each in zip(shape, strides, steps, strict=True)]
    axes = _joined(given, 0 if rows is None else 1)
    *outer, last = axes
    itemsize = _element_bytes(law.format)
    if not outer and last.step == 1 and (last.stride == itemsize or last.length == 1):
        return contiguous(address, last.length, law, stream, origin)
    per_block = _elements_of_block(law.format)
    if last.step != 1:
        pieces = last.length
    elif all(axis.step % per_block == 0 for axis in outer):
        pieces = -(-(origin % per_block + last.length) // per_block)
    else:  # a row begins anywhere in a block
        pieces = (last.length + 2 * per_block - 2) // per_block
    count = math.prod(axis.length for axis in outer)
    arguments = Box(
        task=_task(law, stream),
        out=address,
        rows=0 if rows is None else rows.address,
        row_end=0 if rows is None else rows.end,
        zero_row=_WORD - 1 if rows is None or rows.zero is None else rows.zero,
        origin=origin,
        count=count,
        pieces=pieces,
        ndim=len(axes),
    )
    for place, axis in enumerate(axes):
        arguments.shape[place] = axis.length
        arguments.strides[place] = axis.stride
        arguments.steps[place] = axis.step
    return Call(Kernel("box", law.kind, law.format), arguments, count * pieces)


def steps_of(shape: Sequence[int]) -> list[int]:
    """Return the distances of neighbours along each axis of a tensor in C order, in elements."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def strided(
    address: int,
    shape: Sequence[int],
    strides: Sequence[int],
    law: Law,
    stream: Stream,
    start: int,
) -> Call:
    """Return the call that writes elements from `start` on, in C order, to strided memory."""
    return box(address, shape, strides, law, stream, start, steps_of(shape))


def quantized(
    address: int,
    count: int,
    row_stride: int,
    dim: int,
    bits: int,
    law: Law,
    stream: Stream,
    first_row: int,
    *,
    in_front: bool,
) -> Call:
    """Return the call that writes rows [first_row, first_row + count) of codes."""
    arguments = Quantized(
        _task(law, stream), address, row_stride, dim, first_row, count, bits, in_front
    )
    return Call(Kernel("quantized", law.kind, FormatNumber.FLOAT32), arguments, count * TEAM)
