"""The contract's golden file has truncated normals on both sides of each limit where their kernel changes."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import Kind
from tests.support import reference
from tests.support.paths import read_golden

pytestmark = pytest.mark.once  # no kernel runs

TRUNCATIONS = [case for case in read_golden()["cases"] if case["function"] == "trunc_normal"]
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
