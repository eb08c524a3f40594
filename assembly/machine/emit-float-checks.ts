/**
 * When compiled code may use the host's floating point as it is (float-arith.ts has the same for Eval); what these checks refuse leaves
 * before the instruction, and the interpreter does it lane by lane. F is f32 or f64.
 *
 * The checks are made of integers. A first one is cheap: a lane's magnitude minus the smallest normal number is negative for
 * zeros and denormals, plus that it is for infinities and NaNs, and the sign bits of all that has to be looked at are one number. Only
 * if that is not 0 the second one tells zeros from denormals and exact results from others. Operands of arithmetic must not be
 * denormal; NaNs and infinities show in the result. What is known not to be denormal is not looked at again.
 *
 * As long as MXCSR has not seen an inexact result, the second check is always made, and exactness a third one.
 */
import * as W from '../jit/opcodes';
import * as V from '../jit/simd-opcodes';
import { BOUNDS, LOCAL_BOUNDS, LOCAL_GATES } from './emit-locals';
import { GATE_EXACT, NORMAL_ALL32, NORMAL_ALL64, NORMAL_LOW32, NORMAL_LOW64 } from './emit-vectors';
import { EmitVectorOperations } from './emit-vector-operations';

/**
 * Constants that live in locals: of the magnitude, the smallest normal number, the one after it, the smallest denormal. The first four
 * are those of binary32.
 */
const MAGNITUDE: u32 = 0;
const LEAST: u32 = 1;
export const ABOVE_LEAST: u32 = 2;
const ONE: u32 = 3;

/** What a result is of: its operands tell when a zero is exact, and whether it is. */
export const RESULT_SUM: u32 = 0;
export const RESULT_DIFFERENCE: u32 = 1;
export const RESULT_PRODUCT: u32 = 2;
export const RESULT_QUOTIENT: u32 = 3;
/** Of the second operand. */
export const RESULT_ROOT: u32 = 4;

/** Bits of a significand that are 0 where it has half the bits: a product of two such numbers is exact. */
const LOWER_HALF32: u64 = 0xfff;
const LOWER_HALF64: u64 = 0x7ffffff;

@unmanaged
export class EmitFloatChecks extends EmitVectorOperations {
  // ── By format ────────────────────────────────────────────────────────────────────────────────────────────────
  format<F>(op32: u32, op64: u32): u32 {
    return sizeof<F>() == 4 ? op32 : op64;
  }
  /** NORMAL_* of all lanes, or of the lowest. */
  normal<F>(low: bool): u32 {
    if (low) return sizeof<F>() == 4 ? NORMAL_LOW32 : NORMAL_LOW64;
    return sizeof<F>() == 4 ? NORMAL_ALL32 : NORMAL_ALL64;
  }
  splatConstant<F>(v: u64): void {
    const both = sizeof<F>() == 4 ? (v & 0xffffffff) | (v << 32) : v;
    this.constant128(both, both);
  }
  /** Pushes a constant of type F, its bits given. */
  pushFloat<F>(bits: u64): void {
    this.byte(this.format<F>(W.F32_CONST, W.F64_CONST));
    if (sizeof<F>() == 4) store<u32>(this.at, <u32>bits);
    else store<u64>(this.at, bits);
    this.at += sizeof<F>();
  }

