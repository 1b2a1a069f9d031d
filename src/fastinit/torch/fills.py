"""One fill of a tensor: `prepare` checks it, then a `Fill` writes it.

Promises: `prepare` draws nothing and writes nothing. If it returns None, PyTorch must handle the
call: it raises its own error, or makes a fill that fastinit does not make. A law is computed once
for each set of parameters.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.compiler import is_dynamo_compiling

from fastinit._engine import engine
from fastinit._schemes.distributions import Normal, TruncatedNormal, Uniform

from .common_fills import fill_by_pytorch, is_small
from .memory import DTYPES, device_memory, is_plain, numpy_dtype, raw_memory, written
from .seeds import can_draw_from, draw_seed
from .threads import num_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fastinit._engine.kernel_arguments import Law
    from fastinit._memory.devices import DeviceArray
    from fastinit._schemes.distributions import Distribution


#: PyTorch fills fewer elements than these in less time than fastinit needs to draw a seed
#: (measured: docs/torch.md).
SMALL = 2048


class Fill(NamedTuple):
    """The memory of a tensor, and what to fill it with."""

    tensor: torch.Tensor
    array: NDArray[Any] | DeviceArray
    law: Law

    def write(self, seed: int, stream: int = 0, threads: int | None = None) -> torch.Tensor:
        """Write every element, increment the version for autograd, and return the tensor."""
        try:
            self.write_memory(seed, stream, threads)
        finally:
            written(self.tensor)
        return self.tensor

    def write_memory(self, seed: int, stream: int = 0, threads: int | None = None) -> None:
        """Write every element."""
        # Threads do not help a small fill, and asking for their number takes a microsecond.
        count = num_threads(threads) if self.array.nbytes >= engine.BYTES_OF_TWO_THREADS else 1
        engine.fill(self.array, self.law, seed, stream, 0, count)


def _numbers(parameters: tuple[Any, ...]) -> bool:
    """Return whether parameters are plain values, which can be the key of a cache."""
    for each in parameters:  # noqa: SIM110 - a generator costs half a microsecond
        if not isinstance(each, (float, int, str, tuple)):
            return False
    return True


@lru_cache(maxsize=1024, typed=True)  # typed: PyTorch gains treat True and 1 differently
def law_of(
    distribution: Callable[..., Distribution], dtype: torch.dtype, *parameters: Any
) -> Law | None:
    """Return the law of a distribution; None for a dtype or parameters that fastinit refuses."""
    if dtype not in DTYPES:
        return None
    if distribution in (Uniform, Normal, truncated):  # here, a bool is a number for PyTorch
        parameters = tuple(float(p) if isinstance(p, bool) else p for p in parameters)
    try:
        return distribution(*parameters).law(numpy_dtype(dtype))
    except (TypeError, ValueError):
        return None


def prepare(
    tensor: torch.Tensor,
    generator: torch.Generator | None,
    distribution: Callable[..., Distribution],
    *parameters: Any,
) -> Fill | None:
    """Return the fill of a tensor with a distribution; None if PyTorch must make it.

    Parameters
    ----------
    tensor : torch.Tensor
        The argument of the user, which may be anything.
    generator : torch.Generator, optional
        The generator that the seed will be drawn from.
    distribution : callable
        From the parameters to a distribution. It may raise TypeError or ValueError.
    *parameters : float, str or tuple of int
        The parameters. For any other type, such as tensors, PyTorch makes the fill.
    """
    if not _numbers(parameters):
        return None
    # PyTorch decides whether to warn about a tensor without elements.
    if not is_plain(tensor) or not can_draw_from(generator) or not tensor.numel():
        return None
    array: NDArray[Any] | DeviceArray | None = raw_memory(tensor)
    if array is None and (array := device_memory(tensor)) is None:
        return None
    law = law_of(distribution, tensor.dtype, *parameters)
    return None if law is None else Fill(tensor, array, law)


def prepare_caught(
    tensor: torch.Tensor,
    distribution: Callable[..., Distribution],
    *parameters: float,
) -> Fill | None:
    """Return the fill of a tensor that reached our kernel; None if PyTorch must make it.

    PyTorch has handled modes and subclasses before, and the parameters are numbers.
    """
    array: NDArray[Any] | DeviceArray | None = raw_memory(tensor)
    if array is None:
        array = device_memory(tensor)
    if array is None or not array.size:
        return None
    law = law_of(distribution, tensor.dtype, *parameters)
    return None if law is None else Fill(tensor, array, law)


def truncated(mean: float, std: float, a: float, b: float) -> Distribution:
    """Return a truncated normal; raise an error for a `std` of 0, which PyTorch refuses."""
    if std == 0:  # PyTorch divides by it
        raise ValueError(std)
    return TruncatedNormal(mean, std, a, b)


def prepare_truncated(
    tensor: torch.Tensor,
    generator: torch.Generator | None,
    mean: float,
    std: float,
    a: float,
    b: float,
) -> Fill | None:
    """Return the fill of a tensor with a truncated normal, and warn as PyTorch does."""
    fill = prepare(tensor, generator, truncated, mean, std, a, b)
    if fill is not None:
        warn_of_mean(mean, std, a, b, stacklevel=4)
    return fill


def can_fill_truncated(tensor: torch.Tensor, mean: float, std: float, a: float, b: float) -> bool:
    """Return whether a dense tensor can be filled with a truncated normal."""
    parameters = (mean, std, a, b)
    return (
        tensor.layout is torch.strided
        and tensor.dtype in DTYPES
        and tensor.numel() > 0
        and _numbers(parameters)
        and law_of(truncated, tensor.dtype, *parameters) is not None
    )


def warn_of_mean(mean: float, std: float, a: float, b: float, *, stacklevel: int) -> None:
    """Warn as PyTorch does if the mean is far outside the bounds."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=stacklevel,
        )


@lru_cache(maxsize=1024, typed=True)
def _distribution(distribution: Callable[..., Distribution], *parameters: Any) -> Any:
    try:
        return distribution(*parameters)
    except (TypeError, ValueError):
        return None


def fill(
    tensor: torch.Tensor,
    generator: torch.Generator | None,
    distribution: Callable[..., Distribution],
    *parameters: Any,
) -> bool:
    """Fill a tensor and return True, or change nothing and return False.

    The arguments are those of `prepare`; the distribution is uniform or normal.
    """
    if is_dynamo_compiling():  # it evaluates this to a constant and compiles nothing after it
        return False
    if is_small(tensor, SMALL):
        return _fill_small(tensor, generator, distribution, parameters)
    prepared = prepare(tensor, generator, distribution, *parameters)
    if prepared is None:
        return False
    prepared.write(draw_seed(generator))
    return True


def _fill_small(
    tensor: torch.Tensor,
    generator: torch.Generator | None,
    distribution: Callable[..., Distribution],
    parameters: tuple[Any, ...],
) -> bool:
    """Let PyTorch fill a tensor, without the overhead of ``torch.nn.init``."""
    if distribution is not Uniform and distribution is not Normal:
        known = _distribution(distribution, *parameters) if _numbers(parameters) else None
        if known is None:
            return False
        distribution = type(known)
        parameters = (known.low, known.high) if distribution is Uniform else (known.mean, known.std)
    first, second = parameters
    fill_by_pytorch(tensor, distribution is Uniform, first, second, generator)
    return True
