/**
 * SIMD floating point of compiled code: the host's instruction, and the checks of emit-float-checks.ts that nobody could tell it
 * from the processor's. F is f32 or f64.
 */
import * as W from '../jit/opcodes';
import * as V from '../jit/simd-opcodes';
import { NORMAL_ALL32, NORMAL_ALL64 } from './emit-vectors';
import {
  ABOVE_LEAST,
  EmitFloatChecks,
  RESULT_DIFFERENCE,
  RESULT_PRODUCT,
  RESULT_QUOTIENT,
  RESULT_ROOT,
  RESULT_SUM,
} from './emit-float-checks';

/** Smallest normal binary32 as binary64. */
const LEAST_SINGLE: u64 = 0x3810000000000000;

@unmanaged
@final
export class EmitFloat extends EmitFloatChecks {
  // ── Arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────
  private pushLow<F>(v: u64): void {
    this.useVector(v);
    this.simdLane(this.format<F>(V.F32X4_EXTRACT_LANE, V.F64X2_EXTRACT_LANE), 0);
  }
  private compareScalars<F>(x: u64, y: u64, op32: u32, op64: u32): void {
    this.pushLow<F>(x);
    this.pushLow<F>(y);
    this.byte(this.format<F>(op32, op64));
  }
  /** What is on the stack becomes the lowest lane of the vector below it. */
  private takeLow<F>(): u64 {
    this.simdLane(this.format<F>(V.F32X4_REPLACE_LANE, V.F64X2_REPLACE_LANE), 0);
    return this.take128();
  }
  /** r is x with another lowest lane, which is a number that is not denormal. */
  private setLowNormal<F>(r: u64, x: u64): void {
    this.setNormal(r, this.normal<F>(!this.isKnown<F>(x, false)));
  }
  private low<F>(x: u64, y: u64, op32: u32, op64: u32, result: u32): u64 {
    this.quiet();
    this.useVector(x);
    this.pushLow<F>(x);
    this.pushLow<F>(y);
    this.byte(this.format<F>(op32, op64));
    const r = this.takeLow<F>();
    this.checkResult<F>(r, x, y, result, true);
    this.setLowNormal<F>(r, x);
    return r;
  }
  private lanes<F>(x: u64, y: u64, op32: u32, op64: u32, result: u32): u64 {
    this.quiet();
    this.useVector(x);
    this.useVector(y);
    this.simd(this.format<F>(op32, op64));
    const r = this.take128();
    this.checkResult<F>(r, x, y, result, false);
    this.setNormal(r, this.normal<F>(false));
    return r;
  }
  addLow<F>(x: u64, y: u64): u64 {
    return this.low<F>(x, y, W.F32_ADD, W.F64_ADD, RESULT_SUM);
  }
  subLow<F>(x: u64, y: u64): u64 {
    return this.low<F>(x, y, W.F32_SUB, W.F64_SUB, RESULT_DIFFERENCE);
  }
  mulLow<F>(x: u64, y: u64): u64 {
    return this.low<F>(x, y, W.F32_MUL, W.F64_MUL, RESULT_PRODUCT);
  }
  divLow<F>(x: u64, y: u64): u64 {
    return this.low<F>(x, y, W.F32_DIV, W.F64_DIV, RESULT_QUOTIENT);
  }
  sqrtLow<F>(x: u64, y: u64): u64 {
    this.quiet();
    this.useVector(x);
    this.pushLow<F>(y);
    this.byte(this.format<F>(W.F32_SQRT, W.F64_SQRT));
    const r = this.takeLow<F>();
    this.checkResult<F>(r, y, y, RESULT_ROOT, true);
    this.setLowNormal<F>(r, x);
    return r;
  }
  addLanes<F>(x: u64, y: u64): u64 {
    return this.lanes<F>(x, y, V.F32X4_ADD, V.F64X2_ADD, RESULT_SUM);
  }
  subLanes<F>(x: u64, y: u64): u64 {
    return this.lanes<F>(x, y, V.F32X4_SUB, V.F64X2_SUB, RESULT_DIFFERENCE);
  }
  /** Lanes with even numbers are subtracted. */
  addsubLanes<F>(x: u64, y: u64): u64 {
    this.useVector(y);
    if (sizeof<F>() == 4) this.constant128(0x80000000, 0x80000000);
    else this.constant128(0x8000000000000000, 0);
    this.simd(V.V128_XOR);
    return this.addLanes<F>(x, this.take128());
  }
  mulLanes<F>(x: u64, y: u64): u64 {
    return this.lanes<F>(x, y, V.F32X4_MUL, V.F64X2_MUL, RESULT_PRODUCT);
  }
  divLanes<F>(x: u64, y: u64): u64 {
    return this.lanes<F>(x, y, V.F32X4_DIV, V.F64X2_DIV, RESULT_QUOTIENT);
  }
  sqrtLanes<F>(x: u64): u64 {
    this.quiet();
    this.useVector(x);
    this.simd(this.format<F>(V.F32X4_SQRT, V.F64X2_SQRT));
    const r = this.take128();
    this.checkResult<F>(r, x, x, RESULT_ROOT, false);
    this.setNormal(r, this.normal<F>(false));
    return r;
  }

