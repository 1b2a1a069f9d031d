"""Weights with a structure: properties that define them, and errors before the first byte."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import linalg, stats

import fastinit
from fastinit._engine import orthonormal
from fastinit._schemes import sparse

EPSILON = {np.float32: 2.0**-23, np.float64: 2.0**-52}


def new(name, shape, dtype=np.float32, seed=None, **options):
    """Return what a pair returns, after both of it agreed, in an odd layout of memory too."""
    seeded = {} if seed is None else {"seed": seed}
    weight = getattr(fastinit, name)(shape, dtype=dtype, **options, **seeded)
    odd = np.full([2 * length for length in reversed(weight.shape)], 7, dtype).T
    out = odd[(*(slice(None, None, 2) for _ in weight.shape), ...)]
    assert getattr(fastinit, f"{name}_")(out, **options, **seeded) is out
    assert np.array_equal(weight, out)
    assert weight.dtype == dtype
    assert weight.flags.c_contiguous
    assert np.sum(odd != 7) <= weight.size  # nothing between the elements was written
    return weight


def assert_orthonormal_rows(matrix, gain=1.0):
    error = np.abs(matrix @ matrix.T / gain**2 - np.eye(len(matrix))).max()
    assert error < 4 * EPSILON[matrix.dtype.type] * math.sqrt(max(matrix.shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 5), (40, 40), (30, 70), (70, 30), (6, 4, 3, 3), (64, 4, 3)]
)
def test_orthogonal(shape, dtype):
    weight = new("orthogonal", shape, dtype, gain=1.7, seed=3)
    matrix = weight.reshape(shape[0], -1)
    assert_orthonormal_rows(matrix if len(matrix) <= matrix.shape[1] else matrix.T, 1.7)


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (20, 20)])
def test_orthogonal_is_q_of_the_normals(shape):
    """A = QR with a positive diagonal of R: then Q^T A is R."""
    tall = (max(shape), min(shape))
    normals = fastinit.normal(tall, dtype=np.float64, seed=9, stream="w")
    q = fastinit.orthogonal(shape, dtype=np.float64, seed=9, stream="w").reshape(shape)
    q = q if shape[0] >= shape[1] else q.T
    r = q.T @ normals
    assert np.abs(np.tril(r, -1)).max() < 1e-13
    assert np.diagonal(r).min() > 0
    assert np.allclose(q @ r, normals, rtol=0, atol=1e-13)


def test_orthogonal_in_the_layouts():
    rows = fastinit.orthogonal((6, 5, 3), seed=1)
    keras = fastinit.orthogonal((5, 3, 6), layout="keras", seed=1)
    assert np.array_equal(np.moveaxis(keras, -1, 0), rows)
    middle = fastinit.orthogonal((5, 6, 3), out_axis=1, seed=1)
    assert np.array_equal(np.moveaxis(middle, 1, 0), rows)
    assert_orthonormal_rows(keras.reshape(15, 6).T)


def test_orthogonal_is_uniformly_distributed():
    """Haar's measure: of a 2 x 2 matrix the angle is uniform, and half are reflections."""
    drawn = np.array([fastinit.orthogonal((2, 2), dtype=np.float64, seed=s) for s in range(4000)])
    angles = np.arctan2(drawn[:, 1, 0], drawn[:, 0, 0])
    assert stats.kstest(angles, stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > 1e-3
    reflections = int((np.linalg.det(drawn) < 0).sum())
    assert stats.binomtest(reflections, len(drawn)).pvalue > 1e-3


def test_narrower_orthogonal_is_the_wider_one_rounded():
    wide = fastinit.orthogonal((50, 40), dtype=np.float64, seed=2)
    assert np.array_equal(wide.astype(np.float32), fastinit.orthogonal((50, 40), seed=2))


#: Of the float64 weights at seed 3 and stream "w": what the contract promises of them.
ORTHOGONAL = {
    (1, 1): "e77817b649821c63",
    (31, 7): "716bc11dd41bd8b8",
    (32, 32): "339f94532acb0b99",
    (70, 33): "1f1e74a7aa56b2f5",
    (100, 260): "918bbfc06e8c8bd6",
    (65, 16, 2, 2): "fa5b5da0d6b0f794",
}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("shape", ORTHOGONAL, ids=str)
def test_orthogonal_has_the_same_bits_everywhere(kernels, shape, threads, monkeypatch):
    monkeypatch.setattr(orthonormal, "KERNELS", kernels)
    monkeypatch.setattr(orthonormal, "OPERATIONS_PER_THREAD", 1)
    weight = fastinit.orthogonal(shape, dtype=np.float64, seed=3, stream="w", threads=threads)
    assert hashlib.sha256(weight.tobytes()).hexdigest()[:16] == ORTHOGONAL[shape]


def test_the_width_of_panels_is_stated_alike(kernels):
    assert kernels.panel_width == orthonormal.WIDTH


@pytest.mark.parametrize("shape", [(1, 1), (33, 32), (64, 64), (130, 97), (300, 200)])
def test_orthogonal_against_lapack(shape):
    normals = fastinit.normal(shape, dtype=np.float64, seed=9, stream="w")
    q, r = linalg.qr(normals, mode="economic")
    q *= np.sign(np.diagonal(r))
    ours = fastinit.orthogonal(shape, dtype=np.float64, seed=9, stream="w")
    # An error of the decomposition grows with the condition of the normals.
    assert np.abs(ours - q).max() < 1e-15 * np.linalg.cond(normals)
    error = np.abs(ours.T @ ours - np.eye(shape[1])).max()
    assert error < 10 * EPSILON[np.float64]


def test_orthonormal_columns_of_a_badly_conditioned_matrix():
    """Gram-Schmidt would lose all digits: the columns are equal but for 1e-12."""
    matrix = 1 + 1e-12 * fastinit.normal((90, 70), dtype=np.float64, seed=1)
    out = np.empty_like(matrix)
    orthonormal.write_orthonormal_columns(out, matrix, 1.0, None)
    assert np.abs(out.T @ out - np.eye(70)).max() < 10 * EPSILON[np.float64]
    assert np.abs(out @ (out.T @ matrix) - matrix).max() < 1e-13


ONE_THREAD = """
import time
import fastinit

def others(call):
    "Return the CPU seconds of other threads than this one, and of all."
    process, thread = time.process_time(), time.thread_time()
    call()
    process = time.process_time() - process
    return process - (time.thread_time() - thread), process

given = [
    lambda: fastinit.orthogonal((700, 600), seed=1, threads=1),
    lambda: fastinit.delta_orthogonal((600, 600, 1), seed=1, threads=1),
]
set_before = [
    lambda: fastinit.orthogonal((600, 700), seed=1),
    lambda: fastinit.delta_orthogonal((600, 600, 1), seed=1),
]
for call in given:
    print(*others(call))
fastinit.set_num_threads(1)
for call in set_before:
    print(*others(call))
"""


def test_one_thread_takes_one_cpu():
    """All of the CPU time is the caller's: no pool of a BLAS works beside it."""
    lines = subprocess.run(
        [sys.executable, "-c", ONE_THREAD], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert len(lines) == 4
    for line in lines:
        others, total = map(float, line.split())
        assert others < 0.1 * total, line


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (3, 0, 2), (0, 0)])
def test_orthogonal_without_elements(shape):
    assert fastinit.orthogonal(shape, seed=1).shape == shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("kernel", "centre"), [((3,), (1,)), ((4, 3), (1, 1)), ((1, 2, 5), (0, 0, 2))]
)
def test_delta_orthogonal(kernel, centre, dtype):
    weight = new("delta_orthogonal", (7, 5, *kernel), dtype, gain=0.6, seed=8)
    matrix = weight[(..., *centre)]
    assert np.array_equal(matrix, fastinit.orthogonal((7, 5), gain=0.6, dtype=dtype, seed=8))
    assert np.count_nonzero(weight) == 35
    keras = fastinit.delta_orthogonal(
        (*kernel, 5, 7), gain=0.6, layout="keras", dtype=dtype, seed=8
    )
    assert np.array_equal(keras[centre], matrix.T)
    assert np.count_nonzero(keras) == 35


