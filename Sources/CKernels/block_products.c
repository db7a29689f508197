#include "block_products.h"
#include "block_layouts.h"
#include <math.h>

#pragma clang fp contract(off)

// Sixteen rows side by side: their bytes u in words of four, so that one instruction adds four products to each row's sum.
struct panel_block {
  uint8_t u[8][64];
  // s of values 0 ... 15 and 16 ... 31; most types have but the first.
  float scales[2][16];
  float minima[16];
};

// Panels that are multiplied at once.
enum { MOST_GROUPS = 2 };

// The zero of a type whose bytes are read as signed ones where the instructions want that.
enum { SIGNED = 128 };

// What the blocks of a type have beside u and s, and the largest magnitude of u, or of u - z where that is signed.
struct traits {
  int zero, has_minima, has_halves, largest;
};

static const struct traits traits_q4_0 = {.zero = 8, .largest = 15};
static const struct traits traits_q4_1 = {.has_minima = 1, .largest = 15};
static const struct traits traits_q5_0 = {.zero = 16, .largest = 31};
static const struct traits traits_q5_1 = {.has_minima = 1, .largest = 31};
static const struct traits traits_q8_0 = {.zero = SIGNED, .largest = 128};
static const struct traits traits_q4_K = {.has_minima = 1, .largest = 15};
static const struct traits traits_q5_K = {.has_minima = 1, .largest = 31};
static const struct traits traits_q6_K = {.zero = 32, .has_halves = 1, .largest = 63};

DISPATCHED void sextant_quantise(const float *x, size_t blocks, struct sextant_block8 *quantised) {
  for (size_t block = 0; block < blocks; block++, x += 32) {
    struct sextant_block8 *to = quantised + block;
    // As integers, magnitudes are in order, and infinity and NaN above all numbers.
    int32_t largest_bits = 0;
    for (int i = 0; i < 32; i++) {
      int32_t bits = LOAD(int32_t, x + i) & 0x7fffffff;
      largest_bits = bits > largest_bits ? bits : largest_bits;
    }
    float largest;
    memcpy(&largest, &largest_bits, sizeof largest);
    const int is_finite = largest_bits < 0x7f800000, is_zero = largest < 0x1p-100f;
    const float factor = is_finite && !is_zero ? 127 / largest : 0;
    int32_t values[32], sums[2] = {0, 0};
    for (int i = 0; i < 32; i++) {
      // Adding 1.5 2^23 rounds to an integer, ties to even.
      float scaled = is_finite ? x[i] * factor : 0;
      float rounded = (scaled + 0x1.8p23f) - 0x1.8p23f;
      values[i] = (int32_t)rounded;
    }
    for (int i = 0; i < 16; i++) sums[0] += values[i], sums[1] += values[16 + i];
    for (int i = 0; i < 32; i++) to->values[i] = (int8_t)values[i];
    to->scale = !is_finite ? NAN : is_zero ? 0 : largest / 127;
    memcpy(to->sums, sums, sizeof sums);
    to->scaled_sum = to->scale * (float)(sums[0] + sums[1]);
  }
}

// MARK: - 32 numbers of one row, part of a block, as the formats define them

INLINED void nibbles(const uint8_t *packed, uint8_t *u) {
  const u8x16 both = LOAD(u8x16, packed);
  STORE(u, both & 15);
  STORE(u + 16, both >> 4);
}

INLINED void add_fifth_bits(const uint8_t *fifth, uint8_t *u) {
  uint32_t bits = LOAD(uint32_t, fifth);
  for (int i = 0; i < 32; i++) u[i] |= (bits >> i & 1) << 4;
}

INLINED void block_q4_0(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  (void)part, (void)minimum;
  scales[0] = half_at(block);
  nibbles(block + 2, u);
}

INLINED void block_q4_1(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  (void)part;
  scales[0] = half_at(block);
  *minimum = half_at(block + 2);
  nibbles(block + 4, u);
}

INLINED void block_q5_0(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  (void)part, (void)minimum;
  scales[0] = half_at(block);
  nibbles(block + 6, u);
  add_fifth_bits(block + 2, u);
}

INLINED void block_q5_1(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  (void)part;
  scales[0] = half_at(block);
  *minimum = half_at(block + 2);
  nibbles(block + 8, u);
  add_fifth_bits(block + 4, u);
}

INLINED void block_q8_0(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  (void)part, (void)minimum;
  scales[0] = half_at(block);
  for (int i = 0; i < 32; i++) u[i] = block[2 + i] ^ 0x80;
}

INLINED void scale_and_minimum(const uint8_t *block, size_t part, float *scales, float *minimum) {
  uint8_t all_scales[8], all_minima[8];
  scales_and_minima(block + 4, all_scales, all_minima);
  scales[0] = half_at(block) * all_scales[part];
  *minimum = -(half_at(block + 2) * all_minima[part]);
}

INLINED void block_q4_K(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  const uint8_t *packed = block + 16 + 32 * (part / 2);
  scale_and_minimum(block, part, scales, minimum);
  for (int i = 0; i < 32; i++) u[i] = packed[i] >> 4 * (part % 2) & 15;
}

INLINED void block_q5_K(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  const uint8_t *packed = block + 48 + 32 * (part / 2);
  scale_and_minimum(block, part, scales, minimum);
  for (int i = 0; i < 32; i++) u[i] = (packed[i] >> 4 * (part % 2) & 15) | (block[16 + i] >> part & 1) << 4;
}

INLINED void block_q6_K(const uint8_t *block, size_t part, uint8_t *u, float *scales, float *minimum) {
  const size_t half = part / 4, run = part % 4;
  const uint8_t *packed = block + 64 * half + 32 * (run % 2), *top = block + 128 + 32 * half;
  const int8_t *own = (const int8_t *)block + 192 + 8 * half + 2 * run;
  (void)minimum;
  for (int i = 0; i < 2; i++) scales[i] = half_at(block + 208) * own[i];
  for (int i = 0; i < 32; i++) u[i] = (packed[i] >> 4 * (run / 2) & 15) | (top[i] >> 2 * run & 3) << 4;
}

// MARK: - Every processor

