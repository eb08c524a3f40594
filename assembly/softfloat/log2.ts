/**
 * FYL2X: y log2(x), FYL2XP1: y log2(x + 1) - SDM vol. 2. Where the SDM leaves FYL2XP1 undefined (x <= -1) silicon
 * returns x and reports it inexact.
 *
 * The argument is 2^k m with m in [0.703, 1.414]; a 9-bit reciprocal c of m makes z = m c - 1 small and exact, then
 * log2(x) = k - log2(c) + log2(1 + z). Near 1 (c = 1, k = 0) nothing is added, so relative precision stays full.
 */
import { CW_PC, EXC_PE, EXC_ZE, EXP_BIAS, EXP_SPECIAL, INTEGER_BIT, SIGN } from './constants';
import { packFraction } from './exponential';
import { Fixed } from './fixed';
import { exponentOf } from './multiply';
import { denormalFlag, invalid, isInfinity, isUnordered, propagateNaN } from './nan';
import { roundPack, setResult } from './round';
import { HALF_LOG2E_HIGH, HALF_LOG2E_LOW, LOG2_OF_RECIPROCALS, ODD_RECIPROCALS } from './tables';
import { Wide } from './wide';

const ATANH_TERMS = 10;
/** Nearest reciprocals: rows of LOG2_OF_RECIPROCALS start at j = 45. */
const FIRST_ROW = 45;

/** A logarithm: sign, exponent (of the fraction's unit) and whether it is exact; its fraction is in high and low. */
@final
class Log {
  static negative: bool = false;
  static exp: i32 = 0;
  static high: u64 = 0;
  static low: u64 = 0;
  static exact: bool = false;
}

function setLog(negative: bool, exp: i32, high: u64, low: u64): void {
  Log.negative = negative;
  Log.exp = exp;
  Log.high = high;
  Log.low = low;
}

/**
 * log2(1 + z) for 0 < |z| < 2^-5, z = high:low * 2^exp with bit 63 of `high` set: (2 / ln 2) atanh(z / (2 + z)).
 */
function logNearOne(negative: bool, exp: i32, high: u64, low: u64): void {
  // The divisor as a fraction with its top bit set: (2 + z) / 4, or (2 + z) / 2 if that is below 1.
  let dh: u64 = Wide.shiftRightJam(high, low, negative ? 1 - exp : 2 - exp);
  let dl = Wide.low;
  if (negative) {
    dl = 0 - dl;
    dh = ~dh + u64(dl == 0);
  } else {
    dh |= INTEGER_BIT;
    exp--;
  }
  const qh = Fixed.div(high >> 1, (high << 63) | (low >> 1), dh, dl);
  const ql = Wide.low;
  const sh = exp == 0 ? qh : Wide.shiftRightJam(qh, ql, -exp);
  const sl = exp == 0 ? ql : Wide.low;
  const squareHigh = Fixed.mul(sh, sl, sh, sl);
  let h = Fixed.series(ODD_RECIPROCALS, ATANH_TERMS, squareHigh, Wide.low, false);
  h = Fixed.mul(h, Wide.low, qh, ql);
  const l = Wide.low + ql;
  h += qh + u64(l < ql);
  h = Fixed.mul(h, l, HALF_LOG2E_HIGH, HALF_LOG2E_LOW);
  setLog(negative, exp + 2, h, Wide.low);
}

