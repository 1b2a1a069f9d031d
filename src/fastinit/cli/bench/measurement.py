"""What a measurement says, and how it compares with others of the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Measurement:
    """One fill's best time.

    Parameters
    ----------
    by, kind, dtype : str
        Who filled, and with what values; memset has no kind and no dtype.
    threads : int
    nbytes, elements : int
    seconds : float
        Of one call.
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
        """Speed, in 10**9 bytes a second."""
        return self.nbytes / self.seconds / 1e9

    @property
    def nanoseconds_per_element(self) -> float:
        """Cost of one value."""
        return self.seconds / self.elements * 1e9

    def times(self, other: Measurement) -> float:
        """Return how many times as fast as another this is."""
        return self.gigabytes_per_second / other.gigabytes_per_second


def peer_of(measurement: Measurement, by: str, among: Iterable[Measurement]) -> Measurement | None:
    """Return a library's measurement of the same values, on one thread; memset's is of any."""
    for each in among:
        same = (each.kind, each.dtype) == (measurement.kind, measurement.dtype)
        if each.by == by and (same or by == "memset"):
            return each
    return None
