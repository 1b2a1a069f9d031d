"""TensorFlow tensors over our memory, and variables whose memory can be filled.

A TensorFlow tensor is immutable, and a variable shares its memory with the tensor that was assigned
to it. So a variable is filled in two steps: it gets memory that no tensor shares, with its present
values, and this memory is filled.

Guarantees: TensorFlow is never imported here. A caller that has a tensor has imported it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import empty
from .dlpack import array_of
from .dtypes import native_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMMUTABLE = "a TensorFlow tensor, which is immutable: fill a NumPy array and convert it"
ADVICE = "fill a NumPy array, or use an initializer of fastinit.keras, and call variable.assign"


def _can_share(dtype: np.dtype[Any]) -> bool:
    """Say whether TensorFlow can use the memory of an array of this dtype."""
    return (dtype.kind in "iuf" and dtype.isbuiltin == 1) or native_name(dtype) == "bfloat16"


def tensor_over(array: NDArray[Any]) -> Any:
    """Return a tensor on the CPU over the memory of an array. For float8, the tensor is a copy.

    Requires: the array comes from `empty`, and nobody writes it while the tensor is in use.
    """
    tensorflow = sys.modules["tensorflow"]
    if not array.size or not _can_share(array.dtype):
        return tensorflow.convert_to_tensor(array)
    share = tensorflow.experimental.dlpack.from_dlpack
    if native_name(array.dtype) == "bfloat16":  # NumPy does not export it
        return tensorflow.bitcast(share(array.view(np.uint16).__dlpack__()), "bfloat16")
    return share(array.__dlpack__())


def memory_of(variable: Any) -> NDArray[Any]:
    """Return an array over the memory of a variable, which no tensor shares from now on.

    Raises
    ------
    TypeError, ValueError
        If it is no variable, or its memory cannot be reached. The variable keeps its values.
    """
    tensorflow = sys.modules["tensorflow"]
    if not isinstance(variable, tensorflow.Variable):
        raise TypeError(f"out must be writable memory, got {IMMUTABLE}")
    if not tensorflow.executing_eagerly():
        raise ValueError(f"out is a TensorFlow variable in a graph, without memory yet: {ADVICE}")
    if hasattr(variable, "values"):
        raise ValueError(f"out is a TensorFlow variable with several replicas: {ADVICE}")
    dtype = np.dtype(variable.dtype.as_numpy_dtype)
    if not _can_share(dtype):
        raise TypeError(
            f"TensorFlow does not share the memory of a variable of {dtype.name}: {ADVICE}"
        )
    # A tensor on another device raises here.
    array = empty(variable.shape.as_list(), dtype)
    array[...] = array_of(variable.read_value())
    variable.assign(tensor_over(array), read_value=False)
    if array.size and array_of(variable.read_value()).ctypes.data != array.ctypes.data:
        # So it is after `variable.scatter_update`: each assignment and each reading makes a copy.
        raise ValueError(f"TensorFlow does not share the memory of this variable: {ADVICE}")
    return array
