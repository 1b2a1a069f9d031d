"""Quantised rows: byte for byte what FBGEMM makes of the float32 rows, and what PyTorch and its TBE read."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest

import fastinit
from fastinit import Normal, TruncatedNormal, Uniform
from fastinit._engine import kernel_arguments
from fastinit._schemes.fills import fill_checked
from tests.support.paths import ROOT, read_golden

GOLDEN = read_golden()
DIMS = [1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 50, 64, 128, 129, 1000, 5000]
NORMAL = Normal(0.1, 0.3)
FORMATS = [(bits, row_layout) for row_layout in ("fused_rowwise", "tbe") for bits in (8, 4, 2)]


def fill_by(kernels, out, bits, row_layout, dim, law, seed, stream, first_row, begin, end):
    """Fill rows [begin, end) by one module's kernels."""
    kernels.fill_quantized(
        out,
        bits,
        row_layout == "tbe",
        dim,
        law.kind,
        law.parameters,
        seed,
        stream,
        first_row,
        begin,
        end,
    )


def quantize8(rows):
    """Return FloatToFused8BitRowwiseQuantized of float32 rows, by its documented formula."""
    least, most = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    span = most - least
    inverse = np.float32(255) / (span + np.float32(1e-8))
    levels = np.rint((rows - least) * inverse).astype(np.uint8)
    scale = span / np.float32(255)
    return np.concatenate([levels, scale.view(np.uint8), least.view(np.uint8)], axis=1)


def quantize_n(rows, bits):
    """Return the codes, and float16 scale and bias, of FloatToFusedNBitRowwiseQuantizedSBHalf."""
    least, most = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    bias = least.astype(np.float16)
    wide = bias.astype(np.float32)
    scale = ((most - wide) / np.float32(2**bits - 1)).astype(np.float16)
    scale[scale == 0] = 1
    inverse = np.float32(1) / scale.astype(np.float32)
    levels = np.clip(np.rint((rows - wide) * inverse), 0, 2**bits - 1).astype(np.uint8)
    each = 8 // bits
    levels = np.pad(levels, [(0, 0), (0, -levels.shape[1] % each)])
    packed = sum(levels[:, i::each] << bits * i for i in range(each)).astype(np.uint8)
    return packed, np.concatenate([scale.view(np.uint8), bias.view(np.uint8)], axis=1)


def quantize(rows, bits, row_layout):
    if (bits, row_layout) == (8, "fused_rowwise"):
        return quantize8(rows)
    codes, ends = quantize_n(rows, bits)
    return np.concatenate([ends, codes] if row_layout == "tbe" else [codes, ends], axis=1)


def parts(quantized, bits, row_layout):
    """Return a row's codes, and its scale and bias as float32."""
    if (bits, row_layout) == (8, "fused_rowwise"):
        return quantized[:, :-8], quantized[:, -8:].copy().view(np.float32)
    front = row_layout == "tbe"
    codes, ends = (
        (quantized[:, 4:], quantized[:, :4]) if front else (quantized[:, :-4], quantized[:, -4:])
    )
    return codes, ends.copy().view(np.float16).astype(np.float32)


def dequantize(quantized, dim, bits, row_layout="fused_rowwise"):
    codes, ends = parts(quantized, bits, row_layout)
    levels = np.stack([codes >> shift & 2**bits - 1 for shift in range(0, 8, bits)], axis=2)
    return levels.reshape(len(quantized), -1)[:, :dim] * ends[:, :1] + ends[:, 1:]


def float32_rows(rows, dim, distribution=NORMAL, **address):
    weight = np.empty((rows, dim), np.float32)
    law = distribution.law(weight.dtype)
    fill_checked(
        weight, law, address["seed"], address.get("stream"), address.get("first_row", 0) * dim, None
    )
    return weight


