"""One of several processes of a JAX program on the loopback: makes its shards, then gathers all.

Arguments: the coordinator's port, how many processes, and which of them this is.
"""

from __future__ import annotations

import json
import sys

import jax
import numpy as np

port, count, number = map(int, sys.argv[1:])
jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize(f"localhost:{port}", num_processes=count, process_id=number)

from jax.experimental.multihost_utils import process_allgather  # noqa: E402
from jax.sharding import Mesh, NamedSharding, PartitionSpec  # noqa: E402

import fastinit  # noqa: E402
import fastinit.jax  # noqa: E402

devices = np.array(jax.devices())
checked = {"devices": len(devices), "local": jax.local_device_count()}
table = fastinit.Weight((24, 8), "he_normal", seed=5, name="table", dtype="bfloat16", padding_idx=3)
whole = np.asarray(table)
for lengths, names, spec in [
    ((-1,), ("x",), ("x",)),
    ((-1,), ("x",), (None, "x")),
    ((-1,), ("x",), ()),
    ((2, -1), ("x", "y"), ("x", "y")),
    ((-1, 2), ("x", "y"), ("y", "x")),
]:
    sharding = NamedSharding(Mesh(devices.reshape(lengths), names), PartitionSpec(*spec))
    array = fastinit.jax.make_array(table, sharding)
    mine = array.addressable_shards
    checked[f"{lengths} {spec}"] = (
        len(mine) == jax.local_device_count()
        and all(np.asarray(e.data).tobytes() == whole[e.index].tobytes() for e in mine)
        and process_allgather(array, tiled=True).tobytes() == whole.tobytes()
        # A computation over all processes sees the same table.
        and bool(jax.jit(lambda made: (made == whole).all())(array))
    )

# A tree: of each array, the parts of this process alone.
tree = {
    "dense": {"kernel": jax.ShapeDtypeStruct((24, 8), "float32")},
    "out": jax.ShapeDtypeStruct((24, 8), "float32"),
}
sharding = NamedSharding(Mesh(devices, ("x",)), PartitionSpec("x"))
made = fastinit.jax.init_tree(tree, 5, {"*kernel": "he_normal", "out": "orthogonal"}, sharding)
expected = {
    "dense": {"kernel": fastinit.he_normal((24, 8), seed=5, stream="dense/kernel", layout="keras")},
    "out": fastinit.orthogonal((24, 8), seed=5, stream="out", layout="keras"),
}
checked["tree"] = jax.tree.all(
    jax.tree.map(
        lambda array, whole: (
            len(array.addressable_shards) == jax.local_device_count()
            and process_allgather(array, tiled=True).tobytes() == whole.tobytes()
        ),
        made,
        expected,
    )
)
sys.stdout.write(json.dumps(checked) + "\n")
jax.distributed.shutdown()
