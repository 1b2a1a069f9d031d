"""Loops over a box of a larger tensor, or over rows of it in any order.

Promises: an element has the value that it has in the whole tensor. Nothing outside the range of the
box is written. Takes for granted: what fill.pxd takes for granted, and every index is in the
tensor.

Long runs of neighbouring elements are filled directly, several runs in one call of the kernel if
they are whole groups. Short runs are packed: the blocks that they need are listed until they make a
group, and some groups go to the kernel in one call. This costs a copy, some 5 % for blocks in any
order, and the words of a run's first and last block that the run does not need. Speed of gathered
float32 rows, as a fraction of one contiguous fill, in cache, on Emerald Rapids with AVX-512, before
several runs shared a call:

===============  ====  ====  ====  ====
elements a row   16    64    128   512
===============  ====  ====  ====  ====
uniform          0.34  0.68  0.79  0.92
normal           0.46  0.78  0.84  0.96
===============  ====  ====  ====  ====
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memset

from fill cimport (
    CACHE_LINE, GROUPS_WORTH_ALIGNING, MOST_DIMENSIONS, fill_contiguous, scatter_row,
)
from groups cimport GROUP_BLOCKS, GroupsKernel, Source, Stretch, Task, block_bytes, groups_kernel
from lanes cimport (
    CHAINS, LANES, static_assert, stream_end, words, words_add, words_block_numbers, words_set,
    words_store,
)
from philox cimport Block, Group, group_words_at, run_begin
from transforms cimport element_bytes, spread_blocks


cdef enum:
    NUMBERS = GROUP_BLOCKS + LANES  # they are written in whole vectors
    # In a call of the kernel: its start is then a small part of the time.
    MOST_STRETCHES = 32
    MOST_GROUPS = 32 // LANES  # with their words, values and pieces, half of a first-level cache


# A part of a run: consecutive elements, and their place in memory.
ctypedef struct Piece:
    char *out
    Py_ssize_t stride
    size_t count
    size_t position  # in the values of all groups, in bytes


# Runs that are not filled yet: whole groups, and pieces whose blocks do not make a whole group.
ctypedef struct Packing:
    Source source
    uint32_t block_high  # the high half of the numbers that the run is for
    GroupsKernel kernel
    Stretch[MOST_STRETCHES] stretches
    size_t stretch_count
    Group[MOST_GROUPS] made
    size_t groups
    uint64_t[NUMBERS] numbers  # of the blocks of the next group
    size_t blocks
    Piece[MOST_GROUPS * GROUP_BLOCKS] pieces  # each of one block or more
    size_t count


# A box. Axes are joined if they are contiguous both in memory and in the tensor.
ctypedef struct Box:
    int ndim
    size_t[MOST_DIMENSIONS] shape
    Py_ssize_t[MOST_DIMENSIONS] strides  # in memory, in bytes
    uint64_t[MOST_DIMENSIONS] steps  # in the tensor, in elements; negative ones wrap
    uint64_t origin  # the index in the tensor of the box's first element
    const int64_t *rows  # the numbers of the first axis's rows, or NULL for 0, 1, 2, ...


cdef inline void packing_begin(Packing *packing, const Task *task) noexcept nogil:
    packing.kernel = groups_kernel(task)
    packing.block_high = 0
    packing.stretch_count = packing.groups = packing.blocks = packing.count = 0
    memset(packing.numbers, 0, sizeof(packing.numbers))  # a group that is not full reads all
    run_begin(&packing.source.run, task.seed, task.stream, 0)


cdef inline void packing_words(Packing *packing, const Task *task) noexcept nogil:
    """Make the words of the blocks that are listed: one more group."""
    cdef Group group  # local, so that the rounds stay in registers
    cdef Block *block
    cdef int c
    group_words_at(&group, &packing.source.run, packing.numbers, spread_blocks(task.format))
    for c in range(CHAINS):
        # Not a copy of the whole: GCC would make it a slow string instruction.
        block = &packing.made[packing.groups].chains[c]
        block.x_0 = group.chains[c].x_0
        block.x_1 = group.chains[c].x_1
        block.x_2 = group.chains[c].x_2
        block.x_3 = group.chains[c].x_3
    packing.groups += 1
    packing.blocks = 0


cdef inline void packing_flush(Packing *packing, const Task *task) noexcept nogil:
    """Make the values of all groups, and copy the pieces to their places."""
    cdef words[MOST_GROUPS * 2 * CHAINS] aligned
    cdef char *values = <char *>aligned
    cdef size_t size = element_bytes(task.format)
    cdef Stretch stretch
    cdef Piece *piece
    cdef size_t i
    # Four words of 4 bytes in a block.
    static_assert(sizeof(aligned) == MOST_GROUPS * GROUP_BLOCKS * 16)
    static_assert(MOST_GROUPS >= 1)
    if packing.count == 0:
        return
    if packing.blocks > 0:
        packing_words(packing, task)
    packing.source.made = packing.made
    stretch.out = values
    stretch.groups = packing.groups
    stretch.first_block = 0
    packing.kernel(&stretch, 1, &packing.source, task, False)
    for i in range(packing.count):
        piece = &packing.pieces[i]
        scatter_row(piece.out, piece.stride, values + piece.position, piece.count, size)
    packing.groups = packing.count = 0


cdef inline void packing_add(
    Packing *packing, const Task *task, char *out, Py_ssize_t stride, uint64_t element, size_t count
) noexcept nogil:
    """Elements [element, element + count) of the tensor, a stride apart in memory."""
    cdef size_t size = element_bytes(task.format)
    cdef size_t per_block = block_bytes(task.format) // size
    cdef size_t skip, blocks, taken, i
    cdef words number
    cdef Piece *piece
    while count > 0:
        skip = <size_t>(element % per_block)
        blocks = min((skip + count + per_block - 1) // per_block, GROUP_BLOCKS - packing.blocks)
        taken = min(count, blocks * per_block - skip)
        piece = &packing.pieces[packing.count]
        piece.out = out
        piece.stride = stride
        piece.count = taken
        piece.position = (
            (packing.groups * GROUP_BLOCKS + packing.blocks) * per_block + skip
        ) * size
        packing.count += 1
        number = words_add(words_set(element // per_block), words_block_numbers())
        for i in range((blocks + LANES - 1) // LANES):
            words_store(<char *>&packing.numbers[packing.blocks + i * LANES], number)
            number = words_add(number, words_set(LANES))
        packing.blocks += blocks
        if packing.blocks == GROUP_BLOCKS:
            packing_words(packing, task)
            if packing.groups == MOST_GROUPS:
                packing_flush(packing, task)
        out += <Py_ssize_t>taken * stride
        element += taken
        count -= taken


cdef inline void stretches_flush(Packing *packing, bint streaming, const Task *task) noexcept nogil:
    """Fill the stretches that are listed."""
    if packing.stretch_count == 0:
        return
    packing.source.made = NULL
    packing.kernel(packing.stretches, packing.stretch_count, &packing.source, task, streaming)
    packing.stretch_count = 0


cdef inline void stretches_add(
    Packing *packing, char *out, uint64_t element, size_t count, bint streaming, const Task *task
) noexcept nogil:
    """Fill a run of consecutive elements in consecutive memory, now or with the next ones."""
    cdef size_t size = element_bytes(task.format)
    cdef size_t per_block = block_bytes(task.format) // size
    cdef size_t per_group = GROUP_BLOCKS * per_block
    cdef size_t groups = count // per_group
    cdef uint64_t block = element // per_block
    cdef Stretch *stretch
    if (
        element % per_block != 0 or count % per_group != 0
        or (<size_t>out % CACHE_LINE != 0 and (streaming or groups >= GROUPS_WORTH_ALIGNING))
        or (block + groups * GROUP_BLOCKS - 1) >> 32 != block >> 32
    ):
        fill_contiguous(out, element, count, streaming, task)
        return
    if packing.stretch_count == MOST_STRETCHES or packing.block_high != <uint32_t>(block >> 32):
        stretches_flush(packing, streaming, task)
    if packing.block_high != <uint32_t>(block >> 32):
        packing.block_high = <uint32_t>(block >> 32)
        run_begin(&packing.source.run, task.seed, task.stream, packing.block_high)
    stretch = &packing.stretches[packing.stretch_count]
    stretch.out = out
    stretch.groups = groups
    stretch.first_block = <uint32_t>block
    packing.stretch_count += 1


cdef inline void box_begin(
    Box *box, int ndim, const Py_ssize_t *shape, const Py_ssize_t *strides, const uint64_t *steps,
    uint64_t origin, const int64_t *rows,
) noexcept nogil:
    cdef int axis, last
    cdef int first = 1 if rows != NULL else 0  # an axis of listed rows is not joined
    box.ndim = 0
    box.origin = origin
    box.rows = rows
    for axis in range(ndim):
        last = box.ndim - 1
        if shape[axis] == 1 and axis >= first:
            continue
        if (
            last >= first and box.strides[last] == strides[axis] * shape[axis]
            and box.steps[last] == steps[axis] * <uint64_t>shape[axis]
        ):
            box.shape[last] *= <size_t>shape[axis]
        else:
            box.shape[box.ndim] = <size_t>shape[axis]
            last = box.ndim
            box.ndim += 1
        box.strides[last] = strides[axis]
        box.steps[last] = steps[axis]
    if box.ndim <= first:  # a row of one element
        box.shape[box.ndim] = 1
        box.strides[box.ndim] = <Py_ssize_t>0
        box.steps[box.ndim] = 1
        box.ndim += 1


cdef inline void box_row(
    const Box *box, size_t row, Py_ssize_t *address, uint64_t *element
) noexcept nogil:
    """Where a row of the last axis begins, in memory and in the tensor."""
    cdef int axis
    cdef size_t index
    address[0] = 0
    element[0] = box.origin
    for axis in range(box.ndim - 2, -1, -1):
        index = row
        if axis > 0:
            index = row % box.shape[axis]
            row //= box.shape[axis]
        address[0] += <Py_ssize_t>index * box.strides[axis]
        if axis == 0 and box.rows != NULL:
            element[0] += <uint64_t>box.rows[index] * box.steps[axis]
        else:
            element[0] += <uint64_t>index * box.steps[axis]


cdef inline void fill_box(
    char *out, const Box *box, size_t begin, size_t end, bint streaming, const Task *task
) noexcept nogil:
    """Elements [begin, end) of a box, counted in its C order."""
    cdef Packing packing
    cdef int last = box.ndim - 1
    cdef size_t length = box.shape[last]
    cdef Py_ssize_t stride = box.strides[last]
    cdef uint64_t step = box.steps[last]
    cdef size_t size = element_bytes(task.format)
    # A run of two groups or more is worth a separate fill: it is not copied.
    cdef bint whole_runs = stride == <Py_ssize_t>size and step == 1
    cdef size_t long_run = 2 * GROUP_BLOCKS * block_bytes(task.format) // size
    cdef size_t row = begin // length
    cdef size_t column = begin % length
    cdef size_t count, i
    cdef Py_ssize_t address
    cdef uint64_t element
    packing_begin(&packing, task)
    while begin < end:
        count = min(length - column, end - begin)
        box_row(box, row, &address, &element)
        address += <Py_ssize_t>column * stride
        element += <uint64_t>column * step
        if whole_runs and count >= long_run:
            stretches_add(&packing, out + address, element, count, streaming, task)
        elif step == 1:
            packing_add(&packing, task, out + address, stride, element, count)
        else:
            for i in range(count):
                packing_add(
                    &packing, task, out + address + <Py_ssize_t>i * stride, 0,
                    element + <uint64_t>i * step, 1,
                )
        begin += count
        column = 0
        row += 1
    stretches_flush(&packing, streaming, task)
    packing_flush(&packing, task)
    if streaming:
        stream_end()
