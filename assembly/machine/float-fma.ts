/**
 * Fused multiply-add by the host's arithmetic, which has none: with the errors of its steps, the result is rounded once.
 * Where that is not safe, float-lanes.ts does it in integers. F is f32 or f64.
 */
import { FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT } from '../softfloat/ieee-fma';
import { every, finiteLanes, plainLanes, safeLanes } from './float-arith';
import { fmaLanes, fmaLowLane, isQuiet } from './float-lanes';

/** 2^27 + 1 splits a binary64 into halves (Veltkamp). */
const SPLITTER: f64 = 134217729.0;
const SIGN32: u64 = 0x80000000;
const SIGN64: u64 = 0x8000000000000000;

/** a + b = s + e exactly, given s: the error e (Knuth). */
function sumError(a: v128, b: v128, s: v128): v128 {
  const t = f64x2.sub(s, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(s, t)), f64x2.sub(b, t));
}

/** s + e, where s is the nearest to it, rounded to odd: rounding that once more to fewer bits is right. */
function roundedToOdd(s: v128, e: v128): v128 {
  const even = i64x2.eq(v128.and(s, i64x2.splat(1)), i64x2.splat(0));
  const inexact = f64x2.ne(e, f64x2.splat(0));
  // One away from zero if the error has the sign of s, one towards it otherwise.
  const step = v128.or(i64x2.shr_s(v128.xor(s, e), 63), i64x2.splat(1));
  return i64x2.add(s, v128.and(step, v128.and(even, inexact)));
}

/** a * b - p exactly, for p the rounded product (Dekker). */
function productError(a: v128, b: v128, p: v128): v128 {
  let t = f64x2.mul(f64x2.splat(SPLITTER), a);
  const ah = f64x2.sub(t, f64x2.sub(t, a));
  const al = f64x2.sub(a, ah);
  t = f64x2.mul(f64x2.splat(SPLITTER), b);
  const bh = f64x2.sub(t, f64x2.sub(t, b));
  const bl = f64x2.sub(b, bh);
  const rest = f64x2.sub(f64x2.sub(f64x2.sub(p, f64x2.mul(ah, bh)), f64x2.mul(al, bh)), f64x2.mul(ah, bl));
  return f64x2.sub(f64x2.mul(al, bl), rest);
}

/** Two lanes of a * b + c in binary64, to odd: binary32 factors have an exact product. */
function oddPair(p: v128, c: v128, s: v128): v128 {
  return roundedToOdd(s, sumError(p, c, s));
}

/** The binary32 lanes of a * b + c; a lane is a NaN where a flag may be due. */
function fusedSingles(a: v128, b: v128, c: v128): v128 {
  const pLow = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  const cLow = f64x2.promote_low_f32x4(c);
  const sLow = f64x2.add(pLow, cLow);
  const ah = i64x2.shuffle(a, a, 1, 1);
  const bh = i64x2.shuffle(b, b, 1, 1);
  const cHigh = f64x2.promote_low_f32x4(i64x2.shuffle(c, c, 1, 1));
  const pHigh = f64x2.mul(f64x2.promote_low_f32x4(ah), f64x2.promote_low_f32x4(bh));
  const sHigh = f64x2.add(pHigh, cHigh);
  const low = f32x4.demote_f64x2_zero(oddPair(pLow, cLow, sLow));
  const high = f32x4.demote_f64x2_zero(oddPair(pHigh, cHigh, sHigh));
  const r = i64x2.shuffle(low, high, 0, 2);
  const zeros = i32x4.shuffle(f64x2.eq(sLow, f64x2.splat(0)), f64x2.eq(sHigh, f64x2.splat(0)), 0, 2, 4, 6);
  const operands = v128.and(v128.and(plainLanes<f32>(a), plainLanes<f32>(b)), plainLanes<f32>(c));
  const result = v128.and(v128.or(safeLanes<f32>(r), zeros), finiteLanes<f32>(r));
  return v128.or(r, v128.not(v128.and(operands, result)));
}

/** Lanes whose magnitude is between 1 / limit and limit. */
function between(x: v128, limit: f64): v128 {
  const magnitude = f64x2.abs(x);
  return v128.and(f64x2.le(magnitude, f64x2.splat(limit)), f64x2.ge(magnitude, f64x2.splat(1 / limit)));
}

// Within these bounds no step overflows, underflows or loses bits.
const FACTOR_LIMIT: f64 = 2.5822498780869086e120; // 2^400
const ADDEND_LIMIT: f64 = 8.452712498170644e270; // 2^900

/** S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008. */
function fusedDoubles(a: v128, b: v128, c: v128): v128 {
  const p = f64x2.mul(a, b);
  const low = productError(a, b, p);
  const t = f64x2.add(c, low);
  const te = sumError(c, low, t);
  const v = f64x2.add(p, t);
  const ve = sumError(p, t, v);
  const z = f64x2.add(te, ve);
  const r = f64x2.add(v, roundedToOdd(z, sumError(te, ve, z)));
  const addend = v128.or(between(c, ADDEND_LIMIT), f64x2.eq(c, f64x2.splat(0)));
  const safe = v128.and(v128.and(between(a, FACTOR_LIMIT), between(b, FACTOR_LIMIT)), addend);
  return v128.or(r, v128.not(safe));
}

function fused<F>(a: v128, b: v128, c: v128, even: u32, odd: u32): v128 {
  // Only the addend's sign differs between even and odd lanes.
  const sign = sizeof<F>() == 4 ? SIGN32 | (SIGN32 << 32) : SIGN64;
  if (even & FMA_NEGATE_PRODUCT) a = v128.xor(a, i64x2.splat(sign));
  if (sizeof<F>() == 4) {
    const signs = (even & FMA_NEGATE_ADDEND ? SIGN32 : 0) | (odd & FMA_NEGATE_ADDEND ? SIGN32 << 32 : 0);
    return fusedSingles(a, b, v128.xor(c, i64x2.splat(signs)));
  }
  const low = even & FMA_NEGATE_ADDEND ? SIGN64 : 0;
  const high = odd & FMA_NEGATE_ADDEND ? SIGN64 : 0;
  return fusedDoubles(a, b, v128.xor(c, i64x2.replace_lane(i64x2.splat(low), 1, high)));
}

/** The lanes of a * b + c; variants are those of ieeeFma, for even and odd lanes. */
export function fma<F>(cpu: usize, a: v128, b: v128, c: v128, even: u32, odd: u32): v128 {
  if (isQuiet(cpu)) {
    const r = fused<F>(a, b, c, even, odd);
    if (every(v128.eq<F>(r, r))) return r;
  }
  return fmaLanes<F>(cpu, a, b, c, even, odd);
}

/** The lowest lane; the others are those of x. */
export function fmaLow<F>(cpu: usize, x: v128, a: v128, b: v128, c: v128, variant: u32): v128 {
  if (isQuiet(cpu)) {
    const r = v128.extract_lane<F>(fused<F>(a, b, c, variant, variant), 0);
    if (r == r) return v128.replace_lane<F>(x, 0, r);
  }
  return fmaLowLane<F>(cpu, x, a, b, c, variant);
}
