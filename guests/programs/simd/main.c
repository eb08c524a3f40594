// Runs every operation of every family over the inputs of its kind and prints one checksum a line: "FAMILY OPERATION CHECKSUM",
// or "FAMILY absent" where CPUID or the system lacks it.
#include "inputs.h"
#include "simd.h"

void write_out(const void *bytes, unsigned length);
void end(int status) __attribute__((noreturn));

static const struct family *const families[] = {
    &x87_family,    &mmx_family, &sse_family,    &sse2_family, &sse3_family, &ssse3_family,
    &sse41_family,  &sse42_family, &aes_family,  &pclmul_family, &sha_family, &avx_family,
    &avx2_family,   &fma_family, &f16c_family,   &bmi32_family, &adx32_family,
#ifdef __x86_64__
    &bmi64_family,  &adx64_family,
#endif
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

void *memset(void *to, int value, __SIZE_TYPE__ size) {
  for (u8 *p = to; size-- > 0;) *p++ = (u8)value;
  return to;
}

void *memcpy(void *to, const void *from, __SIZE_TYPE__ size) {
  const u8 *q = from;
  for (u8 *p = to; size-- > 0;) *p++ = *q++;
  return to;
}

static void cpuid(u32 leaf, u32 subleaf, u32 out[4]) {
  __asm__ volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "0"(leaf), "2"(subleaf));
}

int cpuid_bit(u32 leaf, u32 subleaf, int reg, int bit) {
  u32 out[4];
  cpuid(leaf & 0x80000000, 0, out);
  if (out[0] < leaf) return 0;
  cpuid(leaf, subleaf, out);
  return (out[reg] >> bit) & 1;
}

