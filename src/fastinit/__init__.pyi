# Made by tools/make_stubs.py from the running package: edit the sources, and run it again.
# ruff: noqa: E501, I001, PYI011, PYI021, PYI055 - editors show the docstrings, which are those of the sources
# fmt: off
"""Initialise huge weights fast, with the same bits on every machine.

``uniform``, ``normal``, ``random_bits`` and the schemes (``he_normal``, ``glorot_uniform``, ...)
return new arrays. The same names with an underscore fill an array or buffer of the caller. The
value of an element depends only on the distribution, the dtype, the seed, the stream and the index
of the element. Calls without a seed take one stream after another from the generator that
``manual_seed`` sets.
"""

from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Unpack

from . import dask as dask
from . import jax as jax
from . import keras as keras
from . import storage as storage
from . import torch as torch
from . import typing as typing
from . import weight as weight
from ._engine.threads import (
    get_num_threads as get_num_threads,
    set_num_threads as set_num_threads,
)
from ._kernels.dispatch import (
    available_isas as available_isas,
    compiled_isas as compiled_isas,
)
from ._random.bit_generator import (
    Philox as Philox,
)
from ._random.default_generator import (
    initial_seed as initial_seed,
)
from ._random.generator import (
    Generator as Generator,
    default_generator as default_generator,
    default_rng as default_rng,
    manual_seed as manual_seed,
)
from ._schemes.activations import (
    for_activation as for_activation,
)
from ._schemes.distributions import (
    Constant as Constant,
    Normal as Normal,
    TruncatedNormal as TruncatedNormal,
    Uniform as Uniform,
)
from ._schemes.fans import (
    fans as fans,
)
from ._schemes.gains import (
    calculate_gain as calculate_gain,
)
from ._schemes.quantized import (
    quantized_row_bytes as quantized_row_bytes,
)
from ._schemes.suitability import (
    SchemeWarning as SchemeWarning,
)
from .storage import (
    BlockDifference as BlockDifference,
    Difference as Difference,
    FileFormatError as FileFormatError,
    Receipt as Receipt,
    SavedSet as SavedSet,
    Verification as Verification,
    compare_receipts as compare_receipts,
    make_receipt as make_receipt,
    make_receipts as make_receipts,
    read_config as read_config,
    read_template as read_template,
    save as save,
    save_sharded as save_sharded,
    save_zarr as save_zarr,
    verify as verify,
)
from .typing import (
    DTypeLike,
    Out,
    SchemeOptions,
)
from .weight import (
    Weight as Weight,
)

CONTRACT_VERSION: int
__version__: str
__all__ = [
    "CONTRACT_VERSION",
    "BlockDifference",
    "Constant",
    "Difference",
    "FileFormatError",
    "Generator",
    "Normal",
    "Philox",
    "Receipt",
    "SavedSet",
    "SchemeWarning",
    "TruncatedNormal",
    "Uniform",
    "Verification",
    "Weight",
    "__version__",
    "active_isa",
    "available_isas",
    "calculate_gain",
    "compare_receipts",
    "compiled_isas",
    "constant",
    "constant_",
    "deepnet",
    "deepnet_",
    "default_generator",
    "default_rng",
    "delta_orthogonal",
    "delta_orthogonal_",
    "depth_scaled",
    "depth_scaled_",
    "dirac",
    "dirac_",
    "embedding_normal",
    "embedding_normal_",
    "embedding_uniform",
    "embedding_uniform_",
    "eye",
    "eye_",
    "fans",
    "for_activation",
    "get_num_threads",
    "glorot_normal",
    "glorot_normal_",
    "glorot_uniform",
    "glorot_uniform_",
    "he_normal",
    "he_normal_",
    "he_uniform",
    "he_uniform_",
    "identity",
    "identity_",
    "identity_hadamard",
    "identity_hadamard_",
    "identity_plus_noise",
    "identity_plus_noise_",
    "initial_seed",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "lecun_normal",
    "lecun_normal_",
    "lecun_uniform",
    "lecun_uniform_",
    "lstm_bias",
    "lstm_bias_",
    "make_receipt",
    "make_receipts",
    "manual_seed",
    "mup",
    "mup_",
    "normal",
    "normal_",
    "ones",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "quantized_row_bytes",
    "quantized_rows",
    "quantized_rows_",
    "random_bits",
    "random_bits_",
    "read_config",
    "read_template",
    "save",
    "save_sharded",
    "save_zarr",
    "set_num_threads",
    "siren",
    "siren_",
    "small_init",
    "small_init_",
    "sparse",
    "sparse_",
    "t_fixup",
    "t_fixup_",
    "trunc_normal",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "variance_scaling",
    "variance_scaling_",
    "verify",
    "wang_init",
    "wang_init_",
    "xavier",
    "xavier_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_normalized",
    "xavier_normalized_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros",
    "zeros_",
]

def active_isa(
) -> str:
    """Return the instruction set of the kernels in use: generic, neon, avx2 or avx512.

    Returns
    -------
    str
        The last of `available_isas`, unless the environment variable FASTINIT_ISA names another.

    Examples
    --------
    >>> fastinit.active_isa() in fastinit.available_isas()
    True
    """

@overload
def constant(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    value: float,
    *,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
) -> NDArray[np.float32]:
    """Return a new array of one value.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    value : float
        Finite. It is rounded to the dtype. -0.0 keeps its sign.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `dtype` is not one of these dtypes, or `value` is not a real
        number or is not finite in the dtype.

    Notes
    -----
    Source: ``torch.nn.init.constant_``, ``constant`` of JAX and ``Constant`` of Keras.

    Examples
    --------
    >>> fastinit.constant(3, 0.5)
    array([0.5, 0.5, 0.5], dtype=float32)
    """