  // ── Extremes: pmin is y < x ? y : x, so that the operands are exchanged ──────────────────────────────────────
  private extremes<F>(x: u64, y: u64, op32: u32, op64: u32, low: bool): u64 {
    this.checkOrdered<F>(x, y, low);
    this.useVector(y);
    this.useVector(x);
    this.simd(this.format<F>(op32, op64));
    return this.take128();
  }
  private extremeLow<F>(x: u64, y: u64, op32: u32, op64: u32): u64 {
    const extreme = this.extremes<F>(x, y, op32, op64, true);
    const r = sizeof<F>() == 4 ? this.i32x4LowOf(extreme, x) : this.i64x2LowOf(extreme, x);
    this.setLowNormal<F>(r, x);
    return r;
  }
  private extremeLanes<F>(x: u64, y: u64, op32: u32, op64: u32): u64 {
    const r = this.extremes<F>(x, y, op32, op64, false);
    this.setNormal(r, this.normal<F>(false));
    return r;
  }
  minLow<F>(x: u64, y: u64): u64 {
    return this.extremeLow<F>(x, y, V.F32X4_PMIN, V.F64X2_PMIN);
  }
  maxLow<F>(x: u64, y: u64): u64 {
    return this.extremeLow<F>(x, y, V.F32X4_PMAX, V.F64X2_PMAX);
  }
  minLanes<F>(x: u64, y: u64): u64 {
    return this.extremeLanes<F>(x, y, V.F32X4_PMIN, V.F64X2_PMIN);
  }
  maxLanes<F>(x: u64, y: u64): u64 {
    return this.extremeLanes<F>(x, y, V.F32X4_PMAX, V.F64X2_PMAX);
  }

  // ── Comparisons of what is ordered ───────────────────────────────────────────────────────────────────────────
  /** Number of the predicate's instruction after that for eq: eq lt le (never) ne ge gt (always). */
  private relationOf(predicate: u32): u32 {
    switch (predicate & 7) {
      case 0:
        return 0;
      case 1:
        return 2;
      case 2:
        return 4;
      case 4:
        return 1;
      case 5:
        return 5;
      default:
        return 3;
    }
  }
  compareLanes<F>(x: u64, y: u64, predicate: u32): u64 {
    this.checkOrdered<F>(x, y, false);
    if ((predicate & 3) == 3) {
      const all: u64 = predicate & 4 ? ~0 : 0;
      this.constant128(all, all);
      return this.take128();
    }
    this.useVector(x);
    this.useVector(y);
    this.simd(this.format<F>(V.F32X4_EQ, V.F64X2_EQ) + this.relationOf(predicate));
    return this.take128();
  }
  compareLow<F>(x: u64, y: u64, predicate: u32): u64 {
    this.checkOrdered<F>(x, y, true);
    this.useVector(x);
    if (sizeof<F>() == 4) this.i32(0);
    else this.i64(0);
    if ((predicate & 3) == 3) this.i32(predicate & 4 ? 1 : 0);
    else {
      const relation = this.relationOf(predicate);
      this.compareScalars<F>(x, y, W.F32_EQ + relation, W.F64_EQ + relation);
    }
    if (sizeof<F>() == 8) this.byte(W.I64_EXTEND_I32_U);
    this.byte(this.format<F>(W.I32_SUB, W.I64_SUB));
    this.simdLane(this.format<F>(V.I32X4_REPLACE_LANE, V.I64X2_REPLACE_LANE), 0);
    return this.take128();
  }
  compareOrdered<F>(x: u64, y: u64, signalQuiet: bool): void {
    this.checkOrdered<F>(x, y, true);
    this.compareScalars<F>(x, y, W.F32_LT, W.F64_LT);
    const less = this.take32();
    this.compareScalars<F>(x, y, W.F32_EQ, W.F64_EQ);
    this.flagsCarryZero(less, this.take32());
  }

