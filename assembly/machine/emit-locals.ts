/**
 * Locals of a compiled function. The compiler names them by slots, one for each purpose; a slot becomes a local when it is
 * first used, because the engine's baseline compiler initializes, and merges where paths meet, every local that is declared.
 */
import * as W from '../jit/opcodes';
import { MEMORY_JIT_LOCALS } from '../shared/memory-map';
import { TYPE_V128 } from '../jit/simd-opcodes';
import { WasmEncoder } from '../jit/wasm-encoder';

// Slots. The parameter is the state block.
export const LOCAL_CPU: u32 = 0;
/** Instructions that may still run. */
export const LOCAL_BUDGET: u32 = 1;
/** TLB entry at hand, and the host address that it gives. */
export const LOCAL_ENTRY: u32 = 2;
export const LOCAL_HOST: u32 = 3;
/** TLB bank of the current privilege. */
export const LOCAL_TLB: u32 = 4;
/** Address of the exit record, or EXIT_TO_RIP. */
export const LOCAL_EXIT: u32 = 5;
/** Lazy flags (machine/emit-flags.ts): kind where blocks disagree about it, CF and OF that changed alone, operands and result. */
export const LOCAL_KIND: u32 = 6;
export const LOCAL_CARRY: u32 = 7;
export const LOCAL_OVERFLOW: u32 = 8;
export const LOCAL_X32: u32 = 9;
export const LOCAL_Y32: u32 = 10;
export const LOCAL_R32: u32 = 11;
/** Conditions that were worked out before the block at hand began, by their code without its lowest bit. */
export const LOCAL_MET: u32 = 12;
/** Host addresses of groups of accesses. */
export const LOCAL_GROUPS: u32 = 20;
const FIRST_I64: u32 = 28;
export const LOCAL_X64: u32 = 28;
export const LOCAL_Y64: u32 = 29;
export const LOCAL_R64: u32 = 30;
/** RIP of the page's first byte. */
export const LOCAL_RIP_BASE: u32 = 31;
/** Where RET goes; the RIP of another page's first byte. */
export const LOCAL_TARGET: u32 = 32;
export const LOCAL_NEXT_BASE: u32 = 33;
/** General registers, of type i64 in 64-bit mode and i32 elsewhere. */
export const LOCAL_REGISTERS: u32 = 34;
/** Temporaries of one instruction. */
export const LOCAL_TEMP32: u32 = 50;
export const LOCAL_TEMP64: u32 = 98;
export const TEMPS: u32 = 48;
/** Why vector instructions must leave (machine/emit-vectors.ts). */
export const LOCAL_GATES: u32 = 146;
/** Bits 127-0 of the vector registers, then bits 255-128; temporaries. */
export const LOCAL_XMM: u32 = 147;
export const LOCAL_TEMP128: u32 = 179;
export const TEMPS128: u32 = 64;
/** Constants that checks of numbers need (machine/emit-float-checks.ts). */
export const LOCAL_BOUNDS: u32 = 243;
export const BOUNDS: u32 = 8;
/** The x87 (machine/emit-x87-registers.ts): status word, tags, control word, and the halves of eight registers. */
export const LOCAL_FPU_STATUS: u32 = 251;
export const LOCAL_FPU_TAGS: u32 = 252;
export const LOCAL_FPU_CONTROL: u32 = 253;
export const LOCAL_FPU_SE: u32 = 254;
export const LOCAL_FPU_SIG: u32 = 262;
/** TLB bank that fetches go by: of the current privilege, whatever AC is. */
export const LOCAL_FETCH_TLB: u32 = 270;
export const SLOTS: u32 = 271;

/** Local of each slot, u16; 0: none yet, for local 0 is the parameter. Behind them the type of each local. */
export const LOCALS: usize = MEMORY_JIT_LOCALS;
const TYPES: usize = MEMORY_JIT_LOCALS + 0x240;

@unmanaged
export class EmitLocals extends WasmEncoder {
  /** Is the guest in 64-bit mode? */
  long: bool;
  /** Locals so far, the parameter too. */
  locals: u32;
  /** The last local.set: its slot, where its opcode stands, and where it ends. */
  private lastSet: u32;
  private lastAt: usize;
  private lastEnd: usize;

  beginLocals(): void {
    memory.fill(LOCALS, 0, SLOTS << 1);
    this.locals = 1;
    this.lastEnd = 0;
  }
  private typeOf(slot: u32): u32 {
    if (slot == LOCAL_FETCH_TLB) return W.TYPE_I32;
    if (slot >= LOCAL_FPU_STATUS) return slot < LOCAL_FPU_SIG ? W.TYPE_I32 : W.TYPE_I64;
    if (slot >= LOCAL_XMM) return TYPE_V128;
    if (slot < FIRST_I64 || slot == LOCAL_GATES) return W.TYPE_I32;
    if (slot < LOCAL_REGISTERS || slot >= LOCAL_TEMP64) return W.TYPE_I64;
    return slot < LOCAL_TEMP32 && this.long ? W.TYPE_I64 : W.TYPE_I32;
  }
  private localOf(slot: u32): u32 {
    if (slot == LOCAL_CPU) return 0;
    const at = LOCALS + ((<usize>slot) << 1);
    const known = load<u16>(at);
    if (known) return known;
    const local = this.locals++;
    store<u16>(at, <u16>local);
    store<u8>(TYPES + local, <u8>this.typeOf(slot));
    return local;
  }
  /** What was set just before becomes local.tee. */
  getLocal(slot: u32): void {
    if (this.at == this.lastEnd && slot == this.lastSet) {
      store<u8>(this.lastAt, W.LOCAL_TEE);
      this.lastEnd = 0;
      return;
    }
    this.indexed(W.LOCAL_GET, this.localOf(slot));
  }
  setLocal(slot: u32): void {
    this.lastSet = slot;
    this.lastAt = this.at;
    this.indexed(W.LOCAL_SET, this.localOf(slot));
    this.lastEnd = this.at;
  }
  teeLocal(slot: u32): void {
    this.indexed(W.LOCAL_TEE, this.localOf(slot));
  }
  @inline cpu(): void {
    this.indexed(W.LOCAL_GET, 0);
  }
  /** The declarations, which stand before the code that has brought them about: that moves behind them. */
  declareLocals(code: usize): void {
    const end = this.at;
    let groups: u32 = 0;
    for (let n: u32 = 1; n < this.locals; n++) if (n == 1 || this.localType(n) != this.localType(n - 1)) groups++;
    this.unsigned(groups);
    for (let n: u32 = 1; n < this.locals;) {
      const first = n;
      while (n < this.locals && this.localType(n) == this.localType(first)) n++;
      this.unsigned(n - first);
      this.byte(this.localType(first));
    }
    // The declarations were written behind the code: both change places.
    const size = this.at - end;
    memory.copy(this.at, code, end - code);
    memory.copy(code, end, size + (end - code));
  }
  private localType(n: u32): u32 {
    return load<u8>(TYPES + n);
  }
}
