"""The commands: each module adds its parser, and runs with the parsed arguments.

A command returns an exit status; errors are left to `__main__`. The library does the work: nothing
here that a Python program could not say in as few words. `formula` reads a weight's formula from
options, `sets` writes many weights, `output` prints.
"""

from . import compare, create, demo, info, verify
from .bench import command as bench
from .plot import command as plot

#: In the order in which the help lists them.
COMMANDS = (create, verify, compare, info, plot, bench, demo)

__all__ = ["COMMANDS"]
