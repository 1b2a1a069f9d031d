"""Which tensors fastinit can fill, and their memory as arrays, never a copy.

Promises: the returned array can be written, and no two of its elements share memory. The tensor
does not change, for PyTorch too. (``tensor.numpy()`` would make its storage impossible to resize.)
Assumes: the caller calls `written` after it has written, to inform autograd.
"""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import torch
from torch.overrides import has_torch_function_variadic
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

from fastinit._memory.arrays import as_dtype, overlaps_itself
from fastinit._memory.devices import DeviceArray, device_array
from fastinit._memory.dtypes import FLOAT_DTYPES

from .common_fills import thread

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.distributed.tensor import DTensor

#: The dtypes that fastinit fills, with their names in fastinit and NumPy.
DTYPES: dict[torch.dtype, str] = {
    getattr(torch, name): name for name in FLOAT_DTYPES if hasattr(torch, name)
}

#: NumPy lacks some of them, so arrays have unsigned integers of the same size.
_RAW_DTYPES = {dtype: np.dtype(f"u{dtype.itemsize}") for dtype in DTYPES}

#: Returns memory from an address on, of unlimited size. The shape and strides of an array limit it.
_memory_at = (ctypes.c_char * sys.maxsize).from_address

#: A subclass may redefine a fill, so PyTorch handles DTensor, FakeTensor and subclasses of users.
_PLAIN_TYPES = frozenset({torch.Tensor, torch.nn.Parameter})

# These are private, but exist in all PyTorch versions that fastinit supports. They are cheap, which
# matters because a call of `init` should take at most a microsecond longer.
_is_tracing = torch._C._is_tracing  # noqa: SLF001
_dispatch_modes = torch._C._len_torch_dispatch_stack  # noqa: SLF001
_functorch_level = torch._C._functorch.maybe_current_level  # noqa: SLF001
_function_modes = torch.overrides._get_current_function_mode_stack  # noqa: SLF001
_forward_ad: Any = torch.autograd.forward_ad


def numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    """Return the NumPy or ml_dtypes dtype of a tensor dtype that fastinit fills."""
    return as_dtype(DTYPES[dtype], (DTYPES[dtype],))


def _has_function_modes() -> bool:
    """Return whether a function mode other than a default device is active.

    A default device does not change a fill.
    """
    # Imported on demand, because `torch.utils._device` is not a public module.
    from torch.utils._device import DeviceContext  # noqa: PLC0415

    return not all(isinstance(mode, DeviceContext) for mode in _function_modes())


def ends_in_default_device() -> bool:
    """Return whether the innermost function mode is that of a default device."""
    from torch.utils._device import DeviceContext  # noqa: PLC0415

    modes = _function_modes()
    return bool(modes) and isinstance(modes[-1], DeviceContext)


def is_plain(tensor: torch.Tensor, *, caught: bool = False) -> bool:
    """Return whether a fill of a tensor only writes its memory.

    This is False for other types, which may redefine a fill. It is also False if a mode, a
    transform (vmap, grad), forward-mode differentiation, the compiler or the tracer must see the
    operation.

    Parameters
    ----------
    tensor : torch.Tensor
        The tensor. Any other object is not plain.
    caught : bool
        Whether the caller has handled modes and accelerations.
    """
    # Asks for the compiler first: it evaluates this to a constant and compiles nothing after it.
    if torch.compiler.is_compiling() or type(tensor) not in _PLAIN_TYPES:
        return False
    if not caught and (
        thread.acceleration is not None  # it makes the fill in the CPU kernel of PyTorch
        or _dispatch_modes()
        or (has_torch_function_variadic(tensor) and _has_function_modes())
    ):
        return False
    if _forward_ad._current_level >= 0:  # noqa: SLF001 - a fill of a dual tensor ends its tangent
        return False
    return _functorch_level() is None and not _is_tracing()


def is_recorded(tensor: torch.Tensor) -> bool:
    """Return whether a fill of a tensor may be recorded, or be a fill of another tensor.

    Other modes only observe the fill. It still writes the memory of the tensor, or of the shard of
    a DTensor.
    """
    return (
        torch.compiler.is_compiling()
        or _is_tracing()
        or _functorch_level() is not None
        or (
            type(tensor).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__
            and not is_dtensor(tensor)
        )
        or any(mode.is_infra_mode() for mode in _get_current_dispatch_mode_stack())
    )


def is_dtensor(tensor: torch.Tensor) -> TypeGuard[DTensor]:
    """Return whether a tensor is a DTensor, without importing the module of DTensor."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def raw_memory(tensor: torch.Tensor) -> NDArray[Any] | None:
    """Return the memory of a plain tensor; None if only PyTorch can fill it.

    The array has unsigned integers of the size of an element, and the shape and strides of the
    tensor.
    """
    raw_dtype = _RAW_DTYPES.get(tensor.dtype)
    if raw_dtype is None or not tensor.is_cpu or tensor.layout is not torch.strided:
        return None
    if tensor.is_neg() or (tensor.is_inference() and not torch.is_inference_mode_enabled()):
        return None  # lazily negated, or an inference tensor, which PyTorch refuses to write here
    try:
        shape, address = tensor.shape, tensor.data_ptr()
    except RuntimeError:  # nested, functional, ...
        return None
    if address == 0:  # its storage was freed
        return None
    strides = None
    if not tensor.is_contiguous():
        strides = tuple(step * raw_dtype.itemsize for step in tensor.stride())
    memory: Any = _memory_at(address)
    memory.tensor = tensor  # keeps the tensor alive as long as the array
    array: NDArray[Any] = np.ndarray(shape, raw_dtype, memory, 0, strides)
    return array if array.flags.c_contiguous or not overlaps_itself(array) else None


def device_memory(tensor: torch.Tensor) -> DeviceArray | None:
    """Return the memory of a plain tensor on a device; None if it is on the CPU, or PyTorch's only.

    The CPU fills it by kernels on the device or, without them, by copies.
    """
    if tensor.is_cpu or tensor.dtype not in DTYPES or tensor.layout is not torch.strided:
        return None
    if tensor.is_inference() and not torch.is_inference_mode_enabled():
        return None  # as `raw_memory`
    try:
        array = device_array(tensor.detach())
    except ValueError:  # it has no memory of its own, ...
        return None
    return None if array is None or array.overlaps_itself() else array


def written(tensor: torch.Tensor) -> None:
    """Increment the version of a tensor, so that autograd refuses graphs that saved old values."""
    if not tensor.is_inference():  # inference tensors have no version
        torch.autograd.graph.increment_version(tensor)