// 32 numbers of `count` rows as a panel; rows beyond repeat the last. UNIT times 32 in BYTES bytes.
#define PANEL_OF_BLOCK(T, UNIT, BYTES)                                                                        \
  INLINED void panel_block_##T(const uint8_t *packed, size_t row_bytes, size_t count, size_t index,           \
                               struct panel_block *panel) {                                                   \
    for (size_t r = 0; r < 16; r++) {                                                                         \
      uint8_t u[32];                                                                                          \
      float scales[2] = {0, 0}, minimum = 0;                                                                  \
      const uint8_t *row = packed + (r < count ? r : count - 1) * row_bytes;                                  \
      block_##T(row + index / UNIT * BYTES, index % UNIT, u, scales, &minimum);                               \
      for (int j = 0; j < 8; j++) memcpy(panel->u[j] + 4 * r, u + 4 * j, 4);                                  \
      panel->scales[0][r] = scales[0];                                                                        \
      panel->scales[1][r] = scales[1];                                                                        \
      panel->minima[r] = minimum;                                                                             \
    }                                                                                                         \
  }

#define CASE(number, T, values, bytes) PANEL_OF_BLOCK(T, (values / 32), bytes)
FOR_EACH_BLOCK_FORMAT(CASE)
#undef CASE

// z times the sum of x, of one half or of both; bytes of a signed type are u - z.
INLINED int32_t zeros(const struct sextant_block8 *x, struct traits traits, int half) {
  if (traits.zero == SIGNED) return 0;
  return traits.zero * (traits.has_halves ? x->sums[half] : x->sums[0] + x->sums[1]);
}

INLINED void add_block_plain(const struct panel_block *panel, const struct sextant_block8 *x, struct traits traits,
                             float *sums) {
  for (int r = 0; r < 16; r++) {
    for (int half = 0; half < (traits.has_halves ? 2 : 1); half++) {
      int32_t products = -traits.zero * (traits.has_halves ? x->sums[half] : x->sums[0] + x->sums[1]);
      const int first = 4 * half, end = traits.has_halves ? first + 4 : 8;
      for (int j = first; j < end; j++)
        for (int k = 0; k < 4; k++) products += panel->u[j][4 * r + k] * x->values[4 * j + k];
      sums[r] += (float)products * (panel->scales[half][r] * x->scale);
    }
    if (traits.has_minima) sums[r] += panel->minima[r] * x->scaled_sum;
  }
}

#if HAS_NEON_DOT
// Four rows a register: four products are added to each row's sum at once.
NEON_DOT INLINED void add_block_neon(const struct panel_block *panel, const struct sextant_block8 *x, struct traits traits,
                                     float *sums) {
  const int8x16_t with[2] = {vld1q_s8(x->values), vld1q_s8(x->values + 16)};
  // Bytes of a signed type are made so; others are below 128.
  const uint8x16_t sign = vdupq_n_u8(traits.zero == SIGNED ? 0x80 : 0);
#pragma clang loop unroll(full)
  for (int r = 0; r < 16; r += 4) {
    float32x4_t own = vld1q_f32(sums + r);
#pragma clang loop unroll(full)
    for (int half = 0; half < (traits.has_halves ? 2 : 1); half++) {
      int32x4_t products = vdupq_n_s32(-zeros(x, traits, half));
#define WORD(q, lane)                                                                                          \
  products = vdotq_laneq_s32(                                                                                  \
      products, vreinterpretq_s8_u8(veorq_u8(vld1q_u8(panel->u[4 * (q) + (lane)] + 4 * r), sign)), with[q], lane);
      if (!traits.has_halves || half == 0) { WORD(0, 0) WORD(0, 1) WORD(0, 2) WORD(0, 3) }
      if (!traits.has_halves || half == 1) { WORD(1, 0) WORD(1, 1) WORD(1, 2) WORD(1, 3) }
#undef WORD
      const float32x4_t scales = vmulq_n_f32(vld1q_f32(panel->scales[half] + r), x->scale);
      own = vaddq_f32(own, vmulq_f32(vcvtq_f32_s32(products), scales));
    }
    if (traits.has_minima) own = vaddq_f32(own, vmulq_n_f32(vld1q_f32(panel->minima + r), x->scaled_sum));
    vst1q_f32(sums + r, own);
  }
}
#endif

// `path` names a function that adds a block of a panel.
#define PANEL_PRODUCTS(T, path, ATTRIBUTE)                                                                    \
  ATTRIBUTE static void products_##T##_##path(const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks,       \
                                   const struct sextant_block8 *x, size_t batch, void *room, float *y,        \
                                   size_t y_stride) {                                                         \
    struct panel_block *panel = room;                                                                         \
    for (size_t first = 0; first < rows; first += 16) {                                                       \
      const size_t count = rows - first < 16 ? rows - first : 16;                                             \
      for (size_t block = 0; block < blocks; block++)                                                         \
        panel_block_##T(packed + first * row_bytes, row_bytes, count, block, panel + block);                  \
      for (size_t b = 0; b < batch; b++) {                                                                    \
        float sums[16] = {0};                                                                                 \
        for (size_t block = 0; block < blocks; block++)                                                       \
          add_block_##path(panel + block, x + b * blocks + block, traits_##T, sums);                          \
        memcpy(y + b * y_stride + first, sums, count * sizeof(float));                                        \
      }                                                                                                       \
    }                                                                                                         \
  }

#if HAS_PATHS
// Rows side by side are no stream that a processor foresees: while they are multiplied, the next ones are asked for.
// No address is read, so there is no end to mind.
INLINED void fetch(const uint8_t *from, size_t bytes) {
#pragma clang loop unroll(full)
  for (size_t byte = 0; byte < bytes; byte += 64) _mm_prefetch((const char *)from + byte, _MM_HINT_T0);
}

// u_i x_i of two neighbours, and of four, added up; u - z in place of u where that is signed. Magnitudes of up to 128 by up to 127:
// pairs fit sixteen bits.
AVX2 INLINED __m256i pairs_avx2(__m256i u, __m256i x, const int is_signed) {
  return is_signed ? _mm256_maddubs_epi16(_mm256_abs_epi8(u), _mm256_sign_epi8(x, u)) : _mm256_maddubs_epi16(u, x);
}
AVX2 INLINED __m256i fours_avx2(__m256i u, __m256i x, const int is_signed) {
  return _mm256_madd_epi16(pairs_avx2(u, x, is_signed), _mm256_set1_epi16(1));
}

// MARK: - AVX2, one vector: eight rows as they lie, which nothing has to be moved for

