"""Patterns of names: which one decides, and errors that name the nearest right pattern."""

from __future__ import annotations

import pytest

from fastinit._schemes.patterns import (
    LISTED,
    by_pattern,
    choose,
    layers_together,
    nearest_pattern,
    undecided,
)

pytestmark = pytest.mark.once

NAMES = ["embed/embedding", "layers_0/mlp/kernel", "layers_1/mlp/kernel", "layers_1/mlp/bias"]


def test_the_first_pattern_that_matches_decides():
    chosen = choose({"layers_1/*": 1, "*kernel": 2, "*": 3}, NAMES)
    assert list(chosen.items()) == list(zip(NAMES, [3, 2, 1, 1], strict=True))


def test_names_that_no_pattern_matches_are_left_out():
    assert choose({"*/kernel": 1}, NAMES) == dict.fromkeys(NAMES[1:3], 1)


@pytest.mark.parametrize(
    ("choice", "reached"), [(0, ["a.weight"]), (None, ["a.weight", "b.weight"])]
)
def test_other_names_count_if_nothing_is_chosen(choice, reached):
    assert list(choose({"*weight": choice}, ["a.weight"], others=["b.weight"])) == reached


def test_other_names_count_if_nothing_else_matches():
    assert choose({"b*": 1}, ["a.weight"], others=["b.weight"]) == {"b.weight": 1}


@pytest.mark.parametrize("pattern", ["*/Kernel", "*/kernal", "*kernels", "layer_*/mlp/kernel"])
def test_a_pattern_without_a_match_names_the_nearest(pattern):
    with pytest.raises(ValueError, match="matches no leaf's name; the names are embed") as error:
        choose({pattern: 1}, NAMES, kind="leaf")
    suggested = str(error.value).rpartition("did you mean '")[2].removesuffix("'?")
    assert set(choose({suggested: 1}, NAMES)) == set(NAMES[1:3]), suggested


def test_a_name_far_from_all_has_no_suggestion():
    assert nearest_pattern("zzz", NAMES) == ""


def test_a_pattern_after_one_that_matches_the_same():
    with pytest.raises(
        ValueError, match=r"'\*bias' has no effect, because patterns before it match"
    ):
        choose({"layers*": 1, "*bias": 2}, NAMES)


def test_a_pattern_of_an_alias_names_the_first_name():
    with pytest.raises(ValueError, match="'head' matches 'head', which is the same tensor as 'e'"):
        choose({"head": 1}, ["e"], aliases={"head": "e"})


def test_layers_have_one_pattern():
    names = ["h.0.w", "h.1.w", "h.1.b", "Dense_3/w", "Dense_10/w", "conv1/w", "conv2/w"]
    assert layers_together(names) == {
        "h.*.w": names[:2], "h.1.b": [names[2]], "Dense_*/w": names[3:5],
        "conv1/w": [names[5]], "conv2/w": [names[6]],
    }  # fmt: skip


def test_schemes_that_are_no_mapping_of_patterns():
    for scheme in ("zeros", 0, {"scheme": "he_normal", "mode": "fan_out"}):
        assert by_pattern(scheme) == {"*": scheme}
    with pytest.raises(TypeError, match="got None"):
        by_pattern(None)
    with pytest.raises(TypeError, match="patterns of schemes must be strings, got 3"):
        by_pattern({3: "zeros"})


def test_the_error_about_names_without_a_scheme_has_a_line_for_all_layers():
    def text(names):
        return undecided(names, lambda name: f"seen in {name}", "leaf", "leaves")

    assert text(["h.0.w", "h.1.w", "b"]) == (
        "no pattern matches 3 leaves:\n"
        "  'h.*.w': 2 leaves, such as 'h.0.w', seen in h.0.w\n"
        "  'b': a leaf, seen in b\n"
        "Add each pattern to `schemes`, with a scheme or with None. None leaves them as they are."
    )
    assert text(["b"]).startswith("no pattern matches 1 leaf:\n")
    many = text([f"{chr(97 + i)}.w" for i in range(LISTED + 3)])
    assert many.count("a leaf") == LISTED
    assert "\n  and 3 kinds more\n" in many
