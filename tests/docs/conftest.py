"""The scripts that make the pages are in docs/ and bench/, which import their own modules by name."""

from __future__ import annotations

import sys

from tests.support.paths import ROOT

sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "bench")]
