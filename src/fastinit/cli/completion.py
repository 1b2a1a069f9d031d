"""Completion in a shell: the words that may follow, and the command that prints a shell's code.

argcomplete does the work, for bash, zsh and fish. The shell runs the program at each completion,
with variables that say what has been typed. So the words are always those of this version.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastinit._support.extras import require

from .output import add_command, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

SHELLS = ("bash", "zsh", "fish")
#: A shell sets this variable when it asks for words.
ASKED = "_ARGCOMPLETE"


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "completion",
        "print the code that lets a shell complete commands, options and names",
        [
            "bash",
            "fish",
        ],
        "Print the code that lets a shell complete the commands, options, schemes and dtypes of "
        'fastinit. Put eval "$(fastinit completion bash)" into ~/.bashrc, the same with zsh into '
        "~/.zshrc, or fastinit completion fish | source into ~/.config/fish/config.fish.",
    )
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the code for a shell."""
    code = require("argcomplete", "cli").shellcode(["fastinit"], shell=options.shell)
    for line in code.splitlines():
        say(line)
    return 0


def complete(parser: argparse.ArgumentParser) -> None:
    """If a shell asks for the words that may follow, answer it and end the program."""
    if ASKED in os.environ:
        require("argcomplete", "cli").autocomplete(parser)


def completed_by(action: argparse.Action, words: Iterable[str]) -> None:
    """Let a shell complete the value of an option, or an argument, to one of some words."""
    known = list(words)
    completed_with(action, lambda _: known)


def completed_with(
    action: argparse.Action, words_of: Callable[[argparse.Namespace], Iterable[str]]
) -> None:
    """Do the same with words that follow from the options before."""

    def words(*, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
        return list(words_of(parsed_args))

    # argcomplete looks for it there.
    action.completer = words  # type: ignore[attr-defined]
