"""Sums, sums of squares, minimum and maximum, in one fixed order: the same digits on every machine.

For float32 and float64, eight sums advance together. Number i is added to sum i mod 8. So the
compiler can use vectors of any width without changing the order. Codes of 8 or 16 bits are counted
first. Then the number that a code means is added once, times its count.

The module is compiled without a particular instruction set. Measured on one core of Emerald Rapids,
in GB/s: float32 4.3, float64 8.4, codes 5. The bound is the conversions to float64 and, for codes,
the table of counts, which stays in the second-level cache.
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBuffer_Release, PyObject_GetBuffer
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.math cimport INFINITY
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from lanes cimport environment, environment_reset, environment_restore, products_are_rounded

if not products_are_rounded():
    raise ImportError(
        f"{__name__} was compiled with fused multiply-add, which changes the sums: "
        "build fastinit with -ffp-contract=off"
    )

cdef enum:
    SUMS = 8
    CODES16 = 1 << 16
    CODES8 = 1 << 8

ctypedef struct Sums:
    double[SUMS] sum
    double[SUMS] squares
    double[SUMS] minimum
    double[SUMS] maximum

ctypedef fused real:
    float
    double

ctypedef fused number:
    float
    double
    uint16_t


cdef inline number at(const number *memory, size_t i) noexcept nogil:
    """Return number i of an array, which need not be aligned."""
    cdef number value
    memcpy(&value, <const char *>memory + i * sizeof(number), sizeof(number))
    return value


cdef void begin(Sums *sums) noexcept nogil:
    cdef int lane
    for lane in range(SUMS):
        sums.sum[lane] = sums.squares[lane] = 0.0
        sums.minimum[lane] = INFINITY
        sums.maximum[lane] = -INFINITY


cdef inline void add_one(
    Sums *sums, int lane, double value, double times, double centre
) noexcept nogil:
    cdef double shifted = value - centre
    sums.sum[lane] += times * shifted
    sums.squares[lane] += times * (shifted * shifted)
    sums.minimum[lane] = value if value < sums.minimum[lane] else sums.minimum[lane]
    sums.maximum[lane] = value if value > sums.maximum[lane] else sums.maximum[lane]


cdef void add_all(
    Sums *given, const real *memory, size_t count, int first, double centre
) noexcept nogil:
    """Add numbers one by one; the first one goes into sum `first`."""
    cdef Sums sums = given[0]
    cdef size_t i = 0
    cdef int lane
    while i < count and (<size_t>first + i) % SUMS != 0:
        add_one(&sums, <int>((<size_t>first + i) % SUMS), at(memory, i), 1.0, centre)
        i += 1
    while i + SUMS <= count:
        for lane in range(SUMS):
            add_one(&sums, lane, at(memory, i + <size_t>lane), 1.0, centre)
        i += SUMS
    lane = 0
    while i < count:
        add_one(&sums, lane, at(memory, i), 1.0, centre)
        i += 1
        lane += 1
    given[0] = sums


cdef tuple result_of(const Sums *sums):
    cdef double total = 0.0, squares = 0.0, minimum = INFINITY, maximum = -INFINITY
    cdef int lane
    for lane in range(SUMS):
        total += sums.sum[lane]
        squares += sums.squares[lane]
        minimum = min(minimum, sums.minimum[lane])
        maximum = max(maximum, sums.maximum[lane])
    return total, squares, minimum, maximum


cdef class NumberMoments:
    """The moments of float32 or float64 numbers, which are added in order, in pieces of any length.

    The result depends on neither the lengths of the pieces nor the machine.
    """

    cdef Sums sums
    cdef size_t count
    cdef double centre

    def __cinit__(self, double centre):
        self.centre = centre
        self.count = 0
        begin(&self.sums)

    def add(self, object numbers):
        """Add the numbers of a C-contiguous buffer."""
        cdef Py_buffer view
        cdef environment saved
        cdef int first = <int>(self.count % SUMS)
        PyObject_GetBuffer(numbers, &view, PyBUF_C_CONTIGUOUS)
        try:
            if view.itemsize != sizeof(float) and view.itemsize != sizeof(double):
                raise ValueError("expected float32 or float64 numbers")
            with nogil:
                saved = environment_reset()
                if view.itemsize == sizeof(float):
                    add_all[float](
                        &self.sums, <const float *>view.buf, <size_t>view.len // sizeof(float),
                        first, self.centre,
                    )
                else:
                    add_all[double](
                        &self.sums, <const double *>view.buf, <size_t>view.len // sizeof(double),
                        first, self.centre,
                    )
                environment_restore(saved)
            self.count += <size_t>(view.len // view.itemsize)
        finally:
            PyBuffer_Release(&view)

    def result(self):
        """Return the sum of x - centre, the sum of its square, the smallest x and the largest x."""
        cdef environment saved = environment_reset()
        try:
            return result_of(&self.sums)
        finally:
            environment_restore(saved)


cdef class CodeMoments:
    """The moments of numbers that are given as codes of 1 or 2 bytes; fewer than 2**32 numbers."""

    cdef uint32_t *counts
    cdef uint64_t[CODES8] singles
    cdef uint64_t count
    cdef int itemsize
    cdef double centre

    def __cinit__(self, int itemsize, double centre):
        cdef int code
        if itemsize != 1 and itemsize != 2:
            raise ValueError("expected codes of 1 or 2 bytes")
        self.counts = <uint32_t *>PyMem_Calloc(CODES16, sizeof(uint32_t))
        if self.counts == NULL:
            raise MemoryError
        self.itemsize = itemsize
        self.centre = centre
        self.count = 0
        for code in range(CODES8):
            self.singles[code] = 0

    def __dealloc__(self):
        PyMem_Free(self.counts)

    def add(self, object codes):
        """Add the codes of a C-contiguous buffer."""
        cdef Py_buffer view
        cdef size_t i, words
        cdef const uint16_t *memory
        PyObject_GetBuffer(codes, &view, PyBUF_C_CONTIGUOUS)
        try:
            words = <size_t>view.len // 2
            if view.itemsize != self.itemsize:
                raise ValueError("expected codes of another length")
            if self.count + words >> 32:
                raise OverflowError("more codes than can be counted")
            self.count += words
            memory = <const uint16_t *>view.buf
            with nogil:
                # Bytes are counted in pairs. The processor would wait if it had to read a count
                # that it has just written; the count of a pair is seldom read again so soon.
                for i in range(words):
                    self.counts[at(memory, i)] += 1
                if view.len % 2:
                    self.singles[(<const uint8_t *>view.buf)[view.len - 1]] += 1
        finally:
            PyBuffer_Release(&view)

    def result(self, object values):
        """Return the same as NumberMoments.result; values[code] is the number that a code means."""
        cdef Py_buffer view
        cdef const float *meanings
        cdef environment saved
        cdef Sums sums
        cdef uint64_t[CODES8] bytes8
        cdef int code
        PyObject_GetBuffer(values, &view, PyBUF_C_CONTIGUOUS)
        saved = environment_reset()
        try:
            if view.len != <Py_ssize_t>sizeof(float) << (8 * self.itemsize):
                raise ValueError("expected a float32 number for each code")
            meanings = <const float *>view.buf
            begin(&sums)
            if self.itemsize == 2:
                for code in range(CODES16):
                    if self.counts[code]:
                        add_one(&sums, 0, meanings[code], self.counts[code], self.centre)
            else:
                for code in range(CODES8):
                    bytes8[code] = self.singles[code]
                for code in range(CODES16):
                    bytes8[code & 0xFF] += self.counts[code]
                    bytes8[code >> 8] += self.counts[code]
                for code in range(CODES8):
                    if bytes8[code]:
                        add_one(&sums, 0, meanings[code], bytes8[code], self.centre)
            return result_of(&sums)
        finally:
            environment_restore(saved)
            PyBuffer_Release(&view)
