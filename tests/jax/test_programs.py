"""`fastinit.jax.initializers` where JAX traces: jit, vmap, eval_shape, and Flax's models."""

from __future__ import annotations

import os
import subprocess
import sys

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from sklearn.datasets import load_digits

import fastinit
from fastinit._engine import engine
from fastinit.jax import initializers as ours

KEY = jax.random.key(7)


def same(left, right):
    return jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), left, right))


@pytest.fixture
def fills(monkeypatch):
    """Return a list that grows with every fill."""
    sizes = []
    fill = engine.fill
    monkeypatch.setattr(
        engine, "fill", lambda array, *rest: sizes.append(array.size) or fill(array, *rest)
    )
    return sizes  # fmt: skip


@pytest.mark.parametrize("key", [KEY, jax.random.PRNGKey(7), jax.random.key(7, impl="rbg")])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["he_normal", "orthogonal"])
def test_jit_gives_the_same_bits(key, dtype, name):
    init = getattr(ours, name)()
    traced = jax.jit(init, static_argnums=(1, 2))(key, (30, 40), dtype)
    assert traced.dtype == dtype
    assert np.asarray(traced).tobytes() == np.asarray(init(key, (30, 40), dtype)).tobytes()


def test_a_scalar_in_a_program():
    init = ours.normal()
    assert jax.jit(lambda key: init(key, ()))(KEY) == init(KEY, ())
    assert jax.vmap(lambda key: init(key, ()))(jax.random.split(KEY, 3)).shape == (3,)


def test_vmap_gives_each_key_its_values():
    init = ours.he_normal()
    split = jax.random.split(KEY, (2, 3))

    def one(key):
        return init(key, (4, 5))

    expected = np.stack([np.stack([one(key) for key in row]) for row in split])
    assert np.array_equal(jax.vmap(jax.vmap(one))(split), expected)
    assert np.array_equal(jax.jit(jax.vmap(jax.vmap(one)))(split), expected)
    raw = jax.random.split(jax.random.PRNGKey(7), 3)
    assert np.array_equal(jax.vmap(one)(raw), np.stack([one(key) for key in raw]))
    # A key that is not mapped over is one key.
    assert np.array_equal(jax.vmap(lambda x: one(KEY) + x)(jnp.zeros(2))[1], one(KEY))


def test_eval_shape_makes_nothing(fills):
    """Not even of a table that no memory holds, nor with a key that the function closes over."""
    init = ours.he_normal()
    for of_key in (
        lambda: jax.eval_shape(lambda key: init(key, (2**40, 2**10)), KEY),
        lambda: jax.eval_shape(lambda: init(KEY, (2**40, 2**10))),
    ):
        made = of_key()
        assert (made.shape, made.dtype) == ((2**40, 2**10), jnp.float32)
    assert fills == []


def test_a_traced_value_is_no_constant_of_the_program(fills):
    def program(shape):
        return jax.jit(lambda: ours.he_normal()(KEY, shape))

    small, large = (len(program(shape).lower().as_text()) for shape in [(2, 2), (100, 100)])
    assert fills == []
    assert large < 1.1 * small + 1000
    assert np.array_equal(program((100, 100))(), ours.he_normal()(KEY, (100, 100)))


def test_scan_grad_and_checkpoint():
    init = ours.normal(1.0)
    split = jax.random.split(KEY, 3)
    _, stacked = jax.lax.scan(lambda carry, key: (carry, init(key, (4,))), 0, split)
    assert np.array_equal(stacked, np.stack([init(key, (4,)) for key in split]))

    def loss(scale, key):
        return (scale * jax.checkpoint(lambda key: init(key, (4,)))(key)).sum()

    expected = np.asarray(init(KEY, (4,))).sum()
    assert np.isclose(jax.grad(loss)(2.0, KEY), expected)
    assert np.isclose(jax.jit(jax.grad(loss))(2.0, KEY), expected)


def test_on_one_cpu():
    """The callback needs no second thread of XLA's."""
    program = (
        "import jax; from fastinit.jax import initializers as i\n"
        "f = jax.jit(lambda k: sum(i.he_normal()(s, (512, 512)).sum() for s in jax.random.split(k, 8)))\n"
        "print(float(f(jax.random.key(0))))"
    )
    cpu = min(os.sched_getaffinity(0))
    run = subprocess.run(
        [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{cpu}}})\n{program}"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert abs(float(run.stdout)) < 1e3


