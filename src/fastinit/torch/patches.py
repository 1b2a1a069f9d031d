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

import math
import sys
import threading
import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any

import torch
from torch.compiler import is_dynamo_compiling
from torch.nn import init as torch_init
from torch.overrides import handle_torch_function, has_torch_function_variadic
from torch.utils.weak import WeakTensorKeyDictionary

from fastinit._random.streams import PlainStreamSource

from .active import Acceleration
from .common_fills import exchange, thread
from .counts import AccelerationReport
from .fills import can_fill_truncated as can_fill
from .fills import warn_of_mean
from .memory import is_recorded
from .operators import kernels, reaches
from .originals import pytorch

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
            and reaches(tensor)
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


def _no_grad_uniform_(original: Function) -> Function:
    """Return the replacement of the inner function of ``uniform_`` and ``xavier_uniform_``."""

    @wraps(original)
    def no_grad_uniform_(tensor: torch.Tensor, a: float, b: float, generator: Any = None) -> Any:
        if generator is None and _is_active() and kernels["uniform_"].fill_directly(tensor, a, b):
            return tensor
        return original(tensor, a, b, generator)

    return no_grad_uniform_


def _no_grad_normal_(original: Function) -> Function:
    """Return the replacement of the inner function of ``normal_`` and ``xavier_normal_``."""

    @wraps(original)
    def no_grad_normal_(
        tensor: torch.Tensor, mean: float, std: float, generator: Any = None
    ) -> Any:
        if (
            generator is None
            and _is_active()
            and kernels["normal_"].fill_directly(tensor, mean, std)
        ):
            return tensor
        return original(tensor, mean, std, generator)

    return no_grad_normal_


def _is_active() -> bool:
    """Return whether this thread is in an acceleration, and no compiler reads this code."""
    return not is_dynamo_compiling() and thread.acceleration is not None


#: The standard deviation by shape, slope, mode and nonlinearity.
_kaiming_stds: dict[tuple[Any, ...], float] = {}
MOST_STDS = 1024


def _kaiming_std(tensor: torch.Tensor, a: Any, mode: Any, nonlinearity: Any) -> float:
    """Return the standard deviation that PyTorch computes; 0 if PyTorch must make the fill.

    PyTorch warns about tensors without elements, and raises its own errors. Other programs replace
    the functions that it calls.
    """
    if (
        [type(each) for each in (mode, nonlinearity)] != [str, str]
        or type(a) not in (int, float)
        or torch_init._calculate_correct_fan is not pytorch._calculate_correct_fan  # noqa: SLF001
        or torch_init._calculate_fan_in_and_fan_out is not pytorch._calculate_fan_in_and_fan_out  # noqa: SLF001
        or torch_init.calculate_gain is not pytorch.calculate_gain
    ):
        return 0.0
    key = (tensor.shape, a, mode, nonlinearity)
    std = _kaiming_stds.get(key)
    if std is None:
        try:
            fan = pytorch._calculate_correct_fan(tensor, mode)  # noqa: SLF001
            std = pytorch.calculate_gain(nonlinearity, a) / math.sqrt(fan)
        except (ValueError, ZeroDivisionError):
            return 0.0
        if len(_kaiming_stds) >= MOST_STDS:
            _kaiming_stds.clear()
        _kaiming_stds[key] = std
    return std


def _kaiming(kernel: str, parameters: Callable[[float], tuple[float, float]]) -> Any:
    """Return a function that makes the replacement of a Kaiming function.

    Parameters
    ----------
    kernel : str
        The operator that makes the fill.
    parameters : callable
        From the standard deviation to the parameters of the operator, computed as PyTorch does.
    """

    def replace(original: Function) -> Function:
        @wraps(original)
        def kaiming_(
            tensor: torch.Tensor,
            a: float = 0,
            mode: Any = "fan_in",
            nonlinearity: Any = "leaky_relu",
            generator: Any = None,
        ) -> Any:
            if has_torch_function_variadic(tensor):
                # PyTorch would pass this function on, and others know only the original.
                return handle_torch_function(
                    original, (tensor,), tensor=tensor, a=a, mode=mode,
                    nonlinearity=nonlinearity, generator=generator,
                )  # fmt: skip
            if (
                generator is None
                and _is_active()
                and (std := _kaiming_std(tensor, a, mode, nonlinearity))
                and kernels[kernel].fill_directly(tensor, *parameters(std))
            ):
                return tensor
            if 0 in tensor.shape:  # PyTorch's own warning would point to this line
                warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
                return tensor
            return original(tensor, a, mode, nonlinearity, generator)

        return kaiming_

    return replace


def _symmetric_bounds(std: float) -> tuple[float, float]:
    bound = math.sqrt(3.0) * std
    return -bound, bound


def _around_zero(std: float) -> tuple[float, float]:
    return 0.0, std


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
        again.recomputed = acceleration.block
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
    """The patched functions of one module, with their originals and our replacements."""

    def __init__(
        self, module: str, replacements: dict[str, Callable[[Function], Function]]
    ) -> None:
        self._module = module
        self._replacements = replacements
        self._originals: dict[str, Function] = {}
        self._ours: dict[str, Function] = {}

    def apply(self) -> None:
        """Replace the functions, if the module is loaded."""
        if (module := sys.modules.get(self._module)) is None:
            return
        attributes = vars(module)
        if exchange(attributes, self._originals, self._ours):
            return
        for name, replace in self._replacements.items():
            found = attributes.get(name)
            if found is None or found is self._ours.get(name):
                continue
            if found is not self._originals.get(name):
                self._originals[name], self._ours[name] = found, replace(found)
            attributes[name] = self._ours[name]

    def restore(self) -> None:
        """Restore the originals, unless other code replaced ours, which then calls the original."""
        if (module := sys.modules.get(self._module)) is None:
            return
        attributes = vars(module)
        if exchange(attributes, self._ours, self._originals):
            return
        for name, ours in self._ours.items():
            if attributes.get(name) is ours:
                attributes[name] = self._originals[name]


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
    _Patch(
        "torch.nn.init",
        {
            "_no_grad_uniform_": _no_grad_uniform_,
            "_no_grad_normal_": _no_grad_normal_,
            "_no_grad_trunc_normal_": _trunc_normal_,
            "kaiming_uniform_": _kaiming("uniform_", _symmetric_bounds),
            "kaiming_normal_": _kaiming("normal_", _around_zero),
        },
    ),
    _Patch("timm.layers.weight_init", {"_trunc_normal_": _trunc_normal_}),
    *(
        _Patch(module, {"get_rng_state": _get_rng_state, "set_rng_state": _set_rng_state})
        for module in ("torch", "torch.random")
    ),
)

patches = _Patches()
