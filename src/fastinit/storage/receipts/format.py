"""The JSON text of a receipt, read as hostile input.

Guarantees: what `read_content` returns has the types, ranges and digests that `Receipt.to_json`
writes. All other text raises ReceiptError. Each value is compared with what is expected before
anything is made from it, so the cost is proportional to the length of the text, whatever sizes the
text claims.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass, fields
from reprlib import repr as short
from typing import Any

from fastinit._random.addressing import check_contract
from fastinit._support.strict_json import loads
from fastinit.storage.blocks.block_stats import CHECKSUMS, Statistics, digest_of
from fastinit.storage.errors import ReceiptError, shortened
from fastinit.storage.formats.shapes import LARGEST_LENGTH
from fastinit.weight import Weight

RECEIPT_VERSION = 2
#: The longest receipt that is read, in bytes: that of 80 TB with SHA-256, or of 400 TB with CRC-32.
LONGEST_RECEIPT = 400_000_000
#: The shortest length of a block: one element of every dtype.
LEAST_BLOCK_BYTES = 8
#: The key of the digest of all other keys.
OWN_DIGEST = "receipt_digest"
RECEIPT_KEYS = frozenset(
    (
        "receipt_version fastinit file bytes checksum block_bytes digest weights " + OWN_DIGEST
    ).split()
)
WEIGHT_KEYS = frozenset(["formula", "statistics", "digest", "blocks"])
STATISTICS_KEYS = frozenset(each.name for each in fields(Statistics))


@dataclass(frozen=True, slots=True)
class Content:
    """The contents of a receipt; each weight with its statistics and checksums."""

    file: str
    nbytes: int
    version: str
    checksum: str
    block_bytes: int
    digest: str
    weights: list[tuple[Weight, Statistics | None, tuple[str, ...]]]


def block_count(weight: Weight, block_bytes: int) -> int:
    """Return the number of blocks of a weight."""
    return -(-weight.size // (block_bytes // weight.dtype.itemsize))


def read_content(text: str) -> Content:
    """Return the contents of a receipt. Its `digest` is still to be compared.

    Raises
    ------
    ReceiptError
        If the text is not a receipt, or is damaged.
    ValueError
        If its formulas follow another version of the contract.
    """
    try:
        given = loads(text)
    except (ValueError, TypeError) as error:
        raise ReceiptError(f"not a receipt of fastinit ({shortened(error)})") from None
    if not isinstance(given, dict) or "receipt_version" not in given:
        raise ReceiptError("not a receipt of fastinit (it has no receipt_version)")
    _check_version(given["receipt_version"])
    try:
        return _content_of_json(given)
    except _DamageError as error:
        raise ReceiptError(f"the receipt is damaged: {error}") from None


class _DamageError(ValueError):
    """A receipt that `to_json` cannot have written."""


def _check_version(version: object) -> None:
    if type(version) is int and version == RECEIPT_VERSION:
        return
    older = type(version) is int and 0 < version < RECEIPT_VERSION
    advice = "; make the receipt again: fastinit receipt FILE --force" if older else ""
    raise ReceiptError(
        f"receipt version {short(version)} is not supported, expected {RECEIPT_VERSION}{advice}"
    )


def digest_of_content(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a receipt in canonical form, without the digest itself."""
    others = {key: value for key, value in content.items() if key != OWN_DIGEST}
    text = json.dumps(others, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content_of_json(given: dict[str, Any]) -> Content:
    """Return the contents in a JSON object, or raise _DamageError."""
    _check_keys(given, RECEIPT_KEYS, "it")
    try:
        own = digest_of_content(given)
    except (ValueError, RecursionError):  # an infinity that was written in digits; deep nesting
        raise _DamageError("it has a value that no receipt has") from None
    if given[OWN_DIGEST] != own:
        raise _DamageError(f"its {OWN_DIGEST} does not match its contents")
    file, version, checksum = (_text(given, key) for key in ("file", "fastinit", "checksum"))
    if not file or file in (".", "..") or "/" in file or "\0" in file:
        raise _DamageError(f"file must be a name without a directory, got {short(file)}")
    if checksum not in CHECKSUMS:
        raise _DamageError(f"checksum must be one of {', '.join(CHECKSUMS)}, got {short(checksum)}")
    nbytes = _length(given, "bytes", 0)
    block_bytes = _length(given, "block_bytes", LEAST_BLOCK_BYTES)
    if not isinstance(given["weights"], list):
        raise _DamageError("weights must be a list")
    weights = [_weight_of_json(each, checksum, block_bytes) for each in given["weights"]]
    if len({weight.name for weight, *_ in weights}) < len(weights):
        raise _DamageError("two weights have the same name")
    if nbytes < (total := sum(weight.nbytes for weight, *_ in weights)):
        raise _DamageError(f"the file has {nbytes:,} bytes, but its weights have {total:,}")
    digest = _text(given, "digest")
    return Content(file, nbytes, version, checksum, block_bytes, digest, weights)


def _weight_of_json(
    entry: Any, checksum: str, block_bytes: int
) -> tuple[Weight, Statistics | None, tuple[str, ...]]:
    if not isinstance(entry, dict):
        raise _DamageError(f"a weight must be an object, got {short(entry)}")
    _check_keys(entry, WEIGHT_KEYS, "a weight")
    weight = _formula_of_json(entry["formula"])
    blocks, count = entry["blocks"], block_count(weight, block_bytes)
    if not isinstance(blocks, list) or len(blocks) != count:
        found = len(blocks) if isinstance(blocks, list) else short(blocks)
        raise _DamageError(
            f"{short(weight.name)} must have one checksum for each of its {count:,} blocks, "
            f"got {found}"
        )
    form = re.compile(f"[0-9a-f]{{{len(CHECKSUMS[checksum]().hexdigest())}}}")
    if wrong := [each for each in blocks if not (isinstance(each, str) and form.fullmatch(each))]:
        raise _DamageError(f"a checksum of {checksum} is in hexadecimal, got {short(wrong[0])}")
    if digest_of(blocks) != entry["digest"]:
        raise _DamageError(
            f"the digest of {short(weight.name)} does not match the checksums of its blocks"
        )
    return weight, _statistics_of_json(entry["statistics"], weight), tuple(blocks)


def _formula_of_json(formula: Any) -> Weight:
    """Return a weight. Another version of the contract is no damage, but a ValueError."""
    if not isinstance(formula, dict):
        raise _DamageError(f"a formula must be an object, got {short(formula)}")
    if type(version := formula.get("contract_version")) is int:
        check_contract(version, "the formula")
    try:
        return Weight.from_json(json.dumps(formula))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _DamageError(shortened(error)) from None


def _statistics_of_json(given: Any, weight: Weight) -> Statistics | None:
    if weight.size == 0 and given is None:
        return None
    if weight.size == 0 or not isinstance(given, dict):
        raise _DamageError(f"{short(weight.name)} must have statistics if it has elements")
    _check_keys(given, STATISTICS_KEYS, "statistics")
    if any(type(each) is not float or not math.isfinite(each) for each in given.values()):
        raise _DamageError(f"the statistics of {short(weight.name)} must be finite numbers")
    found = Statistics(**given)
    if found.std < 0 or found.min > found.max:
        raise _DamageError(f"the statistics of {short(weight.name)} contradict each other")
    return found


def _check_keys(given: dict[str, Any], expected: frozenset[str], what: str) -> None:
    if given.keys() != expected:
        names, found = ", ".join(sorted(expected)), shortened(", ".join(sorted(given)) or "none")
        raise _DamageError(f"{what} must have the keys {names}, got {found}")


def _text(given: dict[str, Any], key: str) -> str:
    if not isinstance(value := given[key], str):
        raise _DamageError(f"{key} must be a string, got {short(value)}")
    return value


def _length(given: dict[str, Any], key: str, least: int) -> int:
    value = given[key]
    if type(value) is not int or not least <= value <= LARGEST_LENGTH:
        raise _DamageError(f"{key} must be an integer in [{least}, 2**63), got {short(value)}")
    return value
