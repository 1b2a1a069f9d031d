"""A signal through a deep network: its mean square behind each layer, forwards and backwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# The schemes that the field uses, and what was used before them.
SCHEMES: dict[str, Callable[..., NDArray[Any]]] = {
    "he_normal": fastinit.he_normal,
    "he_uniform": fastinit.he_uniform,
    "orthogonal": fastinit.orthogonal,
    "lecun_normal": fastinit.lecun_normal,
    "glorot_normal": fastinit.glorot_normal,
    "xavier_normalized": fastinit.xavier_normalized,
    "xavier": fastinit.xavier,
}
HEURISTICS: dict[str, Callable[..., NDArray[Any]]] = {
    "N(0, 1)": fastinit.normal,
    "U[−1, 1)": lambda shape, **key: fastinit.uniform(shape, -1, 1, **key),
    "U[0, 1)": lambda shape, **key: fastinit.uniform(shape, 0, 1, **key),
    "U[−0.3, 0.3)": lambda shape, **key: fastinit.uniform(shape, -0.3, 0.3, **key),
}

# Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def relu(z: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return ReLU and its slope."""
    return np.maximum(z, 0), (z > 0).astype(z.dtype)


def tanh(z: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return tanh and its slope."""
    value = np.tanh(z)
    return value, 1 - value * value


def selu(z: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return SELU and its slope."""
    below = SELU_ALPHA * np.exp(np.minimum(z, 0))
    return (
        SELU_SCALE * np.where(z > 0, z, below - SELU_ALPHA),
        SELU_SCALE * np.where(z > 0, 1, below),
    )


ACTIVATIONS = {"ReLU": relu, "tanh": tanh, "SELU": selu}


@dataclass(frozen=True)
class Signal:
    """Mean squares: `forward[k]` behind layer k, `backward[k]` of the gradient that reaches it."""

    forward: NDArray[Any]
    backward: NDArray[Any]


def weights(scheme: str, width: int, layers: int) -> list[NDArray[Any]]:
    """Return the weights of equal layers, each a stream of its own."""
    make = (SCHEMES | HEURISTICS)[scheme]
    return [
        make((width, width), seed=0, stream=f"layer {layer}").astype(np.float64)
        for layer in range(layers)
    ]


def signal(matrices: list[NDArray[Any]], activation: str, batch: int) -> Signal:
    """Send standard normal inputs through the layers, and a standard normal gradient back."""
    apply, width = ACTIVATIONS[activation], matrices[0].shape[1]
    values = fastinit.normal((width, batch), dtype="float64", seed=0, stream="inputs")
    gradient = fastinit.normal((width, batch), dtype="float64", seed=0, stream="gradient")
    forward, backward, slopes = [np.square(values).mean()], [np.square(gradient).mean()], []
    for matrix in matrices:
        values, slope = apply(matrix @ values)
        forward.append(np.square(values).mean())
        slopes.append(slope)
    for matrix, slope in zip(reversed(matrices), reversed(slopes), strict=True):
        gradient = matrix.T @ (slope * gradient)
        backward.append(np.square(gradient).mean())
    return Signal(np.array(forward), np.array(backward[::-1]))
