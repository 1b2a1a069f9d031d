# The Python interface of every module of kernels. There is one module for each instruction set:
# _generic.pyx, _avx2.pyx and the others include this file. The layers above check the arguments.
# _generic.pyi lists them.

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_STRIDED, PyBUF_WRITABLE,
    PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset

from box cimport Box, box_begin, fill_box as fill_box_range
from fill cimport MOST_DIMENSIONS, fill_contiguous, fill_strided
from groups cimport Task
from householder cimport WIDTH, decompose_panel, reflect_panel
from lanes cimport (
    CHAINS, INTERLEAVE, LANES, NORMAL_TABLE, environment, environment_reset, environment_restore,
    floats, floats_to_bits, products_are_rounded, static_assert, words, words_load,
    words_store,
)
from quantize cimport RowLayout, fill_quantized_rows, row_bytes_of, tile_bytes
from transforms cimport (
    BFLOAT16, BITS, CONSTANT, FLOAT8_E4M3, FLOAT8_E5M2, FLOAT16, FLOAT32, FLOAT64, NORMAL,
    TRUNCATED, TRUNCATED_TAIL, TRUNCATED_WINDOW, UINT32, UINT64, UNIFORM,
    Distribution, Format, Parameters, element_bytes, standard_normal32,
)


if not products_are_rounded():
    raise ImportError(
        f"{__name__} was compiled with fused multiply-add, which changes the values: "
        "build fastinit with -ffp-contract=off"
    )

lanes = LANES
chains = CHAINS
panel_width = WIDTH

cdef enum:
    FIELDS = 14  # of the parameters


# What Python must agree with: tests/kernels/test_exports.py compares both sides.
distributions = {
    "BITS": BITS,
    "UNIFORM": UNIFORM,
    "NORMAL": NORMAL,
    "TRUNCATED": TRUNCATED,
    "TRUNCATED_TAIL": TRUNCATED_TAIL,
    "TRUNCATED_WINDOW": TRUNCATED_WINDOW,
    "CONSTANT": CONSTANT,
}
formats = {
    "UINT32": UINT32,
    "UINT64": UINT64,
    "FLOAT32": FLOAT32,
    "FLOAT64": FLOAT64,
    "BFLOAT16": BFLOAT16,
    "FLOAT16": FLOAT16,
    "FLOAT8_E4M3": FLOAT8_E4M3,
    "FLOAT8_E5M2": FLOAT8_E5M2,
}
octave_rows = PyBytes_FromStringAndSize(
    <const char *>NORMAL_TABLE.rows, sizeof(NORMAL_TABLE.rows)
)


cdef extern from "Python.h":
    # Borrowed references: counting those of all numbers would make a small fill slower.
    PyObject *PyTuple_GET_ITEM(tuple numbers, Py_ssize_t index)
    bint PyFloat_CheckExact(PyObject *number)
    double PyFloat_AS_DOUBLE(PyObject *number)
    double PyFloat_AsDouble(PyObject *number) except? -1.0


cdef int read_parameters(Parameters *parameters, object given) except -1:
    """Read the parameters of a law, given in the order of the fields. Missing ones are 0."""
    cdef double *fields = <double *>parameters
    cdef Py_ssize_t i, count
    cdef PyObject *number
    static_assert(sizeof(Parameters) == FIELDS * sizeof(double))  # nothing but doubles
    if not isinstance(given, tuple):  # not Cython's type `tuple`, which refuses a named one
        raise TypeError(f"expected a tuple of parameters, got {type(given).__name__}")
    count = len(<tuple>given)
    if count > FIELDS:
        raise ValueError("more parameters than a distribution has")
    for i in range(count):
        number = PyTuple_GET_ITEM(<tuple>given, i)
        if PyFloat_CheckExact(number):
            fields[i] = PyFloat_AS_DOUBLE(number)
        else:
            fields[i] = PyFloat_AsDouble(number)
    for i in range(count, FIELDS):
        fields[i] = 0.0
    return 0


cdef dict offsets_of_parameters():
    """Return the position of each field of the parameters, in bytes."""
    cdef Parameters p
    cdef char *start = <char *>&p
    return {
        "lowest": <char *>&p.lowest - start,
        "largest": <char *>&p.largest - start,
        "location": <char *>&p.location - start,
        "scale": <char *>&p.scale - start,
        "step": <char *>&p.step - start,
        "below": <char *>&p.below - start,
        "above": <char *>&p.above - start,
        "between": <char *>&p.between - start,
        "split": <char *>&p.split - start,
        "log_unit": <char *>&p.log_unit - start,
        "reach": <char *>&p.reach - start,
        "gain": <char *>&p.gain - start,
        "slope": <char *>&p.slope - start,
        "curvature": <char *>&p.curvature - start,
    }


