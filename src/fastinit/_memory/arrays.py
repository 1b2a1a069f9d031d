"""Memory to fill: any array-like object becomes a NumPy array over the same memory.

Guarantees: all errors about memory are raised here, before a byte is written. Arrays made here are
64-byte aligned, so JAX and other libraries accept them without a copy. For large ones, NumPy asks
the system for huge pages.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import lru_cache
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from fastinit._support.suggestions import did_you_mean

from .dtypes import ML_DTYPES, dtype_of_name, native_name
from .torch_tensors import name_of_dtype

if TYPE_CHECKING:
    from fastinit.typing import DTypeLike, NDArray

ALIGNMENT = 64
#: No dtype has a longer name, in characters.
LONGEST_NAME = 64
LARGEST_INDEX = np.iinfo(np.intp).max
BYTES = np.dtype(np.uint8)
#: The types of arguments that always mean the same dtype.
NAMING = (type, str)

Shape = SupportsIndex | Sequence[SupportsIndex]

#: Libraries with immutable arrays. Not everything that they export is marked as read-only.
_OF_JAX = (
    "a JAX array, which is immutable: use fastinit.jax.initializers or fastinit.jax.make_array"
)
IMMUTABLE = {
    "jax": _OF_JAX,
    "jaxlib": _OF_JAX,
}


def as_shape(shape: Shape, name: str = "shape") -> tuple[int, ...]:
    """Return a shape as a tuple of integers, or raise."""
    axes: Any = shape
    if type(shape) is tuple:  # most are, and the class `Sequence` takes longer to decide
        pass
    elif not isinstance(shape, (Sequence, np.ndarray)) or getattr(shape, "ndim", 1) == 0:
        axes = (shape,)
    elif isinstance(shape, (str, bytes)):
        raise TypeError(f"{name} must be an integer or a sequence of integers, got {shape!r}")
    try:
        lengths = tuple(map(operator.index, axes))
    except TypeError:
        raise TypeError(
            f"{name} must be an integer or a sequence of integers, got {_given_as_shape(shape)}"
        ) from None
    if lengths and min(lengths) < 0:
        raise ValueError(f"{name} must not have negative lengths, got {lengths}")
    return lengths


def _given_as_shape(given: Any) -> str:
    """Return what was given as a shape, for an error: an array may be long."""
    lengths = getattr(given, "shape", None)
    if not isinstance(lengths, tuple):
        return shortened(given)
    return (
        f"{type(given).__name__} of shape {tuple(lengths)}: to fill it, call the function whose "
        "name ends in an underscore; for a new array of its shape, give its .shape"
    )


def listed(names: tuple[str, ...]) -> str:
    """Return names as text: "a, b or c"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def check_dtype(dtype: np.dtype[Any], expected: tuple[str, ...], name: str) -> None:
    """Raise unless a dtype has native byte order and an expected name."""
    if native_name(dtype) in expected:
        return
    if dtype.name in expected:
        raise TypeError(f"{name} must be in native byte order, got {dtype.str}: use {dtype.name}")
    raise TypeError(f"{name} must be {listed(expected)}, got {dtype.name}")


def _checked_length(dtype: DTypeLike) -> DTypeLike:
    if isinstance(dtype, str) and len(dtype) > LONGEST_NAME:
        raise ValueError("no dtype has such a long name")
    return dtype


def as_dtype(dtype: DTypeLike, expected: tuple[str, ...]) -> np.dtype[Any]:
    """Return one of the expected dtypes in native byte order, or raise.

    A ``torch.dtype`` means the dtype of the same name. None means the first of them,
    which is the default. NumPy would take None for float64.
    """
    if dtype is None:
        return _known_dtype(expected[0], expected)
    # Types and names are most arguments. Others may have no hash.
    if type(dtype) in NAMING:
        return _known_dtype(dtype, expected)  # type: ignore[arg-type]  # it has a hash
    return _as_dtype(dtype, expected)


@lru_cache(maxsize=64)
def _known_dtype(dtype: type | str, expected: tuple[str, ...]) -> np.dtype[Any]:
    return _as_dtype(dtype, expected)


def _as_dtype(dtype: DTypeLike, expected: tuple[str, ...]) -> np.dtype[Any]:
    if dtype in ML_DTYPES and dtype in expected:
        given: np.dtype[Any] = dtype_of_name(str(dtype))
    else:
        try:
            # A long text from a file would keep NumPy busy for seconds.
            given = np.dtype(_checked_length(dtype))  # type: ignore[arg-type]  # the error follows
        except (TypeError, ValueError, SyntaxError):  # what NumPy raises for an unknown dtype
            if (name := name_of_dtype(dtype)) is not None:
                return _known_dtype(name, expected)
            raise TypeError(
                f"dtype must be {listed(expected)}, got {shortened(dtype)}"
                f"{did_you_mean(dtype, expected) if isinstance(dtype, str) else ''}"
                f"{': a shape is one argument, such as (3, 4)' if isinstance(dtype, int) else ''}"
            ) from None
    check_dtype(given, expected, "dtype")
    return given


