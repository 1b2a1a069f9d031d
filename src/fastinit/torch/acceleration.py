"""`accelerate`: random fills of PyTorch's, caught below Python's names and made by fastinit.

A `TorchDispatchMode` sees every operation of its thread after Python's names have been resolved,
so that layers, libraries that copied ``torch.nn.init``'s functions, and ``tensor.normal_()`` are
all caught. ``trunc_normal_`` fills in a loop until no value is left outside the bounds; its inner
function is replaced while any thread is in the mode, and asks for the thread's own.

Promises: what is no random fill, or of a tensor that is not ours, runs as without the mode.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import init as torch_init
from torch.utils._python_dispatch import (
    TorchDispatchMode,
    _get_current_dispatch_mode_stack,
)

from fastinit.distributions import Normal, Uniform
from fastinit.generator import Generator

from .fills import prepare, prepare_truncated
from .seeds import draw_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastinit.distributions import Distribution

aten = torch.ops.aten

Call = tuple[tuple[Any, ...], dict[str, Any]]


class _Acceleration(TorchDispatchMode):
    """Makes what it catches: at the next stream of a source, or at seeds of PyTorch's."""

    def __init__(self, source: Generator | None) -> None:
        super().__init__()
        self.source = source

    def address(self, generator: torch.Generator | None) -> tuple[int, int]:
        """Return the seed and the stream of the next fill."""
        if self.source is None or generator is not None:
            return draw_seed(generator), 0
        return self.source.address()

    def fill(
        self,
        tensor: torch.Tensor,
        generator: torch.Generator | None,
        distribution: Callable[..., Distribution],
        *parameters: float,
    ) -> torch.Tensor | None:
        """Fill a tensor and return it; None if it is not ours."""
        fill = prepare(tensor, generator, distribution, *parameters, caught=True)
        return None if fill is None else fill.write(*self.address(generator))

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        make = CAUGHT.get(func)
        if make is not None and _all_ours(_get_current_dispatch_mode_stack()):
            tensor = make(self, *args, **kwargs)
            if tensor is not None:
                return tensor
        return func(*args, **kwargs)


def _all_ours(modes: list[Any]) -> bool:
    """Say whether no one else's mode is to see the operation."""
    return all(isinstance(mode, _Acceleration) for mode in modes)


def _uniform_(
    mode: _Acceleration, tensor: Any, low: float = 0.0, high: float = 1.0, *, generator: Any = None
) -> torch.Tensor | None:
    return mode.fill(tensor, generator, Uniform, low, high)


def _normal_(
    mode: _Acceleration, tensor: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None
) -> torch.Tensor | None:
    return mode.fill(tensor, generator, Normal, mean, std)


def _rand(
    mode: _Acceleration, size: list[int], *, generator: Any = None, **options: Any
) -> torch.Tensor | None:
    new = aten.empty.memory_format(size, **options)
    return mode.fill(new, generator, Uniform, 0.0, 1.0)


def _randn(
    mode: _Acceleration, size: list[int], *, generator: Any = None, **options: Any
) -> torch.Tensor | None:
    new = aten.empty.memory_format(size, **options)
    return mode.fill(new, generator, Normal, 0.0, 1.0)


def _normal(
    mode: _Acceleration,
    mean: float,
    std: float,
    size: list[int],
    *,
    generator: Any = None,
    **options: Any,
) -> torch.Tensor | None:
    new = aten.empty.memory_format(size, **options)
    return mode.fill(new, generator, Normal, mean, std)


def _rand_like(
    mode: _Acceleration, tensor: Any, *, generator: Any = None, **options: Any
) -> torch.Tensor | None:
    return mode.fill(aten.empty_like.default(tensor, **options), generator, Uniform, 0.0, 1.0)


def _randn_like(
    mode: _Acceleration, tensor: Any, *, generator: Any = None, **options: Any
) -> torch.Tensor | None:
    return mode.fill(aten.empty_like.default(tensor, **options), generator, Normal, 0.0, 1.0)


#: What is caught, and what makes it. A new tensor that is not ours, such as one on another device,
#: is dropped before a page of it is touched, and made by PyTorch.
CAUGHT: dict[Any, Callable[..., torch.Tensor | None]] = {
    aten.uniform_.default: _uniform_,
    aten.normal_.default: _normal_,
    aten.rand.default: _rand,
    aten.rand.generator: _rand,
    aten.randn.default: _randn,
    aten.randn.generator: _randn,
    aten.normal.float_float: _normal,
    aten.rand_like.default: _rand_like,
    aten.rand_like.generator: _rand_like,
    aten.randn_like.default: _randn_like,
    aten.randn_like.generator: _randn_like,
}


_INNER = "_no_grad_trunc_normal_"


def _hook(original: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return what ``trunc_normal_`` calls while any thread is in an acceleration."""

    def trunc_normal_(
        tensor: torch.Tensor,
        mean: float,
        std: float,
        a: float,
        b: float,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        modes = _get_current_dispatch_mode_stack()
        top = modes[-1] if modes else None
        if isinstance(top, _Acceleration) and _all_ours(modes):
            fill = prepare_truncated(tensor, generator, mean, std, a, b, caught=True)
            if fill is not None:
                return fill.write(*top.address(generator))
        return original(tensor, mean, std, a, b, generator=generator)

    return trunc_normal_


class _TruncatedNormals:
    """Puts the hook in place while any thread has entered it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._original = getattr(torch_init, _INNER)
                self._hook = _hook(self._original)
                setattr(torch_init, _INNER, self._hook)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            # Someone who has replaced it meanwhile calls the hook, which then passes all on.
            if self._users == 0 and getattr(torch_init, _INNER) is self._hook:
                setattr(torch_init, _INNER, self._original)


_truncated_normals = _TruncatedNormals()


@contextmanager
def accelerate(seed: int | Generator | None = None) -> Iterator[None]:
    """Make the random fills of this thread by fastinit: in a ``with`` block, or as a decorator.

    Parameters
    ----------
    seed : int or fastinit.Generator, optional
        In [0, 2**64): each fill takes the next stream of `fastinit.Generator` of this seed, 2**63,
        2**63 + 1 and so on, in the order of the fills. By default each fill draws a 64-bit seed
        from PyTorch's generator, so that `torch.manual_seed` governs, and has stream 0.

    Raises
    ------
    TypeError, ValueError
        If `seed` is none of these, on entering.

    Notes
    -----
    Caught are ``uniform_`` and ``normal_``, whoever calls them, ``torch.nn.init.trunc_normal_``,
    and ``torch.rand``, ``randn``, ``normal(mean, std, size)``, ``rand_like`` and ``randn_like``. A
    fill with a generator of its own draws its seed from that. Other random operations
    (permutations, dropout, integers), and fills of tensors that are not floating-point ones in
    the CPU's memory, are PyTorch's: `torch.manual_seed` governs them.
    """
    source = seed if seed is None or isinstance(seed, Generator) else Generator(seed)
    with _truncated_normals, _Acceleration(source):
        yield
