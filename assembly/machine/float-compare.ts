/** Comparisons of vectors and of their lowest lanes: the host's where no operand is a NaN or denormal. F is f32 or f64. */
import { FLAG_CF, FLAG_PF, FLAG_ZF } from '../shared/register-bits';
import { RELATION_EQUAL, RELATION_LESS, RELATION_UNORDERED } from '../softfloat/constants';
import { ieeeCompare, predicateHolds, predicateSignals } from '../softfloat/ieee-compare';
import { every, isPlain, plainLanes } from './float-arith';
import { beginLanes, settle } from './float-lanes';

/** Lanes of all ones where x and y fulfil the predicate (CMPPS, VCMPPS). */
export function compareLanes<F>(cpu: usize, x: v128, y: v128, predicate: u32): v128 {
  if (!every(v128.and(plainLanes<F>(x), plainLanes<F>(y)))) return compareAll<F>(cpu, x, y, predicate);
  // Ordered: the predicates that differ for NaNs only are alike.
  switch (predicate & 7) {
    case 0:
      return v128.eq<F>(x, y);
    case 1:
      return v128.lt<F>(x, y);
    case 2:
      return v128.le<F>(x, y);
    case 3:
      return i64x2.splat(0);
    case 4:
      return v128.ne<F>(x, y);
    case 5:
      return v128.ge<F>(x, y);
    case 6:
      return v128.gt<F>(x, y);
    default:
      return i64x2.splat(-1);
  }
}

function compareAll<F>(cpu: usize, x: v128, y: v128, predicate: u32): v128 {
  const mxcsr = beginLanes(cpu);
  let r = x;
  if (sizeof<F>() == 4) {
    r = i32x4.replace_lane(r, 0, mask32(cpu, i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), predicate, mxcsr));
    r = i32x4.replace_lane(r, 1, mask32(cpu, i32x4.extract_lane(x, 1), i32x4.extract_lane(y, 1), predicate, mxcsr));
    r = i32x4.replace_lane(r, 2, mask32(cpu, i32x4.extract_lane(x, 2), i32x4.extract_lane(y, 2), predicate, mxcsr));
    r = i32x4.replace_lane(r, 3, mask32(cpu, i32x4.extract_lane(x, 3), i32x4.extract_lane(y, 3), predicate, mxcsr));
  } else {
    r = i64x2.replace_lane(r, 0, mask64(cpu, i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0), predicate, mxcsr));
    r = i64x2.replace_lane(r, 1, mask64(cpu, i64x2.extract_lane(x, 1), i64x2.extract_lane(y, 1), predicate, mxcsr));
  }
  settle(cpu);
  return r;
}

/** The lowest lane; the others are those of x. */
export function compareLow<F>(cpu: usize, x: v128, y: v128, predicate: u32): v128 {
  const mxcsr = beginLanes(cpu);
  let r: v128;
  if (sizeof<F>() == 4) {
    r = i32x4.replace_lane(x, 0, mask32(cpu, i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), predicate, mxcsr));
  } else {
    r = i64x2.replace_lane(x, 0, mask64(cpu, i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0), predicate, mxcsr));
  }
  settle(cpu);
  return r;
}

function mask32(cpu: usize, a: u32, b: u32, predicate: u32, mxcsr: u32): i32 {
  const relation = ieeeCompare<u32>(cpu, a, b, mxcsr, predicateSignals(predicate));
  return predicateHolds(predicate, relation) ? -1 : 0;
}

function mask64(cpu: usize, a: u64, b: u64, predicate: u32, mxcsr: u32): i64 {
  const relation = ieeeCompare<u64>(cpu, a, b, mxcsr, predicateSignals(predicate));
  return predicateHolds(predicate, relation) ? -1 : 0;
}

/** ZF, PF and CF as COMISD (signalQuiet) and UCOMISD set them; OF, SF and AF are cleared. */
export function compareFlags<F>(cpu: usize, x: v128, y: v128, signalQuiet: bool): u32 {
  const a = v128.extract_lane<F>(x, 0);
  const b = v128.extract_lane<F>(y, 0);
  if (isPlain<F>(a) && isPlain<F>(b)) return a < b ? FLAG_CF : a == b ? FLAG_ZF : 0;
  const mxcsr = beginLanes(cpu);
  let relation: u32;
  if (sizeof<F>() == 4) {
    relation = ieeeCompare<u32>(cpu, i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), mxcsr, signalQuiet);
  } else relation = ieeeCompare<u64>(cpu, i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0), mxcsr, signalQuiet);
  settle(cpu);
  if (relation == RELATION_UNORDERED) return FLAG_ZF | FLAG_PF | FLAG_CF;
  if (relation == RELATION_EQUAL) return FLAG_ZF;
  return relation == RELATION_LESS ? FLAG_CF : 0;
}
