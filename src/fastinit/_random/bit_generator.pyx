"""`Philox`: the words of a stream as a bit generator for NumPy.

Guarantees: the words are those of `fastinit.random_bits`, in the same order. Drawing does not call
Python. Requires: the caller holds `lock` while it draws, as `numpy.random.Generator` does.
"""

import threading

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t, uint32_t, uint64_t
from numpy.random.bit_generator cimport BitGenerator

from numpy.random.bit_generator import SeedSequence

from fastinit._kernels.dispatch import KERNELS
from fastinit._support.checks import as_integer
from .addressing import (
    CONTRACT_VERSION, as_signed, check_bit_generator, check_offset, check_state, check_stream,
    of_signed,
)
from fastinit._support.summaries import html_table

from .seed_sequences import key_of
from .streams import StreamSource, entropy, lock as lock_of_children


ctypedef void (*RandomWords)(
    char *out, uint64_t seed, uint64_t stream, uint64_t first, size_t count
) noexcept nogil

cdef RandomWords random_words = <RandomWords>PyCapsule_GetPointer(
    KERNELS.random_words, b"fastinit.random_words"
)


cdef enum:
    # A power of two, so that no buffer crosses the end of a stream. 4 KiB stay in the CPU caches.
    BUFFER_WORDS = 1024
    CACHE_LINE = 64


cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    /* Two words as a 64-bit element, the first in the high half: one load and one rotation. */
    static inline uint64_t pair(const uint32_t *words) {
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        uint64_t both;
        memcpy(&both, words, sizeof both);
        return both << 32 | both >> 32;
    #else
        return (uint64_t)words[0] << 32 | words[1];
    #endif
    }
    """
    uint64_t pair(const uint32_t *words) noexcept nogil


# The position of the next word, and a buffer of words around it.
ctypedef struct Position:
    uint64_t seed
    uint64_t stream
    uint64_t first  # the index of the first word in the buffer; a multiple of BUFFER_WORDS
    size_t next  # the position of the next word in the buffer
    size_t filled  # the words in the buffer: BUFFER_WORDS, or 0 until the first draw from here
    uint32_t *buffer


cdef void move_to(Position *position, uint64_t word) noexcept nogil:
    position.next = <size_t>(word % BUFFER_WORDS)
    position.first = word - position.next
    position.filled = 0


cdef size_t fill_for(Position *position, size_t i) noexcept nogil:
    """Fill the buffer that has word i of this one, or else the next one, and return its place."""
    if i >= BUFFER_WORDS:
        position.first += BUFFER_WORDS
        i = 0
    position.filled = BUFFER_WORDS
    random_words(
        <char *>position.buffer, position.seed, position.stream, position.first, BUFFER_WORDS
    )
    return i


cdef uint32_t next_uint32(void *state) noexcept nogil:
    cdef Position *position = <Position *>state
    cdef size_t i = position.next
    if i >= position.filled:
        i = fill_for(position, i)
    position.next = i + 1
    return position.buffer[i]


cdef uint64_t next_uint64(void *state) noexcept nogil:
    """Return the next two words as a 64-bit element. A single word before them is skipped."""
    cdef Position *position = <Position *>state
    cdef size_t i = (position.next + 1) & ~<size_t>1
    if i >= position.filled:
        i = fill_for(position, i)
    position.next = i + 2
    return pair(position.buffer + i)


cdef double next_double(void *state) noexcept nogil:
    # The conversion of a signed integer is one instruction.
    cdef int64_t low = <int64_t>(next_uint64(state) & ((<uint64_t>1 << 53) - 1))
    return <double>low * 1.1102230246251565e-16  # 2**-53


cdef void fill_bounded(
    char *out, size_t count, bint wide, uint64_t seed, uint64_t stream, uint64_t low, uint32_t width
) noexcept nogil:
    """Write integers in [low, low + width) by the algorithm of NumPy (Lemire, 2019).

    Word w gives low + (w * width >> 32). It is skipped if the low half of the product is below
    2**32 mod width, so that all values have the same probability.
    """
    cdef char[4 * BUFFER_WORDS + CACHE_LINE] memory
    cdef uint32_t *words = <uint32_t *>(memory + CACHE_LINE - <size_t>memory % CACHE_LINE)
    cdef uint32_t least = <uint32_t>(-width) % width
    cdef uint32_t skipped, product
    cdef uint64_t first = 0
    cdef size_t done = 0, taken, i, kept
    while done < count:
        taken = min(count - done, <size_t>BUFFER_WORDS)
        random_words(<char *>words, seed, stream, first, taken)
        first += taken
        skipped = 0
        for i in range(taken):
            product = words[i] * width
            skipped |= product < least
        if skipped:
            kept = 0
            for i in range(taken):
                product = words[i] * width
                words[kept] = words[i]
                kept += product >= least
            taken = kept
        if wide:
            for i in range(taken):
                (<uint64_t *>out)[done + i] = low + (<uint64_t>words[i] * width >> 32)
        else:
            for i in range(taken):
                (<uint32_t *>out)[done + i] = <uint32_t>low + <uint32_t>(
                    <uint64_t>words[i] * width >> 32
                )
        done += taken


def bounded_integers(
    object out, uint64_t seed, uint64_t stream, uint64_t low, uint32_t width, bint wide
):
    """Fill the bytes of 64-bit integers (`wide`) or 32-bit ones with numbers in [low, low + width).

    They are those of `numpy.random.Generator.integers` over this stream. The width is 2 or more.
    """
    # A typed memoryview would make the module compile for twice the time.
    cdef Py_buffer view
    PyObject_GetBuffer(out, &view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
    try:
        with nogil:
            fill_bounded(
                <char *>view.buf, <size_t>view.len // (8 if wide else 4), wide,
                seed, stream, low, width,
            )
    finally:
        PyBuffer_Release(&view)


cdef class Philox(BitGenerator):
    """Philox(seed=None, *, stream=None, offset=0)\n--\n
