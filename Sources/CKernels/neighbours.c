#include "neighbours.h"
#include "block_vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>
// Without the width, vectors of 512 bits are split and sixteen sums do not fit into the registers.
#define WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define MIDDLE __attribute__((target("arch=x86-64-v3")))
#define BF16 __attribute__((target("arch=x86-64-v4,avx512bf16")))
#endif

// The sums of 2 n vectors' halves, side by side in n vectors; done four times, sixteen vectors become one of their sums.
// Each sum is added half to half, as `lane_sum` does.
INLINED float lane_sum(const f32x16 *v) {
  float lanes[16];
  memcpy(lanes, v, sizeof lanes);
#pragma clang loop unroll(full)
  for (int width = 8; width > 0; width /= 2)
#pragma clang loop unroll(full)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

#define FOLD(x, y, ...) (__builtin_shufflevector(x, y, __VA_ARGS__))

// Sixteen vectors to the vector of their sums.
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

INLINED size_t hit(float score, size_t row, size_t column, const struct sextant_limits *limits, size_t count,
                   struct sextant_hit *hits) {
  score = score - limits->half_a[row] - limits->half_b[column];
  hits[count] = (struct sextant_hit){(uint16_t)row, (uint16_t)column, score};
  return count + (score >= limits->limit_a[row] || score >= limits->limit_b[column]);
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

INLINED size_t tile_4x4(const float *a, const float *b, size_t stride, size_t row, size_t column,
                        const struct sextant_limits *limits, size_t count, struct sextant_hit *hits) {
  TILE(4, 4)
  f32x16 all;
  lane_sums(sums, &all);
  float scores[16];
  STORE(scores, all);
  // Hits are rare: look first, write then.
  float limit_a[16], limit_b[16], half[16];
  i32x16 reached = {};
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    limit_a[i] = limits->limit_a[row + i / 4];
    limit_b[i] = limits->limit_b[column + i % 4];
    half[i] = limits->half_a[row + i / 4];
  }
  f32x16 score = all - LOAD(f32x16, half);
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) half[i] = limits->half_b[column + i % 4];
  score = score - LOAD(f32x16, half);
  reached = (score >= LOAD(f32x16, limit_a)) | (score >= LOAD(f32x16, limit_b));
  if (__builtin_reduce_or(reached) == 0) return count;
  for (int i = 0; i < 16; i++) count = hit(scores[i], row + i / 4, column + i % 4, limits, count, hits);
  return count;
}

INLINED size_t tile_3x2(const float *a, const float *b, size_t stride, size_t row, size_t column,
                        const struct sextant_limits *limits, size_t count, struct sextant_hit *hits) {
  TILE(3, 2)
  for (int i = 0; i < 6; i++) count = hit(lane_sum(&sums[i]), row + i / 2, column + i % 2, limits, count, hits);
  return count;
}

INLINED size_t tile_1x1(const float *a, const float *b, size_t stride, size_t row, size_t column,
                        const struct sextant_limits *limits, size_t count, struct sextant_hit *hits) {
  TILE(1, 1)
  return hit(lane_sum(&sums[0]), row, column, limits, count, hits);
}

// b's rows are taken few at a time and stay in the first-level cache while all of a passes by.
#define ALL_TILES(ROWS, COLUMNS, TILE_FUNCTION)                                                                    \
  size_t count = 0, column = 0;                                                                                    \
  for (; column + COLUMNS <= rows_b; column += COLUMNS) {                                                          \
    size_t row = 0;                                                                                                \
    for (; row + ROWS <= rows_a; row += ROWS)                                                                      \
      count = TILE_FUNCTION(a + row * stride, b + column * stride, stride, row, column, limits, count, hits);      \
    for (; row < rows_a; row++)                                                                                    \
      for (size_t c = column; c < column + COLUMNS; c++)                                                           \
        count = tile_1x1(a + row * stride, b + c * stride, stride, row, c, limits, count, hits);                   \
  }                                                                                                                \
  for (; column < rows_b; column++)                                                                                \
    for (size_t row = 0; row < rows_a; row++)                                                                      \
      count = tile_1x1(a + row * stride, b + column * stride, stride, row, column, limits, count, hits);           \
  return count;

