"""GPT-2 and ResNet-50 in Flax linen, written as the examples of Flax are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import Ways

OWN, OWN_JIT = LIBRARY = "`model.init`", "`jit(model.init)`"
INITIALIZERS, BY_NAME = "`model.init`, `fastinit.jax.initializers`", "`init_tree`"


def gpt2_class() -> Any:
    """Return the class of GPT-2."""
    import jax.numpy as jnp  # noqa: PLC0415 - slow to import
    from flax import linen  # noqa: PLC0415

    class GPT2(linen.Module):
        initializers: Any
        vocabulary: int = 50_257
        width: int = 768
        layers: int = 12
        heads: int = 12
        positions: int = 1024

        @linen.compact
        def __call__(self, tokens: Any) -> Any:
            init = self.initializers.normal(0.02)
            residual = self.initializers.normal(0.02 / (2 * self.layers) ** 0.5)
            table = linen.Embed(self.vocabulary, self.width, embedding_init=init, name="wte")
            places = linen.Embed(self.positions, self.width, embedding_init=init, name="wpe")
            length = tokens.shape[-1]
            mask = linen.make_causal_mask(tokens)
            x = table(tokens) + places(jnp.arange(length))
            for _ in range(self.layers):
                attention = linen.MultiHeadDotProductAttention(
                    self.heads, kernel_init=init, out_kernel_init=residual
                )
                x = x + attention(linen.LayerNorm()(x), mask=mask)
                y = linen.Dense(4 * self.width, kernel_init=init)(linen.LayerNorm()(x))
                x = x + linen.Dense(self.width, kernel_init=residual)(linen.gelu(y))
            return table.attend(linen.LayerNorm()(x))

    return GPT2


def gpt2_schemes(layers: int, std: float = 0.02) -> dict[str, Any]:
    """Return the schemes of this GPT-2."""
    import fastinit  # noqa: PLC0415

    residual = fastinit.Normal(0.0, std / (2 * layers) ** 0.5)
    return {
        "*/scale": "ones",
        "*/bias": "zeros",
        "*/out/kernel": residual,
        **{f"*/Dense_{2 * layer + 1}/kernel": residual for layer in range(layers)},
        "*": fastinit.Normal(0.0, std),
    }


def resnet_class() -> Any:
    """Return the class of ResNet."""
    from functools import partial  # noqa: PLC0415

    from flax import linen  # noqa: PLC0415

    class Bottleneck(linen.Module):
        width: int
        strides: int
        init: Any

        @linen.compact
        def __call__(self, x: Any, *, train: bool) -> Any:
            conv = partial(linen.Conv, use_bias=False, kernel_init=self.init)
            norm = partial(linen.BatchNorm, use_running_average=not train, momentum=0.9)
            y = linen.relu(norm()(conv(self.width, (1, 1))(x)))
            y = linen.relu(norm()(conv(self.width, (3, 3), self.strides)(y)))
            y = norm()(conv(4 * self.width, (1, 1))(y))
            if x.shape != y.shape:
                x = norm()(conv(4 * self.width, (1, 1), self.strides)(x))
            return linen.relu(x + y)

    class ResNet(linen.Module):
        initializers: Any
        depths: tuple[int, ...] = (3, 4, 6, 3)
        width: int = 64
        classes: int = 1000
        patch: int = 7

        @linen.compact
        def __call__(self, x: Any, *, train: bool = False) -> Any:
            init = self.initializers.he_normal()
            strides = 1 + (self.patch > 3)  # noqa: PLR2004 - small images keep their size
            x = linen.Conv(
                self.width, (self.patch,) * 2, strides, use_bias=False, kernel_init=init
            )(x)
            x = linen.relu(linen.BatchNorm(use_running_average=not train, momentum=0.9)(x))
            if strides > 1:
                x = linen.max_pool(x, (3, 3), (2, 2), "SAME")
            for stage, depth in enumerate(self.depths):
                for layer in range(depth):
                    first = 1 + (stage > 0 and layer == 0)
                    x = Bottleneck(self.width << stage, first, init)(x, train=train)
            return linen.Dense(self.classes, kernel_init=init)(x.mean((1, 2)))

    return ResNet


RESNET_SCHEMES: dict[str, Any] = {
    "*/kernel": {"scheme": "he_normal", "truncated": True},
    "*/scale": "ones",
    "*/var": "ones",
    "*/bias": "zeros",
    "*/mean": "zeros",
}


def ways(
    model_class: Callable[..., Any],
    example: tuple[tuple[int, ...], str],
    schemes: dict[str, Any],
) -> Ways:
    """Return the ways to a model of Flax, from the shape and dtype of its input."""
    import jax  # noqa: PLC0415 - slow to import
    import jax.numpy as jnp  # noqa: PLC0415

    import fastinit.jax  # noqa: PLC0415

    theirs = model_class(jax.nn.initializers)

    def with_key(init: Callable[..., Any]) -> Callable[[], Any]:
        return lambda: jax.block_until_ready(init(jax.random.key(0), jnp.zeros(*example)))

    def by_name() -> Any:
        abstract = jax.eval_shape(theirs.init, jax.random.key(0), jnp.zeros(*example))
        return jax.block_until_ready(fastinit.jax.init_tree(abstract, 0, schemes))

    return {
        OWN: with_key(theirs.init),
        OWN_JIT: with_key(jax.jit(theirs.init)),
        INITIALIZERS: with_key(model_class(fastinit.jax.initializers).init),
        BY_NAME: by_name,
    }


MODELS = {
    "GPT-2, float32": lambda: ways(gpt2_class(), ((1, 8), "int32"), gpt2_schemes(12)),
    "ResNet-50, float32": lambda: ways(
        resnet_class(), ((1, 224, 224, 3), "float32"), RESNET_SCHEMES
    ),
}


def start(cpus: int) -> None:
    """Start the backend, whose threads are as many as the CPUs of the process."""
    import jax  # noqa: PLC0415

    del cpus
    jax.devices()


def size(variables: Any) -> tuple[int, int]:
    """Return the elements and bytes of a model's parameters."""
    import jax  # noqa: PLC0415

    leaves = jax.tree.leaves(variables["params"])
    return sum(each.size for each in leaves), sum(each.nbytes for each in leaves)
