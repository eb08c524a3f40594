/**
 * SIMD floating point lane by lane with every exception: what the fast paths of float-*.ts fall back to. SDM vol. 1, 11.5.
 *
 * Flags of all lanes are collected, then `settle` gives them to MXCSR and raises #XM (or #UD without CR4.OSXMMEXCPT) if one
 * of them is unmasked; the caller's result is not written then.
 */
import * as S from '../shared/state';
import { EXCEPTION_UD, EXCEPTION_XM } from '../shared/exception';
import { CR4_OSXMMEXCPT } from '../shared/register-bits';
import { EXC_ALL, EXC_PRE, MXCSR_MASK_SHIFT, RESULT_FLAGS, RESULT_REFUSED } from '../softfloat/constants';
import { ieeeAdd } from '../softfloat/ieee-add';
import { ieeeMax, ieeeMin } from '../softfloat/ieee-compare';
import { ieeeFma } from '../softfloat/ieee-fma';
import { reportedFlags } from '../softfloat/ieee-format';
import { ieeeDiv, ieeeMul, ieeeSqrt } from '../softfloat/ieee-multiply';

export const FLOAT_ADD: u32 = 0;
export const FLOAT_SUB: u32 = 1;
export const FLOAT_MUL: u32 = 2;
export const FLOAT_DIV: u32 = 3;
export const FLOAT_MIN: u32 = 4;
export const FLOAT_MAX: u32 = 5;
/** Root of the second operand. */
export const FLOAT_SQRT: u32 = 6;
/** Even lanes are subtracted, odd ones added. */
export const FLOAT_ADDSUB: u32 = 7;

/** All exceptions masked, rounding to nearest, precision exception flagged already: what most code runs with. */
const MXCSR_QUIET: u32 = 0x1fa0;
const MXCSR_QUIET_BITS: u32 = 0x7fa0;

/** Can the host's arithmetic be used as it is, unless the operands or the result are unusual? */
export function isQuiet(cpu: usize): bool {
  return (load<u32>(cpu, S.STATE_MXCSR) & MXCSR_QUIET_BITS) == MXCSR_QUIET;
}

/** MXCSR, for the routines of softfloat/; no flags are collected yet. */
export function beginLanes(cpu: usize): u32 {
  store<u32>(cpu, 0, RESULT_FLAGS);
  return load<u32>(cpu, S.STATE_MXCSR);
}

/** Ends what beginLanes began. */
export function settle(cpu: usize): void {
  const mxcsr = load<u32>(cpu, S.STATE_MXCSR);
  const flags = reportedFlags(load<u32>(cpu, RESULT_FLAGS), mxcsr);
  store<u32>(cpu, mxcsr | flags, S.STATE_MXCSR);
  const unmasked = flags & ~(mxcsr >> MXCSR_MASK_SHIFT);
  if (!unmasked) return;
  const vector = load<u64>(cpu, S.STATE_CR4) & CR4_OSXMMEXCPT ? EXCEPTION_XM : EXCEPTION_UD;
  store<u32>(cpu, vector + 1, S.STATE_FAULT);
  store<u32>(cpu, 0, S.STATE_FAULT_ERROR);
  if (unmasked & EXC_PRE) store<u32>(cpu, 1, RESULT_REFUSED);
}

/** Before a 256-bit operation, which settles once for each half: MXCSR as it is. */
export function beginHalves(cpu: usize): u32 {
  store<u32>(cpu, 0, RESULT_REFUSED);
  return load<u32>(cpu, S.STATE_MXCSR);
}

/**
 * After an exception in one half of a 256-bit operation: if it was found before the computation, in either half, no flags of
 * results are set (see reportedFlags); `before` is MXCSR as it was.
 */
export function settleHalves(cpu: usize, before: u32): void {
  if (!load<u32>(cpu, RESULT_REFUSED)) return;
  const mxcsr = load<u32>(cpu, S.STATE_MXCSR);
  const results = EXC_ALL & ~EXC_PRE;
  store<u32>(cpu, (mxcsr & ~results) | (before & results), S.STATE_MXCSR);
}

function lane<T>(cpu: usize, operation: u32, a: T, b: T, mxcsr: u32): T {
  switch (operation) {
    case FLOAT_ADD:
      return ieeeAdd<T>(cpu, a, b, mxcsr, 0);
    case FLOAT_SUB:
      return ieeeAdd<T>(cpu, a, b, mxcsr, 1);
    case FLOAT_MUL:
      return ieeeMul<T>(cpu, a, b, mxcsr);
    case FLOAT_DIV:
      return ieeeDiv<T>(cpu, a, b, mxcsr);
    case FLOAT_MIN:
      return ieeeMin<T>(cpu, a, b, mxcsr);
    case FLOAT_MAX:
      return ieeeMax<T>(cpu, a, b, mxcsr);
    default:
      return ieeeSqrt<T>(cpu, b, mxcsr);
  }
}

