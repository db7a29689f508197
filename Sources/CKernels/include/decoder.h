#pragma once
#include <stddef.h>

/// y = x / sqrt(mean(x^2) + epsilon) * weight.
void sextant_rms_norm(const float *x, const float *weight, float epsilon, size_t count, float *y);

/// y = silu(gate) * up, silu(z) = z / (1 + exp(-z)).
void sextant_silu_gate(const float *gate, const float *up, size_t count, float *y);

/// y = gelu(gate) * up with the tanh approximation of gelu.
void sextant_gelu_gate(const float *gate, const float *up, size_t count, float *y);

/// y = gelu(gate) * up, gelu(z) = z/2 (1 + erf(z / sqrt(2))).
void sextant_gelu_erf_gate(const float *gate, const float *up, size_t count, float *y);

/// y = max(0, gate) * up.
void sextant_relu_gate(const float *gate, const float *up, size_t count, float *y);

/// log(sum_i exp(x_i)), accumulated in double per sixteen lanes.
double sextant_log_sum_exp(const float *x, size_t count);
