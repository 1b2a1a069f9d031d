"""The kernels for GPUs, compiled for the CPU, have the bits of the CPU's kernels.

No GPU runs here. The compiler of the GPU sees the same text; test_compiled_code.py reads its output.
"""

import hashlib
from itertools import product

import numpy as np
import pytest

import fastinit
from fastinit._engine import engine, kernel_arguments
from fastinit._engine.cuda import arguments, source
from fastinit._engine.regions import box_of
from fastinit._kernels.dispatch import KERNELS
from fastinit._memory.arrays import as_dtype
from fastinit._random.addressing import check_stream
from tests.support import cuda_on_host
from tests.support.laws import FLOATS, LAWS
from tests.support.paths import read_golden

pytestmark = pytest.mark.once

GUARD = 0x55
SEED, STREAM = 2**64 - 3, 2**63 + 9
WORDS = arguments.Stream(SEED, STREAM)
GOLDEN = read_golden()
ALL_LAWS = LAWS | {
    f"constant {name}": (dtype, kernel_arguments.constant(-0.3, dtype))
    for name in FLOATS
    for dtype in [as_dtype(name, FLOATS)]
}


def guarded(shape, dtype, before):
    """Return bytes of a guard, and an array inside them that begins some elements further on."""
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.full(size + 64, GUARD, np.uint8)
    start = -memory.ctypes.data % 16 + before * dtype.itemsize
    raw = engine.raw(np.empty(0, dtype)).dtype
    return memory, memory[start : start + size].view(raw).reshape(shape)


def address_of(array):
    return array.__array_interface__["data"][0]


def written_by(run, shape, dtype, before=0):
    memory, array = guarded(shape, dtype, before)
    run(array)
    start = address_of(array) - memory.ctypes.data
    outside = np.delete(memory, np.s_[start : start + array.nbytes])
    assert (outside == GUARD).all(), "bytes outside the array were written"
    return array


@pytest.mark.parametrize("name", ALL_LAWS)
def test_consecutive_elements(name):
    dtype, law = ALL_LAWS[name]
    starts = (0, 5, 2**32 - 2, 2**34 - 3, 2**62 + 1)
    lengths = (1, 3, 4, 5, 127, 128, 129, 1030)
    for start, length, before in product(starts, lengths, (0, 1)):
        expected = np.empty(length, engine.raw(np.empty(0, dtype)).dtype)
        KERNELS.fill(expected, *law, SEED, STREAM, start, 0, length, False)

        def on_host(array, start=start, length=length):
            address = address_of(array)
            cuda_on_host.run(arguments.contiguous(address, length, law, WORDS, start))

        array = written_by(on_host, (length,), dtype, before)
        assert array.tobytes() == expected.tobytes(), (start, length, before)


#: Tensors of more than 2**34 elements, and parts of them. Rows of the second begin with a block.
SHAPES = ((2**28, 9, 70), (2**28, 8, 72))
BOXES = (
    np.s_[5],
    np.s_[2**27 : 2**27 + 3],
    np.s_[-4:, 3:5, 8:24],
    np.s_[2**26 : 2**26 + 7 : 3, ::2, 60:1:-7],
    np.s_[-1, 2:, 1:2],
    np.s_[7, 3, 11],
    np.s_[np.array([[2**28 - 1, 0], [7, 7]])],
    np.s_[np.array([3, 2**27]), 1:8:2, 3:69],
    np.s_[np.array([9]), 4, ::5],
)


@pytest.mark.parametrize("name", ALL_LAWS)
def test_boxes_and_listed_rows(name):
    dtype, law = ALL_LAWS[name]
    for shape, index in product(SHAPES, BOXES):
        box = box_of(index, shape)
        expected = np.empty(box.lengths, engine.raw(np.empty(0, dtype)).dtype)
        engine.fill_box(expected, law, SEED, STREAM, box, 1)
        rows = None
        if box.rows is not None:
            rows = arguments.Rows(address_of(box.rows), shape[0])

        def on_host(array, box=box, rows=rows):
            place = address_of(array), array.shape, array.strides
            call = arguments.box(*place, law, WORDS, box.origin, box.steps, rows)
            cuda_on_host.run(call, blocks=3)

        array = written_by(on_host, box.lengths, dtype)
        assert array.tobytes() == expected.tobytes(), index


@pytest.mark.parametrize("name", ALL_LAWS)
def test_strided_memory(name):
    dtype, law = ALL_LAWS[name]
    raw = engine.raw(np.empty(0, dtype)).dtype
    for view in (
        lambda a: a[1::2, :, ::-1],
        lambda a: a.transpose(2, 0, 1),
        lambda a: a[:, 1:4, 4:12],
        lambda a: a[3, 2, 5, ...],
        lambda a: a[:0:-1],
    ):
        expected, made = np.full((2, 6, 5, 17), GUARD, raw)
        part = view(expected)
        KERNELS.fill(part, *law, SEED, STREAM, 2**34 - 5, 0, part.size, False)
        part = view(made)
        place = address_of(part), part.shape, part.strides
        cuda_on_host.run(arguments.strided(*place, law, WORDS, 2**34 - 5))
        assert made.tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", [name for name in ALL_LAWS if not name.startswith("bits")])
