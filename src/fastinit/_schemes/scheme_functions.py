"""The public functions of the schemes: two for each name in `schemes.SCHEMES`.

``he_normal(shape, *, seed, ...)`` returns a new array, and ``he_normal_(out, *, seed, ...)`` fills
an array. Both are made from the function of the scheme. Its own options (such as mode and gain)
become keyword arguments, before the options for the shape and the activation.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types among the names of this module
from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from fastinit._memory.arrays import as_dtype, as_shape
from fastinit._memory.devices import writable_memory
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._random.common_fills import CommonFill
from fastinit._random.streams import StreamSource
from fastinit._support.checks import check_choice
from fastinit._support.suggestions import did_you_mean
from fastinit.typing import Activation, DTypeLike, NDArray, Out, Shape

from .argument_order import misplaced
from .distributions import Distribution, law_of
from .documentation import ALLOCATING, IN_PLACE, rendered
from .fills import fill_checked, new_filled
from .schemes import SCHEMES, reader_of
from .suitability import ACTIVATIONS, FAMILIES, warn_if_unsuited

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import CodeType

    from fastinit._engine.kernel_arguments import Law

#: The docstring of both functions of a scheme; `documentation` says what the marks mean.
DOC = """[[Fill a weight|Return a new weight]]: {summary}

Parameters
----------
{{weight}}
{options}{{dtype}}
{{address}}

Returns
-------
{{result}}

Raises
------
TypeError
    If [[`out` is not an array of one|`dtype` is not one]] of these dtypes; if an argument has the
    wrong type; if the scheme does not have an option.
ValueError
    If [[`out` is read-only or its elements share memory; if |]]the shape does not suit the scheme;
    if an argument is out of range; if the dtype cannot hold the values.{{unwritten}}

Notes
-----
{source}

{{guarantee}}

