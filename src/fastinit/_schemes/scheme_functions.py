"""The schemes as fills: for each name in `schemes.SCHEMES` a pair of public functions.

``he_normal(shape, *, seed, ...)`` returns a new array and ``he_normal_(out, *, seed, ...)`` fills
one. They are made from the scheme's function, whose own arguments (mode, gain) become keyword
arguments of the pair, after those that say what the fans are and which activation follows.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._memory.arrays import Shape, as_dtype, as_shape, writable_array
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._support.checks import check_choice

from .distributions import Distribution, Normal
from .documentation import PARTS
from .fans import weight_fans
from .fills import fill_checked, new_filled
from .schemes import SCHEMES
from .suitability import ACTIVATIONS, FAMILIES, warn_if_unsuited

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

    from fastinit._engine.kernel_arguments import Law
    from fastinit._random.generator import Generator

IN_PLACE_DOC = """Fill a weight: {summary}

    Parameters
    ----------
    out : array or buffer of a floating dtype
        {floats}: the whole weight,
        writable, of any layout in memory.
    {options}{address}

    Returns
    -------
    out
        The object that was given.

    Raises
    ------
    TypeError, ValueError
        As `fastinit.{base}` does, and if the shape has no such fans or an option is none of those
        above. Nothing has been written then.

    Notes
    -----
    {source}

    {guarantee}
    """

ALLOCATING_DOC = """Return a new weight: {summary}

    {allocating} `{name}_`.
    """

OPTION_DOCS = {
    "gain": """gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.""",
    "mode": """mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        Which fan: that of the inputs keeps the variance of the forward pass, that of the outputs
        that of the backward pass; or their arithmetic or geometric mean.""",
    "nonlinearity": """nonlinearity : str, default "leaky_relu"
        Takes the square of `fastinit.calculate_gain` of it and `a` in place of the 2.""",
    "a": """a : float, default 0.0
        The negative slope of the leaky ReLU; other nonlinearities ignore it.""",
    "truncated": """truncated : bool, default False
        Whether to draw from a normal truncated at 2 standard deviations and widened by
        1 / 0.87962566103423978, so that the variance stays; the default of Keras and JAX.""",
    "scale": """scale : float, default 1.0
        The variance times the fan; not negative.""",
    "distribution": """distribution : str, default "truncated_normal"
        "truncated_normal", at 2 standard deviations and widened by 1 / 0.87962566103423978 so
        that the variance stays; "normal" or "untruncated_normal", without bounds (JAX's meaning
        of "normal": Keras's is truncated); or "uniform".""",
    "layout": """layout : {"torch", "keras"}, default "torch"
        Whether the weight's shape is (out, in, *kernel) or (*kernel, in, out); the latter is
        JAX's too.""",
    "in_axis": """in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and outputs, where they are not those of the layout.""",
    "batch_axis": """batch_axis : int or sequence of int, default ()
        The axes along which weights are merely stacked: no fan counts them.""",
    "fan_in": """fan_in, fan_out : int, optional
        The fans, in place of the shape's: those of the whole weight for a part of it, or of the
        weight for a bias, where both are needed.""",
    "activation": """activation : str, optional
        What follows the layer. Changes no value: warns (`fastinit.SchemeWarning`) if the scheme
        does not suit it, unless a gain or nonlinearity is given; see `fastinit.for_activation`.""",
}


def _options_of(function: Callable[..., Any], skip: int) -> list[inspect.Parameter]:
    """Return a function's parameters after the first ones, as keyword-only ones."""
    options = list(inspect.signature(function).parameters.values())[skip:]
    return [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options]


FAN_OPTIONS = _options_of(weight_fans, skip=1)
ACTIVATION_OPTION = inspect.Parameter(
    "activation", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None"
)


