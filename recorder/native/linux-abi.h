/*
 * The part of Linux's x86-64 user ABI that the recorder needs. It is written out here because the recorder has no
 * C library: a library keeps its thread pointer in FS, and FS belongs to the case under test.
 */
#ifndef VITRINE_RECORDER_LINUX_ABI_H
#define VITRINE_RECORDER_LINUX_ABI_H

#include "wire.h"

enum { SYS_read = 0, SYS_write = 1, SYS_mmap = 9, SYS_rt_sigaction = 13, SYS_rt_sigreturn = 15, SYS_setitimer = 38,
       SYS_exit_group = 231, SYS_ftruncate = 77, SYS_sigaltstack = 131, SYS_modify_ldt = 154,
       SYS_sched_setaffinity = 203, SYS_memfd_create = 319 };

enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11, SIGALRM = 14 };

#define SA_SIGINFO 4ul
#define SA_ONSTACK 0x08000000ul
#define SA_RESTART 0x10000000ul
#define SA_NODEFER 0x40000000ul
#define SA_RESTORER 0x04000000ul

#define PROT_READ_WRITE 3
#define MAP_SHARED 1
#define MAP_POPULATE 0x8000
#define MAP_FIXED_NOREPLACE 0x100000

struct KernelSigaction {
    void (*handler)(void);
    u64 flags;
    void (*restorer)(void);
    u64 mask;
};

struct SignalStack {
    u64 sp;
    u32 flags, pad;
    u64 size;
};

/* struct sigcontext_64 of <asm/sigcontext.h>. */
struct SignalContext {
    u64 r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags;
    u16 cs, gs, fs, ss;
    u64 err, trapno, oldmask, cr2;
    u8 *fpstate;
    u64 reserved[8];
};

/* rt_sigreturn expects RSP at this structure. */
struct UserContext {
    u64 flags;
    struct UserContext *link;
    struct SignalStack stack;
    struct SignalContext machine;
    u64 mask;
};

#define UC_FP_XSTATE 1
#define UC_SIGCONTEXT_SS 2
#define UC_STRICT_RESTORE_SS 4

struct UserDesc {
    u32 entry, base, limit, flags;
};

static inline long syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#endif
