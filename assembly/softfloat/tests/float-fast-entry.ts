/**
 * Test build of machine/float-*.ts: are the host's results, where they are taken, those of the soft floating-point routines?
 * With the precision exception flagged (`MXCSR_FAST`) the fast paths run, without it the slow ones; results must be equal, and
 * MXCSR but for that flag.
 */
import { STATE_MXCSR } from '../../shared/state';
import {
  addLanes,
  addLow,
  addsubLanes,
  divLanes,
  divLow,
  maxLanes,
  maxLow,
  minLanes,
  minLow,
  mulLanes,
  mulLow,
  sqrtLanes,
  sqrtLow,
  subLanes,
  subLow,
} from '../../machine/float-arith';
import { compareFlags, compareLanes, compareLow } from '../../machine/float-compare';
import {
  fromIntegerLanes,
  fromIntegerLow,
  narrowLanes,
  narrowLow,
  narrowToInteger,
  roundLanes,
  roundLow,
  toInteger,
  toIntegerLanes,
  widenLanes,
  widenLow,
} from '../../machine/float-convert';
import { fma, fmaLow } from '../../machine/float-fma';
import { allLanes, beginLanes, FLOAT_MAX, FLOAT_MIN, lowLane } from '../../machine/float-lanes';
import { EXC_PE, RESULT_FLAGS } from '../constants';
import { ieeeCompare } from '../ieee-compare';
import { ieeeConvert } from '../ieee-convert';
import { drawCase, operand, seed } from './sse-cases';

const MXCSR_FAST: u32 = 0x1fa0;
const MXCSR_SLOW: u32 = 0x1f80;

/** Left in RESULT_FLAGS by a fast path, which does not begin to collect flags. */
const UNTOUCHED: u32 = 0xffff;
let taken: i32 = 0;

/** How many cases of the last run took the fast path. */
export function fastPaths(): i32 {
  return taken;
}

function apply<F>(cpu: usize, op: i32, x: v128, y: v128, z: v128, variant: u32): v128 {
  switch (op) {
    case 0:
      return addLanes<F>(cpu, x, y);
    case 1:
      return subLanes<F>(cpu, x, y);
    case 2:
      return mulLanes<F>(cpu, x, y);
    case 3:
      return divLanes<F>(cpu, x, y);
    case 4:
      return sqrtLanes<F>(cpu, x);
    case 5:
      return addsubLanes<F>(cpu, x, y);
    case 6:
      return fma<F>(cpu, x, y, z, variant, variant ^ 1);
    case 7:
      return roundLanes<F>(cpu, x, variant);
    case 8:
      return sizeof<F>() == 4
        ? toIntegerLanes(cpu, x, (variant & 1) != 0)
        : narrowToInteger(cpu, x, (variant & 1) != 0);
    case 9:
      return sizeof<F>() == 4 ? fromIntegerLanes(cpu, x) : narrowLanes(cpu, x);
    case 10:
      return addLow<F>(cpu, x, y);
    case 11:
      return subLow<F>(cpu, x, y);
    case 12:
      return mulLow<F>(cpu, x, y);
    case 13:
      return divLow<F>(cpu, x, y);
    case 14:
      return sqrtLow<F>(cpu, x, y);
    case 15:
      return fmaLow<F>(cpu, x, x, y, z, variant);
    case 16:
      return roundLow<F>(cpu, x, y, variant);
    case 17:
      return i64x2.splat(toInteger<F, u32>(cpu, x, (variant & 1) != 0));
    case 18:
      return i64x2.splat(toInteger<F, u64>(cpu, x, (variant & 1) != 0));
    case 19:
      return fromIntegerLow<F, u64>(cpu, x, i64x2.extract_lane(y, 0));
    default:
      return narrowLow(cpu, x, y);
  }
}

/** What does not depend on the precision exception, computed slowly. */
function reference<F>(cpu: usize, op: i32, x: v128, y: v128): v128 {
  switch (op) {
    case 0:
      return allLanes<F>(cpu, FLOAT_MIN, x, y);
    case 1:
      return allLanes<F>(cpu, FLOAT_MAX, x, y);
    case 2:
      return lowLane<F>(cpu, FLOAT_MIN, x, y);
    default:
      return lowLane<F>(cpu, FLOAT_MAX, x, y);
  }
}

function direct<F>(cpu: usize, op: i32, x: v128, y: v128): v128 {
  switch (op) {
    case 0:
      return minLanes<F>(cpu, x, y);
    case 1:
      return maxLanes<F>(cpu, x, y);
    case 2:
      return minLow<F>(cpu, x, y);
    default:
      return maxLow<F>(cpu, x, y);
  }
}

