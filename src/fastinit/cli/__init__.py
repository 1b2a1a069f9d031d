"""The commands: each module adds the parser of its command and runs it with the parsed options.

A command returns an exit status; `__main__` handles errors. The library does the work, so a Python
program can do the same in as few lines. `formula` reads the formula of a weight from options,
`sets` writes many weights, `output` prints.
"""

from . import clean, compare, completion, create, demo, diff, info, receipt, schemes, verify
from .bench import command as bench
from .plot import command as plot

#: In the order of the help text.
COMMANDS = (
    create,
    verify,
    receipt,
    compare,
    diff,
    info,
    schemes,
    clean,
    plot,
    bench,
    demo,
    completion,
)

__all__ = ["COMMANDS"]
