"""The common case of a fill, compiled: a small NumPy array, plain numbers, a seed or a generator.

A call such as ``normal_(out, 0, 0.02, seed=1)`` for a small array spends its time on its arguments.
This module accepts the arguments that most calls have: arrays of NumPy in C order, plain numbers, a
stream by number or name. It then writes what the general path would write. For anything else it
writes nothing and says so, and the general path has the other rules and all errors.

The fills of `fastinit.uniform`, of the methods of a generator and of the parts of a `Weight` are
here, too, so that they share what they remember.

Guarantees: nothing is written, and no stream is taken, unless every argument is of the common kind.
Requires: the functions that compute laws depend on their arguments only.
"""

import numpy as np

cimport cython
cimport numpy as cnp
from cpython.long cimport PyLong_AsUnsignedLongLong
from cpython.object cimport PyTypeObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from cpython.ref cimport Py_INCREF
from libc.math cimport signbit
from libc.stdint cimport int64_t, uint64_t, uintptr_t

from .next_streams cimport is_next_address

from fastinit._engine import kernel_arguments
from fastinit._engine.engine import BYTES_OF_TWO_THREADS
from fastinit._kernels.dispatch import KERNELS
from fastinit._memory.arrays import ALIGNMENT
from fastinit._memory.dtypes import BITS_DTYPES, FLOAT_DTYPES, native_name

from .addressing import number_of_name
from .default_generator import Process, resolve
from .next_streams import lock

cnp.import_array()

cdef extern from "Python.h":
    int PySlice_Unpack(
        object slice, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step
    ) except -1
    Py_ssize_t PySlice_AdjustIndices(
        Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step
    )

cdef extern from "numpy/arrayobject.h":
    object PyArray_NewFromDescr(
        PyTypeObject *type, cnp.dtype descr, int nd, const cnp.npy_intp *dims,
        const cnp.npy_intp *strides, void *data, int flags, object obj
    )
    PyTypeObject PyArray_Type


ctypedef void (*FillContiguous)(
    char *out, size_t count, int distribution, int format, const double *parameters,
    uint64_t seed, uint64_t stream, uint64_t offset,
) noexcept nogil

cdef FillContiguous fill_contiguous = <FillContiguous>PyCapsule_GetPointer(
    KERNELS.fill_contiguous_memory, b"fastinit.fill_contiguous"
)

cdef object fill_box = KERNELS.fill_box

# Those of ml_dtypes do not support the buffer protocol.
cdef dict RAW_DTYPES = {size: np.dtype(f"u{size}") for size in (1, 2, 4, 8)}

cdef enum:
    # So short a fill takes a microsecond, in which no other thread could use the interpreter.
    WITHOUT_RELEASE = 8 << 10
    MOST_AXES = 8
    MOST_LAWS = 256
    MOST_LISTED = 1024  # of numbers in a list

if KERNELS.parameters_size != FIELDS * sizeof(double):
    raise ImportError("the kernels take another number of parameters: build fastinit again")

# Larger arrays may be filled by several threads: the general path has them.
LARGEST = BYTES_OF_TWO_THREADS - 1

# The largest index that every dtype has, less the elements of the largest array here.
cdef uint64_t LARGEST_OFFSET = (<uint64_t>1 << 63) - LARGEST

# Longer axes do not fit into an int64.
cdef object LARGEST_LENGTH = 2**63 - 1

cdef Py_ssize_t ALIGNMENT_OF_ARRAYS = ALIGNMENT

is_used = True


def use(bint common):
    """Say whether common calls take this path; return what was said before.

    Tests run once with the general path for every call.
    """
    global is_used
    before = is_used
    is_used = common
    return before


@cython.final
cdef class KnownLaw:
    """The arguments of a kernel, as C numbers. It never changes."""


cdef KnownLaw known_law(object law):
    cdef KnownLaw known = KnownLaw.__new__(KnownLaw)
    cdef int i
    kind, format, parameters = law
    known.distribution = kind
    known.format = format
    if not isinstance(parameters, tuple):  # a named one
        raise TypeError(f"expected a tuple of parameters, got {type(parameters).__name__}")
    for i in range(FIELDS):
        known.parameters[i] = (<tuple>parameters)[i]
    return known


PLAIN = (str, float, int, bool)


cdef tuple key_of_options(dict options):
    """Return what identifies the options of a scheme, or None if they are not plain values.

    An activation may warn each time, so the general path has it.
    """
    key = []
    for name, value in options.items():
        # The type tells True from 1.
        kind = type(value)
        if name == "activation" or kind not in PLAIN:
            return None
        key += (name, kind, value)
    return tuple(key)


