r"""Initialisation schemes: from a weight's shape to the distribution of its values.

Pure functions: no memory, no randomness. The fans of a shape, by `layout`:

============  ========================  ===============================================
layout        a weight's shape          fans of a shape of two or more axes
============  ========================  ===============================================
``"torch"``   (out, in, \\*kernel)       fan_in = in x kernel, fan_out = out x kernel;
                                        fewer axes are an error, as in PyTorch
``"keras"``   (\\*kernel, in, out)       the same; a shape (n,) has both fans n, and ()
                                        both fans 1, as in Keras. JAX's initialisers
                                        take the same axes by default
============  ========================  ===============================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Layout = Literal["torch", "keras"]
Mode = Literal["fan_in", "fan_out"]


def fans(shape: tuple[int, ...], layout: str = "torch") -> tuple[int, int]:
    """Return (fan_in, fan_out) of a weight's whole shape.

    Parameters
    ----------
    shape : tuple of int
        Of the whole tensor, whatever part of it is being filled.
    layout : {"torch", "keras"}
        ``"torch"``: (out, in, *kernel); ``"keras"``, which is JAX's too: (*kernel, in, out).

    Raises
    ------
    ValueError
        If `layout` is neither, or the shape has fewer than two axes in PyTorch's layout.
    """
    if layout not in ("torch", "keras"):
        raise ValueError(f"layout must be 'torch' or 'keras', got {layout!r}")
    if len(shape) < 2:  # noqa: PLR2004 - in and out
        if layout == "torch":
            raise ValueError(
                "fan_in and fan_out need a shape of two or more axes in PyTorch's layout, "
                f"got {shape}; use uniform_ or normal_ for biases"
            )
        fan = shape[0] if shape else 1
        return fan, fan
    if layout == "torch":
        return shape[1] * math.prod(shape[2:]), shape[0] * math.prod(shape[2:])
    return shape[-2] * math.prod(shape[:-2]), shape[-1] * math.prod(shape[:-2])


@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on [-limit, limit)."""

    limit: float


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal distribution with mean 0 and this standard deviation."""

    std: float


Distribution = Uniform | Normal


def _fan(fan_in: int, fan_out: int, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    # A weight without elements has fans of 0 and needs no scale.
    return max(1, fan_in if mode == "fan_in" else fan_out)


def _limit_of_variance(variance: float) -> Uniform:
    return Uniform(math.sqrt(3.0 * variance))


def xavier(fan_in: int, fan_out: int) -> Distribution:  # noqa: ARG001 - one signature for all
    """U[-1/sqrt(fan_in), 1/sqrt(fan_in)): the plain form of Xavier, for sigmoid and tanh.

    Source: the "commonly used heuristic", equation 1 of Glorot and Bengio, AISTATS 2010.
    """
    return Uniform(1.0 / math.sqrt(max(1, fan_in)))


def xavier_normalized(fan_in: int, fan_out: int, gain: float = 1.0) -> Distribution:
    """U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Source: the "normalized initialization", equation 16 of Glorot and Bengio, AISTATS 2010.
    """
    return Uniform(gain * math.sqrt(6.0 / max(1, fan_in + fan_out)))


def glorot_normal(fan_in: int, fan_out: int, gain: float = 1.0) -> Distribution:
    """N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Source: the variance of equation 12 of Glorot and Bengio, AISTATS 2010.
    """
    return Normal(gain * math.sqrt(2.0 / max(1, fan_in + fan_out)))


def he_normal(fan_in: int, fan_out: int, mode: Mode = "fan_in") -> Distribution:
    """N(0, 2 / fan), for ReLU; `mode` says which fan.

    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in) and 14 (fan_out).
    """
    return Normal(math.sqrt(2.0 / _fan(fan_in, fan_out, mode)))


def he_uniform(fan_in: int, fan_out: int, mode: Mode = "fan_in") -> Distribution:
    """U[-a, a), a = sqrt(6 / fan), of variance 2 / fan, for ReLU; `mode` says which fan.

    Source: the variance of He et al., ICCV 2015, section 2.2, equations 10 and 14.
    """
    return _limit_of_variance(2.0 / _fan(fan_in, fan_out, mode))


def lecun_normal(fan_in: int, fan_out: int) -> Distribution:  # noqa: ARG001
    """N(0, 1 / fan_in), for SELU and for inputs of unit variance.

    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, equation 16.
    """
    return Normal(math.sqrt(1.0 / max(1, fan_in)))


def lecun_uniform(fan_in: int, fan_out: int) -> Distribution:  # noqa: ARG001
    """U[-a, a), a = sqrt(3 / fan_in), of variance 1 / fan_in.

    Source: the variance of LeCun et al., "Efficient BackProp", 1998, section 4.6, equation 16.
    """
    return _limit_of_variance(1.0 / max(1, fan_in))


#: Every scheme by its public name, aliases included.
SCHEMES: dict[str, Callable[..., Distribution]] = {
    "xavier": xavier,
    "xavier_normalized": xavier_normalized,
    "xavier_uniform": xavier_normalized,
    "glorot_uniform": xavier_normalized,
    "xavier_normal": glorot_normal,
    "glorot_normal": glorot_normal,
    "he_normal": he_normal,
    "kaiming_normal": he_normal,
    "he_uniform": he_uniform,
    "kaiming_uniform": he_uniform,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
}