parameter_offsets = offsets_of_parameters()
parameters_size = sizeof(Parameters)


cdef int read_task(
    Task *task, int distribution, int format, object parameters, uint64_t seed, uint64_t stream
) except -1:
    """Read the arguments that all fills have."""
    task.distribution = <Distribution>distribution
    task.format = <Format>format
    task.seed = seed
    task.stream = stream
    return read_parameters(&task.parameters, parameters)


def fill(
    object out, int distribution, int format, object parameters,
    uint64_t seed, uint64_t stream, uint64_t offset, size_t begin, size_t end, bint streaming,
):
    """Write elements [begin, end) of the array, in C order."""
    cdef Py_buffer view
    cdef Task task
    cdef environment saved
    cdef bint contiguous
    if begin >= end:
        return
    read_task(&task, distribution, format, parameters, seed, stream)
    PyObject_GetBuffer(out, &view, PyBUF_STRIDED)
    try:
        if end * element_bytes(task.format) > <size_t>view.len:
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


def fill_box(
    object out, int distribution, int format, object parameters, uint64_t seed, uint64_t stream,
    uint64_t origin, tuple steps, object rows, size_t begin, size_t end, bint streaming,
):
    """Write elements [begin, end) of a box of a larger tensor, in the C order of the box."""
    cdef Py_buffer view
    cdef Py_buffer listed
    cdef Task task
    cdef Box box
    cdef const int64_t *listed_rows = NULL
    cdef uint64_t[MOST_DIMENSIONS] element_steps
    cdef environment saved
    cdef int axis
    if distribution == CONSTANT:  # whose elements do not depend on their index
        fill(out, distribution, format, parameters, seed, stream, 0, begin, end, streaming)
        return
    if begin >= end:
        return
    for axis in range(<int>len(steps)):
        element_steps[axis] = steps[axis]
    read_task(&task, distribution, format, parameters, seed, stream)
    PyObject_GetBuffer(out, &view, PyBUF_STRIDED)
    try:
        if end * element_bytes(task.format) > <size_t>view.len or len(steps) != view.ndim:
            raise ValueError("the range ends outside the array, or its axes are not the steps'")
        if rows is not None:
            PyObject_GetBuffer(rows, &listed, PyBUF_C_CONTIGUOUS)
        try:
            if rows is not None:
                listed_rows = <const int64_t *>listed.buf
            if rows is not None and listed.len != view.shape[0] * <Py_ssize_t>sizeof(int64_t):
                raise ValueError("expected an int64 number for each row of the array")
            with nogil:
                saved = environment_reset()
                box_begin(
                    &box, view.ndim, view.shape, view.strides, element_steps, origin,
                    listed_rows,
                )
                fill_box_range(<char *>view.buf, &box, begin, end, streaming, &task)
                environment_restore(saved)
        finally:
            if rows is not None:
                PyBuffer_Release(&listed)
    finally:
        PyBuffer_Release(&view)


def fill_quantized(
    object out, int bits, bint in_front, size_t dim, int distribution, object parameters,
    uint64_t seed, uint64_t stream, uint64_t first_row, size_t begin, size_t end,
):
    """Write rows [begin, end) of an array of quantised float32 rows."""
    cdef Py_buffer view
    cdef Task task
    cdef RowLayout layout = RowLayout(dim, bits, in_front)
    cdef environment saved
    cdef char *memory
    if begin >= end:
        return
    read_task(&task, distribution, FLOAT32, parameters, seed, stream)
    PyObject_GetBuffer(out, &view, PyBUF_STRIDED)
    try:
        if (
            view.ndim != 2 or view.itemsize != 1 or end > <size_t>view.shape[0]
            or <size_t>view.shape[1] != row_bytes_of(&layout) or view.strides[1] != 1
        ):
            raise ValueError("expected a matrix of bytes with so many rows, each of these bytes")
        memory = <char *>PyMem_Calloc(1, tile_bytes(&layout, end - begin))
        if memory == NULL:
            raise MemoryError(f"no memory for a row of {dim} float32 numbers")
        try:
            with nogil:
                saved = environment_reset()
                fill_quantized_rows(
                    <char *>view.buf, view.strides[0], &layout, first_row, begin, end,
                    memory, &task,
                )
                environment_restore(saved)
        finally:
            PyMem_Free(memory)
    finally:
        PyBuffer_Release(&view)


