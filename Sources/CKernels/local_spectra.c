#include "local_spectra.h"
#include "lanes.h"

enum { LANES = 16, DEPTH = 128, REFLECTIONS = 32 };

#define UNROLLED _Pragma("clang loop unroll(full)")

// Panels of sixteen columns: number p of column c is panel[c / 16][p][c % 16].

// ROWS rows of the product against PANELS panels: sums stay in registers.
#define TILE(ROWS, PANELS)                                                                          \
  do {                                                                                              \
    f32x16 sums[ROWS][PANELS];                                                                      \
    UNROLLED for (int r = 0; r < ROWS; r++)                                                         \
      UNROLLED for (int c = 0; c < PANELS; c++) sums[r][c] = LOAD(f32x16, to + r * leading + c * LANES); \
    for (size_t p = 0; p < depth; p++) {                                                            \
      f32x16 y[PANELS];                                                                             \
      UNROLLED for (int c = 0; c < PANELS; c++) y[c] = LOAD(f32x16, b + (c * depth + p) * LANES);   \
      UNROLLED for (int r = 0; r < ROWS; r++)                                                       \
        UNROLLED for (int c = 0; c < PANELS; c++) sums[r][c] += a[p * LANES + r] * y[c];            \
    }                                                                                               \
    UNROLLED for (int r = 0; r < ROWS; r++)                                                         \
      UNROLLED for (int c = 0; c < PANELS; c++) STORE(to + r * leading + c * LANES, sums[r][c]);    \
  } while (0)

// matrix += leftᵀ right, its blocks on and above the diagonal from panel `first` on.
INLINED void update(const float *left, const float *right, size_t depth, size_t first, size_t panels, int wide, float *matrix,
                    size_t leading) {
  size_t group = wide ? 3 : 1;
  for (size_t column = first; column < panels; column += group)
    for (size_t row = first; row < panels && row < column + group; row++)
      for (size_t part = 0; part < LANES; part += wide ? 8 : 4) {
        size_t start = column > row ? column : row;
        size_t many = (column + group < panels ? column + group : panels) - start;
        const float *a = left + row * depth * LANES + part, *b = right + start * depth * LANES;
        float *to = matrix + (row * LANES + part) * leading + start * LANES;
        if (!wide) TILE(4, 1);
        else if (many == 3) TILE(8, 3);
        else if (many == 2) TILE(8, 2);
        else TILE(8, 1);
      }
}

// Means of the rows less the first of them: what coincides stays at exactly zero.
INLINED void means(const float *base, size_t columns, const int32_t *row, size_t count, float *mean) {
  const float *origin = base + (size_t)row[0] * columns;
  for (size_t k = 0; k < columns; k++) mean[k] = 0;
  for (size_t i = 1; i < count; i++) {
    const float *x = base + (size_t)row[i] * columns;
    if (i + 4 < count)
      for (size_t k = 0; k < columns; k += LANES) __builtin_prefetch(base + (size_t)row[i + 4] * columns + k);
    for (size_t k = 0; k < columns; k++) mean[k] += x[k] - origin[k];
  }
  for (size_t k = 0; k < columns; k++) mean[k] /= (float)count;
}

INLINED void centred_gram(const float *base, size_t columns, const int32_t *row, size_t count, int across, int wide, float *room,
                          float *gram, size_t leading) {
  size_t order = across ? count : columns, inner = across ? columns : count, padded = up(order, LANES);
  const float *origin = base + (size_t)row[0] * columns;
  float *mean = room, *packed = room + up(columns > count ? columns : count, LANES);
  means(base, columns, row, count, mean);
  for (size_t i = 0; i < padded; i++) memset(gram + i * leading, 0, padded * sizeof(float));
  for (size_t start = 0; start < inner; start += DEPTH) {
    size_t depth = start + DEPTH < inner ? DEPTH : inner - start;
    memset(packed + (padded - LANES) * depth, 0, LANES * depth * sizeof(float));
    if (across)
      for (size_t i = 0; i < count; i++) {
        const float *x = base + (size_t)row[i] * columns + start;
        float *to = packed + i / LANES * LANES * depth + i % LANES;
        for (size_t p = 0; p < depth; p++) to[p * LANES] = x[p] - origin[start + p] - mean[start + p];
      }
    else
      for (size_t p = 0; p < depth; p++) {
        const float *x = base + (size_t)row[start + p] * columns;
        size_t k = 0;
        for (; k + LANES <= columns; k += LANES)
          STORE(packed + k * depth + p * LANES, LOAD(f32x16, x + k) - LOAD(f32x16, origin + k) - LOAD(f32x16, mean + k));
        for (size_t c = k; c < columns; c++) packed[k * depth + p * LANES + c - k] = x[c] - origin[c] - mean[c];
      }
    update(packed, packed, depth, 0, padded / LANES, wide, gram, leading);
  }
}

