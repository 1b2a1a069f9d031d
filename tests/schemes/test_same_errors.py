"""A wrong argument gives the same error at each public function that takes it.

The functions are found by their signatures: a new function is tested as soon as it is public. Of
each wrong value, the type of the error and its words are known, whichever function gets it. Nothing
has been written then: neither the memory of the caller, nor the next stream of a generator.
"""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import fastinit
from tests.schemes.test_errors import BAD_OUT
from tests.support.signatures import functions_with

pytestmark = pytest.mark.once

FLOATS = "float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2"
WEIGHT = fastinit.Weight((4, 5), "xavier", seed=1, name="w")
IDS = np.array([3, 0, 3, 1])

HALF_A_PAIR = (
    "a name must be text that UTF-8 can encode, got '\\ud800': the character at index 0 is half of a "
    "surrogate pair"
)
PAST_THE_END = (
    f"20 elements from element {2**64 - 19} on end past the stream, which has 2**64 elements of 4 "
    "bytes"
)

#: Wrong values of the arguments, with the type of the error and its whole text.
WRONG = {
    "seed": [
        (True, TypeError, "seed must be an integer{also}, not the bool True"),
        (np.True_, TypeError, "seed must be an integer{also}, not the bool True"),
        (1.0, TypeError, "seed must be an integer{also}, got float"),
        ("7", TypeError, "seed must be an integer{also}, got str"),
        (-1, ValueError, "seed must be in [0, 2**64), got -1"),
        (2**64, ValueError, f"seed must be in [0, 2**64), got {2**64}"),
    ],
    "stream": [
        (False, TypeError, "stream must be an integer or a string, not the bool False"),
        (1.5, TypeError, "stream must be an integer or a string, got float"),
        (b"name", TypeError, "stream must be an integer or a string, got bytes"),
        (-1, ValueError, "stream must be in [0, 2**64), got -1"),
        (2**64, ValueError, f"stream must be in [0, 2**64), got {2**64}"),
        ("\ud800", ValueError, HALF_A_PAIR),
    ],
    "offset": [
        (True, TypeError, "offset must be an integer, not the bool True"),
        (0.0, TypeError, "offset must be an integer, got float"),
        (-1, ValueError, "offset must be in [0, 2**64), got -1"),
        (2**64, ValueError, f"offset must be in [0, 2**64), got {2**64}"),
        (2**64 - 19, ValueError, PAST_THE_END),
    ],
    "threads": [
        (True, TypeError, "threads must be an integer, not the bool True"),
        (1.0, TypeError, "threads must be an integer, got float"),
        ("2", TypeError, "threads must be an integer, got str"),
        (0, ValueError, "threads must be at least 1, got 0"),
        (-3, ValueError, "threads must be at least 1, got -3"),
    ],
    "layout": [
        (layout, ValueError, f"layout must be one of 'torch', 'keras', got {layout!r}")
        for layout in ("jax", None, 1)
    ],
    "shape": [
        (2.5, TypeError, "shape must be an integer or a sequence of integers, got 2.5"),
        ("ab", TypeError, "shape must be an integer or a sequence of integers, got 'ab'"),
        ((4, None), TypeError, "shape must be an integer or a sequence of integers, got (4, None)"),
        ((4, -5), ValueError, "shape must not have negative lengths, got (4, -5)"),
    ],
    "dtype": [
        ("int64", TypeError, "dtype must be {expected}, got int64"),
        (">f4", TypeError, "dtype must be {swapped}"),
        ("nonsense", TypeError, "dtype must be {expected}, got 'nonsense'"),
        (object, TypeError, "dtype must be {expected}, got object"),
        ([("a", "f4")], TypeError, "dtype must be {expected}, got void32"),
    ],
}  # fmt: skip
WORDS = {"expected": FLOATS, "swapped": "in native byte order, got >f4: use float32", "also": ""}
WORDS_OF_BITS = {
    "expected": "uint32 or uint64",
    "swapped": "uint32 or uint64, got float32",
}
ALSO = ", a fastinit.Generator or None"

