"""The driver of NVIDIA's GPUs: devices, code that is loaded, kernels that are started.

Guarantees: nothing waits for a GPU. The caller's current context is as it was. Errors name what
was asked of the driver. Requires: the other users of the GPU in this process use its primary
context, as PyTorch, CuPy and Numba do.
"""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fastinit._support.extras import require

from .compiler import EXTRA
from .source import THREADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Blocks of 256 threads for one multiprocessor, which runs 2048 threads at once. More would only
#: copy the table of octaves more often.
BLOCKS_OF_MULTIPROCESSOR = 8

#: CUDA_ERROR_INVALID_CONTEXT
_INVALID_CONTEXT = 201

#: CU_EVENT_DISABLE_TIMING
_NO_TIMING = 2


class Device(NamedTuple):
    """A GPU."""

    ordinal: int
    """Its number in this process."""
    context: Any
    capability: tuple[int, int]
    """(9, 0) for an H100."""
    multiprocessors: int


class _Copy(NamedTuple):
    """Memory of the CPU that a copy may still read, and an event that follows the copy."""

    event: Any
    source: NDArray[Any]


_copying: deque[_Copy] = deque()
_copying_lock = threading.Lock()


def _driver() -> Any:
    return require("cuda.bindings.driver", EXTRA)


def _checked(result: tuple[Any, ...], action: str) -> Any:
    """Return what a function of the driver gave, or raise with its error."""
    status, *values = result
    if int(status) != 0:
        raise RuntimeError(f"the driver of the GPU could not {action}: {_name_of(status)}")
    return values[0] if len(values) == 1 else tuple(values)


def _name_of(status: Any) -> str:
    return getattr(status, "name", None) or f"error {int(status)}"


@cache
def version() -> tuple[int, int]:
    """Start the driver and return the version of CUDA that it has, such as (12, 4), or raise."""
    driver = _driver()
    try:
        result = driver.cuInit(0)
    except Exception as error:
        raise RuntimeError(
            "filling the memory of a GPU needs NVIDIA's driver, which is not installed here "
            f"({error})"
        ) from error
    _checked(result, "start")
    number = int(_checked(driver.cuDriverGetVersion(), "say its version"))
    return number // 1000, number % 1000 // 10


@cache
def device(ordinal: int) -> Device:
    """Return a GPU by its number."""
    driver = _driver()
    handle = _checked(driver.cuDeviceGet(ordinal), f"find GPU {ordinal}")
    names = driver.CUdevice_attribute
    major, minor, multiprocessors = (
        int(_checked(driver.cuDeviceGetAttribute(each, handle), f"describe GPU {ordinal}"))
        for each in (
            names.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
            names.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
            names.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT,
        )
    )
    context = _checked(driver.cuDevicePrimaryCtxRetain(handle), f"use GPU {ordinal}")
    return Device(ordinal, context, (major, minor), multiprocessors)


def device_of(address: int) -> Device:
    """Return the GPU that an address belongs to, or raise a ValueError."""
    version()
    driver = _driver()
    name = driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL
    status, ordinal = driver.cuPointerGetAttribute(name, address)
    if int(status) == _INVALID_CONTEXT:  # this thread has not used a GPU before
        with current(device(0)):
            status, ordinal = driver.cuPointerGetAttribute(name, address)
    if int(status) != 0:
        raise ValueError(
            f"no GPU of this process has memory at the address 0x{address:x} ({_name_of(status)}): "
            "it was freed, or another process made it and this one did not open it"
        )
    return device(int(ordinal))


@contextmanager
def current(chosen: Device) -> Iterator[None]:
    """Make the primary context of a GPU the current one, and then the caller's again."""
    driver = _driver()
    _checked(driver.cuCtxPushCurrent(chosen.context), f"use GPU {chosen.ordinal}")
    try:
        yield
    finally:
        _checked(driver.cuCtxPopCurrent(), "return to the context of the caller")


def load(binary: bytes, name: str) -> tuple[Any, Any]:
    """Return a kernel of the code for the current GPU, and the module that has it."""
    driver = _driver()
    module = _checked(driver.cuModuleLoadData(binary), f"load the kernel {name}")
    return _checked(driver.cuModuleGetFunction(module, name.encode()), f"find {name}"), module


def launch(
    function: Any, arguments: ctypes.Structure, threads: int, chosen: Device, stream: int
) -> None:
    """Start a kernel on a stream of the current GPU; return before it ends."""
    most = chosen.multiprocessors * BLOCKS_OF_MULTIPROCESSOR
    blocks = min(-(-threads // THREADS), most)
    # The driver copies the arguments before it returns.
    pointers = (ctypes.c_void_p * 1)(ctypes.addressof(arguments))
    result = _driver().cuLaunchKernel(
        function, blocks, 1, 1, THREADS, 1, 1, 0, stream, ctypes.addressof(pointers), 0
    )
    _checked(result, "start a kernel")


def _record(stream: int) -> Any:
    """Return a new event of the current GPU that follows what a stream was given."""
    driver = _driver()
    event = _checked(driver.cuEventCreate(_NO_TIMING), "create an event")
    _checked(driver.cuEventRecord(event, stream), "record an event")
    return event


def follow(stream: int, other: int) -> None:
    """Let a stream of the current GPU begin what comes next after what another one was given."""
    if stream == other:
        return
    event = _record(other)
    try:
        _checked(_driver().cuStreamWaitEvent(stream, event, 0), "order two streams")
    finally:
        _driver().cuEventDestroy(event)  # once it has happened


def check_can_copy(stream: int) -> None:
    """Raise if what a stream is given becomes a graph, which would read the CPU's memory later."""
    status = _checked(_driver().cuStreamIsCapturing(stream), "ask whether a stream is captured")
    if int(status) != 0:
        raise RuntimeError(
            "row numbers on the CPU cannot be captured in a CUDA graph, which would read them "
            "again: give row numbers on the GPU"
        )


@contextmanager
def copied(numbers: NDArray[Any], stream: int) -> Iterator[int]:
    """Yield the address of a copy of an array of NumPy in the memory of the current GPU.

    The memory is freed when what was started on the stream meanwhile has ended.
    """
    check_can_copy(stream)
    driver = _driver()
    with _copying_lock:
        while _copying and int(driver.cuEventQuery(_copying[0].event)[0]) == 0:
            driver.cuEventDestroy(_copying.popleft().event)
    source = numbers.copy()  # the caller may change its own before the GPU has read it
    address = int(_checked(driver.cuMemAllocAsync(source.nbytes, stream), "allocate row numbers"))
    try:
        result = driver.cuMemcpyHtoDAsync(address, source.ctypes.data, source.nbytes, stream)
        _checked(result, "copy row numbers")
        _copying.append(_Copy(_record(stream), source))
        yield address
    finally:
        _checked(driver.cuMemFreeAsync(address, stream), "free row numbers")
