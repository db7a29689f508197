#include "block_layouts.h"
#include "codebooks.h"

#pragma clang fp contract(off)

// decode_T writes the numbers of one block, with the products and sums of the reference (`gguf`), each rounded.

INLINED int two_bits(unsigned word, int number) { return word >> 2 * number & 3; }
INLINED int nibble(const uint8_t *packed, int number) { return packed[number / 2] >> 4 * (number % 2) & 15; }

// MARK: - Scales and small integers

// Groups of sixteen numbers: where the two bits of their bytes lie, and how far up.
INLINED const uint8_t *bytes_of_group(const uint8_t *packed, int group) {
  return packed + 32 * (group / 8) + 16 * (group % 2);
}

INLINED void decode_q2_K(const uint8_t *block, float *values) {
  for (int group = 0; group < 16; group++) {
    const float scale = half_at(block + 80) * (block[group] & 15), minimum = half_at(block + 82) * (block[group] >> 4);
    const uint8_t *packed = bytes_of_group(block + 16, group);
    for (int i = 0; i < 16; i++) values[16 * group + i] = scale * two_bits(packed[i], group / 2 % 4) - minimum;
  }
}

// Sixteen scales of six bits: four low ones in nibbles of eight bytes, two high ones in the four bytes after them.
INLINED int scale_of_q3_K(const uint8_t *packed, int group) {
  const int low = packed[group % 8] >> 4 * (group / 8) & 15;
  return (low | two_bits(packed[8 + group % 4], group / 4) << 4) - 32;
}

INLINED void decode_q3_K(const uint8_t *block, float *values) {
  for (int group = 0; group < 16; group++) {
    const float scale = half_at(block + 108) * scale_of_q3_K(block + 96, group);
    const uint8_t *packed = bytes_of_group(block + 32, group), *third = block + 16 * (group % 2);
    for (int i = 0; i < 16; i++)
      values[16 * group + i] = scale * (two_bits(packed[i], group / 2 % 4) - (third[i] >> group / 2 & 1 ? 0 : 4));
  }
}

// A byte holds five digits of a number in base 3, as a fraction of 256: times 3, the first one is what is above 255.
INLINED int digit(uint8_t byte, int number) {
  const uint8_t powers[5] = {1, 3, 9, 27, 81};
  return ((uint8_t)(byte * powers[number]) * 3 >> 8) - 1;
}

INLINED void decode_tq1_0(const uint8_t *block, float *values) {
  const float scale = half_at(block + 52);
  for (int i = 0; i < 160; i++) values[i] = scale * digit(block[i % 32], i / 32);
  for (int i = 0; i < 80; i++) values[160 + i] = scale * digit(block[32 + i % 16], i / 16);
  for (int i = 0; i < 16; i++) values[240 + i] = scale * digit(block[48 + i % 4], i / 4);
}

INLINED void decode_tq2_0(const uint8_t *block, float *values) {
  const float scale = half_at(block + 64);
  for (int i = 0; i < 256; i++) values[i] = scale * (two_bits(block[i / 128 * 32 + i % 32], i / 32 % 4) - 1);
}

// MARK: - Nibbles that stand for numbers of a table

