// x87: what is exact by its definition, in all rounding modes and precisions; the status word's exceptions and condition codes
// count. NOT here: FSIN, FCOS, FPTAN, FPATAN, FYL2X, FYL2XP1, F2XM1, whose last bits differ between processors.
#include "simd.h"

/** Exceptions and stack fault; the condition codes where the manual defines them for the instruction. */
#define EXCEPTIONS 0x007f
#define CODES 0x4500
#define C1 0x0200

static inline void finish(u16 status, u16 mask, u8 *out) { *(u16 *)(out + 16) = status & mask; }

#define UNARY(name, code, mask)                                                                                    \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) {                                         \
    u16 status;                                                                                                    \
    (void)b;                                                                                                       \
    __asm__ volatile("fninit\n\tfldcw (%3)\n\tfldt (%1)\n\tfnclex\n\t" code "\n\tfnstsw %0\n\tfstpt (%2)\n\tfninit" \
                     : "=a"(status) : "r"(a), "r"(out), "r"(c) : "memory", "st", "st(1)");                         \
    finish(status, mask, out);                                                                                     \
  }
#define BINARY(name, code, mask)                                                                                   \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) {                                         \
    u16 status;                                                                                                    \
    __asm__ volatile("fninit\n\tfldcw (%4)\n\tfldt (%2)\n\tfldt (%1)\n\tfnclex\n\t" code                           \
                     "\n\tfnstsw %0\n\tfstpt (%3)\n\tfninit"                                                       \
                     : "=a"(status) : "r"(a), "r"(b), "r"(out), "r"(c) : "memory", "st", "st(1)");                 \
    finish(status, mask, out);                                                                                     \
  }
#define STORE(name, code)                                                                              \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) {                             \
    u16 status;                                                                                        \
    (void)b;                                                                                           \
    __asm__ volatile("fninit\n\tfldcw (%3)\n\tfldt (%1)\n\tfnclex\n\t" code " (%2)\n\tfnstsw %0\n\tfninit" \
                     : "=a"(status) : "r"(a), "r"(out), "r"(c) : "memory", "st", "st(1)");             \
    finish(status, EXCEPTIONS | C1, out);                                                              \
  }
#define LOAD(name, code)                                                                               \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) {                             \
    u16 status;                                                                                        \
    (void)b;                                                                                           \
    __asm__ volatile("fninit\n\tfldcw (%3)\n\t" code " (%1)\n\tfnstsw %0\n\tfstpt (%2)\n\tfninit"      \
                     : "=a"(status) : "r"(a), "r"(out), "r"(c) : "memory", "st", "st(1)");             \
    finish(status, EXCEPTIONS, out);                                                                   \
  }
/** EFLAGS take the result; the operand stays. Not LAHF: early 64-bit processors lack it in 64-bit mode. */
#define EFLAGS(name, code)                                                                             \
  static void run_##name(const u8 *a, const u8 *b, const u8 *c, u8 *out) {                             \
    u16 status;                                                                                        \
    __asm__ volatile("fninit\n\tfldcw (%4)\n\tfldt (%2)\n\tfldt (%1)\n\tfnclex\n\t" code               \
                     "\n\tsetc 18(%3)\n\tsetp 19(%3)\n\tsetz 20(%3)\n\tfnstsw %0\n\tfstpt (%3)\n\tfninit" \
                     : "=a"(status) : "r"(a), "r"(b), "r"(out), "r"(c) : "memory", "cc", "st", "st(1)"); \
    finish(status, EXCEPTIONS, out);                                                                   \
  }

BINARY(fadd, "faddp", EXCEPTIONS | C1)
BINARY(fsub, "fsubp", EXCEPTIONS | C1)
BINARY(fsubr, "fsubrp", EXCEPTIONS | C1)
BINARY(fmul, "fmulp", EXCEPTIONS | C1)
BINARY(fdiv, "fdivp", EXCEPTIONS | C1)
BINARY(fdivr, "fdivrp", EXCEPTIONS | C1)
BINARY(fprem, "fprem", EXCEPTIONS | CODES | C1)
BINARY(fprem1, "fprem1", EXCEPTIONS | CODES | C1)
BINARY(fscale, "fscale", EXCEPTIONS | C1)
BINARY(fcom, "fcom", EXCEPTIONS | CODES)
BINARY(fucom, "fucom", EXCEPTIONS | CODES)
UNARY(fsqrt, "fsqrt", EXCEPTIONS | C1)
UNARY(frndint, "frndint", EXCEPTIONS | C1)
UNARY(fabs, "fabs", EXCEPTIONS)
UNARY(fchs, "fchs", EXCEPTIONS)
UNARY(ftst, "ftst", EXCEPTIONS | CODES)
UNARY(fxam, "fxam", CODES | C1)
UNARY(fxtract, "fxtract\n\tfstp %%st(1)", EXCEPTIONS)
UNARY(fxtract_exponent, "fxtract\n\tfstp %%st(0)", EXCEPTIONS)
UNARY(fldpi, "fstp %%st(0)\n\tfldpi", EXCEPTIONS)
UNARY(fldl2e, "fstp %%st(0)\n\tfldl2e", EXCEPTIONS)
UNARY(fldl2t, "fstp %%st(0)\n\tfldl2t", EXCEPTIONS)
UNARY(fldlg2, "fstp %%st(0)\n\tfldlg2", EXCEPTIONS)
UNARY(fldln2, "fstp %%st(0)\n\tfldln2", EXCEPTIONS)
STORE(fst32, "fstps")
STORE(fst64, "fstpl")
STORE(fist16, "fistps")
STORE(fist32, "fistpl")
STORE(fist64, "fistpll")
STORE(fbstp, "fbstp")
LOAD(fld32, "flds")
LOAD(fld64, "fldl")
LOAD(fild16, "filds")
LOAD(fild32, "fildl")
LOAD(fild64, "fildll")
EFLAGS(fcomi, "fcomi")
EFLAGS(fucomi, "fucomi")

#define X(name) {#name, EXTENDED, run_##name},
static const struct operation operations[] = {
    X(fadd) X(fsub) X(fsubr) X(fmul) X(fdiv) X(fdivr) X(fprem) X(fprem1) X(fscale) X(fcom) X(fucom) X(fsqrt) X(frndint)
    X(fabs) X(fchs) X(ftst) X(fxam) X(fxtract) X(fxtract_exponent) X(fldpi) X(fldl2e) X(fldl2t) X(fldlg2) X(fldln2)
    X(fst32) X(fst64) X(fist16) X(fist32) X(fist64) X(fbstp) X(fld32) X(fld64) X(fild16) X(fild32) X(fild64) X(fcomi)
    X(fucomi)
};

static int is_present(void) { return cpuid_bit(1, 0, 3, 0); }

const struct family x87_family = {"x87", is_present, operations, sizeof operations / sizeof *operations};