#: The shapes of those functions that do not take a matrix, and what else they need.
SHAPES = {"dirac": (4, 5, 1), "delta_orthogonal": (5, 4, 1), "lstm_bias": (20,)}
NEEDED = {
    "sparsity": 0.5, "value": 1.0, "dim": 5, "distribution": "xavier",
    "layers": 12, "width": 5, "role": "hidden", "width_multiplier": 2.0, "part": "decoder",
}  # fmt: skip


def arguments_of(name):
    """Return valid arguments of a public function by name."""
    shape = SHAPES.get(name.removesuffix("_"), (4, 5))
    if name == "quantized_rows_":
        out = np.full((4, fastinit.quantized_row_bytes(5)), 7, np.uint8)
    else:
        out = np.full(shape, 7, np.uint32 if "bits" in name else np.float32)
    return {"out": out, "shape": shape} | NEEDED


def call(name, **given):
    """Call a public function with valid arguments, except those that are given."""
    function = getattr(fastinit, name)
    known = arguments_of(name) | given
    positional, by_name = [], {}
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_KEYWORD or each.name not in known:
            continue
        if each.kind is each.POSITIONAL_ONLY or each.name == "out":
            positional.append(known[each.name])
        elif each.default is each.empty or each.name in given:
            by_name[each.name] = known[each.name]
    return function(*positional, **by_name)


#: Public functions that take the argument in another way than the fills do.
OTHERS = {
    "seed": {"default_rng", "manual_seed", "read_config", "read_template"},
    "threads": {"set_num_threads"},
    "dtype": {"read_template"},
}
CALLS = [
    (name, argument)
    for argument in WRONG
    for name in functions_with(fastinit, argument)
    if name not in OTHERS.get(argument, ())
]


@pytest.mark.parametrize("name", sorted({name for name, _ in CALLS}))
def test_valid_arguments(name):
    """Without this, each call could fail for another reason than the wrong argument."""
    call(name)


@pytest.mark.parametrize(("name", "argument"), CALLS)
def test_functions(name, argument):
    words = WORDS | {"also": ALSO} | (WORDS_OF_BITS if "bits" in name else {})
    generator = fastinit.Generator(3)
    before = generator.get_state(), fastinit.default_generator().get_state()
    for value, error, text in WRONG[argument]:
        given = {argument: value}
        if "seed" in inspect.signature(getattr(fastinit, name)).parameters:
            given = {"seed": generator} | given
        out = arguments_of(name)["out"]
        with pytest.raises(error) as raised:
            call(name, **{"out": out} | given)
        assert type(raised.value) is error
        found = str(raised.value).split("; did you mean")[0]
        assert found == text.format_map(words).replace("20 elements", f"{out.size} elements")
        assert (out == 7).all()
    assert before == (generator.get_state(), fastinit.default_generator().get_state())


def weight(**given):
    return fastinit.Weight(**{"shape": (4, 5), "scheme": "xavier", "seed": 1, "name": "w"} | given)


GENERATOR = fastinit.Generator(3)
SEED_OF_WEIGHT = {"also": " or a fastinit.Generator"}
SEED_OF_GENERATOR = {"also": " or None"}
SEED_AS_IN_NUMPY = {"also": ", a sequence of them, a SeedSequence, a fastinit.Generator or None"}

