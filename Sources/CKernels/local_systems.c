#include "local_systems.h"
#include "lanes.h"

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
  size_t stride = up(columns, 16), padded = up(count, 4);
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

VARIANTS(sextant_difference_gram,
         (const float *base, size_t columns, size_t row, const int32_t *neighbour, size_t count, float *differences,
          float *gram),
         (base, columns, row, neighbour, count, differences, gram),
         difference_gram(base, columns, row, neighbour, count, differences, gram))
