#pragma once
#include <stddef.h>
#include <stdint.h>

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

/// Queries on the same keys and values: y_q = sum_j softmax_j(scale <q, k_j>) v_j for `queries` queries, `dimension` numbers each, one
/// after the other, over `count` keys and values that lie `stride` numbers apart, in f32, or in f16 or bf16 as their bits. `weights` is
/// room for queries * count numbers. The same bits as for each query alone.
void sextant_attend_f32(const float *query, size_t queries, const float *keys, const float *values, size_t stride,
                        size_t count, size_t dimension, float scale, float *weights, float *y);
void sextant_attend_f16(const float *query, size_t queries, const uint16_t *keys, const uint16_t *values, size_t stride,
                        size_t count, size_t dimension, float scale, float *weights, float *y);
void sextant_attend_bf16(const float *query, size_t queries, const uint16_t *keys, const uint16_t *values,
                         size_t stride, size_t count, size_t dimension, float scale, float *weights, float *y);

/// log(sum_i exp(x_i)), accumulated in double per sixteen lanes.
double sextant_log_sum_exp(const float *x, size_t count);
