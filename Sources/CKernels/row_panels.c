#include "row_panels.h"
#include "lanes.h"

// Eight rows, which are not packed, by the three vectors of a panel: 24 sums stay in registers.
enum { ROWS = 8, PANEL = 48 };

size_t sextant_panel_room(size_t height, size_t width) { return height * up(width, PANEL); }

void sextant_pack_form(const double *form, size_t height, size_t width, int symmetric, float *panels) {
  for (size_t left = 0; left < width; left += PANEL)
    for (size_t i = 0; i < height; i++)
      for (size_t j = left; j < left + PANEL; j++) {
        const int counts = j < width && !(symmetric && i > j);
        *panels++ = counts ? (float)(form[i * width + j] * (symmetric && i < j ? 2 : 1)) : 0;
      }
}

void sextant_pack_rows(const float *matrix, size_t rows, size_t columns, float *panels) {
  for (size_t left = 0; left < rows; left += PANEL, panels += columns * PANEL)
    for (size_t j = 0; j < PANEL; j++)
      for (size_t i = 0; i < columns; i++)
        panels[i * PANEL + j] = left + j < rows ? matrix[(left + j) * columns + i] : 0;
}

#if HAS_PATHS
AVX512 INLINED void multiply_rows(const float *const x[ROWS], const float *panel, size_t height, __m512 sums[ROWS][3]) {
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) sums[r][v] = _mm512_setzero_ps();
  for (size_t i = 0; i < height; i++, panel += PANEL) {
    const __m512 b0 = _mm512_loadu_ps(panel), b1 = _mm512_loadu_ps(panel + 16), b2 = _mm512_loadu_ps(panel + 32);
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
      const __m512 left = _mm512_set1_ps(x[r][i]);
      sums[r][0] = _mm512_fmadd_ps(left, b0, sums[r][0]);
      sums[r][1] = _mm512_fmadd_ps(left, b1, sums[r][1]);
      sums[r][2] = _mm512_fmadd_ps(left, b2, sums[r][2]);
    }
  }
}

AVX512 static void add_forms(const float *const x[ROWS], const float *panel, size_t height, const float *const y[ROWS],
                             size_t columns, double *values) {
  __m512 sums[ROWS][3];
  multiply_rows(x, panel, height, sums);
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
    __m512d total = _mm512_loadu_pd(values + 8 * r);
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) {
      const size_t left = columns < 16 * (size_t)v ? 0 : columns - 16 * (size_t)v;
      const __m512 right = _mm512_maskz_loadu_ps(left < 16 ? (__mmask16)((1u << left) - 1) : 0xffff, y[r] + 16 * v);
      total = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(sums[r][v])),
                              _mm512_cvtps_pd(_mm512_castps512_ps256(right)), total);
      total = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm512_extractf32x8_ps(sums[r][v], 1)),
                              _mm512_cvtps_pd(_mm512_extractf32x8_ps(right, 1)), total);
    }
    _mm512_storeu_pd(values + 8 * r, total);
  }
}

// Panel by panel, so that one stays in the second cache for all rows. Past the last row, the last one counts again.
AVX512 static void wide_forms(const float *x, size_t height, const float *y, size_t width, size_t rows,
                              const float *panels, int symmetric, double *room, double *values) {
  for (size_t i = 0; i < 8 * up(rows, ROWS); i++) room[i] = 0;
  for (size_t j = 0; j < width; j += PANEL, panels += height * PANEL) {
    const size_t inner = symmetric && j + PANEL < height ? j + PANEL : height;
    for (size_t first = 0; first < rows; first += ROWS) {
      const float *left[ROWS], *right[ROWS];
      for (size_t r = 0; r < ROWS; r++) {
        const size_t row = first + r < rows ? first + r : rows - 1;
        left[r] = x + row * height, right[r] = y + row * width + j;
      }
      add_forms(left, panels, inner, right, width - j, room + 8 * first);
    }
  }
  for (size_t r = 0; r < rows; r++) values[r] = _mm512_reduce_add_pd(_mm512_loadu_pd(room + 8 * r));
}