/** Three vectors from cases of operation `kind`, a lane from each. */
function fill(kind: i32, wide: bool, at: usize): void {
  const lanes = wide ? 2 : 4;
  for (let n = 0; n != lanes; n++) {
    drawCase(kind);
    for (let k = 0; k < 3; k++) {
      if (wide) store<u64>(at + (k << 4) + (n << 3), operand(k));
      else store<u32>(at + (k << 4) + (n << 2), <u32>operand(k));
    }
  }
}

function equal(x: v128, y: v128): bool {
  return !v128.any_true(v128.xor(x, y));
}

function differs<F>(cpu: usize, op: i32, x: v128, y: v128, z: v128, variant: u32): bool {
  store<u32>(cpu, MXCSR_FAST, STATE_MXCSR);
  store<u32>(cpu, UNTOUCHED, RESULT_FLAGS);
  const fast = apply<F>(cpu, op, x, y, z, variant);
  if (load<u32>(cpu, RESULT_FLAGS) == UNTOUCHED) taken++;
  const flags = load<u32>(cpu, STATE_MXCSR);
  store<u32>(cpu, MXCSR_SLOW, STATE_MXCSR);
  const slow = apply<F>(cpu, op, x, y, z, variant);
  return !equal(fast, slow) || flags != (load<u32>(cpu, STATE_MXCSR) | EXC_PE);
}

function differsDirect<F>(cpu: usize, op: i32, x: v128, y: v128): bool {
  store<u32>(cpu, MXCSR_SLOW, STATE_MXCSR);
  store<u32>(cpu, UNTOUCHED, RESULT_FLAGS);
  const fast = direct<F>(cpu, op, x, y);
  if (load<u32>(cpu, RESULT_FLAGS) == UNTOUCHED) taken++;
  const flags = load<u32>(cpu, STATE_MXCSR);
  store<u32>(cpu, MXCSR_SLOW, STATE_MXCSR);
  const slow = reference<F>(cpu, op, x, y);
  return !equal(fast, slow) || flags != load<u32>(cpu, STATE_MXCSR);
}

/** Index of the first case where the ways differ, or -1. `kind` is the operation of sse-cases.ts that draws operands. */
export function firstDifference(cpu: usize, op: i32, kind: i32, wide: bool, count: i32): i32 {
  const at = cpu + 0x2000;
  taken = 0;
  seed(kind);
  for (let n = 0; n < count; n++) {
    fill(kind, wide, at);
    const x = v128.load(at);
    const y = v128.load(at, 16);
    const z = v128.load(at, 32);
    const variant = <u32>n & (op == 6 || op == 15 ? 3 : 15);
    let wrong: bool;
    if (op >= 100) wrong = wide ? differsDirect<f64>(cpu, op - 100, x, y) : differsDirect<f32>(cpu, op - 100, x, y);
    else wrong = wide ? differs<f64>(cpu, op, x, y, z, variant) : differs<f32>(cpu, op, x, y, z, variant);
    if (wrong) return n;
  }
  return -1;
}

/** Predicates, condition flags and widening against the routines for one number. */
export function firstWrongComparison(cpu: usize, wide: bool, count: i32): i32 {
  const at = cpu + 0x2000;
  const kind = wide ? 20 : 0;
  seed(kind);
  for (let n = 0; n < count; n++) {
    fill(kind, wide, at);
    const x = v128.load(at);
    const y = v128.load(at, 16);
    store<u32>(cpu, MXCSR_SLOW, STATE_MXCSR);
    const relation = wide
      ? ieeeCompare<u64>(cpu, i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0), MXCSR_SLOW, true)
      : ieeeCompare<u32>(cpu, i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), MXCSR_SLOW, true);
    const image = wide ? compareFlags<f64>(cpu, x, y, true) : compareFlags<f32>(cpu, x, y, true);
    if (image != <u32>load<u8>(memory.data<u8>([0x00, 0x01, 0x40, 0x45]) + relation)) return n;
    const predicate = <u32>n & 31;
    const all = wide ? compareLanes<f64>(cpu, x, y, predicate) : compareLanes<f32>(cpu, x, y, predicate);
    const one = wide ? compareLow<f64>(cpu, x, y, predicate) : compareLow<f32>(cpu, x, y, predicate);
    if (
      wide
        ? i64x2.extract_lane(all, 0) != i64x2.extract_lane(one, 0)
        : i32x4.extract_lane(all, 0) != i32x4.extract_lane(one, 0)
    )
      return n;
    if (wide) continue;
    beginLanes(cpu);
    const single = ieeeConvert<u32, u64>(cpu, i32x4.extract_lane(x, 0), MXCSR_SLOW);
    if (<u64>i64x2.extract_lane(widenLanes(cpu, x), 0) != single) return n;
    if (<u64>i64x2.extract_lane(widenLow(cpu, y, x), 0) != single) return n;
  }
  return -1;
}
