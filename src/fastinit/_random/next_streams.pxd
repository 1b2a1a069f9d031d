from libc.stdint cimport uint64_t

cdef bint is_next_address(object source, uint64_t *seed, uint64_t *stream) except -1
