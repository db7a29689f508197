#pragma once
#include "block_formats.h"
#include "block_layouts.h"

#if HAS_PATHS
// Vectors up to which row_tiles() is faster than rows decoded side by side.
enum { ROW_TILE_VECTORS = 40 };

// As sextant_packed_tiles(), by four rows at a time as they lie.
int row_tiles(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks, size_t values, const float *x,
              size_t x_stride, size_t batch, float *y, size_t y_stride);

// `blocks` blocks of each row of a tile, from byte `offset` of the rows on, as numbers: `decoded`, `room` numbers a row, or in F32 as they
// lie in the file, if `in_place`. Of fewer than `height` rows the last stands for those that lack. Returns 0, or -1 for an unknown type.
INLINED int strips_of_rows(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t offset, size_t blocks,
                           size_t height, float *decoded, size_t room, int in_place, const float **strips) {
  for (size_t r = 0; r < height; r++) {
    const uint8_t *source = packed + (r < rows ? r : rows - 1) * row_bytes + offset;
    const int stays = type == F32 && in_place;
    strips[r] = stays ? (const float *)source : decoded + r * room;
    if (!stays && sextant_dequantise(type, source, blocks, decoded + r * room) != 0) return -1;
  }
  return 0;
}
#endif
