"""Whole weights on a device: made on the CPU, then copied.

A scheme that needs the whole weight, such as ``orthogonal``, has no kernel for a GPU. Guarantees:
the bits are those of the CPU. Everything is checked before a byte is written.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from fastinit._engine import engine
from fastinit._memory.arrays import empty
from fastinit._memory.devices import device_array, writable_memory
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._memory.torch_tensors import mark_written

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., Any])


def also_on_devices(fill: Function) -> Function:
    """Let a function that fills arrays on the CPU fill PyTorch tensors on a device, too.

    Memory of other libraries has the errors that the function has for it.
    """

    @wraps(fill)
    def fill_anywhere(out: Any, *arguments: Any, **options: Any) -> Any:
        target = None if type(out) is np.ndarray else device_array(out)
        if target is None or target.start is None:
            return fill(out, *arguments, **options)
        writable_memory(out, FLOAT_DTYPES)  # raises
        made = empty(target.shape, target.dtype)
        fill(made, *arguments, **options)
        mark_written(out)
        engine.copy(made, target)
        return out

    return fill_anywhere  # type: ignore[return-value]
