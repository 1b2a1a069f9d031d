"""Where the checkout is, its folders of tests, and the golden values in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
DATA = TESTS / "data"

#: Folders whose tests do not depend on the instruction set, the slowest first.
FRAMEWORKS = ("torch", "real", "jax", "keras", "dask")


def read_golden() -> dict[str, Any]:
    """Return the published values of the contract, which no change may alter."""
    return json.loads((DATA / "golden.json").read_text())