int has_avx_state(void) {
  if (!cpuid_bit(1, 0, 2, 27) || !cpuid_bit(1, 0, 2, 28)) return 0;
  u32 low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

static u32 text_length;
static char text[4096];

static void flush(void) {
  write_out(text, text_length);
  text_length = 0;
}

static void put(char c) {
  if (text_length == sizeof text) flush();
  text[text_length++] = c;
}

static void put_string(const char *s) {
  while (*s) put(*s++);
}

static void put_hex(u64 value) {
  for (int shift = 60; shift >= 0; shift -= 4) put("0123456789abcdef"[(value >> shift) & 15]);
}

static u64 checksum;

/** One round of a 64-bit multiply-and-rotate hash. */
static void mix(u64 word) {
  checksum = (checksum ^ word) * 0x9e3779b97f4a7c15;
  checksum ^= checksum >> 29;
}

static u8 in_a[32], in_b[32], in_c[32], out[OUTPUT_SIZE] __attribute__((aligned(16)));

static void run_once(const struct operation *operation) {
  for (u32 n = 0; n < OUTPUT_SIZE / 8; n++) ((u64 *)out)[n] = 0;
  operation->run(in_a, in_b, in_c, out);
  for (u32 n = 0; n < OUTPUT_SIZE / 8; n++) mix(((u64 *)out)[n]);
}

static u64 random_state;

/** Steele, Lea, Flood: SplitMix64. */
static u64 random64(void) {
  u64 z = random_state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static void fill_random(void) {
  for (u32 n = 0; n < 4; n++) {
    ((u64 *)in_a)[n] = random64();
    ((u64 *)in_b)[n] = random64();
    ((u64 *)in_c)[n] = random64();
  }
}

#define RANDOM_INTEGERS 384
#define RANDOM_FLOATS 48

static void run_integers(const struct operation *operation) {
  for (u32 n = 0; n < RANDOM_INTEGERS; n++) {
    fill_random();
    run_once(operation);
  }
  for (u32 i = 0; i < COUNT(edge_integers); i++)
    for (u32 j = 0; j < COUNT(edge_integers); j++) {
      for (u32 n = 0; n < 4; n++) {
        ((u64 *)in_a)[n] = edge_integers[(i + n) % COUNT(edge_integers)];
        ((u64 *)in_b)[n] = edge_integers[(j + n * 3) % COUNT(edge_integers)];
        ((u64 *)in_c)[n] = edge_integers[(i + j + n) % COUNT(edge_integers)];
      }
      run_once(operation);
    }
}

/** Exponents near each other, so that additions do not only round away the smaller number. */
static void near_one(u8 *in, int is_double) {
  if (is_double)
    for (u32 n = 0; n < 4; n++) ((u64 *)in)[n] = (((u64 *)in)[n] & 0x803fffffffffffff) | 0x3fc0000000000000;
  else
    for (u32 n = 0; n < 8; n++) ((u32 *)in)[n] = (((u32 *)in)[n] & 0x83ffffff) | 0x3c000000;
}

static void edges32(u32 start, u32 step) {
  for (u32 n = 0; n < 8; n++) {
    ((u32 *)in_a)[n] = edge_singles[(start + n) % COUNT(edge_singles)];
    ((u32 *)in_b)[n] = edge_singles[(start + n + step) % COUNT(edge_singles)];
    ((u32 *)in_c)[n] = edge_singles[(start + n * 3 + step * 5) % COUNT(edge_singles)];
  }
}

static void edges64(u32 start, u32 step) {
  for (u32 n = 0; n < 4; n++) {
    ((u64 *)in_a)[n] = edge_doubles[(start + n) % COUNT(edge_doubles)];
    ((u64 *)in_b)[n] = edge_doubles[(start + n + step) % COUNT(edge_doubles)];
    ((u64 *)in_c)[n] = edge_doubles[(start + n * 3 + step * 5) % COUNT(edge_doubles)];
  }
}

#define MXCSR_MASKS 0x1f80
#define MXCSR_FLAGS 0x3f
#define MXCSR_DAZ 0x0040
#define MXCSR_FTZ 0x8000

static void run_with(const struct operation *operation, u32 mode) {
  u32 control = mode;
  __asm__ volatile("ldmxcsr %0" : : "m"(control) : "memory");
  run_once(operation);
  __asm__ volatile("stmxcsr %0" : "=m"(control) : : "memory");
  mix(control & MXCSR_FLAGS);
}

static void run_floats_in(const struct operation *operation, u32 mode) {
  int is_double = operation->kind == FLOAT64;
  u32 edges = is_double ? COUNT(edge_doubles) : COUNT(edge_singles);
  u32 lanes = is_double ? 2 : 4;
  for (u32 step = 0; step < edges; step++)
    for (u32 start = 0; start < edges; start += lanes) {
      if (is_double) edges64(start, step);
      else edges32(start, step);
      run_with(operation, mode);
    }
  for (u32 n = 0; n < RANDOM_FLOATS; n++) {
    fill_random();
    if (n & 1) {
      near_one(in_a, is_double);
      near_one(in_b, is_double);
      near_one(in_c, is_double);
    }
    run_with(operation, mode);
  }
}

static void run_floats(const struct operation *operation) {
  for (u32 rounding = 0; rounding < 4; rounding++)
    for (u32 denormals = 0; denormals < 4; denormals++)
      run_floats_in(operation, MXCSR_MASKS | (rounding << 13) | (denormals & 1 ? MXCSR_DAZ : 0) |
                                   (denormals & 2 ? MXCSR_FTZ : 0));
}

/** Operations of the x87 read the control word from their third input; precision 01 is reserved. */
static void run_extended(const struct operation *operation) {
  static const u8 precisions[] = {0, 2, 3};
  for (u32 rounding = 0; rounding < 4; rounding++)
    for (u32 p = 0; p < COUNT(precisions); p++)
      for (u32 i = 0; i < COUNT(edge_extended); i++)
        for (u32 j = 0; j < COUNT(edge_extended); j++) {
          memcpy(in_a, &edge_extended[i], 10);
          memcpy(in_b, &edge_extended[j], 10);
          *(u16 *)in_c = (u16)(0x7f | (rounding << 10) | (precisions[p] << 8));
          run_once(operation);
        }
}

static void run_operation(const struct family *family, const struct operation *operation) {
  checksum = 0;
  random_state = operation->kind;
  if (operation->kind == INTEGER) run_integers(operation);
  else if (operation->kind == EXTENDED) run_extended(operation);
  else run_floats(operation);
  put_string(family->name);
  put(' ');
  put_string(operation->name);
  put(' ');
  put_hex(checksum);
  put('\n');
}

void run_all(void) {
  for (u32 n = 0; n < COUNT(families); n++) {
    const struct family *family = families[n];
    if (!family->is_present()) {
      put_string(family->name);
      put_string(" absent\n");
      continue;
    }
    for (u32 k = 0; k < family->count; k++) run_operation(family, &family->operations[k]);
    flush();
  }
  put_string("done\n");
  flush();
  end(0);
}
