/** What of a state block is the guest's, for hashes and comparisons: all but what caches it, scratch, and counters. */
import * as S from '../shared/state';
import { Eval } from './eval';

/** Copies the block to `to`, EFLAGS worked out whatever way its lazy parts are kept, and zeroes for all that is not architectural. */
export function copyArchitectural(block: usize, to: usize): void {
  const flags = changetype<Eval>(block).flags;
  memory.copy(to, block, S.STATE_SIZE);
  store<u32>(to, flags, S.STATE_FLAGS);
  store<u64>(to, 0, S.STATE_RIP_BASE);
  clear(to, S.STATE_LAZY_KIND, S.STATE_ACTIVITY);
  clear(to, S.STATE_FPU_RESULT, S.STATE_FPU_RESULT + 96);
  clear(to, S.STATE_TLB, S.STATE_EXIT_DETAIL + 16);
  clear(to, S.STATE_RAM_BASE, S.STATE_INDEX);
  clear(to, S.STATE_FPU_RESULT, S.STATE_XMM);
  clear(to, S.STATE_SCRATCH_UOP, S.STATE_SIZE);
}

function clear(block: usize, start: usize, end: usize): void {
  memory.fill(block + start, 0, end - start);
}
