// SSE2: double precision, conversions, and the integer instructions on 128 bits.
#include "simd.h"

#define COMPARE(x, y, how)                                                                   \
  (u32)(_mm_##how##eq_sd(x, y) | _mm_##how##lt_sd(x, y) << 1 | _mm_##how##le_sd(x, y) << 2 |  \
        _mm_##how##gt_sd(x, y) << 3 | _mm_##how##ge_sd(x, y) << 4 | _mm_##how##neq_sd(x, y) << 5)
#define SINGLES _mm_loadu_ps((const float *)a)
/** A shift count from 0 to 31, or what 64 bits of the input happen to be. */
#define SMALL _mm_and_si128(y, _mm_set_epi32(0, 0, 0, 31))

static __m128i masked_store(__m128i x, __m128i y) {
  __m128i r = _mm_setzero_si128();
  _mm_maskmoveu_si128(x, y, (char *)&r);
  return r;
}

#ifdef __x86_64__
#define LIST_64(X)                                                \
  X(cvtsd2si64, FLOAT64, D, Q, (u64)_mm_cvtsd_si64(x))            \
  X(cvttsd2si64, FLOAT64, D, Q, (u64)_mm_cvttsd_si64(x))          \
  X(cvtsi642sd, FLOAT64, D, D, _mm_cvtsi64_sd(x, *(const long long *)b)) \
  X(cvtss2si64, FLOAT32, S, Q, (u64)_mm_cvtss_si64(x))            \
  X(cvttss2si64, FLOAT32, S, Q, (u64)_mm_cvttss_si64(x))          \
  X(cvtsi642ss, FLOAT32, S, S, _mm_cvtsi64_ss(x, *(const long long *)b)) \
  X(movq_register, INTEGER, I, Q, (u64)_mm_cvtsi128_si64(x))
#else
#define LIST_64(X)
#endif

#define LIST(X)                                                   \
  LIST_64(X)                                                      \
  X(addpd, FLOAT64, D, D, _mm_add_pd(x, y))                       \
  X(subpd, FLOAT64, D, D, _mm_sub_pd(x, y))                       \
  X(mulpd, FLOAT64, D, D, _mm_mul_pd(x, y))                       \
  X(divpd, FLOAT64, D, D, _mm_div_pd(x, y))                       \
  X(minpd, FLOAT64, D, D, _mm_min_pd(x, y))                       \
  X(maxpd, FLOAT64, D, D, _mm_max_pd(x, y))                       \
  X(sqrtpd, FLOAT64, D, D, _mm_sqrt_pd(x))                        \
  X(addsd, FLOAT64, D, D, _mm_add_sd(x, y))                       \
  X(subsd, FLOAT64, D, D, _mm_sub_sd(x, y))                       \
  X(mulsd, FLOAT64, D, D, _mm_mul_sd(x, y))                       \
  X(divsd, FLOAT64, D, D, _mm_div_sd(x, y))                       \
  X(minsd, FLOAT64, D, D, _mm_min_sd(x, y))                       \
  X(maxsd, FLOAT64, D, D, _mm_max_sd(x, y))                       \
  X(sqrtsd, FLOAT64, D, D, _mm_sqrt_sd(x, y))                     \
  X(cmpeqpd, FLOAT64, D, D, _mm_cmpeq_pd(x, y))                   \
  X(cmpltpd, FLOAT64, D, D, _mm_cmplt_pd(x, y))                   \
  X(cmplepd, FLOAT64, D, D, _mm_cmple_pd(x, y))                   \
  X(cmpunordpd, FLOAT64, D, D, _mm_cmpunord_pd(x, y))             \
  X(cmpneqpd, FLOAT64, D, D, _mm_cmpneq_pd(x, y))                 \
  X(cmpnltpd, FLOAT64, D, D, _mm_cmpnlt_pd(x, y))                 \
  X(cmpnlepd, FLOAT64, D, D, _mm_cmpnle_pd(x, y))                 \
  X(cmpordpd, FLOAT64, D, D, _mm_cmpord_pd(x, y))                 \
  X(cmplesd, FLOAT64, D, D, _mm_cmple_sd(x, y))                   \
  X(comisd, FLOAT64, D, W, COMPARE(x, y, comi))                   \
  X(ucomisd, FLOAT64, D, W, COMPARE(x, y, ucomi))                 \
  X(cvtsd2si, FLOAT64, D, W, (u32)_mm_cvtsd_si32(x))              \
  X(cvttsd2si, FLOAT64, D, W, (u32)_mm_cvttsd_si32(x))            \
  X(cvtsd2ss, FLOAT64, D, S, _mm_cvtsd_ss(SINGLES, y))            \
  X(cvtpd2ps, FLOAT64, D, S, _mm_cvtpd_ps(x))                     \
  X(cvtpd2dq, FLOAT64, D, I, _mm_cvtpd_epi32(x))                  \
  X(cvttpd2dq, FLOAT64, D, I, _mm_cvttpd_epi32(x))                \
  X(cvtss2sd, FLOAT32, S, D, _mm_cvtss_sd(_mm_setzero_pd(), x))   \
  X(cvtps2pd, FLOAT32, S, D, _mm_cvtps_pd(x))                     \
  X(cvtps2dq, FLOAT32, S, I, _mm_cvtps_epi32(x))                  \
  X(cvttps2dq, FLOAT32, S, I, _mm_cvttps_epi32(x))                \
  X(cvtdq2ps, FLOAT32, I, S, _mm_cvtepi32_ps(x))                  \
  X(cvtdq2pd, FLOAT32, I, D, _mm_cvtepi32_pd(x))                  \
  X(cvtsi2sd, FLOAT64, D, D, _mm_cvtsi32_sd(x, *(const int *)b))  \
  X(andpd, INTEGER, D, D, _mm_and_pd(x, y))                       \
  X(andnpd, INTEGER, D, D, _mm_andnot_pd(x, y))                   \
  X(orpd, INTEGER, D, D, _mm_or_pd(x, y))                         \
  X(xorpd, INTEGER, D, D, _mm_xor_pd(x, y))                       \
  X(shufpd_1, INTEGER, D, D, _mm_shuffle_pd(x, y, 1))             \
  X(shufpd_2, INTEGER, D, D, _mm_shuffle_pd(x, y, 2))             \
  X(unpcklpd, INTEGER, D, D, _mm_unpacklo_pd(x, y))               \
  X(unpckhpd, INTEGER, D, D, _mm_unpackhi_pd(x, y))               \
  X(movsd, INTEGER, D, D, _mm_move_sd(x, y))                      \
  X(movlpd, INTEGER, D, D, _mm_loadl_pd(x, (const double *)b))    \
  X(movhpd, INTEGER, D, D, _mm_loadh_pd(x, (const double *)b))    \
  X(movmskpd, INTEGER, D, W, (u32)_mm_movemask_pd(x))             \
  X(paddb, INTEGER, I, I, _mm_add_epi8(x, y))                     \
  X(paddw, INTEGER, I, I, _mm_add_epi16(x, y))                    \
  X(paddd, INTEGER, I, I, _mm_add_epi32(x, y))                    \
  X(paddq, INTEGER, I, I, _mm_add_epi64(x, y))                    \
  X(paddsb, INTEGER, I, I, _mm_adds_epi8(x, y))                   \
  X(paddsw, INTEGER, I, I, _mm_adds_epi16(x, y))                  \
  X(paddusb, INTEGER, I, I, _mm_adds_epu8(x, y))                  \
  X(paddusw, INTEGER, I, I, _mm_adds_epu16(x, y))                 \
  X(psubb, INTEGER, I, I, _mm_sub_epi8(x, y))                     \
  X(psubw, INTEGER, I, I, _mm_sub_epi16(x, y))                    \
  X(psubd, INTEGER, I, I, _mm_sub_epi32(x, y))                    \
  X(psubq, INTEGER, I, I, _mm_sub_epi64(x, y))                    \
  X(psubsb, INTEGER, I, I, _mm_subs_epi8(x, y))                   \
  X(psubsw, INTEGER, I, I, _mm_subs_epi16(x, y))                  \
  X(psubusb, INTEGER, I, I, _mm_subs_epu8(x, y))                  \
  X(psubusw, INTEGER, I, I, _mm_subs_epu16(x, y))                 \
  X(pmullw, INTEGER, I, I, _mm_mullo_epi16(x, y))                 \
  X(pmulhw, INTEGER, I, I, _mm_mulhi_epi16(x, y))                 \
  X(pmulhuw, INTEGER, I, I, _mm_mulhi_epu16(x, y))                \
  X(pmuludq, INTEGER, I, I, _mm_mul_epu32(x, y))                  \
  X(pmaddwd, INTEGER, I, I, _mm_madd_epi16(x, y))                 \
  X(psadbw, INTEGER, I, I, _mm_sad_epu8(x, y))                    \
  X(pavgb, INTEGER, I, I, _mm_avg_epu8(x, y))                     \
  X(pavgw, INTEGER, I, I, _mm_avg_epu16(x, y))                    \
  X(pminub, INTEGER, I, I, _mm_min_epu8(x, y))                    \
  X(pminsw, INTEGER, I, I, _mm_min_epi16(x, y))                   \
  X(pmaxub, INTEGER, I, I, _mm_max_epu8(x, y))                    \
  X(pmaxsw, INTEGER, I, I, _mm_max_epi16(x, y))                   \
  X(pcmpeqb, INTEGER, I, I, _mm_cmpeq_epi8(x, y))                 \
  X(pcmpeqw, INTEGER, I, I, _mm_cmpeq_epi16(x, y))                \
  X(pcmpeqd, INTEGER, I, I, _mm_cmpeq_epi32(x, y))                \
  X(pcmpgtb, INTEGER, I, I, _mm_cmpgt_epi8(x, y))                 \
  X(pcmpgtw, INTEGER, I, I, _mm_cmpgt_epi16(x, y))                \
  X(pcmpgtd, INTEGER, I, I, _mm_cmpgt_epi32(x, y))                \
  X(pand, INTEGER, I, I, _mm_and_si128(x, y))                     \
  X(pandn, INTEGER, I, I, _mm_andnot_si128(x, y))                 \
  X(por, INTEGER, I, I, _mm_or_si128(x, y))                       \
  X(pxor, INTEGER, I, I, _mm_xor_si128(x, y))                     \
  X(packsswb, INTEGER, I, I, _mm_packs_epi16(x, y))               \
  X(packssdw, INTEGER, I, I, _mm_packs_epi32(x, y))               \
  X(packuswb, INTEGER, I, I, _mm_packus_epi16(x, y))              \
  X(punpcklbw, INTEGER, I, I, _mm_unpacklo_epi8(x, y))            \
  X(punpcklwd, INTEGER, I, I, _mm_unpacklo_epi16(x, y))           \
  X(punpckldq, INTEGER, I, I, _mm_unpacklo_epi32(x, y))           \
  X(punpcklqdq, INTEGER, I, I, _mm_unpacklo_epi64(x, y))          \
  X(punpckhbw, INTEGER, I, I, _mm_unpackhi_epi8(x, y))            \
  X(punpckhwd, INTEGER, I, I, _mm_unpackhi_epi16(x, y))           \
  X(punpckhdq, INTEGER, I, I, _mm_unpackhi_epi32(x, y))           \
  X(punpckhqdq, INTEGER, I, I, _mm_unpackhi_epi64(x, y))          \
  X(pshufd, INTEGER, I, I, _mm_shuffle_epi32(x, 0x1e))            \
  X(pshuflw, INTEGER, I, I, _mm_shufflelo_epi16(x, 0x93))         \
  X(pshufhw, INTEGER, I, I, _mm_shufflehi_epi16(x, 0x6c))         \
  X(psllw, INTEGER, I, I, _mm_sll_epi16(x, SMALL))                \
  X(pslld, INTEGER, I, I, _mm_sll_epi32(x, SMALL))                \
  X(psllq, INTEGER, I, I, _mm_sll_epi64(x, SMALL))                \
  X(psrlw, INTEGER, I, I, _mm_srl_epi16(x, SMALL))                \
  X(psrld, INTEGER, I, I, _mm_srl_epi32(x, SMALL))                \
  X(psrlq, INTEGER, I, I, _mm_srl_epi64(x, SMALL))                \
  X(psraw, INTEGER, I, I, _mm_sra_epi16(x, SMALL))                \
  X(psrad, INTEGER, I, I, _mm_sra_epi32(x, SMALL))                \
  X(psllw_any, INTEGER, I, I, _mm_sll_epi16(x, y))                \
  X(psraw_any, INTEGER, I, I, _mm_sra_epi16(x, y))                \
  X(psrlq_any, INTEGER, I, I, _mm_srl_epi64(x, y))                \
  X(psllw_imm, INTEGER, I, I, _mm_slli_epi16(x, 5))               \
  X(pslld_imm, INTEGER, I, I, _mm_slli_epi32(x, 31))              \
  X(psllq_imm, INTEGER, I, I, _mm_slli_epi64(x, 63))              \
  X(psrlw_imm, INTEGER, I, I, _mm_srli_epi16(x, 15))              \
  X(psrld_imm, INTEGER, I, I, _mm_srli_epi32(x, 9))               \
  X(psrlq_imm, INTEGER, I, I, _mm_srli_epi64(x, 33))              \
  X(psraw_imm, INTEGER, I, I, _mm_srai_epi16(x, 7))               \
  X(psrad_imm, INTEGER, I, I, _mm_srai_epi32(x, 17))              \
  X(pslldq, INTEGER, I, I, _mm_slli_si128(x, 5))                  \
  X(psrldq, INTEGER, I, I, _mm_srli_si128(x, 11))                 \
  X(pextrw, INTEGER, I, W, (u32)_mm_extract_epi16(x, 5))          \
  X(pinsrw, INTEGER, I, I, _mm_insert_epi16(x, *(const short *)b, 6)) \
  X(pmovmskb, INTEGER, I, W, (u32)_mm_movemask_epi8(x))           \
  X(movq, INTEGER, I, I, _mm_move_epi64(x))                       \
  X(movd, INTEGER, I, W, (u32)_mm_cvtsi128_si32(x))               \
  X(maskmovdqu, INTEGER, I, I, masked_store(x, y))

static int is_present(void) { return cpuid_bit(1, 0, 3, 26); }

FAMILY(sse2, "sse2", is_present, LIST)
