"""Programs on a mesh whose weights have no sharding of their own: has each device the right bits?"""

from __future__ import annotations

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from fastinit.jax import initializers

KEY = jax.random.key(7)
SHAPE = (16, 24)
INIT = initializers.he_normal()


def keys(key):
    """Return the keys of three layers."""
    return jax.random.split(key, 3)


def layers(key):
    """Return weights and what is not random, as models have them."""
    return {"weights": [INIT(each, SHAPE) for each in keys(key)], "bias": jnp.zeros(24)}


PROGRAMS = {
    "alone": lambda key: INIT(key, SHAPE),
    "of one element": lambda key: initializers.normal()(key, ()),
    "orthogonal": lambda key: initializers.orthogonal()(key, SHAPE),
    "converted": lambda key: INIT(key, SHAPE).astype(jnp.bfloat16),
    "multiplied": lambda key: 2 * INIT(key, SHAPE),
    "key closed over": lambda key: [INIT(KEY, SHAPE), INIT(key, SHAPE)],
    "fold_in": lambda key: INIT(jax.random.fold_in(key, 3), SHAPE),
    "layers": layers,
    "vmap": lambda key: jax.vmap(lambda each: INIT(each, SHAPE))(keys(key)),
    "scan": lambda key: jax.lax.scan(lambda c, k: (c, INIT(k, SHAPE)), 0, keys(key))[1],
    "checkpoint": jax.checkpoint(lambda key: INIT(key, SHAPE)),
    "embedding": lambda key: linen.Embed(10, 8, embedding_init=INIT).init(key, jnp.ones(3, int)),
}


def right(array, expected):
    """Say whether the array that each device has is the expected one's part."""
    whole = np.asarray(expected)
    return len(array.addressable_shards) == jax.device_count() and all(
        np.asarray(shard.data).tobytes() == whole[shard.index].tobytes()
        for shard in array.addressable_shards
    )


checked = {}
for name, program in PROGRAMS.items():
    expected = jax.jit(program)(KEY)  # on one device
    for kind in (AxisType.Explicit, AxisType.Auto):
        mesh = jax.make_mesh((8,), ("x",), axis_types=(kind,))
        on_all = jax.device_put(KEY, NamedSharding(mesh, PartitionSpec()))
        label = f"{name}, {kind.name}"
        made = {f"{label}, key on all devices": jax.jit(program)(on_all)}
        with jax.set_mesh(mesh):
            made[f"{label}, set_mesh"] = jax.jit(program)(KEY)
        for each, arrays in made.items():
            checked[each] = jax.tree.all(jax.tree.map(right, arrays, expected))

sys.stdout.write(json.dumps(checked))
