"""`force` through a link: a receipt beside its target stays if it is right, and goes if it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

import fastinit

pytestmark = pytest.mark.once

WEIGHT = fastinit.Weight((40, 8), "he_normal", seed=7, name="w")
OTHER = fastinit.Weight((40, 8), "he_normal", seed=8, name="w")


@pytest.fixture(params=["npy", "zarr"], autouse=True)
def names(request, tmp_path, monkeypatch):
    """Return a link and its target, which has a receipt of its own."""
    if request.param == "zarr":
        pytest.importorskip("zarr")
    monkeypatch.chdir(tmp_path)
    link, target = Path(f"link.{request.param}"), Path(f"target.{request.param}")
    fastinit.save(target, WEIGHT, receipt=True)
    link.symlink_to(target)
    return link, target


def receipt_of(path):
    return path.with_name(f"{path.name}.receipt.json")


def test_a_receipt_that_stays_right_stays(names):
    link, target = names
    before = receipt_of(target).stat()
    fastinit.save(link, WEIGHT, force=True, receipt=True)
    after = receipt_of(target).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    for each in (link, target):
        assert fastinit.verify(each, receipt=receipt_of(each))


@pytest.mark.parametrize("settings", [{"receipt": True}, {}], ids=["a receipt", "no receipt"])
def test_a_receipt_of_other_values_goes(names, settings):
    link, target = names
    fastinit.save(link, OTHER, force=True, **settings)
    assert not receipt_of(target).exists()
    assert receipt_of(link).exists() is bool(settings)
    assert fastinit.verify(link, OTHER)


def test_a_receipt_of_another_name_or_checksum_goes(names):
    link, target = names
    fastinit.make_receipt(target, WEIGHT, checksum="sha256", force=True)
    fastinit.save(link, WEIGHT, force=True, receipt=True)
    assert not receipt_of(target).exists()
    other = Path(f"other{target.suffix}")
    fastinit.save(other, WEIGHT, receipt=True)
    receipt_of(other).rename(receipt_of(target))  # it names another file
    fastinit.save(link, WEIGHT, force=True, receipt=True)
    assert not receipt_of(target).exists()
