"""`init_model`: fill each weight of a built model from the stream of its name.

Promises: the values of a weight depend only on the seed, its name, its shape, its dtype and its
scheme, on every backend. They are the values of a `fastinit.Weight` of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastinit._random.streams import StreamSource, seed_of
from fastinit._schemes.choices import Scheme, needs_whole
from fastinit._schemes.patterns import by_pattern, choose, naming, undecided

from .contents import content_of, destination_of, is_float
from .initializers import Filled, stock
from .tensors import check_runs_now
from .weights import weights_of

#: A scheme, or an object of a class of `keras.initializers`.
Choice = Scheme | Callable[..., Any]


def init_model(
    model: Any,
    seed: int | StreamSource,
    schemes: Mapping[str, Choice] | Choice,
    *,
    name: Callable[[str], str] | None = None,
) -> dict[str, Choice]:
    """Fill the weights of a built model, each from the stream of its path.

    Parameters
    ----------
    model : keras.Model or keras.layers.Layer
        The model. It is built: all its weights exist.
    seed : int or fastinit.Generator
        An integer in [0, 2**64). If it is a generator, its seed is used, and the generator does not
        advance.
    schemes : mapping of str to scheme, or one scheme for all weights
        The keys are patterns of paths, such as ``"*/kernel"``, as in `fnmatch`. The first pattern
        that matches a path decides. A scheme is

        - the name of a scheme of `fastinit.Weight`, such as ``"he_normal"``, or a distribution;
        - ``"orthogonal"``, ``"delta_orthogonal"``, ``"sparse"``, ``"eye"``, ``"identity"`` or
          ``"dirac"``;
        - a number, ``"zeros"`` or ``"ones"``: all elements get this value;
        - a dict with one of these names under ``"scheme"``, and the options of the scheme, such as
          ``{"scheme": "he_normal", "truncated": True}``;
        - an object of a class of `keras.initializers`, for its distribution. Its seed has no
          effect;
        - None: weights that match keep their values.
    name : callable, optional
        A function from the path of a weight to the name that is used for patterns and values.

    Returns
    -------
    dict of str to scheme
        What each weight got, by its name, in the order of ``model.weights``. None means that the
        weight keeps its values.

    Raises
    ------
    TypeError, ValueError
        If the model is not built, no pattern matches a weight of floating-point numbers, a pattern
        has no effect, two weights have the same name, or a scheme does not suit a shape or dtype.
        The error names the weight. It is raised before anything is written, with one exception: a
        structured scheme, such as ``"orthogonal"``, can refuse a shape after other structured
        schemes were written.

    Notes
    -----
    The values of a weight are those of ``fastinit.Weight(shape, scheme, seed=seed, name=name,
    dtype=dtype)`` with the axes of Keras, such as ``layout="keras"``. They are the same on every
    backend, and for any layout or number of replicas. `docs/keras.md` says which axes of a weight
    are inputs and outputs. A weight of integers or bools keeps its values, unless a pattern that
    matches no other weight gives it a number.

    The names of a scheme are those of fastinit: ``"he_normal"`` is not truncated. Keras's own is
    ``keras.initializers.HeNormal()``, or ``{"scheme": "he_normal", "truncated": True}``.

    Metrics, seeds of dropout and the state of the optimizer are not weights, and do not change.

    Examples
    --------
    >>> layers = [keras.layers.Input((4,)), keras.layers.Dense(3, name="head")]
    >>> model = keras.Sequential(layers, name="model")
    >>> fastinit.keras.init_model(model, 0, {"*/kernel": "he_normal", "*/bias": "zeros"})
    {'model/head/kernel': 'he_normal', 'model/head/bias': 'zeros'}
    """
    number = seed_of(seed)
    patterns = by_pattern(schemes)
    check_runs_now("init_model")
    weights = weights_of(model, name)
    floats = [each for each, weight in weights.items() if is_float(weight)]
    others = [each for each in weights if each not in floats]
    chosen = choose(patterns, floats, others=others, kind="weight")
    if rest := [each for each in floats if each not in chosen]:

        def described(each: str) -> str:
            weight = weights[each]
            shape = tuple(weight.variable.shape)
            return f"of shape {shape} in {type(weight.layer).__name__}"

        raise ValueError(undecided(rest, described, "weight", "weights"))
    made = [each for each, scheme in chosen.items() if scheme is not None]
    fills = {}
    for each in made:
        with naming("weight", each):
            weight = weights[each]
            fills[each] = (content_of(weight, chosen[each], number), destination_of(weight))
    # What may refuse its shape only when it fills is written first.
    for each in sorted(made, key=lambda each: not _may_refuse(chosen[each])):
        content, write = fills.pop(each)  # a structured one may keep the whole weight
        with naming("weight", each):
            write(content)
    return {each: chosen.get(each) for each in weights}


def _may_refuse(scheme: Any) -> bool:
    if isinstance(scheme, stock.Initializer):
        return not isinstance(scheme, Filled)
    return needs_whole(scheme)