@pytest.mark.parametrize(("bits", "row_layout"), FORMATS)
@pytest.mark.parametrize("dim", DIMS)
def test_every_kernel_follows_the_formula(kernels, bits, row_layout, dim):
    out = np.zeros((37, fastinit.quantized_row_bytes(dim, bits, row_layout)), np.uint8)
    law = kernel_arguments.normal(0.1, 0.3, np.dtype(np.float32))
    for begin, end in ((0, 5), (5, 37)):
        fill_by(kernels, out, bits, row_layout, dim, law, 5, 6, 11, begin, end)
    rows = float32_rows(37, dim, seed=5, stream=6, first_row=11)
    assert np.array_equal(out, quantize(rows, bits, row_layout))


@pytest.mark.parametrize(("bits", "row_layout"), FORMATS)
@pytest.mark.parametrize(
    "distribution",
    [
        Uniform(-0.05, 0.05), Uniform(3, 3), Uniform(-1e-9, 1e-9), Uniform(0, 65000), Uniform(1e-7, 2e-7),
        Normal(0, 1e-12), Normal(-5, 1e-3), TruncatedNormal(0, 0.02, 0.08, np.inf), Normal(0, 1e4), Normal(0, 0),
    ],
    ids=str,
)  # fmt: skip
def test_extreme_ranges(kernels, bits, row_layout, distribution):
    """Constant rows, spans below 1e-8, subnormal float16 scales, and values near 65504."""
    law = distribution.law(np.dtype(np.float32))
    out = np.zeros((300, fastinit.quantized_row_bytes(24, bits, row_layout)), np.uint8)
    fill_by(kernels, out, bits, row_layout, 24, law, 5, 0, 0, 0, 300)
    rows = float32_rows(300, 24, distribution, seed=5)
    assert np.array_equal(out, quantize(rows, bits, row_layout))


@pytest.mark.parametrize(("bits", "row_layout"), FORMATS)
def test_zeros_of_either_sign(kernels, bits, row_layout):
    """Values that float32 rounds to -0 and +0: a row's bias is +0, whichever a minimum takes."""
    law = TruncatedNormal(3e-45, 1e-45, -np.inf, 1e-45).law(np.dtype(np.float32))
    rows = np.zeros((500, 16), np.float32)
    kernels.fill(rows, *law, 5, 0, 0, 0, rows.size, False)
    assert (np.signbit(rows) & (rows == 0)).any()
    assert (~np.signbit(rows)).any()
    out = np.zeros((500, fastinit.quantized_row_bytes(16, bits, row_layout)), np.uint8)
    fill_by(kernels, out, bits, row_layout, 16, law, 5, 0, 0, 0, 500)
    both = [
        quantize(np.where(rows == 0, zero, rows), bits, row_layout)
        for zero in np.float32([0.0, -0.0])
    ]
    assert not np.array_equal(*both)
    assert np.array_equal(out, both[0])


@pytest.mark.parametrize(("bits", "row_layout"), FORMATS)
@pytest.mark.parametrize("dim", DIMS)
def test_nothing_around_the_rows_is_touched(kernels, bits, row_layout, dim):
    """Codes are made in whole vectors, which are longer than what is left of most rows."""
    memory = np.full((20, fastinit.quantized_row_bytes(dim, bits, row_layout)), 0xA5, np.uint8)
    law = kernel_arguments.normal(0.1, 0.3, np.dtype(np.float32))
    fill_by(kernels, memory[7:12], bits, row_layout, dim, law, 5, 6, 11, 1, 4)
    assert (memory[:8] == 0xA5).all()
    assert (memory[11:] == 0xA5).all()
    rows = float32_rows(3, dim, seed=5, stream=6, first_row=12)
    assert np.array_equal(memory[8:11], quantize(rows, bits, row_layout))


@pytest.fixture(scope="module")
def torch_with_fbgemm():
    torch = pytest.importorskip("torch")
    try:
        import fbgemm_gpu  # noqa: F401, PLC0415 - its import registers the operators
    except (ImportError, OSError) as error:  # OSError: it was built for another PyTorch
        pytest.skip(f"fbgemm_gpu: {error}")
    return torch


