"""The number of threads for fills of PyTorch tensors: that of PyTorch, unless the user sets one.

Promises: `OMP_NUM_THREADS` (which torchrun sets to 1) and `torch.set_num_threads` take effect.
"""

from __future__ import annotations

import torch

from fastinit._engine.threads import check_threads, chosen_num_threads, usable_cpus


def num_threads(threads: int | None = None) -> int:
    """Return how many threads a large fill may use.

    Parameters
    ----------
    threads : int, optional
        The number that the caller gave, at least 1.

    Returns
    -------
    int
        `threads`, if given. Otherwise the number that `fastinit.set_num_threads` or
        FASTINIT_NUM_THREADS set. If neither is set, `torch.get_num_threads()`, limited to the CPUs
        that this process may use.

    Raises
    ------
    TypeError, ValueError
        If `threads` is not a positive integer.
    """
    if threads is not None:
        return check_threads(threads)
    chosen = chosen_num_threads()
    return min(torch.get_num_threads(), usable_cpus()) if chosen is None else chosen
