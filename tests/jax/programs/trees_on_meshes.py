"""`init_tree` on eight devices, with shardings as MaxText gives them; prints which are right."""

from __future__ import annotations

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen, nnx
from jax.sharding import AxisType, NamedSharding, PartitionSpec

import fastinit
from fastinit.jax import init_tree

checked = {}
AUTO = (AxisType.Auto,) * 2
RULES = [("embed", "fsdp"), ("mlp", "tensor"), ("heads", "tensor"), ("vocab", ("tensor", "fsdp"))]
SCHEMES = {
    "*/embedding": fastinit.Normal(0, 0.02),
    "*/wo/kernel": "orthogonal",
    "*/kernel": "he_normal",
    "*": "ones",
}


class Block(linen.Module):
    """An embedding and two layers, with the logical axes of MaxText."""

    @linen.compact
    def __call__(self, tokens):
        """Return logits."""

        def logical(*axes):
            return linen.with_logical_partitioning(linen.initializers.lecun_normal(), axes)

        x = linen.Embed(64, 16, embedding_init=logical("vocab", "embed"))(tokens)
        x = linen.Dense(32, kernel_init=logical("embed", "mlp"), name="wi")(x)
        return linen.Dense(16, kernel_init=logical("mlp", "embed"), name="wo")(linen.LayerNorm()(x))


def unboxed(tree):
    """Return names and arrays."""
    leaves = jax.tree_util.tree_leaves_with_path(linen.meta.unbox(tree))
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def right(tree, expected, shardings=None):
    """Say whether each device has exactly its part of each array, and nothing else is alive."""
    arrays, wholes = unboxed(tree), unboxed(expected)
    places = shardings and unboxed(shardings)
    return arrays.keys() == wholes.keys() and all(
        len(array.addressable_shards) == jax.device_count()
        and (places is None or array.sharding == places[name])
        and all(
            np.asarray(part.data).tobytes() == np.asarray(wholes[name])[part.index].tobytes()
            and part.data.shape == array.sharding.shard_shape(array.shape)
            for part in array.addressable_shards
        )
        for name, array in arrays.items()
    )


abstract = jax.eval_shape(Block().init, jax.random.key(0), jnp.zeros((2, 4), jnp.int32))
whole = jax.device_get(init_tree(abstract, 7, SCHEMES))
mesh = jax.make_mesh((4, 2), ("fsdp", "tensor"), axis_types=AUTO)
shardings = linen.logical_to_mesh_sharding(linen.get_partition_spec(abstract), mesh, RULES)
made = init_tree(abstract, 7, SCHEMES, shardings)
checked["logical axes"] = right(made, whole, shardings)
checked["boxes stay"] = made["params"]["wi"]["kernel"].names == ("embed", "mlp")
checked["the model runs"] = Block().apply(made, jnp.zeros((2, 4), jnp.int32)).shape == (2, 4, 16)
checked["one sharding for all"] = right(
    init_tree(abstract, 7, SCHEMES, NamedSharding(mesh, PartitionSpec())), whole
)
part = {
    "params": {**shardings["params"], "Embed_0": NamedSharding(mesh, PartitionSpec(None, "fsdp"))}
}
checked["one sharding for a part"] = right(init_tree(abstract, 7, SCHEMES, part), whole)
for shape, names in [((8, 1), ("fsdp", "tensor")), ((2, 4), ("tensor", "fsdp"))]:
    other = jax.make_mesh(shape, names, axis_types=AUTO)
    placed = linen.logical_to_mesh_sharding(linen.get_partition_spec(abstract), other, RULES)
    checked[f"mesh {shape} {names}"] = right(init_tree(abstract, 7, SCHEMES, placed), whole, placed)
with jax.set_mesh(mesh):
    specs = linen.logical_to_mesh(linen.get_partition_spec(abstract), RULES)
    checked["specs of the current mesh"] = right(
        init_tree(abstract, 7, SCHEMES, specs), whole, shardings
    )
    checked["without shardings"] = right(init_tree(abstract, 7, SCHEMES), whole)
annotated = jax.tree.map(
    lambda leaf, sharding: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding),
    linen.meta.unbox(abstract),
    shardings,
)
checked["shardings of the leaves"] = right(init_tree(annotated, 7, SCHEMES), whole, shardings)


class Layer(nnx.Module):
    """A partitioned layer."""

    def __init__(self, rngs):
        init = nnx.with_partitioning(nnx.initializers.lecun_normal(), ("fsdp", "tensor"))
        self.layer = nnx.Linear(16, 32, kernel_init=init, rngs=rngs)


with jax.set_mesh(mesh):
    state = nnx.state(nnx.eval_shape(lambda: Layer(nnx.Rngs(0))))
    specs = nnx.get_partition_spec(state)
    schemes = {"*/kernel": "he_normal", "*": 0}
    kernel = fastinit.Weight((16, 32), "he_normal", seed=7, name="layer/kernel", layout="keras")
    for label, given in (("NNX, its own shardings", None), ("NNX, specs", specs)):
        array = init_tree(state, 7, schemes, given)["layer"]["kernel"][...]
        checked[label] = right(
            {"k": array}, {"k": kernel}
        ) and array.sharding.spec == PartitionSpec("fsdp", "tensor")

try:
    init_tree(abstract, 7, SCHEMES, NamedSharding(mesh, PartitionSpec(None, None, "fsdp")))
except ValueError as error:
    checked["too many axes"] = str(error).startswith("leaf 'params/")
try:
    init_tree(
        {"w": jax.ShapeDtypeStruct((6, 5), jnp.float32)},
        7,
        "ones",
        NamedSharding(mesh, PartitionSpec("fsdp")),
    )
except ValueError as error:
    checked["not divided"] = str(error).startswith("leaf 'w' of shape (6, 5): ")

sys.stdout.write(json.dumps(checked))
