"""The schemes as fills: for each name in `schemes.SCHEMES` a pair of public functions.

``he_normal(shape, *, seed, ...)`` returns a new array and ``he_normal_(out, *, seed, ...)`` fills
one. They are made from the scheme's function, whose own arguments (mode, gain) become keyword
arguments of the pair.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from . import distributions
from .distributions import FLOAT_DTYPES, Law
from .fills import ADDRESS, ALLOCATING, GUARANTEE, fill_checked, new_filled
from .memory import Shape, as_dtype, as_shape, writable_array
from .schemes import SCHEMES, Distribution, Normal, fans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

IN_PLACE_DOC = """Fill a weight: {summary}

    Parameters
    ----------
    out : array or buffer of float32 or float64
        The whole weight, writable, of any layout in memory.
{options}    layout : {{"torch", "keras"}}, default "torch"
        Whether the weight's shape is (out, in, *kernel) or (*kernel, in, out); the latter is
        JAX's too.
    {address}

    Returns
    -------
    out
        The object that was given.

    Raises
    ------
    TypeError, ValueError
        As `fastinit.{base}` does, and if the shape has no fans in this layout.

    Notes
    -----
    {source}

    {guarantee}
    """

ALLOCATING_DOC = """Return a new weight: {summary}

    {allocating} `{name}_`; `dtype` is float32 or float64.
    """

OPTION_DOCS = {
    "gain": """    gain : float, default 1.0
        Multiplies the standard deviation.
""",
    "mode": """    mode : {"fan_in", "fan_out"}, default "fan_in"
        Whether the forward or the backward pass keeps its variance.
""",
}


def law_of(distribution: Distribution, dtype: np.dtype[Any]) -> Law:
    """Return what the kernels are asked for."""
    if isinstance(distribution, Normal):
        return distributions.normal(0.0, distribution.std, dtype)
    return distributions.uniform(-distribution.limit, distribution.limit, dtype)


def _scheme_options(scheme: Callable[..., Distribution]) -> list[inspect.Parameter]:
    """Return the scheme's parameters after fan_in and fan_out, as keyword-only ones."""
    options = list(inspect.signature(scheme).parameters.values())[2:]
    return [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options]


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
    options = _scheme_options(scheme)
    allowed = {option.name for option in options}

    def weight_law(
        shape: tuple[int, ...], layout: str, dtype: np.dtype[Any], given: dict[str, Any], who: str
    ) -> Law:
        if unknown := given.keys() - allowed:
            raise TypeError(f"{who}() got an unexpected keyword argument {min(unknown)!r}")
        return law_of(scheme(*fans(shape, layout), **given), dtype)

    def in_place(
        out: Any,
        *,
        layout: str = "torch",
        seed: int,
        stream: int | str = 0,
        offset: int = 0,
        threads: int | None = None,
        **given: Any,
    ) -> Any:
        array = writable_array(out, FLOAT_DTYPES)
        law = weight_law(array.shape, layout, array.dtype, given, f"{name}_")
        fill_checked(array, law, seed, stream, offset, threads)
        return out

    def allocating(
        shape: Shape,
        *,
        layout: str = "torch",
        dtype: DTypeLike = np.float32,
        seed: int,
        stream: int | str = 0,
        offset: int = 0,
        threads: int | None = None,
        **given: Any,
    ) -> NDArray[Any]:
        lengths = as_shape(shape)
        chosen = as_dtype(dtype, FLOAT_DTYPES)
        law = weight_law(lengths, layout, chosen, given, name)
        return new_filled(lengths, chosen, law, seed, stream, offset, threads)

    summary, _, rest = (inspect.getdoc(scheme) or "").partition("\n")
    is_normal = isinstance(scheme(1, 1), Normal)
    in_place_doc = IN_PLACE_DOC.format(
        summary=summary,
        source=rest.strip().replace("\n", "\n    "),
        options="".join(OPTION_DOCS[option.name] for option in options),
        base="normal_" if is_normal else "uniform_",
        address=ADDRESS,
        guarantee=GUARANTEE,
    )
    allocating_doc = ALLOCATING_DOC.format(summary=summary, name=name, allocating=ALLOCATING)
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
