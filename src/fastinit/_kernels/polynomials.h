/* Polynomials of the normal kernels.
 *
 * Written by tools/fit_polynomials.py. Change the script, not this file, and run it again.
 *
 * The largest errors of the polynomials themselves, first with real coefficients, then with
 * the rounded coefficients below. The kernels round each operation, which adds to these
 * errors; tests/kernels/test_normal_exhaustive.py measures the sum.
 *
 *   logarithm (relative), sine (relative), cosine (absolute):
 *   -2 ln m       1.2e-18    1.4e-18
 *   sin(pi/2 x)   3.6e-18    4.3e-17
 *   cos(pi/2 x)   5.1e-17    6.4e-17
 *
 *   float64 inverse normal distribution (absolute), y below and above 7:
 *   near          5.3e-17    7.9e-17
 *   far           3.7e-17    4.4e-17
 *
 *   inverse normal distribution (absolute), by octave:
 *   octave  real coeff.    float32 coeff.
 *   126     2.3e-07        3.5e-07
 *   127     2.3e-07        2.9e-07
 *   128     2.3e-07        3.1e-07
 *   129     2.4e-07        3.1e-07
 *   130     2.4e-07        4.1e-07
 *   131     2.4e-07        3.8e-07
 *   132     2.5e-07        2.7e-07
 *   133     2.5e-07        4.0e-07
 *   134     2.6e-07        2.6e-07
 *   135     2.6e-07        4.4e-07
 *   136     2.7e-07        4.3e-07
 *   137     2.7e-07        3.4e-07
 *   138     2.8e-07        3.8e-07
 *   139     2.9e-07        4.3e-07
 *   140     2.9e-07        4.1e-07
 *   141     3.0e-07        4.0e-07
 *   142     3.1e-07        4.4e-07
 *   143     3.2e-07        5.3e-07
 *   144     3.3e-07        3.9e-07
 *   145     3.4e-07        3.9e-07
 *   146     3.5e-07        4.6e-07
 *   147     3.6e-07        4.0e-07
 *   148     3.7e-07        4.3e-07
 *   149     3.9e-07        4.2e-07
 *   150     4.1e-07        4.5e-07
 *   151     4.2e-07        4.3e-07
 *   152     4.5e-07        5.3e-07
 *   153     4.7e-07        5.1e-07
 *   154     5.0e-07        5.2e-07
 *   155     5.4e-07        5.9e-07
 *   156     5.8e-07        6.0e-07
 *   157     6.4e-07        6.5e-07
 */
#ifndef FASTINIT_POLYNOMIALS_H
#define FASTINIT_POLYNOMIALS_H

#include "guards.h"

enum {
    OCTAVE_DEGREE = 6,
    FIRST_OCTAVE = 126,
    FIRST_COMMON_OCTAVE = 150,
    LAST_OCTAVE = 157,
    LOG_DEGREE = 7,
    SIN_DEGREE = 6,
    COS_DEGREE = 6,
    QUANTILE_DEGREE = 22,
};

/* The inverse normal distribution function, one polynomial for each octave of probability.
 *
 * Let f be a float32 in [2^-1, 2^31), E its exponent field (126 to 157), and 3/2 + t its
 * significand in [1, 2). The polynomial of octave E, with coefficients c_0 to c_6, gives at
 * t the normal quantile of the probability f * 2^-32, which is negative.
 *
 * The table has three layouts, for three ways to look coefficients up:
 *   rows[E & 31][k] = c_k      load all coefficients of an octave; the last number is 0
 *   columns[k][E & 31] = c_k   permute two registers
 *   common[k][E & 7] = c_k     permute one register; only the octaves from 150 on, which
 *                              have 255 of 256 words
 */
#ifndef __cplusplus
typedef struct __attribute__((aligned(64))) {
    float rows[32][8];
    float columns[OCTAVE_DEGREE + 1][32];
    float common[OCTAVE_DEGREE + 1][8];
} OctaveTable;
#endif

/* The largest float32 below 2^31, where the octave after the last would begin. */
static const float LARGEST_MAGNITUDE __attribute__((unused)) = 0x1.fffffep+30f;

