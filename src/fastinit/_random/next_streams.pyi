from threading import RLock
from typing import Any, TypeVar

_Kind = TypeVar("_Kind", bound=type[Any])

FIRST_STREAM: int
COUNT: int
LAST_STREAM: int
lock: RLock

def have_numbers(kind: _Kind) -> _Kind: ...
def have_bit_generator(kind: _Kind) -> _Kind: ...
def next_address(source: object) -> tuple[int, int]: ...
