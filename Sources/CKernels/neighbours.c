#include "neighbours.h"
#include "lanes.h"

DISPATCHED double sextant_inner_product(const float *x, const float *y, size_t count) {
#pragma clang fp contract(fast)
  f64x8 sums = {0};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    f64x8 left = WIDENED(x + i), right = WIDENED(y + i);
    sums += left * right;
  }
  for (size_t lane = 0; i < count; i++, lane++) sums[lane] += (double)x[i] * (double)y[i];
  return lane_sum_f64(&sums);
}

// Four rows at a time: one waits for its sum while the others add, and x is widened once for all.
DISPATCHED void sextant_inner_products(const float *x, const float *rows, const uint32_t *numbers, size_t many,
                                       size_t count, double *products) {
#pragma clang fp contract(fast)
  size_t n = 0;
  for (; n + 4 <= many; n += 4) {
    const float *y[4];
    f64x8 sums[4] = {{0}, {0}, {0}, {0}};
    for (int r = 0; r < 4; r++) y[r] = rows + numbers[n + r] * count;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
      f64x8 left = WIDENED(x + i);
#pragma clang loop unroll(full)
      for (int r = 0; r < 4; r++) sums[r] += left * WIDENED(y[r] + i);
    }
    for (size_t lane = 0; i < count; i++, lane++)
      for (int r = 0; r < 4; r++) sums[r][lane] += (double)x[i] * (double)y[r][i];
    for (int r = 0; r < 4; r++) products[n + r] = lane_sum_f64(&sums[r]);
  }
  for (; n < many; n++) products[n] = sextant_inner_product(x, rows + numbers[n] * count, count);
}

DISPATCHED double sextant_squared_distance(const float *x, const float *y, size_t count) {
#pragma clang fp contract(off)
  f64x8 sums = {0};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    f64x8 difference = WIDENED(x + i) - WIDENED(y + i);
    sums += difference * difference;
  }
  for (size_t lane = 0; i < count; i++, lane++) {
    double difference = (double)x[i] - (double)y[i];
    sums[lane] += difference * difference;
  }
  return lane_sum_f64(&sums);
}

DISPATCHED double sextant_scale_row(const float *x, const double *shift, double scale, size_t count, float *y) {
#pragma clang fp contract(off)
  f64x8 errors = {0};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    f64x8 value = WIDENED(x + i), offset = {0};
    if (shift) memcpy(&offset, shift + i, sizeof offset);
    value = (value - offset) * scale;
    f32x8 rounded = __builtin_convertvector(value, f32x8);
    memcpy(y + i, &rounded, sizeof rounded);
    f64x8 back = __builtin_convertvector(rounded, f64x8);
    errors += (value - back) * (value - back);
  }
  for (size_t lane = 0; i < count; i++, lane++) {
    double value = ((double)x[i] - (shift ? shift[i] : 0)) * scale;
    y[i] = (float)value;
    errors[lane] += (value - y[i]) * (value - y[i]);
  }
  return lane_sum_f64(&errors);
}

// To nearest, ties to even. No number that comes here is infinite or not a number.
INLINED uint16_t bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

DISPATCHED double sextant_pack_bf16(const float *x, const double *shift, double scale, size_t count,
                                    uint16_t *group, size_t lane) {
  double error = 0;
  for (size_t i = 0; i < count; i++) {
    double value = ((double)x[i] - (shift ? shift[i] : 0)) * scale;
    uint16_t rounded = bf16((float)value);
    uint32_t bits = (uint32_t)rounded << 16;
    float back;
    memcpy(&back, &bits, sizeof back);
    group[32 * (i / 2) + 2 * lane + i % 2] = rounded;
    error += (value - back) * (value - back);
  }
  if (count % 2) group[32 * (count / 2) + 2 * lane + 1] = 0;
  return error;
}

INLINED size_t find_bounds(const float *scores, const float *biases, const float *thresholds, float bias,
                           float threshold, size_t start, size_t count, uint32_t *columns, float *bounds) {
  size_t found = 0;
  for (size_t j = start; j < count; j++) {
    float bound = (scores[j] + bias) + biases[j];
    if (bound >= threshold || (thresholds && bound >= thresholds[j])) {
      columns[found] = (uint32_t)j;
      bounds[found++] = bound;
    }
  }
  return found;
}

