/** Multiplication, division and square root of 80-bit numbers - SDM vol. 2, FMUL, FDIV, FSQRT. */
import { EXC_ZE, EXP_BIAS, EXP_MASK, EXP_SPECIAL, INTEGER_BIT, SIGN } from './constants';
import {
  denormalFlag,
  invalid,
  isDenormal,
  isInfinity,
  isNaN80,
  isUnordered,
  isUnsupported,
  propagateNaN,
  propagateNaN1,
} from './nan';
import { Normal, roundPack, setResult } from './round';
import { Wide } from './wide';

/** Operations on normalised significands, inline in their callers. */
class Normalised {
  @inline
  static multiply(cpu: usize, sign: u32, exp: i32, am: u64, bm: u64, cw: u32): u32 {
    const high = Wide.mulHigh(am, bm);
    const low = am * bm;
    // By one to the left if the product is below 2.
    const shift = (high >> 63) ^ 1;
    const sig = (high << shift) | ((low >> 63) & shift);
    return Normal.pack(cpu, sign, exp - (EXP_BIAS - 1) - <i32>shift, sig, low << shift, cw);
  }
  /** The exponent is the difference of the operands'. */
  @inline
  static divide(cpu: usize, sign: u32, exp: i32, am: u64, bm: u64, cw: u32): u32 {
    exp += EXP_BIAS;
    let low: u64 = 0;
    if (am >= bm) {
      low = am << 63;
      am >>= 1;
    } else {
      exp--;
    }
    const quotient = Wide.divide(am, low, bm);
    const rest = Wide.low;
    // The next quotient bit is the guard bit: compare the remainder with what it lacks to the divisor.
    const lacks = bm - rest;
    low = (u64(rest >= lacks) << 63) | (u64(rest != 0) & u64(rest != lacks));
    return Normal.pack(cpu, sign, exp, quotient, low, cw);
  }
}

export function f80Mul(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (!Normal.are(ae, am, be, bm)) return mulSpecial(cpu, ae, am, be, bm, cw);
  return Normalised.multiply(cpu, (ae ^ be) & SIGN, (ae & EXP_MASK) + (be & EXP_MASK), am, bm, cw);
}

function mulSpecial(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (isUnordered(ae, am, be, bm)) return propagateNaN(cpu, ae, am, be, bm);
  const infinite = isInfinity(ae, am) || isInfinity(be, bm);
  const zero = am == 0 || bm == 0;
  if (infinite && zero) return invalid(cpu);
  const flags = denormalFlag(ae, am, be, bm);
  if (flags & ~cw) return flags;
  const sign = (ae ^ be) & SIGN;
  if (infinite) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
    return flags;
  }
  if (zero) {
    setResult(cpu, sign, 0);
    return flags;
  }
  const ea = exponentOf(ae) - <i32>clz(am);
  const eb = exponentOf(be) - <i32>clz(bm);
  return flags | Normalised.multiply(cpu, sign, ea + eb, am << clz(am), bm << clz(bm), cw);
}

/** Biased exponent of a number: that of denormals is 1. */
export function exponentOf(se: u32): i32 {
  const e = <i32>(se & EXP_MASK);
  return e == 0 ? 1 : e;
}

/** a / b. */
export function f80Div(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (!Normal.are(ae, am, be, bm)) return divSpecial(cpu, ae, am, be, bm, cw);
  return Normalised.divide(cpu, (ae ^ be) & SIGN, <i32>(ae & EXP_MASK) - <i32>(be & EXP_MASK), am, bm, cw);
}

function divSpecial(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (isUnordered(ae, am, be, bm)) return propagateNaN(cpu, ae, am, be, bm);
  const sign = (ae ^ be) & SIGN;
  const aInfinite = isInfinity(ae, am);
  const bInfinite = isInfinity(be, bm);
  if ((aInfinite && bInfinite) || (am == 0 && bm == 0)) return invalid(cpu);
  if (bm == 0 && !aInfinite) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
    return EXC_ZE;
  }
  const flags = denormalFlag(ae, am, be, bm);
  if (flags & ~cw) return flags;
  if (aInfinite) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
    return flags;
  }
  if (bInfinite || am == 0) {
    setResult(cpu, sign, 0);
    return flags;
  }
  const ea = exponentOf(ae) - <i32>clz(am);
  const eb = exponentOf(be) - <i32>clz(bm);
  return flags | Normalised.divide(cpu, sign, ea - eb, am << clz(am), bm << clz(bm), cw);
}

export function f80Sqrt(cpu: usize, ae: u32, am: u64, cw: u32): u32 {
  if (isUnsupported(ae, am) || isNaN80(ae, am)) return propagateNaN1(cpu, ae, am);
  if (am == 0) {
    setResult(cpu, ae, 0);
    return 0;
  }
  if (ae & SIGN) return invalid(cpu);
  const flags = isDenormal(ae, am) ? denormalFlag(ae, am, 0, 0) : 0;
  if (flags & ~cw) return flags;
  if (isInfinity(ae, am)) {
    setResult(cpu, ae, am);
    return flags;
  }
  const shift = <i32>clz(am);
  const e = exponentOf(ae) - shift - EXP_BIAS;
  am <<= shift;
  // Radicand in [1, 4) as a 128-bit integer with 126 fraction bits, so that the root has its integer bit at bit 63.
  let high = am >> 1;
  let low = am << 63;
  if (e & 1) {
    high = am;
    low = 0;
  }
  const root = squareRoot(high, low);
  return flags | roundPack(cpu, 0, (e >> 1) + EXP_BIAS, root, Wide.low, cw);
}

/** Floor of the root of high:low >= 2^126; Wide.low gets the bits below it (guard bit, sticky bit 0). */
function squareRoot(high: u64, low: u64): u64 {
  // f64.sqrt gives the top 52 bits; one Newton step on integers makes it good to a few units, then it is corrected.
  let root = estimateRoot(high);
  let restHigh = high - Wide.mulHigh(root, root) - u64(low < root * root);
  let restLow = low - root * root;
  // |rest| < 2^77, so that both it and twice the root fit into 64 bits without their low 16 bits.
  const step = (((<i64>restHigh) << 48) | <i64>(restLow >> 16)) / <i64>(root >> 15);
  if (step > 0 && root + <u64>step < root) root = ~(<u64>0);
  else root += <u64>step;
  restHigh = high - Wide.mulHigh(root, root) - u64(low < root * root);
  restLow = low - root * root;
  while (<i64>restHigh < 0) {
    root--;
    // rest += 2 * root + 1
    const add = (root << 1) | 1;
    restLow += add;
    restHigh += (root >> 63) + u64(restLow < add);
  }
  while (restHigh > root >> 63 || (restHigh == root >> 63 && restLow > root << 1)) {
    const take = (root << 1) | 1;
    restHigh -= (root >> 63) + u64(restLow < take);
    restLow -= take;
    root++;
  }
  // The root plus one half squares to root^2 + root + 1/4: never equal to an integer.
  if (restHigh || restLow > root) Wide.low = INTEGER_BIT | 1;
  else Wide.low = u64(restLow != 0);
  return root;
}

/** Within 2^12 units of the root of high * 2^64. */
function estimateRoot(high: u64): u64 {
  const x = sqrt<f64>(<f64>high) * 4294967296.0;
  return x >= 18446744073709551615.0 ? ~(<u64>0) : <u64>x;
}
