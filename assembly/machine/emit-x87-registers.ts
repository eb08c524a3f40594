/**
 * The x87 register stack of compiled code. The first x87 instruction of a block reads status, tags and control word; from
 * then on TOP, and which registers are empty, is known while the code is written: relative to TOP at that time. A register
 * is read into a pair of locals when it is used first, and what has changed is written back where the block ends, where it
 * is left, and before a handler runs. FXCH moves nothing but names.
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import { CR0_EM, CR0_TS } from '../shared/register-bits';
import { FSW_ES, FSW_TOP } from '../isa/x87/registers';
import { COND_C1, EXC_ALL } from '../softfloat/constants';
import { EmitFlags } from './emit-flags';
import {
  LOCAL_ENTRY,
  LOCAL_FPU_CONTROL,
  LOCAL_FPU_SE,
  LOCAL_FPU_SIG,
  LOCAL_FPU_STATUS,
  LOCAL_FPU_TAGS,
  LOCAL_RIP_BASE,
} from './emit-locals';

/** Registers in their own locals: four bits for each. */
const OWN_SLOTS: u32 = 0x76543210;
const NO_POINTER: i32 = -1;

@unmanaged
export class EmitX87Registers extends EmitFlags {
  /** The block has read status, tags and control word. */
  private fpuOpen: bool;
  /** C1 may be set. */
  private fpuRounded: bool;
  private fpuStatusChanged: bool;
  /** TOP has moved by this much. Registers are numbered from TOP as the block found it. */
  private fpuTop: u32;
  /** Bit n: whether register n is empty is known; it was not when the block began; it is not now. */
  private fpuKnown: u32;
  private fpuWere: u32;
  private fpuAre: u32;
  /** Bit n: register n was written though nothing was known of it. */
  private fpuForced: u32;
  /** Bit n: register n is in its locals; they are newer than the state block. */
  private fpuLoaded: u32;
  private fpuChanged: u32;
  /** Which locals register n is in. */
  private fpuSlots: u32;
  /** Offset in its page of the instruction that FIP must point to. */
  private fpuInstruction: i32;

  beginFpu(): void {
    this.fpuOpen = false;
    this.fpuRounded = true;
    this.fpuStatusChanged = false;
    this.fpuTop = 0;
    this.fpuKnown = 0;
    this.fpuWere = 0;
    this.fpuAre = 0;
    this.fpuForced = 0;
    this.fpuLoaded = 0;
    this.fpuChanged = 0;
    this.fpuSlots = OWN_SLOTS;
    this.fpuInstruction = NO_POINTER;
  }
  /** Writes back; the next x87 instruction begins anew. */
  endFpu(): void {
    if (!this.fpuOpen) return;
    this.writeFpu();
    this.beginFpu();
  }

