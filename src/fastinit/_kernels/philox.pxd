"""Philox4x32-10: from (seed, stream, block number) to the block's four 32-bit words.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11, section
3.3. The constants are those of the authors' implementation, Random123.

Promises: the key is the seed, low word first. The counter is (block low, block high, stream low,
stream high).

The four words of a block's state are the low halves of 64-bit lanes. The high halves are never
cleared, because the multiplication ignores them.

Cost of one vector of consecutive blocks with AVX-512, which is 8 blocks or 128 bytes of words.
The counts are those of the compiled loop that stores uint32:

==========================  ===================  =====  ==============  =============
operation                   instruction          count  Raptor Cove     Zen 4
==========================  ===================  =====  ==============  =============
product of the low halves   vpmuludq             18     p0 p5     0.5   FP0 FP3   1.0
move the high half down     vpsrlq               11     p0        1.0   FP1 FP2   1.0
the same, by a shuffle      vpshufd              7      p5        1.0   FP1 FP2   0.7
exclusive or, of 3 or 2     vpternlogd, vpxord   19     p0 p5     0.5   any       0.5
number of the block         vpaddq               1      p0 p5     0.5   any       0.5
pair the words              vpshufd              2      p5        1.0   FP1 FP2   0.7
put blocks in order         vpunpck(l,h)qdq      2      p5        1.0   FP1 FP2   1.0
==========================  ===================  =====  ==============  =============

The columns show the ports and the reciprocal throughput: cycles for one instruction on 512 bits.
Throughput: measured on Emerald Rapids (Raptor Cove) and Zen 4. Ports: llvm-mca of LLVM 19, models
sapphirerapids and znver4, except that the model lacks p5's 512-bit multiplier.

Bound: 60 instructions take 30 cycles on two ports (Intel's servers), and also on four pipes that
take two cycles for 512 bits (Zen 4). That is 4.3 bytes a cycle. Measured on Zen 5, whose pipes are
twice as wide, with a prototype: 6.9 bytes a cycle (29 GB/s at 4.2 GHz). docs/performance.md has the
speed of whole fills.

A vector of blocks of any numbers needs one more multiplication, shift and exclusive or.
"""

from libc.stdint cimport uint32_t, uint64_t

from lanes cimport (
    CHAINS, LANES, static_assert, words, words_add, words_high32, words_load, words_multiply_low32,
    words_set, words_shuffle_high32, words_spread_blocks, words_xor,
)


cdef enum:
    ROUNDS = 10

cdef enum:
    MULTIPLIER_0 = 0xD2511F53
    MULTIPLIER_1 = 0xCD9E8D57
    WEYL_0 = 0x9E3779B9
    WEYL_1 = 0xBB67AE85


# What is the same in all blocks with one seed, one stream and one high half of the block number. In
# each of the first two rounds, one of the two products is the same in all of them. A run holds what
# follows from these products.
ctypedef struct Run:
    words[ROUNDS] key_0
    words[ROUNDS] key_1
    words after_round_1_word_0  # of any block: xored with the high half of its number, gives x_0
    words after_round_1_word_1
    words after_round_1  # xored with the high half of MULTIPLIER_0 * x_0, gives x_2
    words after_round_2_word_2  # xored with the low product of round 1, gives x_2
    words after_round_2_word_0  # xored with the high half of MULTIPLIER_1 * x_2, gives x_0
    words after_round_3_word_2  # xored with the high half of MULTIPLIER_0 * x_0, gives x_2


# The four words of one vector of blocks.
ctypedef struct Block:
    words x_0
    words x_1
    words x_2
    words x_3


# The blocks that are generated together. The chains are independent, so that they hide each other's
# latency.
ctypedef struct Group:
    Block[CHAINS] chains


cdef inline uint32_t high32(uint64_t product) noexcept nogil:
    return <uint32_t>(product >> 32)


cdef inline void run_begin(
    Run *run, uint64_t seed, uint64_t stream, uint32_t block_high
) noexcept nogil:
    cdef uint32_t[ROUNDS] key_0
    cdef uint32_t[ROUNDS] key_1
    cdef uint64_t product
    cdef uint32_t x_0, x_1, low_product
    cdef int i
    for i in range(ROUNDS):
        key_0[i] = <uint32_t>seed + <uint32_t>i * <uint32_t>WEYL_0
        key_1[i] = <uint32_t>(seed >> 32) + <uint32_t>i * <uint32_t>WEYL_1
        run.key_0[i] = words_set(key_0[i])
        run.key_1[i] = words_set(key_1[i])
    # Round 1: the product of x_2, the stream's low word, is constant.
    product = <uint64_t><uint32_t>MULTIPLIER_1 * <uint32_t>stream
    x_0 = high32(product) ^ block_high ^ key_0[0]
    x_1 = <uint32_t>product
    run.after_round_1_word_0 = words_set(x_0 ^ block_high)
    run.after_round_1_word_1 = words_set(x_1)
    run.after_round_1 = words_set(<uint32_t>(stream >> 32) ^ key_1[0])
    # Round 2: the product of x_0 is constant.
    product = <uint64_t><uint32_t>MULTIPLIER_0 * x_0
    low_product = <uint32_t>product
    run.after_round_2_word_2 = words_set(high32(product) ^ key_1[1])
    run.after_round_2_word_0 = words_set(x_1 ^ key_0[1])
    # Round 3: x_3 is round 2's constant low product.
    run.after_round_3_word_2 = words_set(low_product ^ key_1[2])


