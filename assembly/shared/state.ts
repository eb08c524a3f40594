/**
 * Layout of one vCPU's state block: byte offsets from the vCPU pointer `cpu`.
 *
 * Both compilers read this file: the core (AssemblyScript) as immediate offsets of its loads and stores, the device side
 * and the tests (TypeScript) as DataView offsets. It therefore holds plain numeric constants only.
 */

// General registers, 8 bytes each, in encoding order: RAX RCX RDX RBX RSP RBP RSI RDI R8..R15.
export const STATE_GPR = 0x000;
export const GPR_SIZE = 8;
export const RAX = 0x00;
export const RCX = 0x08;
export const RDX = 0x10;
export const RBX = 0x18;
export const RSP = 0x20;
export const RBP = 0x28;
export const RSI = 0x30;
export const RDI = 0x38;
/** Always zero: the "register" of an address form without base or index. */
export const REG_ZERO = 0x80;
/** RIP of the first byte of the page (or window) that the decoded code at hand came from; base of RIP-relative forms. */
export const STATE_RIP_BASE = 0x88;

export const STATE_RIP = 0x90;
/** EFLAGS except the arithmetic flags that STATE_LAZY_KIND says are lazy (see machine/flags.ts). */
export const STATE_FLAGS = 0x98; // u32
export const STATE_LAZY_KIND = 0x9c; // u32
export const STATE_LAZY_X = 0xa0; // i64, sign-extended first operand
export const STATE_LAZY_Y = 0xa8; // i64
export const STATE_LAZY_R = 0xb0; // i64, sign-extended result

/** Fault raised by the instruction at hand: vector + 1, 0 = none. */
export const STATE_FAULT = 0xb8; // u32
/** Set by slow paths that change what must run next (interrupt line, code page, mapping): the loop resynchronises. */
export const STATE_RESYNC = 0xbc; // u32, read together with STATE_FAULT as one u64
export const STATE_FAULT_ERROR = 0xc0; // u32
/** Instructions left in the slice while an out-of-line handler runs, in units of 16 (one micro-op). */
export const STATE_LEFT = 0xc4; // i32
/** Linear address of a page fault before it is committed to CR2. */
export const STATE_FAULT_ADDRESS = 0xc8; // u64
export const STATE_ACTIVITY = 0xd0; // u32: ACTIVITY_*
/** 1 during the one instruction after STI, MOV SS and POP SS (interrupt shadow, SDM vol. 3A 7.8.3); 2 = MOV SS kind. */
export const STATE_SHADOW = 0xd4; // u32
export const STATE_INTR = 0xd8; // u32: level of the INTR pin (from the PIC)
export const STATE_NMI_PENDING = 0xdc; // u32
export const STATE_NMI_BLOCKED = 0xe0; // u32
export const STATE_CPL = 0xe4; // u32
/** Code mode of CS: MODE_16, MODE_32 or MODE_64; what the decoder assumes. */
export const STATE_MODE = 0xe8; // u32
/** Mask of the stack pointer: 0xFFFF, 0xFFFFFFFF or all ones. */
export const STATE_STACK_MASK = 0xf0; // u64
/** Mask of linear addresses: 0xFFFFFFFF outside of 64-bit mode. */
export const STATE_LINEAR_MASK = 0xf8; // u64
/** Masks of effective addresses by address size (16, 32, 64 bits). */
export const STATE_ADDRESS_MASKS = 0x100; // 4 x u64
/** TLB bank that the current privilege level uses, for fast paths; the empty bank while #AC or data breakpoints are on. */
export const STATE_TLB = 0x120; // u32
/** Decoded page at hand: address of its map from page offset to micro-op, and its descriptor. */
export const STATE_CODE_MAP = 0x124; // u32
export const STATE_CODE_PAGE = 0x128; // u32
/** What an exception does before delivery: 1 = leave run() with EXIT_EXCEPTION (tests, debugger). */
export const STATE_INTERCEPT = 0x12c; // u32
export const STATE_EXIT_DETAIL = 0x130; // 4 x u32
/** Instructions executed since reset; slice accounting is exact. */
export const STATE_COUNT = 0x140; // u64
/** Virtual nanoseconds at the start of the slice, and the instruction count then. */
export const STATE_TIME_BASE = 0x148; // u64
export const STATE_TIME_COUNT = 0x150; // u64
/** log2 of virtual nanoseconds per instruction inside a slice. */
export const STATE_TIME_SHIFT = 0x158; // u32
/** 1 once the debug trap of the instruction at hand is due (TF, data or I/O breakpoints): bits as in DR6. */
export const STATE_DEBUG_PENDING = 0x15c; // u32
export const STATE_FERR = 0x160; // u32: level of FERR# (x87 error with CR0.NE = 0)
export const STATE_A20_MASK = 0x164; // u32: mask of physical addresses' low 32 bits
/** The instruction at hand is a software interrupt or exception delivery: rules of error code EXT and DPL differ. */
export const STATE_EXT = 0x168; // u32
/** Bytes of guest RAM below 4 GB and host address of its first byte. */
export const STATE_RAM_SIZE = 0x16c; // u32
export const STATE_RAM_BASE = 0x170; // u32
/** Slice end forced by the host (timer armed, input arrived): the loop leaves after the instruction at hand. */
export const STATE_STOP_REQUEST = 0x174; // u32
/** RF was set when the instruction began (suppresses one instruction breakpoint). */
export const STATE_SINGLE_STEP = 0x178; // u32
export const STATE_INDEX = 0x17c; // u32: number of this vCPU

