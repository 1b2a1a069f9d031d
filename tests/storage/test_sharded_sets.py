"""Sharded sets: Hugging Face's own packages agree on the shards and read them; a set is complete or has no index."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
import transformers
from huggingface_hub.serialization import split_state_dict_into_shards_factory
from huggingface_hub.serialization._base import parse_size_to_int

import fastinit
from fastinit import Normal, Weight
from fastinit.__main__ import main
from fastinit.storage.sets import saving_sets
from fastinit.storage.sets.shard_size import as_shard_size

INDEX = "model.safetensors.index.json"


def weight(name, shape=(50, 10), dtype="float32", seed=5):
    return Weight(shape, Normal(0.1, 0.3), seed=seed, name=name, dtype=dtype)


def weights(count=7):
    return [weight(f"w{number}", (50 + number, 10)) for number in range(count)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def bits(path):
    return {each.name: each.read_bytes() for each in path.iterdir()}


def flip(path, position=-1):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def split_by_hugging_face(given, max_shard_size):
    return split_state_dict_into_shards_factory(
        {each.name: each for each in sorted(given, key=lambda each: each.name)},
        get_storage_size=lambda each: each.nbytes,
        filename_pattern="model{suffix}.safetensors",
        max_shard_size=max_shard_size,
    )


SIZES = {
    "all in one": ([6, 6, 2], "1KB"),
    "the factory's own example": ([6, 6, 2, 6, 2, 2], 40),
    "larger than a shard": ([3, 30, 3, 3, 50, 1], 40),
    "the largest first": ([30, 3], 40),
    "full to the byte": ([5, 5, 5, 5, 1], 40),
    "empty": ([0, 10, 0, 1], 40),
}


@pytest.mark.parametrize("case", SIZES)
def test_shards_are_those_of_hugging_face(tmp_path, case):
    lengths, limit = SIZES[case]
    given = [weight(f"w{number}", (length,)) for number, length in enumerate(lengths)]
    expected = split_by_hugging_face(given, limit)
    folder = tmp_path / "m"
    saved = fastinit.save_sharded(folder, given, max_shard_size=limit)
    assert saved.complete
    assert saved.kept == saved.missing == ()
    files = sorted(expected.filename_to_tensors)
    assert [path.name for path in saved.written] == files
    for file in files:
        found = safetensors.numpy.load_file(folder / file)
        assert sorted(found) == sorted(expected.filename_to_tensors[file])
    if expected.is_sharded:
        index = json.loads((folder / INDEX).read_text())
        assert index == {"metadata": expected.metadata, "weight_map": expected.tensor_to_filename}
        assert names(folder) == sorted([*files, INDEX])
    else:
        assert saved.index is None
        assert names(folder) == ["model.safetensors"]
    assert fastinit.verify(folder)


@pytest.mark.parametrize("size", ["5GB", "1.5MB", " 20 kb ", "2TB"])
def test_sizes_are_those_of_hugging_face(size):
    assert as_shard_size(size) == parse_size_to_int(size)


def test_other_sizes():
    assert as_shard_size("1GiB") == 1 << 30
    assert as_shard_size("77") == as_shard_size(77) == as_shard_size(np.int64(77)) == 77
    for wrong in ["5 giga", "-1GB", "", 0, "0KB"]:
        with pytest.raises(ValueError, match="max_shard_size"):
            as_shard_size(wrong)
    for wrong in [True, 1.5, None, np.float64(77), np.True_]:
        with pytest.raises(TypeError, match="max_shard_size"):
            as_shard_size(wrong)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_torch_reads_it(tmp_path, dtype):
    given = [weight(f"w{number}", dtype=dtype) for number in range(4)]
    fastinit.save_sharded(tmp_path, given, max_shard_size=2 * given[0].nbytes)
    weight_map = json.loads((tmp_path / INDEX).read_text())["weight_map"]
    for each in given:
        found = safetensors.torch.load_file(tmp_path / weight_map[each.name])[each.name]
        assert found.dtype == getattr(torch, dtype)
        assert found.view(torch.uint8).numpy().tobytes() == np.asarray(each).tobytes()
        with safetensors.safe_open(tmp_path / weight_map[each.name], "np") as file:
            assert Weight.from_json(file.metadata()[f"fastinit.{each.name}"]) == each


def test_order_and_company_change_no_values(tmp_path):
    given = weights()
    fastinit.save_sharded(tmp_path / "a", given, max_shard_size="5KB")
    fastinit.save_sharded(tmp_path / "b", reversed(given), max_shard_size="5KB")
    assert bits(tmp_path / "a") == bits(tmp_path / "b")
    fastinit.save_sharded(tmp_path / "c", [weight("another"), *given], max_shard_size="4KB")
    assert names(tmp_path / "c") != names(tmp_path / "a")
    index = json.loads((tmp_path / "c" / INDEX).read_text())["weight_map"]
    for each in given:
        found = safetensors.numpy.load_file(tmp_path / "c" / index[each.name])[each.name]
        assert found.tobytes() == np.asarray(each).tobytes()


def test_hugging_face_loads_a_set_into_a_module(tmp_path):
    module = torch.nn.Sequential(torch.nn.Linear(30, 40), torch.nn.Linear(40, 20))
    given = [
        Weight(
            tuple(value.shape), "ones" if value.ndim == 1 else "he_normal", seed=1, name=name
        )
        for name, value in module.state_dict().items()
    ]  # fmt: skip
    fastinit.save(f"{tmp_path}/m/", given)  # the folder's slash makes it a set
    assert names(tmp_path / "m") == ["model.safetensors"]
    fastinit.save_sharded(tmp_path / "s", given, max_shard_size="4KB")
    assert len(names(tmp_path / "s")) > 2
    for folder in ("m", "s"):
        for parameter in module.parameters():
            torch.nn.init.zeros_(parameter)
        huggingface_hub.load_torch_model(module, tmp_path / folder, strict=True)
        for each in given:
            found = module.state_dict()[each.name].numpy()
            assert found.tobytes() == np.asarray(each).tobytes()


@pytest.mark.slow
def test_transformers_loads_a_set_made_from_a_template(tmp_path, capsys):
    config = transformers.GPT2Config(
        vocab_size=211, n_positions=32, n_embd=48, n_layer=2, n_head=4, dtype="bfloat16"
    )
    model = transformers.GPT2LMHeadModel(config).to(torch.bfloat16)
    model.save_pretrained(tmp_path / "old")
    command = ["create", "--template", tmp_path / "old", f"{tmp_path}/new", "--seed", "3"]
    command += ["--scheme", "normal:0,0.02", "--schemes", "*.bias=zeros", "--schemes"]
    command += ["*.ln_?.weight=ones", "--schemes", "*ln_f.weight=ones", "--max-shard-size", "40KB"]
    assert main([str(each) for each in command]) == 0, capsys.readouterr().err
    assert main(["verify", str(tmp_path / "new")]) == 0
    shutil.copy(tmp_path / "old" / "config.json", tmp_path / "new")
    assert len(list((tmp_path / "new").glob("model-*-of-*.safetensors"))) > 3
    loaded, report = transformers.GPT2LMHeadModel.from_pretrained(
        tmp_path / "new", output_loading_info=True, dtype="bfloat16"
    )
    assert not any(report.values()), report
    assert torch.equal(loaded.transformer.h[1].ln_2.weight, torch.ones(48, dtype=torch.bfloat16))
    assert not loaded.transformer.h[0].attn.c_attn.bias.any()
    state = loaded.state_dict()
    for name in ["transformer.wte.weight", "transformer.h.1.mlp.c_fc.weight"]:
        shape = tuple(state[name].shape)
        expected = Weight(shape, Normal(0, 0.02), seed=3, name=name, dtype="bfloat16")
        found = state[name].view(torch.uint8).numpy()
        assert found.tobytes() == np.asarray(expected).tobytes()
    logits = loaded(torch.arange(8)[None]).logits
    assert torch.isfinite(logits).all()


def test_an_index_names_the_base(tmp_path):
    index = tmp_path / "unet.safetensors.index.json"
    saved = fastinit.save_sharded(index, weights(1))
    assert saved.index == index
    assert names(tmp_path) == ["unet-00001-of-00001.safetensors", index.name]
    assert fastinit.verify(index)
    assert fastinit.verify(tmp_path)


def test_existing_sets(tmp_path):
    given = weights()
    fastinit.save_sharded(tmp_path, given, max_shard_size="5KB")
    (tmp_path / "config.json").write_text("{}")
    before = bits(tmp_path)
    with pytest.raises(FileExistsError, match=r"exists; to replace it, pass force=True"):
        fastinit.save_sharded(tmp_path, given, max_shard_size="5KB")
    with pytest.raises(FileExistsError, match="belongs to another set"):
        fastinit.save_sharded(tmp_path, given, max_shard_size="4KB")
    with pytest.raises(FileExistsError, match="belongs to another set"):
        fastinit.save_sharded(tmp_path, given)  # one file, which readers would prefer
    assert bits(tmp_path) == before
    fastinit.save_sharded(tmp_path, given, force=True)
    assert names(tmp_path) == ["config.json", "model.safetensors"]
    with pytest.raises(FileExistsError):
        fastinit.save_sharded(tmp_path, given)
    fastinit.save_sharded(tmp_path, given, max_shard_size="5KB", force=True)
    assert bits(tmp_path) == before


def test_a_set_that_is_being_replaced_has_no_index(tmp_path, monkeypatch):
    fastinit.save_sharded(tmp_path, weights(), max_shard_size="5KB")

    def stop(*_):
        raise RuntimeError("stop")

    removed, unlink = [], Path.unlink

    def record(path, **options):
        removed.append(path.name)
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", record)
    with pytest.raises(RuntimeError, match="stop"):
        fastinit.save_sharded(tmp_path, weights(), max_shard_size="3KB", force=True, progress=stop)
    assert removed[:2] == [INDEX, "model-00001-of-00004.safetensors"]
    assert names(tmp_path) == []


def test_an_interrupted_set_goes_on(tmp_path):
    given, folder = weights(), tmp_path / "m"

    def stop(done, total):
        if done > 0.6 * total:
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fastinit.save_sharded(folder, given, max_shard_size="5KB", progress=stop)
    assert INDEX not in names(folder)
    there = names(folder)
    assert len(there) == 2
    with pytest.raises(fastinit.FileFormatError, match="2 shards and no index"):
        fastinit.verify(folder)
    changed = {name: (folder / name).stat().st_mtime_ns for name in there}
    calls = []
    saved = fastinit.save_sharded(
        folder, given, max_shard_size="5KB", progress=lambda *each: calls.append(each)
    )
    assert [path.name for path in saved.kept] == there
    assert changed == {name: (folder / name).stat().st_mtime_ns for name in there}
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]
    fastinit.save_sharded(tmp_path / "once", given, max_shard_size="5KB")
    assert bits(folder) == bits(tmp_path / "once")


@pytest.mark.parametrize("others", ["the same", "other values"])
def test_a_shard_that_another_worker_writes_at_the_same_time(tmp_path, monkeypatch, others):
    """The other worker's file appears after this one has seen that there is none."""
    save = saving_sets.save_single

    def save_second(path, *arguments, **options):
        theirs = weights() if others == "the same" else [weight("w0", (50, 10), seed=6)]
        save(path, [each for each in theirs if each in shard_of[path]] or theirs, **options)
        return save(path, *arguments, **options)

    shard_of = {}
    write = saving_sets.write_shard

    def note(shard, *arguments):
        shard_of[shard.path] = shard.weights
        return write(shard, *arguments)

    monkeypatch.setattr(saving_sets, "write_shard", note)
    monkeypatch.setattr(saving_sets, "save_single", save_second)
    if others == "the same":
        fastinit.save_sharded(tmp_path / "set", weights(), max_shard_size=5000)
        assert fastinit.verify(tmp_path / "set")
    else:
        with pytest.raises(FileExistsError, match="exists with other contents"):
            fastinit.save_sharded(tmp_path / "set", weights(), max_shard_size=5000)


