"""The charts of docs/benchmarks.md: what each takes from results, and how it is drawn.

`CHARTS` lists them in the page's order. Nothing here imports matplotlib: a chart draws on the
figure that it is given.
"""

from __future__ import annotations

from . import costs, overview, peers, scaling
from .chart import Chart

CHARTS: list[Chart] = [*overview.CHARTS, *peers.CHARTS, *scaling.CHARTS, *costs.CHARTS]

__all__ = ["CHARTS", "Chart"]
