/**
 * The approximations of RCPSS and RSQRTSS - SDM vol. 2. They raise nothing and ignore MXCSR.
 *
 * The manual promises a relative error of at most 1.5 * 2^-12 and processors differ below that. Here the operand's
 * interval (11 bits after the leading one; for the root 10 and the exponent's parity) is replaced by its middle, whose
 * reciprocal is rounded to 12 bits: what Intel's processors do wherever recordings of them show it; AMD's differ.
 */
import { infinity, isNaN, zero } from './ieee-format';

/** Denormals count as zeros, results that would be denormal become zeros. */
export function reciprocal(a: u32): u32 {
  const sign = a >> 31;
  const exp = <i32>(a >> 23) & 0xff;
  if (exp == 0xff) return isNaN<u32>(a) ? a | 0x400000 : zero<u32>(sign);
  if (exp == 0) return infinity<u32>(sign);
  if (exp > 252) return zero<u32>(sign);
  const middle = <f64>(((a & 0x7fffff) >> 11) | 0x1001) / 4096.0;
  return (sign << 31) | ((<u32>(253 - exp)) << 23) | twelveBits(1.0 / middle);
}

export function reciprocalRoot(a: u32): u32 {
  const sign = a >> 31;
  const exp = <i32>(a >> 23) & 0xff;
  if (isNaN<u32>(a)) return a | 0x400000;
  if (exp == 0) return infinity<u32>(sign);
  if (sign) return 0xffc00000;
  if (exp == 0xff) return 0;
  // The biased exponent is odd where the exponent is even.
  const middle = <f64>(((a & 0x7fffff) >> 12) | 0x801) / (exp & 1 ? 2048.0 : 1024.0);
  return ((<u32>((380 - exp) >> 1)) << 23) | twelveBits(1.0 / sqrt<f64>(middle));
}

/** Fraction field of v in [1/2, 1). */
function twelveBits(v: f64): u32 {
  return (<u32>(v * 8192.0 + 0.5) & 0xfff) << 11;
}
