"""Which tensors are ours to fill, and their memory as NumPy arrays, never over a copy.

Promises: what is returned can be written, and no two of its elements share memory; the tensor is
as before, also to PyTorch (``tensor.numpy()`` would forbid its storage to be resized ever after).
Takes for granted: that the caller tells autograd of what it has written, by `written`.
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

from .active import thread

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.distributed.tensor import DTensor

#: The dtypes that are filled, by the names that fastinit and NumPy know.
DTYPES: dict[torch.dtype, str] = {
    torch.float32: "float32",
    torch.float64: "float64",
    torch.bfloat16: "bfloat16",
    torch.float16: "float16",
    torch.float8_e4m3fn: "float8_e4m3fn",
    torch.float8_e5m2: "float8_e5m2",
}

#: NumPy lacks some of them: the kernels are shown integers of their size.
_RAW_DTYPES = {dtype: np.dtype(f"u{dtype.itemsize}") for dtype in DTYPES}

#: Any memory from some address on: the shape and strides of an array say how much of it is meant.
_memory_at = (ctypes.c_char * sys.maxsize).from_address

#: Subclasses may mean anything by a fill: DTensor, FakeTensor and users' own are PyTorch's.
_PLAIN_TYPES = frozenset({torch.Tensor, torch.nn.Parameter})

# Private, but older than what we ask for and cheap: a call of `init` has a microsecond to spare.
_is_tracing = torch._C._is_tracing  # noqa: SLF001
_dispatch_modes = torch._C._len_torch_dispatch_stack  # noqa: SLF001
_functorch_level = torch._C._functorch.maybe_current_level  # noqa: SLF001
_function_modes = torch.overrides._get_current_function_mode_stack  # noqa: SLF001
_forward_ad: Any = torch.autograd.forward_ad


def numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    """Return NumPy's or ml_dtypes' dtype of a tensor's dtype that is filled."""
    return as_dtype(DTYPES[dtype], (DTYPES[dtype],))


def _has_function_modes() -> bool:
    """Say whether Python code wants to see functions; a default device changes no fill."""
    # On demand, where it is loaded: `torch.utils._device` is no public module.
    from torch.utils._device import DeviceContext  # noqa: PLC0415

    return not all(isinstance(mode, DeviceContext) for mode in _function_modes())


def ends_in_default_device() -> bool:
    """Say whether the mode that sees functions first is that of a default device."""
    from torch.utils._device import DeviceContext  # noqa: PLC0415

    modes = _function_modes()
    return bool(modes) and isinstance(modes[-1], DeviceContext)


def is_plain(tensor: torch.Tensor, *, caught: bool = False) -> bool:
    """Say whether a fill of a tensor is nothing but a fill of it.

    It is not one of other types, which may mean anything by it, nor where a mode, a transform
    (vmap, grad), forward-mode differentiation, the compiler or the tracer must see the operation.

    Parameters
    ----------
    tensor : torch.Tensor
        Or anything else, which is not plain.
    caught : bool
        Whether the caller answers for modes and accelerations.
    """
    # The compiler first: it makes a constant of this, and does not read on.
    if torch.compiler.is_compiling() or type(tensor) not in _PLAIN_TYPES:
        return False
    if not caught and (
        thread.acceleration is not None  # which makes it where PyTorch's own function arrives
        or _dispatch_modes()
        or (has_torch_function_variadic(tensor) and _has_function_modes())
    ):
        return False
    if _forward_ad._current_level >= 0:  # noqa: SLF001 - a fill of a dual tensor ends its tangent
        return False
    return _functorch_level() is None and not _is_tracing()


def is_recorded(tensor: torch.Tensor) -> bool:
    """Say whether a fill of a tensor may be recorded, or stand for a fill of something else.

    Other modes only look on, and a fill reaches the memory of the tensor all the same, or that of a
    DTensor's shard.
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
    """Say whether a tensor is a DTensor: there is none before its module is imported, by others."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def raw_memory(tensor: torch.Tensor) -> NDArray[Any] | None:
    """Return the memory of a plain tensor that is ours to fill; None if it is PyTorch's.

    As unsigned integers of the elements' size, of the tensor's shape and strides.
    """
    raw_dtype = _RAW_DTYPES.get(tensor.dtype)
    if raw_dtype is None or not tensor.is_cpu or tensor.layout is not torch.strided:
        return None
    if tensor.is_neg() or (tensor.is_inference() and not torch.is_inference_mode_enabled()):
        return None  # negated lazily; PyTorch refuses to write inference tensors elsewhere
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
    memory.tensor = tensor  # which lives as long as the array
    array: NDArray[Any] = np.ndarray(shape, raw_dtype, memory, 0, strides)
    return array if array.flags.c_contiguous or not overlaps_itself(array) else None


def written(tensor: torch.Tensor) -> None:
    """Tell autograd that a tensor was written: a graph that had saved it may no longer run."""
    if not tensor.is_inference():  # those have no versions
        torch.autograd.graph.increment_version(tensor)