static const float steps_iq4[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
// Twice the numbers of E2M1.
static const float steps_fp4[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// `count` bytes: their low nibbles, then the high ones.
INLINED void decode_nibbles(const uint8_t *packed, int count, const float *steps, float scale, float *values) {
  for (int i = 0; i < count; i++) {
    values[i] = scale * steps[packed[i] & 15];
    values[count + i] = scale * steps[packed[i] >> 4];
  }
}

INLINED void decode_iq4_nl(const uint8_t *block, float *values) {
  decode_nibbles(block + 2, 16, steps_iq4, half_at(block), values);
}

INLINED void decode_iq4_xs(const uint8_t *block, float *values) {
  const uint16_t high = LOAD(uint16_t, block + 2);
  for (int part = 0; part < 8; part++) {
    const int scale = (nibble(block + 4, part) | two_bits(high, part) << 4) - 32;
    decode_nibbles(block + 8 + 16 * part, 16, steps_iq4, half_at(block) * scale, values + 32 * part);
  }
}

// Half of 2^(byte - 127), the smallest two of them subnormal.
INLINED float half_of_power(uint8_t byte) {
  const uint32_t bits = byte < 2 ? 0x00200000u << byte : (uint32_t)(byte - 1) << 23;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINED void decode_mxfp4(const uint8_t *block, float *values) {
  decode_nibbles(block + 1, 16, steps_fp4, half_of_power(block[0]), values);
}

// Half of a number in E4M3 without its sign; 0x7f, which is no number, stands for 0.
INLINED float half_of_e4m3(uint8_t byte) {
  const int exponent = byte >> 3 & 15, fraction = byte & 7;
  if (byte == 0x7f) return 0;
  const uint32_t bits = (uint32_t)(exponent + 120) << 23 | (uint32_t)fraction << 20;
  float value;
  memcpy(&value, &bits, sizeof value);
  return 0.5f * (exponent == 0 ? (float)fraction * 0x1p-9f : value);
}

INLINED void decode_nvfp4(const uint8_t *block, float *values) {
  for (int part = 0; part < 4; part++)
    decode_nibbles(block + 4 + 8 * part, 8, steps_fp4, half_of_e4m3(block[part]), values + 16 * part);
}

// MARK: - Code books: one code stands for eight numbers, or four

static const float steps_iq2[4] = {8, 25, 43};
static const float steps_iq3_xxs[8] = {4, 12, 20, 28, 36, 44, 52, 62};
static const float steps_iq3_s[8] = {1, 3, 5, 7, 9, 11, 13, 15};

// Signs of eight numbers, 1 for minus: seven bits, and one that makes their number even.
INLINED unsigned even_signs(unsigned seven) { return seven | (unsigned)__builtin_parity(seven) << 7; }

// Numbers of `bits` bits each, with their signs.
INLINED void decode_code(uint16_t code, int bits, const float *steps, float scale, unsigned signs, float *values) {
  for (int i = 0; i < 16 / bits; i++) {
    const float value = scale * steps[code >> bits * i & (bits == 2 ? 3 : 7)];
    values[i] = signs >> i & 1 ? -value : value;
  }
}

INLINED void decode_iq2_xxs(const uint8_t *block, float *values) {
  for (int part = 0; part < 8; part++) {
    const uint8_t *packed = block + 2 + 8 * part;
    const uint32_t word = LOAD(uint32_t, packed + 4);
    const float scale = half_at(block) * (0.5f + (float)(word >> 28)) * 0.25f;
    for (int i = 0; i < 4; i++)
      decode_code(codes_iq2_xxs[packed[i]], 2, steps_iq2, scale, even_signs(word >> 7 * i & 127),
                  values + 32 * part + 8 * i);
  }
}

// The scale of sixteen numbers of IQ2_XS and IQ2_S.
INLINED float scale_of_iq2(const uint8_t *block, const uint8_t *scales, int group) {
  return half_at(block) * (0.5f + (float)nibble(scales, group)) * 0.25f;
}

INLINED void decode_iq2_xs(const uint8_t *block, float *values) {
  for (int i = 0; i < 32; i++) {
    const uint16_t word = LOAD(uint16_t, block + 2 + 2 * i);
    decode_code(codes_iq2_xs[word & 511], 2, steps_iq2, scale_of_iq2(block, block + 66, i / 2), even_signs(word >> 9),
                values + 8 * i);
  }
}

INLINED void decode_iq2_s(const uint8_t *block, float *values) {
  for (int i = 0; i < 32; i++) {
    const int number = block[2 + i] | two_bits(block[66 + i / 4], i % 4) << 8;
    decode_code(codes_iq2_s[number], 2, steps_iq2, scale_of_iq2(block, block + 74, i / 2), block[34 + i], values + 8 * i);
  }
}

INLINED void decode_iq3_xxs(const uint8_t *block, float *values) {
  for (int part = 0; part < 8; part++) {
    const uint32_t word = LOAD(uint32_t, block + 66 + 4 * part);
    const float scale = half_at(block) * (0.5f + (float)(word >> 28)) * 0.5f;
    for (int i = 0; i < 8; i++)
      decode_code(codes_iq3_xxs[block[2 + 8 * part + i]], 4, steps_iq3_xxs, scale,
                  even_signs(word >> 7 * (i / 2) & 127) >> 4 * (i % 2), values + 32 * part + 4 * i);
  }
}

INLINED void decode_iq3_s(const uint8_t *block, float *values) {
  for (int i = 0; i < 64; i++) {
    const int number = block[2 + i] | (block[66 + i / 8] >> i % 8 & 1) << 8;
    const float scale = half_at(block) * (float)(1 + 2 * nibble(block + 106, i / 8));
    decode_code(codes_iq3_s[number], 4, steps_iq3_s, scale, (unsigned)nibble(block + 74, i), values + 4 * i);
  }
}

// -1, 0 or 1 and an eighth, to either side.
INLINED void decode_eighths(uint16_t code, float scale, int is_below, float *values) {
  const float delta = is_below ? -0.125f : 0.125f;
  for (int i = 0; i < 8; i++) values[i] = scale * ((float)(two_bits(code, i) - 1) + delta);
}

INLINED void decode_iq1_s(const uint8_t *block, float *values) {
  for (int i = 0; i < 32; i++) {
    const uint16_t word = LOAD(uint16_t, block + 34 + 2 * (i / 4));
    const float scale = half_at(block) * (float)(2 * (word >> 12 & 7) + 1);
    decode_eighths(codes_iq1[block[2 + i] | (word >> 3 * (i % 4) & 7) << 8], scale, word >> 15, values + 8 * i);
  }
}

// The f16 scale lies in the high nibbles of the four words that hold the others.
INLINED void decode_iq1_m(const uint8_t *block, float *values) {
  uint16_t words[4], half = 0;
  memcpy(words, block + 48, sizeof words);
  for (int i = 0; i < 4; i++) half |= (uint16_t)(words[i] >> 12 << 4 * i);
  const float whole = half_at((const uint8_t *)&half);
  for (int i = 0; i < 32; i++) {
    const int high = nibble(block + 32, i);
    const float scale = whole * (float)(2 * (words[i / 8] >> 3 * (i / 2 % 4) & 7) + 1);
    decode_eighths(codes_iq1[block[i] | (high & 7) << 8], scale, high & 8, values + 8 * i);
  }
}

#define CASE(number, T, count, bytes)                                                              \
  DISPATCHED void sextant_decode_##T(const uint8_t *source, size_t blocks, float *values) {        \
    for (size_t i = 0; i < blocks; i++) decode_##T(source + i * bytes, values + i * count);        \
  }
FOR_EACH_DECODED_FORMAT(CASE)