// Segment registers, 64 bytes each, in encoding order, then LDTR and TR.
export const STATE_SEGMENTS = 0x180;
export const SEGMENT_SIZE = 0x40;
export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
export const LDTR = 6;
export const TR = 7;
export const SEGMENT_SELECTOR = 0x00; // u32
/** Descriptor bits 40-55 in their places: type, S, DPL, P, AVL, L, D/B, G (bits 8-15 of the second dword at 0-7, 20-23 at 12-15). */
export const SEGMENT_ATTRIBUTES = 0x04; // u32
/** Base that accesses add: 0 for ES, CS, SS and DS in 64-bit mode, whatever the descriptor said. */
export const SEGMENT_BASE = 0x08; // u64
export const SEGMENT_LIMIT = 0x10; // u32, scaled by G
/**
 * Highest effective address of a byte that the fast path may read (write), or -1 when every access needs the full check
 * of mmu/segmentation.ts (null, expand-down, not readable, not writable). Compared signed with ea + size - 1.
 */
export const SEGMENT_FAST_READ = 0x18; // i64
export const SEGMENT_FAST_WRITE = 0x20; // i64
/** Base in the descriptor cache, which compatibility mode uses again after 64-bit mode. */
export const SEGMENT_CACHED_BASE = 0x28; // u64

// Control, debug and system registers.
export const STATE_CR0 = 0x380; // u64 each
export const STATE_CR2 = 0x388;
export const STATE_CR3 = 0x390;
export const STATE_CR4 = 0x398;
export const STATE_CR8 = 0x3a0;
export const STATE_XCR0 = 0x3a8;
export const STATE_EFER = 0x3b0;
export const STATE_DR = 0x3c0; // DR0..DR7, 8 bytes each
export const STATE_GDTR_BASE = 0x400; // u64
export const STATE_GDTR_LIMIT = 0x408; // u32
export const STATE_IDTR_LIMIT = 0x40c; // u32
export const STATE_IDTR_BASE = 0x410; // u64
export const STATE_SYSENTER_CS = 0x418; // u64
export const STATE_SYSENTER_ESP = 0x420;
export const STATE_SYSENTER_EIP = 0x428;
export const STATE_PAT = 0x430;
export const STATE_TSC_OFFSET = 0x438;
export const STATE_TSC_AUX = 0x440;
export const STATE_STAR = 0x448;
export const STATE_LSTAR = 0x450;
export const STATE_CSTAR = 0x458;
export const STATE_FMASK = 0x460;
export const STATE_KERNEL_GS_BASE = 0x468;
export const STATE_MTRR_DEF_TYPE = 0x470;
export const STATE_MTRR_FIXED = 0x478; // 11 x u64
export const STATE_MTRR_VARIABLE = 0x4d0; // 8 x (base, mask)
export const STATE_MISC_ENABLE = 0x550;
/** PDPTEs cached by MOV CR3 in PAE paging (SDM vol. 3A 4.4.1). */
export const STATE_PDPTE = 0x558; // 4 x u64
export const STATE_BIOS_SIGN = 0x578;
export const STATE_CPUID_FEATURES = 0x580; // u32 words, see shared/features.ts

