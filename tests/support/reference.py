"""The contract again, slowly: docs/contract.md in NumPy and mpmath, for tests to compare with.

Nothing here is shared with the package but the numbers that the contract states. Promises: words
and uniforms exact; normals by their definition, so that a tolerance has to be the contract's.
Takes for granted: arguments that the package accepts.
"""

from __future__ import annotations

from hashlib import blake2b

import ml_dtypes
import mpmath
import numpy as np
from scipy.special import ndtri

DTYPES = {
    "float32": np.dtype(np.float32),
    "float64": np.dtype(np.float64),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "float16": np.dtype(np.float16),
    "float8_e4m3fn": np.dtype(ml_dtypes.float8_e4m3fn),
    "float8_e5m2": np.dtype(ml_dtypes.float8_e5m2),
}
LOW_HALF = np.uint64(0xFFFFFFFF)
BITS_32 = np.uint64(32)


def stream_number(stream: int | str) -> int:
    """A name's number is its 8-byte BLAKE2b digest, little-endian."""
    if isinstance(stream, int):
        return stream
    return int.from_bytes(blake2b(stream.encode(), digest_size=8).digest(), "little")


def philox(blocks: np.ndarray, seed: int, stream: int) -> np.ndarray:
    """Four words for each block number, of Philox4x32-10 (Salmon et al., 2011)."""
    c0, c1 = blocks & LOW_HALF, blocks >> BITS_32
    c2 = np.full_like(blocks, stream & 0xFFFFFFFF)
    c3 = np.full_like(blocks, stream >> 32)
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (
            p1 >> BITS_32 ^ c1 ^ np.uint64(k0),
            p1 & LOW_HALF,
            p0 >> BITS_32 ^ c3 ^ np.uint64(k1),
            p0 & LOW_HALF,
        )
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=-1)


def words32(indices: np.ndarray, seed: int, stream: int | str) -> np.ndarray:
    """Word i is word i & 3 of block i >> 2."""
    indices = np.asarray(indices, np.uint64)
    four = philox(indices >> np.uint64(2), seed, stream_number(stream))
    which = (indices & np.uint64(3)).astype(np.intp)
    return np.take_along_axis(four, which[..., None], -1)[..., 0].astype(np.uint32)


def words64(indices: np.ndarray, seed: int, stream: int | str) -> np.ndarray:
    """Element i has word 2 i as its high half and word 2 i + 1 as its low one."""
    first = np.asarray(indices, np.uint64) * np.uint64(2)
    high = words32(first, seed, stream).astype(np.uint64)
    return high << BITS_32 | words32(first + np.uint64(1), seed, stream).astype(np.uint64)


def numbers_of(dtype: np.dtype) -> np.ndarray:
    """All finite numbers of a format of 8 or 16 bits, in order, as float64."""
    codes = np.arange(256**dtype.itemsize, dtype=f"u{dtype.itemsize}")
    with np.errstate(invalid="ignore"):
        numbers = codes.view(dtype).astype(np.float64)
    return np.unique(numbers[np.isfinite(numbers)])


def largest_of(dtype: np.dtype) -> float:
    """The largest finite number of a dtype."""
    return float(numbers_of(dtype)[-1] if dtype.itemsize < 4 else np.finfo(dtype).max)


def has_number(low: float, high: float, dtype: np.dtype, *, with_high: bool) -> bool:
    """Whether a finite number of the dtype lies in [low, high), or in [low, high]."""
    if dtype.itemsize < 4:
        numbers = numbers_of(dtype)
        return bool(np.any((numbers >= low) & (numbers <= high if with_high else numbers < high)))
    nearest = dtype.type(max(low, -largest_of(dtype)))
    up = float(np.nextafter(nearest, dtype.type(np.inf)))
    first = float(nearest) if float(nearest) >= low else up
    return first < np.inf and (first <= high if with_high else first < high)


def uniform_is_refused(low: float, high: float, name: str) -> bool:
    """Whether [low, high) cannot be filled: it is too narrow, or has no number of the dtype.

    `low` and `high` are finite in float32, and low <= high.
    """
    dtype, arithmetic = DTYPES[name], np.float64 if name == "float64" else np.float32
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(np.array([low, high]).astype(dtype).astype(np.float64)).all():
            return True
    a, b = float(arithmetic(low)), float(arithmetic(high))
    if a == b:
        return False
    narrowest = 2.0**-969 if name == "float64" else 2.0**-102
    return b - a < narrowest or not has_number(a, b, dtype, with_high=False)


def normal_is_refused(mean: float, std: float, name: str) -> bool | None:
    """Whether a value could be infinite; None between the largest |z|, 6.338, and a bound on it."""
    largest = largest_of(DTYPES[name])
    must, may = (abs(mean) + reach * std > largest for reach in (6.338, 6.35))
    return must if must == may else None


def truncated_normal_is_refused(
    mean: float, std: float, low: float, high: float, name: str
) -> bool | None:
    """Whether no number of the dtype lies within the bounds, or the values nearest to the mean
    are not finite; None if only other values might not be. `std` is positive, and low <= high.
    """
    dtype, largest = DTYPES[name], largest_of(DTYPES[name])
    nearest = min(max(mean, low), high)
    if abs(nearest) > largest or not has_number(low, high, dtype, with_high=True):
        return True
    return False if abs(nearest) + 6.35 * std <= largest or low == high else None


