# ruff: noqa: SLF001 - private functions of PyTorch are compared with their originals
"""The functions of ``torch.nn.init``: the same names, arguments, warnings, errors and results.

Promises: if other code replaced a function of ``torch.nn.init``, our function of that name calls
the replacement. Otherwise the distribution is that of the PyTorch function, and the values are
those of the fastinit function of that name. The seed is 64 bits drawn from `generator`, or from the
default generator of PyTorch. Functions that spend little of their time on filling (constants, QR,
permutations) call the PyTorch function. So does every call that is an error, which therefore raises
the error of PyTorch. With ``seed=``, fastinit fills every tensor (`seeded`).

``he_*`` and ``lecun_*`` are the functions that ``torch.nn.init`` does not have.
"""

import warnings
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, get_args

import torch
from torch import Tensor
from torch.compiler import is_dynamo_compiling
from torch.nn import init as torch_init
from torch.overrides import has_torch_function_variadic

from fastinit._schemes.distributions import Distribution, Normal, Uniform
from fastinit._schemes.fans import fans
from fastinit._schemes.schemes import SCHEMES

from . import fills
from .common_fills import SmallFill
from .fills import fill, prepare_truncated
from .originals import call_original, is_intact, pytorch, replacement
from .seeded import Seed, Stream, fill_seeded
from .seeds import draw_seed

P = ParamSpec("P")

Mode = Literal["fan_in", "fan_out"]
Nonlinearity = Literal[
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "selu",
]


def calculate_gain(
    nonlinearity: Nonlinearity,
    param: int | float | None = None,  # noqa: PYI041 - as PyTorch's
) -> float:
    """Return the gain of a nonlinearity, the factor of the standard deviation of its weights.

    Calls the PyTorch function.

    Parameters
    ----------
    nonlinearity : str
        The name in ``torch.nn.functional``: ``"relu"``, ``"tanh"``, ``"leaky_relu"``, ...
    param : float, optional
        The negative slope of a leaky ReLU, by default 0.01.

    Returns
    -------
    float
        The gain, for example sqrt(2) for ``"relu"``.

    Raises
    ------
    ValueError
        If `nonlinearity` is unknown, or `param` is not a number.

    Examples
    --------
    >>> fastinit.torch.calculate_gain("leaky_relu", 0.5)
    1.2649110640673518
    """
    if torch_init.calculate_gain is not pytorch.calculate_gain and (
        other := replacement(calculate_gain)
    ):
        return other(nonlinearity, param)
    return pytorch.calculate_gain(nonlinearity, param)


def _xavier_uniform(shape: tuple[int, ...], gain: float) -> Distribution:
    return SCHEMES["xavier_uniform"](*fans(shape), gain)


def _xavier_normal(shape: tuple[int, ...], gain: float) -> Distribution:
    return SCHEMES["xavier_normal"](*fans(shape), gain)


def _kaiming_uniform(
    shape: tuple[int, ...], a: float, mode: str, nonlinearity: str
) -> Distribution:
    _check_mode(mode)
    return SCHEMES["kaiming_uniform"](*fans(shape), mode, nonlinearity, a)


def _kaiming_normal(shape: tuple[int, ...], a: float, mode: str, nonlinearity: str) -> Distribution:
    _check_mode(mode)
    return SCHEMES["kaiming_normal"](*fans(shape), mode, nonlinearity, a)


def _check_mode(mode: str) -> None:
    if mode not in get_args(Mode):  # fastinit has more modes, which PyTorch refuses
        raise ValueError(mode)


_NAMES = vars(torch_init)
_SMALL_UNIFORM = SmallFill(_NAMES, pytorch.uniform_, pytorch._no_grad_uniform_, is_uniform=True)
_SMALL_NORMAL = SmallFill(_NAMES, pytorch.normal_, pytorch._no_grad_normal_, is_uniform=False)