def test_delta_orthogonal_keeps_norms():
    """A circular convolution with it is an isometry: what it is for."""
    weight = fastinit.delta_orthogonal((6, 4, 3), dtype=np.float64, seed=1)
    signal = fastinit.normal((4, 10), dtype=np.float64, seed=2)
    shifted = [np.roll(signal, 1 - k, axis=1) for k in range(3)]
    result = sum(weight[:, :, k] @ shifted[k] for k in range(3))
    assert np.linalg.norm(result) == pytest.approx(np.linalg.norm(signal), rel=1e-14)


@pytest.mark.parametrize("shape", [(4, 0, 3), (0, 0, 3), (4, 2, 0)])
def test_delta_orthogonal_without_elements(shape):
    assert fastinit.delta_orthogonal(shape, seed=1).shape == shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("sparsity", "zeros"), [(0, 0), (0.1, 4), (0.5, 17), (32 / 33, 32), (1, 33)]
)
def test_sparse(sparsity, zeros, dtype):
    weight = new("sparse", (33, 40), dtype, sparsity=sparsity, std=0.3, seed=6, stream="s")
    assert ((weight == 0).sum(axis=0) == zeros).all()
    full = fastinit.normal((33, 40), std=0.3, dtype=dtype, seed=6, stream="s")
    assert np.array_equal(weight[weight != 0], full[weight != 0])


