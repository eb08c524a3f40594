/**
 * Where things lie in the core's linear memory. Everything has a fixed address below guest RAM; the host creates the
 * memory with MEMORY_RAM_BASE + RAM bytes and it never grows.
 */
/** Static data of the compiler (decode tables, constants) ends below this. */
export const MEMORY_VCPU = 0x100000; // 8 blocks of VCPU_SIZE
/** The lockstep checker's: see shared/lockstep.ts. */
export const MEMORY_LOCKSTEP = 0x480000; // 512 KB
/** One u32 for each 4 KB physical page below 4 GB: host address of the page, PAGE_* bits in the low 12 bits; 0 = MMIO. */
export const MEMORY_PHYSICAL_MAP = 0x500000; // 4 MB
/** Descriptors of decoded pages (decode/code-page.ts). */
export const MEMORY_CODE_PAGES = 0x900000; // CODE_PAGES * CODE_PAGE_SIZE
export const CODE_PAGES = 2048;
export const CODE_PAGE_SIZE = 32;
/** Hash from (physical page, mode) to a descriptor. */
export const MEMORY_CODE_HASH = 0x920000; // 8192 x u32
export const CODE_HASH_ENTRIES = 8192;
/** A TLB bank that stays empty, so that every lookup in it misses; all vCPUs share it. */
export const MEMORY_EMPTY_TLB = 0x980000; // TLB_BANK_SIZE
/** Maps of decoded pages: 4096 x u32, page offset to micro-op. */
export const MEMORY_CODE_MAPS = 0xa00000; // CODE_PAGES * 16 KB = 32 MB
export const CODE_MAP_SIZE = 0x4000;
/** A map that stays empty, for code that runs from the scratch micro-op. */
export const MEMORY_EMPTY_MAP = 0x2a00000;
/** Micro-ops, 16 bytes each. */
export const MEMORY_UOPS = 0x2b00000;
export const MEMORY_UOPS_END = 0x4300000; // 24 MB
/** Firmware images: up to 4 MB of ROM. */
export const MEMORY_ROM = 0x4300000;
export const ROM_SIZE_MAX = 0x400000;

// The compiler of regions (jit/). What it works with while it writes one:
/** The machine Emit and the lists of blocks. */
export const MEMORY_JIT_EMIT = 0x4700000;
export const MEMORY_JIT_VALUES = 0x4701000;
/** Locals of the function being written (machine/emit-locals.ts). */
export const MEMORY_JIT_LOCALS = 0x4701c00;
export const MEMORY_JIT_BLOCKS = 0x4702000;
export const MEMORY_JIT_ORDER = 0x4704000;
export const MEMORY_JIT_CONTEXT = 0x4705000;
export const MEMORY_JIT_MARKS = 0x4708000; // 16 KB
/** Pages and calls of a region (jit/inlining.ts). */
export const MEMORY_JIT_INLINING = 0x470c000;
/** Hot heads that wait to be compiled. */
export const MEMORY_JIT_QUEUE = 0x4710000;
/** Where registers' contents come from, open groups of accesses, accesses, and both as they were (machine/emit-groups.ts). */
export const MEMORY_JIT_ORIGINS = 0x4711000;
export const MEMORY_JIT_GROUPS = 0x4711100;
export const MEMORY_JIT_ACCESSES = 0x4712000; // 12 KB
export const MEMORY_JIT_SNAPSHOTS = 0x4715000; // 32 KB
/** One record for each compiled region (jit/region-table.ts), 24 bytes each. */
export const MEMORY_JIT_REGIONS = 0x4720000; // 192 KB
/** The modules that they lie in. */
export const MEMORY_JIT_MODULES = 0x4750000;
/** Functions of the module being written, and the module itself. */
export const MEMORY_JIT_BODIES = 0x4760000; // 1 MB
export const MEMORY_JIT_MODULE = 0x4860000; // 1 MB
/** Exit records. */
export const MEMORY_JIT_EXITS = 0x4960000;
export const MEMORY_JIT_EXITS_END = 0x5160000; // 8 MB
/** Where jumps between regions lead (jit/jump-cache.ts). */
export const MEMORY_JUMPS = 0x5160000;
/** Notes about the module being written (shared/region-notes.ts). */
export const MEMORY_JIT_NOTES = 0x51c0000; // 256 KB
export const MEMORY_RAM_BASE = 0x5200000;

/** Bits of a physical map entry. */
export const PAGE_READABLE = 1;
export const PAGE_WRITABLE = 2;
/** Micro-ops were decoded from the page: writes take the slow path. */
export const PAGE_DECODED = 4;
