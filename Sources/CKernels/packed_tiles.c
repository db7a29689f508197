#include "packed_tiles.h"
#include "row_tiles.h"
#include "tiles.h"

#if HAS_PATHS
// Where the tile that holds row `first` begins. The last rows come once more, where they are no whole tile: what they come to is written
// over itself.
INLINED size_t tile_start(size_t first, size_t rows, size_t height) {
  return rows - first >= height || rows < height ? first : rows - height;
}
#endif

int sextant_has_packed_tiles(void) { return has_avx2() && !has_avx512(); }

int sextant_packed_tiles(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks, size_t values,
                         const float *x, size_t x_stride, size_t batch, float *y, size_t y_stride) {
#if HAS_PATHS
  if (batch <= ROW_TILE_VECTORS)
    return row_tiles(type, packed, row_bytes, rows, blocks, values, x, x_stride, batch, y, y_stride);
  float decoded[HEIGHT][STRIP], panel[STRIP * HEIGHT] __attribute__((aligned(64)));
  const size_t step = STRIP / values, block_bytes = row_bytes / blocks;
  for (size_t first = 0; first < rows;) {
    const size_t row = tile_start(first, rows, HEIGHT);
    const size_t height = rows - row < HEIGHT ? rows - row : HEIGHT;
    if (height == HEIGHT)
      for (size_t b = 0; b < batch; b++) memset(y + b * y_stride + row, 0, HEIGHT * sizeof(float));
    for (size_t block = 0; block < blocks; block += step) {
      const size_t count = blocks - block < step ? blocks - block : step;
      const float *strips[HEIGHT];
      if (strips_of_rows(type, packed + row * row_bytes, row_bytes, height, block * block_bytes, count, HEIGHT, decoded[0],
                         STRIP, 1, strips) != 0)
        return -1;
      pack(strips, count * values, panel);
      if (height == HEIGHT) {
        add_tiles(panel, count * values, x + block * values, x_stride, batch, y + row, y_stride);
        continue;
      }
      for (size_t b = 0; b < batch; b++) {
        float *own = y + b * y_stride + row, few[HEIGHT];
        for (size_t r = 0; r < HEIGHT; r++) few[r] = block > 0 && r < height ? own[r] : 0;
        add_tiles(panel, count * values, x + b * x_stride + block * values, x_stride, 1, few, HEIGHT);
        memcpy(own, few, height * sizeof(float));
      }
    }
    first = row + height;
  }
  return 0;
#else
  (void)type, (void)packed, (void)row_bytes, (void)rows, (void)blocks, (void)values, (void)x, (void)x_stride, (void)batch;
  (void)y, (void)y_stride;
  return -1;
#endif
}
