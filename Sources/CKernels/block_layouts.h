#pragma once
#include "lanes.h"

// The formats whose numbers share scales: type number, name, numbers of a block, its bytes.
#define FOR_EACH_BLOCK_FORMAT(CASE)                                                                     \
  CASE(2, q4_0, 32, 18) CASE(3, q4_1, 32, 20) CASE(6, q5_0, 32, 22) CASE(7, q5_1, 32, 24)               \
  CASE(8, q8_0, 32, 34) CASE(12, q4_K, 256, 144) CASE(13, q5_K, 256, 176) CASE(14, q6_K, 256, 210)

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
