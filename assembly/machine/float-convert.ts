/**
 * Conversions of vectors and of their lowest lanes: the host's where MXCSR cannot make a difference. `F` is f32 or f64, `T` the
 * integer type u32 or u64.
 */
import * as S from '../shared/state';
import { EXC_PE } from '../softfloat/constants';
import {
  ieeeConvert,
  ieeeFromInteger,
  ieeeRound,
  ieeeToInteger,
  ieeeTruncate,
  immediateRounding,
} from '../softfloat/ieee-convert';
import { every, finiteLanes, isPlain, isSafe, isFiniteNumber, plainLanes, smallestNormal } from './float-arith';
import { beginLanes, isQuiet, settle } from './float-lanes';

/** All exceptions masked and the precision exception flagged already, whatever the rounding mode. */
const MXCSR_INEXACT: u32 = 0x1fa0;
const MXCSR_RC_SHIFT: u32 = 13;

function ignoresInexact(cpu: usize): bool {
  return (load<u32>(cpu, S.STATE_MXCSR) & MXCSR_INEXACT) == MXCSR_INEXACT;
}

// ── binary32 and binary64 ──────────────────────────────────────────────────────────────────────────────────────

/** CVTPS2PD: the two low lanes. Exact, so that only NaNs and denormals matter. */
export function widenLanes(cpu: usize, x: v128): v128 {
  if (every(plainLanes<f32>(i32x4.shuffle(x, x, 0, 1, 0, 1)))) return f64x2.promote_low_f32x4(x);
  const mxcsr = beginLanes(cpu);
  const low = ieeeConvert<u32, u64>(cpu, i32x4.extract_lane(x, 0), mxcsr);
  const high = ieeeConvert<u32, u64>(cpu, i32x4.extract_lane(x, 1), mxcsr);
  settle(cpu);
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

/** CVTPD2PS: to the two low lanes, zeros above. */
export function narrowLanes(cpu: usize, x: v128): v128 {
  const r = f32x4.demote_f64x2_zero(x);
  if (isQuiet(cpu)) {
    const back = f64x2.promote_low_f32x4(r);
    const safe = f64x2.gt(f64x2.abs(back), f64x2.splat(<f64>smallestNormal<f32>()));
    const zero = f64x2.eq(x, f64x2.splat(0));
    if (every(v128.and(v128.or(safe, zero), finiteLanes<f64>(back)))) return r;
  }
  const mxcsr = beginLanes(cpu);
  const low = ieeeConvert<u64, u32>(cpu, i64x2.extract_lane(x, 0), mxcsr);
  const high = ieeeConvert<u64, u32>(cpu, i64x2.extract_lane(x, 1), mxcsr);
  settle(cpu);
  return pair(low, high);
}

/** Two 32-bit lanes, zeros above. */
function pair(low: u32, high: u32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i64x2.splat(0), 0, low), 1, high);
}

/** CVTSS2SD: the other lane is that of x. */
export function widenLow(cpu: usize, x: v128, y: v128): v128 {
  const b = f32x4.extract_lane(y, 0);
  if (isPlain<f32>(b)) return f64x2.replace_lane(x, 0, <f64>b);
  const mxcsr = beginLanes(cpu);
  const r = ieeeConvert<u32, u64>(cpu, i32x4.extract_lane(y, 0), mxcsr);
  settle(cpu);
  return i64x2.replace_lane(x, 0, r);
}

export function narrowLow(cpu: usize, x: v128, y: v128): v128 {
  const b = f64x2.extract_lane(y, 0);
  const host = <f32>b;
  if (isQuiet(cpu) && (isSafe<f32>(host) || b == 0) && isFiniteNumber<f32>(host)) {
    return f32x4.replace_lane(x, 0, host);
  }
  const mxcsr = beginLanes(cpu);
  const r = ieeeConvert<u64, u32>(cpu, i64x2.extract_lane(y, 0), mxcsr);
  settle(cpu);
  return i32x4.replace_lane(x, 0, r);
}

// ── Integers ───────────────────────────────────────────────────────────────────────────────────────────────────

/** CVTDQ2PS. CVTDQ2PD is exact: f64x2.convert_low_i32x4_s. */
export function fromIntegerLanes(cpu: usize, x: v128): v128 {
  if (isQuiet(cpu)) return f32x4.convert_i32x4_s(x);
  const mxcsr = beginLanes(cpu);
  let r = i32x4.splat(ieeeFromInteger<u32>(cpu, <i64>i32x4.extract_lane(x, 0), mxcsr));
  r = i32x4.replace_lane(r, 1, ieeeFromInteger<u32>(cpu, <i64>i32x4.extract_lane(x, 1), mxcsr));
  r = i32x4.replace_lane(r, 2, ieeeFromInteger<u32>(cpu, <i64>i32x4.extract_lane(x, 2), mxcsr));
  r = i32x4.replace_lane(r, 3, ieeeFromInteger<u32>(cpu, <i64>i32x4.extract_lane(x, 3), mxcsr));
  settle(cpu);
  return r;
}

