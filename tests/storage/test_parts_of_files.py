"""Parts of one file: any number of processes, in any order, killed or not, make the same bytes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit import Weight
from fastinit.__main__ import main
from fastinit.storage.single import saving, saving_parts
from tests.support.small_blocks import use_small_blocks

WEIGHT = Weight((3001, 4), "he_normal", seed=7, name="w")
OTHER = Weight((3001, 4), "he_normal", seed=8, name="w")
OPTIONS = ["--shape", "3001x4", "--scheme", "he_normal", "--seed", "7", "--name", "w"]
RECEIPT = "w.npy.receipt.json"

#: Runs the command line with small blocks, each listed at once, and slow.
SLOWLY = """if True:
    import sys, time
    from fastinit.__main__ import program
    from fastinit.storage.blocks import blocks
    from fastinit.storage.atomic import journal
    from fastinit.storage.single import saving

    blocks.BLOCK_BYTES, blocks.MOST_THREADS, journal.INTERVAL_BYTES = 4096, 1, 1
    pause, write_block = float(sys.argv.pop(1)), saving.write_block

    def slowly(*arguments):
        time.sleep(pause)
        return write_block(*arguments)

    saving.write_block = slowly
    sys.exit(program())
"""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch, tmp_path):
    use_small_blocks(monkeypatch)
    (tmp_path / "f").mkdir()
    monkeypatch.chdir(tmp_path / "f")


@pytest.fixture
def whole(tmp_path):
    """The file and the receipt of one process."""
    folder = tmp_path / "whole"
    folder.mkdir()
    fastinit.save(folder / "w.npy", WEIGHT, receipt=True)
    return contents(folder)


def contents(folder=Path()):
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


def part(number, count, weight=WEIGHT, **options):
    return fastinit.save("w.npy", weight, part=(number, count), receipt=True, **options)


def start(number, count, *arguments, pause=0.0):
    command = [sys.executable, "-c", SLOWLY, str(pause), "create", "w.npy", *OPTIONS]
    return subprocess.Popen(
        [*command, "--part", f"{number}/{count}", "--quiet", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("count", [1, 2, 3, 20])
def test_any_order(whole, count):
    orders = permutations(range(1, count + 1)) if count < 20 else [range(count, 0, -1)]
    for order in orders:
        for place, number in enumerate(order, 1):
            made = part(number, count)
            assert (made is not None) == ("w.npy" in contents()) == (place == count)
        assert contents() == whole
        assert made == fastinit.Receipt.read(RECEIPT)
        for name in whole:
            Path(name).unlink()


@pytest.mark.parametrize("name", ["w.safetensors", "w.raw", "w.bin"])
def test_other_formats(tmp_path, name):
    weights = (
        [WEIGHT] if name != "w.safetensors" else [WEIGHT, Weight((70,), "ones", seed=1, name="b")]
    )
    fastinit.save(tmp_path / name, weights, receipt=True)
    for number in (2, 1, 3):
        fastinit.save(name, weights, part=(number, 3), receipt=True)
    for each in (name, f"{name}.receipt.json"):
        assert contents()[each] == (tmp_path / each).read_bytes()


def test_processes_at_once(whole):
    workers = [start(number, 4) for number in (1, 2, 3, 4)]
    assert [(each.communicate()[1], each.returncode) for each in workers] == [("", 0)] * 4
    assert contents() == whole


def test_two_that_finish_at_once(whole, monkeypatch):
    commits, errors, barrier = [], [], threading.Barrier(2, timeout=60)
    real, finish = saving_parts.commit, saving_parts.SharedFile.finish

    def counted(*arguments, **options):
        commits.append(None)
        time.sleep(0.05)
        real(*arguments, **options)

    def together(*arguments, **options):
        barrier.wait()
        return finish(*arguments, **options)

    def run(number):
        try:
            assert part(number, 2) == fastinit.Receipt.read(RECEIPT)
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    monkeypatch.setattr(saving_parts, "commit", counted)
    monkeypatch.setattr(saving_parts.SharedFile, "finish", together)
    threads = [threading.Thread(target=run, args=[number]) for number in (1, 2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    assert len(commits) == 1
    assert contents() == whole


@pytest.mark.parametrize("arguments", [[], ["--resume"]], ids=str)
def test_killed_and_repeated(whole, arguments):
    workers = [start(1, 2, *arguments, pause=0.2), start(2, 2, *arguments)]
    listed = Path(".w.npy.fastinit-journal-1-of-2")
    while not listed.exists() or listed.read_bytes().count(b"\n") < 3:
        assert workers[0].poll() is None
        time.sleep(0.01)
    workers[0].kill()
    assert [each.communicate()[1] for each in workers] == ["", ""]
    assert [each.returncode for each in workers] == [-signal.SIGKILL, 0]
    assert "w.npy" not in contents()
    again = start(1, 2, *arguments)
    assert (again.communicate()[1], again.returncode) == ("", 0)
    assert contents() == whole


def test_only_what_is_missing_is_written(whole, monkeypatch):
    part(2, 3)
    write_block, written = saving.write_block, []

    def counted(writer, block, checksum):
        written.append(block.position)
        return write_block(writer, block, checksum)

    monkeypatch.setattr(saving, "write_block", counted)
    part(2, 3, resume=True)
    assert written == []
    part(1, 3)
    part(3, 3)
    assert len(written) == len(set(written)) == 8
    assert contents() == whole


def test_repeated_after_the_file_has_its_name(whole, capsys):
    for number in (1, 2):
        part(number, 2)
    for number in (1, 2):
        assert part(number, 2) == fastinit.Receipt.read(RECEIPT)
        assert main(["create", "w.npy", *OPTIONS, "--part", f"{number}/2"]) == 0
    assert contents() == whole
    content = bytearray(whole["w.npy"])
    content[-1] ^= 1
    with open("w.npy", "wb") as file:  # noqa: PTH123
        file.write(content)
    part(1, 2)
    with pytest.raises(FileExistsError, match="exists with other contents"):
        part(2, 2)
    for number in (1, 2):
        part(number, 2, force=True)
    assert contents() == whole


def test_other_weights_or_parts_are_refused(whole):
    part(1, 3)
    before = contents()
    with pytest.raises(ValueError, match="another number of parts"):
        part(2, 4)
    with pytest.raises(ValueError, match="other weights"):
        part(2, 3, OTHER)
    with pytest.raises(ValueError, match="other weights"):
        part(2, 3, checksum="sha256")
    with pytest.raises(ValueError, match="other weights or options"):
        fastinit.save("w.npy", WEIGHT, resume=True, receipt=True)
    assert contents() == before
    for number in (2, 3):
        part(number, 3)
    assert contents() == whole


def test_whole_files_and_parts_do_not_mix(whole):
    errors = []

    def during(*_):
        refused(errors, lambda: fastinit.save("w.npy", WEIGHT))
        refused(errors, lambda: part(1, 2))

    part(1, 2, progress=during)
    assert len(errors) >= 2
    assert ".w.npy.fastinit-journal-1-of-2" in contents()
    fastinit.save("w.npy", OTHER, receipt=True)  # begins again: the journals of the parts go
    assert sorted(contents()) == ["w.npy", RECEIPT]
    errors.clear()
    fastinit.save(
        "w.npy",
        OTHER,
        force=True,
        progress=lambda *_: refused(errors, lambda: part(1, 2, force=True)),
    )
    assert len(errors) >= 1


def refused(errors, call):
    try:
        call()
    except BlockingIOError as error:
        errors.append(error)


def test_partial_file_that_was_removed_is_begun_again(whole):
    part(1, 2)
    Path(".w.npy.fastinit-partial").unlink()
    assert part(2, 2) is None  # the first part is not there any more
    assert "w.npy" not in contents()
    part(1, 2)
    assert contents() == whole


def test_failed_part_leaves_nothing(whole):
    class StopError(Exception):
        pass

    def stop(*_):
        raise StopError

    with pytest.raises(StopError):
        part(1, 2, progress=stop)
    assert contents() == {}
    part(2, 2)
    before = contents()
    with pytest.raises(StopError):
        part(1, 2, progress=stop)
    assert contents().keys() == before.keys()
    part(1, 2)
    assert contents() == whole


@pytest.mark.parametrize(
    ("given", "error"),
    [((0, 2), ValueError), ((3, 2), ValueError), ("index", TypeError), (1, TypeError)],
)
def test_wrong_parts(given, error):
    with pytest.raises(error, match=r"part .*\(k, n\)"):
        fastinit.save("w.npy", WEIGHT, part=given)
    assert contents() == {}


def test_integers_of_numpy_are_parts_too(whole):
    for number in np.array([1, 2]):
        part(number, np.int32(2))
    assert contents() == whole


def test_command(capsys):
    command = ["create", "w.npy", *OPTIONS]
    assert main([*command, "--part", "2/2"]) == 0
    assert "the parts 1/2; the file has no name yet" in capsys.readouterr().out
    assert main([*command, "--part", "index"]) == 2
    assert main([*command, "--part", "1/2"]) == 0
    assert "missing" not in capsys.readouterr().out
    assert main(["verify", "w.npy", "--receipt", RECEIPT]) == 0
    with pytest.raises(ValueError, match="save_sharded"):
        fastinit.save("m/", WEIGHT, part=(1, 2))
