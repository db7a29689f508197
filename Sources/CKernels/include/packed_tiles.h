#pragma once
#include <stddef.h>
#include <stdint.h>

/// Whether ``sextant_packed_tiles`` is there, and faster than a matrix library: with AVX2 and without AVX-512.
int sextant_has_packed_tiles(void);

/// y[b * y_stride + r] = <row r, x_b> for `rows` packed rows of `blocks` blocks of `values` numbers each of a ggml type, `row_bytes`
/// apart, and `batch` vectors x_b = x + b * x_stride. Of up to 40 vectors, four rows are decoded at a time, at most 1024 numbers of each, and a
/// product is summed in eight lanes; of more, sixteen rows are decoded side by side, 512 numbers at a time, and a product is summed number
/// by number within these. Either way over them in order, whatever the other rows and vectors are. Returns 0, or -1 for a type that
/// ``sextant_dequantise`` does not know. Only where sextant_has_packed_tiles().
int sextant_packed_tiles(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks, size_t values,
                         const float *x, size_t x_stride, size_t batch, float *y, size_t y_stride);
