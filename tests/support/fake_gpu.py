"""GPUs that are not there: a driver whose memory is the CPU's and whose kernels the CPU runs.

The kernels are those of `cuda_on_host`. They get their arguments as a GPU gets them: by the address
of the struct that `cuLaunchKernel` finds. There is no function that waits, so code that calls one fails.
"""

# ruff: noqa: N802, N815 - the names are NVIDIA's
from __future__ import annotations

import ctypes
import re
from types import SimpleNamespace

import numpy as np

from fastinit._engine.cuda import driver, fills

from . import cuda_on_host

CUDA_SUCCESS, INVALID_VALUE, INVALID_CONTEXT, NOT_READY = 0, 1, 201, 600


def forget():
    """Forget the driver and the kernels, as a new process would."""
    driver.version.cache_clear()
    driver.device.cache_clear()
    fills._loaded.clear()  # noqa: SLF001
    driver._copying.clear()  # noqa: SLF001


class Compiler:
    """NVRTC: its code is the text that it was given."""

    nvrtcResult = SimpleNamespace(NVRTC_SUCCESS=0)

    def __init__(self):
        self.version = (13, 5)
        self.known = [75, 80, 86, 90, 100, 120]
        self.compiled = []

    def nvrtcVersion(self):
        return (0, *self.version)

    def nvrtcGetSupportedArchs(self):
        return 0, self.known

    def nvrtcCreateProgram(self, text, name, count, headers, names):
        assert count == len(headers) == len(names)
        return 0, SimpleNamespace(text=text)

    def nvrtcCompileProgram(self, made, count, options):
        assert count == len(options)
        self.compiled.append((made.text, options))
        return (0,)

    def nvrtcDestroyProgram(self, made):
        return (0,)

    def _text(self, made):
        return 0, len(made.text)

    def _read(self, made, buffer):
        ctypes.memmove(buffer, made.text, len(made.text))
        return (0,)

    nvrtcGetProgramLogSize = nvrtcGetCUBINSize = nvrtcGetPTXSize = _text
    nvrtcGetProgramLog = nvrtcGetCUBIN = nvrtcGetPTX = _read


class Driver:
    """The driver: two GPUs."""

    CUdevice_attribute = SimpleNamespace(
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR="major",
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR="minor",
        CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT="multiprocessors",
    )
    CUpointer_attribute = SimpleNamespace(CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL="ordinal")

    def __init__(self):
        self.version = 13000
        self.attributes = {"major": 8, "minor": 9, "multiprocessors": 2}
        self.memory = []  # (first address, end, ordinal, owner)
        self.contexts = ["the caller's"]
        self.launches = []
        self.loaded = []
        self.copies = []
        self.sources = []  # (address, content) of what was copied, which the GPU may still read
        self.events = []  # the stream of each
        self.order = []  # what the streams were given
        self.is_busy = False
        self.captured = set()
        self.needs_context = False

    def cuInit(self, flags):
        assert flags == 0
        return (CUDA_SUCCESS,)

    def cuDriverGetVersion(self):
        return CUDA_SUCCESS, self.version

    def cuDeviceGet(self, ordinal):
        return CUDA_SUCCESS, ordinal

    def cuDeviceGetAttribute(self, name, device):
        return CUDA_SUCCESS, self.attributes[name]

    def cuDevicePrimaryCtxRetain(self, device):
        return CUDA_SUCCESS, f"primary context of {device}"

    def cuPointerGetAttribute(self, name, address):
        assert name == "ordinal"
        if self.needs_context and self.contexts == ["the caller's"]:
            return INVALID_CONTEXT, None
        for first, end, ordinal, _ in self.memory:
            if first <= address < end:
                return CUDA_SUCCESS, ordinal
        return INVALID_VALUE, None

    def cuCtxPushCurrent(self, context):
        self.contexts.append(context)
        return (CUDA_SUCCESS,)

    def cuCtxPopCurrent(self):
        return CUDA_SUCCESS, self.contexts.pop()

    def cuModuleLoadData(self, binary):
        self.loaded.append(self.contexts[-1])
        return CUDA_SUCCESS, binary.decode()

    def cuModuleGetFunction(self, module, name):
        kernels = re.findall(r"^KERNEL\((\w+), (\w+), (\w+)\)$", module, re.MULTILINE)
        assert name.decode() in {"_".join(kernel) for kernel in kernels}
        return CUDA_SUCCESS, name.decode()

    def cuLaunchKernel(self, function, *rest):
        blocks, y, z, threads, v, w, shared, stream, parameters, extra = rest
        assert (y, z, threads, v, w, shared, extra) == (1, 1, 256, 1, 1, 0, 0)
        assert blocks >= 1
        pointer = ctypes.c_void_p.from_address(parameters)
        cuda_on_host.launch(function, pointer.value, blocks)
        self.launches.append((function, blocks, stream, self.contexts[-1]))
        self.order.append(("launch", stream))
        return (CUDA_SUCCESS,)

    def cuEventCreate(self, flags):
        assert flags == 2  # without times
        self.events.append(None)
        return CUDA_SUCCESS, len(self.events) - 1

    def cuEventRecord(self, event, stream):
        self.events[event] = stream
        self.order.append(("record", stream))
        return (CUDA_SUCCESS,)

    def cuEventQuery(self, event):
        return (NOT_READY if self.is_busy else CUDA_SUCCESS,)

    def cuEventDestroy(self, event):
        assert self.events[event] != "destroyed"
        self.events[event] = "destroyed"
        return (CUDA_SUCCESS,)

    def cuStreamWaitEvent(self, stream, event, flags):
        assert flags == 0
        self.order.append(("wait", stream, self.events[event]))
        return (CUDA_SUCCESS,)

    def cuStreamIsCapturing(self, stream):
        return CUDA_SUCCESS, int(stream in self.captured)

    def cuMemAllocAsync(self, size, stream):
        memory = np.empty(size, np.uint8)
        self.copies.append((memory, stream))
        return CUDA_SUCCESS, memory.ctypes.data

    def cuMemcpyHtoDAsync(self, target, source, size, stream):
        ctypes.memmove(target, source, size)
        self.sources.append((source, ctypes.string_at(source, size)))
        return (CUDA_SUCCESS,)

    def cuMemFreeAsync(self, address, stream):
        place = next(i for i, each in enumerate(self.copies) if each[0].ctypes.data == address)
        assert self.copies.pop(place)[1] == stream
        return (CUDA_SUCCESS,)


class OnGPU:
    """An array of CuPy's kind: its memory is described by the CUDA Array Interface only."""

    def __init__(self, driver, values, ordinal=0, stream=None, *, read_only=False):
        self.values = values
        self.dtype = values.dtype
        base = values
        while isinstance(base.base, np.ndarray):
            base = base.base
        first = base.__array_interface__["data"][0]
        driver.memory.append((first, first + max(base.nbytes, 1), ordinal, base))
        self.__cuda_array_interface__ = {
            "version": 3,
            "shape": values.shape,
            "strides": None if values.flags.c_contiguous else values.strides,
            "typestr": values.dtype.str,
            "data": (values.__array_interface__["data"][0], read_only),
            "stream": stream,
        }
