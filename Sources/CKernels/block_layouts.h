#pragma once
#include "lanes.h"

// Plain floats, by their type numbers.
enum { F32 = 0, F16 = 1, BF16 = 30 };

// Formats whose numbers share scales: type number, name, numbers of a block, its bytes. These are multiplied as they are unpacked.
#define FOR_EACH_BLOCK_FORMAT(CASE)                                                                     \
  CASE(2, q4_0, 32, 18) CASE(3, q4_1, 32, 20) CASE(6, q5_0, 32, 22) CASE(7, q5_1, 32, 24)               \
  CASE(8, q8_0, 32, 34) CASE(12, q4_K, 256, 144) CASE(13, q5_K, 256, 176) CASE(14, q6_K, 256, 210)

// Those that are decoded to floats first, by sextant_decode_T. The numbers of a block are a multiple of 32, at most 256.
#define FOR_EACH_DECODED_FORMAT(CASE)                                                                   \
  CASE(10, q2_K, 256, 84) CASE(11, q3_K, 256, 110) CASE(16, iq2_xxs, 256, 66) CASE(17, iq2_xs, 256, 74) \
  CASE(18, iq3_xxs, 256, 98) CASE(19, iq1_s, 256, 50) CASE(20, iq4_nl, 32, 18)                          \
  CASE(21, iq3_s, 256, 110) CASE(22, iq2_s, 256, 82) CASE(23, iq4_xs, 256, 136)                         \
  CASE(29, iq1_m, 256, 56) CASE(34, tq1_0, 256, 54) CASE(35, tq2_0, 256, 66) CASE(39, mxfp4, 32, 17)    \
  CASE(40, nvfp4, 64, 36)

#define CASE(number, T, count, bytes) void sextant_decode_##T(const uint8_t *source, size_t blocks, float *values);
FOR_EACH_DECODED_FORMAT(CASE)
#undef CASE

// f16 to f32 without F16C: move the fields into place, rescale the exponent by 2^112 (which also
// normalises subnormals), and keep infinities and NaN.
INLINED float half_at(const uint8_t *address) {
  uint16_t half = LOAD(uint16_t, address);
  uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  float scaled;
  memcpy(&scaled, &magnitude, 4);
  scaled *= 0x1p112f;
  uint32_t bits;
  memcpy(&bits, &scaled, 4);
  if ((half & 0x7c00) == 0x7c00) bits = 0x7f800000 | magnitude;
  bits |= (uint32_t)(half & 0x8000) << 16;
  memcpy(&scaled, &bits, 4);
  return scaled;
}

// Scales and minima of a K block: eight pairs of 6-bit numbers in 12 bytes.
INLINED void scales_and_minima(const uint8_t *packed, uint8_t *scales, uint8_t *minima) {
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    scales[j] = packed[j] & 63;
    minima[j] = packed[j + 4] & 63;
    scales[j + 4] = (packed[j + 8] & 15) | ((packed[j] >> 6) << 4);
    minima[j + 4] = (packed[j + 8] >> 4) | ((packed[j + 4] >> 6) << 4);
  }
}