def test_the_zeros_are_chosen_as_documented():
    stream = 12
    keys = fastinit.random_bits(
        (40, 33), dtype=np.uint64, seed=6, stream=f"zeros of stream {stream}"
    )
    chosen = {(row, column) for column in range(40) for row in np.argsort(keys[column])[:17]}
    weight = fastinit.sparse((33, 40), 0.5, seed=6, stream=stream)
    assert {(row, column) for row, column in np.argwhere(weight == 0)} == chosen


@pytest.mark.parametrize("step", [1, 33, 100, 33 * 7 + 5])
def test_sparse_does_not_depend_on_the_steps(step, monkeypatch):
    whole = fastinit.sparse((33, 40), 0.4, seed=6)
    monkeypatch.setattr(sparse, "ELEMENTS_AT_A_TIME", step)
    assert np.array_equal(fastinit.sparse((33, 40), 0.4, seed=6), whole)


def test_zeros_are_spread_and_independent_of_the_values():
    weight = fastinit.sparse((50, 20000), 0.3, std=1.0, seed=11)
    zeros = weight == 0
    expected = 20000 * 0.3
    # Each column has exactly 15 zeros, which makes the rows' counts vary less by 35/49.
    statistic = ((zeros.sum(axis=1) - expected) ** 2 / (expected * 0.7)).sum() * 49 / 50
    assert 1e-3 < stats.chi2(49).cdf(statistic) < 1 - 1e-3
    kept = weight[~zeros].astype(np.float64)
    assert stats.kstest(kept, stats.norm.cdf).pvalue > 1e-3
    repeated = (zeros[:, 1:] & zeros[:, :-1]).mean()
    assert repeated == pytest.approx(0.09, abs=0.002)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0)])
def test_sparse_without_elements(shape):
    assert fastinit.sparse(shape, 0.5, seed=1).shape == shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (0, 3)])
def test_eye(shape, dtype):
    assert np.array_equal(
        new("eye", shape, dtype, gain=0.3), dtype(0.3) * np.eye(*shape, dtype=dtype)
    )
    assert np.array_equal(fastinit.identity(shape), np.eye(*shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), 3, (2, 3), (0,)])
def test_constants(shape, dtype):
    assert (new("constant", shape, dtype, value=-0.1) == dtype(-0.1)).all()
    assert (new("zeros", shape, dtype) == 0).all()
    assert (new("ones", shape, dtype) == 1).all()


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("kernel", [(3,), (3, 5), (1, 3, 3)])
def test_dirac_passes_its_input_through(kernel, groups):
    """A grouped convolution with it returns the input's channels, then zeros."""
    out_of_group, inputs = 4, 3
    weight = new("dirac", (groups * out_of_group, inputs, *kernel), groups=groups)
    centre = tuple(length // 2 for length in kernel)
    expected = np.tile(np.eye(out_of_group, inputs), (groups, 1))
    assert np.array_equal(weight[(..., *centre)], expected)
    assert np.count_nonzero(weight) == groups * inputs
    keras = fastinit.dirac((*kernel, inputs, groups * out_of_group), groups, layout="keras")
    assert np.array_equal(np.moveaxis(keras, (-1, -2), (0, 1)), weight)


def test_dirac_without_elements():
    assert fastinit.dirac((4, 2, 0)).shape == (4, 2, 0)
    assert fastinit.dirac((0, 2, 3)).shape == (0, 2, 3)


@pytest.mark.parametrize("shape", [(12, 3), (8, 5), (12, 2, 4), (0, 3)])
def test_parts_are_orthogonal_matrices_of_their_own(shape):
    """Four gates: part k is made from the normals that follow those of part k - 1."""
    weight = new("orthogonal", shape, np.float64, parts=4, gain=0.5, seed=3)
    rows, size = shape[0] // 4, math.prod(shape) // 4
    for part in range(4 if size else 0):
        matrix = weight[part * rows : (part + 1) * rows].reshape(rows, -1) / 0.5
        q = matrix if rows >= matrix.shape[1] else matrix.T
        r = q.T @ fastinit.normal(q.shape, dtype=np.float64, seed=3, offset=part * size)
        assert np.abs(np.tril(r, -1)).max() < 1e-13
        assert np.diagonal(r).min() > 0
        assert_orthonormal_rows(q.T)
    keras = fastinit.orthogonal(
        (*shape[1:], shape[0]), layout="keras", parts=4, gain=0.5, dtype="f8", seed=3
    )
    assert np.array_equal(np.moveaxis(keras, -1, 0), weight)
    first = fastinit.orthogonal((shape[0] // 4, *shape[1:]), gain=0.5, dtype="f8", seed=3)
    assert np.array_equal(weight[: len(first)], first)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5, 5), (4, 9), (9, 4), (1, 1), (0, 3), (3, 0)])
