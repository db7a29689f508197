#include "row_tiles.h"

#if HAS_PATHS
// Four rows by three vectors: twelve sums of eight lanes stay in registers. Few vectors do not pay for laying numbers of rows side by side.
// A strip of the rows stays in the first cache while the vectors pass.
// Results are written a line at a time: those of one vector may lie whole pages from the next one's, in the same place of the cache.
enum { HEIGHT = 4, VECTORS = 3, LANES = 8, STRIP = 640, LINE = 64, GROUP = LINE / sizeof(float) };

// From one decoded row to the next: rows a whole page apart would lie in the same places of the first cache. Those that do in the file are
// copied.
enum { ROOM = STRIP + LINE / sizeof(float), PAGE = 4096 };

// The sums of four vectors' lanes.
AVX2 INLINED __m128 four_sums(const __m256 *lanes) {
  const __m256 sums = _mm256_hadd_ps(_mm256_hadd_ps(lanes[0], lanes[1]), _mm256_hadd_ps(lanes[2], lanes[3]));
  return _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
}

// Adds the products of a strip to `sums`, which are HEIGHT for each vector, GROUP apart.
AVX2 INLINED void add_tile(const float *const rows[HEIGHT], size_t count, const float *x, size_t x_stride, const int vectors,
                           float *sums) {
  __m256 lanes[VECTORS][HEIGHT];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++)
#pragma clang loop unroll(full)
    for (int r = 0; r < HEIGHT; r++) lanes[v][r] = _mm256_setzero_ps();
  size_t k = 0;
  // So few rounds that the processor foresees the last one.
#pragma clang loop unroll_count(8)
  for (; k + LANES <= count; k += LANES) {
    __m256 with[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) with[v] = _mm256_loadu_ps(x + (size_t)v * x_stride + k);
#pragma clang loop unroll(full)
    for (int r = 0; r < HEIGHT; r++) {
      const __m256 row = _mm256_loadu_ps(rows[r] + k);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) lanes[v][r] = _mm256_fmadd_ps(row, with[v], lanes[v][r]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    float *own = sums + v * GROUP;
    _mm_store_ps(own, _mm_add_ps(_mm_load_ps(own), four_sums(lanes[v])));
    for (size_t rest = k; rest < count; rest++)
      for (int r = 0; r < HEIGHT; r++) own[r] += LOAD(float, rows[r] + rest) * x[(size_t)v * x_stride + rest];
  }
}

// Tiles differ by one vector at most: a narrow one would wait for its own sums. Meanwhile `bytes` from `next` on are fetched, some with
// each tile: all at once would have to be waited for.
AVX2 static void add_tiles(const float *const rows[HEIGHT], size_t count, const float *x, size_t x_stride, size_t batch,
                           float *sums, const uint8_t *next, size_t bytes) {
  for (size_t tiles = (batch + VECTORS - 1) / VECTORS; tiles > 0; tiles--) {
    const size_t vectors = (batch + tiles - 1) / tiles, lines = (bytes / LINE + tiles - 1) / tiles;
    for (size_t i = 0; i < lines; i++) __builtin_prefetch(next + i * LINE);
    next += lines * LINE;
    bytes -= lines * LINE < bytes ? lines * LINE : bytes;
#define TILE(v) \
  case v: add_tile(rows, count, x, x_stride, v, sums); break;
    switch (vectors) { TILE(1) TILE(2) TILE(3) }
#undef TILE
    batch -= vectors;
    x += vectors * x_stride;
    sums += vectors * GROUP;
  }
}

int row_tiles(uint32_t type, const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks, size_t values, const float *x,
              size_t x_stride, size_t batch, float *y, size_t y_stride) {
  float decoded[HEIGHT][ROOM] __attribute__((aligned(64))), sums[ROW_TILE_VECTORS][GROUP] __attribute__((aligned(64)));
  // Strips of one length, as nearly as whole blocks and lanes allow.
  const size_t whole = values < 32 ? 32 : values, most = STRIP / whole * whole;
  const size_t strip_count = (blocks * values + most - 1) / most;
  const size_t step = up((blocks * values + strip_count - 1) / strip_count, whole) / values;
  const size_t block_bytes = row_bytes / blocks;
  const int in_place = row_bytes % (PAGE / 2) != 0;
  for (size_t first = 0; first < rows; first += GROUP) {
    const size_t group = rows - first < GROUP ? rows - first : GROUP;
    memset(sums, 0, batch * sizeof sums[0]);
    for (size_t row = 0; row < group; row += HEIGHT) {
      const uint8_t *tile = packed + (first + row) * row_bytes;
      const size_t left = rows - first - row;
      for (size_t block = 0; block < blocks; block += step) {
        const size_t count = blocks - block < step ? blocks - block : step;
        const float *strips[HEIGHT];
        if (strips_of_rows(type, tile, row_bytes, left < HEIGHT ? left : HEIGHT, block * block_bytes, count, HEIGHT, decoded[0],
                           ROOM, in_place, strips) != 0)
          return -1;
        const size_t ahead = left >= 2 * HEIGHT ? HEIGHT * count * block_bytes : 0;
        add_tiles(strips, count * values, x + block * values, x_stride, batch, sums[0] + row,
                  tile + HEIGHT * (row_bytes + block * block_bytes), ahead);
      }
    }
    // A whole line is two moves; a call for each would be a fiftieth of the time.
    for (size_t b = 0; b < batch; b++) {
      if (group == GROUP) memcpy(y + b * y_stride + first, sums[b], sizeof sums[0]);
      else memcpy(y + b * y_stride + first, sums[b], group * sizeof(float));
    }
  }
  return 0;
}
#endif