cdef bint is_common_index(object value, uint64_t *index) except -1:
    """Read an integer in [0, 2**64); return False for anything else."""
    if type(value) is not int:
        return False
    try:
        index[0] = PyLong_AsUnsignedLongLong(value)
    except OverflowError:
        return False
    return True


cdef bint is_common_stream(object stream, uint64_t *number) except -1:
    if stream is None:
        number[0] = 0
        return True
    if type(stream) is not str:
        return is_common_index(stream, number)
    try:
        number[0] = PyLong_AsUnsignedLongLong(number_of_name(stream))
    except ValueError:
        return False
    return True


cdef bint is_common_address(
    object seed, object stream, uint64_t *seed_number, uint64_t *stream_number
) except -1:
    """Find the seed and the stream of a call; return False for what only the general path takes.

    Of a generator, this takes the next stream, so it comes last.
    """
    if is_common_index(seed, seed_number):
        return is_common_stream(stream, stream_number)
    if stream is None:
        if seed is None:
            with lock:  # the object may be replaced
                if is_next_address(Process.source, seed_number, stream_number):
                    return True
        elif is_next_address(seed, seed_number, stream_number):
            return True
    seed_number[0], stream_number[0] = resolve(seed, stream)
    return True


cdef void write(
    KnownLaw law, char *memory, size_t count, Py_ssize_t nbytes,
    uint64_t seed, uint64_t stream, uint64_t index,
) noexcept:
    if nbytes <= WITHOUT_RELEASE:
        fill_contiguous(
            memory, count, law.distribution, law.format, law.parameters, seed, stream, index
        )
    else:
        with nogil:
            fill_contiguous(
                memory, count, law.distribution, law.format, law.parameters, seed, stream, index
            )


