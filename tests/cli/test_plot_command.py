"""`fastinit plot`: its sample, its picture, and a user's mistakes; `test_curves` has its numbers."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from scipy import stats

import fastinit
from fastinit.cli.plot.comparison import compare, shown_ranks
from fastinit.cli.plot.samples import BLOCK, Sample, ranges_of, sample_of
from fastinit.cli.plot.sources import source_of_file, source_of_formula
from tests.support.commands import status_of

FORMULA = ["--shape", "3000x64", "--scheme", "he_normal", "--seed", "7", "--name", "user_id"]
DTYPES = ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plotted(capsys, *arguments):
    """Return what a plot says of itself, and check that its picture is a PNG."""
    assert status_of("plot", *arguments, "--json") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    shown = json.loads(captured.out)
    assert Path(shown["output"]).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    return shown


def test_ranges_are_all_or_spread_evenly():
    assert ranges_of(5, 5) == [(0, 5)]
    assert ranges_of(0, 5) == [(0, 0)]
    size, limit = 12_345_678_901, 100 * BLOCK
    ranges = ranges_of(size, limit)
    assert len(ranges) == 100
    for part, (start, stop) in enumerate(ranges):
        assert stop - start == BLOCK
        assert size * part // 100 <= start < stop <= size * (part + 1) // 100
    # Not all at one column of a table whose rows are a block long.
    assert len({start % BLOCK for start, _ in ranges}) > 90
    assert ranges == ranges_of(size, limit)
    assert ranges_of(BLOCK + 1, 100)[0][1] - ranges_of(BLOCK + 1, 100)[0][0] == 100


@pytest.mark.parametrize("suffix", ["safetensors", "npy", "raw"])
def test_a_sample_of_a_file_is_that_of_its_formula(suffix):
    weight = fastinit.Weight((3000, 64), "he_normal", seed=7, name="user_id", padding_idx=100)
    weight.save(f"t.{suffix}")
    ours = sample_of(source_of_formula(weight), 5 * BLOCK)
    theirs = sample_of(source_of_file(f"t.{suffix}", weight=weight), 5 * BLOCK)
    assert np.array_equal(ours.values, theirs.values)
    assert ours.of == theirs.of == 192_000
    flat = np.asarray(weight).ravel()
    expected = np.concatenate([flat[slice(*each)] for each in ranges_of(192_000, 5 * BLOCK)])
    assert np.array_equal(ours.values, np.sort(expected[expected != 0]))
    everything = sample_of(source_of_formula(weight))
    assert everything.values.size == 192_000 - 64
    assert not (everything.values == 0).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "scheme", [fastinit.Normal(0.3, 0.7), fastinit.Uniform(-0.3, 1), fastinit.TruncatedNormal()]
)
def test_the_distance_tells_right_from_wrong(dtype, scheme):
    # Whatever the dtype's steps: the edges lie between its numbers.
    weight = fastinit.Weight((500, 512), scheme, seed=1, name="w", dtype=dtype)
    sample = sample_of(source_of_formula(weight))
    right = compare(sample, weight.dtype, scheme)
    assert right.distance < right.limit
    density, edges = right.densities, right.edges
    assert np.isclose((density * np.diff(edges)).sum(), 1)
    expected = np.diff(right.curve.probability_below(edges)) / np.diff(edges)
    errors = np.sqrt(expected / np.diff(edges) / sample.values.size)
    assert (abs(density - expected) < 5 * errors + 1e-3).all()
    wrong = compare(sample, weight.dtype, fastinit.Normal(0.31, 0.72))
    assert wrong.distance > wrong.limit


def test_quantiles_are_the_values_ranks():
    values = stats.norm.ppf((np.arange(10_001) + 0.5) / 10_001)
    made = compare(Sample(values, 0, 1, values.size), np.dtype("f8"), fastinit.Normal())
    np.testing.assert_allclose(made.found, made.expected, atol=1e-5)
    assert made.found[0] == values[0]
    assert made.found[-1] == values[-1]
    for count in (1, 2, 3, 10, 1000):
        ranks = shown_ranks(count)
        assert (ranks[0], ranks[-1]) == (0, count - 1)
        assert (np.diff(ranks) > 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_safetensors(capsys, dtype):
    assert status_of("create", "t.safetensors", *FORMULA, "--dtype", dtype, "--quiet") == 0
    shown = plotted(capsys, "t.safetensors")
    assert shown["output"] == "t.png"
    assert shown["name"] == "user_id"
    assert shown["dtype"] == dtype
    assert shown["shape"] == [3000, 64]
    assert shown["distribution"] == "normal(0, 0.176777)"
    assert shown["values"] == shown["of"] == 192_000
    assert shown["distance"] < shown["distance_limit"]
    table = np.asarray(
        fastinit.Weight((3000, 64), "he_normal", seed=7, name="user_id", dtype=dtype)
    )
    wide = table.astype(np.float64)
    np.testing.assert_allclose([shown["mean"], shown["std"]], [wide.mean(), wide.std()], rtol=1e-9)
    assert (shown["min"], shown["max"]) == (wide.min(), wide.max())


def test_several_tensors(capsys):
    weights = [
        fastinit.Weight((200, 64), scheme, seed=1, name=scheme)
        for scheme in ("he_normal", "glorot_uniform")
    ]
    fastinit.save("t.safetensors", weights)
    assert status_of("plot", "t.safetensors") == 2
    assert "the file has 2 tensors; select one by --name: glorot_uniform, he_normal" in (
        capsys.readouterr().err
    )
    assert "uniform" in plotted(capsys, "t.safetensors", "--name", "glorot_uniform")["distribution"]
    assert status_of("plot", "t.safetensors", "--name", "absent", "--force") == 2
    assert "no tensor 'absent'" in capsys.readouterr().err


def test_sets_of_shards(capsys):
    weights = [
        fastinit.Weight((200, 64), "he_normal", seed=1, name=name) for name in ("a", "b", "c")
    ]
    fastinit.save_sharded("model/", weights, max_shard_size="60KB")
    for place in ("model", "model/model.safetensors.index.json"):
        shown = plotted(capsys, place, "--name", "b", "--force")
        assert (shown["name"], shown["output"]) == ("b", "model.png")
        wide = np.asarray(weights[1]).astype(np.float64)
        assert shown["max"] == wide.max()
        assert status_of("plot", place, "--force") == 2
        assert "the file has 3 tensors; select one by --name" in capsys.readouterr().err
    assert status_of("plot", "model", "--name", "d", "--force") == 2
    assert "no tensor 'd', but a, b, c" in capsys.readouterr().err


def test_one_file_in_a_folder(capsys):
    fastinit.save_sharded("model/", fastinit.Weight((200, 64), "he_normal", seed=1, name="a"))
    assert plotted(capsys, "model")["name"] == "a"


def test_constants_and_zarr_arrays_are_not_drawn(in_folder, capsys):
    fastinit.save("z.safetensors", fastinit.Weight((20, 64), "zeros", seed=1, name="a"))
    assert status_of("plot", "z.safetensors") == 2
    assert "has no density to draw" in capsys.readouterr().err
    fastinit.save_zarr("a.zarr", fastinit.Weight((20, 64), "he_normal", seed=1, name="a"))
    assert status_of("plot", "a.zarr") == 2
    assert "a Zarr array cannot be drawn" in capsys.readouterr().err
    assert not list(in_folder.glob("*.png"))


def test_files_without_a_formula_are_beside_a_fitted_normal(capsys):
    values = np.random.default_rng(1).laplace(size=(300, 200)).astype(np.float32)
    np.save("t.npy", values.astype(">f4"))
    safetensors.numpy.save_file({"w": values}, "t.safetensors")
    for name in ("t.npy", "t.safetensors"):
        shown = plotted(capsys, name, "--force")
        assert shown["fitted"]
        assert shown["distance_limit"] is None
        assert shown["distance"] > 0.05
        assert np.isclose(shown["std"], values.std(dtype=float))


def test_a_formula_may_be_given_for_a_file(capsys):
    assert status_of("create", "t.raw", *FORMULA, "--quiet") == 0
    assert status_of("plot", "t.raw") == 2
    assert "does not say what it holds" in capsys.readouterr().err
    shown = plotted(capsys, "t.raw", *FORMULA)
    assert shown["distance"] < shown["distance_limit"]
    given = [*FORMULA[:3], "normal:0,0.2", *FORMULA[4:]]
    shown = plotted(capsys, "t.raw", *given, "--force")
    assert shown["distance"] > shown["distance_limit"]


def test_a_formula_alone(capsys):
    shown = plotted(capsys, "--shape", "200000000x64", "--scheme", "xavier", "--values", 50_000)
    assert (shown["output"], shown["path"], shown["name"]) == ("plot.png", None, "weight")
    assert shown["values"] == 50_000 // BLOCK * BLOCK
    assert shown["of"] == 200_000_000 * 64
    assert shown["distribution"] == "uniform(-0.125, 0.125)"


def test_a_large_file_is_not_read_whole(in_folder, capsys):
    with (in_folder / "t.raw").open("wb") as file:
        file.truncate(25_600_000_000)  # sparse
    options = ["--shape", "100000000x64", *FORMULA[2:]]
    shown = plotted(capsys, "t.raw", *options)
    assert shown["values"] == 1 << 20
    assert shown["std"] == 0  # of the zeros that such a file reads as
    assert shown["distance"] > 0.4


def test_values_that_are_not_finite(capsys):
    values = np.asarray(fastinit.Weight((100, 64), "he_normal", seed=1, name="w"))
    values[3, 4], values[5, 6] = np.nan, -np.inf
    np.save("t.npy", values)
    shown = plotted(capsys, "t.npy")
    assert shown["not_finite"] == 2
    assert shown["values"] == 6400
    np.save("n.npy", np.full(5, np.nan, np.float32))
    assert status_of("plot", "n.npy") == 2
    assert "no finite value among the 5" in capsys.readouterr().err


@pytest.mark.parametrize("sign", [1, -1])
def test_extremes_of_values_on_one_side_of_zero(capsys, sign):
    values = (sign * np.linspace(2, 3, 1000, dtype=np.float32)).reshape(40, 25)
    values[3, 4], values[5, 6] = sign * 1.5, sign * 3.5
    values[7, 8] = -sign * np.inf
    np.save("t.npy", values)
    shown = plotted(capsys, "t.npy")
    finite = values[np.isfinite(values)].astype(np.float64)
    assert (shown["min"], shown["max"]) == tuple(sorted((sign * 1.5, sign * 3.5)))
    assert shown["mean"] == pytest.approx(finite.mean(), rel=1e-12)
    assert shown["std"] == pytest.approx(finite.std(), rel=1e-9)
    assert shown["not_finite"] == 1


@pytest.mark.parametrize(
    ("scheme", "shown_as"),
    [
        ("uniform:-3,-1", "uniform(-3, -1)"),
        ("trunc_normal:-1,2,-inf,-2", "trunc_normal(-1, 2, -inf, -2)"),
    ],
)
def test_formulas_below_zero(capsys, scheme, shown_as):
    formula = [*FORMULA[:3], scheme, *FORMULA[4:]]
    shown = plotted(capsys, *formula)
    assert shown["distribution"] == shown_as
    assert shown["distance"] < shown["distance_limit"]
    assert shown["min"] < shown["mean"] < -0.9


def test_values_far_away_are_counted_and_not_drawn(in_folder):
    weight = fastinit.Weight((100, 64), "he_normal", seed=1, name="w")
    values = np.asarray(weight)
    reach = 9.1 * weight.distribution.std
    for far, outside in [([1e30], 1), ([-1e30], 1), ([1e30, -1e30, -2e30], 3)]:
        changed = values.copy()
        changed[3, 4 : 4 + len(far)] = far
        np.save("t.npy", changed)
        source = source_of_file("t.npy", weight=weight)
        made = compare(sample_of(source), source.dtype, weight.distribution)
        assert made.outside == outside
        assert -reach < made.edges[0] < made.edges[-1] < reach


def test_any_name_can_be_drawn(capsys):
    for number, name in enumerate(["häßlich $x$_2 \\frac", "表", "a\nb\x1b[31m", "n" * 500, ""]):
        weight = fastinit.Weight((100, 64), "he_normal", seed=1, name=name)
        weight.save(f"{number}.safetensors")
        assert plotted(capsys, f"{number}.safetensors")["name"] == name


def test_pictures_are_whole_or_not_there(in_folder, capsys):
    assert status_of("create", "t.safetensors", *FORMULA, "--quiet") == 0
    assert status_of("plot", "t.safetensors", "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    before = (in_folder / "t.png").read_bytes()
    assert status_of("plot", "t.safetensors") == 2
    assert capsys.readouterr().err == "fastinit: t.png exists; to replace it, pass --force\n"
    assert (in_folder / "t.png").read_bytes() == before
    assert status_of("plot", "t.safetensors", "--force", "--values", 4096) == 0
    shown = capsys.readouterr().out
    assert "picture          t.png" in shown
    assert re.search(r"^mean +-?0\.0\d+ \(expected 0\)", shown, re.MULTILINE), shown
    assert (in_folder / "t.png").read_bytes() != before
    assert [path.name for path in in_folder.iterdir() if path.suffix in {".png", ".tmp"}] == [
        "t.png"
    ]


def test_matplotlib_is_an_extra(in_folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # not installed
    assert status_of("plot", *FORMULA) == 2
    assert "pip install 'fastinit-sampler[plot]'" in capsys.readouterr().err
    assert list(in_folder.iterdir()) == []


MISTAKES = {
    "nothing": ([], 2, "a formula also needs --shape, --scheme"),
    "part": (["t.npy", "--shape", "3x4"], 2, "also needs --scheme"),
    "suffix": (["t.pt"], 2, "must end in"),
    "no file": (["absent.npy"], 3, "absent.npy: No such file"),
    "no folder": ([*FORMULA, "--output", "absent/p.png"], 3, "absent: no such directory"),
    "no png": ([*FORMULA, "--output", "p.pdf"], 2, "must end in .png"),
    "values": ([*FORMULA, "--values", "0"], 2, "must be at least 1"),
    "negative values": ([*FORMULA, "--values", "-5"], 2, "must be at least 1, got -5"),
    "negative seed": ([*FORMULA, "--seed", "-1"], 2, "seed must be in [0, 2**64)"),
    "negative row": ([*FORMULA, "--padding-idx", "-3001"], 2, "--padding-idx must be in [-3000, 3000)"),
    "negative length": ([*FORMULA, "--shape=-3x4"], 2, "shape"),
    "no number": ([*FORMULA, "--values", "many"], 2, "must be an integer"),
    "integers": (["integers.npy"], 2, "the dtype of the array is int64, expected float32"),
    "integers too": (["integers.safetensors"], 2, "the dtype of 'i' is I64, expected float32"),
    "empty": (["empty.npy"], 2, "no finite value among the 0"),
    "equal": (["equal.npy"], 2, "all values are 2.0"),
    "constant": ([*FORMULA, "--scheme", "normal:1,0"], 2, "every value is 1.0"),
    "name": (["equal.npy", "--name", "x"], 2, "a .npy file has no names"),
    "damaged": (["damaged.npy"], 1, "damaged.npy"),
    "damaged too": (["damaged.safetensors"], 1, "not a safetensors file"),
    "negative": (["negative.npy"], 1, "invalid shape"),
    "cut off": (["cut.npy"], 1, "the file has 150 bytes, expected 168"),
    "shape": (["equal.npy", *FORMULA], 1, "float32 of shape (10,) in the file, but float32 of shape (3000, 64) in its formula"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(in_folder, capsys, mistake):
    np.save("integers.npy", np.arange(5))
    safetensors.numpy.save_file({"i": np.arange(5)}, "integers.safetensors")
    np.save("empty.npy", np.empty((0, 5), np.float32))
    np.save("equal.npy", np.full(10, 2, np.float32))
    whole = (in_folder / "equal.npy").read_bytes()
    (in_folder / "cut.npy").write_bytes(whole[:150])
    (in_folder / "negative.npy").write_bytes(whole.replace(b"(10,), ", b"(-1,-1)"))
    for name in ("damaged.npy", "damaged.safetensors"):
        (in_folder / name).write_bytes(b"nonsense")
    before = set(in_folder.iterdir())
    arguments, status, message = MISTAKES[mistake]
    assert status_of("plot", *arguments) == status
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert set(in_folder.iterdir()) == before
