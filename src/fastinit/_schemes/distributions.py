"""Distributions as values: schemes return them, and callers may give them instead of a scheme.

Guarantees: they are immutable, hashable, and checked when they are made. The method `law` returns
the kernel arguments for a dtype, and checks that all values fit into the dtype.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import as_parameter, check_order, check_std

if TYPE_CHECKING:
    import numpy as np

    from fastinit._engine.kernel_arguments import Law


#: Sets an attribute of a frozen dataclass after its check: _keep(self, name, value).
_keep = object.__setattr__


@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on [low, high).

    Parameters
    ----------
    low, high : float
        The ends of the interval: finite, low <= high. If they are equal, all values are equal to
        them.
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _keep(self, "low", as_parameter(self.low, "low"))
        _keep(self, "high", as_parameter(self.high, "high"))
        check_order(self.low, self.high, ("low", "high"))

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype, or raise if the dtype cannot hold the values."""
        return kernel_arguments.uniform(self.low, self.high, dtype)


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal distribution.

    Parameters
    ----------
    mean, std : float
        Mean and standard deviation: finite, std >= 0.
    """

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        _keep(self, "mean", as_parameter(self.mean, "mean"))
        _keep(self, "std", as_parameter(self.std, "std"))
        check_std(self.std)

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype, or raise if the dtype cannot hold the values."""
        return kernel_arguments.normal(self.mean, self.std, dtype)


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """The normal distribution, truncated to [low, high].

    Parameters
    ----------
    mean, std : float
        Mean and standard deviation of the normal before the truncation: finite, std >= 0. The
        truncated distribution has a smaller standard deviation.
    low, high : float
        The bounds as absolute values: low <= high. They may be infinite.
    """

    mean: float = 0.0
    std: float = 1.0
    low: float = -2.0
    high: float = 2.0

    def __post_init__(self) -> None:
        _keep(self, "mean", as_parameter(self.mean, "mean"))
        _keep(self, "std", as_parameter(self.std, "std"))
        _keep(self, "low", as_parameter(self.low, "low", finite=False))
        _keep(self, "high", as_parameter(self.high, "high", finite=False))
        check_std(self.std)
        check_order(self.low, self.high, ("low", "high"))

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype, or raise if the dtype cannot hold the values."""
        return kernel_arguments.truncated_normal(self.mean, self.std, self.low, self.high, dtype)


@dataclass(frozen=True, slots=True)
class Constant:
    """One value for all elements, as usual for biases and for the gains of a normalisation.

    Parameters
    ----------
    value : float
        Finite. It is rounded to the dtype.
    """

    value: float = 0.0

    def __post_init__(self) -> None:
        _keep(self, "value", as_parameter(self.value, "value"))

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype, or raise if the dtype cannot hold the value."""
        return kernel_arguments.constant(self.value, dtype)


Distribution = Uniform | Normal | TruncatedNormal | Constant

#: The constants that have a name, as schemes do. They do not depend on fans.
CONSTANTS = {"zeros": Constant(0.0), "ones": Constant(1.0)}
