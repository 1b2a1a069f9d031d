"""What the compiled paths of adapters share with this one: a law in C, and the write of its values.
"""

from libc.stdint cimport uint64_t

cdef enum:
    FIELDS = 14  # of the parameters of a kernel

# The largest number of bytes of a common fill.
cdef Py_ssize_t LARGEST

# Whether common calls take the compiled path.
cdef bint is_used


cdef class KnownLaw:
    cdef int distribution
    cdef int format
    cdef double[FIELDS] parameters


cdef KnownLaw known_law(object law)

cdef void write(
    KnownLaw law, char *memory, size_t count, Py_ssize_t nbytes,
    uint64_t seed, uint64_t stream, uint64_t index,
) noexcept
