"""A program that gives dtypes of PyTorch, in which type checkers find nothing wrong."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from typing_extensions import assert_type

import fastinit

assert_type(fastinit.normal(3, dtype=torch.float64), NDArray[Any])
assert_type(fastinit.normal(3, dtype=np.float64), NDArray[np.float64])
weight = fastinit.Weight((4, 4), "he_normal", seed=0, name="w", dtype=torch.bfloat16)
assert_type(weight.replace(dtype=torch.float32).to_torch(), torch.Tensor)
assert_type(fastinit.default_rng(0).normal(dtype=torch.float32), float)
