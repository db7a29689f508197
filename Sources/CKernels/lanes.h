#pragma once
#include "dispatch.h"
#include <string.h>

// Sixteen floats or eight doubles; the compiler splits them to the width of each code path.
typedef float f32x16 __attribute__((vector_size(64)));
typedef int32_t i32x16 __attribute__((vector_size(64)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef double f64x8 __attribute__((vector_size(64)));
typedef float f32x8 __attribute__((vector_size(32)));

// Macros and pointers: vectors of this width cannot pass between functions that are built for older processors.
#define LOAD(Type, address) ({ Type loaded_; memcpy(&loaded_, (address), sizeof(Type)); loaded_; })
#define STORE(address, vector) ({ __typeof__(vector) stored_ = (vector); memcpy((address), &stored_, sizeof stored_); })
#define WIDENED(address) __builtin_convertvector(LOAD(f32x8, address), f64x8)

// f16 and bf16 as f32: exact.
INLINED void widen_f16(const u16x16 *bits, f32x16 *values) {
  u32x16 half = __builtin_convertvector(*bits, u32x16);
  u32x16 magnitude = (half & 0x7fff) << 13;
  u32x16 special = (u32x16)((half & 0x7c00) == 0x7c00);
  u32x16 finite = (u32x16)((f32x16)magnitude * 0x1p112f);
  *values = (f32x16)((finite & ~special) | ((magnitude | 0x7f800000) & special) | ((half & 0x8000) << 16));
}

INLINED void widen_bf16(const u16x16 *bits, f32x16 *values) {
  *values = (f32x16)(__builtin_convertvector(*bits, u32x16) << 16);
}

// The next multiple of `step`.
static inline size_t up(size_t count, size_t step) { return (count + step - 1) / step * step; }

// The order of addition is fixed: the upper half of the lanes is added to the lower one, until one lane is left.

INLINED float lane_sum(const f32x16 *v) {
  float lanes[16];
  memcpy(lanes, v, sizeof lanes);
#pragma clang loop unroll(full)
  for (int width = 8; width > 0; width /= 2)
#pragma clang loop unroll(full)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

INLINED double lane_sum_f64(const f64x8 *v) {
  const f64x8 s = *v;
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

#define FOLD(x, y, ...) (__builtin_shufflevector(x, y, __VA_ARGS__))

// Sixteen vectors to the vector of their sums: 2 n vectors' halves, side by side in n vectors, four times.
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

#if HAS_PATHS
// Eight registers of eight words: word j of register i becomes word i of register j.
AVX2 INLINED void transpose_words(__m256i *rows) {
  __m256i pairs[8], fours[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 4)
#pragma clang loop unroll(full)
    for (int k = 0; k < 2; k++) {
      fours[i + 2 * k] = _mm256_unpacklo_epi64(pairs[i + k], pairs[i + 2 + k]);
      fours[i + 2 * k + 1] = _mm256_unpackhi_epi64(pairs[i + k], pairs[i + 2 + k]);
    }
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    rows[j] = _mm256_permute2x128_si256(fours[j], fours[4 + j], 0x20);
    rows[4 + j] = _mm256_permute2x128_si256(fours[j], fours[4 + j], 0x31);
  }
}
#endif
