#pragma once
#include <stddef.h>
#include <stdint.h>

/// 1 where ``sextant_transposed_products`` is fast (AVX-512), else 0.
int sextant_has_wide_doubles(void);

/// Numbers of room that ``sextant_transposed_products`` wants for a tile of `height` x `width`.
size_t sextant_products_room(size_t height, size_t width);

/// What is multiplied, and how: floats widened to double, doubles, or floats in float over 128 rows, whose sums are added
/// in double.
enum sextant_numbers { SEXTANT_WIDENED, SEXTANT_DOUBLES, SEXTANT_FLOATS };

/// tile[i * stride + j] = sum over r of a[row_r * a_columns + i] * b[row_r * b_columns + j], for i < height, j < width and
/// the rows `numbers`, or 0 ..< rows where that is null; one order of the sum for every element. a and b point at doubles
/// or floats, as `kind` says. With `diagonal`, elements with j < i may be left as they come. `room` is aligned to 64
/// bytes. Without AVX-512 a plain loop with the same passes and sums.
void sextant_transposed_products(const void *a, size_t a_columns, size_t height, const void *b, size_t b_columns,
                                 size_t width, const uint32_t *numbers, size_t rows, enum sextant_numbers kind,
                                 int diagonal, double *room, double *tile, size_t stride);

/// sums[j] += x_rj over the rows `numbers` (or 0 ..< rows where that is null) of a matrix; returns the sum of all squares.
double sextant_column_sums(const float *x, size_t columns, const uint32_t *numbers, size_t rows, double *sums);