// The first word of eight rows, and the number that its lower and its upper half are.
AVX2 INLINED __m256i eight_words(const uint8_t *first, size_t row_bytes) {
#define WORD(r) LOAD(int32_t, first + (r) * row_bytes)
  return _mm256_setr_epi32(WORD(0), WORD(1), WORD(2), WORD(3), WORD(4), WORD(5), WORD(6), WORD(7));
#undef WORD
}
AVX2 INLINED __m256 low_half_of(__m256i words) {
  const __m256i low = _mm256_and_si256(words, _mm256_set1_epi32(0xffff));
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
  return _mm256_cvtph_ps(_mm256_castsi256_si128(packed));
}
AVX2 INLINED __m256 high_half_of(__m256i words) { return low_half_of(_mm256_srli_epi32(words, 16)); }

// u of part of a block, in order; of Q8_0 u - z.

AVX2 INLINED __m256i u_nibbles(const uint8_t *packed) {
  const __m128i both = _mm_loadu_si128((const __m128i *)packed);
  return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(both, 4), both), _mm256_set1_epi8(15));
}

AVX2 INLINED __m256i u_five_bits(const uint8_t *packed, const uint8_t *fifth) {
  // Each byte of the fifth bits eight times, each time asked for another bit.
  const __m256i bytes = _mm256_shuffle_epi8(
      _mm256_set1_epi32(LOAD(int32_t, fifth)),
      _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303));
  const __m256i bits = _mm256_set1_epi64x((int64_t)0x8040201008040201);
  const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bits), bits);
  return _mm256_or_si256(u_nibbles(packed), _mm256_and_si256(set, _mm256_set1_epi8(16)));
}

// `bits` bits of each byte from bit `first` on.
AVX2 INLINED __m256i bits_of_bytes(const uint8_t *bytes, int first, int bits) {
  const __m256i all = _mm256_loadu_si256((const __m256i *)bytes);
  return _mm256_and_si256(_mm256_srli_epi16(all, first), _mm256_set1_epi8((char)((1 << bits) - 1)));
}

AVX2 INLINED __m256i u_q4_0(const uint8_t *block, int part) { return (void)part, u_nibbles(block + 2); }
AVX2 INLINED __m256i u_q4_1(const uint8_t *block, int part) { return (void)part, u_nibbles(block + 4); }
AVX2 INLINED __m256i u_q5_0(const uint8_t *block, int part) { return (void)part, u_five_bits(block + 6, block + 2); }
AVX2 INLINED __m256i u_q5_1(const uint8_t *block, int part) { return (void)part, u_five_bits(block + 8, block + 4); }
AVX2 INLINED __m256i u_q8_0(const uint8_t *block, int part) {
  return (void)part, _mm256_loadu_si256((const __m256i *)(block + 2));
}
AVX2 INLINED __m256i u_q4_K(const uint8_t *block, int part) {
  return bits_of_bytes(block + 16 + 32 * (part / 2), 4 * (part % 2), 4);
}
AVX2 INLINED __m256i u_q5_K(const uint8_t *block, int part) {
  const __m256i low = bits_of_bytes(block + 48 + 32 * (part / 2), 4 * (part % 2), 4);
  return _mm256_or_si256(low, _mm256_slli_epi16(bits_of_bytes(block + 16, part, 1), 4));
}
AVX2 INLINED __m256i u_q6_K(const uint8_t *block, int part) {
  const int half = part / 4, run = part % 4;
  const __m256i low = bits_of_bytes(block + 64 * half + 32 * (run % 2), 4 * (run / 2), 4);
  return _mm256_or_si256(low, _mm256_slli_epi16(bits_of_bytes(block + 128 + 32 * half, 2 * run, 2), 4));
}

// s and m of eight rows, of each part of their blocks.
struct eight_rows {
  __m256 scales[8][2], minima[8];
};

AVX2 INLINED void head_q4_0(const uint8_t *block, size_t row_bytes, struct eight_rows *to) {
  to->scales[0][0] = low_half_of(eight_words(block, row_bytes));
}
AVX2 INLINED void head_q4_1(const uint8_t *block, size_t row_bytes, struct eight_rows *to) {
  const __m256i head = eight_words(block, row_bytes);
  to->scales[0][0] = low_half_of(head);
  to->minima[0] = high_half_of(head);
}
#define head_q5_0 head_q4_0
#define head_q5_1 head_q4_1
#define head_q8_0 head_q4_0

AVX2 INLINED void head_q4_K(const uint8_t *block, size_t row_bytes, struct eight_rows *to) {
  __m256i head[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) head[i] = eight_words(block + 4 * i, row_bytes);
  const __m256 scale = low_half_of(head[0]), minimum = high_half_of(head[0]);
  const __m256i four = _mm256_set1_epi8(15), six = _mm256_set1_epi8(63), top = _mm256_set1_epi8(48);
  const __m256i scales[2] = {
      _mm256_and_si256(head[1], six),
      _mm256_or_si256(_mm256_and_si256(head[3], four), _mm256_and_si256(_mm256_srli_epi16(head[1], 2), top))};
  const __m256i minima[2] = {
      _mm256_and_si256(head[2], six),
      _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(head[3], 4), four),
                      _mm256_and_si256(_mm256_srli_epi16(head[2], 2), top))};
#pragma clang loop unroll(full)
  for (int part = 0; part < 8; part++) {
#define BYTE(words)                                                                     \
  _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srli_epi32((words)[part / 4], 8 * (part % 4)), \
                                      _mm256_set1_epi32(255)))
    to->scales[part][0] = _mm256_mul_ps(scale, BYTE(scales));
    to->minima[part] = _mm256_xor_ps(_mm256_mul_ps(minimum, BYTE(minima)), _mm256_set1_ps(-0.0f));
#undef BYTE
  }
}
#define head_q5_K head_q4_K

AVX2 INLINED void head_q6_K(const uint8_t *block, size_t row_bytes, struct eight_rows *to) {
  const __m256 scale = high_half_of(eight_words(block + 206, row_bytes));
#pragma clang loop unroll(full)
  for (int word = 0; word < 4; word++) {
    const __m256i own = eight_words(block + 192 + 4 * word, row_bytes);
#pragma clang loop unroll(full)
    for (int byte = 0; byte < 4; byte++) {
      const __m256i number = _mm256_srai_epi32(_mm256_slli_epi32(own, 24 - 8 * byte), 24);
      to->scales[2 * word + byte / 2][byte % 2] = _mm256_mul_ps(scale, _mm256_cvtepi32_ps(number));
    }
  }
}