def distribution_of(
    scheme: Callable[..., Distribution],
    name: str,
    shape: tuple[int, ...],
    given: dict[str, Any],
    stacklevel: int,
) -> Distribution:
    """Return the distribution of a weight by a scheme and all options given for the pair."""
    own = dict(given)
    of_fans = {option.name: own.pop(option.name) for option in FAN_OPTIONS if option.name in own}
    activation = own.pop("activation", None)
    distribution = scheme(*weight_fans(shape, **of_fans), **own)
    if activation is not None:
        check_choice(activation, "activation", ACTIVATIONS)
        # A gain or nonlinearity that is given has been thought about.
        if own.keys().isdisjoint({"gain", "nonlinearity"}):
            warn_if_unsuited(scheme, name, activation, stacklevel + 1)
    return distribution


def _publish(
    function: Callable[..., Any], name: str, doc: str, options: list[inspect.Parameter]
) -> Callable[..., Any]:
    """Give a made function its name, its documentation and the signature that users see."""
    signature = inspect.signature(function)
    shown = [
        p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    function.__name__ = function.__qualname__ = name
    function.__module__ = "fastinit"
    function.__doc__ = doc
    function.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[shown[0], *options, *shown[1:]]
    )
    return function


def make_pair(
    name: str, scheme: Callable[..., Distribution]
) -> tuple[Callable[..., NDArray[Any]], Callable[..., Any]]:
    """Return the allocating and the in-place function of one scheme."""
    options = [*_options_of(scheme, skip=2), *FAN_OPTIONS]
    if scheme in FAMILIES:
        options.append(ACTIVATION_OPTION)
    allowed = {option.name for option in options}

    def weight_law(
        shape: tuple[int, ...], dtype: np.dtype[Any], given: dict[str, Any], who: str
    ) -> Law:
        if unknown := given.keys() - allowed:
            raise TypeError(f"{who}() got an unexpected keyword argument {min(unknown)!r}")
        return distribution_of(scheme, who, shape, given, stacklevel=4).law(dtype)

    def in_place(
        out: Any,
        *,
        seed: int | Generator | None = None,
        stream: int | str | None = None,
        offset: int = 0,
        threads: int | None = None,
        **given: Any,
    ) -> Any:
        array = writable_array(out, FLOAT_DTYPES)
        law = weight_law(array.shape, array.dtype, given, f"{name}_")
        fill_checked(array, law, seed, stream, offset, threads)
        return out

    def allocating(
        shape: Shape,
        *,
        dtype: DTypeLike = np.float32,
        seed: int | Generator | None = None,
        stream: int | str | None = None,
        offset: int = 0,
        threads: int | None = None,
        **given: Any,
    ) -> NDArray[Any]:
        lengths = as_shape(shape)
        chosen = as_dtype(dtype, FLOAT_DTYPES)
        law = weight_law(lengths, chosen, given, name)
        return new_filled(lengths, chosen, law, seed, stream, offset, threads)

    summary, _, rest = (inspect.getdoc(scheme) or "").partition("\n")
    is_normal = isinstance(scheme(1, 1), Normal)
    in_place_doc = IN_PLACE_DOC.format(
        summary=summary,
        source=rest.strip().replace("\n", "\n    "),
        options="".join(
            f"{OPTION_DOCS[option.name]}\n    " for option in options if option.name in OPTION_DOCS
        ),
        base="normal_" if is_normal else "uniform_",
        **PARTS,
    )
    allocating_doc = ALLOCATING_DOC.format(summary=summary, name=name, **PARTS)
    return (
        _publish(allocating, name, allocating_doc, options),
        _publish(in_place, f"{name}_", in_place_doc, options),
    )


#: Every public function of a scheme by its name: ``he_normal``, ``he_normal_``, ...
INITIALIZERS: dict[str, Callable[..., Any]] = {}
for _name, _scheme in SCHEMES.items():
    _allocating, _in_place = make_pair(_name, _scheme)
    INITIALIZERS[_name] = _allocating
    INITIALIZERS[f"{_name}_"] = _in_place
