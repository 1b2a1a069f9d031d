"""The sharding of each leaf of a tree: from a tree of shardings, from the leaf, or from JAX.

Promises: each sharding has devices and divides the shape of its leaf. An error names the leaf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit._support.extras import require
from fastinit._support.suggestions import did_you_mean

from .leaves import SEPARATOR, leaves_of
from .placing import as_named_sharding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .leaves import Leaf

jax: Any = require("jax", "jax")

SHARDINGS = (jax.sharding.Sharding, jax.sharding.PartitionSpec)


def shardings_of(
    leaves: Sequence[Leaf], wanted: Sequence[Leaf], shardings: Any, prefix: str
) -> list[Any]:
    """Return the sharding of each wanted leaf; None is the place that JAX chooses.

    Parameters
    ----------
    leaves : sequence of Leaf
        All leaves of the tree.
    wanted : sequence of Leaf
        The leaves whose arrays are made.
    shardings : tree of Sharding, PartitionSpec or None
        A tree of the same names, or of the first parts of these names: one sharding holds for all
        leaves below it.
    prefix : str
        The path of both trees in a larger tree.

    Raises
    ------
    TypeError, ValueError
        If a leaf has no sharding, a sharding has no leaf, or a sharding does not suit its leaf.
    """
    given = {each.path: each.value for each in leaves_of(shardings, prefix, _is_sharding)}
    known = {each.path[:length] for each in leaves for length in range(len(each.path) + 1)}
    for path, sharding in given.items():
        if path not in known and sharding is not None:
            name = SEPARATOR.join(path)
            nearest = did_you_mean(name, sorted(map(SEPARATOR.join, known)))
            raise ValueError(f"shardings has {name!r}, but the tree has no such leaf{nearest}")
    return [_checked(_sharding_of(leaf, given), leaf) for leaf in wanted]


def _is_sharding(node: Any) -> bool:
    return node is None or isinstance(node, SHARDINGS)


def _sharding_of(leaf: Leaf, given: dict[tuple[str, ...], Any]) -> Any:
    """Return what the tree of shardings has for a leaf, otherwise the sharding of the leaf."""
    for length in range(len(leaf.path), -1, -1):
        if leaf.path[:length] in given:
            sharding = given[leaf.path[:length]]
            return _own_sharding(leaf) if sharding is None else sharding
    raise ValueError(
        f"leaf {leaf.name!r}: shardings has no entry for it: give one, or None for the place that "
        "JAX chooses"
    )


def _own_sharding(leaf: Leaf) -> Any:
    """Return the sharding of an abstract array, or of an array that was placed on purpose."""
    if isinstance(leaf.value, jax.Array) and not leaf.value.committed:
        return None
    return getattr(leaf.value, "sharding", None)


def _checked(sharding: Any, leaf: Leaf) -> Any:
    """Return a sharding with devices, or raise an error that names the leaf."""
    if sharding is None:
        return None
    if not isinstance(sharding, SHARDINGS):
        raise TypeError(
            f"leaf {leaf.name!r}: its sharding must be a jax.sharding.Sharding, a PartitionSpec or "
            f"None, got {type(sharding).__name__}"
        )
    shape = tuple(leaf.value.shape)
    try:
        placed = as_named_sharding(sharding)
        if len(getattr(placed, "spec", ())) > len(shape):
            raise ValueError(f"the sharding has more axes: {placed.spec}")  # noqa: TRY301
        placed.shard_shape(shape)
    except (TypeError, ValueError) as error:
        raise type(error)(f"leaf {leaf.name!r} of shape {shape}: {error}") from error
    return placed
