/**
 * Conversions between the 80-bit format and binary32, binary64, integers and packed BCD - SDM vol. 1, 4.2 and 8.2;
 * vol. 2, FLD, FST, FILD, FIST, FBLD, FBSTP. Routines that narrow write an integer or the bits of a float to RESULT_SIG.
 */
import {
  COND_C1,
  CW_RC,
  EXC_DE,
  EXC_IE,
  EXC_OE,
  EXC_PE,
  EXC_UE,
  EXP_BIAS,
  EXP_MASK,
  EXP_SPECIAL,
  INTEGER_BIT,
  QUIET_BIT,
  RESULT_SE,
  RESULT_SIG,
  SIGN,
} from './constants';
import { exponentOf } from './multiply';
import { isDenormal, isNaN80, isSignaling, isUnsupported } from './nan';
import { roundsUp, setResult } from './round';
import { Wide } from './wide';

/** Signed integer to 80 bits: always exact. */
export function f80FromI64(cpu: usize, value: i64): void {
  if (value == 0) {
    setResult(cpu, 0, 0);
    return;
  }
  const magnitude = value < 0 ? 0 - <u64>value : <u64>value;
  const shift = <u32>clz(magnitude);
  setResult(cpu, (value < 0 ? SIGN : 0) | (EXP_BIAS + 63 - shift), magnitude << shift);
}

/** binary64 to 80 bits, exact: a denormal is normalised with EXC_DE, a signalling NaN stays one. */
export function f80FromF64(cpu: usize, bits: u64): u32 {
  const sign = <u32>(bits >> 48) & SIGN;
  const exp = <u32>(bits >> 52) & 0x7ff;
  const fraction = bits & 0xfffffffffffff;
  if (<u32>(exp - 1) < 0x7fe) {
    setResult(cpu, sign | (exp + (EXP_BIAS - 1023)), INTEGER_BIT | (fraction << 11));
    return 0;
  }
  if (exp) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT | (fraction << 11));
    return 0;
  }
  if (!fraction) {
    setResult(cpu, sign, 0);
    return 0;
  }
  const shift = <u32>clz(fraction);
  setResult(cpu, sign | (EXP_BIAS - 1022 + 11 - shift), fraction << shift);
  return EXC_DE;
}

/** binary32 to 80 bits, as f80FromF64. */
export function f80FromF32(cpu: usize, bits: u32): u32 {
  const sign = (bits >> 16) & SIGN;
  const exp = (bits >> 23) & 0xff;
  const fraction = <u64>(bits & 0x7fffff);
  if (<u32>(exp - 1) < 0xfe) {
    setResult(cpu, sign | (exp + (EXP_BIAS - 127)), INTEGER_BIT | (fraction << 40));
    return 0;
  }
  if (exp) {
    setResult(cpu, sign | EXP_SPECIAL, INTEGER_BIT | (fraction << 40));
    return 0;
  }
  if (!fraction) {
    setResult(cpu, sign, 0);
    return 0;
  }
  const shift = <u32>clz(fraction);
  setResult(cpu, sign | (EXP_BIAS - 126 + 40 - shift), fraction << shift);
  return EXC_DE;
}

/** The two with a signalling NaN made quiet, as FLD does; arithmetic decides by its operands' own rules. */
export function f80LoadF64(cpu: usize, bits: u64): u32 {
  return f80FromF64(cpu, bits) | quietResult(cpu);
}

export function f80LoadF32(cpu: usize, bits: u32): u32 {
  return f80FromF32(cpu, bits) | quietResult(cpu);
}

function quietResult(cpu: usize): u32 {
  const sig = load<u64>(cpu, RESULT_SIG);
  if (!isSignaling(load<u32>(cpu, RESULT_SE), sig)) return 0;
  store<u64>(cpu, sig | QUIET_BIT, RESULT_SIG);
  return EXC_IE;
}

/** 80 bits to binary64, rounded by RC of `cw`; its mask bits decide how tininess is reported. */
export function f80ToF64(cpu: usize, se: u32, sig: u64, cw: u32): u32 {
  const exp = <i32>(se & EXP_MASK) - (EXP_BIAS - 1023);
  if (<u32>(exp - 1) < 0x7fd && (cw & CW_RC) == 0 && <i64>sig < 0) return narrowNormal<f64>(cpu, se, sig, exp);
  return narrow(cpu, se, sig, cw, 53, 1023, 0x7ff);
}

