"""JSON from sources that are not trusted, such as files.

Guarantees: the result comes from UTF-8 JSON without duplicate keys, NaN or infinity. All other
input raises ValueError, however deeply it is nested. Memory: about 30 times the text, at worst.
"""

from __future__ import annotations

import json
from collections import Counter
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable


def loads(text: bytes | str, make: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Return the value of a JSON text, or raise ValueError.

    `make` is called for each object with its keys and values, in place of `object_of`.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=make or object_of, parse_constant=_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dictionary; raise ValueError if a key appears twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {shortened(counts.most_common(1)[0][0])} appears twice")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")
