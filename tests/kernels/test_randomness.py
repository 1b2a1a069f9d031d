"""TestU01 on the words, and on what is made of them; `python -m tests.programs.testu01` runs the longer ones."""

from __future__ import annotations

import pytest

from tests.programs.testu01.batteries import FAILURE, Stream

pytestmark = pytest.mark.slow


def failures(source, battery, **options):
    results = Stream(source).run(battery, **options)
    assert len(results) > 10
    return [result for result in results if result.beyond(FAILURE)]


@pytest.mark.parametrize(
    "source",
    [
        "words",
        "reversed_words",
        "interleaved",
        "column",
        "streams",
        "seeds",
        "uniform32",
        "normal32",
        "normal64",
    ],
)
def test_small_crush(source):
    assert not failures(source, "smallcrush")


@pytest.mark.parametrize("source", ["streams", "reversed_streams", "seeds", "reversed_seeds"])
def test_one_word_of_each_stream_and_seed(source):
    """Of two million, and bit by bit."""
    assert not failures(source, "alphabit", bits=2.0**26)


@pytest.mark.parametrize("battery", ["smallcrush", "alphabit"])
def test_the_batteries_find_a_bad_sequence(battery):
    assert failures("counter", battery)