#define RARE_OCTAVES(OCTAVE)                                                   \
    OCTAVE(126, -0x1.919c6ep+2f, 0x1.a8ddaap-4f, -0x1.1495dcp-5f,              \
        0x1.e333eep-7f, -0x1.dc521ap-8f, 0x1.29d960p-8f, -0x1.5a278ep-9f)      \
    OCTAVE(127, -0x1.8aa6c8p+2f, 0x1.b002aap-4f, -0x1.1900f0p-5f,              \
        0x1.eac248p-7f, -0x1.e3a91ep-8f, 0x1.2e6034p-8f, -0x1.5f5e62p-9f)      \
    OCTAVE(128, -0x1.8392aap+2f, 0x1.b785b4p-4f, -0x1.1da4b2p-5f,              \
        0x1.f2aceep-7f, -0x1.eb581ep-8f, 0x1.331ca0p-8f, -0x1.64d256p-9f)      \
    OCTAVE(129, -0x1.7c5e7cp+2f, 0x1.bf6f12p-4f, -0x1.2285bep-5f,              \
        0x1.fafacep-7f, -0x1.f36640p-8f, 0x1.3812c6p-8f, -0x1.6a8830p-9f)      \
    OCTAVE(130, -0x1.750884p+2f, 0x1.c7c814p-4f, -0x1.27a42cp-5f,              \
        0x1.01da40p-6f, -0x1.fbdb88p-8f, 0x1.3d4778p-8f, -0x1.708536p-9f)      \
    OCTAVE(131, -0x1.6d8ed8p+2f, 0x1.d09b46p-4f, -0x1.2d0e3cp-5f,              \
        0x1.0671b0p-6f, -0x1.026010p-7f, 0x1.42bfd0p-8f, -0x1.76cf52p-9f)      \
    OCTAVE(132, -0x1.65ef68p+2f, 0x1.d9f4a4p-4f, -0x1.32c150p-5f,              \
        0x1.0b4902p-6f, -0x1.070f4ap-7f, 0x1.4881aep-8f, -0x1.7d6d3ap-9f)      \
    OCTAVE(133, -0x1.5e27e8p+2f, 0x1.e3e1e0p-4f, -0x1.38c91ap-5f,              \
        0x1.10660ap-6f, -0x1.0c0096p-7f, 0x1.4e93a2p-8f, -0x1.84663ap-9f)      \
    OCTAVE(134, -0x1.5635d0p+2f, 0x1.ee72b2p-4f, -0x1.3f3036p-5f,              \
        0x1.15cf68p-6f, -0x1.113a96p-7f, 0x1.54fd2cp-8f, -0x1.8bc286p-9f)      \
    OCTAVE(135, -0x1.4e1654p+2f, 0x1.f9b93cp-4f, -0x1.45fdfep-5f,              \
        0x1.1b8cd4p-6f, -0x1.16c41ep-7f, 0x1.5bc6a0p-8f, -0x1.938bdap-9f)      \
    OCTAVE(136, -0x1.45c658p+2f, 0x1.02e548p-3f, -0x1.4d388cp-5f,              \
        0x1.21a6e6p-6f, -0x1.1ca53ap-7f, 0x1.62f998p-8f, -0x1.9bccbap-9f)      \
    OCTAVE(137, -0x1.3d425ap+2f, 0x1.095fa4p-3f, -0x1.54f626p-5f,              \
        0x1.2827e8p-6f, -0x1.22e76cp-7f, 0x1.6aa10ep-8f, -0x1.a49180p-9f)      \
    OCTAVE(138, -0x1.348672p+2f, 0x1.105a32p-3f, -0x1.5d3cd8p-5f,              \
        0x1.2f1b20p-6f, -0x1.299522p-7f, 0x1.72c972p-8f, -0x1.ade824p-9f)      \
    OCTAVE(139, -0x1.2b8e2ep+2f, 0x1.17e624p-3f, -0x1.662268p-5f,              \
        0x1.368de0p-6f, -0x1.30badep-7f, 0x1.7b8164p-8f, -0x1.b7e10cp-9f)      \
    OCTAVE(140, -0x1.225482p+2f, 0x1.20180ap-3f, -0x1.6fba98p-5f,              \
        0x1.3e902ep-6f, -0x1.3866fap-7f, 0x1.84d9e0p-8f, -0x1.c28ebcp-9f)      \
    OCTAVE(141, -0x1.18d3a6p+2f, 0x1.2908c0p-3f, -0x1.7a1c7ap-5f,              \
        0x1.473454p-6f, -0x1.40aa40p-7f, 0x1.8ee648p-8f, -0x1.ce073cp-9f)      \
    OCTAVE(142, -0x1.0f04ecp+2f, 0x1.32d69ep-3f, -0x1.856696p-5f,              \
        0x1.509020p-6f, -0x1.4998bap-7f, 0x1.99be40p-8f, -0x1.da6478p-9f)      \
    OCTAVE(143, -0x1.04e090p+2f, 0x1.3da71ep-3f, -0x1.91b7cep-5f,              \
        0x1.5abde6p-6f, -0x1.534a52p-7f, 0x1.a57cf2p-8f, -0x1.e7c4b0p-9f)      \
    OCTAVE(144, -0x1.f4bae0p+1f, 0x1.49a92ap-3f, -0x1.9f382cp-5f,              \
        0x1.65dd48p-6f, -0x1.5ddb2ep-7f, 0x1.b24356p-8f, -0x1.f64c52p-9f)      \
    OCTAVE(145, -0x1.dee15cp+1f, 0x1.571862p-3f, -0x1.ae2068p-5f,              \
        0x1.72145ep-6f, -0x1.696e0ap-7f, 0x1.c03932p-8f, -0x1.03137ap-8f)      \
    OCTAVE(146, -0x1.c81a76p+1f, 0x1.6641d4p-3f, -0x1.beae8cp-5f,              \
        0x1.7f9298p-6f, -0x1.762cd4p-7f, 0x1.cf8e9ap-8f, -0x1.0bc4d0p-8f)      \
    OCTAVE(147, -0x1.b04650p+1f, 0x1.778b1ep-3f, -0x1.d12e80p-5f,              \
        0x1.8e9224p-6f, -0x1.844b98p-7f, 0x1.e07ecap-8f, -0x1.155a68p-8f)      \
    OCTAVE(148, -0x1.973d58p+1f, 0x1.8b7d56p-3f, -0x1.e606a8p-5f,              \
        0x1.9f5caap-6f, -0x1.940b1ap-7f, 0x1.f35348p-8f, -0x1.1ffc74p-8f)      \
    OCTAVE(149, -0x1.7ccd7ap+1f, 0x1.a2d692p-3f, -0x1.fdb894p-5f,              \
        0x1.b24f5cp-6f, -0x1.a5bd5ep-7f, 0x1.043406p-7f, -0x1.2bdcecp-8f)