def test_receipts_of_shards(tmp_path):
    given, folder = weights(), tmp_path / "m"
    fastinit.save_sharded(folder, given, max_shard_size="5KB", receipt=True, checksum="sha256")
    shards = sorted(folder.glob("*.safetensors"))
    assert len(shards) == 4
    held = set()
    for shard in shards:
        receipt = fastinit.Receipt.read(f"{shard}.receipt.json")
        assert receipt.checksum == "sha256"
        assert fastinit.verify(shard, receipt=receipt)
        held |= {each.weight for each in receipt.weights}
    assert held == set(given)
    with pytest.raises(ValueError, match="a receipt describes one file"):
        fastinit.verify(folder, receipt=f"{shards[0]}.receipt.json")
    with pytest.raises(ValueError, match="checksum must be one of"):
        fastinit.save_sharded(tmp_path / "n", given, checksum="md5")
    fastinit.save_sharded(folder, given, force=True)  # the others' receipts go with their shards
    assert names(folder) == ["model.safetensors"]


def test_samples_of_shards(tmp_path):
    fastinit.save_sharded(tmp_path, weights(), max_shard_size="5KB")
    result = fastinit.verify(tmp_path, sample=1)
    assert result
    assert result.sample.blocks == 4  # one of each shard
    assert result.sample.of == 7
    assert fastinit.verify(tmp_path, sample=1, sample_seed=result.sample.seed) == result
    assert fastinit.verify(tmp_path, sample=9).nbytes == fastinit.verify(tmp_path).nbytes


