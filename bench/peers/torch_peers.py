"""PyTorch's in-place fills. They are serial; set_num_threads(1) says so for all else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cases import NORMAL, TRUNCATED, UNIFORM, WIDE, Kind

from .peer import Peer


def prepare(kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """Fill a tensor over the same memory."""
    import torch  # noqa: PLC0415 - may be absent

    torch.set_num_threads(1)
    torch.manual_seed(1)
    tensor = torch.from_numpy(out.view(np.uint8)).view(getattr(torch, out.dtype.name))
    fills = {"uniform_": tensor.uniform_, "normal_": tensor.normal_}
    fill = fills.get(kind.function, partial(torch.nn.init.trunc_normal_, tensor))
    return partial(fill, *kind.parameters)


PEERS = [
    Peer(
        "PyTorch", "torch",
        [UNIFORM, NORMAL, TRUNCATED, WIDE],
        ["float32", "float64", "bfloat16", "float16"],
        prepare,
        install="pip install torch==2.13.0",
    )
]  # fmt: skip
