/**
 * What the lockstep checker (jit/lockstep.ts) keeps, by address: a head, copies of the state block, and for each of the two
 * runs a log of what it wrote. The host reads it when the runs differ.
 */
import { MEMORY_LOCKSTEP } from './memory-map';

/** The log that writes go to, 0 outside of compared runs. */
export const LOCKSTEP_LOG = MEMORY_LOCKSTEP; // u32
/** 1 while the interpreter runs what a region has run. */
export const LOCKSTEP_REPLAYS = MEMORY_LOCKSTEP + 0x04; // u32
/** 1: the run cannot be compared, for a log was too small, a device was asked or decoded code was dropped. */
export const LOCKSTEP_SPOILT = MEMORY_LOCKSTEP + 0x08; // u32
/** Number of the region, instructions that it ran, and that the interpreter could run. */
export const LOCKSTEP_REGION = MEMORY_LOCKSTEP + 0x0c; // u32
export const LOCKSTEP_RAN = MEMORY_LOCKSTEP + 0x10; // i32
export const LOCKSTEP_REPLAYED = MEMORY_LOCKSTEP + 0x14; // i32
/** RIP of the region's first instruction, and the host address of its bytes. */
export const LOCKSTEP_RIP = MEMORY_LOCKSTEP + 0x18; // u64
export const LOCKSTEP_CODE = MEMORY_LOCKSTEP + 0x20; // u32
/** Instructions in all compared runs since creation. */
export const LOCKSTEP_COUNT = MEMORY_LOCKSTEP + 0x28; // u64

/** Copies of the state block: before, after the region, after the interpreter. */
export const LOCKSTEP_BEFORE = MEMORY_LOCKSTEP + 0x1000;
export const LOCKSTEP_COMPILED = MEMORY_LOCKSTEP + 0x2000;
export const LOCKSTEP_INTERPRETED = MEMORY_LOCKSTEP + 0x3000;
/** How often each region was run, u32 each. */
export const LOCKSTEP_RUNS = MEMORY_LOCKSTEP + 0x4000; // 32 KB

/** Logs: number of entries, then the entries. The interpreter's is larger: it may write the same in more pieces. */
export const LOCKSTEP_COMPILED_LOG = MEMORY_LOCKSTEP + 0xc000;
export const LOCKSTEP_COMPILED_LOG_SIZE = 0x24000;
export const LOCKSTEP_INTERPRETED_LOG = MEMORY_LOCKSTEP + 0x30000;
export const LOCKSTEP_INTERPRETED_LOG_SIZE = 0x50000;
export const LOG_HEAD = 0x10;
export const LOG_ENTRY_SIZE = 24;
/** Host address; 1 to 8 bytes of it, + LOG_CACHE if the guest cannot see it; what was there, and what is there after the run. */
export const LOG_HOST = 0; // u32
export const LOG_BYTES = 4; // u32
export const LOG_OLD = 8; // u64
export const LOG_NEW = 16; // u64
export const LOG_CACHE = 0x100;
