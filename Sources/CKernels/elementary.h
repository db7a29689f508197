#pragma once
#include "lanes.h"
#include <math.h>

// exp on sixteen lanes, relative error below 2e-7: 2^n times a polynomial (Cephes' expf) on |r| <= ln 2 / 2.
// Arguments are clamped to where the result is a normal number.
INLINED void exponential(f32x16 *value) {
  f32x16 x = __builtin_elementwise_max(*value, (f32x16){} - 87.0f);
  x = __builtin_elementwise_min(x, (f32x16){} + 88.0f);
  f32x16 n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;  // 1.5 * 2^23: rounds to an integer
  f32x16 r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  f32x16 p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  *value = p * (f32x16)((__builtin_convertvector(n, i32x16) + 127) << 23);
}

INLINED void load_part(const float *source, size_t count, f32x16 *value) {
  if (count >= 16) {
    *value = LOAD(f32x16, source);
  } else {
    *value = (f32x16){};
    memcpy(value, source, count * sizeof(float));
  }
}

INLINED void store_part(float *target, size_t count, const f32x16 *value) {
  memcpy(target, value, (count < 16 ? count : 16) * sizeof(float));
}

// exp(x - largest) of up to sixteen numbers. Lanes past the end hold 1.6e-38, the least that exponential() gives: nothing in a
// sum beside the largest's 1.
INLINED void exponential_part(const float *x, size_t count, float largest, f32x16 *e) {
  *e = (f32x16){} - INFINITY;
  memcpy(e, x, (count < 16 ? count : 16) * sizeof(float));
  *e -= largest;
  exponential(e);
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

// silu(g) = g / (1 + exp(-g)).
INLINED void silu_divisor(const f32x16 *g, f32x16 *divisor) {
  f32x16 e = -*g;
  exponential(&e);
  *divisor = 1.0f + e;
}

// gelu(g) = g (1 + tanh z) / 2 = g / (1 + exp(-2z)), z = sqrt(2/pi) (g + 0.044715 g^3).
INLINED void gelu_divisor(const f32x16 *gate, f32x16 *divisor) {
  f32x16 g = *gate, e = -1.5957691216f * (g + 0.044715f * g * g * g);
  exponential(&e);
  *divisor = 1.0f + e;
}

INLINED float inner(const float *x, const float *y, size_t count) {
  f32x16 even = {}, odd = {}, a, b;
  size_t i = 0;
  for (; i + 32 <= count; i += 32) {
    even += LOAD(f32x16, x + i) * LOAD(f32x16, y + i);
    odd += LOAD(f32x16, x + i + 16) * LOAD(f32x16, y + i + 16);
  }
  for (; i < count; i += 16) {
    load_part(x + i, count - i, &a);
    load_part(y + i, count - i, &b);
    even += a * b;
  }
  even += odd;
  return lane_sum(&even);
}
