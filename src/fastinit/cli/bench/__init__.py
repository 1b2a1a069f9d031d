"""Measure the speed of fills on this machine: the best of several rounds, in warm memory.

The modules, from the highest layer down: `fills` (the fills of memset, fastinit, NumPy and
PyTorch), `rounds` (timing) and `measurement` (results and their ratios).
"""
