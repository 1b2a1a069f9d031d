"""The gallery's claims hold, its script runs, and the page states what the script prints."""

from __future__ import annotations

import math
import re
import shutil

import numpy as np
import pytest

import make_gallery
from gallery import PICTURES, densities, formats, matrices, model_schemes, shards, sums, widths
from gallery.layers import signal, weights

PAGE = make_gallery.DOCS / "gallery.md"
IMAGES = PAGE.parent / "images"
WIDTH, LAYERS = 256, 50

pictures = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)


# A layer of n units averages n squares 2 relu(z)**2, of mean 1 and variance 5. So the logarithm of
# what comes out of many layers is nearly normal, of this variance and with half of it below the
# mean of infinitely wide ones (Hanin and Nica, Communications in Mathematical Physics 376, 2020).
VARIANCE = 5 * LAYERS / WIDTH


def through_layers(scheme, activation, width=WIDTH):
    return signal(weights(scheme, width, LAYERS), activation, batch=32)


def is_about(power, found):
    return abs(math.log(found) - power + VARIANCE / 2) < 3 * math.sqrt(VARIANCE)


@pytest.mark.parametrize("scheme", ["he_normal", "he_uniform"])
def test_he_keeps_the_signal_through_relu(scheme):
    found = through_layers(scheme, "ReLU")
    assert is_about(0, found.forward[-1])
    assert is_about(0, found.backward[0])


@pytest.mark.parametrize("scheme", ["lecun_normal", "glorot_normal", "xavier_normalized"])
def test_relu_halves_the_signal_of_variance_1_over_n(scheme):
    assert is_about(-LAYERS * math.log(2), through_layers(scheme, "ReLU").forward[-1])


def test_relu_halves_the_signal_of_orthogonal_weights():
    found = through_layers("orthogonal", "ReLU", width=64).forward[-1]
    assert abs(math.log2(found) + LAYERS) < 4


def test_relu_leaves_a_sixth_of_plain_xavier():
    assert is_about(-LAYERS * math.log(6), through_layers("xavier", "ReLU").forward[-1])


def test_tanh_at_1_over_n_fades_slowly_both_ways_and_more_explodes_backwards():
    glorot, he = through_layers("glorot_normal", "tanh"), through_layers("he_normal", "tanh")
    assert 0.003 < glorot.forward[-1] < 0.03
    assert 0.003 < glorot.backward[0] < 0.1
    assert 0.25 < he.forward[-1] < 0.4
    assert he.backward[0] > 10
    saturated = through_layers("N(0, 1)", "tanh")
    assert saturated.forward[-1] > 0.9
    assert saturated.backward[0] > 1e20


def test_selu_holds_1_with_lecun_only():
    assert abs(through_layers("lecun_normal", "SELU").forward[1:] - 1).max() < 0.2
    assert through_layers("he_normal", "SELU").forward[-1] > 100
    assert through_layers("xavier", "SELU").forward[-1] < 1e-6


def test_sums_of_512():
    unit, scaled, rectified, he = sums.measure(small=True).values()
    assert abs(unit.std() / math.sqrt(512) - 1) < 0.02
    assert abs(scaled.std() - 1) < 0.02
    assert abs(np.square(rectified).mean() - 0.5) < 0.02
    assert abs(np.square(he).mean() - 1) < 0.04


def test_one_width_fits_a_fixed_range():
    found = widths.measure(small=True)
    assert found["U[−0.3, 0.3)"][16] < 0.5
    assert found["U[−0.3, 0.3)"][256] > 3
    assert all(0.6 < factor < 1.6 for factor in found["he_normal"].values())


NEWER = {
    "embedding_uniform", "embedding_normal", "depth_scaled", "small_init", "wang_init", "mup",
    "t_fixup", "deepnet", "siren", "identity_plus_noise", "identity_hadamard", "lstm_bias",
}  # fmt: skip