/** The two low lanes only (CVTPI2PS); zeros above. */
export function fromIntegerPair(cpu: usize, x: v128): v128 {
  return fromIntegerLanes(cpu, i64x2.replace_lane(x, 1, 0));
}

/** CVTSI2SS, CVTSI2SD: a signed integer of type T to the lowest lane. */
export function fromIntegerLow<F, T>(cpu: usize, x: v128, value: u64): v128 {
  const integer = sizeof<T>() == 4 ? <i64>(<i32>value) : <i64>value;
  if ((sizeof<F>() == 8 && sizeof<T>() == 4) || isQuiet(cpu)) return v128.replace_lane<F>(x, 0, <F>integer);
  const mxcsr = beginLanes(cpu);
  let r: v128;
  if (sizeof<F>() == 4) r = i32x4.replace_lane(x, 0, ieeeFromInteger<u32>(cpu, integer, mxcsr));
  else r = i64x2.replace_lane(x, 0, ieeeFromInteger<u64>(cpu, integer, mxcsr));
  settle(cpu);
  return r;
}

/** CVTPS2DQ, CVTTPS2DQ. */
export function toIntegerLanes(cpu: usize, x: v128, truncate: bool): v128 {
  const inside = f32x4.lt(f32x4.abs(x), f32x4.splat(2147483648));
  if (every(inside)) {
    if (truncate && ignoresInexact(cpu)) return i32x4.trunc_sat_f32x4_s(x);
    if (isQuiet(cpu)) return i32x4.trunc_sat_f32x4_s(f32x4.nearest(x));
  }
  const mxcsr = beginLanes(cpu);
  let r = i32x4.splat(toInteger32<u32>(cpu, i32x4.extract_lane(x, 0), mxcsr, truncate));
  r = i32x4.replace_lane(r, 1, toInteger32<u32>(cpu, i32x4.extract_lane(x, 1), mxcsr, truncate));
  r = i32x4.replace_lane(r, 2, toInteger32<u32>(cpu, i32x4.extract_lane(x, 2), mxcsr, truncate));
  r = i32x4.replace_lane(r, 3, toInteger32<u32>(cpu, i32x4.extract_lane(x, 3), mxcsr, truncate));
  settle(cpu);
  return r;
}

/** The two low lanes only (CVTPS2PI, CVTTPS2PI). */
export function toIntegerPair(cpu: usize, x: v128, truncate: bool): v128 {
  return toIntegerLanes(cpu, i64x2.replace_lane(x, 1, 0), truncate);
}

/** CVTPD2DQ, CVTTPD2DQ, and PI forms: to the two low lanes, zeros above. */
export function narrowToInteger(cpu: usize, x: v128, truncate: bool): v128 {
  const inside = f64x2.lt(f64x2.abs(x), f64x2.splat(2147483647));
  if (every(inside)) {
    if (truncate && ignoresInexact(cpu)) return i32x4.trunc_sat_f64x2_s_zero(x);
    if (isQuiet(cpu)) return i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(x));
  }
  const mxcsr = beginLanes(cpu);
  const low = toInteger32<u64>(cpu, i64x2.extract_lane(x, 0), mxcsr, truncate);
  const high = toInteger32<u64>(cpu, i64x2.extract_lane(x, 1), mxcsr, truncate);
  settle(cpu);
  return pair(low, high);
}

function toInteger32<B>(cpu: usize, a: B, mxcsr: u32, truncate: bool): u32 {
  return <u32>(truncate ? ieeeTruncate<B>(cpu, a, mxcsr, 32) : ieeeToInteger<B>(cpu, a, mxcsr, 32));
}

/** CVTSS2SI and family: the lowest lane as a T, zero-extended. */
export function toInteger<F, T>(cpu: usize, x: v128, truncate: bool): u64 {
  const a = v128.extract_lane<F>(x, 0);
  const host = truncate ? trunc<F>(a) : nearest<F>(a);
  // A bound that is exact in both formats; between it and the first number that does not fit, the slow way is right too.
  const bound = <F>(sizeof<T>() == 4 ? 2147483520.0 : 9223371487098961920.0);
  if (abs<F>(a) < bound && (host == a || (truncate ? ignoresInexact(cpu) : isQuiet(cpu)))) {
    return sizeof<T>() == 4 ? <u64>(<u32>(<i32>host)) : <u64>(<i64>host);
  }
  const mxcsr = beginLanes(cpu);
  const bits: i32 = sizeof<T>() * 8;
  let r: u64;
  if (sizeof<F>() == 4) {
    const v = <u32>i32x4.extract_lane(x, 0);
    r = truncate ? ieeeTruncate<u32>(cpu, v, mxcsr, bits) : ieeeToInteger<u32>(cpu, v, mxcsr, bits);
  } else {
    const v = <u64>i64x2.extract_lane(x, 0);
    r = truncate ? ieeeTruncate<u64>(cpu, v, mxcsr, bits) : ieeeToInteger<u64>(cpu, v, mxcsr, bits);
  }
  settle(cpu);
  return r;
}

