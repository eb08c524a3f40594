/*
 * Records what x87 instructions of the CPU underneath do: record-x87 COUNT < TABLE > corpus, record-x87 -v COUNT < TABLE
 * prints operands and results as text. A line of TABLE is an operation of x87-operations.ts: number, kind, number of
 * variants, then opcode and ModR/M byte of each.
 *
 * Operands, control word and condition codes come from a generator that x87-cases.ts repeats step by step, so that the
 * corpus holds no operands. Layout, for each operation: a byte of flags for each case, a byte of a hash for each case,
 * then 32 bits of a hash of everything for each 240 cases. Build: gcc -O2 -o record-x87 record-x87.c (x86-64).
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* As in x87-operations.ts. */
enum kind {
  ADD, MULTIPLY, DIVIDE, DIVIDE_REVERSED, SQUARE_ROOT, REMAINDER, TO_INTEGER, TO_BINARY32, TO_BINARY64, SCALE, ANY,
  BINARY32, BINARY64, INTEGER16, INTEGER32, INTEGER64, BCD
};
enum { BLOCK = 240, VARIANTS = 16, BIAS = 0x3fff, SPECIAL = 0x7fff, SIGN = 0x8000 };
static const uint64_t TOP = 1ull << 63, QUIET = 1ull << 62;

static uint64_t state;
/* The case: ST(0), ST(1), the memory operand, control word, status word. */
static uint64_t am, bm, memory, memory_top;
static uint32_t ae, be, cw, sw;

