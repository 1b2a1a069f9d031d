"""Short descriptions of objects: counts and sizes in words, and tables for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def counted(count: int, noun: str) -> str:
    """Return a number of things in words, such as `1 file` and `1,200 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def sized(nbytes: int) -> str:
    """Return a number of bytes in words, such as `900 bytes` and `512,000 bytes (512 kB)`."""
    unit, rest = "", float(nbytes)
    for each in _UNITS:
        if rest < 999.5:  # noqa: PLR2004 - three digits
            break
        unit, rest = each, rest / 1000
    return counted(nbytes, "byte") + (f" ({rest:.3g} {unit})" if unit else "")


def html_table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """Return a table of names and values as HTML, in which all texts are escaped."""
    from html import escape  # noqa: PLC0415 - most programs show no HTML

    lines = "".join(
        f'<tr><th style="text-align: left">{escape(name)}</th>'
        f'<td style="text-align: left">{escape(str(value))}</td></tr>'
        for name, value in rows
    )
    return f"<div><strong>{escape(title)}</strong><table>{lines}</table></div>"
