"""`Generator`: NumPy's generator over the kernels.

Guarantees: the methods here have the names, the order of arguments and the defaults of NumPy. Each
call of one takes one stream. A call that raises does not change the memory or the next stream. All
other methods are those of NumPy, and draw from a stream that is not handed out.

This module imports `numpy.random`, so import it on demand. `StreamSource` is the type for checks.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import builtins
import math
from copy import copy
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeGuard, overload

import numpy as np
from numpy.random import Generator as NumpyGenerator

from fastinit._engine import kernel_arguments
from fastinit._engine.engine import fill
from fastinit._memory.arrays import (
    as_dtype,
    as_shape,
    as_values,
    check_dtype,
    empty,
    writable_array,
)
from fastinit._memory.dtypes import FLOAT_DTYPES, format_of
from fastinit._memory.torch_tensors import mark_written
from fastinit.typing import (
    ArrayLike,
    DTypeLike,
    Float32,
    Float64,
    NDArray,
    NumPySeed,
    Out,
    Self,
    Shape,
)

from .addressing import as_index, check_seed
from .bit_generator import Philox, bounded_integers
from .common_fills import NORMAL, UNIFORM
from .default_generator import source_of_process
from .generator_bits import GeneratorBits
from .next_streams import have_bit_generator
from .streams import State, StreamSource

if TYPE_CHECKING:
    from fastinit._engine.kernel_arguments import Law

#: The dtypes for which parameters may be arrays. Only the kernels round to narrower formats.
ARRAY_DTYPES = ("float32", "float64")
WORD = np.dtype("u4")
#: The bounds, or the moments, of the standard distributions.
STANDARD = (0.0, 1.0)

#: The dtypes of integers for which a word each is enough, with their limits.
INTEGERS = {
    kind: (np.dtype(kind), int(np.iinfo(kind).min), int(np.iinfo(kind).max))
    for kind in (int, np.int64, np.uint64, np.int32, np.uint32)
}
#: From so many integers on, the loop here is faster than that of NumPy.
LEAST_COUNT = 1000

NEGATIVE_SCALE = "scale must not be negative, got {scale!r}"
INFINITE_RANGE = "high - low must be finite, got low={low!r} and high={high!r}"


def is_number(value: ArrayLike) -> TypeGuard[float]:
    """Say whether a parameter is one number rather than an array."""
    return isinstance(value, (float, int)) or np.ndim(value) == 0


def memory_for(size: Shape | None, dtype: np.dtype[Any], out: Any) -> NDArray[Any]:
    """Return the memory for the values: that of `out` if it is suitable, or a new array."""
    if out is None:
        return empty(() if size is None else as_shape(size, "size"), dtype)
    array = writable_array(out, FLOAT_DTYPES)
    if array.dtype != dtype:
        raise TypeError(
            f"out must have the dtype {dtype.name}, got {array.dtype.name}; "
            f"to fill it, give dtype={array.dtype.name!r}"
        )
    if size is not None and as_shape(size, "size") != array.shape:
        raise ValueError(f"size must be the shape of out, {array.shape}, got {size}")
    return array


def memory_for_broadcast(
    shape: tuple[int, ...], size: Shape | None, dtype: np.dtype[Any], out: Any
) -> NDArray[Any]:
    """Return the memory for values whose parameters are arrays that broadcast to `shape`."""
    check_dtype(dtype, ARRAY_DTYPES, "the dtype for parameters that are arrays")
    array = memory_for(shape if size is None and out is None else size, dtype, out)
    try:
        broadcast = np.broadcast_shapes(shape, array.shape)
    except ValueError:
        broadcast = None
    if broadcast != array.shape:
        raise ValueError(
            f"size must be a shape to which the parameters broadcast, {shape}, got {array.shape}"
        )
    return array


def as_parameter(values: ArrayLike, name: str, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a parameter as an array, in the precision in which values of a dtype are computed."""
    arithmetic = np.float64 if dtype.itemsize == 8 else np.float32  # noqa: PLR2004 - bytes
    given = as_values(values, name)
    if not np.can_cast(given.dtype, arithmetic, "same_kind"):
        raise TypeError(f"{name} must be a real number or an array of them, got {given.dtype}")
    with np.errstate(over="ignore"):  # the errors of the callers say more than the warning
        return given.astype(arithmetic)