  // ── What must hold: pushes an i32 that is 0 if it does, and answers false if that is known ────────────────────
  /** The FPU is there, no exception is pending, all are masked. */
  openFpu(): bool {
    if (this.fpuOpen) return false;
    this.beginFpu();
    this.fpuOpen = true;
    this.loadWord(S.STATE_FSW, LOCAL_FPU_STATUS);
    this.loadWord(S.STATE_FCW, LOCAL_FPU_CONTROL);
    // The tags twice, one above the other, so that a shift rotates them.
    this.cpu();
    this.access(W.I32_LOAD16_U, S.STATE_FTW);
    this.i32(0x101);
    this.byte(W.I32_MUL);
    this.useStackTop();
    this.byte(W.I32_SHR_U);
    this.setLocal(LOCAL_FPU_TAGS);
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_CR0);
    this.i32(CR0_EM | CR0_TS);
    this.byte(W.I32_AND);
    this.getLocal(LOCAL_FPU_STATUS);
    this.i32(FSW_ES);
    this.byte(W.I32_AND);
    this.byte(W.I32_OR);
    this.getLocal(LOCAL_FPU_CONTROL);
    this.useUnmasked();
    this.byte(W.I32_OR);
    return true;
  }
  private loadWord(offset: u32, local: u32): void {
    this.cpu();
    this.access(W.I32_LOAD16_U, offset);
    this.setLocal(local);
  }
  /** Exceptions that the control word on the stack does not mask. */
  useUnmasked(): void {
    this.i32(-1);
    this.byte(W.I32_XOR);
    this.i32(EXC_ALL);
    this.byte(W.I32_AND);
  }
  private useStackTop(): void {
    this.getLocal(LOCAL_FPU_STATUS);
    this.i32(11);
    this.byte(W.I32_SHR_U);
    this.i32(7);
    this.byte(W.I32_AND);
  }
  /** The registers in `mask` hold something, or none of them does. */
  testRegisters(mask: u32, holds: bool): bool {
    const wanted = holds ? mask : 0;
    const unknown = mask & ~this.fpuKnown;
    if (((this.fpuAre ^ wanted) & mask & this.fpuKnown) != 0) this.i32(1);
    else if (unknown) {
      this.getLocal(LOCAL_FPU_TAGS);
      this.i32(unknown);
      this.byte(W.I32_AND);
      if (holds) {
        this.i32(unknown);
        this.byte(W.I32_NE);
      }
    } else return false;
    return true;
  }
  /** The exit that testRegisters() was for has been written. */
  knowRegisters(mask: u32, holds: bool): void {
    const unknown = mask & ~this.fpuKnown;
    const wanted = holds ? mask : 0;
    this.fpuKnown |= mask;
    this.fpuWere |= wanted & unknown;
    this.fpuAre = (this.fpuAre & ~mask) | wanted;
  }
  /** Register that ST(n) is, counted from TOP as the block found it. */
  register(n: u32): u32 {
    return (this.fpuTop + n) & 7;
  }

  // ── Contents ─────────────────────────────────────────────────────────────────────────────────────────────────
  private slot(register: u32): u32 {
    return (this.fpuSlots >> (register << 2)) & 7;
  }
  private setSlot(register: u32, slot: u32): void {
    this.fpuSlots = (this.fpuSlots & ~(15 << (register << 2))) | (slot << (register << 2));
  }
  /** Pushes the address of a register. */
  private useAddress(register: u32): void {
    this.getLocal(LOCAL_FPU_STATUS);
    this.i32(7);
    this.byte(W.I32_SHR_U);
    if (register) {
      this.i32(register << 4);
      this.byte(W.I32_ADD);
    }
    this.i32(0x70);
    this.byte(W.I32_AND);
    this.cpu();
    this.byte(W.I32_ADD);
  }
  /** Sees to it that ST(n) is in its locals. */
  loadRegister(n: u32): void {
    const register = this.register(n);
    if ((this.fpuLoaded >> register) & 1) return;
    this.fpuLoaded |= 1 << register;
    this.useAddress(register);
    this.teeLocal(LOCAL_ENTRY);
    this.access(W.I64_LOAD, S.STATE_FPU_ST);
    this.setLocal(LOCAL_FPU_SIG + this.slot(register));
    this.getLocal(LOCAL_ENTRY);
    this.access(W.I32_LOAD16_U, S.STATE_FPU_ST + 8);
    this.setLocal(LOCAL_FPU_SE + this.slot(register));
  }
  /** Pushes the halves of ST(n), which has been loaded. */
  useSe(n: u32): void {
    this.getLocal(LOCAL_FPU_SE + this.slot(this.register(n)));
  }
  useSig(n: u32): void {
    this.getLocal(LOCAL_FPU_SIG + this.slot(this.register(n)));
  }
  /** ST(n) gets these values. */
  setRegister(n: u32, se: u64, sig: u64): void {
    this.use32(se);
    this.setSe(n);
    this.use64(sig);
    this.setLocal(LOCAL_FPU_SIG + this.slot(this.register(n)));
  }
  /** Takes sign and exponent of ST(n) from the stack. */
  setSe(n: u32): void {
    const register = this.register(n);
    this.setLocal(LOCAL_FPU_SE + this.slot(register));
    this.fpuLoaded |= 1 << register;
    this.fpuChanged |= 1 << register;
  }
  exchangeRegisters(n: u32): void {
    const a = this.register(0);
    const b = this.register(n);
    const slot = this.slot(a);
    this.setSlot(a, this.slot(b));
    this.setSlot(b, slot);
    this.fpuChanged |= (1 << a) | (1 << b);
  }
  /** ST(n) is no longer empty. */
  fill(n: u32): void {
    const bit = (<u32>1) << this.register(n);
    this.fpuForced |= bit & ~this.fpuKnown;
    this.fpuKnown |= bit;
    this.fpuAre |= bit;
  }
  /** TOP moves down; what is ST(0) then has been found empty, and is no longer. */
  grow(): void {
    this.fpuTop = (this.fpuTop - 1) & 7;
    this.fill(0);
  }
  fpuPop(): void {
    this.fpuAre &= ~(1 << this.register(0));
    this.fpuTop = (this.fpuTop + 1) & 7;
  }

  // ── Status ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** Pushes the status word as the guest would see it now. */
  useStatus(): void {
    this.getLocal(LOCAL_FPU_STATUS);
    if (!this.fpuTop) return;
    this.i32(~(<i32>FSW_TOP));
    this.byte(W.I32_AND);
    this.getLocal(LOCAL_FPU_STATUS);
    this.i32(this.fpuTop << 11);
    this.byte(W.I32_ADD);
    this.i32(FSW_TOP);
    this.byte(W.I32_AND);
    this.byte(W.I32_OR);
  }
  /** `flags` into the status word, in which `conditions` are cleared first. */
  setStatus(flags: u64, conditions: u32): void {
    const quiet = this.isConst(flags) && this.constOf(flags) == 0;
    if (quiet && (!conditions || (conditions == COND_C1 && !this.fpuRounded))) return;
    this.getLocal(LOCAL_FPU_STATUS);
    if (conditions) {
      this.i32(~(<i32>conditions));
      this.byte(W.I32_AND);
    }
    if (!quiet) {
      this.use32(flags);
      this.byte(W.I32_OR);
    }
    this.setLocal(LOCAL_FPU_STATUS);
    this.fpuStatusChanged = true;
    if (!quiet) this.fpuRounded = true;
    else if (conditions & COND_C1) this.fpuRounded = false;
  }
  pointAt(offset: u32): void {
    this.fpuInstruction = offset;
  }

  // ── Back to the state block ──────────────────────────────────────────────────────────────────────────────────
  /** What is known stays as it is: exits write, and the code goes on. */
  writeFpu(): void {
    if (!this.fpuOpen) return;
    for (let n: u32 = 0; n < 8; n++) if ((this.fpuChanged >> n) & 1) this.writeRegister(n);
    this.writeTags(((this.fpuAre ^ this.fpuWere) & this.fpuKnown) | this.fpuForced);
    if (this.fpuStatusChanged || this.fpuTop) {
      this.cpu();
      this.useStatus();
      this.access(W.I32_STORE16, S.STATE_FSW);
    }
    if (this.fpuInstruction == NO_POINTER) return;
    this.cpu();
    this.getLocal(LOCAL_RIP_BASE);
    this.i64(this.fpuInstruction);
    this.byte(W.I64_ADD);
    this.access(W.I64_STORE, S.STATE_FIP);
  }
  private writeRegister(register: u32): void {
    this.useAddress(register);
    this.teeLocal(LOCAL_ENTRY);
    this.getLocal(LOCAL_FPU_SIG + this.slot(register));
    this.access(W.I64_STORE, S.STATE_FPU_ST);
    this.getLocal(LOCAL_ENTRY);
    this.getLocal(LOCAL_FPU_SE + this.slot(register));
    this.access(W.I32_STORE16, S.STATE_FPU_ST + 8);
  }
  /** The tags, of which `changed` may be others than when the block began, turned back to physical registers. */
  private writeTags(changed: u32): void {
    if (!changed) return;
    this.cpu();
    this.getLocal(LOCAL_FPU_TAGS);
    this.i32(0xff & ~changed);
    this.byte(W.I32_AND);
    this.i32(this.fpuAre & changed);
    this.byte(W.I32_OR);
    this.useStackTop();
    this.byte(W.I32_SHL);
    this.teeLocal(LOCAL_ENTRY);
    this.getLocal(LOCAL_ENTRY);
    this.i32(8);
    this.byte(W.I32_SHR_U);
    this.byte(W.I32_OR);
    this.i32(0xff);
    this.byte(W.I32_AND);
    this.access(W.I32_STORE16, S.STATE_FTW);
  }
}
