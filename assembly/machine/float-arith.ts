/**
 * Add, subtract, multiply, divide, root, minimum and maximum of vectors and of their lowest lanes, by the host's arithmetic
 * where it cannot be told from the processor's: F is f32 or f64.
 *
 * WebAssembly rounds to nearest, keeps denormals and has no flags; its NaNs are anyone's. So its result is right if MXCSR
 * asks for nothing else (isQuiet) and if no other flag can be due: no operand denormal, result finite and not tiny.
 */
import {
  allLanes,
  FLOAT_ADD,
  FLOAT_ADDSUB,
  FLOAT_DIV,
  FLOAT_MAX,
  FLOAT_MIN,
  FLOAT_MUL,
  FLOAT_SQRT,
  FLOAT_SUB,
  isQuiet,
  lowLane,
} from './float-lanes';

// Smallest normal numbers.
const MIN32: f32 = 1.1754943508222875e-38;
const MIN64: f64 = 2.2250738585072014e-308;

export function smallestNormal<F>(): F {
  return <F>(sizeof<F>() == 4 ? MIN32 : MIN64);
}

/** Lanes that are neither denormal nor NaN. */
export function plainLanes<F>(x: v128): v128 {
  const normal = v128.ge<F>(v128.abs<F>(x), v128.splat<F>(smallestNormal<F>()));
  return v128.or(normal, v128.eq<F>(x, v128.splat<F>(0)));
}

export function finiteLanes<F>(x: v128): v128 {
  return v128.lt<F>(v128.abs<F>(x), v128.splat<F>(<F>Infinity));
}

/** Lanes above the smallest normal number, which a tiny result may have been rounded to. */
export function safeLanes<F>(x: v128): v128 {
  return v128.gt<F>(v128.abs<F>(x), v128.splat<F>(smallestNormal<F>()));
}

function zeroLanes<F>(x: v128): v128 {
  return v128.eq<F>(x, v128.splat<F>(0));
}

export function every(mask: v128): bool {
  return v128.all_true<i32>(mask);
}

export function isPlain<F>(v: F): bool {
  return abs<F>(v) >= smallestNormal<F>() || v == 0;
}

export function isFiniteNumber<F>(v: F): bool {
  return abs<F>(v) < <F>Infinity;
}

export function isSafe<F>(v: F): bool {
  return abs<F>(v) > smallestNormal<F>();
}

/** Sums underflow to exact results only, so that they need not be safe, but FTZ would see a denormal. */
function sumIsPlain<F>(x: v128, y: v128, r: v128): bool {
  const operands = v128.and(plainLanes<F>(x), plainLanes<F>(y));
  return every(v128.and(operands, v128.and(plainLanes<F>(r), finiteLanes<F>(r))));
}

export function addLanes<F>(cpu: usize, x: v128, y: v128): v128 {
  const r = v128.add<F>(x, y);
  return isQuiet(cpu) && sumIsPlain<F>(x, y, r) ? r : allLanes<F>(cpu, FLOAT_ADD, x, y);
}

export function subLanes<F>(cpu: usize, x: v128, y: v128): v128 {
  const r = v128.sub<F>(x, y);
  return isQuiet(cpu) && sumIsPlain<F>(x, y, r) ? r : allLanes<F>(cpu, FLOAT_SUB, x, y);
}

export function addsubLanes<F>(cpu: usize, x: v128, y: v128): v128 {
  const signs = sizeof<F>() == 4 ? i64x2.splat(0x80000000) : v128.load(memory.data<u64>([0x8000000000000000, 0]));
  const r = v128.add<F>(x, v128.xor(y, signs));
  return isQuiet(cpu) && sumIsPlain<F>(x, y, r) ? r : allLanes<F>(cpu, FLOAT_ADDSUB, x, y);
}

export function mulLanes<F>(cpu: usize, x: v128, y: v128): v128 {
  const r = v128.mul<F>(x, y);
  if (isQuiet(cpu)) {
    const operands = v128.and(plainLanes<F>(x), plainLanes<F>(y));
    const exact = v128.or(zeroLanes<F>(x), zeroLanes<F>(y));
    const result = v128.and(v128.or(safeLanes<F>(r), exact), finiteLanes<F>(r));
    if (every(v128.and(operands, result))) return r;
  }
  return allLanes<F>(cpu, FLOAT_MUL, x, y);
}

export function divLanes<F>(cpu: usize, x: v128, y: v128): v128 {
  const r = v128.div<F>(x, y);
  if (isQuiet(cpu)) {
    const operands = v128.and(plainLanes<F>(x), plainLanes<F>(y));
    const result = v128.and(v128.or(safeLanes<F>(r), zeroLanes<F>(x)), finiteLanes<F>(r));
    if (every(v128.and(operands, result))) return r;
  }
  return allLanes<F>(cpu, FLOAT_DIV, x, y);
}

