/*
 * Records operands and results for the soft floating-point tests: record SEED COUNT > corpus.
 *
 * Transcendental functions differ between processors in the last place, so MPFR computes what is expected: the correctly
 * rounded value, with random rounding. All other operations are recorded by record-x87.c on a CPU.
 * Build: gcc -O2 -o record record.c -lmpfr -lgmp (x86-64).
 */
#include <mpfr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
enum kind { EXP, LOG, LOGP1, ATAN, TRIG };

static const struct { uint8_t id; enum kind kind; } operations[] = {
  {30, EXP}, {31, LOG}, {32, TRIG}, {33, ATAN}, {34, LOGP1}, {35, TRIG}, {36, TRIG},
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
  if (kind == EXP) exponent(&r->ae, pick < 4 ? 0x3ffe - (int)below(4) : 0x3ffe - (int)below(70));
  else if (kind == LOG) { r->ae &= 0x7fff; if (pick < 4) exponent(&r->ae, 0x3ffe + (int)below(3)); }
  else if (kind == LOGP1) exponent(&r->ae, pick < 4 ? 0x3ffd - (int)below(4) : 0x3ffd - (int)below(70));
  else if (kind == TRIG) exponent(&r->ae, pick < 4 ? 0x3ffb + (int)below(10) : 0x3fff - 33 + (int)below(96));
  else if (kind == ATAN) exponent(&r->be, pick < 4 ? ea - 4 + (int)below(9) : ea - 60 + (int)below(121));
  r->am |= 1ull << 63;
  r->bm |= 1ull << 63;
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
  for (unsigned o = 0; o < sizeof operations / sizeof *operations; o++) {
    for (int n = 0; n < count;) {
      struct record r = {.operation = operations[o].id};
      static const uint8_t precisions[] = {0, 2, 3, 3, 3};
      number(&r.am, &r.ae);
      number(&r.bm, &r.be);
      aim(&r, operations[o].kind);
      r.cw = 0x7f | precisions[below(5)] << 8 | below(4) << 10;
      if (!by_mpfr(&r)) continue;
      fwrite(&r, sizeof r, 1, stdout);
      n++;
    }
  }
  return 0;
}
