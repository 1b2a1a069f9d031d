"""The contract in JAX's operations: every bit as the kernels have it, whatever XLA makes of it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import fastinit
from fastinit._engine import kernel_arguments
from fastinit._kernels.dispatch import KERNELS
from fastinit._memory.arrays import as_dtype
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._schemes.values import DrawnValues
from fastinit.jax import arithmetic
from fastinit.jax import initializers as ours
from fastinit.jax.keys import address_of

KEY = jax.random.key(7)
NARROW = [name for name in FLOAT_DTYPES if name != "float64"]
SEED, STREAM = 2**40 + 5, 2**33 + 9
WORDS = np.array([SEED >> 32, SEED & 0xFFFFFFFF, STREAM >> 32, STREAM & 0xFFFFFFFF], np.uint32)

# A scale that is a power of two would hide a fused multiply-add.
LAWS = {
    "uniform": lambda dtype: kernel_arguments.uniform(-0.3, 0.7, dtype),
    "uniform from 0": lambda dtype: kernel_arguments.uniform(0, 0.01, dtype),
    "normal": lambda dtype: kernel_arguments.normal(0, 0.3, dtype),
    "normal, mean": lambda dtype: kernel_arguments.normal(0.1, 1e-3, dtype),
    "truncated": lambda dtype: kernel_arguments.truncated_normal_in_stds(0, 0.3, -2, 2, dtype),
    "truncated, one side": lambda dtype: kernel_arguments.truncated_normal_in_stds(
        0, 0.02, -1, np.inf, dtype
    ),
    "truncated, off centre": lambda dtype: kernel_arguments.truncated_normal_in_stds(
        0, 0.07, 0.5, 1.0, dtype
    ),
}


def bits(array):
    return np.asarray(array).tobytes()


def by_kernels(shape, dtype, law):
    array = np.empty(shape, dtype)
    DrawnValues(shape, dtype, law).fill(array, SEED, STREAM)
    return array


@pytest.mark.parametrize("shape", [(301, 997), (7,), ()])
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("name", LAWS)
def test_bits(name, dtype, shape):
    dtype = as_dtype(dtype, FLOAT_DTYPES)
    law = LAWS[name](dtype)
    assert arithmetic.can_draw(law)
    assert bits(arithmetic.draw(WORDS, shape=shape, law=law)) == bits(by_kernels(shape, dtype, law))


BATCHED = [(), (5,), (3, 5), (16,), (7, 9)]


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("name", ["normal, mean", "truncated"])
def test_bits_of_a_batch_of_keys(name, count):
    """Programs for few elements, for many and for one key differ; `TINY` is between the shapes."""
    law = LAWS[name](np.dtype(np.float32))
    keys = jnp.asarray(np.random.default_rng(count).integers(0, 2**32, (3, count), np.uint32))
    draws = [lambda key, s=shape: arithmetic.draw(key, shape=s, law=law) for shape in BATCHED]
    batches = jax.jit(lambda keys: [jax.vmap(draw)(keys) for draw in draws])(keys)
    for shape, batch in zip(BATCHED, batches, strict=True):
        for key, made in zip(np.asarray(keys), batch, strict=True):
            array = np.empty(shape, np.float32)
            DrawnValues(shape, array.dtype, law).fill(array, *address_of(key))
            assert bits(made) == bits(array), shape


def test_batches_of_keys_need_no_memory_but_the_results():
    program = jax.jit(jax.vmap(lambda key: ours.he_normal()(key, (128, 128))))
    memory = program.lower(jax.random.split(KEY, 64)).compile().memory_analysis()
    assert memory.output_size_in_bytes == 1 << 22
    assert memory.temp_size_in_bytes < 1 << 16


def test_normal_of_words_of_all_octaves():
    """A word in 2**31 is of the last octave: too rare for a random sample."""
    magnitudes = np.concatenate([2**k + np.arange(-3, 4) for k in range(31)])
    random = np.random.default_rng(1).integers(0, 2**32, 100_000, np.uint32)
    words = np.concatenate([magnitudes.astype(np.uint32), ~magnitudes.astype(np.uint32), random])
    words = words[: len(words) // 64 * 64]
    expected = np.empty(len(words), np.float32)
    KERNELS.normal_of_words(words, expected)
    made = jax.jit(arithmetic._normal)(words)  # noqa: SLF001 - by its words
    assert bits(made) == bits(expected)


def test_indices_past_32_bits():
    """Of a table that no memory holds: the program makes what is read."""
    shape = (2**20, 2**13)
    values = jax.jit(lambda key: ours.normal(0.3)(key, shape)[-1, -50:])(KEY)
    assert bits(values) == bits(fastinit.normal(50, 0.0, 0.3, seed=7, offset=2**33 - 50))


PROGRAMS = {
    # XLA would drop a conversion to bfloat16 that is followed by one back.
    "converted back": (
        lambda key: ours.normal(0.3)(key, (500,), jnp.bfloat16).astype(jnp.float32),
        lambda key: ours.normal(0.3)(key, (500,), jnp.bfloat16).astype(np.float32),
    ),
    # And contract the last product with what the program adds.
    "added to": (
        lambda key: ours.normal(0.3)(key, (500,)) + jnp.float32(0.1),
        lambda key: ours.normal(0.3)(key, (500,)) + np.float32(0.1),
    ),
    "multiplied": (
        lambda key: ours.uniform(0.3)(key, (500,)) * jnp.float32(0.7),
        lambda key: ours.uniform(0.3)(key, (500,)) * np.float32(0.7),
    ),
    # A constant key could make the guard a constant too.
    "of a constant": (
        lambda _: ours.he_normal()(jax.random.key(3), (50, 10)),
        lambda _: ours.he_normal()(jax.random.key(3), (50, 10)),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_bits_in_larger_programs(name):
    program, outside = PROGRAMS[name]
    assert bits(jax.jit(program)(KEY)) == bits(outside(KEY))


BY_THE_HOST = {
    "float64": lambda: kernel_arguments.normal(0, 0.3, np.dtype(np.float64)),
    "a tail": lambda: kernel_arguments.truncated_normal_in_stds(0, 1, 4, 5, np.dtype(np.float32)),
    "subnormal": lambda: kernel_arguments.normal(0, 1e-40, np.dtype(np.float32)),
    "subnormal uniform": lambda: kernel_arguments.uniform(1e-38, 1e-30, np.dtype(np.float32)),
    "constant": lambda: kernel_arguments.normal(0, 0, np.dtype(np.float32)),
}


@pytest.mark.parametrize("name", BY_THE_HOST)
def test_other_laws_are_left_to_the_kernels(name):
    assert not arithmetic.can_draw(BY_THE_HOST[name]())


def test_what_the_host_makes_has_the_same_bits_in_a_program():
    for init in (
        ours.truncated_normal(lower=4.0, upper=5.0),
        ours.normal(1e-40),
        ours.normal(0.0),
        ours.orthogonal(),
    ):
        assert bits(jax.jit(lambda key, f=init: f(key, (30, 7)))(KEY)) == bits(init(KEY, (30, 7)))
    with jax.enable_x64(True):
        init = ours.normal(0.3)
        traced = jax.jit(lambda key: init(key, (30, 7), jnp.float64))(KEY)
        assert bits(traced) == bits(init(KEY, (30, 7), jnp.float64))
        assert bits(jax.jit(lambda key: init(key, (30, 7), jnp.float32))(KEY)) == bits(
            init(KEY, (30, 7), jnp.float32)
        )


def test_a_program_needs_no_memory_but_the_results():
    program = jax.jit(lambda key: ours.he_normal()(key, (1024, 1024)))
    assert program.lower(KEY).compile().memory_analysis().temp_size_in_bytes < 1 << 16


def test_a_program_can_be_exported():
    """No callback is in it, which JAX could not store."""
    program = jax.jit(lambda key: ours.he_normal()(key, (30, 20)))
    exported = jax.export.export(program)(jax.random.PRNGKey(7))
    assert "callback" not in exported.mlir_module()
    assert bits(exported.call(jax.random.PRNGKey(7))) == bits(ours.he_normal()(KEY, (30, 20)))


OPTIONS = {
    "fast math": {"xla_cpu_enable_fast_math": True, "xla_cpu_enable_fast_min_max": True},
    "not optimised": {"xla_backend_optimization_level": 0},
    "no excess precision": {"xla_allow_excess_precision": False},
}


@pytest.mark.parametrize("options", OPTIONS)
def test_bits_under_options_of_the_compiler(options):
    shape = (20_011,)  # in a shorter sample fast math changes no value
    dtype = np.dtype(np.float32)
    chosen = [law(dtype) for law in LAWS.values()]
    program = jax.jit(lambda words: [arithmetic.draw(words, shape=shape, law=x) for x in chosen])
    made = program.lower(WORDS).compile(compiler_options=OPTIONS[options])(WORDS)
    for law, values in zip(chosen, made, strict=True):
        assert bits(values) == bits(by_kernels(shape, dtype, law))
