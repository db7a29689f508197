#include "decoder.h"
#include "elementary.h"
#include <math.h>

DISPATCHED void sextant_rms_norm(const float *x, const float *weight, float epsilon, size_t count, float *y) {
  float scale = 1.0f / sqrtf(inner(x, x, count) / (float)count + epsilon);
  for (size_t i = 0; i < count; i++) y[i] = x[i] * scale * weight[i];
}

DISPATCHED void sextant_silu_gate(const float *gate, const float *up, size_t count, float *y) {
  for (size_t i = 0; i < count; i += 16) {
    f32x16 g, u, divisor;
    load_part(gate + i, count - i, &g);
    load_part(up + i, count - i, &u);
    silu_divisor(&g, &divisor);
    g = g / divisor * u;
    store_part(y + i, count - i, &g);
  }
}

DISPATCHED void sextant_gelu_gate(const float *gate, const float *up, size_t count, float *y) {
  for (size_t i = 0; i < count; i += 16) {
    f32x16 g, u, divisor;
    load_part(gate + i, count - i, &g);
    load_part(up + i, count - i, &u);
    gelu_divisor(&g, &divisor);
    g = g / divisor * u;
    store_part(y + i, count - i, &g);
  }
}

DISPATCHED void sextant_gelu_erf_gate(const float *gate, const float *up, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = 0.5f * gate[i] * erfcf(-0.70710678f * gate[i]) * up[i];
}

DISPATCHED void sextant_relu_gate(const float *gate, const float *up, size_t count, float *y) {
  // What is not a number stays so.
  for (size_t i = 0; i < count; i++) y[i] = (gate[i] < 0 ? 0 : gate[i]) * up[i];
}

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

// exp(x - largest) over its sum, in place; plus `poison`.
INLINED void exponentials(float *x, size_t count, float largest, float poison) {
  f32x16 total = {}, e;
  for (size_t j = 0; j < count; j += 16) {
    exponential_part(x + j, count - j, largest, &e);
    store_part(x + j, count - j, &e);
  }
  for (size_t j = 0; j < count; j += 16) {
    load_part(x + j, count - j, &e);
    total += e;
  }
  float inverse = 1.0f / lane_sum(&total) + poison;
  for (size_t j = 0; j < count; j++) x[j] *= inverse;
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
    for (size_t q = 0; q < queries; q++) {                                                                    \
      float *own = weights + q * count, largest = -INFINITY;                                                  \
      /* Zero, or NaN if any score is not finite: the exponential would hide it. */                           \
      float poison = 0;                                                                                       \
      for (size_t j = 0; j < count; j++) {                                                                    \
        own[j] *= scale;                                                                                      \
        if (own[j] > largest) largest = own[j];                                                               \
        poison += own[j] - own[j];                                                                            \
      }                                                                                                       \
      exponentials(own, count, largest, poison);                                                              \
    }                                                                                                         \
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

DISPATCHED double sextant_log_sum_exp(const float *x, size_t count) {
  float largest = -INFINITY;
  for (size_t i = 0; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  double sum = 0;
  for (size_t start = 0; start < count; start += 4096) {
    size_t end = count - start < 4096 ? count : start + 4096;
    f32x16 total = {};
    for (size_t i = start; i < end; i += 16) {
      f32x16 e;
      exponential_part(x + i, end - i, largest, &e);
      total += e;
    }
    sum += lane_sum(&total);
  }
  return (double)largest + log(sum);
}
