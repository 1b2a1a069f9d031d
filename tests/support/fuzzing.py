"""How many examples the tests by hypothesis make, and which.

The examples are the same every time. With FASTINIT_FUZZ=5000 in the environment, each test makes
5000 new ones.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("FASTINIT_FUZZ", "0"))


def fuzz(examples: int, **options: Any) -> settings:
    """Return the settings of a test: few fixed examples, or as many new ones as FASTINIT_FUZZ."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        **options,
    )
