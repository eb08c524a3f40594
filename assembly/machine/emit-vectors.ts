/**
 * Vector registers and vector values of compiled code: bits 127-0 and bits 255-128 of each register are a local of type v128,
 * and so is each intermediate value.
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import * as V from '../jit/simd-opcodes';
import { Emit } from './emit';
import { LOCAL_GATES, LOCAL_TEMP128, LOCAL_XMM, TEMPS128 } from './emit-locals';
import { VALUE_V128 } from './emit-values';

/**
 * LOCAL_GATES has STATE_GATES; NOT_QUIET unless all exceptions are masked and rounding is to nearest; EXACT unless an inexact result was
 * flagged before (isQuiet in float-lanes.ts).
 */
const GATE_NOT_QUIET: u32 = 0x100;
export const GATE_EXACT: u32 = 0x200;
const MXCSR_QUIET: u32 = 0x1f80;
const MXCSR_QUIET_BITS: u32 = 0x7f80;
const MXCSR_PE: u32 = 0x20;

/** What is known of a value's lanes: the lowest one, or all, are no denormals as binary32 or as binary64. */
export const NORMAL_LOW32: u32 = 1;
export const NORMAL_LOW64: u32 = 2;
export const NORMAL_ALL32: u32 = 5;
export const NORMAL_ALL64: u32 = 10;

@unmanaged
export class EmitVectors extends Emit {
  /** Registers that the region reads or writes, and those it writes: bits 127-0 are bit n, bits 255-128 are bit n + 16. */
  usedVectors: u32;
  writtenVectors: u32;
  /** Does the region use vectors at all? */
  vectors: bool;
  /** Does it have VZEROUPPER? */
  private zeroes: bool;
  /** Constants in locals that it uses, as bits. */
  usedBounds: u32;
  /** GATE_* bits that the block at hand has looked at already. */
  gatesSeen: u32;
  /** NORMAL_* of each register, four bits each: of bits 127-0, of bits 255-128. */
  private normalLow: u64;
  private normalHigh: u64;

  beginVectors(): void {
    this.usedVectors = 0;
    this.writtenVectors = 0;
    this.vectors = false;
    this.usedBounds = 0;
    this.zeroes = false;
  }
  /** Nothing is known where a block begins, or after a handler that may have changed vectors. */
  forgetVectors(): void {
    this.gatesSeen = 0;
    this.normalLow = 0;
    this.normalHigh = 0;
  }

  // ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────
  simd(op: u32): void {
    this.byte(V.PREFIX);
    this.unsigned(op);
  }
  /** A load or store; alignment 1 as ever. */
  simdAccess(op: u32, offset: u32): void {
    this.simd(op);
    this.byte(0);
    this.unsigned(offset);
  }
  /** An instruction with the number of a lane. */
  simdLane(op: u32, lane: u32): void {
    this.simd(op);
    this.byte(lane);
  }
  useVector(v: u64): void {
    this.getLocal(this.value(v).index);
  }
  take128(): u64 {
    if (this.temps128 == TEMPS128) {
      this.failed = true;
      this.temps128 = 0;
    }
    const local = LOCAL_TEMP128 + this.temps128++;
    this.setLocal(local);
    return this.vectorValue(local, 0, 0);
  }
  /** `register` is 1 + the register's bit in usedVectors if the value is what that holds now, else 0. */
  private vectorValue(local: u32, normal: u32, register: u32): u64 {
    const n = this.makeValue(VALUE_V128, local);
    const value = this.value(n);
    value.bytes = <u8>normal;
    value.high = <u8>register;
    return n;
  }
  /** Pushes a constant. */
  constant128(low: u64, high: u64): void {
    this.simd(V.V128_CONST);
    store<u64>(this.at, low);
    store<u64>(this.at, high, 8);
    this.at += 16;
  }
  isNormal(v: u64, normal: u32): bool {
    return (<u32>this.value(v).bytes & normal) == normal;
  }
  /** The value has been looked at: so is the register that it came from. */
  setNormal(v: u64, normal: u32): void {
    const value = this.value(v);
    value.bytes |= <u8>normal;
    if (!value.high) return;
    const n = <u32>value.high - 1;
    this.rememberNormal(n, <u32>value.bytes);
  }
  private rememberNormal(n: u32, normal: u32): void {
    const shift = <u64>((n & 15) << 2);
    const mask = ~((<u64>15) << shift);
    const bits = (<u64>normal) << shift;
    if (n < 16) this.normalLow = (this.normalLow & mask) | bits;
    else this.normalHigh = (this.normalHigh & mask) | bits;
  }
  normalOf(v: u64): u32 {
    return this.value(v).bytes;
  }

