/** Fused multiply-add of binary32 and binary64, one rounding - SDM vol. 1, 14.5.1 and the tables there; vol. 2, VFMADD. */
import {
  exponentBias,
  finiteExponent,
  finiteSignificand,
  flush,
  infinity,
  invalid,
  isDenormal,
  isInfinity,
  isNaN,
  isSignaling,
  isZero,
  propagateNaN,
  raise,
  raiseDenormal,
  shiftRightJam,
  signOf,
  zero,
} from './ieee-format';
import { EXC_DE, EXC_IE } from './constants';
import { exactZero, roundPack } from './ieee-round';
import { Wide } from './wide';

/** Bits of `variant`. */
export const FMA_NEGATE_ADDEND: u32 = 1;
export const FMA_NEGATE_PRODUCT: u32 = 2;

/** a * b + c, with the product or the addend negated; the signs of NaNs are kept. */
export function ieeeFma<T>(cpu: usize, a: T, b: T, c: T, variant: u32, mxcsr: u32): T {
  if (isNaN<T>(a) || isNaN<T>(b) || isNaN<T>(c)) return fmaNaN<T>(cpu, a, b, c);
  a = flush<T>(a, mxcsr);
  b = flush<T>(b, mxcsr);
  c = flush<T>(c, mxcsr);
  const sign = signOf<T>(a) ^ signOf<T>(b) ^ u32((variant & FMA_NEGATE_PRODUCT) != 0);
  const sc = signOf<T>(c) ^ (variant & FMA_NEGATE_ADDEND);
  const product = isInfinity<T>(a) || isInfinity<T>(b);
  if (product && (isZero<T>(a) || isZero<T>(b))) return invalid<T>(cpu);
  if (product && isInfinity<T>(c) && sign != sc) return invalid<T>(cpu);
  raiseDenormal<T>(cpu, a, b);
  if (isDenormal<T>(c)) raise(cpu, EXC_DE);
  if (product) return infinity<T>(sign);
  if (isInfinity<T>(c)) return infinity<T>(sc);
  if (isZero<T>(a) || isZero<T>(b)) {
    if (isZero<T>(c)) return sign == sc ? zero<T>(sign) : exactZero<T>(mxcsr);
    return roundPack<T>(cpu, sc, finiteExponent<T>(c), finiteSignificand<T>(c), mxcsr);
  }
  return fmaFinite<T>(cpu, sign, a, b, sc, c, mxcsr);
}

/** The first NaN in the order multiplicand, multiplier, addend; infinity times zero does not matter beside a NaN. */
function fmaNaN<T>(cpu: usize, a: T, b: T, c: T): T {
  if (isNaN<T>(a) || isNaN<T>(b)) {
    if (isSignaling<T>(c)) raise(cpu, EXC_IE);
    return propagateNaN<T>(cpu, a, b);
  }
  return propagateNaN<T>(cpu, c, c);
}

/** Factors that are not zero. Numbers are 128 bits, high:low, with the leading one at bit 62 of the high half. */
function fmaFinite<T>(cpu: usize, sp: u32, a: T, b: T, sc: u32, c: T, mxcsr: u32): T {
  const ma = finiteSignificand<T>(a) << 1;
  const mb = finiteSignificand<T>(b) << 1;
  let ep = finiteExponent<T>(a) + finiteExponent<T>(b) - exponentBias<T>();
  let high = Wide.mulHigh(ma, mb);
  let low = ma * mb;
  if (<i64>high < 0) {
    low = (low >> 1) | (high << 63);
    high >>= 1;
    ep++;
  }
  if (isZero<T>(c)) return roundPack<T>(cpu, sp, ep, high | u64(low != 0), mxcsr);
  let mc = finiteSignificand<T>(c);
  let lowC: u64 = 0;
  const distance = ep - finiteExponent<T>(c);
  if (distance > 0) {
    lowC = shiftedOut(mc, 0, distance);
    mc = distance < 64 ? mc >> distance : 0;
  } else if (distance < 0) {
    low = shiftedOut(high, low, -distance);
    high = distance > -64 ? high >> -distance : 0;
    ep -= distance;
  }
  if (sp == sc) {
    low += lowC;
    high += mc + u64(low < lowC);
    if (<i64>high >= 0) return roundPack<T>(cpu, sp, ep, high | u64(low != 0), mxcsr);
    return roundPack<T>(cpu, sp, ep + 1, (high >> 1) | u64(low != 0 || high & 1), mxcsr);
  }
  if (high < mc || (high == mc && low < lowC)) {
    high = mc - high - u64(lowC < low);
    low = lowC - low;
    sp = sc;
  } else {
    high = high - mc - u64(low < lowC);
    low -= lowC;
  }
  return packDifference<T>(cpu, sp, ep, high, low, mxcsr);
}

/** Low half of high:low >> n, with the sticky bit. */
function shiftedOut(high: u64, low: u64, n: i32): u64 {
  if (n < 64) return (high << (64 - n)) | shiftRightJam(low, n);
  return shiftRightJam(high, n - 64) | u64(low != 0);
}

function packDifference<T>(cpu: usize, sign: u32, exp: i32, high: u64, low: u64, mxcsr: u32): T {
  if ((high | low) == 0) return exactZero<T>(mxcsr);
  if (high == 0) {
    high = low;
    low = 0;
    exp -= 64;
  }
  const shift = <i32>clz(high) - 1;
  if (shift < 0) return roundPack<T>(cpu, sign, exp + 1, (high >> 1) | (high & 1), mxcsr);
  if (shift) {
    high = (high << shift) | (low >> (64 - shift));
    low <<= shift;
  }
  return roundPack<T>(cpu, sign, exp - shift, high | u64(low != 0), mxcsr);
}
