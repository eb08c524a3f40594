/**
 * FPREM, FPREM1, FSCALE and FXTRACT - SDM vol. 2. All yield exact results except FSCALE beyond the exponent range.
 */
import {
  COND_C0,
  COND_C1,
  COND_C2,
  COND_C3,
  CW_PC,
  EXC_DE,
  EXC_ZE,
  EXP_BIAS,
  EXP_MASK,
  EXP_SPECIAL,
  INDEFINITE_SE,
  INDEFINITE_SIG,
  EXC_IE,
  INTEGER_BIT,
  RESULT2_SE,
  RESULT2_SIG,
  SIGN,
} from './constants';
import { f80FromI64 } from './convert';
import { exponentOf } from './multiply';
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
import { roundPack, setResult } from './round';
import { Wide } from './wide';

/**
 * FPREM (quotient truncated) and FPREM1 (`nearest`): remainder of a / b with the low quotient bits in C0, C3, C1, or a
 * partial remainder with C2 set when the exponents differ by 64 or more.
 */
export function f80Rem(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32, nearest: bool): u32 {
  if (isUnordered(ae, am, be, bm)) return propagateNaN(cpu, ae, am, be, bm);
  if (isInfinity(ae, am) || bm == 0) return invalid(cpu);
  const flags = denormalFlag(ae, am, be, bm);
  if (flags & ~cw) return flags;
  if (isInfinity(be, bm) || am == 0) {
    if (isDenormal(ae, am)) return flags | packRemainder(cpu, ae & SIGN, exponentOf(ae), am, cw);
    setResult(cpu, ae, am);
    return flags;
  }
  const ea = exponentOf(ae) - <i32>clz(am);
  const eb = exponentOf(be) - <i32>clz(bm);
  return flags | remainder(cpu, ae & SIGN, ea, am << clz(am), eb, bm << clz(bm), cw, nearest);
}

function remainder(cpu: usize, sign: u32, ea: i32, am: u64, eb: i32, bm: u64, cw: u32, nearest: bool): u32 {
  const distance = ea - eb;
  if (distance < -1 || (distance < 0 && !nearest)) return packRemainder(cpu, sign, ea, am, cw);
  if (distance >= 64) {
    // As recorded on silicon: the exponent difference shrinks by a number from 32 to 63 that makes the rest a multiple of 32.
    const n = (distance & 31) | 32;
    const rest = reduce(am, bm, n);
    return COND_C2 | packRemainder(cpu, sign, eb + distance - n, rest, cw);
  }
  let quotient: u64 = 0;
  let rest = am;
  if (distance >= 0) {
    rest = reduce(am, bm, distance);
    quotient = Wide.low;
  }
  if (nearest) {
    // Round the quotient to nearest even: compare the rest with half of the divisor, at the exponent of the rest.
    const half = distance < 0 ? am > bm : rest > bm - rest;
    const tie = distance < 0 ? am == bm : rest == bm - rest;
    if (half || (tie && quotient & 1)) {
      quotient++;
      sign ^= SIGN;
      // |b| - rest; for distance -1 the rest is in half units of b.
      rest = distance < 0 ? bm - am + bm : bm - rest;
    }
    if (distance < 0) eb = ea;
  }
  let flags: u32 = 0;
  if (quotient & 1) flags |= COND_C1;
  if (quotient & 2) flags |= COND_C3;
  if (quotient & 4) flags |= COND_C0;
  return flags | packRemainder(cpu, sign, eb, rest, cw);
}

/** am * 2^n mod bm for normalised significands and n < 64; Wide.low gets the low 64 bits of the quotient. */
function reduce(am: u64, bm: u64, n: u32): u64 {
  let quotient: u64 = 0;
  if (am >= bm) {
    am -= bm;
    quotient = 1;
  }
  if (n == 0) {
    Wide.low = quotient;
    return am;
  }
  const q = Wide.divide(am >> (64 - n), am << n, bm);
  const rest = Wide.low;
  Wide.low = (quotient << n) + q;
  return rest;
}

/** Exact: precision control does not apply; an unmasked underflow still reports tiny remainders. */
function packRemainder(cpu: usize, sign: u32, exp: i32, sig: u64, cw: u32): u32 {
  if (sig == 0) {
    setResult(cpu, sign, 0);
    return 0;
  }
  const shift = <i32>clz(sig);
  return roundPack(cpu, sign, exp - shift, sig << shift, 0, cw | CW_PC);
}

/** FSCALE: a * 2^trunc(b). */
export function f80Scale(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (isUnordered(ae, am, be, bm)) return propagateNaN(cpu, ae, am, be, bm);
  if (isInfinity(be, bm)) {
    if ((be & SIGN) != 0 ? isInfinity(ae, am) : am == 0) return invalid(cpu);
  }
  const flags = denormalFlag(ae, am, be, bm);
  if (flags & ~cw) return flags;
  if (isInfinity(ae, am) || am == 0) {
    setResult(cpu, ae, am);
    return flags;
  }
  if (isInfinity(be, bm)) {
    if (be & SIGN) setResult(cpu, ae & SIGN, 0);
    else setResult(cpu, (ae & SIGN) | EXP_SPECIAL, INTEGER_BIT);
    return flags;
  }
  const shift = <i32>clz(am);
  const e = <i32>(be & EXP_MASK) - EXP_BIAS;
  let power = 0;
  // Beyond 2^16 every result overflows or underflows, even with a wrapped exponent.
  if (e >= 16) power = 0x10000;
  else if (e >= 0) power = <i32>(bm >> (63 - e));
  if (be & SIGN) power = -power;
  return flags | roundPack(cpu, ae & SIGN, exponentOf(ae) - shift + power, am << shift, 0, cw | CW_PC);
}

/** FXTRACT: the exponent goes to the first result slot, the significand to the second. */
export function f80Extract(cpu: usize, ae: u32, am: u64, cw: u32): u32 {
  if (isUnsupported(ae, am)) {
    setSecond(cpu, INDEFINITE_SE, INDEFINITE_SIG);
    setResult(cpu, INDEFINITE_SE, INDEFINITE_SIG);
    return EXC_IE;
  }
  if (isNaN80(ae, am)) {
    const flags = propagateNaN1(cpu, ae, am);
    setSecond(cpu, ae, am | 0x4000000000000000);
    return flags;
  }
  if (isInfinity(ae, am)) {
    setSecond(cpu, ae, am);
    setResult(cpu, EXP_SPECIAL, INTEGER_BIT);
    return 0;
  }
  if (am == 0) {
    setSecond(cpu, ae, 0);
    setResult(cpu, SIGN | EXP_SPECIAL, INTEGER_BIT);
    return EXC_ZE;
  }
  const flags = isDenormal(ae, am) ? EXC_DE : 0;
  if (flags & ~cw) return flags;
  const shift = <i32>clz(am);
  setSecond(cpu, (ae & SIGN) | EXP_BIAS, am << shift);
  f80FromI64(cpu, exponentOf(ae) - shift - EXP_BIAS);
  return flags;
}

export function setSecond(cpu: usize, se: u32, sig: u64): void {
  store<u64>(cpu, sig, RESULT2_SIG);
  store<u32>(cpu, se, RESULT2_SE);
}
