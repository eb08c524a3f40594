// FMA: one rounding for product and sum.
#include "simd.h"

#define FOUR(X, name, intrinsic)                                                          \
  X(name##ps, FLOAT32, YS, YS, _mm256_##intrinsic##_ps(x, y, z))                          \
  X(name##pd, FLOAT64, YD, YD, _mm256_##intrinsic##_pd(x, y, z))                          \
  X(name##ss, FLOAT32, S, S, _mm_##intrinsic##_ss(x, y, z))                               \
  X(name##sd, FLOAT64, D, D, _mm_##intrinsic##_sd(x, y, z))
#define TWO(X, name, intrinsic)                                                           \
  X(name##ps, FLOAT32, YS, YS, _mm256_##intrinsic##_ps(x, y, z))                          \
  X(name##pd, FLOAT64, D, D, _mm_##intrinsic##_pd(x, y, z))

#define LIST(X)                                                                           \
  FOUR(X, vfmadd, fmadd) FOUR(X, vfmsub, fmsub) FOUR(X, vfnmadd, fnmadd) FOUR(X, vfnmsub, fnmsub) \
  TWO(X, vfmaddsub, fmaddsub) TWO(X, vfmsubadd, fmsubadd)

static int is_present(void) { return has_avx_state() && cpuid_bit(1, 0, 2, 12); }

FAMILY(fma, "fma", is_present, LIST)
