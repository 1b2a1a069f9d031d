"""Interrupt a run at each of its system calls: no wrong receipt, and repeating it makes all right."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading

import pytest

import fastinit
from fastinit import Weight
from fastinit.__main__ import main, program
from fastinit.storage.atomic import resumable_file
from tests.support.small_blocks import use_small_blocks, write_in_order

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT, OLD = (Weight((64, 32), "he_normal", seed=seed, name="w") for seed in (7, 8))
CREATE = [
    "create",
    "w.safetensors",
    "--shape",
    "64x32",
    "--scheme",
    "he_normal",
    "--seed",
    "7",
    "--name",
    "w",
    "--quiet",
]
SET = ["create", "m/", "--config", "../c.json", "--seed", "7", "--max-shard-size", "6KB", "--quiet"]
COMMANDS = {
    "create": CREATE,
    "resume": [*CREATE, "--resume"],
    "no receipt": [*CREATE, "--no-receipt"],
    "force": [*CREATE, "--force"],
    "force, no receipt": [*CREATE, "--force", "--no-receipt"],
    "part": [*CREATE, "--part", "1/2"],
    "part, resume": [*CREATE, "--part", "1/2", "--resume"],
    "set": SET,
    "set, resume": [*SET, "--resume"],
}
#: The functions through which the package changes files.
CALLS = [
    "open",
    "close",
    "ftruncate",
    "pwrite",
    "fsync",
    "fdatasync",
    "link",
    "replace",
    "unlink",
    "mkdir",
    "rmdir",
]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    use_small_blocks(monkeypatch)
    write_in_order(monkeypatch)


def interrupted(arguments, number, how, *, after):
    """Run a command in a process that ends at its n-th call; return false if it made fewer."""
    child = os.fork()
    if child == 0:
        made = 0

        def counted(call):
            def called(*given, **options):
                nonlocal made
                made += 1
                own = made
                if own == number and not after:
                    os.kill(os.getpid(), how)
                result = call(*given, **options)
                if own == number and after:
                    os.kill(os.getpid(), how)
                return result

            return called

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            sys.argv = ["fastinit", *arguments]
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
            program()
        finally:
            os._exit(99 if made < number else 98)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 99


def assert_receipts_are_right(folder):
    for file in folder.rglob("*.safetensors"):
        beside = file.with_name(f"{file.name}.receipt.json")
        if beside.exists():
            assert fastinit.verify(file, receipt=beside)


def contents(folder):
    files = [each for each in folder.rglob("*") if each.is_file()]
    # `fastinit clean` removes the temporary file of an index.
    return {str(each): each.read_bytes() for each in files if each.suffix != ".tmp"}


def prepare(folder, kind):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if kind.startswith("force"):
        fastinit.save(folder / "w.safetensors", OLD, receipt=True)
    os.chdir(folder)
    if kind.startswith("part"):
        assert main([*CREATE, "--part", "2/2"]) == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
@pytest.mark.parametrize("kind", COMMANDS)
def test_ended_at_each_call(tmp_path, monkeypatch, kind, how):
    monkeypatch.chdir(tmp_path)
    step = 7 if kind.startswith("set") else 1  # a set makes the calls of three files
    table = {"scheme": "he_normal", "shape": [40, 32]}
    tables = {"defaults": {"seed": 1}, "tables": {"a": table, "b": table, "c": table}}
    (tmp_path / "c.json").write_text(json.dumps(tables))
    folder = tmp_path / "folder"
    prepare(folder, kind)
    assert main(COMMANDS[kind]) == 0
    expected = contents(folder)
    for after in (False, True):
        number = 1 + after
        while True:
            prepare(folder, kind)
            if not interrupted(COMMANDS[kind], number, how, after=after):
                break
            assert_receipts_are_right(folder)
            status = main(COMMANDS[kind])
            # Without force, a file that is complete is not replaced.
            assert status == 0 or (status == 2 and "force" not in kind)
            assert contents(folder) == expected, (number, after)
            number += step
        assert number > 20


class TerminatedError(Exception):
    pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_wait_until_the_commit_is_over(tmp_path, monkeypatch, number):
    path, commit, order = tmp_path / "w.safetensors", resumable_file.commit, []

    def handler(*_):
        order.append("handled")
        raise TerminatedError

    def signalled(*arguments, **options):
        signal.raise_signal(number)
        signal.raise_signal(number)
        commit(*arguments, **options)
        order.append("committed")

    monkeypatch.setattr(resumable_file, "commit", signalled)
    before = signal.signal(number, handler)
    try:
        with pytest.raises(TerminatedError):
            fastinit.save(path, WEIGHT, receipt=True)
        assert signal.getsignal(number) == handler
    finally:
        signal.signal(number, before)
    assert order == ["committed", "handled"]
    names = ["w.safetensors", "w.safetensors.receipt.json"]
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    assert fastinit.verify(path, receipt=f"{path}.receipt.json")


def test_commit_on_another_thread(tmp_path):
    path, errors = tmp_path / "w.safetensors", []

    def save():
        try:
            fastinit.save(path, WEIGHT, receipt=True)
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    thread = threading.Thread(target=save)
    thread.start()
    thread.join()
    assert errors == []
    assert fastinit.verify(path, receipt=f"{path}.receipt.json")


@pytest.mark.parametrize("receipt", [False, True, "custom.json"])
def test_force_leaves_no_old_receipt(tmp_path, monkeypatch, receipt):
    monkeypatch.chdir(tmp_path)
    fastinit.save("w.safetensors", OLD, receipt=True)
    fastinit.save("w.safetensors", WEIGHT, receipt=receipt, force=True)
    names = {False: [], True: ["w.safetensors.receipt.json"]}.get(receipt, ["custom.json"])
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["w.safetensors", *names])
    assert all(fastinit.verify("w.safetensors", receipt=name) for name in names)


@pytest.mark.parametrize("receipt", [False, True])
def test_receipt_without_its_file(tmp_path, receipt):
    path, beside = tmp_path / "w.safetensors", tmp_path / "w.safetensors.receipt.json"
    fastinit.save(path, WEIGHT, receipt=True)
    path.unlink()
    with pytest.raises(FileExistsError, match=r"receipt\.json"):
        fastinit.save(path, OLD, receipt=receipt)
    assert not path.exists()
    fastinit.save(path, WEIGHT, receipt=receipt)
    assert fastinit.verify(path, receipt=beside)
    path.unlink()
    # Without a receipt, only one that would be wrong is an obstacle.
    for wrong in (beside.read_text()[:-20], *(["precious"] if receipt else [])):
        beside.write_text(wrong)
        with pytest.raises(FileExistsError, match=r"receipt\.json"):
            fastinit.save(path, WEIGHT, receipt=receipt)
        assert beside.read_text() == wrong
    fastinit.save(path, WEIGHT, receipt=receipt, force=True)
    assert not receipt or fastinit.verify(path, receipt=beside)


def test_kept_shards_get_their_receipts(tmp_path):
    weights = [Weight((40, 32), "he_normal", seed=1, name=name) for name in "abc"]
    options = {"max_shard_size": "6KB", "receipt": True}
    fastinit.save_sharded(tmp_path / "m", weights, **options)
    expected = contents(tmp_path / "m")
    receipts = sorted((tmp_path / "m").glob("*.receipt.json"))
    receipts[0].unlink()
    receipts[1].write_text("damaged")
    receipts[2].write_bytes(receipts[1].with_name(receipts[2].name).read_bytes()[:-30])
    saved = fastinit.save_sharded(tmp_path / "m", weights, part=(1, 1), **options)
    assert len(saved.kept) == 3
    assert contents(tmp_path / "m") == expected


def test_make_receipt(tmp_path, capsys):
    path, beside = tmp_path / "w.safetensors", tmp_path / "w.safetensors.receipt.json"
    expected = fastinit.save(path, WEIGHT, receipt=True)
    text = beside.read_text()
    assert fastinit.make_receipt(path) == expected  # it is right already
    beside.unlink()
    assert fastinit.make_receipt(path, receipt=False) == expected
    assert not beside.exists()
    assert main(["receipt", str(path)]) == 0
    assert "digest" in capsys.readouterr().out
    assert beside.read_text() == text
    assert main(["receipt", str(path), "--checksum", "sha256"]) == 2
    assert beside.read_text() == text
    assert main(["receipt", str(path), "--checksum", "sha256", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["receipts"][0]["receipt"] == str(beside)
    assert fastinit.Receipt.read(beside).checksum == "sha256"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert main(["receipt", str(path), "--force"]) == 1
    assert "expected" in capsys.readouterr().err
    with pytest.raises(fastinit.FileFormatError, match="gets no receipt"):
        fastinit.make_receipt(path, receipt=tmp_path / "other.json")
    assert not (tmp_path / "other.json").exists()


def test_make_receipt_of_other_formats(tmp_path, capsys):
    raw = tmp_path / "w.raw"
    expected = fastinit.save(raw, WEIGHT, receipt="".join([str(raw), ".receipt.json"]))
    (tmp_path / "w.raw.receipt.json").unlink()
    assert main(["receipt", str(raw)]) == 2
    assert "give --shape" in capsys.readouterr().err
    assert main(["receipt", str(raw), *CREATE[2:-1]]) == 0
    assert fastinit.Receipt.read(tmp_path / "w.raw.receipt.json") == expected
    folder = tmp_path / "m"
    weights = [Weight((40, 32), "he_normal", seed=1, name=name) for name in "abc"]
    fastinit.save_sharded(folder, weights, max_shard_size="6KB")
    with pytest.raises(ValueError, match="make_receipts"):
        fastinit.make_receipt(folder)
    assert main(["receipt", str(folder), "--receipt", "x"]) == 2
    assert main(["receipt", str(folder), "--quiet"]) == 0
    assert len(list(folder.glob("*.receipt.json"))) == 3
    for shard in folder.glob("*.safetensors"):
        assert fastinit.verify(shard, receipt=f"{shard}.receipt.json")
    two = tmp_path / "two.safetensors"
    fastinit.save(two, weights[:2])
    with pytest.raises(ValueError, match="needs a formula of 'b'"):
        fastinit.make_receipt(two, weights[0])
