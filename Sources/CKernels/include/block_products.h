#pragma once
#include <stddef.h>
#include <stdint.h>

/// 32 numbers as x_i = scale * values_i, values_i in -127 ... 127.
struct sextant_block8 {
  int8_t values[32];
  /// max |x_i| / 127; 0 where that maximum is below 2^-100, NaN where a number is not finite.
  float scale;
  /// Sums of values 0 ... 15 and 16 ... 31.
  int32_t sums[2];
  /// scale times the sum of all values.
  float scaled_sum;
};

/// Rounds `blocks` times 32 numbers to eight bits: values_i = round(x_i * (127 / max |x|)), ties to even. The same bits on every
/// processor.
void sextant_quantise(const float *x, size_t blocks, struct sextant_block8 *quantised);

/// The instructions that products of blocks can be computed with; all give the same bits.
enum sextant_product_path { SEXTANT_PLAIN, SEXTANT_AVX2, SEXTANT_AVX512_VNNI, SEXTANT_NEON_DOT };

/// The best one that this processor has; what it has none of is computed as SEXTANT_PLAIN.
enum sextant_product_path sextant_best_product_path(void);

/// 1 for types that ``sextant_block_products`` multiplies, else 0.
int sextant_has_block_products(uint32_t type);

/// Bytes of room that ``sextant_block_products`` wants for rows of `blocks` times 32 numbers.
size_t sextant_block_products_room(size_t blocks);

/// y[b * y_stride + r] = <row r, x_b> for `rows` packed rows of `blocks` times 32 numbers, `row_bytes` apart, and `batch` vectors of
/// `blocks` quantised blocks each, one after the other.
///
/// A block of 32 weights is w_i = s (u_i - z) + m with integers u_i; Q6_K has two s, one for each half. With integer sums
/// P = sum (u_i - z) values_i, each block in turn adds (float)P * (s * scale), of both halves one after the other, and then
/// m * scaled_sum where the type has minima. No multiplication and addition are fused: every path and every batch give the same bits.
/// `room` is aligned to 64 bytes. Returns 0, or -1 for a type that has no such kernel.
int sextant_block_products(enum sextant_product_path path, uint32_t type, const uint8_t *packed, size_t row_bytes,
                           size_t rows, size_t blocks, const struct sextant_block8 *x, size_t batch, void *room,
                           float *y, size_t y_stride);
