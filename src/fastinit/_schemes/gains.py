"""Gains: the factors by which nonlinearities need a larger standard deviation of the weights.

Pure functions. Guarantees: the gains, names and errors are those of
``torch.nn.init.calculate_gain``. The operations have the same order, so the values have the same
bits.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math

from fastinit._support.checks import as_real, check_choice
from fastinit.typing import Nonlinearity

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


def squared_gain(nonlinearity: str, param: float | None = None, name: str = "param") -> float:
    """Return the square of `calculate_gain`, which multiplies a variance.

    `name` is the name that the caller has for `param`, for error messages.
    """
    if nonlinearity == "leaky_relu":
        try:
            slope = as_real(0.01 if param is None else param, name)
        except TypeError as error:
            raise ValueError(str(error)) from None  # what PyTorch raises
        return 2.0 / (1.0 + slope * slope)
    if not isinstance(nonlinearity, str) or nonlinearity not in SQUARED_GAINS:
        check_choice(nonlinearity, "nonlinearity", [*SQUARED_GAINS, "leaky_relu"])
    return SQUARED_GAINS[nonlinearity]


def calculate_gain(nonlinearity: Nonlinearity, param: float | None = None) -> float:
    r"""Return the gain that PyTorch recommends for a nonlinearity.

    Parameters
    ----------
    nonlinearity : str
        A name of ``torch.nn.functional``. The gain of "linear", "sigmoid" and "conv1d" to
        "conv_transpose3d" is 1, of "tanh" 5/3, of "relu" sqrt(2), of "leaky_relu"
        sqrt(2 / (1 + param\\*\\*2)), and of "selu" 3/4.
    param : float, optional
        The negative slope of "leaky_relu", by default 0.01. Other nonlinearities ignore it.

    Returns
    -------
    float
        The gain.

    Raises
    ------
    ValueError
        If the nonlinearity is unknown, or the slope is not a finite real number.

    Notes
    -----
    Sources: He et al., ICCV 2015, section 2.2, equations 10 and 15, for relu and leaky_relu. The
    other gains are choices of PyTorch; that of selu was found by experiment (pytorch pull request
    50664). For self-normalising networks use "linear" instead of "selu", which is `lecun_normal`.

    Examples
    --------
    >>> fastinit.calculate_gain("leaky_relu", 0.5)
    1.2649110640673518
    >>> fastinit.calculate_gain("tanh")
    1.6666666666666667
    """
    return math.sqrt(squared_gain(nonlinearity, param))