def result(array: NDArray[Any], size: Shape | None, out: Any) -> Any:
    """Return `out`, an array, or a float if no shape was given, as the methods of NumPy do."""
    if out is not None:
        return out
    return float(array) if size is None and array.ndim == 0 else array


def plain_bounds(
    low: object, high: object, size: object, dtype: object, *, closed: bool
) -> tuple[int, int, np.dtype[Any]] | None:
    """Return the least integer, their number and the dtype, if `bounded_integers` can make them.

    Everything else, and every error, is for NumPy.
    """
    if not isinstance(dtype, type) or dtype not in INTEGERS:
        return None
    given, minimum, maximum = INTEGERS[dtype]
    if high is None:
        low, high = 0, low
    if type(low) is not int or type(high) is not int:
        return None
    width = high - low + bool(closed)
    if not (2 <= width < 2**32 and minimum <= low and low + width - 1 <= maximum):  # noqa: PLR2004
        return None
    shape = (size,) if type(size) is int else size
    if type(shape) is not tuple or not all(type(each) is int and each >= 0 for each in shape):
        return None
    return (low, width, given) if math.prod(shape) >= LEAST_COUNT else None


# Generators of NumPy that are not in use, for `integers`. Taking one is atomic.
_idle: list[NumpyGenerator] = []


