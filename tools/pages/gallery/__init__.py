"""The gallery's pictures: what is measured, how it is drawn, and the numbers that the page states.

`PICTURES` lists them in the page's order. Nothing here imports matplotlib: a picture draws on the
figure that it is given.
"""

from __future__ import annotations

from picture import Picture

from . import densities, depth, formats, matrices, model_schemes, shards, sums, widths

PICTURES: list[Picture] = [
    *sums.PICTURES,
    *depth.PICTURES,
    *widths.PICTURES,
    *model_schemes.PICTURES,
    *densities.PICTURES,
    *formats.PICTURES,
    *matrices.PICTURES,
    *shards.PICTURES,
]

__all__ = ["PICTURES", "Picture"]
