"""torchvision and timm, from a folder of their own: ``from tests.real.torchvision_beside import timm``.

The registry's torchvision is built for CUDA. Beside PyTorch's CPU wheel its compiled operators do not load,
and its import fails: ``operator torchvision::nms does not exist``. Whoever has both can declare the two
operators that the import asks for, as here. Constructors call none of torchvision's operators.

The folder is not on Python's path before this module is imported, because transformers imports
torchvision wherever it finds one, in other tests too. ``tools/install_peers`` installs it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

FOLDER = Path(sys.prefix) / "beside_torchvision"

if not (FOLDER / "torchvision").is_dir():
    raise ImportError(f"no torchvision in {FOLDER}: run tools/install_peers PIP")
sys.path.append(str(FOLDER))
for operator in ("nms", "qnms"):
    torch.library.define(
        f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou) -> Tensor"
    )

import timm  # noqa: E402 - from the folder
import torchvision  # noqa: E402

__all__ = ["timm", "torchvision"]
