"""Q of a QR decomposition, by Householder reflections in panels of columns.

Promises: every instruction set does the same float64 operations in the same order for a number.
Sums are made term by term. A vector holds numbers of several columns, which are summed separately.

Takes for granted: a panel is stored as rows of WIDTH numbers, one row after the other. If the
matrix has fewer columns, the other columns of the panel are zero.

Each column of a panel gives one reflection, I - u u^T tau. The product of the reflections, in their
order, is I + U C U^T. The columns of U are the vectors u, and C is upper triangular. Source:
Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10 (1989), where T is -C here. LAPACK's dgeqrt
does the same with vectors u that are scaled.

`add_product` does nearly all of the work. The cost of one step of its inner loop, which adds a
product to each number of a tile of 4 rows, with AVX2 (8 columns):

=============================  =============  =====  =================
operation                      instruction    count  Golden Cove
=============================  =============  =====  =================
multiply                       vmulpd         8      p0 p1       0.5
add                            vaddpd         8      p1 p5       0.5
one number in all lanes        vbroadcastsd   4      p2 p3 p11   0.33
columns of the right factor    vmovupd        2      p2 p3 p11   0.33
=============================  =============  =====  =================

The columns show the ports and the cycles for one instruction, by llvm-mca of LLVM 19, model
sapphirerapids. Bound: 16 instructions on three ports, 5.3 cycles for 64 operations. On Zen 4, which
has two pipes that multiply and two that add (model znver4), it is 4 cycles. Measured on Zen 3 with
AVX2: 35 G operations a second, and 22 while another program runs on the same core.
"""

from libc.math cimport sqrt
from libc.string cimport memset

from lanes cimport (
    LANES, doubles, doubles_add, doubles_from_bits, doubles_multiply, doubles_set, doubles_to_bits,
    static_assert, words_load, words_store,
)


