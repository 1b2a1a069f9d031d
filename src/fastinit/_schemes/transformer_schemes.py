"""Schemes of transformers: from facts of the model to the distribution of a weight.

Pure functions. The facts are the number of layers, the width of the model, and the like; they are
options, because no shape contains them. `t_fixup` and `deepnet` use the fans too. All others only
need a weight: of a shape with fewer than two axes, `check_is_weight` says that it is a bias or the
gain of a normalisation.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types among the names of this module
from __future__ import annotations

import math

from fastinit._support.checks import as_count, as_factor, as_real, check_choice
from fastinit.typing import Part, Role

from .distributions import Distribution, Normal
from .fan_schemes import glorot_normal, xavier_normalized


def no_lengths(shape: tuple[int, ...]) -> tuple[()]:
    """Raise unless a shape is that of a weight. The scheme reads nothing from it."""
    if len(shape) < 2:  # noqa: PLR2004 - outputs and inputs
        raise ValueError(
            f"the shape must have two or more axes, got {shape}; for a bias or the gain of a "
            "normalisation, use zeros or ones, or a distribution such as normal"
        )
    return ()


def depth_scaled(*, layers: int, std: float = 0.02) -> Distribution:
    """N(0, std**2 / (2 layers)), for the projections that write to the residual stream.

    Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2), 2019,
    section 2.3. Each layer adds twice to the stream, so that 2 `layers` sums keep its variance.
    Megatron-LM, ``scaled_init_method_normal``; nanoGPT, ``c_proj``.
    """
    return Normal(0.0, as_factor(std, "std") / math.sqrt(2.0 * as_count(layers, "layers")))


def small_init(*, width: int) -> Distribution:
    """N(0, 2 / (5 width)), for the weights of a transformer of this width.

    Source: Nguyen and Salazar, "Transformers without Tears", IWSLT 2019, SmallInit: the variance of
    Glorot, 2 / (d + 4 d), of the feed-forward layer, for all layers. GPT-NeoX, ``small_init``.
    """
    return Normal(0.0, math.sqrt(2.0 / (5.0 * as_count(width, "width"))))


def wang_init(*, layers: int, width: int) -> Distribution:
    """N(0, 4 / (layers**2 width)), for the projections that write to the residual stream.

    All other weights have `small_init`. The standard deviation is 2 / (layers sqrt(width)). Its
    factor 2 is for layers in which attention and feed-forward layer are side by side.

    Source: Wang, mesh-transformer-jax (GPT-J), 2021. Black et al., "GPT-NeoX-20B", 2022, section
    2.1.3, ``wang_init``.
    """
    depth = as_count(layers, "layers")
    return Normal(0.0, 2.0 / depth / math.sqrt(as_count(width, "width")))


def mup(*, role: Role, width_multiplier: float, std: float = 0.02) -> Distribution:
    """N(0, std**2 / m) for hidden weights, std**2 / m**2 for output, std**2 for input weights.

    m is `width_multiplier`: the width of the model, divided by that of the model for which `std`
    and the learning rate were chosen. Training needs other learning rates too. With Adam, divide
    that of hidden and of output weights by m. With SGD, multiply that of input weights and biases
    by m, and divide that of output weights by m.

    Source: Yang et al., "Tensor Programs V: Tuning Large Neural Networks via Zero-Shot
    Hyperparameter Transfer" (muP), NeurIPS 2021, table 3.
    """
    check_choice(role, "role", ("input", "hidden", "output"))
    multiplier = as_real(width_multiplier, "width_multiplier")
    if multiplier <= 0:
        raise ValueError(f"width_multiplier must be above 0, got {width_multiplier}")
    divisor = {"input": 1.0, "hidden": math.sqrt(multiplier), "output": multiplier}[role]
    scaled = as_factor(std, "std") / divisor
    if not math.isfinite(scaled):
        raise ValueError(
            f"width_multiplier is too small for std={std}: the standard deviation of the weight "
            f"would be infinite, got {width_multiplier}"
        )
    return Normal(0.0, scaled)


def t_fixup(fan_in: int, fan_out: int, *, layers: int, part: Part) -> Distribution:
    """`xavier_uniform` with the gain 0.67 layers**(-1/4) (encoder) or (9 layers)**(-1/4) (decoder).

    It is for the values, the output projections and the feed-forward layers of a transformer
    without normalisation. The queries and keys have `xavier_uniform`. The embeddings have
    `embedding_normal` with the gain (9 layers)**(-1/4).

    Source: Huang et al., "Improving Transformer Optimization Through Better Initialization"
    (T-Fixup), ICML 2020, section 3, list "T-Fixup initialization". `layers` is the number of layers
    of the encoder, and also of the decoder.
    """
    check_choice(part, "part", ("encoder", "decoder"))
    factors = {"encoder": 0.67, "decoder": 9.0**-0.25}
    return xavier_normalized(fan_in, fan_out, factors[part] * as_count(layers, "layers") ** -0.25)


def deepnet(
    fan_in: int,
    fan_out: int,
    *,
    layers: int,
    part: Part = "single",
    decoder_layers: int | None = None,
) -> Distribution:
    """`glorot_normal` with the gain (8 layers)**(-1/4), for transformers with DeepNorm.

    It is for the values, the output projections and the feed-forward layers. The queries and keys
    have `glorot_normal`. DeepNorm multiplies the residual stream by alpha before each sum:
    (2 layers)**(1/4).

    With an encoder of N and a decoder of M layers, the gain is 0.87 (N**4 M)**(-1/16) in the
    encoder, with alpha = 0.81 (N**4 M)**(1/16). It is (12 M)**(-1/4) in the decoder, with
    alpha = (3 M)**(1/4).

    Source: Wang et al., "DeepNet: Scaling Transformers to 1,000 Layers", 2022 (arXiv 2203.00555),
    figure 2.
    """
    check_choice(part, "part", ("single", "encoder", "decoder"))
    depth = as_count(layers, "layers")
    if (part == "encoder") != (decoder_layers is not None):
        raise ValueError(
            "decoder_layers, the number of layers of the decoder, must be given for "
            f"part='encoder', and only then; got part={part!r}, decoder_layers={decoder_layers}"
        )
    if decoder_layers is not None:
        gain = 0.87 * (depth**4 * as_count(decoder_layers, "decoder_layers")) ** (-1 / 16)
    else:
        gain = ((8 if part == "single" else 12) * depth) ** -0.25
    return glorot_normal(fan_in, fan_out, gain)
