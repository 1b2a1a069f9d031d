"""What an acceleration made, and what it passed on to PyTorch.

Promises: a report counts every random CPU operation that a thread runs inside an acceleration,
either as made by fastinit or as made by PyTorch.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple


class UnseededWarning(UserWarning):
    """PyTorch drew random numbers that the seed of `accelerate` does not determine."""


class CopiedShardsWarning(UserWarning):
    """Each rank made the same values for shards that may be different parts of one tensor."""


class Passed(NamedTuple):
    """A random operator that PyTorch ran itself, and the reason."""

    operator: str
    reason: str


class AccelerationReport:
    """Counts of what fastinit made in one `accelerate` block, and what PyTorch made.

    Attributes
    ----------
    tensors : int
        The number of tensors that fastinit filled. A tensor that is filled twice counts twice.
    elements : int
        The total number of elements of these tensors.
    passed : collections.Counter of (operator, reason)
        How often PyTorch ran a random operator itself, such as ``("randperm", "...")``.
    unseeded : collections.Counter of (operator, reason)
        The calls in `passed` that drew from the default generator of PyTorch. The other calls were
        given a `torch.Generator`.
    copies : collections.Counter of str
        Only with a seed in a process group: the number of tensors that a library filled as its own
        shards, by the module of the library. Each rank makes the same values for them.

    Examples
    --------
    >>> with fastinit.torch.accelerate(seed=0) as report:
    ...     layer = torch.nn.Linear(64, 64)
    >>> report.tensors, report.elements, dict(report.passed)
    (2, 4160, {})
    """

    __slots__ = ("copies", "elements", "passed", "tensors", "unseeded")

    def __init__(self) -> None:
        self.tensors = 0
        self.elements = 0
        # Counter() takes half a microsecond, and a block should take few.
        self.passed: Counter[Passed] = Counter.__new__(Counter)
        self.unseeded: Counter[Passed] = Counter.__new__(Counter)
        self.copies: Counter[str] = Counter.__new__(Counter)

    def count_passed(self, operator: str, reason: str, *, own_generator: bool) -> None:
        """Count a call that PyTorch ran.

        Parameters
        ----------
        operator : str
            The name of the random operator.
        reason : str
            Why fastinit did not run it.
        own_generator : bool
            Whether the call was given a `torch.Generator`.

        Examples
        --------
        >>> report = fastinit.torch.AccelerationReport()
        >>> report.count_passed("randperm", "not a fill", own_generator=False)
        >>> report
        <fastinit made 0 tensors of 0 elements; PyTorch made randperm 1 x (not a fill)>
        """
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
