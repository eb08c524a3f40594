/**
 * Lazy arithmetic flags. An instruction leaves its sign-extended operands and result and a kind; a flag is worked out
 * when something reads it. Sign extension makes the formulas independent of the operand size: it keeps the unsigned
 * order, the sign, zero, and the low byte.
 */
import * as S from '../shared/state';
import { FLAG_AF, FLAG_CF, FLAG_OF } from '../shared/register-bits';

/** Every flag is in STATE_FLAGS. */
export const LAZY_NONE: u32 = 0;
/** r = x + y (+ CF). */
export const LAZY_ADD: u32 = 1;
/** r = x - y (- CF). */
export const LAZY_SUB: u32 = 2;
/** CF = OF = AF = 0. */
export const LAZY_LOGIC: u32 = 3;
/** As ADD with y = 1, but CF is in STATE_FLAGS. */
export const LAZY_INC: u32 = 4;
export const LAZY_DEC: u32 = 5;
/** SF ZF PF of r; CF = x, OF = y (0 or 1); AF = 0. */
export const LAZY_RESULT: u32 = 6;
/** As RESULT, but AF is in STATE_FLAGS: what an instruction leaves that changes CF and OF only. */
export const LAZY_ROTATE: u32 = 7;

function x(cpu: usize): i64 {
  return load<i64>(cpu, S.STATE_LAZY_X);
}

function y(cpu: usize): i64 {
  return load<i64>(cpu, S.STATE_LAZY_Y);
}

function r(cpu: usize): i64 {
  return load<i64>(cpu, S.STATE_LAZY_R);
}

export function lazyCarry(cpu: usize): bool {
  const kind = load<u32>(cpu, S.STATE_LAZY_KIND);
  // Carry (borrow) out of the top bit for any carry in: majority of the operands' and the inverted result's top bits.
  if (kind == LAZY_SUB) return ((~x(cpu) & y(cpu)) | ((~x(cpu) | y(cpu)) & r(cpu))) < 0;
  if (kind == LAZY_ADD) return ((x(cpu) & y(cpu)) | ((x(cpu) | y(cpu)) & ~r(cpu))) < 0;
  if (kind == LAZY_LOGIC) return false;
  if (kind >= LAZY_RESULT) return x(cpu) != 0;
  return (load<u32>(cpu, S.STATE_FLAGS) & FLAG_CF) != 0;
}

export function lazyOverflow(cpu: usize): bool {
  const kind = load<u32>(cpu, S.STATE_LAZY_KIND);
  if (kind == LAZY_SUB || kind == LAZY_DEC) return ((x(cpu) ^ y(cpu)) & (x(cpu) ^ r(cpu))) < 0;
  if (kind == LAZY_ADD || kind == LAZY_INC) return ((r(cpu) ^ x(cpu)) & (r(cpu) ^ y(cpu))) < 0;
  if (kind == LAZY_LOGIC) return false;
  if (kind >= LAZY_RESULT) return y(cpu) != 0;
  return (load<u32>(cpu, S.STATE_FLAGS) & FLAG_OF) != 0;
}

export function lazyAdjust(cpu: usize): bool {
  const kind = load<u32>(cpu, S.STATE_LAZY_KIND);
  if (kind == LAZY_LOGIC || kind == LAZY_RESULT) return false;
  if (kind == LAZY_NONE || kind == LAZY_ROTATE) return (load<u32>(cpu, S.STATE_FLAGS) & FLAG_AF) != 0;
  return ((x(cpu) ^ y(cpu) ^ r(cpu)) & 0x10) != 0;
}

/** CF and OF alone change (rotates, BT, STC): the other flags stay as lazy as they are. */
export function setCarryOverflow(cpu: usize, cf: u64, overflow: u64): void {
  const kind = load<u32>(cpu, S.STATE_LAZY_KIND);
  if (kind >= LAZY_RESULT) {
    store<u64>(cpu, cf, S.STATE_LAZY_X);
    store<u64>(cpu, overflow, S.STATE_LAZY_Y);
    return;
  }
  const word = load<u32>(cpu, S.STATE_FLAGS);
  if (kind == LAZY_NONE) {
    store<u32>(cpu, (word & ~(FLAG_CF | FLAG_OF)) | <u32>cf | ((<u32>overflow) << 11), S.STATE_FLAGS);
    return;
  }
  if (kind == LAZY_LOGIC) store<u32>(cpu, LAZY_RESULT, S.STATE_LAZY_KIND);
  else {
    // LAZY_ADD, SUB, INC, DEC: bit 4 of the sum without carries against that with them is AF.
    store<u32>(cpu, (word & ~FLAG_AF) | (<u32>(x(cpu) ^ y(cpu) ^ r(cpu)) & FLAG_AF), S.STATE_FLAGS);
    store<u32>(cpu, LAZY_ROTATE, S.STATE_LAZY_KIND);
  }
  store<u64>(cpu, cf, S.STATE_LAZY_X);
  store<u64>(cpu, overflow, S.STATE_LAZY_Y);
}

/** CF alone changes. */
export function setCarry(cpu: usize, cf: u64): void {
  const kind = load<u32>(cpu, S.STATE_LAZY_KIND);
  if (kind >= LAZY_RESULT) {
    store<u64>(cpu, cf, S.STATE_LAZY_X);
    return;
  }
  if (kind != LAZY_NONE && kind != LAZY_INC && kind != LAZY_DEC) {
    setCarryOverflow(cpu, cf, <u64>lazyOverflow(cpu));
    return;
  }
  store<u32>(cpu, (load<u32>(cpu, S.STATE_FLAGS) & ~FLAG_CF) | <u32>cf, S.STATE_FLAGS);
}

/** FLAG_PF if the low byte of r has an even number of ones, else 0. */
export function parityFlag(r: i64): u32 {
  return (~popcnt<u32>(<u32>r & 0xff) & 1) << 2;
}
