"""The leaves of a tree by name: those of Flax, Haiku and Equinox, and any other tree of JAX.

Promises: the name of a leaf is its path, joined by ``/``. Boxes do not change it: variables of Flax
NNX, and the metadata of Flax linen such as `nn.Partitioned`. Assumes: a library that has such a
class was imported by whoever made the tree. So no library is imported here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastinit._support.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

jax: Any = require("jax", "jax")

SEPARATOR = "/"

#: Classes whose objects hold one value beside metadata: the module, and the class in it.
BOXES = ("flax.core.meta", "AxisMetadata"), ("flax.nnx", "Variable")

#: The class of all modules whose weights have the outputs first.
EQUINOX = (("equinox", "Module"),)


class Leaf(NamedTuple):
    """One leaf of a tree.

    Parameters
    ----------
    path : tuple of str
        The keys that lead to it, without those of boxes.
    value : object
        An array, a `jax.ShapeDtypeStruct`, or anything else.
    outputs_first : bool
        Whether it is in a module of Equinox.
    """

    path: tuple[str, ...]
    value: Any
    outputs_first: bool

    @property
    def name(self) -> str:
        """The keys, joined by ``/``."""
        return SEPARATOR.join(self.path)

    @property
    def is_array(self) -> bool:
        """Whether it is an array or has the shape and dtype of one. A scalar of NumPy is not."""
        return (
            hasattr(self.value, "shape")
            and hasattr(self.value, "dtype")
            and not isinstance(self.value, np.generic)
        )

    @property
    def is_float(self) -> bool:
        """Whether it is an array of real or complex floating-point numbers."""
        return self.is_array and bool(jax.dtypes.issubdtype(self.value.dtype, np.inexact))


def leaves_of(
    tree: Any, prefix: str, is_leaf: Callable[[Any], bool] = lambda _: False
) -> list[Leaf]:
    """Return the leaves of a tree, in the order of ``jax.tree.leaves``.

    Parameters
    ----------
    tree : tree
        Any tree of JAX.
    prefix : str
        The path of the tree in a larger tree.
    is_leaf : callable
        Says that a node is a leaf, as in ``jax.tree.leaves``.
    """
    before = tuple(filter(None, prefix.split(SEPARATOR)))
    boxes, equinox = _loaded(BOXES), _loaded(EQUINOX)
    return list(_leaves(tree, is_leaf, boxes, equinox, before, outputs_first=False))


def _leaves(
    tree: Any,
    is_leaf: Callable[[Any], bool],
    boxes: tuple[type, ...],
    equinox: tuple[type, ...],
    path: tuple[str, ...],
    *,
    outputs_first: bool,
) -> Iterator[Leaf]:
    marked = boxes if outputs_first else boxes + equinox

    def ends_here(node: Any) -> bool:
        return is_leaf(node) or (node is not tree and isinstance(node, marked))

    inside = isinstance(tree, boxes)
    found, _ = jax.tree_util.tree_flatten_with_path(tree, ends_here)
    for keys, node in found:
        names = tuple(jax.tree_util.keystr((key,), simple=True) for key in keys)
        here = path + names[inside:]  # the first key of a box is that of its value
        if isinstance(node, marked) and node is not tree:
            first = outputs_first or isinstance(node, equinox)
            yield from _leaves(node, is_leaf, boxes, equinox, here, outputs_first=first)
        else:
            yield Leaf(here, node, outputs_first or isinstance(tree, equinox))


def _loaded(classes: tuple[tuple[str, str], ...]) -> tuple[type, ...]:
    """Return those of some classes whose modules are imported."""
    return tuple(
        getattr(sys.modules[module], name) for module, name in classes if module in sys.modules
    )
