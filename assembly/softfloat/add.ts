/** Addition and subtraction of 80-bit numbers - SDM vol. 2, FADD and FSUB. */
import { CW_RC, CW_RC_DOWN, EXP_MASK, INTEGER_BIT, SIGN } from './constants';
import { denormalFlag, invalid, isInfinity, isUnordered, propagateNaN } from './nan';
import { Normal, roundPack, setResult } from './round';
import { Wide } from './wide';

/** Operations on normalised significands, inline in their callers. */
class Magnitudes {
  /** |a| + |b| with the given sign, for significands that need not be normalised. */
  @inline
  static add(cpu: usize, sign: u32, ea: i32, am: u64, eb: i32, bm: u64, cw: u32): u32 {
    if (ea < eb) {
      const e = ea;
      ea = eb;
      eb = e;
      const m = am;
      am = bm;
      bm = m;
    }
    let low: u64 = 0;
    const distance = ea - eb;
    if (distance < 64) {
      low = (bm << 1) << (63 - distance);
      bm >>= distance;
    } else {
      bm = Wide.shiftRightJam(bm, 0, distance);
      low = Wide.low;
    }
    const sum = am + bm;
    const carry = u64(sum < am);
    low = (low >> carry) | (low & carry) | ((sum & carry) << 63);
    return Normal.pack(cpu, sign, ea + <i32>carry, (sum >> carry) | (carry << 63), low, cw);
  }
  /** |a| - |b| with the sign of a; the other sign if |b| is larger. */
  @inline
  static subtract(cpu: usize, sign: u32, ea: i32, am: u64, eb: i32, bm: u64, cw: u32): u32 {
    if (ea < eb || (ea == eb && am < bm)) {
      const e = ea;
      ea = eb;
      eb = e;
      const m = am;
      am = bm;
      bm = m;
      sign ^= SIGN;
    }
    let low: u64 = 0;
    const distance = ea - eb;
    if (distance < 64) {
      low = (bm << 1) << (63 - distance);
      bm >>= distance;
    } else {
      bm = Wide.shiftRightJam(bm, 0, distance);
      low = Wide.low;
    }
    let difference = am - bm;
    if (low) {
      difference--;
      low = 0 - low;
    }
    if ((difference | low) == 0) {
      // An exact zero is positive except when rounding down (SDM vol. 1, 4.8.3.1).
      setResult(cpu, (cw & CW_RC) == CW_RC_DOWN ? SIGN : 0, 0);
      return 0;
    }
    if (difference == 0) {
      difference = low;
      low = 0;
      ea -= 64;
    }
    const shift = clz(difference);
    difference = (difference << shift) | ((low >> 1) >> (63 - shift));
    return Normal.pack(cpu, sign, ea - <i32>shift, difference, low << shift, cw);
  }
}

/** a + b, rounded by `cw`. */
export function f80Add(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (!Normal.are(ae, am, be, bm)) return addSpecial(cpu, ae, am, be, bm, cw);
  if ((ae ^ be) & SIGN) return Magnitudes.subtract(cpu, ae & SIGN, ae & EXP_MASK, am, be & EXP_MASK, bm, cw);
  return Magnitudes.add(cpu, ae & SIGN, ae & EXP_MASK, am, be & EXP_MASK, bm, cw);
}

/** a - b: a NaN subtrahend keeps its sign, so the sign is flipped only for numbers. */
export function f80Sub(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (!Normal.are(ae, am, be, bm)) {
    if (isUnordered(ae, am, be, bm)) return propagateNaN(cpu, ae, am, be, bm);
    return addSpecial(cpu, ae, am, be ^ SIGN, bm, cw);
  }
  if ((ae ^ be) & SIGN) return Magnitudes.add(cpu, ae & SIGN, ae & EXP_MASK, am, be & EXP_MASK, bm, cw);
  return Magnitudes.subtract(cpu, ae & SIGN, ae & EXP_MASK, am, be & EXP_MASK, bm, cw);
}

/** Operands that are zero, denormal, infinite, NaN or unsupported. */
function addSpecial(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  if (isUnordered(ae, am, be, bm)) return propagateNaN(cpu, ae, am, be, bm);
  const aInfinite = isInfinity(ae, am);
  if (aInfinite && isInfinity(be, bm) && ae != be) return invalid(cpu);
  const flags = denormalFlag(ae, am, be, bm);
  if (flags & ~cw) return flags;
  if (aInfinite || isInfinity(be, bm)) {
    setResult(cpu, aInfinite ? ae : be, INTEGER_BIT);
    return flags;
  }
  if (am == 0 && bm == 0) {
    const sign = ae == be ? ae : (cw & CW_RC) == CW_RC_DOWN ? SIGN : 0;
    setResult(cpu, sign, 0);
    return flags;
  }
  return flags | addDenormals(cpu, ae, am, be, bm, cw);
}

function addDenormals(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  let ea: i32 = ae & EXP_MASK;
  let eb: i32 = be & EXP_MASK;
  // The exponent of denormals is that of the smallest normal number.
  if (ea == 0) ea = 1;
  if (eb == 0) eb = 1;
  if (am == 0) {
    const shift = <i32>clz(bm);
    return roundPack(cpu, be & SIGN, eb - shift, bm << shift, 0, cw);
  }
  if (bm == 0) {
    const shift = <i32>clz(am);
    return roundPack(cpu, ae & SIGN, ea - shift, am << shift, 0, cw);
  }
  const shiftA = <i32>clz(am);
  const shiftB = <i32>clz(bm);
  if ((ae ^ be) & SIGN) {
    return Magnitudes.subtract(cpu, ae & SIGN, ea - shiftA, am << shiftA, eb - shiftB, bm << shiftB, cw);
  }
  return Magnitudes.add(cpu, ae & SIGN, ea - shiftA, am << shiftA, eb - shiftB, bm << shiftB, cw);
}
