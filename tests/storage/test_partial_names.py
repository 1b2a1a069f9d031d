"""Names of incomplete files: every file name has them, and they are recognised in a directory."""

import os
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit.storage.atomic import partial_names
from fastinit.storage.atomic.partial_names import PartialName, belongs_to, recognise

pytestmark = pytest.mark.once  # the same on every instruction set

NAMES = {
    "short": "w.npy",
    "longest that is kept": "n" * 237,
    "too long": "n" * 238,
    "longest": "n" * 251 + ".npy",
    "two bytes": "ü" * 127,
    "three bytes": "名" * 85,
    "four bytes": "a" + "🎲" * 63,
    "not UTF-8": os.fsdecode(b"\xff" * 255),
    "line feed": "a\nb",
    "like a partial file": ".w.npy.fastinit-partial",
}
OF_A_TARGET = {
    "partial": partial_names.partial_name,
    "journal": partial_names.journal_name,
    "journal of a part": lambda path: partial_names.part_journal_name(path, 12, 345),
    "replaced": partial_names.replaced_name,
}


ENDINGS = {
    "partial": ".fastinit-partial",
    "journal": ".fastinit-journal",
    "journal of a part": ".fastinit-journal-12-of-345",
    "replaced": ".fastinit-replaced",
}


@pytest.mark.parametrize("kind", OF_A_TARGET)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_name_has_names_that_a_directory_accepts(tmp_path, name, kind):
    path = OF_A_TARGET[kind](tmp_path / name)
    assert path.parent == tmp_path
    path.touch()
    found = next(tmp_path.iterdir()).name
    whole = len(os.fsencode(name)) + len(ENDINGS[kind]) < 255
    assert recognise(found) == PartialName(kind, name if whole else None)
    assert belongs_to(found, tmp_path / name)
    assert not belongs_to(found, tmp_path / (name[:-1] + "x"))
    if not whole:
        assert len(os.fsencode(path.name)) > 251
        with pytest.raises(OSError, match="too long"):
            (tmp_path / (path.name + "1234")).touch()


def test_a_shortened_name_is_cut_between_characters():
    for name in ("ü" * 127, "名" * 85, "🎲" * 63 + "abc"):
        short = partial_names.partial_name(Path(name)).name
        start = short[1 : short.index("~")]
        assert start
        assert name.startswith(start)
        short.encode()  # UTF-8, as macOS requires it


def test_names_that_differ_at_their_ends_have_different_partial_names():
    one, other = (partial_names.partial_name(Path("n" * 250 + end)) for end in (".npy", ".bin"))
    assert one != other


def test_a_temporary_name_is_new_and_recognised(tmp_path):
    one, other = (partial_names.temporary_name(tmp_path / ("n" * 255)) for _ in range(2))
    assert one != other
    assert one.parent == tmp_path
    assert recognise(one.name) == PartialName("temporary", None)


@pytest.mark.parametrize(
    "name",
    [
        "w.npy",
        "w.npy.fastinit-partial",
        ".fastinit-partial",
        "..fastinit-partial.txt",
        ".w.npy.fastinit-partial~",
        ".w.npy.fastinit-journal-0-of-8",
        ".w.npy.fastinit-journal-1",
        ".w.npy.fastinit-journal-١-of-٢",
        ".fastinit-0123456789abcde.tmp",
        ".fastinit-0123456789abcdeg.tmp",
        ".fastinit-0123456789abcdef.tmp\n",
        ".fastinit-0123456789abcdef.tmp.npy",
        ".w.npy.partial",
    ],
)
def test_other_names_are_not_recognised(name):
    assert recognise(name) is None
    assert not belongs_to(name, Path("w.npy"))


@pytest.mark.parametrize("name", ["n" * 251 + ".npy", "é" * 125 + ".npy", os.fsdecode(b"\xe9.npy")])
@pytest.mark.parametrize("options", [{}, {"resume": True}, {"force": True}])
def test_files_with_the_longest_names_are_written(tmp_path, name, options):
    weight = fastinit.Weight((50, 4), "xavier", seed=1, name="w")
    weight.save(tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == [tmp_path / name]
    np.testing.assert_array_equal(np.load(tmp_path / name), np.asarray(weight))