/** The operation on all lanes, of binary32 if F is f32, else of binary64. */
export function allLanes<F>(cpu: usize, operation: u32, x: v128, y: v128): v128 {
  const mxcsr = beginLanes(cpu);
  const even = operation == FLOAT_ADDSUB ? FLOAT_SUB : operation;
  const odd = operation == FLOAT_ADDSUB ? FLOAT_ADD : operation;
  let r = x;
  if (sizeof<F>() == 4) {
    r = i32x4.replace_lane(r, 0, lane<u32>(cpu, even, i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), mxcsr));
    r = i32x4.replace_lane(r, 1, lane<u32>(cpu, odd, i32x4.extract_lane(x, 1), i32x4.extract_lane(y, 1), mxcsr));
    r = i32x4.replace_lane(r, 2, lane<u32>(cpu, even, i32x4.extract_lane(x, 2), i32x4.extract_lane(y, 2), mxcsr));
    r = i32x4.replace_lane(r, 3, lane<u32>(cpu, odd, i32x4.extract_lane(x, 3), i32x4.extract_lane(y, 3), mxcsr));
  } else {
    r = i64x2.replace_lane(r, 0, lane<u64>(cpu, even, i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0), mxcsr));
    r = i64x2.replace_lane(r, 1, lane<u64>(cpu, odd, i64x2.extract_lane(x, 1), i64x2.extract_lane(y, 1), mxcsr));
  }
  settle(cpu);
  return r;
}

/** The operation on the lowest lane; the others are those of x. */
export function lowLane<F>(cpu: usize, operation: u32, x: v128, y: v128): v128 {
  const mxcsr = beginLanes(cpu);
  let r: v128;
  if (sizeof<F>() == 4) {
    r = i32x4.replace_lane(x, 0, lane<u32>(cpu, operation, i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), mxcsr));
  } else {
    r = i64x2.replace_lane(x, 0, lane<u64>(cpu, operation, i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0), mxcsr));
  }
  settle(cpu);
  return r;
}

/** a * b + c; `even` and `odd` are the variants of ieeeFma for the lanes. */
export function fmaLanes<F>(cpu: usize, a: v128, b: v128, c: v128, even: u32, odd: u32): v128 {
  const mxcsr = beginLanes(cpu);
  let r = a;
  if (sizeof<F>() == 4) {
    r = i32x4.replace_lane(
      r,
      0,
      fma32(cpu, i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0), i32x4.extract_lane(c, 0), even, mxcsr),
    );
    r = i32x4.replace_lane(
      r,
      1,
      fma32(cpu, i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1), i32x4.extract_lane(c, 1), odd, mxcsr),
    );
    r = i32x4.replace_lane(
      r,
      2,
      fma32(cpu, i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2), i32x4.extract_lane(c, 2), even, mxcsr),
    );
    r = i32x4.replace_lane(
      r,
      3,
      fma32(cpu, i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3), i32x4.extract_lane(c, 3), odd, mxcsr),
    );
  } else {
    r = i64x2.replace_lane(
      r,
      0,
      fma64(cpu, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), i64x2.extract_lane(c, 0), even, mxcsr),
    );
    r = i64x2.replace_lane(
      r,
      1,
      fma64(cpu, i64x2.extract_lane(a, 1), i64x2.extract_lane(b, 1), i64x2.extract_lane(c, 1), odd, mxcsr),
    );
  }
  settle(cpu);
  return r;
}

export function fmaLowLane<F>(cpu: usize, x: v128, a: v128, b: v128, c: v128, variant: u32): v128 {
  const mxcsr = beginLanes(cpu);
  let r: v128;
  if (sizeof<F>() == 4) {
    r = i32x4.replace_lane(
      x,
      0,
      fma32(cpu, i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0), i32x4.extract_lane(c, 0), variant, mxcsr),
    );
  } else {
    r = i64x2.replace_lane(
      x,
      0,
      fma64(cpu, i64x2.extract_lane(a, 0), i64x2.extract_lane(b, 0), i64x2.extract_lane(c, 0), variant, mxcsr),
    );
  }
  settle(cpu);
  return r;
}

function fma32(cpu: usize, a: u32, b: u32, c: u32, variant: u32, mxcsr: u32): u32 {
  return ieeeFma<u32>(cpu, a, b, c, variant, mxcsr);
}

function fma64(cpu: usize, a: u64, b: u64, c: u64, variant: u32, mxcsr: u32): u64 {
  return ieeeFma<u64>(cpu, a, b, c, variant, mxcsr);
}