cdef double *numbers_of(object array, Py_buffer *view, size_t count) except NULL:
    """Return the memory of a C-contiguous array of `count` float64 numbers or more; fill `view`."""
    PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
    if view.itemsize != sizeof(double) or <size_t>view.len < count * sizeof(double):
        PyBuffer_Release(view)
        raise ValueError(f"expected {count} float64 numbers or more")
    return <double *>view.buf


def decompose(
    object panels, object coefficients, object signs, size_t rows, size_t columns, size_t number,
):
    """Replace a panel of a matrix by its reflections, which `reflect` applies to other panels."""
    cdef Py_buffer view, coefficients_view, signs_view
    cdef double *panel
    cdef double *of_panel
    cdef double *signs_of_panel
    cdef environment saved
    cdef size_t first = number * WIDTH
    cdef size_t width = min(columns - first, <size_t>WIDTH)
    if first >= columns or columns > rows:
        raise ValueError("expected the number of a panel, and no more columns than rows")
    panel = numbers_of(panels, &view, (number + 1) * rows * WIDTH)
    try:
        of_panel = numbers_of(coefficients, &coefficients_view, (number + 1) * WIDTH * WIDTH)
        try:
            signs_of_panel = numbers_of(signs, &signs_view, columns)
            try:
                with nogil:
                    saved = environment_reset()
                    decompose_panel(
                        panel + (number * rows + first) * WIDTH, rows - first, width,
                        of_panel + number * WIDTH * WIDTH, signs_of_panel + first,
                    )
                    environment_restore(saved)
            finally:
                PyBuffer_Release(&signs_view)
        finally:
            PyBuffer_Release(&coefficients_view)
    finally:
        PyBuffer_Release(&view)


def reflect(
    object target, object panels, object coefficients, size_t rows, size_t number, bint transposed,
    size_t begin, size_t end,
):
    """Apply the reflections of a panel to panels [begin, end) of a matrix with `rows` rows."""
    cdef Py_buffer target_view, view, coefficients_view
    cdef double *reflected
    cdef double *panel
    cdef double *of_panel
    cdef environment saved
    cdef size_t each, first = number * WIDTH
    if first >= rows:
        raise ValueError("expected the number of a panel")
    reflected = numbers_of(target, &target_view, end * rows * WIDTH)
    try:
        panel = numbers_of(panels, &view, (number + 1) * rows * WIDTH)
        try:
            of_panel = numbers_of(coefficients, &coefficients_view, (number + 1) * WIDTH * WIDTH)
            try:
                with nogil:
                    saved = environment_reset()
                    for each in range(begin, end):
                        reflect_panel(
                            reflected + (each * rows + first) * WIDTH,
                            panel + (number * rows + first) * WIDTH,
                            of_panel + number * WIDTH * WIDTH, transposed, rows - first,
                        )
                    environment_restore(saved)
            finally:
                PyBuffer_Release(&coefficients_view)
        finally:
            PyBuffer_Release(&view)
    finally:
        PyBuffer_Release(&target_view)


def normal_of_words(object given, object out):
    """Write the float32 standard normal of each given word, for tests of all words."""
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
                        words_store(scratch + 8 * LANES * v, floats_to_bits(values[v]))
                    memcpy(<char *>target.buf + done, scratch, piece)
                    done += piece
                environment_restore(saved)
        finally:
            PyBuffer_Release(&target)
    finally:
        PyBuffer_Release(&source)


cdef void words_of_stream(
    char *out, uint64_t seed, uint64_t stream, uint64_t first, size_t count
) noexcept nogil:
    """Write words [first, first + count) of a stream, for callers in C without the GIL."""
    cdef Task task
    memset(&task, 0, sizeof(Task))
    task.distribution = BITS
    task.format = UINT32
    task.seed = seed
    task.stream = stream
    fill_contiguous(out, first, count, False, &task)


random_words = PyCapsule_New(<void *>words_of_stream, b"fastinit.random_words", NULL)


cdef void fill_by_pointer(
    char *out, size_t count, int distribution, int format, const double *parameters,
    uint64_t seed, uint64_t stream, uint64_t offset,
) noexcept nogil:
    """Write `count` elements of contiguous memory, for callers in C with or without the GIL."""
    cdef Task task
    cdef environment saved
    if count == 0:
        return
    task.distribution = <Distribution>distribution
    task.format = <Format>format
    task.seed = seed
    task.stream = stream
    memcpy(&task.parameters, parameters, sizeof(Parameters))
    saved = environment_reset()
    fill_contiguous(out, offset, count, False, &task)
    environment_restore(saved)


fill_contiguous_memory = PyCapsule_New(
    <void *>fill_by_pointer, b"fastinit.fill_contiguous", NULL
)
