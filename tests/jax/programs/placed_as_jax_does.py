"""Calls JAX's initialisers and ours alike; prints for which the sharding is JAX's, the bits ours."""
# ruff: noqa: B023 - what is defined in the loops is called there

from __future__ import annotations

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from fastinit.jax import initializers as ours

theirs = jax.nn.initializers
KEY = jax.random.key(7)
KEYS = jax.random.split(KEY, 8)
THIRD = jax.devices()[3]
checked = {}


def right(made, like, expected):
    """Say whether an array is placed as another, and each device has its part of the values."""
    whole = np.asarray(expected)
    return (
        made.sharding.is_equivalent_to(like.sharding, made.ndim)
        and made.committed == like.committed
        and jax.typeof(made) == jax.typeof(like)
        and all(
            np.asarray(each.data).tobytes() == whole[each.index].tobytes()
            for each in made.addressable_shards
        )
    )


def check(name, call, expected):
    """Note whether `call` of our initialiser does what it does with JAX's."""
    checked[name] = right(call(ours.normal()), call(theirs.normal()), expected)


# On either side of what is copied and what is handed over.
for shape in ((8, 16), (136, 128)):
    value = np.asarray(ours.normal()(KEY, shape))
    values = np.stack([ours.normal()(key, shape) for key in KEYS])
    of_rbg = np.asarray(ours.normal()(jax.random.key(3, impl="rbg"), shape))
    on_third = jax.device_put(KEY, THIRD)
    check(f"{shape} plain", lambda init: init(KEY, shape), value)
    check(f"{shape} key on a device", lambda init: init(on_third, shape), value)
    check(
        f"{shape} key on a device, in a program",
        lambda init: jax.jit(lambda key: init(key, shape))(on_third),
        value,
    )
    check(
        f"{shape} raw key on a device",
        lambda init: init(jax.device_put(jax.random.PRNGKey(7), THIRD), shape),
        value,
    )
    check(
        f"{shape} rbg key on a device",
        lambda init: init(jax.device_put(jax.random.key(3, impl="rbg"), THIRD), shape),
        of_rbg,
    )
    with jax.default_device(THIRD):
        check(f"{shape} default_device", lambda init: init(jax.random.key(7), shape), value)

    for kind in (AxisType.Auto, AxisType.Explicit):
        mesh = jax.make_mesh((8,), ("x",), axis_types=(kind,))
        on_mesh = jax.device_put(KEY, NamedSharding(mesh, PartitionSpec()))
        keys = jax.device_put(KEYS, NamedSharding(mesh, PartitionSpec("x")))
        label = f"{shape} {kind.name}"
        constrain = jax.lax.with_sharding_constraint
        if kind is AxisType.Explicit:
            constrain = jax.sharding.reshard

        def each(init, given):
            """Return an array for each of some keys."""
            return jax.vmap(lambda key: init(key, shape))(given)

        def mapped(init, given):
            """Return an array for each key, made in a part of the mesh."""
            call = lambda part: init(part[0], shape)[None]  # noqa: E731
            spec = PartitionSpec("x")
            return jax.shard_map(call, mesh=mesh, in_specs=spec, out_specs=spec)(given)

        check(f"{label} key on a mesh", lambda init: init(on_mesh, shape), value)
        check(f"{label} vmap", lambda init: each(init, keys), values)
        check(f"{label} jit vmap", lambda init: jax.jit(lambda k: each(init, k))(keys), values)
        check(f"{label} shard_map", lambda init: mapped(init, keys), values)
        check(
            f"{label} jit shard_map", lambda init: jax.jit(lambda k: mapped(init, k))(keys), values
        )
        with jax.set_mesh(mesh):
            check(f"{label} set_mesh", lambda init: init(KEY, shape), value)
            check(f"{label} set_mesh, key on the mesh", lambda init: init(on_mesh, shape), value)
            check(
                f"{label} set_mesh, constrained",
                lambda init: constrain(init(KEY, shape), PartitionSpec(None, "x")),
                value,
            )
            check(f"{label} set_mesh, vmap", lambda init: each(init, KEYS), values)
            check(
                f"{label} set_mesh, jit",
                lambda init: jax.jit(lambda key: init(key, shape))(KEY),
                value,
            )
            check(
                f"{label} set_mesh, added",
                lambda init: init(KEY, shape) + jnp.zeros(shape),
                value,
            )

        square = jax.make_mesh((4, 2), ("x", "y"), axis_types=(kind, kind))
        four = jax.device_put(KEYS[:4], NamedSharding(square, PartitionSpec("x")))

        def partly(init):
            """Return an array for each key, made where only one of two axes is manual."""
            call = lambda part: init(part[0], shape)[None]  # noqa: E731
            spec = PartitionSpec("x")
            return jax.jit(jax.shard_map(call, in_specs=spec, out_specs=spec, axis_names={"x"}))(
                four
            )

        with jax.set_mesh(square):
            check(f"{label} shard_map over one axis of two", partly, values[:4])
            if kind is AxisType.Explicit:  # JAX's own take no other
                for spec in (PartitionSpec("x"), PartitionSpec("y", "x")):
                    check(
                        f"{label} out_sharding {spec}",
                        lambda init: init(KEY, shape, out_sharding=spec),
                        value,
                    )
                    check(
                        f"{label} out_sharding {spec}, jit",
                        lambda init: jax.jit(lambda key: init(key, shape, out_sharding=spec))(KEY),
                        value,
                    )

sys.stdout.write(json.dumps(checked))
