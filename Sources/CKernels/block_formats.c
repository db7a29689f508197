#include "block_formats.h"
#include "block_layouts.h"
#include "packed_tiles.h"

#define TO_F32(vector) __builtin_convertvector(__builtin_convertvector((vector), i32x16), f32x16)

// decode_T writes the values of one block as vectors of sixteen. No multiply-add may be fused here: the
// values must have the bits of the reference, which rounds the product first.

INLINED void decode_f32(const uint8_t *block, f32x16 *values) { values[0] = LOAD(f32x16, block); }

INLINED void decode_bf16(const uint8_t *block, f32x16 *values) {
  u16x16 bits = LOAD(u16x16, block);
  widen_bf16(&bits, values);
}

INLINED void decode_f16(const uint8_t *block, f32x16 *values) {
  u16x16 bits = LOAD(u16x16, block);
  widen_f16(&bits, values);
}

INLINED void decode_q4_0(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  float scale = half_at(block);
  u8x16 packed = LOAD(u8x16, block + 2);
  values[0] = scale * TO_F32((i8x16)(packed & 15) - 8);
  values[1] = scale * TO_F32((i8x16)(packed >> 4) - 8);
}

INLINED void decode_q4_1(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  float scale = half_at(block), minimum = half_at(block + 2);
  u8x16 packed = LOAD(u8x16, block + 4);
  f32x16 low = scale * TO_F32(packed & 15), high = scale * TO_F32(packed >> 4);
  values[0] = low + minimum;
  values[1] = high + minimum;
}

// Adds the fifth bit of 32 values: bit j of `fifth` belongs to value j.
INLINED void five_bits(const uint8_t *fifth, const uint8_t *nibbles, i32x16 *low, i32x16 *high) {
  const u32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  uint32_t bits = LOAD(uint32_t, fifth);
  u8x16 packed = LOAD(u8x16, nibbles);
  u32x16 lowBits = ((((u32x16){} + (bits & 0xffff)) >> lane) & 1) << 4;
  u32x16 highBits = ((((u32x16){} + (bits >> 16)) >> lane) & 1) << 4;
  *low = (i32x16)(__builtin_convertvector(packed & 15, u32x16) | lowBits);
  *high = (i32x16)(__builtin_convertvector(packed >> 4, u32x16) | highBits);
}

INLINED void decode_q5_0(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  float scale = half_at(block);
  i32x16 low, high;
  five_bits(block + 2, block + 6, &low, &high);
  values[0] = scale * __builtin_convertvector(low - 16, f32x16);
  values[1] = scale * __builtin_convertvector(high - 16, f32x16);
}

INLINED void decode_q5_1(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  float scale = half_at(block), minimum = half_at(block + 2);
  i32x16 low, high;
  five_bits(block + 4, block + 8, &low, &high);
  f32x16 scaledLow = scale * __builtin_convertvector(low, f32x16);
  f32x16 scaledHigh = scale * __builtin_convertvector(high, f32x16);
  values[0] = scaledLow + minimum;
  values[1] = scaledHigh + minimum;
}

INLINED void decode_q8_0(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  float scale = half_at(block);
  values[0] = scale * TO_F32(LOAD(i8x16, block + 2));
  values[1] = scale * TO_F32(LOAD(i8x16, block + 18));
}

INLINED void decode_q4_K(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  float scale = half_at(block), minimum = half_at(block + 2);
  uint8_t scales[8], minima[8];
  scales_and_minima(block + 4, scales, minima);
#pragma clang loop unroll(full)
  for (int part = 0; part < 4; part++) {  // 64 values: low nibbles, then high nibbles, of 32 bytes
    float lowScale = scale * scales[2 * part], highScale = scale * scales[2 * part + 1];
    float lowMinimum = minimum * minima[2 * part], highMinimum = minimum * minima[2 * part + 1];
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      u8x16 packed = LOAD(u8x16, block + 16 + 32 * part + 16 * half);
      f32x16 low = lowScale * TO_F32(packed & 15), high = highScale * TO_F32(packed >> 4);
      values[4 * part + half] = low - lowMinimum;
      values[4 * part + 2 + half] = high - highMinimum;
    }
  }
}

INLINED void decode_q5_K(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  float scale = half_at(block), minimum = half_at(block + 2);
  uint8_t scales[8], minima[8];
  scales_and_minima(block + 4, scales, minima);
#pragma clang loop unroll(full)
  for (int part = 0; part < 4; part++) {
    float lowScale = scale * scales[2 * part], highScale = scale * scales[2 * part + 1];
    float lowMinimum = minimum * minima[2 * part], highMinimum = minimum * minima[2 * part + 1];
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      u8x16 fifth = LOAD(u8x16, block + 16 + 16 * half);
      u8x16 packed = LOAD(u8x16, block + 48 + 32 * part + 16 * half);
      u8x16 low = (packed & 15) | (((fifth >> (2 * part)) & 1) << 4);
      u8x16 high = (packed >> 4) | (((fifth >> (2 * part + 1)) & 1) << 4);
      f32x16 scaledLow = lowScale * TO_F32(low), scaledHigh = highScale * TO_F32(high);
      values[4 * part + half] = scaledLow - lowMinimum;
      values[4 * part + 2 + half] = scaledHigh - highMinimum;
    }
  }
}

