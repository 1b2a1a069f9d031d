"""Loops over a range of elements of one array, contiguous or strided.

Promises: element i of the array is element (offset + i) of the sequence, i counting in C order;
nothing outside the range is touched; the caller's floating-point environment is as it was.
Takes for granted: everything was checked; the index of the last word is below 2**64.

A group is CHAINS * LANES blocks, 16 bytes each whatever the distribution. Whole groups are stored
where they belong; where one would not fit (at the ends, and where the block number carries into
its high half) it is stored into scratch and the part that is due is copied.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from lanes cimport CHAINS, LANES, stream_end, words
from philox cimport Group, Run, group_words, run_begin
from transforms cimport (
    BITS32, BITS64, NORMAL32, NORMAL64, UNIFORM32, UNIFORM64,
    Distribution, Parameters, group_values, uniform32_parameters, uniform64_parameters,
)


cdef enum:
    BLOCK_BYTES = 16
    GROUP_BLOCKS = CHAINS * LANES
    GROUP_BYTES = CHAINS * LANES * 16
    CACHE_LINE = 64
    TILE_BYTES = 16384  # half of a first-level cache
    MOST_DIMENSIONS = 64  # of a NumPy array


# What is to be written, apart from where. `first` and `second` are low and high, or mean and
# standard deviation.
ctypedef struct Task:
    Distribution distribution
    double first
    double second
    uint64_t seed
    uint64_t stream


ctypedef void (*GroupsKernel)(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil


cdef inline void fill_groups(
    char *out, uint64_t first_block, size_t groups, const Task *task, Distribution distribution,
    bint streaming,
) noexcept nogil:
    """Store whole groups; blocks in use must not differ in the high half of their numbers."""
    # Locals, so that no store through `out` can be suspected of changing them.
    cdef Run run
    cdef Parameters parameters
    cdef Group group
    cdef uint32_t block_low = <uint32_t>first_block
    if distribution == UNIFORM32:
        parameters = uniform32_parameters(<float>task.first, <float>task.second)
    elif distribution == UNIFORM64:
        parameters = uniform64_parameters(task.first, task.second)
    else:
        parameters.location = task.first
        parameters.scale = task.second
        parameters.largest = 0
    run_begin(&run, task.seed, task.stream, <uint32_t>(first_block >> 32))
    for _ in range(groups):
        group_words(&group, &run, block_low)
        group_values(out, &group, distribution, streaming, &parameters)
        block_low += GROUP_BLOCKS
        out += GROUP_BYTES


cdef inline void fill_bits32(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, BITS32, False)


cdef inline void fill_bits64(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, BITS64, False)


cdef inline void fill_uniform32(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, UNIFORM32, False)


cdef inline void fill_uniform64(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, UNIFORM64, False)


cdef inline void fill_normal32(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, NORMAL32, False)


cdef inline void fill_normal64(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, NORMAL64, False)


cdef inline void stream_bits32(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, BITS32, True)


cdef inline void stream_bits64(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, BITS64, True)


cdef inline void stream_uniform32(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, UNIFORM32, True)


cdef inline void stream_uniform64(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, UNIFORM64, True)


cdef inline void stream_normal32(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, NORMAL32, True)


cdef inline void stream_normal64(
    char *out, uint64_t first_block, size_t groups, const Task *task
) noexcept nogil:
    fill_groups(out, first_block, groups, task, NORMAL64, True)


cdef inline GroupsKernel groups_kernel(Distribution distribution, bint streaming) noexcept nogil:
    if distribution == BITS32:
        return stream_bits32 if streaming else fill_bits32
    if distribution == BITS64:
        return stream_bits64 if streaming else fill_bits64
    if distribution == UNIFORM32:
        return stream_uniform32 if streaming else fill_uniform32
    if distribution == UNIFORM64:
        return stream_uniform64 if streaming else fill_uniform64
    if distribution == NORMAL32:
        return stream_normal32 if streaming else fill_normal32
    return stream_normal64 if streaming else fill_normal64


cdef inline size_t element_bytes(Distribution distribution) noexcept nogil:
    if distribution == BITS32 or distribution == UNIFORM32 or distribution == NORMAL32:
        return 4
    return 8


cdef inline size_t to_next_line(const char *address, size_t skip) noexcept nogil:
    """Bytes of whole blocks up to a cache line's start; none where blocks straddle lines."""
    cdef size_t past = (<size_t>address - skip) % CACHE_LINE
    if past == 0 or past % BLOCK_BYTES != 0:
        return 0
    return CACHE_LINE - past


