#pragma once
#include <stddef.h>
#include <stdint.h>

/// 1 where ``sextant_transposed_products`` runs (AVX-512), else 0.
int sextant_has_wide_doubles(void);

/// Numbers of room that ``sextant_transposed_products`` wants for a tile of `height` x `width`.
size_t sextant_products_room(size_t height, size_t width);

/// What is multiplied, and how: floats widened to double, doubles, or floats in float over 128 rows, whose sums are added
/// in double.
enum sextant_numbers { SEXTANT_WIDENED, SEXTANT_DOUBLES, SEXTANT_FLOATS };

/// tile[i * stride + j] = sum over r of a[row_r * a_columns + i] * b[row_r * b_columns + j], for i < height, j < width and
/// the rows `numbers`, or 0 ..< rows where that is null; one order of the sum for every element. a and b point at doubles
/// or floats, as `kind` says. With `diagonal`, elements with j < i may be left as they come. `room` is aligned to 64
/// bytes. Only where sextant_has_wide_doubles().
void sextant_transposed_products(const void *a, size_t a_columns, size_t height, const void *b, size_t b_columns,
                                 size_t width, const uint32_t *numbers, size_t rows, enum sextant_numbers kind,
                                 int diagonal, double *room, double *tile, size_t stride);

/// Numbers of room for the panels that ``sextant_pack_form`` fills.
size_t sextant_form_room(size_t height, size_t width);

/// Packs a height x width matrix for ``sextant_quadratic_forms``, rounded to f32; of a symmetric one the half above the
/// diagonal, doubled.
void sextant_pack_form(const double *form, size_t height, size_t width, int symmetric, float *panels);

/// values[r] = x_r^T G y_r for `rows` rows of `height` numbers in x and of `width` numbers in y; x is y for a symmetric
/// G. x_r^T G is summed in f32, its product with y_r in double; `room` holds 8 (rows + 7) numbers.
/// Only where sextant_has_wide_doubles().
void sextant_quadratic_forms(const float *x, size_t height, const float *y, size_t width, size_t rows,
                             const float *panels, int symmetric, double *room, double *values);

/// Packs the rows of a matrix as the columns of panels, for ``sextant_largest_products``; room as
/// sextant_form_room(columns, rows).
void sextant_pack_rows(const float *matrix, size_t rows, size_t columns, float *panels);

/// largest[r] = the packed row, of `width`, whose product with x_r is largest in size, the first of equal ones; -1 where all
/// are zero. Sums in f32; `room` holds 32 (rows + 7) numbers. Only where sextant_has_wide_doubles().
void sextant_largest_products(const float *x, size_t height, size_t rows, const float *panels, size_t width,
                              float *room, int32_t *largest);

/// sums[j] += x_rj over the rows `numbers` (or 0 ..< rows where that is null) of a matrix; returns the sum of all squares.
double sextant_column_sums(const float *x, size_t columns, const uint32_t *numbers, size_t rows, double *sums);
