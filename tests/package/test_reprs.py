"""What a prompt and a notebook show: short texts that make the object again, and tables in HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import fastinit
from fastinit._support.summaries import counted, html_table, sized

pytestmark = pytest.mark.once

NAMES = {name: getattr(fastinit, name) for name in fastinit.__all__}

MADE_AGAIN = [
    fastinit.Uniform(-0.5, 0.25),
    fastinit.Normal(0.0, 0.02),
    fastinit.TruncatedNormal(0.0, 1.0, -2.0, 2.0),
    fastinit.Constant(0.5),
    fastinit.Weight((1000, 64), "embedding_uniform", seed=3, name="a'b", padding_idx=5),
    fastinit.Weight(
        (3, 3, 8, 16), "he_normal", seed=1, name="w", dtype="bfloat16", layout="keras", fan_in=9
    ),
    fastinit.Weight((), fastinit.Normal(1.0, 2.0), seed=2**64 - 1, name="scale"),
]


@pytest.mark.parametrize("made", MADE_AGAIN, ids=repr)
def test_a_repr_makes_the_object_again(made):
    assert eval(repr(made), NAMES) == made  # noqa: S307


@pytest.mark.parametrize("drawn", [0, 1, 2, 5, 2049])
def test_the_repr_of_philox_continues_there(drawn):
    words = fastinit.Philox(7, stream="dropout", offset=3)
    assert repr(words).startswith("Philox(7, stream=")
    numbers = np.random.Generator(words)
    numbers.integers(0, 2**32, size=drawn, dtype=np.uint32)
    text = repr(words)
    assert text.endswith(f" at word {6 + drawn}") == bool(drawn % 2)
    again = eval(text.partition(" at ")[0], NAMES)  # noqa: S307
    if drawn % 2:  # a 64-bit value skips the single word
        again.random_raw(1)
    assert again.random_raw(4).tolist() == words.random_raw(4).tolist()


def test_short_reprs_of_philox():
    assert repr(fastinit.Philox(7)) == "Philox(7, stream=0)"
    assert repr(fastinit.Philox(2**64 - 1, stream=2**63)) == (
        f"Philox({2**64 - 1}, stream={2**63})"
    )


@pytest.fixture
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    weights = [
        fastinit.Weight((30, 4), "embedding_uniform", seed=0, name=f"table<{number}>")
        for number in range(10)
    ]
    return weights, fastinit.save("t.safetensors", weights, receipt=True)


def test_reprs_of_receipts_are_short(saved):
    _, receipt = saved
    assert re.fullmatch(
        r"<Receipt of 't\.safetensors': 10 weights, [\d,]+ bytes, crc32, digest [0-9a-f]{12}\.\.\.>",
        repr(receipt),
    )
    assert receipt.digest.startswith(repr(receipt)[-16:-4])
    assert re.fullmatch(
        r"<WeightReceipt of Weight\(\(30, 4\), .*name='table<0>'.*\): 1 block, digest \w{12}\.\.\.>",
        repr(receipt.weights[0]),
    )


def test_reprs_of_verifications(saved):
    weights, _ = saved
    assert repr(fastinit.verify("t.safetensors")) == (
        "<Verification: equal, 10 weights, 4,800 bytes>"
    )
    sampled = fastinit.verify("t.safetensors", sample=3, sample_seed=5)
    assert repr(sampled) == "<Verification: equal, 10 weights, 1,440 bytes in 3 of 10 blocks>"
    others = [each.replace(seed=1) for each in weights]
    fastinit.save("t.safetensors", others, force=True)
    found = fastinit.verify("t.safetensors", weights)
    assert repr(found).startswith("<Verification: table<0>[0, 0] is ")
    assert cells_of(found)[1]["first difference"] == str(found.difference)


class Cells(HTMLParser):
    """Collects the texts of the cells, and refuses elements of other kinds."""

    def __init__(self):
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag in ("div", "strong", "table", "tr", "th", "td"), tag

    def handle_data(self, data):
        self.texts.append(data)


def cells_of(made):
    parser = Cells()
    parser.feed(made._repr_html_())
    title, *others = parser.texts
    return title, dict(zip(others[::2], others[1::2], strict=True))


def test_table_of_a_weight():
    weight = fastinit.Weight(
        (10**9, 128), "he_normal", seed=7, name="<b>&", padding_idx=3, mode="fan_out"
    )
    title, cells = cells_of(weight)
    assert title == "fastinit.Weight '<b>&'"
    assert "<b>" not in weight._repr_html_()
    assert cells == {
        "shape": "(1000000000, 128)",
        "dtype": "float32",
        "size": "512,000,000,000 bytes (512 GB)",
        "scheme": "he_normal",
        "mode": "fan_out",
        "distribution": weight.distribution.as_call(),
        "seed": "7",
        "stream": f"{fastinit.Generator(7).address('<b>&')[1]}, from the name",
        "padding_idx": "3 (a row of zeros)",
    }


def test_a_table_does_not_warn_again(recwarn):
    weight = fastinit.Weight((4, 4), "he_normal", seed=7, name="w", activation="relu")
    assert cells_of(weight)[1]["activation"] == "relu"
    with pytest.warns(fastinit.SchemeWarning):
        weight = fastinit.Weight((4, 4), "he_normal", seed=7, name="w", activation="tanh")
    recwarn.clear()
    assert cells_of(weight)[1]["activation"] == "tanh"
    assert not recwarn.list


def test_tables_of_sources_and_distributions():
    assert cells_of(fastinit.Uniform(-1, 2)) == ("fastinit.Uniform", {"low": "-1.0", "high": "2.0"})
    generator = fastinit.Generator(5)
    assert cells_of(generator) == (
        "fastinit.Generator", {"seed": "5", "next stream": f"{2**63} (2**63 + 0)"}
    )  # fmt: skip
    generator.spawn(2)
    generator.permutation(3)
    generator.random(3)
    _, cells = cells_of(generator)
    assert (cells["next stream"], cells["next child"]) == (f"{2**63 + 1} (2**63 + 1)", "2")
    assert int(cells["next word of stream 2**64 - 1"]) > 0
    assert cells_of(fastinit.Philox(5, stream=2**63, offset=4)) == (
        "fastinit.Philox", {"seed": "5", "stream": f"{2**63}", "position": "8"}
    )  # fmt: skip


def test_tables_of_files(saved):
    _, receipt = saved
    title, cells = cells_of(receipt)
    assert title == "fastinit.Receipt of 't.safetensors'"
    assert cells["weights"].startswith("10: table<0>, table<1>")
    assert cells["weights"].endswith("table<7>, and 2 more")
    assert cells["digest"] == receipt.digest
    assert "table<0>" not in receipt._repr_html_()
    _, cells = cells_of(receipt.weights[0])
    assert cells["max"] == str(receipt.weights[0].statistics.max)
    assert cells["blocks"] == "1"
    _, cells = cells_of(fastinit.verify("t.safetensors", sample=3, sample_seed=5))
    assert cells == {
        "result": "equal",
        "weights": "10",
        "compared": "1,440 bytes (1.44 kB)",
        "sample": "3 of 10 blocks, drawn with seed 5",
    }


def test_receipt_of_a_weight_without_elements(tmp_path):
    weight = fastinit.Weight((0, 4), "zeros", seed=0, name="none")
    receipt = fastinit.save(tmp_path / "none.npy", weight, receipt=True)
    assert "max" not in cells_of(receipt.weights[0])[1]


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1,000 bytes (1 kB)"),
        (999_499, "999,499 bytes (999 kB)"),
        (999_500, "999,500 bytes (1 MB)"),
        (512 * 10**9, "512,000,000,000 bytes (512 GB)"),
        (10**21, f"{10**21:,} bytes (1e+03 EB)"),
    ],
)
def test_sizes_in_words(nbytes, text):
    assert sized(nbytes) == text


def test_counts_in_words():
    assert (counted(1, "file"), counted(1200, "file")) == ("1 file", "1,200 files")


def test_every_text_of_a_table_is_escaped():
    made = html_table("<t>", [("<n>", "<v>&\"'")])
    assert not re.search("<[tnv]>", made)
    assert "&lt;t&gt;" in made
    assert "&lt;n&gt;" in made
    assert "&lt;v&gt;&amp;&quot;&#x27;" in made
