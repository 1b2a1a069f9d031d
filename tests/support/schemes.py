"""The schemes in groups: what tests of fans apply to, and what a scheme needs besides a shape."""

from __future__ import annotations

from fastinit._schemes.schemes import FANS, SCHEMES, reader_of

#: Facts of a model, for the schemes that need some.
NEEDED = {
    "depth_scaled": {"layers": 12},
    "small_init": {"width": 48},
    "wang_init": {"layers": 12, "width": 48},
    "mup": {"role": "hidden", "width_multiplier": 4},
    "t_fixup": {"layers": 6, "part": "encoder"},
    "deepnet": {"layers": 18},
}

#: The schemes that the fans alone determine.
OF_FANS = [name for name in SCHEMES if reader_of(SCHEMES[name]) is FANS and name not in NEEDED]
