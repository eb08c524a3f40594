/*
 * Records operands and results for the soft floating-point tests: record SEED COUNT > corpus.
 *
 * Basic operations run on the x87 of the CPU underneath, with random rounding, precision and masks. Transcendental
 * functions differ between processors in the last place, so MPFR computes those: the correctly rounded value.
 * Build: gcc -O2 -o record record.c -lmpfr -lgmp (x86-64).
 */
#include <mpfr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* 40 bytes, little endian; tests/softfloat.test.ts reads the same. */
struct record {
  uint8_t operation, blocked;
  uint16_t cw, flags; /* flags: status word after the operation */
  uint16_t ae, be, re;
  uint32_t unused;
  uint64_t am, bm, rm;
};
_Static_assert(sizeof(struct record) == 40, "layout");

/* What the operands should look like. */
enum kind { PAIR, SINGLE, TO_INT, TO_F32, TO_F64, SCALE, MEMORY, BCD, EXP, LOG, LOGP1, ATAN, TRIG };

static const struct { uint8_t id, code[2]; enum kind kind; } operations[] = {
  {0, {0xd8, 0xc1}, PAIR}, {1, {0xd8, 0xe1}, PAIR}, {2, {0xd8, 0xe9}, PAIR}, {3, {0xd8, 0xc9}, PAIR},
  {4, {0xd8, 0xf1}, PAIR}, {5, {0xd8, 0xf9}, PAIR}, {6, {0xd9, 0xfa}, SINGLE}, {7, {0xd9, 0xf8}, PAIR},
  {8, {0xd9, 0xf5}, PAIR}, {9, {0xd9, 0xfc}, TO_INT}, {10, {0xd9, 0xfd}, SCALE}, {11, {0xd9, 0xf4}, SINGLE},
  {12, {0xd9, 0x17}, TO_F32}, {13, {0xdd, 0x17}, TO_F64}, {14, {0xdf, 0x17}, TO_INT}, {15, {0xdb, 0x17}, TO_INT},
  {16, {0xdf, 0x3f}, TO_INT}, {17, {0xdf, 0x0f}, TO_INT}, {18, {0xdb, 0x0f}, TO_INT}, {19, {0xdd, 0x0f}, TO_INT},
  {20, {0xdf, 0x37}, TO_INT}, {21, {0xd9, 0x07}, MEMORY}, {22, {0xdd, 0x07}, MEMORY}, {23, {0xdf, 0x07}, MEMORY},
  {24, {0xdb, 0x07}, MEMORY}, {25, {0xdf, 0x2f}, MEMORY}, {26, {0xdf, 0x27}, BCD}, {27, {0xd8, 0xd1}, PAIR},
  {28, {0xdd, 0xe1}, PAIR}, {30, {0}, EXP}, {31, {0}, LOG}, {32, {0}, TRIG}, {33, {0}, ATAN},
  {34, {0}, LOGP1}, {35, {0}, TRIG}, {36, {0}, TRIG},
};

static uint64_t state;

