/**
 * Test build of the binary32 and binary64 routines: repeats the generator of record-sse.c and executes what it recorded.
 * One case yields one byte of flags and one byte of a hash of the result.
 */
import { ieeeAdd } from '../ieee-add';
import { ieeeCompare, ieeeMax, ieeeMin, predicateHolds, predicateSignals } from '../ieee-compare';
import {
  ieeeConvert,
  ieeeFromInteger,
  ieeeRound,
  ieeeToInteger,
  ieeeTruncate,
  immediateRounding,
} from '../ieee-convert';
import { ieeeFma } from '../ieee-fma';
import { reportedFlags } from '../ieee-format';
import { ieeeDiv, ieeeMul, ieeeSqrt } from '../ieee-multiply';
import { reciprocal, reciprocalRoot } from '../reciprocal';
import { MXCSR_MASK_SHIFT, RESULT_FLAGS } from '../constants';

const PAIR = 0;
const SINGLE = 1;
const FUSED = 2;
const TO_INT = 3;
const FROM_INT = 4;
const NARROW = 5;
const HALF = 6;

let state: u64 = 0;
let mxcsr: u32 = 0;
let variant: u32 = 0;
let a: u64 = 0;
let b: u64 = 0;
let c: u64 = 0;

function next(): u64 {
  let z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

function widthOf(wide: bool): i64 {
  return wide ? 52 : 23;
}

function specialOf(wide: bool): i64 {
  return wide ? 0x7ff : 0xff;
}

function signBit(wide: bool): u64 {
  return wide ? 63 : 31;
}

function compose(wide: bool, sign: u64, exponent: i64, fraction: u64): u64 {
  if (exponent < 0) exponent = 0;
  if (exponent > specialOf(wide)) exponent = specialOf(wide);
  return (sign << signBit(wide)) | (exponent << widthOf(wide)) | fraction;
}

function withExponent(wide: bool, v: u64, exponent: i64): u64 {
  return compose(wide, v >> signBit(wide), exponent, v & (((<u64>1) << widthOf(wide)) - 1));
}

function exponentIn(wide: bool, v: u64): i64 {
  return (v >> widthOf(wide)) & specialOf(wide);
}

function drawFraction(r: u64, random: u64, width: u64): u64 {
  const all = ((<u64>1) << width) - 1;
  const k = (r >> 12) % width;
  const fraction = random & all;
  switch (<u32>(r >> 8) & 15) {
    case 0:
      return 0;
    case 1:
      return all;
    case 2:
      return (<u64>1) << k;
    case 3:
      return (all << k) & all;
    case 4:
      return ((<u64>1) << k) - 1;
    case 5:
    case 6:
      return (fraction >> k) << k;
    default:
      return fraction;
  }
}

function drawNumber(wide: bool): u64 {
  const r = next();
  const random = next();
  const max = specialOf(wide);
  let fraction = drawFraction(r, random, widthOf(wide));
  let exponent: i64;
  switch (<u32>r & 15) {
    case 0:
      exponent = 0;
      break;
    case 1:
      exponent = max;
      break;
    case 2:
      exponent = 1 + ((r >> 32) & 1);
      break;
    case 3:
      exponent = max - 1;
      break;
    case 4:
    case 5:
      exponent = (random >> 52) & max;
      break;
    default:
      exponent = (max >> 1) - 8 + ((random >> 52) & 15);
  }
  if ((exponent == 0 || exponent == max) && (r >> 33) & 1) fraction = 0;
  return compose(wide, (r >> 4) & 1, exponent, fraction);
}

function partner(wide: bool, x: u64, y: u64): u64 {
  const r = next();
  const e = exponentIn(wide, x);
  const width = widthOf(wide);
  const max = specialOf(wide);
  const bias = max >> 1;
  const n = r >> 8;
  switch (<u32>r & 15) {
    case 0:
    case 1:
    case 2:
      return withExponent(wide, y, e - (width + 3) + <i64>(n % (2 * width + 7)));
    case 3:
      return withExponent(wide, y, e - 1 + <i64>(n % 3));
    case 4:
      return x ^ ((n & 1) << signBit(wide)) ^ ((r >> 9) & 3);
    case 5:
      return withExponent(wide, y, bias - e - (width + 3) + <i64>(n % (width + 7)));
    case 6:
      return withExponent(wide, y, max + bias - e - 3 + <i64>(n % 6));
    case 7:
      return withExponent(wide, y, e + bias - 4 + <i64>(n % (width + 7)));
    case 8:
      return withExponent(wide, y, e - bias - 3 + <i64>(n % 6));
    default:
      return y;
  }
}

/** x * y as the host rounds it; the operand z if that is a NaN. */
function nearProduct(wide: bool, x: u64, y: u64, z: u64): u64 {
  if (wide) {
    const product = reinterpret<f64>(x) * reinterpret<f64>(y);
    return product != product ? z : reinterpret<u64>(product);
  }
  const product = reinterpret<f32>(<u32>x) * reinterpret<f32>(<u32>y);
  return product != product ? z : <u64>reinterpret<u32>(product);
}

function addend(wide: bool, x: u64, y: u64, z: u64): u64 {
  const r = next();
  const width = widthOf(wide);
  const e = exponentIn(wide, x) + exponentIn(wide, y) - (specialOf(wide) >> 1);
  const pick = r & 7;
  if (pick < 4) return withExponent(wide, z, e - (2 * width + 4) + <i64>((r >> 8) % (3 * width + 9)));
  if (pick == 4) return withExponent(wide, z, e - 1 + <i64>((r >> 8) % 4));
  if (pick > 5) return z;
  return nearProduct(wide, x, y, z) ^ (((r >> 8) & 1) << signBit(wide)) ^ ((r >> 9) & 3);
}

function draw(wide: bool, kind: i32, variants: u32): void {
  const bias = specialOf(wide) >> 1;
  const r = next();
  mxcsr = r & 3 ? 0x1f80 : (<u32>(r >> 2) & 0x3f) << 7;
  mxcsr |= (<u32>(r >> 8) & 3) << 13;
  if (((r >> 10) & 3) == 0) mxcsr |= 0x40;
  if (((r >> 12) & 3) == 0) mxcsr |= 0x8000;
  variant = variants ? <u32>((r >> 14) % variants) : 0;
  a = drawNumber(wide);
  b = drawNumber(wide);
  c = 0;
  const s = next();
  const n = s >> 8;
  if (kind == PAIR) b = partner(wide, a, b);
  else if (kind == FUSED) {
    b = partner(wide, a, b);
    const other = drawNumber(wide);
    c = addend(wide, a, b, other);
  } else if (kind == FROM_INT) a = (<i64>next() >> (s & 63)) ^ (n & 1);
  else if (kind == TO_INT && s & 7) a = withExponent(wide, a, bias - 3 + <i64>(n % 70));
  else if (kind == NARROW && s & 7)
    a = withExponent(wide, a, s & 1 ? bias - 152 + <i64>(n % 30) : bias - 130 + <i64>(n % 262));
  else if (kind == HALF && s & 7)
    a = withExponent(wide, a, s & 1 ? bias - 26 + <i64>(n % 14) : bias - 16 + <i64>(n % 34));
}

/** ZF, PF and CF of COMISD. */
function conditionFlags(relation: u32): u64 {
  return <u64>load<u8>(memory.data<u8>([0x00, 0x01, 0x40, 0x45]) + relation);
}

function pairOperation<T>(cpu: usize, op: i32): u64 {
  const x = <T>a;
  const y = <T>b;
  switch (op) {
    case 0:
      return <u64>ieeeAdd<T>(cpu, x, y, mxcsr, 0);
    case 1:
      return <u64>ieeeAdd<T>(cpu, x, y, mxcsr, 1);
    case 2:
      return <u64>ieeeMul<T>(cpu, x, y, mxcsr);
    case 3:
      return <u64>ieeeDiv<T>(cpu, x, y, mxcsr);
    case 4:
      return <u64>ieeeSqrt<T>(cpu, x, mxcsr);
    case 5:
      return <u64>ieeeMin<T>(cpu, x, y, mxcsr);
    case 6:
      return <u64>ieeeMax<T>(cpu, x, y, mxcsr);
    case 7:
      return conditionFlags(ieeeCompare<T>(cpu, x, y, mxcsr, true));
    case 8:
      return conditionFlags(ieeeCompare<T>(cpu, x, y, mxcsr, false));
    case 9:
      return <u64>ieeeFma<T>(cpu, x, y, <T>c, variant, mxcsr);
    case 10:
      return predicateHolds(variant, ieeeCompare<T>(cpu, x, y, mxcsr, predicateSignals(variant))) ? <u64>(<T>~0) : 0;
    default:
      return <u64>ieeeRound<T>(cpu, x, variant, mxcsr);
  }
}

function conversion(cpu: usize, op: i32): u64 {
  const single = <u32>a;
  switch (op) {
    case 40:
      return ieeeConvert<u32, u64>(cpu, single, mxcsr);
    case 41:
      return ieeeConvert<u64, u32>(cpu, a, mxcsr);
    case 42:
      return ieeeToInteger<u32>(cpu, single, mxcsr, 32);
    case 43:
      return ieeeToInteger<u32>(cpu, single, mxcsr, 64);
    case 44:
      return ieeeTruncate<u32>(cpu, single, mxcsr, 32);
    case 45:
      return ieeeTruncate<u32>(cpu, single, mxcsr, 64);
    case 46:
      return ieeeToInteger<u64>(cpu, a, mxcsr, 32);
    case 47:
      return ieeeToInteger<u64>(cpu, a, mxcsr, 64);
    case 48:
      return ieeeTruncate<u64>(cpu, a, mxcsr, 32);
    case 49:
      return ieeeTruncate<u64>(cpu, a, mxcsr, 64);
    case 50:
      return ieeeFromInteger<u32>(cpu, <i64>(<i32>a), mxcsr);
    case 51:
      return ieeeFromInteger<u32>(cpu, <i64>a, mxcsr);
    case 52:
      return ieeeFromInteger<u64>(cpu, <i64>(<i32>a), mxcsr);
    case 53:
      return ieeeFromInteger<u64>(cpu, <i64>a, mxcsr);
    case 54:
      return ieeeConvert<u32, u16>(cpu, single, immediateRounding(mxcsr, variant));
    default:
      return ieeeConvert<u16, u32>(cpu, <u16>a, mxcsr);
  }
}

function kindOf(op: i32): i32 {
  if (op == 54) return HALF;
  if (op >= 50) return FROM_INT;
  if (op >= 42) return TO_INT;
  if (op == 41) return NARROW;
  if (op == 40) return SINGLE;
  const n = op % 20;
  if (n == 4) return SINGLE;
  if (n == 9) return FUSED;
  return n == 11 ? TO_INT : PAIR;
}

function variantsOf(op: i32): u32 {
  if (op == 54) return 8;
  if (op >= 40) return 0;
  const n = op % 20;
  if (n == 9) return 4;
  if (n == 10) return 32;
  return n == 11 ? 16 : 0;
}

function isWide(op: i32): bool {
  return op < 40 ? op >= 20 : op == 41 || (op >= 46 && op <= 49) || op == 52 || op == 53;
}

/** The operands of the case executed last, for messages. */
export function operand(n: i32): u64 {
  switch (n) {
    case 0:
      return a;
    case 1:
      return b;
    case 2:
      return c;
    case 3:
      return <u64>mxcsr;
    default:
      return <u64>variant;
  }
}

export function seed(op: i32): void {
  state = <u64>op * 0x1000003;
}

/** Draws the operands of the next case. */
export function drawCase(op: i32): void {
  draw(isWide(op), kindOf(op), variantsOf(op));
}

/** The next case of the operation: result, 0 if an exception is not masked. The flags are in RESULT_FLAGS. */
export function step(cpu: usize, op: i32): u64 {
  drawCase(op);
  store<u32>(cpu, 0, RESULT_FLAGS);
  let value: u64;
  if (op >= 40) value = conversion(cpu, op);
  else value = op < 20 ? pairOperation<u32>(cpu, op) : pairOperation<u64>(cpu, op - 20);
  const flags = reportedFlags(load<u32>(cpu, RESULT_FLAGS), mxcsr);
  store<u32>(cpu, flags, RESULT_FLAGS);
  return flags & ~(mxcsr >> MXCSR_MASK_SHIFT) ? 0 : value;
}

/** `count` cases from the start: flags at `out`, hashes after them. */
export function run(cpu: usize, op: i32, count: i32, out: usize): void {
  seed(op);
  for (let n = 0; n < count; n++) {
    const value = step(cpu, op);
    store<u8>(out + n, <u8>load<u32>(cpu, RESULT_FLAGS));
    store<u8>(out + count + n, <u8>((<u32>(value ^ (value >> 32)) * 0x9e3779b1) >> 24));
  }
}

export function approximate(v: u32, root: bool): u32 {
  return root ? reciprocalRoot(v) : reciprocal(v);
}

/** Largest error of an approximation in units of 2^-12, relative to the true value, at both ends of each interval. */
export function worstError(root: bool): f64 {
  let worst: f64 = 0;
  for (let n: u32 = 0; n < 1 << 13; n++) {
    const v = 0x3f800000 + (n >> 1) * 0x1000 + (n & 1 ? 0xfff : 0);
    const x = <f64>reinterpret<f32>(v);
    const truth = root ? 1.0 / sqrt<f64>(x) : 1.0 / x;
    worst = max<f64>(worst, abs<f64>((<f64>reinterpret<f32>(approximate(v, root)) - truth) / truth) * 4096.0);
  }
  return worst;
}
