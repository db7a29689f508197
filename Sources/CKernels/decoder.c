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

// Attention on keys and values in T, which are numbers of the C type N. Everything is computed in f32.
#define ATTENTION(T, N)                                                                                       \
  INLINED void prefetch_##T(const N *row, size_t count) {                                                     \
    for (size_t i = 0; i < count; i += 64 / sizeof(N)) __builtin_prefetch(row + i);                           \
  }                                                                                                           \
                                                                                                              \
  INLINED float inner_##T(const float *x, const N *y, size_t count) {                                         \
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
    even += odd;                                                                                              \
    return lane_sum(&even);                                                                                   \
  }                                                                                                           \
                                                                                                              \
  /* y = sum_j weights[j] values_j for up to 64 coordinates, which stay in registers. */                      \
  INLINED void weighted_sum_##T(const float *weights, const N *values, size_t stride, size_t count,           \
                                size_t width, float *y) {                                                     \
    f32x16 sums[4] = {}, part;                                                                                \
    if (width == 64) {                                                                                        \
      for (size_t j = 0; j < count; j++) {                                                                    \
        if (j + AHEAD < count) prefetch_##T(values + (j + AHEAD) * stride, 64);                               \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) {                                      \
          part_##T(values + j * stride, 16 * v, 64, &part);                                                   \
          sums[v] += weights[j] * part;                                                                       \
        }                                                                                                     \
      }                                                                                                       \
    } else {                                                                                                  \
      for (size_t j = 0; j < count; j++)                                                                      \
        for (size_t v = 0; 16 * v < width; v++) {                                                             \
          part_##T(values + j * stride, 16 * v, width, &part);                                                \
          sums[v] += weights[j] * part;                                                                       \
        }                                                                                                     \
    }                                                                                                         \
    memcpy(y, sums, width * sizeof(float));                                                                   \
  }                                                                                                           \
                                                                                                              \
  DISPATCHED void sextant_attend_##T(const float *query, const N *keys, const N *values, size_t stride,       \
                                     size_t count, size_t dimension, float scale, float *weights, float *y) { \
    float largest = -INFINITY;                                                                                \
    /* Zero, or NaN if any score is not finite: the exponential would hide it. */                             \
    float poison = 0;                                                                                         \
    for (size_t j = 0; j < count; j++) {                                                                      \
      if (j + AHEAD < count) prefetch_##T(keys + (j + AHEAD) * stride, dimension);                            \
      weights[j] = scale * inner_##T(query, keys + j * stride, dimension);                                    \
      if (weights[j] > largest) largest = weights[j];                                                         \
      poison += weights[j] - weights[j];                                                                      \
    }                                                                                                         \
    exponentials(weights, count, largest, poison);                                                            \
    for (size_t start = 0; start < dimension; start += 64) {                                                  \
      size_t width = dimension - start < 64 ? dimension - start : 64;                                         \
      if (width == 64)                                                                                        \
        weighted_sum_##T(weights, values + start, stride, count, 64, y + start);                              \
      else                                                                                                    \
        weighted_sum_##T(weights, values + start, stride, count, width, y + start);                           \
    }                                                                                                         \
  }

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
