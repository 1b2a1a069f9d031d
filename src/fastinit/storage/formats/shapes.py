"""The shapes that files may have: those that NumPy arrays and PyTorch tensors can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastinit.weight import Weight

#: The largest number of axes of an array or a tensor.
MOST_AXES = 64
#: The largest length of an axis, and the largest number of bytes.
LARGEST_LENGTH = (1 << 63) - 1


def check_shape(weight: Weight) -> None:
    """Raise unless a file with this weight can be read again."""
    if weight.ndim > MOST_AXES:
        raise ValueError(
            f"{weight.name!r} has {weight.ndim} axes, and arrays have at most {MOST_AXES}; "
            "save it with another shape"
        )
    if any(length > LARGEST_LENGTH for length in weight.shape):
        raise ValueError(
            f"{weight.name!r} has the shape {weight.shape}, and a length of an array is at most "
            "2**63 - 1; save it with another shape"
        )
