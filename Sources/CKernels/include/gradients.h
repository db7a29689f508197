#pragma once
#include <stddef.h>

/// d := (w d - x sum(x w d) / (n r^2)) / r in place, r^2 = mean(x^2) + epsilon: the cotangent of x from that of y = x / r * w.
void sextant_rms_norm_pullback(const float *x, const float *weight, float epsilon, size_t count, float *d);

/// d := w (d - x sum(x d) / (n r^2)) / r in place: the tangent of y = x / r * w from that of x.
void sextant_rms_norm_tangent(const float *x, const float *weight, float epsilon, size_t count, float *d);

/// Partial derivatives of silu(gate) * up: by_gate = silu'(gate) up, by_up = silu(gate).
void sextant_silu_slopes(const float *gate, const float *up, size_t count, float *by_gate, float *by_up);

/// The same for the tanh approximation of gelu.
void sextant_gelu_slopes(const float *gate, const float *up, size_t count, float *by_gate, float *by_up);

/// The same of z/2 (1 + erf(z / sqrt(2))).
void sextant_gelu_erf_slopes(const float *gate, const float *up, size_t count, float *by_gate, float *by_up);

/// The same of max(0, z), whose slope at 0 is 0.
void sextant_relu_slopes(const float *gate, const float *up, size_t count, float *by_gate, float *by_up);

/// x := softmax(scale x) in place.
void sextant_softmax(float *x, size_t count, float scale);

/// d := scale p (d - sum(p d)) in place, p = softmax(scale x): its Jacobian is symmetric, so both the cotangent of x from that
/// of p and the tangent of p from that of x.
void sextant_softmax_slope(const float *p, size_t count, float scale, float *d);
