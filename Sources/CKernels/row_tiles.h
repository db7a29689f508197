#pragma once
#include "dispatch.h"

#if HAS_PATHS
// Vectors up to which row_tiles() is faster than rows decoded side by side.
enum { ROW_TILE_VECTORS = 40 };

// As sextant_packed_tiles(), by four rows at a time as they lie.
int row_tiles(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks, size_t values, const float *x,
              size_t x_stride, size_t batch, float *y, size_t y_stride);
#endif
