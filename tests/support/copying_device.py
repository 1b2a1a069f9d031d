"""A device of PyTorch to which it can only copy, for tests of devices without kernels.

It is PyTorch's device for extensions, PrivateUse1, with kernels in Python for allocation, views and
copies, and no others. Its memory is that of the CPU, but neither PyTorch nor fastinit knows that.
"""

from __future__ import annotations

import ctypes
import sys
import types
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from torch.utils._pytree import tree_map
from torch.utils.backend_registration import _DummyDeviceGuard

from fastinit._memory import dlpack

#: PyTorch's own name. Another one would make it the accelerator of the process, for other tests too.
NAME = "privateuseone"
_EXTENSION = 12  # the device type of DLPack that PyTorch takes for PrivateUse1

#: The DLPack type code, and an integer of the same size, for each dtype that NumPy lacks.
_CODES = {
    torch.bfloat16: (4, np.uint16),
    torch.float8_e4m3fn: (10, np.uint8),
    torch.float8_e5m2: (12, np.uint8),
}

# PyTorch asks for the current device in each operator.
_guard = _DummyDeviceGuard()
torch._C._acc.register_python_privateuseone_device_guard(_guard)  # noqa: SLF001


def _numpy_dtype(dtype):
    if dtype in _CODES:
        return np.dtype(_CODES[dtype][1])
    return np.dtype(str(dtype).removeprefix("torch."))


def _over(values, dtype):
    """Return a tensor on the device over the memory of an array."""
    capsule = values.__dlpack__(max_version=(1, 0))
    described = dlpack._open(capsule)[0]  # noqa: SLF001
    described.device.type, described.device.id = _EXTENSION, 0
    if dtype in _CODES:
        described.dtype.code = _CODES[dtype][0]
    elif dtype == torch.bool:
        described.dtype.code = 6
    return torch.utils.dlpack.from_dlpack(capsule)


def _array(tensor, shape=None, steps=None, offset=None):
    """Return an array over the memory of a tensor on the device, or over other elements of it."""
    shape = tensor.shape if shape is None else shape
    steps = tensor.stride() if steps is None else steps
    offset = tensor.storage_offset() if offset is None else offset
    storage, dtype = tensor.untyped_storage(), _numpy_dtype(tensor.dtype)
    count = storage.nbytes() // dtype.itemsize
    if not count:
        return np.zeros(tuple(shape), dtype)
    memory = (ctypes.c_char * storage.nbytes()).from_address(storage.data_ptr())
    memory.storage = storage
    flat = np.frombuffer(memory, dtype, count)[offset:]
    return np.lib.stride_tricks.as_strided(
        flat, tuple(shape), tuple(step * dtype.itemsize for step in steps)
    )


def values_of(tensor):
    """Return the values of a tensor on the device as a tensor on the CPU."""
    array = np.array(_array(tensor.detach()))
    return torch.from_numpy(array).view(tensor.dtype)


def _copy_from(log, source, target, non_blocking=False):  # noqa: FBT002
    if log.error is not None:
        raise log.error
    log.before_copy()
    if target.device.type == "cpu":
        target.copy_(values_of(source))
        return target
    assert source.shape == target.shape
    given = source if source.device.type == "cpu" else values_of(source)
    raw = given.contiguous().to(target.dtype).reshape(-1).view(torch.uint8).numpy()
    values = raw.view(_numpy_dtype(target.dtype)).reshape(tuple(target.shape))
    _array(target)[...] = values
    log.copies.append(values.nbytes)
    return target


def _empty_strided(size, stride, dtype=None, layout=None, device=None, pin_memory=None):
    dtype = dtype or torch.get_default_dtype()
    count = 0 if 0 in size else 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    memory = np.full(count * dtype.itemsize, 0xA5, np.uint8).view(_numpy_dtype(dtype))
    strides = tuple(step * dtype.itemsize for step in stride)
    return _over(np.lib.stride_tricks.as_strided(memory, tuple(size), strides), dtype)


def _empty(size, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None):
    strides, step = [], 1
    for length in reversed(size):
        strides.insert(0, step)
        step *= max(1, length)
    return _empty_strided(size, strides, dtype)


def _as_strided(tensor, size, stride, storage_offset=None):
    further = 0 if storage_offset is None else storage_offset - tensor.storage_offset()
    # The function makes inference tensors in inference mode only; a view is one if the tensor is.
    with torch.inference_mode(mode=tensor.is_inference()):
        return torch._C._dynamo.guards._reinterpret_tensor(tensor, size, stride, further)  # noqa: SLF001


def _view(tensor, size):
    if not tensor.is_contiguous():
        raise NotImplementedError("a view of other memory than contiguous")
    size = torch.empty(tensor.shape, device="meta").view(size).shape
    return _as_strided(tensor, size, torch.empty(size, device="meta").stride())


class Log:
    """What was copied to the device: the bytes of each copy. What happens before, or in its place."""

    def __init__(self):
        self.copies = []
        self.error = None
        self.before_copy = lambda: None


def _on_cpu(tensor):
    """Return a tensor on the CPU over the memory of one on the device."""
    array = _array(tensor)
    if not array.size:
        return torch.empty(tuple(tensor.shape), dtype=tensor.dtype)
    return torch.from_numpy(array).view(tensor.dtype)


def _by_cpu(operator, *arguments, **options):
    """Run an operator for which the device has no kernel on the CPU, over the same memory."""
    places = {}

    def to_cpu(each):
        if not isinstance(each, torch.Tensor):
            return torch.device("cpu") if isinstance(each, torch.device) else each
        if each.device.type != NAME:
            assert each.ndim == 0, f"{operator} of tensors on two devices"
            return each
        made = _on_cpu(each)
        places[id(made)] = made, each
        return made

    def to_device(each):
        if not isinstance(each, torch.Tensor):
            return each
        return places[id(each)][1] if id(each) in places else each.to(NAME)

    given, named = tree_map(to_cpu, (arguments, options))
    return tree_map(to_device, operator(*given, **named))


@contextmanager
def copying_device(*, with_operators=False):
    """Make the device; yield the log of its copies. It may have all operators of PyTorch."""
    module = types.ModuleType(f"torch.{NAME}")
    module._is_in_bad_fork = lambda: False  # noqa: SLF001 - `torch.manual_seed` asks for both
    module.manual_seed_all = lambda seed: None
    torch._register_device_module(NAME, module)  # noqa: SLF001
    library = torch.library.Library("aten", "IMPL")
    log = Log()
    for operator, kernel in {
        "empty.memory_format": _empty,
        "empty_strided": _empty_strided,
        "as_strided": _as_strided,
        "view": _view,
        "_copy_from": partial(_copy_from, log),
    }.items():
        library.impl(operator, kernel, "PrivateUse1")
    fallback = torch.library.Library("_", "IMPL")
    if with_operators:
        fallback.fallback(_by_cpu, "PrivateUse1")
    yield log
    fallback._destroy()  # noqa: SLF001
    library._destroy()  # noqa: SLF001
    delattr(torch, NAME)
    del sys.modules[module.__name__]
