"""Fills of memory of a GPU: the counterparts of `_engine.engine.fill` and its neighbours.

Guarantees: a fill is started on the stream of the array, and the call returns at once. All errors
are raised before a byte is written, but for those of the GPU itself. The first use of a kernel on a
kind of GPU compiles it, or reads it from the disk.

Requires: law, indices and shapes were checked.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import Kind, Law
from fastinit._memory.dtypes import format_of

from . import arguments, cache, compiler, driver

if TYPE_CHECKING:
    from fastinit._engine.regions import Box
    from fastinit._memory.devices import DeviceArray

    from .source import Kernel

#: The end of row numbers that were checked: int64 has no larger ones.
_CHECKED_ROWS = 1 << 63

_lock = threading.Lock()
#: Kernels that are loaded, and the modules that have them, which must live as long.
_loaded: dict[tuple[Kernel, int], tuple[Any, Any]] = {}


def check_versions() -> None:
    """Raise if the packages, the driver or the compiler are not there or do not fit together."""
    has, makes = driver.version(), compiler.version()
    if has[0] < makes[0]:
        raise RuntimeError(
            f"the driver has CUDA {has[0]}.{has[1]}, and the installed compiler makes code for "
            f"CUDA {makes[0]}: update the driver, or pip install 'cuda-bindings=={has[0]}.*' "
            f"nvidia-cuda-nvrtc-cu{has[0]}"
        )


def architecture_of(device: driver.Device) -> str:
    """Return the architecture whose code a GPU runs, or raise because the compiler has none.

    Code for a capability also runs on GPUs with a larger minor number.
    """
    check_versions()
    (major, minor), makes = device.capability, compiler.version()
    known = compiler.architectures()
    fitting = [each for each in known if each // 10 == major and each % 10 <= minor]
    if not fitting:
        raise RuntimeError(
            f"GPU {device.ordinal} has the compute capability {major}.{minor}, for which NVRTC "
            f"{makes[0]}.{makes[1]} makes no code (it knows {', '.join(map(str, known))}): install "
            "another version of NVRTC"
        )
    return f"sm_{max(fitting)}"


def can_fill(array: DeviceArray) -> bool:
    """Say whether there are kernels for the GPU of an array, for callers that can do without."""
    if array.size == 0:
        return True
    try:
        check_versions()
        architecture_of(driver.device_of(array.address))
    except (ImportError, RuntimeError):
        return False
    return True


def _function(kernel: Kernel, device: driver.Device) -> Any:
    """Return a kernel on the current GPU, which is loaded once."""
    key = kernel, device.ordinal
    with _lock:
        if key not in _loaded:
            binary = cache.binary_of(kernel, architecture_of(device))
            _loaded[key] = driver.load(binary, kernel.name)
        return _loaded[key][0]


def _start(array: DeviceArray, call: arguments.Call) -> None:
    device = driver.device_of(array.address)
    with driver.current(device):
        function = _function(call.kernel, device)
        driver.launch(function, call.arguments, call.threads, device, array.stream or 0)


def fill(array: DeviceArray, law: Law, seed: int, stream: int, offset: int) -> None:
    """Write every element of an array. Element i is element offset + i of the stream."""
    if array.size == 0:
        return
    words = arguments.Stream(seed, stream)
    place = array.address, array.shape, array.strides
    _start(array, arguments.strided(*place, law, words, offset))


def fill_box(
    array: DeviceArray,
    law: Law,
    seed: int,
    stream: int,
    box: Box,
    zero_row: int | None = None,
) -> None:
    """Write every element of an array whose lengths are those of a box of a larger tensor.

    Of listed rows, row `zero_row` of the tensor becomes zeros.
    """
    if array.size == 0:
        return
    words = arguments.Stream(seed, stream)
    place = array.address, array.shape, array.strides
    if box.rows is None:
        _start(array, arguments.box(*place, law, words, box.origin, box.steps))
        return
    device = driver.device_of(array.address)
    with driver.current(device):
        listed = arguments.Rows(0, _CHECKED_ROWS, zero_row)
        call = arguments.box(*place, law, words, box.origin, box.steps, listed)
        function = _function(call.kernel, device)
        rows = np.ascontiguousarray(box.rows)
        with driver.copied(rows, array.stream or 0) as address:
            call.arguments.rows = address
            driver.launch(function, call.arguments, call.threads, device, array.stream or 0)


def fill_listed(
    array: DeviceArray,
    law: Law,
    seed: int,
    stream: int,
    rows: DeviceArray,
    row_end: int,
    zero_row: int | None = None,
) -> None:
    """Write rows of a tensor, whose numbers are in the memory of the same GPU as consecutive int64.

    A number outside [0, row_end) makes a row of NaN: nobody can check it without waiting.
    """
    if array.size == 0:
        return
    words = arguments.Stream(seed, stream)
    steps = arguments.steps_of(array.shape)
    listed = arguments.Rows(rows.address, row_end, zero_row)
    place = array.address, array.shape, array.strides
    device = driver.device_of(array.address)
    if driver.device_of(rows.address).ordinal != device.ordinal:
        raise ValueError("the row numbers must be on the same GPU as out")
    call = arguments.box(*place, law, words, 0, steps, listed)
    theirs, ours = rows.stream or 0, array.stream or 0
    with driver.current(device):
        function = _function(call.kernel, device)
        driver.follow(ours, theirs)
        driver.launch(function, call.arguments, call.threads, device, ours)
        driver.follow(theirs, ours)  # the numbers may be freed or changed then


def fill_quantized(
    array: DeviceArray,
    bits: int,
    in_front: bool,  # noqa: FBT001
    dim: int,
    law: Law,
    seed: int,
    stream: int,
    first_row: int,
) -> None:
    """Write every row of a matrix of quantised rows. Row i is row first_row + i of the table."""
    if array.size == 0:
        return
    words = arguments.Stream(seed, stream)
    call = arguments.quantized(
        array.address,
        len(array),
        array.strides[0],
        dim,
        bits,
        law,
        words,
        first_row,
        in_front=in_front,
    )
    _start(array, call)


def put(array: DeviceArray, value: float) -> None:
    """Write one value, which NumPy rounds to the dtype."""
    rounded = np.empty((), array.dtype)
    rounded[...] = value
    number = float(rounded)
    parameters = kernel_arguments.Parameters(number, number, location=number)
    law = Law(Kind.CONSTANT, format_of(array.dtype).number, parameters)
    fill(array, law, 0, 0, 0)