INLINED void decode_q6_K(const uint8_t *block, f32x16 *values) {
#pragma clang fp contract(off)
  const int8_t *scales = (const int8_t *)block + 192;
  float scale = half_at(block + 208);
#pragma clang loop unroll(full)
  for (int part = 0; part < 2; part++) {  // 128 values: four runs of 32 that share their high bits
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      u8x16 first = LOAD(u8x16, block + 64 * part + 16 * half);
      u8x16 second = LOAD(u8x16, block + 64 * part + 32 + 16 * half);
      u8x16 top = LOAD(u8x16, block + 128 + 32 * part + 16 * half);
      u8x16 runs[4] = {
          (first & 15) | ((top & 3) << 4), (second & 15) | (((top >> 2) & 3) << 4),
          (first >> 4) | (((top >> 4) & 3) << 4), (second >> 4) | ((top >> 6) << 4)};
#pragma clang loop unroll(full)
      for (int run = 0; run < 4; run++)
        values[8 * part + 2 * run + half] =
            (scale * scales[8 * part + 2 * run + half]) * TO_F32((i8x16)runs[run] - 32);
    }
  }
}

// One type's kernels: VALUES numbers in a block of BYTES bytes. Four vectors stay in the nearest cache
// while all rows pass. The sums have the same bits for every batch.
#define KERNELS(T, VALUES, BYTES)                                                                       \
  DISPATCHED static void dequantise_##T(const uint8_t *source, size_t blocks, float *output) {          \
    f32x16 values[VALUES / 16];                                                                         \
    for (size_t block = 0; block < blocks; block++) {                                                   \
      decode_##T(source + block * BYTES, values);                                                       \
      memcpy(output + block * VALUES, values, sizeof values);                                           \
    }                                                                                                   \
  }                                                                                                     \
  INLINED void dots_of_##T(const uint8_t *row, size_t blocks, const float *x, size_t stride,            \
                           const int batch, float *y, size_t y_stride) {                                \
    f32x16 values[VALUES / 16], sums[8] = {};                                                           \
    for (size_t block = 0; block < blocks; block++) {                                                   \
      decode_##T(row + block * BYTES, values);                                                          \
      _Pragma("clang loop unroll(full)") for (int b = 0; b < batch; b++) {                              \
        const float *vector = x + b * stride + block * VALUES;                                          \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < VALUES / 16; v++)                        \
            sums[2 * b + v % 2] += values[v] * LOAD(f32x16, vector + 16 * v);                           \
      }                                                                                                 \
    }                                                                                                   \
    _Pragma("clang loop unroll(full)") for (int b = 0; b < batch; b++) {                                \
      sums[2 * b] += sums[2 * b + 1];                                                                   \
      y[b * y_stride] = lane_sum(&sums[2 * b]);                                                         \
    }                                                                                                   \
  }                                                                                                     \
  DISPATCHED static void dots_##T(const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks,  \
                                  const float *x, size_t stride, size_t batch, float *y,                \
                                  size_t y_stride) {                                                    \
    size_t b = 0;                                                                                       \
    for (; b + 4 <= batch; b += 4)                                                                      \
      for (size_t row = 0; row < rows; row++)                                                           \
        dots_of_##T(packed + row * row_bytes, blocks, x + b * stride, stride, 4,                        \
                    y + b * y_stride + row, y_stride);                                                  \
    for (; b + 2 <= batch; b += 2)                                                                      \
      for (size_t row = 0; row < rows; row++)                                                           \
        dots_of_##T(packed + row * row_bytes, blocks, x + b * stride, stride, 2,                        \
                    y + b * y_stride + row, y_stride);                                                  \
    for (; b < batch; b++)                                                                              \
      for (size_t row = 0; row < rows; row++)                                                           \
        dots_of_##T(packed + row * row_bytes, blocks, x + b * stride, stride, 1,                        \
                    y + b * y_stride + row, y_stride);                                                  \
  }

KERNELS(f32, 16, 64)
KERNELS(f16, 16, 32)
KERNELS(bf16, 16, 32)
#define CASE(number, T, values, bytes) KERNELS(T, values, bytes)
FOR_EACH_BLOCK_FORMAT(CASE)
#undef CASE

// Formats that are decoded to floats first, so many at a time.
enum { DECODED_AT_ONCE = 256 };
typedef void decoder(const uint8_t *source, size_t blocks, float *values);

