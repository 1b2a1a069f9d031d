"""PyTorch: ``import fastinit.torch as init`` in place of ``import torch.nn.init as init``.

Every public function of ``torch.nn.init`` under its own name; `accelerate`, under which models that
know nothing of fastinit are constructed faster; and `init_module`, which gives each parameter a
stream by its name. `init_dtensor_` and `init_shard_` fill a rank's part of a tensor. Needs the
extra ``torch``.

Private names of ``torch.nn.init``, such as ``_calculate_fan_in_and_fan_out`` in copied code, are
PyTorch's own objects.

Promises: what fastinit does not fill, PyTorch does, by its own function and with its own errors:
tensors on other devices, sparse, integer or complex ones, subclasses, and whatever a mode or
transform of PyTorch's intercepts. Takes for granted: nothing; anything may be given.
"""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from fastinit._support.extras import require

require("torch", "torch")

from torch.nn import init as _torch_init  # noqa: E402

from .acceleration import accelerate  # noqa: E402
from .counts import AccelerationReport, CopiedShardsWarning, UnseededWarning  # noqa: E402
from .init import (  # noqa: E402
    calculate_gain,
    constant,
    constant_,
    dirac,
    dirac_,
    eye,
    eye_,
    kaiming_normal,
    kaiming_normal_,
    kaiming_uniform,
    kaiming_uniform_,
    normal,
    normal_,
    ones_,
    orthogonal,
    orthogonal_,
    sparse,
    sparse_,
    trunc_normal_,
    uniform,
    uniform_,
    xavier_normal,
    xavier_normal_,
    xavier_uniform,
    xavier_uniform_,
    zeros_,
)
from .modules import init_module  # noqa: E402
from .reports import InitReport  # noqa: E402
from .sharding import init_dtensor_, init_shard_  # noqa: E402

if not TYPE_CHECKING:  # which would take every name for known

    def __getattr__(name: str) -> Any:
        """Return a private function of ``torch.nn.init``, as it is there now."""
        if name.startswith("_") and not name.startswith("__") and hasattr(_torch_init, name):
            return getattr(_torch_init, name)
        near = get_close_matches(name, __all__, 1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}", name=name)


__all__ = [
    "AccelerationReport",
    "CopiedShardsWarning",
    "InitReport",
    "UnseededWarning",
    "accelerate",
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "init_dtensor_",
    "init_module",
    "init_shard_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]
