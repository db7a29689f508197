#pragma once
#include "lanes.h"

#if HAS_PATHS
// Sixteen rows by six vectors: twelve sums, the two numbers of the rows and the one of a vector stay in registers. What is decoded of
// the rows stays in the first cache while all vectors pass.
enum { HEIGHT = 16, VECTORS = 6, STRIP = 512 };

// Number k of eight rows side by side, for eight k.
AVX2 INLINED void pack_eight(const float *const rows[8], size_t k, float *panel) {
  __m256i words[8];
#pragma clang loop unroll(full)
  for (int r = 0; r < 8; r++) words[r] = _mm256_loadu_si256((const __m256i *)(rows[r] + k));
  transpose_words(words);
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) _mm256_store_si256((__m256i *)(panel + HEIGHT * j), words[j]);
}

AVX2 static void pack(const float *const rows[HEIGHT], size_t count, float *panel) {
  size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    pack_eight(rows, k, panel + HEIGHT * k);
    pack_eight(rows + 8, k, panel + HEIGHT * k + 8);
  }
  for (; k < count; k++)
    for (size_t r = 0; r < HEIGHT; r++) panel[HEIGHT * k + r] = LOAD(float, rows[r] + k);
}

// Adds the products of a strip to `sums`, which are HEIGHT for each vector, `stride` apart.
AVX2 INLINED void add_tile(const float *panel, size_t count, const float *x, size_t x_stride, const int vectors,
                           float *sums, size_t stride) {
  __m256 low[VECTORS], high[VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    low[v] = _mm256_loadu_ps(sums + (size_t)v * stride);
    high[v] = _mm256_loadu_ps(sums + (size_t)v * stride + 8);
  }
  for (size_t k = 0; k < count; k++, panel += HEIGHT) {
    const __m256 a = _mm256_load_ps(panel), b = _mm256_load_ps(panel + 8);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const __m256 with = _mm256_broadcast_ss(x + (size_t)v * x_stride + k);
      low[v] = _mm256_fmadd_ps(a, with, low[v]);
      high[v] = _mm256_fmadd_ps(b, with, high[v]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    _mm256_storeu_ps(sums + (size_t)v * stride, low[v]);
    _mm256_storeu_ps(sums + (size_t)v * stride + 8, high[v]);
  }
}

AVX2 static void add_tiles(const float *panel, size_t count, const float *x, size_t x_stride, size_t batch, float *sums,
                           size_t stride) {
  size_t b = 0;
  for (; b + VECTORS <= batch; b += VECTORS)
    add_tile(panel, count, x + b * x_stride, x_stride, VECTORS, sums + b * stride, stride);
#define REST(v) \
  case v: add_tile(panel, count, x + b * x_stride, x_stride, v, sums + b * stride, stride); break;
  switch (batch - b) { REST(1) REST(2) REST(3) REST(4) REST(5) }
#undef REST
}
#endif
