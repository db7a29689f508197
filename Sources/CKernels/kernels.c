#include "kernels.h"
#include "dispatch.h"

const char *sextant_vector_instructions(void) {
  if (has_avx512_bf16()) return "AVX-512 with bf16";
  if (has_avx512()) return "AVX-512";
  if (has_avx2()) return "AVX2";
  return "those of the build";
}

DISPATCHED float sextant_dot(const float *x, const float *y, size_t count) {
#pragma clang fp reassociate(on) contract(fast)
  float sum = 0;
  for (size_t i = 0; i < count; i++) sum += x[i] * y[i];
  return sum;
}
