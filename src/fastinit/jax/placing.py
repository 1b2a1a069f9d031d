"""From values to a `jax.Array`: at once if the key is concrete, in the program if it is traced.

Promises: the bits are the same in both cases, and for any sharding. The array is on the devices
where `jax.random.normal` would place it. Assumes: the values were checked, so nothing raises an
error when a program runs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._memory.arrays import empty
from fastinit._schemes.values import DrawnValues
from fastinit._support.extras import require

from . import arithmetic
from .keys import WORDS_OF_SEED, WORDS_OF_SEED_AND_STREAM, address_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fastinit._schemes.values import Values

jax: Any = require("jax", "jax")

# Up to this number of bytes, the copy that JAX makes costs less than sharing the memory, which JAX
# frees later in a thread of its own.
SMALL = 1 << 16


def as_named_sharding(sharding: Any) -> Any:
    """Return a sharding with devices. If the given one has none, use those of the current mesh."""
    spec = sharding if isinstance(sharding, jax.sharding.PartitionSpec) else None
    if isinstance(sharding, jax.sharding.NamedSharding) and not isinstance(
        sharding.mesh, jax.sharding.Mesh
    ):
        spec = sharding.spec
    if spec is None:
        return sharding
    mesh = jax.sharding.get_mesh()
    if mesh.empty:
        raise ValueError(f"the sharding {sharding} has no devices: use it under jax.set_mesh(mesh)")
    return jax.sharding.NamedSharding(mesh, spec)


def make(values: Values, words: Any, sharding: Any) -> Any:
    """Return the array of some values.

    Parameters
    ----------
    values : Values
        What to make.
    words : array
        The words of a key, concrete or traced.
    sharding : Sharding, PartitionSpec or None
        How the array is sharded. With None, it is placed where the functions of JAX would place it.
    """
    if isinstance(words, jax.core.Tracer):
        return _make_sharded_in_program(values, words, sharding)
    seed, stream = address_of(np.asarray(words))
    if sharding is None:
        return _make_whole(values, seed, stream, _sharding_beside(words))
    return place(
        values.shape, lambda index: values.part(index, seed, stream), as_named_sharding(sharding)
    )


def place(shape: tuple[int, ...], part: Callable[[Any], NDArray[Any]], sharding: Any) -> Any:
    """Return an array whose parts a function makes.

    Parameters
    ----------
    shape : tuple of int
        The shape of the whole array.
    part : callable
        From an index, as NumPy takes it, to a new array.
    sharding : Sharding or None
        A sharding with devices. With None, the array is placed where the functions of JAX would
        place it.
    """
    if sharding is None:
        return jax.device_put(part(...), _sharding_beside(None))
    return jax.make_array_from_callback(shape, sharding, part)


def _sharding_beside(words: Any) -> Any:
    """Return where JAX places what it computes from a key; None is its default device."""
    if not jax.sharding.get_abstract_mesh().empty:
        return jax.sharding.NamedSharding(jax.sharding.get_mesh(), jax.sharding.PartitionSpec())
    if not getattr(words, "committed", False):
        return None
    sharding = words.sharding
    if isinstance(sharding, jax.sharding.NamedSharding):
        return jax.sharding.NamedSharding(sharding.mesh, jax.sharding.PartitionSpec())
    return sharding


def _make_whole(values: Values, seed: int, stream: int, sharding: Any) -> Any:
    """Return a whole array on the devices of a sharding, without a copy if that is possible."""
    small = math.prod(values.shape) * values.dtype.itemsize <= SMALL
    array = np.empty(values.shape, values.dtype) if small else empty(values.shape, values.dtype)
    values.fill(array, seed, stream)
    return jax.device_put(array, sharding)


def _make_sharded_in_program(values: Values, words: Any, sharding: Any) -> Any:
    """Return a traced array with a sharding, if one is given."""
    if sharding is None:
        return _make_in_program(values, words)
    mesh = jax.sharding.get_abstract_mesh()
    if isinstance(sharding, jax.sharding.NamedSharding):
        mesh = sharding.mesh
    types = dict(zip(mesh.axis_names, mesh.axis_types, strict=True))
    explicit = tuple(name for name in types if types[name] is jax.sharding.AxisType.Explicit)
    if not explicit:
        return jax.lax.with_sharding_constraint(_make_in_program(values, words), sharding)
    # Inside, the axes are automatic: XLA shards the computation as the result is sharded.
    draw = jax.sharding.auto_axes(
        lambda words: _make_in_program(values, words), axes=explicit, out_sharding=sharding
    )
    return draw(words)


def _make_in_program(values: Values, words: Any) -> Any:
    """Return a traced array, made by XLA operations if possible, otherwise by a host callback."""
    if (
        len(words) in (WORDS_OF_SEED, WORDS_OF_SEED_AND_STREAM)
        and isinstance(values, DrawnValues)
        and arithmetic.can_draw(values.law)
    ):
        return arithmetic.draw(words, shape=values.shape, law=values.law)
    return _call_host(values, words)


def _call_host(values: Values, words: Any) -> Any:
    """Return a traced array that the host makes when the program runs."""

    def on_host(words: Any) -> NDArray[Any]:
        keys = np.asarray(words)
        batch = keys.shape[:-1]  # the axes of the vmaps around the call
        arrays = empty((*batch, *values.shape), values.dtype)
        for index in np.ndindex(batch):
            values.fill(arrays[(*index, ...)], *address_of(keys[index]))
        return arrays

    result = jax.ShapeDtypeStruct(values.shape, values.dtype)
    array = jax.pure_callback(on_host, result, words, vmap_method="broadcast_all")
    # The callback runs for one device. If its array were the result of the program, it would be
    # only on that device. The other devices would have zeros, which JAX would treat as copies.
    return jax.lax.optimization_barrier(array)