// y = A x for the blocks from `start` on, which lies on a border of blocks.
INLINED void multiply(const float *matrix, size_t leading, size_t start, size_t end, const float *x, float *y) {
  for (size_t j = start; j < end; j += LANES) STORE(y + j, (f32x16){0});
  for (size_t block = start; block < end; block += LANES)
    for (size_t i = block; i < block + LANES; i += 4) {
      const float *a = matrix + i * leading;
      f32x16 sums[4];
      float factor[4];
      UNROLLED for (int r = 0; r < 4; r++) {
        sums[r] = LOAD(f32x16, a + r * leading + block) * LOAD(f32x16, x + block);
        factor[r] = x[i + r];
      }
      for (size_t j = block + LANES; j < end; j += LANES) {
        f32x16 along = LOAD(f32x16, x + j), one = LOAD(f32x16, y + j), other = {0};
        UNROLLED for (int r = 0; r < 4; r++) {
          f32x16 line = LOAD(f32x16, a + r * leading + j);
          sums[r] += line * along;
          if (r % 2) other += line * factor[r];
          else one += line * factor[r];
        }
        STORE(y + j, one + other);
      }
      UNROLLED for (int r = 0; r < 4; r++) y[i + r] += lane_sum(&sums[r]);
    }
}

// y -= Σ_p (v_p ⟨w_p, x⟩ + w_p ⟨v_p, x⟩) over the reflections so far.
INLINED void correct(const float *v, const float *w, size_t count, size_t stride, size_t start, size_t end, const float *x,
                     float *y) {
  for (size_t p = 0; p < count; p++) {
    const float *a = v + p * stride, *b = w + p * stride;
    f32x16 with_v = {0}, with_w = {0};
    for (size_t j = start; j < end; j += LANES) {
      f32x16 along = LOAD(f32x16, x + j);
      with_v += LOAD(f32x16, a + j) * along;
      with_w += LOAD(f32x16, b + j) * along;
    }
    float of_v = lane_sum(&with_v), of_w = lane_sum(&with_w);
    for (size_t j = start; j < end; j += LANES)
      STORE(y + j, LOAD(f32x16, y + j) - (LOAD(f32x16, a + j) * of_w + LOAD(f32x16, b + j) * of_v));
  }
}

INLINED float inner(const float *x, const float *y, size_t start, size_t end) {
  f32x16 total = {0};
  for (size_t j = start; j < end; j += LANES) total += LOAD(f32x16, x + j) * LOAD(f32x16, y + j);
  return lane_sum(&total);
}

// One row and column: the reflection v, w with A - v wᵀ - w vᵀ, and the numbers that are left of the row.
INLINED void reflect(const float *matrix, size_t i, size_t order, size_t leading, size_t stride, const float *vs,
                     const float *ws, size_t known, float *v, float *w, float *diagonal, float *beside) {
  size_t end = up(order, LANES), border = i / LANES * LANES;
  const float *row = matrix + i * leading;
  for (size_t j = border; j < end; j += LANES) STORE(v + j, LOAD(f32x16, row + j));
  for (size_t p = 0; p < known; p++) {
    const float *a = vs + p * stride, *b = ws + p * stride;
    float of_a = a[i], of_b = b[i];
    for (size_t j = border; j < end; j += LANES)
      STORE(v + j, LOAD(f32x16, v + j) - (LOAD(f32x16, a + j) * of_b + LOAD(f32x16, b + j) * of_a));
  }
  diagonal[i] = v[i];
  if (i + 1 == order) return;
  border = (i + 1) / LANES * LANES;
  for (size_t j = border; j <= i; j++) v[j] = 0;
  float head = v[i + 1];
  v[i + 1] = 0;
  float rest = inner(v, v, border, end), tau = 0;
  if (rest > 0) {
    float norm = __builtin_sqrtf(rest + head * head);
    float beta = head > 0 ? -norm : norm;
    float scale = 1 / (head - beta);
    for (size_t j = border; j < end; j += LANES) STORE(v + j, LOAD(f32x16, v + j) * scale);
    tau = (beta - head) / beta;
    head = beta;
  } else
    for (size_t j = border; j < end; j += LANES) STORE(v + j, (f32x16){0});
  beside[i] = head;
  v[i + 1] = tau > 0 ? 1 : 0;
  multiply(matrix, leading, border, end, v, w);
  correct(vs, ws, known, stride, border, end, v, w);
  for (size_t j = border; j <= i; j++) w[j] = 0;
  float half = -0.5f * tau * tau * inner(w, v, border, end);
  for (size_t j = border; j < end; j += LANES) STORE(w + j, LOAD(f32x16, w + j) * tau + LOAD(f32x16, v + j) * half);
}

