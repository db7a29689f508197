#pragma once
#include <stddef.h>
#include <stdint.h>

// Symmetric matrices of order n are kept by their upper triangle: rows of `leading` floats, n rounded up to sixteen of them used,
// blocks of 16 x 16 on the diagonal in full, zeros beyond n.

/// Numbers of room that the routines below need for an order.
size_t sextant_spectrum_room(size_t order);

/// Zᵀ Z (order = columns), or Z Zᵀ (order = count) when `across` is not 0, of the rows row[0] … row[count - 1] of base less their mean.
void sextant_centred_gram(const float *base, size_t columns, const int32_t *row, size_t count, int across, float *room,
                          float *gram, size_t leading);

/// The tridiagonal matrix that is orthogonally similar to `matrix`, which is overwritten: diagonal and the order - 1 numbers beside it.
void sextant_tridiagonalise(float *matrix, size_t order, size_t leading, float *room, float *diagonal, float *beside);

/// For each shift the number of eigenvalues below it of a symmetric tridiagonal matrix, by its squared off-diagonal, all of it normal.
void sextant_counts_below(const float *diagonal, const float *squared, size_t order, const float *shift, size_t count,
                          int32_t *below);