def test_the_schemes_of_models_have_the_spread_of_their_formulas():
    found = model_schemes.measure(small=True)
    assert set(found) == NEWER
    for name, panel in model_schemes.PANELS.items():
        for line, spread in zip(panel.lines, found[name], strict=True):
            formula = [line.formula(fact) for fact in panel.facts]
            np.testing.assert_allclose(spread, formula, rtol=0.03, err_msg=f"{name} {line.options}")
    for name, (_, _, formula) in model_schemes.WHOLE.items():
        spread = model_schemes.root_mean_square(found[name])
        assert spread == pytest.approx(formula, rel=0.03), name


def test_the_page_has_a_row_for_each_scheme_of_models():
    rows = model_schemes.numbers(model_schemes.measure(small=True))
    assert {row.split("`")[1] for row in rows[2:]} == NEWER


def test_schemes_that_know_the_depth_keep_the_residual_stream():
    with_, without = model_schemes.measure_streams(small=True).values()
    width = 64  # of the small model: its branches add little with weights of N(0, 0.02**2)
    added = 2 * model_schemes.DEPTH * width * 0.02**2 * (4 * width) * 0.02**2 / 2
    assert with_["N(0, 0.02)"][-1] == pytest.approx(1 + added, rel=0.05)
    assert with_["depth_scaled"][-1] < 1.03
    assert 10 < with_["xavier_uniform"][-1] < 25
    assert with_["wang_init"][-1] < 1.5
    assert without["xavier_uniform"][-1] > 1e4
    assert without["t_fixup, encoder"][-1] < 1.3
    assert without["t_fixup, decoder"][-1] < 1.3


def test_values_lie_within_the_quantiles_of_samples():
    for name, values in densities.measure_quantiles(small=True).items():
        errors = densities.errors(name, values, densities.shown_ranks(values.size))
        assert abs(errors).max() < 4


def test_float8_never_rounds_to_the_bound():
    found = formats.measure(small=True)
    assert found["rounded"].max() == 1
    assert found["float8_e4m3fn"].max() == 0.9375
    assert found["bfloat16"].max() == 1 - 2.0**-8


def test_orthogonal_has_singular_values_of_1():
    found = matrices.measure(small=True)
    np.testing.assert_allclose(found["orthogonal"], 1, atol=1e-5)
    assert np.ptp(found["lecun_normal"]) > 1.5


def test_workers_make_one_table_with_offsets_and_copies_without():
    without, with_offsets, whole = shards.measure(small=True).values()
    assert np.array_equal(with_offsets, whole)
    assert np.array_equal(without[:16], without[16:32])


@pytest.mark.slow
def test_the_script_draws_and_writes(tmp_path):
    pytest.importorskip("matplotlib", reason="pip install 'fastinit-sampler[docs]'")
    page, images = tmp_path / "gallery.md", tmp_path / "images"
    shutil.copy(PAGE, page)
    make_gallery.main(["--small", "--page", str(page), "--images", str(images)])
    assert {path.stem for path in images.glob("*.png")} == {picture.name for picture in PICTURES}
    assert page.read_text() != PAGE.read_text()


@pytest.mark.skipif(not IMAGES.exists(), reason="docs/images is not beside these tests")
@pictures
def test_the_page_shows_every_picture(picture):
    assert f"![{picture.title}](images/{picture.name}.png)" in PAGE.read_text()
    assert (IMAGES / f"{picture.name}.png").stat().st_size < 100_000


NUMBER = re.compile(r"([-+]?[\d.]+)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
EXPONENTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def numbers(text):
    return [
        float(mantissa) * 10.0 ** int(exponent.translate(EXPONENTS) or 0)
        for mantissa, exponent in NUMBER.findall(text)
        if mantissa.strip("+-.")
    ]


@pytest.mark.slow
@pictures
def test_the_page_states_what_the_script_prints(picture):
    lines = picture.numbers(picture.measure(False))
    stated = make_gallery.block(picture, lines)
    begin = make_gallery.BEGIN.format(picture.name)
    page = PAGE.read_text().split(begin)[1].split(make_gallery.END.format(picture.name))[0]
    # Another machine's linear algebra rounds otherwise; chaotic gradients then differ somewhat.
    found, expected = numbers(page), numbers(stated.split(begin)[1].split("<!-- end")[0])
    assert len(found) == len(expected) > 0
    np.testing.assert_allclose(found, expected, rtol=0.2, atol=0.002)
