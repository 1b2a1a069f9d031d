"""Loops over a range of elements of one array, contiguous or strided.

Promises: element i of the array is element (offset + i) of the sequence, i counting in C order;
nothing outside the range is touched; the caller's floating-point environment is as it was.
Takes for granted: everything was checked; the index of the last word is below 2**64.

A group is CHAINS * LANES blocks of four words. Whole groups are stored where they belong; where
one would not fit (at the ends, and where the block number carries into its high half) it is stored
into scratch and the part that is due is copied.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from lanes cimport CHAINS, LANES, static_assert, stream_end, words
from philox cimport Group, Run, group_words, group_words_at, run_begin
from transforms cimport (
    BFLOAT16, BITS, FLOAT8_E4M3, FLOAT8_E5M2, FLOAT16, FLOAT32, FLOAT64, NORMAL, TRUNCATED,
    TRUNCATED_TAIL, TRUNCATED_WINDOW, UINT32, UINT64, UNIFORM,
    Distribution, Format, Parameters, block_offsets, element_bytes, group_values, spread_blocks,
    uniform_step,
)


cdef enum:
    GROUP_BLOCKS = CHAINS * LANES
    CACHE_LINE = 64
    GROUPS_WORTH_ALIGNING = 16  # fewer are not: aligning costs an extra group
    TILE_BYTES = 16384  # half of a first-level cache
    MOST_DIMENSIONS = 64  # a NumPy array has at most 64 axes


# What is to be written, apart from where.
ctypedef struct Task:
    Distribution distribution
    Format format
    Parameters parameters
    uint64_t seed
    uint64_t stream


# Which blocks the words come from: consecutive ones, or one group of any.
ctypedef struct Source:
    Run run
    uint32_t first_block  # the low half of its number; the high one is in `run`
    const uint64_t *numbers  # of all blocks of a group; NULL for consecutive blocks


ctypedef void (*GroupsKernel)(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming
) noexcept nogil


cdef inline size_t block_bytes(Format format) noexcept nogil:
    """What one block of four 32-bit words becomes."""
    return 16 if format == UINT64 or format == FLOAT64 else 4 * element_bytes(format)


cdef inline void fill_groups(
    char *out, const Source *source, size_t groups, const Task *task,
    Distribution distribution, Format format, bint streaming, bint any_blocks,
) noexcept nogil:
    """Store whole groups; consecutive blocks must not differ in the high half of their numbers."""
    # Locals, so that no store through `out` can be suspected of changing them.
    cdef Parameters parameters = task.parameters
    cdef Group group
    cdef uint32_t block_low = source.first_block
    cdef words offsets = block_offsets(format)
    if distribution == UNIFORM:
        parameters.scale = uniform_step(parameters.location, parameters.scale, format)
    if any_blocks:
        group_words_at(&group, &source.run, source.numbers, spread_blocks(format))
        group_values(out, &group, distribution, format, streaming, &parameters)
        return
    for _ in range(groups):
        group_words(&group, &source.run, block_low, offsets)
        group_values(out, &group, distribution, format, streaming, &parameters)
        block_low += GROUP_BLOCKS
        out += GROUP_BLOCKS * block_bytes(format)


cdef inline void fill_groups_of(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming,
    Distribution distribution, Format format,
) noexcept nogil:
    """Choose a loop of its own for any blocks, and for either kind of store."""
    if source.numbers != NULL:
        fill_groups(out, source, 1, task, distribution, format, False, True)
    elif streaming:
        fill_groups(out, source, groups, task, distribution, format, True, False)
    else:
        fill_groups(out, source, groups, task, distribution, format, False, False)


cdef inline void fill_floats(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming,
    Distribution distribution,
) noexcept nogil:
    """Choose a loop of its own for each format narrower than float64."""
    if task.format == FLOAT32:
        fill_groups_of(out, source, groups, task, streaming, distribution, FLOAT32)
    elif task.format == BFLOAT16:
        fill_groups_of(out, source, groups, task, streaming, distribution, BFLOAT16)
    elif task.format == FLOAT16:
        fill_groups_of(out, source, groups, task, streaming, distribution, FLOAT16)
    elif task.format == FLOAT8_E4M3:
        fill_groups_of(out, source, groups, task, streaming, distribution, FLOAT8_E4M3)
    else:
        fill_groups_of(out, source, groups, task, streaming, distribution, FLOAT8_E5M2)


cdef inline void fill_bits(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming
) noexcept nogil:
    if task.format == UINT32:
        fill_groups_of(out, source, groups, task, streaming, BITS, UINT32)
    else:
        fill_groups_of(out, source, groups, task, streaming, BITS, UINT64)


cdef inline void fill_uniform(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming
) noexcept nogil:
    if task.format == FLOAT64:
        fill_groups_of(out, source, groups, task, streaming, UNIFORM, FLOAT64)
    else:
        fill_floats(out, source, groups, task, streaming, UNIFORM)


cdef inline void fill_normal(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming
) noexcept nogil:
    if task.format == FLOAT64:
        fill_groups_of(out, source, groups, task, streaming, NORMAL, FLOAT64)
    else:
        fill_floats(out, source, groups, task, streaming, NORMAL)


cdef inline void fill_truncated(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming
) noexcept nogil:
    fill_floats(out, source, groups, task, streaming, TRUNCATED)


cdef inline void fill_truncated_tail(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming
) noexcept nogil:
    # The arithmetic is the bound here, and stores that stay in the caches cost no more.
    if task.format == FLOAT64:
        fill_groups_of(out, source, groups, task, False, TRUNCATED_TAIL, FLOAT64)
    else:
        fill_floats(out, source, groups, task, False, TRUNCATED_TAIL)


cdef inline void fill_truncated_window(
    char *out, const Source *source, size_t groups, const Task *task, bint streaming
) noexcept nogil:
    if task.format == FLOAT64:
        fill_groups_of(out, source, groups, task, False, TRUNCATED_WINDOW, FLOAT64)
    else:
        fill_floats(out, source, groups, task, False, TRUNCATED_WINDOW)


cdef inline GroupsKernel groups_kernel(Distribution distribution) noexcept nogil:
    if distribution == BITS:
        return fill_bits
    if distribution == UNIFORM:
        return fill_uniform
    if distribution == NORMAL:
        return fill_normal
    if distribution == TRUNCATED:
        return fill_truncated
    if distribution == TRUNCATED_TAIL:
        return fill_truncated_tail
    return fill_truncated_window


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
    cdef Source source
    cdef GroupsKernel kernel = groups_kernel(task.distribution)
    static_assert(sizeof(aligned) == GROUP_BLOCKS * 16)  # four words of 4 bytes in a block
    static_assert(CACHE_LINE % sizeof(words) == 0)  # streamed vectors do not straddle lines
    streaming = streaming and (<size_t>out - skip) % per_block == 0
    source.numbers = NULL
    run_begin(&source.run, task.seed, task.stream, <uint32_t>(block >> 32))
    while remaining > 0:
        blocks_before_carry = (<uint64_t>1 << 32) - <uint32_t>block
        line = to_next_line(out, skip, per_block)
        groups = min(remaining // per_group, <size_t>(blocks_before_carry // GROUP_BLOCKS))
        source.first_block = <uint32_t>block
        # Non-temporal stores must write whole lines.
        if skip == 0 and groups > 0 and (line == 0 or groups < GROUPS_WORTH_ALIGNING):
            kernel(out, &source, groups, task, streaming and line == 0)
            piece = groups * per_group
        else:
            kernel(scratch, &source, 1, task, False)
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


cdef inline void scatter_row(
    char *out, Py_ssize_t stride, const char *values, size_t count, size_t size
) noexcept nogil:
    cdef size_t i
    if stride == <Py_ssize_t>size:
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
