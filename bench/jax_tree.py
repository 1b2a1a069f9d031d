"""Measure the first call that makes a sharded model: `init_tree` beside `jit(init, out_shardings)`.

    python bench/jax_tree.py

The model is a transformer of Flax linen with logical axes, as in MaxText, over eight devices of one
CPU. Each way runs in a process of its own. A call includes tracing and compiling. Memory is that of
the process, and what XLA needs for one device beside the result.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time

LAYERS, WIDTH, HEADS, WORDS = 6, 512, 8, 32_000
RULES = [
    ("embed", "fsdp"),
    ("mlp", "tensor"),
    ("heads", "tensor"),
    ("vocab", "tensor"),
    ("kv", None),
]


def measure(way: str) -> None:
    """Print the seconds and the bytes of one way."""
    import jax  # noqa: PLC0415 - the flags are those of this process
    import jax.numpy as jnp  # noqa: PLC0415
    from flax import linen  # noqa: PLC0415

    import fastinit.jax  # noqa: PLC0415

    def logical(*axes: str | None, init=linen.initializers.lecun_normal()):  # noqa: ANN001, ANN202, B008
        return linen.with_logical_partitioning(init, axes)

    class Layer(linen.Module):
        @linen.compact
        def __call__(self, x):  # noqa: ANN001, ANN204
            def heads(name):  # noqa: ANN001, ANN202
                size = (HEADS, WIDTH // HEADS)
                init = logical("embed", "heads", "kv")
                return linen.DenseGeneral(size, use_bias=False, kernel_init=init, name=name)

            y = linen.LayerNorm(use_bias=False)(x)
            y = heads("query")(y) * heads("key")(y) + heads("value")(y)
            init = logical("heads", "kv", "embed")
            x += linen.DenseGeneral(WIDTH, (-2, -1), use_bias=False, kernel_init=init, name="out")(
                y
            )
            y = linen.LayerNorm(use_bias=False)(x)
            y = linen.Dense(4 * WIDTH, use_bias=False, kernel_init=logical("embed", "mlp"))(y)
            return x + linen.Dense(WIDTH, use_bias=False, kernel_init=logical("mlp", "embed"))(y)

    class Model(linen.Module):
        @linen.compact
        def __call__(self, tokens):  # noqa: ANN001, ANN204
            init = logical("vocab", "embed", init=linen.initializers.normal(0.02))
            x = linen.Embed(WORDS, WIDTH, embedding_init=init)(tokens)
            for _ in range(LAYERS):
                x = Layer()(x)
            return x

    model, tokens = Model(), jnp.zeros((1, 8), jnp.int32)
    mesh = jax.make_mesh((4, 2), ("fsdp", "tensor"), axis_types=(jax.sharding.AxisType.Auto,) * 2)
    key = jax.random.key(0)
    abstract = jax.eval_shape(model.init, key, tokens)
    shardings = linen.logical_to_mesh_sharding(linen.get_partition_spec(abstract), mesh, RULES)
    schemes = {
        "*/embedding": fastinit.Normal(0, 0.02),
        "*/kernel": {"scheme": "lecun_normal", "truncated": True},
        "*/scale": "ones",
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu = time.perf_counter(), time.process_time()
    if way == "init_tree":
        made = fastinit.jax.init_tree(abstract, 0, schemes, shardings)
    else:
        made = jax.jit(model.init, out_shardings=shardings)(key, tokens)
    jax.block_until_ready(made)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    extra = 0
    if way != "init_tree":
        program = jax.jit(model.init, out_shardings=shardings).lower(key, tokens).compile()
        extra = program.memory_analysis().temp_size_in_bytes
    size = sum(each.nbytes for each in jax.tree.leaves(made))
    on_one = sum(each.addressable_shards[0].data.nbytes for each in jax.tree.leaves(made))
    figures = {
        "way": way,
        "seconds": round(seconds, 2),
        "CPU seconds": round(cpu, 2),
        "MiB of the model": size >> 20,
        "MiB of one device": on_one >> 20,
        "extra MiB of one device": extra >> 20,
        "growth of the process in MiB": grown >> 10,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8"}
        for way in ("jit(init, out_shardings=...)", "init_tree") * 2:
            subprocess.run([sys.executable, __file__, way], env=os.environ | flags, check=True)  # noqa: S603
