"""The contract in JAX operations, for programs that XLA compiles, shards and batches.

Promises: for the laws that `can_draw` accepts, the values have the bits of the kernels. They come
from the same operations as in _kernels/transforms.pxd, in the same order. An element depends only
on its index, so XLA makes the part of each device on that device, even if it learns the sharding
only after the trace. A fused program needs no memory beyond the result. Assumes: the law was
checked.

Two measures keep the bits. XLA allows LLVM to contract a product and a sum to one fused operation,
so each product first passes through `_as_rounded`. XLA also removes a conversion to a narrower
format if the program converts back, so `_narrow` rounds with integer operations.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine.kernel_arguments import Kind, Law, Parameters
from fastinit._memory.dtypes import FORMATS, Format, FormatNumber
from fastinit._support.extras import require

from .octaves import OCTAVES

if TYPE_CHECKING:
    from collections.abc import Sequence

jax: Any = require("jax", "jax")
lax = jax.lax
jnp = jax.numpy

MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10
WORD = 0xFFFFFFFF

# In a batch of keys, fewer elements than these take their words from whole blocks. XLA stores them,
# which costs less than a block for each element. From here on, XLA vectorises over the elements.
TINY = 16
SIGN = np.uint32(1 << 31)
EXPONENT = np.uint32(0x7F800000)
MANTISSA = np.uint32(0x007FFFFF)
ONE = np.uint32(0x3F800000)  # the bits of 1.0
LARGEST_MAGNITUDE = np.float32(2147483520.0)  # the largest float32 below 2**31, the octaves' end

FORMAT_OF = {each.number: each for each in FORMATS.values()}

# Devices may flush subnormal numbers to zero. Scales from this on never produce subnormal numbers.
LEAST_SCALE = 2.0**-60


def can_draw(law: Law) -> bool:
    """Return whether `draw` supports a law: float32 arithmetic without subnormal numbers."""
    if law.format == FormatNumber.FLOAT64:
        return False
    if law.kind == Kind.UNIFORM:
        low, width = law.parameters.location, law.parameters.step * 2.0**24
        return width >= LEAST_SCALE and (low == 0 or abs(low) >= LEAST_SCALE)
    return law.kind in (Kind.NORMAL, Kind.TRUNCATED) and law.parameters.scale >= LEAST_SCALE


@partial(jax.jit, static_argnames=("shape", "law"))
def draw(address: Sequence[Any], *, shape: tuple[int, ...], law: Law) -> Any:
    """Return the values of a law.

    Parameters
    ----------
    address : sequence of uint32
        The high and the low word of the seed. The high and the low word of the stream follow,
        unless the stream is 0.
    shape : tuple of int
        The shape of the whole array.
    law : Law
        A law that `can_draw` accepts.
    """
    words = (_words if law.kind == Kind.UNIFORM else _words_for_look_up)(address, shape)
    given = law.parameters
    lowest, largest, location, scale, step = (
        np.float32(each)
        for each in (given.lowest, given.largest, given.location, given.scale, given.step)
    )
    if law.kind == Kind.UNIFORM:
        values = _to_float(words & np.uint32(0x00FFFFFF)) * step
    elif law.kind == Kind.NORMAL:
        values = _normal(words) * scale
    else:
        values = _truncated_normal(words, given) * scale
    values = _as_rounded(values, words) + location
    if law.kind != Kind.NORMAL:
        values = jnp.maximum(jnp.minimum(values, largest), lowest)
    return _narrow(values, FORMAT_OF[law.format])


def _words(address: Any, shape: tuple[int, ...]) -> Any:
    """Return the Philox4x32-10 word of each element.

    Each element computes its whole block, because a fused program keeps no block for the next one.
    """
    with jax.enable_x64(True):  # noqa: FBT003
        return _words_of_index(address, _index(shape, np.dtype(np.uint64)))


def _index(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Return the index of each element."""
    index = jnp.zeros(shape, dtype)
    stride = 1
    for axis in reversed(range(len(shape))):
        index += lax.broadcasted_iota(dtype, shape, axis) * dtype.type(stride)
        stride *= shape[axis]
    return index