def test_identity_plus_noise(shape, dtype):
    """Each element is that of a fill by its own mean."""
    weight = new("identity_plus_noise", shape, dtype, gain=2.0, std=0.1, seed=3)
    around_0 = fastinit.normal(shape, 0.0, 0.1, dtype=dtype, seed=3)
    around_2 = fastinit.normal(shape, 2.0, 0.1, dtype=dtype, seed=3)
    assert np.array_equal(weight, np.where(np.eye(*shape) > 0, around_2, around_0))


def test_noise_has_its_variance_around_the_identity():
    noise = fastinit.identity_plus_noise((300, 300), std=0.05, seed=1) - np.eye(300)
    assert abs(np.square(noise).mean() / 0.05**2 - 1) < 4.5 * math.sqrt(2 / noise.size)
    assert abs(np.square(np.diag(noise)).mean() / 0.05**2 - 1) < 4.5 * math.sqrt(2 / 300)


@pytest.mark.parametrize("outputs", [1, 2, 3, 8, 9, 31])
@pytest.mark.parametrize("inputs", [1, 2, 7, 30])
def test_identity_or_hadamard_matrix(outputs, inputs):
    """The source writes the second one as products with partial identities."""
    weight = new("identity_hadamard", (outputs, inputs), np.float64)
    if outputs <= inputs:
        assert np.array_equal(weight, np.eye(outputs, inputs))
        return
    power = 1 << (outputs - 1).bit_length()
    expected = np.eye(outputs, power) @ linalg.hadamard(power) @ np.eye(power, inputs)
    np.testing.assert_allclose(weight, expected / math.sqrt(power), rtol=1e-15)
    kernel = new("identity_hadamard", (outputs, inputs, 3, 4))
    assert np.array_equal(kernel[:, :, 1, 2], weight.astype(np.float32))
    assert np.count_nonzero(kernel) == outputs * inputs
    keras = fastinit.identity_hadamard((3, 4, inputs, outputs), layout="keras")
    assert np.array_equal(np.moveaxis(keras, (-1, -2), (0, 1)), kernel)


def test_bias_of_an_lstm():
    assert new("lstm_bias", 12).tolist() == [0] * 3 + [1] * 3 + [0] * 6
    assert new("lstm_bias", (8,), forget=-2.5, gate=2).tolist() == [0] * 4 + [-2.5] * 2 + [0] * 2


