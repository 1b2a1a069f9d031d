from collections.abc import Callable
from typing import Any

import torch

from fastinit._engine.kernel_arguments import Law
from fastinit._random.streams import StreamSource

from .active import Acceleration
from .counts import AccelerationReport

def fill_by_pytorch(
    tensor: torch.Tensor,
    is_uniform: bool,
    first: float,
    second: float,
    generator: torch.Generator | None,
) -> None: ...
def is_small(tensor: torch.Tensor, small: int) -> bool: ...

class SmallFill:
    def __init__(
        self, names: dict[str, Any], public: Any, inner: Any, is_uniform: bool
    ) -> None: ...
    def fill(
        self,
        tensor: torch.Tensor,
        first: float,
        second: float,
        generator: torch.Generator | None,
        small: int,
    ) -> bool: ...

class UniformFill:
    version: int
    address: tuple[int, int]
    low: float
    high: float
    def tensor(self) -> torch.Tensor | None: ...

def uniform_fill(
    tensor: torch.Tensor, version: int, address: tuple[int, int], low: float, high: float
) -> UniformFill: ...

class AccelerationState:
    source: StreamSource | None
    report: AccelerationReport
    truncated: tuple[float, float, float, float] | None
    last_uniform: UniformFill | None
    forked: bool
    in_process_group: bool

#: Its attribute `acceleration` is that of the running thread.
thread: Any

class FillKernel:
    def __init__(
        self,
        below: Callable[..., Any],
        law: Callable[[torch.dtype, float, float], Law | None],
        general: Callable[
            [Acceleration, torch.Tensor, float, float, torch.Generator | None], object
        ],
        is_uniform: bool,
    ) -> None: ...
    def __call__(
        self,
        tensor: torch.Tensor,
        first: float = 0.0,
        second: float = 1.0,
        *,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor: ...
    def fill_directly(self, tensor: torch.Tensor, first: object, second: object) -> bool: ...

def place_of(tensor: torch.Tensor) -> object | None: ...
def are_apart(tensors: list[torch.Tensor]) -> bool: ...

class ParameterFill:
    may_refuse: bool
    def carry_out(self) -> None: ...

class ParameterFills:
    def __init__(self, seed: int) -> None: ...
    def remember(self, scheme: object, tensor: torch.Tensor, law: Law) -> None: ...
    def fill_of(self, tensor: torch.Tensor, scheme: object, name: str) -> ParameterFill | None: ...

def exchange(
    attributes: dict[str, Any], present: dict[str, Any], other: dict[str, Any]
) -> bool: ...
