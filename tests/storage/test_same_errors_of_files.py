"""A wrong argument gives the same error at each function that saves or reads, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import fastinit
from tests.support.signatures import functions_with

pytestmark = pytest.mark.once

WEIGHT = fastinit.Weight((6, 4), "xavier", seed=7, name="w")

#: Calls that save, from a function, by what they save.
SAVES = {
    "save, a file": lambda **given: fastinit.save("new.npy", **{"weights": WEIGHT} | given),
    "save, a part": lambda **given: fastinit.save(
        "new.npy", **{"weights": WEIGHT, "part": (1, 2)} | given
    ),
    "save, an array": lambda **given: fastinit.save("new.zarr", **{"weights": WEIGHT} | given),
    "save, a set": lambda **given: fastinit.save("new/", **{"weights": WEIGHT} | given),
    "save_sharded": lambda **given: fastinit.save_sharded("new", **{"weights": WEIGHT} | given),
    "save_zarr": lambda **given: fastinit.save_zarr("new.zarr", **{"weights": WEIGHT} | given),
}
READS = {
    "verify": fastinit.verify,
    "verify, an array": lambda path, **given: fastinit.verify(f"{path}.zarr", **given),
    "make_receipt": fastinit.make_receipt,
    "make_receipt, an array": lambda path, **given: fastinit.make_receipt(f"{path}.zarr", **given),
    "make_receipts": fastinit.make_receipts,
    "read_template": lambda path, **given: fastinit.read_template(path, "ones", seed=1, **given),
    "read_config": lambda path, **given: fastinit.read_config(f"{path}.json", **given),
    "Receipt.read": fastinit.Receipt.read,
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    """Work in a directory that holds a file, an array and a set; nothing may change in it."""
    pytest.importorskip("zarr")
    monkeypatch.chdir(tmp_path)
    fastinit.save("old.safetensors", WEIGHT)
    fastinit.save("old.zarr", WEIGHT)
    fastinit.save_sharded("old", WEIGHT)

    def files():
        return {each: each.read_bytes() for each in Path().rglob("*") if each.is_file()}

    before = files()
    yield
    assert files() == before


def names(calls):
    return {name.partition(",")[0] for name in calls}


def test_all_functions_are_here():
    found = set(functions_with(fastinit, "path"))
    assert found == names(SAVES) | names(READS) - {"Receipt.read"}


@pytest.mark.parametrize("checksum", ["md5", None, 32])
def test_checksums(checksum):
    calls = [
        *(lambda save=save: save(checksum=checksum) for name, save in SAVES.items() if name != "save, a set"),
        lambda: fastinit.make_receipt("old.safetensors", checksum=checksum),
        lambda: fastinit.make_receipt("old.zarr", checksum=checksum),
        lambda: fastinit.make_receipts("old", checksum=checksum),
        lambda: WEIGHT.save("new.npy", checksum=checksum),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ValueError, match=r"^checksum must be one of 'crc32', 'sha256', got"):
            call()


@pytest.mark.parametrize("name", SAVES)
def test_weights(name):
    for weights in ([1], ["w"], [WEIGHT, None]):
        with pytest.raises(
            TypeError, match=r"^each of the weights must be a fastinit\.Weight, got"
        ):
            SAVES[name](weights=weights)
    with pytest.raises(ValueError, match=r"^two weights have the name 'w'; all names must differ"):
        SAVES[name](weights=[WEIGHT, WEIGHT])


@pytest.mark.parametrize("path", ["old.safetensors", "old.zarr"])
def test_weights_and_a_receipt(path):
    with pytest.raises(ValueError, match=r"^pass weights or a receipt, not both$"):
        fastinit.verify(path, WEIGHT, receipt="absent.json")


@pytest.mark.parametrize("save", [fastinit.save, fastinit.save_zarr, fastinit.save_sharded])
def test_parts(save):
    path = {"save": "new.npy", "save_zarr": "new.zarr", "save_sharded": "new"}[save.__name__]
    for part in ((0, 2), (3, 2), (-1, -1)):
        with pytest.raises(ValueError, match=r"^part \(k, n\) must have 1 <= k <= n, got"):
            save(path, WEIGHT, part=part)
    for part in ((1, 2, 3), (1.0, 2), (True, 2), [1, 2], "1/2"):
        with pytest.raises(TypeError, match=r"^part must be two integers \(k, n\)"):
            save(path, WEIGHT, part=part)


@pytest.mark.parametrize("option", ["force", "resume"])
def test_text_is_no_bool_because_it_would_count_as_true(option):
    calls = [lambda save=save, **given: save(**given) for save in SAVES.values()]
    calls += [lambda **given: WEIGHT.save("old.npy", **given)]
    if option == "force":
        calls += [
            lambda **given: fastinit.make_receipt("old.safetensors", **given),
            lambda **given: fastinit.make_receipt("old.zarr", **given),
            lambda **given: fastinit.make_receipts("old", **given),
        ]
    for call in calls:
        with pytest.raises(TypeError, match=f"^{option} must be True or False, got 'no'$"):
            call(**{option: "no"})


def test_the_receipts_of_a_set_have_no_path_of_their_own():
    with pytest.raises(TypeError, match=r"^receipt must be True or False, got 'r\.json'$"):
        fastinit.save_sharded("new", WEIGHT, receipt="r.json")


def test_an_empty_path_is_not_the_current_directory():
    calls = [
        *(lambda save=save: save("", WEIGHT) for save in (fastinit.save, fastinit.save_sharded, fastinit.save_zarr)),
        *(lambda read=read: read("") for read in (fastinit.verify, fastinit.make_receipt, fastinit.make_receipts, fastinit.read_config, fastinit.Receipt.read)),
        lambda: fastinit.read_template("", "ones", seed=1),
        lambda: fastinit.save("new.npy", WEIGHT, receipt=""),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ValueError, match="the path is empty; for the current directory, give"):
            call()


@pytest.mark.parametrize("url", ["memory://", "s3:///"])
def test_a_url_names_an_object(url):
    for call in (fastinit.verify, lambda path: fastinit.save_sharded(path, WEIGHT)):
        with pytest.raises(
            ValueError, match=f"^{url} names no object; expected [a-z0-9]*://, then"
        ):
            call(url)


@pytest.mark.parametrize("path", ["old.safetensors", "old"])
def test_nothing_to_compare_is_no_result(path):
    with pytest.raises(ValueError, match="no weights are given to compare with"):
        fastinit.verify(path, [])


def test_the_receipt_of_no_weights_is_that_of_another_file(tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty") / "empty.safetensors"
    receipt = fastinit.save(empty, [], receipt=True)
    assert fastinit.verify(empty, [])
    assert fastinit.verify(empty, receipt=receipt)
    with pytest.raises(fastinit.FileFormatError, match="it is that of another file"):
        fastinit.verify("old.safetensors", receipt=receipt)


def test_an_iterator_gives_its_weights_once():
    weights = iter([WEIGHT])
    assert fastinit.verify("old", weights)
    calls = [
        *(lambda save=save, **given: save(**given) for save in SAVES.values()),
        lambda weights: fastinit.save("old.safetensors", weights, force=True),
        *(lambda weights, path=path: fastinit.verify(path, weights) for path in ("old", "old.zarr", "old.safetensors")),
        *(lambda weights, path=path: fastinit.make_receipt(path, weights) for path in ("old.zarr", "old.safetensors")),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ValueError, match="the iterator is empty, or has been read already"):
            call(weights=weights)


@pytest.mark.parametrize("name", READS)
def test_files_that_do_not_exist(name):
    with pytest.raises(FileNotFoundError) as raised:
        READS[name]("absent")
    assert Path(raised.value.filename).name.startswith("absent")


@pytest.mark.parametrize(
    "path", ["absent/new.npy", "absent/new.safetensors", "absent/new.zarr", "absent/new/"]
)
def test_directories_that_do_not_exist(path):
    for force in (False, True):
        with pytest.raises(FileNotFoundError, match="no such directory: 'absent'"):
            fastinit.save(path, WEIGHT, force=force)


@pytest.mark.parametrize("path", ["old.safetensors", "old.zarr", "old/"])
def test_what_exists_is_kept(path):
    with pytest.raises(FileExistsError, match="exists; to replace it, pass force=True"):
        fastinit.save(path, fastinit.Weight((6, 4), "xavier", seed=8, name="w"))


def test_options_of_stores():
    calls = [
        *(lambda save=save: save(storage_options={"a": 1}) for name, save in SAVES.items() if name != "save_zarr"),
        *(lambda read=read: read("old", storage_options={"a": 1}) for read in READS.values()),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ValueError, match="storage_options belong to URLs such as s3://"):
            call()