@pytest.mark.parametrize(
    ("bits", "name"), [(8, "8BitRowwise"), (4, "NBitRowwise"), (2, "NBitRowwise")]
)
@pytest.mark.parametrize("dim", [16, 64, 208, 5008])
def test_against_fbgemm(torch_with_fbgemm, bits, name, dim):
    """Bytes and dequantised values; FBGEMM pads rows to a multiple of 4 bytes."""
    torch = torch_with_fbgemm
    half, more = ("", ()) if bits == 8 else ("SBHalf", (bits,))
    rows = float32_rows(500, dim, seed=3, stream="table")
    quantized = fastinit.quantized_rows((500, dim), NORMAL, bits=bits, seed=3, stream="table")
    theirs = getattr(torch.ops.fbgemm, f"FloatToFused{name}Quantized{half}")
    assert np.array_equal(quantized, theirs(torch.from_numpy(rows), *more).numpy())
    back = getattr(torch.ops.fbgemm, f"Fused{name}Quantized{half}ToFloat")
    values = back(torch.from_numpy(quantized), *more).numpy()
    assert np.allclose(values, dequantize(quantized, dim, bits), atol=1e-6)
    step = np.ptp(rows, axis=1, keepdims=True) / (2**bits - 1)
    assert (np.abs(values - rows) < 0.56 * step).all()


@pytest.mark.parametrize("bits", [8, 4, 2])
@pytest.mark.parametrize("dim", [8, 16, 104, 5008])
def test_tbe_rows_against_fbgemm(torch_with_fbgemm, bits, dim):
    """As torchrec quantises a table: scale and bias are moved to the front; FBGEMM takes whole words."""
    rows = float32_rows(500, dim, seed=3, stream="table")
    theirs = torch_with_fbgemm.ops.fbgemm.FloatOrHalfToFusedNBitRowwiseQuantizedSBHalf(
        torch_with_fbgemm.from_numpy(rows), bits
    ).numpy()
    quantized = fastinit.quantized_rows(
        (500, dim), NORMAL, bits=bits, row_layout="tbe", seed=3, stream="table"
    )
    assert np.array_equal(quantized[:, :4], theirs[:, -4:])
    assert np.array_equal(quantized[:, 4:], theirs[:, : quantized.shape[1] - 4])


@pytest.mark.parametrize("alignment", [None, 16], ids=["packed", "padded"])
@pytest.mark.parametrize("bits", [8, 4, 2])
@pytest.mark.parametrize("dim", [4, 64, 100])
def test_lookups_in_a_tbe(torch_with_fbgemm, bits, dim, alignment):
    """FBGEMM's own inference module, with two tables; rows are padded as on a GPU or not."""
    torch = torch_with_fbgemm
    codegen = pytest.importorskip("fbgemm_gpu.split_table_batched_embeddings_ops_inference")
    kind = getattr(codegen.SparseType, f"INT{bits}")
    module = codegen.IntNBitTableBatchedEmbeddingBagsCodegen(
        [(name, 300, dim, kind, codegen.EmbeddingLocation.HOST) for name in ("user", "item")],
        device="cpu",
        output_dtype=codegen.SparseType.FP32,
        row_alignment=alignment,
    )
    module.initialize_weights()
    row_bytes = fastinit.quantized_row_bytes(dim, bits, "tbe")
    for name, (rows, _) in zip(
        ("user", "item"), module.split_embedding_weights(split_scale_shifts=False), strict=True
    ):
        assert rows.shape[1] % (alignment or 1) == 0
        fastinit.quantized_rows_(
            rows[:, :row_bytes], dim, NORMAL, bits=bits, row_layout="tbe", seed=3, stream=name
        )
    indices = torch.arange(300, dtype=torch.int32).repeat(2)
    looked_up = module(indices=indices, offsets=torch.arange(601, dtype=torch.int32)).numpy()
    for name, values in zip(("user", "item"), np.split(looked_up, 2, axis=1), strict=True):
        quantized = fastinit.quantized_rows(
            (300, dim), NORMAL, bits=bits, row_layout="tbe", seed=3, stream=name
        )
        assert np.allclose(values, dequantize(quantized, dim, bits, "tbe"), rtol=0, atol=1e-6)
        wide = float32_rows(300, dim, seed=3, stream=name)
        step = np.ptp(wide, axis=1, keepdims=True) / (2**bits - 1)
        assert (np.abs(values - wide) < 0.51 * step).all()