#define COMMON_OCTAVES(OCTAVE)                                                 \
    OCTAVE(150, -0x1.60b5d2p+1f, 0x1.bea726p-3f, -0x1.0c7448p-4f,              \
        0x1.c7e1dap-6f, -0x1.b9ca7cp-7f, 0x1.101902p-7f, -0x1.393b1ep-8f)      \
    OCTAVE(151, -0x1.429fd0p+1f, 0x1.e0852ep-3f, -0x1.1c345ap-4f,              \
        0x1.e0ae7ap-6f, -0x1.d0b8f8p-7f, 0x1.1da3b0p-7f, -0x1.4867f8p-8f)      \
    OCTAVE(152, -0x1.2213b8p+1f, 0x1.0576aap-2f, -0x1.2e9fcep-4f,              \
        0x1.fd7facp-6f, -0x1.eb37e2p-7f, 0x1.2d3542p-7f, -0x1.59cc22p-8f)      \
    OCTAVE(153, -0x1.fcc810p+0f, 0x1.21043ap-2f, -0x1.44472cp-4f,              \
        0x1.0faf04p-5f, -0x1.0515fep-6f, 0x1.3f4c78p-7f, -0x1.6deff0p-8f)      \
    OCTAVE(154, -0x1.ad0a60p+0f, 0x1.46b682p-2f, -0x1.5d7068p-4f,              \
        0x1.23d65ep-5f, -0x1.175e6ep-6f, 0x1.548f4ep-7f, -0x1.85855ep-8f)      \
    OCTAVE(155, -0x1.516926p+0f, 0x1.7e6174p-2f, -0x1.787006p-4f,              \
        0x1.3c5e10p-5f, -0x1.2d27e8p-6f, 0x1.6dd4b4p-7f, -0x1.a1743ap-8f)      \
    OCTAVE(156, -0x1.c6380ep-1f, 0x1.db9026p-2f, -0x1.87eb5cp-4f,              \
        0x1.5e2c86p-5f, -0x1.4651b8p-6f, 0x1.8c6a08p-7f, -0x1.c2d0c8p-8f)      \
    OCTAVE(157, -0x1.46495ap-2f, 0x1.518fb0p-1f, -0x1.1bb7b2p-4f,              \
        0x1.d4a8dep-5f, -0x1.348aa8p-6f, 0x1.d193f4p-7f, -0x1.d58ad2p-8f)

