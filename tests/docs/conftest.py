"""The scripts in tools/pages and bench/ import their own modules by name."""

from __future__ import annotations

import sys

from tests.support.paths import ROOT

sys.path[:0] = [str(ROOT / "tools" / "pages"), str(ROOT / "bench")]
