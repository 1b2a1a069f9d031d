"""The contract's golden file: parts of tensors, what it covers, and that it only ever grows."""

from __future__ import annotations

import hashlib
import json
import math

import mpmath
import numpy as np
import pytest

import fastinit
from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import Kind
from fastinit._memory.dtypes import FORMATS
from tests.support import reference
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


TRUNCATIONS = [case for case in GOLDEN["cases"] if case["function"] == "trunc_normal"]
LARGEST = float(np.finfo(np.float32).max)


def in_stds(case):
    """Return the bounds of a truncated normal in standard deviations from its mean, exactly."""
    mean, std, low, high = map(mpmath.mpf, case["parameters"])
    return (low - mean) / std, (high - mean) / std


def probability(case):
    """Return the probability between the bounds of a truncated normal."""
    alpha, beta = in_stds(case)
    if alpha + beta < 0:
        alpha, beta = -beta, -alpha
    return (mpmath.erfc(alpha / mpmath.sqrt(2)) - mpmath.erfc(beta / mpmath.sqrt(2))) / 2


def distance(case):
    """Return the distance of the nearer bound from the mean, in standard deviations."""
    alpha, beta = in_stds(case)
    return max(alpha, -beta)


def kernel_of_the_contract(case):
    """Return the kernel that docs/contract.md names for a case."""
    alpha, beta = in_stds(case)
    mean, std, *_ = case["parameters"]
    if beta - alpha <= mpmath.mpf(2) ** -20 or distance(case) >= 38:
        return Kind.TRUNCATED_WINDOW
    fits = 2.0**-126 <= std <= LARGEST and abs(mean) <= LARGEST
    if case["dtype"] != "float64" and fits and probability(case) >= mpmath.mpf(1) / 16:
        return Kind.TRUNCATED
    return Kind.TRUNCATED_TAIL


#: The limits where the kernel of a truncated normal changes: what is compared, and with what.
LIMITS_OF_KERNELS = {
    "width of a window": (lambda case: in_stds(case)[1] - in_stds(case)[0], 2.0**-20),
    "distance of a window": (distance, 38.0),
    "probability of a table": (probability, 1 / 16),
    "least std of a table": (lambda case: case["parameters"][1], 2.0**-126),
    "largest std of a table": (lambda case: case["parameters"][1], LARGEST),
    "largest mean of a table": (lambda case: abs(case["parameters"][0]), LARGEST),
    "distance of an exponential window": (distance, 1e150),
}


@pytest.mark.once
@pytest.mark.parametrize("name", LIMITS_OF_KERNELS)
@pytest.mark.parametrize("side", ["lower", "upper"])
def test_both_sides_of_each_limit_are_pinned(name, side):
    """In the lower and in the upper half of the normal, next to the limit by two float64s."""
    quantity, limit = LIMITS_OF_KERNELS[name]
    with mpmath.workprec(400):
        wanted = [case for case in TRUNCATIONS if (sum(in_stds(case)) < 0) == (side == "lower")]
        ratios = [mpmath.mpf(quantity(case)) / mpmath.mpf(limit) - 1 for case in wanted]
        near = [ratio for ratio in ratios if abs(ratio) <= 2.0**-50]
    assert min(near) <= 0 <= max(near)
    assert len(set(near)) > 1


@pytest.mark.once
def test_each_pinned_truncation_has_the_kernel_of_the_contract():
    found = set()
    with mpmath.workprec(400):
        for case in TRUNCATIONS:
            law = kernel_arguments.truncated_normal(
                *case["parameters"], reference.DTYPES[case["dtype"]]
            )
            assert law.kind == kernel_of_the_contract(case), case
            found.add((law.kind, math.copysign(1, float(sum(in_stds(case))))))
    kinds = (Kind.TRUNCATED, Kind.TRUNCATED_TAIL, Kind.TRUNCATED_WINDOW)
    assert found == {(kind, sign) for kind in kinds for sign in (1, -1)}