cdef inline void fill_contiguous(
    char *out, uint64_t start, size_t count, bint streaming, const Task *task
) noexcept nogil:
    """Elements [start, start + count) of the sequence, into consecutive memory.

    Streaming stores past the caches: it pays where the array is larger than they are, because a
    line that is written whole need then not be read from memory first.
    """
    cdef words[2 * CHAINS] aligned
    cdef char *scratch = <char *>aligned
    cdef size_t size = element_bytes(task.distribution)
    cdef uint64_t block = start // (BLOCK_BYTES // size)
    cdef size_t skip = <size_t>(start % (BLOCK_BYTES // size)) * size
    cdef size_t remaining = count * size
    cdef size_t groups, piece, line
    cdef uint64_t blocks_before_carry
    cdef GroupsKernel to_scratch = groups_kernel(task.distribution, False)
    cdef GroupsKernel to_out
    streaming = streaming and (<size_t>out - skip) % BLOCK_BYTES == 0
    to_out = groups_kernel(task.distribution, streaming)
    while remaining > 0:
        blocks_before_carry = (<uint64_t>1 << 32) - <uint32_t>block
        line = to_next_line(out, skip)
        groups = min(remaining // GROUP_BYTES, <size_t>(blocks_before_carry // GROUP_BLOCKS))
        if skip == 0 and groups > 0 and line == 0:
            to_out(out, block, groups, task)
            piece = groups * GROUP_BYTES
        else:
            to_scratch(scratch, block, 1, task)
            piece = GROUP_BYTES
            if line != 0 and groups > 1:
                piece = min(piece, line)
            if blocks_before_carry < GROUP_BLOCKS:
                piece = min(piece, <size_t>blocks_before_carry * BLOCK_BYTES)
            piece = min(piece - skip, remaining)
            memcpy(out, scratch + skip, piece)
        out += piece
        remaining -= piece
        block += (skip + piece) // BLOCK_BYTES
        skip = (skip + piece) % BLOCK_BYTES
    if streaming:
        stream_end()


# A strided array whose axes that run on in memory are joined, with a position in C order.
ctypedef struct Walk:
    int ndim
    size_t[MOST_DIMENSIONS] shape
    Py_ssize_t[MOST_DIMENSIONS] strides
    size_t[MOST_DIMENSIONS] index
    char *address


cdef inline void walk_begin(
    Walk *walk, char *out, int ndim, const Py_ssize_t *shape, const Py_ssize_t *strides,
    size_t position,
) noexcept nogil:
    cdef int axis, last
    walk.ndim = 0
    walk.address = out
    for axis in range(ndim):
        if shape[axis] == 1:
            continue
        last = walk.ndim - 1
        if last >= 0 and walk.strides[last] == strides[axis] * shape[axis]:
            walk.shape[last] *= <size_t>shape[axis]
            walk.strides[last] = strides[axis]
        else:
            walk.shape[walk.ndim] = <size_t>shape[axis]
            walk.strides[walk.ndim] = strides[axis]
            walk.ndim += 1
    if walk.ndim == 0:
        walk.shape[0] = 1
        walk.strides[0] = 0
        walk.ndim = 1
    for axis in range(walk.ndim - 1, -1, -1):
        walk.index[axis] = position % walk.shape[axis]
        position //= walk.shape[axis]
        walk.address += <Py_ssize_t>walk.index[axis] * walk.strides[axis]


cdef inline void walk_next_row(Walk *walk) noexcept nogil:
    """From the end of a row of the last axis to the start of the next."""
    cdef int axis = walk.ndim - 1
    while walk.index[axis] == walk.shape[axis]:
        walk.address -= <Py_ssize_t>walk.shape[axis] * walk.strides[axis]
        walk.index[axis] = 0
        axis -= 1
        if axis < 0:
            return
        walk.index[axis] += 1
        walk.address += walk.strides[axis]


cdef inline void scatter_row(
    char *out, Py_ssize_t stride, const char *values, size_t count, size_t size
) noexcept nogil:
    cdef size_t i
    if stride == <Py_ssize_t>size:
        memcpy(out, values, count * size)
    elif size == 4:
        for i in range(count):
            memcpy(out + <Py_ssize_t>i * stride, values + 4 * i, 4)
    else:
        for i in range(count):
            memcpy(out + <Py_ssize_t>i * stride, values + 8 * i, 8)


cdef inline void scatter(Walk *walk, const char *values, size_t count, size_t size) noexcept nogil:
    """Copy consecutive values to where the walk goes."""
    cdef int last = walk.ndim - 1
    cdef size_t row
    while count > 0:
        row = min(count, walk.shape[last] - walk.index[last])
        scatter_row(walk.address, walk.strides[last], values, row, size)
        values += row * size
        count -= row
        walk.index[last] += row
        walk.address += <Py_ssize_t>row * walk.strides[last]
        walk_next_row(walk)


cdef inline void fill_strided(
    char *out, int ndim, const Py_ssize_t *shape, const Py_ssize_t *strides,
    uint64_t offset, size_t begin, size_t end, const Task *task,
) noexcept nogil:
    """Elements [begin, end) of a strided array, counted in C order, by way of a tile."""
    cdef char[TILE_BYTES] tile
    cdef Walk walk
    cdef size_t size = element_bytes(task.distribution)
    cdef size_t count
    walk_begin(&walk, out, ndim, shape, strides, begin)
    while begin < end:
        count = min(end - begin, TILE_BYTES // size)
        fill_contiguous(tile, offset + begin, count, False, task)
        scatter(&walk, tile, count, size)
        begin += count
