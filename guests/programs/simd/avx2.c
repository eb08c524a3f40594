// AVX2: integers in 256 bits, variable shifts, permutations, gathers.
#include "simd.h"

#define INDEX _mm256_and_si256(y, _mm256_set1_epi32(7))
#define INDEX_64 _mm256_and_si256(y, _mm256_set1_epi64x(3))
/** A shift count from 0 to 63 in each number. */
#define COUNTS _mm256_and_si256(y, _mm256_set1_epi32(63))
#define COUNTS_64 _mm256_and_si256(y, _mm256_set1_epi64x(127))

static __m256i masked_store(__m256i x, __m256i mask) {
  __m256i r = _mm256_setzero_si256();
  _mm256_maskstore_epi32((int *)&r, mask, x);
  return r;
}

#define BINARY(X)                                                                                           \
  B(X, vpaddb, add_epi8) B(X, vpaddw, add_epi16) B(X, vpaddd, add_epi32) B(X, vpaddq, add_epi64)            \
  B(X, vpaddsb, adds_epi8) B(X, vpaddsw, adds_epi16) B(X, vpaddusb, adds_epu8) B(X, vpaddusw, adds_epu16)   \
  B(X, vpsubb, sub_epi8) B(X, vpsubw, sub_epi16) B(X, vpsubd, sub_epi32) B(X, vpsubq, sub_epi64)            \
  B(X, vpsubsb, subs_epi8) B(X, vpsubsw, subs_epi16) B(X, vpsubusb, subs_epu8) B(X, vpsubusw, subs_epu16)   \
  B(X, vpmullw, mullo_epi16) B(X, vpmulld, mullo_epi32) B(X, vpmulhw, mulhi_epi16)                          \
  B(X, vpmulhuw, mulhi_epu16) B(X, vpmulhrsw, mulhrs_epi16) B(X, vpmuludq, mul_epu32)                       \
  B(X, vpmuldq, mul_epi32) B(X, vpmaddwd, madd_epi16) B(X, vpmaddubsw, maddubs_epi16)                       \
  B(X, vpsadbw, sad_epu8) B(X, vpavgb, avg_epu8) B(X, vpavgw, avg_epu16)                                    \
  B(X, vpminsb, min_epi8) B(X, vpminsw, min_epi16) B(X, vpminsd, min_epi32) B(X, vpminub, min_epu8)         \
  B(X, vpminuw, min_epu16) B(X, vpminud, min_epu32) B(X, vpmaxsb, max_epi8) B(X, vpmaxsw, max_epi16)        \
  B(X, vpmaxsd, max_epi32) B(X, vpmaxub, max_epu8) B(X, vpmaxuw, max_epu16) B(X, vpmaxud, max_epu32)        \
  B(X, vpcmpeqb, cmpeq_epi8) B(X, vpcmpeqw, cmpeq_epi16) B(X, vpcmpeqd, cmpeq_epi32)                        \
  B(X, vpcmpeqq, cmpeq_epi64) B(X, vpcmpgtb, cmpgt_epi8) B(X, vpcmpgtw, cmpgt_epi16)                        \
  B(X, vpcmpgtd, cmpgt_epi32) B(X, vpcmpgtq, cmpgt_epi64) B(X, vpand, and_si256) B(X, vpandn, andnot_si256) \
  B(X, vpor, or_si256) B(X, vpxor, xor_si256) B(X, vpacksswb, packs_epi16) B(X, vpackssdw, packs_epi32)     \
  B(X, vpackuswb, packus_epi16) B(X, vpackusdw, packus_epi32) B(X, vpunpcklbw, unpacklo_epi8)               \
  B(X, vpunpcklwd, unpacklo_epi16) B(X, vpunpckldq, unpacklo_epi32) B(X, vpunpcklqdq, unpacklo_epi64)       \
  B(X, vpunpckhbw, unpackhi_epi8) B(X, vpunpckhwd, unpackhi_epi16) B(X, vpunpckhdq, unpackhi_epi32)         \
  B(X, vpunpckhqdq, unpackhi_epi64) B(X, vphaddw, hadd_epi16) B(X, vphaddd, hadd_epi32)                     \
  B(X, vphaddsw, hadds_epi16) B(X, vphsubw, hsub_epi16) B(X, vphsubd, hsub_epi32) B(X, vphsubsw, hsubs_epi16) \
  B(X, vpsignb, sign_epi8) B(X, vpsignw, sign_epi16) B(X, vpsignd, sign_epi32) B(X, vpshufb, shuffle_epi8)
#define B(X, name, intrinsic) X(name, INTEGER, YI, YI, _mm256_##intrinsic(x, y))

#define WIDEN(X)                                                                                          \
  W(X, vpmovsxbw, cvtepi8_epi16) W(X, vpmovsxbd, cvtepi8_epi32) W(X, vpmovsxbq, cvtepi8_epi64)            \
  W(X, vpmovsxwd, cvtepi16_epi32) W(X, vpmovsxwq, cvtepi16_epi64) W(X, vpmovsxdq, cvtepi32_epi64)         \
  W(X, vpmovzxbw, cvtepu8_epi16) W(X, vpmovzxbd, cvtepu8_epi32) W(X, vpmovzxbq, cvtepu8_epi64)            \
  W(X, vpmovzxwd, cvtepu16_epi32) W(X, vpmovzxwq, cvtepu16_epi64) W(X, vpmovzxdq, cvtepu32_epi64)         \
  W(X, vpbroadcastb, broadcastb_epi8) W(X, vpbroadcastw, broadcastw_epi16)                                \
  W(X, vpbroadcastd, broadcastd_epi32) W(X, vpbroadcastq, broadcastq_epi64)
