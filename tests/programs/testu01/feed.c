/* Between fastinit and TestU01: a generator that reads words from a block, and one test at a time.

   TestU01 asks for a word by a call; Python fills a block of words at a time. */

#include <stddef.h>
#include <stdint.h>

#include "bbattery.h"
#include "swrite.h"
#include "unif01.h"

typedef void (*fill_function)(void);
typedef void (*stream_words_function)(char *, uint64_t, uint64_t, uint64_t, size_t);

static const uint32_t *block;
static size_t block_length, position;
static uint64_t used;
static fill_function refill;

static unsigned int next_word(void)
{
    if (position == block_length) {
        refill();
        position = 0;
    }
    used++;
    return block[position++];
}

void feed_begin(const uint32_t *words, size_t length, fill_function fill)
{
    block = words;
    block_length = position = length;
    refill = fill;
    used = 0;
}

uint64_t feed_used(void)
{
    return used;
}

/* One word of each of many streams (or seeds), by the C function that fastinit offers. */
void one_word_each(
    stream_words_function words_of, uint32_t *out, size_t count, uint64_t first, int by_seed
)
{
    for (size_t i = 0; i < count; i++) {
        if (by_seed)
            words_of((char *)&out[i], first + i, 0, 0, 1);
        else
            words_of((char *)&out[i], 0, first + i, 0, 1);
    }
}

enum { SMALL_CRUSH, CRUSH, RABBIT, ALPHABIT };

/* Run a battery, or (number > 0) one test of it; return how many p-values it has left. */
int run_battery(int battery, int number, double bits)
{
    static char name[] = "fastinit";
    unif01_Gen *generator = unif01_CreateExternGenBits(name, next_word);
    int repetitions[256] = {0};
    repetitions[number] = 1;
    swrite_Basic = FALSE;
    if (battery == SMALL_CRUSH && number == 0)
        bbattery_SmallCrush(generator);
    else if (battery == SMALL_CRUSH)
        bbattery_RepeatSmallCrush(generator, repetitions);
    else if (battery == CRUSH && number == 0)
        bbattery_Crush(generator);
    else if (battery == CRUSH)
        bbattery_RepeatCrush(generator, repetitions);
    else if (battery == RABBIT)
        bbattery_Rabbit(generator, bits);
    else
        bbattery_Alphabit(generator, bits, 0, 32);
    unif01_DeleteExternGenBits(generator);
    return bbattery_NTests;
}

double p_value(int i)
{
    return bbattery_pVal[i];
}

const char *test_name(int i)
{
    return bbattery_TestNames[i];
}
