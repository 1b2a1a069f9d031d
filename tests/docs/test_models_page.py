"""The numbers and the figure of docs/models.md are those of bench/results."""

from __future__ import annotations

import copy

import matplotlib.image
import numpy as np
import pytest

make_models = pytest.importorskip("make_models", reason="bench/ is not beside these tests")

import training  # noqa: E402 - bench's
import whole_models  # noqa: E402 - bench's

pytestmark = pytest.mark.framework

MODELS = make_models.read(whole_models.RESULTS)
TRAINED = make_models.read(training.RESULTS)


def test_the_page_has_the_numbers_of_the_results():
    text = make_models.PAGE.read_text()
    made = make_models.with_parts(text, make_models.parts(MODELS, TRAINED), make_models.SCRIPT)
    assert made == text, f"run: python {make_models.SCRIPT}"


def test_a_page_without_a_part_is_an_error():
    with pytest.raises(ValueError, match="0 parts for training"):
        make_models.with_parts("a page", {"training": []}, make_models.SCRIPT)


def test_the_figure_is_drawn(tmp_path):
    make_models.draw(TRAINED, tmp_path / "training.png")
    drawn = matplotlib.image.imread(tmp_path / "training.png")
    assert drawn.shape == matplotlib.image.imread(make_models.IMAGE).shape
    assert np.unique(drawn.reshape(-1, drawn.shape[-1]), axis=0).shape[0] > 100


def test_every_model_has_all_ways_on_one_cpu_and_two():
    for part in MODELS["parts"]:
        rows = [row for row in MODELS["rows"] if row["part"] == part]
        for model in whole_models.models_of(part).MODELS:
            ways = [(row["way"], row["CPUs"]) for row in rows if row["model"] == model]
            assert len(ways) == len(set(ways)) >= 6
            assert {cpus for _, cpus in ways} == set(whole_models.CPUS)


def test_what_the_page_says_of_time_and_memory():
    """By name, models are ready sooner than by the library, and need no more than their memory."""
    for row in MODELS["rows"]:
        if row["part"] not in ("PyTorch", "Flax") or not row["way"].startswith("`init_"):
            continue
        same = ("part", "model", "CPUs")
        library = [
            each
            for each in MODELS["rows"]
            if each["library"] and all(each[key] == row[key] for key in same)
        ]
        if (row["part"], row["model"]) == ("PyTorch", "ResNet-50, float32"):
            assert min(row["seconds"]) < 1.3 * make_models.best(library)
        else:
            assert min(row["seconds"]) < 0.75 * make_models.best(library)
        assert row["peak"] < row["bytes"] + (32 << 20)


def test_training_from_fastinit_is_training_from_the_library():
    assert (TRAINED["seeds"], TRAINED["steps"]) == (training.SEEDS, training.STEPS)
    assert training.faults(TRAINED) == []


@pytest.mark.parametrize("way", [training.DROP_IN, training.BY_NAME])
def test_wrong_values_are_a_fault(way):
    for task, ways in TRAINED["tasks"].items():
        wrong = copy.deepcopy(TRAINED)
        wrong["tasks"][task][way] = ways[training.WRONG]
        found = training.faults(wrong)
        assert found
        assert all(each.startswith(f"{task}, {way}: ") for each in found)


def test_a_wrong_gain_that_passes_is_a_fault():
    for task, ways in TRAINED["tasks"].items():
        blind = copy.deepcopy(TRAINED)
        blind["tasks"][task][training.WRONG] = ways[training.OWN]
        assert training.faults(blind) == [f"{task}: values times three are not found"]


def test_equal_values_and_shifted_values_are_told_apart():
    own = [1.0, 1.01, 0.99, 1.02, 0.98]
    assert training.compare("held_out", own, own).probability == 1
    shifted = [each + 0.1 for each in own]
    assert training.compare("held_out", own, shifted).probability < 1e-5
