#include "local_systems.h"
#include "block_vectors.h"

#if defined(__x86_64__)
// Without the width, vectors of 512 bits are split and sixteen sums do not fit into the registers.
#define WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define MIDDLE __attribute__((target("arch=x86-64-v3")))
#endif

#define FOLD(x, y, ...) (__builtin_shufflevector(x, y, __VA_ARGS__))

// Sixteen vectors to the vector of their sums: 2 n vectors' halves, side by side in n vectors, four times.
INLINED void lane_sums(const f32x16 *v, f32x16 *out) {
  f32x16 half[8], quarter[4], eighth[2];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) {
    f32x16 x = v[2 * i], y = v[2 * i + 1];
    half[i] = FOLD(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
              FOLD(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    f32x16 x = half[2 * i], y = half[2 * i + 1];
    quarter[i] = FOLD(x, y, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
                 FOLD(x, y, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++) {
    f32x16 x = quarter[2 * i], y = quarter[2 * i + 1];
    eighth[i] = FOLD(x, y, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +
                FOLD(x, y, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
  }
  f32x16 x = eighth[0], y = eighth[1];
  *out = FOLD(x, y, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
         FOLD(x, y, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// A few rows of a against a few of b: their products stay in registers, lanes run along the columns.
#define TILE(ROWS, COLUMNS)                                                                                        \
  f32x16 sums[ROWS * COLUMNS] = {};                                                                                \
  for (size_t k = 0; k < stride; k += 16) {                                                                        \
    f32x16 y[COLUMNS];                                                                                             \
    _Pragma("clang loop unroll(full)") for (int c = 0; c < COLUMNS; c++) y[c] = LOAD(f32x16, b + c * stride + k);  \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {                                            \
      f32x16 x = LOAD(f32x16, a + r * stride + k);                                                                 \
      _Pragma("clang loop unroll(full)") for (int c = 0; c < COLUMNS; c++) sums[r * COLUMNS + c] += x * y[c];      \
    }                                                                                                              \
  }

INLINED void difference_gram(const float *base, size_t columns, size_t row, const int32_t *neighbour, size_t count,
                             float *differences, float *gram) {
  size_t stride = (columns + 15) / 16 * 16, padded = (count + 3) / 4 * 4;
  const float *origin = base + row * columns;
  for (size_t i = 0; i < count; i++) {
    const float *x = base + (size_t)neighbour[i] * columns;
    if (i + 2 < count)
      for (size_t k = 0; k < columns; k += 16)
        __builtin_prefetch(base + (size_t)neighbour[i + 2] * columns + k);
    float *z = differences + i * stride;
    for (size_t k = 0; k < columns; k++) z[k] = x[k] - origin[k];
    memset(z + columns, 0, (stride - columns) * sizeof(float));
  }
  memset(differences + count * stride, 0, (padded - count) * stride * sizeof(float));
  for (size_t i = 0; i < padded; i += 4)
    for (size_t j = 0; j <= i; j += 4) {
      const float *a = differences + i * stride, *b = differences + j * stride;
      TILE(4, 4)
      f32x16 all;
      lane_sums(sums, &all);
      float products[16];
      STORE(products, all);
      for (int p = 0; p < 16; p++) {
        gram[(i + p / 4) * padded + j + p % 4] = products[p];
        gram[(j + p % 4) * padded + i + p / 4] = products[p];
      }
    }
}

DISPATCHED void sextant_solve_ones(double *a, size_t order, double *w) {
#pragma clang fp reassociate(on) contract(fast)
  for (size_t j = 0; j < order; j++) {
    double *pivot_row = a + j * order;
    double pivot = pivot_row[j] > 0x1p-1022 ? __builtin_sqrt(pivot_row[j]) : 0x1p-511;
    for (size_t p = j; p < order; p++) pivot_row[p] = p == j ? pivot : pivot_row[p] / pivot;
    for (size_t i = j + 1; i < order; i++) {
      double factor = pivot_row[i], *target = a + i * order;
      for (size_t p = i; p < order; p++) target[p] -= factor * pivot_row[p];
    }
  }
  for (size_t j = 0; j < order; j++) w[j] = 1;
  for (size_t j = 0; j < order; j++) {
    w[j] /= a[j * order + j];
    for (size_t p = j + 1; p < order; p++) w[p] -= w[j] * a[j * order + p];
  }
  for (size_t j = order; j-- > 0;) {
    double sum = w[j];
    for (size_t p = j + 1; p < order; p++) sum -= a[j * order + p] * w[p];
    w[j] = sum / a[j * order + j];
  }
}

#if defined(__x86_64__)
WIDE static void difference_gram_wide(const float *base, size_t columns, size_t row, const int32_t *neighbour,
                                      size_t count, float *differences, float *gram) {
  difference_gram(base, columns, row, neighbour, count, differences, gram);
}

MIDDLE static void difference_gram_middle(const float *base, size_t columns, size_t row, const int32_t *neighbour,
                                          size_t count, float *differences, float *gram) {
  difference_gram(base, columns, row, neighbour, count, differences, gram);
}

static int is_wide(void) { return __builtin_cpu_supports("x86-64-v4"); }
static int is_middle(void) { return __builtin_cpu_supports("x86-64-v3"); }
#endif

void sextant_difference_gram(const float *base, size_t columns, size_t row, const int32_t *neighbour, size_t count,
                             float *differences, float *gram) {
#if defined(__x86_64__)
  if (is_wide()) return difference_gram_wide(base, columns, row, neighbour, count, differences, gram);
  if (is_middle()) return difference_gram_middle(base, columns, row, neighbour, count, differences, gram);
#endif
  difference_gram(base, columns, row, neighbour, count, differences, gram);
}
