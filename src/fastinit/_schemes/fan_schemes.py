"""Schemes of layers: from the fans of a weight to the distribution of its values.

These are pure functions: no memory, no randomness. Each takes fan_in and fan_out (see `fans`) and
its own options. It returns a `Uniform`, a `Normal` or a `TruncatedNormal` with mean 0. Requires:
the fans are not negative. They may be 0 if the weight has no elements.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types among the names of this module
from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fastinit._support.checks import as_bool, as_factor, as_real, check_choice
from fastinit.typing import Mode, Nonlinearity, ScalingDistribution

from .distributions import Distribution, Normal, TruncatedNormal, Uniform
from .gains import squared_gain

if TYPE_CHECKING:
    from collections.abc import Callable

#: The standard deviation of a standard normal truncated to [-2, 2]: the constant in Keras and JAX.
TRUNCATED_STD = 0.87962566103423978

MODES: dict[str, Callable[[int, int], float]] = {
    "fan_in": lambda fan_in, _: fan_in,
    "fan_out": lambda _, fan_out: fan_out,
    "fan_avg": lambda fan_in, fan_out: (fan_in + fan_out) / 2,
    "fan_geo_avg": lambda fan_in, fan_out: math.sqrt(fan_in * fan_out),
}


def _fan(fan_in: int, fan_out: int, mode: str) -> float:
    check_choice(mode, "mode", MODES)
    # A weight without elements has fans of 0 and needs no scale.
    return max(1, MODES[mode](fan_in, fan_out))


def _normal(std: float, *, truncated: bool) -> Distribution:
    """Return a normal distribution whose values have this standard deviation, also if truncated."""
    if not as_bool(truncated, "truncated") or std == 0:
        return Normal(0.0, std)
    parent = std / TRUNCATED_STD
    return TruncatedNormal(0.0, parent, -2.0 * parent, 2.0 * parent)


def _symmetric(limit: float) -> Distribution:
    return Uniform(-limit, limit)


def _uniform(variance: float) -> Distribution:
    return _symmetric(math.sqrt(3.0 * variance))


def xavier(fan_in: int, fan_out: int) -> Distribution:  # noqa: ARG001 - one signature for all
    """U[-1/sqrt(fan_in), 1/sqrt(fan_in)): plain Xavier; PyTorch and Keras mean `xavier_uniform`.

    The layers of PyTorch start with this plain form, and so does matrix A of LoRA.

    Source: Glorot and Bengio, AISTATS 2010, equation 1 (the "commonly used heuristic"). It is
    ``kaiming_uniform_(a=sqrt(5))`` of PyTorch.
    """
    return _symmetric(1.0 / math.sqrt(max(1, fan_in)))


def xavier_normalized(fan_in: int, fan_out: int, gain: float = 1.0) -> Distribution:
    """U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").
    """
    return _symmetric(as_factor(gain, "gain") * math.sqrt(6.0 / max(1, fan_in + fan_out)))


def glorot_normal(
    fan_in: int,
    fan_out: int,
    gain: float = 1.0,
    truncated: bool = False,  # noqa: FBT001, FBT002 - keyword-only in public
) -> Distribution:
    """N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Source: Glorot and Bengio, AISTATS 2010, the variance of equation 12.
    """
    std = as_factor(gain, "gain") * math.sqrt(2.0 / max(1, fan_in + fan_out))
    return _normal(std, truncated=truncated)


def he_normal(
    fan_in: int,
    fan_out: int,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,  # noqa: FBT001, FBT002
) -> Distribution:
    """N(0, 2 / fan), for ReLU; `mode` selects the fan.

    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in), 14 (fan_out) and 15 (`a`).
    """
    variance = squared_gain(nonlinearity, a, "a") / _fan(fan_in, fan_out, mode)
    return _normal(math.sqrt(variance), truncated=truncated)


def he_uniform(
    fan_in: int,
    fan_out: int,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
    a: float = 0.0,
) -> Distribution:
    """U[-a, a), a = sqrt(6 / fan), with variance 2 / fan, for ReLU; `mode` selects the fan.

    Source: He et al., ICCV 2015, section 2.2, the variance of equations 10, 14 and 15.
    """
    return _uniform(squared_gain(nonlinearity, a, "a") / _fan(fan_in, fan_out, mode))


def lecun_normal(
    fan_in: int,
    fan_out: int,  # noqa: ARG001
    truncated: bool = False,  # noqa: FBT001, FBT002
) -> Distribution:
    """N(0, 1 / fan_in), for SELU and for inputs of unit variance.

    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, equation 16. For SELU: Klambauer
    et al., NeurIPS 2017.
    """
    return _normal(math.sqrt(1.0 / max(1, fan_in)), truncated=truncated)


def lecun_uniform(fan_in: int, fan_out: int) -> Distribution:  # noqa: ARG001
    """U[-a, a), a = sqrt(3 / fan_in), with variance 1 / fan_in.

    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, the variance of equation 16.
    """
    return _uniform(1.0 / max(1, fan_in))


def variance_scaling(
    fan_in: int,
    fan_out: int,
    scale: float = 1.0,
    mode: Mode = "fan_in",
    distribution: ScalingDistribution = "truncated_normal",
) -> Distribution:
    """Mean 0 and variance scale / fan, from one of three distributions; `mode` selects the fan.

    Source: ``VarianceScaling`` of Keras and ``variance_scaling`` of JAX. All other schemes are
    special cases of it.
    """
    check_choice(
        distribution,
        "distribution",
        ["truncated_normal", "normal", "untruncated_normal", "uniform"],
    )
    variance = as_factor(scale, "scale") / _fan(fan_in, fan_out, mode)
    if distribution == "uniform":
        return _uniform(variance)
    return _normal(math.sqrt(variance), truncated=distribution == "truncated_normal")


def siren(
    fan_in: int,
    fan_out: int,  # noqa: ARG001
    omega: float = 30.0,
    first: bool = False,  # noqa: FBT001, FBT002
) -> Distribution:
    """U[-a, a), a = sqrt(6 / fan_in) / omega, for layers with sin(omega x); 1 / fan_in if first.

    Source: Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions"
    (SIREN), NeurIPS 2020, section 3.2 and, for `omega` and the first layer, supplement 1.5.
    """
    frequency = as_real(omega, "omega")
    if frequency <= 0:
        raise ValueError(f"omega must be above 0, got {omega}")
    inputs = max(1, fan_in)
    return _symmetric(
        1.0 / inputs if as_bool(first, "first") else math.sqrt(6.0 / inputs) / frequency
    )
