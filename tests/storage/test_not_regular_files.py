"""Pipes, devices, sockets and links in place of files: no reader waits, and nothing recurses."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest

import fastinit
from tests.support.commands import status_of

pytestmark = pytest.mark.once  # the same on every instruction set

KINDS = ["fifo", "socket", "device", "loop", "directory", "itself"]
FORMULA = ["--shape", "4", "--scheme", "zeros", "--seed", "0", "--name", "w"]
SEED = ["--scheme", "zeros", "--seed", "0"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    signal.alarm(60)  # a reader that waits for a writer would wait for ever
    yield
    signal.alarm(0)


def make(kind, name):
    path = Path(name)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(name)
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to({"device": "/dev/zero", "loop": name, "itself": "."}[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_shards_that_an_index_names(kind, capsys):
    Path("m.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": 16}, "weight_map": {"w": "m.safetensors"}})
    )
    make(kind, "m.safetensors")
    for arguments in (
        ["info", "m.safetensors.index.json"],
        ["verify", "m.safetensors.index.json"],
        ["plot", "m.safetensors.index.json"],
        ["create", "new.safetensors", "--template", "m.safetensors.index.json", *SEED],
    ):
        assert status_of(*arguments) in (1, 3)
        assert "m.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize("kind", KINDS[:4])
@pytest.mark.parametrize("suffix", [".safetensors", ".npy", ".bin", ".safetensors.index.json"])
def test_single_files(kind, suffix, capsys):
    make(kind, f"m{suffix}")
    status = 3 if kind == "loop" else 1
    for arguments in (["info"], ["verify"], ["plot"]):
        given = FORMULA if suffix in (".npy", ".bin") and arguments != ["info"] else []
        assert status_of(*arguments, f"m{suffix}", *given) == status
        assert capsys.readouterr().err.startswith(f"fastinit: m{suffix}: ")


@pytest.mark.parametrize("kind", KINDS[:3])
def test_configurations(kind, capsys):
    make(kind, "c.json")
    assert status_of("create", "w.npy", "--config", "c.json") in (1, 2)
    assert "expected a regular file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "file",
    ["/dev/zero.safetensors", "../m.safetensors", "a/m.safetensors", "m.safetensors\n", "m\0.safetensors",
     "\ud800.safetensors", ".safetensors/", "m.npy", "", 5, None, ["m.safetensors"], {}, "x" * 100_000],
)  # fmt: skip
@pytest.mark.parametrize("command", ["info", "verify"])
def test_names_that_an_index_must_not_have(file, command, capsys):
    Path("m.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": file}}))
    assert status_of(command, "m.safetensors.index.json") == 1
    assert len(capsys.readouterr().err) < 400


@pytest.mark.parametrize(
    "text",
    ["", "[]", "5", "null", '{"weight_map": 5}', '{"weight_map": []}', "[" * 200_000, '{"a": ' * 90_000,
     '{"weight_map": {"w": "m.safetensors", "w": "v.safetensors"}}', '{"weight_map": NaN}', "9" * 9000],
)  # fmt: skip
def test_damaged_indices(text):
    path = Path("m.safetensors.index.json")
    path.write_text(text)
    for reader in (fastinit.verify, lambda path: fastinit.read_template(path, "zeros", seed=0)):
        with pytest.raises(fastinit.FileFormatError, match=r"m\.safetensors\.index\.json"):
            reader(path)


def test_links_to_files_are_followed():
    """The caches of models consist of links."""
    fastinit.save("blob.safetensors", fastinit.Weight(4, "zeros", seed=0, name="w"), receipt=True)
    Path("m.safetensors").symlink_to("blob.safetensors")
    Path("m.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": "m.safetensors"}}))
    assert fastinit.verify("m.safetensors.index.json")
    assert fastinit.verify("m.safetensors", receipt="blob.safetensors.receipt.json")


@pytest.mark.parametrize("kind", KINDS[:5])
@pytest.mark.parametrize("at", ["shard", "index", "receipt"])
def test_sets_that_are_written(kind, at, capsys):
    """What is not a file at a name of the set is refused, and stays."""
    Path("m").mkdir()
    shard = "model-00001-of-00002.safetensors"
    name = {
        "shard": shard,
        "index": "model.safetensors.index.json",
        "receipt": f"{shard}.receipt.json",
    }[at]
    make(kind, f"m/{name}")
    Path("c.json").write_text(
        json.dumps(
            {
                "defaults": {"seed": 0, "scheme": "zeros"},
                "tables": {"a": {"shape": [8]}, "b": {"shape": [8]}},
            }
        )
    )
    command = ["create", "m", "--config", "c.json", "--max-shard-size", "32"]
    for part in ([], ["--part", "1/2"], ["--part", "index"]):
        if part == ["--part", "index"] and at == "receipt":
            continue  # it looks at no receipt
        assert status_of(*command, *part) in (1, 2, 3)
        assert capsys.readouterr().err.startswith("fastinit: ")
    assert os.path.lexists(f"m/{name}")
    assert not Path(f"m/{name}").is_file()


@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
def test_a_part_of_what_is_no_file(kind):
    make(kind, "w.npy")
    weight = fastinit.Weight((4, 4), "xavier", seed=1, name="w")
    with pytest.raises(FileExistsError, match=r"w\.npy"):
        fastinit.save("w.npy", weight, part=(1, 2))
    assert [each.name for each in Path().iterdir()] == ["w.npy"]
