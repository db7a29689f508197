#include "kernels.h"
#include "dispatch.h"

DISPATCHED float sextant_dot(const float *x, const float *y, size_t count) {
#pragma clang fp reassociate(on) contract(fast)
  float sum = 0;
  for (size_t i = 0; i < count; i++) sum += x[i] * y[i];
  return sum;
}