// 32 numbers of eight rows with one vector.
AVX2 INLINED void add_rows(const __m256i *u, const __m256 *scales, __m256 minima, const struct sextant_block8 *x,
                           struct traits traits, __m256 *sums) {
  const __m256i with = _mm256_loadu_si256((const __m256i *)x->values);
  __m256i fours[8];
#pragma clang loop unroll(full)
  for (int r = 0; r < 8; r++) fours[r] = fours_avx2(u[r], with, traits.zero == SIGNED);
#define FOUR(r) \
  _mm256_hadd_epi32(_mm256_hadd_epi32(fours[r], fours[r + 1]), _mm256_hadd_epi32(fours[r + 2], fours[r + 3]))
  const __m256i a = FOUR(0), b = FOUR(4);
#undef FOUR
  // Of numbers 0 ... 15, and of 16 ... 31.
  const __m256i halves[2] = {_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31)};
  const __m256 scale = _mm256_set1_ps(x->scale);
#pragma clang loop unroll(full)
  for (int half = 0; half < (traits.has_halves ? 2 : 1); half++) {
    const __m256i sum = traits.has_halves ? halves[half] : _mm256_add_epi32(halves[0], halves[1]);
    const __m256 products = _mm256_cvtepi32_ps(_mm256_sub_epi32(sum, _mm256_set1_epi32(zeros(x, traits, half))));
    *sums = _mm256_add_ps(*sums, _mm256_mul_ps(products, _mm256_mul_ps(scales[half], scale)));
  }
  if (traits.has_minima) *sums = _mm256_add_ps(*sums, _mm256_mul_ps(minima, _mm256_set1_ps(x->scaled_sum)));
}

// UNIT blocks of 32 in BYTES bytes.
#define ROW_PRODUCTS(T, UNIT, BYTES)                                                                          \
  AVX2 static void products_##T##_by_rows(const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks, \
                                          const struct sextant_block8 *x, float *y) {                         \
    for (size_t done = 0; done < rows; done += 8) {                                                           \
      /* The last rows once more, where they are no whole group: they come to the same bits. */               \
      const size_t first = rows - done < 8 ? rows - 8 : done;                                                 \
      const uint8_t *unit = packed + first * row_bytes, *next = unit + 8 * row_bytes;                         \
      const struct sextant_block8 *with = x, *end = x + blocks;                                               \
      __m256 sums = _mm256_setzero_ps();                                                                      \
      for (; with < end; with += UNIT, unit += BYTES, next += 8 * BYTES) {                                    \
        struct eight_rows head;                                                                               \
        fetch(next, 8 * BYTES);                                                                               \
        head_##T(unit, row_bytes, &head);                                                                     \
        _Pragma("clang loop unroll(full)") for (int part = 0; part < UNIT; part++) {                          \
          __m256i u[8];                                                                                       \
          _Pragma("clang loop unroll(full)") for (int r = 0; r < 8; r++)                                      \
              u[r] = u_##T(unit + (size_t)r * row_bytes, part);                                               \
          add_rows(u, head.scales[part], traits_##T.has_minima ? head.minima[part] : sums, with + part,       \
                   traits_##T, &sums);                                                                        \
        }                                                                                                     \
      }                                                                                                       \
      _mm256_storeu_ps(y + first, sums);                                                                      \
    }                                                                                                         \
  }

// MARK: - AVX2, several vectors: eight rows side by side, a byte a weight

// As struct panel_block; bytes of a signed type are u - z.
struct eight_panel {
  uint8_t u[8][32];
  float scales[2][8];
  float minima[8];
};

enum { MOST_VECTORS_AVX2 = 4 };

// How many products of pairs, u of up to 15, 31, 63 or 128 by up to 127, fit sixteen bits.
INLINED int pairs_that_fit(int largest) { return 32767 / (2 * 127 * largest); }

// One block of `groups` times eight rows with `vectors` vectors.
AVX2 INLINED void add_eights(const struct eight_panel *panel, size_t panel_stride, const int groups,
                             const struct sextant_block8 *x, size_t x_stride, const int vectors,
                             const struct traits traits, __m256 sums[MOST_VECTORS_AVX2][MOST_GROUPS]) {
  const int steps = pairs_that_fit(traits.largest), width = traits.has_halves ? 4 : 8;
#pragma clang loop unroll(full)
  for (int half = 0; half < 8 / width; half++) {
    __m256i products[MOST_VECTORS_AVX2][MOST_GROUPS];
#pragma clang loop unroll(full)
    for (int first = half * width; first < (half + 1) * width; first += steps) {
      __m256i pairs[MOST_VECTORS_AVX2][MOST_GROUPS];
#pragma clang loop unroll(full)
      for (int j = first; j < first + steps; j++) {
        __m256i u[MOST_GROUPS];
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++)
          u[g] = _mm256_load_si256((const __m256i *)panel[(size_t)g * panel_stride].u[j]);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
          const __m256i four = _mm256_set1_epi32(LOAD(int32_t, x[(size_t)v * x_stride].values + 4 * j));
#pragma clang loop unroll(full)
          for (int g = 0; g < groups; g++) {
            const __m256i more = pairs_avx2(u[g], four, traits.zero == SIGNED);
            pairs[v][g] = j == first ? more : _mm256_add_epi16(pairs[v][g], more);
          }
        }
      }
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++)
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) {
          const __m256i more = _mm256_madd_epi16(pairs[v][g], _mm256_set1_epi16(1));
          products[v][g] = first == half * width ? more : _mm256_add_epi32(products[v][g], more);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const struct sextant_block8 *with = x + (size_t)v * x_stride;
#pragma clang loop unroll(full)
      for (int g = 0; g < groups; g++) {
        const __m256i exact = _mm256_sub_epi32(products[v][g], _mm256_set1_epi32(zeros(with, traits, half)));
        const __m256 scale = _mm256_mul_ps(_mm256_load_ps(panel[(size_t)g * panel_stride].scales[half]),
                                           _mm256_set1_ps(with->scale));
        sums[v][g] = _mm256_add_ps(sums[v][g], _mm256_mul_ps(_mm256_cvtepi32_ps(exact), scale));
      }
    }
  }
  if (!traits.has_minima) return;
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++)
      sums[v][g] = _mm256_add_ps(
          sums[v][g], _mm256_mul_ps(_mm256_load_ps(panel[(size_t)g * panel_stride].minima),
                                    _mm256_set1_ps(x[(size_t)v * x_stride].scaled_sum)));
}