// ── To an integral value ───────────────────────────────────────────────────────────────────────────────────────

function hostRound<F>(x: v128, rounding: u32): v128 {
  if (rounding == 0) return v128.nearest<F>(x);
  if (rounding == 1) return v128.floor<F>(x);
  return rounding == 2 ? v128.ceil<F>(x) : v128.trunc<F>(x);
}

/** May an inexact result go unmentioned? */
function inexactIsQuiet(cpu: usize, imm: u32): bool {
  const precision = EXC_PE | (EXC_PE << 7);
  return (imm & 8) != 0 || (load<u32>(cpu, S.STATE_MXCSR) & precision) == precision;
}

/** ROUNDPS, ROUNDPD. */
export function roundLanes<F>(cpu: usize, x: v128, imm: u32): v128 {
  const rounding = (immediateRounding(load<u32>(cpu, S.STATE_MXCSR), imm) >> MXCSR_RC_SHIFT) & 3;
  const host = hostRound<F>(x, rounding);
  if (every(plainLanes<F>(x)) && (inexactIsQuiet(cpu, imm) || every(v128.eq<F>(host, x)))) return host;
  const mxcsr = beginLanes(cpu);
  let r = x;
  if (sizeof<F>() == 4) {
    r = i32x4.replace_lane(r, 0, ieeeRound<u32>(cpu, i32x4.extract_lane(x, 0), imm, mxcsr));
    r = i32x4.replace_lane(r, 1, ieeeRound<u32>(cpu, i32x4.extract_lane(x, 1), imm, mxcsr));
    r = i32x4.replace_lane(r, 2, ieeeRound<u32>(cpu, i32x4.extract_lane(x, 2), imm, mxcsr));
    r = i32x4.replace_lane(r, 3, ieeeRound<u32>(cpu, i32x4.extract_lane(x, 3), imm, mxcsr));
  } else {
    r = i64x2.replace_lane(r, 0, ieeeRound<u64>(cpu, i64x2.extract_lane(x, 0), imm, mxcsr));
    r = i64x2.replace_lane(r, 1, ieeeRound<u64>(cpu, i64x2.extract_lane(x, 1), imm, mxcsr));
  }
  settle(cpu);
  return r;
}

/** ROUNDSS, ROUNDSD: the lowest lane of y; the others are those of x. */
export function roundLow<F>(cpu: usize, x: v128, y: v128, imm: u32): v128 {
  // All lanes alike, so that none but the lowest matters.
  if (sizeof<F>() == 4) {
    const r = roundLanes<F>(cpu, i32x4.splat(i32x4.extract_lane(y, 0)), imm);
    return i32x4.replace_lane(x, 0, i32x4.extract_lane(r, 0));
  }
  const r = roundLanes<F>(cpu, i64x2.splat(i64x2.extract_lane(y, 0)), imm);
  return i64x2.replace_lane(x, 0, i64x2.extract_lane(r, 0));
}

// ── binary16 ───────────────────────────────────────────────────────────────────────────────────────────────────

/** VCVTPH2PS: the four low 16-bit lanes. */
export function fromHalves(cpu: usize, x: v128): v128 {
  const mxcsr = beginLanes(cpu);
  let r = i32x4.splat(ieeeConvert<u16, u32>(cpu, i16x8.extract_lane_u(x, 0), mxcsr));
  r = i32x4.replace_lane(r, 1, ieeeConvert<u16, u32>(cpu, i16x8.extract_lane_u(x, 1), mxcsr));
  r = i32x4.replace_lane(r, 2, ieeeConvert<u16, u32>(cpu, i16x8.extract_lane_u(x, 2), mxcsr));
  r = i32x4.replace_lane(r, 3, ieeeConvert<u16, u32>(cpu, i16x8.extract_lane_u(x, 3), mxcsr));
  settle(cpu);
  return r;
}

/** VCVTPS2PH: to the four low 16-bit lanes, zeros above. */
export function toHalves(cpu: usize, x: v128, imm: u32): v128 {
  const mxcsr = immediateRounding(beginLanes(cpu), imm);
  let r = i64x2.splat(0);
  r = i16x8.replace_lane(r, 0, ieeeConvert<u32, u16>(cpu, i32x4.extract_lane(x, 0), mxcsr));
  r = i16x8.replace_lane(r, 1, ieeeConvert<u32, u16>(cpu, i32x4.extract_lane(x, 1), mxcsr));
  r = i16x8.replace_lane(r, 2, ieeeConvert<u32, u16>(cpu, i32x4.extract_lane(x, 2), mxcsr));
  r = i16x8.replace_lane(r, 3, ieeeConvert<u32, u16>(cpu, i32x4.extract_lane(x, 3), mxcsr));
  settle(cpu);
  return r;
}
