// What the kernels of packed matrices come to, as hashes: check_arm.sh compares those of two processors.

#include "CKernels.h"
#include "block_layouts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A ggml type: blocks of `values` numbers in `bytes`.
struct format {
  const char *name;
  uint32_t type;
  size_t values, bytes;
};

#define CASE(number, T, values, bytes) {#T, number, values, bytes},
static const struct format formats[] = {
    {"f32", 0, 1, 4}, {"f16", 1, 1, 2}, {"bf16", 30, 1, 2}, FOR_EACH_BLOCK_FORMAT(CASE) FOR_EACH_DECODED_FORMAT(CASE)};
#undef CASE

enum { ROWS = 27, COLUMNS = 512, BATCH = 3 };

static uint64_t hash(const void *bytes, size_t count) {
  uint64_t value = 0xcbf29ce484222325;
  for (size_t i = 0; i < count; i++) value = (value ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
  return value;
}

int main(void) {
  static float x[BATCH * COLUMNS], y[BATCH * ROWS], weights[ROWS * COLUMNS];
  static struct sextant_block8 rounded[BATCH * COLUMNS / 32];
  static uint8_t packed[ROWS * COLUMNS * 4];
  for (size_t i = 0; i < BATCH * COLUMNS; i++) x[i] = (float)((int)(i * 7919 % 193) - 96) / 64;
  sextant_quantise(x, BATCH * COLUMNS / 32, rounded);
  printf("rounding %016llx\n", (unsigned long long)hash(rounded, sizeof rounded));
  void *room = aligned_alloc(64, (sextant_block_products_room(COLUMNS / 32) + 63) / 64 * 64);
  uint64_t random = 88172645463325252;
  for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
    const struct format format = formats[f];
    const size_t blocks = COLUMNS / format.values, row_bytes = blocks * format.bytes;
    // Without the bits that make an infinity of a scale.
    for (size_t i = 0; i < ROWS * row_bytes; i++) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      packed[i] = random >> 24 & 0x3b;
    }
    int failed = sextant_dequantise(format.type, packed, ROWS * blocks, weights);
    printf("%s: numbers %016llx", format.name, (unsigned long long)hash(weights, sizeof weights));
    failed |= sextant_packed_dots(format.type, packed, row_bytes, ROWS, blocks, x, COLUMNS, BATCH, y, ROWS);
    double worst = 0;
    for (size_t b = 0; b < BATCH; b++)
      for (size_t r = 0; r < ROWS; r++) {
        double sum = 0, size = 0;
        for (size_t k = 0; k < COLUMNS; k++) {
          const double product = (double)x[b * COLUMNS + k] * weights[r * COLUMNS + k];
          sum += product, size += fabs(product);
        }
        worst = fmax(worst, fabs(sum - y[b * ROWS + r]) / size);
      }
    printf(", products in f32 %s", !failed && worst < 1e-6 ? "right" : "WRONG");
    if (sextant_has_block_products(format.type)) {
      uint64_t hashes[2];
      const enum sextant_product_path paths[2] = {SEXTANT_PLAIN, sextant_best_product_path()};
      for (int p = 0; p < 2; p++) {
        memset(y, 0, sizeof y);
        sextant_block_products(paths[p], format.type, packed, row_bytes, ROWS, COLUMNS / 32, rounded, BATCH, room, y, ROWS);
        hashes[p] = hash(y, sizeof y);
      }
      printf(", rounded %016llx, by the best instructions %s", (unsigned long long)hashes[0],
             hashes[0] == hashes[1] ? "the same" : "OTHERS");
    }
    printf("\n");
  }
  fprintf(stderr, "best instructions: %d\n", sextant_best_product_path());
  return 0;
}
