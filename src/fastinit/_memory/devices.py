"""Memory of NVIDIA's GPUs, described as an array: from any library to an address and a layout.

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
from .torch_tensors import is_tensor, mark_written, why_not_fillable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


#: Libraries whose arrays never change, although they export their memory.
OF_IMMUTABLE = frozenset([*IMMUTABLE, "tensorflow"])


class _Description:
    """Memory as NumPy takes it. NumPy does not touch the address."""

    __slots__ = ("__array_interface__",)

    def __init__(self, interface: dict[str, Any]) -> None:
        self.__array_interface__ = interface


class DeviceArray:
    """An array in the memory of a GPU.

    Parameters
    ----------
    layout : numpy.ndarray
        An array object with the address on the GPU. Only its description may be used: reading an
        element would end the process.
    stream : int
        The handle of the CUDA stream that the caller is on; 0 is the default one.
    owner : object
        What keeps the memory.
    """

    __slots__ = ("layout", "owner", "stream")

    def __init__(self, layout: NDArray[Any], stream: int, owner: object) -> None:
        self.layout = layout
        self.stream = stream
        self.owner = owner

    @classmethod
    def of_memory(
        cls,
        address: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...] | None,
        dtype: np.dtype[Any],
        stream: int,
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
        return cls(layout, stream, owner)

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
        return DeviceArray(layout, self.stream, self.owner)

    def overlaps_itself(self) -> bool:
        """Say whether two elements share memory."""
        contiguous = self.layout.flags.c_contiguous
        return not contiguous and self.size > 0 and overlaps_itself(self.layout)


def _of_tensor(tensor: Any) -> DeviceArray | None:
    torch = sys.modules["torch"]
    if tensor.device.type != "cuda" or torch.version.hip is not None:
        return None
    if kind := why_not_fillable(tensor):
        raise ValueError(f"out cannot be filled in place: it is {kind}")
    return _of_checked_tensor(tensor, torch.cuda.current_stream(tensor.device).cuda_stream)


def _of_checked_tensor(tensor: Any, stream: int) -> DeviceArray:
    from .dlpack import dtype_of_name  # noqa: PLC0415 - imports ctypes

    itemsize = tensor.element_size()
    return DeviceArray.of_memory(
        tensor.data_ptr(),
        tuple(tensor.shape),
        tuple(step * itemsize for step in tensor.stride()),
        dtype_of_name(str(tensor.dtype).removeprefix("torch.")),
        stream,
        tensor,
    )


def _of_interface(out: Any, interface: dict[str, Any]) -> DeviceArray:
    address, read_only = interface["data"]
    if read_only:
        raise ValueError("out is read-only: give a writable array, or a copy of it")
    if interface.get("mask") is not None:
        raise ValueError("out must not have masked elements: fill an array without a mask")
    dtype = getattr(out, "dtype", None)  # the interface has no word for bfloat16
    return DeviceArray.of_memory(
        address,
        tuple(interface["shape"]),
        interface.get("strides"),
        dtype if isinstance(dtype, np.dtype) else np.dtype(interface["typestr"]),
        interface.get("stream") or 0,
        out,
    )


def device_array(out: Any) -> DeviceArray | None:
    """Return an array over the memory of a GPU, or None if `out` has none.

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

        return device_memory_of(out)
    return None


def row_numbers_on_gpu(ids: Any) -> DeviceArray | None:
    """Return row numbers in the memory of a GPU, or None if they are elsewhere.

    Raises
    ------
    TypeError, ValueError
        If they are not int64, or not contiguous: a kernel reads them as they lie.
    """
    if isinstance(ids, (list, tuple, int, np.ndarray)):
        return None
    found = device_array(ids)
    if found is None:
        return None
    if found.dtype != np.int64:
        raise TypeError(
            f"row numbers on a GPU must be int64, got {found.dtype.name}: convert them there"
        )
    if not found.flags.c_contiguous:
        raise ValueError("row numbers on a GPU must be contiguous: make a contiguous copy there")
    return found


def writable_memory(out: Any, expected: tuple[str, ...]) -> NDArray[Any] | DeviceArray:
    """Return an array over memory of the CPU or of a GPU that can be filled, or raise.

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
    if is_tensor(out):
        mark_written(out)
    return found
