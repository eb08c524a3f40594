// SSSE3.
#include "simd.h"

#define LIST(X)                                        \
  X(pabsb, INTEGER, I, I, _mm_abs_epi8(x))             \
  X(pabsw, INTEGER, I, I, _mm_abs_epi16(x))            \
  X(pabsd, INTEGER, I, I, _mm_abs_epi32(x))            \
  X(phaddw, INTEGER, I, I, _mm_hadd_epi16(x, y))       \
  X(phaddd, INTEGER, I, I, _mm_hadd_epi32(x, y))       \
  X(phaddsw, INTEGER, I, I, _mm_hadds_epi16(x, y))     \
  X(phsubw, INTEGER, I, I, _mm_hsub_epi16(x, y))       \
  X(phsubd, INTEGER, I, I, _mm_hsub_epi32(x, y))       \
  X(phsubsw, INTEGER, I, I, _mm_hsubs_epi16(x, y))     \
  X(pmaddubsw, INTEGER, I, I, _mm_maddubs_epi16(x, y)) \
  X(pmulhrsw, INTEGER, I, I, _mm_mulhrs_epi16(x, y))   \
  X(pshufb, INTEGER, I, I, _mm_shuffle_epi8(x, y))     \
  X(psignb, INTEGER, I, I, _mm_sign_epi8(x, y))        \
  X(psignw, INTEGER, I, I, _mm_sign_epi16(x, y))       \
  X(psignd, INTEGER, I, I, _mm_sign_epi32(x, y))       \
  X(palignr_5, INTEGER, I, I, _mm_alignr_epi8(x, y, 5)) \
  X(palignr_21, INTEGER, I, I, _mm_alignr_epi8(x, y, 21))

static int is_present(void) { return cpuid_bit(1, 0, 2, 9); }

FAMILY(ssse3, "ssse3", is_present, LIST)
