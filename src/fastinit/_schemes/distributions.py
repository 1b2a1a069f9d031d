"""The distributions as values: what a scheme picks, and what a caller may give in its place.

Promises: immutable, hashable, checked when made. Each knows its law for a dtype; whether all its
values fit the dtype is checked there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import as_float, check_order, check_std

if TYPE_CHECKING:
    import numpy as np

    from fastinit._engine.kernel_arguments import Law


#: How a frozen dataclass stores what it has checked: _keep(self, name, value).
_keep = object.__setattr__


@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on [low, high).

    Parameters
    ----------
    low, high : float
        The interval's ends, finite, low <= high; if they are equal, so are all values.
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _keep(self, "low", as_float(self.low, "low"))
        _keep(self, "high", as_float(self.high, "high"))
        check_order(self.low, self.high, "low", "high")

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return what the kernels are asked for, or raise if `dtype` cannot hold the values."""
        return kernel_arguments.uniform(self.low, self.high, dtype)


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal distribution.

    Parameters
    ----------
    mean, std : float
        Finite; the standard deviation is not negative.
    """

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        _keep(self, "mean", as_float(self.mean, "mean"))
        _keep(self, "std", as_float(self.std, "std"))
        check_std(self.std)

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return what the kernels are asked for, or raise if `dtype` cannot hold the values."""
        return kernel_arguments.normal(self.mean, self.std, dtype)


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """The normal distribution, given that the value lies in [low, high].

    Parameters
    ----------
    mean, std : float
        Of the normal before it is truncated, finite; its standard deviation is not negative and
        larger than that of what is left.
    low, high : float
        Absolute bounds, low <= high; they may be infinite.
    """

    mean: float = 0.0
    std: float = 1.0
    low: float = -2.0
    high: float = 2.0

    def __post_init__(self) -> None:
        _keep(self, "mean", as_float(self.mean, "mean"))
        _keep(self, "std", as_float(self.std, "std"))
        _keep(self, "low", as_float(self.low, "low", finite=False))
        _keep(self, "high", as_float(self.high, "high", finite=False))
        check_std(self.std)
        check_order(self.low, self.high, "low", "high")

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return what the kernels are asked for, or raise if `dtype` cannot hold the values."""
        return kernel_arguments.truncated_normal(self.mean, self.std, self.low, self.high, dtype)


@dataclass(frozen=True, slots=True)
class Constant:
    """One value for all elements, as biases and the gains of a normalisation have.

    Parameters
    ----------
    value : float
        Finite; rounded to the dtype.
    """

    value: float = 0.0

    def __post_init__(self) -> None:
        _keep(self, "value", as_float(self.value, "value"))

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return what the kernels are asked for, or raise if `dtype` cannot hold the value."""
        return kernel_arguments.constant(self.value, dtype)


Distribution = Uniform | Normal | TruncatedNormal | Constant

#: The constants that have names, as schemes have them: no fan changes these.
CONSTANTS = {"zeros": Constant(0.0), "ones": Constant(1.0)}
