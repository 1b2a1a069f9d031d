"""What an acceleration made, and what it passed on to PyTorch.

Promises: every random operation of the CPU that a thread runs inside an acceleration is counted,
on one side or the other.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple


class UnseededWarning(UserWarning):
    """PyTorch drew random numbers that the seed of `accelerate` does not govern."""


class CopiedShardsWarning(UserWarning):
    """Ranks made the same values for shards that may be different parts of one tensor."""


class Passed(NamedTuple):
    """A random operator that PyTorch ran itself, and why."""

    operator: str
    reason: str


class AccelerationReport:
    """Counts of what one `accelerate` block made and passed on.

    Attributes
    ----------
    tensors : int
        How many tensors fastinit filled. A tensor that is filled twice counts twice.
    elements : int
        How many elements these had, together.
    passed : collections.Counter of (operator, reason)
        How often PyTorch ran a random operator itself, such as ``("randperm", "...")``.
    unseeded : collections.Counter of (operator, reason)
        The part of `passed` that drew from PyTorch's default generator. The other calls were given
        a `torch.Generator`.
    copies : collections.Counter of str
        In a process group with a seed: how many tensors a library filled as shards of its own, by
        the library's module. Each rank makes the same values.
    """

    __slots__ = ("copies", "elements", "passed", "tensors", "unseeded")

    def __init__(self) -> None:
        self.tensors = 0
        self.elements = 0
        self.passed: Counter[Passed] = Counter()
        self.unseeded: Counter[Passed] = Counter()
        self.copies: Counter[str] = Counter()

    def count_passed(self, operator: str, reason: str, *, own_generator: bool) -> None:
        """Count a call that PyTorch ran."""
        entry = Passed(operator, reason)
        self.passed[entry] += 1
        if not own_generator:
            self.unseeded[entry] += 1

    def __repr__(self) -> str:
        """Return all counts in one line."""
        passed = ", ".join(
            f"{operator} {count:,} x ({reason})"
            for (operator, reason), count in self.passed.items()
        )
        made = f"fastinit made {self.tensors:,} tensors of {self.elements:,} elements"
        return f"<{made}; PyTorch made {passed or 'nothing random'}>"
