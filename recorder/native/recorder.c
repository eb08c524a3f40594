/*
 * The silicon recorder: loads a complete machine state, lets the CPU underneath execute from it, and writes down
 * everything that is different when the CPU next traps. stdin and stdout speak the format of wire.h.
 *
 * A state is loaded by rt_sigreturn(2) from a signal frame that was made by hand, because the kernel's IRET is the
 * only way to set CS, SS, RSP, RFLAGS (with TF) and all sixteen registers at once. It is captured by the handler of
 * the signal that ends the case: INT3 or #DB (SIGTRAP), or whatever fault the instruction raises. The process is a
 * 64-bit one; a case runs in the mode of its code segment (flat 32-bit code, 16- and 32-bit code from the LDT).
 *
 * The selectors that a signal frame does not hold (DS, ES, FS, GS) are loaded before and read after with MOV, the bases
 * of FS and GS that a 64-bit case has with WRFSBASE and RDFSBASE; the flags that sigreturn preserves (NT, ID) are set
 * before it with POPF. The memory of a 32-bit guest is below 4 GB, this program above it; a 64-bit guest could reach
 * it, but nothing in its state points there. Nothing here may use FS or GS (no C library, no stack protector).
 *
 * x87, SSE and AVX state is an XSAVE area in the frame, in the standard format (SDM vol. 1, 13.4) with the kernel's
 * marks around it. The components after AVX (AVX-512, PKRU) are left out of it: the kernel initialises those.
 */
#include "linux-abi.h"

#define MAX_REGIONS 16
#define MAX_MEMORY (1u << 20)
#define SIGNAL_FLAGS (SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART | SA_RESTORER)
#define FLAGS_NOT_IN_FRAME (1u << 14 | 1u << 21) /* NT, ID: kept by sigreturn, so POPF sets them */

/* The kernel's struct _fpx_sw_bytes, at byte 464 of the area; a second mark follows the area's last component. */
struct ExtendedMarks {
    u32 magic1, extendedSize;
    u64 components;
    u32 areaSize, padding[7];
};
#define MARKS_AT 464
#define HEADER_AT 512 /* XSTATE_BV and XCOMP_BV */
#define YMM_AT 576
#define AREA_SIZE 832
#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u
#define X87_SSE_AVX 7ul
#define AVX 4ul

struct Region {
    u64 address;
    u32 size;
    u8 *alias, *image, *before;
};

static struct Region regions[MAX_REGIONS];
static u32 regionCount;
static u8 images[MAX_MEMORY], befores[MAX_MEMORY];
static u8 handlerStack[65536] __attribute__((aligned(64)));
static u8 loadFpstate[4096] __attribute__((aligned(64)));
static struct UserContext loadFrame __attribute__((aligned(64)));
static struct WireState state;
static struct WireResult result;
static int interrupted;

/* Shared with the assembly below. */
u64 hostStackPointer, loadFlags;
volatile u32 insideGuest;
u16 loadSelectors[4], savedSelectors[4]; /* ES DS FS GS */
u64 loadBases[2], savedBases[2];         /* FS GS */
u32 longCase;
struct UserContext *loadFramePointer;

static u8 inBuffer[65536], outBuffer[65536];
static u32 inFill, inNext, outFill;

static void fail(const char *message)
{
    u32 n = 0;
    while (message[n]) n++;
    syscall6(SYS_write, 2, (long)message, n, 0, 0, 0);
    syscall6(SYS_exit_group, 2, 0, 0, 0, 0, 0);
}

