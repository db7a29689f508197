#include "attention.h"
#include "elementary.h"
#include "row_tiles.h"
#include "tiles.h"
#include <math.h>

// Keys and values of a token lie hundreds of numbers apart, so that the processor does not fetch the next ones by itself.
// So many tokens ahead, a line of 64 bytes at a time.
enum { AHEAD = 12 };

// Numbers of a row from `at` on, as f32: sixteen, or as many as there are.

INLINED void part_f32(const float *row, size_t at, size_t count, f32x16 *values) {
  load_part(row + at, count - at, values);
}

INLINED void part_f16(const uint16_t *row, size_t at, size_t count, f32x16 *values) {
  u16x16 bits = {};
  memcpy(&bits, row + at, (count - at < 16 ? count - at : 16) * sizeof(uint16_t));
  widen_f16(&bits, values);
}

INLINED void part_bf16(const uint16_t *row, size_t at, size_t count, f32x16 *values) {
  u16x16 bits = {};
  memcpy(&bits, row + at, (count - at < 16 ? count - at : 16) * sizeof(uint16_t));
  widen_bf16(&bits, values);
}

// The softmax of scaled scores, in place; all NaN if one of them is not finite: the exponential would hide it.
INLINED void weigh(float *scores, size_t count, float scale) {
  f32x16 most = (f32x16){} - INFINITY, wrong = {}, part;
  for (size_t j = 0; j < count; j += 16) {
    const size_t rest = count - j;
    load_part(scores + j, rest, &part);
    part *= scale;
    store_part(scores + j, rest, &part);
    wrong += part - part;
    // Past the end there is none, not a score of zero.
    if (rest < 16) part = (f32x16){} - INFINITY, memcpy(&part, scores + j, rest * sizeof(float));
    most = __builtin_elementwise_max(most, part);
  }
  float largest = most[0];
  for (int i = 1; i < 16; i++) largest = most[i] > largest ? most[i] : largest;
  exponentials(scores, count, largest, lane_sum(&wrong));
}

// Keys whose scores are added up across lanes together, and queries that read values together.
enum { KEYS = 16, QUERIES = 3 };