/** Rounds to nearest even in place; a carry out of the fraction increments the exponent field by itself. */
function narrowNormal<F>(cpu: usize, se: u32, sig: u64, exp: i32): u32 {
  const dropped: u64 = sizeof<F>() == 8 ? 11 : 40;
  const unit = (<u64>1) << dropped;
  const rest = sig & (unit - 1);
  const up = (rest + ((unit >> 1) - 1) + ((sig >> dropped) & 1)) >> dropped;
  const number = ((<u64>exp) << (63 - dropped)) | ((sig << 1) >> (dropped + 1));
  const sign = (<u64>(se & SIGN)) << (sizeof<F>() == 8 ? 48 : 16);
  store<u64>(cpu, (number | sign) + up, RESULT_SIG);
  return (u32(rest != 0) << 5) | ((<u32>up) << 9);
}

export function f80ToF32(cpu: usize, se: u32, sig: u64, cw: u32): u32 {
  const exp = <i32>(se & EXP_MASK) - (EXP_BIAS - 127);
  if (<u32>(exp - 1) < 0xfd && (cw & CW_RC) == 0 && <i64>sig < 0) return narrowNormal<f32>(cpu, se, sig, exp);
  return narrow(cpu, se, sig, cw, 24, 127, 0xff);
}

/** 80 bits to a format of `bits` significant bits with the integer bit hidden. */
function narrow(cpu: usize, se: u32, sig: u64, cw: u32, bits: u32, bias: i32, special: i32): u32 {
  const sign = se & SIGN;
  const top = (<u64>(sign >> 15)) << (bits == 53 ? 63 : 31);
  const fractionMask = ((<u64>1) << (bits - 1)) - 1;
  if (isUnsupported(se, sig)) {
    store<u64>(cpu, bits == 53 ? 0xfff8000000000000 : 0xffc00000, RESULT_SIG);
    return EXC_IE;
  }
  if (<i32>(se & EXP_MASK) == EXP_SPECIAL) {
    let fraction = (sig >> (64 - bits)) & fractionMask;
    if (sig << 1 != 0) fraction |= (<u64>1) << (bits - 2);
    store<u64>(cpu, top | ((<u64>special) << (bits - 1)) | fraction, RESULT_SIG);
    return isSignaling(se, sig) ? EXC_IE : 0;
  }
  if (sig == 0) {
    store<u64>(cpu, top, RESULT_SIG);
    return 0;
  }
  const shift = <u32>clz(sig);
  const exp = exponentOf(se) - <i32>shift - EXP_BIAS + bias;
  return narrowNumber(cpu, sign, top, exp, sig << shift, cw, bits, special);
}

function narrowNumber(cpu: usize, sign: u32, top: u64, exp: i32, sig: u64, cw: u32, bits: u32, special: i32): u32 {
  const unit = (<u64>1) << (64 - bits);
  const fractionMask = ((<u64>1) << (bits - 1)) - 1;
  let tiny = false;
  let low: u64 = 0;
  if (exp <= 0) {
    tiny = !(exp == 0 && (sig | (unit - 1)) == ~(<u64>0) && roundsUp(cw, sign, true, sig << bits));
    sig = Wide.shiftRightJam(sig, 0, 1 - exp);
    low = Wide.low;
    exp = 0;
  }
  const rest = (sig << bits) | u64(low != 0);
  // An unmasked underflow depends on tininess alone (SDM vol. 1, 4.9.1.5); nothing is stored, so nothing is inexact.
  if (tiny && !(cw & EXC_UE)) return EXC_UE;
  let flags: u32 = 0;
  let value = sig >> (64 - bits);
  if (rest) {
    flags |= tiny ? EXC_PE | EXC_UE : EXC_PE;
    if (roundsUp(cw, sign, (value & 1) != 0, rest)) {
      value++;
      flags |= COND_C1;
      if (value >> bits != 0) {
        value >>= 1;
        exp++;
      }
    }
  }
  if (exp == 0 && value >> (bits - 1) != 0) exp = 1;
  if (exp >= special) {
    if (!(cw & EXC_OE)) return EXC_OE;
    const up = roundsUp(cw, sign, true, ~(<u64>0));
    value = up ? (<u64>special) << (bits - 1) : ((<u64>(special - 1)) << (bits - 1)) | fractionMask;
    store<u64>(cpu, top | value, RESULT_SIG);
    return EXC_OE | EXC_PE | (up ? COND_C1 : 0);
  }
  store<u64>(cpu, top | ((<u64>exp) << (bits - 1)) | (value & fractionMask), RESULT_SIG);
  return flags;
}

