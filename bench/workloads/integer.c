// Computation in general registers.
#include "guest.h"

struct node {
  struct node *next;
  u16 key, value;
};

enum { NODES = 128, SIDE = 12, LETTERS = 256 };

static u16 crc16(u16 crc, u32 value) {
  for (int i = 0; i < 32; i++) {
    u32 bit = (crc ^ value) & 1;
    crc >>= 1;
    value >>= 1;
    if (bit) crc ^= 0xA001;
  }
  return crc;
}

/** Merge sort of a list by key, from the bottom up. */
static struct node *sort_list(struct node *list) {
  for (u32 width = 1;; width *= 2) {
    struct node *left = list, *last = 0;
    u32 merges = 0;
    list = 0;
    while (left) {
      struct node *right = left;
      u32 left_size = 0, right_size = width;
      merges++;
      while (left_size < width && right) left_size++, right = right->next;
      while (left_size > 0 || (right_size > 0 && right)) {
        struct node *least;
        if (left_size > 0 && (right_size == 0 || !right || left->key <= right->key))
          least = left, left = left->next, left_size--;
        else
          least = right, right = right->next, right_size--;
        if (last) last->next = least;
        else list = least;
        last = least;
      }
      left = right;
    }
    last->next = 0;
    if (merges <= 1) return list;
  }
}

static u32 lists(u32 seed) {
  static struct node nodes[NODES];
  for (u32 i = 0; i < NODES; i++) {
    nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
    nodes[i].key = (u16)(next_random(&seed) >> 16);
    nodes[i].value = (u16)i;
  }
  u32 sum = 0, place = 0;
  for (struct node *n = sort_list(nodes); n; n = n->next) sum += ++place * n->value;
  return sum;
}

static u32 matrices(u32 seed) {
  static int a[SIDE][SIDE], b[SIDE][SIDE];
  for (u32 i = 0; i < SIDE * SIDE; i++) {
    a[i / SIDE][i % SIDE] = (int)(next_random(&seed) >> 20);
    b[i / SIDE][i % SIDE] = (int)(next_random(&seed) >> 20);
  }
  u32 sum = 0;
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) {
      int dot = 0;
      for (u32 k = 0; k < SIDE; k++) dot += a[i][k] * b[k][j];
      sum += (u32)(dot >> (j & 7)) & 0xFFFF;
    }
  return sum;
}

/** Reads numbers out of a text letter by letter. */
static u32 states(u32 seed) {
  enum { START, SIGN, INTEGER, FRACTION, EXPONENT, INVALID } state = START;
  static const char ALPHABET[] = "0123456789+-.eE ,,";
  u32 counts[6] = {0};
  for (u32 i = 0; i < LETTERS; i++) {
    char c = ALPHABET[(next_random(&seed) >> 24) % (sizeof ALPHABET - 1)];
    int digit = c >= '0' && c <= '9';
    if (c == ',') counts[state]++, state = START;
    else switch (state) {
      case START: state = digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? FRACTION : INVALID; break;
      case SIGN: state = digit ? INTEGER : c == '.' ? FRACTION : INVALID; break;
      case INTEGER: state = digit ? INTEGER : c == '.' ? FRACTION : c == 'e' || c == 'E' ? EXPONENT : INVALID; break;
      case FRACTION: state = digit ? FRACTION : c == 'e' || c == 'E' ? EXPONENT : INVALID; break;
      case EXPONENT: state = digit || c == '+' || c == '-' ? EXPONENT : INVALID; break;
      default: break;
    }
  }
  u32 sum = 0;
  for (u32 i = 0; i < 6; i++) sum = sum * 31 + counts[i];
  return sum;
}

/** What CoreMark mixes: a list, a matrix, a state machine and a checksum over all three. Our own code. */
u32 integer_mix(u32 count) {
  u16 crc = 0xFFFF;
  for (u32 i = 0; i < count; i++) {
    crc = crc16(crc, lists(i));
    crc = crc16(crc, matrices(i));
    crc = crc16(crc, states(i));
  }
  return crc;
}

u32 sieve(u32 count) {
  enum { LIMIT = 1 << 18 };
  static u8 composite[LIMIT];
  u32 primes = 0;
  for (u32 round = 0; round < count; round++) {
    for (u32 i = 0; i < LIMIT; i++) composite[i] = 0;
    for (u32 i = 2; i < LIMIT; i++) {
      if (composite[i]) continue;
      primes++;
      for (u32 j = 2 * i; j < LIMIT; j += i) composite[j] = 1;
    }
  }
  return primes;
}

static __attribute__((noinline)) u32 fibonacci(u32 n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

u32 calls(u32 count) {
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) sum += fibonacci(22 + (i & 1));
  return sum;
}

/** A congruential generator of 64 bits and a mixing function: on i386 three multiplications of 32 bits each. */
u32 multiply64(u32 count) {
  u64 state = 1, sum = 0;
  for (u32 i = 0; i < count * 1000; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    u64 mixed = (state ^ state >> 33) * 0xFF51AFD7ED558CCDu;
    sum += mixed ^ mixed >> 29;
  }
  return (u32)sum ^ (u32)(sum >> 32);
}

static u32 op0(u32 x) { return x + 1; }
static u32 op1(u32 x) { return x ^ 0x5A5A; }
static u32 op2(u32 x) { return x << 3 | x >> 29; }
static u32 op3(u32 x) { return x - 7; }
static u32 op4(u32 x) { return x * 5; }
static u32 op5(u32 x) { return ~x; }
static u32 op6(u32 x) { return x + (x >> 5); }
static u32 op7(u32 x) { return x ^ x >> 3; }

/** Half of the targets come in turn, half by chance. */
u32 indirect(u32 count) {
  static u32 (*volatile const OPS[])(u32) = {op0, op1, op2, op3, op4, op5, op6, op7};
  u32 x = 1, seed = 1;
  for (u32 i = 0; i < count * 1000; i++) x = OPS[i & 1 ? i >> 1 & 7 : next_random(&seed) >> 29](x);
  return x;
}
