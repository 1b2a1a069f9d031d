"""What a user may choose for one tensor of a model: a scheme with options, a number, or nothing.

The adapters of all frameworks read choices with these functions, so a choice means the same in each
of them. Guarantees: a structured scheme has the values of the public function of its name.
"""

from __future__ import annotations

from functools import cache, partial
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._memory.arrays import empty

from . import deterministic, near_identity, orthogonal, sparse
from .distributions import CONSTANTS, DISTRIBUTIONS, Constant, Distribution
from .schemes import FANS, SCHEMES, reader_of
from .spelling import check_scheme_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: Schemes that need the whole weight: functions that take a seed and a stream.
STRUCTURED: dict[str, Callable[..., Any]] = {
    "orthogonal": orthogonal.orthogonal_,
    "delta_orthogonal": orthogonal.delta_orthogonal_,
    "sparse": sparse.sparse_,
    "identity_plus_noise": near_identity.identity_plus_noise_,
}

#: Schemes that need the whole weight and draw no random numbers.
FIXED: dict[str, Callable[..., Any]] = {
    "eye": deterministic.eye_,
    "identity": deterministic.identity_,
    "dirac": deterministic.dirac_,
    "identity_hadamard": near_identity.identity_hadamard_,
    "lstm_bias": deterministic.lstm_bias_,
}

#: Arguments that say which random numbers are drawn, and how. Fixed schemes do not take them.
ADDRESS = ("seed", "stream", "threads")

#: The options that say which axes or fans a weight has.
AXES = frozenset(["layout", "in_axis", "out_axis", "batch_axis", "fan_in", "fan_out"])

#: The name of a scheme, a number, a distribution, a dict of a scheme and its options, or None.
Scheme = str | float | Distribution | dict[str, Any] | None


def kind_of(scheme: Scheme) -> Any:
    """Return a scheme without its options: a name, a number or a distribution."""
    if isinstance(scheme, dict):
        if "scheme" not in scheme:
            raise TypeError(f"a dict of options needs a 'scheme', got {scheme}")
        scheme = scheme["scheme"]
    return scheme.item() if isinstance(scheme, np.generic) else scheme  # a number of NumPy


def options_of(scheme: Scheme) -> dict[str, Any]:
    """Return the options of a scheme; only a dict has them."""
    given = scheme if isinstance(scheme, dict) else {}
    return {key: value for key, value in given.items() if key != "scheme"}


def constant_of(scheme: Scheme) -> float | None:
    """Return the value of a constant scheme; None for other schemes."""
    kind = kind_of(scheme)
    if isinstance(kind, str):
        kind = CONSTANTS.get(kind)
    if isinstance(kind, Constant):
        return kind.value
    return kind if isinstance(kind, (int, float)) else None


def of_weight(scheme: Scheme) -> Any:
    """Return the scheme of a `Weight` that a scheme without structure names, without its options.

    Raises
    ------
    TypeError, ValueError
        If it is not a scheme, or there is no scheme of this name.
    """
    kind = kind_of(scheme)
    if isinstance(kind, (int, float)):
        return Constant(float(kind) if isinstance(kind, bool) else kind)
    if isinstance(kind, str):
        check_scheme_name(kind, [*SCHEMES, *CONSTANTS, *STRUCTURED, *FIXED])
    elif not isinstance(kind, Distribution):
        raise TypeError(
            "a scheme must be a name, a number, a distribution "
            f"({', '.join(DISTRIBUTIONS)}) or a dict of a scheme and its options, got "
            f"{type(kind).__name__}"
        )
    return kind


def element_of(scheme: Scheme, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the one value that a scheme gives integers or bools, or raise.

    Raises
    ------
    TypeError, ValueError
        If the scheme is not a constant, or the dtype does not hold its value.
    """
    value = constant_of(scheme)
    if value is None or options_of(scheme):
        raise TypeError(
            f"schemes are for floating-point numbers, but the dtype is {dtype}: give None, or a "
            "number for integers and bools"
        )
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            element = np.asarray(value, object if isinstance(value, int) else None).astype(dtype)
        holds = element == value
    except OverflowError:
        holds = False
    if not holds:
        raise ValueError(f"{dtype} cannot hold {value}")
    return element


def reads_fans(scheme: Scheme, shape: tuple[int, ...], kind: str, pattern: str) -> bool:
    """Return whether the fans of a weight decide what a scheme makes.

    Parameters
    ----------
    scheme : Scheme
        A scheme of `Weight`.
    shape : tuple of int
        The shape of the weight. A scheme of fans needs two axes, unless its options give them.
    kind, pattern : str
        What has the shape, and an example of a pattern for those without fans. Errors say them.
    """
    name = kind_of(scheme)
    if not isinstance(name, str) or name not in SCHEMES or reader_of(SCHEMES[name]) is not FANS:
        return False
    if len(shape) < 2 and not options_of(scheme).keys() & AXES:  # noqa: PLR2004 - in and out
        raise ValueError(
            f"{name} needs two or more axes, but the shape is {shape}: give the {kind} a pattern "
            f"of its own before this one, such as {{'*/bias': 'zeros'}} or {pattern}"
        )
    return True


def needs_whole(scheme: Scheme) -> bool:
    """Return whether a scheme makes only whole weights."""
    kind = kind_of(scheme)
    return isinstance(kind, str) and (kind in STRUCTURED or kind in FIXED)


def fill_of_whole(scheme: Scheme) -> Callable[..., NDArray[Any]]:
    """Return the function of a scheme that `needs_whole`.

    It takes an array, and ``seed``, ``stream`` and ``threads``, which some schemes do not use.
    """
    kind, options = kind_of(scheme), options_of(scheme)
    if kind in STRUCTURED:
        return partial(STRUCTURED[kind], **options)

    def fixed(array: NDArray[Any], **given: Any) -> NDArray[Any]:
        of_scheme = {key: value for key, value in given.items() if key not in ADDRESS}
        filled: NDArray[Any] = FIXED[kind](array, **of_scheme, **options)
        return filled

    return fixed


def part_of_whole(
    fill: Callable[[NDArray[Any]], object], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Callable[[Any], NDArray[Any]]:
    """Return the function from an index to a copy of that part of a weight, which is made once."""

    @cache
    def whole() -> NDArray[Any]:
        array = empty(shape, dtype)
        fill(array)
        return array

    def part(index: Any) -> NDArray[Any]:
        source = whole()[index]
        copied = empty(source.shape, dtype)
        copied[...] = source
        return copied

    return part


def options_for_whole(scheme: Scheme) -> set[str]:
    """Return the names of the options that a scheme which `needs_whole` takes."""
    kind = kind_of(scheme)
    return {*signature((STRUCTURED | FIXED)[kind]).parameters} - {"out", *ADDRESS}
