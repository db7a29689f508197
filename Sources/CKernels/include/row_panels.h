#pragma once
#include <stddef.h>
#include <stdint.h>

/// Numbers of room for a height x width matrix in panels.
size_t sextant_panel_room(size_t height, size_t width);

/// Packs a height x width matrix for ``sextant_quadratic_forms``, rounded to f32; of a symmetric one the half above the
/// diagonal, doubled.
void sextant_pack_form(const double *form, size_t height, size_t width, int symmetric, float *panels);

/// values[r] = x_r^T G y_r for `rows` rows of `height` numbers in x and of `width` numbers in y; x is y for a symmetric
/// G. x_r^T G is summed in f32, its product with y_r in double; `room` holds 8 (rows + 7) numbers.
/// Without AVX-512 a plain loop with the same panels and sums.
void sextant_quadratic_forms(const float *x, size_t height, const float *y, size_t width, size_t rows,
                             const float *panels, int symmetric, double *room, double *values);

/// Packs the rows of a matrix as the columns of panels, for ``sextant_largest_products``; room for columns x rows.
void sextant_pack_rows(const float *matrix, size_t rows, size_t columns, float *panels);

/// largest[r] = the packed row, of `width`, whose product with x_r is largest in size, the first of equal ones; -1 where all
/// are zero. Sums in f32; `room` holds 32 (rows + 7) numbers. Only where sextant_has_wide_doubles().
void sextant_largest_products(const float *x, size_t height, size_t rows, const float *panels, size_t width,
                              float *room, int32_t *largest);
