#include "products.h"
#include "lanes.h"

DISPATCHED double sextant_column_sums(const float *x, size_t columns, const uint32_t *numbers, size_t rows,
                                      double *sums) {
  f64x8 squares = {0};
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
  return lane_sum_f64(&squares);
}

// Eight rows by three vectors: 24 sums and the 11 numbers that a step reads stay in registers, and a step's 24
// multiplications wait for no load. A pass of 128 rows keeps a panel of b in the first cache.
enum { LOW = 8, WIDE = 24, PASS = 128 };
// As many vectors hold twice as many floats.
enum { FLOAT_WIDE = 2 * WIDE };

size_t sextant_products_room(size_t height, size_t width) {
  return (PASS + 1) * (up(height, LOW) + up(width, FLOAT_WIDE)) + up(height, LOW) * up(width, FLOAT_WIDE);
}

// One pass at a time, as the wide kernel sums: floats within a pass, doubles from pass to pass.
DISPATCHED static void plain_products(const void *a, size_t a_columns, size_t height, const void *b, size_t b_columns,
                                      size_t width, const uint32_t *numbers, size_t rows, enum sextant_numbers kind,
                                      float *part, double *tile, size_t stride) {
  for (size_t i = 0; i < height; i++)
    for (size_t j = 0; j < width; j++) tile[i * stride + j] = 0;
  for (size_t first = 0; first < rows; first += PASS) {
    const size_t end = rows - first < PASS ? rows : first + PASS;
    if (kind == SEXTANT_FLOATS)
      for (size_t i = 0; i < height * width; i++) part[i] = 0;
    for (size_t r = first; r < end; r++) {
      const size_t row = numbers ? numbers[r] : r;
      const float *x = (const float *)a + row * a_columns, *y = (const float *)b + row * b_columns;
      const double *u = (const double *)a + row * a_columns, *v = (const double *)b + row * b_columns;
      for (size_t i = 0; i < height; i++) {
        double *target = tile + i * stride;
        switch (kind) {
          case SEXTANT_FLOATS:
            for (size_t j = 0; j < width; j++) part[i * width + j] += x[i] * y[j];
            break;
          case SEXTANT_WIDENED:
            for (size_t j = 0; j < width; j++) target[j] += (double)x[i] * (double)y[j];
            break;
          case SEXTANT_DOUBLES:
            for (size_t j = 0; j < width; j++) target[j] += u[i] * v[j];
        }
      }
    }
    if (kind == SEXTANT_FLOATS)
      for (size_t i = 0; i < height; i++)
        for (size_t j = 0; j < width; j++) tile[i * stride + j] += (double)part[i * width + j];
  }
}

int sextant_has_wide_doubles(void) { return has_avx512(); }

#if HAS_PATHS
// What a pass reads: `count` columns of some rows of a matrix.
struct strip {
  const char *matrix;
  size_t columns, count, size;
  const uint32_t *numbers;
};

static const char *strip_row(const struct strip *strip, size_t r) {
  return strip->matrix + (strip->numbers ? strip->numbers[r] : r) * strip->columns * strip->size;
}

// Panels of `step` columns, one row after the other; what is beyond the last column is zero. The odd row between panels
// keeps them off each other's cache lines.
AVX512 INLINED void pack_as(enum sextant_numbers kind, const struct strip *strip, const size_t step, size_t first,
                            size_t rows, void *panels) {
  for (size_t r = 0; r < rows; r++) {
    const void *row = strip_row(strip, first + r);
    size_t target = r * step;
    for (size_t j = 0; j < strip->count; j += step, target += (PASS + 1) * step)
#pragma clang loop unroll(full)
      for (size_t v = 0; v < step; v += 8) {
        const size_t end = j + v + 8;
        const __mmask8 mask = end <= strip->count ? 0xff : end - strip->count >= 8 ? 0 : 0xff >> (end - strip->count);
        if (kind == SEXTANT_DOUBLES)
          _mm512_store_pd((double *)panels + target + v, _mm512_maskz_loadu_pd(mask, (const double *)row + j + v));
        else if (kind == SEXTANT_WIDENED)
          _mm512_store_pd((double *)panels + target + v,
                          _mm512_cvtps_pd(_mm256_maskz_loadu_ps(mask, (const float *)row + j + v)));
        else
          _mm256_store_ps((float *)panels + target + v, _mm256_maskz_loadu_ps(mask, (const float *)row + j + v));
      }
  }
}

// The kind and the steps are constants in each of these calls: the loops hold no questions.
AVX512 static void pack(enum sextant_numbers kind, const struct strip strips[2], size_t first, size_t rows, void *left,
                        void *right) {
  switch (kind) {
    case SEXTANT_WIDENED:
      pack_as(SEXTANT_WIDENED, &strips[0], LOW, first, rows, left);
      pack_as(SEXTANT_WIDENED, &strips[1], WIDE, first, rows, right);
      break;
    case SEXTANT_DOUBLES:
      pack_as(SEXTANT_DOUBLES, &strips[0], LOW, first, rows, left);
      pack_as(SEXTANT_DOUBLES, &strips[1], WIDE, first, rows, right);
      break;
    case SEXTANT_FLOATS:
      pack_as(SEXTANT_FLOATS, &strips[0], LOW, first, rows, left);
      pack_as(SEXTANT_FLOATS, &strips[1], FLOAT_WIDE, first, rows, right);
  }
}

