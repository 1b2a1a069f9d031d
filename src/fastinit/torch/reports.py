"""`InitReport`: what `init_module` did to each parameter and buffer.

Promises: immutable and made of names alone: it can be hashed, compared, pickled and sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How many names of one kind the text of a report shows.
SHOWN = 12


class Tie(NamedTuple):
    """A second name of a parameter, such as a language model's head.

    Parameters
    ----------
    name : str
        The second name.
    of : str
        The first name, whose stream gives the values.
    """

    name: str
    of: str


class SetBuffer(NamedTuple):
    """A buffer that has got new values.

    Parameters
    ----------
    name : str
        Its qualified name.
    by : str
        ``"scheme"``, or what has rebuilt it, such as ``"BatchNorm2d.reset_running_stats"``.
    """

    name: str
    by: str


@dataclass(frozen=True, slots=True, repr=False)
class InitReport:
    """What `init_module` did, by qualified names.

    Parameters
    ----------
    filled : tuple of str
        Parameters that a scheme has filled, in the module's order.
    left : tuple of str
        Parameters and buffers that keep their values: a pattern with None says so or, with
        ``strict=False``, no pattern matches.
    tied : tuple of Tie
        Second names of shared parameters, each with the first name: ``dict(report.tied)``.
    buffers : tuple of SetBuffer
        Buffers with new values, each with what gave them: ``dict(report.buffers)``.
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
    """Return one line of a report's text, or none where there is nothing to list."""
    names = list(entries)
    if not names:
        return []
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"  {title}: {', '.join(names[:SHOWN])}{more}"]
