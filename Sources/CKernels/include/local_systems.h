#pragma once
#include <stddef.h>
#include <stdint.h>

/// gram[i * padded + j] = <z_i, z_j> with z_i = base[neighbour[i]] - base[row], for i, j < padded, the count rounded up to a
/// multiple of four; what is beyond the count is zero. `differences` has room for padded rows of columns rounded up to 16.
void sextant_difference_gram(const float *base, size_t columns, size_t row, const int32_t *neighbour, size_t count,
                             float *differences, float *gram);

/// w with A w = 1 for a positive definite A of which the upper triangle is read; A is overwritten by its Cholesky factor.
void sextant_solve_ones(double *a, size_t order, double *w);
