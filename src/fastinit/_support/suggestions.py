"""The nearest right name, for error messages about a name that is not known."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A file may have any number of names, and a comparison takes some 10 microseconds.
MOST_NAMES = 10_000


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'NAME'?"``, or an empty text if no known name is similar."""
    text, names = str(name), list(islice(known, MOST_NAMES))
    near = get_close_matches(text, names, 1)
    if not near and text:  # such as `HE_NORMAL` and `kaiming`
        folded = text.casefold()
        near = get_close_matches(folded, names, 1) or [n for n in names if n.startswith(folded)]
    return f"; did you mean {near[0]!r}?" if near else ""