// Attention of some queries on the same keys and values in T, which are numbers of the C type N. Everything is computed in f32, for each
// query as if it were alone.
#define ATTENTION(T, N)                                                                                       \
  INLINED void prefetch_##T(const N *row, size_t count) {                                                     \
    for (size_t i = 0; i < count; i += 64 / sizeof(N)) __builtin_prefetch(row + i);                           \
  }                                                                                                           \
                                                                                                              \
  /* <x, y> in sixteen lanes. */                                                                              \
  INLINED void lanes_##T(const float *x, const N *y, size_t count, f32x16 *lanes) {                           \
    f32x16 even = {}, odd = {}, a, b;                                                                         \
    size_t i = 0;                                                                                             \
    for (; i + 32 <= count; i += 32) {                                                                        \
      part_##T(y, i, i + 16, &a);                                                                             \
      part_##T(y, i + 16, i + 32, &b);                                                                        \
      even += LOAD(f32x16, x + i) * a;                                                                        \
      odd += LOAD(f32x16, x + i + 16) * b;                                                                    \
    }                                                                                                         \
    for (; i < count; i += 16) {                                                                              \
      load_part(x + i, count - i, &a);                                                                        \
      part_##T(y, i, count, &b);                                                                              \
      even += a * b;                                                                                          \
    }                                                                                                         \
    *lanes = even + odd;                                                                                      \
  }                                                                                                           \
                                                                                                              \
  /* Products of a query with up to sixteen keys. */                                                          \
  INLINED void scores_##T(const float *query, const N *keys, size_t stride, size_t count, size_t dimension,   \
                          float *scores) {                                                                    \
    f32x16 lanes[KEYS], sums;                                                                                 \
    for (size_t j = 0; j < count; j++) lanes_##T(query, keys + j * stride, dimension, lanes + j);             \
    for (size_t j = count; j < KEYS; j++) lanes[j] = (f32x16){};                                              \
    lane_sums(lanes, &sums);                                                                                  \
    store_part(scores, count, &sums);                                                                         \
  }                                                                                                           \
                                                                                                              \
  /* y_q = sum_j weights_qj values_j of so many parts of sixteen coordinates, which stay in registers. */     \
  INLINED void weighted_sums_##T(const float *weights, const N *values, size_t stride, size_t count,          \
                                 const int queries, const int parts, size_t width, size_t dimension, float *y) { \
    f32x16 sums[QUERIES][4] = {}, part;                                                                       \
    for (size_t j = 0; j < count; j++) {                                                                      \
      if (j + AHEAD < count) prefetch_##T(values + (j + AHEAD) * stride, width);                              \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < parts; v++) {                                    \
        part_##T(values + j * stride, 16 * (size_t)v, width, &part);                                          \
        _Pragma("clang loop unroll(full)") for (int q = 0; q < queries; q++)                                  \
            sums[q][v] += weights[(size_t)q * count + j] * part;                                              \
      }                                                                                                       \
    }                                                                                                         \
    _Pragma("clang loop unroll(full)") for (int q = 0; q < queries; q++)                                      \
        memcpy(y + (size_t)q * dimension, sums[q], width * sizeof(float));                                    \
  }                                                                                                           \
                                                                                                              \
  INLINED void outputs_##T(const int most_parts, const int queries, const float *weights, const N *values,    \
                           size_t stride, size_t count, size_t dimension, float *y) {                         \
    size_t at = 0;                                                                                            \
    for (; at + 16 * (size_t)most_parts <= dimension; at += 16 * (size_t)most_parts)                          \
      weighted_sums_##T(weights, values + at, stride, count, queries, most_parts, 16 * (size_t)most_parts,    \
                        dimension, y + at);                                                                   \
    for (; at < dimension; at += 16)                                                                          \
      weighted_sums_##T(weights, values + at, stride, count, queries, 1,                                      \
                        dimension - at < 16 ? dimension - at : 16, dimension, y + at);                        \
  }                                                                                                           \
                                                                                                              \
  INLINED void attend_##T(const int has_wide, const float *query, size_t queries, const N *keys, const N *values, \
                          size_t stride, size_t count, size_t dimension, float scale, float *weights,         \
                          float *y) {                                                                         \
    for (size_t j = 0; j < count; j += KEYS) {                                                                \
      const size_t part = count - j < KEYS ? count - j : KEYS;                                                \
      for (size_t next = j + KEYS; next < j + 2 * KEYS && next < count; next++)                               \
        prefetch_##T(keys + next * stride, dimension);                                                        \
      for (size_t q = 0; q < queries; q++) {                                                                  \
        const float *own = query + q * dimension;                                                             \
        float *scores = weights + q * count + j;                                                              \
        if (dimension == 64) scores_##T(own, keys + j * stride, stride, part, 64, scores);                    \
        else scores_##T(own, keys + j * stride, stride, part, dimension, scores);                             \
      }                                                                                                       \
    }                                                                                                         \
    for (size_t q = 0; q < queries; q++) weigh(weights + q * count, count, scale);                            \
    for (size_t q = 0; q < queries;) {                                                                        \
      const size_t left = queries - q;                                                                        \
      const float *own = weights + q * count;                                                                 \
      float *to = y + q * dimension;                                                                          \
      /* Two and two rather than three and one. */                                                            \
      if (left >= 3 && left != 4) outputs_##T(has_wide ? 4 : 2, 3, own, values, stride, count, dimension, to), q += 3; \
      else if (left >= 2) outputs_##T(has_wide ? 4 : 2, 2, own, values, stride, count, dimension, to), q += 2; \
      else outputs_##T(4, 1, own, values, stride, count, dimension, to), q += 1;                              \
    }                                                                                                         \
  }                                                                                                           \
                                                                                                              \
  VARIANTS(sextant_attend_##T,                                                                                \
           (const float *query, size_t queries, const N *keys, const N *values, size_t stride, size_t count,  \
            size_t dimension, float scale, float *weights, float *y),                                         \
           (query, queries, keys, values, stride, count, dimension, scale, weights, y),                       \
           attend_##T(wide, query, queries, keys, values, stride, count, dimension, scale, weights, y))

ATTENTION(f32, float)
ATTENTION(f16, uint16_t)
ATTENTION(bf16, uint16_t)

#if HAS_PATHS
AVX2 INLINED void add_value(const f32x16 *value, float weight, float *y) { STORE(y, LOAD(f32x16, y) + weight * *value); }

// Consecutive queries of heads that share keys: sixteen keys, or coordinates of values, side by side are multiplied with all of them.
#define ATTENTION_OF_ROWS(T, N, TYPE)                                                                         \
  /* y += the weighted values of some keys, which not all rows see. */                                        \
  AVX2 static void add_values_##T(const N *values, size_t stride, size_t count, size_t dimension,             \
                                  const float *weights, float *y) {                                           \
    f32x16 part;                                                                                              \
    for (size_t j = 0; j < count; j++)                                                                        \
      for (size_t c = 0; c < dimension; c += 16) {                                                            \
        part_##T(values + j * stride, c, dimension, &part);                                                   \
        add_value(&part, weights[j], y + c);                                                                  \
      }                                                                                                       \
  }                                                                                                           \
                                                                                                              \
  AVX2 static void attend_rows_##T(const float *queries, size_t query_stride, size_t rows, size_t heads,      \
                                   const N *keys, const N *values, size_t stride, size_t count, size_t window, \
                                   size_t dimension, float scale, float *weights, float *y, size_t y_stride) { \
    float widened[HEIGHT][STRIP], panel[STRIP * HEIGHT] __attribute__((aligned(64)));                         \
    const float *strips[HEIGHT];                                                                              \
    const size_t room = up(count, HEIGHT), before = count - rows;                                             \
    for (size_t j = 0; j < count; j += HEIGHT) {                                                              \
      strips_of_rows(TYPE, (const uint8_t *)(keys + j * stride), stride * sizeof(N), count - j, 0, dimension, HEIGHT, \
                     widened[0], STRIP, 1, strips);                                                           \
      pack(strips, dimension, panel);                                                                         \
      /* The rows before it do not see the first of these keys. */                                            \
      const size_t first = j > before ? j - before : 0;                                                       \
      for (size_t h = 0; h < heads; h++) {                                                                    \
        float *scores = weights + (h * rows + first) * room + j;                                              \
        for (size_t r = 0; r < rows - first; r++) memset(scores + r * room, 0, HEIGHT * sizeof(float));       \
        add_tiles(panel, dimension, queries + first * query_stride + h * dimension, query_stride, rows - first, \
                  scores, room);                                                                              \
      }                                                                                                       \
    }                                                                                                         \
    /* Keys that all rows see; before and behind them each row adds its own. */                               \
    const size_t from = count > window ? count - window : 0, to = before + 1 > from ? before + 1 : from;      \
    for (size_t h = 0; h < heads; h++)                                                                        \
      for (size_t r = 0; r < rows; r++) {                                                                     \
        const size_t end = before + r + 1, start = end > window ? end - window : 0;                           \
        float *own = weights + (h * rows + r) * room, *to_row = y + r * y_stride + h * dimension;             \
        weigh(own + start, end - start, scale);                                                               \
        memset(to_row, 0, dimension * sizeof(float));                                                         \
        add_values_##T(values + start * stride, stride, (end < from ? end : from) - start, dimension, own + start, \
                       to_row);                                                                               \
      }                                                                                                       \
    for (size_t j = from; j < to; j += STRIP) {                                                               \
      const size_t part = to - j < STRIP ? to - j : STRIP;                                                    \
      for (size_t c = 0; c < dimension; c += HEIGHT) {                                                        \
        for (size_t i = 0; i < part; i++) {                                                                   \
          f32x16 numbers;                                                                                     \
          part_##T(values + (j + i) * stride, c, dimension, &numbers);                                        \
          STORE(panel + i * HEIGHT, numbers);                                                                 \
        }                                                                                                     \
        for (size_t h = 0; h < heads; h++)                                                                    \
          add_tiles(panel, part, weights + h * rows * room + j, room, rows, y + h * dimension + c, y_stride); \
      }                                                                                                       \
    }                                                                                                         \
    for (size_t h = 0; h < heads; h++)                                                                        \
      for (size_t r = 0; r < rows; r++) {                                                                     \
        const size_t end = before + r + 1;                                                                    \
        if (end > to)                                                                                         \
          add_values_##T(values + to * stride, stride, end - to, dimension, weights + (h * rows + r) * room + to, \
                         y + r * y_stride + h * dimension);                                                   \
      }                                                                                                       \
  }

