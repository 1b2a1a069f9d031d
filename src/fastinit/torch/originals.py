"""The original functions of ``torch.nn.init``, and what other programs put in their place.

Libraries temporarily replace these functions: transformers to keep loaded weights, ColossalAI to
compute the fans of whole tensors, many programs to skip weights that will be loaded. Code that
calls ``torch.nn.init.normal_`` then calls the replacement, and so does ``fastinit.torch.normal_``.

Promises: each call of our function calls the replacement once, with the arguments that the caller
gave. The replacement may call our function, which then fills the tensor. There is no endless
recursion, also if our functions are the replacement. Threads do not affect each other.
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

#: Private functions that the functions of PyTorch call. ColossalAI and the Stable Diffusion WebUI,
#: for example, replace some of them.
PRIVATE_FUNCTIONS = (
    "_calculate_correct_fan",
    "_calculate_fan_in_and_fan_out",
    "_no_grad_normal_",
    "_no_grad_trunc_normal_",
    "_no_grad_uniform_",
)


def _is_original(function: object, name: str) -> bool:
    """Return whether a function is the one that PyTorch defines under a name."""
    return (
        isinstance(function, FunctionType)
        and function.__globals__ is vars(torch_init)
        and function.__name__ == name
    )


def _own_functions() -> ModuleType:
    """Return the functions of PyTorch, also if some are replaced when this module is imported."""
    own = ModuleType("PyTorch's own functions")
    fresh: Any = None
    for name in (*torch_init.__all__, *PRIVATE_FUNCTIONS):
        function = getattr(torch_init, name)
        if not _is_original(function, name):
            if fresh is None:  # runs the code of torch.nn.init again, in a new module
                spec: Any = find_spec(torch_init.__name__)
                fresh = module_from_spec(spec)
                spec.loader.exec_module(fresh)
            function = getattr(fresh, name)
        vars(own)[name] = function
    return own


if TYPE_CHECKING:
    pytorch = torch_init
else:
    #: The original functions of PyTorch by name, to compare with and to call. They are in a module
    #: because reading its attributes is fastest.
    pytorch = _own_functions()

#: The functions that tensor subclasses and modes can intercept.
_SHOWN = frozenset(
    name
    for name in torch_init.__all__
    if "handle_torch_function" in getattr(pytorch, name).__code__.co_names
)


class _Calls(threading.local):
    """The names of the functions whose replacements this thread is running."""

    def __init__(self) -> None:
        self.names: set[str] = set()


_calls = _Calls()


def replacement(ours: Callable[P, R]) -> Callable[P, R] | None:
    """Return the replacement of the PyTorch function with the name of ours; None if we must fill.

    It is None if ours is installed in ``torch.nn.init``. It is also None if the replacement is
    running and calls ours, which it found in ``torch.nn.init`` when it was installed. Only `ours`
    may call this function.
    """
    name = ours.__name__
    current = getattr(torch_init, name)
    if current is ours or _is_original(current, name):
        return None
    # A running replacement is on the stack, unless it is not written in Python.
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
    """Return the arguments of a call of ours without those that have their default values.

    A replacement may have other parameters than the PyTorch function: those of an older version, or
    those that its own callers pass. An argument that is the same object as the default was not
    given.
    """
    code = ours.__code__
    if not code.co_argcount:  # a deprecated name, which takes *args
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
    """Return whether a Python function is running in a frame or in one of its callers."""
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None) or ()
    while code is not None and frame is not None:
        # Functions that one factory made share their code, and differ in their closures.
        if frame.f_code is code and all(
            frame.f_locals.get(name) is cell.cell_contents
            for name, cell in zip(code.co_freevars, cells, strict=True)
        ):
            return True
        frame = frame.f_back
    return False


def is_intact(name: str) -> bool:
    """Return whether a function of ``torch.nn.init`` is the original of PyTorch, or ours."""
    current = getattr(torch_init, name)
    defined_in = getattr(current, "__globals__", {}).get("__name__", "")
    return _is_original(current, name) or defined_in.startswith("fastinit.torch.")


def call_original(ours: Callable[..., R], tensor: Any, *values: Any) -> R:
    """Call the original PyTorch function that has the name of our function.

    If ours is installed in its place, the original would pass our function to subclasses and modes,
    which know only the original. So this passes the original to them.
    """
    name = ours.__name__
    function: Callable[..., R] = getattr(pytorch, name)
    if (
        name not in _SHOWN
        or getattr(torch_init, name) is not ours
        or not has_torch_function_variadic(tensor)
    ):
        return function(tensor, *values)
    if ends_in_default_device():  # it changes no fill, and would pass our function to the next mode
        with torch.overrides._pop_mode_temporarily():  # noqa: SLF001
            result: R = call_original(ours, tensor, *values)
        return result
    arguments = dict(zip(ours.__code__.co_varnames, (tensor, *values), strict=False))
    shown: R = handle_torch_function(function, (tensor,), **arguments)
    return shown
