"""The command that lists the schemes: their formulas, options and sources."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import fastinit
from fastinit._schemes.choices import FIXED, STRUCTURED
from fastinit._schemes.distributions import CONSTANTS
from fastinit._schemes.scheme_functions import signature_of
from fastinit._schemes.schemes import FANS, SCHEMES, reader_of
from fastinit._schemes.spelling import BY_FUNCTION
from fastinit._support.checks import check_choice

from .completion import completed_by
from .output import BOLD, add_command, print_json, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Iterable

#: The names that can be described.
KNOWN = (*SCHEMES, *CONSTANTS, *BY_FUNCTION, *STRUCTURED, *FIXED)
#: Parameters of the functions that are no options of a scheme.
ADDRESS = ("shape", "dtype", "seed", "stream", "offset", "threads")


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "schemes",
        "list the schemes with their formulas and options",
        [
            "",
            "mup",
        ],
    )
    name = parser.add_argument(
        "name", nargs="?", metavar="NAME", help="show the whole description of this scheme"
    )
    completed_by(name, KNOWN)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the list, or the description of one scheme."""
    if options.name is not None:
        check_choice(options.name, "NAME", KNOWN)
    if options.json:
        groups = _by_function(KNOWN)
        chosen = {
            first: others
            for first, others in groups.items()
            if options.name in (None, first, *others)
        }
        print_json({"schemes": [_facts(*group) for group in chosen.items()]})
    elif options.name is None:
        _print_list()
    else:
        for line in (inspect.getdoc(getattr(fastinit, options.name)) or "").splitlines():
            say(line)
    return 0


def _by_function(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the first name of each function, with its other names."""
    groups: dict[Any, list[str]] = {}
    for name in names:
        groups.setdefault(SCHEMES.get(name) or getattr(fastinit, name), []).append(name)
    return {first: others for first, *others in groups.values()}


def _formula(name: str) -> str:
    """Return the first line of a docstring, without the verb."""
    summary = (inspect.getdoc(getattr(fastinit, name)) or "").partition("\n")[0]
    text = summary.removeprefix("Return a new ").removeprefix("weight: ").replace("`", "")
    return text if name in SCHEMES else text[:1].upper() + text[1:]


def _options(name: str) -> list[inspect.Parameter]:
    if name in SCHEMES:
        return signature_of(SCHEMES[name]).options
    parameters = inspect.signature(getattr(fastinit, name)).parameters.values()
    return [each for each in parameters if each.name not in ADDRESS]


def _is_required(option: inspect.Parameter) -> bool:
    return option.default is option.empty


def _facts(name: str, others: list[str]) -> dict[str, Any]:
    """Return what a program may want to know of a scheme."""
    options = _options(name)
    return {
        "name": name,
        "other_names": others,
        "formula": _formula(name),
        "whole_weights_only": name in STRUCTURED or name in FIXED,
        "required": [each.name for each in options if _is_required(each)],
        "defaults": {each.name: each.default for each in options if not _is_required(each)},
    }


def _print_list() -> None:
    of_fans = [name for name in _by_function(SCHEMES) if reader_of(SCHEMES[name]) is FANS]
    common = _options_of_fans()
    for name, others in _by_function(SCHEMES).items():
        _print_scheme(name, others, without=common if name in of_fans else ())
    say(f"{', '.join(of_fans[:-1])} and {of_fans[-1]} also have these options:")
    say(f"    {_listed(each for each in _options(of_fans[0]) if each.name in common)}")
    say("")
    say("Distributions, with their parameters:")
    for function, kind in BY_FUNCTION.items():
        say(f"    {function}:{','.join(each.name.upper() for each in fields(kind))}")
    say(f"    {', '.join(CONSTANTS)}")
    say("")
    say("These make whole weights only. They are for Python, not for files:")
    say("")
    for name, others in _by_function([*STRUCTURED, *FIXED]).items():
        _print_scheme(name, others)
    say("'fastinit schemes NAME' shows the whole description, with the source.")


def _options_of_fans() -> frozenset[str]:
    return signature_of(SCHEMES["variance_scaling"]).of_shape


def _print_scheme(name: str, others: list[str], without: Collection[str] = ()) -> None:
    say("", head=" = ".join([name, *others]), style=BOLD)
    say(f"    {_formula(name)}")
    if options := [each for each in _options(name) if each.name not in without]:
        say(f"    options: {_listed(options)}")
    say("")


def _listed(options: Iterable[inspect.Parameter]) -> str:
    return ", ".join(
        f"{each.name} (required)"
        if _is_required(each)
        else each.name
        if each.default is None
        else f"{each.name}={each.default}"
        for each in options
    )
