"""Names for the types in the signatures of fastinit, for annotations in your own code.

A function that passes an option on can name its type:

>>> def embedding(rows: int, mode: fastinit.typing.Mode = "fan_in") -> np.ndarray:
...     return fastinit.he_normal((rows, 64), mode=mode, seed=0)
>>> embedding(1000).shape
(1000, 64)
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Literal, Protocol, SupportsIndex, TypedDict, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from numpy.typing import DTypeLike as _NumPyDTypeLike
    from typing_extensions import Self, Unpack
else:
    try:  # NumPy itself has loaded this module; numpy.typing takes 2 milliseconds
        from numpy._typing import ArrayLike, NDArray
        from numpy._typing import DTypeLike as _NumPyDTypeLike
    except ImportError:
        from numpy.typing import ArrayLike, NDArray
        from numpy.typing import DTypeLike as _NumPyDTypeLike
    if sys.version_info >= (3, 11):
        from typing import Self, Unpack
    else:
        Self = Any

        class Unpack:
            """Stands in for `typing.Unpack`, which Python 3.10 does not have."""

            def __class_getitem__(cls, item: object) -> object:
                """Return the type."""
                return item


__all__ = [
    "Activation",
    "ArrayLike",
    "Axes",
    "Checksum",
    "ConstantName",
    "DTypeLike",
    "Float16",
    "Float32",
    "Float64",
    "Index",
    "Layout",
    "Memory",
    "Mode",
    "NDArray",
    "Nonlinearity",
    "NumPySeed",
    "Out",
    "Part",
    "Role",
    "RowLayout",
    "Rows",
    "ScalingDistribution",
    "SchemeName",
    "SchemeOptions",
    "Self",
    "Shape",
    "UInt32",
    "UInt64",
    "Unpack",
]

#: A shape: one length, or a sequence of lengths.
Shape = SupportsIndex | Sequence[SupportsIndex]

#: One axis, or a sequence of axes.
Axes = SupportsIndex | Sequence[SupportsIndex]


class _PyTorchDType(Protocol):
    """A ``torch.dtype``, described without PyTorch."""

    @property
    def is_floating_point(self) -> bool: ...
    @property
    def is_complex(self) -> bool: ...
    @property
    def itemsize(self) -> int: ...


#: A dtype: what NumPy takes as one, or a ``torch.dtype``.
DTypeLike = _NumPyDTypeLike | _PyTorchDType

#: The fan that divides the variance.
Mode = Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"]

#: The order of the axes of a weight.
Layout = Literal["torch", "keras"]

#: The distributions of `fastinit.variance_scaling`.
ScalingDistribution = Literal["truncated_normal", "normal", "untruncated_normal", "uniform"]

#: The nonlinearities that `fastinit.calculate_gain` knows.
Nonlinearity = Literal[
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
    "tanh",
    "relu",
    "selu",
    "leaky_relu",
]

#: The activations that `fastinit.for_activation` knows.
Activation = Literal[
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "elu",
    "gelu",
    "silu",
    "swish",
    "mish",
    "hardswish",
    "hard_swish",
    "linear",
    "identity",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "hard_tanh",
    "softsign",
    "softmax",
    "selu",
]

#: The names of the schemes.
SchemeName = Literal[
    "embedding_uniform",
    "embedding_normal",
    "xavier",
    "xavier_normalized",
    "xavier_uniform",
    "glorot_uniform",
    "xavier_normal",
    "glorot_normal",
    "he_normal",
    "kaiming_normal",
    "he_uniform",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "variance_scaling",
    "depth_scaled",
    "small_init",
    "wang_init",
    "mup",
    "t_fixup",
    "deepnet",
    "siren",
]

#: What a weight of a model connects, for `fastinit.mup`.
Role = Literal["input", "hidden", "output"]

#: The stack of layers that a weight belongs to, for `fastinit.deepnet` and `fastinit.t_fixup`.
Part = Literal["single", "encoder", "decoder"]

#: The names of the constants that a `fastinit.Weight` takes in place of a scheme.
ConstantName = Literal["zeros", "ones"]

#: The order of codes, scale and bias in a quantised row.
RowLayout = Literal["fused_rowwise", "tbe"]

#: The checksums that a receipt can hold.
Checksum = Literal["crc32", "sha256"]


class _Array(Protocol):
    def __array__(self) -> NDArray[Any]: ...


#: Row numbers of any shape: integers, sequences of them, or an array.
Rows = SupportsIndex | Sequence[SupportsIndex] | Sequence[Sequence[SupportsIndex]] | _Array

#: An index that selects a part of a `fastinit.Weight`, as in NumPy.
Index = slice | EllipsisType | Rows | tuple[slice | EllipsisType | Rows, ...]


class _SeedSequence(Protocol):
    def generate_state(self, n_words: int, dtype: Any = ..., /) -> NDArray[Any]: ...


#: What NumPy accepts as a seed. `fastinit.default_rng` and `fastinit.Philox` accept it, too.
NumPySeed = SupportsIndex | Sequence[int] | NDArray[np.integer[Any]] | _SeedSequence


class _Buffer(Protocol):
    def __buffer__(self, flags: int, /) -> memoryview: ...


class _DLPack(Protocol):
    @property
    def __dlpack__(self) -> Any: ...


class _ArrayInterface(Protocol):
    @property
    def __array_interface__(self) -> Any: ...


#: Memory that can be filled: a NumPy array, a buffer, or an array or tensor of another library.
#: The dtype, the layout and whether it can be written are checked at run time.
Memory = NDArray[Any] | _Buffer | _DLPack | _ArrayInterface

#: The dtypes for which the type of an array is known. All other dtypes give ``NDArray[Any]``.
Float32 = type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"]
Float64 = type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"]
Float16 = type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"]
UInt32 = type[np.uint32] | np.dtype[np.uint32] | Literal["uint32", "u4"]
UInt64 = type[np.uint64] | np.dtype[np.uint64] | Literal["uint64", "u8"]

#: A function that fills `out` returns the same object, so it has the same type.
Out = TypeVar("Out", bound=Memory)


class SchemeOptions(TypedDict, total=False):
    """The options of all schemes. A scheme takes some of them."""

    gain: float
    mode: Mode
    nonlinearity: Nonlinearity
    a: float
    truncated: bool
    scale: float
    distribution: ScalingDistribution
    layout: Layout
    in_axis: Axes | None
    out_axis: Axes | None
    batch_axis: Axes
    fan_in: int | None
    fan_out: int | None
    parts: int
    rows: int | None
    dim: int | None
    layers: int
    width: int
    std: float
    role: Role
    width_multiplier: float
    part: Part
    decoder_layers: int | None
    omega: float
    first: bool
    activation: Activation | None


def __dir__() -> list[str]:
    return sorted(__all__)
