"""Arguments in the order of other libraries: the error says that the shape comes first."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import fastinit
from fastinit._schemes.schemes import SCHEMES
from tests.support.signatures import functions_with

pytestmark = pytest.mark.once

#: Every public function that returns a new array.
ALLOCATING = functions_with(fastinit, "shape")
OF_SHAPE_ALONE = [
    name
    for name in ALLOCATING
    if [
        each.name
        for each in inspect.signature(getattr(fastinit, name)).parameters.values()
        if each.kind is not each.KEYWORD_ONLY
    ]
    == ["shape"]
]


def test_there_are_functions():
    assert len(OF_SHAPE_ALONE) >= len(SCHEMES) + 8
    others = {"constant", "dirac", "fans", "normal", "quantized_rows", "sparse", "trunc_normal"}
    assert {*ALLOCATING} - {*OF_SHAPE_ALONE} == others | {"uniform"}


def shows(right, got):
    return rf"{re.escape(right)}, got {re.escape(got)}$"


@pytest.mark.parametrize("name", OF_SHAPE_ALONE)
def test_lengths_by_position(name):
    function = getattr(fastinit, name)
    name = function.__name__  # `identity` is another name of `eye`
    message = shows(f"the shape is one argument: {name}((8, 4))", f"{name}(8, 4)")
    with pytest.raises(TypeError, match=message):
        function(8, 4)
    with pytest.raises(TypeError, match=rf"{name}\(\(8, 4\), dtype=numpy.float64\), got"):
        function((8, 4), np.float64)
    with pytest.raises(TypeError, match=r"takes 1 argument by position \(shape\).*such as seed=0$"):
        function((8, 4), 0.5)


@pytest.mark.parametrize(
    ("call", "right"),
    [
        ("normal(0, 1, (3, 4))", "normal((3, 4), 0, 1)"),
        ("normal(0.0, 1.0, 10)", "normal(10, 0.0, 1.0)"),
        ("normal(0, (3, 4))", "normal((3, 4), 0, 1.0)"),
        ("normal(0, 1, [3, 4])", "normal([3, 4], 0, 1)"),
        ("uniform(0, 1, (3, 4))", "uniform((3, 4), 0, 1)"),
        ("uniform(-0.5, 0.5, 3)", "uniform(3, -0.5, 0.5)"),
        ("trunc_normal(0, 1, -2, 2, (3, 4))", "trunc_normal((3, 4), 0, 1, -2, 2)"),
        ("trunc_normal(-2, 2, (3, 4))", "trunc_normal((3, 4), -2, 2, -2.0, 2.0)"),
        ("constant(0.5, 3)", "constant(3, 0.5)"),
        ("constant(0.5, (3, 4))", "constant((3, 4), 0.5)"),
        ("sparse(0.5, (3, 4))", "sparse((3, 4), 0.5)"),
        ("quantized_rows('he_normal', (3, 4))", "quantized_rows((3, 4), 'he_normal')"),
    ],
)
def test_shape_after_parameters(call, right):
    with pytest.raises(TypeError, match=f"the shape comes first: {re.escape(right)}, got "):
        eval(f"fastinit.{call}")  # noqa: S307
    assert eval(f"fastinit.{right}").shape[0] in (3, 10)  # noqa: S307


@pytest.mark.parametrize(
    ("call", "right"),
    [
        ("normal(3, 4, 0.0, 1.0)", "normal((3, 4), 0.0, 1.0)"),
        ("sparse(3, 4, 0.5)", "sparse((3, 4), 0.5)"),
        ("dirac(3, 3, 3)", "dirac((3, 3, 3))"),
        ("fans(3, 4)", "fans((3, 4))"),
        ("quantized_rows(8, 4, 'he_normal')", "quantized_rows((8, 4), 'he_normal')"),
        ("zeros(np.int64(3), 4)", "zeros((3, 4))"),
    ],
)
def test_lengths_before_parameters(call, right):
    with pytest.raises(TypeError, match=f"the shape is one argument: {re.escape(right)}, got"):
        eval(f"fastinit.{call}")  # noqa: S307
    eval(f"fastinit.{right}")  # noqa: S307


@pytest.mark.parametrize(
    ("call", "right"),
    [
        ("normal((3, 4), 0, 1, 'float64')", "normal((3, 4), 0, 1, dtype='float64')"),
        ("constant((3, 4), 0.5, np.float16)", "constant((3, 4), 0.5, dtype=numpy.float16)"),
        ("ones(3, float)", "ones(3, dtype=float)"),
    ],
)
def test_dtype_by_position(call, right):
    with pytest.raises(TypeError, match=f"the dtype is given by name: {re.escape(right)}, got"):
        eval(f"fastinit.{call}")  # noqa: S307


def test_weights():
    with pytest.raises(TypeError, match=r"shape comes first: Weight\(\(3, 4\), 'he_normal'\), got"):
        fastinit.Weight("he_normal", (3, 4), seed=0, name="w")
    with pytest.raises(TypeError, match=r"is one argument: Weight\(\(3, 4\), 'he_normal'\), got"):
        fastinit.Weight(3, 4, "he_normal", seed=0, name="w")


def test_signatures_do_not_show_what_always_raises():
    for each in (*(getattr(fastinit, name) for name in ALLOCATING), fastinit.Weight):
        kinds = {parameter.kind for parameter in inspect.signature(each).parameters.values()}
        assert inspect.Parameter.VAR_POSITIONAL not in kinds, each


@pytest.mark.parametrize("out", [(3, 4), 3, 0.5])
@pytest.mark.parametrize("name", ["normal_", "he_normal_", "orthogonal_", "zeros_", "dirac_"])
def test_a_shape_in_place_of_memory(name, out):
    with pytest.raises(TypeError, match=r"the memory comes first; .* not end in an underscore$"):
        getattr(fastinit, name)(out)


@pytest.mark.parametrize("name", ["normal", "he_normal", "orthogonal", "zeros"])
def test_memory_in_place_of_a_shape(name):
    out = np.ones((300, 40), np.float32)
    message = r"got ndarray of shape \(300, 40\): to fill it, call the function whose name ends in"
    with pytest.raises(TypeError, match=message):
        getattr(fastinit, name)(out)
    assert (out == 1).all()


@pytest.mark.parametrize("method", ["random", "standard_normal"])
def test_lengths_by_position_in_methods_of_a_generator(method):
    with pytest.raises(TypeError, match=r"got 4: a shape is one argument, such as \(3, 4\)$"):
        getattr(fastinit.Generator(0), method)(3, 4)


def test_a_wrong_order_takes_no_stream():
    before = fastinit.manual_seed(3).get_state()
    for call in (lambda: fastinit.normal(0, 1, (3, 4)), lambda: fastinit.he_normal(3, 4)):
        with pytest.raises(TypeError):
            call()
    assert fastinit.default_generator().get_state() == before
