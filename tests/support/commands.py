"""A command as a user gives it, in the tests' own process."""

from __future__ import annotations

from fastinit.__main__ import main


def status_of(*arguments):
    """Return main's status, argparse's own exits included."""
    try:
        return main([str(each) for each in arguments])
    except SystemExit as error:
        return error.code
