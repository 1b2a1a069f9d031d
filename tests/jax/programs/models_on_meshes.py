"""Initialises sharded models as trainers do; prints which have their bits, without other memory."""

from __future__ import annotations

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen, nnx
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from fastinit.jax import initializers as ours

KEY = jax.random.key(7)
checked = {}


def has(array, expected):
    """Say whether each device has its part of the values."""
    whole = np.asarray(expected)
    return len(array.addressable_shards) == jax.device_count() and all(
        np.asarray(each.data).tobytes() == whole[each.index].tobytes()
        for each in array.addressable_shards
    )


# As MaxText and t5x do: a program whose results' shardings alone are given.
SHAPE = (1 << 10, 1 << 8)
SHARD = 4 * (1 << 18) // 8
mesh = jax.make_mesh((4, 2), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
for name in ("uniform", "normal", "truncated_normal", "he_normal", "glorot_uniform"):
    init = getattr(ours, name)()
    sharding = NamedSharding(mesh, PartitionSpec("x", "y"))
    program = jax.jit(lambda key, init=init: init(key, SHAPE), out_shardings=sharding)
    memory = program.lower(KEY).compile().memory_analysis()
    checked[f"out_shardings, {name}"] = has(program(KEY), init(KEY, SHAPE))
    checked[f"out_shardings, {name}, memory"] = (
        memory.output_size_in_bytes == SHARD and memory.temp_size_in_bytes < SHARD / 8
    )
for kind in (AxisType.Auto, AxisType.Explicit):
    with jax.set_mesh(jax.make_mesh((8,), ("x",), axis_types=(kind,))):
        init = ours.he_normal()
        program = jax.jit(lambda key: init(key, SHAPE, out_sharding=PartitionSpec("x")))  # noqa: B023
        memory = program.lower(KEY).compile().memory_analysis()
        checked[f"out_sharding, {kind.name}, memory"] = (
            memory.output_size_in_bytes == SHARD and memory.temp_size_in_bytes < SHARD / 8
        )


class Mlp(linen.Module):
    """A partitioned layer; 136 x 128 is above what is copied."""

    @linen.compact
    def __call__(self, x):
        """Apply the layer."""
        init = linen.with_partitioning(ours.he_normal(), (None, "x"))
        return linen.Dense(128, kernel_init=init)(x)


def kernel_of(params):
    """Return the one kernel's array."""
    return linen.meta.unbox(params)["params"]["Dense_0"]["kernel"]


inputs = jnp.ones((1, 136))
plain = kernel_of(Mlp().init(KEY, inputs))
mesh = jax.make_mesh((8,), ("x",), axis_types=(AxisType.Auto,))
with jax.set_mesh(mesh):
    checked["linen, at once"] = has(kernel_of(Mlp().init(KEY, inputs)), plain)
    abstract = jax.eval_shape(Mlp().init, KEY, inputs)
    shardings = linen.get_sharding(abstract, mesh)
    made = kernel_of(jax.jit(Mlp().init, out_shardings=shardings)(KEY, inputs))
    checked["linen, out_shardings"] = has(made, plain) and made.sharding.spec[1] == "x"


def layer():
    """Return a partitioned layer of NNX."""
    init = nnx.with_partitioning(ours.he_normal(), (None, "x"))
    return nnx.Linear(136, 128, kernel_init=init, rngs=nnx.Rngs(0))


@nnx.jit
def sharded():
    """Return the layer with its state spread over the mesh: NNX's own recipe."""
    model = layer()
    state = nnx.state(model)
    nnx.update(model, jax.lax.with_sharding_constraint(state, nnx.get_partition_spec(state)))
    return model


plain = nnx.Linear(136, 128, kernel_init=ours.he_normal(), rngs=nnx.Rngs(0)).kernel[...]
for kind in (AxisType.Auto, AxisType.Explicit):
    with jax.set_mesh(jax.make_mesh((8,), ("x",), axis_types=(kind,))):
        checked[f"nnx, at once, {kind.name}"] = has(layer().kernel[...], plain)
        made = nnx.jit(layer)().kernel[...]
        checked[f"nnx.jit, {kind.name}"] = has(made, plain)
        if kind is AxisType.Auto:
            made = sharded().kernel[...]
            checked["nnx.jit, constrained"] = has(made, plain) and made.sharding.spec[1] == "x"

# Layers stacked by vmap, a key for each on the device that holds the layer.
keys = jax.random.split(KEY, 8)
init = ours.he_normal()
with jax.set_mesh(mesh):
    on_mesh = jax.device_put(keys, NamedSharding(mesh, PartitionSpec("x")))
    made = jax.jit(jax.vmap(lambda key: init(key, (64, 32))))(on_mesh)
expected = np.stack([init(key, (64, 32)) for key in keys])
checked["stacked layers"] = has(made, expected) and made.sharding.spec[0] == "x"

# The same for few elements, whose words come from whole blocks.
for kind in (AxisType.Auto, AxisType.Explicit):
    with jax.set_mesh(jax.make_mesh((8,), ("x",), axis_types=(kind,))):
        on_mesh = jax.device_put(keys, NamedSharding(jax.sharding.get_mesh(), PartitionSpec("x")))
        made = jax.jit(jax.vmap(lambda key: init(key, (2, 3))))(on_mesh)
    expected = np.stack([init(key, (2, 3)) for key in keys])
    checked[f"few elements, {kind.name}"] = has(made, expected) and made.sharding.spec[0] == "x"

sys.stdout.write(json.dumps(checked))