#: Other public calls that take one of these arguments, and words of theirs.
METHODS = {
    "Weight, seed": ("seed", lambda value: weight(seed=value), SEED_OF_WEIGHT),
    "Weight, shape": ("shape", lambda value: weight(shape=value), {}),
    "Weight, dtype": ("dtype", lambda value: weight(dtype=value), {}),
    "Weight, layout": ("layout", lambda value: weight(layout=value), {}),
    "Weight.fill, threads": (
        "threads",
        lambda value: WEIGHT.fill(np.empty((4, 5), np.float32), threads=value),
        {},
    ),
    "Weight.rows, threads": ("threads", lambda value: WEIGHT.rows(IDS, threads=value), {}),
    "Weight.rows, out and threads": (
        "threads",
        lambda value: WEIGHT.rows(IDS, np.empty((4, 5), np.float32), threads=value),
        {},
    ),
    "set_num_threads": ("threads", fastinit.set_num_threads, {}),
    "Generator": ("seed", fastinit.Generator, SEED_OF_GENERATOR),
    "Philox": ("seed", fastinit.Philox, SEED_AS_IN_NUMPY),
    "default_rng": ("seed", fastinit.default_rng, SEED_AS_IN_NUMPY),
    "manual_seed": ("seed", fastinit.manual_seed, {}),
    "Generator.manual_seed": ("seed", GENERATOR.manual_seed, {}),
    "Generator.address": ("stream", GENERATOR.address, {}),
    **{
        f"Generator.{name}, dtype": (
            "dtype",
            lambda value, name=name: getattr(GENERATOR, name)(size=(4, 5), dtype=value),
            {},
        )
        for name in functions_with(fastinit.Generator, "out")
    },
    **{
        f"Generator.{name}, size": (
            "shape",
            lambda value, name=name: getattr(GENERATOR, name)(size=value),
            {"shape": "size"},
        )
        for name in functions_with(fastinit.Generator, "out")
    },
}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    argument, function, own = METHODS[name]
    state, threads = GENERATOR.get_state(), fastinit.get_num_threads()
    default = fastinit.default_generator().get_state()
    for value, error, text in WRONG[argument]:
        if name in ("Philox", "default_rng") and type(value) is int and value > 0:
            continue  # a seed of more bits becomes a sequence, as in NumPy
        with pytest.raises(error) as raised:
            function(value)
        assert type(raised.value) is error
        expected = re.sub("^shape", own.get("shape", "shape"), text)
        found = str(raised.value).split("; did you mean")[0]
        assert found == expected.format_map(WORDS | own)
    assert state == GENERATOR.get_state()
    assert threads == fastinit.get_num_threads()
    assert default == fastinit.default_generator().get_state()


#: All calls that fill memory of the caller with float32.
FILLS = {
    **{
        name: lambda out, name=name: call(name, out=out)
        for name in functions_with(fastinit, "out")
        if name not in ("quantized_rows_", "random_bits_")
    },
    **{
        f"Generator.{name}": lambda out, name=name: getattr(GENERATOR, name)(
            out=out, dtype=np.float32
        )
        for name in functions_with(fastinit.Generator, "out")
    },
    "Generator.uniform of arrays": lambda out: GENERATOR.uniform(
        np.zeros(5), 1.0, out=out, dtype=np.float32
    ),
    "Generator.normal of arrays": lambda out: GENERATOR.normal(
        np.zeros(5), 1.0, out=out, dtype=np.float32
    ),
    "Weight.fill": WEIGHT.fill,
    "Weight.fill of a box": lambda out: WEIGHT.fill(out, np.s_[:]),
    "Weight.rows": lambda out: WEIGHT.rows(IDS, out),
}


def test_all_methods_that_fill_are_here():
    for owner in (fastinit.Generator, fastinit.Weight):
        for name in functions_with(owner, "out"):
            assert f"{owner.__name__}.{name}" in FILLS


@pytest.mark.parametrize("name", FILLS)
def test_memory_that_cannot_be_filled(name):
    state = GENERATOR.get_state()
    for case, (out, error, message) in BAD_OUT.items():
        if out is None and name.startswith(("Generator", "Weight.rows")):
            continue  # a new array
        before = out.copy() if isinstance(out, np.ndarray) else None
        expected = message.replace("float8_e5m2", "float32") if "Weight" in name else message
        with pytest.raises(error, match=expected):
            FILLS[name](out)
        assert before is None or np.array_equal(out, before), case
    assert state == GENERATOR.get_state()


def full(*shape, dtype=np.float32):
    return np.full(shape, 7, dtype)