  // ── Checks ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** Before anything else in the region. */
  loadBounds(): void {
    for (let n: u32 = 0; n < BOUNDS; n++) {
      if (!(this.usedBounds & (1 << n))) continue;
      if (n < 4) this.splatConstant<f32>(n == MAGNITUDE ? 0x7fffffff : n == ONE ? 1 : 0x00800000 + (n - LEAST));
      else this.loadBound64(n - 4);
      this.setLocal(LOCAL_BOUNDS + n);
    }
  }
  loadBound64(n: u32): void {
    this.splatConstant<f64>(n == MAGNITUDE ? 0x7fffffffffffffff : n == ONE ? 1 : 0x0010000000000000 + (n - LEAST));
  }
  pushBound<F>(n: u32): void {
    const slot = sizeof<F>() == 4 ? n : n + 4;
    this.usedBounds |= 1 << slot;
    this.getLocal(LOCAL_BOUNDS + slot);
  }
  pushMagnitude<F>(v: u64): void {
    this.useVector(v);
    this.pushBound<F>(MAGNITUDE);
    this.simd(V.V128_AND);
  }
  /** Pushes lanes that are negative where the magnitude is below the bound. */
  pushBelow<F>(v: u64, bound: u32): void {
    this.pushMagnitude<F>(v);
    this.pushBound<F>(bound);
    this.simd(this.format<F>(V.I32X4_SUB, V.I64X2_SUB));
  }
  /** Pushes lanes that are negative for infinities and NaNs. */
  pushInfinite<F>(v: u64): void {
    this.pushMagnitude<F>(v);
    this.pushBound<F>(LEAST);
    this.simd(this.format<F>(V.I32X4_ADD, V.I64X2_ADD));
  }
  /** Pushes lanes that are negative for denormals. */
  pushDenormals<F>(v: u64): void {
    this.pushBelow<F>(v, LEAST);
    this.pushBelow<F>(v, ONE);
    this.simd(V.V128_ANDNOT);
  }
  /** Pushes a mask of the lanes that are zero. */
  pushZeros<F>(v: u64): void {
    this.useVector(v);
    this.constant128(0, 0);
    this.simd(this.format<F>(V.F32X4_EQ, V.F64X2_EQ));
  }
  orLanes(): void {
    this.simd(V.V128_OR);
  }
  /** Pushes the signs of the lanes on the stack as an i32, or that of the lowest. */
  signs<F>(low: bool): void {
    this.simd(this.format<F>(V.I32X4_BITMASK, V.I64X2_BITMASK));
    if (!low) return;
    this.i32(1);
    this.byte(W.I32_AND);
  }
  isKnown<F>(v: u64, low: bool): bool {
    return this.isNormal(v, this.normal<F>(low));
  }
  /** ORs what is negative for zeros and denormals, or for denormals alone, to the lanes on the stack. */
  orOperand<F>(v: u64, low: bool, precise: bool): void {
    if (this.isKnown<F>(v, low)) return;
    if (precise) this.pushDenormals<F>(v);
    else this.pushBelow<F>(v, LEAST);
    this.orLanes();
  }
  openSlow(): void {
    this.openIf();
    this.depth++;
  }
  closeSlow(): void {
    this.depth--;
    this.close();
  }
  /** Pushes what is not 0 while MXCSR has not seen an inexact result. */
  pushExact(): void {
    this.getLocal(LOCAL_GATES);
    this.i32(GATE_EXACT);
    this.byte(W.I32_AND);
  }
  /** Leaves if a result has to be exact and lanes x and y are not equal. */
  checkSame<F>(x: u64, y: u64, low: bool): void {
    this.pushExact();
    this.openSlow();
    this.pushDifferent<F>(x, y);
    this.signs<F>(low);
    this.exitIf();
    this.closeSlow();
  }
  private pushDifferent<F>(x: u64, y: u64): void {
    this.useVector(x);
    this.useVector(y);
    this.simd(this.format<F>(V.F32X4_NE, V.F64X2_NE));
  }
  /** Leaves unless r, made of x and y, is what the processor gives: see float-arith.ts. */
  checkResult<F>(r: u64, x: u64, y: u64, result: u32, low: bool): void {
    // A tiny result may have been rounded to the smallest normal number.
    this.pushBelow<F>(r, ABOVE_LEAST);
    this.pushInfinite<F>(r);
    this.orLanes();
    this.orOperand<F>(x, low, false);
    this.orOperand<F>(y, low, false);
    this.signs<F>(low);
    this.pushExact();
    this.byte(W.I32_OR);
    this.openSlow();
    this.pushBelow<F>(r, ABOVE_LEAST);
    this.pushZeros<F>(r);
    if (result == RESULT_PRODUCT || result == RESULT_QUOTIENT) {
      this.pushZeros<F>(x);
      if (result == RESULT_PRODUCT) {
        this.pushZeros<F>(y);
        this.orLanes();
      }
      this.simd(V.V128_AND);
    }
    this.simd(V.V128_ANDNOT);
    this.pushInfinite<F>(r);
    this.orLanes();
    this.orOperand<F>(x, low, true);
    this.orOperand<F>(y, low, true);
    this.signs<F>(low);
    this.exitIf();
    this.pushExact();
    this.openSlow();
    this.pushInexact<F>(r, x, y, result);
    this.signs<F>(low);
    this.exitIf();
    this.closeSlow();
    this.closeSlow();
    this.setNormal(x, this.normal<F>(low));
    this.setNormal(y, this.normal<F>(low));
  }
  /** Pushes lanes that are negative where r may be inexact. */
  private pushInexact<F>(r: u64, x: u64, y: u64, result: u32): void {
    if (result <= RESULT_DIFFERENCE) return this.pushInexactSum<F>(r, x, y, result == RESULT_SUM);
    const factor = result == RESULT_PRODUCT ? x : r;
    const other = result == RESULT_ROOT ? r : y;
    this.pushLong<F>(factor, other);
    if (result == RESULT_PRODUCT) return;
    // The product of result and divisor, or of the root with itself, is exact: it must be what was divided.
    this.useVector(r);
    this.useVector(other);
    this.simd(this.format<F>(V.F32X4_MUL, V.F64X2_MUL));
    this.useVector(result == RESULT_ROOT ? y : x);
    this.simd(this.format<F>(V.F32X4_NE, V.F64X2_NE));
    this.orLanes();
  }
  /** Leaves if an operand is denormal or a NaN. */
  checkOrdered<F>(x: u64, y: u64, low: bool): void {
    this.pushInfinite<F>(x);
    this.orOperand<F>(x, low, false);
    this.pushInfinite<F>(y);
    this.orLanes();
    this.orOperand<F>(y, low, false);
    this.signs<F>(low);
    this.openSlow();
    this.pushNaNs<F>(x);
    this.orOperand<F>(x, low, true);
    this.pushNaNs<F>(y);
    this.orLanes();
    this.orOperand<F>(y, low, true);
    this.signs<F>(low);
    this.exitIf();
    this.closeSlow();
    this.setNormal(x, this.normal<F>(low));
    this.setNormal(y, this.normal<F>(low));
  }
  pushNaNs<F>(v: u64): void {
    this.useVector(v);
    this.useVector(v);
    this.simd(this.format<F>(V.F32X4_NE, V.F64X2_NE));
  }
  /** The greater operand is subtracted without an error, and what is left is the other one if there was none before. */
  private pushInexactSum<F>(r: u64, x: u64, y: u64, isSum: bool): void {
    this.useVector(isSum ? r : x);
    this.useVector(isSum ? x : r);
    this.simd(this.format<F>(V.F32X4_SUB, V.F64X2_SUB));
    this.useVector(y);
    this.simd(this.format<F>(V.F32X4_NE, V.F64X2_NE));
    this.useVector(r);
    this.useVector(y);
    this.simd(isSum ? this.format<F>(V.F32X4_SUB, V.F64X2_SUB) : this.format<F>(V.F32X4_ADD, V.F64X2_ADD));
    this.useVector(x);
    this.simd(this.format<F>(V.F32X4_NE, V.F64X2_NE));
    this.orLanes();
  }
  /** Pushes a mask of the lanes where x or y has more than half the bits of a significand. */
  private pushLong<F>(x: u64, y: u64): void {
    this.useVector(x);
    this.useVector(y);
    this.orLanes();
    this.splatConstant<F>(sizeof<F>() == 4 ? LOWER_HALF32 : LOWER_HALF64);
    this.simd(V.V128_AND);
    this.constant128(0, 0);
    this.simd(this.format<F>(V.I32X4_EQ, V.I64X2_EQ));
    this.simd(V.V128_NOT);
  }
}
