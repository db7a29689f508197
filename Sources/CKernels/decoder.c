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
