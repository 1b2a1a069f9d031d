/* The loops of a kernel: over consecutive elements, over a box of a tensor, over quantised rows.
 *
 * Promises: an element has the value that the CPU's kernels give it. Nothing outside the elements of
 * the call is written. Indices and addresses have 64 bits. A thread takes its share for any number
 * of threads, so a call can have more elements than a grid has threads.
 *
 * Takes for granted: everything was checked; the index of the last word is below 2^64.
 *
 * KERNEL(contiguous, NORMAL, FLOAT32) defines one kernel, named contiguous_NORMAL_FLOAT32, that takes
 * a struct contiguous_arguments. NVRTC makes it a kernel of a GPU. A C++ compiler for the CPU makes
 * it a function that does in turn what the threads of a grid do at once.
 *
 * The structs have the same fields in the same order as those in _engine/cuda/arguments.py.
 */
#ifndef FASTINIT_CUDA_LOOPS
#define FASTINIT_CUDA_LOOPS

#include "transforms.cuh"

enum {
    THREADS = 256, /* of a block */
    TEAM = 32,     /* threads that make a quantised row together: a warp */
    MOST_DIMENSIONS = 64,
};

/* What all kernels take. */
struct Task {
    Parameters parameters;
    uint64_t seed, stream;
};

template <Format F> INLINE void store_element(char *out, const Elements<F> &made, int k) {
    if constexpr (element_bytes(F) == 8) {
        *(uint64_t *)out = (uint64_t)made.at[2 * k + 1] << 32 | made.at[2 * k];
    } else if constexpr (element_bytes(F) == 4) {
        *(uint32_t *)out = made.at[k];
    } else if constexpr (element_bytes(F) == 2) {
        *(uint16_t *)out = (uint16_t)(made.at[k / 2] >> (16 * (k % 2)));
    } else {
        *(uint8_t *)out = (uint8_t)(made.at[0] >> (8 * k));
    }
}

template <Format F> INLINE void store_block(char *out, const Elements<F> &made) {
    if constexpr (block_bytes(F) == 16) {
        *(uint4 *)out = uint4{made.at[0], made.at[1], made.at[2], made.at[3]};
    } else if constexpr (block_bytes(F) == 8) {
        *(uint2 *)out = uint2{made.at[0], made.at[1]};
    } else {
        *(uint32_t *)out = made.at[0];
    }
}

/* Store elements [begin, end) of a block. `out` is where its first element would be. */
template <Format F>
INLINE void store(char *out, int64_t stride, const Elements<F> &made, int begin, int end) {
    bool whole = begin == 0 && end == block_elements(F);
    if (whole && stride == element_bytes(F) && (uint64_t)out % block_bytes(F) == 0) {
        store_block<F>(out, made);
        return;
    }
#pragma unroll
    for (int k = 0; k < block_elements(F); k++) {
        if (begin <= k && k < end) store_element<F>(out + k * stride, made, k);
    }
}

/* Elements [start, start + count) of the stream, in consecutive memory. */
struct contiguous_arguments {
    Task task;
    char *out;
    uint64_t start, count;
};

template <Distribution D, Format F>
INLINE void contiguous(
    const contiguous_arguments &a, const float *octaves, uint64_t thread, uint64_t threads) {
    if (a.count == 0) return;
    const int per_block = block_elements(F);
    uint64_t end = a.start + (a.count - 1); /* the last element: one more could be 2^64 */
    uint64_t first_block = a.start / per_block, blocks = end / per_block - first_block + 1;
    int skip = (int)(a.start % per_block);
    for (uint64_t i = thread; i < blocks; i += threads) {
        Elements<F> made = elements_at<D, F>(
            first_block + i, a.task.seed, a.task.stream, a.task.parameters, octaves);
        char *out = a.out + ((int64_t)(i * per_block) - skip) * element_bytes(F);
        store<F>(
            out, element_bytes(F), made, i == 0 ? skip : 0,
            i == blocks - 1 ? (int)(end % per_block) + 1 : per_block);
    }
}