INLINED void scores_of(const float *query, const float *base, size_t columns, const float *scale, const int32_t *row,
                       size_t count, float *out) {
  size_t whole = columns / 16 * 16, rest = columns - whole;
  for (size_t i = 0; i < count; i++) {
    // Rows lie far apart: ask for one of the next ones now.
    if (i + 4 < count)
      for (size_t k = 0; k < columns; k += 16) __builtin_prefetch(base + (size_t)row[i + 4] * columns + k);
    const float *x = base + (size_t)row[i] * columns;
    f32x16 factor = (f32x16){} + scale[row[i]], sum = {};
    for (size_t k = 0; k < whole; k += 16) sum += LOAD(f32x16, query + k) * (LOAD(f32x16, x + k) * factor);
    if (rest) {
      f32x16 q = {}, y = {};
      memcpy(&q, query + whole, rest * sizeof(float));
      memcpy(&y, x + whole, rest * sizeof(float));
      sum += q * (y * factor);
    }
    out[i] = lane_sum(&sum);
  }
}

static size_t hits_plain(const float *a, size_t rows_a, const float *b, size_t rows_b, size_t stride,
                         const struct sextant_limits *limits, struct sextant_hit *hits) {
  ALL_TILES(3, 2, tile_3x2)
}

static void scores_plain(const float *query, const float *base, size_t columns, const float *scale, const int32_t *row,
                         size_t count, float *out) {
  scores_of(query, base, columns, scale, row, count, out);
}

#if defined(__x86_64__)
WIDE static size_t hits_wide(const float *a, size_t rows_a, const float *b, size_t rows_b, size_t stride,
                             const struct sextant_limits *limits, struct sextant_hit *hits) {
  ALL_TILES(4, 4, tile_4x4)
}

MIDDLE static size_t hits_middle(const float *a, size_t rows_a, const float *b, size_t rows_b, size_t stride,
                                 const struct sextant_limits *limits, struct sextant_hit *hits) {
  ALL_TILES(3, 2, tile_3x2)
}

WIDE static void scores_wide(const float *query, const float *base, size_t columns, const float *scale,
                             const int32_t *row, size_t count, float *out) {
  scores_of(query, base, columns, scale, row, count, out);
}

MIDDLE static void scores_middle(const float *query, const float *base, size_t columns, const float *scale,
                                 const int32_t *row, size_t count, float *out) {
  scores_of(query, base, columns, scale, row, count, out);
}

static int is_wide(void) { return __builtin_cpu_supports("x86-64-v4"); }
static int is_middle(void) { return __builtin_cpu_supports("x86-64-v3"); }
#endif

size_t sextant_hits(const float *a, size_t rows_a, const float *b, size_t rows_b, size_t stride,
                    const struct sextant_limits *limits, struct sextant_hit *hits) {
#if defined(__x86_64__)
  if (is_wide()) return hits_wide(a, rows_a, b, rows_b, stride, limits, hits);
  if (is_middle()) return hits_middle(a, rows_a, b, rows_b, stride, limits, hits);
#endif
  return hits_plain(a, rows_a, b, rows_b, stride, limits, hits);
}

void sextant_scores(const float *query, const float *base, size_t columns, const float *scale, const int32_t *row,
                    size_t count, float *out) {
#if defined(__x86_64__)
  if (is_wide()) return scores_wide(query, base, columns, scale, row, count, out);
  if (is_middle()) return scores_middle(query, base, columns, scale, row, count, out);
#endif
  scores_plain(query, base, columns, scale, row, count, out);
}

static uint16_t rounded_to_bf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

double sextant_pack_bf16(const float *x, const float *shift, float scale, size_t columns, uint32_t *words, size_t lane,
                         double *length) {
  double cut = 0, all = 0;
  for (size_t k = 0; k < columns; k++) {
    float value = (shift ? x[k] - shift[k] : x[k]) * scale, kept;
    uint16_t half = rounded_to_bf16(value);
    uint32_t bits = (uint32_t)half << 16;
    memcpy(&kept, &bits, 4);
    cut += ((double)value - kept) * ((double)value - kept);
    all += (double)value * value;
    uint32_t *word = words + k / 2 * 16 + lane;
    *word = k % 2 ? *word | (uint32_t)half << 16 : half;
  }
  *length = all;
  return cut;
}

