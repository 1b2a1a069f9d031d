from threading import RLock
from typing import Any, TypeVar

Kind = TypeVar("Kind", bound=type[Any])

FIRST_STREAM: int
COUNT: int
LAST_STREAM: int
lock: RLock

def have_numbers(kind: Kind) -> Kind: ...
def have_bit_generator(kind: Kind) -> Kind: ...
def next_address(source: object) -> tuple[int, int]: ...