/* A box of a larger tensor: the element of the box at index (i, j, ...) is element
 * origin + i steps[0] + j steps[1] + ... of the stream, at out + i strides[0] + j strides[1] + ...
 *
 * If steps of the last axis are 1, a thread takes a block of a row, and `pieces` is the number of
 * blocks that a row can touch. If they are not, it takes one element, and `pieces` is the length of
 * a row. `rows` are indices along the first axis in place of 0, 1, 2, ... They may come from the GPU,
 * where nobody has checked them: the elements of a row outside [0, row_end) become NaN. Those of row
 * `zero_row` become 0; it is 2^64 - 1 if there is none. */
struct box_arguments {
    Task task;
    char *out;
    const int64_t *rows;
    uint64_t row_end, zero_row;
    uint64_t origin, count, pieces; /* count: rows of the last axis */
    int64_t ndim;
    uint64_t shape[MOST_DIMENSIONS];
    int64_t strides[MOST_DIMENSIONS]; /* in memory, in bytes */
    uint64_t steps[MOST_DIMENSIONS];  /* in the tensor, in elements; negative ones wrap */
};

/* Elements whose bits are all set or all clear: NaN or 0 in every floating-point format. */
template <Format F> INLINE Elements<F> repeated(uint32_t bits) {
    Elements<F> made;
    for (int k = 0; k < block_bytes(F) / 4; k++) made.at[k] = bits;
    return made;
}

template <Distribution D, Format F>
INLINE void box_piece(const box_arguments &a, const float *octaves, uint64_t row, uint64_t piece) {
    const int per_block = block_elements(F), last = (int)a.ndim - 1;
    char *out = a.out;
    uint64_t element = a.origin;
    bool random = true;
    uint32_t bits = 0;
    for (int axis = last - 1; axis >= 0; axis--) {
        uint64_t index = row;
        if (axis > 0) {
            row = index / a.shape[axis];
            index -= row * a.shape[axis];
        }
        out += (int64_t)index * a.strides[axis];
        if (axis == 0 && a.rows) {
            index = (uint64_t)a.rows[index];
            random = index < a.row_end && index != a.zero_row;
            bits = index < a.row_end ? 0 : 0xFFFFFFFFu;
        }
        element += index * a.steps[axis];
    }
    int begin = 0, end = 1;
    if (a.steps[last] == 1) {
        int skip = (int)(element % per_block);
        uint64_t before = piece * per_block; /* elements of the row before the block, and `skip` */
        uint64_t remaining = a.shape[last] + skip - before;
        if (before >= a.shape[last] + skip) return;
        begin = piece == 0 ? skip : 0;
        end = remaining < (uint64_t)per_block ? (int)remaining : per_block;
        out += ((int64_t)before - skip) * a.strides[last];
        element += before - skip;
    } else {
        element += piece * a.steps[last];
        begin = (int)(element % per_block);
        end = begin + 1;
        out += ((int64_t)piece - begin) * a.strides[last];
    }
    Elements<F> made = repeated<F>(bits);
    if (random) {
        made = elements_at<D, F>(
            element / per_block, a.task.seed, a.task.stream, a.task.parameters, octaves);
    }
    store<F>(out, a.strides[last], made, begin, end);
}

template <Distribution D, Format F>
INLINE void box(const box_arguments &a, const float *octaves, uint64_t thread, uint64_t threads) {
    for (uint64_t i = thread; i < a.count * a.pieces; i += threads) {
        uint64_t row = i / a.pieces;
        box_piece<D, F>(a, octaves, row, i - row * a.pieces);
    }
}

/* Rows of a float32 table, stored as 8, 4 or 2 bits a value. quantize.pxd has the arithmetic and its
 * source. The values are made twice, once for the ends of the row and once for its codes, so that a
 * row of any length needs no memory. */
struct quantized_arguments {
    Task task;
    char *out;
    int64_t row_stride;
    uint64_t dim, first_row, count;
    int64_t bits, in_front;
};

struct Ends {
    float smallest, largest;
};

