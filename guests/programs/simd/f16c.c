// F16C: half precision, in memory only.
#include "simd.h"

#define LIST(X)                                                       \
  X(vcvtph2ps, FLOAT32, I, YS, _mm256_cvtph_ps(x))                    \
  X(vcvtph2ps_128, FLOAT32, I, S, _mm_cvtph_ps(x))                    \
  X(vcvtps2ph_mxcsr, FLOAT32, YS, I, _mm256_cvtps_ph(x, 4))           \
  X(vcvtps2ph_nearest, FLOAT32, YS, I, _mm256_cvtps_ph(x, 0))         \
  X(vcvtps2ph_down, FLOAT32, YS, I, _mm256_cvtps_ph(x, 1))            \
  X(vcvtps2ph_up, FLOAT32, YS, I, _mm256_cvtps_ph(x, 2))              \
  X(vcvtps2ph_zero, FLOAT32, S, I, _mm_cvtps_ph(x, 3))

static int is_present(void) { return has_avx_state() && cpuid_bit(1, 0, 2, 29); }

FAMILY(f16c, "f16c", is_present, LIST)