  // ── Conversions ──────────────────────────────────────────────────────────────────────────────────────────────
  /** Leaves unless every lane's magnitude is below the constant, whose bits are given. */
  private checkBelow<F>(x: u64, bits: u64): void {
    this.useVector(x);
    this.simd(this.format<F>(V.F32X4_ABS, V.F64X2_ABS));
    this.splatConstant<F>(bits);
    this.simd(this.format<F>(V.F32X4_LT, V.F64X2_LT));
    this.simd(V.I32X4_ALL_TRUE);
    this.byte(W.I32_EQZ);
    this.exitIf();
  }
  widenLanes(x: u64): u64 {
    const both = this.i64x2Lanes(x, 0, x, 0);
    this.checkOrdered<f32>(both, both, false);
    this.useVector(x);
    this.simd(V.F64X2_PROMOTE_LOW_F32X4);
    const r = this.take128();
    this.setNormal(r, NORMAL_ALL64);
    return r;
  }
  widenLow(x: u64, y: u64): u64 {
    this.checkOrdered<f32>(y, y, true);
    this.useVector(x);
    this.pushLow<f32>(y);
    this.byte(W.F64_PROMOTE_F32);
    const r = this.takeLow<f64>();
    this.setLowNormal<f64>(r, x);
    return r;
  }
  narrowLanes(x: u64): u64 {
    this.quiet();
    this.useVector(x);
    this.simd(V.F32X4_DEMOTE_F64X2_ZERO);
    const r = this.take128();
    this.useVector(r);
    this.simd(V.F64X2_PROMOTE_LOW_F32X4);
    const back = this.take128();
    // Above the smallest normal binary32, and not infinite; or exactly zero.
    this.pushMagnitude<f64>(back);
    this.splatConstant<f64>(LEAST_SINGLE + 1);
    this.simd(V.I64X2_SUB);
    this.pushZeros<f64>(x);
    this.simd(V.V128_ANDNOT);
    this.pushInfinite<f64>(back);
    this.orLanes();
    this.signs<f64>(false);
    this.exitIf();
    this.checkSame<f64>(back, x, false);
    return r;
  }
  narrowLow(x: u64, y: u64): u64 {
    this.quiet();
    this.useVector(x);
    this.pushLow<f64>(y);
    this.byte(W.F32_DEMOTE_F64);
    const r = this.takeLow<f32>();
    this.pushBelow<f32>(r, ABOVE_LEAST);
    this.pushZeros<f64>(y);
    this.simd(V.V128_ANDNOT);
    this.pushInfinite<f32>(r);
    this.orLanes();
    this.signs<f32>(true);
    this.exitIf();
    this.pushExact();
    this.openSlow();
    this.pushLow<f32>(r);
    this.byte(W.F64_PROMOTE_F32);
    this.pushLow<f64>(y);
    this.byte(W.F64_NE);
    this.exitIf();
    this.closeSlow();
    this.setLowNormal<f32>(r, x);
    return r;
  }
  fromIntegerLanes(x: u64): u64 {
    this.quiet();
    this.pushExact();
    this.openSlow();
    this.useVector(x);
    this.simd(V.I32X4_ABS);
    this.splatConstant<f32>(1 << 24);
    this.simd(V.I32X4_GT_S);
    this.simd(V.V128_ANY_TRUE);
    this.exitIf();
    this.closeSlow();
    this.useVector(x);
    this.simd(V.F32X4_CONVERT_I32X4_S);
    const r = this.take128();
    this.setNormal(r, NORMAL_ALL32);
    return r;
  }
  /** Leaves if the conversion has to be exact and the integer may have more bits than that. */
  private checkInteger<T>(value: u64, bits: u64): void {
    this.quiet();
    this.pushExact();
    this.openSlow();
    if (sizeof<T>() == 8) this.use64(value);
    else this.useSigned64(value);
    this.i64((<i64>1) << (<i64>bits));
    this.byte(W.I64_ADD);
    this.i64((<i64>2) << (<i64>bits));
    this.byte(W.I64_GT_U);
    this.exitIf();
    this.closeSlow();
  }
  private useSigned64(value: u64): void {
    this.use32(value);
    this.byte(W.I64_EXTEND_I32_S);
  }
  fromIntegerLow<F, T>(x: u64, value: u64): u64 {
    if (sizeof<F>() == 4 || sizeof<T>() == 8) this.checkInteger<T>(value, sizeof<F>() == 4 ? 24 : 53);
    this.useVector(x);
    this.use<T>(value);
    const wide = sizeof<T>() == 8;
    this.byte(
      this.format<F>(
        wide ? W.F32_CONVERT_I64_S : W.F32_CONVERT_I32_S,
        wide ? W.F64_CONVERT_I64_S : W.F64_CONVERT_I32_S,
      ),
    );
    const r = this.takeLow<F>();
    this.setLowNormal<F>(r, x);
    return r;
  }
  toIntegerLanes(x: u64, truncate: bool): u64 {
    this.quiet();
    this.checkBelow<f32>(x, 0x4f000000);
    const whole = this.roundAll<f32>(x, truncate ? 3 : 0);
    this.checkSame<f32>(whole, x, false);
    this.useVector(whole);
    this.simd(V.I32X4_TRUNC_SAT_F32X4_S);
    return this.take128();
  }
  narrowToInteger(x: u64, truncate: bool): u64 {
    this.quiet();
    this.checkBelow<f64>(x, 0x41dfffffffc00000);
    const whole = this.roundAll<f64>(x, truncate ? 3 : 0);
    this.checkSame<f64>(whole, x, false);
    this.useVector(whole);
    this.simd(V.I32X4_TRUNC_SAT_F64X2_S_ZERO);
    return this.take128();
  }
  /** The bounds are those of float-convert.ts. */
  toInteger<F, T>(x: u64, truncate: bool): u64 {
    this.quiet();
    this.pushLow<F>(x);
    this.byte(this.format<F>(W.F32_ABS, W.F64_ABS));
    if (sizeof<T>() == 4) this.pushFloat<F>(sizeof<F>() == 4 ? 0x4effffff : 0x41dfffffe0000000);
    else this.pushFloat<F>(sizeof<F>() == 4 ? 0x5effffff : 0x43dfffffe0000000);
    this.byte(this.format<F>(W.F32_LT, W.F64_LT));
    this.byte(W.I32_EQZ);
    this.exitIf();
    this.pushExact();
    this.openSlow();
    this.pushRounded<F>(x, truncate ? 3 : 0);
    this.pushLow<F>(x);
    this.byte(this.format<F>(W.F32_NE, W.F64_NE));
    this.exitIf();
    this.closeSlow();
    this.pushLow<F>(x);
    if (!truncate) this.byte(this.format<F>(W.F32_NEAREST, W.F64_NEAREST));
    this.byte(V.NUMERIC_PREFIX);
    const narrow = this.format<F>(V.I32_TRUNC_SAT_F32_S, V.I32_TRUNC_SAT_F64_S);
    this.byte(sizeof<T>() == 4 ? narrow : this.format<F>(V.I64_TRUNC_SAT_F32_S, V.I64_TRUNC_SAT_F64_S));
    return this.take<T>();
  }
  /** MXCSR asks for rounding to nearest, or this has left. */
  private roundingOf(imm: u32): u32 {
    return imm & 4 ? 0 : imm & 3;
  }
  private roundAll<F>(x: u64, rounding: u32): u64 {
    this.useVector(x);
    if (rounding == 0) this.simd(this.format<F>(V.F32X4_NEAREST, V.F64X2_NEAREST));
    else if (rounding == 1) this.simd(this.format<F>(V.F32X4_FLOOR, V.F64X2_FLOOR));
    else if (rounding == 2) this.simd(this.format<F>(V.F32X4_CEIL, V.F64X2_CEIL));
    else this.simd(this.format<F>(V.F32X4_TRUNC, V.F64X2_TRUNC));
    return this.take128();
  }
  /** Pushes the lowest lane of x, rounded. */
  private pushRounded<F>(x: u64, rounding: u32): void {
    this.pushLow<F>(x);
    if (rounding == 0) this.byte(this.format<F>(W.F32_NEAREST, W.F64_NEAREST));
    else if (rounding == 1) this.byte(this.format<F>(W.F32_FLOOR, W.F64_FLOOR));
    else if (rounding == 2) this.byte(this.format<F>(W.F32_CEIL, W.F64_CEIL));
    else this.byte(this.format<F>(W.F32_TRUNC, W.F64_TRUNC));
  }
  /** Bit 3 of the immediate: nobody is told of inexact results. */
  roundLanes<F>(x: u64, imm: u32): u64 {
    this.quiet();
    this.checkOrdered<F>(x, x, false);
    const r = this.roundAll<F>(x, this.roundingOf(imm));
    if (!(imm & 8)) this.checkSame<F>(r, x, false);
    this.setNormal(r, this.normal<F>(false));
    return r;
  }
  roundLow<F>(x: u64, y: u64, imm: u32): u64 {
    this.quiet();
    this.checkOrdered<F>(y, y, true);
    this.useVector(x);
    this.pushRounded<F>(y, this.roundingOf(imm));
    const r = this.takeLow<F>();
    if (!(imm & 8)) this.checkSame<F>(r, y, true);
    this.setLowNormal<F>(r, x);
    return r;
  }
}
