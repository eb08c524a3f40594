// BMI1, BMI2, LZCNT, POPCNT, MOVBE; ADX. Compiled once for registers of 32 bits and, for amd64, once for those of 64.
#include "simd.h"

#if REGISTER_BITS == 64
#define N Q
typedef u64 word;
#define I(name) name##_u64
#define MASK 63
#define POPCNT _mm_popcnt_u64
#else
#define N W
typedef u32 word;
#define I(name) name##_u32
#define MASK 31
#define POPCNT _mm_popcnt_u32
#endif

static word multiply(word x, word y, u8 *out) {
  word low, high;
  __asm__("mulx %3, %0, %1" : "=r"(low), "=r"(high) : "d"(x), "r"(y));
  *(word *)(out + 16) = high;
  return low;
}

static word movbe(const u8 *a, u8 *out) {
  word r;
  __asm__ volatile("movbe (%1), %0\n\tmovbe %0, 8(%2)" : "=&r"(r) : "r"(a), "r"(out) : "memory");
  return r;
}

/** The flags that the instruction defines, beside its result. */
#define WITH_CARRY(name, code)                                                                    \
  static word name(word x, u8 *out) {                                                             \
    u8 carry, zero;                                                                               \
    word r;                                                                                       \
    __asm__ volatile(code " %3, %0\n\tsetc %1\n\tsetz %2" : "=r"(r), "=q"(carry), "=q"(zero) : "r"(x) : "cc"); \
    out[16] = carry;                                                                              \
    out[17] = zero;                                                                               \
    return r;                                                                                     \
  }
WITH_CARRY(tzcnt, "tzcnt")
WITH_CARRY(lzcnt, "lzcnt")
WITH_CARRY(blsi, "blsi")
WITH_CARRY(blsr, "blsr")
WITH_CARRY(blsmsk, "blsmsk")

#define BMI(X)                                                     \
  X(andn, INTEGER, N, N, ~x & y)                                   \
  X(bextr, INTEGER, N, N, I(__bextr)(x, y))                        \
  X(blsi, INTEGER, N, N, blsi(x, out))                             \
  X(blsr, INTEGER, N, N, blsr(x, out))                             \
  X(blsmsk, INTEGER, N, N, blsmsk(x, out))                         \
  X(tzcnt, INTEGER, N, N, tzcnt(x, out))                           \
  X(lzcnt, INTEGER, N, N, lzcnt(x, out))                           \
  X(lzcnt16, INTEGER, W, W, __lzcnt16((u16)x))                     \
  X(popcnt, INTEGER, N, N, (word)POPCNT(x))                        \
  X(bzhi, INTEGER, N, N, I(_bzhi)(x, y))                           \
  X(pdep, INTEGER, N, N, I(_pdep)(x, y))                           \
  X(pext, INTEGER, N, N, I(_pext)(x, y))                           \
  X(mulx, INTEGER, N, N, multiply(x, y, out))                      \
  X(rorx, INTEGER, N, N, x >> 13 | x << (MASK - 12))               \
  X(shlx, INTEGER, N, N, x << (y & MASK))                          \
  X(shrx, INTEGER, N, N, x >> (y & MASK))                          \
  X(sarx, INTEGER, N, N, (word)((sizeof(word) == 8 ? (int64_t)x : (int32_t)x) >> (y & MASK))) \
  X(movbe, INTEGER, N, N, movbe(a, out))

/** Two chains of carries that do not meet: ADCX by CF, ADOX by OF. */
static word chains(word x, word y, word z, u8 *out) {
  word low = x, high = y;
  __asm__ volatile("xor %%eax, %%eax\n\tadcx %2, %0\n\tadox %2, %1\n\tadcx %0, %1\n\tadox %1, %0\n\tsetc %%al\n\tseto %%ah"
                   "\n\tmov %%ax, 16(%3)"
                   : "+r"(low), "+r"(high) : "r"(z), "r"(out) : "eax", "cc", "memory");
  *(word *)(out + 24) = high;
  return low;
}

#define ADX(X) X(adcx_adox, INTEGER, N, N, chains(x, y, z, out))

static int has_bmi(void) {
  return cpuid_bit(7, 0, 1, 3) && cpuid_bit(7, 0, 1, 8) && cpuid_bit(0x80000001, 0, 2, 5) && cpuid_bit(1, 0, 2, 22) &&
         cpuid_bit(1, 0, 2, 23);
}
static int has_adx(void) { return cpuid_bit(7, 0, 1, 19); }

// A macro as a type of the list is expanded once more.
#undef DEFINE
#undef ENTRY
#define DEFINE(...) DEFINE_EXPANDED(__VA_ARGS__)
#define ENTRY(...) ENTRY_EXPANDED(__VA_ARGS__)
#define DEFINE_EXPANDED(name, kind, in, output, ...)                       \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) { \
    TYPE_##in x = LOAD_##in(a), y = LOAD_##in(b), z = LOAD_##in(c);        \
    (void)x, (void)y, (void)z;                                             \
    TYPE_##output r = __VA_ARGS__;                                         \
    STORE_##output(out, r);                                                \
  }
#define ENTRY_EXPANDED(name, kind, in, output, ...) {#name, kind, run_##name},

#if REGISTER_BITS == 64
FAMILY(bmi64, "bmi64", has_bmi, BMI)
FAMILY(adx64, "adx64", has_adx, ADX)
#else
FAMILY(bmi32, "bmi32", has_bmi, BMI)
FAMILY(adx32, "adx32", has_adx, ADX)
#endif
