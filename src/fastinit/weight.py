"""`Weight`: the formula of a tensor. Any part of the tensor can be made from it at any time.

Guarantees: a weight is immutable and hashable. A part has the same bits as that part of the whole,
on every machine and in every order. Bad input raises before a byte is written.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import json
import math
import operator
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import EllipsisType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex, overload

import numpy as np

from ._engine import engine
from ._engine.regions import Box, as_rows, box_of
from ._engine.threads import as_limit
from ._memory.arrays import as_dtype, as_shape, empty
from ._memory.devices import (
    OF_CPU,
    DeviceArray,
    row_numbers_on_cpu,
    row_numbers_on_gpu,
    writable_memory,
)
from ._memory.dtypes import FLOAT_DTYPES, native_name
from ._memory.torch_tensors import mark_written
from ._random.addressing import (
    CONTRACT_VERSION,
    check_contract,
    check_offset,
    check_stream,
)
from ._random.common_fills import CommonParts
from ._random.streams import StreamSource, seed_of
from ._schemes.argument_order import check_shape_first, misplaced
from ._schemes.distributions import DISTRIBUTIONS, Distribution, Scheme, law_of
from ._schemes.documentation import without_misplaced
from ._schemes.resolution import distribution_of_name, law_of_name, resolve_scheme
from ._support import strict_json
from ._support.checks import as_integer, as_real, check_choice
from ._support.extras import require
from ._support.summaries import html_table, sized
from .typing import (
    Checksum,
    DTypeLike,
    Index,
    NDArray,
    Out,
    Rows,
    SchemeOptions,
    Self,
    Shape,
    Unpack,
)

if TYPE_CHECKING:
    import torch

    import fastinit
else:
    # A layer above has the class `Receipt`; the hints of `Weight.save` read it when they are asked.
    fastinit = sys.modules[__package__]
    torch = SimpleNamespace(Tensor=Any)  # for the hints of `Weight.to_torch`

#: `json.dumps` with an option would make an encoder in each call.
encode = json.JSONEncoder(allow_nan=False).encode

#: Sets an attribute of a frozen dataclass: _keep(self, name, value).
_keep = object.__setattr__

#: The keys of a formula in JSON.
FORMULA = frozenset(
    ["contract_version", "shape", "scheme", "options", "seed", "name", "dtype", "padding_idx"]
)


class _Resolved:
    """What a weight derives from its fields once: its law, its stream, and so its small parts."""

    __slots__ = ("_common",)
    _common: CommonParts


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Weight(_Resolved):
    """The formula of a tensor: shape, distribution, seed, name and dtype.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole tensor. The tensor need not fit into memory, and need not exist.
    scheme : str or distribution
        The name of a scheme, such as ``"he_normal"``; ``"zeros"`` or ``"ones"``; or a
        `fastinit.Uniform`, `fastinit.Normal`, `fastinit.TruncatedNormal` or `fastinit.Constant`.
    seed : int or Generator
        An integer in [0, 2**64). If you give a generator, its seed is used; the generator hands out
        no stream, because the name is the stream.
    name : str
        The name of the parameter. It is the stream: weights with different names are independent.
    dtype : dtype, default float32
        A floating-point dtype, such as ``"bfloat16"``.
    padding_idx : int, optional
        The index along the first axis whose elements are 0, as in the embeddings of PyTorch.
    options : mapping or pairs, optional
        The options of the scheme, in the form of the attribute `options`. ``dataclasses.replace``
        and ``copy.replace`` use this form.
    **more
        The options of the scheme by name, such as ``layout="keras"``, ``mode="fan_out"`` or
        ``fan_in=1000``: strings, finite numbers, or sequences of them. They override `options`.
        Arrays and tensors become Python numbers.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of range, or the dtype cannot hold the values.

    Notes
    -----
    Let i be the C-order index of an element in the whole tensor. Its value is the first value that
    ``fastinit.he_normal_(out, seed=seed, stream=name, offset=i)`` writes. Fans are those of the
    whole shape, also if only a part is made.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> weight[500:502].shape
    (2, 64)
    >>> bool((weight[500] == np.asarray(weight)[500]).all())
    True
    >>> weight.distribution
    Uniform(low=-0.03162277660168379, high=0.03162277660168379)
    """

    shape: tuple[int, ...]
    scheme: Scheme
    options: tuple[tuple[str, Any], ...]
    seed: int
    name: str
    dtype: np.dtype[Any]
    padding_idx: int | None

    def __init__(
        self,
        shape: Shape,
        scheme: Scheme,
        *unknown: NoReturn,
        seed: int | StreamSource,
        name: str,
        dtype: DTypeLike = np.float32,
        padding_idx: int | None = None,
        options: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        **more: Unpack[SchemeOptions],
    ) -> None:
        if unknown:
            raise misplaced("Weight", ("shape", "scheme"), shape, scheme, *unknown)
        if isinstance(shape, str):
            check_shape_first("Weight", shape, scheme)
        if not isinstance(name, str):
            raise TypeError(f"name must be a string, got {type(name).__name__}")
        stream = check_stream(name)
        lengths, number = as_shape(shape), seed_of(seed)
        given, chosen = _as_options(options, more), as_dtype(dtype, FLOAT_DTYPES)
        _keep(self, "shape", lengths)
        _keep(self, "scheme", scheme)
        _keep(self, "options", given)
        _keep(self, "seed", number)
        _keep(self, "name", name)
        _keep(self, "dtype", chosen)
        _keep(self, "padding_idx", None if padding_idx is None else self._as_padding(padding_idx))
        check_offset(0, math.prod(lengths), chosen.itemsize)
        if isinstance(scheme, str) and not given:
            law = law_of_name(scheme, lengths, chosen)
        else:
            law = law_of(self.distribution, scheme, chosen)
        is_padded = padding_idx is not None
        _keep(self, "_common", CommonParts(law, number, stream, lengths, chosen, is_padded))

    def _as_padding(self, index: int) -> int:
        rows = self.shape[0] if self.shape else 0
        number = as_integer(index, "padding_idx")
        if rows == 0:
            raise ValueError(
                f"padding_idx must be None for the shape {self.shape}, which has no rows, "
                f"got {number}"
            )
        if not -rows <= number < rows:
            raise ValueError(f"padding_idx must be in [-{rows}, {rows}), got {number}")
        return number % rows

    def __reduce__(self) -> tuple[Callable[[str], Weight], tuple[str]]:
        # The formula holds the version of the contract, so a worker with another version raises.
        return type(self).from_json, (self.to_json(),)

    @property
    def distribution(self) -> Distribution:
        """The distribution of the values, which the scheme chooses from the fans."""
        if isinstance(self.scheme, str) and not self.options:
            return distribution_of_name(self.scheme, self.shape)
        return resolve_scheme(self.scheme, self.shape, dict(self.options), stacklevel=3)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The number of bytes of the whole tensor."""
        return self.size * self.dtype.itemsize

    def _number_of_rows(self) -> int:
        if not self.shape:
            raise TypeError("a weight of shape () has no rows and no len()")
        return self.shape[0]

    def __len__(self) -> int:
        return self._number_of_rows()

    def __repr__(self) -> str:
        parts = [f"{self.shape}", repr(self.scheme), f"seed={self.seed}", f"name={self.name!r}"]
        parts.append(f"dtype={self.dtype.name!r}")
        if self.padding_idx is not None:
            parts.append(f"padding_idx={self.padding_idx}")
        parts += [f"{key}={value!r}" for key, value in self.options]
        return f"Weight({', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        # An activation changes no value, and the constructor has warned already.
        chosen = {key: value for key, value in self.options if key != "activation"}
        distribution = resolve_scheme(self.scheme, self.shape, chosen, stacklevel=1)
        rows: list[tuple[str, object]] = [
            ("shape", self.shape),
            ("dtype", self.dtype.name),
            ("size", sized(self.nbytes)),
            ("scheme", self.scheme if isinstance(self.scheme, str) else type(self.scheme).__name__),
            *self.options,
            ("distribution", distribution.as_call()),
            ("seed", self.seed),
            ("stream", f"{self._common.stream}, from the name"),
        ]
        if self.padding_idx is not None:
            rows.append(("padding_idx", f"{self.padding_idx} (a row of zeros)"))
        return html_table(f"fastinit.Weight {self.name!r}", rows)

    def replace(
        self,
        *,
        shape: Shape | None = None,
        scheme: Scheme | None = None,
        seed: int | StreamSource | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
        padding_idx: int | EllipsisType | None = ...,
        options: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        **more: Unpack[SchemeOptions],
    ) -> Self:
        """Return a copy with changed fields. Fields that are not given stay as they are.

        Parameters
        ----------
        shape, scheme, seed, name, dtype
            As in the constructor. None keeps them.
        padding_idx : int or None, optional
            As in the constructor: None means no padding. By default it stays.
        options : mapping or pairs, optional
            All options of the scheme. By default they stay: give ``options={}`` with a scheme that
            does not have them.
        **more
            Options of the scheme by name, such as ``mode="fan_out"``. All others stay.

        Returns
        -------
        Weight
            A new weight. This one does not change.

        Raises
        ------
        TypeError, ValueError
            The errors of the constructor.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> weight.replace(name="item_id", dtype="bfloat16")
        Weight((1000, 64), 'embedding_uniform', seed=0, name='item_id', dtype='bfloat16')
        """
        return type(self)(
            self.shape if shape is None else shape,
            self.scheme if scheme is None else scheme,
            seed=self.seed if seed is None else seed,
            name=self.name if name is None else name,
            dtype=self.dtype if dtype is None else dtype,
            padding_idx=self.padding_idx if padding_idx is ... else padding_idx,
            options=self.options if options is None else options,
            **more,
        )

    def fill(self, out: Out, index: Index = ..., *, threads: int | None = None) -> Out:
        """Fill `out` with the tensor, or with a part of it.

        Parameters
        ----------
        out : array or buffer of the dtype of the weight
            Writable, of any memory layout. Its shape is the shape of the part: that of
            ``numpy.asarray(weight)[index]``.
        index : int, slice, Ellipsis, array of int, mask, or a tuple of them, optional
            The part, as in NumPy. The default is the whole tensor. Arrays of indices and masks for
            the first axis select rows. For other axes, they take 8 bytes for each element of the
            part while it is made.
        threads : int, optional
            The largest number of threads. The default is what `get_num_threads` returns.

        Returns
        -------
        out
            The same object.

        Raises
        ------
        IndexError
            If `index` is outside the tensor, or is not one of these.
        TypeError, ValueError
            If `out` cannot be filled, or has another dtype or shape. Nothing has been written in
            these cases.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> part = weight.fill(np.empty((2, 64), np.float32), slice(500, 502))
        >>> bool((part == weight[500:502]).all())
        True
        """
        if index is ... and self.padding_idx is None:  # faster than by a box
            array = writable_memory(out, (self.dtype.name,))
            if array.shape == self.shape:
                law, stream, limit = self._common.law, self._common.stream, as_limit(threads)
                mark_written(out)
                engine.fill(array, law, self.seed, stream, 0, limit)
                return out
        return self._fill_out(out, box_of(index, self.shape), threads)

    def _fill_out(self, out: Out, box: Box, threads: int | None) -> Out:
        array = writable_memory(out, (self.dtype.name,))
        lists_elements = box.rows_of_row != 1 and self.padding_idx is not None
        if lists_elements and isinstance(array, DeviceArray) and engine.has_kernels(array):
            raise IndexError(
                "on a GPU, arrays of indices after the first axis are for weights without "
                "padding_idx: fill CPU memory and copy it to the GPU"
            )
        if array.shape != box.shape:
            raise ValueError(f"out must have the shape {box.shape}, got {array.shape}")
        rows = None if isinstance(array, DeviceArray) else box.rows
        if rows is not None and np.may_share_memory(rows, array):  # the fill would replace them
            box = box._replace(rows=rows.copy())
        limit = as_limit(threads)
        mark_written(out)
        self._fill_box(array, box, limit)
        return out

    def _fill_box(self, array: NDArray[Any] | DeviceArray, box: Box, threads: int | None) -> None:
        if box.rows is not None and len(box.listed_shape) > 1 and not array.flags.c_contiguous:
            # The kernels need the rows along one axis. The axes of `array` cannot be merged without
            # a copy, so fill each part along its first axis separately.
            for part, rows in zip(array, box.rows.reshape(box.listed_shape), strict=True):
                self._fill_box(part, box.of_rows(rows), threads)
            return
        # Restore an axis of length 1 for each axis with a single index.
        if array.flags.c_contiguous:
            spread = array.reshape(box.lengths)
        else:
            spread = (
                array.expand_dims(box.single)
                if isinstance(array, DeviceArray)
                else np.expand_dims(array, box.single)
            )
        law, stream = self._common.law, self._common.stream
        if box.rows is None and math.prod(box.lengths) == self.size and self._is_whole(box):
            engine.fill(spread, law, self.seed, stream, 0, threads)
        else:
            engine.fill_box(spread, law, self.seed, stream, box, threads, self.padding_idx)
        if self.padding_idx is not None and spread.size and box.rows is None:
            place = box.place_of_row(self.padding_idx, self.shape)
            engine.put(spread[place], 0)

    def _fill_rows_on_gpu(self, ids: Rows, out: Any) -> bool:
        """Fill rows whose numbers are on a GPU; return False if no kernel can read them."""
        listed = row_numbers_on_gpu(ids)
        if listed is None:
            return False
        array = writable_memory(out, (self.dtype.name,))
        expected = (*listed.shape, *self.shape[1:])
        if array.shape != expected:
            raise ValueError(f"out must have the shape {expected}, got {array.shape}")
        if not isinstance(array, DeviceArray):
            raise ValueError(  # noqa: TRY004
                "out must be on the GPU that has the row numbers, got CPU memory: give ids.cpu()"
            )
        if not engine.has_kernels(array):
            return False
        mark_written(out)
        self._fill_listed(array, listed)
        return True

    def _fill_listed(self, array: DeviceArray, rows: DeviceArray) -> None:
        if rows.ndim > 1 and not array.flags.c_contiguous:  # see `_fill_box`
            for part, numbers in zip(array, rows, strict=True):
                self._fill_listed(part, numbers)
            return
        if rows.ndim == 0:
            array = array.expand_dims((0,))
        elif rows.ndim > 1:
            array = array.reshape((rows.size, *self.shape[1:]))
        law, stream = self._common.law, self._common.stream
        end = self._number_of_rows()
        engine.fill_listed(array, law, self.seed, stream, rows, end, self.padding_idx)

    def _is_whole(self, box: Box) -> bool:
        return box.origin == 0 and box.steps == box_of(..., self.shape).steps

    def _part(self, box: Box, threads: int | None = None) -> NDArray[Any]:
        array = empty(box.shape, self.dtype)
        self._fill_box(array, box, threads)
        return array

    @overload  # first, because type checkers take an array for an integer, too
    def __getitem__(self, index: NDArray[Any]) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, index: SupportsIndex | tuple[SupportsIndex, ...]) -> Any: ...
    @overload
    def __getitem__(self, index: Index) -> NDArray[Any]: ...
    def __getitem__(self, index: Index) -> Any:
        """Return a part of the tensor as a new array, or one element, as NumPy does."""
        made = self._common.part(index)
        if made is not None:
            return made
        box = box_of(index, self.shape)
        part = self._part(box)
        # An ellipsis gives an array without axes, as in NumPy.
        entries = index if isinstance(index, tuple) else (index,)
        is_element = len(box.single) == self.ndim and not any(each is ... for each in entries)
        return part[()] if is_element else part

    @overload
    def rows(self, ids: Rows, out: None = None, *, threads: int | None = None) -> NDArray[Any]: ...
    @overload
    def rows(self, ids: Rows, out: Out, *, threads: int | None = None) -> Out: ...
    def rows(self, ids: Rows, out: Any = None, *, threads: int | None = None) -> Any:
        """Return rows by number, for example for an embedding that makes its rows on demand.

        Parameters
        ----------
        ids : array-like of int
            Indices along the first axis, in [0, len(self)). They may have any shape and order, and
            may repeat. If they are on an NVIDIA GPU with kernels, so is `out`, and nobody checks
            them: a number outside the range makes a row of NaN.
        out : array or buffer of the dtype of the weight, optional
            Its shape is the shape of `ids`, followed by the shape of a row.
        threads : int, optional
            The largest number of threads. The default is what `get_num_threads` returns.

        Returns
        -------
        array
            `out`, or a new array of that shape.

        Raises
        ------
        IndexError
            If a number in `ids` is not in [0, len(self)).
        TypeError, ValueError
            If `out` cannot be filled, or has another dtype or shape. Nothing has been written in
            these cases.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> weight.rows([[3, 999], [3, 0]]).shape
        (2, 2, 64)
        """
        if threads is None or (type(threads) is int and threads > 0):
            made = self._common.rows(ids, out)
            if made is not None:
                return made
        if out is not None and not isinstance(ids, OF_CPU):
            if self._fill_rows_on_gpu(ids, out):
                return out
            ids = row_numbers_on_cpu(ids)
        try:
            numbers = as_rows(ids, self._number_of_rows())  # `len` ends at 2**63 - 1
        except (IndexError, TypeError):
            if out is None and row_numbers_on_gpu(ids) is not None:
                raise ValueError(
                    "the row numbers are on a GPU: give memory there for the rows, out=..., or "
                    "row numbers on the CPU"
                ) from None
            raise
        box = box_of(numbers, self.shape, checked=True)
        if out is not None:
            return self._fill_out(out, box, threads)
        return self._part(box, as_limit(threads))

    def to_torch(
        self, index: Index = ..., *, device: Any = None, threads: int | None = None
    ) -> torch.Tensor:
        """Return the tensor, or a part of it, as a new tensor of PyTorch.

        Parameters
        ----------
        index : int, slice, Ellipsis, array of int, mask, or a tuple of them, optional
            The part, as in `fill`. The default is the whole tensor.
        device : str, int or torch.device, optional
            Where the tensor is made, by default the default device of PyTorch. An NVIDIA GPU needs
            the extra ``cuda``.
        threads : int, optional
            The largest number of threads. The default is what `get_num_threads` returns.

        Returns
        -------
        torch.Tensor
            It has the dtype of the weight, its own memory, and does not require a gradient.

        Raises
        ------
        ImportError
            If PyTorch is not installed. The message names the extra to install.
        IndexError, TypeError, ValueError
            The errors of `fill`.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> weight.to_torch(slice(500, 502)).shape
        torch.Size([2, 64])
        """
        pytorch = require("torch", "torch")
        if isinstance(index, (str, pytorch.device)):
            raise TypeError(f"the device is given by name: to_torch(device={str(index)!r})")
        box = box_of(index, self.shape)
        dtype = getattr(pytorch, self.dtype.name)
        tensor: torch.Tensor = pytorch.empty(box.shape, dtype=dtype, device=device)
        return self._fill_out(tensor, box, threads)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001
        if copy is False:
            raise ValueError("a weight has no memory to share; use copy=None or copy=True")
        whole = self._part(box_of(..., self.shape))
        return whole if dtype is None else whole.astype(dtype, copy=False)  # type: ignore[arg-type]  # NumPy gives its own

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        progress: Callable[[int, int], None] | None = None,
        receipt: bool | str | os.PathLike[str] = False,
        checksum: Checksum = "crc32",
        resume: bool = False,
        storage_options: Mapping[str, Any] | None = None,
    ) -> fastinit.Receipt | None:
        """Write the tensor to a file, one block at a time, as `fastinit.save` does.

        Parameters
        ----------
        path, force, progress, receipt, checksum, resume, storage_options
            As in `fastinit.save`.

        Returns
        -------
        Receipt or None
            The receipt, or None without `receipt`.

        Raises
        ------
        OSError, TypeError, ValueError
            The errors of `fastinit.save`.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> weight.save("user_id.npy")
        >>> bool((np.load("user_id.npy") == np.asarray(weight)).all())
        True
        """
        from .storage import save  # noqa: PLC0415 - storage is a layer above

        return save(
            path,
            self,
            force=force,
            progress=progress,
            receipt=receipt,
            checksum=checksum,
            resume=resume,
            storage_options=storage_options,
        )

    def to_json(self) -> str:
        """Return the formula as JSON text, including the version of the contract.

        Returns
        -------
        str
            A JSON object. `from_json` reads it.

        Examples
        --------
        >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
        >>> fastinit.Weight.from_json(weight.to_json()) == weight
        True
        """
        scheme: Any = self.scheme
        if not isinstance(scheme, str):
            values = {key: _as_json(value) for key, value in asdict(scheme).items()}
            scheme = {"distribution": type(scheme).__name__, **values}
        formula = {
            "contract_version": CONTRACT_VERSION,
            "shape": list(self.shape),
            "scheme": scheme,
            "options": dict(self.options),
            "seed": self.seed,
            "name": self.name,
            "dtype": native_name(self.dtype),
            "padding_idx": self.padding_idx,
        }
        return encode(formula)

    @classmethod
    def from_json(cls, text: str) -> Weight:
        """Return the weight whose formula `to_json` wrote.

        Parameters
        ----------
        text : str
            The text that `to_json` returned.

        Returns
        -------
        Weight
            A weight that is equal to the saved one.

        Raises
        ------
        TypeError
            If `text` is not a string.
        ValueError
            If the text is not a formula, or its version of the contract is another one.

        Examples
        --------
        >>> text = fastinit.Weight((3,), "ones", seed=0, name="scale").to_json()
        >>> fastinit.Weight.from_json(text)
        Weight((3,), 'ones', seed=0, name='scale', dtype='float32')
        """
        if not isinstance(text, str):
            raise TypeError(f"a formula must be a string of JSON, got {type(text).__name__}")
        try:
            formula = _formula_of_json(text)
        except (ValueError, TypeError) as error:
            raise ValueError(f"invalid formula of a weight: {error}") from error
        check_contract(formula.pop("contract_version"), "the formula")
        try:
            return cls(**_arguments_of_formula(formula))
        except (ValueError, TypeError) as error:
            raise ValueError(f"invalid formula of a weight: {error}") from error


