"""The header of a NumPy file, written and read by NumPy itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from fastinit.formats import ML_DTYPES

if TYPE_CHECKING:
    from fastinit.weight import Weight


def header(weight: Weight) -> bytes:
    """Return what precedes the elements."""
    if weight.dtype.name in ML_DTYPES:
        raise ValueError(
            f".npy cannot hold {weight.dtype.name}: NumPy would reload it as bytes without meaning "
            "(void); use .safetensors"
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
    """Return the shape, the dtype and where the elements start; ValueError if there are none."""
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"version {version} of .npy is not known here")
    shape, fortran_order, dtype = read(file)
    if fortran_order:
        raise ValueError("the file is in Fortran order: fastinit writes C order only")
    return shape, dtype, file.tell()
