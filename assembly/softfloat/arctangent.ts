/**
 * FPATAN: arctangent of ST(1)/ST(0) in the quadrant that both signs give - SDM vol. 2, table 3-30.
 *
 * The smaller magnitude over the larger is reduced exactly by the nearest j/32, t = (32 a - j b) / (32 b + j a), before the
 * one division; atan(t) is its series.
 */
import { EXP_BIAS, SIGN } from './constants';
import { packFraction } from './exponential';
import { Fixed } from './fixed';
import { exponentOf } from './multiply';
import { denormalFlag, isInfinity, isUnordered, propagateNaN } from './nan';
import { setResult } from './round';
import { ARCTANGENTS, ODD_RECIPROCALS, QUARTER_PI_HIGH, QUARTER_PI_LOW } from './tables';
import { Wide } from './wide';

const ATAN_TERMS = 12;

/** The arctangent of the reduced ratio, a fraction of 2^exp. */
@final
class Arc {
  static exp: i32 = 0;
  static high: u64 = 0;
  static low: u64 = 0;
}

/** y is ST(1), x is ST(0). */
export function f80Atan(cpu: usize, xe: u32, xm: u64, ye: u32, ym: u64, cw: u32): u32 {
  if (isUnordered(xe, xm, ye, ym)) return propagateNaN(cpu, xe, xm, ye, ym);
  const flags = denormalFlag(xe, xm, ye, ym);
  if (flags & ~cw) return flags;
  const sign = ye & SIGN;
  const left = (xe & SIGN) != 0;
  const xInfinite = isInfinity(xe, xm);
  const yInfinite = isInfinity(ye, ym);
  if (xInfinite || yInfinite || xm == 0 || ym == 0) {
    // Multiples of pi/4: 0 and pi beside the axis of x, pi/2 on that of y, pi/4 and 3 pi/4 between infinities.
    let eighths = left ? 4 : 0;
    if (xInfinite && yInfinite) eighths = left ? 3 : 1;
    else if (yInfinite || (xm == 0 && ym != 0)) eighths = 2;
    return flags | packEighths(cpu, sign, eighths, cw);
  }
  const shiftX = <i32>clz(xm);
  const shiftY = <i32>clz(ym);
  const ex = exponentOf(xe) - shiftX;
  const ey = exponentOf(ye) - shiftY;
  xm <<= shiftX;
  ym <<= shiftY;
  const steep = ey > ex || (ey == ex && ym > xm);
  if (!steep) {
    arcOfRatio(ey - ex, ym, xm);
    if (!left) return flags | packFraction(cpu, sign, EXP_BIAS - 1 + Arc.exp, Arc.high, Arc.low, cw);
    return flags | packFrom(cpu, sign, 4, true, cw);
  }
  arcOfRatio(ex - ey, xm, ym);
  return flags | packFrom(cpu, sign, 2, !left, cw);
}