def test_a_killed_set_is_resumed(tmp_path):
    """SIGKILL in the middle of the second shard; whole shards are kept, and its blocks too."""
    code = """if True:
        import os, signal, sys, fastinit
        given = [fastinit.Weight((9_000, 1000), "he_normal", seed=0, name=n) for n in "ab"]
        def progress(done, total):
            if done > 0.7 * total:
                os.kill(os.getpid(), signal.SIGKILL)
        fastinit.set_num_threads(1)
        progress = progress if sys.argv[2] == "kill" else None
        saved = fastinit.save_sharded(sys.argv[1], given, max_shard_size="20MB", resume=True, progress=progress)
        print(len(saved.written), len(saved.kept), saved.complete)
    """
    run = [sys.executable, "-c", code, str(tmp_path / "m")]
    killed = subprocess.run([*run, "kill"], capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr
    left = names(tmp_path / "m")
    assert left[-1] == "model-00001-of-00002.safetensors"
    assert ".model-00002-of-00002.safetensors.fastinit-partial" in left
    again = subprocess.run([*run, "go on"], capture_output=True, text=True, check=False)
    assert again.stdout == "1 1 True\n", again.stderr
    assert len(names(tmp_path / "m")) == 3
    assert fastinit.verify(tmp_path / "m")


def test_what_fails_at_once_leaves_nothing(tmp_path):
    def stop(*_):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fastinit.save_sharded(tmp_path / "m", weights(), progress=stop)
    huge = weight("huge", (10**12, 1000))
    with pytest.raises(OSError, match=r"need 4,000,000,000,.* bytes and the disk has"):
        fastinit.save_sharded(tmp_path / "m", [huge])
    with pytest.raises(FileNotFoundError, match="no such directory"):
        fastinit.save_sharded(tmp_path / "absent" / "m", weights())
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        fastinit.save_sharded(tmp_path / "file", weights())
    with pytest.raises(ValueError, match="at least one weight"):
        fastinit.save_sharded(tmp_path / "m", [])
    with pytest.raises(ValueError, match="two weights have the name"):
        fastinit.save_sharded(tmp_path / "m", [weight("w"), weight("w")])
    assert names(tmp_path) == ["file"]


def test_verify_names_the_first_difference(tmp_path):
    given = weights()
    fastinit.save_sharded(tmp_path, given, max_shard_size="5KB")
    assert fastinit.verify(tmp_path, given[4])  # one of them
    assert set(fastinit.verify(tmp_path).weights) == set(given)
    assert not fastinit.verify(tmp_path, weight("w4", given[4].shape, seed=6))
    flip(tmp_path / "model-00003-of-00004.safetensors")
    result = fastinit.verify(tmp_path)
    assert not result
    assert result.difference.name == "w5"
    assert result.difference.index == (54, 9)
    assert fastinit.verify(tmp_path, given[:4])


def test_verify_incomplete_and_damaged_sets(tmp_path):
    folder = tmp_path / "m"
    fastinit.save_sharded(folder, weights(), max_shard_size="5KB")
    whole = bits(folder)
    index = json.loads(whole[INDEX])

    def check(message, **changes):
        shutil.rmtree(folder)
        folder.mkdir()
        for name, content in whole.items():
            (folder / name).write_bytes(content)
        changed = {**index, **changes}
        (folder / INDEX).write_text(json.dumps(changed))
        with pytest.raises(fastinit.FileFormatError, match=message):
            fastinit.verify(folder)

    weight_map = index["weight_map"]
    check("total_size is 1 bytes, but", metadata={"total_size": 1})
    check("are not those that the index lists", weight_map={**weight_map, "w0": weight_map["w6"]})
    check(
        "not the name of a .safetensors file",
        weight_map={**weight_map, "w0": "../m/model-00001-of-00004.safetensors"},
    )
    check("not the name of a .safetensors file", weight_map={**weight_map, "w0": "/etc/passwd"})
    check("damaged", weight_map={**weight_map, "w0": ["x"]})
    check("damaged", weight_map=["w0"])
    check(
        "model-00009.* is missing",
        weight_map={**weight_map, "w0": "model-00009-of-00004.safetensors"},
    )
    for text in ["", "{", "[]", "{}", "[" * 100_000]:
        (folder / INDEX).write_text(text)
        with pytest.raises(fastinit.FileFormatError, match="damaged"):
            fastinit.verify(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(fastinit.FileFormatError, match=r"no \.safetensors file"):
        fastinit.verify(folder)


def test_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = ["--shape", "300x7", "--scheme", "he_normal", "--seed", "7", "--name", "user_id"]
    assert main(["create", "m/", *table, "--max-shard-size", "1KB", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["shards"] == [
        {"file": "model.safetensors", "bytes": (tmp_path / "m/model.safetensors").stat().st_size, "tensors": 1}
    ]  # fmt: skip
    assert main(["create", "m", *table, "--max-shard-size", "1KB"]) == 2
    assert (
        capsys.readouterr().err
        == "fastinit: m/model.safetensors exists; to replace it, pass --force\n"
    )
    assert main(["create", "m", *table, "--max-shard-size", "1KB", "--force", "--quiet"]) == 0
    assert main(["create", "t.npy", *table, "--max-shard-size", "1KB"]) == 2
    assert "--max-shard-size cannot be used with one file" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["create", "m2/", *table, "--max-shard-size", "1 giga"])
    assert "expected a size such as 64MiB or 5GB" in capsys.readouterr().err
    assert main(["create", "m2/", *table, "--dry-run"]) == 0
    assert "nothing was written" in capsys.readouterr().out
    assert names(tmp_path) == ["m"]
    assert main(["info", "m", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["tensors"]
    assert [(each["name"], each["file"]) for each in shown] == [("user_id", "model.safetensors")]
    for command in ("verify", "info"):
        assert main([command, "absent"]) == 3
        assert capsys.readouterr().err == "fastinit: absent: no such file or directory\n"
    flip(tmp_path / "m/model.safetensors")
    assert main(["verify", "m"]) == 1
    assert "user_id[299, 6] is " in capsys.readouterr().out
