#pragma once
#include <stddef.h>
#include <stdint.h>

/// Sum of x[i] * y[i]: eight partial sums in double, then their sum. A product of two floats is exact in double,
/// so the bits are the same on every processor.
double sextant_inner_product(const float *x, const float *y, size_t count);

/// The inner products, with the same bits, of x and `many` rows of `count` numbers each, by their numbers.
void sextant_inner_products(const float *x, const float *rows, const uint32_t *numbers, size_t many, size_t count,
                            double *products);

/// Sum of (x[i] - y[i])^2 in the same order, never fused: the same bits on every processor.
double sextant_squared_distance(const float *x, const float *y, size_t count);

/// y = (x - shift) * scale, computed in double and rounded to f32; `shift` may be null. Returns the sum of the
/// squared rounding errors.
double sextant_scale_row(const float *x, const double *shift, double scale, size_t count, float *y);

/// 1 where the processor multiplies bf16 numbers (AVX-512 BF16), else 0.
int sextant_has_bf16(void);

/// Rounds y = (x - shift) * scale to bf16 as row `lane` of a group of sixteen: numbers 2p and 2p + 1 of row r lie
/// at group[32 p + 2 r]. Returns the sum of the squared rounding errors. A last odd number is paired with 0.
double sextant_pack_bf16(const float *x, const double *shift, double scale, size_t count, uint16_t *group,
                         size_t lane);

/// tile = A B^T for groups of sixteen packed rows of `pairs` pairs; a row of the tile is 16 * b_groups long.
/// Products are exact, sums are f32. Only where sextant_has_bf16().
void sextant_bf16_tile(const uint16_t *a, size_t a_groups, const uint16_t *b, size_t b_groups, size_t pairs,
                       float *tile);

/// Finds the columns of a row of scores whose bound u = (score + bias) + biases[j] reaches `threshold`, or
/// thresholds[j] unless that is null. Writes their numbers and bounds, with room for count + 16; returns how many.
size_t sextant_find_bounds(const float *scores, const float *biases, const float *thresholds, float bias,
                           float threshold, size_t count, uint32_t *columns, float *bounds);
