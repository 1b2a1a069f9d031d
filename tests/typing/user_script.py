"""A program of a user, in which type checkers find nothing wrong; `test_checkers` runs them."""

import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from typing_extensions import assert_type

import fastinit
from fastinit.typing import Mode, SchemeName

# The dtype of a result follows from the argument.
assert_type(fastinit.he_normal((512, 256), seed=7), NDArray[np.float32])
assert_type(fastinit.normal(8, 0.0, 0.02, dtype=np.float64), NDArray[np.float64])
assert_type(fastinit.uniform([2, 3], -1, 1, dtype="float16"), NDArray[np.float16])
assert_type(fastinit.glorot_uniform((4, 4), dtype="float64", gain=2.0), NDArray[np.float64])
assert_type(fastinit.random_bits(4), NDArray[np.uint32])
assert_type(fastinit.random_bits(4, dtype=np.uint64), NDArray[np.uint64])
assert_type(fastinit.zeros(3, dtype=np.dtype(np.float64)), NDArray[np.float64])
assert_type(fastinit.identity((3, 3)), NDArray[np.float32])
half: NDArray[np.float16] = fastinit.orthogonal((8, 8), dtype=np.float16, seed=1)


class LikeTorch:
    """Stands for ``torch.float32``: this program runs without PyTorch, `torch_dtypes` with it."""

    is_floating_point = True
    is_complex = False
    itemsize = 4


def of_pytorch(dtype: LikeTorch) -> NDArray[Any]:
    """Take a dtype of PyTorch wherever a dtype is taken."""
    return fastinit.normal(3, dtype=dtype)


# A function that fills memory returns it, with its type.
assert_type(fastinit.kaiming_uniform_(half, mode="fan_out", a=0.1, stream="w"), NDArray[np.float16])
assert_type(fastinit.normal_(array.array("f", [0.0] * 8), seed=1), "array.array[float]")
assert_type(fastinit.quantized_row_bytes(64, bits=4, row_layout="tbe"), int)
rows = fastinit.quantized_rows((8, 64), "variance_scaling", distribution="uniform", seed=0)
assert_type(rows, NDArray[np.uint8])


def layers(mode: Mode, scheme: SchemeName, dtype: DTypeLike) -> Iterator[NDArray[Any]]:
    """Pass options and a dtype on."""
    yield fastinit.he_normal((4, 4), mode=mode, nonlinearity="relu", dtype=dtype)
    yield fastinit.Weight((4, 4), scheme, seed=0, name="w", dtype=dtype)[1:3]
    yield fastinit.for_activation("gelu").new((4, 4), seed=fastinit.default_rng(3))


for layer in layers("fan_avg", "lecun_normal", "bfloat16"):
    assert_type(layer, NDArray[Any])

table = fastinit.Weight((1000, 64), "he_uniform", seed=7, name="user_id", layout="keras")
assert_type(table[[3, 1, 2]], NDArray[Any])
assert_type(table[..., 0], NDArray[Any])
assert_type(table[:2, [0, 5]], NDArray[Any])
assert_type(table[np.zeros(1000, bool)], NDArray[Any])
assert_type(table.replace(name="item_id", mode="fan_out", padding_idx=None), fastinit.Weight)
assert_type(table.rows([[1, 2], [3, 4]]), NDArray[Any])
pair = fastinit.zeros((2, 64))
assert_type(table.rows(np.arange(2), pair), NDArray[np.float32])
assert_type(table.fill(pair, np.s_[:2, :], threads=2), NDArray[np.float32])
assert_type(table.shape, tuple[int, ...])
generator = fastinit.manual_seed(3)
assert_type(generator, fastinit.Generator)
assert_type(generator.standard_normal(), float)
assert_type(generator.normal(0.0, 1.0, (2, 2)), NDArray[np.float64])
assert_type(generator.uniform(size=3, dtype=np.float32), NDArray[np.float32])
assert_type(generator.random(out=half, dtype=np.float16), NDArray[np.float16])
assert_type(generator.bytes(8), bytes)
assert_type(generator.spawn(2), list[fastinit.Generator])
state = generator.get_state()
assert_type(state["next_stream"], int)


def check(path: Path) -> bool:
    """Save a table, verify it, and report the first difference."""
    receipt = fastinit.save(path, table, receipt=True, progress=print)
    assert_type(receipt, "fastinit.Receipt | None")
    found = fastinit.verify(path, table, sample=3)
    assert_type(found, fastinit.Verification)
    if isinstance(found.difference, fastinit.Difference):
        print(found.difference.index, found.difference.expected)  # noqa: T201
    return bool(found)
