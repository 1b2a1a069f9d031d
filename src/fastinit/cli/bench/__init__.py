"""How fast this machine is: fills of one warm memory, each by the best of several rounds.

The floors: `fills` (what is measured: memset, fastinit, NumPy, PyTorch), `rounds` (how it is timed)
and `measurement` (what comes out, and its ratios).
"""
