"""The header of a NumPy file, written and read by NumPy itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from fastinit._memory.dtypes import ML_DTYPES

from .shapes import LARGEST_LENGTH

if TYPE_CHECKING:
    from fastinit.weight import Weight

#: More bytes than NumPy reads of a header that it is not told to trust.
LONGEST_HEADER = 1 << 16


def header(weight: Weight) -> bytes:
    """Return the bytes before the elements."""
    if weight.dtype.name in ML_DTYPES:
        raise ValueError(
            f".npy cannot hold {weight.dtype.name}: NumPy would load it as raw bytes (void); "
            "use .safetensors"
        )
    file = io.BytesIO()
    description = {
        "descr": np.lib.format.dtype_to_descr(weight.dtype),
        "fortran_order": False,
        "shape": weight.shape,
    }
    np.lib.format.write_array_header_1_0(file, description)
    return file.getvalue()


def read_header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return the shape, the dtype and the start of the elements, or raise ValueError."""
    # Read no more of the file than a header may take, whatever length the header claims.
    head = io.BytesIO(file.read(LONGEST_HEADER))
    version = np.lib.format.read_magic(head)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(
            f"version {version[0]}.{version[1]} of the .npy format is not supported, "
            "expected 1.0 or 2.0"
        )
    try:
        shape, fortran_order, dtype = read(head)
    except Exception as error:  # noqa: BLE001 - the error of NumPy's parser depends on the damage
        raise ValueError(f"the header is damaged ({error})") from None
    if fortran_order:
        raise ValueError("the array is in Fortran order, expected C order")
    if dtype.hasobject:
        raise ValueError("the array holds Python objects, expected numbers")
    if any(type(length) is not int or not 0 <= length <= LARGEST_LENGTH for length in shape):
        raise ValueError(f"invalid shape {shape}")
    return shape, dtype, head.tell()
