"""From a scheme to the fill of one parameter or buffer of a module.

Promises: the values are those of a `fastinit.Weight` with the name of the tensor. Everything that
can be checked is checked before a fill is returned. Fills can be carried out in any order.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from fastinit._memory.devices import DeviceArray
from fastinit._schemes import patterns
from fastinit._schemes.choices import (
    constant_of,
    fill_of_whole,
    needs_whole,
    of_weight,
    options_of,
)
from fastinit._schemes.schemes import SCHEMES
from fastinit.weight import Weight

from .common_fills import ParameterFill, ParameterFills
from .memory import (
    DTYPES,
    device_memory,
    is_dtensor,
    is_plain,
    numpy_dtype,
    raw_memory,
    written,
)
from .obstacles import cannot_fill, check_is_whole
from .sharded_tables import in_boxes
from .sharding import init_dtensor_, init_shard_, keep_shard_

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from fastinit._schemes.choices import Scheme

    from .sharded_tables import InBoxes
    from .slots import Slot


class Fill(NamedTuple):
    """A function that fills a tensor, and whether it may still refuse the shape of the tensor."""

    carry_out: Callable[[], object]
    may_refuse: bool


class Fills:
    """The fills of one call of `init_module`, which share the seed, the threads and known laws.

    Parameters
    ----------
    seed : int
        In [0, 2**64).
    threads : int
        The largest number of threads.
    """

    def __init__(self, seed: int, threads: int) -> None:
        self._seed, self._threads = seed, threads
        self._small = ParameterFills(seed)

    def of(self, slot: Slot, scheme: Scheme, padding_idx: int | None) -> Fill | ParameterFill:
        """Return the fill of a parameter or buffer, or raise an error that names it."""
        if padding_idx is None:
            small = self._small.fill_of(slot.tensor, scheme, slot.name)
            if small is not None:
                return small
        with naming(slot):
            return self._checked(slot, scheme, padding_idx)

    def _checked(self, slot: Slot, scheme: Scheme, padding_idx: int | None) -> Fill:
        seed, threads = self._seed, self._threads
        if (table := in_boxes(slot)) is None:
            check_is_whole(slot)
        if needs_whole(scheme):
            address = {"seed": seed, "stream": slot.name, "threads": threads}
            whole = partial(fill_of_whole(scheme), **address)
            if table is not None:
                kept = partial(_keep_boxes, slot, table, _dtype(table.dtype), whole, padding_idx)
                return Fill(kept, may_refuse=True)
            array = _array(slot)
            # What is made first and copied then has its memory only meanwhile.
            made = None if isinstance(array, DeviceArray) else array
            return Fill(partial(_fill_whole, slot, made, whole, padding_idx), may_refuse=True)
        if table is not None:
            weight = _weight(scheme, slot, seed, padding_idx, like=table)
            return Fill(partial(_fill_boxes, table, weight, threads), may_refuse=False)
        if (constant := constant_of(scheme)) is not None and slot.tensor.dtype not in DTYPES:
            if options := options_of(scheme):
                raise TypeError(f"a constant takes no options, got {options}")
            number = _exactly(constant, slot)
            return Fill(partial(_fill_other, slot, number, padding_idx), may_refuse=False)
        if is_dtensor(slot.tensor):
            weight = _weight(scheme, slot, seed, padding_idx)
            return Fill(
                partial(init_dtensor_, slot.tensor, weight, threads=threads), may_refuse=False
            )
        array = _array(slot)
        weight = _weight(scheme, slot, seed, padding_idx)
        if padding_idx is None and "activation" not in options_of(scheme):  # it warns each time
            self._small.remember(scheme, slot.tensor, weight._common.law)  # noqa: SLF001
        fill = partial(weight.fill, threads=threads)
        return Fill(partial(_fill_whole, slot, array, fill, None), may_refuse=False)


def naming(slot: Slot) -> AbstractContextManager[None]:
    """Add the name of the parameter or buffer to errors that are raised inside the context."""
    kind = "parameter" if isinstance(slot.tensor, torch.nn.Parameter) else "buffer"
    return patterns.naming(kind, slot.name)


def _fill_whole(
    slot: Slot,
    array: Any,
    fill: Callable[[Any], object],
    padding_idx: int | None,
) -> None:
    """Fill a whole tensor: in its own memory, given as an array, or by a copy of new memory.

    The memory may be that of a device if `fill` is that of a weight.
    """
    tensor = slot.tensor
    if not tensor.numel():
        return
    try:
        with naming(slot):
            made = np.empty(tensor.shape, _dtype(tensor.dtype)) if array is None else array
            fill(made)
        if padding_idx is not None:
            made[padding_idx] = 0
        if array is None:
            _keep(tensor, _as_tensor(made, tensor.dtype))
    finally:
        written(tensor)


def _keep(tensor: torch.Tensor, whole: torch.Tensor) -> None:
    """Copy the values of a tensor; for a DTensor, those of the shard of this rank."""
    if is_dtensor(tensor):
        keep_shard_(tensor, whole)
    else:
        tensor.detach().copy_(whole)


def _as_tensor(array: NDArray[Any], dtype: torch.dtype) -> torch.Tensor:
    """Return a tensor over an array, by its bytes: PyTorch takes no dtype of ml_dtypes."""
    return torch.from_numpy(array.view(np.uint8)).view(dtype)


def _fill_boxes(table: InBoxes, weight: Weight, threads: int) -> None:
    """Fill the boxes of a tensor that this rank has."""
    for box in table.boxes:
        init_shard_(box.tensor, weight, box.offsets, threads=threads)


def _keep_boxes(
    slot: Slot,
    table: InBoxes,
    dtype: np.dtype[Any],
    fill: Callable[[Any], object],
    padding_idx: int | None,
) -> None:
    """Make the whole of a tensor that is kept in boxes, and copy the boxes of this rank."""
    array = np.empty(table.shape, dtype)
    with naming(slot):
        fill(array)
    if padding_idx is not None:
        array[padding_idx] = 0
    whole = _as_tensor(array, table.dtype)
    for box in table.boxes:
        place = tuple(
            slice(start, start + length)
            for start, length in zip(box.offsets, box.tensor.shape, strict=True)
        )
        box.tensor.detach().copy_(whole[place])


def _fill_other(slot: Slot, value: float, padding_idx: int | None) -> None:
    """Fill a tensor of integers, bools or another dtype that fastinit does not fill."""
    tensor = slot.tensor
    with torch.no_grad():
        if padding_idx is None:
            tensor.fill_(value)
            return
        whole = torch.full(tensor.shape, value, dtype=tensor.dtype, device="cpu")
        whole[padding_idx] = 0
        _keep(tensor, whole)


def _array(slot: Slot) -> NDArray[Any] | DeviceArray | None:
    """Return the memory of a tensor with its dtype; for a DTensor, None."""
    tensor = slot.tensor
    dtype = _dtype(tensor.dtype)
    if is_dtensor(tensor):
        return None
    if not is_plain(tensor, caught=True):
        raise cannot_fill(slot)
    if tensor.numel() == 0 and not tensor.is_meta:
        return np.empty(tensor.shape, dtype)
    if (on_device := device_memory(tensor)) is not None:
        return on_device
    array = raw_memory(tensor)
    if array is None:
        raise cannot_fill(slot)
    return array.view(dtype)


def _dtype(dtype: torch.dtype) -> np.dtype[Any]:
    """Return the NumPy dtype of a tensor, or raise an error if fastinit does not fill it."""
    if dtype not in DTYPES:
        raise TypeError(
            f"the dtype must be one of {', '.join(map(str, DTYPES))}, got {dtype}; another "
            "one takes a number, such as 0, or None to keep its values"
        )
    return numpy_dtype(dtype)


def _exactly(value: float, slot: Slot) -> float:
    """Return a value, or raise an error if the dtype of a tensor cannot hold it exactly."""
    tensor = slot.tensor
    if tensor.is_meta or not (
        type(tensor) in (torch.Tensor, torch.nn.Parameter) or is_dtensor(tensor)
    ):
        raise cannot_fill(slot)
    try:
        held = torch.full((), value, dtype=tensor.dtype, device="cpu").item()
    except (RuntimeError, OverflowError) as error:  # out of its range, or a dtype without fills
        raise ValueError(f"{tensor.dtype} cannot hold {value}: {error}") from error
    both_nan = held != held and value != value  # noqa: PLR0124
    if held != value and not both_nan:
        raise ValueError(f"{tensor.dtype} cannot hold {value}")
    return value


def _weight(
    scheme: Scheme,
    slot: Slot,
    seed: int,
    padding_idx: int | None,
    like: torch.Tensor | InBoxes | None = None,
) -> Weight:
    """Return the formula of a parameter, with the shape and dtype of the tensor or of `like`."""
    tensor = slot.tensor if like is None else like
    kind = of_weight(scheme)
    try:
        return Weight(
            tuple(tensor.shape),
            kind,
            seed=seed,
            name=slot.name,
            dtype=_dtype(tensor.dtype),
            padding_idx=padding_idx,
            **options_of(scheme),
        )
    except ValueError as error:
        if isinstance(kind, str) and kind in SCHEMES and len(tensor.shape) < 2:  # noqa: PLR2004
            raise ValueError(
                f"{error}; give it a pattern of its own before this one, such as "
                "{'*bias': 'zeros'} or {'*norm*weight': 'ones'}"
            ) from error
        raise
