// SSE. RCPPS and RSQRTPS are approximations that differ between processors: their error is checked, not their bits.
#include "simd.h"

#define COMPARE(x, y, how)                                                                                      \
  (u32)(_mm_##how##eq_ss(x, y) | _mm_##how##lt_ss(x, y) << 1 | _mm_##how##le_ss(x, y) << 2 |                     \
        _mm_##how##gt_ss(x, y) << 3 | _mm_##how##ge_ss(x, y) << 4 | _mm_##how##neq_ss(x, y) << 5)

/** The numbers' significands, from 1 to 2. */
static __m128 significand(__m128 x) {
  const __v4su bits = {0x007fffff, 0x007fffff, 0x007fffff, 0x007fffff};
  return _mm_or_ps(_mm_and_ps(x, (__m128)bits), _mm_set1_ps(1));
}

/** Whether 1.5 * 2^-12, the manual's bound for both, is kept: all ones in each number that is good. */
static __m128 is_near_one(__m128 x) {
  __m128 error = _mm_sub_ps(x, _mm_set1_ps(1));
  return _mm_and_ps(_mm_cmplt_ps(error, _mm_set1_ps(0x1.9p-12f)), _mm_cmpgt_ps(error, _mm_set1_ps(-0x1.9p-12f)));
}

static __m128 check_rcp(__m128 x) { return is_near_one(_mm_mul_ps(_mm_rcp_ps(x), x)); }

static __m128 check_rsqrt(__m128 x) { return is_near_one(_mm_mul_ps(_mm_rsqrt_ps(x), _mm_sqrt_ps(x))); }

#define LIST(X)                                                    \
  X(addps, FLOAT32, S, S, _mm_add_ps(x, y))                        \
  X(subps, FLOAT32, S, S, _mm_sub_ps(x, y))                        \
  X(mulps, FLOAT32, S, S, _mm_mul_ps(x, y))                        \
  X(divps, FLOAT32, S, S, _mm_div_ps(x, y))                        \
  X(minps, FLOAT32, S, S, _mm_min_ps(x, y))                        \
  X(maxps, FLOAT32, S, S, _mm_max_ps(x, y))                        \
  X(sqrtps, FLOAT32, S, S, _mm_sqrt_ps(x))                         \
  X(addss, FLOAT32, S, S, _mm_add_ss(x, y))                        \
  X(subss, FLOAT32, S, S, _mm_sub_ss(x, y))                        \
  X(mulss, FLOAT32, S, S, _mm_mul_ss(x, y))                        \
  X(divss, FLOAT32, S, S, _mm_div_ss(x, y))                        \
  X(minss, FLOAT32, S, S, _mm_min_ss(x, y))                        \
  X(maxss, FLOAT32, S, S, _mm_max_ss(x, y))                        \
  X(sqrtss, FLOAT32, S, S, _mm_sqrt_ss(x))                         \
  X(cmpeqps, FLOAT32, S, S, _mm_cmpeq_ps(x, y))                    \
  X(cmpltps, FLOAT32, S, S, _mm_cmplt_ps(x, y))                    \
  X(cmpleps, FLOAT32, S, S, _mm_cmple_ps(x, y))                    \
  X(cmpunordps, FLOAT32, S, S, _mm_cmpunord_ps(x, y))              \
  X(cmpneqps, FLOAT32, S, S, _mm_cmpneq_ps(x, y))                  \
  X(cmpnltps, FLOAT32, S, S, _mm_cmpnlt_ps(x, y))                  \
  X(cmpnleps, FLOAT32, S, S, _mm_cmpnle_ps(x, y))                  \
  X(cmpordps, FLOAT32, S, S, _mm_cmpord_ps(x, y))                  \
  X(cmpltss, FLOAT32, S, S, _mm_cmplt_ss(x, y))                    \
  X(cmpunordss, FLOAT32, S, S, _mm_cmpunord_ss(x, y))              \
  X(comiss, FLOAT32, S, W, COMPARE(x, y, comi))                    \
  X(ucomiss, FLOAT32, S, W, COMPARE(x, y, ucomi))                  \
  X(cvtss2si, FLOAT32, S, W, (u32)_mm_cvtss_si32(x))               \
  X(cvttss2si, FLOAT32, S, W, (u32)_mm_cvttss_si32(x))             \
  X(cvtsi2ss, FLOAT32, S, S, _mm_cvtsi32_ss(x, *(const int *)b))   \
  X(rcpps, INTEGER, S, S, check_rcp(significand(x)))               \
  X(rsqrtps, INTEGER, S, S, check_rsqrt(significand(x)))           \
  X(andps, INTEGER, S, S, _mm_and_ps(x, y))                        \
  X(andnps, INTEGER, S, S, _mm_andnot_ps(x, y))                    \
  X(orps, INTEGER, S, S, _mm_or_ps(x, y))                          \
  X(xorps, INTEGER, S, S, _mm_xor_ps(x, y))                        \
  X(shufps_1b, INTEGER, S, S, _mm_shuffle_ps(x, y, 0x1b))          \
  X(shufps_c6, INTEGER, S, S, _mm_shuffle_ps(x, y, 0xc6))          \
  X(unpcklps, INTEGER, S, S, _mm_unpacklo_ps(x, y))                \
  X(unpckhps, INTEGER, S, S, _mm_unpackhi_ps(x, y))                \
  X(movhlps, INTEGER, S, S, _mm_movehl_ps(x, y))                   \
  X(movlhps, INTEGER, S, S, _mm_movelh_ps(x, y))                   \
  X(movss, INTEGER, S, S, _mm_move_ss(x, y))                       \
  X(movlps, INTEGER, S, S, _mm_loadl_pi(x, (const __m64 *)b))      \
  X(movhps, INTEGER, S, S, _mm_loadh_pi(x, (const __m64 *)b))      \
  X(movmskps, INTEGER, S, W, (u32)_mm_movemask_ps(x))

static int is_present(void) { return cpuid_bit(1, 0, 3, 25); }

FAMILY(sse, "sse", is_present, LIST)
