"""`init_module`: every parameter of a module from a stream of its own, by its qualified name.

Promises: a parameter's values depend on the seed, its name, its shape and its scheme, and not on
the rest of the module: they are those of a `fastinit.Weight` of that name.
"""

from __future__ import annotations

from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from fastinit import fixed, structured
from fastinit.addressing import check_seed
from fastinit.checks import check_choice
from fastinit.cpus import check_threads
from fastinit.distributions import Distribution, Uniform
from fastinit.schemes import SCHEMES
from fastinit.weight import Weight

from .memory import DTYPES, is_dtensor, is_plain, numpy_dtype, raw_memory, written
from .sharding import init_dtensor_, keep_shard_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

#: Schemes that look at the whole weight: fills that take a seed and a stream.
STRUCTURED: dict[str, Callable[..., Any]] = {
    "orthogonal": structured.orthogonal_,
    "delta_orthogonal": structured.delta_orthogonal_,
    "sparse": structured.sparse_,
}

#: Those of them that draw nothing.
FIXED: dict[str, Callable[..., Any]] = {
    "eye": fixed.eye_,
    "identity": fixed.identity_,
    "dirac": fixed.dirac_,
}

CONSTANTS = {"zeros": 0.0, "ones": 1.0}

Scheme = str | float | Distribution | dict[str, Any] | None


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Name the parameter in an error about it."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"parameter {name!r}: {error}") from error


class Plan(NamedTuple):
    """What will be done to one parameter."""

    name: str
    parameter: torch.Tensor
    array: NDArray[Any]
    fill: Callable[[NDArray[Any]], object]
    padding_idx: int | None

    def carry_out(self) -> None:
        """Fill the parameter."""
        try:
            with _naming(self.name):
                self.fill(self.array)
            if self.padding_idx is not None:
                self.array[self.padding_idx] = 0
            if is_dtensor(self.parameter):
                keep_shard_(self.parameter, self.array)
        finally:
            written(self.parameter)


def init_module(
    module: torch.nn.Module,
    *,
    seed: int,
    schemes: Mapping[str, Scheme],
    prefix: str = "",
    threads: int | None = None,
) -> list[str]:
    """Fill a module's parameters, each from the stream of its qualified name.

    Parameters
    ----------
    module : torch.nn.Module
        Its parameters are floating-point ones in the CPU's memory, of any strides.
    seed : int
        In [0, 2**64).
    schemes : mapping of str to scheme
        From patterns, as in `fnmatch`, of qualified names such as ``"layers.*.weight"``; the first
        that matches a name counts, and a name that none matches is left as it is. A scheme is

        - the name of a `fastinit.Weight`'s, such as ``"he_normal"``, or a distribution;
        - ``"orthogonal"``, ``"delta_orthogonal"``, ``"sparse"``, ``"eye"``, ``"identity"`` or
          ``"dirac"``;
        - a number, ``"zeros"`` or ``"ones"``: all elements are that;
        - a dict of one of these names under ``"scheme"``, and its options, such as
          ``{"scheme": "he_normal", "mode": "fan_out"}``;
        - None: what matches is left as it is.
    prefix : str, default ""
        The qualified name of `module` in a larger one: a part then has the values that it has in
        the whole.
    threads : int, optional
        At most so many threads; by default what `fastinit.get_num_threads` returns.

    Returns
    -------
    list of str
        The names of the parameters that were filled.

    Raises
    ------
    TypeError, ValueError
        If a pattern decides about no parameter, a parameter cannot be filled, or a scheme does not
        suit a parameter's shape or dtype. Nothing has been written then, unless one with a
        structure is refused after another one.

    Notes
    -----
    A parameter's values are those of ``fastinit.Weight(shape, scheme, seed=seed, name=name,
    dtype=dtype, padding_idx=padding_idx)``, whatever the order of the module's parts; with a
    structure, those of ``fastinit.orthogonal(shape, seed=seed, stream=name)``. The row
    `padding_idx` of an `nn.Embedding` or `nn.EmbeddingBag` is 0. A parameter that is shared under
    several names is filled once, under the first that ``module.named_parameters`` has.

    A parameter that is a DTensor, as `fully_shard` and `parallelize_module` leave them, has the
    values of the whole one; to be called on every rank. Each rank makes its own shard, and of a
    scheme with a structure the whole tensor, of which it keeps its shard.
    """
    number = check_seed(seed)
    limit = None if threads is None else check_threads(threads)
    parameters = dict(module.named_parameters(prefix=prefix.removesuffix(".")))
    chosen = _choose(parameters, schemes)
    paddings = _paddings(module)
    plain: list[Callable[[], object]] = []
    whole: list[Callable[[], object]] = []
    for name, scheme in chosen.items():
        parameter = parameters[name]
        padding_idx = paddings.get(id(parameter))
        with _naming(name):
            kind = _named(scheme)
            if isinstance(kind, str) and (kind in STRUCTURED or kind in FIXED):
                fill = _structured(scheme, number, name, limit)
                plan = Plan(name, parameter, _array(parameter), fill, padding_idx)
                whole.append(plan.carry_out)
            elif is_dtensor(parameter):
                weight = _weight(scheme, parameter, number, name, padding_idx)
                plain.append(partial(init_dtensor_, parameter, weight, threads=limit))
            elif (array := _array(parameter)).size:
                weight = _weight(scheme, parameter, number, name, padding_idx)
                fill = partial(weight.fill, threads=limit)
                plain.append(Plan(name, parameter, array, fill, None).carry_out)
    # Those with a structure check the shape only when they fill: nothing else is written before.
    for carry_out in whole + plain:
        carry_out()
    return list(chosen)


