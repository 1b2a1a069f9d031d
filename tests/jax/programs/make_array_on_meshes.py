"""Makes one weight on many meshes; prints which have its bits, and only what their devices hold."""

from __future__ import annotations

import json
import sys

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

import fastinit
import fastinit.jax
from fastinit import weight

devices = np.array(jax.devices())
made = []
empty = weight.empty


def noted(shape, dtype):
    """Make an array, and note its address and size."""
    array = empty(shape, dtype)
    made.append((array.ctypes.data, array.size))
    return array


weight.empty = noted

CASES = [
    ((8,), ("x",), ("x",)),
    ((8,), ("x",), (None, "x")),
    ((8,), ("x",), ()),  # replicated
    ((4, 2), ("x", "y"), ("x", "y")),
    ((4, 2), ("x", "y"), ("y", "x")),
    ((2, 4), ("x", "y"), (None, "y")),
    ((2, 4), ("x", "y"), (("x", "y"), None)),
    ((2, 2, 2), ("x", "y", "z"), ("z", ("x", "y"))),
]

meshes = {}
for dtype in ("float32", "bfloat16"):
    table = fastinit.Weight((64, 24), "he_normal", seed=5, name="table", dtype=dtype)
    expected = np.asarray(table).tobytes()
    for lengths, names, spec in CASES:
        mesh = Mesh(devices.reshape(lengths), names)
        sharding = NamedSharding(mesh, PartitionSpec(*spec))
        made.clear()
        array = fastinit.jax.make_array(table, sharding)
        of_shards = dict(made)
        shards = array.addressable_shards
        meshes[f"{dtype} {lengths} {spec}"] = (
            np.asarray(array).tobytes() == expected
            and array.sharding == sharding
            and all(
                np.asarray(shard.data).tobytes() == np.asarray(table)[shard.index].tobytes()
                for shard in shards
            )
            # Nothing was made but the shards, and JAX's arrays are that memory.
            and of_shards
            == {shard.data.unsafe_buffer_pointer(): shard.data.size for shard in shards}
        )

# The mesh in use.
with jax.set_mesh(jax.make_mesh((8,), ("x",), axis_types=(AxisType.Auto,))):
    array = fastinit.jax.make_array(table, PartitionSpec("x"))
    meshes["in use"] = np.asarray(array).tobytes() == expected and not array.is_fully_replicated

sys.stdout.write(json.dumps({"meshes": meshes, "devices": len(devices)}))
