#pragma once
#include <stddef.h>
#include <stdint.h>

// One portable binary, several code paths: the widest that the processor has is taken. This file alone says what is for
// which processor.

// A helper that stayed a function would be compiled for the oldest processor: every path must absorb it.
#define INLINED static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#define HAS_PATHS 1
#define HAS_NEON_DOT 0

// One source, three compilations; the loader picks.
#define DISPATCHED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

// For code that only some processors run, who are asked first. Without the width, vectors of 512 bits are split where
// the compiler was told of a processor, and sums do not fit into the registers.
//
// Features, not an architecture: these add to whatever the compiler was told of a processor, so that helpers can be absorbed.
#define AVX2_FEATURES "avx2,fma,bmi,bmi2,f16c,lzcnt,movbe"
#define AVX512_FEATURES AVX2_FEATURES ",avx512f,avx512dq,avx512vl,avx512bw,avx512cd"
#define AVX512 __attribute__((target(AVX512_FEATURES), min_vector_width(512)))
#define AVX512_BF16 __attribute__((target(AVX512_FEATURES ",avx512bf16"), min_vector_width(512)))
#define AVX512_VNNI __attribute__((target(AVX512_FEATURES ",avx512vnni"), min_vector_width(512)))
#define AVX2 __attribute__((target(AVX2_FEATURES)))

static inline int has_avx512(void) { return __builtin_cpu_supports("x86-64-v4"); }
static inline int has_avx512_bf16(void) { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
static inline int has_avx512_vnni(void) { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }
static inline int has_avx2(void) { return __builtin_cpu_supports("x86-64-v3"); }
static inline int has_neon_dot(void) { return 0; }

// A function that does `call` where the registers of AVX-512 decide: `wide` is 1 in that path and 0 in the others.
#define VARIANTS(name, parameters, arguments, call)                  \
  AVX512 static void name##_avx512 parameters {                      \
    enum { wide = 1 };                                               \
    call;                                                            \
  }                                                                  \
  AVX2 static void name##_avx2 parameters {                          \
    enum { wide = 0 };                                               \
    call;                                                            \
  }                                                                  \
  void name parameters {                                             \
    enum { wide = 0 };                                               \
    if (has_avx512()) name##_avx512 arguments;                       \
    else if (has_avx2()) name##_avx2 arguments;                      \
    else call;                                                       \
  }

#else
#define HAS_PATHS 0

// On ARM the compiler makes NEON of vectors; of instructions that not every processor has there is one.
#if defined(__aarch64__) && defined(__linux__)
#include <arm_neon.h>
#include <sys/auxv.h>
#define HAS_NEON_DOT 1
#define NEON_DOT __attribute__((target("dotprod")))
static inline int has_neon_dot(void) { return getauxval(AT_HWCAP) >> 20 & 1; }
#else
#define HAS_NEON_DOT 0
static inline int has_neon_dot(void) { return 0; }
#endif

#define DISPATCHED
static inline int has_avx512(void) { return 0; }
static inline int has_avx512_bf16(void) { return 0; }
static inline int has_avx512_vnni(void) { return 0; }
static inline int has_avx2(void) { return 0; }
#define VARIANTS(name, parameters, arguments, call) \
  void name parameters {                            \
    enum { wide = 0 };                              \
    call;                                           \
  }
#endif
