"""What a peer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cases import Kind

BENCH = "pip install 'fastinit-sampler[bench]'"


@dataclass(frozen=True)
class Peer:
    """One way to fill an array with a library.

    Parameters
    ----------
    name : str
        In the tables.
    module : str
        What must be installed, as it is imported and as its distribution is called.
    kinds, dtypes : list
        What it can fill.
    prepare : function
        (kind, array) -> a call without arguments that fills the array, or an array of the
        library's own with as many elements where the library cannot write into the caller's.
    threads : int, default 1
        How many it uses.
    install : str
        The command that installs it.
    """

    name: str
    module: str
    kinds: list[Kind]
    dtypes: list[str]
    prepare: Callable[[Kind, np.ndarray], Callable[[], Any]]
    threads: int = 1
    install: str = BENCH