INLINED void tridiagonalise(float *matrix, size_t order, size_t leading, int wide, float *room, float *diagonal, float *beside) {
  size_t stride = up(order, LANES), depth = 2 * REFLECTIONS;
  float *v = room, *w = v + REFLECTIONS * stride, *left = w + REFLECTIONS * stride, *right = left + depth * stride;
  for (size_t start = 0; start < order; start += REFLECTIONS) {
    size_t end = start + REFLECTIONS < order ? start + REFLECTIONS : order;
    for (size_t i = start; i < end; i++) {
      size_t p = i - start;
      reflect(matrix, i, order, leading, stride, v, w, p, v + p * stride, w + p * stride, diagonal, beside);
    }
    if (end == order) break;
    size_t border = end / LANES * LANES;
    for (size_t j = border; j < stride; j += LANES)
      for (size_t p = 0; p < REFLECTIONS; p++) {
        f32x16 a = LOAD(f32x16, v + p * stride + j), b = LOAD(f32x16, w + p * stride + j);
        float *x = left + j * depth + p * LANES, *y = right + j * depth + p * LANES;
        STORE(x, a);
        STORE(x + REFLECTIONS * LANES, b);
        STORE(y, -b);
        STORE(y + REFLECTIONS * LANES, -a);
      }
    update(left, right, depth, border / LANES, stride / LANES, wide, matrix, leading);
  }
}

size_t sextant_spectrum_room(size_t order) {
  size_t gram = up(order, LANES) * (DEPTH + 1), reduction = up(order, LANES) * 6 * REFLECTIONS;
  return gram > reduction ? gram : reduction;
}

VARIANTS(sextant_centred_gram,
         (const float *base, size_t columns, const int32_t *row, size_t count, int across, float *room, float *gram,
          size_t leading),
         (base, columns, row, count, across, room, gram, leading),
         centred_gram(base, columns, row, count, across, wide, room, gram, leading))

VARIANTS(sextant_tridiagonalise,
         (float *matrix, size_t order, size_t leading, float *room, float *diagonal, float *beside),
         (matrix, order, leading, room, diagonal, beside),
         tridiagonalise(matrix, order, leading, wide, room, diagonal, beside))

// Sylvester's law on T - shift: q_i = d_i - shift - b²_{i-1} / q_{i-1}; infinite and zero q are as good as others.
#define ABREAST 4
DISPATCHED void sextant_counts_below(const float *diagonal, const float *squared, size_t order, const float *shift, size_t count,
                                     int32_t *below) {
  for (size_t start = 0; start < count; start += ABREAST * LANES) {
    float shifts[ABREAST * LANES] = {0};
    int32_t found[ABREAST * LANES];
    size_t many = count - start < ABREAST * LANES ? count - start : ABREAST * LANES;
    memcpy(shifts, shift + start, many * sizeof(float));
    f32x16 x[ABREAST], q[ABREAST];
    u32x16 negative[ABREAST] = {};
    UNROLLED for (int v = 0; v < ABREAST; v++) {
      x[v] = LOAD(f32x16, shifts + v * LANES);
      q[v] = diagonal[0] - x[v];
      negative[v] = (u32x16)q[v] >> 31;
    }
    for (size_t i = 1; i < order; i++)
      UNROLLED for (int v = 0; v < ABREAST; v++) {
        q[v] = (diagonal[i] - x[v]) - squared[i - 1] / q[v];
        negative[v] += (u32x16)q[v] >> 31;
      }
    UNROLLED for (int v = 0; v < ABREAST; v++) STORE(found + v * LANES, negative[v]);
    memcpy(below + start, found, many * sizeof(int32_t));
  }
}
