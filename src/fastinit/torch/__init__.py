"""PyTorch: ``import fastinit.torch as init`` in place of ``import torch.nn.init as init``.

Every public function of ``torch.nn.init`` under its own name; `accelerate`, under which models that
know nothing of fastinit are constructed faster; and `init_module`, which gives each parameter a
stream by its name. `init_dtensor_` and `init_shard_` fill a rank's part of a tensor. Needs the
extra ``torch``.

Promises: what fastinit does not fill, PyTorch does, by its own function and with its own errors:
tensors on other devices, sparse, integer or complex ones, subclasses, and whatever a mode or
transform of PyTorch's intercepts. Takes for granted: nothing; anything may be given.
"""

from fastinit.extras import require

require("torch", "torch")

from .acceleration import accelerate  # noqa: E402
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
from .sharding import init_dtensor_, init_shard_  # noqa: E402

__all__ = [
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
