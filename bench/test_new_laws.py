"""What a law costs that was not asked for before: a new std each call, 16 elements, PyTorch beside.

``pytest bench/test_new_laws.py``; on a machine that is not quiet, add
``--benchmark-timer=time.thread_time``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from fastinit._engine import kernel_arguments

if TYPE_CHECKING:
    from fastinit._engine.kernel_arguments import Law

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)

#: Laws by what is new about them, as functions of a standard deviation about 0.02.
NEW_LAWS: dict[str, Callable[[float], Law]] = {
    "uniform": lambda std: kernel_arguments.uniform(-std, std, FLOAT32),
    "normal": lambda std: kernel_arguments.normal(0.0, std, FLOAT32),
    "truncated at -2 and 2": lambda std: kernel_arguments.truncated_normal(
        0.0, std, -2.0, 2.0, FLOAT32
    ),
    "truncated at 2 std": lambda std: kernel_arguments.truncated_normal(
        0.0, std, -2 * std, 2 * std, FLOAT32
    ),
    "truncated at 3 std": lambda std: kernel_arguments.truncated_normal(
        0.0, std, -3 * std, 3 * std, FLOAT32
    ),
    "truncated at -1 and 3 std": lambda std: kernel_arguments.truncated_normal(
        0.0, std, -0.02, 0.06, FLOAT32
    ),
    "tail": lambda std: kernel_arguments.truncated_normal(0.0, std, 0.08, math.inf, FLOAT32),
    "float64": lambda std: kernel_arguments.truncated_normal(0.0, std, -0.02, 0.06, FLOAT64),
    "window": lambda std: kernel_arguments.truncated_normal(0.0, std, 1.0, math.inf, FLOAT32),
    "JAX's": lambda std: kernel_arguments.truncated_normal_in_stds(0.0, std, -2.0, 2.0, FLOAT32),
    "JAX's, std_correction": lambda std: kernel_arguments.truncated_normal_in_stds(
        0.0, std, -2.0, 2.0, FLOAT32, std_correction=True
    ),
    "std_correction": lambda std: kernel_arguments.truncated_normal(
        0.0, std, -0.05, 0.06, FLOAT32, std_correction=True
    ),
}

#: Options of trunc_normal_ by what is new about them.
NEW_CALLS: dict[str, Callable[[float], dict[str, float]]] = {
    "truncated at -2 and 2": lambda std: {"std": std},
    "truncated at 2 std": lambda std: {"std": std, "a": -2 * std, "b": 2 * std},
    "truncated at 3 std": lambda std: {"std": std, "a": -3 * std, "b": 3 * std},
}


def new_stds() -> Callable[[], float]:
    """Return a function that gives another number each time."""
    numbers = itertools.count(1)
    return lambda: 0.02 + 1e-9 * next(numbers)


@pytest.mark.parametrize("kind", NEW_LAWS)
def test_law(measure: Any, kind: str) -> None:
    """The law alone."""
    law, std = NEW_LAWS[kind], new_stds()
    measure(lambda: law(std()), nbytes=0, elements=0, what="new law", kind=kind)


@pytest.mark.parametrize("who", ["PyTorch", "fastinit"])
@pytest.mark.parametrize("kind", NEW_CALLS)
def test_trunc_normal(measure: Any, kind: str, who: str) -> None:
    """The whole call."""
    import torch  # noqa: PLC0415 - may be absent

    import fastinit.torch  # noqa: PLC0415

    torch.set_num_threads(1)
    function = (torch.nn.init if who == "PyTorch" else fastinit.torch).trunc_normal_
    options, std = NEW_CALLS[kind], new_stds()
    weight = torch.zeros(16)
    measure(
        lambda: function(weight, **options(std())),
        nbytes=64, elements=16, what=f"new law: {who}", kind=kind,
    )  # fmt: skip


@pytest.mark.parametrize("who", ["PyTorch", "fastinit"])
@pytest.mark.parametrize("name", ["xavier_uniform_", "xavier_normal_", "kaiming_normal_"])
def test_shapes(measure: Any, name: str, who: str) -> None:
    """Shapes that come back after a thousand others."""
    import torch  # noqa: PLC0415

    import fastinit.torch  # noqa: PLC0415

    torch.set_num_threads(1)
    function = getattr(torch.nn.init if who == "PyTorch" else fastinit.torch, name)
    weights = itertools.cycle([torch.zeros(m, n) for m in range(2, 42) for n in range(2, 42)])
    measure(
        lambda: function(next(weights)),
        nbytes=0, elements=0, what=f"new shape: {who}", kind=name,
    )  # fmt: skip
