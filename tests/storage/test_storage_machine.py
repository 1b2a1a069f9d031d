"""Any sequence of saves, faults, damage and repairs: files are whole and right, or `verify` says so.

A state machine works in one directory. Its model is the bytes of each target: an undisturbed run
made them, and readers of other projects read them.
"""

from __future__ import annotations

import errno
import functools
import io
import shutil
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import zarr
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import fastinit
from fastinit import Weight
from fastinit.__main__ import main
from fastinit.storage.atomic import atomic_directory
from fastinit.storage.atomic.partial_names import partial_name, recognise, replaced_name
from fastinit.storage.receipts.receipt import is_any_receipt
from tests.support.fuzzing import fuzz
from tests.support.small_blocks import use_small_blocks, write_in_order
from tests.support.storage_faults import (
    ERRORS,
    Fault,
    Interrupted,
    Killed,
    end_of_process,
    injected,
    left_open,
)

pytestmark = pytest.mark.once

SINGLE = ("w.npy", "w.bin", "m.safetensors")
TARGETS = (*SINGLE, "w.zarr", "set")
CHECKSUMS = ("crc32", "sha256")
VERSIONS = (1, 2)
PARTS = 3
RECEIPT = ".receipt.json"

Tree = dict[str, bytes]


def weights_of(target, version):
    """Return what a target holds. The versions differ in their values alone."""
    if target == "w.npy":
        return [Weight((90, 40), "he_normal", seed=version, name="w", padding_idx=3)]
    if target == "w.bin":
        return [Weight((90, 70), "xavier", seed=version, name="w", dtype="bfloat16")]
    if target == "w.zarr":
        return [Weight((50, 40), "lecun_normal", seed=version, name="w", dtype="float16")]
    return [
        Weight((30, 40), "he_normal", seed=version, name="a"),
        Weight((60,), "ones" if version == 1 else "zeros", seed=version, name="b", dtype="float16"),
        Weight((45, 40), fastinit.Normal(0.0, 0.1), seed=version, name="c"),
    ]


def save(path, version, part=None, **options):
    weights = weights_of(path.name, version)
    if path.name == "w.zarr":
        return fastinit.save_zarr(path, weights, chunks=(20, 40), part=part, **options)
    if path.name == "set":
        return fastinit.save_sharded(path, weights, max_shard_size=5000, part=part, **options)
    return fastinit.save(path, weights, part=part, **options)


def tree_of(path: Path) -> Tree:
    """Return all files of a target by their paths, without receipts and leftovers."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {
        f"{each.relative_to(path)}": each.read_bytes()
        for each in sorted(path.rglob("*"))
        if each.is_file() and not each.name.endswith(RECEIPT) and recognise(each.name) is None
    }


def receipts_of(path: Path) -> Tree:
    """Return the receipts of a target by their names."""
    if path.name == "set":
        found = path.glob(f"*{RECEIPT}")
    else:
        found = path.parent.glob(f"{path.name}{RECEIPT}")
    return {each.name: each.read_bytes() for each in found if recognise(each.name) is None}


def leftovers_of(path: Path) -> set[Path]:
    """Return what interrupted runs left of a target."""
    folder = path if path.name == "set" else path.parent
    if not folder.is_dir():
        return set()
    found = {each for each in folder.iterdir() if recognise(each.name) is not None}
    if path.name == "set":
        return found
    return {each for each in found if f".{path.name}." in each.name or each.suffix == ".tmp"}


@functools.cache
def undisturbed(target, version, checksum="crc32") -> tuple[Tree, Tree]:
    """Return the files and the receipts of a target that one run without a fault makes."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patches:
        use_small_blocks(patches)
        write_in_order(patches)
        path = Path(folder, target)
        save(path, version, receipt=True, checksum=checksum)
        assert right(values_of(path), target, version)
        return tree_of(path), receipts_of(path)


def values_of(path: Path):
    """Return the arrays of a target by their names, as other projects read them."""
    if path.suffix == ".npy":
        return {"w": np.load(path, allow_pickle=False)}
    if path.suffix == ".bin":
        return {"w": np.frombuffer(path.read_bytes(), np.uint16).reshape(90, 70)}
    if path.suffix == ".zarr":
        return {"w": zarr.open_array(path, mode="r")[...]}
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    return {
        name: each for file in files for name, each in safetensors.numpy.load_file(file).items()
    }


