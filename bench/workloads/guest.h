// What the workloads share: system calls and a few numbers. No C library, so that gcc alone builds them for both architectures.
#pragma once
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/** Does its work `count` times and answers a checksum, the same on every machine. */
typedef u32 workload(u32 count);

workload integer_mix, sieve, calls, multiply64, indirect, chase, copy, nbody_x87, nbody_sse2, system_calls, page_faults,
    fork_exec;

#ifdef __x86_64__
enum { SYS_WRITE = 1, SYS_MMAP = 9, SYS_MUNMAP = 11, SYS_FORK = 57, SYS_EXECVE = 59, SYS_EXIT = 60, SYS_WAIT4 = 61, SYS_GETPPID = 110 };

static inline long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#else
enum { SYS_WRITE = 4, SYS_MMAP = 192, SYS_MUNMAP = 91, SYS_FORK = 2, SYS_EXECVE = 11, SYS_EXIT = 1, SYS_WAIT4 = 114, SYS_GETPPID = 64 };

// The sixth argument goes into EBP, which gcc keeps for itself in unoptimized code only: it is 0 for every call here.
static inline long call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  (void)f;
  __asm__ volatile("push %%ebp; xor %%ebp, %%ebp; int $0x80; pop %%ebp"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                   : "memory");
  return result;
}
#endif

/** A generator of 32-bit numbers: Numerical Recipes' constants. */
static inline u32 next_random(u32 *seed) {
  return *seed = *seed * 1664525u + 1013904223u;
}

/** Zeroed memory that belongs to the process; pages come when they are touched. */
void *take_pages(unsigned long bytes);
void give_back(void *memory, unsigned long bytes);
