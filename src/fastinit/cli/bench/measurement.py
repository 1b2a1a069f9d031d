"""A measurement, and its ratios to others of the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Measurement:
    """The best time of one fill.

    Parameters
    ----------
    by, kind, dtype : str
        The library, and the kind and dtype of its values; memset has no kind and no dtype.
    threads : int
    nbytes, elements : int
    seconds : float
        The time of one call.
    """

    by: str
    kind: str
    dtype: str
    threads: int
    nbytes: int
    elements: int
    seconds: float

    @property
    def gigabytes_per_second(self) -> float:
        """Speed, in 10**9 bytes per second."""
        return self.nbytes / self.seconds / 1e9

    @property
    def nanoseconds_per_element(self) -> float:
        """Time per value."""
        return self.seconds / self.elements * 1e9

    def times(self, other: Measurement) -> float:
        """Return the speed as a multiple of another measurement's speed."""
        return self.gigabytes_per_second / other.gigabytes_per_second


def peer_of(measurement: Measurement, by: str, among: Iterable[Measurement]) -> Measurement | None:
    """Return a library's measurement of the same values on one thread; memset fits all values."""
    for each in among:
        same = (each.kind, each.dtype) == (measurement.kind, measurement.dtype)
        if each.by == by and (same or by == "memset"):
            return each
    return None
