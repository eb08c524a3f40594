/**
 * Accesses of 16 bytes that the fast path does not settle, in halves of 8, and those of single elements. A store checks all its
 * bytes before it changes the first (SDM vol. 1 11.6.11 leaves the order of the halves open).
 */
import * as S from '../shared/state';
import { Eval } from '../machine/eval';
import { checkDataBreakpoints } from '../cpu/debug';
import { bytesAt, isPlainWrite, plainRead, plainWrite, setBytes } from '../jit/lockstep-log';
import { accessAt, loadLinear, loadSlow, rmwSlow, storeLinear, storeSlow } from './access';
import { ACCESS_WRITE, NO_TRANSLATION, translate } from './paging';
import { segmentAllows } from './segmentation';

/**
 * The first 16 of `whole` bytes. If any of these lies outside of its segment or is not canonical, that comes before the faults
 * of the pages.
 */
export function loadVectorSlow(m: Eval, segment: u32, ea: u64, whole: u32): v128 {
  if (!segmentAllows(m, segment, ea, whole, false)) return i64x2.splat(0);
  const low = loadSlow(m, segment, ea, 8);
  if (m.fault) return i64x2.splat(0);
  const high = loadSlow(m, segment, ea + 8, 8);
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

/** Faults as a store of these bytes would, and changes nothing. */
export function probeWrite(m: Eval, segment: u32, ea: u64, bytes: u32): void {
  if (isPlainWrite(m, segment, ea, bytes)) return;
  if (!segmentAllows(m, segment, ea, bytes, true)) return;
  for (let n: u32 = 0; n < bytes && !m.fault; n += 8) rmwSlow(m, segment, ea + n, 8);
}

export function storeVectorSlow(m: Eval, segment: u32, ea: u64, v: v128): void {
  probeWrite(m, segment, ea, 16);
  if (m.fault) return;
  storeSlow(m, segment, ea, 8, i64x2.extract_lane(v, 0));
  if (!m.fault) storeSlow(m, segment, ea + 8, 8, i64x2.extract_lane(v, 1));
}

// Elements of gathers and of VMASKMOV are never checked for alignment (SDM vol. 2C, VPGATHERDD and VMASKMOV).

export function loadElementSlow(m: Eval, segment: u32, ea: u64, size: u32): u64 {
  const host = plainRead(m, segment, ea, size);
  if (host) return bytesAt(host, size);
  if (!segmentAllows(m, segment, ea, size, false)) return 0;
  const la = m.linear(segment, ea);
  const v = loadLinear(m, la, size, accessAt(m, m.cpl));
  if (!m.fault) checkDataBreakpoints(m, la, size, false);
  return v;
}

/** Faults as the store of an element would, and changes nothing. */
export function probeElement(m: Eval, segment: u32, ea: u64, size: u32): void {
  if (isPlainWrite(m, segment, ea, size)) return;
  if (!segmentAllows(m, segment, ea, size, true)) return;
  const la = m.linear(segment, ea);
  const access = accessAt(m, m.cpl) | ACCESS_WRITE;
  if (translate(m, la, access) == NO_TRANSLATION) return;
  const last = (la + size - 1) & load<u64>(m.at, S.STATE_LINEAR_MASK);
  if (last >> 12 != la >> 12) translate(m, last & ~0xfff, access);
}

/** After probeElement. */
export function storeElementSlow(m: Eval, segment: u32, ea: u64, size: u32, v: u64): void {
  const host = plainWrite(m, segment, ea, size);
  if (host) return setBytes(host, size, v);
  const la = m.linear(segment, ea);
  storeLinear(m, la, size, v, accessAt(m, m.cpl));
  if (!m.fault) checkDataBreakpoints(m, la, size, true);
}