def right(values, target, version):
    """Say whether arrays have the bits of the weights."""
    weights = weights_of(target, version)
    return values.keys() == {weight.name for weight in weights} and all(
        values[weight.name].shape == weight.shape
        and values[weight.name].tobytes() == np.asarray(weight).tobytes()
        for weight in weights
    )


def has_values(path, version):
    """Say whether readers of other projects find the bits of the weights at a path."""
    try:
        return right(values_of(path), path.name, version)
    except Exception:  # noqa: BLE001 - any error of a reader of a damaged file
        return False


whats = st.sampled_from([*ERRORS, Interrupted, Killed])
faults = st.builds(Fault, st.integers(0, 80), whats)  # a run makes 30 to 150 calls
places, versions = st.sampled_from(TARGETS), st.sampled_from(VERSIONS)
options_of_saves = st.fixed_dictionaries(
    {
        "force": st.booleans(),
        "resume": st.booleans(),
        "receipt": st.booleans(),
        "checksum": st.sampled_from(CHECKSUMS),
    }
)


class Storage(RuleBasedStateMachine):
    """A directory in which everything happens, beside a model of the targets in it."""

    def __init__(self):
        super().__init__()
        self.patches = pytest.MonkeyPatch()
        use_small_blocks(self.patches)
        write_in_order(self.patches)
        self.folder = Path(tempfile.mkdtemp(prefix="fastinit-machine-"))
        (self.folder / "notes.txt").write_bytes(b"of the user")
        self.trees: dict[str, Tree] = {place: {} for place in TARGETS}
        self.receipts: dict[str, Tree] = {place: {} for place in TARGETS}

    def teardown(self):
        self.patches.undo()
        shutil.rmtree(self.folder)

    @initialize(can_exchange=st.booleans())
    def system(self, can_exchange):
        if not can_exchange:
            self.patches.setattr(atomic_directory, "renameat2", lambda *_: False)

    def observe(self, place):
        """Take what the directory has as what it must have from now on."""
        self.trees[place] = tree_of(self.folder / place)
        self.receipts[place] = receipts_of(self.folder / place)

    @invariant()
    def nothing_else_changed(self):
        for place in TARGETS:
            assert tree_of(self.folder / place) == self.trees[place], place
            assert receipts_of(self.folder / place) == self.receipts[place], place
        assert (self.folder / "notes.txt").read_bytes() == b"of the user"

    # Saves

    def wrong_receipts(self, place):
        """Return the receipts that stand beside a file which they do not describe."""
        tree, folder = self.trees[place], (self.folder / place if place == "set" else self.folder)
        wrong = set()
        for name, text in self.receipts[place].items():
            mine = {
                key: data
                for key, data in tree.items()
                if place != "set" or key == name.removesuffix(RECEIPT)
            }
            described = [
                undisturbed(place, version)[0]
                for version in VERSIONS
                for kind in CHECKSUMS
                if undisturbed(place, version, kind)[1].get(name) == text
            ]
            if (
                mine
                and is_any_receipt(folder / name)
                and not any(mine.items() <= whole.items() for whole in described)
            ):
                wrong.add(name)
        return wrong

    def obstacle(self, place, version, options):
        """Say whether something that exists must refuse a save, or may refuse it."""
        tree, (whole, _) = self.trees[place], undisturbed(place, version)
        if options["force"]:
            return "none"
        if tree and (place != "set" or not tree.items() < whole.items()):
            return "certain"
        receipts = undisturbed(place, version, options["checksum"])[1]
        others = self.receipts[place].items() - receipts.items()
        return "possible" if others or replaced_name(self.folder / place).exists() else "none"

    def call(self, function, fault):
        """Call a function with a fault; return its exception, and the name of the failed call."""
        raised = None
        with injected(fault) as calls:
            try:
                function()
            except (Exception, Interrupted, Killed) as error:  # noqa: BLE001
                raised = error
        if raised is not None:
            raised = raised.with_traceback(None)
            raised.__context__ = raised.__cause__ = None  # their frames keep files open
        if isinstance(raised, Killed):
            end_of_process(self.folder)
        assert left_open(self.folder) == []
        return raised, calls[fault.call] if fault and fault.call < len(calls) else None

    def attempt(self, place, version, options, fault=None):
        """Save once, check what is there afterwards, and return the exception, if any."""
        path, (whole, _) = self.folder / place, undisturbed(place, version)
        before, leftovers = self.trees[place], leftovers_of(path)
        obstacle, wrong = self.obstacle(place, version, options), self.wrong_receipts(place)
        raised, failed = self.call(lambda: save(path, version, **options), fault)
        self.observe(place)
        after = self.trees[place]
        if raised is None:
            assert obstacle != "certain"
            assert after == whole
            # A receipt that cannot be read counts as a file of the user.
            assert failed == "open" or not self.wrong_receipts(place)
            if options["receipt"]:
                assert undisturbed(place, version, options["checksum"])[1] == self.receipts[place]
            # No later run has the name of a temporary file that could not be removed.
            left = {each for each in leftovers_of(path) if each.suffix != ".tmp"}
            assert failed or not left
            return None
        self.check_nothing_is_half(place, before, whole, force=options["force"])
        assert self.wrong_receipts(place) <= wrong
        if not failed:
            if isinstance(raised, FileExistsError):
                assert obstacle != "none"
            else:
                assert isinstance(raised, ValueError), repr(raised)
                assert options["resume"]
                assert leftovers
                assert after == before
        elif not isinstance(raised, FileExistsError | ValueError):
            assert isinstance(raised, fault.kinds), repr(raised)
            # What could not be removed keeps its directory from being removed.
            assert not isinstance(raised, OSError) or raised.errno in (fault.what, errno.ENOTEMPTY)
            removal = failed in ("unlink", "rmdir") or fault.what is Killed
            assert options["resume"] or removal or leftovers_of(path) <= leftovers
        return raised

    def check_nothing_is_half(self, place, before, whole, *, force):
        """Each file is as before or new; without force, what was there is as before."""
        after = self.trees[place]
        if place == "set":
            assert after.keys() <= before.keys() | whole.keys()
            for name in before.keys() | whole.keys():
                allowed = [
                    before.get(name),
                    *([whole.get(name)] if force or name not in before else []),
                ]
                if force and name.endswith(".index.json"):
                    allowed.append(None)  # it is removed first
                assert after.get(name) in allowed, name
            return
        moved = tree_of(replaced_name(self.folder / place))  # the next run gives it its name back
        assert after in ([before, whole] if force or not before else [before]) or before in (
            {},
            moved,
        )

    @rule(
        place=places,
        version=versions,
        options=options_of_saves,
        faults=st.lists(faults, max_size=2),
        damaged=st.none() | st.floats(0, 1, exclude_max=True),
    )
    def save(self, place, version, options, faults, damaged):
        """Save, at first with faults, until it succeeds or must be refused."""
        for fault in faults:
            self.attempt(place, version, options, fault)
        partial = partial_name(self.folder / place)
        if damaged is not None and partial.is_file() and not self.is_trusted(partial, "flip"):
            content = bytearray(partial.read_bytes())
            if content:  # what a later run finds on the disk
                content[int(damaged * len(content))] ^= 1
                partial.write_bytes(content)
        raised = self.attempt(place, version, options)
        if isinstance(raised, ValueError):
            self.attempt(place, version, options | {"resume": False})

    @rule(
        place=places,
        version=versions,
        options=options_of_saves,
        order=st.permutations(range(1, PARTS + 1)),
        faults=st.dictionaries(st.integers(1, PARTS), faults, max_size=2),
    )
    def save_in_parts(self, place, version, options, order, faults):
        """Save all parts, some of them twice because of a fault: then all of it is there."""
        path, (whole, _) = self.folder / place, undisturbed(place, version)
        for number in order:
            for fault in (faults.get(number), None):
                before, wrong = self.trees[place], self.wrong_receipts(place)
                leftovers, receipts = leftovers_of(path), self.receipts[place]
                part = (number, PARTS)
                raised, failed = self.call(
                    lambda part=part: save(path, version, part=part, **options), fault
                )
                self.observe(place)
                self.check_nothing_is_half(place, before, whole, force=options["force"])
                assert failed == "open" or self.wrong_receipts(place) <= wrong
                if raised is None or failed:
                    continue
                if isinstance(raised, FileExistsError):
                    assert not options["force"]
                    assert before or receipts or replaced_name(path).exists()
                else:
                    assert isinstance(raised, ValueError), repr(raised)
                    assert leftovers
                    self.clean(path)
                return
        assert self.trees[place] == whole

    # What users do

    def clean(self, path):
        with redirect_stdout(io.StringIO()):
            assert main(["clean", str(path), "--remove"]) == 0

    @rule()
    def clean_all(self):
        for path in (self.folder, self.folder / "set"):
            if path.exists():
                self.clean(path)
        left = set().union(*(leftovers_of(self.folder / place) for place in TARGETS))
        assert left <= {replaced_name(self.folder / "w.zarr")}

    @rule(place=places)
    def move_away_or_back(self, place):
        path, moved = self.folder / place, self.folder / f"moved-{place}"
        if path.exists():
            if moved.is_dir():
                shutil.rmtree(moved)
            path.rename(moved)
        elif moved.exists():
            moved.rename(path)
        self.observe(place)

    @rule(data=st.data(), how=st.sampled_from(["flip", "cut", "append", "delete"]))
    def damage(self, data, how):
        """Damage any file: a finished one, a receipt, a partial file or a journal."""
        files = sorted(each for each in self.folder.rglob("*") if each.is_file())
        files = [
            each for each in files if each.name != "notes.txt" and not self.is_trusted(each, how)
        ]
        if not files:
            return
        path = data.draw(st.sampled_from(files))
        content = bytearray(path.read_bytes())
        if how == "delete":
            path.unlink()
        elif how == "append":
            path.write_bytes(content + b"\n7")
        elif content:
            position = data.draw(st.integers(0, len(content) - 1))
            content[position] ^= 1 << data.draw(st.integers(0, 7))
            path.write_bytes(content if how == "flip" else content[:position])
        for place in TARGETS:
            self.observe(place)

    def is_trusted(self, path, how):
        """Say whether a file has parts that other processes listed as complete."""
        place = next((each for each in TARGETS if f".{each}.fastinit-partial" in str(path)), None)
        if place is None or (how in ("cut", "append") and place in SINGLE):
            return False
        return any(".fastinit-journal-" in each.name for each in leftovers_of(self.folder / place))

    # What must be true of files, whatever happened to them

    def check_values(self, path, found):
        """What `verify` compared and called right has these bits for other readers, too."""
        values = values_of(path)
        for weight in found.weights:
            assert values[weight.name].tobytes() == np.asarray(weight).tobytes()

    @rule(place=places, version=versions, by=st.sampled_from(["weights", "formulas", "receipt"]))
    def verify(self, place, version, by):
        path, held = self.folder / place, self.version_of(place)
        receipts = self.receipts[place]
        given = {}
        must_be_right = held is not None
        if by == "weights":
            given["weights"] = weights_of(place, version)
            must_be_right = held == version
        elif by == "receipt" and place != "set" and receipts:
            given["receipt"] = path.with_name(f"{place}{RECEIPT}")
            must_be_right = held is not None and any(
                undisturbed(place, held, kind)[1] == receipts for kind in CHECKSUMS
            )
        elif place in ("w.npy", "w.bin"):
            return  # they have no formulas
        try:
            found = fastinit.verify(path, **given)
        except (ValueError, OSError) as error:
            assert not must_be_right, repr(error)  # noqa: PT017
            return
        assert bool(found) or not must_be_right
        if found:
            self.check_values(path, found)

    @rule(place=places, version=versions, force=st.booleans(), checksum=st.sampled_from(CHECKSUMS))
    def make_receipt(self, place, version, force, checksum):
        path, held, before = self.folder / place, self.version_of(place), self.receipts[place]
        weights = weights_of(place, version)
        wanted = undisturbed(place, version, checksum)[1]
        try:
            if place == "set":
                fastinit.make_receipts(path, force=force, checksum=checksum)
            else:
                fastinit.make_receipt(path, weights, force=force, checksum=checksum)
        except FileExistsError:
            assert not force
            assert before.items() - wanted.items()
        except (ValueError, OSError) as error:
            assert held != version or (place == "set" and held is None), repr(error)  # noqa: PT017
            assert place == "set" or receipts_of(path) == before
        else:
            if place == "set":
                assert fastinit.verify(path)
            else:
                assert has_values(path, version)
                assert receipts_of(path) == wanted
        self.observe(place)

    def version_of(self, place):
        """Return the version that a target holds whole, or None."""
        held = [each for each in VERSIONS if undisturbed(place, each)[0] == self.trees[place]]
        return held[0] if held else None


Storage.TestCase.settings = fuzz(30, stateful_step_count=15)
TestStorage = Storage.TestCase


@pytest.mark.parametrize("place", TARGETS)
def test_force_leaves_no_receipt_of_a_file_that_was_moved_away(place):
    machine = Storage()
    options = {"force": True, "resume": False, "checksum": "crc32"}
    machine.attempt(place, 1, options | {"receipt": True})
    machine.move_away_or_back(place)
    machine.attempt(place, 2, options | {"receipt": False})
    assert machine.receipts[place] == {}
    machine.teardown()
