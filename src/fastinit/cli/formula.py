"""The options that define a formula, for `create`, `verify`, `receipt` and `plot`.

``--seed`` is 0 by default, ``--name`` the stem of the file. The commands print both.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._schemes.distributions import CONSTANTS
from fastinit._schemes.resolution import check_options, names_of_options
from fastinit._schemes.schemes import SCHEMES
from fastinit._schemes.spelling import BY_FUNCTION, SPELLINGS, scheme_of_text
from fastinit.storage.targets import INDEX_SUFFIX, SUFFIXES, ZARR
from fastinit.weight import Weight

from .choices import dtype_of
from .completion import completed_by, completed_with
from .numbers import integer

if TYPE_CHECKING:
    from fastinit._schemes.distributions import Scheme

#: The seed by default.
SEED = 0
#: The words that --scheme can begin with.
WORDS_OF_SCHEMES = (*SCHEMES, *CONSTANTS, *(f"{name}:" for name in BY_FUNCTION))
#: How an option of a scheme is written.
OPTION = "--option {}={}"
#: The name of a weight that is not in a file.
NAME_WITHOUT_FILE = "weight"


def shape_of(text: str) -> tuple[int, ...]:
    """Read a shape, such as 1000x64."""
    try:
        lengths = tuple(int(length) for length in text.replace(",", "x").split("x"))
        if min(lengths) >= 0:
            return lengths
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"expected lengths such as 1000x64, got {text!r}")


def scheme_of(text: str) -> Scheme:
    """Read the name of a scheme, or a distribution, such as normal:0,0.02."""
    try:
        return scheme_of_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


#: Python writes in upper case what JSON writes in lower case.
BOOLS = {"True": True, "False": False}


def option_of(text: str) -> tuple[str, Any]:
    """Read an option of a scheme, such as layout=keras.

    The value is JSON, True or False as in Python, or else a string.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE such as layout=keras, got {text!r}")
    if value in BOOLS:
        return name, BOOLS[value]
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def add_formula(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the options that define a formula."""
    group = parser.add_argument_group("formula")
    group.add_argument("--shape", type=shape_of, required=required,
                       help="the shape of the whole tensor, such as 1000x64")  # fmt: skip
    scheme = group.add_argument("--scheme", type=scheme_of, required=required,
                                help=f"a scheme or a distribution: {SPELLINGS}")  # fmt: skip
    completed_by(scheme, WORDS_OF_SCHEMES)
    group.add_argument("--seed", type=integer, required=required,
                       help=f"an integer from 0 to 2**64 - 1; by default {SEED}")  # fmt: skip
    group.add_argument("--name", required=required,
                       help="the name of the parameter, which selects its stream; by default the "
                       "name of the file, without its suffix")  # fmt: skip
    dtype = group.add_argument("--dtype", type=dtype_of, metavar="DTYPE",
                               help=f"{', '.join(FLOAT_DTYPES)}; or in short bf16, fp16, fp32, "
                               "fp64; by default float32")  # fmt: skip
    completed_by(dtype, FLOAT_DTYPES)
    group.add_argument("--padding-idx", type=integer, metavar="ROW",
                       help="the row that is all zeros")  # fmt: skip
    option = group.add_argument("--option", type=option_of, action="append", default=[],
                                metavar="KEY=VALUE",
                                help="an option of the scheme, such as layout=keras; "
                                "may be repeated")  # fmt: skip
    completed_with(option, options_of_scheme)


def options_of_scheme(options: argparse.Namespace) -> list[str]:
    """Return the beginnings of the options of the scheme that was given before."""
    if options.scheme not in SCHEMES:
        return []
    return [f"{name}=" for name in sorted(names_of_options(options.scheme))]


def is_formula_given(options: argparse.Namespace, *, by_name: bool) -> bool:
    """Say whether any option of a formula is set; `by_name` says whether --name counts."""
    asked = [options.shape, options.scheme, options.seed, options.padding_idx]
    if by_name:
        asked.append(options.name)
    return bool(options.option) or any(each is not None for each in asked)


def formula(options: argparse.Namespace) -> Weight:
    """Return the weight that the options describe, or raise ValueError."""
    name = stem_of(options.path) if options.name is None else options.name
    given = {"shape": options.shape, "scheme": options.scheme, "name": name}
    missing = [f"--{each}" for each, value in given.items() if value is None]
    if name is None or missing:
        raise ValueError(f"a formula also needs {', '.join(missing)}")
    check_options(options.scheme, dict(options.option), OPTION)
    try:
        return Weight(
            options.shape,
            options.scheme,
            seed=SEED if options.seed is None else options.seed,
            name=name,
            dtype=options.dtype or "float32",
            padding_idx=options.padding_idx,
            **dict(options.option),
        )
    except (ValueError, TypeError) as error:
        raise ValueError(str(error).replace("padding_idx", "--padding-idx")) from error


def stem_of(path: str | None) -> str | None:
    """Return the name that a weight has by default: that of its file without the suffix."""
    if path is None:
        return NAME_WITHOUT_FILE
    # Also of a URL; a slash at the end says that the path is a directory.
    name = path.rstrip("/").removesuffix(INDEX_SUFFIX).rpartition("/")[2]
    for suffix in (*SUFFIXES, ZARR):
        name = name.removesuffix(suffix)
    return name if name.strip(".") else None


def defaults_in_words(options: argparse.Namespace, weight: object) -> str:
    """Return the defaults that the formula of the options has, if it has any."""
    if not isinstance(weight, Weight):
        return ""
    taken = [] if options.seed is not None else [f"--seed {weight.seed}"]
    taken += [] if options.name is not None else [f"--name {weight.name}"]
    return f" (by default, {' '.join(taken)})" if taken else ""