void *memcpy(void *to, const void *from, u64 n)
{
    void *start = to;
    __asm__ volatile("cld; rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return start;
}

void *memset(void *to, int value, u64 n)
{
    void *start = to;
    __asm__ volatile("cld; rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
    return start;
}

static void readBytes(void *to, u32 n)
{
    u8 *p = to;
    while (n) {
        if (inNext == inFill) {
            long got = syscall6(SYS_read, 0, (long)inBuffer, sizeof inBuffer, 0, 0, 0);
            if (got <= 0) fail("recorder: the input ends early\n");
            inFill = (u32)got;
            inNext = 0;
        }
        u32 some = inFill - inNext < n ? inFill - inNext : n;
        memcpy(p, inBuffer + inNext, some);
        inNext += some, p += some, n -= some;
    }
}

static void flush(void)
{
    u32 done = 0;
    while (done < outFill) {
        long n = syscall6(SYS_write, 1, (long)(outBuffer + done), outFill - done, 0, 0, 0);
        if (n <= 0) fail("recorder: cannot write the results\n");
        done += (u32)n;
    }
    outFill = 0;
}

static void writeBytes(const void *from, u32 n)
{
    if (n > sizeof outBuffer - outFill) flush();
    if (n > sizeof outBuffer) fail("recorder: a result is larger than the buffer\n");
    memcpy(outBuffer + outFill, from, n);
    outFill += n;
}

/*
 * enterGuest: saves what a called function must keep, loads the selectors and NT/ID, and returns into the guest.
 * onSignal: reads the selectors first (the kernel leaves them as the guest had them), clears AC and NT, which the
 * kernel leaves set and under which C code cannot run, and continues after the call of enterGuest.
 */
__asm__(
    ".text\n"
    "enterGuest:\n"
    "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "  mov %rsp, hostStackPointer(%rip)\n"
    "  mov loadSelectors+0(%rip), %es\n"
    "  mov loadSelectors+2(%rip), %ds\n"
    "  mov loadSelectors+4(%rip), %fs\n"
    "  mov loadSelectors+6(%rip), %gs\n"
    "  cmpl $0, longCase(%rip)\n"
    "  je 2f\n"
    "  mov loadBases+0(%rip), %rax\n"
    "  wrfsbase %rax\n"
    "  mov loadBases+8(%rip), %rax\n"
    "  wrgsbase %rax\n"
    "2: movl $1, insideGuest(%rip)\n"
    "  push loadFlags(%rip)\n"
    "  popfq\n"
    "  mov loadFramePointer(%rip), %rsp\n"
    "  mov $15, %eax\n"
    "  syscall\n"
    "  ud2\n"
    "onSignal:\n"
    "  pushfq\n"
    "  andq $~0x44000, (%rsp)\n"
    "  popfq\n"
    "  cmpl $0, insideGuest(%rip)\n"
    "  jne 1f\n"
    "  cmp $14, %edi\n" /* a tick of the watchdog between two cases */
    "  jne hostFault\n"
    "  ret\n"
    "1: mov %es, savedSelectors+0(%rip)\n"
    "  mov %ds, savedSelectors+2(%rip)\n"
    "  mov %fs, savedSelectors+4(%rip)\n"
    "  mov %gs, savedSelectors+6(%rip)\n"
    "  rdfsbase %rax\n"
    "  mov %rax, savedBases+0(%rip)\n"
    "  rdgsbase %rax\n"
    "  mov %rax, savedBases+8(%rip)\n"
    "  movl $0, insideGuest(%rip)\n"
    "  mov %rdx, %rsi\n"
    "  call capture\n"
    "  xor %eax, %eax\n"
    "  mov %eax, %es; mov %eax, %ds; mov %eax, %fs; mov %eax, %gs\n"
    "  mov hostStackPointer(%rip), %rsp\n"
    "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "  ret\n"
    "restorer:\n"
    "  mov $15, %eax\n"
    "  syscall\n"
    ".globl _start\n"
    "_start:\n"
    "  and $-64, %rsp\n"
    "  call record\n");

void enterGuest(void);
void onSignal(void);
void restorer(void);

__attribute__((used)) void hostFault(void) { fail("recorder: fault in the recorder itself\n"); }

__attribute__((used)) void capture(int signal, const struct UserContext *uc)
{
    const struct SignalContext *m = &uc->machine;
    interrupted = signal == SIGALRM;
    const u64 general[16] = {m->ax, m->cx, m->dx, m->bx, m->sp, m->bp, m->si, m->di,
                             m->r8, m->r9, m->r10, m->r11, m->r12, m->r13, m->r14, m->r15};
    memcpy(state.general, general, sizeof general);
    state.ip = m->ip, state.flags = m->flags;
    state.cs = m->cs, state.ss = m->ss;
    state.es = savedSelectors[0], state.ds = savedSelectors[1];
    state.fs = savedSelectors[2], state.gs = savedSelectors[3];
    state.fsBase = longCase ? savedBases[0] : 0, state.gsBase = longCase ? savedBases[1] : 0;
    memcpy(state.fxsave, m->fpstate, sizeof state.fxsave);
    memset(state.fxsave + MARKS_AT, 0, HEADER_AT - MARKS_AT);
    /* a component in its initial configuration is not marked, and its place then holds anything */
    const int hasAvx = ((const struct ExtendedMarks *)(m->fpstate + MARKS_AT))->magic1 == MAGIC1 &&
                       (*(const u64 *)(m->fpstate + HEADER_AT) & AVX) != 0;
    if (hasAvx) memcpy(state.ymmHigh, m->fpstate + YMM_AT, sizeof state.ymmHigh);
    else memset(state.ymmHigh, 0, sizeof state.ymmHigh);
    result.vector = (u32)m->trapno, result.errorCode = (u32)m->err, result.cr2 = m->cr2;
}

static void load(const struct WireState *s)
{
    memset(&loadFrame, 0, sizeof loadFrame);
    struct SignalContext *m = &loadFrame.machine;
    loadFrame.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    loadFrame.stack = (struct SignalStack){(u64)handlerStack, 0, 0, sizeof handlerStack};
    const u64 *r = s->general;
    m->ax = r[0], m->cx = r[1], m->dx = r[2], m->bx = r[3], m->sp = r[4], m->bp = r[5], m->si = r[6], m->di = r[7];
    m->r8 = r[8], m->r9 = r[9], m->r10 = r[10], m->r11 = r[11];
    m->r12 = r[12], m->r13 = r[13], m->r14 = r[14], m->r15 = r[15];
    m->ip = s->ip, m->flags = s->flags, m->cs = s->cs, m->ss = s->ss;
    memcpy(loadFpstate, s->fxsave, sizeof s->fxsave);
    memset(loadFpstate + MARKS_AT, 0, YMM_AT - MARKS_AT);
    *(struct ExtendedMarks *)(loadFpstate + MARKS_AT) =
        (struct ExtendedMarks){MAGIC1, AREA_SIZE + 4, X87_SSE_AVX, AREA_SIZE, {0}};
    *(u64 *)(loadFpstate + HEADER_AT) = X87_SSE_AVX;
    memcpy(loadFpstate + YMM_AT, s->ymmHigh, sizeof s->ymmHigh);
    *(u32 *)(loadFpstate + AREA_SIZE) = MAGIC2;
    loadFrame.flags |= UC_FP_XSTATE;
    m->fpstate = loadFpstate;
    loadFramePointer = &loadFrame;
    loadFlags = 0x202 | (s->flags & FLAGS_NOT_IN_FRAME);
    loadBases[0] = s->fsBase, loadBases[1] = s->gsBase;
    loadSelectors[0] = s->es, loadSelectors[1] = s->ds, loadSelectors[2] = s->fs, loadSelectors[3] = s->gs;
}

static void mapRegion(int memory, u64 offset)
{
    struct WireRegion w;
    readBytes(&w, sizeof w);
    if (offset + w.size > MAX_MEMORY) fail("recorder: the regions are larger than the recorder's memory\n");
    struct Region *r = &regions[regionCount++];
    r->address = w.address, r->size = w.size;
    long guest = syscall6(SYS_mmap, w.address, w.size, w.protection, MAP_SHARED | MAP_POPULATE | MAP_FIXED_NOREPLACE,
                          memory, (long)offset);
    /* A second, writable mapping of the same pages: the guest's own mapping may be read-only. */
    long alias = syscall6(SYS_mmap, 0, w.size, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, memory, (long)offset);
    if (guest != (long)w.address || alias < 0) fail("recorder: cannot map the guest's memory\n");
    r->alias = (u8 *)alias, r->image = images + offset, r->before = befores + offset;
    readBytes(r->image, w.size);
    memcpy(r->alias, r->image, w.size);
}

static void setDescriptor(void)
{
    struct UserDesc d;
    readBytes(&d, sizeof d);
    if (syscall6(SYS_modify_ldt, 0x11, (long)&d, sizeof d, 0, 0, 0) != 0)
        fail("recorder: the kernel refuses an LDT entry (is CONFIG_MODIFY_LDT_SYSCALL on?)\n");
}

static void readPatches(u32 count)
{
    for (u32 i = 0; i < regionCount; i++) memcpy(regions[i].before, regions[i].image, regions[i].size);
    while (count--) {
        struct WirePatch p;
        readBytes(&p, sizeof p);
        u32 i = 0;
        while (i < regionCount && p.address - regions[i].address >= regions[i].size) i++;
        if (i == regionCount || p.size > regions[i].size - (p.address - regions[i].address))
            fail("recorder: a patch lies outside the regions\n");
        readBytes(regions[i].before + (p.address - regions[i].address), p.size);
    }
}

/* Runs of changed bytes; a short gap of equal bytes is cheaper inside a run than a second header. */
static u32 changes(const struct Region *r, int write)
{
    u32 count = 0;
    for (u32 i = 0; i < r->size;) {
        if (r->before[i] == r->alias[i]) { i++; continue; }
        u32 last = i;
        for (u32 j = i; j < r->size && j <= last + 3; j++)
            if (r->before[j] != r->alias[j]) last = j;
        struct WirePatch p = {r->address + i, last + 1 - i, 0};
        if (write) writeBytes(&p, sizeof p), writeBytes(r->alias + i, p.size);
        count++;
        i = last + 1;
    }
    return count;
}

static void runCase(void)
{
    struct WireCase w;
    struct WireState initial;
    readBytes(&w, sizeof w);
    readBytes(&initial, sizeof initial);
    readPatches(w.patchCount);
    longCase = w.flags & CASE_LONG;
    interrupted = 1;
    for (int attempt = 0; attempt < 3 && interrupted; attempt++) {
        for (u32 i = 0; i < regionCount; i++) memcpy(regions[i].alias, regions[i].before, regions[i].size);
        load(&initial);
        enterGuest();
    }
    if (interrupted) result.vector = VECTOR_TIMEOUT;
    result.changeCount = 0;
    for (u32 i = 0; i < regionCount; i++) result.changeCount += changes(&regions[i], 0);
    writeBytes(&result, sizeof result);
    writeBytes(&state, sizeof state);
    for (u32 i = 0; i < regionCount; i++) changes(&regions[i], 1);
}

static void setUp(void)
{
    const u64 firstCpu = 1; /* one CPU: the limit of Linux's descriptor 0x78 is the CPU number */
    syscall6(SYS_sched_setaffinity, 0, sizeof firstCpu, (long)&firstCpu, 0, 0, 0);
    struct SignalStack stack = {(u64)handlerStack, 0, 0, sizeof handlerStack};
    syscall6(SYS_sigaltstack, (long)&stack, 0, 0, 0, 0, 0);
    const int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGALRM};
    for (u32 i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct KernelSigaction a = {onSignal, SIGNAL_FLAGS, restorer, 0};
        syscall6(SYS_rt_sigaction, signals[i], (long)&a, 0, 8, 0, 0);
    }
    const long tick[4] = {0, 500000, 0, 500000};
    syscall6(SYS_setitimer, 0, (long)tick, 0, 0, 0, 0);
}

__attribute__((used)) void record(void)
{
    struct WireHeader h;
    readBytes(&h, sizeof h);
    if (h.magic != WIRE_MAGIC || h.regionCount > MAX_REGIONS) fail("recorder: the input is not a recorder's input\n");
    int memory = (int)syscall6(SYS_memfd_create, (long)"guest", 0, 0, 0, 0, 0);
    if (memory < 0 || syscall6(SYS_ftruncate, memory, MAX_MEMORY, 0, 0, 0, 0) != 0) fail("recorder: no memory\n");
    u64 offset = 0;
    for (u32 i = 0; i < h.regionCount; i++) {
        mapRegion(memory, offset);
        offset += regions[i].size;
    }
    for (u32 i = 0; i < h.ldtCount; i++) setDescriptor();
    setUp();
    for (u32 i = 0; i < h.caseCount; i++) runCase();
    flush();
    syscall6(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}