#: Fills whose memory must have a certain shape or dtype, the memory, and words of the error.
OF_ONE_SHAPE = {
    "Weight.fill": (WEIGHT.fill, full(4, 5), r"out must have the shape \(4, 5\)"),
    "Weight.fill of a box": (
        lambda out: WEIGHT.fill(out, np.s_[1:3, ::2]),
        full(2, 3),
        r"out must have the shape \(2, 3\)",
    ),
    "Weight.fill of one row": (
        lambda out: WEIGHT.fill(out, 2),
        full(5),
        r"out must have the shape \(5,\)",
    ),
    "Weight.fill of rows": (
        lambda out: WEIGHT.fill(out, IDS),
        full(4, 5),
        r"out must have the shape \(4, 5\)",
    ),
    "Weight.rows": (
        lambda out: WEIGHT.rows(IDS, out),
        full(4, 5),
        r"out must have the shape \(4, 5\)",
    ),
    "Weight.rows of a matrix": (
        lambda out: WEIGHT.rows(IDS.reshape(2, 2), out),
        full(2, 2, 5),
        r"out must have the shape \(2, 2, 5\)",
    ),
    **{
        f"Generator.{name}": (
            lambda out, name=name: getattr(GENERATOR, name)(size=(4, 5), dtype=np.float32, out=out),
            full(4, 5),
            "size must be the shape of out",
        )
        for name in functions_with(fastinit.Generator, "out")
    },
    "Generator.uniform of arrays": (
        lambda out: GENERATOR.uniform(np.zeros((4, 5)), out=out, dtype=np.float32),
        full(4, 5),
        "size must be a shape to which the parameters broadcast",
    ),
    "Generator.normal of arrays": (
        lambda out: GENERATOR.normal(np.zeros((4, 5)), out=out, dtype=np.float32),
        full(4, 5),
        "size must be a shape to which the parameters broadcast",
    ),
    "quantized_rows_": (
        lambda out: fastinit.quantized_rows_(out, 4, "xavier", seed=GENERATOR),
        full(6, 12, dtype=np.uint8),
        r"out must have the shape \(rows, 12\)",
    ),
    "eye_": (fastinit.eye_, full(4, 5), "the shape must have 2 axes"),
    "sparse_": (
        lambda out: fastinit.sparse_(out, 0.5, seed=GENERATOR),
        full(4, 5),
        "the shape must have 2 axes",
    ),
    "dirac_": (fastinit.dirac_, full(4, 5, 1), "the shape must have 3, 4 or 5 axes"),
    "delta_orthogonal_": (
        lambda out: fastinit.delta_orthogonal_(out, seed=GENERATOR),
        full(5, 4, 1),
        "the shape must have 3, 4 or 5 axes|as many outputs as inputs",
    ),
}


def shapes_of_equal_size(shape):
    """Return other shapes of as many elements: flat, with an axis more, and in another order."""
    size = int(np.prod(shape))
    others = {
        (size,),
        (1, size),
        (size, 1),
        (*shape, 1),
        (1, *shape),
        shape[::-1],
        (1,) * 6 + (size,),
    }
    return others - {shape}


@pytest.mark.parametrize("name", OF_ONE_SHAPE)
def test_memory_of_equal_size_and_another_shape(name):
    function, right, words = OF_ONE_SHAPE[name]
    assert function(right.copy()).shape == right.shape
    ndim_counts = name in ("eye_", "sparse_", "dirac_", "delta_orthogonal_")
    state = GENERATOR.get_state()
    for shape in shapes_of_equal_size(right.shape):
        if ndim_counts and len(shape) in ((2,) if right.ndim == 2 else (3, 4, 5)):
            continue
        if name.endswith("of arrays") and shape == (1, *right.shape):
            continue  # the parameters broadcast to it
        out = np.full(shape, 7, right.dtype)
        with pytest.raises(ValueError, match=words):
            function(out)
        assert (out == 7).all()
    assert state == GENERATOR.get_state()


@pytest.mark.parametrize(
    "name", ["Weight.fill", "Weight.rows", "Generator.random", "Generator.normal"]
)
def test_memory_of_another_dtype_that_can_be_filled(name):
    function = OF_ONE_SHAPE[name][0]
    for dtype in (np.float64, np.float16):
        out = full(4, 5, dtype=dtype)
        with pytest.raises(TypeError, match=f"float32, got {np.dtype(dtype)}"):
            function(out)
        assert (out == 7).all()
