"""What a user may choose for one tensor: the rules that all frameworks share."""

from __future__ import annotations

import numpy as np
import pytest

from fastinit import Constant, Normal
from fastinit._schemes.choices import constant_of, element_of, of_weight

pytestmark = pytest.mark.once


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.float16(0.5), 0.5])
def test_numbers_of_numpy_are_numbers(number):
    assert of_weight(number) == of_weight({"scheme": number}) == Constant(0.5)
    assert constant_of(number) == 0.5


@pytest.mark.parametrize("scheme", [["he_normal"], np.zeros(2), len, Normal, 1j])
def test_an_object_that_is_no_scheme(scheme):
    with pytest.raises(TypeError, match="a scheme must be a name, a number, a distribution"):
        of_weight(scheme)


@pytest.mark.parametrize(
    ("scheme", "dtype", "value"),
    [(7, "int8", 7), (np.int64(7), "int8", 7), (True, "bool", True), ("ones", "uint8", 1)],
)
def test_the_value_of_integers(scheme, dtype, value):
    element = element_of(scheme, np.dtype(dtype))
    assert element.dtype == dtype
    assert element == value


@pytest.mark.parametrize(
    ("scheme", "dtype"),
    [
        (128, "int8"),
        (-1, "uint8"),
        (2, "bool"),
        (0.5, "int32"),
        (2**70, "int64"),
        (2**53 + 1, "i4"),
    ],
)
def test_a_value_that_integers_do_not_hold(scheme, dtype):
    with pytest.raises(ValueError, match="cannot hold"):
        element_of(scheme, np.dtype(dtype))


@pytest.mark.parametrize("scheme", ["he_normal", Normal(0.0, 1.0), {"scheme": 1, "gain": 2}])
def test_integers_have_no_scheme(scheme):
    with pytest.raises(TypeError, match="schemes are for floating-point numbers"):
        element_of(scheme, np.dtype("int32"))