/** atan(a / b) for a <= b, both normalised, a scaled by 2^exp. */
function arcOfRatio(exp: i32, am: u64, bm: u64): void {
  let j: i32 = 0;
  if (exp > -7) {
    const steps = reinterpret<f64>((<u64>(1023 + 5 + exp)) << 52);
    j = <i32>((<f64>am / <f64>bm) * steps + 0.5);
  }
  if (j == 0) {
    // The quotient as a fraction of 2^exp needs a dividend below the divisor.
    const qh = Fixed.div(am >> 1, am << 63, bm, 0);
    arcOf(exp + 1, qh, Wide.low);
    return;
  }
  // Numerator and denominator as integers in units of 2^exp of a: b is shifted up by -exp <= 6 bits.
  const up = <u32>-exp;
  const bh = up ? bm >> (64 - up) : 0;
  const bl = bm << up;
  const k = <u64>j;
  const dh = (bh << 5) | (bl >> 59);
  let denominatorLow = (bl << 5) + am * k;
  let denominatorHigh = dh + Wide.mulHigh(am, k) + u64(denominatorLow < am * k);
  const jbLow = bl * k;
  const jbHigh = bh * k + Wide.mulHigh(bl, k);
  let low = (am << 5) - jbLow;
  let high = (am >> 59) - jbHigh - u64(am << 5 < jbLow);
  const below = <i64>high < 0;
  if (below) {
    low = 0 - low;
    high = ~high + u64(low == 0);
  }
  const row = ARCTANGENTS + ((<usize>j) << 4);
  const th = load<u64>(row);
  const tl = load<u64>(row, 8);
  if ((high | low) == 0) {
    setArc(0, th, tl);
    return;
  }
  const shift = <i32>clz(denominatorHigh);
  denominatorHigh = shift ? (denominatorHigh << shift) | (denominatorLow >> (64 - shift)) : denominatorHigh;
  denominatorLow <<= shift;
  // The numerator is some 6 bits smaller: the same shift leaves it below the divisor.
  high = shift ? (high << shift) | (low >> (64 - shift)) : high;
  low <<= shift;
  const qh = Fixed.div(high, low, denominatorHigh, denominatorLow);
  arcOf(0, qh, Wide.low);
  if (below) setArc(0, th - Arc.high - u64(tl < Arc.low), tl - Arc.low);
  else setArc(0, th + Arc.high + u64(tl + Arc.low < tl), tl + Arc.low);
}

function setArc(exp: i32, high: u64, low: u64): void {
  Arc.exp = exp;
  Arc.high = high;
  Arc.low = low;
}

/** atan(t) for a small t = qh:ql * 2^exp. */
function arcOf(exp: i32, qh: u64, ql: u64): void {
  let h = qh;
  let l = ql;
  if (exp != 0) {
    h = Wide.shiftRightJam(qh, ql, -exp);
    l = Wide.low;
  }
  const squareHigh = Fixed.mul(h, l, h, l);
  h = Fixed.series(ODD_RECIPROCALS, ATAN_TERMS, squareHigh, Wide.low, true);
  h = Fixed.mul(h, Wide.low, qh, ql);
  l = Wide.low;
  // The arctangent is below its argument, if only by less than these 128 bits show: directed rounding sees it.
  if ((h | l) == 0) l = 1;
  setArc(exp, qh - h - u64(ql < l), ql - l);
}

/** eighths * pi/4 plus or minus Arc. */
function packFrom(cpu: usize, sign: u32, eighths: i32, minus: bool, cw: u32): u32 {
  // In units of 4 (eighths = 4: pi) or of 2: pi/4 is the fraction of 1 in the table, its multiples the same of 4 or 2.
  const scale = eighths == 4 || !minus ? 2 : 1;
  let bh = QUARTER_PI_HIGH;
  let bl = QUARTER_PI_LOW;
  if (eighths == 2 && scale == 2) {
    bl = (bl >> 1) | (bh << 63);
    bh >>= 1;
  }
  const h = Wide.shiftRightJam(Arc.high, Arc.low, scale - Arc.exp);
  const l = Wide.low;
  if (minus) return packFraction(cpu, sign, EXP_BIAS - 1 + scale, bh - h - u64(bl < l), bl - l, cw);
  const low = bl + l;
  return packFraction(cpu, sign, EXP_BIAS - 1 + scale, bh + h + u64(low < l), low, cw);
}

/** Exactly representable operands, irrational result: inexact except for zero. */
function packEighths(cpu: usize, sign: u32, eighths: i32, cw: u32): u32 {
  if (eighths == 0) {
    setResult(cpu, sign, 0);
    return 0;
  }
  if (eighths == 3) {
    setArc(0, QUARTER_PI_HIGH, QUARTER_PI_LOW);
    return packFrom(cpu, sign, 2, false, cw);
  }
  const exp = EXP_BIAS - 1 + (eighths >> 1);
  return packFraction(cpu, sign, exp, QUARTER_PI_HIGH, QUARTER_PI_LOW, cw);
}
