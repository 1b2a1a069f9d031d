"""Schemes: fans, variances, aliases, layouts."""

from __future__ import annotations

import inspect
import math
import re

import numpy as np
import pytest
from scipy import stats

import fastinit
from fastinit import Normal, TruncatedNormal, Uniform
from fastinit._schemes.scheme_functions import distribution_of
from fastinit._schemes.schemes import SCHEMES
from fastinit._schemes.suitability import ACTIVATIONS, FAMILIES, REASONS, SUITED
from tests.support.schemes import NEEDED, OF_FANS

SHAPE = (300, 200, 3)  # torch: fan_in 600, fan_out 900; keras: fan_in 60000, fan_out 90000
VARIANCES = {
    "xavier": lambda i, o: 1 / (3 * i),
    "xavier_normalized": lambda i, o: 2 / (i + o),
    "xavier_uniform": lambda i, o: 2 / (i + o),
    "glorot_uniform": lambda i, o: 2 / (i + o),
    "glorot_normal": lambda i, o: 2 / (i + o),
    "xavier_normal": lambda i, o: 2 / (i + o),
    "he_normal": lambda i, o: 2 / i,
    "kaiming_normal": lambda i, o: 2 / i,
    "he_uniform": lambda i, o: 2 / i,
    "kaiming_uniform": lambda i, o: 2 / i,
    "lecun_normal": lambda i, o: 1 / i,
    "lecun_uniform": lambda i, o: 1 / i,
    "variance_scaling": lambda i, o: 1 / i,
    "siren": lambda i, o: 2 / i / 30**2,
}
TRUNCATED = stats.truncnorm(-2, 2)  # its std is Keras's 0.87962566103423978
KURTOSIS = {Uniform: 9 / 5, Normal: 3, TruncatedNormal: TRUNCATED.stats("k") + 3}


def of(name, shape=(300, 200), **options):
    """Return the distribution that a public scheme draws from, without drawing."""
    return distribution_of(SCHEMES[name], name, shape, options, stacklevel=1)


def std_of(distribution):
    if isinstance(distribution, Uniform):
        return (distribution.high - distribution.low) / math.sqrt(12)
    if isinstance(distribution, Normal):
        return distribution.std
    low, high = distribution.low / distribution.std, distribution.high / distribution.std
    return distribution.std * stats.truncnorm(low, high).std()


def check_sample(weight, variance, kind):
    """Check mean, variance and bounds of a large sample to 4.5 standard errors."""
    values = weight.astype(np.float64).ravel() / math.sqrt(variance)
    error = 4.5 / math.sqrt(values.size)
    assert abs(values.mean()) < error
    assert abs(np.square(values).mean() - 1) < error * math.sqrt(KURTOSIS[kind] - 1)
    if kind is not Normal:
        limit = math.sqrt(3) if kind is Uniform else 2 / TRUNCATED.std()
        assert 0.999 * limit < np.abs(values).max() <= limit * (1 + 2.0**-23)


