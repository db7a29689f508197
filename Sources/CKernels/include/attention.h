#pragma once
#include <stddef.h>
#include <stdint.h>

/// Queries on the same keys and values: y_q = sum_j softmax_j(scale <q, k_j>) v_j for `queries` queries, `dimension` numbers each, one
/// after the other, over `count` keys and values that lie `stride` numbers apart, in f32, or in f16 or bf16 as their bits. `weights` is
/// room for queries * count numbers. The same bits as for each query alone.
void sextant_attend_f32(const float *query, size_t queries, const float *keys, const float *values, size_t stride,
                        size_t count, size_t dimension, float scale, float *weights, float *y);
void sextant_attend_f16(const float *query, size_t queries, const uint16_t *keys, const uint16_t *values, size_t stride,
                        size_t count, size_t dimension, float scale, float *weights, float *y);
void sextant_attend_bf16(const float *query, size_t queries, const uint16_t *keys, const uint16_t *values,
                         size_t stride, size_t count, size_t dimension, float scale, float *weights, float *y);

/// The same for consecutive positions, `rows` of them, each with `heads` queries on the same keys and values: those of a row lie one after
/// the other, rows `query_stride` and results `y_stride` numbers apart. The last row sees `count` keys, the one before it one less, each
/// the last `window` of its own at most. `weights` is room for rows * heads * (count + 15) numbers. The bits of a row do not depend on
/// the others, but may be others than those of sextant_attend.
void sextant_attend_rows_f32(const float *queries, size_t query_stride, size_t rows, size_t heads, const float *keys,
                             const float *values, size_t stride, size_t count, size_t window, size_t dimension, float scale,
                             float *weights, float *y, size_t y_stride);
void sextant_attend_rows_f16(const float *queries, size_t query_stride, size_t rows, size_t heads, const uint16_t *keys,
                             const uint16_t *values, size_t stride, size_t count, size_t window, size_t dimension,
                             float scale, float *weights, float *y, size_t y_stride);
void sextant_attend_rows_bf16(const float *queries, size_t query_stride, size_t rows, size_t heads, const uint16_t *keys,
                              const uint16_t *values, size_t stride, size_t count, size_t window, size_t dimension,
                              float scale, float *weights, float *y, size_t y_stride);
