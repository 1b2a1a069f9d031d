"""Makes a weight by initialisers with shardings; prints which have its bits and the sharding."""

from __future__ import annotations

import json
import sys

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

import fastinit
from fastinit.jax import initializers

KEY = jax.random.key(7)
SHAPE = (64, 24)
checked = {}


def check(name, array, sharding, expected):
    """Note whether an array has the values, on each device, and the sharding."""
    whole = np.frombuffer(expected, array.dtype).reshape(SHAPE)
    same = [np.array_equal(each.data, whole[each.index]) for each in array.addressable_shards]
    checked[name] = all(same) and array.sharding.is_equivalent_to(sharding, 2)


for function, expected in [
    ("he_normal", fastinit.he_normal(SHAPE, layout="keras", truncated=True, seed=7).tobytes()),
    ("orthogonal", fastinit.orthogonal(SHAPE, layout="keras", seed=7).tobytes()),
]:
    init = getattr(initializers, function)()
    for kind in (AxisType.Explicit, AxisType.Auto):
        mesh = jax.make_mesh((4, 2), ("x", "y"), axis_types=(kind, kind))
        named = NamedSharding(mesh, PartitionSpec("x", "y"))
        label = f"{function} {kind.name}"
        check(f"{label}, alone", init(KEY, SHAPE, out_sharding=named), named, expected)
        out = jax.jit(lambda key, init=init: init(key, SHAPE), out_shardings=named)(KEY)
        check(f"{label}, out_shardings", out, named, expected)
        with jax.set_mesh(mesh):
            for sharding in (named, PartitionSpec("x", "y")):
                kind_of = type(sharding).__name__
                eager = init(KEY, SHAPE, out_sharding=sharding)
                check(f"{label}, eager, {kind_of}", eager, named, expected)
                traced = jax.jit(
                    lambda key, init=init, s=sharding: init(key, SHAPE, out_sharding=s)
                )(KEY)
                check(f"{label}, traced, {kind_of}", traced, named, expected)

sys.stdout.write(json.dumps(checked))
