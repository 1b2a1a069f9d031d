"""The contract's golden file: parts of tensors, what it covers, and that it only ever grows."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

import fastinit
from fastinit._memory.dtypes import FORMATS
from tests.support.paths import read_golden

GOLDEN = read_golden()

#: How many entries each section had, and the SHA-256 of those, when contract version 1 was first
#: published. Entries may be added behind them; to change these numbers is to break the promise.
PUBLISHED = {
    1: {
        "cases": (96, "4038f51cc496a01b4a5e6051729578a7c1423a63c42b12820e5a59e6802028f2"),
        "generators": (5, "e713011f84d811c476625911c6a11ee539397219ca6179b0b5219142d5ff8184"),
        "quantized": (2, "03d9e07c063c16f4992a9f771dc22e969a5ea88e8d80aa030d63670a08a0cf09"),
        "parts": (18, "a428670d2e76385a3ac0008442b2c2262959adfde82da972335b11f0e4ab23d7"),
    }
}


def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def test_published_entries_are_unchanged():
    for section, (count, expected) in PUBLISHED[fastinit.CONTRACT_VERSION].items():
        entries = GOLDEN[section]
        first = (
            dict(list(entries.items())[:count]) if isinstance(entries, dict) else entries[:count]
        )
        assert len(first) == count
        text = json.dumps(first, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == expected, section


@pytest.mark.parametrize(
    "part",
    GOLDEN["parts"],
    ids=lambda part: f"{part['formula']['scheme']['distribution']}-{part['formula']['dtype']}",
)
def test_parts(part):
    weight = fastinit.Weight.from_json(json.dumps(part["formula"]))
    rows = len(weight)
    assert digest(weight[rows - 1301 :: 5, 1:, 70:3:-2]) == part["box"]
    assert digest(weight.rows([rows - 1, 0, rows - 7, 11, 0, rows // 2 + 3])) == part["rows"]
    memory = np.zeros((6, 5, 77), weight.dtype)
    weight.fill(memory[::2, 1:4], np.s_[5:8])
    assert digest(memory) == part["strided"]


def test_every_dtype_and_distribution_is_covered():
    whole = {(case["function"], case["dtype"]) for case in GOLDEN["cases"]}
    assert whole >= {(f, d) for f in ("uniform", "normal", "trunc_normal") for d in FORMATS}
    assert whole >= {("random_bits", "uint32"), ("random_bits", "uint64")}
    parts = {
        (part["formula"]["scheme"]["distribution"], part["formula"]["dtype"])
        for part in GOLDEN["parts"]
    }
    assert parts >= {(f, d) for f in ("Uniform", "Normal", "TruncatedNormal") for d in FORMATS}
    assert {case["bits"] for case in GOLDEN["quantized"]} == {4, 8}
