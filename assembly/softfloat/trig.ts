/**
 * FSIN, FCOS, FSINCOS, FPTAN - SDM vol. 2; argument reduction by the 66-bit pi - SDM vol. 1, 8.3.8.
 * Arguments of 2^63 and more are left alone with C2 set.
 *
 * The reduction is exact integer arithmetic: x = n pi/2 + a with |a| <= pi/4; then the Taylor series.
 */
import {
  COND_C1,
  COND_C2,
  CW_PC,
  EXC_PE,
  EXC_UE,
  EXP_BIAS,
  EXP_MASK,
  INTEGER_BIT,
  RESULT2_SE,
  RESULT2_SIG,
  SIGN,
} from './constants';
import { packFraction } from './exponential';
import { Fixed } from './fixed';
import { exponentOf } from './multiply';
import { denormalFlag, invalid, isInfinity, isNaN80, isUnsupported, propagateNaN1 } from './nan';
import { setSecond } from './remainder';
import { roundPack, setResult } from './round';
import { COS_SERIES, SIN_SERIES, TRIG_PI_HIGH, TRIG_PI_LOW } from './tables';
import { Wide } from './wide';

export const TRIG_SIN: u32 = 0;
export const TRIG_COS: u32 = 1;
export const TRIG_TAN: u32 = 2;

const TAYLOR_TERMS = 17;
/** Below this exponent sin x = tan x = x and cos x = 1 in every rounding mode: silicon delivers those unrounded. */
const TINY_EXPONENT = -34;

/** The reduced argument: quadrant, sign, fraction of 2^exp; and the series results, fractions of 1. */
@final
class Angle {
  static quadrant: u32 = 0;
  static negative: bool = false;
  static exp: i32 = 0;
  static high: u64 = 0;
  static low: u64 = 0;
  static squareHigh: u64 = 0;
  static squareLow: u64 = 0;
}

/** Reduces m * 2^(e - 63), m normalised, e < 63. */
function reduce(e: i32, m: u64): void {
  if (e < -1) {
    Angle.quadrant = 0;
    Angle.negative = false;
    setAngle(e + 1, m, 0);
    return;
  }
  // x = m * 2^(e + 2) in units of 2^-65, in which pi/2 is the integer TRIG_PI: long division, bit by bit.
  let h: u64 = 0;
  let l = m;
  let quotient: u32 = 0;
  for (let i = e + 2; i > 0; i--) {
    h = (h << 1) | (l >> 63);
    l <<= 1;
    quotient <<= 1;
    if (h > TRIG_PI_HIGH || (h == TRIG_PI_HIGH && l >= TRIG_PI_LOW)) {
      h = h - TRIG_PI_HIGH - u64(l < TRIG_PI_LOW);
      l -= TRIG_PI_LOW;
      quotient |= 1;
    }
  }
  // Nearest multiple: a rest above pi/4 (half of the odd TRIG_PI) belongs to the next one.
  const otherLow = TRIG_PI_LOW - l;
  const otherHigh = TRIG_PI_HIGH - h - u64(TRIG_PI_LOW < l);
  Angle.negative = otherHigh < h || (otherHigh == h && otherLow < l);
  if (Angle.negative) {
    quotient++;
    h = otherHigh;
    l = otherLow;
  }
  Angle.quadrant = quotient & 3;
  // 128-bit integer in units of 2^-65 to a normalised fraction.
  let exp = 63;
  if (h == 0) {
    h = l;
    l = 0;
    exp -= 64;
  }
  const shift = <i32>clz(h);
  if (shift) {
    h = (h << shift) | (l >> (64 - shift));
    l <<= shift;
  }
  setAngle(exp - shift, h, l);
}

function setAngle(exp: i32, high: u64, low: u64): void {
  Angle.exp = exp;
  Angle.high = high;
  Angle.low = low;
  let h = high;
  let l = low;
  if (exp != 0) {
    h = Wide.shiftRightJam(high, low, -exp);
    l = Wide.low;
  }
  Angle.squareHigh = Fixed.mul(h, l, h, l);
  Angle.squareLow = Wide.low;
}

/** sin(a) as a fraction of 2^Angle.exp. */
function sine(): u64 {
  let h = Fixed.series(SIN_SERIES, TAYLOR_TERMS, Angle.squareHigh, Angle.squareLow, true);
  h = Fixed.mul(h, Wide.low, Angle.high, Angle.low);
  let l = Wide.low;
  // The sine is below the angle, if only by less than these 128 bits show: directed rounding sees it.
  if ((h | l) == 0) l = 1;
  Wide.low = Angle.low - l;
  return Angle.high - h - u64(Angle.low < l);
}

/** cos(a) as a fraction of 1; a is not 0, so it is below 1. */
function cosine(): u64 {
  const h = Fixed.series(COS_SERIES, TAYLOR_TERMS, Angle.squareHigh, Angle.squareLow, true);
  const l = 0 - Wide.low;
  if ((h | l) == 0) {
    Wide.low = ~0;
    return ~0;
  }
  Wide.low = l;
  return ~h + u64(l == 0);
}