#if HAS_PATHS
AVX512 static size_t find_bounds_avx512(const float *scores, const float *biases, const float *thresholds, float bias,
                                        float threshold, size_t count, uint32_t *columns, float *bounds) {
  const __m512 own_bias = _mm512_set1_ps(bias), own_threshold = _mm512_set1_ps(threshold);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  size_t found = 0, j = 0;
  for (; j + 16 <= count; j += 16) {
    __m512 bound = _mm512_add_ps(_mm512_add_ps(_mm512_loadu_ps(scores + j), own_bias), _mm512_loadu_ps(biases + j));
    __m512 least = thresholds ? _mm512_min_ps(own_threshold, _mm512_loadu_ps(thresholds + j)) : own_threshold;
    __mmask16 hits = _mm512_cmp_ps_mask(bound, least, _CMP_GE_OQ);
    if (!hits) continue;
    __m512i numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)j));
    // Whole registers in place of a compressing store, which is slow on some processors: room is left below.
    _mm512_storeu_si512(columns + found, _mm512_maskz_compress_epi32(hits, numbers));
    _mm512_storeu_ps(bounds + found, _mm512_maskz_compress_ps(hits, bound));
    found += (size_t)__builtin_popcount(hits);
  }
  return found + find_bounds(scores, biases, thresholds, bias, threshold, j, count, columns + found, bounds + found);
}
#endif

size_t sextant_find_bounds(const float *scores, const float *biases, const float *thresholds, float bias,
                           float threshold, size_t count, uint32_t *columns, float *bounds) {
#if HAS_PATHS
  if (has_avx512()) return find_bounds_avx512(scores, biases, thresholds, bias, threshold, count, columns, bounds);
#endif
  return find_bounds(scores, biases, thresholds, bias, threshold, 0, count, columns, bounds);
}

int sextant_has_bf16(void) { return has_avx512_bf16(); }

#if HAS_PATHS
// Pairs of a pass: three groups of B and eight rows of A stay in a first-level cache of 32 KiB and more.
enum { PASS_PAIRS = 96 };

AVX512_BF16 INLINED void multiply_groups(const uint16_t *a, const uint16_t *b, size_t b_stride, size_t pairs,
                                         const int groups, const int first, float *tile, size_t stride) {
  __m512 sums[8][3];
#pragma clang loop unroll(full)
  for (int r = 0; r < 8; r++)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++)
      sums[r][g] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(tile + (size_t)r * stride + 16 * g);
  for (size_t p = 0; p < pairs; p++) {
    __m512i right[3];
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) right[g] = _mm512_loadu_si512(b + (size_t)g * b_stride + 32 * p);
#pragma clang loop unroll(full)
    for (int r = 0; r < 8; r++) {
      int pair;
      memcpy(&pair, a + 32 * p + 2 * r, sizeof pair);
      __m512i left = _mm512_set1_epi32(pair);
#pragma clang loop unroll(full)
      for (int g = 0; g < groups; g++)
        sums[r][g] = _mm512_dpbf16_ps(sums[r][g], (__m512bh)left, (__m512bh)right[g]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < 8; r++)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) _mm512_storeu_ps(tile + (size_t)r * stride + 16 * g, sums[r][g]);
}

AVX512_BF16 static void multiply_rows(const uint16_t *a, const uint16_t *b, size_t b_stride, size_t pairs,
                                      size_t groups, int first, float *tile, size_t stride) {
#define GROUPS(n) \
  first ? multiply_groups(a, b, b_stride, pairs, n, 1, tile, stride) \
        : multiply_groups(a, b, b_stride, pairs, n, 0, tile, stride)
  if (groups == 3) GROUPS(3);
  else if (groups == 2) GROUPS(2);
  else GROUPS(1);
#undef GROUPS
}

void sextant_bf16_tile(const uint16_t *a, size_t a_groups, const uint16_t *b, size_t b_groups, size_t pairs,
                       float *tile) {
  const size_t stride = 16 * b_groups, size = 32 * pairs;
  for (size_t start = 0; start < pairs; start += PASS_PAIRS) {
    const size_t pass = pairs - start < PASS_PAIRS ? pairs - start : PASS_PAIRS;
    for (size_t j = 0; j < b_groups; j += 3) {
      const size_t groups = b_groups - j < 3 ? b_groups - j : 3;
      for (size_t i = 0; i < 2 * a_groups; i++)
        multiply_rows(a + (i / 2) * size + 32 * start + 16 * (i % 2), b + j * size + 32 * start, size, pass, groups,
                      start == 0, tile + 8 * i * stride + 16 * j, stride);
    }
  }
}
#else
void sextant_bf16_tile(const uint16_t *a, size_t a_groups, const uint16_t *b, size_t b_groups, size_t pairs,
                       float *tile) {
  (void)a, (void)b, (void)pairs;
  memset(tile, 0, 256 * a_groups * b_groups * sizeof *tile);
}
#endif
