"""Read a configuration: the definitions of several weights by name, with defaults.

The name of a table is its stream. So the values of a table stay the same if other tables are added,
removed or reordered. Errors name the file, the table and the key.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fastinit._random.streams import StreamSource
from fastinit._schemes.resolution import check_options
from fastinit._schemes.spelling import scheme_of_text
from fastinit._support import strict_json
from fastinit._support.checks import as_real
from fastinit._support.extras import require
from fastinit._support.suggestions import did_you_mean
from fastinit.weight import Weight

from .regular_file import read_regular
from .targets import as_path

#: The longest configuration that is read, in bytes.
LONGEST_CONFIG = 100_000_000

#: Short names of dtypes, as configurations of frameworks and safetensors spell them. `float` is not
#: one: it has 32 bits in PyTorch and 64 in NumPy.
SHORT_DTYPES = {
    "bf16": "bfloat16",
    "fp16": "float16",
    "f16": "float16",
    "half": "float16",
    "fp32": "float32",
    "f32": "float32",
    "single": "float32",
    "fp64": "float64",
    "f64": "float64",
    "double": "float64",
}

#: The keys that the defaults and a table may have.
DEFAULT_KEYS = ("seed", "scheme", "options", "dtype", "padding_idx")
TABLE_KEYS = ("shape", *DEFAULT_KEYS)


def read_config(
    path: str | os.PathLike[str],
    *,
    scale: float = 1.0,
    seed: int | StreamSource | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> list[Weight]:
    """Return the weights of a configuration, in its order.

    Parameters
    ----------
    path : str or path
        A ``.yaml``, ``.yml``, ``.json`` or ``.toml`` file, or its URL. ``tables`` maps each name to
        a ``shape`` and, optionally, ``seed``, ``scheme``, ``options``, ``dtype`` and
        ``padding_idx``; ``defaults`` gives defaults of the optional keys. A table that names a
        scheme ignores the default options. A scheme is a name, or a distribution as the command
        line spells it.
    scale : float, default 1.0
        Multiplies the number of rows of each table, but keeps at least one row. The result is a
        small table of the same kind, with its own fans and values.
    seed : int or Generator, optional
        Replaces the default seed. Of a generator only the seed is used, because the names of the
        tables are their streams.
    storage_options : mapping of str to object, optional
        Passed to fsspec if the path is a URL: endpoint, credentials, and so on.

    Returns
    -------
    list of Weight
        One for each table.

    Raises
    ------
    ValueError
        If something is unknown, missing, named twice, or invalid for a weight.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> table = {"shape": [1000, 64], "scheme": "embedding_uniform", "seed": 0}
    >>> text = json.dumps({"tables": {"user_id": table}})
    >>> _ = Path("tables.json").write_text(text)
    >>> fastinit.read_config("tables.json")
    [Weight((1000, 64), 'embedding_uniform', seed=0, name='user_id', dtype='float32')]
    >>> fastinit.read_config("tables.json", scale=0.01, seed=7)
    [Weight((10, 64), 'embedding_uniform', seed=0, name='user_id', dtype='float32')]
    """
    where, factor = as_path(path, storage_options), _as_scale(scale)
    try:
        given = _read(where)
        _check_keys(given, ("defaults", "tables"), "")
        defaults = _mapping(given.get("defaults", {}), "defaults")
        _check_keys(defaults, DEFAULT_KEYS, "defaults: ")
        if seed is not None:
            defaults = {**defaults, "seed": seed}
        if "tables" not in given:
            raise ValueError("the key 'tables' is missing")  # noqa: TRY301 - the file is added below
        tables = _mapping(given["tables"], "tables")
        if not tables:
            raise ValueError("'tables' has no table")  # noqa: TRY301
        return [_weight(name, each, defaults, factor) for name, each in tables.items()]
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where}: {error}") from error


def _as_scale(scale: object) -> float:
    factor = as_real(scale, "scale")
    if factor <= 0:
        raise ValueError(f"scale must be above 0, got {scale}")
    return factor


def _weight(name: object, given: object, defaults: dict[Any, Any], scale: float) -> Weight:
    if not isinstance(name, str):
        raise TypeError(f"tables: a name must be a string, got {name!r}; write it in quotes")
    place = f"table {name!r}: "
    table = _mapping(given, f"table {name!r}")
    _check_keys(table, TABLE_KEYS, place)
    found = {**defaults, **table}
    options = {} if "scheme" in table else _mapping(defaults.get("options", {}), "options")
    found["options"] = {**options, **_mapping(table.get("options", {}), f"{place}options")}
    if missing := [key for key in ("shape", "scheme", "seed") if key not in found]:
        where = "the table" if missing[0] == "shape" else "the table or in 'defaults'"
        raise ValueError(f"{place}{missing[0]!r} is missing; set it in {where}")
    if not isinstance(found["scheme"], str):
        raise TypeError(
            f"{place}scheme must be a string, such as he_normal or normal:0,0.02, "
            f"got {found['scheme']!r}"
        )
    if not isinstance(found["shape"], list):
        raise TypeError(f"{place}shape must be a list, such as [1000, 64], got {found['shape']!r}")
    if any(isinstance(length, bool) for length in found["shape"]):
        raise TypeError(f"{place}shape must be a list of integers, got {found['shape']!r}")
    dtype = found.get("dtype", "float32")
    if not isinstance(dtype, str):
        raise TypeError(f"{place}dtype must be a string, such as float32, got {dtype!r}")
    if unknown := [key for key in found["options"] if not isinstance(key, str)]:
        raise TypeError(f"{place}options: a name must be a string, got {unknown[0]!r}")
    try:
        scheme = scheme_of_text(found["scheme"])
        check_options(scheme, found["options"], "'{}: {}' in 'options'")
        return Weight(
            _scaled(found["shape"], scale),
            scheme,
            seed=found["seed"],
            name=name,
            dtype=SHORT_DTYPES.get(dtype.lower(), dtype),
            padding_idx=found.get("padding_idx"),
            **found["options"],
        )
    except (ValueError, TypeError) as error:
        raise ValueError(f"{place}{error}") from error


def _scaled(shape: list[Any], scale: float) -> list[Any]:
    if scale == 1.0 or not shape or not isinstance(shape[0], int) or shape[0] < 1:
        return shape
    return [max(1, math.floor(shape[0] * scale + 0.5)), *shape[1:]]


def _mapping(value: object, what: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{what} must map names to values, got {value!r}")
    return value


def _check_keys(given: Iterable[object], known: tuple[str, ...], place: str) -> None:
    for key in given:
        if key not in known:
            raise ValueError(
                f"{place}unknown key {key!r}, expected {', '.join(known)}{did_you_mean(key, known)}"
            )


def _read(path: Path) -> dict[Any, Any]:
    reader = READERS.get(path.suffix)
    if reader is None:
        raise ValueError(f"the name must end in {', '.join(READERS)}, got {path.suffix!r}")
    return _mapping(reader(read_regular(path, LONGEST_CONFIG).decode()), "the configuration")


def _read_toml(text: str) -> Any:
    try:
        import tomllib  # noqa: PLC0415 - from Python 3.11 on
    except ImportError:
        raise ImportError("TOML needs Python 3.11 or later; use YAML or JSON") from None
    return tomllib.loads(text)


def _read_yaml(text: str) -> Any:
    yaml = require("yaml", "config")

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        """PyYAML's loader, which here rejects repeated keys and reads 1e-3 as a number."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
            # Check before the keys of a merged mapping (<<) are added, which may be repeated here.
            counts = Counter(key.value for key, _ in node.value if isinstance(key.value, str))
            if repeated := [key for key, count in counts.items() if count > 1]:
                raise ValueError(f"the key {repeated[0]!r} appears twice")
            return super().construct_mapping(node, deep)

    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+$"),
        list("-+.0123456789"),
    )
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())  # PyYAML writes several lines
        raise ValueError(f"invalid YAML: {problem}") from None
    except RecursionError:
        raise ValueError("invalid YAML: it is nested too deeply") from None


#: The readers by suffix.
READERS: dict[str, Callable[[str], Any]] = {
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
    ".json": strict_json.loads,
    ".toml": _read_toml,
}
