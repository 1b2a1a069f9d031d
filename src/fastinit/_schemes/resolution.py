"""From what callers give as a scheme, a name or a distribution, to the distribution of a weight."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastinit._support.suggestions import did_you_mean

from .choices import FIXED, STRUCTURED
from .distributions import CONSTANTS, DISTRIBUTIONS, Distribution, law_of
from .scheme_functions import EXAMPLES, distribution_of, signature_of
from .schemes import SCHEMES
from .spelling import check_scheme_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy as np

    from fastinit._engine.kernel_arguments import Law


def names_of_options(scheme: object) -> frozenset[str]:
    """Return the names of the options that a scheme has: only random schemes given by name do."""
    if not isinstance(scheme, str) or scheme in CONSTANTS:
        return frozenset()
    _check_is_scheme(scheme)
    return signature_of(SCHEMES[scheme]).known


def check_options(scheme: object, given: Collection[str], spelled: str) -> None:
    """Raise ValueError unless a scheme has all options that a text gives, and no other is needed.

    Parameters
    ----------
    scheme : str or Distribution
        As `scheme_of_text` returns it. A name that is not that of a random scheme is not checked.
    given : collection of str
        The names of the options.
    spelled : str
        How an option is written, with its name and its value in braces: ``--option {}={}``.
    """
    if not isinstance(scheme, str) or scheme not in SCHEMES:
        return
    signature = signature_of(SCHEMES[scheme])
    known = sorted(signature.known)
    if unknown := [each for each in given if each not in known]:
        raise ValueError(
            f"the scheme {scheme} has no option {unknown[0]!r}, expected {', '.join(known)}"
            f"{did_you_mean(unknown[0], known)}"
        )
    missing = [each.name for each in signature.options if each.name in signature.needed - {*given}]
    if missing:
        needed = " ".join(spelled.format(each, EXAMPLES[each].strip('"')) for each in missing)
        raise ValueError(f"the scheme {scheme} also needs {', '.join(missing)}, such as {needed}")


@lru_cache(maxsize=256)  # the tensors of a model have few shapes
def distribution_of_name(scheme: str, shape: tuple[int, ...]) -> Distribution:
    """Return the distribution that a scheme without options gives for a weight."""
    return resolve_scheme(scheme, shape, {}, stacklevel=1)


@lru_cache(maxsize=256)
def law_of_name(scheme: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Law:
    """Return the law of the distribution that a scheme without options gives for a weight."""
    return law_of(distribution_of_name(scheme, shape), scheme, dtype)


def resolve_scheme(
    scheme: str | Distribution,
    shape: tuple[int, ...],
    options: Mapping[str, Any],
    *,
    stacklevel: int,
) -> Distribution:
    """Return the distribution that a scheme gives for a weight.

    Parameters
    ----------
    scheme : str or Distribution
        The name of a scheme or of a constant; or a distribution, which is returned as it is.
    shape : tuple of int
        The shape of the whole weight.
    options : mapping
        The options of the scheme by name.
    stacklevel : int
        The level of the caller that a warning points at, as for `warnings.warn`.

    Raises
    ------
    TypeError, ValueError
        If there is no such scheme, if its options or the shape do not fit it.
    """
    if not isinstance(scheme, (str, Distribution)):
        raise TypeError(
            "scheme must be the name of a scheme or a distribution "
            f"({', '.join(DISTRIBUTIONS)}), got {type(scheme).__name__}"
        )
    if isinstance(scheme, str) and scheme not in CONSTANTS:
        _check_is_scheme(scheme)
        return distribution_of(SCHEMES[scheme], scheme, shape, dict(options), stacklevel + 1)
    if options:
        what = repr(scheme) if isinstance(scheme, str) else "a distribution"
        raise TypeError(f"{what} takes no options, got {', '.join(options)}")
    return CONSTANTS[scheme] if isinstance(scheme, str) else scheme


def check_makes_parts(name: str) -> None:
    """Raise if a name is that of a scheme that makes whole weights only."""
    if name in STRUCTURED or name in FIXED:
        address = "seed=..., stream=NAME" if name in STRUCTURED else "..."
        raise ValueError(
            f"scheme must be one that makes any part of a weight without the rest, got {name!r}, "
            f"which makes whole weights only: call fastinit.{name}(shape, {address}), or give it "
            "to the function of a framework that fills whole models"
        )


def _check_is_scheme(name: str) -> None:
    """Raise unless a name is that of a scheme that makes any part of a weight."""
    if name not in SCHEMES:
        check_makes_parts(name)
        check_scheme_name(name, [*SCHEMES, *CONSTANTS])
