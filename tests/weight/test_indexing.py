"""Masks and arrays of indices for any axis: the parts that NumPy selects from the whole tensor."""

from __future__ import annotations

import numpy as np
import pytest

import fastinit

SHAPES = [(5,), (4, 3), (3, 4, 2), (2, 3, 2, 3)]


def weight_of(shape, padding_idx=None, dtype="float32"):
    distribution = fastinit.Uniform(0.5, 1.0)  # no value is 0, so a row of zeros is seen
    return fastinit.Weight(
        shape, distribution, seed=1, name="w", padding_idx=padding_idx, dtype=dtype
    )


def indices(numbers, shape, count):
    """Return random indices: slices, integers, arrays and lists of them, masks, ellipses."""
    found = []
    for _ in range(count):
        index, axis = [], 0
        while axis < len(shape):
            length = shape[axis]
            kind = numbers.integers(7)
            if kind == 0:
                ends = [int(each) for each in numbers.integers(-length - 1, length + 2, 2)]
                index.append(slice(*ends, int(numbers.choice([-2, -1, 1, 2]))))
            elif kind == 1:
                index.append(int(numbers.integers(-length, length)))
            elif kind == 2:
                index.append(numbers.integers(-length, length, size=3))
            elif kind == 3:
                index.append(numbers.integers(-length, length, size=(2, 1)).tolist())
            elif kind == 4:
                axes = int(numbers.integers(1, len(shape) - axis + 1))
                index.append(numbers.random(shape[axis : axis + axes]) < 0.5)
                axis += axes - 1
            elif kind == 5 and ... not in [each for each in index if each is ...]:
                index.append(...)
                axis -= 1
            else:
                break
            axis += 1
        found.append(tuple(index))
    return found


def test_an_element_by_an_ellipsis_is_an_array_as_in_numpy():
    weight = weight_of((4, 3, 2))
    whole = np.asarray(weight)
    for index in ((1, 2, 0), (1, ..., 2, 0), (..., 1, 2, 0), (1, 2, 0, ...), (np.int64(1), 2, 0)):
        made, expected = weight[index], whole[index]
        assert type(made) is type(expected), index
        assert np.shape(made) == ()
        assert made == expected
    single = weight_of(())
    assert type(single[...]) is np.ndarray
    assert type(single[()]) is np.float32


def test_text_is_no_index():
    for index in ("a", ["a", "b"], (0, "a")):
        with pytest.raises(IndexError, match="got text"):
            weight_of((4, 3))[index]


@pytest.mark.parametrize("padding_idx", [None, 1])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_index_of_numpy(shape, padding_idx):
    weight = weight_of(shape, padding_idx)
    whole = np.asarray(weight)
    refused = 0
    for index in indices(np.random.default_rng(len(shape)), shape, 150):
        try:
            expected = whole[index]
        except IndexError:  # arrays of different lengths
            refused += 1
            with pytest.raises(IndexError):
                weight[index]
            continue
        made = weight[index]
        assert np.shape(made) == expected.shape, index
        assert np.array_equal(made, expected), index
        strided = np.zeros((*expected.shape, 2), np.float32)[..., 0]
        weight.fill(strided, index)
        assert np.array_equal(strided, expected), index
    assert refused < 75


def test_masks():
    weight = weight_of((6, 4), dtype="float64")
    whole = np.asarray(weight)
    rows = np.arange(6) % 2 == 0
    assert np.array_equal(weight[rows], whole[rows])
    assert np.array_equal(weight[rows.tolist()], whole[::2])
    assert np.array_equal(weight[rows, 1:3], whole[::2, 1:3])
    large = whole > 0.8
    assert np.array_equal(weight[large], whole[large])


def test_columns_of_a_table_that_fits_no_memory():
    weight = weight_of((10**12, 64))
    rows = weight[10**11 : 10**11 + 5]
    assert np.array_equal(weight[10**11 : 10**11 + 5, [63, 0, 5]], rows[:, [63, 0, 5]])
    assert np.array_equal(weight[[10**11, 10**11 + 3], [1, 2]], rows[[0, 3], [1, 2]])


def test_arrays_whose_lengths_have_a_product_beyond_an_int64():
    """NumPy does not multiply the lengths of arrays that go together, and neither does a weight."""
    weight = weight_of((2, 2, 2, 2), dtype="float16")
    whole = np.asarray(weight)
    index = np.random.default_rng(1).integers(0, 2, (4, 60_000))
    assert np.array_equal(weight[tuple(index)], whole[tuple(index)])


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ((slice(None), [0, 3]), r"indices of axis 1 must be in \[-3, 3\), got 3"),
        ((slice(None), [0.5]), "indices of axis 1 must be integers, got float64"),
        ((slice(None), "a"), "indices of axis 1 must be integers, got text"),
        (([0, 1], [0, 1, 2]), r"shape mismatch: .* must broadcast .* shapes \(2,\) \(3,\)$"),
        ((4, [0]), "index 4 is out of bounds for axis 0"),
        (True, "must not be the bool True: give 0 or 1"),
        (np.ones(3, bool), r"a mask from axis 0 on must have the shape \(4,\), .*, got \(3,\)"),
        ((..., np.ones(4, bool)), r"a mask from axis 1 on must have the shape \(3,\)"),
        (np.ones((4, 3, 1), bool), "too many indices: the weight has 2 axes, but 3"),
    ],
)
def test_index_errors(index, message):
    with pytest.raises(IndexError, match=message):
        weight_of((4, 3))[index]


def test_elements_need_numbers_in_an_int64():
    weight = weight_of((2**60, 16))
    with pytest.raises(IndexError, match="need a weight of at most 2\\*\\*63 elements"):
        weight[:2, [0, 1]]
    assert weight[[0, 2**60 - 1]].shape == (2, 16)


def test_rows_take_no_mask():
    with pytest.raises(IndexError, match=r"must be integers, got bool: a mask .* weight\[mask\]"):
        weight_of((4, 3)).rows(np.ones(4, bool))


@pytest.mark.parametrize("padding_idx", [0, 2, 9])
@pytest.mark.parametrize("step", [2**62, -(2**62), 2**61 + 1, 2**63 - 1, -(2**63), 2**63, 2**64])
def test_steps_beyond_the_end_select_one_row(step, padding_idx):
    weight = weight_of((10, 4), padding_idx)
    whole = np.asarray(weight)
    for index in (slice(None, None, step), slice(2, None, step), (slice(2, 3, step), slice(1, 3))):
        assert np.array_equal(weight[index], whole[index])