def within(values: np.ndarray, low: float, high: float, dtype: np.dtype) -> np.ndarray:
    """Values rounded to a dtype; one at or above `high` or below `low` moves to the next inside."""
    if low == high:
        return values.astype(dtype)
    if dtype.itemsize >= 4:
        return np.minimum(values, np.nextafter(dtype.type(high), dtype.type(low))).astype(dtype)
    numbers = numbers_of(dtype)
    largest = numbers[np.searchsorted(numbers, high, "left") - 1]
    smallest = numbers[np.searchsorted(numbers, low, "left")]
    with np.errstate(over="ignore"):
        rounded = values.astype(dtype).astype(np.float64)
    return np.clip(rounded, smallest, largest).astype(dtype)


def uniform(
    indices: np.ndarray, seed: int, stream: int | str, low: float, high: float, name: str
) -> np.ndarray:
    """The exact values: low + integer * step, one rounding each, then the end points' rule."""
    if name == "float64":
        bits = words64(indices, seed, stream) & np.uint64(2**53 - 1)
        values = low + bits.astype(np.float64) * ((high - low) * 2.0**-53)
        return within(values, low, high, DTYPES[name])
    a, b = np.float32(low), np.float32(high)
    bits = words32(indices, seed, stream) & np.uint32(2**24 - 1)
    values = a + bits.astype(np.float32) * ((b - a) * np.float32(2.0**-24))
    return within(values, float(a), float(b), DTYPES[name])


def standard_normal32(words: np.ndarray) -> np.ndarray:
    """The inverse of the normal distribution function at (w + 1/2) / 2**32, in float64."""
    words = np.asarray(words, np.uint32)
    lower = words < 2**31
    magnitude = np.where(lower, words, ~words).astype(np.float64) + 0.5
    return np.where(lower, 1.0, -1.0) * ndtri(magnitude * 2.0**-32)


def standard_normal64(index: int, seed: int, stream: int | str) -> tuple[mpmath.mpf, float]:
    """Element `index` by Box and Muller, and the radius of its pair."""
    first = index & ~1
    w, v = (int(x) for x in words64(np.array([first, first + 1], np.uint64), seed, stream))
    with mpmath.workprec(150):
        radius = mpmath.sqrt(-2 * mpmath.log((w + mpmath.mpf(0.5)) / 2**64))
        angle = 2 * mpmath.pi * (v + mpmath.mpf(0.5)) / 2**64
        return radius * (mpmath.sin if index & 1 else mpmath.cos)(angle), float(radius)


def truncated_probability(
    value: float, mean: float, std: float, low: float, high: float
) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The probability below a value of a normal between two bounds, and that above it."""
    with mpmath.workprec(400):
        z, a, b = ((mpmath.mpf(x) - mpmath.mpf(mean)) / mpmath.mpf(std) for x in (value, low, high))
        z = min(max(z, a), b)
        if a + b < 0:  # differences of upper tails lose nothing
            above, below = _between(-z, -b, -a)
            return below, above
        return _between(z, a, b)


def counts_from_above(mean: float, std: float, low: float, high: float) -> bool:
    """Whether a truncated normal is a window below the mean, whose words run from above."""
    with mpmath.workprec(400):
        a, b = ((mpmath.mpf(x) - mpmath.mpf(mean)) / mpmath.mpf(std) for x in (low, high))
        return (b - a <= 2.0**-20 or b <= -38) and a + b < 0


def check_fraction(
    value: float, word: int, mean: float, std: float, low: float, high: float, dtype: np.dtype
) -> None:
    """The fraction of the probability below a value is its word's, within the contract's error."""
    bits = 64 if dtype.itemsize == 8 else 32
    numbers = numbers_of(dtype) if dtype.itemsize < 4 else None
    if numbers is None:
        rounding = float(np.spacing(np.nextafter(dtype.type(abs(value)), dtype.type(0))))
    else:
        place = np.searchsorted(numbers, value)
        rounding = float(np.diff(numbers[max(place - 1, 0) : place + 2]).max())
    # float32's arithmetic: the mean, the std and the product are rounded too.
    slack = rounding + (4e-15 if bits == 64 else 1.5e-6) * std
    slack += float(np.finfo("f8" if bits == 64 else "f4").eps) * 2 * (abs(mean) + abs(value - mean))
    with mpmath.workprec(200):
        wanted = (word + mpmath.mpf(0.5)) / mpmath.mpf(2) ** bits
        if counts_from_above(mean, std, low, high):
            wanted = 1 - wanted
        below = truncated_probability(value - slack, mean, std, low, high)[0]
        below_more, above_more = truncated_probability(value + slack, mean, std, low, high)
        assert below <= wanted * (1 + mpmath.mpf(1e-6))
        assert below_more >= wanted * (1 - mpmath.mpf(1e-6)) or above_more <= (1 - wanted)


def _between(z: mpmath.mpf, a: mpmath.mpf, b: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
    def upper(x: mpmath.mpf) -> mpmath.mpf:
        return mpmath.erfc(x / mpmath.sqrt(2))

    between = upper(a) - upper(b)
    return (upper(a) - upper(z)) / between, (upper(z) - upper(b)) / between
