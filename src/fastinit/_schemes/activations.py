"""From the name of an activation to the scheme that suits it.

Guarantees: the returned functions fill exactly as the public functions of that scheme do. The
tables, and the reasons for them, are in `suitability`.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from fastinit._support.checks import as_real, check_choice
from fastinit.typing import Activation, NDArray, SchemeName

from .scheme_functions import INITIALIZERS
from .suitability import ACTIVATIONS, SUITED


class SuitedScheme(NamedTuple):
    """A scheme that suits an activation: its name, its options, and its two functions."""

    name: SchemeName
    options: dict[str, Any]
    new: Callable[..., NDArray[Any]]
    fill: Callable[..., Any]


def for_activation(activation: Activation, param: float | None = None) -> SuitedScheme:
    """Return the scheme that suits the activation that follows a layer.

    Parameters
    ----------
    activation : str
        `he_normal` suits relu, relu6, leaky_relu, prelu, elu, gelu, silu, swish, mish, hardswish
        and hard_swish. `xavier_normalized` suits linear, identity, sigmoid, hard_sigmoid, tanh,
        hard_tanh, softsign and softmax. `lecun_normal` suits selu.
    param : float, optional
        The negative slope of leaky_relu (default 0.01) or prelu (default 0.25), as in the layers of
        PyTorch. Other activations do not take it.

    Returns
    -------
    SuitedScheme
        ``name`` and ``options`` of the scheme. ``new(shape, seed=...)`` returns a new weight, and
        ``fill(out, seed=...)`` fills one, as the functions of that name do.

    Raises
    ------
    TypeError
        If `param` is not a real number.
    ValueError
        If the activation is unknown, or does not take `param`.

    Notes
    -----
    Sources. Rectifiers: He et al., ICCV 2015, section 2.2. elu: Clevert et al., ICLR 2016, section
    4.1, who use the scheme of He. gelu, silu, mish and hardswish have no scheme of their own. They
    are smooth rectifiers: for a standard normal input, their mean square is 0.43, 0.36, 0.45 and
    0.33, and that of relu is 0.5. So the scheme of He is the nearest. Sigmoid, tanh and softsign:
    Glorot and Bengio, AISTATS 2010, section 4.2.1, who assume that the activation is linear near 0;
    the input of softmax is linear too. selu: Klambauer et al., NeurIPS 2017, section 2.

    Examples
    --------
    >>> scheme = fastinit.for_activation("leaky_relu", 0.2)
    >>> scheme.name, scheme.options
    ('he_normal', {'nonlinearity': 'leaky_relu', 'a': 0.2})
    >>> scheme.new((256, 128), seed=0, stream="layer1.weight").shape
    (256, 128)
    """
    check_choice(activation, "activation", ACTIVATIONS)
    slopes = {"leaky_relu": 0.01, "prelu": 0.25}
    options: dict[str, Any] = {}
    if activation in slopes:
        slope = slopes[activation] if param is None else as_real(param, "param")
        options = {"nonlinearity": "leaky_relu", "a": slope}
    elif param is not None:
        raise ValueError(
            f"param must be None for {activation!r}, got {param}: "
            "only leaky_relu and prelu have a slope"
        )
    name = SUITED[ACTIVATIONS[activation]]
    return SuitedScheme(
        name,
        options,
        partial(INITIALIZERS[name], **options),
        partial(INITIALIZERS[f"{name}_"], **options),
    )
