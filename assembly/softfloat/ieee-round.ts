/**
 * Rounding and packing of binary16, binary32 and binary64 results - SDM vol. 1, 4.8.4, 4.9.1.4-4.9.1.6, 10.2.3.3
 * (flush-to-zero), 11.5.2.4-11.5.2.6.
 */
import {
  EXC_OE,
  EXC_PE,
  EXC_UE,
  MXCSR_FTZ,
  MXCSR_RC,
  MXCSR_RC_DOWN,
  MXCSR_RC_UP,
  MXCSR_RC_ZERO,
  MXCSR_UM,
} from './constants';
import { fractionBits, guardBits, infinity, pack, raise, shiftRightJam, specialExponent, zero } from './ieee-format';

/** What is added to a magnitude before it is cut to a multiple of `mask` + 1, a power of two. */
export function roundingIncrement(sign: u32, mask: u64, mxcsr: u32): u64 {
  const rc = mxcsr & MXCSR_RC;
  if (rc == 0) return (mask >> 1) + 1;
  if (rc == MXCSR_RC_ZERO) return 0;
  return (rc == MXCSR_RC_UP) == (sign == 0) ? mask : 0;
}

/** Zero as the difference of equal numbers: positive except when rounding down (SDM vol. 1, 4.8.3.1). */
export function exactZero<T>(mxcsr: u32): T {
  return zero<T>(u32((mxcsr & MXCSR_RC) == MXCSR_RC_DOWN));
}

/** Rounds (-1)^sign * sig * 2^(exp - bias - 62), sig with its leading one at bit 62. */
export function roundPack<T>(cpu: usize, sign: u32, exp: i32, sig: u64, mxcsr: u32): T {
  const mask = ((<u64>1) << guardBits<T>()) - 1;
  const increment = roundingIncrement(sign, mask, mxcsr);
  if (<u32>(exp - 1) >= <u32>(specialExponent<T>() - 2)) {
    if (exp <= 0) return packTiny<T>(cpu, sign, exp, sig, mxcsr);
    if (exp >= specialExponent<T>() || sig + increment >= (<u64>1) << 63) {
      return packOverflow<T>(cpu, sign, sig & mask, mxcsr);
    }
  }
  return finish<T>(cpu, sign, exp - 1, sig, mask, increment, mxcsr);
}

/** The leading one of `sig` carries into the exponent field, and so does rounding up to the next power of two. */
function finish<T>(cpu: usize, sign: u32, exp: i32, sig: u64, mask: u64, increment: u64, mxcsr: u32): T {
  const rest = sig & mask;
  let kept = (sig + increment) >> guardBits<T>();
  if (rest) {
    raise(cpu, EXC_PE);
    // Halfway to even.
    if ((mxcsr & MXCSR_RC) == 0 && rest == increment) kept &= ~1;
  }
  return <T>(((<u64>sign) << (sizeof<T>() * 8 - 1)) + ((<u64>exp) << fractionBits<T>()) + kept);
}

/**
 * A result below the smallest normal number. It is tiny if it is so after rounding with an unbounded exponent. Unmasked,
 * underflow is signalled for exact results as well; masked, only for inexact ones, except that FTZ makes them inexact.
 */
function packTiny<T>(cpu: usize, sign: u32, exp: i32, sig: u64, mxcsr: u32): T {
  const mask = ((<u64>1) << guardBits<T>()) - 1;
  const increment = roundingIncrement(sign, mask, mxcsr);
  const tiny = exp < 0 || sig + increment < (<u64>1) << 63;
  if (tiny && !(mxcsr & MXCSR_UM)) {
    raise(cpu, sig & mask ? EXC_UE | EXC_PE : EXC_UE);
    return zero<T>(sign);
  }
  if (tiny && mxcsr & MXCSR_FTZ) {
    raise(cpu, EXC_UE | EXC_PE);
    return zero<T>(sign);
  }
  sig = shiftRightJam(sig, 1 - exp);
  if (tiny && sig & mask) raise(cpu, EXC_UE);
  return finish<T>(cpu, sign, 0, sig, mask, increment, mxcsr);
}

/** `rest` is what rounding would have cut off had the exponent been unbounded. */
function packOverflow<T>(cpu: usize, sign: u32, rest: u64, mxcsr: u32): T {
  const unmasked = !(mxcsr & (EXC_OE << 7));
  raise(cpu, rest == 0 && unmasked ? EXC_OE : EXC_OE | EXC_PE);
  if (roundingIncrement(sign, 3, mxcsr)) return infinity<T>(sign);
  return pack<T>(sign, specialExponent<T>() - 1, ((<u64>1) << fractionBits<T>()) - 1);
}
