// SSE4.1.
#include "simd.h"

#define TEST(x, y) (u32)(_mm_testz_si128(x, y) | _mm_testc_si128(x, y) << 1 | _mm_testnzc_si128(x, y) << 2)

#define LIST(X)                                                       \
  X(blendps, INTEGER, S, S, _mm_blend_ps(x, y, 5))                    \
  X(blendpd, INTEGER, D, D, _mm_blend_pd(x, y, 2))                    \
  X(blendvps, INTEGER, S, S, _mm_blendv_ps(x, y, z))                  \
  X(blendvpd, INTEGER, D, D, _mm_blendv_pd(x, y, z))                  \
  X(pblendw, INTEGER, I, I, _mm_blend_epi16(x, y, 0xb2))              \
  X(pblendvb, INTEGER, I, I, _mm_blendv_epi8(x, y, z))                \
  X(dpps_ff, FLOAT32, S, S, _mm_dp_ps(x, y, 0xff))                    \
  X(dpps_57, FLOAT32, S, S, _mm_dp_ps(x, y, 0x57))                    \
  X(dppd_33, FLOAT64, D, D, _mm_dp_pd(x, y, 0x33))                    \
  X(dppd_12, FLOAT64, D, D, _mm_dp_pd(x, y, 0x12))                    \
  X(roundps_mxcsr, FLOAT32, S, S, _mm_round_ps(x, 4))                 \
  X(roundps_nearest, FLOAT32, S, S, _mm_round_ps(x, 0))               \
  X(roundps_down, FLOAT32, S, S, _mm_round_ps(x, 1))                  \
  X(roundps_up, FLOAT32, S, S, _mm_round_ps(x, 2))                    \
  X(roundps_zero_quiet, FLOAT32, S, S, _mm_round_ps(x, 11))           \
  X(roundss_mxcsr, FLOAT32, S, S, _mm_round_ss(x, y, 4))              \
  X(roundpd_mxcsr, FLOAT64, D, D, _mm_round_pd(x, 4))                 \
  X(roundpd_up, FLOAT64, D, D, _mm_round_pd(x, 2))                    \
  X(roundsd_down_quiet, FLOAT64, D, D, _mm_round_sd(x, y, 9))         \
  X(extractps, INTEGER, S, W, (u32)_mm_extract_ps(x, 2))              \
  X(insertps, INTEGER, S, S, _mm_insert_ps(x, y, 0x9a))               \
  X(pextrb, INTEGER, I, W, (u32)_mm_extract_epi8(x, 11))              \
  X(pextrd, INTEGER, I, W, (u32)_mm_extract_epi32(x, 3))              \
  X(pinsrb, INTEGER, I, I, _mm_insert_epi8(x, b[3], 9))               \
  X(pinsrd, INTEGER, I, I, _mm_insert_epi32(x, *(const int *)b, 1))   \
  X(mpsadbw_0, INTEGER, I, I, _mm_mpsadbw_epu8(x, y, 0))              \
  X(mpsadbw_6, INTEGER, I, I, _mm_mpsadbw_epu8(x, y, 6))              \
  X(packusdw, INTEGER, I, I, _mm_packus_epi32(x, y))                  \
  X(phminposuw, INTEGER, I, I, _mm_minpos_epu16(x))                   \
  X(pminsb, INTEGER, I, I, _mm_min_epi8(x, y))                        \
  X(pminsd, INTEGER, I, I, _mm_min_epi32(x, y))                       \
  X(pminuw, INTEGER, I, I, _mm_min_epu16(x, y))                       \
  X(pminud, INTEGER, I, I, _mm_min_epu32(x, y))                       \
  X(pmaxsb, INTEGER, I, I, _mm_max_epi8(x, y))                        \
  X(pmaxsd, INTEGER, I, I, _mm_max_epi32(x, y))                       \
  X(pmaxuw, INTEGER, I, I, _mm_max_epu16(x, y))                       \
  X(pmaxud, INTEGER, I, I, _mm_max_epu32(x, y))                       \
  X(pmovsxbw, INTEGER, I, I, _mm_cvtepi8_epi16(x))                    \
  X(pmovsxbd, INTEGER, I, I, _mm_cvtepi8_epi32(x))                    \
  X(pmovsxbq, INTEGER, I, I, _mm_cvtepi8_epi64(x))                    \
  X(pmovsxwd, INTEGER, I, I, _mm_cvtepi16_epi32(x))                   \
  X(pmovsxwq, INTEGER, I, I, _mm_cvtepi16_epi64(x))                   \
  X(pmovsxdq, INTEGER, I, I, _mm_cvtepi32_epi64(x))                   \
  X(pmovzxbw, INTEGER, I, I, _mm_cvtepu8_epi16(x))                    \
  X(pmovzxbd, INTEGER, I, I, _mm_cvtepu8_epi32(x))                    \
  X(pmovzxbq, INTEGER, I, I, _mm_cvtepu8_epi64(x))                    \
  X(pmovzxwd, INTEGER, I, I, _mm_cvtepu16_epi32(x))                   \
  X(pmovzxwq, INTEGER, I, I, _mm_cvtepu16_epi64(x))                   \
  X(pmovzxdq, INTEGER, I, I, _mm_cvtepu32_epi64(x))                   \
  X(pmuldq, INTEGER, I, I, _mm_mul_epi32(x, y))                       \
  X(pmulld, INTEGER, I, I, _mm_mullo_epi32(x, y))                     \
  X(pcmpeqq, INTEGER, I, I, _mm_cmpeq_epi64(x, y))                    \
  X(ptest, INTEGER, I, W, TEST(x, y))

static int is_present(void) { return cpuid_bit(1, 0, 2, 19); }

FAMILY(sse41, "sse4.1", is_present, LIST)
