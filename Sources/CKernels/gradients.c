#include "gradients.h"
#include "elementary.h"
#include <math.h>

DISPATCHED void sextant_rms_norm_pullback(const float *x, const float *weight, float epsilon, size_t count, float *d) {
  float square = inner(x, x, count) / (float)count + epsilon;
  f32x16 sums = {}, a, b, c;
  for (size_t i = 0; i < count; i += 16) {
    load_part(x + i, count - i, &a);
    load_part(weight + i, count - i, &b);
    load_part(d + i, count - i, &c);
    sums += a * (b * c);
  }
  float along = lane_sum(&sums) / ((float)count * square), scale = 1.0f / sqrtf(square);
  for (size_t i = 0; i < count; i++) d[i] = (weight[i] * d[i] - x[i] * along) * scale;
}

DISPATCHED void sextant_rms_norm_tangent(const float *x, const float *weight, float epsilon, size_t count, float *d) {
  float square = inner(x, x, count) / (float)count + epsilon;
  float along = inner(x, d, count) / ((float)count * square), scale = 1.0f / sqrtf(square);
  for (size_t i = 0; i < count; i++) d[i] = weight[i] * (d[i] - x[i] * along) * scale;
}

DISPATCHED void sextant_silu_slopes(const float *gate, const float *up, size_t count, float *by_gate, float *by_up) {
  for (size_t i = 0; i < count; i += 16) {
    f32x16 g, u, divisor;
    load_part(gate + i, count - i, &g);
    load_part(up + i, count - i, &u);
    silu_divisor(&g, &divisor);
    f32x16 s = 1.0f / divisor, value = g * s;
    u *= s + value * (1.0f - s);
    store_part(by_gate + i, count - i, &u);
    store_part(by_up + i, count - i, &value);
  }
}

DISPATCHED void sextant_gelu_slopes(const float *gate, const float *up, size_t count, float *by_gate, float *by_up) {
  for (size_t i = 0; i < count; i += 16) {
    f32x16 g, u, divisor;
    load_part(gate + i, count - i, &g);
    load_part(up + i, count - i, &u);
    gelu_divisor(&g, &divisor);
    f32x16 s = 1.0f / divisor, value = g * s;
    u *= s + value * (1.0f - s) * 1.5957691216f * (1.0f + 0.134145f * g * g);
    store_part(by_gate + i, count - i, &u);
    store_part(by_up + i, count - i, &value);
  }
}

DISPATCHED void sextant_gelu_erf_slopes(const float *gate, const float *up, size_t count, float *by_gate,
                                        float *by_up) {
  for (size_t i = 0; i < count; i++) {
    float g = gate[i], share = 0.5f * erfcf(-0.70710678f * g), u = up[i];
    by_gate[i] = (share + g * 0.39894228f * expf(-0.5f * g * g)) * u;
    by_up[i] = g * share;
  }
}

DISPATCHED void sextant_relu_slopes(const float *gate, const float *up, size_t count, float *by_gate, float *by_up) {
  for (size_t i = 0; i < count; i++) {
    float g = gate[i], u = up[i];
    by_gate[i] = g > 0 ? u : 0;
    by_up[i] = g < 0 ? 0 : g;
  }
}

DISPATCHED void sextant_softmax(float *x, size_t count, float scale) {
  float largest = -INFINITY;
  for (size_t i = 0; i < count; i++) {
    x[i] *= scale;
    largest = x[i] > largest ? x[i] : largest;
  }
  exponentials(x, count, largest, 0);
}

DISPATCHED void sextant_softmax_slope(const float *p, size_t count, float scale, float *d) {
  float mean = inner(p, d, count);
  for (size_t i = 0; i < count; i++) d[i] = scale * p[i] * (d[i] - mean);
}