// Whole rows of a panel with some vectors.
AVX2 INLINED void eights(const struct eight_panel *panel, size_t blocks, const int groups,
                         const struct sextant_block8 *x, const int vectors, const struct traits traits, float *y,
                         size_t y_stride) {
  __m256 sums[MOST_VECTORS_AVX2][MOST_GROUPS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) sums[v][g] = _mm256_setzero_ps();
  for (size_t block = 0; block < blocks; block++)
    add_eights(panel + block, blocks, groups, x + block, blocks, vectors, traits, sums);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) _mm256_storeu_ps(y + (size_t)v * y_stride + 8 * g, sums[v][g]);
}

// UNIT blocks of 32 in BYTES bytes.
#define EIGHTS_PRODUCTS(T, UNIT, BYTES)                                                                       \
  AVX2 INLINED void eight_panels_##T(const uint8_t *packed, size_t row_bytes, size_t blocks,                  \
                                     struct eight_panel *to) {                                                \
    const uint8_t *next = packed + 8 * row_bytes;                                                             \
    for (size_t unit = 0; unit < blocks / UNIT; unit++, packed += BYTES, next += 8 * BYTES) {                 \
      struct eight_rows head;                                                                                 \
      fetch(next, 8 * BYTES);                                                                                 \
      head_##T(packed, row_bytes, &head);                                                                     \
      _Pragma("clang loop unroll(full)") for (int part = 0; part < UNIT; part++, to++) {                      \
        __m256i u[8];                                                                                         \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < 8; r++)                                        \
            u[r] = u_##T(packed + (size_t)r * row_bytes, part);                                               \
        transpose_words(u);                                                                                   \
        _Pragma("clang loop unroll(full)") for (int j = 0; j < 8; j++)                                        \
            _mm256_store_si256((__m256i *)to->u[j], u[j]);                                                    \
        _mm256_store_ps(to->scales[0], head.scales[part][0]);                                                 \
        if (traits_##T.has_halves) _mm256_store_ps(to->scales[1], head.scales[part][1]);                      \
        if (traits_##T.has_minima) _mm256_store_ps(to->minima, head.minima[part]);                            \
      }                                                                                                       \
    }                                                                                                         \
  }                                                                                                           \
  AVX2 static void products_##T##_avx2(const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks,   \
                                       const struct sextant_block8 *x, size_t batch, void *room, float *y,    \
                                       size_t y_stride) {                                                     \
    struct eight_panel *panel = room;                                                                         \
    for (size_t done = 0; done < rows;) {                                                                     \
      /* The last rows once more, where they are no whole group: they come to the same bits. */               \
      const size_t groups = rows - done >= 8 * MOST_GROUPS ? MOST_GROUPS : 1;                                 \
      const size_t first = rows - done < 8 ? rows - 8 : done;                                                 \
      for (size_t g = 0; g < groups; g++)                                                                     \
        eight_panels_##T(packed + (first + 8 * g) * row_bytes, row_bytes, blocks, panel + g * blocks);        \
      for (size_t b = 0; b < batch;) {                                                                        \
        const size_t vectors = batch - b < MOST_VECTORS_AVX2 ? batch - b : MOST_VECTORS_AVX2;                 \
        const struct sextant_block8 *with = x + b * blocks;                                                   \
        float *to = y + b * y_stride + first;                                                                 \
        switch (vectors + MOST_VECTORS_AVX2 * (groups - 1)) {                                                 \
          EIGHTS(T, 1, 1) EIGHTS(T, 2, 1) EIGHTS(T, 3, 1) EIGHTS(T, 4, 1)                                     \
          EIGHTS(T, 1, 2) EIGHTS(T, 2, 2) EIGHTS(T, 3, 2) EIGHTS(T, 4, 2)                                     \
        }                                                                                                     \
        b += vectors;                                                                                         \
      }                                                                                                       \
      done = first + 8 * groups;                                                                              \
    }                                                                                                         \
  }
#define EIGHTS(T, v, g) \
  case v + MOST_VECTORS_AVX2 *(g - 1): eights(panel, blocks, g, with, v, traits_##T, to, y_stride); break;

// MARK: - AVX-512 VNNI

// Words 0 ... 3 of sixteen rows, a register each.
AVX512_VNNI INLINED void words(const uint8_t *first, size_t row_bytes, __m512i *out) {
  __m512i r[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
#define QUARTER(q) _mm_loadu_si128((const __m128i *)(first + (size_t)(i + 4 * q) * row_bytes))
    r[i] = _mm512_castsi128_si512(QUARTER(0));
    r[i] = _mm512_inserti32x4(r[i], QUARTER(1), 1);
    r[i] = _mm512_inserti32x4(r[i], QUARTER(2), 2);
    r[i] = _mm512_inserti32x4(r[i], QUARTER(3), 3);
#undef QUARTER
  }
  const __m512i a = _mm512_unpacklo_epi32(r[0], r[1]), b = _mm512_unpackhi_epi32(r[0], r[1]);
  const __m512i c = _mm512_unpacklo_epi32(r[2], r[3]), d = _mm512_unpackhi_epi32(r[2], r[3]);
  out[0] = _mm512_unpacklo_epi64(a, c);
  out[1] = _mm512_unpackhi_epi64(a, c);
  out[2] = _mm512_unpacklo_epi64(b, d);
  out[3] = _mm512_unpackhi_epi64(b, d);
}

// The first word of sixteen rows.
AVX512_VNNI INLINED __m512i first_words(const uint8_t *first, size_t row_bytes) {
  __m128i q[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    const uint8_t *row = first + (size_t)(4 * i) * row_bytes;
    q[i] = _mm_setr_epi32(LOAD(int32_t, row), LOAD(int32_t, row + row_bytes), LOAD(int32_t, row + 2 * row_bytes),
                          LOAD(int32_t, row + 3 * row_bytes));
  }
  return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_set_m128i(q[1], q[0])), _mm256_set_m128i(q[3], q[2]), 1);
}