#if defined(__x86_64__)
int sextant_multiplies_bf16(void) { return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512bf16"); }

// Eight rows of a against `vectors` groups of sixteen rows of b.
#define BF16_TILE(VECTORS)                                                                                             \
  BF16 static inline size_t bf16_tile_##VECTORS(const uint32_t *a, const uint32_t *b, size_t pairs, size_t row,        \
                                                size_t column, const struct sextant_limits *limits, size_t count,      \
                                                struct sextant_hit *hits) {                                            \
    __m512 sums[8][VECTORS];                                                                                           \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < 8; r++)                                                     \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) sums[r][v] = _mm512_setzero_ps();         \
    for (size_t k = 0; k < pairs; k++) {                                                                               \
      __m512bh y[VECTORS];                                                                                             \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                                             \
          y[v] = (__m512bh)_mm512_loadu_si512(b + (v * pairs + k) * 16);                                               \
      _Pragma("clang loop unroll(full)") for (int r = 0; r < 8; r++) {                                                 \
        __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[k * 16 + r]);                                                  \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                                           \
            sums[r][v] = _mm512_dpbf16_ps(sums[r][v], x, y[v]);                                                        \
      }                                                                                                                \
    }                                                                                                                  \
    for (int r = 0; r < 8; r++)                                                                                        \
      for (int v = 0; v < VECTORS; v++) {                                                                              \
        size_t first = column + v * 16;                                                                                \
        __m512 score = _mm512_sub_ps(_mm512_sub_ps(sums[r][v], _mm512_set1_ps(limits->half_a[row + r])),               \
                                     _mm512_loadu_ps(limits->half_b + first));                                         \
        __m512 limit = _mm512_min_ps(_mm512_set1_ps(limits->limit_a[row + r]), _mm512_loadu_ps(limits->limit_b + first)); \
        uint32_t reached = _mm512_cmp_ps_mask(score, limit, _CMP_GE_OQ);                                               \
        if (reached == 0) continue;                                                                                    \
        float scores[16];                                                                                              \
        _mm512_storeu_ps(scores, score);                                                                               \
        for (; reached; reached &= reached - 1) {                                                                      \
          int lane = __builtin_ctz(reached);                                                                           \
          hits[count++] = (struct sextant_hit){(uint16_t)(row + r), (uint16_t)(first + lane), scores[lane]};           \
        }                                                                                                              \
      }                                                                                                                \
    return count;                                                                                                      \
  }

BF16_TILE(1)
BF16_TILE(2)
BF16_TILE(3)

#define BF16_ROWS(VECTORS)                                                                                             \
  for (size_t half = 0; half < 2 * groups_a; half++)                                                                   \
    count = bf16_tile_##VECTORS(a + half / 2 * pairs * 16 + half % 2 * 8, b + group * pairs * 16, pairs, half * 8,     \
                                group * 16, limits, count, hits);

BF16 size_t sextant_bf16_hits(const uint32_t *a, size_t groups_a, const uint32_t *b, size_t groups_b, size_t pairs,
                              const struct sextant_limits *limits, struct sextant_hit *hits) {
  size_t count = 0, group = 0;
  for (; group + 3 <= groups_b; group += 3) { BF16_ROWS(3) }
  if (groups_b - group == 2) { BF16_ROWS(2) }
  if (groups_b - group == 1) { BF16_ROWS(1) }
  return count;
}
#else
int sextant_multiplies_bf16(void) { return 0; }

size_t sextant_bf16_hits(const uint32_t *a, size_t groups_a, const uint32_t *b, size_t groups_b, size_t pairs,
                         const struct sextant_limits *limits, struct sextant_hit *hits) {
  (void)a, (void)groups_a, (void)b, (void)groups_b, (void)pairs, (void)limits, (void)hits;
  return 0;
}
#endif
