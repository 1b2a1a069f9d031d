"""`InitReport`: what `init_module` did to each parameter and buffer.

Promises: a report is immutable and contains only names. It can be hashed, compared, pickled and
sent to another process.
"""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

#: The number of names that the text of a report shows for each kind.
SHOWN = 12


class Tie(NamedTuple):
    """A second name of a shared parameter, such as the head of a language model.

    Parameters
    ----------
    name : str
        The second name.
    of : str
        The first name. Its stream determines the values.
    """

    name: str
    of: str


class SetBuffer(NamedTuple):
    """A buffer that `init_module` gave new values.

    Parameters
    ----------
    name : str
        The qualified name of the buffer.
    by : str
        ``"scheme"``, or the method that set it, such as ``"BatchNorm2d.reset_running_stats"``.
    """

    name: str
    by: str


@dataclass(frozen=True, slots=True, repr=False)
class InitReport:
    """What `init_module` did to each parameter and buffer, by qualified names.

    Parameters
    ----------
    filled : tuple of str
        Parameters that were filled by a scheme, in the order of the module.
    left : tuple of str
        Parameters and buffers that keep their values: a pattern gives them None, or no pattern
        matches them and ``strict=False``.
    tied : tuple of Tie
        Second names of shared parameters, each with the first name. ``dict(report.tied)`` maps
        the second names to the first.
    buffers : tuple of SetBuffer
        Buffers with new values, each with what set it. ``dict(report.buffers)`` maps the names
        to what set them.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 3))
    >>> schemes = {"*.weight": "he_normal", "*.bias": "zeros"}
    >>> fastinit.torch.init_module(model, seed=0, schemes=schemes)
    InitReport: 2 parameters filled, 0 tensors left, 0 tied, 0 buffers set
      filled: 0.weight, 0.bias
    """

    filled: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    tied: tuple[Tie, ...] = ()
    buffers: tuple[SetBuffer, ...] = ()

    def __repr__(self) -> str:
        counts = (
            f"InitReport: {len(self.filled)} parameters filled, {len(self.left)} tensors left, "
            f"{len(self.tied)} tied, {len(self.buffers)} buffers set"
        )
        lines = [
            counts,
            *_listed("filled", self.filled),
            *_listed("left", self.left),
            *_listed("tied", (f"{tie.name} = {tie.of}" for tie in self.tied)),
            *_listed("buffers", (f"{each.name} ({each.by})" for each in self.buffers)),
        ]
        return "\n".join(lines)


def _listed(title: str, entries: Iterable[str]) -> list[str]:
    """Return one line of the text of a report, or no line if there is nothing to list."""
    names = list(entries)
    if not names:
        return []
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"  {title}: {', '.join(names[:SHOWN])}{more}"]