@pytest.mark.usefixtures("torch_with_fbgemm")
def test_the_page_fills_a_tbe():
    page = (ROOT / "docs/dtypes.md").read_text()
    (example,) = re.findall(r"^```py\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    exec(compile(example, "example", "exec"), {"__name__": "example"})  # noqa: S102 - our own


@pytest.mark.filterwarnings("ignore")  # torchrec's own, at import
@pytest.mark.parametrize("bits", [8, 4, 2])
def test_lookups_in_torchrec(torch_with_fbgemm, bits):
    torch = torch_with_fbgemm
    pytest.importorskip("torchrec")
    from torchrec import KeyedJaggedTensor  # noqa: PLC0415
    from torchrec.modules.embedding_configs import DataType, EmbeddingBagConfig  # noqa: PLC0415
    from torchrec.quant.embedding_modules import EmbeddingBagCollection  # noqa: PLC0415

    rows = torch.from_numpy(
        fastinit.quantized_rows((300, 64), NORMAL, bits=bits, row_layout="tbe", seed=3)
    )
    table = EmbeddingBagConfig(
        name="table",
        num_embeddings=300,
        embedding_dim=64,
        feature_names=["feature"],
        data_type=DataType[f"INT{bits}"],
    )
    module = EmbeddingBagCollection(
        [table],
        is_weighted=False,
        device=torch.device("cpu"),
        output_dtype=torch.float32,
        table_name_to_quantized_weights={"table": (rows[:, 4:], rows[:, :4])},
    )
    every_row = KeyedJaggedTensor(
        ["feature"], torch.arange(300), lengths=torch.ones(300, dtype=torch.int64)
    )
    values = module(every_row)["feature"].numpy()
    assert np.allclose(values, dequantize(rows.numpy(), 64, bits, "tbe"), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("bits", "prepack"), [(8, "byte"), (4, "4bit"), (2, "2bit")])
@pytest.mark.parametrize("dim", [4, 16, 128])
def test_against_pytorch(bits, prepack, dim):
    torch = pytest.importorskip("torch")
    rows = float32_rows(500, dim, seed=3, stream="table")
    quantized = fastinit.quantized_rows((500, dim), NORMAL, bits=bits, seed=3, stream="table")
    packed = getattr(torch.ops.quantized, f"embedding_bag_{prepack}_prepack")(
        torch.from_numpy(rows)
    )
    assert np.array_equal(quantized, packed.numpy())
    unpack = getattr(torch.ops.quantized, f"embedding_bag_{prepack}_unpack")
    assert np.allclose(
        unpack(torch.from_numpy(quantized)).numpy(), dequantize(quantized, dim, bits), atol=1e-6
    )


@pytest.mark.parametrize(("bits", "row_layout"), FORMATS)
def test_dequantised_is_within_half_a_step(bits, row_layout):
    rows = float32_rows(2000, 64, seed=4)
    quantized = fastinit.quantized_rows(
        (2000, 64), NORMAL, bits=bits, row_layout=row_layout, seed=4
    )
    span = rows.max(axis=1, keepdims=True) - rows.min(axis=1, keepdims=True)
    error = np.abs(dequantize(quantized, 64, bits, row_layout) - rows) / (span / (2**bits - 1))
    # float16 moves the ends by 2**-11 of themselves. The codes follow the ends that are stored.
    assert error.max() < 0.51
    assert error.max() > 0.49


@pytest.mark.parametrize("dim", [2, 17, 64])
@pytest.mark.parametrize(
    "distribution",
    [Normal(0, 1e-3), Normal(0, 1e-5), Normal(0, 1e-7), Normal(0, 1e-9), Normal(100, 0.01), Normal(1e3, 300),
     Uniform(-1.58e-4, 1.58e-4), Uniform(0, 65000), Uniform(3, 3)],
    ids=str,
)  # fmt: skip
def test_the_bound_that_the_documentation_states(distribution, dim):
    rows = float32_rows(3000, dim, distribution, seed=3).astype(np.float64)
    least, most = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    arithmetic = np.abs(rows).max() * 2.0**-22
    values = dequantize(fastinit.quantized_rows(rows.shape, distribution, seed=3), dim, 8)
    assert (np.abs(values - rows) <= (most - least) / 510 + 1e-8 + arithmetic).all()
    for bits, row_layout in FORMATS[1:]:
        quantized = fastinit.quantized_rows(
            rows.shape, distribution, seed=3, bits=bits, row_layout=row_layout
        )
        stored = parts(quantized, bits, row_layout)[1].astype(np.float64)
        scale, bias = stored[:, :1], stored[:, 1:]
        levels = 2**bits - 1
        # A scale that was rounded to 0 is stored as 1: then half a step is more than any value.
        of_scale = np.where(scale == 1, 0, levels * np.abs((most - bias) / levels - scale))
        bound = np.abs(scale) / 2 + of_scale + np.abs(bias - least) + arithmetic
        values = dequantize(quantized, dim, bits, row_layout)
        assert (np.abs(values - rows) <= bound).all()


@pytest.mark.parametrize(("bits", "row_layout"), FORMATS)
def test_shards_threads_and_layout(bits, row_layout):
    stored = {"bits": bits, "row_layout": row_layout, "seed": 1, "stream": "t"}
    whole = fastinit.quantized_rows((60_001, 50), "he_normal", threads=1, **stored)
    threaded = fastinit.quantized_rows((60_001, 50), "he_normal", threads=3, **stored)
    assert np.array_equal(whole, threaded)
    memory = np.full((200, whole.shape[1] + 10), 7, np.uint8)
    part = memory[::2, 3:-7]
    filled = fastinit.quantized_rows_(
        part, 50, "he_normal", first_row=59_000, fan_in=50, fan_out=60_001, **stored
    )
    assert filled is part
    assert np.array_equal(part, whole[59_000:59_100])
    assert (memory[1::2] == 7).all()
    assert (memory[:, :3] == 7).all()
    assert (memory[:, -7:] == 7).all()


def test_an_option_named_as_the_distribution_is():
    given = fastinit.quantized_rows((9, 64), "variance_scaling", distribution="uniform", seed=1)
    limit = np.sqrt(3 / 64)
    expected = quantize8(float32_rows(9, 64, Uniform(-limit, limit), seed=1))
    assert np.array_equal(given, expected)


def test_rows_past_two_to_the_34():
    first = 2**36 + 3
    out = fastinit.quantized_rows((9, 128), NORMAL, seed=2, first_row=first)
    assert np.array_equal(out, quantize8(float32_rows(9, 128, seed=2, first_row=first)))


def test_streams_of_the_generator():
    fastinit.manual_seed(5)
    first = fastinit.quantized_rows((10, 16), NORMAL)
    assert not np.array_equal(first, fastinit.quantized_rows((10, 16), NORMAL))
    fastinit.manual_seed(5)
    assert np.array_equal(first, fastinit.quantized_rows((10, 16), NORMAL))


@pytest.mark.parametrize("case", GOLDEN["quantized"], ids=str)
def test_golden(case):
    values = fastinit.quantized_rows(case["shape"], Normal(*case["normal"]), bits=case["bits"],
                                     seed=case["seed"], stream="golden")  # fmt: skip
    assert hashlib.sha256(values.tobytes()).hexdigest() == case["sha256"]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (((4, 16), "he_normals"), {}, ValueError, "distribution must be one of"),
        (((4, 16), "orthogonal"), {}, ValueError, r"call fastinit\.orthogonal\(shape, seed"),
        (((4, 16), "eye"), {}, ValueError, "which makes whole weights only"),
        (((4, 16), NORMAL), {"bits": 3}, ValueError, "bits must be 8, 4 or 2, got 3"),
        (
            ((4, 16), NORMAL),
            {"row_layout": "fbgemm"},
            ValueError,
            "row_layout must be one of 'fused_rowwise', 'tbe'",
        ),
        (((4, 16), NORMAL), {"row_layout": None}, ValueError, "row_layout must be one of"),
        (
            ((4, 16), Normal(0, 1e5)),
            {"row_layout": "tbe"},
            ValueError,
            "all values must be in .-65504, 65504.",
        ),
        (
            ((4, 16), Normal(0, 1e5)),
            {"bits": 2},
            ValueError,
            "all values must be in .-65504, 65504.",
        ),
        (((4, 16), NORMAL), {"bits": 8.0}, TypeError, "bits must be an integer, got float"),
        (((4, 0), NORMAL), {}, ValueError, "dim must be 1 or more"),
        (((4,), NORMAL), {}, ValueError, r"shape must be \(rows, dim\)"),
        (((4, 16), NORMAL), {"gain": 2}, TypeError, "takes no options"),
        (
            ((4, 16), Normal(0, 1e5)),
            {"bits": 4},
            ValueError,
            "all values must be in .-65504, 65504.",
        ),
        (((4, 16), Uniform(-3e38, 3e38)), {}, ValueError, "must be finite"),
        (
            ((4, 16), Uniform(1e38, 2e38)),
            {},
            ValueError,
            r"all values must be in .-1.70141e\+38, 1.70141e\+38. for bits=8",
        ),
        (((4, 16), NORMAL), {"first_row": -1}, ValueError, "first_row must be in"),
        (
            ((4, 16), NORMAL),
            {"first_row": 2**60 - 2},
            ValueError,
            f"first_row must be at most {2**60 - 4} for 4 rows",
        ),
        (((4, 16), NORMAL), {"first_row": 2**63}, ValueError, f"first_row .*, got {2**63}$"),
        (((4, 16), NORMAL), {"threads": 0}, ValueError, "threads"),
    ],
)
def test_errors(arguments, options, error, message):
    with pytest.raises(error, match=message):
        fastinit.quantized_rows(*arguments, seed=0, **options)


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (
            np.zeros((4, 23), np.uint8),
            ValueError,
            r"shape \(rows, 24\) for 8 bits, dim 16 and .*23\)$",
        ),
        (np.zeros((4, 32), np.uint8), ValueError, r"padded at the end, give out\[:, :24\]"),
        (np.zeros(24, np.uint8), ValueError, "shape"),
        (np.zeros((4, 24), np.int8), TypeError, "must be uint8"),
        (np.zeros((24, 4), np.uint8).T, ValueError, "must be contiguous"),
    ],
)
def test_errors_of_memory(out, error, message):
    with pytest.raises(error, match=message):
        fastinit.quantized_rows_(out, 16, NORMAL, seed=0)
    assert not out.any()


def test_a_part_of_a_table_has_the_limits_of_the_whole():
    of_stream = {"seed": 1, "stream": "t", "bits": 8}
    table = fastinit.quantized_rows((20, 6), "embedding_uniform", **of_stream)
    part = fastinit.quantized_rows((5, 6), "embedding_uniform", rows=20, first_row=7, **of_stream)
    assert np.array_equal(part, table[7:12])
