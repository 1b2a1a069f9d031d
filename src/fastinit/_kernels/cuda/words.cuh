/* Philox4x32-10: from (seed, stream, block number) to the block's four words, as in philox.pxd.
 *
 * Cost of a block: in each of ten rounds two multiplications of 32 bits with both halves of their
 * products, and two exclusive ors of three operands. The keys are the same for all threads.
 */
#ifndef FASTINIT_CUDA_WORDS
#define FASTINIT_CUDA_WORDS

#include "platform.cuh"

struct Words {
    uint32_t at[4];
};

INLINE Words block_words(uint64_t block, uint64_t seed, uint64_t stream) {
    uint32_t x_0 = (uint32_t)block, x_1 = (uint32_t)(block >> 32);
    uint32_t x_2 = (uint32_t)stream, x_3 = (uint32_t)(stream >> 32);
    uint32_t key_0 = (uint32_t)seed, key_1 = (uint32_t)(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        Halves product_0 = product_of_words(x_0, 0xD2511F53u);
        Halves product_1 = product_of_words(x_2, 0xCD9E8D57u);
        x_0 = product_1.high ^ x_1 ^ key_0;
        x_2 = product_0.high ^ x_3 ^ key_1;
        x_1 = product_1.low;
        x_3 = product_0.low;
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
    return {{x_0, x_1, x_2, x_3}};
}

#endif
