"""A ``torch.dtype`` means the dtype of its name, wherever fastinit takes a dtype."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

import fastinit
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._schemes.choices import STRUCTURED

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", FLOAT_DTYPES)
def test_a_dtype_of_pytorch_is_that_of_its_name(name):
    dtype = getattr(torch, name)
    for function in (fastinit.normal, fastinit.he_normal, fastinit.orthogonal, fastinit.eye):
        address = {} if function is fastinit.eye else {"seed": 0}
        made = function((3, 3), dtype=dtype, **address)
        expected = function((3, 3), dtype=name, **address)
        assert made.dtype == expected.dtype
        assert made.tobytes() == expected.tobytes()
    weight = fastinit.Weight((2, 3), "he_normal", seed=0, name="w", dtype=dtype)
    assert weight == fastinit.Weight((2, 3), "he_normal", seed=0, name="w", dtype=name)
    assert weight.dtype.name == name


def test_every_function_with_a_dtype_takes_it():
    shapes = {"sparse": (4, 5), "identity_plus_noise": (4, 5), "delta_orthogonal": (5, 4, 1)}
    for name in STRUCTURED:
        options = {"sparsity": 0.5} if name == "sparse" else {}
        shape = shapes.get(name, (4, 5))
        made = getattr(fastinit, name)(shape, **options, seed=0, dtype=torch.float64)
        assert made.dtype == np.float64
    assert fastinit.random_bits(3, seed=0, dtype=torch.uint64).dtype == np.uint64
    assert fastinit.Generator(0).standard_normal(3, dtype=torch.float32).dtype == np.float32


@pytest.mark.parametrize(
    ("dtype", "got"),
    [
        (torch.complex64, "got complex64"),
        (torch.int8, "got int8"),
        (torch.quint8, "got 'quint8'"),
        (torch.float8_e4m3fnuz, "got '?float8_e4m3fnuz"),
    ],
)
def test_a_dtype_that_fastinit_does_not_make_is_an_error_with_its_name(dtype, got):
    with pytest.raises(TypeError, match=f"dtype must be float32, .*{got}"):
        fastinit.normal(3, seed=0, dtype=dtype)


def test_pytorch_is_not_imported_for_it():
    code = (
        "import sys, fastinit\n"
        "try: fastinit.normal(3, seed=0, dtype='torch.float32')\n"
        "except TypeError as error: print(str(error).partition(', got ')[2])\n"
        "print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["'torch.float32'; did you mean 'float32'?", "False"]
