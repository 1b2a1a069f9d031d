"""Limits of formulas: the last value accepted, and the first one refused."""

from __future__ import annotations

import json
import pickle
from functools import partial

import numpy as np
import pytest

import fastinit
from fastinit import Normal, TruncatedNormal, Uniform, Weight
from tests.support import reference
from tests.support.limits import Limit, check

pytestmark = pytest.mark.once

LAW = Uniform(-0.3, 0.7)
END = 2**64
make = partial(Weight, scheme=LAW, seed=1, name="w")


def uniform(first, count, dtype="float32"):
    """Return elements from C-order index `first` on, by the contract."""
    indices = np.uint64(first) + np.arange(count, dtype=np.uint64)
    return reference.uniform(indices, 1, "w", LAW.low, LAW.high, dtype)


def padded(rows, padding_idx):
    values = uniform(0, 3 * rows).reshape(rows, 3)
    values[padding_idx] = 0
    return values


def of_json(**changes):
    return Weight.from_json(json.dumps(json.loads(make((5, 3)).to_json()) | changes))


PADDING = r"padding_idx must be in \[-5, 5\)"
NO_ROWS = r"padding_idx must be None for the shape \(0, 5\), which has no rows"
LIMITS = {
    "padding": Limit(lambda x: make((5, 3), padding_idx=x)[:], 4, 5, f"{PADDING}, got 5", padded(5, 4)),
    "least padding": Limit(lambda x: make((5, 3), padding_idx=x)[:], -5, -6, f"{PADDING}, got -6", padded(5, 0)),
    "padding of one row": Limit(lambda x: make((1, 3), padding_idx=x)[:], -1, 1, r"in \[-1, 1\), got 1", padded(1, 0)),
    "padding without rows": Limit(lambda x: make((0, 5), padding_idx=x).padding_idx, None, 0, NO_ROWS, None),
    "padding without columns": Limit(
        lambda x: make((5, 0), padding_idx=x)[:], -5, -6, f"{PADDING}, got -6", np.zeros((5, 0), np.float32),
    ),
    "elements of 32 bits": Limit(
        lambda x: make(x)[-3:], (END,), (END + 1,), r"end past the stream, which has 2\*\*64", uniform(END - 3, 3),
    ),
    "elements of 64 bits": Limit(
        lambda x: make(x, dtype="float64")[-3:], (END // 2,), (END // 2 + 1,), r"end past the stream, which has 2\*\*63",
        uniform(END // 2 - 3, 3, "float64"),
    ),
    "elements of 8 bits": Limit(
        lambda x: make(x, dtype="float8_e5m2")[-1, -3:], (2**60, 16), (2**60 + 1, 16), "end past the stream",
        uniform(END - 3, 3, "float8_e5m2"),
    ),
    "seed": Limit(lambda x: make(3, seed=x).seed, END - 1, END, r"seed must be in \[0, 2\*\*64\)", END - 1),
    "least seed": Limit(lambda x: make(3, seed=x).seed, 0, -1, r"seed must be in \[0, 2\*\*64\)", 0),
    "length": Limit(lambda x: make((x, 3)).shape, 0, -1, "negative lengths", (0, 3)),
    "length in JSON": Limit(
        lambda x: of_json(shape=[x]).shape, END, END + 1, r"end past the stream, which has 2\*\*64", (END,),
    ),
    "least length in JSON": Limit(
        lambda x: of_json(shape=[x]).shape, 0, -1, r"negative lengths, got \(-1,\)", (0,),
    ),
    "row": Limit(
        lambda x: make((5, 3)).rows([x]), 4, 5, r"row numbers must be in \[0, 5\)", uniform(12, 3).reshape(1, 3), IndexError,
    ),
    "least row": Limit(
        lambda x: make((5, 3)).rows([x]), 0, -1, r"row numbers must be in \[0, 5\)", uniform(0, 3).reshape(1, 3), IndexError,
    ),
    "row of an array": Limit(
        lambda x: make((5, 3))[np.array([x])], -5, -6, r"row numbers must be in \[-5, 5\)", uniform(0, 3).reshape(1, 3), IndexError,
    ),
    "row of the longest tensor": Limit(
        lambda x: make((END,)).rows(np.array([x], np.uint64)), END // 2 - 1, END // 2,
        rf"row numbers must be in \[0, {END // 2}\)", uniform(END // 2 - 1, 1), IndexError,
    ),
    "index": Limit(lambda x: make((5, 3))[x], 4, 5, "index 5 is out of bounds", uniform(12, 3), IndexError),
    "least index": Limit(lambda x: make((5, 3))[x], -5, -6, "index -6 is out of bounds", uniform(0, 3), IndexError),
    "index of the longest tensor": Limit(
        lambda x: make((END,))[x], END - 1, END, "is out of bounds", uniform(END - 1, 1)[0], IndexError,
    ),
    "length of out": Limit(
        lambda x: make((5, 3)).fill(np.empty(x, np.float32)), (5, 3), (3, 5), r"out must have the shape \(5, 3\), got \(3, 5\)",
        uniform(0, 15).reshape(5, 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_weights(name):
    check(LIMITS[name])


INDICES = [0, -1, slice(None), slice(1, 2), slice(3, 1, -1), [0], [-1, 0], slice(4, 4), ...]


@pytest.mark.parametrize(
    "law", [LAW, Normal(0.1, 0.3), TruncatedNormal(0.1, 0.3, -0.5, 0.7), "ones"]
)
@pytest.mark.parametrize(
    "shape", [(5, 0), (5, 1), (1, 5), (1, 1), (5, 1, 3), (1, 5, 1), (2, 0, 3), (5,), (1,)], ids=str
)
def test_axes_of_length_0_and_1_with_a_padding_row(shape, law):
    """Each part is that part of the whole, and the padding row is 0 in each."""
    whole = np.array(Weight(shape, law, seed=1, name="w"))
    for padding in (0, -1):
        weight = Weight(shape, law, seed=1, name="w", padding_idx=padding)
        expected = whole.copy()
        expected[padding] = 0
        for index in INDICES:
            index = np.array(index) if isinstance(index, list) else index  # noqa: PLW2901
            try:
                part = expected[index]
            except IndexError:
                continue
            assert np.array_equal(weight[index], part)
            for axes in ((), (slice(0, 1),), (slice(0, 0),), (slice(None, None, -1),)):
                if len(axes) < len(shape) and not isinstance(index, type(...)):
                    assert np.array_equal(weight[(index, *axes)], expected[(index, *axes)])
        out = np.asfortranarray(np.full(shape, 7, np.float32))
        assert np.array_equal(weight.fill(out), expected)
        ids = np.arange(shape[0]).reshape(1, -1, 1)
        assert np.array_equal(weight.rows(ids), expected[ids])


def test_rows_of_a_tensor_of_2_64_rows():
    """Its length is no length of Python; its rows are found all the same."""
    weight = make((END,))
    ids = [0, 2**32, 2**63 - 1]
    assert np.array_equal(weight.rows(ids), [weight[each] for each in ids])
    assert np.array_equal(weight[np.array(ids)], weight.rows(ids))
    with pytest.raises(OverflowError):
        len(weight)
    assert pickle.loads(pickle.dumps(weight)) == weight  # noqa: S301 - our own


@pytest.mark.parametrize("dtype", reference.DTYPES)
def test_the_last_elements_of_a_stream(dtype):
    """In one fill, and in parts of a weight: the words do not start again."""
    end = END // 2 if dtype == "float64" else END
    expected = uniform(end - 9, 9, dtype)
    weight = make((end // 16, 16), dtype=dtype)
    assert np.array_equal(weight[-1, 7:], expected)
    assert np.array_equal(weight[-1, :6:-1], expected[::-1])
    assert np.array_equal(weight[end // 16 - 1 :, 7:], expected.reshape(1, 9))
    filled = fastinit.uniform(9, LAW.low, LAW.high, dtype=dtype, seed=1, stream="w", offset=end - 9)
    assert np.array_equal(filled, expected)
