"""The errors of files that cannot be read, or that do not say what they hold."""

from __future__ import annotations

import errno


class FileFormatError(ValueError):
    """A file is damaged, or does not have the format that its name says."""


class ReceiptError(FileFormatError):
    """A file is not a receipt, or a receipt that is damaged or has another version.

    It says nothing about the file beside it, which may be right.
    """


class NoFormulaError(ValueError):
    """A file contains no formula, and the caller gave none.

    Parameters
    ----------
    what : str
        The file, and what it lacks.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what}; pass the Weight that it should hold"


#: The longest text of an error about a formula, in characters.
LONGEST_PROBLEM = 300


def shortened(error: object) -> str:
    """Return the text of an error, which may quote a whole file, at a length that can be read."""
    return str(error)[:LONGEST_PROBLEM]


def exists(path: object, reason: str = "exists") -> FileExistsError:
    """Return the error for a file, a directory or an object that must not be replaced."""
    return FileExistsError(errno.EEXIST, f"{reason}; to replace it, pass force=True", str(path))
