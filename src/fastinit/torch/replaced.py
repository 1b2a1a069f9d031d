"""Python functions that are replaced while an acceleration needs them.

``trunc_normal_`` fills in a loop until no value is left outside the bounds, and libraries have
copies of it: one fill replaces the inner function. ``torch.get_rng_state`` and ``set_rng_state``
also save and restore the place in an acceleration, so that what is computed a second time
(activation checkpointing, ``fork_rng``) has the same numbers again.

Promises: a function asks for the acceleration of its own thread, and without one is the original.
Originals are put back when no thread is in an acceleration and no saved state is left, unless
someone else has replaced ours.
"""

from __future__ import annotations

import sys
import threading
from functools import wraps
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from fastinit._random.generator import Generator

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
    """Return what replaces the inner function of ``trunc_normal_``, PyTorch's or a copy."""

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
            # To PyTorch, and to any mode, the fill is a `normal_`: its kernel knows better.
            acceleration.truncated = (mean, std, a, b)
            try:
                with torch.no_grad():
                    tensor.normal_(mean, std)
                if acceleration.truncated is None:
                    return tensor
            finally:
                acceleration.truncated = None
        if generator is None:  # copies know no generator
            return original(tensor, mean, std, a, b)
        return original(tensor, mean, std, a, b, generator=generator)

    return trunc_normal_


class _Place:
    """Where an acceleration was when the state of PyTorch's generator was saved."""

    __slots__ = ("acceleration", "state")

    def __init__(self, acceleration: Acceleration) -> None:
        source = acceleration.source
        self.acceleration = acceleration
        self.state: State | None = None if source is None else source.get_state()
        replacements.acquire()

    def __del__(self) -> None:
        replacements.release()

    def go_back(self, running: Acceleration) -> None:
        """Let the block that is running go on from this place, if it is of that block."""
        if self.state is None or self.acceleration.block is not running.block:
            return
        if running.source is not None:
            running.source.set_state(self.state)

    def acceleration_from_here(self) -> Acceleration:
        """Return an acceleration that goes on from this place, and leaves its block's alone."""
        acceleration, state = self.acceleration, self.state
        if acceleration.source is None or state is None:
            return acceleration
        if acceleration.source.get_state() == state:
            return acceleration
        # The fills of a second computation are neither counted nor taken from the source.
        source = Generator(acceleration.source.seed)
        source.set_state(state)
        again = Acceleration(
            source, AccelerationReport(), in_process_group=acceleration.in_process_group
        )
        again.block = acceleration.block
        return again


#: By the state that PyTorch returned. It stays a plain tensor, which can be copied and saved.
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
            # A backward pass computes something again: as it was, or outside all accelerations.
            thread.acceleration = None if place is None else place.acceleration_from_here()
        elif place is not None and running is not None:
            place.go_back(running)

    return set_rng_state


class _Replacement:
    """One function, and what stands in its place."""

    def __init__(self, module: str, name: str, make: Callable[[Function], Function]) -> None:
        self._module = module
        self._name = name
        self._make = make
        self._original: Function | None = None
        self._ours: Function | None = None

    def put(self) -> None:
        """Replace the function, if its module is loaded."""
        module = sys.modules.get(self._module)
        found = getattr(module, self._name, None)
        if found is None or found is self._ours:
            return
        if found is not self._original:
            self._original, self._ours = found, self._make(found)
        setattr(module, self._name, self._ours)

    def take_back(self) -> None:
        """Put the original back, unless someone has replaced ours: that passes all on."""
        module = sys.modules.get(self._module)
        if self._ours is not None and getattr(module, self._name, None) is self._ours:
            setattr(module, self._name, self._original)


class _Replacements:
    """Puts the replacements in place while anyone has acquired them."""

    def __init__(self) -> None:
        # A saved state can be freed at any moment, also while its own thread has the lock.
        self._lock = threading.RLock()
        self._users = 0

    def acquire(self) -> None:
        """Replace what is loaded."""
        with self._lock:
            self._users += 1
            for each in REPLACED:
                each.put()

    def release(self) -> None:
        """Put the originals back, if this was the last user."""
        with self._lock:
            self._users -= 1
            if not self._users:
                for each in REPLACED:
                    each.take_back()


#: Modules that are not loaded are left alone.
REPLACED = (
    _Replacement("torch.nn.init", "_no_grad_trunc_normal_", _trunc_normal_),
    _Replacement("timm.layers.weight_init", "_trunc_normal_", _trunc_normal_),
    _Replacement("torch", "get_rng_state", _get_rng_state),
    _Replacement("torch", "set_rng_state", _set_rng_state),
    _Replacement("torch.random", "get_rng_state", _get_rng_state),
    _Replacement("torch.random", "set_rng_state", _set_rng_state),
)

replacements = _Replacements()
