// AVX: 256 bits, three operands, 32 kinds of comparison.
#include "simd.h"

#define TEST(x, y) \
  (u32)(_mm256_testz_ps(x, y) | _mm256_testc_ps(x, y) << 1 | _mm256_testnzc_ps(x, y) << 2)
#define TEST_INTEGER(x, y) \
  (u32)(_mm256_testz_si256(x, y) | _mm256_testc_si256(x, y) << 1 | _mm256_testnzc_si256(x, y) << 2)
#define COMPARE(X, n)                                       \
  X(vcmpps_##n, FLOAT32, YS, YS, _mm256_cmp_ps(x, y, n))    \
  X(vcmpsd_##n, FLOAT64, D, D, _mm_cmp_sd(x, y, n))

static __m256 masked_store(__m256 x, __m256i mask) {
  __m256 r = _mm256_setzero_ps();
  _mm256_maskstore_ps((float *)&r, mask, x);
  return r;
}

/** A 128-bit instruction with VEX zeroes the upper half; without, it keeps it; VZEROUPPER zeroes that of all registers. */
static __m256 upper_halves(__m256 x, const u8 *b, u8 *out) {
  __asm__ volatile("addps (%2), %x0\n\tvmovups %0, 32(%1)\n\tvaddps (%2), %x0, %x0" : "+x"(x) : "r"(out), "r"(b) : "memory");
  return x;
}

static __m256 zero_upper(__m256 x) {
  __asm__ volatile("vzeroupper" : "+x"(x));
  return x;
}

#define LIST(X)                                                                     \
  COMPARE(X, 0) COMPARE(X, 1) COMPARE(X, 2) COMPARE(X, 3)                           \
  COMPARE(X, 4) COMPARE(X, 5) COMPARE(X, 6) COMPARE(X, 7)                           \
  COMPARE(X, 8) COMPARE(X, 9) COMPARE(X, 10) COMPARE(X, 11)                         \
  COMPARE(X, 12) COMPARE(X, 13) COMPARE(X, 14) COMPARE(X, 15)                       \
  COMPARE(X, 16) COMPARE(X, 17) COMPARE(X, 18) COMPARE(X, 19)                       \
  COMPARE(X, 20) COMPARE(X, 21) COMPARE(X, 22) COMPARE(X, 23)                       \
  COMPARE(X, 24) COMPARE(X, 25) COMPARE(X, 26) COMPARE(X, 27)                       \
  COMPARE(X, 28) COMPARE(X, 29) COMPARE(X, 30) COMPARE(X, 31)                       \
  X(vaddps, FLOAT32, YS, YS, _mm256_add_ps(x, y))                                   \
  X(vsubps, FLOAT32, YS, YS, _mm256_sub_ps(x, y))                                   \
  X(vmulps, FLOAT32, YS, YS, _mm256_mul_ps(x, y))                                   \
  X(vdivps, FLOAT32, YS, YS, _mm256_div_ps(x, y))                                   \
  X(vminps, FLOAT32, YS, YS, _mm256_min_ps(x, y))                                   \
  X(vmaxps, FLOAT32, YS, YS, _mm256_max_ps(x, y))                                   \
  X(vsqrtps, FLOAT32, YS, YS, _mm256_sqrt_ps(x))                                    \
  X(vaddpd, FLOAT64, YD, YD, _mm256_add_pd(x, y))                                   \
  X(vsubpd, FLOAT64, YD, YD, _mm256_sub_pd(x, y))                                   \
  X(vmulpd, FLOAT64, YD, YD, _mm256_mul_pd(x, y))                                   \
  X(vdivpd, FLOAT64, YD, YD, _mm256_div_pd(x, y))                                   \
  X(vsqrtpd, FLOAT64, YD, YD, _mm256_sqrt_pd(x))                                    \
  X(vaddsd, FLOAT64, D, D, _mm_add_sd(x, y))                                        \
  X(vsqrtss, FLOAT32, S, S, _mm_sqrt_ss(x))                                         \
  X(vaddsubps, FLOAT32, YS, YS, _mm256_addsub_ps(x, y))                             \
  X(vaddsubpd, FLOAT64, YD, YD, _mm256_addsub_pd(x, y))                             \
  X(vhaddps, FLOAT32, YS, YS, _mm256_hadd_ps(x, y))                                 \
  X(vhsubpd, FLOAT64, YD, YD, _mm256_hsub_pd(x, y))                                 \
  X(vdpps, FLOAT32, YS, YS, _mm256_dp_ps(x, y, 0x7a))                               \
  X(vroundps, FLOAT32, YS, YS, _mm256_round_ps(x, 4))                               \
  X(vroundpd, FLOAT64, YD, YD, _mm256_round_pd(x, 9))                               \
  X(vcvtps2dq, FLOAT32, YS, YI, _mm256_cvtps_epi32(x))                              \
  X(vcvttps2dq, FLOAT32, YS, YI, _mm256_cvttps_epi32(x))                            \
  X(vcvtdq2ps, FLOAT32, YI, YS, _mm256_cvtepi32_ps(x))                              \
  X(vcvtps2pd, FLOAT32, S, YD, _mm256_cvtps_pd(x))                                  \
  X(vcvtpd2ps, FLOAT64, YD, S, _mm256_cvtpd_ps(x))                                  \
  X(vcvtpd2dq, FLOAT64, YD, I, _mm256_cvtpd_epi32(x))                               \
  X(vcvttpd2dq, FLOAT64, YD, I, _mm256_cvttpd_epi32(x))                             \
  X(vcvtdq2pd, FLOAT64, I, YD, _mm256_cvtepi32_pd(x))                               \
  X(vandps, INTEGER, YS, YS, _mm256_and_ps(x, y))                                   \
  X(vandnpd, INTEGER, YD, YD, _mm256_andnot_pd(x, y))                               \
  X(vorps, INTEGER, YS, YS, _mm256_or_ps(x, y))                                     \
  X(vxorpd, INTEGER, YD, YD, _mm256_xor_pd(x, y))                                   \
  X(vblendps, INTEGER, YS, YS, _mm256_blend_ps(x, y, 0xa6))                         \
  X(vblendvpd, INTEGER, YD, YD, _mm256_blendv_pd(x, y, z))                          \
  X(vshufps, INTEGER, YS, YS, _mm256_shuffle_ps(x, y, 0x6c))                        \
  X(vshufpd, INTEGER, YD, YD, _mm256_shuffle_pd(x, y, 0x9))                         \
  X(vunpcklps, INTEGER, YS, YS, _mm256_unpacklo_ps(x, y))                           \
  X(vunpckhpd, INTEGER, YD, YD, _mm256_unpackhi_pd(x, y))                           \
  X(vpermilps, INTEGER, YS, YS, _mm256_permute_ps(x, 0x1e))                         \
  X(vpermilps_variable, INTEGER, YS, YS, _mm256_permutevar_ps(x, (__m256i)y))       \
  X(vpermilpd_variable, INTEGER, YD, YD, _mm256_permutevar_pd(x, (__m256i)y))       \
  X(vperm2f128_21, INTEGER, YS, YS, _mm256_permute2f128_ps(x, y, 0x21))             \
  X(vperm2f128_83, INTEGER, YS, YS, _mm256_permute2f128_ps(x, y, 0x83))             \
  X(vextractf128, INTEGER, YS, S, _mm256_extractf128_ps(x, 1))                      \
  X(vinsertf128, INTEGER, YS, YS, _mm256_insertf128_ps(x, _mm256_castps256_ps128(y), 1)) \
  X(vbroadcastss, INTEGER, YS, YS, _mm256_broadcast_ss((const float *)b))           \
  X(vbroadcastsd, INTEGER, YD, YD, _mm256_broadcast_sd((const double *)b))          \
  X(vbroadcastf128, INTEGER, YS, YS, _mm256_broadcast_ps((const __m128 *)b))        \
  X(vmaskmovps_load, INTEGER, YS, YS, _mm256_maskload_ps((const float *)a, (__m256i)y)) \
  X(vmaskmovpd_load, INTEGER, D, D, _mm_maskload_pd((const double *)a, (__m128i)y)) \
  X(vmaskmovps_store, INTEGER, YS, YS, masked_store(x, (__m256i)y))                 \
  X(vmovshdup, INTEGER, YS, YS, _mm256_movehdup_ps(x))                              \
  X(vmovddup, INTEGER, YD, YD, _mm256_movedup_pd(x))                                \
  X(vmovmskps, INTEGER, YS, W, (u32)_mm256_movemask_ps(x))                          \
  X(vmovmskpd, INTEGER, YD, W, (u32)_mm256_movemask_pd(x))                          \
  X(vtestps, INTEGER, YS, W, TEST(x, y))                                            \
  X(vptest, INTEGER, YI, W, TEST_INTEGER(x, y))                                     \
  X(vpaddd_128, INTEGER, I, I, _mm_add_epi32(x, y))                                 \
  X(vpshufb_128, INTEGER, I, I, _mm_shuffle_epi8(x, y))                             \
  X(upper_halves, FLOAT32, YS, YS, upper_halves(x, b, out))                         \
  X(vzeroupper, INTEGER, YS, YS, zero_upper(x))

FAMILY(avx, "avx", has_avx_state, LIST)
