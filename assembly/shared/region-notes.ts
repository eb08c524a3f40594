/**
 * Notes of the compiler for `-d blocks`, at MEMORY_JIT_NOTES: from which byte of a function on its code belongs to which block
 * and instruction. The core writes them (jit/notes.ts) while NOTES_ON is not 0, the host reads those of a module as it installs it.
 */
/** u32: does anybody want notes? */
export const NOTES_ON = 0;
/** u32: number of notes, of all regions of the module. */
export const NOTES_COUNT = 4;
/** First note. */
export const NOTES_FIRST = 0x20;
export const NOTE_SIZE = 32;
export const NOTES_MAX = 8000;

/** u32, one of those below. */
export const NOTE_KIND = 0;
/** u32: address in MEMORY_JIT_BODIES of the first byte that it tells of. */
export const NOTE_AT = 4;
/** u32: address of the micro-op; where the instruction is: frame of the page in which it ends, i32 offset there, i32 bytes from the first page. */
export const NOTE_UOP = 8;
export const NOTE_FRAME = 12;
export const NOTE_OFFSET = 16;
export const NOTE_DELTA = 20;
/** u32. Of a region: its code mode, and u64 in place of NOTE_UOP the RIP of its page's first byte when it was found hot. */
export const NOTE_MODE = 24;
export const NOTE_RIP_BASE = 8;
/** u32: frame of the page in which it begins, for an instruction with a negative offset. */
export const NOTE_FRAME_BEFORE = 28;
/** u32. Of a block: its number, in bits 0-7; bit 8: a loop begins there; bits 16 and up: number of the call that it belongs to. */
export const NOTE_BLOCK_NUMBER = 24;

export const NOTE_KIND_REGION = 1;
export const NOTE_KIND_BLOCK = 2;
export const NOTE_KIND_INSTRUCTION = 3;
/** Where all exits meet. */
export const NOTE_KIND_END = 4;
/** A local: its number in place of NOTE_AT, and what it is for, LOCAL_* of machine/emit-locals.ts, in place of NOTE_UOP. */
export const NOTE_KIND_LOCAL = 5;

/** An exit record (jit/exits.ts): u32 micro-op, u16 instructions counted but not run, u8 one of those below. */
export const EXIT_RECORD_UOP = 0;
export const EXIT_RECORD_UNUSED = 4;
export const EXIT_RECORD_TYPE = 6;
/** The micro-op is the next to run. */
export const EXIT_NEXT = 0;
/** The micro-op's handler has run; a fault, or a side effect that must be looked at, is pending. */
export const EXIT_ATTENTION = 1;
/** The same for an instruction after which the run loop looks around; STATE_RIP says where to go on. */
export const EXIT_END = 2;
