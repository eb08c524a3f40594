/**
 * F2XM1: 2^x - 1 - SDM vol. 2. For |x| > 1 the SDM leaves the result undefined; silicon returns x and reports it inexact.
 *
 * |x| = k/32 + r with a table of 2^(k/32) - 1; e^(r ln 2) - 1 by its series. Below 1/64 the series alone keeps full
 * relative precision.
 */
import { CW_PC, EXC_PE, EXP_BIAS, SIGN } from './constants';
import { Fixed } from './fixed';
import { exponentOf } from './multiply';
import { denormalFlag, isInfinity, isNaN80, isUnsupported, propagateNaN1 } from './nan';
import { roundPack, setResult } from './round';
import { EXP_SERIES, LN2_HIGH, LN2_LOW, POWERS_DOWN, POWERS_UP } from './tables';
import { Wide } from './wide';

const EXP_TERMS = 16;

/**
 * Packs an inexact result: the fraction high:low (of 1) times 2^(exp - bias + 1). Transcendental instructions round to
 * extended precision whatever the precision control says (SDM vol. 1, 8.1.5.2).
 */
export function packFraction(cpu: usize, sign: u32, exp: i32, high: u64, low: u64, cw: u32): u32 {
  if (high == 0) {
    high = low;
    low = 0;
    exp -= 64;
  }
  const shift = <i32>clz(high);
  if (shift) {
    high = (high << shift) | (low >> (64 - shift));
    low <<= shift;
    exp -= shift;
  }
  return roundPack(cpu, sign, exp, high, low | 1, cw | CW_PC);
}

export function f80Exp2m1(cpu: usize, ae: u32, am: u64, cw: u32): u32 {
  if (isUnsupported(ae, am) || isNaN80(ae, am)) return propagateNaN1(cpu, ae, am);
  const sign = ae & SIGN;
  if (isInfinity(ae, am)) {
    if (sign) setResult(cpu, SIGN | EXP_BIAS, am);
    else setResult(cpu, ae, am);
    return 0;
  }
  if (am == 0) {
    setResult(cpu, ae, am);
    return 0;
  }
  const flags = denormalFlag(ae, am, 0, 0);
  if (flags & ~cw) return flags;
  const shift = <i32>clz(am);
  const e = exponentOf(ae) - shift - EXP_BIAS;
  am <<= shift;
  if (e >= 0) {
    const one = e == 0 && am << 1 == 0;
    setResult(cpu, one && sign != 0 ? SIGN | (EXP_BIAS - 1) : ae, am);
    return one ? 0 : EXC_PE;
  }
  if (e < -6) return flags | small(cpu, sign, e, am, cw);
  return flags | reduced(cpu, sign, -1 - e, am, cw);
}

/** |x| < 1/64: x ln 2 (1 +- S), where S comes from the series. */
function small(cpu: usize, sign: u32, e: i32, am: u64, cw: u32): u32 {
  const ph = Fixed.mul(am, 0, LN2_HIGH, LN2_LOW);
  const pl = Wide.low;
  const th = Wide.shiftRightJam(ph, pl, -1 - e);
  const tl = Wide.low;
  const sh = Fixed.series(EXP_SERIES, EXP_TERMS, th, tl, sign != 0);
  const dh = Fixed.mul(ph, pl, sh, Wide.low);
  const dl = Wide.low;
  if (sign) return packFraction(cpu, sign, EXP_BIAS + e, ph - dh - u64(pl < dl), pl - dl, cw);
  const low = pl + dl;
  return packFraction(cpu, sign, EXP_BIAS + e, ph + dh + u64(low < dl), low, cw);
}

/** 1/64 <= |x| < 1, |x| = am * 2^-(64 + shift). */
function reduced(cpu: usize, sign: u32, shift: u32, am: u64, cw: u32): u32 {
  const xh = am >> shift;
  const xl = shift ? am << (64 - shift) : 0;
  let k = xh >> 59;
  if ((xh >> 58) & 1 && k < 31) k++;
  let rh = xh - (k << 59);
  let rl = xl;
  const below = <i64>rh < 0;
  if (below) {
    rl = 0 - xl;
    rh = ~rh + u64(rl == 0);
  }
  const th = Fixed.mul(rh, rl, LN2_HIGH, LN2_LOW);
  const tl = Wide.low;
  // x = +-(k/32 + r): does 2^x lie above 2^(+-k/32)?
  const up = below == (sign != 0);
  let h = Fixed.series(EXP_SERIES, EXP_TERMS, th, tl, !up);
  h = Fixed.mul(h, Wide.low, th, tl);
  let l = Wide.low;
  if (up) {
    l += tl;
    h += th + u64(l < tl);
  } else {
    h = th - h - u64(tl < l);
    l = tl - l;
  }
  // h:l = |2^r - 1|, now times 2^(+-k/32).
  const row = (sign ? POWERS_DOWN : POWERS_UP) + ((<usize>k) << 4);
  const bh = load<u64>(row);
  const bl = load<u64>(row, 8);
  const wh = Fixed.mul(h, l, bh, bl);
  const wl = Wide.low;
  if (sign) {
    h = h - wh - u64(l < wl);
    l -= wl;
  } else {
    l += wl;
    h += wh + u64(l < wl);
  }
  if (below) return packFraction(cpu, sign, EXP_BIAS - 1, bh - h - u64(bl < l), bl - l, cw);
  const low = bl + l;
  return packFraction(cpu, sign, EXP_BIAS - 1, bh + h + u64(low < l), low, cw);
}
