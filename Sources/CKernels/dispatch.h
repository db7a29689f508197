#pragma once
#include <stddef.h>
#include <stdint.h>

// One portable binary, three code paths: the loader picks the widest that the processor has.
#if defined(__x86_64__) && defined(__linux__)
#define DISPATCHED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

// A helper that stayed a function would be compiled for the oldest processor: the clones must absorb it.
#define INLINED static inline __attribute__((always_inline))

// For code that only the newest processors run, who are asked first.
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma")))

// The next multiple of `step`.
static inline size_t up(size_t count, size_t step) { return (count + step - 1) / step * step; }