def uniform_(
    tensor: Tensor,
    a: float = 0.0,
    b: float = 1.0,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor from the uniform distribution on [a, b), as `fastinit.uniform_` does.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of any shape and strides.
    a, b : float
        The ends of the interval, a <= b. No value equals `b`, in narrow dtypes too, where PyTorch
        can return `b`.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.uniform_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If `a` is above `b`, a bound is not finite in the dtype, or elements of `tensor` share
        memory.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> fastinit.torch.uniform_(torch.empty(3), -0.1, 0.1, generator=generator)
    tensor([-0.0007,  0.0536, -0.0823])
    """
    if seed is not None or stream is not None:
        return fill_seeded("uniform_", tensor, (seed, stream), generator, a, b)
    if not is_dynamo_compiling() and _SMALL_UNIFORM.fill(tensor, a, b, generator, fills.SMALL):
        return tensor
    if torch_init.uniform_ is not pytorch.uniform_ and (other := replacement(uniform_)):
        return other(tensor, a, b, generator)
    if torch_init._no_grad_uniform_ is pytorch._no_grad_uniform_ and fill(
        tensor, generator, Uniform, a, b
    ):
        return tensor
    return call_original(uniform_, tensor, a, b, generator)


def normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor from the normal distribution, as `fastinit.normal_` does.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of any shape and strides.
    mean, std : float
        The mean and the standard deviation.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.normal_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If `std` is negative or NaN, or elements of `tensor` share memory.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> fastinit.torch.normal_(torch.empty(3), 0.0, 0.02, generator=generator)
    tensor([ 0.0308, -0.0059, -0.0436])
    """
    if seed is not None or stream is not None:
        return fill_seeded("normal_", tensor, (seed, stream), generator, mean, std)
    if not is_dynamo_compiling() and _SMALL_NORMAL.fill(tensor, mean, std, generator, fills.SMALL):
        return tensor
    if torch_init.normal_ is not pytorch.normal_ and (other := replacement(normal_)):
        return other(tensor, mean, std, generator)
    if torch_init._no_grad_normal_ is pytorch._no_grad_normal_ and fill(
        tensor, generator, Normal, mean, std
    ):
        return tensor
    return call_original(normal_, tensor, mean, std, generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor from a normal distribution that is truncated to [a, b].

    The values are those of `fastinit.trunc_normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of any shape and strides.
    mean, std : float
        The mean and the standard deviation of the normal distribution before truncation.
    a, b : float
        The bounds, in the units of the values. No value is outside, in any dtype.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.trunc_normal_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ZeroDivisionError
        If `std` is 0.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If `a` is above `b`, or elements of `tensor` share memory.

    Notes
    -----
    Each element takes one random word, without rejection, and the tails are correct. If the mean is
    more than two standard deviations outside the bounds, the function warns as PyTorch does,
    although the distribution is correct there too.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> weight = fastinit.torch.trunc_normal_(torch.empty(256, 128), std=0.02, a=-0.04, b=0.04)
    >>> float(weight.abs().max()) <= 0.04
    True
    """
    if seed is not None or stream is not None:
        return fill_seeded("trunc_normal_", tensor, (seed, stream), generator, mean, std, a, b)
    if torch_init.trunc_normal_ is not pytorch.trunc_normal_ and (
        other := replacement(trunc_normal_)
    ):
        return other(tensor, mean, std, a, b, generator)
    if torch_init._no_grad_trunc_normal_ is pytorch._no_grad_trunc_normal_ or is_intact(
        "_no_grad_trunc_normal_"  # `accelerate` replaces it
    ):
        prepared = prepare_truncated(tensor, generator, mean, std, a, b)
        if prepared is not None:
            return prepared.write(draw_seed(generator))
    return call_original(trunc_normal_, tensor, mean, std, a, b, generator)


def xavier_uniform_(
    tensor: Tensor,
    gain: float = 1.0,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with U[-a, a), where a = gain * sqrt(6 / (fan_in + fan_out)).

    The values are those of `fastinit.xavier_uniform_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    gain : float
        The factor of the standard deviation.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.xavier_uniform_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If `gain` is negative, or elements of `tensor` share memory.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> fastinit.torch.xavier_uniform_(torch.empty(2, 3), generator=generator)
    tensor([[-0.0082,  0.5876, -0.9016],
            [-0.8062, -0.4219,  0.2938]])
    """
    if seed is not None or stream is not None:
        return fill_seeded("xavier_uniform_", tensor, (seed, stream), generator, gain=gain)
    if torch_init.xavier_uniform_ is not pytorch.xavier_uniform_ and (
        other := replacement(xavier_uniform_)
    ):
        return other(tensor, gain, generator)
    if (
        torch_init._calculate_fan_in_and_fan_out is pytorch._calculate_fan_in_and_fan_out
        and torch_init._no_grad_uniform_ is pytorch._no_grad_uniform_
        and fill(tensor, generator, _xavier_uniform, tensor.shape, gain)
    ):
        return tensor
    return call_original(xavier_uniform_, tensor, gain, generator)


def xavier_normal_(
    tensor: Tensor,
    gain: float = 1.0,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with N(0, gain**2 * 2 / (fan_in + fan_out)).

    The values are those of `fastinit.xavier_normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    gain : float
        The factor of the standard deviation.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.xavier_normal_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If `gain` is negative, or elements of `tensor` share memory.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> fastinit.torch.xavier_normal_(torch.empty(2, 3), generator=generator)
    tensor([[ 0.9746, -0.1856, -1.3780],
            [ 0.3595, -0.6859, -0.8845]])
    """
    if seed is not None or stream is not None:
        return fill_seeded("xavier_normal_", tensor, (seed, stream), generator, gain=gain)
    if torch_init.xavier_normal_ is not pytorch.xavier_normal_ and (
        other := replacement(xavier_normal_)
    ):
        return other(tensor, gain, generator)
    if (
        torch_init._calculate_fan_in_and_fan_out is pytorch._calculate_fan_in_and_fan_out
        and torch_init._no_grad_normal_ is pytorch._no_grad_normal_
        and fill(tensor, generator, _xavier_normal, tensor.shape, gain)
    ):
        return tensor
    return call_original(xavier_normal_, tensor, gain, generator)


def _call_kaiming(ours: Callable[..., Tensor], tensor: Tensor, *values: Any) -> Tensor:
    """Call the PyTorch function, and let its warning point to the line of the user."""
    if not has_torch_function_variadic(tensor) and 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return tensor
    return call_original(ours, tensor, *values)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with U[-b, b), where b = gain * sqrt(3 / fan).

    The values are those of `fastinit.kaiming_uniform_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    a : float
        The negative slope of a leaky ReLU. Other nonlinearities ignore it.
    mode : {"fan_in", "fan_out"}
        The fan that the variance is computed from.
    nonlinearity : str
        The nonlinearity that the gain is computed for (see `calculate_gain`).
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.kaiming_uniform_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes, `a` is not a number, or `mode` or `nonlinearity` is
        unknown.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If elements of `tensor` share memory.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> fastinit.torch.kaiming_uniform_(torch.empty(2, 3), nonlinearity="relu", generator=generator)
    tensor([[-0.0106,  0.7586, -1.1640],
            [-1.0408, -0.5447,  0.3792]])
    """
    if seed is not None or stream is not None:
        return fill_seeded(
            "kaiming_uniform_",
            tensor,
            (seed, stream),
            generator,
            a=a,
            mode=mode,
            nonlinearity=nonlinearity,
        )
    if torch_init.kaiming_uniform_ is not pytorch.kaiming_uniform_ and (
        other := replacement(kaiming_uniform_)
    ):
        return other(tensor, a, mode, nonlinearity, generator)
    if (
        torch_init._calculate_correct_fan is pytorch._calculate_correct_fan
        and torch_init._calculate_fan_in_and_fan_out is pytorch._calculate_fan_in_and_fan_out
        and (torch_init.calculate_gain is pytorch.calculate_gain or is_intact("calculate_gain"))
        and fill(tensor, generator, _kaiming_uniform, tensor.shape, a, mode, nonlinearity)
    ):
        return tensor
    return _call_kaiming(kaiming_uniform_, tensor, a, mode, nonlinearity, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with N(0, gain**2 / fan), as `fastinit.kaiming_normal_` does.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    a : float
        The negative slope of a leaky ReLU. Other nonlinearities ignore it.
    mode : {"fan_in", "fan_out"}
        The fan that the variance is computed from.
    nonlinearity : str
        The nonlinearity that the gain is computed for (see `calculate_gain`).
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.kaiming_normal_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes, `a` is not a number, or `mode` or `nonlinearity` is
        unknown.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If elements of `tensor` share memory.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> fastinit.torch.kaiming_normal_(torch.empty(2, 3), nonlinearity="relu", generator=generator)
    tensor([[ 1.2582, -0.2396, -1.7790],
            [ 0.4641, -0.8855, -1.1419]])
    """
    if seed is not None or stream is not None:
        return fill_seeded(
            "kaiming_normal_",
            tensor,
            (seed, stream),
            generator,
            a=a,
            mode=mode,
            nonlinearity=nonlinearity,
        )
    if torch_init.kaiming_normal_ is not pytorch.kaiming_normal_ and (
        other := replacement(kaiming_normal_)
    ):
        return other(tensor, a, mode, nonlinearity, generator)
    if (
        torch_init._calculate_correct_fan is pytorch._calculate_correct_fan
        and torch_init._calculate_fan_in_and_fan_out is pytorch._calculate_fan_in_and_fan_out
        and (torch_init.calculate_gain is pytorch.calculate_gain or is_intact("calculate_gain"))
        and fill(tensor, generator, _kaiming_normal, tensor.shape, a, mode, nonlinearity)
    ):
        return tensor
    return _call_kaiming(kaiming_normal_, tensor, a, mode, nonlinearity, generator)


def he_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with U[-b, b), where b = gain * sqrt(3 / fan), as `kaiming_uniform_` does.

    He and Kaiming are two names of one scheme. The values are those of `fastinit.he_uniform_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    a : float
        The negative slope of a leaky ReLU. Other nonlinearities ignore it.
    mode : {"fan_in", "fan_out"}
        The fan that the variance is computed from.
    nonlinearity : str
        The nonlinearity that the gain is computed for (see `calculate_gain`). The default, with a
        slope of 0, is a ReLU.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.he_uniform_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes, `a` is not a number, or `mode` or `nonlinearity` is
        unknown.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If elements of `tensor` share memory.

    Examples
    --------
    >>> fastinit.torch.he_uniform_(torch.empty(2, 3), seed=0, stream="weight")
    tensor([[ 1.1979, -0.2328,  0.1689],
            [-0.9322,  0.8971, -0.1023]])
    """
    if seed is not None or stream is not None:
        return fill_seeded(
            "he_uniform_",
            tensor,
            (seed, stream),
            generator,
            a=a,
            mode=mode,
            nonlinearity=nonlinearity,
        )
    return kaiming_uniform_(tensor, a, mode, nonlinearity, generator)


def he_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with N(0, gain**2 / fan), as `kaiming_normal_` does.

    He and Kaiming are two names of one scheme. The values are those of `fastinit.he_normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    a : float
        The negative slope of a leaky ReLU. Other nonlinearities ignore it.
    mode : {"fan_in", "fan_out"}
        The fan that the variance is computed from.
    nonlinearity : str
        The nonlinearity that the gain is computed for (see `calculate_gain`). The default, with a
        slope of 0, is a ReLU.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.he_normal_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes, `a` is not a number, or `mode` or `nonlinearity` is
        unknown.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If elements of `tensor` share memory.

    Examples
    --------
    >>> fastinit.torch.he_normal_(torch.empty(2, 3), seed=0, stream="weight")
    tensor([[ 0.8507,  0.8169, -0.6945],
            [ 1.0244,  0.0786, -0.7549]])
    """
    if seed is not None or stream is not None:
        return fill_seeded(
            "he_normal_",
            tensor,
            (seed, stream),
            generator,
            a=a,
            mode=mode,
            nonlinearity=nonlinearity,
        )
    return kaiming_normal_(tensor, a, mode, nonlinearity, generator)


def lecun_uniform_(
    tensor: Tensor,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with U[-a, a), where a = sqrt(3 / fan_in).

    It suits SELU networks. The values are those of `fastinit.lecun_uniform_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.lecun_uniform_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If elements of `tensor` share memory.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, the variance of equation 16.

    Examples
    --------
    >>> fastinit.torch.lecun_uniform_(torch.empty(2, 3), seed=0, stream="weight")
    tensor([[ 0.8470, -0.1646,  0.1194],
            [-0.6592,  0.6344, -0.0723]])
    """
    if seed is not None or stream is not None:
        return fill_seeded("lecun_uniform_", tensor, (seed, stream), generator)
    return kaiming_uniform_(tensor, 0, "fan_in", "linear", generator)


def lecun_normal_(
    tensor: Tensor,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with N(0, 1 / fan_in).

    It suits SELU networks. The values are those of `fastinit.lecun_normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of shape ``(out, in, *kernel)`` with two axes or more, and of any strides.
    generator : torch.Generator, optional
        The generator that the seed is drawn from, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.lecun_normal_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.
    NotImplementedError
        If the dtype is not a floating-point dtype.
    RuntimeError
        If elements of `tensor` share memory.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, the variance of equation 16.

    Examples
    --------
    >>> fastinit.torch.lecun_normal_(torch.empty(2, 3), seed=0, stream="weight")
    tensor([[ 0.6015,  0.5777, -0.4911],
            [ 0.7244,  0.0556, -0.5338]])
    """
    if seed is not None or stream is not None:
        return fill_seeded("lecun_normal_", tensor, (seed, stream), generator)
    return kaiming_normal_(tensor, 0, "fan_in", "linear", generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill a tensor with one value. Calls the PyTorch function.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of any shape and strides.
    val : float
        The value.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Examples
    --------
    >>> fastinit.torch.constant_(torch.empty(3), 0.5)
    tensor([0.5000, 0.5000, 0.5000])
    """
    if torch_init.constant_ is not pytorch.constant_ and (other := replacement(constant_)):
        return other(tensor, val)
    return call_original(constant_, tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill a tensor with ones. Calls the PyTorch function.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of any shape and strides.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Examples
    --------
    >>> fastinit.torch.ones_(torch.empty(3))
    tensor([1., 1., 1.])
    """
    if torch_init.ones_ is not pytorch.ones_ and (other := replacement(ones_)):
        return other(tensor)
    return pytorch.ones_(tensor)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill a tensor with zeros. Calls the PyTorch function.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of any shape and strides.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Examples
    --------
    >>> fastinit.torch.zeros_(torch.empty(3))
    tensor([0., 0., 0.])
    """
    if torch_init.zeros_ is not pytorch.zeros_ and (other := replacement(zeros_)):
        return other(tensor)
    return pytorch.zeros_(tensor)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a tensor of two axes with the identity matrix. Calls the PyTorch function.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of two axes.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` does not have two axes.

    Examples
    --------
    >>> fastinit.torch.eye_(torch.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if torch_init.eye_ is not pytorch.eye_ and (other := replacement(eye_)):
        return other(tensor)
    return pytorch.eye_(tensor)


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution weight, ``(out, in, *kernel)``, with Dirac deltas in `groups` groups.

    Calls the PyTorch function.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of three to five axes.
    groups : int
        The number of groups of the convolution. It divides the first axis.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has another number of axes, or `groups` does not divide the first one.

    Examples
    --------
    >>> fastinit.torch.dirac_(torch.empty(2, 2, 3))[0]
    tensor([[0., 1., 0.],
            [0., 0., 0.]])
    """
    if torch_init.dirac_ is not pytorch.dirac_ and (other := replacement(dirac_)):
        return other(tensor, groups)
    return pytorch.dirac_(tensor, groups)


def orthogonal_(
    tensor: Tensor,
    gain: float = 1,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor with a (semi-)orthogonal matrix times `gain`.

    Calls the PyTorch function, unless you give a seed.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of two axes or more.
    gain : float
        The factor.
    generator : torch.Generator, optional
        The generator of the random numbers, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.orthogonal_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.

    Examples
    --------
    >>> weight = fastinit.torch.orthogonal_(torch.empty(3, 5))
    >>> torch.allclose(weight @ weight.T, torch.eye(3), atol=1e-6)
    True
    """
    if seed is not None or stream is not None:
        return fill_seeded("orthogonal_", tensor, (seed, stream), generator, gain=gain)
    if torch_init.orthogonal_ is not pytorch.orthogonal_ and (other := replacement(orthogonal_)):
        return other(tensor, gain, generator)
    return pytorch.orthogonal_(tensor, gain, generator)


def sparse_(
    tensor: Tensor,
    sparsity: float,
    std: float = 0.01,
    generator: torch.Generator | None = None,
    *,
    seed: Seed | None = None,
    stream: Stream | None = None,
) -> Tensor:
    """Fill a tensor of two axes with N(0, std**2) and set a share of each column to zero.

    Calls the PyTorch function, unless you give a seed. `sparsity` is the share of zeros.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor, of two axes.
    sparsity : float
        The share of zeros in each column, in [0, 1].
    std : float
        The standard deviation of the other elements.
    generator : torch.Generator, optional
        The generator of the random numbers, by default the CPU generator of PyTorch.
    seed : int or fastinit.Generator, optional
        An integer in [-2**63, 2**64), in place of `generator`. The values are then those of
        `fastinit.sparse_` with this seed and stream, for a tensor of any size.
    stream : int or str, optional
        The stream of the seed, such as the name of the parameter. By default 0, or the next stream
        of a `fastinit.Generator`.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` does not have two axes.

    Examples
    --------
    >>> weight = fastinit.torch.sparse_(torch.empty(10, 4), sparsity=0.3)
    >>> (weight == 0).sum(0)
    tensor([3, 3, 3, 3])
    """
    if seed is not None or stream is not None:
        return fill_seeded("sparse_", tensor, (seed, stream), generator, sparsity, std=std)
    if torch_init.sparse_ is not pytorch.sparse_ and (other := replacement(sparse_)):
        return other(tensor, sparsity, std, generator)
    return pytorch.sparse_(tensor, sparsity, std, generator)


def _deprecated(ours: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Return a function under its name before PyTorch 0.4, with the warning of PyTorch."""
    new_name = ours.__name__
    name = new_name.removesuffix("_")
    own = getattr(pytorch, name)

    def deprecated(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        if getattr(torch_init, name) is not own and (other := replacement(deprecated)):
            return other(*args, **kwargs)
        warnings.warn(
            f"`nn.init.{name}` is now deprecated in favor of `nn.init.{new_name}`.",
            FutureWarning,
            stacklevel=2,  # where it is called
        )
        return ours(*args, **kwargs)

    deprecated.__name__ = deprecated.__qualname__ = name
    deprecated.__doc__ = own.__doc__
    deprecated.__annotations__ = own.__annotations__
    return deprecated


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
