"""Parameters at which a wrong formula does not happen to be right: odd fans, no elements, -0.0."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import fastinit
from fastinit import Constant, Normal, TruncatedNormal, Uniform, Weight
from fastinit._schemes.scheme_functions import distribution_of
from fastinit._schemes.schemes import SCHEMES
from tests.support.laws import FLOATS
from tests.support.schemes import NEEDED, OF_FANS

pytestmark = pytest.mark.once

#: No two are equal, and neither sums, products nor halves are round.
SHAPES = [(3, 4), (4, 3), (1, 2), (2, 1), (7, 12), (5, 2, 3), (3, 8, 5, 1), (1001, 300), (1, 1)]
TRUNCATED_STD = 0.87962566103423978  # of Keras and JAX


def variances(inputs, outputs):
    """Return the variance of each scheme by the formula in its paper, without rounding."""
    both = Fraction(2, inputs + outputs)
    return {
        "xavier": Fraction(1, 3 * inputs),
        **dict.fromkeys(["xavier_normalized", "xavier_uniform", "glorot_uniform"], both),
        **dict.fromkeys(["xavier_normal", "glorot_normal"], both),
        **dict.fromkeys(
            ["he_normal", "kaiming_normal", "he_uniform", "kaiming_uniform"], Fraction(2, inputs)
        ),
        **dict.fromkeys(["lecun_normal", "lecun_uniform", "variance_scaling"], Fraction(1, inputs)),
        "siren": Fraction(2, inputs * 900),
    }


def variance_of(law):
    """Return the variance of a law with mean 0."""
    if isinstance(law, Uniform):
        assert law.low == -law.high
        return law.high**2 / 3
    assert law.mean == 0
    if isinstance(law, Normal):
        return law.std**2
    assert law.low == -law.high == -2 * law.std
    return (law.std * TRUNCATED_STD) ** 2


def of(name, shape, **options):
    return distribution_of(SCHEMES[name], name, shape, options, stacklevel=1)


@pytest.mark.parametrize("layout", ["torch", "keras"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_variances_for_odd_fans(shape, layout):
    positions = math.prod(shape[2:] if layout == "torch" else shape[:-2])
    outputs, inputs = shape[:2] if layout == "torch" else (shape[-1], shape[-2])
    fan_in, fan_out = inputs * positions, outputs * positions
    expected = variances(fan_in, fan_out)
    assert expected.keys() == set(OF_FANS)
    for name, variance in expected.items():
        assert variance_of(of(name, shape, layout=layout)) == pytest.approx(float(variance))
        given = of(name, (999, 999), fan_in=fan_in, fan_out=fan_out)
        assert given == of(name, shape, layout=layout)
    average = Fraction(fan_in + fan_out, 2)
    for mode, fan in {
        "fan_in": fan_in, "fan_out": fan_out, "fan_avg": average,
        "fan_geo_avg": math.sqrt(fan_in * fan_out),
    }.items():  # fmt: skip
        for distribution in ("uniform", "normal", "truncated_normal"):
            law = of(
                "variance_scaling", shape,
                layout=layout, scale=0.7, mode=mode, distribution=distribution,
            )  # fmt: skip
            assert variance_of(law) == pytest.approx(0.7 / float(fan), rel=1e-12)
        for name in ("he_normal", "he_uniform"):
            law = of(name, shape, layout=layout, mode=mode, a=0.3, nonlinearity="leaky_relu")
            assert variance_of(law) == pytest.approx(2 / 1.09 / float(fan), rel=1e-12)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", OF_FANS)
def test_every_option_reaches_the_values(name, dtype):
    """One call with nothing at its default is the fill by the law, of that part of the stream."""
    options = {"fan_in": 5, "fan_out": 12, "layout": "keras"}
    law = of(name, (7, 3), **options)
    arguments = {"dtype": dtype, "seed": 11, "stream": 6, "offset": 13}
    values = getattr(fastinit, name)((7, 3), **options, **arguments, threads=1)
    if isinstance(law, Uniform):
        expected = fastinit.uniform((7, 3), law.low, law.high, **arguments)
    else:
        assert isinstance(law, Normal) or name == "variance_scaling"
        bounds = (law.low, law.high) if isinstance(law, TruncatedNormal) else ()
        fill = fastinit.trunc_normal if bounds else fastinit.normal
        expected = fill((7, 3), law.mean, law.std, *bounds, **arguments)
    assert values.tobytes() == expected.tobytes()
    for key in ("seed", "stream", "offset"):
        other = getattr(fastinit, name)((7, 3), **options, **{**arguments, key: 0})
        assert other.tobytes() != values.tobytes()


EMPTY = [(0,), (0, 5), (5, 0), (3, 0, 2), (0, 0), (2, 3, 0), (0, 1, 3), (0, 3, 4, 5)]
OF_PARTS = ("t_fixup", "deepnet")
FILLS = {
    "random_bits": {}, "uniform": {"low": -1.0, "high": 3.0}, "normal": {"mean": 1.0, "std": 2.0},
    "trunc_normal": {"a": -1.0, "b": math.inf}, "constant": {"value": 2.0}, "zeros": {}, "ones": {},
    "eye": {}, "dirac": {}, "sparse": {"sparsity": 0.5}, "orthogonal": {}, "delta_orthogonal": {},
    "identity_plus_noise": {}, "identity_hadamard": {}, "lstm_bias": {},
    **{name: {"layout": "keras"} for name in OF_FANS},
    **{name: options | {"layout": "keras"} for name, options in NEEDED.items() if name in OF_PARTS},
    **{name: options for name, options in NEEDED.items() if name not in OF_PARTS},
    "embedding_uniform": {}, "embedding_normal": {},
}  # fmt: skip
AXES = {
    "eye": (2, 2),
    "identity_plus_noise": (2, 2),
    "identity_hadamard": (2, 9),
    "lstm_bias": (1, 1),
    "sparse": (2, 2),
    "orthogonal": (2, 9),
    "dirac": (3, 5),
    "delta_orthogonal": (3, 5),
    **dict.fromkeys(["embedding_uniform", "embedding_normal"], (2, 2)),
    **dict.fromkeys(["depth_scaled", "small_init", "wang_init", "mup"], (2, 9)),
}
WITHOUT_SEED = {"constant", "zeros", "ones", "eye", "dirac", "identity_hadamard", "lstm_bias"}


def takes(name, shape):
    """Say whether a function takes a shape."""
    least, most = AXES.get(name, (0, 9))
    return least <= len(shape) <= most and (name != "delta_orthogonal" or shape[0] >= shape[1])


@pytest.mark.parametrize("name", FILLS)
def test_fills_without_elements(name):
    for shape in (each for each in EMPTY if takes(name, each)):
        check_fill_without_elements(name, shape)


def check_fill_without_elements(name, shape):
    options = FILLS[name] if name in WITHOUT_SEED else {"seed": 3, **FILLS[name]}
    made = getattr(fastinit, name)(shape, **options)
    assert made.shape == shape
    for memory in (np.empty(shape, made.dtype), np.empty(shape[::-1], made.dtype).T):
        assert getattr(fastinit, f"{name}_")(memory, **options) is memory
    generator = fastinit.Generator(4)
    if name not in WITHOUT_SEED:  # a call takes one stream, however little it writes
        getattr(fastinit, name)(shape, **{**options, "seed": generator})
        after = fastinit.random_bits(2, seed=generator)
        assert np.array_equal(after, fastinit.random_bits(2, seed=4, stream=2**63 + 1))


@pytest.mark.parametrize("shape", EMPTY, ids=str)
def test_weights_without_elements(shape):
    weight = Weight(shape, Normal(1, 2), seed=1, name="w", dtype="float64")
    assert weight.size == weight.nbytes == 0
    whole = np.asarray(weight)
    assert (whole.shape, whole.dtype) == (shape, np.float64)
    again = Weight.from_json(weight.to_json())
    assert again == weight
    for index in (..., slice(None), slice(None, None, -1), slice(1, 0), (..., slice(-1, None)), []):
        assert weight[index].shape == whole[index].shape
        assert weight.fill(np.empty_like(whole[index]), index).shape == whole[index].shape
    assert weight.rows([]).shape == (0, *shape[1:])
    if not shape[0]:
        with pytest.raises(ValueError, match="which has no rows"):
            Weight(shape, "zeros", seed=1, name="w", padding_idx=0)
        with pytest.raises(IndexError):
            weight.rows([0])
        return
    assert weight.rows([[1, 0], [0, 1]]).shape == (2, 2, *shape[1:])
    for padding_idx in (0, shape[0] - 1, -1):
        padded = Weight(shape, Normal(), seed=1, name="w", padding_idx=padding_idx)
        for index in (..., [0, -1], slice(None, None, -1), 0):
            assert padded[index].shape == whole[index].shape


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("row_layout", ["fused_rowwise", "tbe"])
def test_quantised_tables_without_rows(bits, row_layout):
    table = fastinit.quantized_rows((0, 12), Normal(), bits=bits, row_layout=row_layout, seed=1)
    full = fastinit.quantized_rows((1, 12), Normal(), bits=bits, row_layout=row_layout, seed=1)
    assert table.shape == (0, full.shape[1])


@pytest.mark.parametrize("dtype", FLOATS)
def test_no_law_makes_a_negative_zero_of_its_parameters(dtype):
    """0.0 and -0.0 are equal, so formulas with them are equal and must have equal bits."""
    for one, other in [
        (Constant(-0.0), Constant(0.0)),
        (Normal(-0.0, 0.0), Normal(0.0, -0.0)),
        (Uniform(-0.0, -0.0), Uniform(0.0, 0.0)),
        (Uniform(-1.0, -0.0), Uniform(-1.0, 0.0)),
        (Uniform(-0.0, 1.0), Uniform(0.0, 1.0)),
        (TruncatedNormal(-0.0, 1.0, -0.0, -0.0), TruncatedNormal(0.0, 1.0, 0.0, 0.0)),
        (TruncatedNormal(0.0, 1.0, -1.0, -0.0), TruncatedNormal(-0.0, 1.0, -1.0, 0.0)),
    ]:
        weights = [Weight((100,), law, seed=1, name="w", dtype=dtype) for law in (one, other)]
        assert weights[0] == weights[1]
        assert hash(weights[0]) == hash(weights[1])
        assert weights[0].to_json() == weights[1].to_json()
        assert weights[0][:].tobytes() == weights[1][:].tobytes()
    padded = Weight((3, 4), Normal(-1, 0.1), seed=1, name="w", dtype=dtype, padding_idx=1)
    assert padded[1].tobytes() == bytes(padded[1].nbytes)
    assert fastinit.eye((2, 3), gain=-1.0, dtype=dtype)[0, 1:].tobytes().strip(b"\0") == b""


def test_values_far_from_zero_keep_their_width():
    """Where mean and width differ by many orders, the values still have the exact law."""
    for sign in (1, -1):
        values = fastinit.uniform(4096, sign * 1e6, sign * 1e6 + 1, dtype="float64", seed=3)
        words = fastinit.random_bits(4096, dtype="uint64", seed=3) & np.uint64(2**53 - 1)
        expected = [Fraction(sign * 10**6) + Fraction(int(word), 2**53) for word in words]
        errors = [abs(Fraction(a) - b) for a, b in zip(values.tolist(), expected, strict=True)]
        assert max(errors) <= Fraction(math.ulp(1e6))
