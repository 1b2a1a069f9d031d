"""PyTorch tensors and dtypes, for code that does not depend on PyTorch.

It says why a tensor cannot be filled, tells autograd that a tensor was written, reads a dtype, and
copies memory of the CPU to a tensor on another device.

Guarantees: PyTorch is never imported here. A caller that has a tensor has imported it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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


def mark_written(out: Any) -> None:
    """Tell autograd that a tensor is written: a graph that saved its old values must not use it.

    Other memory needs no mark. Call this after all checks: a call that raises writes nothing.
    """
    if is_tensor(out) and not out.is_inference():  # inference tensors have no version
        sys.modules["torch"].autograd.graph.increment_version(out)


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


def view_of(tensor: Any, shape: Sequence[int], steps: Sequence[int], place: int) -> Any:
    """Return a view of a tensor, from element `place` of its memory on, that autograd ignores.

    `steps` are the distances of neighbours along each axis, in elements.
    """
    torch = sys.modules["torch"]
    with torch.no_grad():
        whole = tensor.detach()
        if not place and tuple(whole.shape) == tuple(shape) and list(whole.stride()) == steps:
            return whole
        return whole.as_strided(shape, steps, whole.storage_offset() + place)


def cpu_bytes(count: int, *, pinned: bool) -> Any:
    """Return a new tensor of bytes in CPU memory, pinned if the devices of PyTorch can use that."""
    torch = sys.modules["torch"]
    if pinned:
        try:
            return torch.empty(count, dtype=torch.uint8, device="cpu", pin_memory=True)
        except RuntimeError:  # no device needs it, or there is no more of it
            pass
    return torch.empty(count, dtype=torch.uint8, device="cpu")


def copy_bytes(target: Any, source: Any) -> None:
    """Copy bytes of the CPU, in C order, to a tensor on another device; return when it is done.

    Raises
    ------
    ValueError
        If PyTorch has no copy to the device.
    """
    torch = sys.modules["torch"]
    # PyTorch lets nobody write an inference tensor outside of inference mode.
    mode = torch.inference_mode if target.is_inference() else torch.no_grad
    with mode():
        values = source.view(target.dtype).view(target.shape)
        try:
            target.copy_(values)
        except NotImplementedError as error:
            raise ValueError(
                "out cannot be filled in place: PyTorch cannot copy from the CPU to "
                f"{target.device}: fill an array in CPU memory"
            ) from error


def keeps_what_it_copies(tensor: Any) -> bool:
    """Say whether a copy to the device of a tensor may read its source after it has returned."""
    return tensor.device.type in ("xla", "lazy")


def _has_no_memory(tensor: Any) -> bool:
    try:
        if tensor.device.type == "xla":  # its memory has no address
            return False
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