AVX512_VNNI INLINED __m512 low_halves(__m512i words) { return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words)); }
AVX512_VNNI INLINED __m512 high_halves(__m512i words) { return low_halves(_mm512_srli_epi32(words, 16)); }
AVX512_VNNI INLINED void store_bytes(uint8_t *to, __m512i bytes) { _mm512_store_si512(to, bytes); }

AVX512_VNNI INLINED __m512i low_nibbles(__m512i bytes) { return _mm512_and_si512(bytes, _mm512_set1_epi8(15)); }
AVX512_VNNI INLINED __m512i high_nibbles(__m512i bytes) { return low_nibbles(_mm512_srli_epi16(bytes, 4)); }

AVX512_VNNI INLINED void store_nibbles(const uint8_t *packed, size_t row_bytes, struct panel_block *to) {
  __m512i both[4];
  words(packed, row_bytes, both);
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    store_bytes(to->u[j], low_nibbles(both[j]));
    store_bytes(to->u[4 + j], high_nibbles(both[j]));
  }
}

AVX512_VNNI INLINED void store_five_bits(const uint8_t *packed, const uint8_t *fifth, size_t row_bytes,
                                         struct panel_block *to) {
  __m512i both[4];
  words(packed, row_bytes, both);
  const __m512i bits = first_words(fifth, row_bytes), sixteen = _mm512_set1_epi8(16);
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) {
    const __m512i nibble = j < 4 ? low_nibbles(both[j % 4]) : high_nibbles(both[j % 4]);
    // Bits 4 j ... 4 j + 3 of a row: their byte four times, each asked for another bit.
    const __m512i byte = _mm512_shuffle_epi8(
        bits, _mm512_add_epi8(_mm512_set4_epi32(0x0c0c0c0c, 0x08080808, 0x04040404, 0), _mm512_set1_epi8(j / 2)));
    const __mmask64 set = _mm512_test_epi8_mask(byte, _mm512_set1_epi32(j % 2 ? (int)0x80402010 : 0x08040201));
    store_bytes(to->u[j], _mm512_mask_add_epi8(nibble, set, nibble, sixteen));
  }
}

AVX512_VNNI INLINED void panels_q4_0(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  _mm512_store_ps(to->scales[0], low_halves(first_words(row, row_bytes)));
  store_nibbles(row + 2, row_bytes, to);
}

AVX512_VNNI INLINED void panels_q4_1(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  const __m512i head = first_words(row, row_bytes);
  _mm512_store_ps(to->scales[0], low_halves(head));
  _mm512_store_ps(to->minima, high_halves(head));
  store_nibbles(row + 4, row_bytes, to);
}

AVX512_VNNI INLINED void panels_q5_0(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  _mm512_store_ps(to->scales[0], low_halves(first_words(row, row_bytes)));
  store_five_bits(row + 6, row + 2, row_bytes, to);
}

AVX512_VNNI INLINED void panels_q5_1(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  const __m512i head = first_words(row, row_bytes);
  _mm512_store_ps(to->scales[0], low_halves(head));
  _mm512_store_ps(to->minima, high_halves(head));
  store_five_bits(row + 8, row + 4, row_bytes, to);
}

AVX512_VNNI INLINED void panels_q8_0(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  _mm512_store_ps(to->scales[0], low_halves(first_words(row, row_bytes)));
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; half++) {
    __m512i bytes[4];
    words(row + 2 + 16 * half, row_bytes, bytes);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++)
      store_bytes(to->u[4 * half + j], _mm512_xor_si512(bytes[j], _mm512_set1_epi8((char)0x80)));
  }
}

// Scales and minima of the eight blocks of 32 of a K block, from its first four words.
AVX512_VNNI INLINED void store_k_scales(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  __m512i head[4];
  words(row, row_bytes, head);
  const __m512 scale = low_halves(head[0]), minimum = high_halves(head[0]);
  const __m512i six = _mm512_set1_epi8(63), top = _mm512_set1_epi8(48);
  const __m512i scales[2] = {
      _mm512_and_si512(head[1], six),
      _mm512_or_si512(low_nibbles(head[3]), _mm512_and_si512(_mm512_srli_epi16(head[1], 2), top))};
  const __m512i minima[2] = {
      _mm512_and_si512(head[2], six),
      _mm512_or_si512(high_nibbles(head[3]), _mm512_and_si512(_mm512_srli_epi16(head[2], 2), top))};
#pragma clang loop unroll(full)
  for (int part = 0; part < 8; part++) {
#define BYTE(words)                                                                     \
  _mm512_cvtepi32_ps(_mm512_and_si512(_mm512_srli_epi32((words)[part / 4], 8 * (part % 4)), \
                                      _mm512_set1_epi32(255)))
    _mm512_store_ps(to[part].scales[0], _mm512_mul_ps(scale, BYTE(scales)));
    const __m512 product = _mm512_mul_ps(minimum, BYTE(minima));
    _mm512_store_ps(to[part].minima, _mm512_xor_ps(product, _mm512_set1_ps(-0.0f)));
#undef BYTE
  }
}

AVX512_VNNI INLINED void panels_q4_K(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  store_k_scales(row, row_bytes, to);
  for (int pair = 0; pair < 4; pair++)
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      __m512i both[4];
      words(row + 16 + 32 * pair + 16 * half, row_bytes, both);
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) {
        store_bytes(to[2 * pair].u[4 * half + j], low_nibbles(both[j]));
        store_bytes(to[2 * pair + 1].u[4 * half + j], high_nibbles(both[j]));
      }
    }
}

AVX512_VNNI INLINED void panels_q5_K(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  store_k_scales(row, row_bytes, to);
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; half++) {
    __m512i fifth[4];
    words(row + 16 + 16 * half, row_bytes, fifth);
#pragma clang loop unroll(full)
    for (int pair = 0; pair < 4; pair++) {
      __m512i both[4];
      words(row + 48 + 32 * pair + 16 * half, row_bytes, both);
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) {
        const __m512i one = _mm512_set1_epi8(1);
        const __m512i low = _mm512_and_si512(_mm512_srli_epi16(fifth[j], 2 * pair), one);
        const __m512i high = _mm512_and_si512(_mm512_srli_epi16(fifth[j], 2 * pair + 1), one);
        store_bytes(to[2 * pair].u[4 * half + j],
                    _mm512_or_si512(low_nibbles(both[j]), _mm512_slli_epi16(low, 4)));
        store_bytes(to[2 * pair + 1].u[4 * half + j],
                    _mm512_or_si512(high_nibbles(both[j]), _mm512_slli_epi16(high, 4)));
      }
    }
  }
}

