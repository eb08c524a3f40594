/**
 * Rounding and packing of 80-bit results - SDM vol. 1, 4.8.4 (rounding), 8.1.5 (control word), 8.5.4-8.5.6 (overflow,
 * underflow, precision exceptions with their masked and unmasked responses).
 */
import {
  CW_DEFAULT_ROUNDING,
  CW_PC,
  CW_PC_DOUBLE,
  CW_PC_SINGLE,
  CW_RC,
  CW_RC_DOWN,
  CW_RC_UP,
  COND_C1,
  EXC_OE,
  EXC_PE,
  EXC_UE,
  EXP_MASK,
  EXP_SPECIAL,
  EXP_WRAP,
  INTEGER_BIT,
  RESULT_SE,
  RESULT_SIG,
} from './constants';
import { Wide } from './wide';

export function setResult(cpu: usize, se: u32, sig: u64): void {
  store<u64>(cpu, sig, RESULT_SIG);
  store<u32>(cpu, se, RESULT_SE);
}

/**
 * Rounds the value sign * sig.low * 2^(exp - bias - 63) as the control word `cw` says and writes it to the result slot.
 * `sig` is normalised (bit 63 set), `low` continues it to the right with a sticky bit 0. Returns exceptions and C1.
 */
export function roundPack(cpu: usize, sign: u32, exp: i32, sig: u64, low: u64, cw: u32): u32 {
  return Normal.pack(cpu, sign, exp, sig, low, cw);
}

/** The common case, inline where a call would be felt. */
export class Normal {
  /** Two normal numbers: integer bits set, exponents neither 0 nor that of infinities and NaNs. */
  @inline
  static are(ae: u32, am: u64, be: u32, bm: u64): bool {
    return <i64>(am & bm) < 0 && ((ae + 1) & EXP_MASK) > 1 && ((be + 1) & EXP_MASK) > 1;
  }
  /** roundPack(). Which way a number is rounded is a toss-up: no branch depends on it. */
  @inline
  static pack(cpu: usize, sign: u32, exp: i32, sig: u64, low: u64, cw: u32): u32 {
    if ((cw & (CW_PC | CW_RC)) != CW_DEFAULT_ROUNDING || <u32>(exp - 1) >= 0x7ffd) {
      return roundPackAny(cpu, sign, exp, sig, low, cw);
    }
    const up = (low >> 63) & (sig | u64(low << 1 != 0));
    const rounded = sig + up;
    const carry = u64(rounded == 0);
    store<u64>(cpu, rounded | (carry << 63), RESULT_SIG);
    store<u32>(cpu, sign | (exp + <i32>carry), RESULT_SE);
    return (u32(low != 0) << 5) | ((<u32>up) << 9);
  }
}

/** Bits of the significand that the precision control keeps; the reserved encoding 01 rounds as extended. */
export function precisionBits(cw: u32): u32 {
  const pc = cw & CW_PC;
  if (pc == CW_PC_SINGLE) return 24;
  if (pc == CW_PC_DOUBLE) return 53;
  return 64;
}

/** Does the rounding mode increment a magnitude whose discarded part is `rest` (top-aligned fraction of one unit)? */
export function roundsUp(cw: u32, sign: u32, odd: bool, rest: u64): bool {
  const rc = cw & CW_RC;
  if (rc == 0) return rest > INTEGER_BIT || (rest == INTEGER_BIT && odd);
  if (rc == CW_RC_DOWN) return rest != 0 && sign != 0;
  if (rc == CW_RC_UP) return rest != 0 && sign == 0;
  return false;
}

function roundPackAny(cpu: usize, sign: u32, exp: i32, sig: u64, low: u64, cw: u32): u32 {
  let tiny = false;
  let wrap: u32 = 0;
  if (exp <= 0) {
    tiny = isTiny(sign, exp, sig, low, cw);
    if (tiny && !(cw & EXC_UE)) {
      exp += EXP_WRAP;
      wrap = EXC_UE;
    } else {
      sig = Wide.shiftRightJam(sig, low, 1 - exp);
      low = Wide.low;
      exp = 0;
    }
  }
  const bits = precisionBits(cw);
  let rest = low;
  let unit: u64 = 1;
  if (bits < 64) {
    rest = (sig << bits) | u64(low != 0);
    unit = (<u64>1) << (64 - bits);
    sig &= ~(unit - 1);
  }
  let flags = wrap;
  if (rest) {
    flags |= tiny ? EXC_PE | EXC_UE : EXC_PE;
    if (roundsUp(cw, sign, (sig & unit) != 0, rest)) {
      flags |= COND_C1;
      sig += unit;
      if (sig == 0) {
        sig = INTEGER_BIT;
        exp++;
      }
    }
  }
  // Rounding may carry a denormal into the smallest normal number, whose exponent field is 1.
  if (exp == 0 && !wrap && <i64>sig < 0) exp = 1;
  if (exp >= EXP_SPECIAL) return packOverflow(cpu, sign, exp, sig, flags, cw);
  if (wrap && exp <= 0) return packDeepUnderflow(cpu, sign, flags);
  setResult(cpu, sign | exp, sig);
  return flags;
}

/** Tininess is detected after rounding as if the exponent were unbounded (SDM vol. 1, 4.9.1.5). */
function isTiny(sign: u32, exp: i32, sig: u64, low: u64, cw: u32): bool {
  if (exp < 0) return true;
  const bits = precisionBits(cw);
  if (bits == 64) return !(sig == ~(<u64>0) && roundsUp(cw, sign, true, low));
  const unit = (<u64>1) << (64 - bits);
  return !((sig | (unit - 1)) == ~(<u64>0) && roundsUp(cw, sign, true, (sig << bits) | u64(low != 0)));
}

/** An underflow too deep even for the wrapped exponent (FSCALE only) leaves zero. */
function packDeepUnderflow(cpu: usize, sign: u32, flags: u32): u32 {
  setResult(cpu, sign, 0);
  return flags | EXC_PE;
}

function packOverflow(cpu: usize, sign: u32, exp: i32, sig: u64, flags: u32, cw: u32): u32 {
  if (!(cw & EXC_OE)) {
    exp -= EXP_WRAP;
    if (exp >= EXP_SPECIAL) {
      setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
      return flags | EXC_OE | EXC_PE | COND_C1;
    }
    setResult(cpu, sign | exp, sig);
    return flags | EXC_OE;
  }
  if (roundsUp(cw, sign, true, ~(<u64>0))) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT);
    return EXC_OE | EXC_PE | COND_C1;
  }
  const bits = precisionBits(cw);
  setResult(cpu, sign | (EXP_SPECIAL - 1), bits == 64 ? ~(<u64>0) : ~(<u64>0) << (64 - bits));
  return EXC_OE | EXC_PE;
}