def test_every_scheme_has_its_row():
    assert VARIANCES.keys() == set(OF_FANS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", VARIANCES)
@pytest.mark.parametrize(
    ("layout", "fan_in", "fan_out"), [("torch", 600, 900), ("keras", 60000, 900)]
)
def test_variance_and_bounds(name, layout, fan_in, fan_out, dtype):
    if layout == "keras":
        fan_in, fan_out = 300 * 200, 300 * 3
    weight = getattr(fastinit, name)(SHAPE, layout=layout, dtype=dtype, seed=1)
    assert weight.dtype == dtype
    check_sample(weight, VARIANCES[name](fan_in, fan_out), type(SCHEMES[name](1, 1)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["he_normal", "glorot_normal", "lecun_normal"])
def test_truncated_keeps_the_variance(name, dtype):
    weight = getattr(fastinit, name)((600, 900), truncated=True, dtype=dtype, seed=2)
    check_sample(weight, VARIANCES[name](900, 600), TruncatedNormal)
    sample = weight.astype(np.float64).ravel() * TRUNCATED.std()
    sample /= math.sqrt(VARIANCES[name](900, 600))
    assert stats.kstest(sample, TRUNCATED.cdf).pvalue > 1e-3


def test_truncated_parameters():
    parent = math.sqrt(2 / 200) / TRUNCATED.std()
    law = of("he_normal", truncated=True)
    assert law == TruncatedNormal(0, law.std, -2 * law.std, 2 * law.std)
    assert law.std == pytest.approx(parent)
    assert of("glorot_normal", gain=0.0, truncated=True) == Normal(0, 0)


FANS = {"fan_in": 200, "fan_out": 300, "fan_avg": 250, "fan_geo_avg": math.sqrt(60000)}


@pytest.mark.parametrize("mode", FANS)
@pytest.mark.parametrize(("distribution", "kind"), [("normal", Normal), ("untruncated_normal", Normal),
                                                    ("truncated_normal", TruncatedNormal), ("uniform", Uniform)])  # fmt: skip
def test_variance_scaling(mode, distribution, kind):
    law = of("variance_scaling", scale=0.7, mode=mode, distribution=distribution)
    assert isinstance(law, kind)
    assert std_of(law) == pytest.approx(math.sqrt(0.7 / FANS[mode]), rel=1e-12)
    if mode != "fan_in":  # the schemes with a mode have the same ones
        assert std_of(of("he_uniform", mode=mode)) == pytest.approx(math.sqrt(2 / FANS[mode]))


@pytest.mark.parametrize(("name", "scale", "mode", "distribution"), [
    ("glorot_uniform", 1, "fan_avg", "uniform"), ("glorot_normal", 1, "fan_avg", "normal"),
    ("he_normal", 2, "fan_in", "normal"), ("he_uniform", 2, "fan_in", "uniform"),
    ("lecun_normal", 1, "fan_in", "normal"), ("lecun_uniform", 1, "fan_in", "uniform"),
    ("xavier", 1 / 3, "fan_in", "uniform")])  # fmt: skip
def test_schemes_are_cases_of_variance_scaling(name, scale, mode, distribution):
    general = of("variance_scaling", scale=scale, mode=mode, distribution=distribution)
    assert type(general) is type(of(name))
    assert std_of(general) == pytest.approx(std_of(of(name)), rel=1e-12)
    if distribution == "normal":
        truncated = of("variance_scaling", scale=scale, mode=mode)
        assert truncated.std == pytest.approx(of(name, truncated=True).std, rel=1e-12)


@pytest.mark.parametrize(("nonlinearity", "param", "gain"), [
    ("linear", None, 1), ("conv1d", None, 1), ("conv2d", None, 1), ("conv3d", None, 1),
    ("conv_transpose1d", None, 1), ("conv_transpose2d", None, 1), ("conv_transpose3d", None, 1),
    ("sigmoid", None, 1), ("tanh", None, 5 / 3), ("relu", None, math.sqrt(2)), ("relu", 7, math.sqrt(2)),
    ("selu", None, 3 / 4), ("leaky_relu", None, math.sqrt(2 / 1.0001)),
    ("leaky_relu", 0.2, math.sqrt(2 / 1.04)), ("leaky_relu", 2, math.sqrt(2 / 5))])  # fmt: skip
def test_gains(nonlinearity, param, gain):
    assert fastinit.calculate_gain(nonlinearity, param) == pytest.approx(gain, rel=1e-15)
    if nonlinearity != "leaky_relu" or param is not None:
        law = of("he_normal", nonlinearity=nonlinearity, a=param or 0)
        assert law.std == pytest.approx(gain / math.sqrt(200), rel=1e-15)


def test_linear_layers_of_pytorch():
    """Linear and Conv layers start from kaiming_uniform_(a=sqrt(5)), which is the plain Xavier."""
    law = of("kaiming_uniform", a=math.sqrt(5))
    assert law.high == pytest.approx(of("xavier").high, rel=1e-15)


@pytest.mark.parametrize(("arguments", "match"), [
    (("gelu",), "nonlinearity must be one of 'linear'.*got 'gelu'"), ((3,), "got 3"),
    (("leaky_relu", True), "param must be a real number, got True"),
    (("leaky_relu", "x"), "got 'x'"), (("leaky_relu", math.nan), "finite")])  # fmt: skip
def test_gain_errors(arguments, match):
    with pytest.raises(ValueError, match=match):
        fastinit.calculate_gain(*arguments)


@pytest.mark.parametrize(
    ("shape", "torch", "keras"),
    [
        ((64, 32), (32, 64), (64, 32)),
        ((8, 4, 3, 3), (36, 72), (96, 96)),
        ((0, 5), (5, 0), (0, 5)),
        ((5,), None, (5, 5)),
        ((), None, (1, 1)),
    ],
)
def test_fans(shape, torch, keras):
    assert fastinit.fans(shape, "keras") == keras
    if torch is None:
        with pytest.raises(ValueError, match="two or more axes"):
            fastinit.fans(shape)
    else:
        assert fastinit.fans(shape, "torch") == torch


@pytest.mark.parametrize(("shape", "layout", "axes", "expected"), [
    ((6, 5, 3, 2), "keras", {"batch_axis": 0}, (15, 10)),  # JAX's answers
    ((6, 5, 3, 2), "keras", {"in_axis": 0, "out_axis": (1, -2)}, (12, 30)),
    ((6, 5, 3, 2), "keras", {"in_axis": [0, 1], "out_axis": [2, 3]}, (30, 6)),
    ((1000, 64), "keras", {"out_axis": 0}, (64, 64)),  # Flax's embeddings
    ((8, 30, 20), "torch", {"batch_axis": 0, "in_axis": 2, "out_axis": 1}, (20, 30)),
    ((5,), "torch", {"in_axis": 0, "out_axis": ()}, (5, 1)),
    ((6, 5, 3, 2), "torch", {"in_axis": 1}, (30, 36)),
    ((0, 5, 3), "keras", {"batch_axis": 0}, (5, 3))])  # fmt: skip
def test_axes(shape, layout, axes, expected):
    assert fastinit.fans(shape, layout, **axes) == expected
    fan_in = max(1, expected[0])
    assert of("lecun_normal", shape, layout=layout, **axes).std == math.sqrt(1 / fan_in)


@pytest.mark.parametrize(("axes", "error", "match"), [
    ({"in_axis": 3}, ValueError, r"in_axis must be in \[-3, 3\), because the shape has 3 axes, got 3"),
    ({"out_axis": (1, -2)}, ValueError, "out_axis must not have the same axis twice"),
    ({"batch_axis": 0}, ValueError, "batch_axis must not have an axis of the inputs .1. or of the outputs .0., got 0"),
    ({"in_axis": "x"}, TypeError, "in_axis must be an int or a sequence of ints, got 'x'"),
    ({"in_axis": 1.0}, TypeError, "got 1.0")])  # fmt: skip
def test_axes_errors(axes, error, match):
    with pytest.raises(error, match=match):
        fastinit.fans((2, 3, 4), **axes)


def test_given_fans():
    assert of("he_normal", fan_in=8) == Normal(0, 0.5)
    assert of("he_normal", fan_out=8, mode="fan_out") == Normal(0, 0.5)
    assert of("glorot_normal", (5,), fan_in=3, fan_out=5) == Normal(0, 0.5)  # a bias
    whole = fastinit.lecun_normal((40, 10), layout="keras", seed=3)
    half = fastinit.lecun_normal((20, 10), layout="keras", fan_in=40, seed=3, offset=200)
    assert np.array_equal(whole[20:], half)


OPTION_ERRORS = [
    ("he_normal", {"mode": "fan"}, ValueError, "mode must be one of 'fan_in'.*got 'fan'"),
    ("he_normal", {"nonlinearity": "gelu"}, ValueError, "got 'gelu'"),
    ("he_normal", {"a": math.inf}, ValueError, "finite"),
    (
        "he_normal",
        {"fan_in": 0},
        ValueError,
        "fan_in must be an integer in \\[1, 2\\*\\*64\\), got 0",
    ),
    ("he_normal", {"fan_in": 2.5}, TypeError, "fan_in must be an integer, got 2.5"),
    ("he_normal", {"fan_out": True}, ValueError, "got True"),
    (
        "he_normal",
        {"layout": "onnx"},
        ValueError,
        "layout must be one of 'torch', 'keras', got 'onnx'",
    ),
    ("he_normal", {"gain": 1}, TypeError, "unexpected keyword argument 'gain'"),
    ("he_normal", {"activation": "gleu"}, ValueError, "activation must be one of.*got 'gleu'"),
    ("glorot_normal", {"gain": -1}, ValueError, "gain must not be negative, got -1"),
    ("glorot_uniform", {"gain": math.nan}, ValueError, "gain must be finite"),
    ("glorot_uniform", {"gain": "2"}, TypeError, "gain must be a real number, got '2'"),
    ("glorot_uniform", {"gain": None}, TypeError, "real number, got NoneType"),
    ("glorot_uniform", {"gain": 10**400}, ValueError, "gain must be finite"),
    ("variance_scaling", {"scale": -2}, ValueError, "scale must not be negative"),
    ("variance_scaling", {"distribution": "cauchy"}, ValueError, "distribution must be one of"),
    ("variance_scaling", {"activation": "relu"}, TypeError, "unexpected keyword argument"),
]


@pytest.mark.parametrize(("name", "options", "error", "match"), OPTION_ERRORS)
def test_option_errors_come_before_the_first_byte(name, options, error, match):
    out = np.full((4, 6), 7.0, np.float32)
    with pytest.raises(error, match=match):
        getattr(fastinit, f"{name}_")(out, seed=1, **options)
    assert (out == 7).all()


def test_every_scheme_but_the_general_one_has_a_family():
    without = {"variance_scaling", "siren"}  # they have no activation, or their own
    assert {SCHEMES[name] for name in OF_FANS} - FAMILIES.keys() == {SCHEMES[x] for x in without}
    assert set(ACTIVATIONS.values()) == set(FAMILIES.values()) == SUITED.keys()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("name", [name for name in SCHEMES if SCHEMES[name] in FAMILIES])
def test_a_mismatch_warns(name, activation):
    reason = REASONS.get((ACTIVATIONS[activation], FAMILIES[SCHEMES[name]]))
    quiet = getattr(fastinit, name)((5, 4), seed=1)
    if reason:
        with pytest.warns(fastinit.SchemeWarning) as caught:
            loud = getattr(fastinit, name)((5, 4), activation=activation, seed=1)
        assert caught[0].filename == __file__
        for part in (name, repr(activation), reason, SUITED[ACTIVATIONS[activation]]):
            assert part in str(caught[0].message)
    else:
        loud = getattr(fastinit, name)((5, 4), activation=activation, seed=1)
    assert np.array_equal(quiet, loud)


@pytest.mark.parametrize(("name", "activation", "warns"), [
    ("xavier_uniform", "relu", True), ("glorot_normal", "gelu", True), ("lecun_normal", "relu", True),
    ("he_normal", "sigmoid", True), ("kaiming_uniform", "tanh", True), ("he_normal", "selu", True),
    ("xavier", "tanh", False), ("he_uniform", "leaky_relu", False), ("lecun_uniform", "tanh", False)])  # fmt: skip
def test_which_mismatches_warn(name, activation, warns):
    assert ((ACTIVATIONS[activation], FAMILIES[SCHEMES[name]]) in REASONS) == warns


def test_a_gain_given_by_hand_is_not_warned_about():
    gain = fastinit.calculate_gain("relu")
    fastinit.xavier_uniform((5, 4), gain=gain, activation="relu", seed=1)
    fastinit.he_normal((5, 4), nonlinearity="tanh", activation="tanh", seed=1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_for_activation(activation):
    suited = fastinit.for_activation(activation)
    assert suited.name == SUITED[ACTIVATIONS[activation]]
    new = suited.new((30, 20), activation=activation, seed=4)  # does not warn
    out = np.zeros((30, 20), np.float32)
    assert suited.fill(out, seed=4) is out
    assert np.array_equal(new, out)
    assert np.array_equal(new, getattr(fastinit, suited.name)((30, 20), **suited.options, seed=4))


@pytest.mark.parametrize(("activation", "param", "slope"), [
    ("leaky_relu", None, 0.01), ("leaky_relu", 0.2, 0.2), ("prelu", None, 0.25)])  # fmt: skip
def test_for_activation_with_a_slope(activation, param, slope):
    suited = fastinit.for_activation(activation, param)
    gain = fastinit.calculate_gain("leaky_relu", slope)
    assert of(suited.name, **suited.options).std == pytest.approx(gain / math.sqrt(200), rel=1e-15)


@pytest.mark.parametrize(("arguments", "error", "match"), [
    (("ReLU",), ValueError, "activation must be one of 'relu'.*got 'ReLU'"),
    (("relu", 0.1), ValueError, "param must be None for 'relu'"),
    (("prelu", "x"), TypeError, "param must be a real number")])  # fmt: skip
def test_for_activation_errors(arguments, error, match):
    with pytest.raises(error, match=match):
        fastinit.for_activation(*arguments)


@pytest.mark.parametrize("relu", [True, False])
def test_signals_keep_their_size(relu):
    """Twenty layers of 512 keep a signal's mean square: He with ReLU, Xavier without."""
    scheme = fastinit.he_normal if relu else fastinit.glorot_normal
    signal = fastinit.normal((512, 512), seed=1)
    for layer in range(20):
        signal = scheme((512, 512), seed=2, stream=layer) @ signal
        signal = np.maximum(signal, 0) if relu else signal
    # A ReLU halves the mean square. Chance moves it by some sqrt(5 * 20 / 512) in its logarithm;
    # the other scheme would by 20 ln 2.
    assert 0.3 < np.square(signal).mean() * (2 if relu else 1) < 3


@pytest.mark.parametrize("name", SCHEMES)
def test_pairs_agree(name):
    needed = NEEDED.get(name, {})
    new = getattr(fastinit, name)((30, 20), **needed, seed=5, stream="w", offset=9)
    out = np.zeros((30, 20), np.float32, order="F")
    assert getattr(fastinit, f"{name}_")(out, **needed, seed=5, stream="w", offset=9) is out
    assert np.array_equal(new, out)


@pytest.mark.parametrize(("alias", "name"), [("kaiming_normal", "he_normal"), ("kaiming_uniform", "he_uniform"),
                                             ("glorot_uniform", "xavier_normalized"), ("xavier_uniform", "xavier_normalized"),
                                             ("xavier_normal", "glorot_normal")])  # fmt: skip
def test_aliases(alias, name):
    a = getattr(fastinit, alias)((30, 20), seed=5)
    assert np.array_equal(a, getattr(fastinit, name)((30, 20), seed=5))


def test_options():
    narrow = fastinit.he_normal((40, 10), mode="fan_out", seed=1)
    wide = fastinit.he_normal((40, 10), seed=1)
    assert np.allclose(narrow * 2, wide)
    assert np.allclose(fastinit.xavier_uniform((9, 9), gain=2.0, seed=1),
                       2 * fastinit.xavier_uniform((9, 9), seed=1))  # fmt: skip


@pytest.mark.parametrize("name", ["he_normal", "xavier", "glorot_uniform"])
@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_weights_without_elements(name, shape):
    assert getattr(fastinit, name)(shape, seed=1).shape == shape


@pytest.mark.parametrize("name", fastinit.__all__)
def test_public_names_are_documented(name):
    item = getattr(fastinit, name)
    if callable(item) and not isinstance(item, type):
        assert len(inspect.getdoc(item) or "") > 40
        # No place of a template is left open; choices are written {"torch", "keras"}.
        assert not re.search(r"\{\w+\}", inspect.getdoc(item))
        assert "given" not in inspect.signature(item).parameters