static uint64_t next(void) { /* SplitMix64 */
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static uint64_t normalised(uint64_t v) { return v ? v << __builtin_clzll(v) : TOP; }

/* A significand half a unit beyond `bits` bits. */
static uint64_t halfway(uint64_t random, int bits) {
  return (random >> (64 - bits) << (64 - bits)) | 1ull << (63 - bits);
}

static uint64_t draw_significand(void) {
  const uint64_t r = next(), random = next(), k = r >> 4 & 63;
  switch (r & 15) {
    case 0: return TOP;
    case 1: return ~0ull;
    case 2: return TOP | (random & 3);
    case 3: return ~(random & 3);
    case 4: return TOP | 1ull << k;
    case 5: return TOP | ~0ull << k;
    case 6: return TOP | ((1ull << k) - 1);
    case 7: case 8: return TOP | random >> k << k;
    case 9: return TOP | (halfway(random, 24) + (r >> 10 & 3) - 1);
    case 10: return TOP | (halfway(random, 53) + (r >> 10 & 3) - 1);
    case 11: case 12: return normalised(random >> k);
    default: return TOP | random;
  }
}

static uint32_t exponent(uint32_t e, int64_t v) { return (e & SIGN) | (uint32_t)(v < 0 ? 0 : v > SPECIAL ? SPECIAL : v); }

/* Any number at all, as ST(0). */
static void number(void) {
  const uint64_t r = next(), pick = r >> 32 & 7;
  const int64_t low = r >> 8 & 0x7fff;
  am = draw_significand();
  int64_t e = BIAS - 8 + (low & 15);
  switch (r & 15) {
    case 0: e = 0; break;
    case 1: e = SPECIAL; break;
    case 2: e = 1 + (low & 63); break;
    case 3: e = SPECIAL - 1 - (low & 1); break;
    case 4: case 5: e = low; break;
  }
  if (e == 0 && pick < 2) am = 0;
  else if (e == 0 && pick > 2) am >>= 1 + (r >> 40 & 63) % 63;
  if (e == SPECIAL && pick < 4) am = TOP;
  else if (e == SPECIAL && pick < 6) am |= QUIET;
  else if (e == SPECIAL) am &= ~QUIET;
  if ((r >> 48 & 63) == 0) am &= ~TOP;
  ae = exponent((r >> 56 & 1) << 15, e);
}

static void exchange(void) {
  const uint64_t m = am;
  const uint32_t e = ae;
  am = bm; ae = be;
  bm = m; be = e;
}

static int precision(void) { return (cw & 0x300) == 0 ? 24 : (cw & 0x300) == 0x200 ? 53 : 64; }

static void aim_add(void) {
  const uint64_t r = next(), n = r >> 8, random = next();
  const int64_t e = ae & SPECIAL;
  const int bits = precision();
  const uint32_t sign = (r >> 4 & 1) << 15;
  switch (r & 15) {
    case 0: case 1: case 2: case 3: case 4: be = exponent(be, e - 67 + (int64_t)(n % 135)); break;
    case 5: case 6: be = exponent(be, e - 1 + (int64_t)(n % 3)); break;
    case 7: be = ae ^ (n & 1) << 15; bm = am ^ (n >> 1 & 3); break;
    case 8: /* half a unit of the precision */
      am &= ~0ull << (64 - bits);
      be = exponent(be, e - bits - (int64_t)(n & 1));
      bm = TOP | ((n >> 1 & 3) == 0);
      break;
    case 9: /* cancels to something tiny */
      ae = exponent(ae, 1 + (int64_t)(n % 66));
      be = exponent(ae ^ sign, (ae & SPECIAL) - 1 + (int64_t)((n >> 8) % 3));
      bm = am ^ (n >> 16) % 0x100;
      break;
    case 10:
      ae = exponent(ae, SPECIAL - 1 - (int64_t)(n & 1));
      be = exponent(ae ^ sign, SPECIAL - 1 - (int64_t)(n >> 1) % 70);
      if (n >> 8 & 1) am = ~0ull << (64 - bits);
      break;
    case 11: /* rounds up to the smallest normal number */
      ae = exponent(ae, 1);
      be = exponent(ae ^ sign, 0);
      am = TOP;
      bm = random >> 1 >> (n & 63);
      break;
  }
}

static void aim_multiply(void) {
  const uint64_t r = next(), n = r >> 8, random = next();
  const int total = precision() + 1, width = 1 + n % (total - 1);
  switch (r & 15) {
    case 0: case 1: case 2: case 3: /* about the smallest number */
      ae = exponent(ae, (n >> 16) % BIAS);
      be = exponent(be, BIAS - (int64_t)(ae & SPECIAL) - 66 + (int64_t)(n % 70));
      break;
    case 4: case 5: /* about the largest */
      ae = exponent(ae, 0x4000 + (int64_t)((n >> 16) % BIAS));
      be = exponent(be, SPECIAL + BIAS - (int64_t)(ae & SPECIAL) - 3 + (int64_t)(n % 5));
      break;
    case 6: case 7: /* odd numbers of as many bits together as the precision has, and one */
      am = (random >> (64 - width) | 1 | 1ull << (width - 1)) << (64 - width);
      bm = (next() >> (64 - (total - width)) | 1 | 1ull << (total - width - 1)) << (64 - (total - width));
      break;
    case 8: ae = exponent(ae, n % 0x2000); be = exponent(be, (n >> 16) % 0x2000); break;
    case 9: ae = exponent(ae, SPECIAL - (int64_t)(n % 0x2000)); be = exponent(be, SPECIAL - (int64_t)((n >> 16) % 0x2000)); break;
    case 10: case 11: /* rounds up to the smallest normal number, or to infinity */
      bm = TOP | (random & 1023);
      am = 0 - 2 * (random & 1023) - 1 + (random >> 10 & 1);
      ae = exponent(ae, 0x2000 + (int64_t)((n >> 16) % 0x3000));
      be = exponent(be, (r & 1 ? SPECIAL - 1 : 0) + BIAS - (int64_t)(ae & SPECIAL));
      break;
  }
}

static void aim_divide(void) {
  const uint64_t r = next(), n = r >> 8, random = next();
  const int bits = precision(), quotient = bits == 64 ? 60 : bits + 1, width = 1 + n % (64 - quotient);
  switch (r & 15) {
    case 0: case 1: case 2: case 3:
      be = exponent(be, 0x4000 + (int64_t)((n >> 16) % BIAS));
      ae = exponent(ae, (int64_t)(be & SPECIAL) - BIAS - 66 + (int64_t)(n % 70));
      break;
    case 4: case 5:
      ae = exponent(ae, 0x4000 + (int64_t)((n >> 16) % BIAS));
      be = exponent(be, (int64_t)(ae & SPECIAL) - BIAS - 2 + (int64_t)(n % 5));
      break;
    case 6: case 7: case 8: /* a quotient half a unit beyond the precision, or next to it */
      bm = random >> (64 - width) | 1 | 1ull << (width - 1);
      am = normalised(bm * (next() >> (64 - quotient) | 1)) + ((n >> 16 & 7) == 0) - ((n >> 16 & 7) == 1);
      am |= TOP;
      bm <<= 64 - width;
      break;
    case 9: bm = am ^ (n & 3); break;
    case 10: ae = exponent(ae, n % 0x2000); be = exponent(be, SPECIAL - (int64_t)((n >> 16) % 0x2000)); break;
    case 11: be = exponent(be, n % 0x2000); ae = exponent(ae, SPECIAL - (int64_t)((n >> 16) % 0x2000)); break;
    case 12: case 13: /* rounds up to the smallest normal number, or to infinity */
      bm = TOP | random;
      am = bm - 1 - (random >> 63);
      be = exponent(be, 0x2000 + (int64_t)((n >> 16) % 0x3000));
      ae = exponent(ae, (r & 1 ? SPECIAL - 1 : 0) + (int64_t)(be & SPECIAL) - BIAS + 1);
      break;
  }
}

static void aim_square_root(void) {
  const uint64_t r = next(), n = r >> 8, root = (next() >> 32 | 1u << 31 | 1) >> n % 32 | 1, square = root * root;
  if (r & 15) ae &= SPECIAL;
  if ((r >> 4 & 15) > 6) return;
  const int shift = __builtin_clzll(square);
  am = square << shift;
  ae = exponent(ae, BIAS + 63 - shift - 64 + 2 * (int64_t)((n >> 8) & 63));
  if ((r >> 4 & 15) > 4) am = (am + (n >> 16 & 1) * 2 - 1) | TOP;
}

static void aim_remainder(void) {
  const uint64_t r = next(), n = r >> 8, random = next();
  const int64_t e = ae & SPECIAL, f = n % 64;
  switch (r & 15) {
    case 0: case 1: case 2: case 3: be = exponent(be, e - f); break;
    case 4: be = exponent(be, e - 64 - (int64_t)(n % 140)); break;
    case 5: ae = exponent(ae, 0x4000 + (int64_t)((n >> 16) % BIAS)); be = exponent(be, n % 0x4000); break;
    case 6: be = exponent(be, e - 3 + (int64_t)(n % 6)); break;
    case 7: case 8: /* small integers: nothing remains, or half of the divisor */
      am = normalised(random >> (n & 63));
      bm = normalised(next() >> (48 + (n >> 6 & 15)));
      ae = exponent(ae, BIAS + 63 - (int64_t)(n & 63));
      be = exponent(be, BIAS + 15 - (int64_t)(n >> 6 & 15) - (int64_t)(n >> 10 & 1));
      break;
    case 9: bm = am; be = exponent(be, e - (int64_t)(n % 70)); break;
    case 10: be = exponent(be, f); ae = exponent(ae, f + (int64_t)(n >> 6) % 70); break;
  }
}

static void aim_integer(void) {
  static const uint8_t limits[] = {14, 15, 30, 31, 59, 62, 63, 7};
  const uint64_t r = next(), n = r >> 8, random = next(), k = n & 63;
  switch (r & 15) {
    case 0: case 1: break;
    case 2: case 3: case 4: /* an integer and a half */
      am = normalised(random >> k << 1 | 1);
      ae = exponent(ae, BIAS + 62 - (k == 0 ? 0 : (int64_t)k - 1));
      break;
    case 5: case 6: case 7: /* about the largest integers */
      ae = exponent(ae, BIAS + limits[n >> 6 & 7]);
      am = n >> 9 & 1 ? TOP | random >> 1 >> k : ~(random >> 1 >> k);
      break;
    case 8: /* about the largest 18 digits */
      ae = exponent(ae, BIAS + 59);
      am = (999999999999999998ull + (n & 3)) << 4 | (random & 15);
      break;
    case 9: case 10: case 11: ae = exponent(ae, BIAS - 3 + (int64_t)(n % 20)); break;
    default: ae = exponent(ae, BIAS - 3 + (int64_t)(n % 70));
  }
}

static void aim_narrow(int wide) {
  const uint64_t r = next(), n = r >> 8, random = next();
  switch (r & 15) {
    case 0: case 1: break;
    case 2: case 3: case 4: case 5: ae = exponent(ae, wide ? BIAS - 1079 + (int64_t)(n % 60) : BIAS - 153 + (int64_t)(n % 30)); break;
    case 6: case 7: /* ties of denormals */
      ae = exponent(ae, wide ? BIAS - 1079 + (int64_t)(n % 60) : BIAS - 153 + (int64_t)(n % 30));
      am = TOP | random >> (n >> 8 & 63) << (n >> 8 & 63);
      break;
    case 8: ae = exponent(ae, BIAS + (wide ? 1023 : 127) - (int64_t)(n & 1)); am = ~(random >> 1 >> (n >> 8 & 63)); break;
    case 9: ae = exponent(ae, BIAS - (wide ? 1023 : 127)); am = ~(random >> 1 >> (n >> 8 & 63)); break; /* about the smallest */
    case 10: am = TOP | (halfway(random, wide ? 53 : 24) + (n >> 8 & 3) - 1);
    /* fall through */
    default: ae = exponent(ae, wide ? BIAS - 1023 + (int64_t)(n % 2048) : BIAS - 130 + (int64_t)(n % 262));
  }
}

static void aim_scale(void) {
  static const int32_t targets[] = {-66, SPECIAL - 4, -24576 - 4, SPECIAL + 24576 - 4, -66, -66, 0x4000, SPECIAL - 4};
  const uint64_t r = next(), n = r >> 8, random = next();
  const int64_t target = targets[n & 7] + (int64_t)((n >> 3) % ((n & 7) % 4 == 0 ? 70 : 8)), power = target - (ae & SPECIAL);
  const uint64_t magnitude = power < 0 ? -power : power;
  if ((r & 15) < 3) return;
  if ((r & 15) < 8) { be = exponent(be, BIAS - 2 + (int64_t)(n % 18)); return; }
  if (magnitude == 0) { be = 0; bm = 0; return; }
  const int shift = __builtin_clzll(magnitude);
  bm = magnitude << shift | ((r & 15) < 11 ? random >> 1 >> (63 - shift) : 0);
  be = exponent(power < 0 ? SIGN : 0, BIAS + 63 - shift);
}

/* The memory operand as bits. */
static uint64_t pattern(void) {
  const uint64_t r = next(), random = next(), k = r >> 8 & 63;
  switch (r & 15) {
    case 0: return random & 0x800fffff807fffff;
    case 1: return random | 0x7ff000007f800000;
    case 2: case 3: case 4: return (uint64_t)((int64_t)random >> k);
    case 5: return 1ull << k;
    case 6: return ~0ull << k;
    case 7: return 0;
    case 8: return random & 0xfff0000fff800000;
    case 9: return (random & 0x800fffff807fffff) | (r >> 16 & 1 ? 0x3ff000003f800000 : 0x0010000000800000);
    default: return random;
  }
}

/* The memory operand's exponent and significand in the 80-bit format, near enough. */
static int64_t memory_exponent(enum kind kind, uint64_t *m) {
  *m = TOP | memory << (kind == BINARY32 ? 40 : 11);
  if (kind == BINARY32) return BIAS - 127 + (int64_t)(memory >> 23 & 0xff);
  if (kind == BINARY64) return BIAS - 1023 + (int64_t)(memory >> 52 & 0x7ff);
  int64_t v = (int64_t)memory;
  if (kind == INTEGER16) v = (int16_t)memory;
  if (kind == INTEGER32) v = (int32_t)memory;
  const uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  *m = normalised(magnitude);
  return BIAS + (magnitude ? 63 - __builtin_clzll(magnitude) : 0);
}

static void aim_memory(enum kind kind) {
  memory = pattern();
  uint64_t m;
  const int64_t e = memory_exponent(kind, &m);
  const uint64_t r = next(), n = r >> 8;
  switch (r & 15) {
    case 0: case 1: case 2: case 3: case 4: ae = exponent(ae, e - 66 + (int64_t)(n % 133)); break;
    case 5: case 6: ae = exponent(ae, n % 1100); break;
    case 7: case 8: ae = exponent(ae, SPECIAL - 1 - (int64_t)(n % 1100)); break;
    case 9: case 10: ae = exponent((n & 1) << 15, e); am = m ^ (n >> 1 & 7 ? 0 : 1); break;
  }
}

static void aim_bcd(void) {
  const uint64_t r = next();
  uint64_t random = next();
  memory = 0;
  for (int n = 0; n < 16; n++) { memory = memory << 4 | random % 10; random /= 10; }
  memory_top = (r >> 8) % 10 | (r >> 16) % 10 << 4 | (r >> 24 & 1) << 15;
  if ((r & 7) < 3) { memory >>= 4 * (r >> 32 & 15); memory_top &= SIGN; }
  if ((r & 7) == 3) { memory = 0x9999999999999999; memory_top |= 0x99; memory_top &= 0x8099; }
}

/* Case number `index` of an operation with `variants` variants. */
static void draw(enum kind kind, uint32_t index, uint32_t variants) {
  static const uint32_t precisions[] = {0x000, 0x200, 0x300};
  const uint64_t r = next();
  const uint32_t mode = index / variants % 12;
  cw = 0x40 | precisions[mode >> 2] | (mode & 3) << 10 | (r & 3 ? 0x3f : (r >> 2 & 0x3f));
  sw = r >> 8 & 0x4700;
  memory = 0xa5a5a5a5a5a5a5a5;
  memory_top = 0xa5a5;
  number();
  exchange();
  number();
  switch (kind) {
    case ADD: aim_add(); break;
    case MULTIPLY: aim_multiply(); break;
    case DIVIDE: aim_divide(); break;
    case DIVIDE_REVERSED: aim_divide(); exchange(); break;
    case SQUARE_ROOT: aim_square_root(); break;
    case REMAINDER: aim_remainder(); break;
    case TO_INTEGER: aim_integer(); break;
    case TO_BINARY32: case TO_BINARY64: aim_narrow(kind == TO_BINARY64); break;
    case SCALE: aim_scale(); break;
    case ANY: break;
    case BCD: aim_bcd(); break;
    default: aim_memory(kind);
  }
}

/* FRSTOR's image of the case at `in`, the memory operand 112 bytes on: x87-cases.ts lays it out alike. */
static void image(uint8_t *in) {
  const uint16_t tags = 0xfff0;
  memset(in, 0, 128);
  memcpy(in, &cw, 2);
  memcpy(in + 4, &sw, 2);
  memcpy(in + 8, &tags, 2);
  memcpy(in + 28, &am, 8);
  memcpy(in + 36, &ae, 2);
  memcpy(in + 38, &bm, 8);
  memcpy(in + 46, &be, 2);
  memcpy(in + 112, &memory, 8);
  memcpy(in + 120, &memory_top, 2);
}

static uint64_t fold(uint64_t h, uint64_t v) {
  h = (h ^ v) * 0x9e3779b97f4a7c15;
  return h ^ h >> 32;
}

static uint64_t get(const uint8_t *at, int bytes) {
  uint64_t v = 0;
  memcpy(&v, at, bytes);
  return v;
}

/* Where FNSAVE has put the physical register n. */
static const uint8_t *place(const uint8_t *out, uint64_t status, int n) { return out + 28 + 10 * (((unsigned)n - (status >> 11)) & 7); }

/*
 * A hash of what the instruction changed: registers 0, 1 and 7, memory, status word, tags, flags of FCOMI. Left out is
 * what manuals leave open or AMD CPUs do otherwise: X87_NOT_COMPARED of x87-operations.ts lists it.
 */
static uint64_t hash(enum kind kind, int flags_defined, const uint8_t *in, const uint8_t *out, const uint8_t *after) {
  uint64_t status = get(out + 4, 2);
  uint64_t h = 0;
  for (int n = 0; n < 8; n += n == 1 ? 6 : 1) {
    const uint8_t *p = place(out, status, n), *q = in + 28 + 10 * n;
    h = fold(h, get(p, 8) ^ get(q, 8));
    h = fold(h, get(p + 8, 2) ^ get(q + 8, 2));
  }
  const uint64_t unmasked = status & ~cw;
  if (kind == REMAINDER && unmasked & 2) status &= ~0x4700ull;
  h = fold(h, get(after, 8) ^ get(in + 112, 8));
  h = fold(h, get(after + 8, 2) ^ get(in + 120, 2));
  h = fold(h, status | get(out + 8, 2) << 16);
  return fold(h, flags_defined && (unmasked & 3) == 0 ? get(out + 108, 4) & 0x45 : 0);
}

static void execute(uint8_t *page, const uint8_t *code, const uint8_t *in, uint8_t *out, uint8_t *after) {
  const uint8_t text[] = {0xdd, 0x26, code[0], code[1], /* FRSTOR [RSI]; the instruction, with [RDI] */
    0x9c, 0x58, 0x89, 0x42, 0x6c, 0xdd, 0x32, 0xc3};    /* PUSHF; POP RAX; MOV [RDX + 108], EAX; FNSAVE [RDX]; RET */
  memcpy(page, text, sizeof text);
  memcpy(after, in + 112, 16);
  __asm__ volatile("sub $256, %%rsp; call *%%rax; add $256, %%rsp" : "+a"(page) : "S"(in), "D"(after), "d"(out) : "memory", "rcx", "cc");
}

int main(int argc, char **argv) {
  static uint8_t in[128], out[128], after[16];
  uint8_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return perror("mmap"), 1;
  const int verbose = argc == 3;
  const int count = atoi(argv[argc - 1]), blocks = count / BLOCK;
  uint8_t *flags = malloc(count), *hashes = malloc(count);
  uint32_t *sums = malloc(4 * blocks + 4);
  unsigned operation, kind, variants;
  while (scanf("%u %u %u", &operation, &kind, &variants) == 3) {
    uint8_t codes[VARIANTS][2];
    for (unsigned v = 0; v < variants && v < VARIANTS; v++)
      if (scanf("%hhu %hhu", &codes[v][0], &codes[v][1]) != 2) return 2;
    const int compares = codes[0][0] == 0xdb && codes[0][1] >= 0xe8;
    uint64_t sum = 0;
    state = (operation + 1) * 0x1000003ull;
    for (int k = 0; k < count; k++) {
      draw(kind, k, variants);
      image(in);
      execute(page, codes[k % variants], in, out, after);
      const uint64_t h = hash(kind, compares, in, out, after);
      uint64_t status = get(out + 4, 2);
      if (verbose)
        printf("%d cw %04x sw %04x a %04x:%016lx b %04x:%016lx memory %04lx:%016lx: st0 %04lx:%016lx st1 %04lx:%016lx memory %04lx:%016lx sw %04lx\n",
          k, cw, sw, ae, am, be, bm, memory_top, memory, get(out + 36, 2), get(out + 28, 8), get(out + 46, 2), get(out + 38, 8), get(after + 8, 2), get(after, 8), status);
      if (kind == REMAINDER && status & ~cw & 2) status &= ~0x200ull;
      flags[k] = (status & 0x3f) | (status >> 3 & 0x40) | (status & 0x80);
      hashes[k] = h >> 56;
      sum = fold(sum, h);
      if (k % BLOCK == BLOCK - 1) sums[k / BLOCK] = sum >> 32;
    }
    if (verbose) continue;
    fwrite(flags, 1, count, stdout);
    fwrite(hashes, 1, count, stdout);
    fwrite(sums, 4, blocks, stdout);
  }
  return 0;
}