/** Stack that a transfer builds before it commits (cpu/stack-frame.ts). */
export const STATE_FRAME = 0x5a0; // 48 bytes
/** 1 once a task switch has passed its point of no return: a fault belongs to the new task. */
export const STATE_TASK_SWITCHED = 0x5d0; // u32
/** 1 between MONITOR and MWAIT, or a write to the monitored line (STATE_MONITOR_ADDRESS, physical). */
export const STATE_MONITOR_ARMED = 0x5d4; // u32
export const STATE_MONITOR_ADDRESS = 0x5d8; // u64

// x87, MMX and SSE.
export const STATE_FPU_ST = 0x600; // physical registers R0..R7, 16 bytes each: u64 significand, u16 sign and exponent
export const STATE_FCW = 0x680; // u16
export const STATE_FSW = 0x682; // u16, TOP in bits 11-13
export const STATE_FTW = 0x684; // u16: abridged tag word, bit set = not empty
export const STATE_FOP = 0x686; // u16
export const STATE_FIP = 0x688; // u64
export const STATE_FDP = 0x690; // u64
export const STATE_FCS = 0x698; // u16
export const STATE_FDS = 0x69a; // u16
export const STATE_MXCSR = 0x69c; // u32
export const STATE_FPU_RESULT = 0x6a0; // scratch of the softfloat routines, 96 bytes
export const STATE_XMM = 0x700; // 16 x 16 bytes
export const STATE_YMM_HIGH = 0x800; // 16 x 16 bytes

// Local APIC (cpu/lapic.ts).
export const STATE_LAPIC = 0x900; // 0x100 bytes

// What CPUID tells besides the feature words (cpu/cpuid.ts); the machine's -cpu flag sets it.
export const STATE_CPU_SIGNATURE = 0xa00; // u32: family, model, stepping as CPUID leaf 1 EAX has them
export const STATE_CPUID_LEAF_MAX = 0xa04; // u32
export const STATE_CPUID_EXTENDED_MAX = 0xa08; // u32: 0 = no extended leaves
export const STATE_CPU_BRAND = 0xa10; // 48 bytes
export const CPU_BRAND_SIZE = 48;
export const STATE_TSC_ADJUST = 0xa40; // u64
/** State of the generator behind RDRAND and RDSEED (cpu/random.ts). */
export const STATE_RANDOM = 0xa48; // u64

export const STATE_MCG_STATUS = 0xa50; // u64

// Performance monitoring (cpu/pmu.ts).
export const STATE_PMU_COUNTERS = 0xa60; // 7 x u64: general, then fixed
export const STATE_PMU_SELECT = 0xa98; // 4 x u64
export const STATE_PMU_FIXED_CTRL = 0xab8; // u64
export const STATE_PMU_GLOBAL_CTRL = 0xac0; // u64
export const STATE_PMU_STATUS = 0xac8; // u64
/** Instruction count up to which the counters have been brought. */
export const STATE_PMU_FROM = 0xad0; // u64
/** Counters that count in ring 0 (bits 0-7) and in the others (bits 8-15); 0 = the run loop need not look. */
export const STATE_PMU_ACTIVE = 0xad8; // u32
/** Counters that count in the stretch at hand. */
export const STATE_PMU_RUNNING = 0xadc; // u32
export const STATE_PMU_END = 0xae0;

