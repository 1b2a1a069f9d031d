"""PyTorch: ``import fastinit.torch as init`` replaces ``import torch.nn.init as init``.

The module has every public function of ``torch.nn.init`` under the same name, and ``he_*`` and
``lecun_*``. `accelerate` makes the construction of any model faster, without a change of the model.
`init_module` fills each parameter from the stream of its name. `init_dtensor_` and `init_shard_`
fill the part of a tensor that one rank holds. The module needs the extra ``torch``.

Private names of ``torch.nn.init`` that copied code uses, such as ``_calculate_fan_in_and_fan_out``,
are the objects of PyTorch itself.

Promises: the functions accept every argument that PyTorch accepts. PyTorch fills what fastinit does
not fill, with its own function and its own errors: tensors on the meta device, sparse, integer and
complex tensors, subclasses, and calls that a mode or transform of PyTorch intercepts.
"""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from fastinit._support.extras import require

require("torch", "torch")

from torch.nn import init as _torch_init  # noqa: E402

from . import recipes  # noqa: E402
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
    he_normal_,
    he_uniform_,
    kaiming_normal,
    kaiming_normal_,
    kaiming_uniform,
    kaiming_uniform_,
    lecun_normal_,
    lecun_uniform_,
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

#: What users of PyTorch mean by Xavier. `fastinit.xavier` is the plain form, which PyTorch lacks.
XAVIER = {"xavier": "xavier_uniform", "xavier_": "xavier_uniform_"}

if not TYPE_CHECKING:  # a type checker would accept every name

    def __getattr__(name: str) -> Any:
        """Return a private function of ``torch.nn.init``, also if it was replaced there."""
        if name.startswith("_") and not name.startswith("__") and hasattr(_torch_init, name):
            return getattr(_torch_init, name)
        near = XAVIER.get(name) or "".join(get_close_matches(name, __all__, 1))
        hint = f": did you mean {near!r}?" if near else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}", name=name)


def __dir__() -> list[str]:
    return sorted(__all__)


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
    "he_normal_",
    "he_uniform_",
    "init_dtensor_",
    "init_module",
    "init_shard_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "lecun_normal_",
    "lecun_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "recipes",
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
