/**
 * Accesses of 16 bytes that the fast path does not settle, in halves of 8. A store checks all its bytes before it changes the
 * first (SDM vol. 1 11.6.11 leaves the order of the halves open).
 */
import { Eval } from '../machine/eval';
import { loadSlow, rmwSlow, storeSlow } from './access';

export function loadVectorSlow(m: Eval, segment: u32, ea: u64): v128 {
  const low = loadSlow(m, segment, ea, 8);
  if (m.fault) return i64x2.splat(0);
  const high = loadSlow(m, segment, ea + 8, 8);
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

/** Faults as a store of these bytes would, and changes nothing. */
export function probeWrite(m: Eval, segment: u32, ea: u64, bytes: u32): void {
  for (let n: u32 = 0; n < bytes && !m.fault; n += 8) rmwSlow(m, segment, ea + n, 8);
}

export function storeVectorSlow(m: Eval, segment: u32, ea: u64, v: v128): void {
  probeWrite(m, segment, ea, 16);
  if (m.fault) return;
  storeSlow(m, segment, ea, 8, i64x2.extract_lane(v, 0));
  if (!m.fault) storeSlow(m, segment, ea + 8, 8, i64x2.extract_lane(v, 1));
}