def empty(shape: Shape, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a new C-contiguous array whose address is a multiple of 64."""
    lengths = as_shape(shape)
    size = dtype.itemsize
    for length in lengths:
        size *= length
    if size > LARGEST_INDEX - ALIGNMENT:
        raise ValueError(f"an array of shape {lengths} and dtype {dtype.name} is too large")
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return np.ndarray(lengths, dtype, memory, start)


class _Interface:
    """A source for NumPy arrays: a dictionary that describes memory, and its owner."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, interface: Any, owner: object) -> None:
        self.__array_interface__ = interface
        self.owner = owner


def _array_of_interface(out: Any) -> NDArray[Any] | None:
    """Return an array over the memory that `__array_interface__` describes, or None without one.

    NumPy gets only the dictionary. If it got the object, it could fall back to making a copy.
    """
    try:
        interface = out.__array_interface__
    except AttributeError:
        return None
    except Exception as error:
        raise ValueError(f"out cannot be filled in place: {error}") from error
    try:
        return np.asarray(_Interface(interface, out))
    except Exception as error:
        raise ValueError(
            f"out has an __array_interface__ ({type(out).__name__}) that NumPy cannot read: {error}"
        ) from error


def _array_of_buffer(buffer: memoryview) -> NDArray[Any]:
    try:
        return np.asarray(buffer)
    except Exception as error:
        raise TypeError(
            f"out is a buffer of the format {buffer.format!r}, which NumPy cannot read: {error}"
        ) from error


def _described(out: Any) -> str:
    return f"the class {out.__name__}" if isinstance(out, type) else type(out).__name__


def as_array(out: Any) -> NDArray[Any]:
    """Return a NumPy array over the memory of an array or buffer, never over a copy.

    The result always has the base class, because a subclass may give operators and assignments
    another meaning (numpy.matrix, masked arrays, arrays with units).
    """
    if isinstance(out, np.ndarray):
        return np.asarray(out)
    library = type(out).__module__.partition(".")[0]
    if library in IMMUTABLE:
        raise TypeError(f"out must be writable memory, got {IMMUTABLE[library]}")
    if library == "tensorflow":
        from .tensorflow_tensors import memory_of  # noqa: PLC0415 - imports ctypes

        return memory_of(out)
    try:
        buffer = memoryview(out)
    except (TypeError, BufferError):
        pass
    else:
        return _array_of_buffer(buffer)
    # A class has these attributes like its objects, and a NumPy scalar only gives copies.
    if not isinstance(out, (type, np.generic)):
        if (array := _array_of_interface(out)) is not None:
            return array
        if hasattr(out, "__dlpack__"):
            from .dlpack import array_of  # noqa: PLC0415 - imports ctypes

            return array_of(out)
    advice = "fill a NumPy array and convert it"
    if isinstance(out, (int, float, tuple)):
        advice = (
            "the memory comes first; for a new array of a shape, call the function whose name does "
            "not end in an underscore"
        )
    raise TypeError(
        "out must be a NumPy array or a writable buffer (memoryview, array.array, ...), or a CPU "
        f"tensor that has __dlpack__, got {_described(out)}: {advice}"
    )


def as_values(values: Any, name: str) -> NDArray[Any]:
    """Return an array of the base class with the values of an argument, or raise.

    Raises
    ------
    ValueError
        If elements are masked, because a masked element has no value.
    """
    if isinstance(values, np.ndarray) and type(values) is not np.ndarray:
        masked = getattr(values, "mask", False)
        if np.any(masked):
            raise ValueError(
                f"{name} must not have masked elements: replace them, as {name}.filled(0) does"
            )
    return np.asarray(values)


def overlaps_itself(array: NDArray[Any]) -> bool:
    """Say whether two elements of an array share memory.

    This is exact for the results of slicing, transposing and broadcasting. In order of increasing
    stride, the stride of each axis must be at least the extent of the axes before it.
    """
    axes = sorted(
        (abs(stride), length)
        for stride, length in zip(array.strides, array.shape, strict=True)
        if length > 1
    )
    covered = array.itemsize
    for stride, length in axes:
        if stride < covered:
            return True
        covered = stride * (length - 1) + covered
    return False


def writable_array(out: Any, expected: tuple[str, ...]) -> NDArray[Any]:
    """Return a NumPy array over memory that can be filled, or raise.

    Before the first byte is written, call `mark_written` with `out`.

    Parameters
    ----------
    out : array or buffer
        Any layout is accepted: C, Fortran, strided, negative strides, zero-size, 0-d, misaligned.
        For a subclass of numpy.ndarray, the result is a view with the base class.
    expected : tuple of str
        The names of the dtypes that are accepted.

    Raises
    ------
    TypeError
        If `out` is not an array, or has another dtype or byte order.
    ValueError
        If `out` is read-only, or two of its elements share memory.
    """
    array = out if type(out) is np.ndarray else as_array(out)
    if array.dtype == BYTES and BYTES.name not in expected and not isinstance(out, np.ndarray):
        raise TypeError(
            f"the dtype of out must be {listed(expected)}, got uint8: for raw bytes, "
            "give numpy.frombuffer(out, dtype)"
        )
    check_dtype(array.dtype, expected, "the dtype of out")
    flags = array.flags
    if not flags.writeable:
        raise ValueError("out is read-only: give a writable array, or a copy of it")
    if not flags.c_contiguous and array.size and overlaps_itself(array):
        raise ValueError(
            "out must not have elements that share memory, as arrays made by broadcasting have, "
            f"got shape {array.shape} with strides {array.strides}: give a copy of it"
        )
    return array
