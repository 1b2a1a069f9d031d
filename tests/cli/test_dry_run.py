"""A dry run and the run itself: for the same arguments, the same status and the same words.

Each case is run twice: with `--dry-run`, which must write nothing, and without. So a check that
only one of the two makes fails here, whatever it checks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fastinit
from tests.support.commands import status_of

pytestmark = pytest.mark.once

FORMULA = ["--shape", "6x4", "--scheme", "xavier", "--seed", "7", "--name", "w"]
WEIGHT = fastinit.Weight((6, 4), "xavier", seed=7, name="w")
OTHER = fastinit.Weight((6, 4), "xavier", seed=8, name="w")
SINGLE = ("t.npy", "t.zarr")


def save(name, weight, **options):
    if name.endswith(".zarr"):
        pytest.importorskip("zarr")
    return fastinit.save(name, weight, **options)


def killed_before_the_name(name):
    """Leave what a run leaves that is killed after its receipt and before its file get a name."""
    made = save(name, WEIGHT, receipt=True)
    if Path(name).is_dir():
        Path(name).rename("elsewhere.zarr")
    else:
        Path(name).unlink()
    return made


#: What the directory holds before, from the name of the target.
STATES = {
    "nothing": lambda name: None,
    "the same weight": lambda name: save(name, WEIGHT),
    "another weight": lambda name: save(name, OTHER),
    "another weight and its receipt": lambda name: save(name, OTHER, receipt=True),
    "the receipt that a killed run left": killed_before_the_name,
    "the receipt of another file": lambda name: save(
        "other.npy", OTHER, receipt=f"{name}.receipt.json"
    ),
    "a file of the user at the name of the receipt": lambda name: Path(
        f"{name}.receipt.json"
    ).write_text("notes"),
    "a directory at the name of the receipt": lambda name: Path(f"{name}.receipt.json").mkdir(),
    "an empty file": lambda name: Path(name).touch(),
    "an empty directory": lambda name: Path(name).mkdir(),
    "a directory of the user": lambda name: (
        Path(name).mkdir(),
        (Path(name) / "notes.txt").write_text("notes"),
    ),
    "a link to nothing": lambda name: Path(name).symlink_to("elsewhere"),
    "a link to another directory": lambda name: Path(name).symlink_to("absent/elsewhere"),
    "a loop of links": lambda name: Path(name).symlink_to(name),
}
OPTIONS = {
    "no options": [],
    "force": ["--force"],
    "no receipt": ["--no-receipt"],
    "no receipt, force": ["--no-receipt", "--force"],
}


def files():
    """Return what the directory holds: links, contents and directories, by their names."""
    found = {}
    for each in sorted(Path().rglob("*")):
        if each.is_symlink():
            found[str(each)] = each.readlink()
        else:
            found[str(each)] = each.read_bytes() if each.is_file() else None
    return found


def check(capsys, *arguments):
    """Run a command twice, with and without `--dry-run`, and compare; return the status."""
    before = files()
    words = []
    for last in (["--dry-run"], []):
        status = status_of("create", *arguments, "--quiet", *last)
        words.append((status, capsys.readouterr().err))
        if last:
            assert files() == before
    dry, real = words
    assert dry == real
    return real[0]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", SINGLE)
def test_single_targets(tmp_path, monkeypatch, capsys, name, state, options):
    if name.endswith(".zarr"):
        pytest.importorskip("zarr")
    monkeypatch.chdir(tmp_path)
    STATES[state](name)
    status = check(capsys, name, *FORMULA, *OPTIONS[options])
    if state == "nothing":
        assert status == 0


@pytest.mark.parametrize("options", [[], ["--force"], ["--no-receipt"]])
@pytest.mark.parametrize("part", ["1/2", "2/2", "0/2", "3/2", "index"])
@pytest.mark.parametrize("state", ["nothing", "the same weight", "another weight", "an empty directory",
                                   "a file of the user at the name of the receipt",
                                   "a link to another directory"])  # fmt: skip
@pytest.mark.parametrize("name", ["t.npy", "t.zarr"])
def test_parts(tmp_path, monkeypatch, capsys, name, state, part, options):
    if name.endswith(".zarr"):
        pytest.importorskip("zarr")
    monkeypatch.chdir(tmp_path)
    STATES[state](name)
    status = check(capsys, name, *FORMULA, "--part", part, *options)
    assert (status == 2) or part in ("1/2", "2/2")


@pytest.mark.parametrize(
    "arguments",
    [
        ["t.pt", *FORMULA],
        ["t", *FORMULA],
        ["absent/t.npy", *FORMULA],
        ["absent/t.zarr", *FORMULA],
        ["absent/set/", *FORMULA],
        ["t.npy", *FORMULA, "--dtype", "bfloat16"],
        ["t.safetensors", *FORMULA[:-1], "__metadata__"],
        ["t.zarr", *FORMULA, "--dtype", "bfloat16"],
        ["t.zarr", *FORMULA, "--chunks", "4"],
        ["t.zarr", *FORMULA, "--chunks", "0x4"],
        ["t.zarr", *FORMULA, "--chunks", "4x4", "--shards", "6x4"],
        ["t.npy", *FORMULA, "--chunks", "4x4"],
        ["t.npy", *FORMULA, "--max-shard-size", "1KB"],
        ["t.zarr", *FORMULA, "--max-shard-size", "1KB"],
        ["set/", *FORMULA, "--chunks", "4x4"],
        ["set/", *FORMULA, "--max-shard-size", "none"],
        ["set/", *FORMULA, "--max-shard-size", "0"],
        ["set/", *FORMULA, "--part", "3/2"],
        ["file:t.npy", *FORMULA],
        ["file://t.npy", *FORMULA],
        ["memory:/t.npy", *FORMULA],
        ["nonsense://t.npy", *FORMULA],
        ["memory://t.zarr", *FORMULA],
        ["memory://t.npy", *FORMULA, "--resume"],
        ["memory://t.npy", *FORMULA, "--part", "1/2"],
    ],
    ids=" ".join,
)
def test_wrong_arguments(tmp_path, monkeypatch, capsys, arguments):
    if "zarr" in arguments[0]:
        pytest.importorskip("zarr")
    if "://" in arguments[0]:
        pytest.importorskip("fsspec")
    monkeypatch.chdir(tmp_path)
    status = check(capsys, *arguments)
    assert status != 0 or arguments[0] == "file:t.npy"  # this is a name
    if status:
        assert files() == {}


# `--part index` ends with status 1 if shards are missing, which only the run itself looks for.
@pytest.mark.parametrize("options", [[], ["--force"], ["--part", "1/1"]])
@pytest.mark.parametrize(
    "state", ["nothing", "the same set", "another set", "an empty file", "an empty directory"]
)
def test_sets(tmp_path, monkeypatch, capsys, state, options):
    monkeypatch.chdir(tmp_path)
    if state.endswith("set"):
        pair = [fastinit.Weight(3, "zeros", seed=0, name=name) for name in "ab"]
        size = "5GB" if state == "the same set" else 12
        fastinit.save_sharded("set", WEIGHT if size == "5GB" else pair, max_shard_size=size)
    else:
        STATES[state]("set")
    check(capsys, "set/", *FORMULA, *options)


@pytest.mark.parametrize("options", [[], ["--force"], ["--no-receipt"]])
@pytest.mark.parametrize("state", ["nothing", "the object", "another receipt", "its own receipt"])
def test_objects(tmp_path, monkeypatch, capsys, state, options):
    memory = pytest.importorskip("fsspec").filesystem("memory")
    monkeypatch.chdir(tmp_path)
    url = f"memory://{tmp_path.name}/t.npy"

    def objects():
        return {name: memory.cat_file(name) for name in memory.find(f"/{tmp_path.name}")}

    if state == "the object":
        fastinit.save(url, OTHER)
    elif state != "nothing":
        fastinit.save(url, WEIGHT if state == "its own receipt" else OTHER, receipt=True)
        memory.rm_file(f"/{tmp_path.name}/t.npy")
    before = objects()
    dry = status_of("create", url, *FORMULA, "--quiet", "--dry-run", *options)
    words = capsys.readouterr().err
    assert objects() == before
    real = status_of("create", url, *FORMULA, "--quiet", *options)
    assert (dry, words) == (real, capsys.readouterr().err)
    if real == 0:
        assert np.array_equal(
            np.frombuffer(objects()[f"/{tmp_path.name}/t.npy"][-96:], "f4"), WEIGHT[:].ravel()
        )
    else:
        assert objects() == before