def _choose(names: Iterable[str], schemes: Mapping[str, Scheme]) -> dict[str, Scheme]:
    """Return the scheme of each parameter that has one, or raise if a pattern is of no use."""
    every = list(names)
    chosen: dict[str, Scheme] = {}
    decided: set[str] = set()
    for pattern, scheme in schemes.items():
        matched = [name for name in every if fnmatchcase(name, pattern)]
        if not matched:
            raise ValueError(
                f"the pattern {pattern!r} matches no parameter's name; the names are "
                f"{', '.join(every[:20])}{', ...' if len(every) > 20 else ''}"  # noqa: PLR2004
            )
        mine = [name for name in matched if name not in decided]
        if not mine:
            raise ValueError(
                f"what the pattern {pattern!r} matches, patterns before it have matched: "
                "the first that matches counts, so put the more special ones first"
            )
        decided.update(mine)
        if scheme is not None:
            chosen.update(dict.fromkeys(mine, scheme))
    return {name: chosen[name] for name in every if name in chosen}


def _paddings(module: torch.nn.Module) -> dict[int, int]:
    """Return the padding rows of embeddings, by the identity of the weight."""
    return {
        id(weight): part.padding_idx
        for part in module.modules()
        if isinstance(part, (torch.nn.Embedding, torch.nn.EmbeddingBag))
        and part.padding_idx is not None
        for name, weight in part.named_parameters(recurse=False)
        if name == "weight"
    }


def _dtype(parameter: torch.Tensor) -> np.dtype[Any]:
    """Return the dtype of a parameter that can be filled, or raise."""
    if parameter.dtype not in DTYPES:
        raise TypeError(
            f"the dtype must be one of {', '.join(map(str, DTYPES))}, got {parameter.dtype}"
        )
    return numpy_dtype(parameter.dtype)


def _array(parameter: torch.Tensor) -> NDArray[Any]:
    """Return a parameter's memory with its dtype, or raise; of a DTensor, memory for the whole."""
    dtype = _dtype(parameter)
    if parameter.numel() == 0 or is_dtensor(parameter):
        return np.empty(parameter.shape, dtype)
    array = raw_memory(parameter) if is_plain(parameter, caught=True) else None
    if array is None:
        raise TypeError(
            "only plain tensors in the CPU's memory can be filled, got a "
            f"{type(parameter).__name__} on {parameter.device}, {parameter.layout}; "
            "fill it before it is moved, or after to_empty(device='cpu')"
        )
    return array.view(dtype)


def _named(scheme: Scheme) -> object:
    """Return what says which scheme it is: a name, a number or a distribution."""
    if isinstance(scheme, dict):
        if "scheme" not in scheme:
            raise TypeError(f"a dict of options needs a 'scheme', got {scheme}")
        return scheme["scheme"]
    return scheme


def _options(scheme: Scheme) -> dict[str, Any]:
    given = scheme if isinstance(scheme, dict) else {}
    return {key: value for key, value in given.items() if key != "scheme"}


def _structured(
    scheme: Scheme, seed: int, name: str, threads: int | None
) -> Callable[[NDArray[Any]], object]:
    kind = str(_named(scheme))
    if kind in FIXED:
        return partial(FIXED[kind], **_options(scheme))
    return partial(STRUCTURED[kind], **_options(scheme), seed=seed, stream=name, threads=threads)


def _weight(
    scheme: Scheme, parameter: torch.Tensor, seed: int, name: str, padding_idx: int | None
) -> Weight:
    kind: Any = _named(scheme)
    if isinstance(kind, str) and kind in CONSTANTS:
        kind = CONSTANTS[kind]
    if isinstance(kind, (int, float)):
        kind = Uniform(kind, kind)
    elif isinstance(kind, str):
        check_choice(kind, "scheme", [*SCHEMES, *CONSTANTS, *STRUCTURED, *FIXED])
    return Weight(
        tuple(parameter.shape),
        kind,
        seed=seed,
        name=name,
        dtype=_dtype(parameter),
        padding_idx=padding_idx,
        **_options(scheme),
    )
