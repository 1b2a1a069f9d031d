"""All schemes by their public names, and what each of them reads from the shape of a weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .fan_schemes import (
    glorot_normal,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
    siren,
    variance_scaling,
    xavier,
    xavier_normalized,
)
from .fans import weight_fans
from .table_schemes import embedding_normal, embedding_uniform, table_lengths
from .transformer_schemes import (
    deepnet,
    depth_scaled,
    mup,
    no_lengths,
    small_init,
    t_fixup,
    wang_init,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .distributions import Distribution

#: Every scheme by its public name, aliases included.
SCHEMES: dict[str, Callable[..., Distribution]] = {
    "embedding_uniform": embedding_uniform,
    "embedding_normal": embedding_normal,
    "xavier": xavier,
    "xavier_normalized": xavier_normalized,
    "xavier_uniform": xavier_normalized,
    "glorot_uniform": xavier_normalized,
    "xavier_normal": glorot_normal,
    "glorot_normal": glorot_normal,
    "he_normal": he_normal,
    "kaiming_normal": he_normal,
    "he_uniform": he_uniform,
    "kaiming_uniform": he_uniform,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "variance_scaling": variance_scaling,
    "depth_scaled": depth_scaled,
    "small_init": small_init,
    "wang_init": wang_init,
    "mup": mup,
    "t_fixup": t_fixup,
    "deepnet": deepnet,
    "siren": siren,
}


class ShapeReader(NamedTuple):
    """What schemes read from the shape of the whole weight.

    `read` returns the first arguments of the scheme; `arguments` says how many. Its options, such
    as the layout, are options of every scheme with this reader.
    """

    read: Callable[..., tuple[int, ...]]
    arguments: int


FANS = ShapeReader(weight_fans, 2)

#: The schemes that do not read fans.
OTHER_READERS: dict[Callable[..., Distribution], ShapeReader] = {
    **dict.fromkeys([embedding_uniform, embedding_normal], ShapeReader(table_lengths, 2)),
    **dict.fromkeys([depth_scaled, small_init, wang_init, mup], ShapeReader(no_lengths, 0)),
}


def reader_of(scheme: Callable[..., Distribution]) -> ShapeReader:
    """Return what a scheme reads from the shape."""
    return OTHER_READERS.get(scheme, FANS)
