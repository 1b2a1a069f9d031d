"""Receipts: short descriptions of files that two machines can compare instead of the files.

A receipt has the formula, the mean, the standard deviation, the extremes and the block checksums of
each weight, and a digest of everything. It is the same on every machine, to the last digit. The
entry of a weight does not depend on the file that holds the weight. To compare a receipt with a
file, no formula is evaluated.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastinit._support.checks import check_choice
from fastinit._support.summaries import counted, html_table, sized
from fastinit.storage.atomic.small_files import write_small_file
from fastinit.storage.blocks import blocks as blocks_module
from fastinit.storage.blocks.block_stats import (
    CHECKSUMS,
    Statistics,
    Summary,
    digest_of,
    statistics_of,
)
from fastinit.storage.blocks.blocks import PAGE_BYTES
from fastinit.storage.errors import FileFormatError, ReceiptError
from fastinit.storage.formats.layout import formula_of
from fastinit.storage.regular_file import open_regular, read_regular
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.targets import as_path
from fastinit.weight import Weight

from .format import (
    LONGEST_RECEIPT,
    OWN_DIGEST,
    RECEIPT_VERSION,
    block_count,
    digest_of_content,
    read_content,
)

if TYPE_CHECKING:
    from fastinit.storage.formats.headers import Tensor
    from fastinit.storage.formats.layout import Layout


#: So many names of weights are shown in a notebook.
SHOWN = 8


def short(digest: str) -> str:
    """Return the first digits of a digest, for people."""
    return f"{digest[:12]}..."


@dataclass(frozen=True, slots=True, repr=False)
class WeightReceipt:
    """The entry of one weight in a receipt.

    Parameters
    ----------
    weight : Weight
        The formula.
    statistics : Statistics or None
        Mean, std, min and max of the values; None if the weight has no elements.
    blocks : tuple of str
        The checksums of the blocks, in C order.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> receipt = fastinit.save("user_id.npy", weight, receipt=True)
    >>> receipt.weights[0].statistics.max
    0.03162263333797455
    >>> receipt.weights[0].blocks
    ('69da118c',)
    """

    weight: Weight
    statistics: Statistics | None
    blocks: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the concatenated block checksums."""
        return digest_of(self.blocks)

    def __repr__(self) -> str:
        return (
            f"<WeightReceipt of {self.weight!r}: {counted(len(self.blocks), 'block')}, "
            f"digest {short(self.digest)}>"
        )

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        statistics = {} if self.statistics is None else asdict(self.statistics)
        return html_table(
            f"Receipt of the weight {self.weight.name!r}",
            [
                ("weight", repr(self.weight)),
                *statistics.items(),
                ("blocks", f"{len(self.blocks):,}"),
                ("digest", self.digest),
            ],
        )


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """A short description of what a file of weights holds.

    Parameters
    ----------
    file : str
        The name of the file, without its directory.
    nbytes : int
        The size of the file.
    version : str
        The version of fastinit that made it.
    checksum : str
        The kind of the block checksums: ``"crc32"`` or ``"sha256"``.
    block_bytes : int
        The length of every block of a weight except the last one.
    weights : tuple of WeightReceipt
        In the order of the file.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> receipt = fastinit.save("user_id.npy", weight, receipt=True)
    >>> receipt == fastinit.Receipt.read("user_id.npy.receipt.json")
    True
    >>> receipt.nbytes, receipt.checksum
    (256128, 'crc32')
    >>> bool(fastinit.verify("user_id.npy", receipt=receipt))
    True
    """

    file: str
    nbytes: int
    version: str
    checksum: str
    block_bytes: int
    weights: tuple[WeightReceipt, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the digests of the weights, in the order of their names."""
        ordered = sorted(self.weights, key=lambda each: each.weight.name)
        return digest_of(each.digest for each in ordered)

    def __repr__(self) -> str:
        return (
            f"<Receipt of {self.file!r}: {counted(len(self.weights), 'weight')}, "
            f"{counted(self.nbytes, 'byte')}, {self.checksum}, digest {short(self.digest)}>"
        )

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        names = [each.weight.name for each in self.weights]
        more = [f"and {len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
        return html_table(
            f"fastinit.Receipt of {self.file!r}",
            [
                ("weights", f"{len(names):,}: {', '.join([*names[:SHOWN], *more])}"),
                ("size", sized(self.nbytes)),
                ("checksums", f"{self.checksum}, of blocks of {self.block_bytes:,} bytes"),
                ("fastinit", self.version),
                ("digest", self.digest),
            ],
        )

    def to_json(self) -> str:
        """Return the receipt as JSON text.

        Returns
        -------
        str
            A JSON object. `from_json` reads it.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> receipt = fastinit.save("user_id.npy", weight, receipt=True)
        >>> fastinit.Receipt.from_json(receipt.to_json()) == receipt
        True
        """
        content = {
            "receipt_version": RECEIPT_VERSION,
            "fastinit": self.version,
            "file": self.file,
            "bytes": self.nbytes,
            "checksum": self.checksum,
            "block_bytes": self.block_bytes,
            "digest": self.digest,
            "weights": [
                {
                    "formula": json.loads(each.weight.to_json()),
                    "statistics": each.statistics and asdict(each.statistics),
                    "digest": each.digest,
                    "blocks": each.blocks,
                }
                for each in self.weights
            ],
        }
        return json.dumps({**content, OWN_DIGEST: digest_of_content(content)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """Return the receipt that `to_json` wrote.

        Parameters
        ----------
        text : str
            The text that `to_json` returned.

        Returns
        -------
        Receipt
            A receipt that is equal to the saved one.

        Raises
        ------
        FileFormatError
            A ValueError: if the text is not a receipt, or if it was changed.
        ValueError
            If its formulas follow another version of the contract.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> text = fastinit.save("user_id.npy", weight, receipt=True).to_json()
        >>> fastinit.Receipt.from_json(text).file
        'user_id.npy'
        """
        given = read_content(text)
        weights = tuple(WeightReceipt(*each) for each in given.weights)
        receipt = cls(
            given.file, given.nbytes, given.version, given.checksum, given.block_bytes, weights
        )
        if receipt.digest != given.digest:
            raise ReceiptError(
                "the receipt is damaged: its digest does not match the checksums of its blocks"
            )
        return receipt

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        storage_options: Mapping[str, Any] | None = None,
    ) -> Receipt:
        """Read a receipt from a file; raise the errors of `from_json`, or OSError.

        Parameters
        ----------
        path : str or path
            A file that `fastinit.save` wrote as a receipt; or the URL of one.
        storage_options : mapping of str to object, optional
            Passed to fsspec if the path is a URL: endpoint, credentials, and so on.

        Returns
        -------
        Receipt
            The receipt.

        Raises
        ------
        FileFormatError, ValueError
            The errors of `from_json`.
        OSError
            If the file cannot be read.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> _ = fastinit.save("user_id.npy", weight, receipt="first.json")
        >>> fastinit.Receipt.read("first.json").file
        'user_id.npy'
        """
        try:
            content = read_regular(as_path(path, storage_options), LONGEST_RECEIPT)
            return cls.from_json(content.decode())
        except UnicodeDecodeError:
            raise ReceiptError(f"{path}: not a receipt of fastinit (it is not UTF-8)") from None
        except FileFormatError as error:
            about = f"{path}: "
            raise ReceiptError(about + str(error).removeprefix(about)) from None


def check_checksum(checksum: str) -> None:
    """Raise an error unless this checksum is known."""
    check_choice(checksum, "checksum", CHECKSUMS)


def receipt_of(file: str, layout: Layout, summaries: Sequence[Summary], checksum: str) -> Receipt:
    """Make the receipt of a file from the summaries of its blocks, in order."""
    from fastinit import __version__  # noqa: PLC0415 - the package is loaded when this is called

    parts, done, block_bytes = [], 0, blocks_module.BLOCK_BYTES
    for weight in layout.weights:
        count = block_count(weight, block_bytes)
        own = summaries[done : done + count]
        done += count
        statistics = statistics_of(weight, weight.distribution, own)
        parts.append(WeightReceipt(weight, statistics, tuple(each.digest for each in own)))
    return Receipt(file, layout.size, __version__, checksum, block_bytes, tuple(parts))


def check_receipt_of(receipt: Receipt, tensors: Sequence[Tensor], path: Path) -> None:
    """Raise FileFormatError unless a receipt describes the tensors that a file names.

    A file without names or formulas is compared by its shapes, its dtypes and its values alone.
    """
    described = {each.weight.name: each.weight for each in receipt.weights}
    for tensor in tensors:
        if tensor.name is None:
            continue
        if tensor.name not in described:
            raise FileFormatError(
                f"{path}: the receipt has no weight {tensor.name!r}; it is that of another file"
            )
        if tensor.formula is not None and formula_of(tensor, path) != described[tensor.name]:
            raise FileFormatError(
                f"{path}: the formula of {tensor.name!r} in the file is not that in the receipt; "
                "it is the receipt of another file"
            )


def as_file(receipt: Receipt) -> bytes:
    """Return the contents of the file of a receipt."""
    return f"{receipt.to_json()}\n".encode()


#: The errors of a path that names no file.
NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP)


def is_any_receipt(path: Path) -> bool:
    """Say whether a file is a receipt: of any file and of any version, or a damaged one."""
    try:
        with open_regular(path) as file:
            return b'"receipt_version"' in file.read(PAGE_BYTES)
    except ValueError:
        return False
    except OSError as error:
        # Stores that do not list names refuse to read an object that does not exist.
        if error.errno in NO_FILE or (is_remote(path) and error.errno == errno.EACCES):
            return False
        raise  # it may be one


def write_receipt(
    path: Path, receipt: Receipt, *, force: bool, removed: os.stat_result | None = None
) -> None:
    """Write a receipt as `write_small_file` does."""
    write_small_file(path, as_file(receipt), force=force, removed=removed)


def compare_receipts(
    first: Receipt | str | os.PathLike[str], second: Receipt | str | os.PathLike[str]
) -> list[str]:
    """Compare the contents of two files by their receipts, without the files.

    Parameters
    ----------
    first, second : Receipt or path
        The receipts, or the files or URLs that contain them.

    Returns
    -------
    list of str
        The differences, one weight or block in each string. The list is empty if both receipts have
        the same weights with the same formulas, values and statistics. The file names, the formats
        and the versions of fastinit may differ.

    Raises
    ------
    FileFormatError
        A ValueError: if one of them is not a receipt.
    ValueError
        If they have different kinds of checksums or different block lengths.
    OSError
        If one of them cannot be read.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> receipt = fastinit.save("user_id.npy", weight, receipt=True)
    >>> fastinit.compare_receipts(receipt, "user_id.npy.receipt.json")
    []
    >>> bias = fastinit.Weight((64,), "zeros", seed=0, name="bias")
    >>> fastinit.compare_receipts(receipt, fastinit.save("bias.npy", bias, receipt=True))
    ["'user_id' is not in the second receipt", "'bias' is not in the first receipt"]
    """
    one, other = (
        each if isinstance(each, Receipt) else Receipt.read(each) for each in (first, second)
    )
    kinds = [(each.checksum, each.block_bytes) for each in (one, other)]
    if kinds[0] != kinds[1]:
        raise ValueError(
            "the receipts must have the same kind of checksum and the same block length, got "
            f"{kinds[0][0]} of {kinds[0][1]:,} bytes and {kinds[1][0]} of {kinds[1][1]:,} bytes"
        )
    ours, theirs = ({each.weight.name: each for each in side.weights} for side in (one, other))
    differences = []
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if name not in ours or name not in theirs:
            where = "second" if name not in theirs else "first"
            differences.append(f"{name!r} is not in the {where} receipt")
        else:
            differences += _differences(ours[name], theirs[name], one.block_bytes)
    return differences


def _differences(ours: WeightReceipt, theirs: WeightReceipt, block_bytes: int) -> list[str]:
    name = ours.weight.name
    if ours.weight != theirs.weight:
        return [f"{name!r} has different formulas: {ours.weight!r} and {theirs.weight!r}"]
    step = block_bytes // ours.weight.dtype.itemsize
    found = [
        f"{name!r}: elements {number * step} to {min((number + 1) * step, ours.weight.size) - 1} "
        f"have the checksums {a} and {b}"
        for number, (a, b) in enumerate(zip(ours.blocks, theirs.blocks, strict=False))
        if a != b
    ]
    if len(ours.blocks) != len(theirs.blocks):
        found.append(f"{name!r} has {len(ours.blocks)} and {len(theirs.blocks)} blocks")
    if not found and ours.statistics != theirs.statistics:
        found.append(f"{name!r} has the statistics {ours.statistics} and {theirs.statistics}")
    return found
