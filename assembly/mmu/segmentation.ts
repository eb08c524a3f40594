/**
 * Full check of a segment access, where the fast path's single compare does not settle it: SDM vol. 3A 5.3 to 5.5.
 */
import * as S from '../shared/state';
import { EXCEPTION_SS } from '../shared/exception';
import { SEG_CE, SEG_CODE, SEG_DB, SEG_RW, SEG_UNUSABLE } from '../shared/register-bits';
import { Eval } from '../machine/eval';

/** True if [ea, ea + size) may be read (written); otherwise #SS(0) for the stack segment, #GP(0) for the others. */
export function segmentAllows(m: Eval, segment: u32, ea: u64, size: u32, write: bool): bool {
  if (m.mode == S.MODE_64 ? areCanonical(m.linear(segment, ea), size) : within(m, segment, ea, size, write))
    return true;
  if (segment == S.SS) m.raiseError(EXCEPTION_SS, 0);
  else m.gp();
  return false;
}

/** With 48 linear-address bits: bits 63-47 are equal (vol. 1 3.3.7.1). */
export function isCanonical(la: u64): bool {
  return <i64>(la << 16) >> 16 == <i64>la;
}

/** Are the first and the last of `size` bytes? */
export function areCanonical(la: u64, size: u32): bool {
  return isCanonical(la) && isCanonical(la + size - 1);
}

function within(m: Eval, segment: u32, ea: u64, size: u32, write: bool): bool {
  const at = m.segmentAt(segment);
  const attributes = load<u32>(at, S.STATE_SEGMENTS + S.SEGMENT_ATTRIBUTES);
  const limit = <u64>load<u32>(at, S.STATE_SEGMENTS + S.SEGMENT_LIMIT);
  if (attributes & SEG_UNUSABLE) return false;
  const last = ea + size - 1;
  if (attributes & SEG_CODE) return !write && (attributes & SEG_RW) != 0 && last <= limit;
  if (write && !(attributes & SEG_RW)) return false;
  if (!(attributes & SEG_CE)) return last <= limit;
  // Expand-down: valid offsets lie above the limit, up to 64 KB or 4 GB by the B bit.
  return ea > limit && last <= (attributes & SEG_DB ? 0xffffffff : 0xffff);
}