AVX512_VNNI INLINED void panels_q6_K(const uint8_t *row, size_t row_bytes, struct panel_block *to) {
  __m512i own[4];
  words(row + 192, row_bytes, own);
  const __m512 scale = high_halves(first_words(row + 206, row_bytes));
#pragma clang loop unroll(full)
  for (int part = 0; part < 16; part++) {
    const __m512i byte = _mm512_srai_epi32(_mm512_slli_epi32(own[part / 4], 24 - 8 * (part % 4)), 24);
    _mm512_store_ps(to[part / 2].scales[part % 2], _mm512_mul_ps(scale, _mm512_cvtepi32_ps(byte)));
  }
  for (int side = 0; side < 2; side++)
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      __m512i top[4];
      words(row + 128 + 32 * side + 16 * half, row_bytes, top);
#pragma clang loop unroll(full)
      for (int odd = 0; odd < 2; odd++) {
        __m512i both[4];
        words(row + 64 * side + 32 * odd + 16 * half, row_bytes, both);
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++) {
          const __m512i two = _mm512_set1_epi8(3);
          const __m512i low = _mm512_and_si512(_mm512_srli_epi16(top[j], 2 * odd), two);
          const __m512i high = _mm512_and_si512(_mm512_srli_epi16(top[j], 4 + 2 * odd), two);
          store_bytes(to[4 * side + odd].u[4 * half + j],
                      _mm512_or_si512(low_nibbles(both[j]), _mm512_slli_epi16(low, 4)));
          store_bytes(to[4 * side + 2 + odd].u[4 * half + j],
                      _mm512_or_si512(high_nibbles(both[j]), _mm512_slli_epi16(high, 4)));
        }
      }
    }
}

enum { MOST_VECTORS = 6, MOST_DIRECT = 4 };

// One block of `groups` times sixteen rows with `vectors` vectors.
AVX512_VNNI INLINED void add_blocks(const struct panel_block *panel, size_t panel_stride, const int groups,
                                    const struct sextant_block8 *x, size_t x_stride, const int vectors,
                                    const struct traits traits, __m512 sums[MOST_VECTORS][MOST_GROUPS]) {
#pragma clang loop unroll(full)
  for (int half = 0; half < (traits.has_halves ? 2 : 1); half++) {
    __m512i products[MOST_VECTORS][MOST_GROUPS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const struct sextant_block8 *with = x + (size_t)v * x_stride;
      const __m512i start =
          _mm512_set1_epi32(-traits.zero * (traits.has_halves ? with->sums[half] : with->sums[0] + with->sums[1]));
#pragma clang loop unroll(full)
      for (int g = 0; g < groups; g++) products[v][g] = start;
    }
#pragma clang loop unroll(full)
    for (int j = 4 * half; j < (traits.has_halves ? 4 * half + 4 : 8); j++) {
      __m512i u[MOST_GROUPS];
#pragma clang loop unroll(full)
      for (int g = 0; g < groups; g++) u[g] = _mm512_load_si512(panel[(size_t)g * panel_stride].u[j]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const __m512i four = _mm512_set1_epi32(LOAD(int32_t, x[(size_t)v * x_stride].values + 4 * j));
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) products[v][g] = _mm512_dpbusd_epi32(products[v][g], u[g], four);
      }
    }
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) {
      const __m512 scales = _mm512_load_ps(panel[(size_t)g * panel_stride].scales[half]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const __m512 scale = _mm512_mul_ps(scales, _mm512_set1_ps(x[(size_t)v * x_stride].scale));
        sums[v][g] = _mm512_add_ps(sums[v][g], _mm512_mul_ps(_mm512_cvtepi32_ps(products[v][g]), scale));
      }
    }
  }
  if (!traits.has_minima) return;
#pragma clang loop unroll(full)
  for (int g = 0; g < groups; g++) {
    const __m512 minima = _mm512_load_ps(panel[(size_t)g * panel_stride].minima);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sums[v][g] = _mm512_add_ps(
          sums[v][g], _mm512_mul_ps(minima, _mm512_set1_ps(x[(size_t)v * x_stride].scaled_sum)));
  }
}

// Whole rows of a panel with some vectors.
AVX512_VNNI INLINED void tile(const struct panel_block *panel, size_t blocks, const int groups,
                              const struct sextant_block8 *x, const int vectors, const struct traits traits, float *y,
                              size_t y_stride) {
  __m512 sums[MOST_VECTORS][MOST_GROUPS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) sums[v][g] = _mm512_setzero_ps();
  for (size_t block = 0; block < blocks; block++)
    add_blocks(panel + block, blocks, groups, x + block, blocks, vectors, traits, sums);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) _mm512_storeu_ps(y + (size_t)v * y_stride + 16 * g, sums[v][g]);
}

#define TILES(name, ZERO, MINIMA, HALVES)                                                                     \
  AVX512_VNNI static void name(const struct panel_block *panel, size_t blocks, size_t groups,                 \
                               const struct sextant_block8 *x, size_t batch, int zero, float *y,              \
                               size_t y_stride) {                                                             \
    for (size_t b = 0; b < batch;) {                                                                          \
      const size_t vectors = batch - b < MOST_VECTORS ? batch - b : MOST_VECTORS;                             \
      const struct sextant_block8 *with = x + b * blocks;                                                     \
      float *to = y + b * y_stride;                                                                           \
      const struct traits traits = {.zero = ZERO, .has_minima = MINIMA, .has_halves = HALVES};                \
      switch (vectors + MOST_VECTORS * (groups - 1)) {                                                        \
        TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1)                                     \
        TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2)                                     \
      }                                                                                                       \
      b += vectors;                                                                                           \
    }                                                                                                         \
  }
#define TILE(v, g) \
  case v + MOST_VECTORS *(g - 1): tile(panel, blocks, g, with, v, traits, to, y_stride); break;

TILES(tiles_with_zero, zero, 0, 0)
TILES(tiles_with_minima, ((void)zero, 0), 1, 0)
TILES(tiles_with_halves, zero, 0, 1)

