"""Limits of options of the command line: the last value accepted, and the first one refused."""

from __future__ import annotations

import argparse

import pytest

from fastinit._support.byte_sizes import bytes_of
from fastinit.cli.numbers import positive, size
from tests.support.limits import Limit, check

pytestmark = pytest.mark.once

REFUSED = argparse.ArgumentTypeError
LIMITS = {
    "number": Limit(positive, "1", "0", "must be at least 1, got 0", 1, REFUSED),
    "number with a sign": Limit(positive, "+1", "-1", "must be at least 1, got -1", 1, REFUSED),
    "number of digits": Limit(positive, "1", "1.0", "must be an integer, got '1.0'", 1, REFUSED),
    "size": Limit(size, "1", "0", "must be at least 1 byte, got '0'", 1, REFUSED),
    "size of parts of a byte": Limit(size, "0.001KB", "0.0009KB", "must be at least 1 byte", 1, REFUSED),
    "unit": Limit(size, "1TiB", "1PiB", "expected a size such as", 2**40, REFUSED),
    "unit of bytes": Limit(size, "1B", "1iB", "expected a size such as", 1, REFUSED),
    "digits behind the point": Limit(size, "1.5KiB", "1.KiB", "expected a size such as", 1536, REFUSED),
    "spaces": Limit(size, " 1 kB ", "1 k B", "expected a size such as", 1000, REFUSED),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_options(name):
    check(LIMITS[name])


@pytest.mark.parametrize("number", [1, 2**53, 2**53 + 1, 10**20 + 1])
def test_whole_numbers_of_bytes_are_exact(number):
    """As integers; a float64 would lose the last digits."""
    assert bytes_of(str(number)) == number
    assert bytes_of(f"{number}KiB") == 1024 * number