@cython.final
cdef class CommonFill:
    """CommonFill(law, dtypes)

    The common case of the fills of one distribution or scheme.

    Parameters
    ----------
    law : callable
        Takes a dtype, a tuple of parameters and a dict of options, and returns a `Law`, or raises
        TypeError or ValueError. The parameters of a scheme are the lengths of the weight.
    dtypes : tuple of str
        The names of the dtypes that can be filled.
    """

    cdef object law
    cdef tuple dtypes
    cdef dict laws
    cdef dict descriptors

    def __init__(self, law, dtypes):
        self.law = law
        self.dtypes = dtypes
        self.laws = {}
        self.descriptors = {}

    def fill(self, out, tuple parameters, seed, stream, offset, threads):
        """Fill an array; return False if this is not the common case, and nothing was written."""
        if type(out) is not cnp.ndarray:
            return False
        return self.fill_array(<cnp.ndarray>out, parameters, None, seed, stream, offset, threads)

    def fill_weight(self, out, dict options, seed, stream, offset, threads):
        """Do the same by a scheme with options."""
        if type(out) is not cnp.ndarray:
            return False
        return self.fill_array(
            <cnp.ndarray>out, out.shape, options, seed, stream, offset, threads
        )

    def new(self, shape, dtype, tuple parameters, seed, stream, offset, threads):
        """Return a new array, filled; None if this is not the common case."""
        cdef cnp.ndarray array = self.empty(shape, dtype)
        if array is not None and self.fill_array(
            array, parameters, None, seed, stream, offset, threads
        ):
            return array
        return None

    def new_weight(self, shape, dtype, dict options, seed, stream, offset, threads):
        """Do the same by a scheme with options."""
        cdef cnp.ndarray array = self.empty(shape, dtype)
        if array is not None and self.fill_array(
            array, (<object>array).shape, options, seed, stream, offset, threads
        ):
            return array
        return None

    def draw(self, generator, size, given_dtype, out, tuple parameters):
        """Return what a method of a generator returns; None if this is not the common case."""
        cdef cnp.dtype dtype
        cdef cnp.ndarray array
        if out is None:
            if size is None:
                return self.number(generator, given_dtype, parameters)
            array = self.empty(size, given_dtype)
            if array is None:
                return None
        else:
            dtype = self.known_descriptor(given_dtype)
            if dtype is None or size is not None or type(out) is not cnp.ndarray:
                return None
            array = <cnp.ndarray>out
            if <cnp.dtype>cnp.PyArray_DESCR(array) is not dtype:
                return None
        if self.fill_array(array, parameters, None, generator, None, 0, None):
            return array
        return None

    cdef object number(self, generator, given_dtype, tuple parameters):
        """Return a single value as a float, or None."""
        cdef double wide
        cdef float narrow
        cdef KnownLaw law
        cdef uint64_t seed, stream
        cdef cnp.dtype dtype = self.known_descriptor(given_dtype)
        if dtype is None or not is_used:
            return None
        law = self.law_of(dtype, parameters, None)
        if law is None or dtype.type_num not in (cnp.NPY_DOUBLE, cnp.NPY_FLOAT):
            return None
        if not is_common_address(generator, None, &seed, &stream):
            return None
        if dtype.type_num == cnp.NPY_DOUBLE:
            write(law, <char *>&wide, 1, sizeof(wide), seed, stream, 0)
            return wide
        write(law, <char *>&narrow, 1, sizeof(narrow), seed, stream, 0)
        return <double>narrow

    cdef cnp.dtype known_descriptor(self, given):
        """Return the dtype that an argument means, or None."""
        try:
            found = self.descriptors.get(given)
        except TypeError:  # it has no hash
            return None
        return self.descriptor_of(given) if found is None else found

    cdef cnp.ndarray empty(self, shape, given_dtype):
        """Return a new small array, or None."""
        cdef cnp.npy_intp[MOST_AXES] lengths
        cdef int axes = 0
        cdef cnp.dtype dtype = self.known_descriptor(given_dtype)
        if dtype is None:
            return None
        if type(shape) is int:
            shape = (shape,)
        if type(shape) is not tuple or len(<tuple>shape) > MOST_AXES:
            return None
        for length in <tuple>shape:
            if type(length) is not int or not 0 <= length <= LARGEST:
                return None
            lengths[axes] = length
            axes += 1
        return small_array(axes, lengths, dtype)

    cdef KnownLaw law_of(self, cnp.dtype dtype, tuple parameters, dict options):
        """Return the law of these parameters, or None if the general path must find out."""
        cdef KnownLaw known
        for each in parameters:
            # A bool equals a number, so it would find the law of the number, and -0.0 that of 0.0.
            if type(each) is float:
                if <double>each == 0.0 and signbit(<double>each):
                    return None
            elif type(each) is not int:
                return None
        if options:
            key = (dtype, parameters, key_of_options(options))
            if key[2] is None:
                return None
        else:
            key = (dtype, parameters)
        found = self.laws.get(key)
        if found is not None:
            return <KnownLaw>found
        if native_name(dtype) not in self.dtypes:
            return None
        try:
            known = known_law(self.law(dtype, parameters, {} if options is None else options))
        except (TypeError, ValueError):
            return None
        if len(self.laws) >= MOST_LAWS:
            self.laws.clear()
        self.laws[key] = known
        return known

    cdef object descriptor_of(self, given):
        """Return the dtype that a type or name of NumPy means, or None; remember it."""
        if not isinstance(given, (type, str, cnp.dtype)) or len(self.descriptors) > MOST_LAWS:
            return None
        for name in self.dtypes:
            if not hasattr(np, name):
                continue
            dtype = np.dtype(name)
            if given is getattr(np, name) or given is dtype or given == name:
                self.descriptors[given] = dtype
                return dtype
        return None

    cdef bint fill_array(
        self, cnp.ndarray array, tuple parameters, dict options, seed, stream, offset, threads
    ) except -1:
        """Fill an array; return False, with nothing written, if this is not the common case."""
        cdef uint64_t seed_number, stream_number, index = 0
        cdef KnownLaw law
        cdef size_t count
        cdef Py_ssize_t nbytes
        cdef int needed = cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_WRITEABLE
        if not is_used or cnp.PyArray_FLAGS(array) & needed != needed:
            return False
        count = cnp.PyArray_SIZE(array)
        nbytes = cnp.PyArray_NBYTES(array)
        if nbytes > LARGEST:
            return False
        if threads is not None and (type(threads) is not int or not threads > 0):
            return False
        if not is_common_index(offset, &index) or index > LARGEST_OFFSET:
            return False
        law = self.law_of(<cnp.dtype>cnp.PyArray_DESCR(array), parameters, options)
        if law is None:
            return False
        if not is_common_address(seed, stream, &seed_number, &stream_number):
            return False
        write(
            law, cnp.PyArray_BYTES(array), count, nbytes, seed_number, stream_number, index
        )
        return True


cdef cnp.ndarray small_array(int axes, const cnp.npy_intp *lengths, cnp.dtype dtype):
    """Return a new C-contiguous array whose address is a multiple of 64; None if it is large."""
    cdef cnp.npy_intp nbytes = dtype.itemsize
    cdef object memory
    cdef char *start
    cdef int axis
    for axis in range(axes):
        if lengths[axis] > LARGEST:
            return None
        nbytes *= lengths[axis]
        if nbytes > LARGEST:
            return None
    nbytes += ALIGNMENT_OF_ARRAYS
    memory = cnp.PyArray_EMPTY(1, &nbytes, cnp.NPY_UINT8, 0)
    start = cnp.PyArray_BYTES(<cnp.ndarray>memory)
    start += -<uintptr_t>start % <uintptr_t>ALIGNMENT_OF_ARRAYS
    return array_over(start, axes, lengths, dtype, memory)