INLINED void dots_of_decoded(decoder *decode, size_t values, size_t bytes, const uint8_t *row, size_t blocks,
                             const float *x, size_t stride, const int batch, float *y, size_t y_stride) {
  const size_t step = DECODED_AT_ONCE / values;
  float decoded[DECODED_AT_ONCE];
  f32x16 sums[8] = {};
  for (size_t first = 0; first < blocks; first += step) {
    const size_t count = blocks - first < step ? blocks - first : step;
    decode(row + first * bytes, count, decoded);
    for (size_t v = 0; v < count * values; v += 32) {
      const f32x16 low = LOAD(f32x16, decoded + v), high = LOAD(f32x16, decoded + v + 16);
#pragma clang loop unroll(full)
      for (int b = 0; b < batch; b++) {
        const float *vector = x + b * stride + first * values + v;
        sums[2 * b] += low * LOAD(f32x16, vector);
        sums[2 * b + 1] += high * LOAD(f32x16, vector + 16);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int b = 0; b < batch; b++) {
    sums[2 * b] += sums[2 * b + 1];
    y[b * y_stride] = lane_sum(&sums[2 * b]);
  }
}

DISPATCHED static void dots_decoded(decoder *decode, size_t values, size_t bytes, const uint8_t *packed,
                                    size_t row_bytes, size_t rows, size_t blocks, const float *x, size_t stride,
                                    size_t batch, float *y, size_t y_stride) {
#define ROWS(many)                                                                                      \
  for (; b + many <= batch; b += many)                                                                  \
    for (size_t row = 0; row < rows; row++)                                                             \
      dots_of_decoded(decode, values, bytes, packed + row * row_bytes, blocks, x + b * stride, stride,  \
                      many, y + b * y_stride + row, y_stride);
  size_t b = 0;
  ROWS(4) ROWS(2) ROWS(1)
#undef ROWS
}

// Plain floats: blocks of one number here, vectors of sixteen in the kernels, and a tail.
static size_t plain_bytes(uint32_t type) { return type == F32 ? 4 : type == F16 || type == BF16 ? 2 : 0; }

static void decode_tail(uint32_t type, const uint8_t *source, size_t count, float *values) {
  uint8_t bytes[64] = {0};
  float decoded[16];
  memcpy(bytes, source, count * plain_bytes(type));
  if (type == F32) dequantise_f32(bytes, 1, decoded);
  else if (type == F16) dequantise_f16(bytes, 1, decoded);
  else dequantise_bf16(bytes, 1, decoded);
  memcpy(values, decoded, count * sizeof(float));
}

#if HAS_PATHS
// The processor widens f16 itself, which no vector of a type without arithmetic says.
AVX2 static void dequantise_f16_avx2(const uint8_t *source, size_t blocks, float *values) {
  for (size_t i = 0; i < 16 * blocks; i += 8)
    _mm256_storeu_ps(values + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(source + 2 * i))));
}
#endif

#define FOR_EACH_TYPE(CASE) CASE(0, f32) CASE(1, f16) CASE(30, bf16) FOR_EACH_BLOCK_FORMAT(CASE)

int sextant_dequantise(uint32_t type, const uint8_t *source, size_t blocks, float *values) {
  size_t width = plain_bytes(type), tail = width ? blocks % 16 : 0;
  if (tail) decode_tail(type, source + (blocks - tail) * width, tail, values + blocks - tail);
  if (width) blocks /= 16;
#if HAS_PATHS
  if (type == F16 && has_avx2()) {
    dequantise_f16_avx2(source, blocks, values);
    return 0;
  }
#endif
  switch (type) {
#define CASE(number, T, ...) \
  case number: dequantise_##T(source, blocks, values); return 0;
    FOR_EACH_TYPE(CASE)
#undef CASE
#define CASE(number, T, ...) \
  case number: sextant_decode_##T(source, blocks, values); return 0;
    FOR_EACH_DECODED_FORMAT(CASE)
#undef CASE
  }
  return -1;
}

int sextant_packed_dots(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks,
                        const float *x, size_t x_stride, size_t batch, float *y, size_t y_stride) {
  size_t width = plain_bytes(type), count = blocks;
#if HAS_PATHS
  if (type == F16 && sextant_has_packed_tiles())
    return sextant_packed_tiles(type, packed, row_bytes, rows, blocks, 1, x, x_stride, batch, y, y_stride);
#endif
  if (width) blocks /= 16;
  switch (type) {
#define CASE(number, T, ...)                                                                            \
  case number:                                                                                          \
    dots_##T(packed, row_bytes, rows, blocks, x, x_stride, batch, y, y_stride);                         \
    break;
    FOR_EACH_TYPE(CASE)
#undef CASE
#define CASE(number, T, values, bytes)                                                                  \
  case number:                                                                                          \
    dots_decoded(sextant_decode_##T, values, bytes, packed, row_bytes, rows, blocks, x, x_stride, batch, \
                 y, y_stride);                                                                          \
    break;
    FOR_EACH_DECODED_FORMAT(CASE)
#undef CASE
    default: return -1;
  }
  if (!width || count % 16 == 0) return 0;
  size_t start = count / 16 * 16;
  float tail[16];
  for (size_t row = 0; row < rows; row++) {
    decode_tail(type, packed + row * row_bytes + start * width, count - start, tail);
    for (size_t b = 0; b < batch; b++)
      for (size_t i = start; i < count; i++)
        y[b * y_stride + row] += tail[i - start] * x[b * x_stride + i];
  }
  return 0;
}