export function sqrtLanes<F>(cpu: usize, y: v128): v128 {
  const r = v128.sqrt<F>(y);
  const plain = isQuiet(cpu) && every(v128.and(plainLanes<F>(y), finiteLanes<F>(r)));
  return plain ? r : allLanes<F>(cpu, FLOAT_SQRT, y, y);
}

/** Without denormals and NaNs there is nothing to flag, whatever MXCSR says. pmin is y < x ? y : x: the operands are exchanged. */
export function minLanes<F>(cpu: usize, x: v128, y: v128): v128 {
  const plain = every(v128.and(plainLanes<F>(x), plainLanes<F>(y)));
  return plain ? v128.pmin<F>(y, x) : allLanes<F>(cpu, FLOAT_MIN, x, y);
}

export function maxLanes<F>(cpu: usize, x: v128, y: v128): v128 {
  const plain = every(v128.and(plainLanes<F>(x), plainLanes<F>(y)));
  return plain ? v128.pmax<F>(y, x) : allLanes<F>(cpu, FLOAT_MAX, x, y);
}

export function addLow<F>(cpu: usize, x: v128, y: v128): v128 {
  const a = v128.extract_lane<F>(x, 0);
  const b = v128.extract_lane<F>(y, 0);
  const r: F = a + b;
  const plain = isPlain<F>(a) && isPlain<F>(b) && isPlain<F>(r) && isFiniteNumber<F>(r);
  return plain && isQuiet(cpu) ? v128.replace_lane<F>(x, 0, r) : lowLane<F>(cpu, FLOAT_ADD, x, y);
}

export function subLow<F>(cpu: usize, x: v128, y: v128): v128 {
  const a = v128.extract_lane<F>(x, 0);
  const b = v128.extract_lane<F>(y, 0);
  const r: F = a - b;
  const plain = isPlain<F>(a) && isPlain<F>(b) && isPlain<F>(r) && isFiniteNumber<F>(r);
  return plain && isQuiet(cpu) ? v128.replace_lane<F>(x, 0, r) : lowLane<F>(cpu, FLOAT_SUB, x, y);
}

export function mulLow<F>(cpu: usize, x: v128, y: v128): v128 {
  const a = v128.extract_lane<F>(x, 0);
  const b = v128.extract_lane<F>(y, 0);
  const r: F = a * b;
  const plain = isPlain<F>(a) && isPlain<F>(b) && (isSafe<F>(r) || a == 0 || b == 0) && isFiniteNumber<F>(r);
  return plain && isQuiet(cpu) ? v128.replace_lane<F>(x, 0, r) : lowLane<F>(cpu, FLOAT_MUL, x, y);
}

export function divLow<F>(cpu: usize, x: v128, y: v128): v128 {
  const a = v128.extract_lane<F>(x, 0);
  const b = v128.extract_lane<F>(y, 0);
  const r: F = a / b;
  const plain = isPlain<F>(a) && isPlain<F>(b) && (isSafe<F>(r) || a == 0) && isFiniteNumber<F>(r);
  return plain && isQuiet(cpu) ? v128.replace_lane<F>(x, 0, r) : lowLane<F>(cpu, FLOAT_DIV, x, y);
}

export function sqrtLow<F>(cpu: usize, x: v128, y: v128): v128 {
  const b = v128.extract_lane<F>(y, 0);
  const r = sqrt<F>(b);
  const plain = isPlain<F>(b) && isFiniteNumber<F>(r);
  return plain && isQuiet(cpu) ? v128.replace_lane<F>(x, 0, r) : lowLane<F>(cpu, FLOAT_SQRT, x, y);
}

export function minLow<F>(cpu: usize, x: v128, y: v128): v128 {
  const a = v128.extract_lane<F>(x, 0);
  const b = v128.extract_lane<F>(y, 0);
  if (isPlain<F>(a) && isPlain<F>(b)) return v128.replace_lane<F>(x, 0, a < b ? a : b);
  return lowLane<F>(cpu, FLOAT_MIN, x, y);
}

export function maxLow<F>(cpu: usize, x: v128, y: v128): v128 {
  const a = v128.extract_lane<F>(x, 0);
  const b = v128.extract_lane<F>(y, 0);
  if (isPlain<F>(a) && isPlain<F>(b)) return v128.replace_lane<F>(x, 0, a > b ? a : b);
  return lowLane<F>(cpu, FLOAT_MAX, x, y);
}
