/**
 * Fused multiply-add by the host's arithmetic, which has none: with the errors of its steps, the result is rounded once.
 * Where that is not safe, float-lanes.ts does it in integers.
 */
import { FMA_NEGATE_ADDEND, FMA_NEGATE_PRODUCT } from '../softfloat/ieee-fma';
import { fmaLanes, fmaLowLane, isQuiet } from './float-lanes';
import { isFiniteNumber, isPlain, isSafe } from './float-arith';

/** 2^27 + 1 splits a binary64 into halves (Veltkamp). */
const SPLITTER: f64 = 134217729.0;

/** a + b = s + e exactly, given s: the error e (Knuth). */
function sumError(a: f64, b: f64, s: f64): f64 {
  const t = s - a;
  return a - (s - t) + (b - t);
}

/** s + e, where s is the nearest to it, rounded to odd: rounding that once more to fewer bits is right. */
function roundedToOdd(s: f64, e: f64): f64 {
  const bits = reinterpret<u64>(s);
  if (e == 0 || bits & 1) return s;
  return reinterpret<f64>(e > 0 == s > 0 ? bits + 1 : bits - 1);
}

/** a * b - p exactly, for p the rounded product (Dekker). */
function productError(a: f64, b: f64, p: f64): f64 {
  let t = SPLITTER * a;
  const ah = t - (t - a);
  const al = a - ah;
  t = SPLITTER * b;
  const bh = t - (t - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

function exponentNear(v: f64, range: u64): bool {
  return ((reinterpret<u64>(v) >> 52) & 0x7ff) - (1023 - range) <= 2 * range;
}

/** a * b + c, or NaN where the steps could leave the range in which they are exact or a flag may be due. */
function fusedSingle(a: f32, b: f32, c: f32): f32 {
  // The product has at most 48 bits and is exact.
  const p = <f64>a * <f64>b;
  const s = p + <f64>c;
  const r = <f32>roundedToOdd(s, sumError(p, <f64>c, s));
  const plain = isPlain<f32>(a) && isPlain<f32>(b) && isPlain<f32>(c);
  return plain && (isSafe<f32>(r) || s == 0) && isFiniteNumber<f32>(r) ? r : <f32>NaN;
}

/** S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008. */
function fusedDouble(a: f64, b: f64, c: f64): f64 {
  if (!exponentNear(a, 400) || !exponentNear(b, 400) || !(c == 0 || exponentNear(c, 900))) return NaN;
  const p = a * b;
  const low = productError(a, b, p);
  const t = c + low;
  const te = sumError(c, low, t);
  const v = p + t;
  const ve = sumError(p, t, v);
  const z = te + ve;
  return v + roundedToOdd(z, sumError(te, ve, z));
}

function fused<F>(a: F, b: F, c: F, variant: u32): F {
  if (variant & FMA_NEGATE_PRODUCT) a = -a;
  if (variant & FMA_NEGATE_ADDEND) c = -c;
  if (sizeof<F>() == 4) return <F>fusedSingle(<f32>a, <f32>b, <f32>c);
  return <F>fusedDouble(<f64>a, <f64>b, <f64>c);
}

/** The lanes of a * b + c; variants are those of ieeeFma, for even and odd lanes. */
export function fma<F>(cpu: usize, a: v128, b: v128, c: v128, even: u32, odd: u32): v128 {
  if (isQuiet(cpu)) {
    let r = a;
    r = fusedLane0<F>(r, a, b, c, even);
    if (sizeof<F>() == 4) {
      r = f32x4.replace_lane(
        r,
        1,
        fusedVariant(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1), f32x4.extract_lane(c, 1), odd),
      );
      r = f32x4.replace_lane(
        r,
        2,
        fusedVariant(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2), f32x4.extract_lane(c, 2), even),
      );
      r = f32x4.replace_lane(
        r,
        3,
        fusedVariant(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3), f32x4.extract_lane(c, 3), odd),
      );
    } else {
      r = f64x2.replace_lane(
        r,
        1,
        fused<f64>(f64x2.extract_lane(a, 1), f64x2.extract_lane(b, 1), f64x2.extract_lane(c, 1), odd),
      );
    }
    if (v128.all_true<i32>(v128.eq<F>(r, r))) return r;
  }
  return fmaLanes<F>(cpu, a, b, c, even, odd);
}

function fusedVariant(a: f32, b: f32, c: f32, variant: u32): f32 {
  return fused<f32>(a, b, c, variant);
}

function fusedLane0<F>(x: v128, a: v128, b: v128, c: v128, variant: u32): v128 {
  const r = fused<F>(v128.extract_lane<F>(a, 0), v128.extract_lane<F>(b, 0), v128.extract_lane<F>(c, 0), variant);
  return v128.replace_lane<F>(x, 0, r);
}

/** The lowest lane; the others are those of x. */
export function fmaLow<F>(cpu: usize, x: v128, a: v128, b: v128, c: v128, variant: u32): v128 {
  if (isQuiet(cpu)) {
    const r = fused<F>(v128.extract_lane<F>(a, 0), v128.extract_lane<F>(b, 0), v128.extract_lane<F>(c, 0), variant);
    if (r == r) return v128.replace_lane<F>(x, 0, r);
  }
  return fmaLowLane<F>(cpu, x, a, b, c, variant);
}
