"""The values of a whole weight, checked but not computed yet, for the adapters of the frameworks.

Guarantees: everything that can be wrong has raised when one of these objects exists. So it can be
filled where an error would come too late, such as in the callback of a compiled program. A part has
the same bits as that part of the whole. Requires: the dtype was checked, and an array to fill has
the shape and dtype of the weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastinit._engine import engine
from fastinit._engine.regions import box_of
from fastinit._memory.arrays import empty

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from fastinit._engine.kernel_arguments import Law

    from .distributions import Distribution


@dataclass(frozen=True, slots=True)
class DrawnValues:
    """Independent values of one distribution: any part can be made without the rest."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    law: Law

    def fill(self, array: NDArray[Any], seed: int, stream: int) -> None:
        """Write the whole weight."""
        engine.fill(array, self.law, seed, stream, 0, None)

    def part(self, index: Any, seed: int, stream: int) -> NDArray[Any]:
        """Return a part, given as an index of slices, as a new array."""
        box = box_of(index, self.shape)
        array = empty(box.shape, self.dtype)
        if box == box_of(..., self.shape):
            self.fill(array, seed, stream)
        else:
            engine.fill_box(array, self.law, seed, stream, box, None)
        return array


@dataclass(frozen=True, slots=True)
class StructuredValues:
    """Values that depend on each other: a part is copied from the whole."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    function: Callable[..., Any]

    def fill(self, array: NDArray[Any], seed: int, stream: int) -> None:
        """Write the whole weight."""
        self.function(array, seed=seed, stream=stream)

    def part(self, index: Any, seed: int, stream: int) -> NDArray[Any]:
        """Return a part, given as an index of slices, as a new array."""
        whole = empty(self.shape, self.dtype)
        self.fill(whole, seed, stream)
        part = empty(whole[index].shape, self.dtype)
        part[...] = whole[index]
        return part


Values = DrawnValues | StructuredValues


def drawn(shape: tuple[int, ...], dtype: np.dtype[Any], distribution: Distribution) -> DrawnValues:
    """Return the values of a distribution, or raise if the dtype cannot hold them."""
    return DrawnValues(shape, dtype, distribution.law(dtype))