// Few vectors: what is unpacked is used at once. UNIT blocks of 32 in BYTES bytes.
#define VNNI_PRODUCTS(T, UNIT, BYTES)                                                                         \
  AVX512_VNNI INLINED void direct_of_##T(const uint8_t *packed, size_t row_bytes, size_t blocks,              \
                                         const struct sextant_block8 *x, const int vectors, float *y,         \
                                         size_t y_stride) {                                                   \
    __m512 sums[MOST_VECTORS][MOST_GROUPS];                                                                   \
    struct panel_block panel[UNIT] __attribute__((aligned(64)));                                              \
    _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) sums[v][0] = _mm512_setzero_ps();    \
    for (size_t unit = 0; unit < blocks / UNIT; unit++) {                                                     \
      panels_##T(packed + unit * BYTES, row_bytes, panel);                                                    \
      for (size_t block = 0; block < UNIT; block++) {                                                         \
        fetch(packed + 16 * row_bytes + (unit * UNIT + block) * (16 * BYTES / UNIT), 16 * BYTES / UNIT);      \
        add_blocks(panel + block, 0, 1, x + unit * UNIT + block, blocks, vectors,                             \
                   traits_##T, sums);                                                                         \
      }                                                                                                       \
    }                                                                                                         \
    _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++)                                      \
        _mm512_storeu_ps(y + (size_t)v * y_stride, sums[v][0]);                                               \
  }                                                                                                           \
  AVX512_VNNI static void products_##T##_vnni(const uint8_t *packed, size_t row_bytes, size_t rows, size_t blocks, \
                                              const struct sextant_block8 *x, size_t batch, void *room,       \
                                              float *y, size_t y_stride) {                                    \
    struct panel_block *panel = room;                                                                         \
    const size_t most = batch <= MOST_DIRECT ? 1 : MOST_GROUPS;                                               \
    for (size_t done = 0; done < rows;) {                                                                     \
      /* The last rows once more, where they are no whole group: they come to the same bits. */               \
      const size_t groups = rows - done >= 16 * most ? most : 1;                                              \
      const size_t first = rows - done < 16 ? rows - 16 : done;                                               \
      const uint8_t *rows_bytes = packed + first * row_bytes;                                                 \
      switch (batch) {                                                                                        \
        case 1: direct_of_##T(rows_bytes, row_bytes, blocks, x, 1, y + first, y_stride); break;               \
        case 2: direct_of_##T(rows_bytes, row_bytes, blocks, x, 2, y + first, y_stride); break;               \
        case 3: direct_of_##T(rows_bytes, row_bytes, blocks, x, 3, y + first, y_stride); break;               \
        case 4: direct_of_##T(rows_bytes, row_bytes, blocks, x, 4, y + first, y_stride); break;               \
        default:                                                                                              \
          for (size_t g = 0; g < groups; g++)                                                                 \
            for (size_t unit = 0; unit < blocks / UNIT; unit++)                                               \
              panels_##T(rows_bytes + 16 * g * row_bytes + unit * BYTES, row_bytes,                           \
                         panel + g * blocks + unit * UNIT);                                                   \
          if (traits_##T.has_minima)                                                                          \
            tiles_with_minima(panel, blocks, groups, x, batch, traits_##T.zero, y + first, y_stride);         \
          else if (traits_##T.has_halves)                                                                     \
            tiles_with_halves(panel, blocks, groups, x, batch, traits_##T.zero, y + first, y_stride);         \
          else tiles_with_zero(panel, blocks, groups, x, batch, traits_##T.zero, y + first, y_stride);        \
      }                                                                                                       \
      done = first + 16 * groups;                                                                             \
    }                                                                                                         \
  }
#endif

#define CASE(number, T, values, bytes) PANEL_PRODUCTS(T, plain, )
FOR_EACH_BLOCK_FORMAT(CASE)
#undef CASE
#if HAS_NEON_DOT
#define CASE(number, T, values, bytes) PANEL_PRODUCTS(T, neon, NEON_DOT)
FOR_EACH_BLOCK_FORMAT(CASE)
#undef CASE
#endif
#if HAS_PATHS
#define CASE(number, T, values, bytes)     \
  ROW_PRODUCTS(T, (values / 32), bytes)    \
  EIGHTS_PRODUCTS(T, (values / 32), bytes) \
  VNNI_PRODUCTS(T, (values / 32), bytes)
FOR_EACH_BLOCK_FORMAT(CASE)
#undef CASE
#define BY_PATH(T, ...)                                                                                       \
  if (path == SEXTANT_AVX512_VNNI && rows >= 16) products_##T##_vnni(__VA_ARGS__);                            \
  else if (path != SEXTANT_PLAIN && rows >= 8 && batch == 1)                                                  \
    products_##T##_by_rows(packed, row_bytes, rows, blocks, x, y);                                            \
  else if (path != SEXTANT_PLAIN && rows >= 8) products_##T##_avx2(__VA_ARGS__);                              \
  else products_##T##_plain(__VA_ARGS__)
#elif HAS_NEON_DOT
#define BY_PATH(T, ...)                                                                                       \
  if (path == SEXTANT_NEON_DOT) products_##T##_neon(__VA_ARGS__);                                             \
  else products_##T##_plain(__VA_ARGS__)
#else
#define BY_PATH(T, ...) products_##T##_plain(__VA_ARGS__)
#endif

enum sextant_product_path sextant_best_product_path(void) {
  return has_avx512_vnni() ? SEXTANT_AVX512_VNNI : has_avx2() ? SEXTANT_AVX2 : has_neon_dot() ? SEXTANT_NEON_DOT : SEXTANT_PLAIN;
}

int sextant_has_block_products(uint32_t type) {
  switch (type) {
#define CASE(number, ...) \
  case number: return 1;
    FOR_EACH_BLOCK_FORMAT(CASE)
#undef CASE
  }
  return 0;
}

size_t sextant_block_products_room(size_t blocks) { return MOST_GROUPS * blocks * sizeof(struct panel_block); }

int sextant_block_products(enum sextant_product_path path, uint32_t type, const uint8_t *packed, size_t row_bytes,
                           size_t rows, size_t blocks, const struct sextant_block8 *x, size_t batch, void *room,
                           float *y, size_t y_stride) {
  (void)path;
  switch (type) {
#define CASE(number, T, ...)                                                  \
  case number:                                                                \
    BY_PATH(T, packed, row_bytes, rows, blocks, x, batch, room, y, y_stride); \
    return 0;
    FOR_EACH_BLOCK_FORMAT(CASE)
#undef CASE
  }
  return -1;
}
