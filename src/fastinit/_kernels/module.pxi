# What every instruction set's module offers to Python; the stubs include this file. Arguments are
# checked by the floors above, and the meaning of each is stated in the type stub beside a module.

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_STRIDED, PyBUF_WRITABLE,
    PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer,
)
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from fill cimport Task, element_bytes, fill_contiguous, fill_strided
from lanes cimport (
    CHAINS, INTERLEAVE, LANES, environment, environment_reset, environment_restore,
    floats, floats_store, words, words_load,
)
from transforms cimport Distribution, standard_normal32


lanes = LANES
chains = CHAINS


def fill(
    object out, int distribution, double first, double second,
    uint64_t seed, uint64_t stream, uint64_t offset, size_t begin, size_t end,
    bint streaming,
):
    """Write elements [begin, end) of the array, counted in C order."""
    cdef Py_buffer view
    cdef Task task
    cdef environment saved
    cdef bint contiguous
    if begin >= end:
        return
    task.distribution = <Distribution>distribution
    task.first = first
    task.second = second
    task.seed = seed
    task.stream = stream
    PyObject_GetBuffer(out, &view, PyBUF_STRIDED)
    try:
        if end * element_bytes(task.distribution) > <size_t>view.len:
            raise ValueError("the range ends outside the array")
        contiguous = PyBuffer_IsContiguous(&view, b"C")
        with nogil:
            saved = environment_reset()
            if contiguous:
                fill_contiguous(
                    <char *>view.buf + begin * <size_t>view.itemsize,
                    offset + begin, end - begin, streaming, &task,
                )
            else:
                fill_strided(
                    <char *>view.buf, view.ndim, view.shape, view.strides,
                    offset, begin, end, &task,
                )
            environment_restore(saved)
    finally:
        PyBuffer_Release(&view)


def normal_of_words(object given, object out):
    """Write the float32 standard normal of each given word; the proofs' way to the transform."""
    cdef Py_buffer source, target
    cdef words[INTERLEAVE] w
    cdef floats[INTERLEAVE] values
    cdef char[8 * LANES * INTERLEAVE] scratch
    cdef int v
    cdef environment saved
    cdef size_t done, piece
    PyObject_GetBuffer(given, &source, PyBUF_C_CONTIGUOUS)
    try:
        PyObject_GetBuffer(out, &target, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
        try:
            if source.len != target.len or source.itemsize != 4 or target.itemsize != 4:
                raise ValueError("expected a uint32 and a float32 array of one length")
            with nogil:
                saved = environment_reset()
                done = 0
                while done < <size_t>source.len:
                    piece = min(<size_t>source.len - done, sizeof(scratch))
                    memcpy(scratch, <char *>source.buf + done, piece)
                    for v in range(INTERLEAVE):
                        w[v] = words_load(scratch + 8 * LANES * v)
                    standard_normal32(w, values)
                    for v in range(INTERLEAVE):
                        floats_store(scratch + 8 * LANES * v, values[v])
                    memcpy(<char *>target.buf + done, scratch, piece)
                    done += piece
                environment_restore(saved)
        finally:
            PyBuffer_Release(&target)
    finally:
        PyBuffer_Release(&source)
