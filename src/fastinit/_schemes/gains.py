"""Gains: by how much a nonlinearity wants the standard deviation of its weights raised.

Pure functions. Promises: the gains, names and errors of ``torch.nn.init.calculate_gain``, which
computes in the same order, so that the values are equal to the bit.
"""

from __future__ import annotations

import math

from fastinit._support.checks import as_real

#: The square of each gain that takes no parameter.
SQUARED_GAINS: dict[str, float] = {
    **dict.fromkeys(
        [
            "linear",
            "conv1d",
            "conv2d",
            "conv3d",
            "conv_transpose1d",
            "conv_transpose2d",
            "conv_transpose3d",
            "sigmoid",
        ],
        1.0,
    ),
    "tanh": 25.0 / 9.0,
    "relu": 2.0,
    "selu": 9.0 / 16.0,
}


def squared_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the square of `calculate_gain`, by which a variance is multiplied."""
    if nonlinearity == "leaky_relu":
        try:
            slope = as_real(0.01 if param is None else param, "the negative slope")
        except TypeError as error:
            raise ValueError(str(error)) from None  # what PyTorch raises
        return 2.0 / (1.0 + slope * slope)
    if not isinstance(nonlinearity, str) or nonlinearity not in SQUARED_GAINS:
        known = ", ".join(map(repr, [*SQUARED_GAINS, "leaky_relu"]))
        raise ValueError(f"nonlinearity must be one of {known}, got {nonlinearity!r}")
    return SQUARED_GAINS[nonlinearity]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    r"""Return the gain that PyTorch recommends for a nonlinearity.

    Parameters
    ----------
    nonlinearity : str
        A name of ``torch.nn.functional``: "linear", "conv1d" to "conv_transpose3d" and "sigmoid"
        have gain 1, "tanh" 5/3, "relu" sqrt(2), "leaky_relu" sqrt(2 / (1 + param\\*\\*2)) and
        "selu" 3/4.
    param : float, optional
        The negative slope of "leaky_relu", by default 0.01; others ignore it.

    Raises
    ------
    ValueError
        If the nonlinearity is not one of these, or the slope is no finite real number.

    Notes
    -----
    Sources: He et al., ICCV 2015, section 2.2, equations 10 and 15 (relu and leaky_relu); the
    others are PyTorch's own choices, selu's found by experiment (pytorch pull request 50664). For
    self-normalising networks use "linear" in place of "selu": `lecun_normal`.
    """
    return math.sqrt(squared_gain(nonlinearity, param))
