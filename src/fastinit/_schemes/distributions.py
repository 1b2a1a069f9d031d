"""Distributions as values: schemes return them, and callers may give them instead of a scheme.

Guarantees: they are immutable, hashable, and checked when they are made. A class has all that other
modules need to know of a distribution. To add one, write its class and add it to `Distribution`.
"""

# ruff: noqa: TC002 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, astuple, dataclass
from typing import Any, ClassVar, get_args

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import (
    REACH_OF_TABLE,
    Law,
    as_parameter,
    check_order,
    check_std,
)
from fastinit._support.summaries import html_table
from fastinit.typing import ConstantName, SchemeName

#: Sets an attribute of a frozen dataclass after its check: _keep(self, name, value).
_keep = object.__setattr__


class _Distribution(ABC):
    """What a class of distributions defines."""

    __slots__ = ()

    #: The public function that fills with it, and its name in configurations.
    function: ClassVar[str]

    @abstractmethod
    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype, or raise if the dtype cannot hold the values."""

    @property
    @abstractmethod
    def centre(self) -> float:
        """A number among the values, from which sums of squares lose no digits."""

    @property
    @abstractmethod
    def reach(self) -> float:
        """A magnitude that no float32 value exceeds."""

    def as_call(self) -> str:
        """Return the distribution as a call of its function, with six digits."""
        parameters = ", ".join(f"{each:.6g}" for each in astuple(self))  # type: ignore[call-overload]
        return f"{self.function}({parameters})"

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        return html_table(f"fastinit.{type(self).__name__}", asdict(self).items())  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Uniform(_Distribution):
    """The uniform distribution on [low, high).

    Parameters
    ----------
    low, high : float
        The ends of the interval: finite, low <= high. If they are equal, all values are equal to
        them.

    Raises
    ------
    TypeError, ValueError
        If an end is not a finite number, or low > high.

    Examples
    --------
    >>> fastinit.Weight((2, 3), fastinit.Uniform(-0.1, 0.1), seed=0, name="table")[0]
    array([ 0.04281879,  0.08893202, -0.05948552], dtype=float32)
    """

    function: ClassVar[str] = "uniform"

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _keep(self, "low", as_parameter(self.low, "low"))
        _keep(self, "high", as_parameter(self.high, "high"))
        check_order(self.low, self.high, ("low", "high"))

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype."""
        return kernel_arguments.uniform(self.low, self.high, dtype)

    @property
    def centre(self) -> float:
        """A number among the values."""
        return self.low / 2 + self.high / 2

    @property
    def reach(self) -> float:
        """A magnitude that no float32 value exceeds."""
        return max(abs(self.low), abs(self.high))


@dataclass(frozen=True, slots=True)
class Normal(_Distribution):
    """The normal distribution.

    Parameters
    ----------
    mean, std : float
        Mean and standard deviation: finite, std >= 0.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not a finite number, or std < 0.

    Examples
    --------
    >>> fastinit.Weight((2, 3), fastinit.Normal(0.0, 0.02), seed=0, name="table")[0]
    array([ 0.00269377,  0.01274784, -0.01107622], dtype=float32)
    """

    function: ClassVar[str] = "normal"

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        _keep(self, "mean", as_parameter(self.mean, "mean"))
        _keep(self, "std", as_parameter(self.std, "std"))
        check_std(self.std)

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype."""
        return kernel_arguments.normal(self.mean, self.std, dtype)

    @property
    def centre(self) -> float:
        """A number among the values."""
        return self.mean

    @property
    def reach(self) -> float:
        """A magnitude that no float32 value exceeds."""
        return abs(self.mean) + REACH_OF_TABLE * self.std


@dataclass(frozen=True, slots=True)
class TruncatedNormal(_Distribution):
    """The normal distribution, truncated to [low, high].

    Parameters
    ----------
    mean, std : float
        Mean and standard deviation of the normal before the truncation: finite, std >= 0. The
        truncated distribution has a smaller standard deviation.
    low, high : float
        The bounds as absolute values: low <= high. They may be infinite.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not a number, `mean` or `std` is not finite, std < 0, or low > high.

    Examples
    --------
    >>> distribution = fastinit.TruncatedNormal(0.0, 0.02, -0.04, 0.04)
    >>> fastinit.Weight((2, 3), distribution, seed=0, name="table")[0]
    array([ 0.00257051,  0.01208932, -0.01052163], dtype=float32)
    """

    function: ClassVar[str] = "trunc_normal"

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
        """Return the kernel arguments for a dtype."""
        return kernel_arguments.truncated_normal(self.mean, self.std, self.low, self.high, dtype)

    @property
    def centre(self) -> float:
        """A number among the values."""
        return min(max(self.mean, self.low), self.high)

    @property
    def reach(self) -> float:
        """A magnitude that no float32 value exceeds."""
        mean, low, high = self.mean, self.low, self.high
        # Beyond a bound in the tail, the density falls faster than from the mean.
        far, away = REACH_OF_TABLE * self.std, abs(self.centre - mean)
        if away > far:
            far *= far / away
        return max(abs(max(low, min(mean, high) - far)), abs(min(high, max(mean, low) + far)))


@dataclass(frozen=True, slots=True)
class Constant(_Distribution):
    """One value for all elements, as usual for biases and for the gains of a normalisation.

    Parameters
    ----------
    value : float
        Finite. It is rounded to the dtype. -0.0 is the same distribution as 0.0, and gives 0.0.

    Raises
    ------
    TypeError, ValueError
        If `value` is not a finite number.

    Examples
    --------
    >>> fastinit.Weight((3,), fastinit.Constant(0.5), seed=0, name="scale")[:]
    array([0.5, 0.5, 0.5], dtype=float32)
    """

    function: ClassVar[str] = "constant"

    value: float = 0.0

    def __post_init__(self) -> None:
        _keep(self, "value", as_parameter(self.value, "value"))

    def law(self, dtype: np.dtype[Any]) -> Law:
        """Return the kernel arguments for a dtype."""
        return kernel_arguments.constant(self.value, dtype)

    @property
    def centre(self) -> float:
        """A number among the values."""
        return self.value

    @property
    def reach(self) -> float:
        """A magnitude that no float32 value exceeds."""
        return abs(self.value)


Distribution = Uniform | Normal | TruncatedNormal | Constant

#: The classes of distributions, by the names that files have for them.
DISTRIBUTIONS: dict[str, type[Distribution]] = {
    each.__name__: each for each in get_args(Distribution)
}
#: What a formula takes: the name of a scheme or of a constant, or a distribution.
Scheme = SchemeName | ConstantName | Distribution

#: The constants that have a name, as schemes do. They do not depend on fans.
CONSTANTS = {"zeros": Constant(0.0), "ones": Constant(1.0)}


def law_of(distribution: Distribution, scheme: object, dtype: np.dtype[Any]) -> Law:
    """Return the law of a distribution; errors say that the named scheme has chosen it."""
    try:
        return distribution.law(dtype)
    except ValueError as error:
        if scheme is distribution:
            raise
        raise ValueError(
            f"{scheme} gives {distribution.as_call()} for this shape: {error}"
        ) from None
