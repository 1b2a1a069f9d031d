"""Whole groups: one loop, compiled for each distribution and format by itself.

Guarantees: writes the groups of the stretches, and nothing else.
Assumes: everything was checked; all blocks of a run agree in the high half of their numbers. Listed
blocks may differ in it.

A group is CHAINS * LANES blocks of four words. Each function at the end passes constants to
`fill_groups`, which is inlined, so that the compiler makes a loop without any choice. These loops
take most of the time of a build, so only what changes the arithmetic has a loop of its own. The
kind of store is chosen once for a batch, and the source of the words once for a group. Only words,
uniforms and float64 normals have a loop for each of these, because the choice costs 2 to 4 %, and
6 % of float64 normals.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcmp, memset

from lanes cimport CHAINS, LANES, words, words_store, words_stream
from philox cimport Group, Run, group_words, group_words_at
from transforms cimport (
    BFLOAT16, BITS, FLOAT8_E4M3, FLOAT8_E5M2, FLOAT16, FLOAT32, FLOAT64, NORMAL, TRUNCATED,
    TRUNCATED_TAIL, TRUNCATED_WINDOW, UINT32, UINT64, UNIFORM,
    Distribution, Format, Parameters, block_offsets, constant_words, element_bytes, group_values,
    spread_blocks,
)


cdef enum:
    GROUP_BLOCKS = CHAINS * LANES


# What is to be written, apart from where.
ctypedef struct Task:
    Distribution distribution
    Format format
    Parameters parameters
    uint64_t seed
    uint64_t stream


# Whole groups of consecutive blocks, and the memory for their values.
ctypedef struct Stretch:
    char *out
    size_t groups  # one or more
    uint32_t first_block  # the low half of its number; the high one is in the run


# Where the words come from: a run, or groups that have them already.
ctypedef struct Source:
    Run run
    const Group *made  # one for each group, of blocks in any order; NULL for consecutive blocks


# One call takes several groups, because a call can cost more than its instructions: 100 ns for
# each row of a table on Zen 3. A loop is some 5 KiB of instructions. Their place in memory decides
# whether the first pass finds them decoded in the cache, or decodes them again.
ctypedef void (*GroupsKernel)(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil


# The same for blocks in any order, one group after the other.
ctypedef void (*ListedKernel)(
    char *out, const uint64_t *numbers, size_t groups, const Run *run, const Task *task
) noexcept nogil


cdef inline size_t block_bytes(Format format) noexcept nogil:
    """Return the number of bytes that one block of four 32-bit words becomes."""
    return 16 if format == UINT64 or format == FLOAT64 else 4 * element_bytes(format)


cdef inline bint has_listed_kernel(Distribution distribution, Format format) noexcept nogil:
    """Whether blocks in any order have a loop that makes words and values.

    Others have their words made before. Then words are stored and loaded once more, which takes 7 %
    of a float32 uniform, but less of the dearer values. For narrow uniforms a loop for both is the
    slower one: by 10 % on AVX2.
    """
    return spread_blocks(format) and (
        distribution == BITS or distribution == UNIFORM
        or (distribution == NORMAL and format == FLOAT64)
    )


cdef inline void fill_stretches(
    const Stretch *stretches, size_t count, const Run *run, const Group *made,
    const Parameters *parameters, bint streaming, Distribution distribution, Format format,
) noexcept nogil:
    """Store whole groups, in one loop over the groups of all stretches."""
    cdef Group group
    cdef const Group *words_now = &group
    cdef words offsets = block_offsets(format)
    cdef const Stretch *end = stretches + count
    cdef char *out = stretches.out
    cdef size_t groups = stretches.groups
    cdef uint32_t block_low = stretches.first_block
    while True:
        if made == NULL:
            group_words(&group, run, block_low, offsets)
        else:
            words_now = made
            made += 1
        group_values(out, words_now, distribution, format, streaming, parameters)
        block_low += GROUP_BLOCKS
        out += GROUP_BLOCKS * block_bytes(format)
        groups -= 1
        if groups == 0:
            stretches += 1
            if stretches == end:
                return
            out = stretches.out
            groups = stretches.groups
            block_low = stretches.first_block


cdef inline void fill_groups(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming,
    Distribution distribution, Format format,
) noexcept nogil:
    """Choose the words and the kind of store in the loop.

    `distribution` and `format` repeat those of the task as constants.
    """
    # A local copy: the compiler would assume that a store through `out` can change the original.
    cdef Parameters parameters = task.parameters
    fill_stretches(
        stretches, count, &source.run, source.made, &parameters, streaming, distribution, format,
    )


cdef inline void fill_groups_fast(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming,
    Distribution distribution, Format format,
) noexcept nogil:
    """Do the same as `fill_groups`, in a loop for each source of words and each kind of store."""
    cdef Parameters parameters = task.parameters
    cdef const Run *run = &source.run
    cdef size_t i
    if source.made != NULL:
        # Never with a listed kernel. But as a condition that the compiler knows, that made the
        # fill of float16 uniforms 4 % slower on AVX2.
        # A loop of its own: with a third copy of `fill_stretches`, GCC made that of the float64
        # normals 12 % slower on SSE2.
        for i in range(stretches.groups):
            group_values(
                stretches.out + i * GROUP_BLOCKS * block_bytes(format), source.made + i,
                distribution, format, False, &parameters,
            )
    elif streaming:
        fill_stretches(stretches, count, run, NULL, &parameters, True, distribution, format)
    else:
        fill_stretches(stretches, count, run, NULL, &parameters, False, distribution, format)


cdef inline void fill_listed(
    char *out, const uint64_t *numbers, size_t groups, const Run *run, const Task *task,
    Distribution distribution, Format format,
) noexcept nogil:
    """Store groups of blocks in any order."""
    cdef Parameters parameters = task.parameters
    cdef Group group
    cdef size_t i
    for i in range(groups):
        group_words_at(&group, run, numbers + i * GROUP_BLOCKS, spread_blocks(format))
        group_values(
            out + i * GROUP_BLOCKS * block_bytes(format), &group, distribution, format, False,
            &parameters,
        )


cdef inline void fill_bits_uint32(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, BITS, UINT32)


cdef inline void fill_bits_uint64(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, BITS, UINT64)


cdef inline void fill_uniform_float32(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, UNIFORM, FLOAT32)


cdef inline void fill_uniform_float64(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, UNIFORM, FLOAT64)


cdef inline void fill_uniform_bfloat16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, UNIFORM, BFLOAT16)


cdef inline void fill_uniform_float16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, UNIFORM, FLOAT16)


cdef inline void fill_uniform_float8_e4m3(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, UNIFORM, FLOAT8_E4M3)


cdef inline void fill_uniform_float8_e5m2(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, UNIFORM, FLOAT8_E5M2)


cdef inline void fill_normal_float32(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, NORMAL, FLOAT32)


cdef inline void fill_normal_float64(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups_fast(stretches, count, source, task, streaming, NORMAL, FLOAT64)


cdef inline void fill_normal_bfloat16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, NORMAL, BFLOAT16)


cdef inline void fill_normal_float16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, NORMAL, FLOAT16)


cdef inline void fill_normal_float8_e4m3(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, NORMAL, FLOAT8_E4M3)


cdef inline void fill_normal_float8_e5m2(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, NORMAL, FLOAT8_E5M2)


cdef inline void fill_truncated_float32(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, TRUNCATED, FLOAT32)


cdef inline void fill_truncated_bfloat16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, TRUNCATED, BFLOAT16)


cdef inline void fill_truncated_float16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, TRUNCATED, FLOAT16)


cdef inline void fill_truncated_float8_e4m3(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, TRUNCATED, FLOAT8_E4M3)


cdef inline void fill_truncated_float8_e5m2(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, streaming, TRUNCATED, FLOAT8_E5M2)


# From here on the arithmetic limits the speed: stores that stay in the caches cost no more.


cdef inline void fill_truncated_tail_float32(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_TAIL, FLOAT32)


cdef inline void fill_truncated_tail_float64(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_TAIL, FLOAT64)


cdef inline void fill_truncated_tail_bfloat16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_TAIL, BFLOAT16)


cdef inline void fill_truncated_tail_float16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_TAIL, FLOAT16)


cdef inline void fill_truncated_tail_float8_e4m3(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_TAIL, FLOAT8_E4M3)


cdef inline void fill_truncated_tail_float8_e5m2(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_TAIL, FLOAT8_E5M2)


cdef inline void fill_truncated_window_float32(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_WINDOW, FLOAT32)


cdef inline void fill_truncated_window_float64(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_WINDOW, FLOAT64)


cdef inline void fill_truncated_window_bfloat16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_WINDOW, BFLOAT16)


cdef inline void fill_truncated_window_float16(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_WINDOW, FLOAT16)


cdef inline void fill_truncated_window_float8_e4m3(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_WINDOW, FLOAT8_E4M3)


cdef inline void fill_truncated_window_float8_e5m2(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    fill_groups(stretches, count, source, task, False, TRUNCATED_WINDOW, FLOAT8_E5M2)


cdef inline void fill_listed_bits_uint32(
    char *out, const uint64_t *numbers, size_t groups, const Run *run, const Task *task
) noexcept nogil:
    fill_listed(out, numbers, groups, run, task, BITS, UINT32)


cdef inline void fill_listed_bits_uint64(
    char *out, const uint64_t *numbers, size_t groups, const Run *run, const Task *task
) noexcept nogil:
    fill_listed(out, numbers, groups, run, task, BITS, UINT64)


cdef inline void fill_listed_uniform_float32(
    char *out, const uint64_t *numbers, size_t groups, const Run *run, const Task *task
) noexcept nogil:
    fill_listed(out, numbers, groups, run, task, UNIFORM, FLOAT32)


cdef inline void fill_listed_uniform_float64(
    char *out, const uint64_t *numbers, size_t groups, const Run *run, const Task *task
) noexcept nogil:
    fill_listed(out, numbers, groups, run, task, UNIFORM, FLOAT64)


cdef inline void fill_listed_normal_float64(
    char *out, const uint64_t *numbers, size_t groups, const Run *run, const Task *task
) noexcept nogil:
    fill_listed(out, numbers, groups, run, task, NORMAL, FLOAT64)


cdef inline void fill_constant(
    const Stretch *stretches, size_t count, const Source *source, const Task *task, bint streaming
) noexcept nogil:
    """Repeat one value. It needs no words."""
    cdef size_t size
    cdef words value = constant_words(task.parameters.location, task.format)
    cdef const char *bytes_of_value = <const char *>&value
    cdef char *out
    cdef size_t each, i
    for each in range(count):
        out = stretches[each].out
        size = stretches[each].groups * GROUP_BLOCKS * block_bytes(task.format)
        if streaming:
            for i in range(size // sizeof(words)):
                words_stream(out + i * sizeof(words), value)
        elif memcmp(bytes_of_value, bytes_of_value + 1, 7) == 0:
            memset(out, bytes_of_value[0], size)
        else:
            for i in range(size // sizeof(words)):
                words_store(out + i * sizeof(words), value)


cdef inline GroupsKernel bits_kernel(Format format) noexcept nogil:
    if format == UINT32:
        return fill_bits_uint32
    return fill_bits_uint64


cdef inline GroupsKernel uniform_kernel(Format format) noexcept nogil:
    if format == FLOAT32:
        return fill_uniform_float32
    if format == FLOAT64:
        return fill_uniform_float64
    if format == BFLOAT16:
        return fill_uniform_bfloat16
    if format == FLOAT16:
        return fill_uniform_float16
    if format == FLOAT8_E4M3:
        return fill_uniform_float8_e4m3
    return fill_uniform_float8_e5m2


cdef inline GroupsKernel normal_kernel(Format format) noexcept nogil:
    if format == FLOAT32:
        return fill_normal_float32
    if format == FLOAT64:
        return fill_normal_float64
    if format == BFLOAT16:
        return fill_normal_bfloat16
    if format == FLOAT16:
        return fill_normal_float16
    if format == FLOAT8_E4M3:
        return fill_normal_float8_e4m3
    return fill_normal_float8_e5m2


cdef inline GroupsKernel truncated_kernel(Format format) noexcept nogil:
    if format == FLOAT32:
        return fill_truncated_float32
    if format == BFLOAT16:
        return fill_truncated_bfloat16
    if format == FLOAT16:
        return fill_truncated_float16
    if format == FLOAT8_E4M3:
        return fill_truncated_float8_e4m3
    return fill_truncated_float8_e5m2


cdef inline GroupsKernel truncated_tail_kernel(Format format) noexcept nogil:
    if format == FLOAT32:
        return fill_truncated_tail_float32
    if format == FLOAT64:
        return fill_truncated_tail_float64
    if format == BFLOAT16:
        return fill_truncated_tail_bfloat16
    if format == FLOAT16:
        return fill_truncated_tail_float16
    if format == FLOAT8_E4M3:
        return fill_truncated_tail_float8_e4m3
    return fill_truncated_tail_float8_e5m2


cdef inline GroupsKernel truncated_window_kernel(Format format) noexcept nogil:
    if format == FLOAT32:
        return fill_truncated_window_float32
    if format == FLOAT64:
        return fill_truncated_window_float64
    if format == BFLOAT16:
        return fill_truncated_window_bfloat16
    if format == FLOAT16:
        return fill_truncated_window_float16
    if format == FLOAT8_E4M3:
        return fill_truncated_window_float8_e4m3
    return fill_truncated_window_float8_e5m2


cdef inline GroupsKernel groups_kernel(const Task *task) noexcept nogil:
    """Return the loop for the distribution and the format of a task."""
    if task.distribution == BITS:
        return bits_kernel(task.format)
    if task.distribution == UNIFORM:
        return uniform_kernel(task.format)
    if task.distribution == NORMAL:
        return normal_kernel(task.format)
    if task.distribution == TRUNCATED:
        return truncated_kernel(task.format)
    if task.distribution == TRUNCATED_TAIL:
        return truncated_tail_kernel(task.format)
    if task.distribution == TRUNCATED_WINDOW:
        return truncated_window_kernel(task.format)
    return fill_constant


cdef inline ListedKernel listed_kernel(const Task *task) noexcept nogil:
    """Return the loop for blocks in any order, or NULL if there is none."""
    if not has_listed_kernel(task.distribution, task.format):
        return NULL
    if task.distribution == BITS:
        return fill_listed_bits_uint32 if task.format == UINT32 else fill_listed_bits_uint64
    if task.distribution == NORMAL:
        return fill_listed_normal_float64
    return fill_listed_uniform_float32 if task.format == FLOAT32 else fill_listed_uniform_float64