// Each lane keeps its own largest product and the column of it.
AVX512 static void keep_largest(const float *const x[ROWS], const float *panel, size_t height, size_t column,
                                float *sizes, int32_t *columns) {
  __m512 sums[ROWS][3];
  multiply_rows(x, panel, height, sums);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
    __m512 size = _mm512_loadu_ps(sizes + 16 * r);
    __m512i found = _mm512_loadu_si512(columns + 16 * r);
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) {
      const __m512 next = _mm512_abs_ps(sums[r][v]);
      const __mmask16 larger = _mm512_cmp_ps_mask(next, size, _CMP_GT_OQ);
      size = _mm512_mask_mov_ps(size, larger, next);
      found = _mm512_mask_add_epi32(found, larger, lanes, _mm512_set1_epi32((int32_t)column + 16 * v));
    }
    _mm512_storeu_ps(sizes + 16 * r, size);
    _mm512_storeu_si512(columns + 16 * r, found);
  }
}

AVX512 void sextant_largest_products(const float *x, size_t height, size_t rows, const float *panels, size_t width,
                                     float *room, int32_t *largest) {
  const size_t padded = up(rows, ROWS);
  float *sizes = room;
  int32_t *columns = (int32_t *)(room + 16 * padded);
  for (size_t i = 0; i < 16 * padded; i++) sizes[i] = 0, columns[i] = -1;
  for (size_t j = 0; j < width; j += PANEL, panels += height * PANEL)
    for (size_t first = 0; first < rows; first += ROWS) {
      const float *left[ROWS];
      for (size_t r = 0; r < ROWS; r++) left[r] = x + (first + r < rows ? first + r : rows - 1) * height;
      keep_largest(left, panels, height, j, sizes + 16 * first, columns + 16 * first);
    }
  for (size_t r = 0; r < rows; r++) {
    size_t best = 16 * r;
    for (size_t lane = 16 * r + 1; lane < 16 * r + 16; lane++)
      if (sizes[lane] > sizes[best] || (sizes[lane] == sizes[best] && columns[lane] < columns[best])) best = lane;
    largest[r] = columns[best];
  }
}
#else
void sextant_largest_products(const float *x, size_t height, size_t rows, const float *panels, size_t width,
                              float *room, int32_t *largest) {
  (void)x, (void)height, (void)panels, (void)width, (void)room;
  for (size_t r = 0; r < rows; r++) largest[r] = -1;
}
#endif

// The same panels and sums without vectors of a given width.
DISPATCHED static void plain_forms(const float *x, size_t height, const float *y, size_t width, size_t rows,
                                   const float *panels, int symmetric, double *values) {
  for (size_t r = 0; r < rows; r++) values[r] = 0;
  for (size_t j = 0; j < width; j += PANEL, panels += height * PANEL) {
    const size_t inner = symmetric && j + PANEL < height ? j + PANEL : height;
    const size_t columns = width - j < PANEL ? width - j : PANEL;
    for (size_t r = 0; r < rows; r++) {
      float sums[PANEL] = {0};
      for (size_t i = 0; i < inner; i++)
        for (size_t c = 0; c < PANEL; c++) sums[c] += x[r * height + i] * panels[i * PANEL + c];
      for (size_t c = 0; c < columns; c++) values[r] += (double)sums[c] * (double)y[r * width + j + c];
    }
  }
}

void sextant_quadratic_forms(const float *x, size_t height, const float *y, size_t width, size_t rows,
                             const float *panels, int symmetric, double *room, double *values) {
#if HAS_PATHS
  if (has_avx512()) {
    wide_forms(x, height, y, width, rows, panels, symmetric, room, values);
    return;
  }
#endif
  (void)room;
  plain_forms(x, height, y, width, rows, panels, symmetric, values);
}
