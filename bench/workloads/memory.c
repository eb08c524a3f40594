// Memory: pointers that must be followed one after another, and copies.
#include "guest.h"

/** Follows one cycle through 8 MB in an order by chance: every step misses the TLB of most machines. */
u32 chase(u32 count) {
  enum { CELLS = 1 << 17, STRIDE = 16 };
  u32 *cells = take_pages(CELLS * STRIDE * 4ul);
  u32 *order = take_pages(CELLS * 4ul);
  u32 seed = 1, at = 0;
  for (u32 i = 0; i < CELLS; i++) order[i] = i;
  // Sattolo's algorithm: a permutation with one cycle only.
  for (u32 i = CELLS - 1; i > 0; i--) {
    u32 j = (u32)((u64)next_random(&seed) * i >> 32), other = order[j];
    order[j] = order[i];
    order[i] = other;
  }
  for (u32 i = 0; i < CELLS; i++) cells[i * STRIDE] = order[i] * STRIDE;
  for (u32 i = 0; i < count * 1000; i++) at = cells[at];
  return at;
}

/** Copies of 64 KB by REP MOVS, as memcpy of the kernel and of C libraries does with so much. */
u32 copy(u32 count) {
  enum { SIZE = 1 << 16 };
  static u8 from[SIZE], to[SIZE];
  for (u32 i = 0; i < SIZE; i++) from[i] = (u8)(i * 7);
  for (u32 i = 0; i < count; i++) {
    from[i % SIZE]++;
    u8 *target = to;
    const u8 *source = from;
    unsigned long words = SIZE / sizeof(long);
    __asm__ volatile("rep movs%z3" : "+D"(target), "+S"(source), "+c"(words) : "r"(words) : "memory");
  }
  u32 sum = 0;
  for (u32 i = 0; i < SIZE; i++) sum = sum * 31 + to[i];
  return sum;
}