// Scratch: a micro-op decoded for one execution, its end marker, and a bounce buffer for split and MMIO accesses.
export const STATE_SCRATCH_UOP = 0xc00; // 2 x 16 bytes
export const STATE_FETCH_BUFFER = 0xc20; // 32 bytes
export const STATE_BOUNCE = 0xc40; // 64 bytes

/** Read-modify-write in progress: where the store half goes (host address, 0 = slow path). */
export const STATE_RMW_HOST = 0xc80; // u32
export const STATE_RMW_LINEAR = 0xc88; // u64
/** 1: the block belongs to a vCPU that was created. */
export const STATE_PRESENT = 0xc90; // u32
/** Micro-op at hand when the interpreter's loop left. */
export const STATE_UOP = 0xc94; // u32
/** How the interpreter's loop left: LEAVE_*. */
export const STATE_LEAVE = 0xc98; // u32
/** Part of the slice that was cut off when an instruction had a side effect that the loop must see, in units of 16. */
export const STATE_HELD = 0xc9c; // i32
/** Value of the instruction count at which the running stretch ends; gives the exact count inside it with STATE_LEFT. */
export const STATE_STRETCH_END = 0xca0; // u64
/** 1 while a single instruction runs (or none): MMIO may happen now, at an exact count. Otherwise it asks for a restart. */
export const STATE_EXACT = 0xca8; // u32
/** The next instruction runs by itself. */
export const STATE_EXACT_NEXT = 0xcac; // u32
/** STATE_MODE, with MODE_FLAT where it holds: what decoded code depends on. */
export const STATE_CODE_MODE = 0xcb0; // u32
/** 1: the instruction that ran last is repeated and has iterations left; m.rip is its own address. */
export const STATE_REPEATING = 0xcb4; // u32
/** Near targets are allowed if target + BIAS <= LAST, unsigned: the limit of CS, or the two canonical halves side by side. */
export const STATE_CODE_BIAS = 0xcb8; // u64
export const STATE_CODE_LAST = 0xcc0; // u64
/** Why vector instructions cannot run right now, GATE_* bits; 0 where all can. Set where a stretch begins. */
export const STATE_GATES = 0xcc8; // u32
export const GATE_MMX = 1; // CR0.EM or CR0.TS
export const GATE_SSE = 2; // CR0.EM, CR0.TS or CR4.OSFXSR
export const GATE_AVX = 4; // CR0.TS, CR4.OSXSAVE, XCR0 or the mode
export const GATE_VEX = 8; // real and virtual-8086 mode
export const STATE_FEATURE_WORDS = 8;

/** Counters: events since creation, f64-safe u64 each; named in shared/counters.ts. */
export const STATE_COUNTERS = 0xd00; // 32 x u64

// Events delivered last (trace/deliveries.ts), for whoever must say why the processor shut down.
/** Exceptions that were delivered, or tried to be, since creation; the newest is in slot (count - 1) % DELIVERIES. */
export const STATE_DELIVERY_COUNT = 0xe00; // u32
/** 1: every delivery, interrupts too, is reported by systemEvent(SYSTEM_EVENT_DELIVERY, vector | kind << 8). */
export const STATE_DELIVERY_TRACE = 0xe04; // u32
export const STATE_DELIVERIES = 0xe20; // DELIVERIES * DELIVERY_SIZE
export const DELIVERIES = 8;
export const DELIVERY_SIZE = 0x20;
export const DELIVERY_VECTOR = 0x00; // u32
export const DELIVERY_ERROR = 0x04; // u32
export const DELIVERY_CS = 0x08; // u32: selector
export const DELIVERY_RIP = 0x10; // u64
export const DELIVERY_CR2 = 0x18; // u64
/** What kind of event is delivered. */
export const KIND_EXTERNAL = 0;
export const KIND_FAULT = 1;
export const KIND_TRAP = 2;
export const KIND_SOFTWARE = 3;
export const KIND_ICEBP = 4;

