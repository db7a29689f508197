#include "products.h"
#include "dispatch.h"

DISPATCHED double sextant_column_sums(const float *x, size_t columns, const uint32_t *numbers, size_t rows,
                                      double *sums) {
  typedef double Lanes __attribute__((vector_size(64)));
  Lanes squares = {0};
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + (numbers ? numbers[r] : r) * columns;
    size_t j = 0;
    for (; j + 8 <= columns; j += 8)
      for (size_t lane = 0; lane < 8; lane++) {
        double value = row[j + lane];
        sums[j + lane] += value;
        squares[lane] += value * value;
      }
    for (size_t lane = 0; j < columns; j++, lane++) {
      double value = row[j];
      sums[j] += value;
      squares[lane] += value * value;
    }
  }
  return ((squares[0] + squares[4]) + (squares[2] + squares[6])) +
         ((squares[1] + squares[5]) + (squares[3] + squares[7]));
}

// Eight rows by three vectors: 24 sums and the 11 numbers that a step reads stay in registers, and a step's 24
// multiplications wait for no load. A pass of 128 rows keeps a panel of b in the first cache.
enum { LOW = 8, WIDE = 24, PASS = 128, AHEAD = 12 };

static size_t up(size_t count, size_t step) { return (count + step - 1) / step * step; }

size_t sextant_products_room(size_t height, size_t width) {
  return (PASS + 1) * (up(height, LOW) + up(width, WIDE)) + up(height, LOW) * up(width, WIDE);
}

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma")))

int sextant_has_wide_doubles(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}

// Panels of `step` columns, one row after the other; what is beyond the last column is zero. The processor does not
// see the rows coming, so they are fetched ahead. The odd row between panels keeps them off each other's cache lines.
AVX512 static void pack(const void *matrix, size_t columns, size_t count, size_t step, const uint32_t *numbers,
                        size_t first, size_t rows, int is_double, double *panels) {
  const size_t size = is_double ? sizeof(double) : sizeof(float);
  for (size_t r = 0; r < rows; r++) {
    const size_t start = (numbers ? numbers[first + r] : first + r) * columns;
    if (r + AHEAD < rows) {
      const size_t later = (numbers ? numbers[first + r + AHEAD] : first + r + AHEAD) * columns;
      for (size_t byte = 0; byte < count * size; byte += 64)
        __builtin_prefetch((const char *)matrix + later * size + byte);
    }
    double *target = panels + r * step;
    for (size_t j = 0; j < count; j += step, target += (PASS + 1) * step)
      for (size_t v = 0; v < step; v += 8) {
        const size_t left = j + v < count ? count - j - v : 0;
        const __mmask8 mask = left < 8 ? (__mmask8)((1u << left) - 1) : 0xff;
        const __m512d wide =
            is_double ? _mm512_maskz_loadu_pd(mask, (const double *)matrix + start + j + v)
                      : _mm512_cvtps_pd(_mm256_maskz_loadu_ps(mask, (const float *)matrix + start + j + v));
        _mm512_store_pd(target + v, wide);
      }
  }
}

AVX512 static void multiply_panels(const double *a, const double *b, size_t rows, double *tile, size_t stride) {
  __m512d sums[LOW][3];
#pragma clang loop unroll(full)
  for (int i = 0; i < LOW; i++)
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) sums[i][v] = _mm512_load_pd(tile + i * stride + 8 * v);
  for (size_t r = 0; r < rows; r++, a += LOW, b += WIDE) {
    const __m512d b0 = _mm512_load_pd(b), b1 = _mm512_load_pd(b + 8), b2 = _mm512_load_pd(b + 16);
#pragma clang loop unroll(full)
    for (int i = 0; i < LOW; i++) {
      const __m512d left = _mm512_set1_pd(a[i]);
      sums[i][0] = _mm512_fmadd_pd(left, b0, sums[i][0]);
      sums[i][1] = _mm512_fmadd_pd(left, b1, sums[i][1]);
      sums[i][2] = _mm512_fmadd_pd(left, b2, sums[i][2]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < LOW; i++)
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) _mm512_store_pd(tile + i * stride + 8 * v, sums[i][v]);
}

AVX512 void sextant_transposed_products(const void *a, size_t a_columns, size_t height, const void *b,
                                        size_t b_columns, size_t width, const uint32_t *numbers, size_t rows,
                                        int is_double, int diagonal, double *room, double *tile, size_t stride) {
  const size_t lows = up(height, LOW), wides = up(width, WIDE);
  double *left = room, *right = left + (PASS + 1) * lows, *sums = right + (PASS + 1) * wides;
  for (size_t i = 0; i < lows * wides; i++) sums[i] = 0;
  for (size_t first = 0; first < rows; first += PASS) {
    const size_t pass = rows - first < PASS ? rows - first : PASS;
    pack(a, a_columns, height, LOW, numbers, first, pass, is_double, left);
    pack(b, b_columns, width, WIDE, numbers, first, pass, is_double, right);
    for (size_t j = 0; j < wides; j += WIDE)
      for (size_t i = 0; i < lows && !(diagonal && i >= j + WIDE); i += LOW)
        multiply_panels(left + i * (PASS + 1), right + j * (PASS + 1), pass, sums + i * wides + j, wides);
  }
  for (size_t i = 0; i < height; i++)
    for (size_t j = 0; j < width; j++) tile[i * stride + j] = sums[i * wides + j];
}
#else
int sextant_has_wide_doubles(void) { return 0; }
void sextant_transposed_products(const void *a, size_t a_columns, size_t height, const void *b, size_t b_columns,
                                 size_t width, const uint32_t *numbers, size_t rows, int is_double, int diagonal,
                                 double *room, double *tile, size_t stride) {
  (void)a, (void)a_columns, (void)b, (void)b_columns, (void)numbers, (void)rows, (void)is_double, (void)diagonal,
      (void)room;
  for (size_t i = 0; i < height; i++)
    for (size_t j = 0; j < width; j++) tile[i * stride + j] = 0;
}
#endif
