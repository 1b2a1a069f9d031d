"""Take names, shapes and dtypes from an existing model's headers, and give each tensor a scheme.

Only headers are read, so a file may end after its header. A damaged header, or a tensor that no
rule covers, raises an error before anything is written.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from fastinit._random.streams import StreamSource
from fastinit._schemes.distributions import Scheme
from fastinit._schemes.resolution import names_of_options
from fastinit._support.suggestions import did_you_mean
from fastinit.typing import DTypeLike
from fastinit.weight import Weight

from .errors import FileFormatError
from .formats import safetensors
from .listing import contents
from .sets.sharding import SUFFIX
from .targets import as_path, check_exists, is_set

if TYPE_CHECKING:
    from .formats.headers import Tensor


def read_template(
    path: str | os.PathLike[str],
    scheme: Scheme | None = None,
    *,
    seed: int | StreamSource,
    schemes: Mapping[str, Scheme | None] | None = None,
    dtype: DTypeLike | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> list[Weight]:
    """Return weights with the names, shapes and dtypes of an existing model's tensors.

    Parameters
    ----------
    path : str or path
        A ``.safetensors`` file, an index, or the directory of either; or the URL of one of them.
        Only headers are read.
    scheme : str or distribution, optional
        For tensors that no pattern matches. Without it, such tensors are an error.
    seed : int or Generator
        In [0, 2**64), for all tensors. Of a generator only the seed is used, because the names of
        the tensors are their streams.
    schemes : mapping of str to (str, distribution or None), optional
        Schemes by shell patterns of names, such as ``*.bias``. The first pattern that matches is
        used. None leaves a tensor out.
    dtype : dtype, optional
        For all tensors, in place of their own dtypes.
    storage_options : mapping of str to object, optional
        Passed to fsspec if the path is a URL: endpoint, credentials, and so on.
    **options
        Options of schemes that are given by name, such as ``layout="keras"`` or ``layers=12``. Each
        scheme gets those that it has.

    Returns
    -------
    list of Weight
        One for each tensor that is not left out, in the order of the file.

    Raises
    ------
    FileFormatError
        A ValueError: if a header is damaged, or a set is not complete.
    ValueError
        If a tensor has no scheme, or its scheme does not fit its shape. Also if its dtype cannot be
        filled, such as an integer dtype, unless a pattern leaves it out.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> weights = [
    ...     fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id"),
    ...     fastinit.Weight((64,), "zeros", seed=0, name="bias"),
    ... ]
    >>> fastinit.save("model.safetensors", weights)
    >>> schemes = {"bias": "ones"}
    >>> found = fastinit.read_template("model.safetensors", "he_normal", seed=1, schemes=schemes)
    >>> [(each.name, each.shape, each.scheme) for each in found]
    [('user_id', (1000, 64), 'he_normal'), ('bias', (64,), 'ones')]
    """
    where, rules = as_path(path, storage_options), dict(schemes or {})
    check_exists(where)
    if not is_set(where) and where.suffix != SUFFIX:
        raise ValueError(
            f"{where}: a template must be a .safetensors file, an index or the directory of either"
        )
    _check_options(options, [scheme, *rules.values()])
    tensors = [(tensor.name or "", tensor) for tensor in contents(where, header_only=True)]
    for pattern in rules:
        if not any(fnmatchcase(name, pattern) for name, _ in tensors):
            raise ValueError(f"{where}: the pattern {pattern!r} matches no name of a tensor")
    weights = []
    for name, tensor in tensors:
        found = next((p for p in rules if fnmatchcase(name, p)), None)
        chosen = scheme if found is None else rules[found]
        if chosen is None and found is not None:
            continue
        try:
            weights.append(_weight(name, tensor, chosen, seed, dtype, options))
        except (ValueError, TypeError) as error:
            kind = FileFormatError if isinstance(error, FileFormatError) else ValueError
            raise kind(f"{where}: tensor {name!r}: {error}") from error
    if not weights:
        raise ValueError(f"{where}: all tensors are left out; give at least one of them a scheme")
    return weights


def _check_options(options: dict[str, Any], schemes: list[Scheme | None]) -> None:
    if not options:
        return
    known = frozenset().union(*map(names_of_options, schemes))
    if unknown := [each for each in options if each not in known]:
        raise TypeError(
            f"none of the schemes takes the option {unknown[0]!r}"
            f"{did_you_mean(unknown[0], sorted(known))}"
        )


def _weight(
    name: str,
    tensor: Tensor,
    scheme: Scheme | None,
    seed: int | StreamSource,
    dtype: DTypeLike | None,
    options: dict[str, Any],
) -> Weight:
    if tensor.float_dtype is None:
        raise ValueError(
            f"its dtype is {tensor.dtype}, expected {', '.join(safetensors.DTYPES.values())}; "
            "to leave the tensor out, give its name the scheme 'skip' (in Python: None)"
        )
    if scheme is None:
        raise ValueError(
            "no pattern matches its name, and there is no default; add a pattern, or give a scheme"
        )
    return Weight(
        tensor.shape or (),
        scheme,
        seed=seed,
        name=name,
        dtype=tensor.float_dtype if dtype is None else dtype,
        **{key: value for key, value in options.items() if key in names_of_options(scheme)},
    )