# Options that are traced


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_a_traced_scale_gives_the_bits_of_the_number(name):
    def make(scale):
        return getattr(ours, name)(scale)(KEY, (40, 50))

    for scale in np.float32([0.3, 0.02, 1.7]):
        expected = np.asarray(make(scale))
        for traced in (jax.jit(make)(scale), jax.vmap(make)(jnp.full(2, scale))[1]):
            assert np.asarray(traced).tobytes() == expected.tobytes()
        # An array is broadcast, as JAX's is.
        assert np.array_equal(make(jnp.full(50, scale)), expected)


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_what_a_program_adds_is_added_to_the_rounded_values(name):
    """XLA would contract the product by a traced scale and the sum to one operation."""

    def make(scale):
        return getattr(ours, name)(scale)(KEY, (40, 50))

    scale, shift = np.float32([0.3, 0.1])
    traced = jax.jit(lambda scale: make(scale) + shift)(scale)
    assert np.array_equal(traced, np.asarray(make(scale)) + shift)


SCALED = {
    "variance_scaling, truncated": lambda s: ours.variance_scaling(s, "fan_in", "truncated_normal"),
    "variance_scaling, uniform": lambda s: ours.variance_scaling(s, "fan_avg", "uniform"),
    "variance_scaling, axes": lambda s: ours.variance_scaling(s, "fan_in", "normal", -1, -2),
    "truncated_normal, bounds": lambda s: ours.truncated_normal(s, lower=-1.5, upper=0.7),
    "orthogonal": ours.orthogonal,
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", SCALED)
def test_a_traced_scale_gives_the_same_values_but_for_rounding(name, dtype):
    def make(scale):
        return SCALED[name](scale)(KEY, (40, 50), dtype)

    expected = np.asarray(make(0.3), np.float64)
    traced = jax.jit(make)(0.3)
    assert traced.dtype == dtype
    eps = float(jnp.finfo(dtype).eps)
    # A uniform is a sum: its error is one of the bounds' last place, not of the value's.
    atol = eps * np.abs(expected).max()
    assert np.allclose(np.asarray(traced, np.float64), expected, rtol=eps, atol=atol)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("normal", {}),
        ("uniform", {}),
        ("truncated_normal", {}),
        ("variance_scaling", {"mode": "fan_in", "distribution": "normal"}),
        ("orthogonal", {}),
    ],
)
def test_gradients_of_a_scale(name, options):
    """By differences: the values are linear in the scale, or in its square root."""

    def total(scale):
        return (getattr(ours, name)(scale, **options)(KEY, (40, 50)) ** 2).sum()

    # The total is quadratic in stddev, and linear in a variance.
    power = 1 if name == "variance_scaling" else 2
    for gradient in (jax.grad(total), jax.jit(jax.grad(total))):
        assert np.isclose(gradient(0.3), power * total(0.3) / 0.3, rtol=1e-4)


@pytest.mark.parametrize("bound", ["lower", "upper"])
def test_traced_bounds_are_refused(bound):
    with pytest.raises(TypeError, match=f"{bound} must be a number.*trace stddev"):
        jax.jit(lambda b: ours.truncated_normal(**{bound: b})(KEY, (3,)))(0.5)


# JAX's own checks


@pytest.mark.parametrize("name", ["normal", "orthogonal"])
def test_a_key_that_is_used_twice(name):
    """JAX's own initializers are checked by the same lines."""

    def twice(init):
        key = jax.random.key(1)
        return init(key, (3, 3)), init(key, (3, 3))

    def in_a_program(init):
        return jax.jit(lambda key: init(key, (3, 3)) + init(key, (3, 3)))(jax.random.key(1))

    def after_split(init):
        key = jax.random.key(1)
        jax.random.split(key)
        return init(key, (3, 3))

    def in_a_loop(init):
        key = jax.random.key(1)
        return jax.lax.scan(lambda carry, _: (carry, init(key, (3, 3))), 0, None, length=2)

    def well(init):
        first, second = jax.random.split(jax.random.key(1))
        init(first, (3, 3))
        jax.jit(init, static_argnums=1)(second, (3, 3))
        jax.vmap(lambda key: init(key, (3, 3)))(jax.random.split(jax.random.key(2), 3))

    with jax.debug_key_reuse(True):
        for module in (jax.nn.initializers, ours):
            init = getattr(module, name)()
            well(init)
            for use in (twice, in_a_program, after_split, in_a_loop):
                with pytest.raises(jax.errors.KeyReuseError):
                    use(init)


@pytest.mark.parametrize("size", [4, 10**6])
def test_transfers_are_explicit_for_any_size(size):
    init = ours.normal()
    with jax.transfer_guard("disallow"):
        init(KEY, (size,))
    with jax.transfer_guard("disallow_explicit"), pytest.raises(Exception, match="Disallowed"):
        init(KEY, (size,))


# Flax