def _as_drawn_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return the dtype of numbers that a method draws. None means float64, as in NumPy."""
    return as_dtype(np.float64 if dtype is None else dtype, FLOAT_DTYPES)


@have_bit_generator
class Generator(StreamSource, NumpyGenerator):  # type: ignore[misc]
    """A generator of random numbers: NumPy's, with kernels that fill large arrays fast.

    It is a `numpy.random.Generator` and has all its methods. Every function of this package accepts
    it as a seed: ``fastinit.he_normal(shape, seed=generator)``. Threads may share a generator. Its
    state is four integers.

    Parameters
    ----------
    seed : int, optional
        An integer in [0, 2**64). By default it comes from the operating system. The
        `bit_generator` of a generator of this class means a second generator with the same state.

    Notes
    -----
    `random`, `uniform`, `normal`, `standard_normal`, `integers`, `bytes` and the functions of this
    package take one stream a call. Call k, counted from 0, takes stream 2**63 + k. Its values are
    those of `fastinit.uniform` and the other functions with this seed and stream, with the same
    guarantee. A call that raises takes no stream, and neither does a call that gets a `stream`.

    All other methods are those of NumPy. They draw the next words of stream 2**64 - 1, which is not
    handed out. Where NumPy calls one of the methods above (`choice` calls `integers`), that call
    takes a stream. The compatibility policy of NumPy applies to these methods and to `integers`.

    In a forked process, a generator that was made without a seed keeps its seed and continues at
    other streams, so that processes do not repeat each other. A generator with a given seed repeats
    the values of its parent, as in NumPy and PyTorch: `spawn` one for each process, or name the
    streams.

    Examples
    --------
    >>> generator = fastinit.Generator(0)
    >>> generator.normal(0.0, 0.02, size=3, dtype="float32")
    array([0.02215592, 0.00066932, 0.01052753], dtype=float32)
    >>> fastinit.he_normal((256, 128), seed=generator).shape
    (256, 128)
    >>> generator
    Generator(seed=0) at stream 9223372036854775810
    >>> generator.permutation(5)
    array([4, 0, 1, 2, 3])
    """

    __slots__ = ("__weakref__",)

    # The state is in the bit generator, as in NumPy.
    bit_generator: GeneratorBits
    _seed = property(attrgetter("bit_generator._seed"))
    _next_stream = property(attrgetter("bit_generator._next_stream"))

    def __init__(self, seed: int | GeneratorBits | None = None) -> None:
        if not isinstance(seed, GeneratorBits):
            seed = GeneratorBits(None if seed is None else check_seed(seed, " or None"))
        NumpyGenerator.__init__(self, seed)

    def _restart(self, *numbers: int) -> None:
        self.bit_generator._restart(*numbers)  # noqa: SLF001

    def _take_over(self, other: StreamSource) -> None:
        self.bit_generator._take_over(other)  # noqa: SLF001

    def address(self, stream: int | str | None = None) -> tuple[int, int]:
        return self.bit_generator.address(stream)

    def take_back(self, stream: int) -> None:
        self.bit_generator.take_back(stream)

    # mypy: a list of this class is no list of NumPy's generators, for whoever appends to it.
    def spawn(  # type: ignore[override]
        self, n_children: int
    ) -> list[Self]:
        return [type(self)(bits) for bits in self.bit_generator.spawn(n_children)]

    def get_state(self) -> State:
        return self.bit_generator.get_state()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by means of the bit generator."""
        return type(self), (self.bit_generator,)

    def __copy__(self) -> Self:
        """Return a generator of its own, and not one with the same state."""
        return type(self)(copy(self.bit_generator))

    def _fill(self, array: NDArray[Any], law: Law, out: object = None) -> None:
        seed, stream = self.address()
        try:
            mark_written(out)
            fill(array, law, seed, stream, 0, None)
        except BaseException:  # Ctrl-C, for example
            self.take_back(stream)
            raise

    @overload  # type: ignore[override]
    def random(self, size: None = None, dtype: DTypeLike = ..., out: None = None) -> float: ...
    @overload
    def random(  # type: ignore[overload-overlap]
        self, size: Shape, dtype: Float64 = ..., out: None = None
    ) -> NDArray[np.float64]: ...
    @overload
    def random(self, size: Shape, dtype: Float32, out: None = None) -> NDArray[np.float32]: ...
    @overload
    def random(self, size: Shape, dtype: DTypeLike, out: None = None) -> NDArray[Any]: ...
    @overload
    def random(self, size: Shape | None = None, dtype: DTypeLike = ..., *, out: Out) -> Out: ...
    @overload
    def random(self, size: Shape | None, dtype: DTypeLike, out: Out) -> Out: ...
    def random(
        self, size: Shape | None = None, dtype: DTypeLike = np.float64, out: Any = None
    ) -> Any:
        """Return numbers from the uniform distribution on [0, 1).

        Parameters
        ----------
        size : int or sequence of int, optional
            The shape. By default it is the shape of `out`; without `out`, one float is returned.
        dtype : dtype, default float64
            Any dtype that `fastinit.uniform` accepts.
        out : array or buffer, optional
            Memory of this dtype, in any layout. It is filled and returned.

        Returns
        -------
        out, array or float
            `out` if it was given; otherwise a new array, or one float if there is no shape.

        Raises
        ------
        TypeError, ValueError
            If an argument has the wrong type, or if `out` cannot be filled or has another dtype or
            size.

        Examples
        --------
        >>> fastinit.Generator(0).random(3)
        array([0.61915708, 0.00676643, 0.88321148])
        """
        made = UNIFORM.draw(self, size, dtype, out, STANDARD)
        if made is not None:
            return made
        given = _as_drawn_dtype(dtype)
        array = memory_for(size, given, out)
        self._fill(array, kernel_arguments.uniform(0.0, 1.0, given), out)
        return result(array, size, out)

    @overload  # type: ignore[override]
    def standard_normal(
        self, size: None = None, dtype: DTypeLike = ..., out: None = None
    ) -> float: ...
    @overload
    def standard_normal(  # type: ignore[overload-overlap]
        self, size: Shape, dtype: Float64 = ..., out: None = None
    ) -> NDArray[np.float64]: ...
    @overload
    def standard_normal(
        self, size: Shape, dtype: Float32, out: None = None
    ) -> NDArray[np.float32]: ...
    @overload
    def standard_normal(self, size: Shape, dtype: DTypeLike, out: None = None) -> NDArray[Any]: ...
    @overload
    def standard_normal(
        self, size: Shape | None = None, dtype: DTypeLike = ..., *, out: Out
    ) -> Out: ...
    @overload
    def standard_normal(self, size: Shape | None, dtype: DTypeLike, out: Out) -> Out: ...
    def standard_normal(
        self, size: Shape | None = None, dtype: DTypeLike = np.float64, out: Any = None
    ) -> Any:
        """Return numbers from the normal distribution with mean 0 and standard deviation 1.

        The arguments and the errors are those of `random`.

        Parameters
        ----------
        size, dtype, out
            As in `random`.

        Returns
        -------
        out, array or float
            `out` if it was given; otherwise a new array, or one float if there is no shape.

        Raises
        ------
        TypeError, ValueError
            For the reasons of `random`.

        Examples
        --------
        >>> fastinit.Generator(0).standard_normal(3, dtype="float32")
        array([1.1077961 , 0.03346586, 0.5263766 ], dtype=float32)
        """
        made = NORMAL.draw(self, size, dtype, out, STANDARD)
        if made is not None:
            return made
        given = _as_drawn_dtype(dtype)
        array = memory_for(size, given, out)
        self._fill(array, kernel_arguments.normal(0.0, 1.0, given), out)
        return result(array, size, out)

    @overload  # type: ignore[override]  # a single value, if neither parameters nor size are arrays
    def uniform(
        self,
        low: float = ...,
        high: float = ...,
        size: None = ...,
        *,
        dtype: DTypeLike = ...,
        out: None = None,
    ) -> float: ...
    @overload
    def uniform(  # type: ignore[overload-overlap]
        self,
        low: ArrayLike = ...,
        high: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: Float64 = ...,
        out: None = None,
    ) -> NDArray[np.float64]: ...
    @overload
    def uniform(
        self,
        low: ArrayLike = ...,
        high: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: Float32,
        out: None = None,
    ) -> NDArray[np.float32]: ...
    @overload
    def uniform(
        self,
        low: ArrayLike = ...,
        high: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: DTypeLike,
        out: None = None,
    ) -> NDArray[Any]: ...
    @overload
    def uniform(
        self,
        low: ArrayLike = ...,
        high: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: DTypeLike = ...,
        out: Out,
    ) -> Out: ...
    def uniform(
        self,
        low: ArrayLike = 0.0,
        high: ArrayLike = 1.0,
        size: Shape | None = None,
        *,
        dtype: DTypeLike = np.float64,
        out: Any = None,
    ) -> Any:
        """Return numbers from the uniform distribution on [low, high).

        Parameters
        ----------
        low, high : float or array of float
            The ends of the interval: low <= high. Arrays are broadcast against each other and
            `size`; they require float64 or float32.
        size, dtype, out
            As in `random`. The default of `size` is the shape to which `low` and `high` broadcast.

        Returns
        -------
        out, array or float
            `out` if it was given; otherwise a new array, or one float if there is no shape.

        Raises
        ------
        OverflowError
            If an end or high - low is not finite, as in NumPy.
        TypeError, ValueError
            If low > high, or for the reasons of `random` and `fastinit.uniform`.

        Examples
        --------
        >>> fastinit.Generator(0).uniform(-0.1, 0.1, size=3)
        array([ 0.02383142, -0.09864671,  0.0766423 ])
        >>> fastinit.Generator(0).uniform([0.0, 10.0], [1.0, 20.0])
        array([ 0.61915708, 10.06766435])
        """
        made = UNIFORM.draw(self, size, dtype, out, (low, high))
        if made is not None:
            return made
        given = _as_drawn_dtype(dtype)
        if is_number(low) and is_number(high):
            if not math.isfinite(float(high) - float(low)):
                raise OverflowError(INFINITE_RANGE.format(low=low, high=high))
            array = memory_for(size, given, out)
            self._fill(array, kernel_arguments.uniform(low, high, given), out)
            return result(array, size, out)
        lows, highs = as_parameter(low, "low", given), as_parameter(high, "high", given)
        with np.errstate(over="ignore", invalid="ignore"):
            widths = highs - lows
        if not np.isfinite(widths).all():
            raise OverflowError(INFINITE_RANGE.format(low=low, high=high))
        if (widths < 0).any():
            raise ValueError(f"low must not be above high, got low={low!r} and high={high!r}")
        array = memory_for_broadcast(widths.shape, size, given, out)
        self._fill(array, kernel_arguments.uniform(0.0, 1.0, given), out)
        with np.errstate(all="ignore"):  # must not raise once memory has changed
            array *= widths
            array += lows
            np.minimum(array, np.nextafter(highs, lows), out=array)  # rounding can reach high
        return result(array, size, out)

    @overload  # type: ignore[override]  # a single value, if neither parameters nor size are arrays
    def normal(
        self,
        loc: float = ...,
        scale: float = ...,
        size: None = ...,
        *,
        dtype: DTypeLike = ...,
        out: None = None,
    ) -> float: ...
    @overload
    def normal(  # type: ignore[overload-overlap]
        self,
        loc: ArrayLike = ...,
        scale: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: Float64 = ...,
        out: None = None,
    ) -> NDArray[np.float64]: ...
    @overload
    def normal(
        self,
        loc: ArrayLike = ...,
        scale: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: Float32,
        out: None = None,
    ) -> NDArray[np.float32]: ...
    @overload
    def normal(
        self,
        loc: ArrayLike = ...,
        scale: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: DTypeLike,
        out: None = None,
    ) -> NDArray[Any]: ...
    @overload
    def normal(
        self,
        loc: ArrayLike = ...,
        scale: ArrayLike = ...,
        size: Shape | None = ...,
        *,
        dtype: DTypeLike = ...,
        out: Out,
    ) -> Out: ...
    def normal(
        self,
        loc: ArrayLike = 0.0,
        scale: ArrayLike = 1.0,
        size: Shape | None = None,
        *,
        dtype: DTypeLike = np.float64,
        out: Any = None,
    ) -> Any:
        """Return numbers from the normal distribution.

        Parameters
        ----------
        loc, scale : float or array of float
            Mean and standard deviation: finite, scale >= 0. Arrays are broadcast against each other
            and `size`; they require float64 or float32.
        size, dtype, out
            As in `random`. The default of `size` is the shape to which `loc` and `scale` broadcast.

        Returns
        -------
        out, array or float
            `out` if it was given; otherwise a new array, or one float if there is no shape.

        Raises
        ------
        TypeError, ValueError
            If `loc` or `scale` is not finite, or so large that a value could be infinite; if scale
            < 0; or for the reasons of `random` and `fastinit.normal`.

        Examples
        --------
        >>> fastinit.Generator(0).normal(0.0, 0.02, size=3)
        array([-0.00327083, -0.0102164 ,  0.00098103])
        """
        made = NORMAL.draw(self, size, dtype, out, (loc, scale))
        if made is not None:
            return made
        given = _as_drawn_dtype(dtype)
        if is_number(loc) and is_number(scale):
            law = kernel_arguments.normal(loc, scale, given, ("loc", "scale"))
            if math.copysign(1.0, scale) < 0:  # as in NumPy
                raise ValueError(NEGATIVE_SCALE.format(scale=scale))
            array = memory_for(size, given, out)
            self._fill(array, law, out)
            return result(array, size, out)
        means, stds = as_parameter(loc, "loc", given), as_parameter(scale, "scale", given)
        if not (np.isfinite(means).all() and np.isfinite(stds).all()):
            raise ValueError(f"loc and scale must be finite, got loc={loc!r} and scale={scale!r}")
        if np.signbit(stds).any():
            raise ValueError(NEGATIVE_SCALE.format(scale=scale))
        with np.errstate(over="ignore"):
            reach = np.abs(means) + kernel_arguments.reach_of_normal(format_of(given)) * stds
        if not np.isfinite(reach).all():
            raise ValueError(
                f"loc and scale must keep all values finite in {given.name}, "
                f"got loc={loc!r} and scale={scale!r}"
            )
        shape = np.broadcast_shapes(means.shape, stds.shape)
        array = memory_for_broadcast(shape, size, given, out)
        self._fill(array, kernel_arguments.normal(0.0, 1.0, given), out)
        with np.errstate(all="ignore"):
            array *= stds
            array += means
        return result(array, size, out)

    @overload  # type: ignore[override]
    def integers(
        self, low: int, high: int | None = None, size: None = None, *, endpoint: bool = ...
    ) -> int: ...
    @overload
    def integers(
        self,
        low: ArrayLike,
        high: ArrayLike | None = None,
        size: Shape | None = None,
        dtype: DTypeLike = ...,
        endpoint: bool = ...,  # noqa: FBT001
    ) -> Any: ...
    def integers(
        self,
        low: ArrayLike,
        high: ArrayLike | None = None,
        size: Shape | None = None,
        dtype: DTypeLike = np.int64,
        endpoint: bool = False,  # noqa: FBT001, FBT002 - as in NumPy
    ) -> Any:
        """Return integers in [low, high), or in [low, high] if `endpoint` is true.

        This is ``numpy.random.Generator(fastinit.Philox(seed, stream=...)).integers``: all
        arguments, values and errors are those of NumPy.

        Parameters
        ----------
        low, high, size, dtype, endpoint
            As in `numpy.random.Generator.integers`.

        Returns
        -------
        int or array of int
            An int if neither a bound nor `size` has axes.

        Raises
        ------
        TypeError, ValueError
            The errors of NumPy.

        Examples
        --------
        >>> fastinit.Generator(0).integers(10, size=5)
        array([8, 5, 7, 2, 4])
        """
        bounds = plain_bounds(low, high, size, dtype, closed=endpoint)
        if bounds is not None:
            least, width, given = bounds
            values = empty(as_shape(size, "size"), given)  # type: ignore[arg-type]
            memory = values.reshape(-1).view(np.uint8)
            wide = given.itemsize > WORD.itemsize
            bounded_integers(memory, *self.address(), least % 2**64, width, wide)
            return values
        seed, stream = self.address()
        try:
            numbers: Any = _idle.pop()
        except IndexError:
            numbers = NumpyGenerator(Philox(0))
        try:
            numbers.bit_generator._move(seed, stream, 0)  # noqa: SLF001
            return numbers.integers(low, high, size, dtype, endpoint)
        except BaseException:
            self.take_back(stream)
            raise
        finally:
            _idle.append(numbers)

    def bytes(self, length: int) -> builtins.bytes:
        """Return random bytes: the words of the next stream, each with its low byte first.

        Parameters
        ----------
        length : int
            The number of bytes, 0 or more.

        Returns
        -------
        bytes
            Of this length.

        Raises
        ------
        TypeError, ValueError
            If `length` is not an integer, or is negative.

        Examples
        --------
        >>> fastinit.Generator(0).bytes(4).hex()
        '22d0b3dd'
        """
        count = as_index(length, "length")
        words = empty(-(-count // WORD.itemsize), WORD)
        self._fill(words, kernel_arguments.random_bits(WORD))
        return words.astype("<u4", copy=False).tobytes()[:count]


for _name in ("address", "get_state", "spawn", "take_back"):
    vars(Generator)[_name].__doc__ = getattr(StreamSource, _name).__doc__


def default_rng(seed: NumPySeed | Generator | GeneratorBits | None = None) -> Generator:
    """Return a generator, as `numpy.random.default_rng` does.

    Parameters
    ----------
    seed : int, sequence of int, numpy.random.SeedSequence or Generator, optional
        An integer in [0, 2**64) is the seed. A larger integer or a sequence means the
        `numpy.random.SeedSequence` made from it, as in NumPy. The seed of a seed sequence is the
        first 64 bits that it generates. A generator of this package is returned unchanged, and its
        `bit_generator` means a generator with the same state. By default the seed comes from the
        operating system.

    Returns
    -------
    Generator
        A new generator, or `seed` if it is one.

    Raises
    ------
    TypeError, ValueError
        If the seed is none of these, or is negative.

    Examples
    --------
    >>> fastinit.default_rng(7)
    Generator(seed=7) at stream 9223372036854775808
    >>> fastinit.default_rng(2**64 + 1).seed
    1784231692315648907
    """
    if isinstance(seed, Generator):
        return seed
    return Generator(seed if isinstance(seed, GeneratorBits) else GeneratorBits(seed))


def default_generator() -> Generator:
    """Return the generator of the process, which calls without a seed use.

    Returns
    -------
    Generator
        The generator that `manual_seed` restarts.

    Examples
    --------
    >>> fastinit.manual_seed(0)
    Generator(seed=0) at stream 9223372036854775808
    >>> first = fastinit.uniform(3)
    >>> fastinit.default_generator()
    Generator(seed=0) at stream 9223372036854775809
    """
    return source_of_process(Generator)


def manual_seed(seed: int) -> Generator:
    """Restart the generator of the process with a seed, and return the generator.

    Parameters
    ----------
    seed : int
        An integer in [0, 2**64). Before the first call, the seed comes from the operating system.

    Returns
    -------
    Generator
        The generator that `default_generator` returns. Its next stream is 2**63.

    Raises
    ------
    TypeError, ValueError
        If `seed` is not an integer in [0, 2**64).

    Notes
    -----
    Calls that get a seed or a `Generator` are not affected.

    Examples
    --------
    >>> fastinit.manual_seed(0)
    Generator(seed=0) at stream 9223372036854775808
    >>> first = fastinit.uniform(3)
    >>> _ = fastinit.manual_seed(0)
    >>> bool((fastinit.uniform(3) == first).all())
    True
    """
    return default_generator().manual_seed(seed)