/** First argument of systemEvent(). */
export const SYSTEM_EVENT_DELIVERY = 1;

// Compiled code (jit/).
/** 1: jumps are counted and hot regions compiled; 2 and more: all regions are, the (N - 1)th time that they are reached. */
export const STATE_JIT = 0xf20; // u32
/** Instructions that a region may run, and may still run after it; where the loop goes on after it. */
export const STATE_JIT_BUDGET = 0xf24; // i32
export const STATE_JIT_STOP = 0xf28; // u32
/** Instructions that compiled code has run. */
export const STATE_JIT_COUNT = 0xf60; // u64
/** Regions run a second time in the interpreter, and both results are compared (jit/lockstep.ts): 0 never, 1 each time, N less often. */
export const STATE_LOCKSTEP = 0xf68; // u32
/** While STATE_LOCKSTEP is set: what STATE_TLB says outside of compared runs, for compiled code. */
export const STATE_LOCKSTEP_TLB = 0xf6c; // u32

export const STATE_SIZE = 0x1000;

// TLB banks follow the state block: supervisor, user, and supervisor with EFLAGS.AC set while CR4.SMAP is (mmu/tlb.ts).
export const TLB_ENTRIES = 4096;
export const TLB_ENTRY_SIZE = 32;
export const TLB_BANK_SIZE = 0x20000; // TLB_ENTRIES * TLB_ENTRY_SIZE
export const TLB_SUPERVISOR = 0x1000;
export const TLB_USER = 0x21000;
export const TLB_SUPERVISOR_AC = 0x41000;
/** Decoded page of each code entry, 4 bytes an entry; the first two banks, for fetches do not depend on AC. */
export const TLB_CODE_SUPERVISOR = 0x61000;
export const TLB_CODE_USER = 0x65000;
/** Indices filled since the last flush, per bank (u32 count, then u16 each). */
export const TLB_LOG_SUPERVISOR = 0x69000;
export const TLB_LOG_USER = 0x6a000;
export const TLB_LOG_SUPERVISOR_AC = 0x6b000;
/** Bits, by a hash, of the 4 MB (1 GB) regions of which the TLB holds pieces of 2 MB and 4 MB (1 GB) pages. */
export const TLB_LARGE = 0x6c000;
export const TLB_HUGE = 0x6c200;
export const TLB_REGIONS = 4096;
export const VCPU_SIZE = 0x70000;

export const TLB_TAG_READ = 0; // u64: linear page, or TLB_NO_MATCH
export const TLB_TAG_WRITE = 8;
export const TLB_TAG_EXECUTE = 16;
/** Added to the linear address gives the host address. */
export const TLB_ADDEND = 24; // u32
/** Physical page frame number, bit 31: global page, 30: piece of a 2 or 4 MB page, 29: of a 1 GB page. */
export const TLB_FRAME = 28; // u32

export const MODE_16 = 0;
export const MODE_32 = 1;
export const MODE_64 = 2;
/** Added to the mode for the decoder: ES, CS, SS and DS have base 0, limit 4 GB and no access is refused by their rights. */
export const MODE_FLAT = 4;

export const ACTIVITY_ACTIVE = 0;
export const ACTIVITY_HLT = 1;
export const ACTIVITY_SHUTDOWN = 2;
export const ACTIVITY_WAIT_FOR_SIPI = 3;

/** The micro-op in STATE_UOP is the next to run. */
export const LEAVE_NEXT = 0;
/** STATE_RIP is set. */
export const LEAVE_JUMP = 1;
/** The micro-op in STATE_UOP faulted. */
export const LEAVE_FAULT = 2;
/** Pseudo-fault: run the instruction again by itself, it touches a device. */
export const FAULT_RESTART = 0x100;