#ifdef __cplusplus
/* The kernels for GPUs, which are C++, have one layout: rows in the order of the octaves. */
#define IN_ORDER(E, ...) {__VA_ARGS__},
static const float OCTAVES_IN_ORDER[32][8] = {
    RARE_OCTAVES(IN_ORDER)
    COMMON_OCTAVES(IN_ORDER)
};
#undef IN_ORDER
#else
#define IN_ROWS_AND_COLUMNS(E, c0, c1, c2, c3, c4, c5, c6) \
    .rows[(E) & 31] = {c0, c1, c2, c3, c4, c5, c6}, \
    .columns[0][(E) & 31] = c0, \
    .columns[1][(E) & 31] = c1, \
    .columns[2][(E) & 31] = c2, \
    .columns[3][(E) & 31] = c3, \
    .columns[4][(E) & 31] = c4, \
    .columns[5][(E) & 31] = c5, \
    .columns[6][(E) & 31] = c6,
#define IN_COMMON(E, c0, c1, c2, c3, c4, c5, c6) \
    .common[0][(E) & 7] = c0, \
    .common[1][(E) & 7] = c1, \
    .common[2][(E) & 7] = c2, \
    .common[3][(E) & 7] = c3, \
    .common[4][(E) & 7] = c4, \
    .common[5][(E) & 7] = c5, \
    .common[6][(E) & 7] = c6,

static const OctaveTable NORMAL_TABLE __attribute__((unused)) = {
    RARE_OCTAVES(IN_ROWS_AND_COLUMNS)
    COMMON_OCTAVES(IN_ROWS_AND_COLUMNS)
    COMMON_OCTAVES(IN_COMMON)
};
#undef IN_COMMON
#undef IN_ROWS_AND_COLUMNS
#endif

#define COUNTED(E, ...) + 1
STATIC_ASSERT(0 COMMON_OCTAVES(COUNTED) == LAST_OCTAVE - FIRST_COMMON_OCTAVE + 1);
STATIC_ASSERT(0 RARE_OCTAVES(COUNTED) == FIRST_COMMON_OCTAVE - FIRST_OCTAVE);

#undef COUNTED
#undef COMMON_OCTAVES
#undef RARE_OCTAVES

/* The low bits of an octave are its index: there is one octave for each index. */
STATIC_ASSERT(LAST_OCTAVE - FIRST_OCTAVE + 1 == 32);
STATIC_ASSERT(LAST_OCTAVE - FIRST_COMMON_OCTAVE + 1 == 8);
STATIC_ASSERT(OCTAVE_DEGREE + 1 <= 8);

/* Whole vectors are loaded from the table: of 64 bytes from columns, of 32 from common, of
 * 16 from rows. */
#ifndef __cplusplus
STATIC_ASSERT(offsetof(OctaveTable, columns) % 64 == 0);
STATIC_ASSERT(offsetof(OctaveTable, common) % 32 == 0);
STATIC_ASSERT(sizeof(OctaveTable) % 64 == 0);
#endif

/* -2 ln m = S P(S^2) with S = (m - 1) / (m + 1), for m from sqrt(1/2) to sqrt(2). */
static const double LOG_POLYNOMIAL[LOG_DEGREE + 1] __attribute__((unused)) = {
    -0x1.0000000000000p+2,
    -0x1.5555555555592p+0,
    -0x1.999999997fef3p-1,
    -0x1.24924941e0044p-1,
    -0x1.c71c521703d98p-2,
    -0x1.74663c28f4f1fp-2,
    -0x1.39a2005380405p-2,
    -0x1.2f02b27a78c80p-2,
};

/* 2 ln 2 as a sum of two numbers. The first ends in so many zero bits that its product with
 * an integer of up to eight bits is exact. */
static const double TWO_LN2_HIGH __attribute__((unused)) = 0x1.62e42fefa3a00p+0;
static const double TWO_LN2_LOW __attribute__((unused)) = -0x1.0ca86c3898d00p-48;

/* The representation of the float64 nearest to sqrt(1/2). */
static const uint64_t SQRT_HALF_BITS __attribute__((unused)) = UINT64_C(0x3fe6a09e667f3bcd);

