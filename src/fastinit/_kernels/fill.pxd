"""Loops over a range of elements of one array, contiguous or strided.

Promises: element i of the array is element (offset + i) of the sequence, i counting in C order;
nothing outside the range is touched; the caller's floating-point environment is as it was.
Takes for granted: everything was checked; the index of the last word is below 2**64.

Whole groups are stored where they belong. Where a group would not fit (at the ends, and where the
block number carries into its high half), it is stored into scratch and the part that is due is
copied.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from groups cimport GROUP_BLOCKS, GroupsKernel, Source, Stretch, Task, block_bytes, groups_kernel
from lanes cimport CHAINS, static_assert, stream_end, words, words_load, words_store
from philox cimport run_begin
from transforms cimport element_bytes


cdef enum:
    CACHE_LINE = 64
    GROUPS_WORTH_ALIGNING = 16  # fewer are not: aligning costs an extra group
    TILE_BYTES = 16384  # half of a first-level cache
    SHORT_COPY = 256  # bytes
    MOST_DIMENSIONS = 64  # a NumPy array has at most 64 axes


cdef inline size_t to_next_line(
    const char *address, size_t skip, size_t block
) noexcept nogil:
    """Bytes of whole blocks up to the next cache line; 0 if the blocks straddle lines."""
    cdef size_t past = (<size_t>address - skip) % CACHE_LINE
    if past == 0 or past % block != 0:
        return 0
    return CACHE_LINE - past


cdef inline void fill_contiguous(
    char *out, uint64_t start, size_t count, bint streaming, const Task *task
) noexcept nogil:
    """Write elements [start, start + count) of the sequence to consecutive memory.

    Streaming uses non-temporal stores, which bypass the caches. They are faster if the array is
    larger than the caches, because a whole line is then not read from memory before it is written.
    """
    cdef words[2 * CHAINS] aligned
    cdef char *scratch = <char *>aligned
    cdef size_t size = element_bytes(task.format)
    cdef size_t per_block = block_bytes(task.format)
    cdef size_t per_group = GROUP_BLOCKS * per_block
    cdef uint64_t block = start // (per_block // size)
    cdef size_t skip = <size_t>(start % (per_block // size)) * size
    cdef size_t remaining = count * size
    cdef size_t groups, piece, line
    cdef uint64_t blocks_before_carry
    cdef Stretch stretch
    cdef Source source
    cdef GroupsKernel kernel = groups_kernel(task)
    static_assert(sizeof(aligned) == GROUP_BLOCKS * 16)  # four words of 4 bytes in a block
    static_assert(CACHE_LINE % sizeof(words) == 0)  # streamed vectors do not straddle lines
    streaming = streaming and (<size_t>out - skip) % per_block == 0
    source.made = NULL
    run_begin(&source.run, task.seed, task.stream, <uint32_t>(block >> 32))
    while remaining > 0:
        blocks_before_carry = (<uint64_t>1 << 32) - <uint32_t>block
        line = to_next_line(out, skip, per_block)
        groups = min(remaining // per_group, <size_t>(blocks_before_carry // GROUP_BLOCKS))
        stretch.first_block = <uint32_t>block
        # Non-temporal stores must write whole lines.
        if skip == 0 and groups > 0 and (line == 0 or groups < GROUPS_WORTH_ALIGNING):
            stretch.out = out
            stretch.groups = groups
            kernel(&stretch, 1, &source, task, streaming and line == 0)
            piece = groups * per_group
        else:
            stretch.out = scratch
            stretch.groups = 1
            kernel(&stretch, 1, &source, task, False)
            piece = per_group
            if line != 0 and groups >= GROUPS_WORTH_ALIGNING:
                piece = min(piece, line)
            if blocks_before_carry < GROUP_BLOCKS:
                piece = min(piece, <size_t>blocks_before_carry * per_block)
            piece = min(piece - skip, remaining)
            memcpy(out, scratch + skip, piece)
        out += piece
        remaining -= piece
        block += (skip + piece) // per_block
        if remaining > 0 and <uint32_t>block == 0:
            run_begin(&source.run, task.seed, task.stream, <uint32_t>(block >> 32))
        skip = (skip + piece) % per_block
    if streaming:
        stream_end()


# A position in a strided array, in C order. Axes are joined if they are contiguous in memory.
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
    """Go from the end of a row of the last axis to the start of the next row."""
    cdef int axis = walk.ndim - 1
    while walk.index[axis] == walk.shape[axis]:
        walk.address -= <Py_ssize_t>walk.shape[axis] * walk.strides[axis]
        walk.index[axis] = 0
        axis -= 1
        if axis < 0:
            return
        walk.index[axis] += 1
        walk.address += walk.strides[axis]


cdef inline void copy_short(char *out, const char *values, size_t size) noexcept nogil:
    """Copy one byte or more without a call, which costs more than some of these copies.

    The last of several moves overlaps the one before it.
    """
    cdef size_t i = 0
    if size >= sizeof(words):
        while i + sizeof(words) <= size:
            words_store(out + i, words_load(values + i))
            i += sizeof(words)
        words_store(out + size - sizeof(words), words_load(values + size - sizeof(words)))
    elif size >= 16:
        while i + 16 <= size:
            memcpy(out + i, values + i, 16)
            i += 16
        memcpy(out + size - 16, values + size - 16, 16)
    elif size >= 8:
        memcpy(out, values, 8)
        memcpy(out + size - 8, values + size - 8, 8)
    elif size >= 4:
        memcpy(out, values, 4)
        memcpy(out + size - 4, values + size - 4, 4)
    elif size >= 2:
        memcpy(out, values, 2)
        memcpy(out + size - 2, values + size - 2, 2)
    else:
        out[0] = values[0]


cdef inline void scatter_row(
    char *out, Py_ssize_t stride, const char *values, size_t count, size_t size
) noexcept nogil:
    cdef size_t i
    if stride == <Py_ssize_t>size or count == 1:
        if count * size <= SHORT_COPY:
            copy_short(out, values, count * size)
        else:
            memcpy(out, values, count * size)
    elif size == 1:
        for i in range(count):
            out[<Py_ssize_t>i * stride] = values[i]
    elif size == 2:
        for i in range(count):
            memcpy(out + <Py_ssize_t>i * stride, values + 2 * i, 2)
    elif size == 4:
        for i in range(count):
            memcpy(out + <Py_ssize_t>i * stride, values + 4 * i, 4)
    else:
        for i in range(count):
            memcpy(out + <Py_ssize_t>i * stride, values + 8 * i, 8)


cdef inline void scatter(Walk *walk, const char *values, size_t count, size_t size) noexcept nogil:
    """Copy consecutive values to the next elements of the walk."""
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
    """Write elements [begin, end) of a strided array, in C order, through a tile."""
    cdef char[TILE_BYTES] tile
    cdef Walk walk
    cdef size_t size = element_bytes(task.format)
    cdef size_t count
    walk_begin(&walk, out, ndim, shape, strides, begin)
    while begin < end:
        count = min(end - begin, TILE_BYTES // size)
        fill_contiguous(tile, offset + begin, count, False, task)
        scatter(&walk, tile, count, size)
        begin += count
