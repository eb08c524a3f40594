/**
 * What is known of where addresses come from: a register's content is its origin, a content of some register at some time,
 * plus a constant. PUSH, POP and the like add constants, MOV copies, everything else makes a new origin.
 */
import { MEMORY_JIT_ORIGINS } from '../shared/memory-map';

const REGISTERS: u32 = 16;
/** A distance that no stack frame or structure has. */
const FAR: i64 = 0x10000000;

@unmanaged
class Origin {
  number: u32;
  distance: i32;
}

/** Behind the registers: number of origins so far. */
const COUNT: usize = <usize>MEMORY_JIT_ORIGINS + ((<usize>REGISTERS) << 3);

function origin(register: u32): Origin {
  return changetype<Origin>(<usize>MEMORY_JIT_ORIGINS + ((<usize>register) << 3));
}

export function originOf(register: u32): u32 {
  return origin(register).number;
}
/** Bytes from its origin to what the register points at. */
export function distanceOf(register: u32): i32 {
  return origin(register).distance;
}

/** The register has a content that nothing is known of. */
export function newOrigin(register: u32): void {
  const number = load<u32>(COUNT);
  store<u32>(COUNT, number + 1);
  origin(register).number = number;
  origin(register).distance = 0;
}

/** Nothing is known of any register. */
export function newOrigins(): void {
  for (let n: u32 = 0; n < REGISTERS; n++) newOrigin(n);
}

/** `register` becomes the content of `other` plus a constant. */
export function copyOrigin(register: u32, other: u32, distance: i64): void {
  const far = <i64>origin(other).distance + distance;
  if (far > FAR || far < -FAR) return newOrigin(register);
  origin(register).number = origin(other).number;
  origin(register).distance = <i32>far;
}

export const ORIGINS_SIZE: usize = (<usize>REGISTERS) << 3;
/** Keeps what is known at `at`, and brings it back. */
export function saveOrigins(at: usize): void {
  memory.copy(at, MEMORY_JIT_ORIGINS, ORIGINS_SIZE);
}
export function restoreOrigins(at: usize): void {
  memory.copy(MEMORY_JIT_ORIGINS, at, ORIGINS_SIZE);
}
