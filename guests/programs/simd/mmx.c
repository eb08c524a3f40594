// MMX, in assembly: for x86-64 the compiler makes SSE2 code of the MMX intrinsics.
#include "simd.h"

#define BINARY(name)                                                                                          \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) {                                    \
    (void)c;                                                                                                  \
    __asm__ volatile("movq (%0), %%mm0\n\tmovq (%1), %%mm1\n\t" #name " %%mm1, %%mm0\n\tmovq %%mm0, (%2)\n\t" \
                     #name " (%0), %%mm1\n\tmovq %%mm1, 8(%2)\n\temms"                                        \
                     : : "r"(a), "r"(b), "r"(out) : "memory", "mm0", "mm1");                                  \
  }
/** Counts up to 31, and one that shifts everything out. */
#define SHIFT(name)                                                                                       \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) {                                \
    u64 count = b[0] & 31;                                                                                \
    (void)c;                                                                                              \
    __asm__ volatile("movq (%0), %%mm0\n\tmovq (%1), %%mm1\n\t" #name " %%mm1, %%mm0\n\tmovq %%mm0, (%2)\n\t" \
                     "movq (%0), %%mm0\n\t" #name " $3, %%mm0\n\tmovq %%mm0, 8(%2)\n\t"                    \
                     "movq (%0), %%mm0\n\t" #name " 8(%0), %%mm0\n\tmovq %%mm0, 16(%2)\n\temms"            \
                     : : "r"(a), "r"(&count), "r"(out) : "memory", "mm0", "mm1");                         \
  }

#define BINARIES(X)                                                                                         \
  X(paddb) X(paddw) X(paddd) X(paddsb) X(paddsw) X(paddusb) X(paddusw) X(psubb) X(psubw) X(psubd) X(psubsb) \
  X(psubsw) X(psubusb) X(psubusw) X(pmullw) X(pmulhw) X(pmaddwd) X(pand) X(pandn) X(por) X(pxor) X(pcmpeqb) \
  X(pcmpeqw) X(pcmpeqd) X(pcmpgtb) X(pcmpgtw) X(pcmpgtd) X(packsswb) X(packssdw) X(packuswb) X(punpcklbw)   \
  X(punpcklwd) X(punpckldq) X(punpckhbw) X(punpckhwd) X(punpckhdq)
#define SHIFTS(X) X(psllw) X(pslld) X(psllq) X(psrlw) X(psrld) X(psrlq) X(psraw) X(psrad)

BINARIES(BINARY)
SHIFTS(SHIFT)

static void run_movd(const u8 *a, const u8 *b, const u8 *c, u8 *out) {
  u32 value = *(const u32 *)a;
  (void)b, (void)c;
  __asm__ volatile("movd %0, %%mm0\n\tmovq %%mm0, (%1)\n\tmovd %%mm0, %0\n\temms"
                   : "+r"(value) : "r"(out) : "memory", "mm0");
  *(u32 *)(out + 8) = value;
}

/** Every MMX instruction makes all x87 registers valid, with an exponent of ones; EMMS empties them. */
static void run_emms(const u8 *a, const u8 *b, const u8 *c, u8 *out) {
  (void)b, (void)c;
  u8 image[28];
  __asm__ volatile("fninit\n\tmovq (%0), %%mm3\n\tfstpt (%1)\n\tfnstenv (%2)\n\temms"
                   : : "r"(a), "r"(out), "r"(image) : "memory", "mm3");
  *(u16 *)(out + 16) = *(u16 *)(image + 8);
  __asm__ volatile("fnstenv (%0)\n\tfninit" : : "r"(image) : "memory");
  *(u16 *)(out + 18) = *(u16 *)(image + 8);
}

#define ROW(name) {#name, INTEGER, run_##name},
static const struct operation operations[] = {BINARIES(ROW) SHIFTS(ROW) ROW(movd) ROW(emms)};

static int is_present(void) { return cpuid_bit(1, 0, 3, 23); }

const struct family mmx_family = {"mmx", is_present, operations, sizeof operations / sizeof *operations};