/* sin(pi/2 x) = x P(x^2) for |x| <= 1/2. */
static const double SIN_POLYNOMIAL[SIN_DEGREE + 1] __attribute__((unused)) = {
    0x1.921fb54442d18p+0,
    -0x1.4abbce625be46p-1,
    0x1.466bc67758cb1p-4,
    -0x1.32d2cce32406ep-8,
    0x1.5078300c3a9d5p-13,
    -0x1.e3009893b1208p-19,
    0x1.e3ff274c89831p-25,
};

/* cos(pi/2 x) = Q(x^2) for |x| <= 1/2. */
static const double COS_POLYNOMIAL[COS_DEGREE + 1] __attribute__((unused)) = {
    0x1.0000000000000p+0,
    -0x1.3bd3cc9be45a5p+0,
    0x1.03c1f081b14bfp-2,
    -0x1.55d3c7dcb60c7p-6,
    0x1.e1f4fbfc18040p-11,
    -0x1.a6ca00a054f1bp-16,
    0x1.f3ef4596c7dabp-22,
};

/* The upper normal quantile of exp(-y^2 / 2) is y - P((y - CENTRE) / (y + SHIFT)), by the
 * first polynomial where y < FAR_FROM, else by the second, up to y = 40. */
static const double QUANTILE_FAR_FROM __attribute__((unused)) = 0x1.c000000000000p+2;
static const double QUANTILE_NEAR_SHIFT __attribute__((unused)) = 0x1.8000000000000p+1;
static const double QUANTILE_NEAR_CENTRE __attribute__((unused)) = 0x1.72422052a1783p+1;
static const double QUANTILE_NEAR_POLYNOMIAL[QUANTILE_DEGREE + 1] __attribute__((unused)) = {
    0x1.7532b360491b3p-1,
    -0x1.bf800ab6ea001p-1,
    0x1.7817e4f6a6929p-2,
    -0x1.222da3b5e7cc3p-2,
    0x1.785614f80a88ep-3,
    -0x1.4da3ad1199a97p-3,
    0x1.055d5f429fd40p-3,
    -0x1.e60b058f22a17p-4,
    0x1.99631128f5da0p-4,
    -0x1.85f8d2dd9ffb2p-4,
    0x1.58487a0f3bec0p-4,
    -0x1.4cb6cf63a2f53p-4,
    0x1.2e7dfc2bd8129p-4,
    -0x1.284ce3e886dacp-4,
    0x1.13f2b26e64402p-4,
    -0x1.0568c68a00808p-4,
    0x1.e2b7295d1fcb9p-5,
    -0x1.30890e384483ep-4,
    0x1.3a11454215e61p-4,
    -0x1.2728cbdc97ca3p-7,
    -0x1.6846b7233146dp-8,
    -0x1.3b7256c137b12p-3,
    0x1.51c05e5fbd7a3p-3,
};
static const double QUANTILE_FAR_SHIFT __attribute__((unused)) = 0x1.0000000000000p+3;
static const double QUANTILE_FAR_CENTRE __attribute__((unused)) = 0x1.db6db6db6db6ep+3;
static const double QUANTILE_FAR_POLYNOMIAL[QUANTILE_DEGREE + 1] __attribute__((unused)) = {
    0x1.f51f7b982c597p-3,
    -0x1.1a0337bb19953p-2,
    0x1.2abdc94497bbap-4,
    -0x1.463ad9db8cd80p-5,
    0x1.8e32a3d41970dp-7,
    -0x1.16ebf1bf34fdbp-7,
    0x1.cef0278a98579p-10,
    -0x1.2f9494f0b1b87p-9,
    -0x1.e366a929ec21ep-15,
    -0x1.c34651e3674b3p-11,
    -0x1.3e9b1e8840947p-12,
    -0x1.cd1fae6c2f7e5p-12,
    -0x1.20aff2e9124dcp-12,
    -0x1.2cbd0870f2181p-12,
    -0x1.e131d588d1499p-13,
    -0x1.6048480cf2fe6p-13,
    -0x1.f3cc76048a996p-14,
    -0x1.2a1ad79aed194p-12,
    -0x1.48a4bc6b5f013p-12,
    0x1.64f1eabf42e32p-13,
    0x1.04513166aef19p-12,
    -0x1.c9ec483cfa18bp-12,
    -0x1.e276a1d52675dp-12,
};

#endif