def _words_of_index(address: Any, index: Any) -> Any:
    """Return the word of each index. The arithmetic has the dtype of the index."""
    number = index.dtype.type
    block = index >> number(2)
    # A shift by 32 needs 64 bits. A 32-bit index has no block above them.
    high = block >> number(32) if index.dtype == np.uint64 else number(0)
    words = _philox(block & number(WORD), high, address, index.dtype)
    place = index & number(3)
    first_pair = jnp.where(place == 0, words[0], words[1])
    second_pair = jnp.where(place == 2, words[2], words[3])  # noqa: PLR2004 - the third of four words
    return jnp.where(place < 2, first_pair, second_pair).astype(jnp.uint32)  # noqa: PLR2004


def _philox(block_low: Any, block_high: Any, address: Any, dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """Return the four words of blocks: 32-bit numbers with a dtype of 32 or 64 bits."""

    def product(number: Any, multiplier: int) -> tuple[Any, Any]:
        whole = number.astype(jnp.uint64) * np.uint64(multiplier)
        return (whole >> np.uint64(32)).astype(dtype), (whole & np.uint64(WORD)).astype(dtype)

    seed_high, seed_low, *stream = (word.astype(dtype) for word in address)
    stream_high, stream_low = stream or (dtype.type(0), dtype.type(0))
    x = (block_low, block_high, stream_low, stream_high)
    for i in range(ROUNDS):
        key = [
            (word + dtype.type(i * weyl & WORD)) & dtype.type(WORD)
            for word, weyl in zip((seed_low, seed_high), WEYL, strict=True)
        ]
        high_0, low_0 = product(x[0], MULTIPLIERS[0])
        high_1, low_1 = product(x[2], MULTIPLIERS[1])
        x = (high_1 ^ x[1] ^ key[0], low_1, high_0 ^ x[3] ^ key[1], low_0)
    return x


def _words_for_look_up(address: Any, shape: tuple[int, ...]) -> Any:
    """Return the same words as `_words`, for operations that look up coefficients.

    XLA does not vectorise the program for a batch of keys, unless it is written for the batch.
    """
    if math.prod(shape) > WORD:
        return _words(address, shape)
    words = jax.custom_batching.custom_vmap(lambda address: _words(address, shape))
    in_batch = jax.vmap(lambda address: _words_in_batch(address, shape))
    words.def_vmap(lambda _size, _batched, addresses: (in_batch(addresses), True))
    return words(address)


def _words_in_batch(address: Any, shape: tuple[int, ...]) -> Any:
    """Return the words of one key, in a program that has a batch of them."""
    size = math.prod(shape)
    with jax.enable_x64(True):  # noqa: FBT003
        if size < TINY:
            blocks = lax.iota(jnp.uint32, -(-size // 4))
            words = _philox(blocks, np.uint32(0), address, blocks.dtype)
            return jnp.stack(words, axis=-1).reshape(-1)[:size].reshape(shape)
        # XLA computes what depends on the key or on the index alone in a program of its own, and
        # passes constants to both programs. LLVM does not know their values and does not vectorise.
        # So everything depends on a zero of key and index; `_as_rounded` says why it is kept.
        index = _index(shape, np.dtype(np.uint32))
        both = index ^ address[1]
        zero = (both * (both + np.uint32(1))) & np.uint32(1)
        stream = [word ^ zero for word in address[2:]]
        return _words_of_index([*address[:2], *stream], index ^ zero)


def _bits(values: Any) -> Any:
    return lax.bitcast_convert_type(values, jnp.uint32)


def _from_bits(bits: Any) -> Any:
    return lax.bitcast_convert_type(bits, jnp.float32)


def _to_float(words: Any) -> Any:
    """Return words as signed 32-bit integers, rounded to float32."""
    return lax.bitcast_convert_type(words, jnp.int32).astype(jnp.float32)


def _as_rounded(values: Any, words: Any) -> Any:
    """Return the same values, so that no compiler can use them in a fused multiply-add.

    The result is the bits of the values, exclusive-ored with the lowest bit of w (w + 1). That bit
    is always 0, but compilers do not know this. They do know that the same number, exclusive-ored
    twice, cancels: do not nest this function.
    """
    zero = (words * (words + np.uint32(1))) & np.uint32(1)
    return _from_bits(_bits(values) ^ zero)


def _rounded_by_itself(values: Any) -> Any:
    """Return float32 values, so that no compiler can use them in a fused multiply-add.

    `as_rounded` defines the derivative, that of the identity, because JAX cannot derive it from
    operations on bits.
    """
    return _as_rounded(values, _bits(values))


as_rounded = jax.custom_jvp(_rounded_by_itself)
as_rounded.defjvps(lambda tangent, _rounded, _values: tangent)


def _coefficients_of(row: Any) -> Any:
    """Return the coefficients of the octaves with some row numbers, sharded as these are."""
    sharding = jax.typeof(row).sharding
    if jax.sharding.AxisType.Explicit not in sharding.mesh.axis_types:
        sharding = None
    return [
        jnp.asarray(column).at[row].get(mode="promise_in_bounds", out_sharding=sharding)
        for column in OCTAVES.T
    ]


def _batch_of_coefficients(_size: int, _batched: Any, rows: Any) -> Any:
    """Return the coefficients for a batch of row numbers.

    The batching rule of JAX itself loses the sharding.
    """
    return _coefficients(rows), [True] * OCTAVES.shape[1]


_coefficients = jax.custom_batching.custom_vmap(_coefficients_of)
_coefficients.def_vmap(_batch_of_coefficients)


def _octave_quantile(magnitude: Any, words: Any) -> Any:
    """Return the (negative) normal quantile of magnitude 2**-32."""
    bits = _bits(magnitude)
    t = _from_bits((bits & MANTISSA) | ONE) - np.float32(1.5)
    row = ((bits >> np.uint32(23)) & np.uint32(31)).astype(jnp.int32)
    coefficients = _coefficients(row)
    value = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = _as_rounded(value * t, words) + coefficient
    return value


def _normal(words: Any) -> Any:
    magnitude = jnp.minimum(jnp.abs(_to_float(words) + np.float32(0.5)), LARGEST_MAGNITUDE)
    return _from_bits(_bits(_octave_quantile(magnitude, words)) ^ (words & SIGN))


def _truncated_normal(words: Any, given: Parameters) -> Any:
    upper = words >= np.uint32(given.split)
    # Words are unsigned here, and are rounded to float32.
    distance = jnp.where(upper, ~words, words).astype(jnp.float32) + np.float32(0.5)
    distance = _as_rounded(distance, words)  # fast math would multiply both terms of the sum
    base = jnp.where(upper, np.float32(given.above), np.float32(given.below))
    magnitude = base + _as_rounded(distance * np.float32(given.between), words)
    magnitude = jnp.maximum(jnp.minimum(magnitude, LARGEST_MAGNITUDE), np.float32(0.5))
    sign = jnp.where(upper, SIGN, np.uint32(0))
    return _from_bits(_bits(_octave_quantile(magnitude, words)) ^ sign)


def _narrow(values: Any, form: Format) -> Any:
    """Return float32 values in a narrower format, rounded to nearest even as in narrow_floats.h."""
    if form.number == FormatNumber.FLOAT32:
        return values
    dtype = jnp.dtype(form.name)
    width = 8 * dtype.itemsize
    dropped = np.uint32(23 - form.mantissa_bits)
    bits = _bits(values)
    sign, magnitude = bits & SIGN, bits & ~SIGN
    if form.number == FormatNumber.BFLOAT16:
        odd = (magnitude >> dropped) & np.uint32(1)
        code = (magnitude + np.uint32((1 << 15) - 1) + odd) >> dropped
    else:
        lowest = np.uint32((form.lowest_exponent + 127) << 23)
        exponent = jnp.maximum(magnitude & EXPONENT, lowest)
        unit = exponent + (dropped << np.uint32(23))
        total = _bits(_from_bits(magnitude) + _from_bits(unit))
        code = total - unit + ((exponent - lowest) >> dropped)
    code |= sign >> np.uint32(32 - width)
    return lax.bitcast_convert_type(code.astype(f"uint{width}"), dtype)
