"""What a chart is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rows import Result


@dataclass(frozen=True)
class Chart:
    """One chart of a machine's results.

    Parameters
    ----------
    name : str
        Of the file.
    title : function
        (data) -> what the chart shows, as a sentence where the data allow one.
    caption : str
        The sentences below it in the page.
    data : function
        (results, the best instruction set's first) -> what is drawn, of what JSON has; empty or
        None where the results have nothing of it.
    draw : function
        (figure, data) -> None.
    inches : function
        (data) -> the chart's width and height.
    """

    name: str
    title: Callable[[Any], str]
    caption: str
    data: Callable[[Sequence[Result]], Any]
    draw: Callable[[Any, Any], None]
    inches: Callable[[Any], tuple[float, float]]
