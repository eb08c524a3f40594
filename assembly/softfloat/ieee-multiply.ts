/** Multiplication, division and square root of binary32 and binary64 - SDM vol. 2, MULSD, DIVSD, SQRTSD and family. */
import { EXC_DE, EXC_ZE } from './constants';
import {
  exponentBias,
  exponentOf,
  finiteExponent,
  finiteSignificand,
  flush,
  infinity,
  invalid,
  isDenormal,
  isInfinity,
  isNaN,
  isZero,
  propagateNaN,
  raise,
  raiseDenormal,
  signOf,
  specialExponent,
  zero,
} from './ieee-format';
import { roundPack } from './ieee-round';
import { Wide } from './wide';

export function ieeeMul<T>(cpu: usize, a: T, b: T, mxcsr: u32): T {
  const sign = signOf<T>(a) ^ signOf<T>(b);
  const limit = <u32>(specialExponent<T>() - 1);
  if (<u32>(exponentOf<T>(a) - 1) >= limit || <u32>(exponentOf<T>(b) - 1) >= limit) {
    if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(cpu, a, b);
    a = flush<T>(a, mxcsr);
    b = flush<T>(b, mxcsr);
    if ((isInfinity<T>(a) && isZero<T>(b)) || (isZero<T>(a) && isInfinity<T>(b))) return invalid<T>(cpu);
    raiseDenormal<T>(cpu, a, b);
    if (isInfinity<T>(a) || isInfinity<T>(b)) return infinity<T>(sign);
    if (isZero<T>(a) || isZero<T>(b)) return zero<T>(sign);
  }
  const ma = finiteSignificand<T>(a);
  const mb = finiteSignificand<T>(b);
  const exp = finiteExponent<T>(a) + finiteExponent<T>(b) - exponentBias<T>();
  let sig: u64;
  // binary32: 24 by 24 bits; binary64: the high half of the product, with what is below as a sticky bit.
  if (sizeof<T>() == 4) sig = ((ma >> 39) * (mb >> 39)) << 16;
  else sig = Wide.mulHigh(ma << 1, mb << 1) | u64((ma << 1) * (mb << 1) != 0);
  if (<i64>sig < 0) return roundPack<T>(cpu, sign, exp + 1, (sig >> 1) | (sig & 1), mxcsr);
  return roundPack<T>(cpu, sign, exp, sig, mxcsr);
}

export function ieeeDiv<T>(cpu: usize, a: T, b: T, mxcsr: u32): T {
  const sign = signOf<T>(a) ^ signOf<T>(b);
  const limit = <u32>(specialExponent<T>() - 1);
  if (<u32>(exponentOf<T>(a) - 1) >= limit || <u32>(exponentOf<T>(b) - 1) >= limit) {
    if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(cpu, a, b);
    a = flush<T>(a, mxcsr);
    b = flush<T>(b, mxcsr);
    if ((isInfinity<T>(a) && isInfinity<T>(b)) || (isZero<T>(a) && isZero<T>(b))) return invalid<T>(cpu);
    if (isZero<T>(b) && !isInfinity<T>(a)) {
      raise(cpu, EXC_ZE);
      return infinity<T>(sign);
    }
    raiseDenormal<T>(cpu, a, b);
    if (isInfinity<T>(a)) return infinity<T>(sign);
    if (isZero<T>(a) || isInfinity<T>(b)) return zero<T>(sign);
  }
  // 53-bit integers whose quotient is in [1, 2).
  let ma = finiteSignificand<T>(a) >> 10;
  const mb = finiteSignificand<T>(b) >> 10;
  let exp = finiteExponent<T>(a) - finiteExponent<T>(b) + exponentBias<T>();
  if (ma < mb) {
    ma <<= 1;
    exp--;
  }
  // The host's quotient is the nearest one; the remainder, exact modulo 2^64, tells on which side the true one lies.
  const quotient = hostSignificand(<f64>ma / <f64>mb);
  const rest = <i64>((ma << 52) - quotient * mb);
  return roundPack<T>(cpu, sign, exp, besides(quotient, rest), mxcsr);
}

export function ieeeSqrt<T>(cpu: usize, a: T, mxcsr: u32): T {
  if (isNaN<T>(a)) return propagateNaN<T>(cpu, a, a);
  a = flush<T>(a, mxcsr);
  if (isZero<T>(a)) return a;
  if (signOf<T>(a)) return invalid<T>(cpu);
  if (isInfinity<T>(a)) return a;
  if (isDenormal<T>(a)) raise(cpu, EXC_DE);
  const e = finiteExponent<T>(a) - exponentBias<T>();
  // The radicand in [1, 4) with 52 fraction bits.
  const radicand = (finiteSignificand<T>(a) >> 10) << (e & 1);
  const root = hostSignificand(sqrt<f64>(<f64>radicand * (1.0 / 4503599627370496.0)));
  const rest = <i64>((radicand << 52) - root * root);
  return roundPack<T>(cpu, 0, (e >> 1) + exponentBias<T>(), besides(root, rest), mxcsr);
}

/** Significand of a number in [1, 2) as a 53-bit integer. */
function hostSignificand(v: f64): u64 {
  return (reinterpret<u64>(v) & 0xfffffffffffff) | 0x10000000000000;
}

/** The 53-bit integer as significand, with a sticky bit that says whether the true value lies above or below it. */
function besides(nearest: u64, rest: i64): u64 {
  return (nearest << 10) + <u64>(i64(rest > 0) - i64(rest < 0));
}