def test_rows_that_do_not_exist_are_nan(name):
    dtype, law = ALL_LAWS[name]
    rows = np.array([1, -1, 0, 5, 2**40])
    made = np.zeros((5, 7), dtype)
    place = address_of(engine.raw(made)), made.shape, made.strides
    listed = arguments.Rows(address_of(rows), 5, zero=0)
    cuda_on_host.run(arguments.box(*place, law, WORDS, 0, (7, 1), listed))
    assert (made[2].view(np.uint8) == 0).all()
    made[2] = 1
    wrong = np.isnan(made.astype(np.float64)).all(axis=1)
    right = np.isfinite(made.astype(np.float64)).all(axis=1)
    assert wrong.tolist() == [False, True, False, True, True]
    assert right.tolist() == [True, False, True, False, False]


@pytest.mark.parametrize("in_front", [False, True])
@pytest.mark.parametrize("bits", [8, 4, 2])
@pytest.mark.parametrize(
    "kind", ["uniform", "normal", "truncated", "tail", "far window", "constant", "one level"]
)
def test_quantized_rows(kind, bits, in_front):
    if kind == "one level":  # whose scale is 0
        law = kernel_arguments.constant(0.5, np.dtype(np.float32))
    else:
        _, law = ALL_LAWS[f"{kind} float32"]
    for dim, first_row in product((1, 3, 4, 7, 64, 130, 515), (0, 2**33 + 1)):
        row_bytes = (dim * bits + 7) // 8 + (8 if bits == 8 and not in_front else 4)
        memory = np.full((2, 3, row_bytes + 3), GUARD, np.uint8)
        expected, made = memory[..., :row_bytes]
        layout = bits, in_front, dim
        KERNELS.fill_quantized(
            expected, *layout, law.kind, law.parameters, SEED, STREAM, first_row, 0, 3
        )
        call = arguments.quantized(
            address_of(made), 3, made.strides[0], dim, bits, law, WORDS, first_row,
            in_front=in_front,
        )  # fmt: skip
        cuda_on_host.run(call)
        assert memory[1].tobytes() == memory[0].tobytes(), (dim, first_row)


LAW_OF_FUNCTION = {
    "random_bits": kernel_arguments.random_bits,
    "uniform": kernel_arguments.uniform,
    "normal": kernel_arguments.normal,
    "trunc_normal": kernel_arguments.truncated_normal,
}


def digest(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


@pytest.mark.parametrize(
    "case",
    GOLDEN["cases"],
    ids=lambda case: f"{case['function']}-{case['dtype']}-{case['offset']}",
)
def test_golden_cases(case):
    dtype = as_dtype(case["dtype"], (case["dtype"],))
    arguments_of_law = (*case["parameters"], dtype)
    law = LAW_OF_FUNCTION[case["function"]](*arguments_of_law)
    made = np.empty(case["shape"], engine.raw(np.empty(0, dtype)).dtype)
    words = arguments.Stream(case["seed"], check_stream(case["stream"]))
    call = arguments.contiguous(address_of(made), made.size, law, words, case["offset"])
    cuda_on_host.run(call)
    assert digest(made) == case["sha256"]


@pytest.mark.parametrize("case", GOLDEN["quantized"], ids=lambda case: str(case["bits"]))
def test_golden_quantized_rows(case):
    count, dim = case["shape"]
    law = kernel_arguments.normal(*case["normal"], np.dtype(np.float32))
    made = np.empty((count, fastinit.quantized_row_bytes(dim, case["bits"])), np.uint8)
    words = arguments.Stream(case["seed"], check_stream("golden"))
    call = arguments.quantized(
        address_of(made), count, made.strides[0], dim, case["bits"], law, words, 0,
        in_front=False,
    )  # fmt: skip
    cuda_on_host.run(call)
    assert digest(made) == case["sha256"]


@pytest.mark.parametrize("name", cuda_on_host.STRUCTS)
def test_structs_have_the_same_fields_in_both_languages(name):
    owner = cuda_on_host.STRUCTS[name]
    places = {field: getattr(owner, field).offset for field, _ in owner._fields_}
    said = {field: cuda_on_host.number(f"place_of_{name}_{field}") for field in places}
    assert said == places
    assert cuda_on_host.number(f"size_of_{name}") == len(bytes(owner()))


def test_constants_are_the_same_in_both_languages():
    assert cuda_on_host.number("value_of_THREADS") == source.THREADS
    assert cuda_on_host.number("value_of_TEAM") == arguments.TEAM
    assert cuda_on_host.number("value_of_MOST_DIMENSIONS") == arguments.MOST_DIMENSIONS


def test_every_law_has_its_kernels():
    offered = {each.name for each in source.all_kernels()}
    for _, law in ALL_LAWS.values():
        for loop in ("contiguous", "box"):
            assert source.Kernel(loop, law.kind, law.format).name in offered
    assert {(law.kind, law.format) for _, law in ALL_LAWS.values()} == {
        (each.kind, each.format) for each in source.all_kernels()
    }
