// What all families share: an operation is a function of three inputs of 32 bytes; what it writes goes into a checksum.
#pragma once
// The header that intrinsics take malloc from needs a C library; this program has none.
#define _MM_MALLOC_H_INCLUDED
#include <stdint.h>
#include <immintrin.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define OUTPUT_SIZE 64

/** What kind of numbers the inputs are; floating-point operations run in every rounding mode, and their flags count. */
enum kind { INTEGER, FLOAT32, FLOAT64, EXTENDED };

struct operation {
  const char *name;
  enum kind kind;
  void (*run)(const u8 *a, const u8 *b, const u8 *c, u8 *out);
};

struct family {
  const char *name;
  int (*is_present)(void);
  const struct operation *operations;
  u32 count;
};

extern const struct family mmx_family, x87_family, sse_family, sse2_family, sse3_family, ssse3_family, sse41_family,
    sse42_family, aes_family, pclmul_family, sha_family, avx_family, avx2_family, fma_family, f16c_family, bmi32_family,
    adx32_family, bmi64_family, adx64_family;

#define FAMILY(name, text, present, list)                                                \
  list(DEFINE) static const struct operation name##_operations[] = {list(ENTRY)};        \
  const struct family name##_family = {text, present, name##_operations,                 \
                                       sizeof name##_operations / sizeof *name##_operations};

/** X(name, kind, type of x, y and z, type of the result, expression) */
#define DEFINE(name, kind, in, output, ...)                               \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) { \
    TYPE_##in x = LOAD_##in(a), y = LOAD_##in(b), z = LOAD_##in(c);       \
    (void)x, (void)y, (void)z;                                            \
    TYPE_##output r = __VA_ARGS__;                                        \
    STORE_##output(out, r);                                               \
  }
#define ENTRY(name, kind, in, output, ...) {#name, kind, run_##name},

#define TYPE_S __m128
#define LOAD_S(p) _mm_loadu_ps((const float *)(p))
#define STORE_S(p, v) _mm_storeu_ps((float *)(p), v)
#define TYPE_D __m128d
#define LOAD_D(p) _mm_loadu_pd((const double *)(p))
#define STORE_D(p, v) _mm_storeu_pd((double *)(p), v)
#define TYPE_I __m128i
#define LOAD_I(p) _mm_loadu_si128((const __m128i *)(p))
#define STORE_I(p, v) _mm_storeu_si128((__m128i *)(p), v)
#define TYPE_YS __m256
#define LOAD_YS(p) _mm256_loadu_ps((const float *)(p))
#define STORE_YS(p, v) _mm256_storeu_ps((float *)(p), v)
#define TYPE_YD __m256d
#define LOAD_YD(p) _mm256_loadu_pd((const double *)(p))
#define STORE_YD(p, v) _mm256_storeu_pd((double *)(p), v)
#define TYPE_YI __m256i
#define LOAD_YI(p) _mm256_loadu_si256((const __m256i *)(p))
#define STORE_YI(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define TYPE_W u32
#define LOAD_W(p) (*(const u32 *)(p))
#define STORE_W(p, v) (*(u32 *)(p) = (v))
#define TYPE_Q u64
#define LOAD_Q(p) (*(const u64 *)(p))
#define STORE_Q(p, v) (*(u64 *)(p) = (v))

int cpuid_bit(u32 leaf, u32 subleaf, int reg, int bit);
int has_avx_state(void);