Examples
--------
[[>>> weight = np.empty((512, 256), np.float32)
>>> fastinit.{name}_(weight, {needed}seed=7, stream="encoder.weight") is weight
True|>>> weight = fastinit.{name}((512, 256), {needed}seed=7, stream="encoder.weight")
>>> weight.shape, weight.dtype.name
((512, 256), 'float32')]]
"""

OPTION_DOCS = {
    "gain": """gain : float, default 1.0
    Multiplies the standard deviation; see `fastinit.calculate_gain`.""",
    "mode": """mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
    The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
    pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
    of both, "fan_geo_avg" the geometric mean.""",
    "nonlinearity": """nonlinearity : str, default "leaky_relu"
    A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
    formula.""",
    "a": """a : float, default 0.0
    The negative slope of the leaky ReLU. Other nonlinearities ignore it.""",
    "truncated": """truncated : bool, default False
    If true, draw from a normal that is truncated at 2 standard deviations. Its standard
    deviation is divided by 0.87962566103423978, so the variance of the values is the same.
    Keras and JAX do this by default.""",
    "scale": """scale : float, default 1.0
    The variance multiplied by the fan. Not negative.""",
    "distribution": """distribution : str, default "truncated_normal"
    "truncated_normal" is truncated at 2 standard deviations; its standard deviation is divided
    by 0.87962566103423978, so the variance of the values is the same. "normal" and
    "untruncated_normal" have no bounds, as in JAX; in Keras, "normal" is truncated. "uniform"
    is symmetric about 0.""",
    "layout": """layout : {"torch", "keras"}, default "torch"
    "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
    JAX too.""",
    "in_axis": """in_axis, out_axis : int or sequence of int, optional
    The axes of the inputs and of the outputs, if they differ from those of the layout.""",
    "batch_axis": """batch_axis : int or sequence of int, default ()
    The axes along which independent weights are stacked. Fans do not count them.""",
    "fan_in": """fan_in, fan_out : int, optional
    These replace the fans of the shape. For a part of a weight, give the fans of the whole
    weight. For a bias, give both fans of its weight.""",
    "parts": """parts : int, default 1
    The number of equal matrices that are packed along the axis of the outputs, such as 3 for
    queries, keys and values. fan_out is that of one part.""",
    "rows": """rows, dim : int, optional
    These replace the lengths of the shape. For a part of a table, give the lengths of the whole
    table.""",
    "layers": """layers : int
    The number of layers of the stack that the weight belongs to.""",
    "width": """width : int
    The width of the model: the number of elements of its residual stream (``d_model``).""",
    "std": """std : float, default 0.02
    The standard deviation before it is scaled. Not negative.""",
    "role": """role : {"input", "hidden", "output"}
    "input": the inputs are a fixed number, such as a vocabulary, and the outputs grow with the
    width: embeddings. "hidden": both grow. "output": the inputs grow: the head of the model.""",
    "width_multiplier": """width_multiplier : float
    The width of the model, divided by the width for which `std` was chosen. Above 0.""",
    "part": """part : {"single", "encoder", "decoder"}
    The stack of layers that the weight belongs to. "single" is the only stack of a model that is
    all encoder or all decoder. It is the default of `deepnet`, and `t_fixup` does not have it.""",
    "decoder_layers": """decoder_layers : int, optional
    The number of layers of the decoder. It is needed for ``part="encoder"``, and only there.""",
    "omega": """omega : float, default 30.0
    The factor in sin(omega x). Above 0. The first layer does not use it.""",
    "first": """first : bool, default False
    Whether the layer is the first one, whose limit is 1 / fan_in.""",
    "activation": """activation : str, optional
    The activation that follows the layer. It changes no value. If the scheme does not suit it,
    the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
    `fastinit.for_activation`.""",
}


@cache  # many schemes read the same from the shape
def _options_of(function: Callable[..., Any], skip: int) -> list[inspect.Parameter]:
    """Return the parameters of a function after the first `skip`, as keyword-only parameters."""
    options = list(inspect.signature(function, eval_str=True).parameters.values())[skip:]
    return [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options]


ACTIVATION_OPTION = inspect.Parameter(
    "activation", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Activation | None
)
#: Values of options without a default, for the examples of docstrings.
EXAMPLES = {
    "layers": "12",
    "width": "512",
    "role": '"hidden"',
    "width_multiplier": "4",
    "part": '"decoder"',
}


class Signature(NamedTuple):
    """The options of the public functions of a scheme."""

    options: list[inspect.Parameter]
    known: frozenset[str]
    #: Those without a default.
    needed: frozenset[str]
    #: Those for reading the shape.
    of_shape: frozenset[str]


@cache  # several names may have one scheme
def signature_of(scheme: Callable[..., Distribution]) -> Signature:
    """Return the options of the public functions of a scheme."""
    reader = reader_of(scheme)
    of_shape = _options_of(reader.read, skip=1)
    options = [*_options_of(scheme, reader.arguments), *of_shape]
    if scheme in FAMILIES:
        options.append(ACTIVATION_OPTION)
    return Signature(
        options,
        known=frozenset(each.name for each in options),
        needed=frozenset(each.name for each in options if each.default is each.empty),
        of_shape=frozenset(each.name for each in of_shape),
    )


def _wrong_options(
    scheme: Callable[..., Distribution], name: str, given: Collection[str]
) -> TypeError:
    """Return the error about options that a scheme does not have, or that it needs."""
    signature = signature_of(scheme)
    if unknown := sorted(set(given) - signature.known):
        hint = did_you_mean(unknown[0], sorted(signature.known))
        return TypeError(f"{name}() got an unexpected keyword argument {unknown[0]!r}{hint}")
    missing = [each.name for each in signature.options if each.name in signature.needed - {*given}]
    needed = " and ".join(f"{each}=, such as {each}={EXAMPLES[each]}" for each in missing)
    return TypeError(f"{name}() also needs {needed}; the shape does not contain it")


def distribution_of(
    scheme: Callable[..., Distribution],
    name: str,
    shape: tuple[int, ...],
    given: dict[str, Any],
    stacklevel: int,
) -> Distribution:
    """Return the distribution that a scheme gives for a weight.

    `given` holds all options of the public function.
    """
    signature = signature_of(scheme)
    if not signature.needed <= given.keys() <= signature.known:
        raise _wrong_options(scheme, name, given)
    of_shape: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in given.items():
        (of_shape if key in signature.of_shape else own)[key] = value
    activation = own.pop("activation", None)
    distribution = scheme(*reader_of(scheme).read(shape, **of_shape), **own)
    if activation is not None:
        check_choice(activation, "activation", ACTIVATIONS)
        # Users who give a gain or a nonlinearity have made their own choice.
        if own.keys().isdisjoint({"gain", "nonlinearity"}):
            warn_if_unsuited(scheme, name, activation, stacklevel + 1)
    return distribution


#: For the code of the in-place and of the allocating functions: parameters, and type of the result.
_OWN: dict[CodeType, tuple[list[inspect.Parameter], Any]] = {}


def _own_parameters(function: Callable[..., Any]) -> tuple[list[inspect.Parameter], Any]:
    """Return the parameters that all schemes have, and the type of the result."""
    if (code := function.__code__) not in _OWN:
        signature = inspect.signature(function)
        unnamed = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
        named = [each for each in signature.parameters.values() if each.kind not in unnamed]
        _OWN[code] = named, signature.return_annotation
    return _OWN[code]


def _publish(
    function: Callable[..., Any], name: str, doc: str, options: list[inspect.Parameter]
) -> Callable[..., Any]:
    """Give a generated function its name, its docstring and the signature that users see."""
    own, result = _own_parameters(function)
    shown = [own[0], *options, *own[1:]]
    function.__name__ = function.__qualname__ = name
    function.__module__ = "fastinit"
    function.__doc__ = doc
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        shown, return_annotation=result
    )
    function.__annotations__ = {each.name: each.annotation for each in shown} | {"return": result}
    return function


def make_pair(
    name: str, scheme: Callable[..., Distribution]
) -> tuple[Callable[..., NDArray[Any]], Callable[..., Any]]:
    """Return the allocating and the in-place function of one scheme."""
    options = signature_of(scheme).options

    def weight_law(
        shape: tuple[int, ...], dtype: np.dtype[Any], given: dict[str, Any], who: str
    ) -> Law:
        return law_of(distribution_of(scheme, who, shape, given, stacklevel=4), who, dtype)

    common = CommonFill(
        lambda dtype, shape, given: weight_law(shape, dtype, given, name), FLOAT_DTYPES
    )

    def in_place(
        out: Out,
        *,
        seed: int | StreamSource | None = None,
        stream: int | str | None = None,
        offset: int = 0,
        threads: int | None = None,
        **given: Any,
    ) -> Out:
        if common.fill_weight(out, given, seed, stream, offset, threads):
            return out
        array = writable_memory(out, FLOAT_DTYPES)
        law = weight_law(array.shape, array.dtype, given, f"{name}_")
        fill_checked(array, law, seed, stream, offset, threads, out)
        return out

    def allocating(
        shape: Shape,
        *more: NoReturn,
        dtype: DTypeLike = np.float32,
        seed: int | StreamSource | None = None,
        stream: int | str | None = None,
        offset: int = 0,
        threads: int | None = None,
        **given: Any,
    ) -> NDArray[Any]:
        if more:
            raise misplaced(name, ("shape",), shape, *more)
        made = common.new_weight(shape, dtype, given, seed, stream, offset, threads)
        if made is not None:
            return made
        lengths = as_shape(shape)
        chosen = as_dtype(dtype, FLOAT_DTYPES)
        law = weight_law(lengths, chosen, given, name)
        return new_filled(lengths, chosen, law, seed, stream, offset, threads)

    template = _template(name, scheme, options)
    return (
        _publish(allocating, name, rendered(template, ALLOCATING), options),
        _publish(in_place, f"{name}_", rendered(template, IN_PLACE), options),
    )


def _template(
    name: str, scheme: Callable[..., Distribution], options: list[inspect.Parameter]
) -> str:
    summary, _, source = inspect.cleandoc(scheme.__doc__ or "").partition("\n")
    return DOC.format(
        name=name,
        summary=summary,
        source=source.strip(),
        options="\n".join(OPTION_DOCS[each.name] for each in options if each.name in OPTION_DOCS),
        needed="".join(
            f"{each.name}={EXAMPLES[each.name]}, " for each in options if each.default is each.empty
        ),
    )


#: The public functions of all schemes, by name: ``he_normal``, ``he_normal_``, ...
INITIALIZERS: dict[str, Callable[..., Any]] = {}
for _name, _scheme in SCHEMES.items():
    _allocating, _in_place = make_pair(_name, _scheme)
    INITIALIZERS[_name] = _allocating
    INITIALIZERS[f"{_name}_"] = _in_place