AVX512 static void multiply_panels(const double *a, const double *b, size_t rows, const char *const ahead[PASS],
                                   double *tile, size_t stride) {
  __m512d sums[LOW][3];
#pragma clang loop unroll(full)
  for (int i = 0; i < LOW; i++)
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) sums[i][v] = _mm512_load_pd(tile + i * stride + 8 * v);
  for (size_t r = 0; r < rows; r++, a += LOW, b += WIDE) {
    __builtin_prefetch(ahead[r], 0, 2);
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

// Sixteen floats in each of the same registers; what a pass sums is widened.
AVX512 static void multiply_float_panels(const float *a, const float *b, size_t rows, const char *const ahead[PASS],
                                         double *tile, size_t stride) {
  __m512 sums[LOW][3];
#pragma clang loop unroll(full)
  for (int i = 0; i < LOW; i++)
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) sums[i][v] = _mm512_setzero_ps();
  for (size_t r = 0; r < rows; r++, a += LOW, b += FLOAT_WIDE) {
    __builtin_prefetch(ahead[r], 0, 2);
    const __m512 b0 = _mm512_loadu_ps(b), b1 = _mm512_loadu_ps(b + 16), b2 = _mm512_loadu_ps(b + 32);
#pragma clang loop unroll(full)
    for (int i = 0; i < LOW; i++) {
      const __m512 left = _mm512_set1_ps(a[i]);
      sums[i][0] = _mm512_fmadd_ps(left, b0, sums[i][0]);
      sums[i][1] = _mm512_fmadd_ps(left, b1, sums[i][1]);
      sums[i][2] = _mm512_fmadd_ps(left, b2, sums[i][2]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < LOW; i++)
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) {
      double *target = tile + i * stride + 16 * v;
      const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(sums[i][v]));
      const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(sums[i][v], 1));
      _mm512_storeu_pd(target, _mm512_add_pd(_mm512_loadu_pd(target), low));
      _mm512_storeu_pd(target + 8, _mm512_add_pd(_mm512_loadu_pd(target + 8), high));
    }
}

AVX512 static void wide_products(const void *a, size_t a_columns, size_t height, const void *b, size_t b_columns,
                                 size_t width, const uint32_t *numbers, size_t rows, enum sextant_numbers kind,
                                 int diagonal, double *room, double *tile, size_t stride) {
  const size_t wide = kind == SEXTANT_FLOATS ? FLOAT_WIDE : WIDE, lows = up(height, LOW), wides = up(width, wide);
  const size_t size = kind == SEXTANT_DOUBLES ? sizeof(double) : sizeof(float);
  const struct strip strips[2] = {{a, a_columns, height, size, numbers}, {b, b_columns, width, size, numbers}};
  double *sums = room, *left = sums + lows * wides, *right = left + (PASS + 1) * lows;
  const char *ahead[PASS];
  for (size_t r = 0; r < PASS; r++) ahead[r] = (const char *)room;
  for (size_t i = 0; i < lows * wides; i++) sums[i] = 0;
  for (size_t first = 0; first < rows; first += PASS) {
    const size_t pass = rows - first < PASS ? rows - first : PASS;
    pack(kind, strips, first, pass, left, right);
    // While this pass is multiplied, the next one's rows are fetched, a line with every step.
    size_t next = first + pass;
    const size_t end = rows - next < PASS ? rows : next + PASS, few = (end - next) * LOW * wide / (lows * wides) + 1;
    for (size_t j = 0; j < wides; j += wide)
      for (size_t i = 0; i < lows && !(diagonal && i >= j + wide); i += LOW) {
        size_t lines = 0;
        for (size_t k = 0; k < few && next < end; k++, next++)
          for (int side = 0; side < 2 - diagonal; side++)
            for (size_t byte = 0; byte < strips[side].count * size && lines < PASS; byte += 64)
              ahead[lines++] = strip_row(&strips[side], next) + byte;
        const size_t from = i * (PASS + 1), with = j * (PASS + 1);
        double *to = sums + i * wides + j;
        if (kind == SEXTANT_FLOATS)
          multiply_float_panels((const float *)left + from, (const float *)right + with, pass, ahead, to,
                                wides);
        else
          multiply_panels(left + from, right + with, pass, ahead, to, wides);
      }
  }
  for (size_t i = 0; i < height; i++)
    for (size_t j = 0; j < width; j++) tile[i * stride + j] = sums[i * wides + j];
}
#endif

void sextant_transposed_products(const void *a, size_t a_columns, size_t height, const void *b, size_t b_columns,
                                 size_t width, const uint32_t *numbers, size_t rows, enum sextant_numbers kind,
                                 int diagonal, double *room, double *tile, size_t stride) {
#if HAS_PATHS
  if (has_avx512()) {
    wide_products(a, a_columns, height, b, b_columns, width, numbers, rows, kind, diagonal, room, tile, stride);
    return;
  }
#endif
  (void)diagonal;
  plain_products(a, a_columns, height, b, b_columns, width, numbers, rows, kind, (float *)room, tile, stride);
}
