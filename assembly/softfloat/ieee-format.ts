/**
 * binary16, binary32 and binary64 as bit patterns of type u16, u32, u64 - SDM vol. 1, 4.2.2, 4.8.3 and table 4-7.
 *
 * The routines of ieee-*.ts are what SSE, FMA and F16C compute. They return the result's bits, take the rounding mode,
 * DAZ, FTZ and UM from an MXCSR value and OR the exceptions into RESULT_FLAGS of the state block `cpu`. An unmasked
 * exception delivers no result, so that what they return then has no meaning; `reportedFlags` says which flags remain.
 *
 * A significand in a u64 has its leading one at bit 62 and a sticky bit 0.
 */
import { EXC_DE, EXC_IE, EXC_PRE, MXCSR_DAZ, MXCSR_MASK_SHIFT, RESULT_FLAGS } from './constants';

export const LEADING_BIT: u64 = 1 << 62;

/** Bits of the fraction field. */
export function fractionBits<T>(): i32 {
  if (sizeof<T>() == 2) return 10;
  return sizeof<T>() == 4 ? 23 : 52;
}

/** Exponent field of infinities and NaNs. */
export function specialExponent<T>(): i32 {
  if (sizeof<T>() == 2) return 0x1f;
  return sizeof<T>() == 4 ? 0xff : 0x7ff;
}

export function exponentBias<T>(): i32 {
  return specialExponent<T>() >> 1;
}

/** Bits below the significand's last place in a u64. */
export function guardBits<T>(): i32 {
  return 62 - fractionBits<T>();
}

export function signOf<T>(v: T): u32 {
  return <u32>(<u64>v >> (sizeof<T>() * 8 - 1));
}

export function exponentOf<T>(v: T): i32 {
  return <i32>(<u64>v >> fractionBits<T>()) & specialExponent<T>();
}

export function fractionOf<T>(v: T): u64 {
  return <u64>v & (((<u64>1) << fractionBits<T>()) - 1);
}

/** Significand of a normal number. */
export function significandOf<T>(v: T): u64 {
  return LEADING_BIT | (fractionOf<T>(v) << guardBits<T>());
}

export function pack<T>(sign: u32, exponent: i32, fraction: u64): T {
  return <T>(((<u64>sign) << (sizeof<T>() * 8 - 1)) | ((<u64>exponent) << fractionBits<T>()) | fraction);
}

export function zero<T>(sign: u32): T {
  return pack<T>(sign, 0, 0);
}

export function infinity<T>(sign: u32): T {
  return pack<T>(sign, specialExponent<T>(), 0);
}

export function quietBit<T>(): T {
  return <T>((<u64>1) << (fractionBits<T>() - 1));
}

export function isNaN<T>(v: T): bool {
  return exponentOf<T>(v) == specialExponent<T>() && fractionOf<T>(v) != 0;
}

export function isSignaling<T>(v: T): bool {
  return isNaN<T>(v) && (v & quietBit<T>()) == 0;
}

export function isInfinity<T>(v: T): bool {
  return exponentOf<T>(v) == specialExponent<T>() && fractionOf<T>(v) == 0;
}

export function isZero<T>(v: T): bool {
  return (<u64>v) << (65 - sizeof<T>() * 8) == 0;
}

export function isDenormal<T>(v: T): bool {
  return exponentOf<T>(v) == 0 && fractionOf<T>(v) != 0;
}

export function raise(cpu: usize, flags: u32): void {
  store<u32>(cpu, load<u32>(cpu, RESULT_FLAGS) | flags, RESULT_FLAGS);
}

/**
 * Of the flags of all lanes those that MXCSR gets: an unmasked invalid, denormal or divide-by-zero exception keeps the
 * instruction from computing anything, so that none of the exceptions of results are found (SDM vol. 1, 11.5.2, 11.5.3).
 */
export function reportedFlags(flags: u32, mxcsr: u32): u32 {
  return flags & EXC_PRE & ~(mxcsr >> MXCSR_MASK_SHIFT) ? flags & EXC_PRE : flags;
}

/** The default NaN, "QNaN floating-point indefinite". */
export function invalid<T>(cpu: usize): T {
  raise(cpu, EXC_IE);
  return pack<T>(1, specialExponent<T>(), <u64>quietBit<T>());
}

/** DAZ makes a zero of the same sign of a denormal operand, without an exception (SDM vol. 1, 10.2.3.4). */
export function flush<T>(v: T, mxcsr: u32): T {
  return mxcsr & MXCSR_DAZ && exponentOf<T>(v) == 0 ? zero<T>(signOf<T>(v)) : v;
}

/** Result if an operand is a NaN: the first operand that is one, quiet (SDM vol. 1, table 4-7). */
export function propagateNaN<T>(cpu: usize, a: T, b: T): T {
  if (isSignaling<T>(a) || isSignaling<T>(b)) raise(cpu, EXC_IE);
  return isNaN<T>(a) ? a | quietBit<T>() : b | quietBit<T>();
}

export function raiseDenormal<T>(cpu: usize, a: T, b: T): void {
  if (isDenormal<T>(a) || isDenormal<T>(b)) raise(cpu, EXC_DE);
}

/** A finite number that is not zero, taken apart; denormals are normalised. */
export function finiteExponent<T>(v: T): i32 {
  const e = exponentOf<T>(v);
  return e ? e : guardBits<T>() + 2 - <i32>clz(fractionOf<T>(v));
}

export function finiteSignificand<T>(v: T): u64 {
  if (exponentOf<T>(v)) return significandOf<T>(v);
  const fraction = fractionOf<T>(v);
  return fraction << (clz(fraction) - 1);
}

/** v >> n; bit 0 of the result is set if a one was shifted out. */
export function shiftRightJam(v: u64, n: i32): u64 {
  if (n == 0) return v;
  if (n > 63) return u64(v != 0);
  return (v >> n) | u64(v << (64 - n) != 0);
}