/** Writes the sine (`quarter` 0) or cosine (1) of the reduced argument. */
function packSinCos(cpu: usize, sign: u32, quarter: u32, cw: u32): u32 {
  const turn = Angle.quadrant + quarter;
  let negative = (turn & 2) != 0;
  if ((turn & 1) == 0) {
    // The sine of the reduced argument takes its sign; that of x matters to the sine only.
    if (Angle.negative) negative = !negative;
    if (sign != 0 && quarter == 0) negative = !negative;
    return packFraction(cpu, negative ? SIGN : 0, EXP_BIAS - 1 + Angle.exp, sine(), Wide.low, cw);
  }
  if (sign != 0 && quarter == 0) negative = !negative;
  return packFraction(cpu, negative ? SIGN : 0, EXP_BIAS - 1, cosine(), Wide.low, cw);
}

function packTan(cpu: usize, sign: u32, cw: u32): u32 {
  if ((Angle.quadrant & 1) == 0 && Angle.exp < -50) {
    // tan(a) = a + a^3/3: just above a, too little for the quotient to show it.
    const below = (sign != 0) != Angle.negative;
    return packFraction(cpu, below ? SIGN : 0, EXP_BIAS - 1 + Angle.exp, Angle.high, Angle.low, cw);
  }
  const sh = sine();
  const sl = Wide.low;
  const ch = cosine();
  const cl = Wide.low;
  let negative = (sign != 0) != Angle.negative;
  let exp = Angle.exp;
  if (Angle.quadrant & 1) {
    // -cot(a): the divisor needs its top bit, the dividend must be smaller.
    const shift = <i32>clz(sh);
    const dh = shift ? (sh << shift) | (sl >> (64 - shift)) : sh;
    negative = !negative;
    exp = shift - exp + 2;
    const q = Fixed.div(ch >> 2, (ch << 62) | (cl >> 2), dh, sl << shift);
    return packFraction(cpu, negative ? SIGN : 0, EXP_BIAS - 1 + exp, q, Wide.low, cw);
  }
  const q = Fixed.div(sh >> 1, (sh << 63) | (sl >> 1), ch, cl);
  return packFraction(cpu, negative ? SIGN : 0, EXP_BIAS + exp, q, Wide.low, cw);
}

/** Moves the first result to the second slot. */
function resultToSecond(cpu: usize): void {
  memory.copy(cpu + RESULT2_SIG, cpu + RESULT2_SIG - 16, 16);
}

/** FPTAN: the tangent goes to the first slot, the 1.0 that it pushes to the second (a NaN stands in both). */
export function f80Tan(cpu: usize, ae: u32, am: u64, cw: u32): u32 {
  const flags = f80Trig(cpu, ae, am, cw, TRIG_TAN);
  resultToSecond(cpu);
  if (!isNaN80(load<u32>(cpu, RESULT2_SE), load<u64>(cpu, RESULT2_SIG))) setSecond(cpu, EXP_BIAS, INTEGER_BIT);
  return flags;
}

/** FSIN, FCOS and the tangent of FPTAN by `kind`. C2: argument out of range, no result. */
export function f80Trig(cpu: usize, ae: u32, am: u64, cw: u32, kind: u32): u32 {
  if (isUnsupported(ae, am) || isNaN80(ae, am)) return propagateNaN1(cpu, ae, am);
  if (isInfinity(ae, am)) return invalid(cpu);
  if (am == 0) {
    if (kind == TRIG_COS) setResult(cpu, EXP_BIAS, INTEGER_BIT);
    else setResult(cpu, ae, 0);
    return 0;
  }
  if (<i32>(ae & EXP_MASK) >= EXP_BIAS + 63) return COND_C2;
  const flags = denormalFlag(ae, am, 0, 0);
  if (flags & ~cw) return flags;
  const sign = ae & SIGN;
  const shift = <i32>clz(am);
  const e = exponentOf(ae) - shift - EXP_BIAS;
  am <<= shift;
  if (e < TINY_EXPONENT) return flags | tiny(cpu, sign, e, am, cw, kind == TRIG_COS);
  reduce(e, am);
  if (kind == TRIG_TAN) return flags | packTan(cpu, sign, cw);
  return flags | packSinCos(cpu, sign, kind, cw);
}

/** FSINCOS: the sine goes to the first slot, the cosine to the second; C1 tells how the cosine was rounded. */
export function f80SinCos(cpu: usize, ae: u32, am: u64, cw: u32): u32 {
  const flags = f80Trig(cpu, ae, am, cw, TRIG_COS);
  resultToSecond(cpu);
  if (flags & COND_C2) return flags;
  return flags | (f80Trig(cpu, ae, am, cw, TRIG_SIN) & ~COND_C1);
}

function tiny(cpu: usize, sign: u32, e: i32, am: u64, cw: u32, cosine: bool): u32 {
  if (cosine) {
    setResult(cpu, EXP_BIAS, INTEGER_BIT);
    return EXC_PE;
  }
  const flags = roundPack(cpu, sign, EXP_BIAS + e, am, 0, cw | CW_PC);
  // The rounded value is x itself, but the result is inexact: a tiny one has underflowed.
  return EXC_PE | (EXP_BIAS + e <= 0 ? EXC_UE : 0) | flags;
}
