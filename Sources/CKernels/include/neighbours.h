#pragma once
#include <stddef.h>
#include <stdint.h>

/// A pair of rows whose score reaches a limit: positions in the two blocks, and the score.
struct sextant_hit {
  uint16_t row, column;
  float score;
};

/// What both kernels below do with a score: s = <a_i, b_j> - half_a[i] - half_b[j] is a hit when it reaches limit_a[i] or
/// limit_b[j]. `hits` has room for every pair. Returns the number of hits, each row's in no particular order.
struct sextant_limits {
  const float *limit_a, *limit_b, *half_a, *half_b;
};

/// Scores of f32 rows that lie `stride` numbers apart; `stride` is a multiple of 16, what follows a row is zero.
/// A score has the bits of `sextant_scores`, wherever the pair stands.
size_t sextant_hits(const float *a, size_t rows_a, const float *b, size_t rows_b, size_t stride,
                    const struct sextant_limits *limits, struct sextant_hit *hits);

/// out[i] = <query, scale[row[i]] * base[row[i]]>: sixteen lanes each add every sixteenth product in ascending order; their
/// sums are added pairwise, half to half.
void sextant_scores(const float *query, const float *base, size_t columns, const float *scale, const int32_t *row,
                    size_t count, float *out);

/// Whether the processor multiplies bf16 numbers.
int sextant_multiplies_bf16(void);

/// Rounds scale * (x - shift) to bf16 and writes it as row `lane` of a group of sixteen: words[pair * 16 + lane] holds columns
/// 2 pair and 2 pair + 1. `shift` may be null. Returns the squared length of what was cut off; `length` gets that of the row.
double sextant_pack_bf16(const float *x, const float *shift, float scale, size_t columns, uint32_t *words, size_t lane,
                         double *length);

/// The same hits from groups of sixteen bf16 rows, products exact, sums in f32; only where `sextant_multiplies_bf16`.
size_t sextant_bf16_hits(const uint32_t *a, size_t groups_a, const uint32_t *b, size_t groups_b, size_t pairs,
                         const struct sextant_limits *limits, struct sextant_hit *hits);
