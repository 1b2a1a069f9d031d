"""The functions of ``torch.nn.init``: the same names, arguments, warnings, errors and result.

Promises: the distribution is that of PyTorch's function, and the values are those of the fastinit
function of that name at a 64-bit seed drawn from `generator`, or from PyTorch's default one.
Functions whose time is not spent on filling (constants, QR, permutations) are PyTorch's own, and so
is every error that a function raises.
"""

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import init as torch_init

from fastinit.distributions import Distribution, Normal, Uniform
from fastinit.fans import fans
from fastinit.schemes import SCHEMES

from .fills import fill, prepare_truncated
from .seeds import draw_seed

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

calculate_gain = torch_init.calculate_gain
constant_ = torch_init.constant_
ones_ = torch_init.ones_
zeros_ = torch_init.zeros_
eye_ = torch_init.eye_
dirac_ = torch_init.dirac_
orthogonal_ = torch_init.orthogonal_
sparse_ = torch_init.sparse_


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
    if mode not in get_args(Mode):  # fastinit has more, which are errors in PyTorch
        raise ValueError(mode)


def uniform_(
    tensor: Tensor,
    a: float = 0.0,
    b: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a tensor from the uniform distribution on [a, b): `fastinit.uniform_`.

    Parameters
    ----------
    tensor : torch.Tensor
        Of any shape and strides.
    a, b : float
        The interval's ends, a <= b. Unlike PyTorch's, no value is `b`, in narrow dtypes either.
    generator : torch.Generator, optional
        Where the seed is drawn from; by default PyTorch's generator for the CPU.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    NotImplementedError
        If the dtype is not a floating one.
    RuntimeError
        If `a` is above `b` or not finite in the dtype, or elements of `tensor` share memory.
    """
    if fill(tensor, generator, Uniform, a, b):
        return tensor
    return torch_init.uniform_(tensor, a, b, generator)


def normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a tensor from the normal distribution: `fastinit.normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        Of any shape and strides.
    mean, std : float
        Mean and standard deviation.
    generator : torch.Generator, optional
        Where the seed is drawn from; by default PyTorch's generator for the CPU.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    NotImplementedError
        If the dtype is not a floating one.
    RuntimeError
        If `std` is negative or NaN, or elements of `tensor` share memory.
    """
    if fill(tensor, generator, Normal, mean, std):
        return tensor
    return torch_init.normal_(tensor, mean, std, generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a tensor from the normal distribution, truncated to [a, b]: `fastinit.trunc_normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        Of any shape and strides.
    mean, std : float
        Of the normal before it is truncated.
    a, b : float
        The bounds, absolute; no value is outside, in any dtype.
    generator : torch.Generator, optional
        Where the seed is drawn from; by default PyTorch's generator for the CPU.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ZeroDivisionError
        If `std` is 0.
    NotImplementedError
        If the dtype is not a floating one.
    RuntimeError
        If `a` is above `b`, or elements of `tensor` share memory.

    Notes
    -----
    One word an element, without rejection, right in the tails too. Where the mean is more than two
    standard deviations outside the bounds, it warns as PyTorch does, though the distribution is
    correct there.
    """
    prepared = prepare_truncated(tensor, generator, mean, std, a, b)
    if prepared is None:
        return torch_init.trunc_normal_(tensor, mean, std, a, b, generator)
    return prepared.write(draw_seed(generator))


def xavier_uniform_(
    tensor: Tensor,
    gain: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a tensor with U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)).

    The values of `fastinit.xavier_uniform_`.

    Parameters
    ----------
    tensor : torch.Tensor
        Of two axes or more, (out, in, *kernel), and any strides.
    gain : float
        Multiplies the standard deviation.
    generator : torch.Generator, optional
        Where the seed is drawn from; by default PyTorch's generator for the CPU.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.
    NotImplementedError
        If the dtype is not a floating one.
    RuntimeError
        If `gain` is negative, or elements of `tensor` share memory.
    """
    if fill(tensor, generator, _xavier_uniform, tensor.shape, gain):
        return tensor
    return torch_init.xavier_uniform_(tensor, gain, generator)


def xavier_normal_(
    tensor: Tensor,
    gain: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a tensor with N(0, gain**2 2 / (fan_in + fan_out)).

    The values of `fastinit.xavier_normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        Of two axes or more, (out, in, *kernel), and any strides.
    gain : float
        Multiplies the standard deviation.
    generator : torch.Generator, optional
        Where the seed is drawn from; by default PyTorch's generator for the CPU.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.
    NotImplementedError
        If the dtype is not a floating one.
    RuntimeError
        If `gain` is negative, or elements of `tensor` share memory.
    """
    if fill(tensor, generator, _xavier_normal, tensor.shape, gain):
        return tensor
    return torch_init.xavier_normal_(tensor, gain, generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a tensor with U[-b, b), b = gain sqrt(3 / fan): `fastinit.kaiming_uniform_`.

    Parameters
    ----------
    tensor : torch.Tensor
        Of two axes or more, (out, in, *kernel), and any strides.
    a : float
        The negative slope of a leaky ReLU, which other nonlinearities ignore.
    mode : {"fan_in", "fan_out"}
        Which fan.
    nonlinearity : str
        Whose gain: see `calculate_gain`.
    generator : torch.Generator, optional
        Where the seed is drawn from; by default PyTorch's generator for the CPU.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes, or `a`, `mode` or `nonlinearity` is unknown.
    NotImplementedError
        If the dtype is not a floating one.
    RuntimeError
        If elements of `tensor` share memory.
    """
    if fill(tensor, generator, _kaiming_uniform, tensor.shape, a, mode, nonlinearity):
        return tensor
    return torch_init.kaiming_uniform_(tensor, a, mode, nonlinearity, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill a tensor with N(0, gain**2 / fan): `fastinit.kaiming_normal_`.

    Parameters
    ----------
    tensor : torch.Tensor
        Of two axes or more, (out, in, *kernel), and any strides.
    a : float
        The negative slope of a leaky ReLU, which other nonlinearities ignore.
    mode : {"fan_in", "fan_out"}
        Which fan.
    nonlinearity : str
        Whose gain: see `calculate_gain`.
    generator : torch.Generator, optional
        Where the seed is drawn from; by default PyTorch's generator for the CPU.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes, or `a`, `mode` or `nonlinearity` is unknown.
    NotImplementedError
        If the dtype is not a floating one.
    RuntimeError
        If elements of `tensor` share memory.
    """
    if fill(tensor, generator, _kaiming_normal, tensor.shape, a, mode, nonlinearity):
        return tensor
    return torch_init.kaiming_normal_(tensor, a, mode, nonlinearity, generator)


# The names of before 0.4, with PyTorch's own warning; it is raised where they are called.
_deprecated = torch_init._make_deprecate  # noqa: SLF001
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
