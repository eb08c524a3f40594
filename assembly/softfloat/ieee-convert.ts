/**
 * Conversions of binary16, binary32 and binary64 to each other and from and to integers, rounding to an integral value -
 * SDM vol. 2, CVTSS2SD and family, ROUNDSD, VCVTPS2PH, VCVTPH2PS.
 */
import { EXC_DE, EXC_IE, EXC_PE, MXCSR_FTZ, MXCSR_RC, MXCSR_RC_ZERO } from './constants';
import {
  exponentBias,
  exponentOf,
  finiteExponent,
  finiteSignificand,
  flush,
  fractionBits,
  fractionOf,
  guardBits,
  infinity,
  isDenormal,
  isInfinity,
  isNaN,
  isSignaling,
  isZero,
  pack,
  quietBit,
  raise,
  signOf,
  significandOf,
  specialExponent,
  zero,
} from './ieee-format';
import { roundingIncrement, roundPack } from './ieee-round';

/** From one format to another. Denormal binary16 operands are neither flushed nor signalled (VCVTPH2PS). */
export function ieeeConvert<F, T>(cpu: usize, a: F, mxcsr: u32): T {
  const sign = signOf<F>(a);
  if (isNaN<F>(a)) {
    if (isSignaling<F>(a)) raise(cpu, EXC_IE);
    const payload = (fractionOf<F>(a) << guardBits<F>()) >> guardBits<T>();
    return <T>(<u64>pack<T>(sign, specialExponent<T>(), payload) | <u64>quietBit<T>());
  }
  if (sizeof<F>() != 2) a = flush<F>(a, mxcsr);
  if (isInfinity<F>(a)) return infinity<T>(sign);
  if (isZero<F>(a)) return zero<T>(sign);
  if (sizeof<F>() != 2 && isDenormal<F>(a)) raise(cpu, EXC_DE);
  const exp = finiteExponent<F>(a) - exponentBias<F>() + exponentBias<T>();
  // VCVTPS2PH ignores FTZ.
  if (sizeof<T>() == 2) mxcsr &= ~MXCSR_FTZ;
  return roundPack<T>(cpu, sign, exp, finiteSignificand<F>(a), mxcsr);
}

/** MXCSR with its rounding mode replaced as the immediate byte of ROUNDPS or VCVTPS2PH asks for. */
export function immediateRounding(mxcsr: u32, imm: u32): u32 {
  return imm & 4 ? mxcsr : (mxcsr & ~MXCSR_RC) | ((imm & 3) << 13);
}

export function ieeeFromInteger<T>(cpu: usize, value: i64, mxcsr: u32): T {
  if (value == 0) return zero<T>(0);
  const sign = u32(value < 0);
  const magnitude = value < 0 ? 0 - <u64>value : <u64>value;
  // Only the magnitude of the smallest integer has its leading one at bit 63.
  if (<i64>magnitude < 0) return pack<T>(1, exponentBias<T>() + 63, 0);
  const shift = <i32>clz(magnitude) - 1;
  return roundPack<T>(cpu, sign, exponentBias<T>() + 62 - shift, magnitude << shift, mxcsr);
}

/**
 * To a signed integer of 32 or 64 bits, zero-extended. NaNs and what does not fit yield the integer indefinite. There is
 * no denormal exception: a denormal is a number that rounds to 0 or 1, or a zero with DAZ.
 */
export function ieeeToInteger<T>(cpu: usize, a: T, mxcsr: u32, bits: i32): u64 {
  a = flush<T>(a, mxcsr);
  const indefinite = (<u64>1) << (bits - 1);
  const exp = exponentOf<T>(a) - exponentBias<T>();
  const sign = signOf<T>(a);
  if (exp > 62) {
    // The smallest 64-bit integer is the only one of this size.
    if (bits != 64 || a != pack<T>(1, exponentBias<T>() + 63, 0)) raise(cpu, EXC_IE);
    return indefinite;
  }
  let magnitude = roundedMagnitude<T>(a, exp, mxcsr);
  if (magnitude >= indefinite + sign) {
    raise(cpu, EXC_IE);
    return indefinite;
  }
  if (exp < 0 ? !isZero<T>(a) : exp < fractionBits<T>() && significandOf<T>(a) << (exp + 2)) raise(cpu, EXC_PE);
  if (sign) magnitude = 0 - magnitude;
  return bits == 64 ? magnitude : <u64>(<u32>magnitude);
}

/** |a| as an integer, for exponents up to 62. */
function roundedMagnitude<T>(a: T, exp: i32, mxcsr: u32): u64 {
  const sign = signOf<T>(a);
  if (exp < 0) {
    if (isZero<T>(a)) return 0;
    // Between 0 and 1: in units of 2^-62, everything below 1/2 is alike.
    const below = exp == -1 ? significandOf<T>(a) >> 1 : 1;
    const increment = roundingIncrement(sign, ((<u64>1) << 62) - 1, mxcsr);
    const half = (<u64>1) << 61;
    if ((mxcsr & MXCSR_RC) == 0) return u64(below > half);
    return (below + increment) >> 62;
  }
  const sig = significandOf<T>(a);
  const drop = 62 - exp;
  if (drop == 0) return sig;
  const mask = ((<u64>1) << drop) - 1;
  const increment = roundingIncrement(sign, mask, mxcsr);
  let kept = (sig + increment) >> drop;
  if ((mxcsr & MXCSR_RC) == 0 && (sig & mask) == increment) kept &= ~1;
  return kept;
}

/** Truncation: CVTTSD2SI and family. */
export function ieeeTruncate<T>(cpu: usize, a: T, mxcsr: u32, bits: i32): u64 {
  return ieeeToInteger<T>(cpu, a, mxcsr | MXCSR_RC_ZERO, bits);
}

/** To an integral value in the same format; bit 3 of `imm` suppresses the precision exception (ROUNDSD). */
export function ieeeRound<T>(cpu: usize, a: T, imm: u32, mxcsr: u32): T {
  if (isNaN<T>(a)) {
    if (isSignaling<T>(a)) raise(cpu, EXC_IE);
    return a | quietBit<T>();
  }
  a = flush<T>(a, mxcsr);
  const exp = exponentOf<T>(a) - exponentBias<T>();
  if (exp >= fractionBits<T>() || isZero<T>(a)) return a;
  const sign = signOf<T>(a);
  const magnitude = roundedMagnitude<T>(a, exp, immediateRounding(mxcsr, imm));
  if (!(imm & 8) && (exp < 0 || significandOf<T>(a) << (exp + 2))) raise(cpu, EXC_PE);
  if (magnitude == 0) return zero<T>(sign);
  const shift = <i32>clz(magnitude) - 1;
  // Exact: the magnitude has at most as many bits as the significand.
  return roundPack<T>(cpu, sign, exponentBias<T>() + 62 - shift, magnitude << shift, 0);
}
