"""Replaces the kernels of the random operators of PyTorch, below autograd and all modes.

A Python function is registered as the CPU kernel of each operator that draws random numbers, and as
the kernel of ``uniform_`` and ``normal_`` on each other device that PyTorch was built for. Before
PyTorch calls it, it has handled subclasses, modes, transforms, lazy negation and autograd. So the
function gets a strided tensor in the memory of its device, and PyTorch treats its result like that
of the original kernel. Operators that first allocate a tensor (``rand``, ``randn_like``, ...)
arrive as ``uniform_`` and ``normal_``.

The functions are registered when a thread first enters an acceleration, and stay registered.
PyTorch reads its table of kernels without a lock, so another thread could be about to call a kernel
that is removed. (We tried it: internal assertions of PyTorch fail in threads that fill meanwhile.)
In a thread without an acceleration, the functions call the previous kernel.

Promises: fastinit or the previous kernel runs each random operator. The report counts it, unless
it is an operator of another device that this module does not replace.
"""

from __future__ import annotations

import math
import statistics
import threading
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fastinit._engine import engine
from fastinit._schemes.distributions import Normal, TruncatedNormal, Uniform

from . import seeds
from .common_fills import FillKernel, thread, uniform_fill
from .fills import law_of, prepare_caught, truncated
from .memory import DTYPES, is_dtensor
from .ranks import asked_for, write_part

if TYPE_CHECKING:
    from fastinit._schemes.distributions import Distribution

    from .active import Acceleration
    from .common_fills import UniformFill
    from .fills import Fill

Kernel = Any  # a callable that takes the arguments of the operator

#: The number of elements that are compared at a time with the values of the last fill.
CHECKED = 1 << 15

CPU_KEYS = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)  # noqa: SLF001 - no public name

NO_FILL = "fastinit makes uniform and normal numbers only"