#define TILES_OF_ROWS(T) \
  if (has_avx2() && dimension % HEIGHT == 0 && dimension <= STRIP) \
    return attend_rows_##T(queries, query_stride, rows, heads, keys, values, stride, count, window, dimension, scale, weights, y, y_stride);
#else
#define ATTENTION_OF_ROWS(T, N, TYPE)
#define TILES_OF_ROWS(T)
#endif

#define ROWS(T, N, TYPE)                                                                                      \
  ATTENTION_OF_ROWS(T, N, TYPE)                                                                               \
  void sextant_attend_rows_##T(const float *queries, size_t query_stride, size_t rows, size_t heads,          \
                               const N *keys, const N *values, size_t stride, size_t count, size_t window,    \
                               size_t dimension, float scale, float *weights, float *y, size_t y_stride) {    \
    TILES_OF_ROWS(T)                                                                                          \
    for (size_t r = 0; r < rows; r++)                                                                         \
      for (size_t h = 0; h < heads; h++) {                                                                    \
        const size_t end = count - rows + r + 1, start = end > window ? end - window : 0;                     \
        sextant_attend_##T(queries + r * query_stride + h * dimension, 1, keys + start * stride,              \
                           values + start * stride, stride, end - start, dimension, scale, weights,           \
                           y + r * y_stride + h * dimension);                                                 \
      }                                                                                                       \
  }

ROWS(f32, float, F32)
ROWS(f16, uint16_t, F16)
ROWS(bf16, uint16_t, BF16)
