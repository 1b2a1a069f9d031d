"""How many threads a fill of PyTorch's tensors may use: PyTorch's number, or what the user said.

Promises: `OMP_NUM_THREADS` (which torchrun sets to 1) and `torch.set_num_threads` are obeyed.
"""

from __future__ import annotations

import torch

from fastinit._engine.threads import check_threads, chosen_num_threads, usable_cpus


def num_threads(threads: int | None = None) -> int:
    """Return how many threads a large fill may use.

    Parameters
    ----------
    threads : int, optional
        What the caller gave; at least 1.

    Returns
    -------
    int
        `threads`; without it, what `fastinit.set_num_threads` or FASTINIT_NUM_THREADS set; without
        either, `torch.get_num_threads()`, and no more than the CPUs that this process may use.

    Raises
    ------
    TypeError, ValueError
        If `threads` is not a positive integer.
    """
    if threads is not None:
        return check_threads(threads)
    chosen = chosen_num_threads()
    return min(torch.get_num_threads(), usable_cpus()) if chosen is None else chosen
