"""Receipts that nobody vouches for: a clear error, cost in proportion to the text, no traceback."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import fastinit
from fastinit import Normal, Receipt, Weight
from fastinit.storage.receipts.format import digest_of_content
from tests.support.commands import status_of
from tests.support.peak_memory import PEAK

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((7, 3), Normal(0.1, 0.3), seed=5, name="w")


WRONG = (5, "md5", None, [5], {"a": 1}, ["crc32"], True)


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def sealed(given):
    """The text with digests that match, as somebody who means harm would write it."""
    for each in given["weights"] if isinstance(given.get("weights"), list) else []:
        if isinstance(each, dict) and isinstance(each.get("blocks"), list):
            texts = "".join(map(str, each["blocks"]))
            each["digest"] = hashlib.sha256(texts.encode()).hexdigest()
            whole = hashlib.sha256(each["digest"].encode()).hexdigest()
            if given["digest"] not in WRONG:
                given["digest"] = whole
    with contextlib.suppress(ValueError):
        given["receipt_digest"] = digest_of_content(given)
    return json.dumps(given)


def receipt(**changes):
    made = fastinit.save("w.npy", WEIGHT, receipt=True, force=True)
    return sealed(json.loads(made.to_json()) | changes)


def receipt_of_weight(**changes):
    made = json.loads(fastinit.save("w.npy", WEIGHT, receipt=True, force=True).to_json())
    made["weights"][0] |= changes
    return sealed(made)


def formula(**changes):
    return receipt_of_weight(formula=json.loads(WEIGHT.to_json()) | changes)


def statistics(**changes):
    return receipt_of_weight(
        statistics={"mean": 0.0, "std": 1.0, "min": -1.0, "max": 1.0} | changes
    )


def infinity():
    return receipt(bytes=123456789).replace("123456789", "1e400")


VALUES = [0, -1, 1, 7, True, 4096.0, "4096", None, [], {}, 1 << 63, 1 << 70, 10**400]
RECEIPTS = {
    **{f"block_bytes {value!r:.20}": (receipt, {"block_bytes": value}) for value in VALUES},
    **{f"bytes {value!r:.20}": (receipt, {"bytes": value}) for value in VALUES},
    "an infinity in digits": (infinity, {}),
    **{
        f"{key} {value!r:.20}": (receipt, {key: value})
        for key in ("checksum", "weights", "digest")
        for value in WRONG
    },
    **{f"file {value!r}": (receipt, {"file": value}) for value in (5, "", "..", "a/b", "\0", [], None)},
    **{f"fastinit {value!r}": (receipt, {"fastinit": value}) for value in (5, [], None)},
    "version truth": (receipt, {"receipt_version": True}),
    "version text": (receipt, {"receipt_version": "2"}),
    "version list": (receipt, {"receipt_version": [[[]]]}),
    "a key too many": (receipt, {"extra": 1}),
    "a weight twice": (receipt, {"weights": [json.loads("null")] * 2}),
    "no blocks": (receipt_of_weight, {"blocks": []}),
    "a block too many": (receipt_of_weight, {"blocks": ["00000000"] * 2}),
    "a long block": (receipt_of_weight, {"blocks": ["0" * 64]}),
    "a block in capitals": (receipt_of_weight, {"blocks": ["ABCDEF00"]}),
    "a block of other digits": (receipt_of_weight, {"blocks": ["٣" * 8]}),
    "a block that is a number": (receipt_of_weight, {"blocks": [12345678]}),
    "a line break in a block": (receipt_of_weight, {"blocks": ["0000000\n"]}),
    "blocks that are a text": (receipt_of_weight, {"blocks": "00000000"}),
    "blocks that are an object": (receipt_of_weight, {"blocks": {"00000000": 1}}),
    "a weight with a key too many": (receipt_of_weight, {"extra": 1}),
    "statistics that are missing": (receipt_of_weight, {"statistics": None}),
    "statistics that are a list": (receipt_of_weight, {"statistics": [0.0] * 4}),
    "statistics of an integer": (statistics, {"mean": 0}),
    "statistics of a truth": (statistics, {"mean": True}),
    "statistics of a text": (statistics, {"max": "1"}),
    "statistics NaN": (statistics, {"std": float("nan")}),
    "statistics infinite": (statistics, {"max": float("inf")}),
    "a negative std": (statistics, {"std": -1.0}),
    "a minimum above the maximum": (statistics, {"min": 2.0}),
    "a statistic too many": (statistics, {"median": 0.0}),
    "a formula that is a text": (receipt_of_weight, {"formula": WEIGHT.to_json()}),
    **{
        f"a formula of dtype {dtype!r:.20}": (formula, {"dtype": dtype})
        for dtype in ("float3,", "float32,float32", "(2,)f4", "f4", "x" * 10**6, 5, None, ["f4"], {})
    },
    "a formula without contract": (formula, {"contract_version": "1"}),
    "a formula of a huge shape": (formula, {"shape": [1 << 62]}),
    "a formula with a huge fan": (formula, {"scheme": "he_normal", "options": {"fan_in": 10**4000}}),
}  # fmt: skip


@pytest.mark.parametrize("kind", RECEIPTS)
@pytest.mark.filterwarnings("ignore")
def test_damaged_receipts(kind, capfd):
    make, changes = RECEIPTS[kind]
    text = make(**changes)
    with pytest.raises(fastinit.FileFormatError) as caught:
        Receipt.from_json(text)
    assert len(str(caught.value)) < 700
    Path("r.json").write_text(text)
    with pytest.raises(fastinit.FileFormatError, match=r"^r\.json: "):
        Receipt.read("r.json")
    assert status_of("verify", "w.npy", "--receipt", "r.json") == 2
    assert status_of("compare", "r.json", "w.npy.receipt.json") == 2
    assert capfd.readouterr().err.startswith("fastinit: r.json: ")


def test_the_cases_start_from_a_good_receipt():
    for text in (receipt(), formula(), statistics(), receipt_of_weight()):
        assert Receipt.from_json(text).weights[0].weight == WEIGHT


TEXTS = {
    "deep": b"[" * 300_000,
    "deep value": b'{"receipt_version": 2, "a": ' + b"[" * 900 + b"]" * 900 + b"}",
    "deep and long": b'{"receipt_version": 2, "a": ' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    "NaN": b'{"receipt_version": NaN}',
    "twice": b'{"receipt_version": 2, "receipt_version": 2}',
    "digits": b'{"receipt_version": ' + b"9" * 100_000 + b"}",
    "surrogates": b'{"receipt_version": "\\ud800"}',
    "UTF-16": '{"receipt_version": 2}'.encode("utf-16"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_that_are_no_receipts(kind):
    Path("r.json").write_bytes(TEXTS[kind])
    with pytest.raises(fastinit.FileFormatError):
        Receipt.read("r.json")


def paths_of(value, path=()):
    """The path of each value in a JSON value."""
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in inner:
        yield from paths_of(each, (*path, key))


def test_each_value_of_a_receipt_is_covered_by_a_digest():
    """Whatever changes in the text, unless it is only white space, is noticed."""
    made = fastinit.save(
        "m.safetensors", [WEIGHT, Weight(5, "ones", seed=0, name="v")], receipt=True
    )
    text = made.to_json()
    assert Receipt.from_json(json.dumps(json.loads(text))) == made
    changed = 0
    for path in paths_of(json.loads(text)):
        *outer, last = path or (None,)
        for other in (None, 0, 1.5, True, "crc32", "other", [], {}):
            given = json.loads(text)
            place = given
            for key in outer:
                place = place[key]
            if last is None or json.dumps(place[last]) == json.dumps(other):
                continue
            place[last] = other
            with pytest.raises(fastinit.FileFormatError):
                Receipt.from_json(json.dumps(given))
            changed += 1
    assert changed > 300


def test_mutations_of_receipts():
    chance = random.Random(1)  # noqa: S311 - no secret
    whole = receipt().encode()
    pieces = [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b'"',
        b"-",
        b"NaN",
        b"9" * 30,
        b"\xff",
        b"null",
        b"0",
        b"e4",
    ]
    for _ in range(2000):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(whole))
            content[place : place + chance.randrange(3)] = chance.choice(pieces)
        Path("r.json").write_bytes(content)
        try:
            assert Receipt.read("r.json").to_json() == Receipt.from_json(whole.decode()).to_json()
        except fastinit.FileFormatError:
            continue


def test_another_contract_is_no_damage():
    with pytest.raises(ValueError, match="contract version") as caught:
        Receipt.from_json(formula(contract_version=1_000_000))
    assert not isinstance(caught.value, fastinit.FileFormatError)


def test_memory_is_in_proportion_to_the_text():
    """A receipt that claims 2**40 blocks, and one with a million tiny ones."""
    text = receipt(weights=[])
    given = json.loads(text)
    weight = Weight(1 << 40, "zeros", seed=0, name="w")
    zeros = {"mean": 0.0, "std": 0.0, "min": 0.0, "max": 0.0}
    entry = {"formula": json.loads(weight.to_json()), "statistics": zeros, "blocks": []}
    given |= {"block_bytes": 8, "bytes": 1 << 43, "weights": [entry]}
    for blocks in (0, 300_000):
        entry["blocks"] = ["00000000"] * blocks
        content = sealed(given)
        Path("r.json").write_text(content)
        code = f"""{PEAK}if True:
            import fastinit, time
            before, start = peak(), time.process_time()
            try:
                fastinit.Receipt.read("r.json")
            except fastinit.FileFormatError:
                print(peak() - before, time.process_time() - start)
        """
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        memory, seconds = map(float, done.stdout.split())
        assert memory < 40 * len(content) + (4 << 20)
        assert seconds < 1 + len(content) * 1e-6


def test_the_receipt_of_another_file_is_refused(capsys):
    other = Weight((7, 3), Normal(0.1, 0.3), seed=6, name="w")
    two = [WEIGHT, Weight(5, "ones", seed=0, name="v")]
    fastinit.save("w.safetensors", WEIGHT, receipt=True)
    fastinit.save("two.safetensors", two, receipt=True)
    # The same bytes under another seed: only the formula differs.
    made = Receipt.read("w.safetensors.receipt.json")
    entry = made.weights[0]
    forged = Receipt(made.file, made.nbytes, made.version, made.checksum, made.block_bytes,
                     (type(entry)(other, entry.statistics, entry.blocks),))  # fmt: skip
    Path("forged.json").write_text(forged.to_json())
    assert status_of("verify", "w.safetensors", "--receipt", "w.safetensors.receipt.json") == 0
    for name, text in (
        ("forged.json", "not that in the receipt"),
        ("two.safetensors.receipt.json", "'v'"),
    ):
        assert status_of("verify", "w.safetensors", "--receipt", name) == 1
        assert text in capsys.readouterr().err
    assert status_of("verify", "two.safetensors", "--receipt", "w.safetensors.receipt.json") == 1
    assert "has no weight 'v'" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["fifo", "socket", "/dev/zero", "loop", "directory"])
def test_receipts_that_are_no_files(kind, capsys):
    fastinit.save("w.npy", WEIGHT)
    if kind == "fifo":
        os.mkfifo("r.json")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("r.json")
    elif kind == "directory":
        Path("r.json").mkdir()
    else:
        Path("r.json").symlink_to("r.json" if kind == "loop" else kind)
    status = 3 if kind in ("loop", "directory") else 2
    assert status_of("verify", "w.npy", "--receipt", "r.json") == status
    assert status_of("compare", "r.json", "r.json") == status
    assert "r.json" in capsys.readouterr().err


def test_keys_that_are_missing_are_named():
    for given, text in ({}, "none"), ({"mean": 0.0}, "mean"):
        with pytest.raises(fastinit.FileFormatError, match=f"max, mean, min, std, got {text}$"):
            Receipt.from_json(receipt_of_weight(statistics=given))