static uint64_t random64(void) { /* SplitMix64 */
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static uint64_t below(uint64_t n) { return random64() % n; }

static uint64_t random_significand(void) {
  const uint64_t top = 1ull << 63;
  const int k = below(64);
  switch (below(12)) {
    case 0: return top;
    case 1: return ~0ull;
    case 2: return top | below(4);
    case 3: return ~below(4);
    case 4: return top | 1ull << k;
    case 5: return ~0ull << k | top;
    case 6: return top | ((1ull << k) - 1);
    case 7: return random64() >> k << k | top;
    case 8: return random64();
    default: return random64() | top;
  }
}

static const uint16_t edges[] = {
  0, 0, 1, 2, 63, 64, 0x3f69, 0x3f6a, 0x3f80, 0x3f81, 0x3bcc, 0x3bcd, 0x3c00, 0x3c01, 0x3ffe, 0x3fff, 0x4000, 0x400d,
  0x400e, 0x401d, 0x401e, 0x403d, 0x403e, 0x403f, 0x407e, 0x407f, 0x43fe, 0x43ff, 0x5fff, 0x6000, 0x1fff, 0x7ffe, 0x7fff, 0x7fff,
};

static void number(uint64_t *m, uint16_t *e) {
  *m = random_significand();
  switch (below(4)) {
    case 0: *e = edges[below(sizeof edges / sizeof *edges)]; break;
    case 1: *e = below(0x8000); break;
    default: *e = 0x3fff - 8 + below(16);
  }
  if (*e == 0 && below(4)) *m = below(4) ? *m >> below(64) : 0;
  if (*e == 0x7fff && below(2)) *m = 1ull << 63;
  if (below(40) == 0) *m &= ~(1ull << 63);
  *e |= below(2) << 15;
}

static void exponent(uint16_t *e, int v) {
  v = v < 0 ? 0 : v > 0x7fff ? 0x7fff : v;
  *e = (*e & 0x8000) | v;
}

static void aim(struct record *r, enum kind kind) {
  const int ea = r->ae & 0x7fff;
  const uint64_t pick = below(8);
  if (kind == PAIR && pick < 4) exponent(&r->be, ea - 66 + (int)below(133));
  else if (kind == PAIR && pick == 4) exponent(&r->be, ea - 2 + (int)below(5));
  else if (kind == PAIR && pick == 5) exponent(&r->be, 0x3fff - ea + (below(2) ? 0 : 0x7fff) - 35 + (int)below(70));
  else if (kind == TO_INT && pick) exponent(&r->ae, 0x3fff - 3 + (int)below(70));
  else if (kind == TO_F32 && pick) exponent(&r->ae, pick < 4 ? 0x3fff - 153 + (int)below(30) : 0x3fff - 130 + (int)below(262));
  else if (kind == TO_F64 && pick) exponent(&r->ae, pick < 4 ? 0x3fff - 1079 + (int)below(60) : 0x3fff - 1023 + (int)below(2048));
  else if (kind == SCALE && pick) exponent(&r->be, 0x3fff - 2 + (int)below(18));
  else if (kind == EXP) exponent(&r->ae, pick < 4 ? 0x3ffe - (int)below(4) : 0x3ffe - (int)below(70));
  else if (kind == LOG) { r->ae &= 0x7fff; if (pick < 4) exponent(&r->ae, 0x3ffe + (int)below(3)); }
  else if (kind == LOGP1) exponent(&r->ae, pick < 4 ? 0x3ffd - (int)below(4) : 0x3ffd - (int)below(70));
  else if (kind == TRIG) exponent(&r->ae, pick < 4 ? 0x3ffb + (int)below(10) : 0x3fff - 33 + (int)below(96));
  else if (kind == ATAN) exponent(&r->be, pick < 4 ? ea - 4 + (int)below(9) : ea - 60 + (int)below(121));
  if (kind >= EXP) { r->am |= 1ull << 63; r->bm |= 1ull << 63; }
  if (kind == MEMORY) {
    r->bm = random64();
    if (pick == 0) r->bm &= 0x800fffff807fffff;
    else if (pick == 1) r->bm |= 0x7ff000007f800000;
    else if (pick == 2) r->bm = (int64_t)r->bm >> below(64);
    else if (pick == 3) r->bm = 1ull << below(64);
  }
  if (kind == BCD) {
    for (int n = 0; n < 16; n++) r->bm = r->bm << 4 | below(10);
    r->be = below(10) | below(10) << 4 | below(2) << 15;
    if (pick < 4) { r->bm >>= 4 * below(16); r->be &= 0x8000; }
  }
}

/* Loads ST(0) = a and ST(1) = b, executes the two-byte instruction with RDI at 16 bytes of memory, takes all apart. */
static void on_cpu(struct record *r, const uint8_t *code, enum kind kind, uint8_t *page) {
  static uint8_t in[128], out[128] __attribute__((aligned(16)));
  uint64_t memory[2] = {0, 0};
  if (kind == MEMORY || kind == BCD) { memory[0] = r->bm; memory[1] = r->be; }
  const uint16_t tags = 0xfff0;
  memset(in, 0, sizeof in);
  memcpy(in, &r->cw, 2);
  memcpy(in + 8, &tags, 2);
  memcpy(in + 28, &r->am, 8);
  memcpy(in + 36, &r->ae, 2);
  memcpy(in + 38, &r->bm, 8);
  memcpy(in + 46, &r->be, 2);
  const uint8_t text[] = {0xdd, 0x26, code[0], code[1], 0xdd, 0x32, 0xc3}; /* FRSTOR [RSI]; it; FNSAVE [RDX]; RET */
  memcpy(page, text, sizeof text);
  __asm__ volatile("call *%%rax" : : "a"(page), "S"(in), "D"(memory), "d"(out) : "memory", "rcx", "r8", "r9", "r10", "r11");
  memcpy(&r->flags, out + 4, 2);
  memcpy(&r->rm, out + 28, 8);
  memcpy(&r->re, out + 36, 2);
  r->blocked = (r->flags & ~r->cw & 7) != 0;
  if (r->operation >= 12 && r->operation <= 20) { /* the result is in memory, unless an exception forbade the store */
    r->rm = memory[0];
    r->re = memory[1];
    if (r->operation < 14) r->blocked = (r->flags & ~r->cw & 0x1f) != 0;
  }
  if (r->operation == 11 && !r->blocked) { /* FXTRACT pushed the significand: keep it as b */
    memcpy(&r->bm, out + 28, 8);
    memcpy(&r->be, out + 36, 2);
    memcpy(&r->rm, out + 38, 8);
    memcpy(&r->re, out + 46, 2);
  }
}

static void to_mpfr(mpfr_t z, uint16_t e, uint64_t m) {
  mpfr_set_ui_2exp(z, m, (e & 0x7fff) - 16383 - 63, MPFR_RNDN);
  if (e & 0x8000) mpfr_neg(z, z, MPFR_RNDN);
}

static mpfr_rnd_t mirrored(mpfr_rnd_t mode) {
  return mode == MPFR_RNDD ? MPFR_RNDU : mode == MPFR_RNDU ? MPFR_RNDD : mode;
}

/* sin, cos, tan of x - n pi/2 with the 66-bit pi of the FPU; sign changes mirror the rounding. */
static int trig(mpfr_t z, mpfr_t x, int operation, mpfr_rnd_t mode) {
  mpfr_t half, n, a;
  mpfr_inits2(400, half, n, a, NULL);
  mpfr_set_str(half, "3243F6A8885A308D3", 16, MPFR_RNDN);
  mpfr_div_2ui(half, half, 65, MPFR_RNDN);
  mpfr_div(n, x, half, MPFR_RNDN);
  mpfr_rint(n, n, MPFR_RNDN);
  mpfr_mul(a, n, half, MPFR_RNDN);
  mpfr_sub(a, x, a, MPFR_RNDN);
  mpz_t whole;
  mpz_init(whole);
  mpfr_get_z(whole, n, MPFR_RNDN);
  const int turn = mpz_fdiv_ui(whole, 4) + (operation == 36);
  const int negative = operation == 32 ? turn & 1 : turn >> 1 & 1;
  if (negative) mode = mirrored(mode);
  int t;
  if (operation == 32) t = turn & 1 ? mpfr_cot(z, a, mode) : mpfr_tan(z, a, mode);
  else t = turn & 1 ? mpfr_cos(z, a, mode) : mpfr_sin(z, a, mode);
  if (negative) { mpfr_neg(z, z, MPFR_RNDN); t = -t; }
  mpz_clear(whole);
  mpfr_clears(half, n, a, NULL);
  return t;
}

/* Computes with 400 bits, then rounds once; false if the case is special or exact. */
static int by_mpfr(struct record *r) {
  static const mpfr_rnd_t modes[] = {MPFR_RNDN, MPFR_RNDD, MPFR_RNDU, MPFR_RNDZ};
  const mpfr_rnd_t mode = modes[r->cw >> 10 & 3];
  const int ea = r->ae & 0x7fff, eb = r->be & 0x7fff;
  if (ea < 200 || ea == 0x7fff || eb < 200 || eb == 0x7fff || (r->operation == 34 && ea >= 0x3fff)) return 0;
  mpfr_t x, y, z, w;
  mpfr_inits2(64, x, y, z, NULL);
  mpfr_init2(w, 400);
  to_mpfr(x, r->ae, r->am);
  to_mpfr(y, r->be, r->bm);
  int t = 0;
  if (r->operation == 30) {
    mpfr_const_log2(w, MPFR_RNDN);
    mpfr_mul(w, w, x, MPFR_RNDN);
    mpfr_expm1(w, w, MPFR_RNDN);
    t = mpfr_set(z, w, mode);
  } else if (r->operation == 31 || r->operation == 34) {
    if (r->operation == 31) mpfr_set(w, x, MPFR_RNDN);
    else mpfr_add_ui(w, x, 1, MPFR_RNDN); /* exact in 400 bits */
    mpfr_log2(w, w, MPFR_RNDN);
    mpfr_mul(w, w, y, MPFR_RNDN);
    t = mpfr_set(z, w, mode);
  } else if (r->operation == 33) {
    t = mpfr_atan2(z, y, x, mode);
  } else {
    t = trig(z, x, r->operation, mode);
  }
  int good = t != 0 && mpfr_regular_p(z);
  if (good) {
    mpz_t m;
    mpz_init(m);
    const long e = mpfr_get_z_2exp(m, z);
    r->flags = 0x20 | ((t > 0) == (mpfr_sgn(z) > 0) ? 0x200 : 0);
    mpz_abs(m, m);
    const uint64_t bits = mpz_get_ui(m);
    const int shift = __builtin_clzll(bits);
    const long exp = e - shift + 63 + 16383;
    good = exp > 0 && exp < 0x7fff;
    r->rm = bits << shift;
    r->re = exp | (mpfr_sgn(z) < 0 ? 0x8000 : 0);
    mpz_clear(m);
  }
  mpfr_clears(x, y, z, w, NULL);
  return good;
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: record SEED COUNT > FILE\n"), 2;
  state = strtoull(argv[1], NULL, 0);
  const int count = atoi(argv[2]);
  uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return perror("mmap"), 1;
  for (unsigned o = 0; o < sizeof operations / sizeof *operations; o++) {
    for (int n = 0; n < count;) {
      struct record r = {.operation = operations[o].id};
      static const uint8_t precisions[] = {0, 2, 3, 3, 3};
      number(&r.am, &r.ae);
      number(&r.bm, &r.be);
      aim(&r, operations[o].kind);
      r.cw = 0x40 | precisions[below(5)] << 8 | below(4) << 10 | (below(3) ? 0x3f : below(64));
      if (operations[o].kind >= EXP) {
        r.cw |= 0x3f;
        if (!by_mpfr(&r)) continue;
      } else {
        on_cpu(&r, operations[o].code, operations[o].kind, page);
      }
      fwrite(&r, sizeof r, 1, stdout);
      n++;
    }
  }
  return 0;
}