  // ── Registers: `r` is 16 times the number ────────────────────────────────────────────────────────────────────
  private readVector(n: u32): u64 {
    this.usedVectors |= 1 << n;
    const known = n < 16 ? this.normalLow : this.normalHigh;
    return this.vectorValue(LOCAL_XMM + n, <u32>(known >> ((n & 15) << 2)) & 15, n + 1);
  }
  private writeVector(n: u32, normal: u32): void {
    this.usedVectors |= 1 << n;
    this.writtenVectors |= 1 << n;
    this.rememberNormal(n, normal);
    this.setLocal(LOCAL_XMM + n);
  }
  xmm(r: u32): u64 {
    return this.readVector(r >> 4);
  }
  ymmHigh(r: u32): u64 {
    return this.readVector((r >> 4) + 16);
  }
  setXmm(r: u32, v: u64): void {
    this.useVector(v);
    this.writeVector(r >> 4, this.normalOf(v));
  }
  /** Both are read before either is written: one may be the other's register. */
  setYmm(r: u32, low: u64, high: u64): void {
    this.useVector(low);
    this.useVector(high);
    this.writeVector((r >> 4) + 16, this.normalOf(high));
    this.writeVector(r >> 4, this.normalOf(low));
  }
  setXmmZeroUpper(r: u32, v: u64): void {
    this.setXmm(r, v);
    this.zeroUpper(r >> 4);
  }
  private zeroUpper(n: u32): void {
    this.constant128(0, 0);
    this.writeVector(n + 16, NORMAL_ALL32 | NORMAL_ALL64);
  }
  /** VZEROUPPER: what the region does not use is zeroed in the state block. */
  zeroUppers(): void {
    this.zeroes = true;
    const registers: u32 = this.long ? 16 : 8;
    for (let n: u32 = 0; n < registers; n++) {
      if (this.usedVectors & (1 << (n + 16))) this.zeroUpper(n);
      else {
        this.cpu();
        this.constant128(0, 0);
        this.simdAccess(V.V128_STORE, S.STATE_YMM_HIGH + (n << 4));
      }
    }
  }
  /** Between the survey and the writing: VZEROUPPER writes whatever the region uses. */
  settleVectors(): void {
    if (this.zeroes) this.writtenVectors |= this.usedVectors & 0xffff0000;
  }
  /** The register that imm8[7:4] names, times 16. */
  is4(imm8: u32): u32 {
    return imm8 & (this.long ? 0xf0 : 0x70);
  }

  // ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** Of the next access: where the interpreter would raise #GP(0), the region is left. */
  aligned(segment: u32, ea: u64, bytes: u32): bool {
    this.alignment = bytes - 1;
    return true;
  }
  /** T (u8 to u64, v128), zero-extended; `whole` is 32 if it is the first half of such an operand. */
  loadVector<T>(segment: u32, ea: u64, whole: u32 = 16): u64 {
    if (sizeof<T>() < 4) {
      this.constant128(0, 0);
      this.use32(this.load<T>(segment, ea));
      this.simdLane(V.I32X4_REPLACE_LANE, 0);
      return this.take128();
    }
    this.locate(segment, ea, whole == 32 ? 32 : sizeof<T>(), false);
    this.getLocal(this.host);
    const narrow = sizeof<T>() == 4 ? V.V128_LOAD32_ZERO : V.V128_LOAD64_ZERO;
    this.simdAccess(sizeof<T>() == 16 ? V.V128_LOAD : narrow, this.hostOffset);
    return this.take128();
  }
  /** The upper 16 bytes of an operand of 32, whose lower ones were loaded just now. */
  loadUpper(segment: u32, ea: u64): u64 {
    this.getLocal(this.host);
    this.simdAccess(V.V128_LOAD, this.hostOffset + 16);
    return this.take128();
  }
  storeVector<T>(segment: u32, ea: u64, v: u64): void {
    this.locate(segment, ea, sizeof<T>(), true);
    this.logStore(sizeof<T>());
    this.getLocal(this.host);
    this.useVector(v);
    if (sizeof<T>() == 16) return this.simdAccess(V.V128_STORE, this.hostOffset);
    const narrow = sizeof<T>() == 2 ? V.V128_STORE16_LANE : V.V128_STORE8_LANE;
    const wide = sizeof<T>() == 8 ? V.V128_STORE64_LANE : V.V128_STORE32_LANE;
    this.simdAccess(sizeof<T>() >= 4 ? wide : narrow, this.hostOffset);
    this.byte(0);
  }
  storeYmm(segment: u32, ea: u64, low: u64, high: u64): void {
    this.locate(segment, ea, 32, true);
    this.logStore(16);
    this.logStore(16, 16);
    this.getLocal(this.host);
    this.useVector(low);
    this.simdAccess(V.V128_STORE, this.hostOffset);
    this.getLocal(this.host);
    this.useVector(high);
    this.simdAccess(V.V128_STORE, this.hostOffset + 16);
  }

  // ── State ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Leaves if vector instructions of this kind cannot run; once in a block is enough, for what changes that ends the stretch. */
  gate(bit: u32): void {
    this.vectors = true;
    if (this.gatesSeen & bit) return;
    this.gatesSeen |= bit;
    this.getLocal(LOCAL_GATES);
    this.i32(bit);
    this.byte(W.I32_AND);
    this.exitIf();
  }
  /** Leaves unless the host's arithmetic can be used, of exact results at least. */
  quiet(): void {
    this.gate(GATE_NOT_QUIET);
  }
  /** Vector registers and LOCAL_GATES, at the entry of a region and after a handler that knows vectors. */
  loadVectors(): void {
    if (!this.vectors) return;
    for (let n: u32 = 0; n < 32; n++) {
      if (!(this.usedVectors & (1 << n))) continue;
      this.cpu();
      this.simdAccess(V.V128_LOAD, S.STATE_XMM + (n << 4));
      this.setLocal(LOCAL_XMM + n);
    }
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_GATES);
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_MXCSR);
    this.i32(MXCSR_QUIET_BITS);
    this.byte(W.I32_AND);
    this.i32(MXCSR_QUIET);
    this.byte(W.I32_NE);
    this.i32(8);
    this.byte(W.I32_SHL);
    this.byte(W.I32_OR);
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_MXCSR);
    this.i32(MXCSR_PE);
    this.byte(W.I32_AND);
    this.byte(W.I32_EQZ);
    this.i32(9);
    this.byte(W.I32_SHL);
    this.byte(W.I32_OR);
    this.setLocal(LOCAL_GATES);
  }
  storeVectors(): void {
    for (let n: u32 = 0; n < 32; n++) {
      if (!(this.writtenVectors & (1 << n))) continue;
      this.cpu();
      this.getLocal(LOCAL_XMM + n);
      this.simdAccess(V.V128_STORE, S.STATE_XMM + (n << 4));
    }
  }
}