SEED = {"seed": 1}
ERRORS = [
    ("orthogonal_", (4, 2), {**SEED, "parts": 3}, ValueError, "parts must divide the 4 outputs"),
    ("orthogonal_", (4, 2), {**SEED, "parts": 2.0}, TypeError, "parts must be an integer, got 2.0"),
    ("identity_plus_noise_", (4, 2, 3), SEED, ValueError, "shape must have 2 axes"),
    ("identity_plus_noise_", (4, 2), {**SEED, "std": -1}, ValueError, "std must not be negative, got -1"),
    ("identity_plus_noise_", (4, 2), {**SEED, "gain": math.nan}, ValueError, "gain must be finite"),
    ("identity_plus_noise_", (4, 2), {**SEED, "threads": 0}, ValueError, "threads"),
    ("identity_hadamard_", (4,), {}, ValueError, "two or more axes, got .4,."),
    ("identity_hadamard_", (4, 2), {"layout": "jax"}, ValueError, "layout must be one of"),
    ("lstm_bias_", (4, 2), {}, ValueError, r"must be .4 n,., for four gates, got .4, 2."),
    ("lstm_bias_", (6,), {}, ValueError, r"must be .4 n,., for four gates, got .6,."),
    ("lstm_bias_", (8,), {"gate": 4}, ValueError, "gate must be 0, 1, 2 or 3, got 4"),
    ("lstm_bias_", (8,), {"forget": 1e39}, ValueError, "forget must be finite in float32"),
    ("orthogonal_", (4,), SEED, ValueError, "two or more axes, got .4,."),
    ("orthogonal_", (4, 2), {**SEED, "gain": math.inf}, ValueError, "gain must be finite"),
    ("orthogonal_", (4, 2), {**SEED, "gain": 1e39}, ValueError, "gain must be finite in float32"),
    ("orthogonal_", (4, 2), {**SEED, "layout": "jax"}, ValueError, "layout must be one of"),
    ("orthogonal_", (4, 2), {**SEED, "out_axis": 2}, ValueError, "out_axis must be in .-2, 2., because the shape has 2"),
    ("orthogonal_", (4, 2), {**SEED, "out_axis": (0, 1)}, ValueError, "out_axis must be a single axis"),
    ("orthogonal_", (4, 2), {"seed": -1}, ValueError, "seed must be in"),
    ("orthogonal_", (4, 2), {**SEED, "threads": 0}, ValueError, "threads"),
    ("delta_orthogonal_", (4, 2), SEED, ValueError, "must have 3, 4 or 5 axes"),
    ("delta_orthogonal_", (2, 4, 3), SEED, ValueError, "as many outputs as inputs, got 2 outputs and 4 inputs"),
    ("delta_orthogonal_", (4, 2, 3), {**SEED, "layout": "jax"}, ValueError, "layout must be one of"),
    ("delta_orthogonal_", (4, 2, 3), {**SEED, "gain": "1"}, TypeError, "gain must be a real number"),
    ("delta_orthogonal_", (4, 2, 3), {"seed": 1.5}, TypeError, "seed must be an integer"),
    ("sparse_", (4,), {**SEED, "sparsity": 0.5}, ValueError, "shape must have 2 axes, got .4,."),
    ("sparse_", (4, 2), {**SEED, "sparsity": 1.5}, ValueError, "sparsity must be in .0, 1., got 1.5"),
    ("sparse_", (4, 2), {**SEED, "sparsity": None}, TypeError, "sparsity must be a real number"),
    ("sparse_", (4, 2), {**SEED, "sparsity": 0.5, "std": -1}, ValueError, "std must not be negative"),
    ("sparse_", (4, 2), {**SEED, "sparsity": 0.5, "stream": -1}, ValueError, "stream must be in"),
    ("sparse_", (4, 2), {"seed": True, "sparsity": 0.5}, TypeError, "seed must be an integer"),
    ("eye_", (4, 2, 3), {}, ValueError, "shape must have 2 axes"),
    ("eye_", (4, 2), {"gain": math.nan}, ValueError, "gain must be finite"),
    ("dirac_", (4, 2), {}, ValueError, "shape must have 3, 4 or 5 axes"),
    ("dirac_", (4, 2, 3), {"groups": 3}, ValueError, "groups must divide the 4 output channels"),
    ("dirac_", (4, 2, 3), {"groups": 0}, ValueError, "groups must divide"),
    ("dirac_", (4, 2, 3), {"groups": 1.0}, TypeError, "groups must be an integer, got float"),
    ("dirac_", (4, 2, 3), {"layout": None}, ValueError, "layout must be one of"),
    ("constant_", (4,), {"value": 1e39}, ValueError, "value must be finite in float32.*, got 1e[+]39"),
    ("constant_", (4,), {"value": "1"}, TypeError, "value must be a real number, got '1'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shape", "options", "error", "match"), ERRORS)
def test_errors_come_before_the_first_byte(name, shape, options, error, match):
    out = np.full(shape, 7.0, np.float32)
    with pytest.raises(error, match=match):
        getattr(fastinit, name)(out, **options)
    assert (out == 7).all()


@pytest.mark.parametrize(
    "name",
    [
        *("orthogonal_", "delta_orthogonal_", "sparse_", "eye_", "dirac_", "zeros_"),
        *("identity_plus_noise_", "identity_hadamard_", "lstm_bias_"),
    ],
)
def test_memory_is_checked(name):
    options = {"sparsity": 0.5} if name == "sparse_" else {}
    function = getattr(fastinit, name)
    with pytest.raises(TypeError, match="int32"):
        function(np.zeros((4, 2), np.int32), **options)
    with pytest.raises(ValueError, match="read-only"):
        function(np.broadcast_to(np.float32(0), (4, 2)), **options)