#define W(X, name, intrinsic) X(name, INTEGER, I, YI, _mm256_##intrinsic(x))

#define LIST(X)                                                                                            \
  BINARY(X) WIDEN(X)                                                                                       \
  X(vpabsb, INTEGER, YI, YI, _mm256_abs_epi8(x))                                                           \
  X(vpabsd, INTEGER, YI, YI, _mm256_abs_epi32(x))                                                          \
  X(vmpsadbw, INTEGER, YI, YI, _mm256_mpsadbw_epu8(x, y, 0x2d))                                            \
  X(vpalignr, INTEGER, YI, YI, _mm256_alignr_epi8(x, y, 9))                                                \
  X(vpblendw, INTEGER, YI, YI, _mm256_blend_epi16(x, y, 0xb2))                                             \
  X(vpblendd, INTEGER, YI, YI, _mm256_blend_epi32(x, y, 0x6a))                                             \
  X(vpblendvb, INTEGER, YI, YI, _mm256_blendv_epi8(x, y, z))                                               \
  X(vpshufd, INTEGER, YI, YI, _mm256_shuffle_epi32(x, 0x1e))                                               \
  X(vpshuflw, INTEGER, YI, YI, _mm256_shufflelo_epi16(x, 0x93))                                            \
  X(vpshufhw, INTEGER, YI, YI, _mm256_shufflehi_epi16(x, 0x6c))                                            \
  X(vpsllvd, INTEGER, YI, YI, _mm256_sllv_epi32(x, COUNTS))                                                \
  X(vpsllvq, INTEGER, YI, YI, _mm256_sllv_epi64(x, COUNTS_64))                                             \
  X(vpsrlvd, INTEGER, YI, YI, _mm256_srlv_epi32(x, COUNTS))                                                \
  X(vpsrlvq, INTEGER, YI, YI, _mm256_srlv_epi64(x, COUNTS_64))                                             \
  X(vpsravd, INTEGER, YI, YI, _mm256_srav_epi32(x, COUNTS))                                                \
  X(vpsllw, INTEGER, YI, YI, _mm256_sll_epi16(x, _mm_set_epi64x(0, b[0] & 31)))                            \
  X(vpsrad, INTEGER, YI, YI, _mm256_sra_epi32(x, _mm_set_epi64x(0, b[0] & 63)))                            \
  X(vpsrlq_imm, INTEGER, YI, YI, _mm256_srli_epi64(x, 37))                                                 \
  X(vpslldq, INTEGER, YI, YI, _mm256_slli_si256(x, 5))                                                     \
  X(vpsrldq, INTEGER, YI, YI, _mm256_srli_si256(x, 11))                                                    \
  X(vpmovmskb, INTEGER, YI, W, (u32)_mm256_movemask_epi8(x))                                               \
  X(vpermd, INTEGER, YI, YI, _mm256_permutevar8x32_epi32(x, y))                                            \
  X(vpermps, INTEGER, YI, YS, _mm256_permutevar8x32_ps((__m256)x, y))                                      \
  X(vpermq, INTEGER, YI, YI, _mm256_permute4x64_epi64(x, 0x6c))                                            \
  X(vperm2i128, INTEGER, YI, YI, _mm256_permute2x128_si256(x, y, 0x83))                                    \
  X(vextracti128, INTEGER, YI, I, _mm256_extracti128_si256(x, 1))                                          \
  X(vinserti128, INTEGER, YI, YI, _mm256_inserti128_si256(x, _mm256_castsi256_si128(y), 1))                \
  X(vbroadcasti128, INTEGER, YI, YI, _mm256_broadcastsi128_si256(*(const __m128i_u *)b))                   \
  X(vpmaskmovd_load, INTEGER, YI, YI, _mm256_maskload_epi32((const int *)a, y))                            \
  X(vpmaskmovq_load, INTEGER, YI, YI, _mm256_maskload_epi64((const long long *)a, y))                      \
  X(vpmaskmovd_store, INTEGER, YI, YI, masked_store(x, y))                                                 \
  X(vpgatherdd, INTEGER, YI, YI, _mm256_mask_i32gather_epi32(x, (const int *)c, INDEX, z, 4))              \
  X(vpgatherqd, INTEGER, YI, I,                                                                            \
    _mm256_mask_i64gather_epi32(_mm256_castsi256_si128(x), (const int *)c, INDEX_64, _mm256_castsi256_si128(z), 4)) \
  X(vpgatherdq, INTEGER, YI, YI,                                                                           \
    _mm256_mask_i32gather_epi64(x, (const long long *)c, _mm256_castsi256_si128(INDEX_64), z, 8))          \
  X(vpgatherqq, INTEGER, YI, YI, _mm256_mask_i64gather_epi64(x, (const long long *)c, INDEX_64, z, 8))     \
  X(vgatherdps, INTEGER, YI, YS, _mm256_mask_i32gather_ps((__m256)x, (const float *)c, INDEX, (__m256)z, 4))

static int is_present(void) { return has_avx_state() && cpuid_bit(7, 0, 1, 5); }

FAMILY(avx2, "avx2", is_present, LIST)