INLINE Ends joined(Ends a, Ends b) {
    return {minimum(a.smallest, b.smallest), maximum(a.largest, b.largest)};
}

/* Four float32 values of the stream from any element on. */
struct Four {
    float at[4];
};

template <Distribution D>
INLINE Four values_from(uint64_t element, const Task &task, const float *octaves) {
    Four values;
    Words w = {{0, 0, 0, 0}};
    if constexpr (D != CONSTANT) {
        w = block_words(element / 4, task.seed, task.stream);
        if (element % 4 != 0) {
            Words next = block_words(element / 4 + 1, task.seed, task.stream);
            for (int i = 0; i < (int)(element % 4); i++) {
                w = {{w.at[1], w.at[2], w.at[3], next.at[0]}};
                next = {{next.at[1], next.at[2], next.at[3], 0}};
            }
        }
    }
#pragma unroll
    for (int k = 0; k < 4; k++) values.at[k] = value32<D, FLOAT32>(w.at[k], task.parameters, octaves);
    return values;
}

/* The ends of the values that one thread of a team makes. */
template <Distribution D>
INLINE Ends ends_of_share(
    const quantized_arguments &a, uint64_t row, int lane, const float *octaves) {
    Ends ends = {float_of(0x7F800000u), float_of(0xFF800000u)}; /* infinities */
    for (uint64_t i = 4 * (uint64_t)lane; i < a.dim; i += 4 * TEAM) {
        Four values = values_from<D>((a.first_row + row) * a.dim + i, a.task, octaves);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            if (i + k < a.dim) ends = joined(ends, {values.at[k], values.at[k]});
        }
    }
    return ends;
}

/* How a row becomes codes, and the bytes of its scale and bias. */
struct Scale {
    float bias, inverse;
    uint32_t stored[2];
    bool float32;
};

INLINE Scale scale_of(Ends ends, int bits, bool in_front) {
    Scale scale;
    float smallest = rounded_sum(ends.smallest, 0.0f); /* +0 in place of -0 */
    float largest = rounded_sum(ends.largest, 0.0f);
    scale.float32 = bits == 8 && !in_front;
    scale.bias = scale.float32 ? smallest : round_to_float16(smallest);
    float extent = rounded_sum(largest, -scale.bias);
    float step = rounded_quotient(extent, (float)((1 << bits) - 1));
    if (scale.float32) {
        scale.inverse = rounded_quotient(255.0f, rounded_sum(extent, 1e-8f));
        scale.stored[0] = bits_of(step);
        scale.stored[1] = bits_of(scale.bias);
    } else {
        step = round_to_float16(step);
        if (step == 0.0f) step = 1.0f;
        scale.inverse = rounded_quotient(1.0f, step);
        scale.stored[0] = narrow_float16(step) | narrow_float16(scale.bias) << 16;
    }
    return scale;
}

INLINE uint32_t quantized_code(float value, const Scale &scale, float highest) {
    float x = rounded_product(rounded_sum(value, -scale.bias), scale.inverse);
    if (!scale.float32) x = minimum(maximum(x, 0.0f), highest);
    const float shift = 0x1.8p23f; /* the sum is rounded to an integer */
    return (bits_of(rounded_sum(x, shift)) - bits_of(shift)) & 0xFFu;
}

INLINE void store_bytes(char *out, uint32_t bytes, int count) {
    if (count == 4 && (uint64_t)out % 4 == 0) {
        *(uint32_t *)out = bytes;
    } else if (count == 2 && (uint64_t)out % 2 == 0) {
        *(uint16_t *)out = (uint16_t)bytes;
    } else {
        for (int i = 0; i < count; i++) out[i] = (char)(bytes >> (8 * i));
    }
}