cdef cnp.ndarray array_over(
    char *start, int axes, const cnp.npy_intp *lengths, cnp.dtype dtype, object owner
):
    """Return a C-contiguous array over the memory of another object."""
    Py_INCREF(dtype)  # which the next call takes
    cdef object array = PyArray_NewFromDescr(
        &PyArray_Type, dtype, axes, lengths, NULL, start, cnp.NPY_ARRAY_CARRAY, <object>NULL
    )
    cnp.set_array_base(<cnp.ndarray>array, owner)
    return <cnp.ndarray>array


@cython.final
cdef class CommonParts:
    """CommonParts(law, seed, stream, shape, dtype, has_other_rows)

    The common case of parts of a tensor: rows, a range of rows, an element.

    Parameters
    ----------
    law : Law
        Of the dtype.
    seed, stream : int
    shape : tuple of int
        The shape of the tensor, whose elements all have an index in the stream.
    dtype : dtype
    has_other_rows : bool
        Whether the law does not hold for some rows. Then no part is common.
    """

    cdef KnownLaw known
    cdef readonly object law
    cdef cnp.dtype dtype
    cdef uint64_t seed
    cdef readonly uint64_t stream
    cdef int axes  # or 0, if no part of this tensor is common
    cdef int64_t[MOST_AXES] lengths
    cdef uint64_t[MOST_AXES] strides  # in elements

    def __init__(
        self, law, seed, stream, tuple shape, cnp.dtype dtype, bint has_other_rows
    ):
        cdef int axis
        cdef uint64_t stride = 1
        self.law = law
        self.known = known_law(law)
        self.seed = seed
        self.stream = stream
        self.dtype = dtype
        self.axes = 0
        if has_other_rows or len(shape) > MOST_AXES:
            return
        for axis in range(<int>len(shape) - 1, -1, -1):
            if shape[axis] > LARGEST_LENGTH:
                return
            self.lengths[axis] = shape[axis]
            self.strides[axis] = stride
            stride *= <uint64_t>self.lengths[axis]
        self.axes = <int>len(shape)

    def part(self, index):
        """Return a part as a new array, or an element as a number; None if it is not common."""
        cdef cnp.npy_intp[MOST_AXES] lengths
        cdef int fixed = 0, axis
        cdef int64_t first = 0, last
        cdef uint64_t start = 0
        cdef cnp.ndarray array
        if not is_used or self.axes == 0:
            return None
        if type(index) is int:
            index = (index,)
        if type(index) is tuple:
            fixed = <int>len(<tuple>index)
            if fixed == 0 or fixed > self.axes:
                return None
            for axis in range(fixed):
                if not is_index((<tuple>index)[axis], self.lengths[axis], &first):
                    return None
                start += <uint64_t>first * self.strides[axis]
            lengths[0] = self.lengths[fixed] if fixed < self.axes else 1
        elif type(index) is slice:
            if not is_range(index, self.lengths[0], &first, &last):
                return None
            start = <uint64_t>first * self.strides[0]
            lengths[0] = last - first
        else:
            return None
        for axis in range(fixed + 1, self.axes):
            lengths[axis - fixed] = self.lengths[axis]
        array = small_array(self.axes - fixed, lengths, self.dtype)
        if array is None:
            return None
        write(
            self.known, cnp.PyArray_BYTES(array), cnp.PyArray_SIZE(array),
            cnp.PyArray_NBYTES(array), self.seed, self.stream, start,
        )
        return (<object>array)[()] if fixed == self.axes else array

    def rows(self, ids, out):
        """Return rows by number in an array or, if `out` is None, in a new one.

        Return None, with nothing written, if this is not the common case.
        """
        cdef cnp.npy_intp[2 * MOST_AXES] lengths
        cdef cnp.npy_intp[2] matrix
        cdef cnp.ndarray numbers, array
        cdef const int64_t *listed
        cdef int axis, axes
        cdef cnp.npy_intp i
        cdef bint is_outside = False
        if not is_used or self.axes == 0:
            return None
        if type(ids) is list:
            numbers = numbers_of_list(<list>ids)
            if numbers is None:
                return None
        elif (
            type(ids) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>ids) == cnp.NPY_INT64
            and cnp.PyArray_ISCARRAY_RO(<cnp.ndarray>ids)
        ):
            numbers = <cnp.ndarray>ids
        else:
            return None
        axes = cnp.PyArray_NDIM(numbers)
        if axes + self.axes - 1 > MOST_AXES:
            return None
        matrix[0] = cnp.PyArray_SIZE(numbers)
        matrix[1] = self.strides[0]
        for axis in range(axes):
            lengths[axis] = cnp.PyArray_DIM(numbers, axis)
        for axis in range(1, self.axes):
            lengths[axes + axis - 1] = self.lengths[axis]
        if out is None:
            array = small_array(axes + self.axes - 1, lengths, self.dtype)
        else:
            array = self.given_array(out, axes + self.axes - 1, lengths)
        if array is None or cnp.PyArray_SIZE(array) == 0:
            return None
        # Another thread may write to the array of the caller.
        numbers = cnp.PyArray_NewCopy(numbers, cnp.NPY_CORDER)
        listed = <const int64_t *>cnp.PyArray_DATA(numbers)
        for i in range(matrix[0]):  # as unsigned numbers, those below 0 are the largest
            is_outside |= <uint64_t>listed[i] >= <uint64_t>self.lengths[0]
        if is_outside:
            return None
        kind, form, parameters = self.law
        fill_box(
            array_over(
                cnp.PyArray_BYTES(array), 2, matrix, RAW_DTYPES[self.dtype.itemsize], array
            ),
            kind, form, parameters, self.seed, self.stream, 0, (self.strides[0], 1), numbers,
            0, cnp.PyArray_SIZE(array), False,
        )
        return array

    cdef cnp.ndarray given_array(self, out, int axes, const cnp.npy_intp *lengths):
        """Return an array of the caller for values of this shape, or None if it is not common."""
        cdef cnp.ndarray array
        cdef int axis
        if type(out) is not cnp.ndarray:
            return None
        array = <cnp.ndarray>out
        if (
            not cnp.PyArray_ISCARRAY(array) or cnp.PyArray_NBYTES(array) > LARGEST
            or cnp.PyArray_NDIM(array) != axes
            or <cnp.dtype>cnp.PyArray_DESCR(array) != self.dtype
        ):
            return None
        for axis in range(axes):
            if cnp.PyArray_DIM(array, axis) != lengths[axis]:
                return None
        return array