cdef inline words xor3(words a, words b, words c) noexcept nogil:
    return words_xor(words_xor(a, b), c)


cdef inline void round_once(Group *group, const Run *run, int index) noexcept nogil:
    """One full round of every chain.

    One high half is moved down by a shift and one by a shuffle, so that both ports are used.
    """
    cdef words multiplier_0 = words_set(MULTIPLIER_0)
    cdef words multiplier_1 = words_set(MULTIPLIER_1)
    cdef words product_0, product_1
    cdef Block *block
    cdef int c
    for c in range(CHAINS):
        block = &group.chains[c]
        product_0 = words_multiply_low32(block.x_0, multiplier_0)
        product_1 = words_multiply_low32(block.x_2, multiplier_1)
        block.x_0 = xor3(words_high32(product_1), block.x_1, run.key_0[index])
        block.x_2 = xor3(words_shuffle_high32(product_0), block.x_3, run.key_1[index])
        block.x_1 = product_1
        block.x_3 = product_0


cdef inline void first_rounds(
    Group *group, const Run *run, uint32_t block_low, words offsets
) noexcept nogil:
    """Rounds 1 to 3 of every chain, with four multiplications instead of six."""
    cdef words multiplier_0 = words_set(MULTIPLIER_0)
    cdef words multiplier_1 = words_set(MULTIPLIER_1)
    cdef words number = words_add(words_set(block_low), offsets)
    cdef words step = words_set(LANES)
    cdef words product_0, product_1, product_2
    cdef Block *block
    cdef int c
    for c in range(CHAINS):
        block = &group.chains[c]
        product_0 = words_multiply_low32(number, multiplier_0)  # round 1
        number = words_add(number, step)
        block.x_2 = words_xor(words_high32(product_0), run.after_round_1)
        product_1 = words_multiply_low32(block.x_2, multiplier_1)  # round 2
        block.x_2 = words_xor(product_0, run.after_round_2_word_2)
        block.x_0 = words_xor(words_high32(product_1), run.after_round_2_word_0)
        product_0 = words_multiply_low32(block.x_0, multiplier_0)  # round 3
        product_2 = words_multiply_low32(block.x_2, multiplier_1)
        block.x_0 = xor3(words_high32(product_2), product_1, run.key_0[2])
        block.x_2 = words_xor(words_high32(product_0), run.after_round_3_word_2)
        block.x_1 = product_2
        block.x_3 = product_0


cdef inline void first_rounds_at(
    Group *group, const Run *run, const uint64_t *numbers, bint spread
) noexcept nogil:
    """Rounds 1 to 3 of blocks of any numbers. In round 1, one product is the same in all blocks."""
    cdef words multiplier_0 = words_set(MULTIPLIER_0)
    cdef words number
    cdef Block *block
    cdef int c
    for c in range(CHAINS):
        block = &group.chains[c]
        number = words_load(<const char *>(numbers + c * LANES))
        if spread:
            number = words_spread_blocks(number)
        block.x_3 = words_multiply_low32(number, multiplier_0)
        block.x_0 = words_xor(words_high32(number), run.after_round_1_word_0)
        block.x_2 = words_xor(words_high32(block.x_3), run.after_round_1)
        block.x_1 = run.after_round_1_word_1
    round_once(group, run, 1)
    round_once(group, run, 2)


cdef inline void group_words(
    Group *group, const Run *run, uint32_t block_low, words offsets
) noexcept nogil:
    """Words of CHAINS * LANES blocks from block_low on, all of them below block 2**32.

    `offsets` is the number of each lane's block, counted from the first block of its chain.
    """
    first_rounds(group, run, block_low, offsets)
    last_rounds(group, run)


cdef inline void group_words_at(
    Group *group, const Run *run, const uint64_t *numbers, bint spread
) noexcept nogil:
    """Words of CHAINS * LANES blocks of any numbers.

    Lanes hold the blocks of a chain in the given order or, if `spread`, in that of
    words_block_offsets.
    """
    first_rounds_at(group, run, numbers, spread)
    last_rounds(group, run)


cdef inline void last_rounds(Group *group, const Run *run) noexcept nogil:
    """Rounds 4 to 10 of every chain."""
    static_assert(ROUNDS == 10)
    # Unrolled by hand: GCC then keeps the whole state in registers.
    round_once(group, run, 3)
    round_once(group, run, 4)
    round_once(group, run, 5)
    round_once(group, run, 6)
    round_once(group, run, 7)
    round_once(group, run, 8)
    round_once(group, run, 9)
