#pragma once
#include <stddef.h>
#include <stdint.h>

/// Sum of x[i] * y[i].
float sextant_dot(const float *x, const float *y, size_t count);
