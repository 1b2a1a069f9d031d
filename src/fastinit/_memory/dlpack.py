"""A reader of DLPack: a tensor of any library becomes a NumPy array over the same memory.

NumPy's own `from_dlpack` supports neither bfloat16 nor float8. The structures follow dlpack.h,
versions 0.2 (the capsule "dltensor") and 1.x ("dltensor_versioned"). Source:
https://dmlc.github.io/dlpack/latest/.

Guarantees: there is no copy. Only host memory is accepted. If the exporter forbids writing, the
array is read-only. It is also read-only if the exporter cannot say so (before version 1.0).

Ownership: the array holds the capsule and never consumes it. When the last view of the array is
freed, the capsule is freed too, and its own destructor calls the deleter of the exporter, once.

Requires: the exporter follows the rules of DLPack.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numpy as np

from .dtypes import FORMATS, dtype_of_name
from .torch_tensors import is_plain, is_tensor, why_not_fillable

UNVERSIONED, VERSIONED = b"dltensor", b"dltensor_versioned"
MAJOR_VERSION = 1

READ_ONLY_FLAG = 1
COPIED_FLAG = 2

#: Devices whose memory the CPU can read and write: CPU, pinned for CUDA, pinned for ROCm.
HOST_DEVICES = (1, 3, 11)
#: Memory of an NVIDIA GPU, and memory that moves between it and the CPU.
CUDA_DEVICES = (2, 13)
DEVICE_NAMES = {2: "CUDA", 4: "OpenCL", 7: "Vulkan", 8: "Metal", 10: "ROCm", 13: "CUDA (managed)",
                14: "oneAPI", 15: "WebGPU"}  # fmt: skip

COMPLEX = 5

#: Dtypes by (type code, bits). The error message names all others by these two numbers.
DTYPES = {each.dlpack: each.name for each in FORMATS.values()} | {
    (code, bits): f"{kind}{bits}"
    for code, kind in enumerate(("int", "uint"))
    for bits in (8, 16, 32, 64)
}  # fmt: skip

#: The distance of neighbours along each axis, in bytes; None means C order.
Strides = tuple[int, ...] | None


class Device(ctypes.Structure):
    """DLDevice: the device that holds the memory."""

    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class DataType(ctypes.Structure):
    """DLDataType: the format of an element. More than one lane means a vector of such numbers."""

    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Tensor(ctypes.Structure):
    """DLTensor: memory and its layout. Strides count elements; NULL means C order."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", Device),
        ("ndim", ctypes.c_int32),
        ("dtype", DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class ManagedTensor(ctypes.Structure):
    """DLManagedTensor: the structure in the capsule "dltensor"."""

    _fields_ = [
        ("tensor", Tensor),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
    ]


class VersionedTensor(ctypes.Structure):
    """DLManagedTensorVersioned: the structure in the capsule "dltensor_versioned"."""

    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    ]


# Separate function objects, because those of ctypes.pythonapi are shared by the whole process.
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_IsValid", ctypes.pythonapi)
)
_pointer_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


class _Borrowed:
    """An object from which NumPy makes an array. It keeps the capsule while a view exists."""

    __slots__ = ("__array_interface__", "capsule")

    def __init__(self, capsule: object, interface: dict[str, Any]) -> None:
        self.capsule = capsule
        self.__array_interface__ = interface


def _ask(out: Any, method: str, **arguments: Any) -> Any:
    """Call a method of an exporter. If it refuses, raise a ValueError with the reason."""
    try:
        return getattr(out, method)(**arguments)
    except (BufferError, RuntimeError, ValueError) as error:
        raise _refusal(out, str(error)) from error


def _refusal(out: Any, reason: str) -> ValueError:
    """Return the error for memory that cannot be used; for PyTorch tensors it gives the reason."""
    kind = why_not_fillable(out) if is_tensor(out) else None
    return ValueError(f"out cannot be filled in place: {f'it is {kind}' if kind else reason}")


def _check_device(out: Any) -> None:
    kind, number = _ask(out, "__dlpack_device__")
    if kind not in HOST_DEVICES:
        name = DEVICE_NAMES.get(int(kind), f"DLPack's device type {int(kind)}")
        raise ValueError(
            f"out must be in CPU memory, got {name} memory (device {number}): fill an array in CPU "
            "memory and copy it to the device"
        )