Philox4x32-10 as a bit generator for `numpy.random.Generator`.

    ``numpy.random.Generator(fastinit.Philox(seed))`` has all distributions of NumPy. It makes them
    from the same words as the functions of this package.

    Parameters
    ----------
    seed : int, sequence of int, numpy.random.SeedSequence or fastinit.Generator, optional
        An integer in [0, 2**64) is the seed, as in `fastinit.uniform`. A larger integer or a
        sequence means the `numpy.random.SeedSequence` made from it, as in NumPy. A seed sequence
        gives the first 64 bits that it generates. A generator gives its seed and its next stream.
        By default the seed comes from the operating system.
    stream : int or str, optional
        An integer in [0, 2**64), or a name. The default is 0, or the next stream of a generator.
    offset : int, default 0
        The index of the first 64-bit value.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or is out of range.

    Notes
    -----
    64-bit value i is ``fastinit.random_bits(..., dtype="uint64")[i]``: word 2 i is its high half,
    and word 2 i + 1 is its low half. A 32-bit value is the next word. The next 64-bit value starts
    at an even word, so one word may be skipped. A float64 is the low 53 bits of a 64-bit value
    times 2**-53. So ``random_raw(n)`` has the same bits as `fastinit.random_bits`, and
    ``Generator.random(n)`` the same bits as ``fastinit.uniform(n, dtype="float64")``. The other
    distributions follow the algorithms and the compatibility policy of NumPy.

    `spawn` and `seed_seq` work as in NumPy. If the seed is not a seed sequence, `seed_seq` is a
    seed sequence with the entropy ``seed + 2**64 * stream``.

    Threads may share an object. `lock` is reentrant. It is held while words are drawn, and while
    the position is read or changed. `spawn` returns each child once.

    Examples
    --------
    >>> numbers = np.random.Generator(fastinit.Philox(0, stream="dropout"))
    >>> numbers.permutation(5)
    array([0, 1, 3, 4, 2])
    >>> words = fastinit.random_bits(3, dtype="uint64", seed=0)
    >>> bool((fastinit.Philox(0).random_raw(3) == words).all())
    True
    """

    cdef Position position
    cdef char[4 * BUFFER_WORDS + CACHE_LINE] memory

    def __init__(self, seed=None, *, stream=None, offset=0):
        index = check_offset(offset, 1, 8)
        sequence = None
        if isinstance(seed, StreamSource):
            key, number = seed.address(stream)
        else:
            key, sequence = (entropy(), None) if seed is None else key_of(seed)
            number = 0 if stream is None else check_stream(stream)
        if sequence is None:
            sequence = SeedSequence(key | number << 64)
        self._begin(sequence, key, number, 2 * index)

    def _begin(self, sequence, uint64_t seed, uint64_t stream, uint64_t word):
        BitGenerator.__init__(self, sequence)
        # Before NumPy 2.4, the lock of the base class is not reentrant.
        self.lock = threading.RLock()
        # Aligned to a cache line, so that the kernels store whole groups.
        self.position.buffer = <uint32_t *>(
            self.memory + CACHE_LINE - <size_t>self.memory % CACHE_LINE
        )
        self._bitgen.state = &self.position
        self._bitgen.next_uint64 = next_uint64
        self._bitgen.next_uint32 = next_uint32
        self._bitgen.next_double = next_double
        self._bitgen.next_raw = next_uint64
        self._move(seed, stream, word)

    def _word(self):
        """Return the index of the next word."""
        return self.position.first + self.position.next

    def _move(self, uint64_t seed, uint64_t stream, uint64_t word):
        """Continue at a word of a stream."""
        with self.lock:
            self.position.seed = seed
            self.position.stream = stream
            move_to(&self.position, word)

    @property
    def state(self):
        """The seed, the stream and the position, as a dict that JSON can hold.

        The key "state" has the seed, the stream, the position (the index of the next 32-bit word)
        and the version of the contract. All numbers fit into a signed 64-bit integer, because
        checkpoints need this: for a number n of 2**63 or more, the state has n - 2**64.

        To continue from a saved state, set this attribute. This raises TypeError or ValueError if
        the value is not such a state, or was saved with another ``fastinit.CONTRACT_VERSION``.

        Examples
        --------
        >>> bits = fastinit.Philox(0)
        >>> saved = bits.state
        >>> first = bits.random_raw()
        >>> bits.state = saved
        >>> bits.random_raw() == first
        True
        """
        with self.lock:
            seed, stream = self.position.seed, self.position.stream
            position = self._word()
        return {
            "bit_generator": NAME,
            "state": {
                "contract_version": CONTRACT_VERSION,
                "seed": as_signed(seed),
                "stream": as_signed(stream),
                "position": as_signed(position),
            },
        }

    @state.setter
    def state(self, value):
        check_bit_generator(value, NAME)
        inner = value.get("state")
        if not isinstance(inner, dict):
            raise ValueError(f"state['state'] must be a dict, got {type(inner).__name__}")
        check_state(inner, PLACE)
        names = ("seed", "stream", "position")
        seed, stream, word = (of_signed(inner[name], name) for name in names)
        self._move(seed, stream, word)

    def advance(self, delta):
        """Skip a number of 64-bit values, and return this object.

        Parameters
        ----------
        delta : int
            The number of values. A negative number goes back. After 2**63 values, the stream
            starts again.

        Returns
        -------
        Philox
            This object.

        Raises
        ------
        TypeError
            If `delta` is not an integer.

        Examples
        --------
        >>> words = fastinit.Philox(0).random_raw(8)
        >>> bool(fastinit.Philox(0).advance(5).random_raw() == words[5])
        True
        """
        words = 2 * as_integer(delta, "delta")
        with self.lock:
            word = self._word()
            self._move(
                self.position.seed,
                self.position.stream,
                (word + word % 2 + words) % (1 << 64),
            )
        return self

    def jumped(self, jumps=1):
        """Return a new bit generator at the same position of another stream.

        Parameters
        ----------
        jumps : int, default 1
            The stream number increases by ``jumps * 0x9E3779B97F4A7C15``, modulo 2**64. The factor
            is 2**64 divided by the golden ratio. So the new number is far from the numbers that are
            usually in use, such as 0, 1, 2.

        Returns
        -------
        Philox
            The new bit generator.

        Raises
        ------
        TypeError
            If `jumps` is not an integer.

        Examples
        --------
        >>> one = fastinit.Philox(0)
        >>> other = one.jumped()
        >>> bool(one.random_raw() == other.random_raw())
        False
        """
        streams = as_integer(jumps, "jumps") * JUMP
        with self.lock:
            seed, stream, word = self.position.seed, self.position.stream, self._word()
        other = type(self)(seed, stream=(stream + streams) % (1 << 64))
        move_to(&(<Philox>other).position, word)
        return other

    def spawn(self, n_children):
        """Return new bit generators that are independent of this one and of each other.

        They are those of `numpy.random.BitGenerator.spawn`. Each child is returned once.

        Parameters
        ----------
        n_children : int
            The number of bit generators.

        Returns
        -------
        list of Philox
            The new bit generators.

        Raises
        ------
        TypeError
            If `n_children` is not a number, or the seed sequence has no `spawn`.
        OverflowError
            If `n_children` is negative.

        Examples
        --------
        >>> len(fastinit.Philox(0).spawn(4))
        4
        """
        with lock_of_children:  # one lock for all, because objects may share a seed sequence
            return BitGenerator.spawn(self, n_children)

    def __reduce__(self):
        return type(self), (0,), (self.state, self._seed_seq)

    def __repr__(self):
        place = self.state["state"]
        seed, stream, word = (place[each] % 2**64 for each in ("seed", "stream", "position"))
        offset = f", offset={word // 2}" if word > 1 else ""
        # A 32-bit value takes half of a 64-bit one.
        half = f" at word {word}" if word % 2 else ""
        return f"{type(self).__name__}({seed}, stream={stream}{offset}){half}"

    def _repr_html_(self):
        """Return a table for notebooks."""
        place = self.state["state"]
        rows = [(each, place[each] % 2**64) for each in ("seed", "stream", "position")]
        return html_table(f"fastinit.{type(self).__name__}", rows)


NAME = "fastinit.Philox"
PLACE = frozenset(["contract_version", "seed", "stream", "position"])
JUMP = 0x9E3779B97F4A7C15
