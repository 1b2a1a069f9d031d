from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastinit._engine.kernel_arguments import Law

def use(common: bool) -> bool: ...

class CommonFill:
    def __init__(
        self,
        law: Callable[[np.dtype[Any], tuple[Any, ...], dict[str, Any]], Law],
        dtypes: tuple[str, ...],
    ) -> None: ...
    def fill(
        self,
        out: object,
        parameters: tuple[object, ...],
        seed: object,
        stream: object,
        offset: object,
        threads: object,
    ) -> bool: ...
    def fill_weight(
        self,
        out: object,
        options: dict[str, Any],
        seed: object,
        stream: object,
        offset: object,
        threads: object,
    ) -> bool: ...
    def new(
        self,
        shape: object,
        dtype: object,
        parameters: tuple[object, ...],
        seed: object,
        stream: object,
        offset: object,
        threads: object,
    ) -> NDArray[Any] | None: ...
    def draw(
        self,
        generator: object,
        size: object,
        given_dtype: object,
        out: object,
        parameters: tuple[object, ...],
    ) -> Any: ...
    def new_weight(
        self,
        shape: object,
        dtype: object,
        options: dict[str, Any],
        seed: object,
        stream: object,
        offset: object,
        threads: object,
    ) -> NDArray[Any] | None: ...

class CommonParts:
    law: Law
    stream: int
    def __init__(
        self,
        law: Law,
        seed: int,
        stream: int,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        has_other_rows: bool,
    ) -> None: ...
    def part(self, index: object) -> Any: ...
    def rows(self, ids: object, out: object) -> NDArray[Any] | None: ...

BITS: CommonFill
UNIFORM: CommonFill
NORMAL: CommonFill
TRUNCATED_NORMAL: CommonFill