cdef bint is_index(object given, int64_t length, int64_t *index) except -1:
    """Read an integer that is an index of an axis; return False for anything else."""
    if type(given) is not int:
        return False
    try:
        index[0] = given
    except OverflowError:
        return False
    if index[0] < 0:
        index[0] += length
    return 0 <= index[0] < length


cdef bint is_range(slice given, int64_t length, int64_t *first, int64_t *last) except -1:
    """Read a slice with step 1; return False for anything else."""
    cdef Py_ssize_t start, stop, step
    for each in (given.start, given.stop, given.step):
        if each is not None and type(each) is not int:
            return False
    PySlice_Unpack(given, &start, &stop, &step)
    if step != 1:
        return False
    PySlice_AdjustIndices(length, &start, &stop, step)
    first[0] = start
    last[0] = max(start, stop)
    return True


cdef cnp.ndarray numbers_of_list(list given):
    """Return a list of integers as int64, or None."""
    cdef cnp.npy_intp count = len(given), i
    cdef cnp.ndarray numbers
    if count > MOST_LISTED:
        return None
    for each in given:
        if type(each) is not int:
            return None
    numbers = cnp.PyArray_EMPTY(1, &count, cnp.NPY_INT64, 0)
    try:
        for i in range(count):
            (<int64_t *>cnp.PyArray_DATA(numbers))[i] = given[i]
    except OverflowError:
        return None
    return numbers


def law_of_bits(dtype, _, __):
    return kernel_arguments.random_bits(dtype)


def law_of_uniform(dtype, bounds, _):
    low, high = bounds
    return kernel_arguments.uniform(low, high, dtype)


def law_of_normal(dtype, moments, _):
    mean, std = moments
    return kernel_arguments.normal(mean, std, dtype)


def law_of_truncated_normal(dtype, parameters, _):
    return kernel_arguments.truncated_normal(*parameters, dtype)


# Those of the functions of these names; a generator has two of them.
BITS = CommonFill(law_of_bits, BITS_DTYPES)
UNIFORM = CommonFill(law_of_uniform, FLOAT_DTYPES)
NORMAL = CommonFill(law_of_normal, FLOAT_DTYPES)
TRUNCATED_NORMAL = CommonFill(law_of_truncated_normal, FLOAT_DTYPES)