cdef enum:
    WIDTH = 32  # columns of a panel
    FIRST_LEVEL_CACHE = 32768  # bytes
    STRIP = 64  # rows of a panel; the first-level cache holds so many rows of two panels
    ROWS = 4  # rows of a tile. The sums of a tile stay in registers.
    VECTORS = 2 * (1 + LANES // 8)  # vectors in a row of a tile
    TILE = LANES * VECTORS  # columns of a tile


cdef inline doubles load_doubles(const double *p) noexcept nogil:
    return doubles_from_bits(words_load(<const char *>p))


cdef inline void store_doubles(double *p, doubles a) noexcept nogil:
    words_store(<char *>p, doubles_to_bits(a))


cdef inline void add_product(
    double *out, const double *left, size_t row_step, size_t inner_step, const double *right,
    size_t inner, int rows,
) noexcept nogil:
    """Add the product of some rows of `left` and TILE columns of `right` to a tile of `out`."""
    cdef doubles[ROWS * VECTORS] sums
    cdef doubles[VECTORS] factors
    cdef doubles factor
    cdef size_t i
    cdef int r, v
    for r in range(rows):
        for v in range(VECTORS):
            sums[r * VECTORS + v] = load_doubles(out + r * WIDTH + v * LANES)
    for i in range(inner):
        for v in range(VECTORS):
            factors[v] = load_doubles(right + i * WIDTH + v * LANES)
        for r in range(rows):
            factor = doubles_set(left[r * row_step + i * inner_step])
            for v in range(VECTORS):
                sums[r * VECTORS + v] = doubles_add(
                    sums[r * VECTORS + v], doubles_multiply(factor, factors[v])
                )
    for r in range(rows):
        for v in range(VECTORS):
            store_doubles(out + r * WIDTH + v * LANES, sums[r * VECTORS + v])


cdef inline void add_products(
    double *out, const double *left, size_t row_step, size_t inner_step, const double *right,
    size_t inner, size_t rows,
) noexcept nogil:
    """Add the product of `left`, which has `rows` rows, and the panel `right` to a panel."""
    cdef size_t row, column = 0
    static_assert(WIDTH % TILE == 0)
    while column < <size_t>WIDTH:
        row = 0
        while row + ROWS <= rows:
            add_product(
                out + row * WIDTH + column, left + row * row_step, row_step, inner_step,
                right + column, inner, ROWS,
            )
            row += ROWS
        while row < rows:
            add_product(
                out + row * WIDTH + column, left + row * row_step, row_step, inner_step,
                right + column, inner, 1,
            )
            row += 1
        column += TILE


cdef inline void inner_products(
    double *out, const double *left, const double *right, size_t rows
) noexcept nogil:
    """Set `out` to the product of the transpose of the panel `left` and the panel `right`."""
    cdef size_t begin = 0, count
    static_assert(2 * STRIP * WIDTH * sizeof(double) <= FIRST_LEVEL_CACHE)
    memset(out, 0, WIDTH * WIDTH * sizeof(double))
    while begin < rows:
        count = min(rows - begin, <size_t>STRIP)
        add_products(out, left + begin * WIDTH, 1, WIDTH, right + begin * WIDTH, count, WIDTH)
        begin += count


cdef inline void reflect_panel(
    double *target, const double *reflectors, const double *coefficients, bint transposed,
    size_t rows,
) noexcept nogil:
    """Multiply a panel from the left by the product Q of the reflections, or by Q transposed."""
    cdef double[WIDTH * WIDTH] projections
    cdef double[WIDTH * WIDTH] steps
    inner_products(projections, reflectors, target, rows)
    memset(steps, 0, sizeof(steps))
    if transposed:
        add_products(steps, coefficients, 1, WIDTH, projections, WIDTH, WIDTH)
    else:
        add_products(steps, coefficients, WIDTH, 1, projections, WIDTH, WIDTH)
    add_products(target, reflectors, WIDTH, 1, steps, WIDTH, rows)


cdef inline void reflect_columns(
    double *panel, size_t rows, size_t columns, double *signs, double *scales
) noexcept nogil:
    """Replace each column by the vector of its reflection, and set the signs of R's diagonal."""
    cdef double[WIDTH] products
    cdef double[WIDTH] steps
    cdef double corner, pivot
    cdef double *head
    cdef size_t k, j
    for k in range(columns):
        head = panel + k * WIDTH
        memset(products, 0, sizeof(products))
        memset(steps, 0, sizeof(steps))
        add_products(products, head + k, 0, WIDTH, head, rows - k, 1)
        signs[k] = 1.0
        scales[k] = 0.0
        if products[k] == 0.0:
            continue  # nothing to reflect
        corner = head[k]
        pivot = sqrt(products[k])
        if corner >= 0.0:  # of the other sign than the corner, so that no digits cancel
            pivot = -pivot
            signs[k] = -1.0
        head[k] = corner - pivot
        scales[k] = 1.0 / (pivot * (pivot - corner))
        for j in range(k + 1, <size_t>WIDTH):
            steps[j] = (pivot * head[j] - products[j]) * scales[k]
        add_products(head, head + k, WIDTH, 1, steps, 1, rows - k)


cdef inline void decompose_panel(
    double *panel, size_t rows, size_t columns, double *coefficients, double *signs
) noexcept nogil:
    """Replace a panel, whose first row has its diagonal, by the vectors of its reflections."""
    cdef double[WIDTH * WIDTH] products
    cdef double[WIDTH] scales
    cdef double total
    cdef size_t i, j, k
    reflect_columns(panel, rows, columns, signs, scales)
    for k in range(columns):
        for i in range(k):
            panel[i * WIDTH + k] = 0.0  # an element of R
    inner_products(products, panel, panel, rows)
    memset(coefficients, 0, WIDTH * WIDTH * sizeof(double))
    for k in range(columns):
        coefficients[k * WIDTH + k] = -scales[k]
        for i in range(k):
            total = 0.0
            for j in range(i, k):
                total += coefficients[i * WIDTH + j] * products[j * WIDTH + k]
            coefficients[i * WIDTH + k] = -scales[k] * total
