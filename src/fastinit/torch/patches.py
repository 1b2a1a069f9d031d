"""The Python functions that `accelerate` patches while a block is active.

The inner function of ``trunc_normal_`` fills in a loop until no value is outside the bounds, and
libraries have copies of it. The replacement makes one fill. ``torch.get_rng_state`` and
``set_rng_state`` also save and restore the position in an acceleration, so that a recomputation
(activation checkpointing, ``fork_rng``) draws the same numbers again.

Promises: a replacement uses the acceleration of its own thread, and calls the original if there is
none. The originals are restored when no thread is in an acceleration and no saved state exists,
unless other code has patched the same functions after us.
"""

from __future__ import annotations

import sys
import threading
from functools import wraps
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from fastinit._random.streams import PlainStreamSource

from .active import Acceleration, thread
from .counts import AccelerationReport
from .fills import can_fill_truncated as can_fill
from .fills import warn_of_mean
from .memory import is_recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastinit._random.streams import State

    Function = Callable[..., Any]


def _trunc_normal_(original: Function) -> Function:
    """Return the replacement of the inner function of ``trunc_normal_`` in PyTorch or a copy."""

    @wraps(original)
    def trunc_normal_(
        tensor: torch.Tensor, mean: float, std: float, a: float, b: float, generator: Any = None
    ) -> Any:
        acceleration = thread.acceleration
        if (
            acceleration is not None
            and generator is None
            and isinstance(tensor, torch.Tensor)
            and not is_recorded(tensor)
            and can_fill(tensor, mean, std, a, b)
        ):
            warn_of_mean(mean, std, a, b, stacklevel=3)
            # PyTorch and modes see a `normal_`. Our kernel reads `truncated` and fills with that.
            acceleration.truncated = (mean, std, a, b)
            try:
                with torch.no_grad():
                    tensor.normal_(mean, std)
                if acceleration.truncated is None:
                    return tensor
            finally:
                acceleration.truncated = None
        if generator is None:  # copies may not take a generator
            return original(tensor, mean, std, a, b)
        return original(tensor, mean, std, a, b, generator=generator)

    return trunc_normal_


class _Place:
    """The position of an acceleration when the state of the PyTorch generator was saved."""

    __slots__ = ("acceleration", "state")

    def __init__(self, acceleration: Acceleration) -> None:
        source = acceleration.source
        self.acceleration = acceleration
        self.state: State | None = None if source is None else source.get_state()
        patches.acquire()

    def __del__(self) -> None:
        patches.release()

    def go_back(self, running: Acceleration) -> None:
        """Set the running block back to this position, if the position belongs to that block."""
        if self.state is None or self.acceleration.block is not running.block:
            return
        if running.source is not None:
            running.source.set_state(self.state)

    def acceleration_from_here(self) -> Acceleration:
        """Return an acceleration that continues from this position, without changing its block."""
        acceleration, state = self.acceleration, self.state
        if acceleration.source is None or state is None:
            return acceleration
        if acceleration.source.get_state() == state:
            return acceleration
        # Fills of a recomputation are not counted, and do not advance the source.
        source = PlainStreamSource(acceleration.source.seed)
        source.set_state(state)
        again = Acceleration(
            source, AccelerationReport(), in_process_group=acceleration.in_process_group
        )
        again.block = acceleration.block
        return again


#: The positions, by the state tensor that PyTorch returned. It stays a plain tensor, which can be
#: copied and saved.
_places: Any = WeakTensorKeyDictionary()


def _get_rng_state(original: Function) -> Function:
    @wraps(original)
    def get_rng_state() -> Any:
        state = original()
        if thread.acceleration is not None:
            _places[state] = _Place(thread.acceleration)
        return state

    return get_rng_state


def _set_rng_state(original: Function) -> Function:
    @wraps(original)
    def set_rng_state(new_state: torch.Tensor) -> None:
        original(new_state)
        place: _Place | None = _places.get(new_state)
        running = thread.acceleration
        if torch._C._current_graph_task_id() != -1:  # noqa: SLF001
            # A backward pass recomputes: from the saved position, or without an acceleration.
            thread.acceleration = None if place is None else place.acceleration_from_here()
        elif place is not None and running is not None:
            place.go_back(running)

    return set_rng_state


class _Patch:
    """One patched function: its original and our replacement."""

    def __init__(self, module: str, name: str, make: Callable[[Function], Function]) -> None:
        self._module = module
        self._name = name
        self._make = make
        self._original: Function | None = None
        self._ours: Function | None = None

    def apply(self) -> None:
        """Replace the function, if its module is loaded."""
        module = sys.modules.get(self._module)
        found = getattr(module, self._name, None)
        if found is None or found is self._ours:
            return
        if found is not self._original:
            self._original, self._ours = found, self._make(found)
        setattr(module, self._name, self._ours)

    def restore(self) -> None:
        """Restore the original, unless other code replaced ours, which then calls the original."""
        module = sys.modules.get(self._module)
        if self._ours is not None and getattr(module, self._name, None) is self._ours:
            setattr(module, self._name, self._original)


class _Patches:
    """Applies the patches while at least one user has acquired them."""

    def __init__(self) -> None:
        # A saved state can be freed at any moment, also while its own thread holds the lock.
        self._lock = threading.RLock()
        self._users = 0

    def acquire(self) -> None:
        """Patch the functions of all loaded modules."""
        with self._lock:
            self._users += 1
            for each in PATCHED:
                each.apply()

    def release(self) -> None:
        """Restore the originals if this was the last user."""
        with self._lock:
            self._users -= 1
            if not self._users:
                for each in PATCHED:
                    each.restore()


#: Modules that are not loaded are skipped.
PATCHED = (
    _Patch("torch.nn.init", "_no_grad_trunc_normal_", _trunc_normal_),
    _Patch("timm.layers.weight_init", "_trunc_normal_", _trunc_normal_),
    _Patch("torch", "get_rng_state", _get_rng_state),
    _Patch("torch", "set_rng_state", _set_rng_state),
    _Patch("torch.random", "get_rng_state", _get_rng_state),
    _Patch("torch.random", "set_rng_state", _set_rng_state),
)

patches = _Patches()