/* The codes that one thread of a team makes; its first thread also stores scale and bias. */
template <Distribution D>
INLINE void store_share(
    const quantized_arguments &a, uint64_t row, int lane, Ends ends, const float *octaves) {
    const int bits = (int)a.bits;
    const float highest = (float)((1 << bits) - 1);
    Scale scale = scale_of(ends, bits, a.in_front != 0);
    char *out = a.out + (int64_t)row * a.row_stride;
    uint64_t code_bytes = (a.dim * bits + 7) / 8;
    int scale_bytes = scale.float32 ? 8 : 4;
    char *codes_at = out + (a.in_front ? scale_bytes : 0);
    for (uint64_t i = 4 * (uint64_t)lane; i < a.dim; i += 4 * TEAM) {
        Four values = values_from<D>((a.first_row + row) * a.dim + i, a.task, octaves);
        int count = a.dim - i < 4 ? (int)(a.dim - i) : 4;
        uint32_t codes = 0;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            if (k < count) codes |= quantized_code(values.at[k], scale, highest) << (bits * k);
        }
        store_bytes(codes_at + i * bits / 8, codes, (count * bits + 7) / 8);
    }
    if (lane == 0) {
        char *scale_at = out + (a.in_front ? 0 : code_bytes);
        store_bytes(scale_at, scale.stored[0], 4);
        if (scale.float32) store_bytes(scale_at + 4, scale.stored[1], 4);
    }
}

template <Distribution D, Format F>
INLINE void quantized(
    const quantized_arguments &a, const float *octaves, uint64_t thread, uint64_t threads) {
    static_assert(F == FLOAT32, "codes are made of float32 values");
    for (uint64_t row = thread / TEAM; row < a.count; row += threads / TEAM) {
#ifdef __CUDACC_RTC__
        int lane = (int)(thread % TEAM);
        Ends ends = ends_of_share<D>(a, row, lane, octaves);
        for (int distance = TEAM / 2; distance > 0; distance /= 2) {
            ends = joined(
                ends,
                {__shfl_xor_sync(0xFFFFFFFFu, ends.smallest, distance),
                 __shfl_xor_sync(0xFFFFFFFFu, ends.largest, distance)});
        }
        store_share<D>(a, row, lane, ends, octaves);
#else
        if (thread % TEAM != 0) return; /* its first thread does in turn what a team does at once */
        Ends ends = ends_of_share<D>(a, row, 0, octaves);
        for (int lane = 1; lane < TEAM; lane++) {
            ends = joined(ends, ends_of_share<D>(a, row, lane, octaves));
        }
        for (int lane = 0; lane < TEAM; lane++) store_share<D>(a, row, lane, ends, octaves);
#endif
    }
}

#ifdef __CUDACC_RTC__
#define KERNEL(LOOP, D, F)                                                                       \
    extern "C" __global__ void __launch_bounds__(THREADS)                                        \
        LOOP##_##D##_##F(const __grid_constant__ LOOP##_arguments arguments) {                   \
        __shared__ alignas(16) float octaves[sizeof(OCTAVES_IN_ORDER) / sizeof(float)];          \
        if constexpr (reads_octaves(D, F)) {                                                     \
            octaves[threadIdx.x] = (&OCTAVES_IN_ORDER[0][0])[threadIdx.x];                       \
            __syncthreads();                                                                     \
        }                                                                                        \
        LOOP<D, F>(                                                                              \
            arguments, octaves, blockIdx.x * (uint64_t)THREADS + threadIdx.x,                    \
            gridDim.x * (uint64_t)THREADS);                                                      \
    }
STATIC_ASSERT(sizeof(OCTAVES_IN_ORDER) == THREADS * sizeof(float));
#else
#define KERNEL(LOOP, D, F)                                                                       \
    extern "C" void LOOP##_##D##_##F(const LOOP##_arguments *arguments, uint64_t blocks) {       \
        alignas(16) float octaves[sizeof(OCTAVES_IN_ORDER) / sizeof(float)];                     \
        std::memcpy(octaves, OCTAVES_IN_ORDER, sizeof octaves);                                  \
        for (uint64_t thread = 0; thread < blocks * THREADS; thread++) {                         \
            LOOP<D, F>(*arguments, octaves, thread, blocks * THREADS);                           \
        }                                                                                        \
    }
#endif

#endif