without_misplaced(Weight.__init__)


def check_weight(weight: object, name: str = "weight") -> None:
    """Raise TypeError unless an argument is a weight."""
    if not isinstance(weight, Weight):
        raise TypeError(f"{name} must be a fastinit.Weight, got {type(weight).__name__}")


def _as_options(
    options: Mapping[str, Any] | Iterable[tuple[str, Any]], more: SchemeOptions
) -> tuple[tuple[str, Any], ...]:
    """Return the options of a scheme, sorted by name, as values that can be hashed and saved."""
    if not more and type(options) is tuple and not options:
        return ()
    try:
        given = {**dict(options), **more}
    except (TypeError, ValueError):
        raise TypeError(f"options must map names to values, got {options!r}") from None
    if unnamed := [key for key in given if not isinstance(key, str)]:
        raise TypeError(f"the names of options must be strings, got {unnamed[0]!r}")
    return tuple((key, _as_option(given[key], key)) for key in sorted(given))


def _as_option(value: Any, name: str) -> Any:
    """Return the value of an option as Python numbers and strings; a list becomes a tuple."""
    if hasattr(value, "tolist"):
        try:
            value = value.tolist()
        except Exception as error:
            raise TypeError(
                f"{name} must be a string, a number or a sequence of them, but the values of the "
                f"{type(value).__name__} cannot be read: {error}"
            ) from error
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return tuple(_as_single_option(each, name) for each in value)
    return _as_single_option(value, name)


