#pragma once
#include <stddef.h>
#include <stdint.h>

/// Decodes `blocks` consecutive blocks of a ggml type (by its number) to f32, with the reference's rounding.
/// Returns 0, or -1 for a type that is not known.
int sextant_dequantise(uint32_t type, const uint8_t *source, size_t blocks, float *values);

/// y[b * y_stride + r] = <row r, x_b> for `rows` packed rows of `blocks` blocks, `row_bytes` apart, and
/// `batch` vectors x_b = x + b * x_stride. Decodes each block once for up to four vectors; the sums have
/// the same bits for every batch. Returns 0, or -1 as above.
int sextant_packed_dots(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks,
                        const float *x, size_t x_stride, size_t batch, float *y, size_t y_stride);
