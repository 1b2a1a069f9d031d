"""The compiled modules and what Python assumes of them: numbers, parameters and stubs."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import Kind, Parameters
from fastinit._kernels.dispatch import KERNELS, available_isas, load_kernels
from fastinit._memory.arrays import as_dtype
from fastinit._memory.dtypes import FormatNumber
from tests.support.laws import FLOATS

PACKAGE = Path(fastinit.__file__).parent
DOUBLE = 8
COMPILED = (
    "_kernels._generic",
    "_kernels.moments",
    "_kernels.processor",
    "_random.bit_generator",
)
STUBS = (*(f"_kernels._{isa}" for isa in available_isas()), "_kernels.moments")


@pytest.fixture(params=available_isas())
def kernels(request):
    return load_kernels(request.param)


def test_numbers_of_distributions_and_formats(kernels):
    assert kernels.distributions == {each.name: each.value for each in Kind}
    assert kernels.formats == {each.name: each.value for each in FormatNumber}


def test_fields_of_the_parameters(kernels):
    places = {name: DOUBLE * i for i, name in enumerate(Parameters._fields)}
    assert kernels.parameter_offsets == places
    assert list(kernels.parameter_offsets) == list(Parameters._fields)
    assert kernels.parameters_size == DOUBLE * len(Parameters._fields)


def test_parameters_are_a_short_tuple_of_numbers():
    out = np.empty(1, np.float32)
    arguments = (Kind.CONSTANT, FormatNumber.FLOAT32)
    KERNELS.fill(out, *arguments, (1, 1, 3), 0, 0, 0, 0, 1, False)
    assert out == 3
    too_many = (0.0,) * (len(Parameters._fields) + 1)
    with pytest.raises(ValueError, match="more parameters than a distribution has"):
        KERNELS.fill(out, *arguments, too_many, 0, 0, 0, 0, 1, False)
    for wrong in ([1.0, 1.0, 1.0], (1.0, 1.0, "1")):
        with pytest.raises(TypeError):
            KERNELS.fill(out, *arguments, wrong, 0, 0, 0, 0, 1, False)
    assert out == 3


def parsed(name):
    """Return the functions of a stub by name, those of classes as "Class.method"."""
    body = ast.parse((PACKAGE / f"{name.replace('.', '/')}.pyi").read_text()).body
    found = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
    for owner in (each for each in body if isinstance(each, ast.ClassDef)):
        found |= {
            f"{owner.name}.{each.name}": each
            for each in owner.body
            if isinstance(each, ast.FunctionDef) and each.name != "__init__"
        }
    return found


@pytest.mark.parametrize("name", COMPILED)
def test_stubs_name_the_arguments_of_the_code(name):
    module = import_module(f"fastinit.{name}")
    functions = parsed(name)
    assert functions
    for path, stub in functions.items():
        function = module
        for part in path.split("."):
            function = getattr(function, part)
        if inspect.isgetsetdescriptor(function):
            continue  # a property has no signature
        named = [each.arg for each in (*stub.args.posonlyargs, *stub.args.args)]
        assert named == list(inspect.signature(function).parameters), path


@pytest.mark.parametrize("name", STUBS)
def test_stubs_list_what_the_modules_offer(name):
    module = import_module(f"fastinit.{name}")
    offered = {each for each in vars(module) if not each.startswith("__")}
    listed = set()
    for each in ast.parse((PACKAGE / f"{name.replace('.', '/')}.pyi").read_text()).body:
        if isinstance(each, ast.AnnAssign):
            listed.add(each.target.id)
        elif isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            listed.add(each.name)
        elif isinstance(each, ast.ImportFrom) and each.module != "typing":
            listed |= {alias.name for alias in each.names}
    assert listed == offered


def constant_laws(dtype):
    """Return the laws that have one value only, and that value."""
    for value in (0.0, 1.0, -0.375, 0.1, -1e-30):
        yield kernel_arguments.constant(value, dtype), value
        yield kernel_arguments.uniform(value, value, dtype), value
        yield kernel_arguments.truncated_normal(value, 0, -1, 1, dtype), value
        yield kernel_arguments.normal(value, 0, dtype), value
        if float(np.array(value, dtype)) == value:  # bounds must have a number between them
            yield kernel_arguments.truncated_normal(0, 1, value, value, dtype), value


@pytest.mark.parametrize("name", FLOATS)
def test_laws_without_spread_are_constants(kernels, name):
    dtype = as_dtype(name, (name,))
    raw = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}[dtype.itemsize]
    for law, value in constant_laws(dtype):
        assert law.kind == Kind.CONSTANT
        expected = np.float64(value).astype(np.float32).astype(dtype)
        if dtype == np.float64:
            expected = np.float64(value)
        for length, start, streaming in ((1, 0, False), (77, 3, False), (70_001, 1, True)):
            memory = np.full(length + 5, 0x55, raw)
            kernels.fill(memory[start : start + length], *law, 1, 2, 3, 0, length, streaming)
            written = memory[start : start + length].view(dtype).astype(np.float64)
            np.testing.assert_array_equal(written, np.float64(expected))
            assert (memory[:start] == 0x55).all()
            assert (memory[start + length :] == 0x55).all()


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_constants_in_strided_memory_and_in_boxes(name):
    dtype = as_dtype(name, (name,))
    wide = np.zeros((6, 40), dtype)
    fastinit.constant_(wide[1::2, ::3], 0.5)
    expected = np.zeros((6, 40))
    expected[1::2, ::3] = 0.5
    np.testing.assert_array_equal(wide.astype(np.float64), expected)
    weight = fastinit.Weight((50, 20), "ones", seed=1, name="w", dtype=name)
    assert (weight[3:20:2, ::4].astype(np.float64) == 1).all()
    assert (weight[np.array([7, 0, 7])].astype(np.float64) == 1).all()
