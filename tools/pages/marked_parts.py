"""Parts of a page that a script writes, between two comments that name the part."""

from __future__ import annotations

import re


def with_parts(text: str, parts: dict[str, list[str]], script: str) -> str:
    """Return the page with the lines of each part replaced; raise if one is not there once."""
    for name, lines in parts.items():
        begin, end = f"{name}: written by {script}", f"end of {name}"
        pattern = rf"([^\n]*{begin}[^\n]*\n).*?([^\n]*{end})"
        text, count = re.subn(
            pattern,
            lambda found, lines=lines: "\n".join([found[1][:-1], *lines, found[2]]),
            text,
            flags=re.DOTALL,
        )
        if count != 1:
            raise ValueError(f"the page has {count} parts for {name}, expected 1")
    return text