class Linen(nn.Module):
    initializers: object

    @nn.compact
    def __call__(self, x):
        he, embed = self.initializers.he_normal(), self.initializers.normal(0.02)
        x = nn.Embed(11, 6, embedding_init=embed, param_dtype=jnp.bfloat16)(x)
        x = nn.Conv(4, (3,), kernel_init=he)(x)
        x = nn.relu(nn.Dense(8, kernel_init=he)(x))
        return nn.Dense(3, kernel_init=self.initializers.orthogonal())(x)


def test_linen():
    tokens = jnp.arange(10).reshape(2, 5)
    model = Linen(ours)
    params = model.init(KEY, tokens)
    assert same(params, jax.jit(model.init)(KEY, tokens))
    shapes = jax.eval_shape(model.init, KEY, tokens)
    assert jax.tree.map(lambda a: (a.shape, a.dtype), params) == jax.tree.map(
        lambda a: (a.shape, a.dtype), shapes
    )
    theirs = jax.eval_shape(Linen(jax.nn.initializers).init, KEY, tokens)
    assert jax.tree.map(lambda a: (a.shape, a.dtype), params) == jax.tree.map(
        lambda a: (a.shape, a.dtype), theirs
    )
    dense = params["params"]["Dense_0"]["kernel"]
    assert np.asarray(dense).std() == pytest.approx(np.sqrt(2 / 4), rel=0.5)


def test_linen_stacked_layers():
    """`nn.scan` and `nn.vmap` split the key: every layer has values of its own."""

    class Layer(nn.Module):
        @nn.compact
        def __call__(self, x, _):
            return nn.Dense(6, kernel_init=ours.lecun_normal())(x), None

    stack = nn.scan(Layer, variable_axes={"params": 0}, split_rngs={"params": True}, length=3)()
    params = stack.init(KEY, jnp.ones((2, 6)), None)
    kernel = params["params"]["Dense_0"]["kernel"]
    assert kernel.shape == (3, 6, 6)
    assert len({layer.tobytes() for layer in np.asarray(kernel)}) == 3
    assert same(params, jax.jit(stack.init)(KEY, jnp.ones((2, 6)), None))


def test_nnx():
    class Model(nnx.Module):
        def __init__(self, rngs):
            he = ours.he_normal()
            self.first = nnx.Linear(6, 8, kernel_init=he, rngs=rngs)
            self.second = nnx.Linear(8, 3, kernel_init=he, param_dtype=jnp.bfloat16, rngs=rngs)

        def __call__(self, x):
            return self.second(nnx.relu(self.first(x)))

    model = Model(nnx.Rngs(0))
    jitted = nnx.jit(lambda: Model(nnx.Rngs(0)))()
    abstract = nnx.eval_shape(lambda: Model(nnx.Rngs(0)))
    for name in ("first", "second"):
        kernel = getattr(model, name).kernel[...]
        assert np.array_equal(kernel, getattr(jitted, name).kernel[...])
        assert getattr(abstract, name).kernel.shape == kernel.shape
    assert model(jnp.ones((2, 6))).shape == (2, 3)


def test_training_reaches_the_loss_of_jaxs_own():
    """Digits, 1797 x 64: 60 steps of Adam from either initialisation."""
    images, labels = load_digits(return_X_y=True)
    images = jnp.asarray(images / 16.0, jnp.float32)

    class Digits(nn.Module):
        initializers: object

        @nn.compact
        def __call__(self, x):
            x = nn.relu(nn.Dense(64, kernel_init=self.initializers.he_normal())(x))
            return nn.Dense(10, kernel_init=self.initializers.glorot_uniform())(x)

    def final_loss(initializers, seed):
        model = Digits(initializers)
        params = jax.jit(model.init)(jax.random.key(seed), images[:1])
        optimizer = optax.adam(1e-2)

        def loss(params):
            logits = model.apply(params, images)
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

        @jax.jit
        def step(_, state):
            params, moments = state
            updates, moments = optimizer.update(jax.grad(loss)(params), moments)
            return optax.apply_updates(params, updates), moments

        state = (params, optimizer.init(params))
        start = float(jax.jit(loss)(params))
        params, _ = jax.lax.fori_loop(0, 60, step, state)
        return start, float(jax.jit(loss)(params))

    mine, theirs = final_loss(ours, 1), final_loss(jax.nn.initializers, 1)
    assert 2.0 < mine[0] < 3.5
    assert mine[1] < 0.15
    assert abs(mine[1] - theirs[1]) < 0.05


def test_importing_without_jax_names_the_extra():
    program = (
        "import sys; sys.modules['jax'] = None\n"
        "import fastinit\n"
        "try:\n    import fastinit.jax\n"
        "except ImportError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "fastinit-sampler[jax]" in run.stdout


def test_fastinit_alone_imports_no_framework():
    program = "import sys, fastinit; print({'jax', 'keras', 'torch'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"
    assert fastinit.__version__
