"""PyTorch tensors and dtypes, for code that does not depend on PyTorch.

It says why a tensor cannot be filled, tells autograd that a tensor was written, and reads a dtype.

Guarantees: PyTorch is never imported here. A caller that has a tensor has imported it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def is_tensor(out: object) -> bool:
    """Say whether an object is a PyTorch tensor, including subclasses."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(out, torch.Tensor)


def name_of_dtype(dtype: object) -> str | None:
    """Return the name that NumPy or ml_dtypes has for a ``torch.dtype``; None for other objects."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(dtype, torch.dtype):
        return None
    return str(dtype).removeprefix("torch.")


def is_plain(tensor: Any) -> bool:
    """Say whether a tensor is not of a subclass; a subclass may have other memory, or none."""
    torch = sys.modules["torch"]
    return type(tensor) in (torch.Tensor, torch.nn.Parameter)


def mark_written(tensor: Any) -> None:
    """Tell autograd that a tensor is written: a graph that saved its old values must not use it."""
    if not tensor.is_inference():  # inference tensors have no version
        sys.modules["torch"].autograd.graph.increment_version(tensor)


def why_not_fillable(tensor: Any) -> str | None:
    """Return why a tensor cannot be filled in place and what to do, or None if it can be filled.

    The text continues a sentence after "it is": the kind of tensor, a colon, the advice.
    """
    torch = sys.modules["torch"]
    with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001 - hides these queries from torch functions
        for applies, text in KINDS:
            if applies(tensor, torch):
                return text.format(
                    kind=type(tensor).__name__, dtype=tensor.dtype, layout=tensor.layout
                )
    return None


def _has_no_memory(tensor: Any) -> bool:
    try:
        return bool(tensor.numel()) and tensor.data_ptr() == 0
    except RuntimeError:  # there is no storage at all
        return True


#: Kinds of tensors that cannot be filled: a test and the text of the error. The first test that is
#: true counts. Tensors without a shape or an address come first, because other tests fail on them.
KINDS: tuple[tuple[Callable[[Any, Any], bool], str], ...] = (
    (
        lambda tensor, torch: torch.nn.parameter.is_lazy(tensor),
        "an {kind}, which has no shape yet: call the lazy module once, and fill it then",
    ),
    (
        lambda tensor, torch: torch._C._functorch.is_functorch_wrapped_tensor(tensor),  # noqa: SLF001
        (
            "a tensor inside torch.vmap, torch.func.grad or another transform: use the functions "
            "of fastinit.torch, which support transforms"
        ),
    ),
    (
        lambda tensor, torch: torch._is_functional_tensor(tensor),  # noqa: SLF001
        "a functional tensor: use the functions of fastinit.torch, which support it",
    ),
    (
        lambda tensor, _: type(tensor).__name__ == "DTensor",
        "a DTensor: use fastinit.torch.init_dtensor_, which fills the local shard",
    ),
    (
        lambda tensor, _: type(tensor).__name__ == "FakeTensor",
        "a FakeTensor, which has no memory: make the tensor outside FakeTensorMode",
    ),
    (
        lambda tensor, _: tensor.device.type == "meta",
        (
            "a tensor on the meta device, which has no memory: make one that has memory with "
            "module.to_empty(device='cpu') or torch.empty_like(tensor, device='cpu')"
        ),
    ),
    (
        lambda tensor, torch: tensor.is_nested and tensor.layout is torch.jagged,
        "a nested tensor: fill tensor.values()",
    ),
    (lambda tensor, _: tensor.is_nested, "a nested tensor: fill each of tensor.unbind()"),
    (
        lambda tensor, torch: tensor.layout is not torch.strided,
        "a tensor with the layout {layout}: fill its values or a dense tensor",
    ),
    (
        lambda tensor, _: tensor.is_quantized,
        "a quantized tensor, {dtype}: fill a floating-point tensor and quantize it",
    ),
    (
        lambda tensor, _: tensor.is_complex(),
        "a tensor of {dtype}: fill its real and imaginary parts, torch.view_as_real(tensor)",
    ),
    (
        lambda tensor, _: tensor.is_neg(),
        (
            "a lazily negated view, whose memory has the values with the opposite sign: fill "
            "tensor.resolve_neg(), which is a copy, or the tensor of which it is a view"
        ),
    ),
    (
        lambda tensor, _: tensor.requires_grad,
        (
            "a tensor that requires grad: use the functions of fastinit.torch, or fill "
            "tensor.detach(), which has the same memory"
        ),
    ),
    (
        lambda tensor, _: _has_no_memory(tensor) and is_plain(tensor),
        (
            "a tensor whose memory was freed, as FSDP does with parameters: gather it, or restore "
            "the memory with tensor.untyped_storage().resize_(...)"
        ),
    ),
    (
        lambda tensor, _: _has_no_memory(tensor),
        "a {kind}, which has no memory of its own: fill the tensors inside it",
    ),
)
