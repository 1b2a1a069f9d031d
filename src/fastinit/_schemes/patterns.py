"""Patterns of names: which of a mapping's patterns decides for each tensor of a model.

The adapters of all frameworks use these functions, so a pattern means the same in each of them.
Guarantees: the first pattern that matches a name decides; a pattern without an effect raises an
error that names the nearest pattern that would have one. Requires: names are unique.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import translate
from typing import TYPE_CHECKING, TypeVar, cast

from fastinit._support.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

Choice = TypeVar("Choice")

#: The largest number of names that an error lists.
LISTED = 20

#: A number that is a whole part of a name, or follows an underscore: that of a layer.
LAYER_NUMBER = re.compile(r"(?<![^./_])\d+(?![^./_])")


def by_pattern(schemes: Mapping[str, Choice] | Choice) -> Mapping[str, Choice]:
    """Return choices by pattern. A single choice applies to all names, also a dict of options."""
    if isinstance(schemes, Mapping) and "scheme" not in schemes:
        if other := [each for each in schemes if not isinstance(each, str)]:
            raise TypeError(f"the patterns of schemes must be strings, got {other[0]!r}")
        return schemes
    if schemes is None:
        raise TypeError("schemes must be a mapping of patterns to schemes, or one scheme, got None")
    return {"*": cast("Choice", schemes)}


def choose(
    schemes: Mapping[str, Choice],
    names: Iterable[str],
    *,
    others: Iterable[str] = (),
    aliases: Mapping[str, str] | None = None,
    kind: str = "parameter",
) -> dict[str, Choice]:
    """Return what the patterns choose for each name that one of them matches, in their order.

    Parameters
    ----------
    schemes : mapping of str to choice
        Patterns, as in `fnmatch`, where case counts. The first that matches a name decides.
    names : iterable of str
        The names that patterns apply to.
    others : iterable of str
        Names that a pattern applies to if it matches none of `names`, or if it chooses None, such
        as those of buffers.
    aliases : mapping of str to str, optional
        From each other name of a shared tensor to the name that counts. It explains errors.
    kind : str
        What has the names, in errors.

    Raises
    ------
    ValueError
        If a pattern matches no name, or only names that patterns before it matched.
    """
    first, second = list(names), list(others)
    chosen: dict[str, Choice] = {}
    for pattern, choice in schemes.items():
        matches = re.compile(translate(pattern)).match
        reached = list(filter(matches, first))
        if second and (choice is None or not reached):
            reached += filter(matches, second)
        if not reached:
            raise ValueError(_matches_nothing(pattern, first, second, aliases or {}, kind))
        mine = [each for each in reached if each not in chosen]
        if not mine:
            raise ValueError(
                f"the pattern {pattern!r} has no effect, because patterns before it match the same "
                "names: the first match decides, so put more specific patterns first"
            )
        chosen.update(dict.fromkeys(mine, choice))
    return {each: chosen[each] for each in (*first, *second) if each in chosen}


def layers_together(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names by pattern: those that differ only in the numbers of layers have one pattern.

    A name that is alone is its own pattern.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(LAYER_NUMBER.sub("*", name), []).append(name)
    return {each[0] if len(each) == 1 else pattern: each for pattern, each in groups.items()}


def shown(lines: list[str]) -> str:
    """Return the lines of an error about kinds of tensors, cut after the first ones."""
    if len(lines) > LISTED:
        lines = [*lines[:LISTED], f"  and {len(lines) - LISTED} kinds more"]
    return "\n".join(lines)


def undecided(
    names: Collection[str], described: Callable[[str], str], kind: str, kinds: str
) -> str:
    """Return the error about names that no pattern matches: one line for those of all layers.

    Parameters
    ----------
    names : collection of str
        The names.
    described : callable
        Describes what has a name.
    kind, kinds : str
        What has one of the names, and what have several.
    """
    lines = []
    for pattern, each in layers_together(names).items():
        many = f"{len(each)} {kinds}, such as {each[0]!r}" if len(each) > 1 else f"a {kind}"
        lines.append(f"  {pattern!r}: {many}, {described(each[0])}")
    return (
        f"no pattern matches {len(names)} {kind if len(names) == 1 else kinds}:\n{shown(lines)}\n"
        "Add each pattern to `schemes`, with a scheme or with None. None leaves them as they are."
    )


@contextmanager
def naming(kind: str, name: str) -> Iterator[None]:
    """Add the name of a tensor to errors that are raised inside the context."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"{kind} {name!r}: {error}") from error


def listed(names: Iterable[str]) -> str:
    """Return the first names, separated by commas."""
    every = list(names)
    return ", ".join(every[:LISTED]) + (", ..." if len(every) > LISTED else "")


def nearest_pattern(pattern: str, names: Iterable[str]) -> str:
    """Return ``"; did you mean 'PATTERN'?"`` with a pattern that matches, or an empty text."""
    known: dict[str, None] = {}
    for name in layers_together(names):
        parts = re.split(r"([./])", name)
        # The name itself, and the patterns for all names with its last parts: "*.weight".
        known.update(
            dict.fromkeys([name, *(f"*{''.join(parts[i:])}" for i in range(1, len(parts)))])
        )
    return did_you_mean(pattern, known)


def _matches_nothing(
    pattern: str, names: list[str], others: list[str], aliases: Mapping[str, str], kind: str
) -> str:
    matches = re.compile(translate(pattern)).match
    for alias in filter(matches, aliases):
        return (
            f"the pattern {pattern!r} matches {alias!r}, which is the same tensor as "
            f"{aliases[alias]!r}: give that name a scheme"
        )
    known = f"the names are {listed(names)}" if names else "there are none"
    buffers = f", and of buffers {listed(others)}" if others else ""
    nearest = nearest_pattern(pattern, [*names, *others])
    return f"the pattern {pattern!r} matches no {kind}'s name; {known}{buffers}{nearest}"
