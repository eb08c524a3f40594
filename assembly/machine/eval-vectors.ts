/** What Eval knows of vector registers, and values made of general ones. An MMX value lies in the low 64 bits. */
import * as S from '../shared/state';
import { VectorOperations } from './vector-operations';

/** Third argument of vector function rows: whose registers, how long, and what becomes of bits 255-128 of the destination. */
export const VL_MMX: u32 = 0;
/** They stay. */
export const VL_SSE: u32 = 1;
/** They are zeroed. */
export const VL_128: u32 = 2;
/** They are written. */
export const VL_256: u32 = 3;

/** Sign and exponent of an x87 register that was written as an MMX register: all ones (SDM vol. 1 9.6.2). */
const MMX_EXPONENT: u16 = 0xffff;
const FSW_ES: u16 = 0x80;
const FSW_TOP: u16 = 0x3800;

@unmanaged
export class EvalVectors extends VectorOperations {
  @inline get at(): usize {
    return changetype<usize>(this);
  }

  // ── Whether vectors can be used (cpu/vector-gates.ts says why not) ───────────────────────────────────────────
  @inline get mmxOff(): bool {
    return ((load<u32>(this.at, S.STATE_GATES) & S.GATE_MMX) | (<u32>load<u16>(this.at, S.STATE_FSW) & FSW_ES)) != 0;
  }
  @inline get sseOff(): bool {
    return (load<u32>(this.at, S.STATE_GATES) & S.GATE_SSE) != 0;
  }
  @inline get avxOff(): bool {
    return (load<u32>(this.at, S.STATE_GATES) & S.GATE_AVX) != 0;
  }
  /** VEX prefixes exist in protected mode only. */
  @inline get vexOff(): bool {
    return (load<u32>(this.at, S.STATE_GATES) & S.GATE_VEX) != 0;
  }

  @inline get mxcsr(): u32 {
    return load<u32>(this.at, S.STATE_MXCSR);
  }
  @inline set mxcsr(v: u32) {
    store<u32>(this.at, v, S.STATE_MXCSR);
  }

  // ── Registers: `r` is 16 times the number ────────────────────────────────────────────────────────────────────
  @inline xmm(r: u32): v128 {
    return v128.load(this.at + r, S.STATE_XMM);
  }
  @inline setXmm(r: u32, v: v128): void {
    v128.store(this.at + r, v, S.STATE_XMM);
  }
  /** Bits 255-128. */
  @inline ymmHigh(r: u32): v128 {
    return v128.load(this.at + r, S.STATE_YMM_HIGH);
  }
  @inline setYmm(r: u32, low: v128, high: v128): void {
    v128.store(this.at + r, low, S.STATE_XMM);
    v128.store(this.at + r, high, S.STATE_YMM_HIGH);
  }
  @inline setXmmZeroUpper(r: u32, v: v128): void {
    this.setYmm(r, v, i64x2.splat(0));
  }
  /** The destination of a vector row of length `vl`, where the result has at most 128 bits. */
  @inline setVector(r: u32, v: v128, vl: u32): void {
    if (vl == VL_SSE) this.setXmm(r, v);
    else this.setXmmZeroUpper(r, v);
  }
  /** Registers 8 to 15 exist in 64-bit mode only, and stay as they are elsewhere. */
  @inline get vectorRegisters(): u32 {
    return load<u32>(this.at, S.STATE_MODE) == S.MODE_64 ? 16 : 8;
  }
  /** Bits 255-128 of all registers. */
  @inline zeroUppers(): void {
    memory.fill(this.at + S.STATE_YMM_HIGH, 0, this.vectorRegisters << 4);
  }
  /** The register that imm8[7:4] names, times 16; there are eight outside of 64-bit mode, and bit 7 is ignored. */
  @inline is4(imm8: u32): u32 {
    return imm8 & (load<u32>(this.at, S.STATE_MODE) == S.MODE_64 ? 0xf0 : 0x70);
  }
  /** State offset of bits 127-0, or of bits 255-128. */
  @inline vectorOffset(r: u32, upper: bool): u32 {
    return r + (upper ? S.STATE_YMM_HIGH : S.STATE_XMM);
  }
  /** MMX registers are the significands of the x87 data registers, not of the stack. */
  @inline mm(r: u32): v128 {
    return v128.load64_zero(this.at + r, S.STATE_FPU_ST);
  }
  @inline setMm(r: u32, v: v128): void {
    store<u64>(this.at + r, i64x2.extract_lane(v, 0), S.STATE_FPU_ST);
    store<u16>(this.at + r, MMX_EXPONENT, S.STATE_FPU_ST + 8);
  }
  /** Every MMX instruction but EMMS marks all x87 registers as in use and sets TOP to 0 (SDM vol. 1 9.5.1). */
  @inline enterMmx(): void {
    store<u16>(this.at, load<u16>(this.at, S.STATE_FSW) & ~FSW_TOP, S.STATE_FSW);
    store<u16>(this.at, 0xff, S.STATE_FTW);
  }

  // ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** The low 64 bits. */
  @inline low64(x: v128): u64 {
    return i64x2.extract_lane(x, 0);
  }
  @inline high64(x: v128): u64 {
    return i64x2.extract_lane(x, 1);
  }
  /** A value of 64 bits, zero-extended. */
  @inline vector64(x: u64): v128 {
    return i64x2.replace_lane(i64x2.splat(0), 0, x);
  }
  @inline vector128(low: u64, high: u64): v128 {
    return i64x2.replace_lane(i64x2.splat(low), 1, high);
  }
  /** Shifts by the constant number of bytes 2, 4 or 8, zeros coming in. */
  @inline shiftBytesRight(x: v128, bytes: u32): v128 {
    if (bytes == 8) return i64x2.shuffle(x, i64x2.splat(0), 1, 2);
    if (bytes == 4) return i32x4.shuffle(x, i32x4.splat(0), 1, 2, 3, 4);
    return i16x8.shuffle(x, i16x8.splat(0), 1, 2, 3, 4, 5, 6, 7, 8);
  }
}
