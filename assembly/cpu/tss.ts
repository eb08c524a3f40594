/** The task-state segment that TR holds: SDM vol. 3A 7.2 (figures 7-2 and 7-8). */
import * as S from '../shared/state';
import { Eval } from '../machine/eval';
import { loadSystem } from '../mmu/access';
import { segmentAttributes, segmentBase, segmentLimit } from './segment';

/** Lowest limits of a valid TSS. */
export const TSS16_LIMIT: u32 = 0x2b;
export const TSS32_LIMIT: u32 = 0x67;
/** Offset of the I/O map base in a 32-bit TSS. */
const IO_MAP_BASE: u32 = 102;

export function tssBase(m: Eval): u64 {
  return segmentBase(m, S.TR);
}

export function tssLimit(m: Eval): u32 {
  return segmentLimit(m, S.TR);
}

/** Bit 3 of the type tells the 32-bit TSS. */
export function isTss32(m: Eval): bool {
  return (segmentAttributes(m, S.TR) & 8) != 0;
}

/** I/O permission bit map (vol. 1 18.5.2): the bits of all bytes of the access must be 0. #GP(0) otherwise. */
export function ioMapAllows(m: Eval, port: u32, size: u32): bool {
  if (!isTss32(m) || tssLimit(m) < TSS32_LIMIT) return deny(m);
  const map = <u32>loadSystem<u16>(m, tssBase(m) + IO_MAP_BASE);
  if (m.fault) return false;
  const offset = map + (port >> 3);
  // Two bytes are always read, so the last one of the map must be followed by another inside the limit.
  if (offset + 1 > tssLimit(m)) return deny(m);
  const bits = <u32>loadSystem<u16>(m, tssBase(m) + offset);
  if (m.fault) return false;
  return ((bits >> (port & 7)) & ((1 << size) - 1)) == 0 || deny(m);
}

function deny(m: Eval): bool {
  m.gp();
  return false;
}

/**
 * Software interrupt redirection bit map of CR4.VME, the 32 bytes below the I/O map (vol. 3B 21.3.3.4). True if the
 * 8086 program handles `vector` itself; #GP(0) if the map lies beyond the TSS.
 */
export function redirectsInterrupt(m: Eval, vector: u32): bool {
  if (!isTss32(m) || tssLimit(m) < TSS32_LIMIT) return deny(m);
  const map = <u32>loadSystem<u16>(m, tssBase(m) + IO_MAP_BASE);
  if (m.fault) return false;
  const offset = map - 32 + (vector >> 3);
  if (offset > tssLimit(m)) return deny(m);
  const bits = <u32>loadSystem<u8>(m, tssBase(m) + offset);
  return !m.fault && ((bits >> (vector & 7)) & 1) == 0;
}