/** log2 of 2^k * v for v in [1, 2), given as the fraction v / 2. */
function logOf(k: i32, high: u64, low: u64): void {
  // m / 2, and 64 m rounded.
  let j = <i32>((high + ((<u64>1) << 56)) >> 57);
  if (high >= 0xb500000000000000) {
    k++;
    j = <i32>(((high >> 1) + ((<u64>1) << 56)) >> 57);
    low = (low >> 1) | (high << 63);
    high >>= 1;
  }
  const c = <u64>((16384 + (j >> 1)) / j);
  // m c / 2 = 1/2 + z / 2.
  low = (low >> 8) | (high << 56);
  high = (high >> 8) * c + Wide.mulHigh(low, c);
  low *= c;
  let zh = high - INTEGER_BIT;
  let zl = low;
  const negative = <i64>zh < 0;
  if (negative) {
    zl = 0 - zl;
    zh = ~zh + u64(zl == 0);
  }
  Log.exact = false;
  if ((zh | zl) == 0) {
    setLog(false, 0, 0, 0);
    Log.exact = j == 64;
  } else {
    let exp = 1;
    if (zh == 0) {
      zh = zl;
      zl = 0;
      exp -= 64;
    }
    const shift = <i32>clz(zh);
    if (shift) {
      zh = (zh << shift) | (zl >> (64 - shift));
      zl <<= shift;
      exp -= shift;
    }
    logNearOne(negative, exp, zh, zl);
  }
  if (k == 0 && j == 64) return;
  addTable(k, j);
}

/** Log = k - log2(c) + Log. */
function addTable(k: i32, j: i32): void {
  let h: u64 = Log.high;
  let l: u64 = Log.low;
  if (Log.exp != 0) {
    h = Wide.shiftRightJam(h, l, -Log.exp);
    l = Wide.low;
  }
  let negative = Log.negative;
  if (j != 64) {
    const row = LOG2_OF_RECIPROCALS + ((<usize>(j - FIRST_ROW)) << 4);
    const th = load<u64>(row);
    const tl = load<u64>(row, 8);
    if (negative == j < 64) {
      l += tl;
      h += th + u64(l < tl);
    } else {
      // The table value is the larger: it is at least as far from 0 as half a step of j.
      h = th - h - u64(tl < l);
      l = tl - l;
      negative = j < 64;
    }
  }
  if (k == 0) {
    setLog(negative, 0, h, l);
    return;
  }
  let whole = <u64>abs(k);
  if (negative != k < 0 && (h | l) != 0) {
    whole--;
    l = 0 - l;
    h = ~h + u64(l == 0);
  }
  if (whole == 0) {
    setLog(k < 0, 0, h, l);
    return;
  }
  const bits = 64 - <i32>clz(whole);
  l = (l >> bits) | (h << (64 - bits));
  h = (h >> bits) | (whole << (64 - bits));
  setLog(k < 0, bits, h, l);
}

/** y * Log. */
function timesLog(cpu: usize, ye: u32, ym: u64, cw: u32): u32 {
  if (Log.high == 0) {
    Log.high = Log.low;
    Log.low = 0;
    Log.exp -= 64;
  }
  const shiftL = <i32>clz(Log.high);
  const lh = shiftL ? (Log.high << shiftL) | (Log.low >> (64 - shiftL)) : Log.high;
  const ll = Log.low << shiftL;
  const shiftY = <i32>clz(ym);
  const high = Fixed.mul(lh, ll, ym << shiftY, 0);
  const sign = (ye & SIGN) ^ (Log.negative ? SIGN : 0);
  // Both are fractions of 2^exp: y of 2^(its exponent + 1).
  const exp = exponentOf(ye) - shiftY + Log.exp - shiftL;
  if (!Log.exact) return packFraction(cpu, sign, exp, high, Wide.low, cw);
  // Silicon reports every logarithm as inexact, that of a power of two too; C1 tells the truth.
  const low = Wide.low;
  if (<i64>high < 0) return EXC_PE | roundPack(cpu, sign, exp, high, low, cw | CW_PC);
  return EXC_PE | roundPack(cpu, sign, exp - 1, (high << 1) | (low >> 63), low << 1, cw | CW_PC);
}

