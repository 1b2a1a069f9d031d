"""Loops over a box of a larger tensor, or over rows of it in any order.

Promises: an element has the value that it has in the whole tensor. Nothing outside the range of the
box is written. Takes for granted: what fill.pxd takes for granted, and every index is in the
tensor.

Rows of whole groups are filled directly, several rows in one call of the kernel. Other rows are
packed: the numbers of their blocks are listed, and the kernel takes the blocks from the list. So a
vector holds blocks of several rows. If rows begin and end with a block and follow each other in
memory, the blocks do so too, and the kernel stores the values in place. Other values are made in a
buffer, and each row is copied to its place.

Cost, beside a fill: one multiplication, shift and exclusive or more for a vector of blocks; 18
instructions to list a row; 20 more and the copy if it is not in place. Where the kernel does not
make the words (`has_listed_kernel`), they are stored and loaded once more. On AVX-512, 64 blocks of
uniform float32 values take 678 instructions in a fill, and 727 from a list.

Bound: a row of n elements in b blocks of four words has at most n / 4b of the speed of a fill, for
example 1/4 with one float32 element. Speed of gathered float32 rows, as a fraction of a fill, on
Emerald Rapids (docs/performance.md has more):

========================  ====  ====  ====  ====  ====  ====
elements a row            1     4     10    16    64    128
========================  ====  ====  ====  ====  ====  ====
AVX-512, uniform          0.07  0.53  0.41  0.79  0.88  0.90
AVX-512, normal           0.10  0.68  0.53  0.88  0.94  0.94
AVX2, uniform             0.10  0.65  0.48  0.83  0.87  0.90
AVX2, normal              0.14  0.81  0.63  0.94  0.98  0.97
========================  ====  ====  ====  ====  ====  ====
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fill cimport (
    CACHE_LINE, GROUPS_WORTH_ALIGNING, MOST_DIMENSIONS, fill_contiguous, scatter_row,
)
from groups cimport (
    GROUP_BLOCKS, GroupsKernel, ListedKernel, Source, Stretch, Task, block_bytes, groups_kernel,
    listed_kernel,
)
from lanes cimport (
    CHAINS, LANES, static_assert, stream_end, words, words_add, words_block_numbers, words_set,
    words_store,
)
from philox cimport Block, Group, group_words_at, run_begin
from transforms cimport element_bytes, spread_blocks


cdef enum:
    # In a call of the kernel: its start is then a small part of the time.
    MOST_STRETCHES = 32
    MOST_BLOCKS = 256  # of a batch: its words and values are half of a first-level cache
    MOST_GROUPS = MOST_BLOCKS // GROUP_BLOCKS
    MOST_AXES = MOST_DIMENSIONS + 1  # one for rows of one element
    NUMBERS = MOST_BLOCKS + LANES  # they are written in whole vectors


# A part of a run: consecutive elements, and their place in memory.
ctypedef struct Piece:
    char *out
    size_t count
    size_t position  # in the values of the batch, in bytes


# Runs that are not filled yet: whole groups, or the blocks of a batch.
ctypedef struct Pending:
    Source source
    GroupsKernel kernel
    ListedKernel listed_kernel  # or NULL
    uint32_t block_high  # the high half of the numbers that the run is for
    Stretch[MOST_STRETCHES] stretches
    size_t stretch_count
    size_t size  # of an element
    size_t per_block  # elements
    Py_ssize_t stride  # of the elements of a run in memory
    char *place  # of the values of the batch, if they need no copy; or NULL
    char *end  # of the memory
    uint64_t[NUMBERS] numbers  # of the blocks of the batch
    size_t blocks
    Group[MOST_GROUPS] made  # their words, if no kernel makes them
    Piece[MOST_BLOCKS] pieces  # each of one block or more; none if there is a place
    size_t count


# A box. Axes are joined if they are contiguous both in memory and in the tensor. The elements of
# the last axis are neighbours in the tensor.
ctypedef struct Box:
    int ndim
    size_t[MOST_AXES] shape
    Py_ssize_t[MOST_AXES] strides  # in memory, in bytes
    uint64_t[MOST_AXES] steps  # in the tensor, in elements; negative ones wrap
    uint64_t origin  # the index in the tensor of the box's first element
    const int64_t *rows  # the numbers of the first axis's rows, or NULL for 0, 1, 2, ...


# Neighbouring rows of a box: each is a run along the last axis.
ctypedef struct Rows:
    size_t count
    Py_ssize_t address  # of the first one, from the start of the memory
    Py_ssize_t stride
    uint64_t element  # of the first one, or of row 0 if the rows are listed
    uint64_t step
    const int64_t *listed


cdef inline uint64_t row_element(const Rows *rows, size_t i) noexcept nogil:
    """The index in the tensor of the first element of a row."""
    return rows.element + (i if rows.listed == NULL else <uint64_t>rows.listed[i]) * rows.step


cdef inline void pending_begin(Pending *pending, const Task *task) noexcept nogil:
    pending.kernel = groups_kernel(task)
    pending.listed_kernel = listed_kernel(task)
    pending.block_high = 0
    pending.stretch_count = pending.blocks = pending.count = 0
    pending.size = element_bytes(task.format)
    pending.per_block = block_bytes(task.format) // pending.size
    run_begin(&pending.source.run, task.seed, task.stream, 0)


cdef inline void list_blocks(uint64_t *numbers, uint64_t first, size_t count) noexcept nogil:
    """Write consecutive numbers, in whole vectors: at least one."""
    cdef words number = words_add(words_set(first), words_block_numbers())
    cdef size_t i = LANES
    words_store(<char *>numbers, number)
    while i < count:
        number = words_add(number, words_set(LANES))
        words_store(<char *>(numbers + i), number)
        i += LANES


cdef inline void batch_words(Pending *pending, size_t groups, const Task *task) noexcept nogil:
    """Make the words of the blocks that are listed."""
    cdef Group group  # local, so that the rounds stay in registers
    cdef Block *block
    cdef size_t g
    cdef int c
    for g in range(groups):
        group_words_at(
            &group, &pending.source.run, pending.numbers + g * GROUP_BLOCKS,
            spread_blocks(task.format),
        )
        for c in range(CHAINS):
            # Not a copy of the whole: GCC would make it a slow string instruction.
            block = &pending.made[g].chains[c]
            block.x_0 = group.chains[c].x_0
            block.x_1 = group.chains[c].x_1
            block.x_2 = group.chains[c].x_2
            block.x_3 = group.chains[c].x_3


cdef inline void batch_values(
    Pending *pending, char *out, size_t first, size_t groups, const Task *task
) noexcept nogil:
    """Store the values of whole groups of the batch."""
    cdef Stretch stretch
    if pending.listed_kernel != NULL:
        pending.listed_kernel(
            out, pending.numbers + first * GROUP_BLOCKS, groups, &pending.source.run, task
        )
        return
    stretch.out = out
    stretch.groups = groups
    stretch.first_block = 0
    pending.source.made = pending.made + first
    pending.kernel(&stretch, 1, &pending.source, task, False)


cdef inline void batch_flush(Pending *pending, const Task *task) noexcept nogil:
    """Make the values of the batch, at their place or for its pieces."""
    cdef words[MOST_GROUPS * 2 * CHAINS] aligned
    cdef char *values = <char *>aligned
    cdef size_t groups = (pending.blocks + GROUP_BLOCKS - 1) // GROUP_BLOCKS
    cdef size_t per_group = GROUP_BLOCKS * block_bytes(task.format)
    cdef size_t rest, i
    cdef Piece *piece
    static_assert(sizeof(aligned) == MOST_BLOCKS * 16)  # four words of 4 bytes in a block
    static_assert(MOST_BLOCKS % GROUP_BLOCKS == 0)
    if groups == 0:
        return
    # The last group may not be full.
    list_blocks(pending.numbers + pending.blocks, 0, groups * GROUP_BLOCKS - pending.blocks)
    if pending.listed_kernel == NULL:
        batch_words(pending, groups, task)
    if pending.place != NULL:
        rest = min(pending.blocks * block_bytes(task.format), <size_t>(pending.end - pending.place))
        groups = rest // per_group
        rest %= per_group
        if groups > 0:
            batch_values(pending, pending.place, 0, groups, task)
            pending.place += groups * per_group
        if rest > 0:
            batch_values(pending, values, groups, 1, task)
            memcpy(pending.place, values, rest)
    else:
        batch_values(pending, values, 0, groups, task)
        for i in range(pending.count):
            piece = &pending.pieces[i]
            scatter_row(
                piece.out, pending.stride, values + piece.position, piece.count, pending.size
            )
    pending.blocks = pending.count = 0


cdef inline void pack_run(
    Pending *pending, const Task *task, char *out, uint64_t element, size_t count
) noexcept nogil:
    """Elements [element, element + count) of the tensor."""
    cdef size_t per_block = pending.per_block
    cdef size_t skip, blocks, taken
    cdef Piece *piece
    while count > 0:
        if pending.blocks == MOST_BLOCKS:
            batch_flush(pending, task)
        skip = <size_t>(element % per_block)
        blocks = min((skip + count + per_block - 1) // per_block, MOST_BLOCKS - pending.blocks)
        taken = min(count, blocks * per_block - skip)
        if pending.place == NULL:
            piece = &pending.pieces[pending.count]
            piece.out = out
            piece.count = taken
            piece.position = (pending.blocks * per_block + skip) * pending.size
            pending.count += 1
        list_blocks(pending.numbers + pending.blocks, element // per_block, blocks)
        pending.blocks += blocks
        out += <Py_ssize_t>taken * pending.stride
        element += taken
        count -= taken


cdef inline size_t pack_rows(
    Pending *pending, const Rows *rows, size_t first, char *out, size_t length, bint in_place
) noexcept nogil:
    """Whole rows, from one of them on, as many as surely fit into the batch. Return the next one.

    This does what `pack_run` does for each of them. But `pack_run` may flush the batch and divide a
    run. Its tests and divisions take longer than the values of a row of 16.
    """
    cdef int shift = 1 if pending.per_block == 2 else 2
    cdef size_t past = pending.per_block - 1
    # Blocks of a row, at most. In place, rows begin and end with a block.
    cdef size_t most = (length + (0 if in_place else 2 * past)) >> shift
    cdef size_t size_of_block = pending.per_block * pending.size
    cdef size_t blocks = pending.blocks
    cdef size_t count = pending.count
    cdef size_t row_blocks = most
    cdef size_t skip
    cdef uint64_t element
    cdef Piece *piece
    out += rows.address + <Py_ssize_t>first * rows.stride
    while first < rows.count and blocks + most <= MOST_BLOCKS:
        element = row_element(rows, first)
        if not in_place:
            skip = <size_t>element & past
            row_blocks = (skip + length + past) >> shift
            piece = &pending.pieces[count]
            piece.out = out
            piece.count = length
            piece.position = blocks * size_of_block + skip * pending.size
            count += 1
            out += rows.stride
        list_blocks(pending.numbers + blocks, element >> shift, row_blocks)
        blocks += row_blocks
        first += 1
    pending.blocks = blocks
    pending.count = count
    return first


cdef inline void stretches_flush(Pending *pending, bint streaming, const Task *task) noexcept nogil:
    """Fill the stretches that are listed."""
    if pending.stretch_count == 0:
        return
    pending.source.made = NULL
    pending.kernel(pending.stretches, pending.stretch_count, &pending.source, task, streaming)
    pending.stretch_count = 0


cdef inline void stretches_add(
    Pending *pending, char *out, uint64_t element, size_t count, bint streaming, const Task *task
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
    if pending.stretch_count == MOST_STRETCHES or pending.block_high != <uint32_t>(block >> 32):
        stretches_flush(pending, streaming, task)
    if pending.block_high != <uint32_t>(block >> 32):
        pending.block_high = <uint32_t>(block >> 32)
        run_begin(&pending.source.run, task.seed, task.stream, pending.block_high)
    stretch = &pending.stretches[pending.stretch_count]
    stretch.out = out
    stretch.groups = groups
    stretch.first_block = <uint32_t>block
    pending.stretch_count += 1


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
    if box.ndim <= first or box.steps[box.ndim - 1] != 1:  # rows of one element
        box.shape[box.ndim] = 1
        box.strides[box.ndim] = <Py_ssize_t>0
        box.steps[box.ndim] = 1
        box.ndim += 1


cdef inline void box_rows(const Box *box, size_t row, Rows *rows) noexcept nogil:
    """The rows from `row` on, up to the end of their axis."""
    cdef int axis
    cdef size_t index
    rows.count = 1
    rows.address = 0
    rows.stride = <Py_ssize_t>0
    rows.element = box.origin
    rows.step = 0
    rows.listed = NULL
    for axis in range(box.ndim - 2, -1, -1):
        index = row
        if axis > 0:
            index = row % box.shape[axis]
            row //= box.shape[axis]
        rows.address += <Py_ssize_t>index * box.strides[axis]
        if axis == box.ndim - 2:
            rows.count = box.shape[axis] - index
            rows.stride = box.strides[axis]
            rows.step = box.steps[axis]
            if axis == 0 and box.rows != NULL:
                rows.listed = box.rows + index
                continue
        if axis == 0 and box.rows != NULL:
            rows.element += <uint64_t>box.rows[index] * box.steps[axis]
        else:
            rows.element += <uint64_t>index * box.steps[axis]


cdef inline bint has_whole_blocks(const Box *box, size_t per_block) noexcept nogil:
    """Whether each row begins and ends with a block."""
    cdef int last = box.ndim - 1
    cdef int axis
    for axis in range(last):
        if box.steps[axis] % per_block != 0:
            return False
    return box.origin % per_block == 0 and box.shape[last] % per_block == 0


cdef inline bint is_contiguous(const Box *box, size_t size) noexcept nogil:
    """Whether the elements follow each other in memory."""
    cdef size_t stride = size
    cdef int axis
    for axis in range(box.ndim - 1, -1, -1):
        if box.strides[axis] != <Py_ssize_t>stride:
            return False
        stride *= box.shape[axis]
    return True


cdef inline bint is_long(size_t length, bint whole_blocks, size_t per_group) noexcept nogil:
    """Whether a row is better filled by itself than packed.

    Whole groups are. A fill of another row makes groups that the row does not need in full, and its
    start takes as long as a quarter of a group. Packing takes at least a ninth longer than a fill.
    """
    cdef size_t groups = length // per_group + 1
    if whole_blocks and length % per_group == 0:
        return True
    return groups * per_group + per_group // 4 <= length + length // 9


cdef inline void fill_box(
    char *out, const Box *box, size_t begin, size_t end, bint streaming, const Task *task
) noexcept nogil:
    """Elements [begin, end) of a box, counted in its C order."""
    cdef Pending pending
    cdef Rows rows
    cdef int last = box.ndim - 1
    cdef size_t length = box.shape[last]
    cdef Py_ssize_t stride = box.strides[last]
    cdef size_t per_group = GROUP_BLOCKS * block_bytes(task.format) // element_bytes(task.format)
    cdef size_t row = begin // length
    cdef size_t column = begin % length
    cdef size_t count, i
    cdef char *address
    cdef uint64_t element
    cdef bint whole_blocks, long_rows
    pending_begin(&pending, task)
    pending.stride = stride
    whole_blocks = has_whole_blocks(box, pending.per_block)
    long_rows = stride == <Py_ssize_t>pending.size and is_long(length, whole_blocks, per_group)
    pending.place = NULL
    pending.end = out + end * pending.size
    if (
        not long_rows and whole_blocks and begin % pending.per_block == 0
        and is_contiguous(box, pending.size)
    ):
        pending.place = out + begin * pending.size
    while begin < end:
        box_rows(box, row, &rows)
        count = min(length - column, end - begin)
        rows.count = min(rows.count, max(<size_t>1, (end - begin) // length)) if column == 0 else 1
        i = 0
        while i < rows.count:
            if count == length and not long_rows:
                if pending.place != NULL:
                    i = pack_rows(&pending, &rows, i, out, length, True)
                else:
                    i = pack_rows(&pending, &rows, i, out, length, False)
                if i == rows.count:
                    break
            address = out + rows.address + <Py_ssize_t>i * rows.stride + <Py_ssize_t>column * stride
            element = row_element(&rows, i) + column
            if long_rows:
                stretches_add(&pending, address, element, count, streaming, task)
            else:
                pack_run(&pending, task, address, element, count)
            i += 1
        begin += rows.count * count
        row += rows.count
        column = 0
    stretches_flush(&pending, streaming, task)
    batch_flush(&pending, task)
    if streaming:
        stream_end()