def _as_single_option(value: Any, name: str) -> Any:
    if hasattr(value, "tolist"):  # a list may hold tensors
        value = value.tolist()
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Collection):
        raise TypeError(
            f"{name} must be a string, a number or a sequence of them, got {type(value).__name__}"
        )
    number = as_real(value, name)
    try:
        return operator.index(value)
    except TypeError:
        return number


def _formula_of_json(text: str) -> dict[str, Any]:
    """Return the formula in a JSON text, or raise if something is missing or unknown."""
    formula = strict_json.loads(text)
    if not isinstance(formula, dict):
        raise TypeError(f"expected a JSON object, got {type(formula).__name__}")
    if formula.keys() != FORMULA:
        names = ", ".join(sorted(FORMULA))
        raise ValueError(f"expected the keys {names}, got {', '.join(sorted(formula)) or 'none'}")
    return formula


def _arguments_of_formula(formula: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a weight, or raise for JSON values that no formula has."""
    shape, scheme, options = formula["shape"], formula["scheme"], formula["options"]
    if not isinstance(shape, list):
        raise TypeError(f"shape must be a list, got {type(shape).__name__}")
    if not isinstance(options, dict):
        raise TypeError(f"options must be an object, got {type(options).__name__}")
    check_choice(formula["dtype"], "dtype", FLOAT_DTYPES)
    lengths = [as_integer(length, "a length of shape") for length in shape]
    if isinstance(scheme, dict):
        scheme = _distribution_of_json(scheme)
    return {**formula, "shape": lengths, "scheme": scheme}


def _as_json(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _of_json(value: object, name: str) -> float:
    return float(value) if value in ("inf", "-inf") else as_real(value, name)


def _distribution_of_json(values: Mapping[str, Any]) -> Distribution:
    given = dict(values)
    name = given.pop("distribution", None)
    check_choice(name, "distribution", DISTRIBUTIONS)
    names = [field.name for field in fields(DISTRIBUTIONS[name])]
    if given.keys() != set(names):
        found = ", ".join(given) or "none"
        raise ValueError(f"{name} must have the parameters {', '.join(names)}, got {found}")
    return DISTRIBUTIONS[name](**{key: _of_json(value, key) for key, value in given.items()})


def __dir__() -> list[str]:
    return __all__


__all__ = ["Weight"]
