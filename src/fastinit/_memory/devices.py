"""Memory of GPUs and other devices, described as an array: from any library to a layout.

Memory of an NVIDIA GPU has an address, at which a kernel can write. What a PyTorch tensor has on
any other device is reached by the copies of PyTorch only.

Guarantees: nothing is copied, read, written or waited for. `DeviceArray` has the attributes of
`numpy.ndarray` that describe memory, and none that reads it.

Requires: a library tells the truth about its memory. PyTorch and other libraries are never imported
here: a caller that has their objects has imported them.

Sources: the CUDA Array Interface, version 3
(https://numba.readthedocs.io/en/stable/cuda/cuda_array_interface.html), and DLPack.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import IMMUTABLE, check_dtype, overlaps_itself, writable_array
from .dtypes import dtype_of_name
from .torch_tensors import is_tensor, view_of, why_not_fillable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


#: Libraries whose arrays never change, although they export their memory.
OF_IMMUTABLE = frozenset([*IMMUTABLE, "tensorflow"])

#: Row numbers of these types are in the memory of the CPU.
OF_CPU = (list, tuple, int, np.ndarray)

#: The devices of PyTorch that have no memory of their own.
_CPU_OR_NONE = ("cpu", "meta")

#: Where the storage of a tensor begins whose memory has no address for us.
_SOMEWHERE = 1 << 32


class _Description:
    """Memory as NumPy takes it. NumPy does not touch the address."""

    __slots__ = ("__array_interface__",)

    def __init__(self, interface: dict[str, Any]) -> None:
        self.__array_interface__ = interface


class DeviceArray:
    """An array in the memory of a GPU or of another device.

    Parameters
    ----------
    layout : numpy.ndarray
        An array object with the address on the device. Only its description may be used: reading an
        element would end the process.
    stream : int or None
        The handle of the CUDA stream that the caller is on; 0 is the default one. None if the
        device has no kernels. The address then has no meaning of its own.
    owner : object
        What keeps the memory.
    start : int, optional
        The address at which the first element of `owner` lies, if `owner` is a PyTorch tensor.
    """

    __slots__ = ("layout", "owner", "start", "stream")

    def __init__(
        self, layout: NDArray[Any], stream: int | None, owner: object, start: int | None = None
    ) -> None:
        self.layout = layout
        self.stream = stream
        self.owner = owner
        self.start = start

    @classmethod
    def of_memory(
        cls,
        address: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...] | None,
        dtype: np.dtype[Any],
        stream: int | None,
        owner: object,
    ) -> DeviceArray:
        """Return an array over memory; `strides` count bytes, and None stands for C order."""
        raw = np.dtype((np.void, dtype.itemsize))  # the interface has no word for bfloat16
        if 0 in shape:
            layout = np.empty(shape, dtype)  # the address may be 0
        else:
            interface = {
                "version": 3,
                "shape": shape,
                "typestr": raw.str,
                "data": (address, False),
                "strides": strides,
            }
            layout = np.asarray(_Description(interface)).view(dtype)
        return cls(layout, stream, owner, address if is_tensor(owner) else None)

    @property
    def address(self) -> int:
        """Where the first element lies."""
        return int(self.layout.__array_interface__["data"][0])

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.layout.shape

    @property
    def strides(self) -> tuple[int, ...]:
        """The distance of neighbours along each axis, in bytes."""
        return self.layout.strides

    @property
    def dtype(self) -> np.dtype[Any]:
        """The format of an element."""
        return self.layout.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.layout.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.layout.size

    @property
    def itemsize(self) -> int:
        """The bytes of an element."""
        return self.layout.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self.layout.nbytes

    @property
    def flags(self) -> Any:
        """Whether the memory is contiguous, as in NumPy."""
        return self.layout.flags

    def __len__(self) -> int:
        return len(self.layout)

    def __getitem__(self, index: Any) -> DeviceArray:
        """Return a view; an index that would read the memory raises."""
        entries = index if isinstance(index, tuple) else (index,)
        if not all(isinstance(each, (int, slice, type(...))) for each in entries):
            raise TypeError(f"expected integers and slices, got {index!r}")
        # With an ellipsis, NumPy never reads an element.
        return self._with(self.layout[entries if ... in entries else (*entries, ...)])

    def __iter__(self) -> Iterator[DeviceArray]:
        return (self[place] for place in range(len(self)))

    def reshape(self, shape: tuple[int, ...]) -> DeviceArray:
        """Return a view of C-contiguous memory with another shape."""
        if not self.layout.flags.c_contiguous:
            raise ValueError("only contiguous memory can have another shape without a copy")
        return self._with(self.layout.reshape(shape))

    def expand_dims(self, axes: tuple[int, ...]) -> DeviceArray:
        """Return a view with new axes of length 1."""
        return self._with(np.expand_dims(self.layout, axes))

    def _with(self, layout: NDArray[Any]) -> DeviceArray:
        return DeviceArray(layout, self.stream, self.owner, self.start)

    def tensor(self) -> Any:
        """Return this array as a PyTorch tensor over the same memory; `owner` must be a tensor."""
        if self.start is None:
            raise TypeError(f"expected the memory of a PyTorch tensor, got {self.owner!r}")
        steps = [step // self.itemsize for step in self.strides]
        place = (self.address - self.start) // self.itemsize if self.size else 0
        return view_of(self.owner, self.shape, steps, place)

    def overlaps_itself(self) -> bool:
        """Say whether two elements share memory."""
        contiguous = self.layout.flags.c_contiguous
        return not contiguous and self.size > 0 and overlaps_itself(self.layout)


def _of_tensor(tensor: Any) -> DeviceArray | None:
    if tensor.device.type in _CPU_OR_NONE:
        return None
    if kind := why_not_fillable(tensor):
        raise ValueError(f"out cannot be filled in place: it is {kind}")
    torch = sys.modules["torch"]
    if tensor.device.type == "cuda" and torch.version.hip is None:
        return _of_checked_tensor(tensor, torch.cuda.current_stream(tensor.device).cuda_stream)
    return _of_checked_tensor(tensor, None)


def _of_checked_tensor(tensor: Any, stream: int | None) -> DeviceArray:
    itemsize = tensor.element_size()
    name = str(tensor.dtype).removeprefix("torch.")
    try:
        dtype = dtype_of_name(name)
    except TypeError:
        raise TypeError(
            f"the dtype of out must be a floating-point one of NumPy or ml_dtypes, got {name}"
        ) from None
    return DeviceArray.of_memory(
        tensor.data_ptr()
        if stream is not None
        else _SOMEWHERE + tensor.storage_offset() * itemsize,
        tuple(tensor.shape),
        tuple(step * itemsize for step in tensor.stride()),
        dtype,
        stream,
        tensor,
    )


def _of_interface(out: Any, interface: dict[str, Any]) -> DeviceArray:
    try:
        address, read_only = interface["data"]
        shape, typestr = tuple(interface["shape"]), interface["typestr"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"out has a __cuda_array_interface__ ({type(out).__name__}) without what version 3 of "
            f"it requires, data=(address, read_only), shape and typestr: {error!r}"
        ) from error
    if read_only:
        raise ValueError("out is read-only: give a writable array, or a copy of it")
    if interface.get("mask") is not None:
        raise ValueError("out must not have masked elements: fill an array without a mask")
    dtype = getattr(out, "dtype", None)  # the interface has no word for bfloat16
    try:
        return DeviceArray.of_memory(
            address,
            shape,
            interface.get("strides"),
            dtype if isinstance(dtype, np.dtype) else np.dtype(typestr),
            interface.get("stream") or 0,
            out,
        )
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"out has a __cuda_array_interface__ ({type(out).__name__}) that NumPy cannot read: "
            f"{error}"
        ) from error


def _check_alignment(array: DeviceArray, name: str) -> None:
    """Raise unless a kernel can access each element: a GPU stops at other addresses."""
    if array.stream is None or array.size == 0:
        return
    steps = [step for step, length in zip(array.strides, array.shape, strict=True) if length > 1]
    if any(each % array.itemsize for each in (array.address, *steps)):
        raise ValueError(
            f"{name} on a GPU must be aligned to the {array.itemsize} bytes of {array.dtype.name}, "
            f"got the address 0x{array.address:x} and strides {array.strides}: give an aligned copy"
        )


def device_array(out: Any) -> DeviceArray | None:
    """Return an array over the memory of a device, or None if `out` is not in such memory.

    Raises
    ------
    TypeError, ValueError
        If the memory cannot be written in place.
    """
    if isinstance(out, DeviceArray):
        return out
    if is_tensor(out):
        return _of_tensor(out)
    library = type(out).__module__.partition(".")[0]
    if isinstance(out, (np.ndarray, type)) or library in OF_IMMUTABLE:
        return None  # `writable_array` has the errors
    interface = getattr(out, "__cuda_array_interface__", None)
    if interface is not None:
        return _of_interface(out, interface)
    if hasattr(out, "__dlpack_device__"):
        from .dlpack import device_memory_of  # noqa: PLC0415 - imports ctypes

        if (found := device_memory_of(out)) is not None:
            # DLPack does not say which stream the caller is on: 0 is the default one.
            return DeviceArray.of_memory(*found[:4], 0, found.capsule)
    return None


def row_numbers_on_gpu(ids: Any) -> DeviceArray | None:
    """Return row numbers in the memory of an NVIDIA GPU, or None if they are elsewhere.

    Raises
    ------
    TypeError, ValueError
        If they are not int64, or not contiguous: a kernel reads them as they lie.
    """
    if isinstance(ids, OF_CPU):
        return None
    found = device_array(ids)
    if found is None or found.stream is None:
        return None
    if found.dtype != np.int64:
        raise TypeError(
            f"row numbers on a GPU must be int64, got {found.dtype.name}: convert them there"
        )
    if not found.flags.c_contiguous:
        raise ValueError("row numbers on a GPU must be contiguous: make a contiguous copy there")
    _check_alignment(found, "row numbers")
    return found


def row_numbers_on_cpu(ids: Any) -> Any:
    """Return row numbers that NumPy can read: a copy, if they are a tensor on another device."""
    if is_tensor(ids) and ids.device.type not in _CPU_OR_NONE:
        return ids.detach().cpu()
    return ids


def writable_memory(out: Any, expected: tuple[str, ...]) -> NDArray[Any] | DeviceArray:
    """Return an array over memory of the CPU or of a device that can be filled, or raise.

    The parameters and errors are those of `arrays.writable_array`.
    """
    found = None if type(out) is np.ndarray else device_array(out)
    if found is None:
        return writable_array(out, expected)
    check_dtype(found.dtype, expected, "the dtype of out")
    if found.overlaps_itself():
        raise ValueError(
            "out must not have elements that share memory, as arrays made by broadcasting have, "
            f"got shape {found.shape} with strides {found.strides}: give a copy of it"
        )
    _check_alignment(found, "out")
    return found
