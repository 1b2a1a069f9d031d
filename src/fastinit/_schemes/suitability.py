"""Which scheme suits which activation, and a warning if a scheme does not suit.

Pure tables, and one function that warns. Guarantees: it never changes a value. Requires: the
activation is one of `ACTIVATIONS`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from .fan_schemes import (
    glorot_normal,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
    xavier,
    xavier_normalized,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastinit.typing import SchemeName

    from .distributions import Distribution


class SchemeWarning(UserWarning):
    """A scheme is used with an activation that it does not suit."""


#: The family of the schemes that suit each activation; `activations` cites the sources.
ACTIVATIONS: dict[str, str] = {
    **dict.fromkeys(
        ["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish",
         "hardswish", "hard_swish"],
        "he",
    ),
    **dict.fromkeys(
        ["linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign",
         "softmax"],
        "xavier",
    ),
    "selu": "lecun",
}  # fmt: skip

FAMILIES: dict[Callable[..., Distribution], str] = {
    xavier: "xavier",
    xavier_normalized: "xavier",
    glorot_normal: "xavier",
    he_normal: "he",
    he_uniform: "he",
    lecun_normal: "lecun",
    lecun_uniform: "lecun",
}

#: Why a scheme of the second family does not suit an activation of the first. The schemes of LeCun
#: suit the activations of Xavier, too: they keep the variance of the forward pass.
REASONS: dict[tuple[str, str], str] = {
    **dict.fromkeys(
        [("he", "xavier"), ("he", "lecun")],
        "it is made for activations that keep the variance, but a rectifier halves it, so the "
        "signal shrinks from layer to layer",
    ),
    ("xavier", "he"): "it doubles the variance for a rectifier, which halves it, but this "
    "activation does not, so the signal grows from layer to layer or saturates",
    ("lecun", "he"): "self-normalising networks need the variance 1/fan_in, and this scheme has "
    "twice that",
    (
        "lecun",
        "xavier",
    ): "self-normalising networks need the variance 1/fan_in, and this scheme "
    "has another one unless fan_in and fan_out are equal",
}

#: The scheme of each family that `for_activation` returns: the one in the paper of the family.
SUITED: dict[str, SchemeName] = {
    "he": "he_normal",
    "xavier": "xavier_normalized",
    "lecun": "lecun_normal",
}


def warn_if_unsuited(
    scheme: Callable[..., Distribution], name: str, activation: str, stacklevel: int
) -> None:
    """Warn if a scheme does not suit an activation. `stacklevel` is that of `warnings.warn`."""
    family = ACTIVATIONS[activation]
    reason = REASONS.get((family, FAMILIES[scheme]))
    if reason:
        warnings.warn(
            f"{name} does not suit {activation!r}: {reason}; use {SUITED[family]}, or see "
            "fastinit.for_activation",
            SchemeWarning,
            stacklevel=stacklevel,
        )