/** 80 bits to a signed integer of `width` bits by RC of `cw`. Out of range: the "integer indefinite" with EXC_IE. */
export function f80ToInteger(cpu: usize, se: u32, sig: u64, cw: u32, width: u32): u32 {
  const indefinite = (<u64>1) << (width - 1);
  const sign = se & SIGN;
  const exp = exponentOf(se) - EXP_BIAS;
  if (isUnsupported(se, sig) || exp > 63) {
    store<u64>(cpu, indefinite, RESULT_SIG);
    return EXC_IE;
  }
  let value = sig;
  let rest: u64 = 0;
  if (exp < 63) {
    value = Wide.shiftRightJam(sig, 0, 63 - exp);
    rest = Wide.low;
  }
  let flags: u32 = rest ? EXC_PE : 0;
  if (roundsUp(cw, sign, (value & 1) != 0, rest)) {
    value++;
    flags = EXC_PE | COND_C1;
  }
  if (value >= indefinite && !(value == indefinite && sign != 0)) {
    store<u64>(cpu, indefinite, RESULT_SIG);
    return EXC_IE;
  }
  store<u64>(cpu, sign ? 0 - value : value, RESULT_SIG);
  return flags;
}

/** FRNDINT: rounds to an integral value by RC, in the 80-bit format. */
export function f80RoundToInt(cpu: usize, se: u32, sig: u64, cw: u32): u32 {
  if (isUnsupported(se, sig)) {
    setResult(cpu, 0xffff, 0xc000000000000000);
    return EXC_IE;
  }
  if (isNaN80(se, sig)) {
    setResult(cpu, se, sig | QUIET_BIT);
    return isSignaling(se, sig) ? EXC_IE : 0;
  }
  const exp = <i32>(se & EXP_MASK) - EXP_BIAS;
  if (exp >= 63 || sig == 0) {
    setResult(cpu, se, sig);
    return 0;
  }
  let flags: u32 = isDenormal(se, sig) ? EXC_DE : 0;
  if (flags & ~cw) return flags;
  const sign = se & SIGN;
  let value = Wide.shiftRightJam(sig, 0, 63 - exp);
  const rest = Wide.low;
  if (rest) {
    flags |= EXC_PE;
    if (roundsUp(cw, sign, (value & 1) != 0, rest)) {
      value++;
      flags |= COND_C1;
    }
  }
  if (value == 0) {
    setResult(cpu, sign, 0);
    return flags;
  }
  const shift = <u32>clz(value);
  setResult(cpu, sign | (EXP_BIAS + 63 - shift), value << shift);
  return flags;
}

/** FBLD: 18 decimal digits in `digits` (low 8 bytes) and `top` (two digits, then the sign in bit 15); exact. */
export function f80FromBcd(cpu: usize, digits: u64, top: u32): void {
  let value: u64 = ((top >> 4) & 15) * 10 + (top & 15);
  for (let i = 60; i >= 0; i -= 4) value = value * 10 + ((digits >> i) & 15);
  f80FromI64(cpu, value);
  store<u32>(cpu, load<u32>(cpu, RESULT_SE) | (top & SIGN), RESULT_SE);
}

/** FBSTP: RESULT_SIG gets 16 digits, the u32 behind it two digits and the sign. Out of range: "BCD indefinite". */
export function f80ToBcd(cpu: usize, se: u32, sig: u64, cw: u32): u32 {
  const flags = f80ToInteger(cpu, se, sig, cw, 64);
  let value = load<i64>(cpu, RESULT_SIG);
  if (value < 0) value = 0 - value;
  if (flags & EXC_IE || <u64>value > 999999999999999999) {
    setResult(cpu, 0xffff, 0xc000000000000000);
    return EXC_IE;
  }
  let digits: u64 = 0;
  for (let i = 0; i < 64; i += 4) {
    digits |= (<u64>value % 10) << i;
    value = <u64>value / 10;
  }
  setResult(cpu, (se & SIGN) | ((<u32>(<u64>value / 10)) << 4) | <u32>(<u64>value % 10), digits);
  return flags;
}
