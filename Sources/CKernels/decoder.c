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

INLINED void prefetch(const float *row, size_t count) {
  for (size_t i = 0; i < count; i += 16) __builtin_prefetch(row + i);
}

// y = sum_j weights[j] values_j for up to 64 coordinates, which stay in registers.
INLINED void weighted_sum(const float *weights, const float *values, size_t stride, size_t count, size_t width,
                          float *y) {
  f32x16 sums[4] = {};
  if (width == 64) {
    for (size_t j = 0; j < count; j++) {
      if (j + AHEAD < count) prefetch(values + (j + AHEAD) * stride, 64);
#pragma clang loop unroll(full)
      for (int v = 0; v < 4; v++) sums[v] += weights[j] * LOAD(f32x16, values + j * stride + 16 * v);
    }
  } else {
    for (size_t j = 0; j < count; j++)
      for (size_t v = 0; 16 * v < width; v++) {
        f32x16 part;
        load_part(values + j * stride + 16 * v, width - 16 * v, &part);
        sums[v] += weights[j] * part;
      }
  }
  memcpy(y, sums, width * sizeof(float));
}

DISPATCHED void sextant_attend(const float *query, const float *keys, const float *values, size_t stride,
                               size_t count, size_t dimension, float scale, float *weights, float *y) {
  float largest = -INFINITY;
  // Zero, or NaN if any score is not finite: the exponential below would hide it.
  float poison = 0;
  for (size_t j = 0; j < count; j++) {
    if (j + AHEAD < count) prefetch(keys + (j + AHEAD) * stride, dimension);
    weights[j] = scale * inner(query, keys + j * stride, dimension);
    if (weights[j] > largest) largest = weights[j];
    poison += weights[j] - weights[j];
  }
  f32x16 total = {};
  for (size_t j = 0; j < count; j += 16) {
    f32x16 e;
    exponential_part(weights + j, count - j, largest, &e);
    store_part(weights + j, count - j, &e);
  }
  for (size_t j = 0; j < count; j += 16) {
    f32x16 e;
    load_part(weights + j, count - j, &e);
    total += e;
  }
  float inverse = 1.0f / lane_sum(&total) + poison;
  for (size_t j = 0; j < count; j++) weights[j] *= inverse;
  for (size_t start = 0; start < dimension; start += 64) {
    size_t width = dimension - start < 64 ? dimension - start : 64;
    if (width == 64)
      weighted_sum(weights, values + start, stride, count, 64, y + start);
    else
      weighted_sum(weights, values + start, stride, count, width, y + start);
  }
}

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