def _export(out: Any) -> object:
    """Return the capsule of a tensor, in the newest version that both sides support."""
    try:
        return _ask(out, "__dlpack__", max_version=(MAJOR_VERSION, 0), copy=False)
    except TypeError:  # an old exporter, without these arguments
        return _ask(out, "__dlpack__")


def _open(capsule: object) -> tuple[Tensor, int]:
    """Return the tensor of a capsule and its flags."""
    if _is_valid(capsule, VERSIONED):
        versioned = VersionedTensor.from_address(_pointer_of(capsule, VERSIONED))
        if versioned.major != MAJOR_VERSION:
            raise ValueError(
                f"out must use DLPack {MAJOR_VERSION}.x or older, "
                f"got version {versioned.major}.{versioned.minor}"
            )
        return versioned.tensor, versioned.flags
    if _is_valid(capsule, UNVERSIONED):
        return ManagedTensor.from_address(_pointer_of(capsule, UNVERSIONED)).tensor, READ_ONLY_FLAG
    raise ValueError(f"out.__dlpack__() must return a DLPack capsule, got {capsule!r}")


def _dtype_of(kind: DataType) -> np.dtype[Any]:
    name = DTYPES.get((kind.code, kind.bits)) if kind.lanes == 1 else None
    if name is None:
        advice = ": fill its real and imaginary parts" if kind.code == COMPLEX else ""
        raise TypeError(
            "the dtype of out must be a floating-point one, got DLPack type code "
            f"{kind.code} with {kind.bits} bits and {kind.lanes} lanes{advice}"
        )
    return dtype_of_name(name)


def _layout_of(tensor: Tensor, dtype: np.dtype[Any]) -> tuple[tuple[int, ...], Strides]:
    """Return the shape of a tensor and its strides in bytes."""
    shape = tuple(tensor.shape[: tensor.ndim]) if tensor.ndim else ()
    if not (tensor.ndim and tensor.strides):
        return shape, None
    return shape, tuple(step * dtype.itemsize for step in tensor.strides[: tensor.ndim])


class DeviceMemory(NamedTuple):
    """Memory of an NVIDIA GPU, and the capsule that keeps it."""

    address: int
    shape: tuple[int, ...]
    strides: Strides
    dtype: np.dtype[Any]
    capsule: object


def device_memory_of(out: Any) -> DeviceMemory | None:
    """Return the memory of a tensor on an NVIDIA GPU, or None if the tensor is elsewhere."""
    kind, _ = _ask(out, "__dlpack_device__")
    if kind not in CUDA_DEVICES:
        return None
    capsule = _export(out)
    tensor, flags = _open(capsule)
    if flags & (COPIED_FLAG | READ_ONLY_FLAG):
        raise ValueError("out is read-only, or its library can only export a copy of it")
    dtype = _dtype_of(tensor.dtype)
    shape, strides = _layout_of(tensor, dtype)
    return DeviceMemory((tensor.data or 0) + tensor.byte_offset, shape, strides, dtype, capsule)


def array_of(out: Any) -> np.ndarray[Any, Any]:
    """Return a NumPy array over the memory of a tensor that has ``__dlpack__``, or raise.

    Raises
    ------
    TypeError
        If NumPy has no such dtype.
    ValueError
        If the memory is not on the host, or the exporter refuses or can only give a copy.
    """
    # A capsule does not say these. PyTorch may also export capsules for subclasses without memory.
    if is_tensor(out) and (not is_plain(out) or _ask(out, "is_neg")) and why_not_fillable(out):
        raise _refusal(out, "")
    _check_device(out)
    capsule = _export(out)
    tensor, flags = _open(capsule)
    if flags & COPIED_FLAG:
        raise ValueError("out cannot be filled in place: its library can only export a copy of it")
    dtype = _dtype_of(tensor.dtype)
    shape, strides = _layout_of(tensor, dtype)
    if 0 in shape:
        return np.empty(shape, dtype)  # the address may be NULL
    if tensor.data is None:
        raise _refusal(out, f"a {type(out).__name__} that has no memory")
    raw = np.dtype((np.void, dtype.itemsize))
    interface = {
        "version": 3,
        "shape": shape,
        "typestr": raw.str,
        "data": (tensor.data + tensor.byte_offset, bool(flags & READ_ONLY_FLAG)),
        "strides": strides,
    }
    return np.asarray(_Borrowed(capsule, interface)).view(dtype)