def _own(arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Return whether a call was given a generator."""
    return any(isinstance(each, torch.Generator) for each in (*arguments, *options.values()))


def _reason(tensor: torch.Tensor, generator: torch.Generator | None) -> str:
    if generator is not None:
        return "the call was given a generator of its own"
    if tensor.dtype not in DTYPES:
        return f"fastinit does not fill {tensor.dtype}"
    return "fastinit refuses these parameters or this memory"


#: A fill that was made: the tensor (for a shard of a DTensor, the DTensor), and seed and stream.
Made = tuple[torch.Tensor, tuple[int, int]]


def _fill(
    acceleration: Acceleration,
    tensor: torch.Tensor,
    generator: torch.Generator | None,
    distribution: Callable[..., Distribution],
    *parameters: float,
) -> Made | None:
    """Fill a tensor and count it; return None if PyTorch must fill it.

    PyTorch fills it if the caller gave a generator, because a program may rely on the numbers of
    that generator. For example, VeRA in peft makes its projections again from a seed when it loads.
    """
    if generator is not None:
        return None
    if acceleration.forked and torch.utils.data.get_worker_info() is not None:
        thread.acceleration = None  # workers would get equal values; PyTorch seeds each differently
        return None
    if acceleration.in_process_group:
        return _fill_on_rank(acceleration, tensor, distribution, *parameters)
    fill = prepare_caught(tensor, distribution, *parameters)
    if fill is None:
        return None
    address = acceleration.address()
    try:
        fill.write_memory(*address)
    except BaseException:  # Ctrl-C
        acceleration.take_back(address)
        raise
    acceleration.report.tensors += 1
    acceleration.report.elements += tensor.numel()
    return tensor, address


def _fill_on_rank(
    acceleration: Acceleration,
    tensor: torch.Tensor,
    distribution: Callable[..., Distribution],
    *parameters: float,
) -> Made | None:
    """Do the same as `_fill` in a process group. The shard of a DTensor gets its part of it."""
    whole, sharding = asked_for(tensor)
    if whole is not None and not tensor.numel():
        # Takes a stream, because the ranks that have elements take one.
        return whole, acceleration.address()
    fill = prepare_caught(tensor, distribution, *parameters)
    if fill is None:
        return None
    address = acceleration.address()
    report = acceleration.report
    try:
        if whole is not None:
            write_part(fill, whole, *address)
        else:
            fill.write_memory(*address)
    except BaseException:
        acceleration.take_back(address)
        raise
    if whole is None and sharding is not None and acceleration.source is not None:
        report.copies[sharding] += 1
    report.tensors += 1
    report.elements += tensor.numel()
    return tensor if whole is None else whole, address


def _parts(tensor: torch.Tensor) -> torch.Tensor:
    """Return a complex tensor as a real one, with the real and imaginary parts as last axis."""
    return torch.view_as_real(tensor.detach())


#: Fills a tensor, given the acceleration and the arguments of the operator.
General = Callable[["Acceleration", torch.Tensor, float, float, torch.Generator | None], None]


def _general_uniform_(below: Kernel) -> General:
    def uniform_(
        acceleration: Acceleration,
        tensor: torch.Tensor,
        low: float,
        high: float,
        generator: torch.Generator | None,
    ) -> None:
        made = _fill(acceleration, tensor, generator, Uniform, low, high)
        if made is None and tensor.is_complex():
            made = _fill(acceleration, _parts(tensor), generator, Uniform, low, high)
        if made is None:
            below(tensor, low, high, generator=generator)
            _count(acceleration, "uniform_", tensor, generator)
        elif low >= -1 and high <= 1 and not tensor.is_inference():
            filled, address = made
            version = filled._version + 1  # PyTorch counts this fill afterwards  # noqa: SLF001
            acceleration.last_uniform = uniform_fill(filled, version, address, low, high)

    return uniform_


def _general_normal_(below: Kernel) -> General:
    def normal_(
        acceleration: Acceleration,
        tensor: torch.Tensor,
        mean: float,
        std: float,
        generator: torch.Generator | None,
    ) -> None:
        if acceleration.truncated is not None:
            made = _fill_truncated(acceleration, tensor, generator)
        else:
            made = _fill(acceleration, tensor, generator, Normal, mean, std)
            if made is None and tensor.is_complex():  # each part has half of the variance
                part_std = std / math.sqrt(2)
                made = _fill(acceleration, _parts(tensor), generator, Normal, mean, part_std)
        if made is None:
            below(tensor, mean, std, generator=generator)
            _count(acceleration, "normal_", tensor, generator)

    return normal_


def _uniform_(below: Kernel) -> Kernel:
    law = partial(law_of, Uniform)
    return FillKernel(below, law, _general_uniform_(below), is_uniform=True)


def _normal_(below: Kernel) -> Kernel:
    return FillKernel(below, partial(law_of, Normal), _general_normal_(below), is_uniform=False)


def _on_device(below: Kernel, general: General) -> Kernel:
    """Return the kernel of ``uniform_`` or ``normal_`` for another device than the CPU."""

    def fill(
        tensor: torch.Tensor,
        first: float = 0.0,
        second: float = 1.0,
        *,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        acceleration = thread.acceleration
        if acceleration is None:
            below(tensor, first, second, generator=generator)
        else:
            general(acceleration, tensor, first, second, generator)
        return tensor

    return fill


def _fill_truncated(
    acceleration: Acceleration, tensor: torch.Tensor, generator: torch.Generator | None
) -> Made | None:
    """Fill a tensor with the truncated normal that its `normal_` must make."""
    parameters = acceleration.truncated
    assert parameters is not None  # noqa: S101 - the caller has checked
    made = _fill(acceleration, tensor, generator, truncated, *parameters)
    if made is not None:
        acceleration.truncated = None
    return made


def _erfinv_(below: Kernel) -> Kernel:
    """Return the kernel for the last step of truncated normals that libraries compute themselves.

    They call ``uniform_(2 l - 1, 2 u - 1).erfinv_()`` for a normal between the quantiles l and u.
    A uniform value that is rounded to the dtype of the tensor can be -1 or 1, and the result is
    then infinite. This kernel makes the truncated normal directly, from the same words of the same
    stream.
    """

    def erfinv_(tensor: torch.Tensor) -> Any:
        acceleration = thread.acceleration
        last = None if acceleration is None else acceleration.last_uniform
        made = None if last is None else last.tensor()
        if last is None or made is None or made._version != last.version:  # noqa: SLF001
            return below(tensor)
        is_shard = is_dtensor(made) and made._local_tensor is tensor  # noqa: SLF001
        if made is not tensor and not is_shard:
            return below(tensor)
        whole = made if is_shard else None
        fill = prepare_caught(tensor, _erfinv_law, last.low, last.high)
        if fill is None or not _holds(tensor, last, whole):
            return below(tensor)
        _write(fill, last.address, whole)
        return tensor

    return erfinv_


def _holds(tensor: torch.Tensor, last: UniformFill, whole: Any) -> bool:
    """Return whether a tensor still holds its last uniform fill.

    Writes through `.data` or NumPy do not change the version of a tensor.
    """
    if whole is not None or not tensor.is_contiguous():
        again = torch.empty_like(tensor)
        fill = prepare_caught(again, Uniform, last.low, last.high)
        if fill is None:
            return False
        _write(fill, last.address, whole)
        return torch.equal(again, tensor)
    fill = prepare_caught(tensor, Uniform, last.low, last.high)
    if fill is None:
        return False
    memory: Any = fill.array
    values = memory.reshape(-1)
    for start in range(0, values.size, CHECKED):  # parts stay in the cache; a whole copy is slower
        part = values[start : start + CHECKED]
        made = np.empty_like(part)
        engine.fill(made, fill.law, *last.address, start, 1)
        if not np.array_equal(made, part):
            return False
    return True


def _write(fill: Fill, address: tuple[int, int], whole: Any) -> None:
    """Write a tensor or, for a DTensor, the part of this rank."""
    if whole is None:
        fill.write_memory(*address)
    else:
        write_part(fill, whole, *address)


def _erfinv_law(low: float, high: float) -> Distribution:
    """Return the distribution of erfinv(x), where x is uniform on [low, high)."""
    std = math.sqrt(0.5)
    a, b = (std * _quantile((1 + end) / 2) for end in (low, high))
    if a == -math.inf and b == math.inf:
        return Normal(0.0, std)
    return TruncatedNormal(0.0, std, a, b)


def _quantile(probability: float) -> float:
    """Return a standard normal quantile, which is infinite for the probabilities 0 and 1."""
    if not 0 < probability < 1:
        return math.inf if probability else -math.inf
    return statistics.NormalDist().inv_cdf(probability)


def _normal(operator: str) -> Callable[[Kernel], Kernel]:
    """Return a wrapper for the kernel of ``torch.normal`` with tensors as parameters.

    The previous kernel allocates the result and raises errors, with a generator of its own. The
    wrapper then replaces the values: a standard normal, times the standard deviation, plus the
    mean.
    """

    def wrap(below: Kernel) -> Kernel:
        def normal(
            mean: Any,
            std: Any = 1.0,
            *,
            generator: torch.Generator | None = None,
            **options: Any,
        ) -> Any:
            acceleration = thread.acceleration
            if acceleration is None:
                return below(mean, std, generator=generator, **options)
            result: torch.Tensor = below(
                mean, std, generator=generator or torch.Generator(), **options
            )
            if _fill(acceleration, result, generator, Normal, 0.0, 1.0):
                return result.mul_(std).add_(mean)
            if generator is None:
                result = below(mean, std, **options)
            _count(acceleration, operator, result, generator)
            return result

        return normal

    return wrap


def _count(
    acceleration: Acceleration,
    operator: str,
    tensor: torch.Tensor,
    generator: torch.Generator | None,
) -> None:
    """Count a uniform or normal fill that PyTorch made."""
    if tensor.numel():
        acceleration.report.count_passed(
            operator, _reason(tensor, generator), own_generator=generator is not None
        )


def _counted(operator: str) -> Callable[[Kernel], Kernel]:
    """Return a wrapper for the kernel of another random operator, which counts the call."""
    is_random = ONLY_IN_TRAINING.get(operator)

    def wrap(below: Kernel) -> Kernel:
        def counted(*arguments: Any, **options: Any) -> Any:
            result = below(*arguments, **options)
            acceleration = thread.acceleration
            if acceleration is not None and (is_random is None or is_random(*arguments)):
                acceleration.report.count_passed(
                    operator.partition(".")[0], NO_FILL, own_generator=_own(arguments, options)
                )
            return result

        return counted

    return wrap


def _rrelu_draws(
    _tensor: Any,
    _noise: Any,
    _lower: float = 0.125,
    _upper: float = 1 / 3,
    training: bool = False,  # noqa: FBT001, FBT002
    *_: Any,
) -> bool:
    return training


#: Operators that draw only in training, with a function that tells it from the arguments.
ONLY_IN_TRAINING: dict[str, Callable[..., bool]] = {
    "rrelu_with_noise": _rrelu_draws,
    "rrelu_with_noise.out": _rrelu_draws,
    "rrelu_with_noise_": _rrelu_draws,
}

#: Operators that fill, with a function that wraps the previous kernel.
FILLS: dict[str, Callable[[Kernel], Kernel]] = {
    "uniform_": _uniform_,
    "normal_": _normal_,
    "erfinv_": _erfinv_,
    **{
        f"normal.{form}": _normal("normal")
        for kinds in ("Tensor_float", "float_Tensor", "Tensor_Tensor")
        for form in (kinds, f"{kinds}_out")
    },
}

#: All other operators that draw random numbers and have their own CPU kernel.
COUNTED = (
    "_sample_dirichlet",
    "_standard_gamma",
    "bernoulli.out",
    "bernoulli_.Tensor",
    "bernoulli_.float",
    "binomial",
    "cauchy_",
    "exponential_",
    "geometric_",
    "log_normal_",
    "multinomial",
    "multinomial.out",
    "poisson",
    "random_",
    "random_.from",
    "random_.to",
    "randperm.generator_out",
    "rrelu_with_noise",
    "rrelu_with_noise.out",
    "rrelu_with_noise_",
)

#: The operators that are replaced on other devices.
ON_DEVICES: dict[str, Callable[[Kernel], General]] = {
    "uniform_": _general_uniform_,
    "normal_": _general_normal_,
}

#: PyTorch's names for the kernels of devices.
DEVICE_KEYS = ("CUDA", "XPU", "MPS", "HPU", "XLA", "MTIA", "PrivateUse1")

#: Our kernels for the CPU, once they are registered.
kernels: dict[str, Kernel] = {}

#: The devices for which our kernels are registered, by PyTorch's names for their kernels.
_registered: set[str] = set()


def reaches(tensor: torch.Tensor) -> bool:
    """Return whether a fill of a dense tensor arrives at our kernels."""
    if tensor.is_cpu:
        return True
    return torch._C._dispatch_key_for_device(tensor.device.type) in _registered  # noqa: SLF001


def register_for_device(library: Any, key: str) -> None:
    """Register the functions for another device than the CPU, if PyTorch has kernels for it."""
    has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key  # noqa: SLF001
    if not all(has_kernel(f"aten::{operator}", key) for operator in ON_DEVICES):
        return
    parsed: Any = torch._C._parse_dispatch_key(key)  # noqa: SLF001
    keys = torch._C.DispatchKeySet(parsed)  # noqa: SLF001
    for operator, general in ON_DEVICES.items():
        kernel = torch.library.get_kernel(f"aten::{operator}", key)
        below = partial(kernel.call_boxed, keys)
        library.impl(operator, _on_device(below, general(below)), key)
    _registered.add(key)


_lock = threading.Lock()
_library: Any = None


def register() -> None:
    """Register the functions, unless they are registered.

    Raises
    ------
    RuntimeError
        If PyTorch is older than 2.9. Older versions cannot return the previous kernel.
    """
    global _library  # noqa: PLW0603 - it lives as long as the process
    if _library is not None:
        return
    with _lock:
        if _library is not None:
            return
        if not hasattr(torch.library, "get_kernel"):
            raise RuntimeError(
                f"accelerate needs PyTorch 2.9 or later, this is {torch.__version__}: "
                "upgrade PyTorch, or call fastinit.torch's functions"
            )
        library: Any = torch.library.Library("aten", "IMPL")
        wraps = FILLS | {operator: _counted(operator) for operator in COUNTED}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns about replaced kernels
            for operator, wrap in wraps.items():
                kernel = torch.library.get_kernel(f"aten::{operator}", "CPU")
                # Kernels of the CPU ignore the set of keys that they are called with.
                kernels[operator] = wrap(partial(kernel.call_boxed, CPU_KEYS))
                library.impl(operator, kernels[operator], "CPU")
                if operator == "random_.from":  # a seed is no random number of the user
                    seeds.draw = partial(kernel.call_boxed, CPU_KEYS)
            for key in DEVICE_KEYS:
                register_for_device(library, key)
        _library = library
