// What a debugger does to a process (ptrace(2)), with the debug registers of SDM vol. 3B, chapter 18: instruction breakpoints,
// data breakpoints of each kind, single steps, a software breakpoint. Prints where the process stopped, and DR6's bits, a line each.
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/** DR7's fields for one breakpoint: enabled locally, its kind, its length. */
#define ENABLE(n) (1ul << (2 * (n)))
#define KIND(n, kind) ((unsigned long)(kind) << (16 + 4 * (n)))
#define LENGTH(n, bytes) ((unsigned long)((bytes) == 8 ? 2 : (bytes) - 1) << (18 + 4 * (n)))
#define EXECUTION 0
#define WRITES 1
#define READS_AND_WRITES 3

#define DR6_DEFINED 0xe00f

volatile uint64_t watched[2];

/** The process's work, in steps that have names. */
void work(void);
__asm__(
    ".globl work\n"
    "work: nop\n"
    "at_first: movl $1, watched(%rip)\n"
    "after_write: movl watched+4(%rip), %eax\n"
    "after_read: movw $2, watched+6(%rip)\n"
    "after_narrow: movq $3, watched+8(%rip)\n"
    "after_other: nop\n"
    "at_software: nop\n"
    "after_software: mov %ss, %eax\n"
    "at_mov_ss: mov %eax, %ss\n"
    "in_shadow: nop\n"
    "after_shadow: mov $3, %ecx\n"
    "at_first_lea: lea watched(%rip), %rdi\n"
    "at_second_lea: lea watched(%rip), %rsi\n"
    "at_string: rep movsb\n"
    "after_string: mov $39, %eax\n" // getpid
    "at_system_call: syscall\n"
    "after_system_call: ret\n");

#define PLACES(X)                                                                                                      \
  X(at_first) X(after_write) X(after_read) X(after_narrow) X(after_other) X(at_software) X(after_software) X(at_mov_ss) \
  X(in_shadow) X(after_shadow) X(at_first_lea) X(at_second_lea) X(at_string) X(after_string) X(at_system_call) X(after_system_call)
#define DECLARE(name) extern char name[];
PLACES(DECLARE)

static const struct {
  const char *name;
  const char *address;
} places[] = {
#define PLACE(name) {#name, name},
    PLACES(PLACE)};

static pid_t child;

static const char *place(uint64_t rip) {
  for (size_t n = 0; n < sizeof places / sizeof *places; n++)
    if ((uint64_t)places[n].address == rip) return places[n].name;
  return "elsewhere";
}

static void fail(const char *what) {
  perror(what);
  kill(child, SIGKILL);
  exit(1);
}

static void set_debug_register(int n, uint64_t value) {
  if (ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg) + 8 * (size_t)n, value) < 0) fail("debug register");
}

static uint64_t debug_register(int n) {
  return (uint64_t)ptrace(PTRACE_PEEKUSER, child, offsetof(struct user, u_debugreg) + 8 * (size_t)n, 0);
}

static struct user_regs_struct registers(void) {
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, child, 0, &regs) < 0) fail("registers");
  return regs;
}

/** Goes on until the next stop and tells of it. */
static void run(enum __ptrace_request how, const char *what) {
  int status;
  set_debug_register(6, 0);
  if (ptrace(how, child, 0, 0) < 0) fail("ptrace");
  if (waitpid(child, &status, 0) < 0) fail("waitpid");
  if (WIFEXITED(status)) {
    printf("%s: ended with %d\n", what, WEXITSTATUS(status));
    exit(0);
  }
  struct user_regs_struct regs = registers();
  printf("%s: signal %d at %s, DR6 %04llx\n", what, WSTOPSIG(status), place(regs.rip),
         (unsigned long long)debug_register(6) & DR6_DEFINED);
}

static void step_to_the_end(void) {
  for (;;) {
    run(PTRACE_SINGLESTEP, "step");
    struct user_regs_struct regs = registers();
    if (regs.rip == (uint64_t)at_string) printf("string has %llu to go\n", (unsigned long long)regs.rcx);
    if (regs.rip == (uint64_t)after_system_call) return;
  }
}

static void software_breakpoint(void) {
  long code = ptrace(PTRACE_PEEKTEXT, child, at_software, 0);
  if (ptrace(PTRACE_POKETEXT, child, at_software, (code & ~0xffl) | 0xcc) < 0) fail("code");
  run(PTRACE_CONT, "software breakpoint");
  ptrace(PTRACE_POKETEXT, child, at_software, code);
  struct user_regs_struct regs = registers();
  regs.rip--;
  ptrace(PTRACE_SETREGS, child, 0, &regs);
}

static void debug(void) {
  int status;
  waitpid(child, &status, 0);
  set_debug_register(0, (uint64_t)at_first);
  set_debug_register(7, ENABLE(0) | KIND(0, EXECUTION) | LENGTH(0, 1));
  run(PTRACE_CONT, "breakpoint");

  set_debug_register(7, 0);
  set_debug_register(1, (uint64_t)watched);
  set_debug_register(2, (uint64_t)watched + 4);
  set_debug_register(3, (uint64_t)(watched + 1));
  set_debug_register(7, ENABLE(0) | KIND(0, EXECUTION) | LENGTH(0, 1) | ENABLE(1) | KIND(1, WRITES) | LENGTH(1, 8) | ENABLE(2) |
                            KIND(2, READS_AND_WRITES) | LENGTH(2, 4) | ENABLE(3) | KIND(3, WRITES) | LENGTH(3, 8));
  for (int n = 0; n < 4; n++) run(PTRACE_CONT, "watchpoint");
  set_debug_register(7, 0);
  software_breakpoint();
  step_to_the_end();
  run(PTRACE_CONT, "process");
}

int main(void) {
  child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(1);
    raise(SIGSTOP);
    work();
    _exit((int)watched[1]);
  }
  debug();
  return 0;
}