@overload
def constant(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    value: float,
    *,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
) -> NDArray[np.float64]: ...
@overload
def constant(
    shape: SupportsIndex | Sequence[SupportsIndex],
    value: float,
    *,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
) -> NDArray[np.float16]: ...
@overload
def constant(
    shape: SupportsIndex | Sequence[SupportsIndex],
    value: float,
    *,
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return a new array of one value.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    value : float
        Finite. It is rounded to the dtype. -0.0 keeps its sign.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `dtype` is not one of these dtypes, or `value` is not a real
        number or is not finite in the dtype.

    Notes
    -----
    Source: ``torch.nn.init.constant_``, ``constant`` of JAX and ``Constant`` of Keras.

    Examples
    --------
    >>> fastinit.constant(3, 0.5)
    array([0.5, 0.5, 0.5], dtype=float32)
    """

def constant_(
    out: Out,
    value: float,
) -> Out:
    """Fill `out` with one value.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any shape and memory layout.
    value : float
        Finite. It is rounded to the dtype. -0.0 keeps its sign.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled, or `value` is not a real
        number or is not finite in the dtype.

    Notes
    -----
    Source: ``torch.nn.init.constant_``, ``constant`` of JAX and ``Constant`` of Keras.

    Examples
    --------
    >>> fastinit.constant_(np.empty(3, np.float32), 0.5)
    array([0.5, 0.5, 0.5], dtype=float32)
    """

@overload
def deepnet(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"] = "single",
    decoder_layers: int | None = None,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: `glorot_normal` with the gain (8 layers)**(-1/4), for transformers with DeepNorm.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    part : {"single", "encoder", "decoder"}
        The stack of layers that the weight belongs to. "single" is the only stack of a model that is
        all encoder or all decoder. It is the default of `deepnet`, and `t_fixup` does not have it.
    decoder_layers : int, optional
        The number of layers of the decoder. It is needed for ``part="encoder"``, and only there.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    It is for the values, the output projections and the feed-forward layers. The queries and keys
    have `glorot_normal`. DeepNorm multiplies the residual stream by alpha before each sum:
    (2 layers)**(1/4).

    With an encoder of N and a decoder of M layers, the gain is 0.87 (N**4 M)**(-1/16) in the
    encoder, with alpha = 0.81 (N**4 M)**(1/16). It is (12 M)**(-1/4) in the decoder, with
    alpha = (3 M)**(1/4).

    Source: Wang et al., "DeepNet: Scaling Transformers to 1,000 Layers", 2022 (arXiv 2203.00555),
    figure 2.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.deepnet((512, 256), layers=12, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def deepnet(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"] = "single",
    decoder_layers: int | None = None,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def deepnet(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"] = "single",
    decoder_layers: int | None = None,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def deepnet(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"] = "single",
    decoder_layers: int | None = None,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: `glorot_normal` with the gain (8 layers)**(-1/4), for transformers with DeepNorm.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    part : {"single", "encoder", "decoder"}
        The stack of layers that the weight belongs to. "single" is the only stack of a model that is
        all encoder or all decoder. It is the default of `deepnet`, and `t_fixup` does not have it.
    decoder_layers : int, optional
        The number of layers of the decoder. It is needed for ``part="encoder"``, and only there.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    It is for the values, the output projections and the feed-forward layers. The queries and keys
    have `glorot_normal`. DeepNorm multiplies the residual stream by alpha before each sum:
    (2 layers)**(1/4).

    With an encoder of N and a decoder of M layers, the gain is 0.87 (N**4 M)**(-1/16) in the
    encoder, with alpha = 0.81 (N**4 M)**(1/16). It is (12 M)**(-1/4) in the decoder, with
    alpha = (3 M)**(1/4).

    Source: Wang et al., "DeepNet: Scaling Transformers to 1,000 Layers", 2022 (arXiv 2203.00555),
    figure 2.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.deepnet((512, 256), layers=12, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def deepnet_(
    out: Out,
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"] = "single",
    decoder_layers: int | None = None,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: `glorot_normal` with the gain (8 layers)**(-1/4), for transformers with DeepNorm.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    layers : int
        The number of layers of the stack that the weight belongs to.
    part : {"single", "encoder", "decoder"}
        The stack of layers that the weight belongs to. "single" is the only stack of a model that is
        all encoder or all decoder. It is the default of `deepnet`, and `t_fixup` does not have it.
    decoder_layers : int, optional
        The number of layers of the decoder. It is needed for ``part="encoder"``, and only there.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    It is for the values, the output projections and the feed-forward layers. The queries and keys
    have `glorot_normal`. DeepNorm multiplies the residual stream by alpha before each sum:
    (2 layers)**(1/4).

    With an encoder of N and a decoder of M layers, the gain is 0.87 (N**4 M)**(-1/16) in the
    encoder, with alpha = 0.81 (N**4 M)**(1/16). It is (12 M)**(-1/4) in the decoder, with
    alpha = (3 M)**(1/4).

    Source: Wang et al., "DeepNet: Scaling Transformers to 1,000 Layers", 2022 (arXiv 2203.00555),
    figure 2.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.deepnet_(weight, layers=12, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def delta_orthogonal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight of a convolution: an orthogonal matrix at its centre, and 0 elsewhere.

    Parameters
    ----------
    shape : sequence of three to five int
        The shape of the whole weight. It needs at least as many outputs as
        inputs.
    gain : float, default 1.0
        Multiplies the matrix.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have three to five axes, or has fewer
        outputs than inputs; if an argument is out of range.

    Notes
    -----
    The matrix is that of `orthogonal_` for the shape (out, in). It is at index (k - 1) // 2 of each
    axis of the kernel, as in JAX. Source: Xiao et al., ICML 2018.

    Examples
    --------
    >>> weight = fastinit.delta_orthogonal((32, 16, 3, 3), seed=7)
    >>> np.allclose(weight[:, :, 1, 1].T @ weight[:, :, 1, 1], np.eye(16), atol=1e-6)
    True
    """
@overload
def delta_orthogonal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def delta_orthogonal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def delta_orthogonal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight of a convolution: an orthogonal matrix at its centre, and 0 elsewhere.

    Parameters
    ----------
    shape : sequence of three to five int
        The shape of the whole weight. It needs at least as many outputs as
        inputs.
    gain : float, default 1.0
        Multiplies the matrix.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have three to five axes, or has fewer
        outputs than inputs; if an argument is out of range.

    Notes
    -----
    The matrix is that of `orthogonal_` for the shape (out, in). It is at index (k - 1) // 2 of each
    axis of the kernel, as in JAX. Source: Xiao et al., ICML 2018.

    Examples
    --------
    >>> weight = fastinit.delta_orthogonal((32, 16, 3, 3), seed=7)
    >>> np.allclose(weight[:, :, 1, 1].T @ weight[:, :, 1, 1], np.eye(16), atol=1e-6)
    True
    """

def delta_orthogonal_(
    out: Out,
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill the weight of a convolution with an orthogonal matrix at its centre, and 0 elsewhere.

    Parameters
    ----------
    out : array or buffer of a floating dtype, of three to five axes
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout. It needs at least as many outputs as
        inputs.
    gain : float, default 1.0
        Multiplies the matrix.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled, does not have three to five axes, or has fewer
        outputs than inputs; if an argument is out of range. Nothing has been written in these cases.

    Notes
    -----
    The matrix is that of `orthogonal_` for the shape (out, in). It is at index (k - 1) // 2 of each
    axis of the kernel, as in JAX. Source: Xiao et al., ICML 2018.

    Examples
    --------
    >>> weight = fastinit.delta_orthogonal_(np.empty((32, 16, 3, 3), np.float32), seed=7)
    >>> np.allclose(weight[:, :, 1, 1].T @ weight[:, :, 1, 1], np.eye(16), atol=1e-6)
    True
    """

@overload
def depth_scaled(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    std: float = 0.02,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, std**2 / (2 layers)), for the projections that write to the residual stream.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    std : float, default 0.02
        The standard deviation before it is scaled. Not negative.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2), 2019,
    section 2.3. Each layer adds twice to the stream, so that 2 `layers` sums keep its variance.
    Megatron-LM, ``scaled_init_method_normal``; nanoGPT, ``c_proj``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.depth_scaled((512, 256), layers=12, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def depth_scaled(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    std: float = 0.02,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def depth_scaled(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    std: float = 0.02,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def depth_scaled(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    std: float = 0.02,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, std**2 / (2 layers)), for the projections that write to the residual stream.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    std : float, default 0.02
        The standard deviation before it is scaled. Not negative.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2), 2019,
    section 2.3. Each layer adds twice to the stream, so that 2 `layers` sums keep its variance.
    Megatron-LM, ``scaled_init_method_normal``; nanoGPT, ``c_proj``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.depth_scaled((512, 256), layers=12, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def depth_scaled_(
    out: Out,
    *,
    layers: int,
    std: float = 0.02,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, std**2 / (2 layers)), for the projections that write to the residual stream.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    layers : int
        The number of layers of the stack that the weight belongs to.
    std : float, default 0.02
        The standard deviation before it is scaled. Not negative.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2), 2019,
    section 2.3. Each layer adds twice to the stream, so that 2 `layers` sums keep its variance.
    Megatron-LM, ``scaled_init_method_normal``; nanoGPT, ``c_proj``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.depth_scaled_(weight, layers=12, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def dirac(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    groups: int = 1,
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
) -> NDArray[np.float32]:
    """Return a new weight of a convolution that copies its input channels to its output channels.

    Parameters
    ----------
    shape : sequence of three to five int
        The shape of the whole weight.
    groups : int, default 1
        The number of groups of the convolution. Each group copies the same input channels.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or `groups` is not
        an integer.
    ValueError
        If `shape` does not have three to
        five axes; if its output channels cannot be divided into this number of groups.

    Notes
    -----
    Within each group, output channel d has a 1 at input channel d and the centre of the kernel,
    index k // 2 of each kernel axis. This holds for as many channels as both have. Source:
    ``torch.nn.init.dirac_``.

    Examples
    --------
    >>> fastinit.dirac((1, 1, 3))
    array([[[0., 1., 0.]]], dtype=float32)
    """
@overload
def dirac(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    groups: int = 1,
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
) -> NDArray[np.float64]: ...
@overload
def dirac(
    shape: SupportsIndex | Sequence[SupportsIndex],
    groups: int = 1,
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
) -> NDArray[np.float16]: ...
@overload
def dirac(
    shape: SupportsIndex | Sequence[SupportsIndex],
    groups: int = 1,
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return a new weight of a convolution that copies its input channels to its output channels.

    Parameters
    ----------
    shape : sequence of three to five int
        The shape of the whole weight.
    groups : int, default 1
        The number of groups of the convolution. Each group copies the same input channels.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or `groups` is not
        an integer.
    ValueError
        If `shape` does not have three to
        five axes; if its output channels cannot be divided into this number of groups.

    Notes
    -----
    Within each group, output channel d has a 1 at input channel d and the centre of the kernel,
    index k // 2 of each kernel axis. This holds for as many channels as both have. Source:
    ``torch.nn.init.dirac_``.

    Examples
    --------
    >>> fastinit.dirac((1, 1, 3))
    array([[[0., 1., 0.]]], dtype=float32)
    """

def dirac_(
    out: Out,
    groups: int = 1,
    *,
    layout: Literal["torch", "keras"] = "torch",
) -> Out:
    """Fill the weight of a convolution so that it copies its input channels to its output channels.

    Parameters
    ----------
    out : array or buffer of a floating dtype, of three to five axes
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    groups : int, default 1
        The number of groups of the convolution. Each group copies the same input channels.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes, or `groups` is not
        an integer.
    ValueError
        If `out` is read-only, its elements share memory, or it does not have three to
        five axes; if its output channels cannot be divided into this number of groups. Nothing has been written in these cases.

    Notes
    -----
    Within each group, output channel d has a 1 at input channel d and the centre of the kernel,
    index k // 2 of each kernel axis. This holds for as many channels as both have. Source:
    ``torch.nn.init.dirac_``.

    Examples
    --------
    >>> fastinit.dirac_(np.empty((1, 1, 3), np.float32))
    array([[[0., 1., 0.]]], dtype=float32)
    """

@overload
def embedding_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    rows: int | None = None,
    dim: int | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, gain**2 / dim): a row has the length `gain`, on average.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    rows, dim : int, optional
        These replace the lengths of the shape. For a part of a table, give the lengths of the whole
        table.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: the default of Flax (``default_embed_init``) and of fairseq (``Embedding``). T-Fixup
    (Huang et al., ICML 2020, section 3) uses it with the gain (9 layers)**(-1/4). TensorFlow's
    ``embedding_column`` truncates it.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.embedding_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def embedding_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    rows: int | None = None,
    dim: int | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def embedding_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    rows: int | None = None,
    dim: int | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def embedding_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    rows: int | None = None,
    dim: int | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, gain**2 / dim): a row has the length `gain`, on average.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    rows, dim : int, optional
        These replace the lengths of the shape. For a part of a table, give the lengths of the whole
        table.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: the default of Flax (``default_embed_init``) and of fairseq (``Embedding``). T-Fixup
    (Huang et al., ICML 2020, section 3) uses it with the gain (9 layers)**(-1/4). TensorFlow's
    ``embedding_column`` truncates it.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.embedding_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def embedding_normal_(
    out: Out,
    *,
    gain: float = 1.0,
    rows: int | None = None,
    dim: int | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, gain**2 / dim): a row has the length `gain`, on average.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    rows, dim : int, optional
        These replace the lengths of the shape. For a part of a table, give the lengths of the whole
        table.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: the default of Flax (``default_embed_init``) and of fairseq (``Embedding``). T-Fixup
    (Huang et al., ICML 2020, section 3) uses it with the gain (9 layers)**(-1/4). TensorFlow's
    ``embedding_column`` truncates it.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.embedding_normal_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def embedding_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    rows: int | None = None,
    dim: int | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-1/sqrt(rows), 1/sqrt(rows)), for the embedding tables of recommenders.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    rows, dim : int, optional
        These replace the lengths of the shape. For a part of a table, give the lengths of the whole
        table.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: DLRM (Naumov et al., arXiv 1906.00091), ``create_emb`` of ``dlrm_s_pytorch.py``; the
    default of TorchRec (``BaseEmbeddingConfig.get_weight_init_max``).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.embedding_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def embedding_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    rows: int | None = None,
    dim: int | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def embedding_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    rows: int | None = None,
    dim: int | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def embedding_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    rows: int | None = None,
    dim: int | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-1/sqrt(rows), 1/sqrt(rows)), for the embedding tables of recommenders.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    rows, dim : int, optional
        These replace the lengths of the shape. For a part of a table, give the lengths of the whole
        table.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: DLRM (Naumov et al., arXiv 1906.00091), ``create_emb`` of ``dlrm_s_pytorch.py``; the
    default of TorchRec (``BaseEmbeddingConfig.get_weight_init_max``).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.embedding_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def embedding_uniform_(
    out: Out,
    *,
    rows: int | None = None,
    dim: int | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-1/sqrt(rows), 1/sqrt(rows)), for the embedding tables of recommenders.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    rows, dim : int, optional
        These replace the lengths of the shape. For a part of a table, give the lengths of the whole
        table.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: DLRM (Naumov et al., arXiv 1906.00091), ``create_emb`` of ``dlrm_s_pytorch.py``; the
    default of TorchRec (``BaseEmbeddingConfig.get_weight_init_max``).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.embedding_uniform_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def eye(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
) -> NDArray[np.float32]:
    """Return a new identity matrix: `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    shape : (int, int)
        The shape of the new matrix. It need not be square.
    gain : float, default 1.0
        The value on the diagonal. Finite.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have two axes, or `gain` is not a real
        number or is not finite in the dtype.

    Notes
    -----
    Source: ``torch.nn.init.eye_`` and ``Identity`` of Keras.

    Examples
    --------
    >>> fastinit.eye((2, 2), gain=2.0)
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """
@overload
def eye(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
) -> NDArray[np.float64]: ...
@overload
def eye(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
) -> NDArray[np.float16]: ...
@overload
def eye(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return a new identity matrix: `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    shape : (int, int)
        The shape of the new matrix. It need not be square.
    gain : float, default 1.0
        The value on the diagonal. Finite.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have two axes, or `gain` is not a real
        number or is not finite in the dtype.

    Notes
    -----
    Source: ``torch.nn.init.eye_`` and ``Identity`` of Keras.

    Examples
    --------
    >>> fastinit.eye((2, 2), gain=2.0)
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """

def eye_(
    out: Out,
    *,
    gain: float = 1.0,
) -> Out:
    """Fill a matrix with the identity: `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    out : array or buffer of a floating dtype, shape (n, m)
        The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout. It need not be square.
    gain : float, default 1.0
        The value on the diagonal. Finite.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or does not have two axes, or `gain` is not a real
        number or is not finite in the dtype. Nothing has been written in these cases.

    Notes
    -----
    Source: ``torch.nn.init.eye_`` and ``Identity`` of Keras.

    Examples
    --------
    >>> fastinit.eye_(np.empty((2, 2), np.float32), gain=2.0)
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """

@overload
def glorot_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, the variance of equation 12.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.glorot_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def glorot_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def glorot_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def glorot_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, the variance of equation 12.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.glorot_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def glorot_normal_(
    out: Out,
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, the variance of equation 12.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.glorot_normal_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def glorot_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.glorot_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def glorot_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def glorot_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def glorot_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.glorot_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def glorot_uniform_(
    out: Out,
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.glorot_uniform_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def he_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, 2 / fan), for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in), 14 (fan_out) and 15 (`a`).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.he_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def he_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def he_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def he_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, 2 / fan), for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in), 14 (fan_out) and 15 (`a`).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.he_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def he_normal_(
    out: Out,
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, 2 / fan), for ReLU; `mode` selects the fan.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in), 14 (fan_out) and 15 (`a`).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.he_normal_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def he_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-a, a), a = sqrt(6 / fan), with variance 2 / fan, for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, the variance of equations 10, 14 and 15.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.he_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def he_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def he_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def he_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-a, a), a = sqrt(6 / fan), with variance 2 / fan, for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, the variance of equations 10, 14 and 15.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.he_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def he_uniform_(
    out: Out,
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-a, a), a = sqrt(6 / fan), with variance 2 / fan, for ReLU; `mode` selects the fan.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, the variance of equations 10, 14 and 15.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.he_uniform_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def identity_hadamard(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
) -> NDArray[np.float32]:
    """Return a new identity or, if it has more outputs than inputs, a new Hadamard matrix.

    Parameters
    ----------
    shape : sequence of two or more int
        The shape of the whole weight.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` has fewer than two axes, or `layout` is
        unknown.

    Notes
    -----
    With as many inputs as outputs or more, the element (i, i) is 1 and all others are 0. Otherwise,
    the element (i, j) is (-1)**b 2**(-m/2), where b is the number of bits that i and j have in
    common, and m is the logarithm of the number of outputs to the base 2, rounded up. So different
    units start differently without random numbers. In a convolution, this matrix is at the centre
    of the kernel, index k // 2 of each axis, and all else is 0.

    Source: Zhao, Schaefer and Anandkumar, "ZerO Initialization: Initializing Neural Networks with
    only Zeros and Ones", TMLR 2022, algorithms 1 and 2, with the scale of the code of its authors.

    Examples
    --------
    >>> fastinit.identity_hadamard((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
@overload
def identity_hadamard(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
) -> NDArray[np.float64]: ...
@overload
def identity_hadamard(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
) -> NDArray[np.float16]: ...
@overload
def identity_hadamard(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return a new identity or, if it has more outputs than inputs, a new Hadamard matrix.

    Parameters
    ----------
    shape : sequence of two or more int
        The shape of the whole weight.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` has fewer than two axes, or `layout` is
        unknown.

    Notes
    -----
    With as many inputs as outputs or more, the element (i, i) is 1 and all others are 0. Otherwise,
    the element (i, j) is (-1)**b 2**(-m/2), where b is the number of bits that i and j have in
    common, and m is the logarithm of the number of outputs to the base 2, rounded up. So different
    units start differently without random numbers. In a convolution, this matrix is at the centre
    of the kernel, index k // 2 of each axis, and all else is 0.

    Source: Zhao, Schaefer and Anandkumar, "ZerO Initialization: Initializing Neural Networks with
    only Zeros and Ones", TMLR 2022, algorithms 1 and 2, with the scale of the code of its authors.

    Examples
    --------
    >>> fastinit.identity_hadamard((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """

def identity_hadamard_(
    out: Out,
    *,
    layout: Literal["torch", "keras"] = "torch",
) -> Out:
    """Fill a weight with the identity or, if it has more outputs than inputs, a Hadamard matrix.

    Parameters
    ----------
    out : array or buffer of a floating dtype, of two or more axes
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or has fewer than two axes, or `layout` is
        unknown. Nothing has been written in these cases.

    Notes
    -----
    With as many inputs as outputs or more, the element (i, i) is 1 and all others are 0. Otherwise,
    the element (i, j) is (-1)**b 2**(-m/2), where b is the number of bits that i and j have in
    common, and m is the logarithm of the number of outputs to the base 2, rounded up. So different
    units start differently without random numbers. In a convolution, this matrix is at the centre
    of the kernel, index k // 2 of each axis, and all else is 0.

    Source: Zhao, Schaefer and Anandkumar, "ZerO Initialization: Initializing Neural Networks with
    only Zeros and Ones", TMLR 2022, algorithms 1 and 2, with the scale of the code of its authors.

    Examples
    --------
    >>> fastinit.identity_hadamard_(np.empty((4, 2), np.float32))
    array([[ 0.5,  0.5],
           [ 0.5, -0.5],
           [ 0.5,  0.5],
           [ 0.5, -0.5]], dtype=float32)
    """

@overload
def identity_plus_noise(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    std: float = 0.01,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new matrix of normals: their mean is `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    shape : (int, int)
        The shape of the whole weight. It need not be square.
    gain : float, default 1.0
        The mean on the diagonal. Finite.
    std : float, default 0.01
        The standard deviation of all elements. Not negative.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have two axes, or an argument is out of
        range.

    Notes
    -----
    An element on the diagonal is that of ``fastinit.normal_(out, gain, std)``, and any other
    element is that of ``fastinit.normal_(out, 0, std)``, with the same seed and stream. It is for
    recurrent weights. Source: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks
    of Rectified Linear Units", 2015 (the identity); the noise breaks the symmetry of equal units.

    Examples
    --------
    >>> weight = fastinit.identity_plus_noise((64, 64), seed=7)
    >>> bool(abs(weight - np.eye(64)).max() < 0.06)
    True
    """
@overload
def identity_plus_noise(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    std: float = 0.01,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def identity_plus_noise(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    std: float = 0.01,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def identity_plus_noise(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    std: float = 0.01,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new matrix of normals: their mean is `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    shape : (int, int)
        The shape of the whole weight. It need not be square.
    gain : float, default 1.0
        The mean on the diagonal. Finite.
    std : float, default 0.01
        The standard deviation of all elements. Not negative.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have two axes, or an argument is out of
        range.

    Notes
    -----
    An element on the diagonal is that of ``fastinit.normal_(out, gain, std)``, and any other
    element is that of ``fastinit.normal_(out, 0, std)``, with the same seed and stream. It is for
    recurrent weights. Source: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks
    of Rectified Linear Units", 2015 (the identity); the noise breaks the symmetry of equal units.

    Examples
    --------
    >>> weight = fastinit.identity_plus_noise((64, 64), seed=7)
    >>> bool(abs(weight - np.eye(64)).max() < 0.06)
    True
    """

def identity_plus_noise_(
    out: Out,
    *,
    gain: float = 1.0,
    std: float = 0.01,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill a matrix with normals: their mean is `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    out : array or buffer of a floating dtype, shape (n, m)
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout. It need not be square.
    gain : float, default 1.0
        The mean on the diagonal. Finite.
    std : float, default 0.01
        The standard deviation of all elements. Not negative.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or does not have two axes, or an argument is out of
        range. Nothing has been written in these cases.

    Notes
    -----
    An element on the diagonal is that of ``fastinit.normal_(out, gain, std)``, and any other
    element is that of ``fastinit.normal_(out, 0, std)``, with the same seed and stream. It is for
    recurrent weights. Source: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks
    of Rectified Linear Units", 2015 (the identity); the noise breaks the symmetry of equal units.

    Examples
    --------
    >>> weight = fastinit.identity_plus_noise_(np.empty((64, 64), np.float32), seed=7)
    >>> bool(abs(weight - np.eye(64)).max() < 0.06)
    True
    """

@overload
def kaiming_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, 2 / fan), for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in), 14 (fan_out) and 15 (`a`).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.kaiming_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def kaiming_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def kaiming_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def kaiming_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, 2 / fan), for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in), 14 (fan_out) and 15 (`a`).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.kaiming_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def kaiming_normal_(
    out: Out,
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, 2 / fan), for ReLU; `mode` selects the fan.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, equations 10 (fan_in), 14 (fan_out) and 15 (`a`).

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.kaiming_normal_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def kaiming_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-a, a), a = sqrt(6 / fan), with variance 2 / fan, for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, the variance of equations 10, 14 and 15.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.kaiming_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def kaiming_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def kaiming_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def kaiming_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-a, a), a = sqrt(6 / fan), with variance 2 / fan, for ReLU; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, the variance of equations 10, 14 and 15.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.kaiming_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def kaiming_uniform_(
    out: Out,
    *,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    nonlinearity: Literal["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"] = "leaky_relu",
    a: float = 0.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-a, a), a = sqrt(6 / fan), with variance 2 / fan, for ReLU; `mode` selects the fan.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    nonlinearity : str, default "leaky_relu"
        A name that `fastinit.calculate_gain` knows. The square of its gain replaces the 2 in the
        formula.
    a : float, default 0.0
        The negative slope of the leaky ReLU. Other nonlinearities ignore it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: He et al., ICCV 2015, section 2.2, the variance of equations 10, 14 and 15.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.kaiming_uniform_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def lecun_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, 1 / fan_in), for SELU and for inputs of unit variance.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, equation 16. For SELU: Klambauer
    et al., NeurIPS 2017.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.lecun_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def lecun_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def lecun_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def lecun_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, 1 / fan_in), for SELU and for inputs of unit variance.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, equation 16. For SELU: Klambauer
    et al., NeurIPS 2017.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.lecun_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def lecun_normal_(
    out: Out,
    *,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, 1 / fan_in), for SELU and for inputs of unit variance.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, equation 16. For SELU: Klambauer
    et al., NeurIPS 2017.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.lecun_normal_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def lecun_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-a, a), a = sqrt(3 / fan_in), with variance 1 / fan_in.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, the variance of equation 16.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.lecun_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def lecun_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def lecun_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def lecun_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-a, a), a = sqrt(3 / fan_in), with variance 1 / fan_in.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, the variance of equation 16.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.lecun_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def lecun_uniform_(
    out: Out,
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-a, a), a = sqrt(3 / fan_in), with variance 1 / fan_in.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, the variance of equation 16.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.lecun_uniform_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def lstm_bias(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    forget: float = 1.0,
    gate: int = 1,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
) -> NDArray[np.float32]:
    """Return a new bias of an LSTM: `forget` for the forget gate and 0 for the other three gates.

    Parameters
    ----------
    shape : int or (int,)
        The length of the whole bias: 4 n.
    forget : float, default 1.0
        The value for the forget gate. Finite.
    gate : int, default 1
        The place of the forget gate among the four, from 0 to 3. It is 1 in PyTorch (input, forget,
        cell, output) and in Keras, and 2 in ONNX (input, output, forget, cell).
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` is not one axis of 4 n elements, or an argument is
        out of range.

    Notes
    -----
    PyTorch adds two biases, ``bias_ih`` and ``bias_hh``: fill one of them with zeros. Source: Gers,
    Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12 (2000); Jozefowicz et al.,
    ICML 2015, section 2.2. It is ``unit_forget_bias`` of Keras.

    Examples
    --------
    >>> fastinit.lstm_bias(8)
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """
@overload
def lstm_bias(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    forget: float = 1.0,
    gate: int = 1,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
) -> NDArray[np.float64]: ...
@overload
def lstm_bias(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    forget: float = 1.0,
    gate: int = 1,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
) -> NDArray[np.float16]: ...
@overload
def lstm_bias(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    forget: float = 1.0,
    gate: int = 1,
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return a new bias of an LSTM: `forget` for the forget gate and 0 for the other three gates.

    Parameters
    ----------
    shape : int or (int,)
        The length of the whole bias: 4 n.
    forget : float, default 1.0
        The value for the forget gate. Finite.
    gate : int, default 1
        The place of the forget gate among the four, from 0 to 3. It is 1 in PyTorch (input, forget,
        cell, output) and in Keras, and 2 in ONNX (input, output, forget, cell).
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` is not one axis of 4 n elements, or an argument is
        out of range.

    Notes
    -----
    PyTorch adds two biases, ``bias_ih`` and ``bias_hh``: fill one of them with zeros. Source: Gers,
    Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12 (2000); Jozefowicz et al.,
    ICML 2015, section 2.2. It is ``unit_forget_bias`` of Keras.

    Examples
    --------
    >>> fastinit.lstm_bias(8)
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """

def lstm_bias_(
    out: Out,
    *,
    forget: float = 1.0,
    gate: int = 1,
) -> Out:
    """Fill the bias of an LSTM: `forget` for the forget gate and 0 for the other three gates.

    Parameters
    ----------
    out : array or buffer of a floating dtype, shape (4 n,)
        The whole bias. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    forget : float, default 1.0
        The value for the forget gate. Finite.
    gate : int, default 1
        The place of the forget gate among the four, from 0 to 3. It is 1 in PyTorch (input, forget,
        cell, output) and in Keras, and 2 in ONNX (input, output, forget, cell).

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or is not one axis of 4 n elements, or an argument is
        out of range. Nothing has been written in these cases.

    Notes
    -----
    PyTorch adds two biases, ``bias_ih`` and ``bias_hh``: fill one of them with zeros. Source: Gers,
    Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12 (2000); Jozefowicz et al.,
    ICML 2015, section 2.2. It is ``unit_forget_bias`` of Keras.

    Examples
    --------
    >>> fastinit.lstm_bias_(np.empty(8, np.float32))
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """

@overload
def mup(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    role: Literal["input", "hidden", "output"],
    width_multiplier: float,
    std: float = 0.02,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, std**2 / m) for hidden weights, std**2 / m**2 for output, std**2 for input weights.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    role : {"input", "hidden", "output"}
        "input": the inputs are a fixed number, such as a vocabulary, and the outputs grow with the
        width: embeddings. "hidden": both grow. "output": the inputs grow: the head of the model.
    width_multiplier : float
        The width of the model, divided by the width for which `std` was chosen. Above 0.
    std : float, default 0.02
        The standard deviation before it is scaled. Not negative.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    m is `width_multiplier`: the width of the model, divided by that of the model for which `std`
    and the learning rate were chosen. Training needs other learning rates too. With Adam, divide
    that of hidden and of output weights by m. With SGD, multiply that of input weights and biases
    by m, and divide that of output weights by m.

    Source: Yang et al., "Tensor Programs V: Tuning Large Neural Networks via Zero-Shot
    Hyperparameter Transfer" (muP), NeurIPS 2021, table 3.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.mup((512, 256), role="hidden", width_multiplier=4, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def mup(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    role: Literal["input", "hidden", "output"],
    width_multiplier: float,
    std: float = 0.02,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def mup(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    role: Literal["input", "hidden", "output"],
    width_multiplier: float,
    std: float = 0.02,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def mup(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    role: Literal["input", "hidden", "output"],
    width_multiplier: float,
    std: float = 0.02,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, std**2 / m) for hidden weights, std**2 / m**2 for output, std**2 for input weights.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    role : {"input", "hidden", "output"}
        "input": the inputs are a fixed number, such as a vocabulary, and the outputs grow with the
        width: embeddings. "hidden": both grow. "output": the inputs grow: the head of the model.
    width_multiplier : float
        The width of the model, divided by the width for which `std` was chosen. Above 0.
    std : float, default 0.02
        The standard deviation before it is scaled. Not negative.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    m is `width_multiplier`: the width of the model, divided by that of the model for which `std`
    and the learning rate were chosen. Training needs other learning rates too. With Adam, divide
    that of hidden and of output weights by m. With SGD, multiply that of input weights and biases
    by m, and divide that of output weights by m.

    Source: Yang et al., "Tensor Programs V: Tuning Large Neural Networks via Zero-Shot
    Hyperparameter Transfer" (muP), NeurIPS 2021, table 3.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.mup((512, 256), role="hidden", width_multiplier=4, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def mup_(
    out: Out,
    *,
    role: Literal["input", "hidden", "output"],
    width_multiplier: float,
    std: float = 0.02,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, std**2 / m) for hidden weights, std**2 / m**2 for output, std**2 for input weights.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    role : {"input", "hidden", "output"}
        "input": the inputs are a fixed number, such as a vocabulary, and the outputs grow with the
        width: embeddings. "hidden": both grow. "output": the inputs grow: the head of the model.
    width_multiplier : float
        The width of the model, divided by the width for which `std` was chosen. Above 0.
    std : float, default 0.02
        The standard deviation before it is scaled. Not negative.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    m is `width_multiplier`: the width of the model, divided by that of the model for which `std`
    and the learning rate were chosen. Training needs other learning rates too. With Adam, divide
    that of hidden and of output weights by m. With SGD, multiply that of input weights and biases
    by m, and divide that of output weights by m.

    Source: Yang et al., "Tensor Programs V: Tuning Large Neural Networks via Zero-Shot
    Hyperparameter Transfer" (muP), NeurIPS 2021, table 3.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.mup_(weight, role="hidden", width_multiplier=4, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new array from the normal distribution.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    mean, std : float
        Mean and standard deviation: finite, std >= 0. They are rounded to the dtype.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If `mean` or `std` is not finite,
        or is so large that a value could be infinite; if std < 0; if `seed`, `stream`, `offset` or
        `threads` is out of range.

    Notes
    -----
    float32: the inverse of the normal distribution function at (w + 1/2) / 2**32, where w is one
    32-bit word. The absolute error is below 1e-6. The values are monotone in w and lie within 6.34
    standard deviations. float64: the transform of Box and Muller (1958) of two 64-bit words; the
    values lie within 9.5 standard deviations. Narrower dtypes: the float32 value, rounded to
    nearest even.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> table = fastinit.normal((1000, 64), 0.0, 0.02, dtype="float64", seed=7)
    >>> round(float(table.std()), 3)
    0.02
    """
@overload
def normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the normal distribution.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    mean, std : float
        Mean and standard deviation: finite, std >= 0. They are rounded to the dtype.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If `mean` or `std` is not finite,
        or is so large that a value could be infinite; if std < 0; if `seed`, `stream`, `offset` or
        `threads` is out of range.

    Notes
    -----
    float32: the inverse of the normal distribution function at (w + 1/2) / 2**32, where w is one
    32-bit word. The absolute error is below 1e-6. The values are monotone in w and lie within 6.34
    standard deviations. float64: the transform of Box and Muller (1958) of two 64-bit words; the
    values lie within 9.5 standard deviations. Narrower dtypes: the float32 value, rounded to
    nearest even.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> table = fastinit.normal((1000, 64), 0.0, 0.02, dtype="float64", seed=7)
    >>> round(float(table.std()), 3)
    0.02
    """

def normal_(
    out: Out,
    mean: float = 0.0,
    std: float = 1.0,
    *,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` from the normal distribution.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any shape and memory layout.
    mean, std : float
        Mean and standard deviation: finite, std >= 0. They are rounded to the dtype.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If `out` is read-only or its elements share memory; if `mean` or `std` is not finite,
        or is so large that a value could be infinite; if std < 0; if `seed`, `stream`, `offset` or
        `threads` is out of range. Nothing has been written in these cases.

    Notes
    -----
    float32: the inverse of the normal distribution function at (w + 1/2) / 2**32, where w is one
    32-bit word. The absolute error is below 1e-6. The values are monotone in w and lie within 6.34
    standard deviations. float64: the transform of Box and Muller (1958) of two 64-bit words; the
    values lie within 9.5 standard deviations. Narrower dtypes: the float32 value, rounded to
    nearest even.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> out = np.empty(1000, np.float32)
    >>> fastinit.normal_(out, 0.0, 0.02, seed=7, stream="embedding") is out
    True
    """

@overload
def ones(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
) -> NDArray[np.float32]:
    """Return a new array of ones, as usual for the gains of normalisations.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of range.

    Notes
    -----
    Source: ``torch.nn.init.ones_``, ``ones`` of JAX and ``Ones`` of Keras.

    Examples
    --------
    >>> fastinit.ones(3)
    array([1., 1., 1.], dtype=float32)
    """
@overload
def ones(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
) -> NDArray[np.float64]: ...
@overload
def ones(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
) -> NDArray[np.float16]: ...
@overload
def ones(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return a new array of ones, as usual for the gains of normalisations.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of range.

    Notes
    -----
    Source: ``torch.nn.init.ones_``, ``ones`` of JAX and ``Ones`` of Keras.

    Examples
    --------
    >>> fastinit.ones(3)
    array([1., 1., 1.], dtype=float32)
    """

def ones_(
    out: Out,
) -> Out:
    """Fill `out` with ones, as usual for the gains of normalisations.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any shape and memory layout.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled.

    Notes
    -----
    Source: ``torch.nn.init.ones_``, ``ones`` of JAX and ``Ones`` of Keras.

    Examples
    --------
    >>> fastinit.ones_(np.empty(3, np.float32))
    array([1., 1., 1.], dtype=float32)
    """

@overload
def orthogonal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    out_axis: int | None = None,
    parts: int = 1,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new orthogonal matrix, multiplied by `gain`.

    Parameters
    ----------
    shape : sequence of two or more int
        The shape of the whole weight. As a matrix it has one row for each
        output, and one column for each combination of the other indices.
    gain : float, default 1.0
        Multiplies the matrix; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the outputs are the first axis. "keras": they are the last axis, as in JAX too.
    out_axis : int, optional
        The axis of the outputs, if it differs from that of the layout. JAX calls it
        ``column_axis``.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 4 for
        the gates of an LSTM. Each is an orthogonal matrix of its own.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` has fewer than two axes, or an argument is out of
        range.

    Notes
    -----
    The rows are orthonormal (or the columns, if these are fewer). The matrix is uniformly
    distributed (Haar measure). Source: Saxe et al., ICLR 2014. The method is that of Mezzadri,
    Notices of the AMS 54 (2007), section 5: a float64 normal matrix is drawn from this seed and
    stream, and decomposed into Q R, where R has a positive diagonal. The result is Q. With several
    parts of s elements each, part k has the normals from element k s on.

    All arithmetic is in float64 and does not use LAPACK. So, for one ``fastinit.CONTRACT_VERSION``,
    the bits are the same on every machine, instruction set and number of threads. `threads` applies
    to all of the work. The function needs memory for a few float64 matrices of this size.

    Examples
    --------
    >>> weight = fastinit.orthogonal((64, 128), dtype="float64", seed=7)
    >>> np.allclose(weight @ weight.T, np.eye(64))
    True
    """
@overload
def orthogonal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    out_axis: int | None = None,
    parts: int = 1,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def orthogonal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    out_axis: int | None = None,
    parts: int = 1,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def orthogonal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    out_axis: int | None = None,
    parts: int = 1,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new orthogonal matrix, multiplied by `gain`.

    Parameters
    ----------
    shape : sequence of two or more int
        The shape of the whole weight. As a matrix it has one row for each
        output, and one column for each combination of the other indices.
    gain : float, default 1.0
        Multiplies the matrix; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the outputs are the first axis. "keras": they are the last axis, as in JAX too.
    out_axis : int, optional
        The axis of the outputs, if it differs from that of the layout. JAX calls it
        ``column_axis``.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 4 for
        the gates of an LSTM. Each is an orthogonal matrix of its own.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` has fewer than two axes, or an argument is out of
        range.

    Notes
    -----
    The rows are orthonormal (or the columns, if these are fewer). The matrix is uniformly
    distributed (Haar measure). Source: Saxe et al., ICLR 2014. The method is that of Mezzadri,
    Notices of the AMS 54 (2007), section 5: a float64 normal matrix is drawn from this seed and
    stream, and decomposed into Q R, where R has a positive diagonal. The result is Q. With several
    parts of s elements each, part k has the normals from element k s on.

    All arithmetic is in float64 and does not use LAPACK. So, for one ``fastinit.CONTRACT_VERSION``,
    the bits are the same on every machine, instruction set and number of threads. `threads` applies
    to all of the work. The function needs memory for a few float64 matrices of this size.

    Examples
    --------
    >>> weight = fastinit.orthogonal((64, 128), dtype="float64", seed=7)
    >>> np.allclose(weight @ weight.T, np.eye(64))
    True
    """

def orthogonal_(
    out: Out,
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    out_axis: int | None = None,
    parts: int = 1,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill a weight with an orthogonal matrix, multiplied by `gain`.

    Parameters
    ----------
    out : array or buffer of a floating dtype, of two or more axes
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout. As a matrix it has one row for each
        output, and one column for each combination of the other indices.
    gain : float, default 1.0
        Multiplies the matrix; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the outputs are the first axis. "keras": they are the last axis, as in JAX too.
    out_axis : int, optional
        The axis of the outputs, if it differs from that of the layout. JAX calls it
        ``column_axis``.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 4 for
        the gates of an LSTM. Each is an orthogonal matrix of its own.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or has fewer than two axes, or an argument is out of
        range. Nothing has been written in these cases.

    Notes
    -----
    The rows are orthonormal (or the columns, if these are fewer). The matrix is uniformly
    distributed (Haar measure). Source: Saxe et al., ICLR 2014. The method is that of Mezzadri,
    Notices of the AMS 54 (2007), section 5: a float64 normal matrix is drawn from this seed and
    stream, and decomposed into Q R, where R has a positive diagonal. The result is Q. With several
    parts of s elements each, part k has the normals from element k s on.

    All arithmetic is in float64 and does not use LAPACK. So, for one ``fastinit.CONTRACT_VERSION``,
    the bits are the same on every machine, instruction set and number of threads. `threads` applies
    to all of the work. The function needs memory for a few float64 matrices of this size.

    Examples
    --------
    >>> weight = fastinit.orthogonal_(np.empty((64, 128), np.float64), seed=7)
    >>> np.allclose(weight @ weight.T, np.eye(64))
    True
    """

def quantized_rows(
    shape: SupportsIndex | Sequence[SupportsIndex],
    distribution: Literal["embedding_uniform", "embedding_normal", "xavier", "xavier_normalized", "xavier_uniform", "glorot_uniform", "xavier_normal", "glorot_normal", "he_normal", "kaiming_normal", "he_uniform", "kaiming_uniform", "lecun_normal", "lecun_uniform", "variance_scaling", "depth_scaled", "small_init", "wang_init", "mup", "t_fixup", "deepnet", "siren"] | Uniform | Normal | TruncatedNormal | Constant,
    /,
    *,
    bits: int = 8,
    row_layout: Literal["fused_rowwise", "tbe"] = "fused_rowwise",
    first_row: int = 0,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
    **options: Unpack[SchemeOptions],
) -> NDArray[np.uint8]:
    """Return a new array of quantised rows of a table.

    Parameters
    ----------
    shape : (int, int)
        The number of rows, and the number of elements of a row.
    distribution : Uniform, Normal, TruncatedNormal, Constant or str
        The distribution of the float32 values, or the name of a scheme. A scheme reads its fans
        from the shape (rows, dim). For a part of a table, give those of the whole table with the
        options ``fan_in=`` and ``fan_out=``. ``"embedding_uniform"`` needs ``rows=`` instead.
    bits : 8, 4 or 2
        The number of bits of an element.
    row_layout : {"fused_rowwise", "tbe"}, default "fused_rowwise"
        "fused_rowwise" puts scale and bias behind the codes, as the operators embedding_bag_byte,
        _4bit and _2bit of PyTorch expect. "tbe" puts them in front, always as float16, as the
        inference tables of FBGEMM (IntNBitTableBatchedEmbeddingBagsCodegen) and torchrec expect.
    first_row : int, default 0
        The number that the first row has in the whole table.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.
    **options
        The options of the scheme.

    Returns
    -------
    array of uint8
        It has ``quantized_row_bytes(dim, bits, row_layout)`` columns, is C-contiguous and 64-byte
        aligned.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of
        range; if a scale or a bias could overflow.

    Notes
    -----
    Let m and M be the smallest and the largest float32 value x of a row. All arithmetic is in
    float32.

    8 bits, "fused_rowwise": q = round((x - m) (255 / (M - m + 1e-8))). The scale (M - m) / 255 and
    the bias m are float32.

    All other cases: q = round((x - bias) / scale), clipped to [0, L], where L is 2 ** bits - 1. The
    scale (M - bias) / L (or 1 if that is 0) and the bias m are rounded to float16.

    The codes q fill each byte from its low bits. round() rounds halves to even. x is about q scale
    + bias. Source: FloatToFused8BitRowwiseQuantized and FloatToFusedNBitRowwiseQuantizedSBHalf of
    FBGEMM, with the same bytes. For "tbe", torchrec calls the latter for every number of bits, and
    moves scale and bias to the front.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> fastinit.quantized_rows((1000, 64), "embedding_uniform", bits=4, seed=0).shape
    (1000, 36)
    """

def quantized_rows_(
    out: Out,
    dim: int,
    distribution: Literal["embedding_uniform", "embedding_normal", "xavier", "xavier_normalized", "xavier_uniform", "glorot_uniform", "xavier_normal", "glorot_normal", "he_normal", "kaiming_normal", "he_uniform", "kaiming_uniform", "lecun_normal", "lecun_uniform", "variance_scaling", "depth_scaled", "small_init", "wang_init", "mup", "t_fixup", "deepnet", "siren"] | Uniform | Normal | TruncatedNormal | Constant,
    /,
    *,
    bits: int = 8,
    row_layout: Literal["fused_rowwise", "tbe"] = "fused_rowwise",
    first_row: int = 0,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
    **options: Unpack[SchemeOptions],
) -> Out:
    """Fill `out` with quantised rows of a table.

    Parameters
    ----------
    out : array of uint8, shape (rows, quantized_row_bytes(dim, bits, row_layout))
        Writable. The bytes of one row must be contiguous; the rows need not be. If the rows are
        padded, give ``padded[:, :quantized_row_bytes(...)]``: the padding stays as it is.
    dim : int
        The number of elements of a row, 1 or more.
    distribution : Uniform, Normal, TruncatedNormal, Constant or str
        The distribution of the float32 values, or the name of a scheme. A scheme reads its fans
        from the shape (rows, dim). For a part of a table, give those of the whole table with the
        options ``fan_in=`` and ``fan_out=``. ``"embedding_uniform"`` needs ``rows=`` instead.
    bits : 8, 4 or 2
        The number of bits of an element.
    row_layout : {"fused_rowwise", "tbe"}, default "fused_rowwise"
        "fused_rowwise" puts scale and bias behind the codes, as the operators embedding_bag_byte,
        _4bit and _2bit of PyTorch expect. "tbe" puts them in front, always as float16, as the
        inference tables of FBGEMM (IntNBitTableBatchedEmbeddingBagsCodegen) and torchrec expect.
    first_row : int, default 0
        The number that the first row has in the whole table.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.
    **options
        The options of the scheme.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or has another dtype or shape; if an argument is out of
        range; if a scale or a bias could overflow. Nothing has been written in these cases.

    Notes
    -----
    Let m and M be the smallest and the largest float32 value x of a row. All arithmetic is in
    float32.

    8 bits, "fused_rowwise": q = round((x - m) (255 / (M - m + 1e-8))). The scale (M - m) / 255 and
    the bias m are float32.

    All other cases: q = round((x - bias) / scale), clipped to [0, L], where L is 2 ** bits - 1. The
    scale (M - bias) / L (or 1 if that is 0) and the bias m are rounded to float16.

    The codes q fill each byte from its low bits. round() rounds halves to even. x is about q scale
    + bias. Source: FloatToFused8BitRowwiseQuantized and FloatToFusedNBitRowwiseQuantizedSBHalf of
    FBGEMM, with the same bytes. For "tbe", torchrec calls the latter for every number of bits, and
    moves scale and bias to the front.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> table = np.empty((1000, fastinit.quantized_row_bytes(64, 4)), np.uint8)
    >>> fastinit.quantized_rows_(table, 64, "embedding_uniform", bits=4, seed=0).shape
    (1000, 36)
    """

@overload
def random_bits(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[np.uint32] | np.dtype[np.uint32] | Literal["uint32", "u4"] = np.uint32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.uint32]:
    """Return a new array of the random words from which all other values are made.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    dtype : dtype, default uint32
        uint32 or uint64. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of
        range.

    Notes
    -----
    The generator is Philox4x32-10 (Salmon et al., SC'11). Element i of uint32 is word ``i & 3`` of
    block ``i >> 2``. Element i of uint64 has word 2 i as its high half and word 2 i + 1 as its low
    half.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> fastinit.random_bits(2, seed=7)
    array([4099963437, 3221879260], dtype=uint32)
    """
@overload
def random_bits(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[np.uint64] | np.dtype[np.uint64] | Literal["uint64", "u8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.uint64]: ...
@overload
def random_bits(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array of the random words from which all other values are made.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    dtype : dtype, default uint32
        uint32 or uint64. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of
        range.

    Notes
    -----
    The generator is Philox4x32-10 (Salmon et al., SC'11). Element i of uint32 is word ``i & 3`` of
    block ``i >> 2``. Element i of uint64 has word 2 i as its high half and word 2 i + 1 as its low
    half.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> fastinit.random_bits(2, seed=7)
    array([4099963437, 3221879260], dtype=uint32)
    """

def random_bits_(
    out: Out,
    *,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` with the random words from which all other values are made.

    Parameters
    ----------
    out : array or buffer of uint32 or uint64
        Writable, of any shape and memory layout.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled, or an argument is out of
        range. Nothing has been written in these cases.

    Notes
    -----
    The generator is Philox4x32-10 (Salmon et al., SC'11). Element i of uint32 is word ``i & 3`` of
    block ``i >> 2``. Element i of uint64 has word 2 i as its high half and word 2 i + 1 as its low
    half.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> fastinit.random_bits_(np.empty(2, np.uint32), seed=7)
    array([4099963437, 3221879260], dtype=uint32)
    """

@overload
def siren(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    omega: float = 30.0,
    first: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-a, a), a = sqrt(6 / fan_in) / omega, for layers with sin(omega x); 1 / fan_in if first.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    omega : float, default 30.0
        The factor in sin(omega x). Above 0. The first layer does not use it.
    first : bool, default False
        Whether the layer is the first one, whose limit is 1 / fan_in.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions"
    (SIREN), NeurIPS 2020, section 3.2 and, for `omega` and the first layer, supplement 1.5.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.siren((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def siren(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    omega: float = 30.0,
    first: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def siren(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    omega: float = 30.0,
    first: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def siren(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    omega: float = 30.0,
    first: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-a, a), a = sqrt(6 / fan_in) / omega, for layers with sin(omega x); 1 / fan_in if first.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    omega : float, default 30.0
        The factor in sin(omega x). Above 0. The first layer does not use it.
    first : bool, default False
        Whether the layer is the first one, whose limit is 1 / fan_in.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions"
    (SIREN), NeurIPS 2020, section 3.2 and, for `omega` and the first layer, supplement 1.5.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.siren((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def siren_(
    out: Out,
    *,
    omega: float = 30.0,
    first: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-a, a), a = sqrt(6 / fan_in) / omega, for layers with sin(omega x); 1 / fan_in if first.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    omega : float, default 30.0
        The factor in sin(omega x). Above 0. The first layer does not use it.
    first : bool, default False
        Whether the layer is the first one, whose limit is 1 / fan_in.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions"
    (SIREN), NeurIPS 2020, section 3.2 and, for `omega` and the first layer, supplement 1.5.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.siren_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def small_init(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    width: int,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, 2 / (5 width)), for the weights of a transformer of this width.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    width : int
        The width of the model: the number of elements of its residual stream (``d_model``).
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Nguyen and Salazar, "Transformers without Tears", IWSLT 2019, SmallInit: the variance of
    Glorot, 2 / (d + 4 d), of the feed-forward layer, for all layers. GPT-NeoX, ``small_init``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.small_init((512, 256), width=512, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def small_init(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    width: int,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def small_init(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    width: int,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def small_init(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    width: int,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, 2 / (5 width)), for the weights of a transformer of this width.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    width : int
        The width of the model: the number of elements of its residual stream (``d_model``).
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Nguyen and Salazar, "Transformers without Tears", IWSLT 2019, SmallInit: the variance of
    Glorot, 2 / (d + 4 d), of the feed-forward layer, for all layers. GPT-NeoX, ``small_init``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.small_init((512, 256), width=512, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def small_init_(
    out: Out,
    *,
    width: int,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, 2 / (5 width)), for the weights of a transformer of this width.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    width : int
        The width of the model: the number of elements of its residual stream (``d_model``).
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Nguyen and Salazar, "Transformers without Tears", IWSLT 2019, SmallInit: the variance of
    Glorot, 2 / (d + 4 d), of the feed-forward layer, for all layers. GPT-NeoX, ``small_init``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.small_init_(weight, width=512, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def sparse(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    sparsity: float,
    *,
    std: float = 0.01,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new matrix of normals; a fixed number of elements in each column is 0.

    Parameters
    ----------
    shape : (int, int)
        The shape (n, m) of the whole weight.
    sparsity : float
        The fraction of each column that is 0, in [0, 1]. Each column has ceil(sparsity n) zeros.
    std : float, default 0.01
        The standard deviation of the other elements.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have two axes, or an argument is out of
        range.

    Notes
    -----
    Source: Martens, ICML 2010, section 5, as in ``torch.nn.init.sparse_``. The values are those of
    `fastinit.normal_`. The zeros are chosen by sort keys: the key of row i in column j is the
    64-bit word j n + i of the stream named "zeros of stream s", where s is the number of the given
    stream. In each column, the rows with the smallest keys are 0. So the zeros depend only on the
    seed and the stream, and are the same on every machine.

    Examples
    --------
    >>> weight = fastinit.sparse((100, 8), 0.9, seed=7)
    >>> np.count_nonzero(weight, axis=0).tolist()
    [10, 10, 10, 10, 10, 10, 10, 10]
    """
@overload
def sparse(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    sparsity: float,
    *,
    std: float = 0.01,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def sparse(
    shape: SupportsIndex | Sequence[SupportsIndex],
    sparsity: float,
    *,
    std: float = 0.01,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def sparse(
    shape: SupportsIndex | Sequence[SupportsIndex],
    sparsity: float,
    *,
    std: float = 0.01,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new matrix of normals; a fixed number of elements in each column is 0.

    Parameters
    ----------
    shape : (int, int)
        The shape (n, m) of the whole weight.
    sparsity : float
        The fraction of each column that is 0, in [0, 1]. Each column has ceil(sparsity n) zeros.
    std : float, default 0.01
        The standard deviation of the other elements.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If `shape` does not have two axes, or an argument is out of
        range.

    Notes
    -----
    Source: Martens, ICML 2010, section 5, as in ``torch.nn.init.sparse_``. The values are those of
    `fastinit.normal_`. The zeros are chosen by sort keys: the key of row i in column j is the
    64-bit word j n + i of the stream named "zeros of stream s", where s is the number of the given
    stream. In each column, the rows with the smallest keys are 0. So the zeros depend only on the
    seed and the stream, and are the same on every machine.

    Examples
    --------
    >>> weight = fastinit.sparse((100, 8), 0.9, seed=7)
    >>> np.count_nonzero(weight, axis=0).tolist()
    [10, 10, 10, 10, 10, 10, 10, 10]
    """

def sparse_(
    out: Out,
    sparsity: float,
    *,
    std: float = 0.01,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill a matrix with normals; a fixed number of elements in each column is 0.

    Parameters
    ----------
    out : array or buffer of a floating dtype, shape (n, m)
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    sparsity : float
        The fraction of each column that is 0, in [0, 1]. Each column has ceil(sparsity n) zeros.
    std : float, default 0.01
        The standard deviation of the other elements.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or does not have two axes, or an argument is out of
        range. Nothing has been written in these cases.

    Notes
    -----
    Source: Martens, ICML 2010, section 5, as in ``torch.nn.init.sparse_``. The values are those of
    `fastinit.normal_`. The zeros are chosen by sort keys: the key of row i in column j is the
    64-bit word j n + i of the stream named "zeros of stream s", where s is the number of the given
    stream. In each column, the rows with the smallest keys are 0. So the zeros depend only on the
    seed and the stream, and are the same on every machine.

    Examples
    --------
    >>> weight = fastinit.sparse_(np.empty((100, 8), np.float32), 0.9, seed=7)
    >>> np.count_nonzero(weight, axis=0).tolist()
    [10, 10, 10, 10, 10, 10, 10, 10]
    """

@overload
def t_fixup(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"],
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: `xavier_uniform` with the gain 0.67 layers**(-1/4) (encoder) or (9 layers)**(-1/4) (decoder).

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    part : {"single", "encoder", "decoder"}
        The stack of layers that the weight belongs to. "single" is the only stack of a model that is
        all encoder or all decoder. It is the default of `deepnet`, and `t_fixup` does not have it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    It is for the values, the output projections and the feed-forward layers of a transformer
    without normalisation. The queries and keys have `xavier_uniform`. The embeddings have
    `embedding_normal` with the gain (9 layers)**(-1/4).

    Source: Huang et al., "Improving Transformer Optimization Through Better Initialization"
    (T-Fixup), ICML 2020, section 3, list "T-Fixup initialization". `layers` is the number of layers
    of the encoder, and also of the decoder.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.t_fixup((512, 256), layers=12, part="decoder", seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def t_fixup(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"],
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def t_fixup(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"],
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def t_fixup(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"],
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: `xavier_uniform` with the gain 0.67 layers**(-1/4) (encoder) or (9 layers)**(-1/4) (decoder).

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    part : {"single", "encoder", "decoder"}
        The stack of layers that the weight belongs to. "single" is the only stack of a model that is
        all encoder or all decoder. It is the default of `deepnet`, and `t_fixup` does not have it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    It is for the values, the output projections and the feed-forward layers of a transformer
    without normalisation. The queries and keys have `xavier_uniform`. The embeddings have
    `embedding_normal` with the gain (9 layers)**(-1/4).

    Source: Huang et al., "Improving Transformer Optimization Through Better Initialization"
    (T-Fixup), ICML 2020, section 3, list "T-Fixup initialization". `layers` is the number of layers
    of the encoder, and also of the decoder.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.t_fixup((512, 256), layers=12, part="decoder", seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def t_fixup_(
    out: Out,
    *,
    layers: int,
    part: Literal["single", "encoder", "decoder"],
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: `xavier_uniform` with the gain 0.67 layers**(-1/4) (encoder) or (9 layers)**(-1/4) (decoder).

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    layers : int
        The number of layers of the stack that the weight belongs to.
    part : {"single", "encoder", "decoder"}
        The stack of layers that the weight belongs to. "single" is the only stack of a model that is
        all encoder or all decoder. It is the default of `deepnet`, and `t_fixup` does not have it.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    It is for the values, the output projections and the feed-forward layers of a transformer
    without normalisation. The queries and keys have `xavier_uniform`. The embeddings have
    `embedding_normal` with the gain (9 layers)**(-1/4).

    Source: Huang et al., "Improving Transformer Optimization Through Better Initialization"
    (T-Fixup), ICML 2020, section 3, list "T-Fixup initialization". `layers` is the number of layers
    of the encoder, and also of the decoder.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.t_fixup_(weight, layers=12, part="decoder", seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def trunc_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new array from the normal distribution, truncated to the interval [a, b].

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    mean, std : float
        Mean and standard deviation of the normal before the truncation: finite, std >= 0.
    a, b : float
        The bounds as absolute values, as in PyTorch: a <= b. They may be infinite.
    lower, upper : float, optional
        The bounds in standard deviations from the mean, as in JAX. They replace `a` and `b`.
    std_correction : bool, default False
        If true, widen the normal before the truncation so that `std` is the standard deviation of
        the result. With `lower` and `upper`, `std` is divided by the standard deviation of the
        truncated standard normal (0.8796 for -2 and 2), and the bounds count in the widened
        standard deviation. With `a` and `b`, the bounds stay, and the equation is solved
        numerically.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If `mean` or `std` is not finite,
        std < 0 or a > b; if [a, b] contains no representable value of the dtype, or values would be
        infinite in it; if no normal has the corrected `std`; if `seed`, `stream`, `offset` or
        `threads` is out of range.

    Notes
    -----
    A value is the inverse of the distribution function at P + S (w + 1/2) / 2**32. Here w is one
    32-bit word (float64: a 64-bit word), P is the probability below `a`, and S is the probability
    between the bounds. No value is rejected. No value is outside the bounds in the dtype.
    The bounds may be far in a tail or close together, and every argument may be as large or as
    small as a float64 can be. The absolute error is below 1.5e-6 std. In float32 and narrower
    dtypes, up to 8 of the 2**32 words mean a value beyond 6.338 std if S is 1/16 or more; these
    words give 6.338 std.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> table = fastinit.trunc_normal((1000, 64), std=0.02, lower=-2, upper=2, seed=7)
    >>> bool(abs(table).max() <= 0.04)
    True
    """
@overload
def trunc_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def trunc_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def trunc_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the normal distribution, truncated to the interval [a, b].

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    mean, std : float
        Mean and standard deviation of the normal before the truncation: finite, std >= 0.
    a, b : float
        The bounds as absolute values, as in PyTorch: a <= b. They may be infinite.
    lower, upper : float, optional
        The bounds in standard deviations from the mean, as in JAX. They replace `a` and `b`.
    std_correction : bool, default False
        If true, widen the normal before the truncation so that `std` is the standard deviation of
        the result. With `lower` and `upper`, `std` is divided by the standard deviation of the
        truncated standard normal (0.8796 for -2 and 2), and the bounds count in the widened
        standard deviation. With `a` and `b`, the bounds stay, and the equation is solved
        numerically.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If `mean` or `std` is not finite,
        std < 0 or a > b; if [a, b] contains no representable value of the dtype, or values would be
        infinite in it; if no normal has the corrected `std`; if `seed`, `stream`, `offset` or
        `threads` is out of range.

    Notes
    -----
    A value is the inverse of the distribution function at P + S (w + 1/2) / 2**32. Here w is one
    32-bit word (float64: a 64-bit word), P is the probability below `a`, and S is the probability
    between the bounds. No value is rejected. No value is outside the bounds in the dtype.
    The bounds may be far in a tail or close together, and every argument may be as large or as
    small as a float64 can be. The absolute error is below 1.5e-6 std. In float32 and narrower
    dtypes, up to 8 of the 2**32 words mean a value beyond 6.338 std if S is 1/16 or more; these
    words give 6.338 std.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> table = fastinit.trunc_normal((1000, 64), std=0.02, lower=-2, upper=2, seed=7)
    >>> bool(abs(table).max() <= 0.04)
    True
    """

def trunc_normal_(
    out: Out,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` from the normal distribution, truncated to the interval [a, b].

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any shape and memory layout.
    mean, std : float
        Mean and standard deviation of the normal before the truncation: finite, std >= 0.
    a, b : float
        The bounds as absolute values, as in PyTorch: a <= b. They may be infinite.
    lower, upper : float, optional
        The bounds in standard deviations from the mean, as in JAX. They replace `a` and `b`.
    std_correction : bool, default False
        If true, widen the normal before the truncation so that `std` is the standard deviation of
        the result. With `lower` and `upper`, `std` is divided by the standard deviation of the
        truncated standard normal (0.8796 for -2 and 2), and the bounds count in the widened
        standard deviation. With `a` and `b`, the bounds stay, and the equation is solved
        numerically.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If `out` is read-only or its elements share memory; if `mean` or `std` is not finite,
        std < 0 or a > b; if [a, b] contains no representable value of the dtype, or values would be
        infinite in it; if no normal has the corrected `std`; if `seed`, `stream`, `offset` or
        `threads` is out of range. Nothing has been written in these cases.

    Notes
    -----
    A value is the inverse of the distribution function at P + S (w + 1/2) / 2**32. Here w is one
    32-bit word (float64: a 64-bit word), P is the probability below `a`, and S is the probability
    between the bounds. No value is rejected. No value is outside the bounds in the dtype.
    The bounds may be far in a tail or close together, and every argument may be as large or as
    small as a float64 can be. The absolute error is below 1.5e-6 std. In float32 and narrower
    dtypes, up to 8 of the 2**32 words mean a value beyond 6.338 std if S is 1/16 or more; these
    words give 6.338 std.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> out = np.empty(1000, np.float32)
    >>> fastinit.trunc_normal_(out, std=0.02, a=-0.04, b=0.04, seed=7) is out
    True
    """

@overload
def uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new array from the uniform distribution on [low, high).

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    low, high : float
        The ends of the interval: finite, low <= high. They are rounded to the dtype. If
        they are equal, all values are equal to them. Otherwise no value equals `high`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If a bound is not finite or low >
        high; if high - low overflows, or is so small that its steps are subnormal; if `seed`,
        `stream`, `offset` or `threads` is out of range.

    Notes
    -----
    float32: ``low + (w mod 2**24) * 2**-24 * (high - low)``, where w is one 32-bit word. float64:
    the same with the low 53 bits of a 64-bit word. Narrower dtypes: the float32 value, rounded to
    nearest even. If that gives `high`, the value is the largest representable value below `high`.
    If it gives a value below `low`, the value is the smallest representable value that is not below
    `low`.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> table = fastinit.uniform((1000, 64), -0.1, 0.1, seed=7, stream="embedding")
    >>> bool(-0.1 <= table.min() and table.max() < 0.1)
    True
    """
@overload
def uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the uniform distribution on [low, high).

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    low, high : float
        The ends of the interval: finite, low <= high. They are rounded to the dtype. If
        they are equal, all values are equal to them. Otherwise no value equals `high`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If a bound is not finite or low >
        high; if high - low overflows, or is so small that its steps are subnormal; if `seed`,
        `stream`, `offset` or `threads` is out of range.

    Notes
    -----
    float32: ``low + (w mod 2**24) * 2**-24 * (high - low)``, where w is one 32-bit word. float64:
    the same with the low 53 bits of a 64-bit word. Narrower dtypes: the float32 value, rounded to
    nearest even. If that gives `high`, the value is the largest representable value below `high`.
    If it gives a value below `low`, the value is the smallest representable value that is not below
    `low`.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> table = fastinit.uniform((1000, 64), -0.1, 0.1, seed=7, stream="embedding")
    >>> bool(-0.1 <= table.min() and table.max() < 0.1)
    True
    """

def uniform_(
    out: Out,
    low: float = 0.0,
    high: float = 1.0,
    *,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` from the uniform distribution on [low, high).

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any shape and memory layout.
    low, high : float
        The ends of the interval: finite, low <= high. They are rounded to the dtype. If
        they are equal, all values are equal to them. Otherwise no value equals `high`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes, or an argument has
        the wrong type.
    ValueError
        If `out` is read-only or its elements share memory; if a bound is not finite or low >
        high; if high - low overflows, or is so small that its steps are subnormal; if `seed`,
        `stream`, `offset` or `threads` is out of range. Nothing has been written in these cases.

    Notes
    -----
    float32: ``low + (w mod 2**24) * 2**-24 * (high - low)``, where w is one 32-bit word. float64:
    the same with the low 53 bits of a 64-bit word. Narrower dtypes: the float32 value, rounded to
    nearest even. If that gives `high`, the value is the largest representable value below `high`.
    If it gives a value below `low`, the value is the smallest representable value that is not below
    `low`.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> out = np.empty(1000, np.float32)
    >>> fastinit.uniform_(out, -0.1, 0.1, seed=7, stream="embedding") is out
    True
    """

@overload
def variance_scaling(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    scale: float = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "untruncated_normal", "uniform"] = "truncated_normal",
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: Mean 0 and variance scale / fan, from one of three distributions; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    scale : float, default 1.0
        The variance multiplied by the fan. Not negative.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    distribution : str, default "truncated_normal"
        "truncated_normal" is truncated at 2 standard deviations; its standard deviation is divided
        by 0.87962566103423978, so the variance of the values is the same. "normal" and
        "untruncated_normal" have no bounds, as in JAX; in Keras, "normal" is truncated. "uniform"
        is symmetric about 0.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: ``VarianceScaling`` of Keras and ``variance_scaling`` of JAX. All other schemes are
    special cases of it.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.variance_scaling((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def variance_scaling(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    scale: float = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "untruncated_normal", "uniform"] = "truncated_normal",
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def variance_scaling(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    scale: float = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "untruncated_normal", "uniform"] = "truncated_normal",
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def variance_scaling(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    scale: float = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "untruncated_normal", "uniform"] = "truncated_normal",
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: Mean 0 and variance scale / fan, from one of three distributions; `mode` selects the fan.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    scale : float, default 1.0
        The variance multiplied by the fan. Not negative.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    distribution : str, default "truncated_normal"
        "truncated_normal" is truncated at 2 standard deviations; its standard deviation is divided
        by 0.87962566103423978, so the variance of the values is the same. "normal" and
        "untruncated_normal" have no bounds, as in JAX; in Keras, "normal" is truncated. "uniform"
        is symmetric about 0.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: ``VarianceScaling`` of Keras and ``variance_scaling`` of JAX. All other schemes are
    special cases of it.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.variance_scaling((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def variance_scaling_(
    out: Out,
    *,
    scale: float = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "untruncated_normal", "uniform"] = "truncated_normal",
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: Mean 0 and variance scale / fan, from one of three distributions; `mode` selects the fan.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    scale : float, default 1.0
        The variance multiplied by the fan. Not negative.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}, default "fan_in"
        The fan that divides the variance. "fan_in" keeps the variance of the signal in the forward
        pass, "fan_out" that of the gradient in the backward pass. "fan_avg" is the arithmetic mean
        of both, "fan_geo_avg" the geometric mean.
    distribution : str, default "truncated_normal"
        "truncated_normal" is truncated at 2 standard deviations; its standard deviation is divided
        by 0.87962566103423978, so the variance of the values is the same. "normal" and
        "untruncated_normal" have no bounds, as in JAX; in Keras, "normal" is truncated. "uniform"
        is symmetric about 0.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: ``VarianceScaling`` of Keras and ``variance_scaling`` of JAX. All other schemes are
    special cases of it.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.variance_scaling_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def wang_init(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    width: int,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, 4 / (layers**2 width)), for the projections that write to the residual stream.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    width : int
        The width of the model: the number of elements of its residual stream (``d_model``).
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    All other weights have `small_init`. The standard deviation is 2 / (layers sqrt(width)). Its
    factor 2 is for layers in which attention and feed-forward layer are side by side.

    Source: Wang, mesh-transformer-jax (GPT-J), 2021. Black et al., "GPT-NeoX-20B", 2022, section
    2.1.3, ``wang_init``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.wang_init((512, 256), layers=12, width=512, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def wang_init(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    width: int,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def wang_init(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    width: int,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def wang_init(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layers: int,
    width: int,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, 4 / (layers**2 width)), for the projections that write to the residual stream.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layers : int
        The number of layers of the stack that the weight belongs to.
    width : int
        The width of the model: the number of elements of its residual stream (``d_model``).
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    All other weights have `small_init`. The standard deviation is 2 / (layers sqrt(width)). Its
    factor 2 is for layers in which attention and feed-forward layer are side by side.

    Source: Wang, mesh-transformer-jax (GPT-J), 2021. Black et al., "GPT-NeoX-20B", 2022, section
    2.1.3, ``wang_init``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.wang_init((512, 256), layers=12, width=512, seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def wang_init_(
    out: Out,
    *,
    layers: int,
    width: int,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, 4 / (layers**2 width)), for the projections that write to the residual stream.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    layers : int
        The number of layers of the stack that the weight belongs to.
    width : int
        The width of the model: the number of elements of its residual stream (``d_model``).
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    All other weights have `small_init`. The standard deviation is 2 / (layers sqrt(width)). Its
    factor 2 is for layers in which attention and feed-forward layer are side by side.

    Source: Wang, mesh-transformer-jax (GPT-J), 2021. Black et al., "GPT-NeoX-20B", 2022, section
    2.1.3, ``wang_init``.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.wang_init_(weight, layers=12, width=512, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def xavier(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-1/sqrt(fan_in), 1/sqrt(fan_in)): plain Xavier; PyTorch and Keras mean `xavier_uniform`.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    The layers of PyTorch start with this plain form, and so does matrix A of LoRA.

    Source: Glorot and Bengio, AISTATS 2010, equation 1 (the "commonly used heuristic"). It is
    ``kaiming_uniform_(a=sqrt(5))`` of PyTorch.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def xavier(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def xavier(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def xavier(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-1/sqrt(fan_in), 1/sqrt(fan_in)): plain Xavier; PyTorch and Keras mean `xavier_uniform`.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    The layers of PyTorch start with this plain form, and so does matrix A of LoRA.

    Source: Glorot and Bengio, AISTATS 2010, equation 1 (the "commonly used heuristic"). It is
    ``kaiming_uniform_(a=sqrt(5))`` of PyTorch.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def xavier_(
    out: Out,
    *,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-1/sqrt(fan_in), 1/sqrt(fan_in)): plain Xavier; PyTorch and Keras mean `xavier_uniform`.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    The layers of PyTorch start with this plain form, and so does matrix A of LoRA.

    Source: Glorot and Bengio, AISTATS 2010, equation 1 (the "commonly used heuristic"). It is
    ``kaiming_uniform_(a=sqrt(5))`` of PyTorch.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.xavier_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def xavier_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, the variance of equation 12.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def xavier_normal(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def xavier_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def xavier_normal(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, the variance of equation 12.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier_normal((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def xavier_normal_(
    out: Out,
    *,
    gain: float = 1.0,
    truncated: bool = False,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: N(0, gain**2 2 / (fan_in + fan_out)), for sigmoid and tanh.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    truncated : bool, default False
        If true, draw from a normal that is truncated at 2 standard deviations. Its standard
        deviation is divided by 0.87962566103423978, so the variance of the values is the same.
        Keras and JAX do this by default.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, the variance of equation 12.

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.xavier_normal_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def xavier_normalized(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier_normalized((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def xavier_normalized(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def xavier_normalized(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def xavier_normalized(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier_normalized((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def xavier_normalized_(
    out: Out,
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.xavier_normalized_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def xavier_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return a new weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """
@overload
def xavier_uniform(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]: ...
@overload
def xavier_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[np.float16]: ...
@overload
def xavier_uniform(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    dtype: DTypeLike,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the whole weight.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError
        If `dtype` is not one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = fastinit.xavier_uniform((512, 256), seed=7, stream="encoder.weight")
    >>> weight.shape, weight.dtype.name
    ((512, 256), 'float32')
    """

def xavier_uniform_(
    out: Out,
    *,
    gain: float = 1.0,
    layout: Literal["torch", "keras"] = "torch",
    in_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    out_axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    batch_axis: SupportsIndex | Sequence[SupportsIndex] = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
    activation: Literal["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "hardswish", "hard_swish", "linear", "identity", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "selu"] | None = None,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill a weight: U[-a, a), a = gain sqrt(6 / (fan_in + fan_out)): normalised Xavier, for sigmoid and tanh.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The whole weight. The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any memory layout.
    gain : float, default 1.0
        Multiplies the standard deviation; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked. Fans do not count them.
    fan_in, fan_out : int, optional
        These replace the fans of the shape. For a part of a weight, give the fans of the whole
        weight. For a bias, give both fans of its weight.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 3 for
        queries, keys and values. fan_out is that of one part.
    activation : str, optional
        The activation that follows the layer. It changes no value. If the scheme does not suit it,
        the call warns (`fastinit.SchemeWarning`), unless you give a gain or a nonlinearity. See
        `fastinit.for_activation`.
    seed : int or Generator, optional
        An integer in [0, 2**64), or a generator. The default is the generator of the process: see
        `manual_seed`.
    stream : int or str, optional
        An integer in [0, 2**64), or a name, such as the name of a parameter. Different streams of one
        seed are independent. If no stream is given, an integer seed means stream 0, and a generator
        hands out its next stream: 2**63, 2**63 + 1 and so on. If a stream is given, the generator hands
        out none.
    offset : int, default 0
        The C-order index that the first element of the array has in the whole tensor.
    threads : int, optional
        The largest number of threads. The default is what `get_num_threads` returns.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes; if an argument has the
        wrong type; if the scheme does not have an option.
    ValueError
        If `out` is read-only or its elements share memory; if the shape does not suit the scheme;
        if an argument is out of range; if the dtype cannot hold the values. Nothing has been written in these cases.

    Notes
    -----
    Source: Glorot and Bengio, AISTATS 2010, equation 16 (the "normalized initialization").

    Compatibility guarantee: for one ``fastinit.CONTRACT_VERSION``, a value depends
    only on the distribution, the dtype, the seed, the stream and the index of the element. It does not
    depend on the machine, the instruction set, the number of threads or the memory layout.

    Examples
    --------
    >>> weight = np.empty((512, 256), np.float32)
    >>> fastinit.xavier_uniform_(weight, seed=7, stream="encoder.weight") is weight
    True
    """

@overload
def zeros(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[np.float32] | np.dtype[np.float32] | Literal["float32", "single", "f4"] = np.float32,
) -> NDArray[np.float32]:
    """Return a new array of zeros, as usual for biases.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of range.

    Notes
    -----
    Source: ``torch.nn.init.zeros_``, ``zeros`` of JAX and ``Zeros`` of Keras.

    Examples
    --------
    >>> fastinit.zeros(3)
    array([0., 0., 0.], dtype=float32)
    """
@overload
def zeros(  # type: ignore[overload-overlap]
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[float] | type[np.float64] | np.dtype[np.float64] | Literal["float64", "double", "f8"],
) -> NDArray[np.float64]: ...
@overload
def zeros(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: type[np.float16] | np.dtype[np.float16] | Literal["float16", "half", "f2"],
) -> NDArray[np.float16]: ...
@overload
def zeros(
    shape: SupportsIndex | Sequence[SupportsIndex],
    *,
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return a new array of zeros, as usual for biases.

    Parameters
    ----------
    shape : int or sequence of int
        The shape of the new array.
    dtype : dtype, default float32
        float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2. It may be a name.

    Returns
    -------
    array
        A new array of this shape and dtype. It is C-contiguous and 64-byte aligned.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of range.

    Notes
    -----
    Source: ``torch.nn.init.zeros_``, ``zeros`` of JAX and ``Zeros`` of Keras.

    Examples
    --------
    >>> fastinit.zeros(3)
    array([0., 0., 0.], dtype=float32)
    """

def zeros_(
    out: Out,
) -> Out:
    """Fill `out` with zeros, as usual for biases.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The dtype is float32, float64, bfloat16, float16, float8_e4m3fn or float8_e5m2.
        Writable, of any shape and memory layout.

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled.

    Notes
    -----
    Source: ``torch.nn.init.zeros_``, ``zeros`` of JAX and ``Zeros`` of Keras.

    Examples
    --------
    >>> fastinit.zeros_(np.empty(3, np.float32))
    array([0., 0., 0.], dtype=float32)
    """

identity = eye

identity_ = eye_
