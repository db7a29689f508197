#pragma once
#include <stddef.h>
#include <stdint.h>

/// The widest instructions among those that the functions of this library choose by themselves.
const char *sextant_vector_instructions(void);

/// Sum of x[i] * y[i].
float sextant_dot(const float *x, const float *y, size_t count);