/** y log2(x): x is ST(0), y is ST(1). */
export function f80Yl2x(cpu: usize, xe: u32, xm: u64, ye: u32, ym: u64, cw: u32): u32 {
  if (isUnordered(xe, xm, ye, ym)) return propagateNaN(cpu, xe, xm, ye, ym);
  if ((xe & SIGN) != 0 && xm != 0) return invalid(cpu);
  const one = xe == EXP_BIAS && xm == INTEGER_BIT;
  const xInfinite = isInfinity(xe, xm);
  const below = <i32>xe < EXP_BIAS || xm == 0;
  const sign = (ye & SIGN) ^ (below ? SIGN : 0);
  const yInfinite = isInfinity(ye, ym);
  if (yInfinite ? one : ym == 0 && (xInfinite || xm == 0)) return invalid(cpu);
  if (xm == 0 && !yInfinite) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
    return EXC_ZE;
  }
  const flags = denormalFlag(xe, xm, ye, ym);
  if (flags & ~cw) return flags;
  if (xInfinite || yInfinite) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
    return flags;
  }
  if (ym == 0 || one) {
    setResult(cpu, sign, 0);
    return flags;
  }
  const shift = <i32>clz(xm);
  logOf(exponentOf(xe) - shift - EXP_BIAS, xm << shift, 0);
  return flags | timesLog(cpu, ye, ym, cw);
}

/** y log2(x + 1). */
export function f80Yl2xp1(cpu: usize, xe: u32, xm: u64, ye: u32, ym: u64, cw: u32): u32 {
  if (isUnordered(xe, xm, ye, ym)) return propagateNaN(cpu, xe, xm, ye, ym);
  const xInfinite = isInfinity(xe, xm);
  const yInfinite = isInfinity(ye, ym);
  const negative = (xe & SIGN) != 0;
  if (xInfinite ? negative || ym == 0 : yInfinite && xm == 0) return invalid(cpu);
  const flags = denormalFlag(xe, xm, ye, ym);
  if (flags & ~cw) return flags;
  const sign = (xe ^ ye) & SIGN;
  if (xInfinite || yInfinite) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
    return flags;
  }
  if (xm == 0 || ym == 0) {
    setResult(cpu, sign, 0);
    return flags;
  }
  const shift = <i32>clz(xm);
  const e = exponentOf(xe) - shift - EXP_BIAS;
  xm <<= shift;
  if (negative && e >= 0) {
    setResult(cpu, xe, xm);
    return flags | EXC_PE;
  }
  if (e < -7) {
    Log.exact = false;
    logNearOne(negative, e + 1, xm, 0);
  } else {
    logOnePlus(negative, e, xm);
  }
  return flags | timesLog(cpu, ye, ym, cw);
}

/** log2(1 +- xm * 2^(e - 63)), |x| >= 2^-7, and x > -1. */
function logOnePlus(negative: bool, e: i32, xm: u64): void {
  if (e < 0) {
    // A fraction: 1 + x = 1.f or 1 - x = 0.f.
    let h = e == -1 ? xm : Wide.shiftRightJam(xm, 0, -1 - e);
    let l = e == -1 ? 0 : Wide.low;
    if (!negative) {
      logOf(0, INTEGER_BIT | (h >> 1), (h << 63) | (l >> 1));
      return;
    }
    l = 0 - l;
    h = ~h + u64(l == 0);
    let k = -1;
    if (h == 0) {
      h = l;
      l = 0;
      k -= 64;
    }
    const shift = <i32>clz(h);
    if (shift) {
      h = (h << shift) | (l >> (64 - shift));
      l <<= shift;
      k -= shift;
    }
    logOf(k, h, l);
    return;
  }
  // x >= 1: the 1 goes to bit 63 - e of the significand or below it.
  let l: u64 = 0;
  if (e < 64) {
    const one = INTEGER_BIT >> e;
    xm += one;
    if (xm < one) {
      l = xm << 63;
      xm = (xm >> 1) | INTEGER_BIT;
      e++;
    }
  } else if (e < 128) {
    l = INTEGER_BIT >> (e - 64);
  } else {
    l = 1;
  }
  const beyond = e > 64;
  logOf(e, xm, l);
  // The 1 is too far to the right to keep 2^e from looking exact.
  if (beyond) Log.exact = false;
}
