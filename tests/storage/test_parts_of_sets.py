"""Parts of a set: any number of workers, order, repeats and kinds of CPU make the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import permutations

import pytest

import fastinit
from fastinit.__main__ import main

CONFIG = """
defaults: {seed: 5, scheme: he_normal}
tables:
  users: {shape: [900, 16]}
  items: {shape: [400, 16], dtype: bfloat16}
  words: {shape: [300, 16], scheme: "trunc_normal:0,0.3,-0.6,0.6"}
  shops: {shape: [100, 16], scheme: "uniform:-0.3,0.3"}
  bias: {shape: [16], scheme: ones}
"""
INDEX = "model.safetensors.index.json"
SIZE = "15KB"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def weights(config):
    return fastinit.read_config(config)


@pytest.fixture
def whole(tmp_path, weights):
    fastinit.save_sharded(tmp_path / "whole", weights, max_shard_size=SIZE)
    assert len(list((tmp_path / "whole").iterdir())) == 5
    return bits(tmp_path / "whole")


@pytest.fixture
def whole_with_receipts(tmp_path, weights):
    fastinit.save_sharded(tmp_path / "receipts", weights, max_shard_size=SIZE, receipt=True)
    assert len(list((tmp_path / "receipts").iterdir())) == 9
    return bits(tmp_path / "receipts")


def bits(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_any_number_of_workers_in_any_order(tmp_path, weights, whole, count):
    orders = list(permutations(range(1, count + 1)))
    for number, order in enumerate(orders[:: max(1, len(orders) // 6)]):
        folder = tmp_path / str(number)
        for place, k in enumerate(order):
            saved = fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(k, count))
            there = {each.name for each in folder.iterdir()}
            assert saved.complete == (INDEX in there) == (there == set(whole))
            assert saved.complete or place < count - 1
        assert bits(folder) == whole


def test_twice(tmp_path, weights, whole):
    folder = tmp_path / "m"
    for k in (2, 2, 1, 1, 2):
        saved = fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(k, 2))
    assert saved.written == ()
    assert len(saved.kept) == 2
    assert bits(folder) == whole
    saved = fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(1, 2), force=True)
    assert len(saved.written) == 2
    assert saved.complete
    assert bits(folder) == whole


def test_another_count_for_the_retry(tmp_path, weights, whole):
    folder = tmp_path / "m"
    fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(1, 2))
    for k in (1, 2, 3):
        fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(k, 3))
    assert bits(folder) == whole


def test_a_damaged_shard_is_not_kept(tmp_path, weights, whole):
    folder = tmp_path / "m"
    fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(1, 2))
    shard = folder / "model-00003-of-00004.safetensors"
    content = shard.read_bytes()
    for wrong in [content[:-1] + bytes([content[-1] ^ 1]), content[:-1], b""]:
        shard.write_bytes(wrong)
        with pytest.raises(FileExistsError, match="exists with other contents"):
            fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(1, 2))
    # Its header is enough to see that it is not whole: no index is written over it.
    saved = fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(2, 2))
    assert saved.missing == (shard,)
    assert INDEX not in bits(folder)
    saved = fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(1, 2), force=True)
    assert saved.complete
    assert bits(folder) == whole


def test_parts_of_two_sets_do_not_mix(tmp_path, config, weights, whole):
    folder = tmp_path / "m"
    fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(1, 2))
    others = fastinit.read_config(config, seed=6)
    saved = fastinit.save_sharded(folder, others, max_shard_size=SIZE, part=(2, 2))
    assert len(saved.missing) == 2
    assert INDEX not in bits(folder)
    with pytest.raises(FileExistsError, match="exists with other contents"):
        fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(2, 2))
    with pytest.raises(FileExistsError, match="belongs to another set"):
        fastinit.save_sharded(folder, weights, max_shard_size="5KB", part=(1, 2))
    # A complete set that is replaced part by part has no index until the last one.
    for k in (1, 2):
        fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(k, 2), force=True)
    assert bits(folder) == whole
    fastinit.save_sharded(folder, others, max_shard_size=SIZE, part=(1, 2), force=True)
    assert INDEX not in bits(folder)
    fastinit.save_sharded(folder, others, max_shard_size=SIZE, part=(2, 2), force=True)
    assert {each.seed for each in fastinit.verify(folder).weights} == {6}


def test_the_index_alone(tmp_path, weights, whole):
    folder = tmp_path / "m"
    saved = fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part="index")
    assert len(saved.missing) == 4
    assert not folder.exists()
    for k in (1, 2):
        fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part=(k, 2))
    (folder / INDEX).unlink()
    saved = fastinit.save_sharded(folder, weights, max_shard_size=SIZE, part="index")
    assert saved.complete
    assert bits(folder) == whole


def test_one_shard_for_many_workers(tmp_path, weights):
    folder = tmp_path / "m"
    saved = fastinit.save_sharded(folder, weights, part=(2, 2))
    assert (saved.written, saved.complete) == ((), False)
    saved = fastinit.save_sharded(folder, weights, part=(1, 2))
    assert saved.complete
    assert list(bits(folder)) == ["model.safetensors"]
    assert fastinit.verify(folder)


def test_wrong_parts(tmp_path, weights):
    for wrong in [(0, 2), (3, 2), (1, 0), (-1, -1)]:
        with pytest.raises(ValueError, match="1 <= k <= n"):
            fastinit.save_sharded(tmp_path / "m", weights, part=wrong)
    for wrong in [(1, 2, 3), 1, "all", (1.0, 2), (True, 2)]:
        with pytest.raises(TypeError, match="two integers"):
            fastinit.save_sharded(tmp_path / "m", weights, part=wrong)
    assert not (tmp_path / "m").exists()


def test_processes_at_once_on_other_kinds_of_cpu(tmp_path, config, whole_with_receipts):
    """As a Slurm array would run them, each on another instruction set, and one part twice."""
    kinds = fastinit.available_isas()
    parts = ["1/3", "2/3", "3/3", "2/3"]
    command = [sys.executable, "-m", "fastinit", "create", "--config", str(config), "--quiet"]
    command += [str(tmp_path / "m"), "--max-shard-size", SIZE, "--part"]
    processes = [
        subprocess.Popen(
            [*command, part],
            env={
                **os.environ,
                "FASTINIT_ISA": kinds[number % len(kinds)],
                "FASTINIT_NUM_THREADS": "1",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, part in enumerate(parts)
    ]
    for part, process in zip(parts, processes, strict=True):
        error = process.communicate(timeout=120)[1]
        if part == "2/3" and error:  # it met its double at a shard
            assert "another process is writing it" in error
            assert process.returncode == 3
        else:
            assert (process.returncode, error) == (0, "")
    assert bits(tmp_path / "m") == whole_with_receipts


def test_command_line(tmp_path, config, whole_with_receipts, capsys):
    folder = tmp_path / "m"
    command = ["create", "--config", str(config), str(folder), "--max-shard-size", SIZE]
    assert main([*command, "--part", "2/2", "--dry-run"]) == 0
    assert "2 tensors in 2 files" in capsys.readouterr().out
    assert not folder.exists()
    assert main([*command, "--part", "2/2"]) == 0
    assert "missing          2 shards of other parts" in capsys.readouterr().out
    assert main(["verify", str(folder)]) == 1
    assert "no index; the set is incomplete" in capsys.readouterr().err
    for quiet in ([], ["--quiet"]):
        assert main([*command, "--part", "index", *quiet]) == 1
        assert INDEX not in bits(folder)
        assert capsys.readouterr().err == (
            f"fastinit: {folder / INDEX}: not written, because 2 shards are missing or hold other "
            "weights: model-00001-of-00004.safetensors, model-00003-of-00004.safetensors\n"
        )
    assert main([*command, "--part", "index", "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["missing"]) == 2
    assert main([*command, "--part", "1/2"]) == 0
    assert main([*command, "--part", "1/2"]) == 0
    assert "kept             2 files" in capsys.readouterr().out
    assert main(["verify", str(folder)]) == 0
    assert bits(folder) == whole_with_receipts
    assert main([*command, "--part", "index"]) == 0
    assert capsys.readouterr().err == ""
    assert bits(folder) == whole_with_receipts
    for part in ["3", "0/2", "3/2", "x/2", "1/"]:
        try:
            status = main([*command, "--part", part])
        except SystemExit as error:
            status = error.code
        assert status == 2
    table = ["--shape", "3x4", "--scheme", "ones", "--seed", "0", "--name", "w", "--part", "index"]
    assert main(["create", str(tmp_path / "w.npy"), *table]) == 2
    assert "--part index cannot be used with one file" in capsys.readouterr().err
