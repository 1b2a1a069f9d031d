"""Who has replaced a function of ``torch.nn.init``, and PyTorch's own functions.

Libraries replace these functions for a while: transformers to keep loaded weights, ColossalAI to
compute fans of whole tensors, many programs to skip what will be loaded anyway. Code that calls
``torch.nn.init.normal_`` then calls the replacement, and so does ``fastinit.torch.normal_``.

Promises: a replacement is called once for each call of ours, with the arguments that the caller
gave, and may itself call ours, which then fills: nothing recurses, whoever replaces what, our own
functions included. Threads do not see each other's calls.
"""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec, module_from_spec
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import torch
from torch.nn import init as torch_init
from torch.overrides import handle_torch_function, has_torch_function_variadic

from .memory import ends_in_default_device

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

P = ParamSpec("P")
R = TypeVar("R")

#: What PyTorch's functions call, which has been replaced too: by ColossalAI and the Stable
#: Diffusion WebUI, for two.
PARTS = (
    "_calculate_correct_fan",
    "_calculate_fan_in_and_fan_out",
    "_no_grad_normal_",
    "_no_grad_trunc_normal_",
    "_no_grad_uniform_",
)


def _is_pytorchs(function: object, name: str) -> bool:
    """Say whether a function is the one that PyTorch defines under a name."""
    return (
        isinstance(function, FunctionType)
        and function.__globals__ is vars(torch_init)
        and function.__name__ == name
    )


def _own_functions() -> ModuleType:
    """Return PyTorch's functions, also where some are replaced while this module is imported."""
    own = ModuleType("PyTorch's own functions")
    fresh: Any = None
    for name in (*torch_init.__all__, *PARTS):
        function = getattr(torch_init, name)
        if not _is_pytorchs(function, name):
            if fresh is None:  # the same code, run once more in a module of its own
                spec: Any = find_spec(torch_init.__name__)
                fresh = module_from_spec(spec)
                spec.loader.exec_module(fresh)
            function = getattr(fresh, name)
        vars(own)[name] = function
    return own


if TYPE_CHECKING:
    pytorch = torch_init
else:
    #: PyTorch's own functions by their names, to compare with and to call: in a module, since its
    #: attributes are the fastest to read.
    pytorch = _own_functions()

#: Those that show themselves to tensors' subclasses and to modes.
_SHOWN = frozenset(
    name
    for name in torch_init.__all__
    if "handle_torch_function" in getattr(pytorch, name).__code__.co_names
)


class _Calls(threading.local):
    """The names whose replacements this thread is in, by a call of ours."""

    def __init__(self) -> None:
        self.names: set[str] = set()


_calls = _Calls()


def replacement(ours: Callable[P, R]) -> Callable[P, R] | None:
    """Return what has replaced PyTorch's function of our function's name; None if we may go on.

    Nothing has, where ours is installed in ``torch.nn.init``; and ours is what a replacement calls
    that took ours for PyTorch's when it was installed. To be called by `ours` itself.
    """
    name = ours.__name__
    current = getattr(torch_init, name)
    if current is ours or _is_pytorchs(current, name):
        return None
    # A replacement that works is on the stack, unless it is not written in Python.
    if name in _calls.names or _is_running(current, sys._getframe(2)):  # noqa: SLF001
        return None

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given, keywords = (args, kwargs) if kwargs else _as_given(ours, args)
        _calls.names.add(name)
        try:
            result: R = current(*given, **keywords)
        finally:
            _calls.names.discard(name)
        return result

    return call


def _as_given(ours: Any, values: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call of ours without those that were left at a default.

    A replacement may have other parameters than PyTorch's function: those of an older version, or
    those that its own callers give. A default that nobody gave is known by its identity.
    """
    code = ours.__code__
    if not code.co_argcount:  # a deprecated name, which takes whatever is given
        return values, {}
    names = code.co_varnames[: code.co_argcount]
    defaults = ours.__defaults__ or ()
    optional = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        if name in optional and value is optional[name]:
            continue
        if place == len(positional):
            positional.append(value)
        else:
            keywords[name] = value
    return tuple(positional), keywords


def _is_running(function: Any, frame: FrameType | None) -> bool:
    """Say whether a Python function has called what runs in a frame, or what called that."""
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None) or ()
    while code is not None and frame is not None:
        # The functions that a factory made share their code, and differ in what it closed over.
        if frame.f_code is code and all(
            frame.f_locals.get(name) is cell.cell_contents
            for name, cell in zip(code.co_freevars, cells, strict=True)
        ):
            return True
        frame = frame.f_back
    return False


def is_intact(name: str) -> bool:
    """Say whether a function of ``torch.nn.init`` does what PyTorch's does: it is that, or ours."""
    current = getattr(torch_init, name)
    defined_in = getattr(current, "__globals__", {}).get("__name__", "")
    return _is_pytorchs(current, name) or defined_in.startswith("fastinit.torch.")


def call_pytorchs(ours: Callable[..., R], tensor: Any, *values: Any) -> R:
    """Call PyTorch's own function of our function's name.

    Where ours is installed in its place, PyTorch's would show ours to subclasses and modes, which
    know them by PyTorch's.
    """
    name = ours.__name__
    function: Callable[..., R] = getattr(pytorch, name)
    if (
        name not in _SHOWN
        or getattr(torch_init, name) is not ours
        or not has_torch_function_variadic(tensor)
    ):
        return function(tensor, *values)
    if ends_in_default_device():  # which changes no fill, and would show the next mode ours
        with torch.overrides._pop_mode_temporarily():  # noqa: SLF001
            result: R = call_pytorchs(ours, tensor, *values)
        return result
    arguments = dict(zip(ours.__code__.co_varnames, (tensor, *values), strict=False))
    shown: R = handle_torch_function(function, (tensor,), **arguments)
    return shown
