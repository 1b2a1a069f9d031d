"""States that a bit generator must refuse."""

from __future__ import annotations

import pytest


def check_refused(bits, state, error, message):
    """Check that a state, or the bit generator's own with some entries changed, is refused."""
    before = bits.state
    if isinstance(state, dict) and state and "bit_generator" not in state:
        state = {**before, "state": {**before["state"], **state}}
    with pytest.raises(error, match=message):
        bits.state = state
    assert bits.state == before
