/*
 * Records what SSE, FMA and F16C scalar operations of the CPU underneath yield: record-sse COUNT > corpus (sse-corpus.bin
 * is brotli's output of it); record-sse -v COUNT OPERATION prints operands and results as text.
 *
 * Operands and MXCSR come from a generator that sse-cases.ts repeats step by step, so that the corpus holds only two bytes
 * for a case: exception flags and a hash of the result. Layout: all flags of an operation, then all hashes.
 * Build: gcc -O2 -o record-sse record-sse.c (x86-64 with FMA and F16C).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum format { F32, F64 };
/* What the operands should look like: as in sse-cases.ts. */
enum kind { PAIR, SINGLE, FUSED, TO_INT, FROM_INT, NARROW, HALF };

/* Operands: a in XMM0 and RAX, b in XMM1, c in XMM2; result in XMM0, RAX or EFLAGS. */
enum result { XMM, GPR, FLAGS };

static const struct {
  uint8_t id, length, code[6];
  enum format format;
  enum kind kind;
  enum result result;
  uint8_t variants; /* values of the immediate byte, or of the operation for FMA */
} operations[] = {
  {0, 4, {0xf3, 0x0f, 0x58, 0xc1}, F32, PAIR, XMM, 0},   {1, 4, {0xf3, 0x0f, 0x5c, 0xc1}, F32, PAIR, XMM, 0},
  {2, 4, {0xf3, 0x0f, 0x59, 0xc1}, F32, PAIR, XMM, 0},   {3, 4, {0xf3, 0x0f, 0x5e, 0xc1}, F32, PAIR, XMM, 0},
  {4, 4, {0xf3, 0x0f, 0x51, 0xc0}, F32, SINGLE, XMM, 0}, {5, 4, {0xf3, 0x0f, 0x5d, 0xc1}, F32, PAIR, XMM, 0},
  {6, 4, {0xf3, 0x0f, 0x5f, 0xc1}, F32, PAIR, XMM, 0},   {7, 3, {0x0f, 0x2f, 0xc1}, F32, PAIR, FLAGS, 0},
  {8, 3, {0x0f, 0x2e, 0xc1}, F32, PAIR, FLAGS, 0},       {9, 5, {0xc4, 0xe2, 0x69, 0x99, 0xc1}, F32, FUSED, XMM, 4},
  {10, 5, {0xc5, 0xfa, 0xc2, 0xc1}, F32, PAIR, XMM, 32}, {11, 6, {0x66, 0x0f, 0x3a, 0x0a, 0xc0}, F32, TO_INT, XMM, 16},
  {20, 4, {0xf2, 0x0f, 0x58, 0xc1}, F64, PAIR, XMM, 0},  {21, 4, {0xf2, 0x0f, 0x5c, 0xc1}, F64, PAIR, XMM, 0},
  {22, 4, {0xf2, 0x0f, 0x59, 0xc1}, F64, PAIR, XMM, 0},  {23, 4, {0xf2, 0x0f, 0x5e, 0xc1}, F64, PAIR, XMM, 0},
  {24, 4, {0xf2, 0x0f, 0x51, 0xc0}, F64, SINGLE, XMM, 0},{25, 4, {0xf2, 0x0f, 0x5d, 0xc1}, F64, PAIR, XMM, 0},
  {26, 4, {0xf2, 0x0f, 0x5f, 0xc1}, F64, PAIR, XMM, 0},  {27, 4, {0x66, 0x0f, 0x2f, 0xc1}, F64, PAIR, FLAGS, 0},
  {28, 4, {0x66, 0x0f, 0x2e, 0xc1}, F64, PAIR, FLAGS, 0},{29, 5, {0xc4, 0xe2, 0xe9, 0x99, 0xc1}, F64, FUSED, XMM, 4},
  {30, 5, {0xc5, 0xfb, 0xc2, 0xc1}, F64, PAIR, XMM, 32}, {31, 6, {0x66, 0x0f, 0x3a, 0x0b, 0xc0}, F64, TO_INT, XMM, 16},
  {40, 4, {0xf3, 0x0f, 0x5a, 0xc0}, F32, SINGLE, XMM, 0},      {41, 4, {0xf2, 0x0f, 0x5a, 0xc0}, F64, NARROW, XMM, 0},
  {42, 4, {0xf3, 0x0f, 0x2d, 0xc0}, F32, TO_INT, GPR, 0},      {43, 5, {0xf3, 0x48, 0x0f, 0x2d, 0xc0}, F32, TO_INT, GPR, 0},
  {44, 4, {0xf3, 0x0f, 0x2c, 0xc0}, F32, TO_INT, GPR, 0},      {45, 5, {0xf3, 0x48, 0x0f, 0x2c, 0xc0}, F32, TO_INT, GPR, 0},
  {46, 4, {0xf2, 0x0f, 0x2d, 0xc0}, F64, TO_INT, GPR, 0},      {47, 5, {0xf2, 0x48, 0x0f, 0x2d, 0xc0}, F64, TO_INT, GPR, 0},
  {48, 4, {0xf2, 0x0f, 0x2c, 0xc0}, F64, TO_INT, GPR, 0},      {49, 5, {0xf2, 0x48, 0x0f, 0x2c, 0xc0}, F64, TO_INT, GPR, 0},
  {50, 4, {0xf3, 0x0f, 0x2a, 0xc0}, F32, FROM_INT, XMM, 0},    {51, 5, {0xf3, 0x48, 0x0f, 0x2a, 0xc0}, F32, FROM_INT, XMM, 0},
  {52, 4, {0xf2, 0x0f, 0x2a, 0xc0}, F64, FROM_INT, XMM, 0},    {53, 5, {0xf2, 0x48, 0x0f, 0x2a, 0xc0}, F64, FROM_INT, XMM, 0},
  {54, 6, {0xc4, 0xe3, 0x79, 0x1d, 0xc0}, F32, HALF, XMM, 8},  {55, 5, {0xc4, 0xe2, 0x79, 0x13, 0xc0}, F32, FROM_INT, XMM, 0},
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

static uint64_t state;

static uint64_t next(void) { /* SplitMix64 */
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static int fraction_bits(enum format f) { return f == F32 ? 23 : 52; }
static int special(enum format f) { return f == F32 ? 0xff : 0x7ff; }

static uint64_t compose(enum format f, int sign, int64_t exponent, uint64_t fraction) {
  if (exponent < 0) exponent = 0;
  if (exponent > special(f)) exponent = special(f);
  return (uint64_t)sign << (f == F32 ? 31 : 63) | (uint64_t)exponent << fraction_bits(f) | fraction;
}

static uint64_t with_exponent(enum format f, uint64_t v, int64_t exponent) {
  return compose(f, v >> (f == F32 ? 31 : 63), exponent, v & ((1ull << fraction_bits(f)) - 1));
}

static int64_t exponent_of(enum format f, uint64_t v) { return v >> fraction_bits(f) & special(f); }

static uint64_t number(enum format f) {
  const uint64_t r = next(), bits = next();
  const int width = fraction_bits(f), k = (r >> 12) % width, max = special(f), bias = max >> 1;
  const uint64_t all = (1ull << width) - 1;
  uint64_t fraction = bits & all;
  switch (r >> 8 & 15) {
    case 0: fraction = 0; break;
    case 1: fraction = all; break;
    case 2: fraction = 1ull << k; break;
    case 3: fraction = all << k & all; break;
    case 4: fraction = (1ull << k) - 1; break;
    case 5: case 6: fraction = fraction >> k << k; break;
  }
  int64_t exponent;
  switch (r & 15) {
    case 0: exponent = 0; break;
    case 1: exponent = max; break;
    case 2: exponent = 1 + (r >> 32 & 1); break;
    case 3: exponent = max - 1; break;
    case 4: case 5: exponent = bits >> 52 & max; break;
    default: exponent = bias - 8 + (int64_t)(bits >> 52 & 15);
  }
  if ((exponent == 0 || exponent == max) && r >> 33 & 1) fraction = 0;
  return compose(f, r >> 4 & 1, exponent, fraction);
}

/* An exponent for b that makes something happen with a. */
static uint64_t partner(enum format f, uint64_t a, uint64_t b) {
  const uint64_t r = next();
  const int64_t e = exponent_of(f, a), width = fraction_bits(f), max = special(f), bias = max >> 1;
  switch (r & 15) {
    case 0: case 1: case 2: return with_exponent(f, b, e - (width + 3) + (int64_t)((r >> 8) % (2 * width + 7)));
    case 3: return with_exponent(f, b, e - 1 + (int64_t)((r >> 8) % 3));
    case 4: return a ^ (r >> 8 & 1) << (f == F32 ? 31 : 63) ^ (r >> 9 & 3);
    case 5: return with_exponent(f, b, bias - e - (width + 3) + (int64_t)((r >> 8) % (width + 7)));
    case 6: return with_exponent(f, b, max + bias - e - 3 + (int64_t)((r >> 8) % 6));
    case 7: return with_exponent(f, b, e + bias - 4 + (int64_t)((r >> 8) % (width + 7)));
    case 8: return with_exponent(f, b, e - bias - 3 + (int64_t)((r >> 8) % 6));
    default: return b;
  }
}

/* a * b as the host rounds it; c if that is a NaN. */
static uint64_t near_product(enum format f, uint64_t a, uint64_t b, uint64_t c) {
  if (f == F32) {
    float x, y;
    memcpy(&x, &a, 4);
    memcpy(&y, &b, 4);
    const float z = x * y;
    uint32_t u;
    memcpy(&u, &z, 4);
    return z != z ? c : u;
  }
  double x, y;
  memcpy(&x, &a, 8);
  memcpy(&y, &b, 8);
  const double z = x * y;
  uint64_t u;
  memcpy(&u, &z, 8);
  return z != z ? c : u;
}

/* An addend near the product of a and b. */
static uint64_t addend(enum format f, uint64_t a, uint64_t b, uint64_t c) {
  const uint64_t r = next();
  const int64_t width = fraction_bits(f), bias = special(f) >> 1, e = exponent_of(f, a) + exponent_of(f, b) - bias;
  const uint64_t pick = r & 7;
  if (pick < 4) return with_exponent(f, c, e - (2 * width + 4) + (int64_t)((r >> 8) % (3 * width + 9)));
  if (pick == 4) return with_exponent(f, c, e - 1 + (int64_t)((r >> 8) % 4));
  if (pick > 5) return c;
  return near_product(f, a, b, c) ^ (r >> 8 & 1) << (f == F32 ? 31 : 63) ^ (r >> 9 & 3);
}

struct operands { uint64_t a, b, c; uint32_t mxcsr, variant; };

static struct operands draw(int n) {
  const enum format f = operations[n].format;
  const int64_t bias = special(f) >> 1;
  struct operands o;
  const uint64_t r = next();
  o.mxcsr = r & 3 ? 0x1f80 : (r >> 2 & 0x3f) << 7;
  o.mxcsr |= (r >> 8 & 3) << 13 | ((r >> 10 & 3) == 0 ? 0x40 : 0) | ((r >> 12 & 3) == 0 ? 0x8000 : 0);
  o.variant = operations[n].variants ? (r >> 14) % operations[n].variants : 0;
  o.a = number(f);
  o.b = number(f);
  o.c = 0;
  const uint64_t s = next();
  switch (operations[n].kind) {
    case PAIR: o.b = partner(f, o.a, o.b); break;
    case FUSED: o.b = partner(f, o.a, o.b); o.c = number(f); o.c = addend(f, o.a, o.b, o.c); break;
    case TO_INT: if (s & 7) o.a = with_exponent(f, o.a, bias - 3 + (int64_t)((s >> 8) % 70)); break;
    case FROM_INT: o.a = (int64_t)next() >> (s & 63) ^ (s >> 8 & 1); break;
    case NARROW: if (s & 7) o.a = with_exponent(f, o.a, s & 1 ? bias - 152 + (int64_t)((s >> 8) % 30) : bias - 130 + (int64_t)((s >> 8) % 262)); break;
    case HALF: if (s & 7) o.a = with_exponent(f, o.a, s & 1 ? bias - 26 + (int64_t)((s >> 8) % 14) : bias - 16 + (int64_t)((s >> 8) % 34)); break;
    case SINGLE: break;
  }
  return o;
}

static volatile uint32_t caught;

/* An unmasked exception: note the flags, mask all, and let the instruction run again. */
static void on_fpe(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  fpregset_t fp = ((ucontext_t *)context)->uc_mcontext.fpregs;
  caught = fp->mxcsr & 0x3f;
  fp->mxcsr |= 0x1f80;
}

static uint64_t hash(uint64_t v) { return (uint32_t)((uint32_t)(v ^ v >> 32) * 0x9e3779b1u) >> 24; }

static void execute(int n, const struct operands *o, uint8_t *page, uint8_t *flags, uint64_t *value) {
  static struct { uint64_t xmm[6], rax, eflags; uint32_t mxcsr, after, usual; } s __attribute__((aligned(16)));
  uint8_t *p = page;
  static const uint8_t before[] = {0x0f, 0x10, 0x06, 0x0f, 0x10, 0x4e, 0x10, 0x0f, 0x10, 0x56, 0x20, /* MOVUPS XMM0-2 */
    0x48, 0x8b, 0x46, 0x30, 0x0f, 0xae, 0x56, 0x40};                                                /* MOV RAX; LDMXCSR */
  static const uint8_t after[] = {0x0f, 0xae, 0x5e, 0x44, 0x9c, 0x59, 0x48, 0x89, 0x4e, 0x38,         /* STMXCSR; PUSHF; POP RCX; MOV */
    0x0f, 0x11, 0x06, 0x48, 0x89, 0x46, 0x30, 0x0f, 0xae, 0x56, 0x48, 0xc3};
  memcpy(p, before, sizeof before);
  p += sizeof before;
  memcpy(p, operations[n].code, operations[n].length);
  if (operations[n].kind == FUSED) p[3] += 2 * o->variant; /* FMADD FMSUB FNMADD FNMSUB */
  else if (operations[n].variants) p[operations[n].length - 1] = o->variant; /* the immediate byte */
  p += operations[n].length;
  memcpy(p, after, sizeof after);
  memset(&s, 0, sizeof s);
  s.xmm[0] = s.rax = o->a;
  if (operations[n].id == 55) s.xmm[0] &= 0xffff;
  s.xmm[2] = o->b;
  s.xmm[4] = o->c;
  s.mxcsr = o->mxcsr;
  s.usual = 0x1f80;
  caught = 0x100;
  __asm__ volatile("call *%%rax" : : "a"(page), "S"(&s) : "memory", "rcx", "xmm0", "xmm1", "xmm2");
  const int narrow = operations[n].format == F32 ? operations[n].id != 40 : operations[n].id == 41;
  if (operations[n].result == XMM) *value = narrow ? (uint32_t)s.xmm[0] : s.xmm[0];
  if (operations[n].result == GPR) *value = operations[n].length == 4 ? (uint32_t)s.rax : s.rax;
  if (operations[n].result == FLAGS) *value = s.eflags & 0x45;
  *flags = caught == 0x100 ? s.after & 0x3f : caught;
  if (caught != 0x100) *value = 0;
}

int main(int argc, char **argv) {
  struct sigaction action = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &action, 0);
  uint8_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int verbose = argc == 4;
  const int count = atoi(argv[argc > 2 ? 2 : 1]);
  uint8_t *flags = malloc(count), *hashes = malloc(count);
  for (int n = 0; n < OPERATIONS; n++) {
    if (verbose && operations[n].id != atoi(argv[3])) continue;
    state = operations[n].id * 0x1000003ull;
    for (int k = 0; k < count; k++) {
      const struct operands o = draw(n);
      uint64_t value = 0;
      execute(n, &o, page, &flags[k], &value);
      hashes[k] = hash(value);
      if (verbose) printf("%d mxcsr %04x variant %u a %016lx b %016lx c %016lx: %016lx flags %02x\n", k, o.mxcsr, o.variant, o.a, o.b, o.c, value, flags[k]);
    }
    if (verbose) return 0;
    fwrite(flags, 1, count, stdout);
    fwrite(hashes, 1, count, stdout);
  }
  return 0;
}
