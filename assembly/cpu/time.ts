/**
 * Virtual time. The host says at each slice's start what time it is; inside the slice time goes on by a fixed number of
 * nanoseconds for each instruction, so everything that reads a clock sees the exact count of its own instruction.
 */
import * as S from '../shared/state';
import { Eval } from '../machine/eval';

/** Instructions executed before the one at hand. */
export function instructionCount(m: Eval): u64 {
  const left = load<i32>(m.at, S.STATE_LEFT) + load<i32>(m.at, S.STATE_HELD);
  return load<u64>(m.at, S.STATE_STRETCH_END) - <u64>(<u32>left >> 4) - 1;
}

/** Virtual nanoseconds at the instruction at hand. */
export function virtualTime(m: Eval): u64 {
  const since = instructionCount(m) - load<u64>(m.at, S.STATE_TIME_COUNT);
  return load<u64>(m.at, S.STATE_TIME_BASE) + (since << (<u64>load<u32>(m.at, S.STATE_TIME_SHIFT)));
}

/** The TSC: one tick for each virtual nanosecond. */
export function timeStamp(m: Eval): u64 {
  return virtualTime(m) + load<u64>(m.at, S.STATE_TSC_OFFSET);
}

/** The host's sample at a slice start; virtual time never goes back. */
export function setVirtualTime(m: Eval, ns: u64): void {
  settle(m);
  const now = virtualTime(m);
  store<u64>(m.at, ns > now ? ns : now, S.STATE_TIME_BASE);
  store<u64>(m.at, load<u64>(m.at, S.STATE_COUNT), S.STATE_TIME_COUNT);
}

/** Between stretches the count is that of STATE_COUNT. */
export function settle(m: Eval): void {
  store<i32>(m.at, 0, S.STATE_LEFT);
  store<i32>(m.at, 0, S.STATE_HELD);
  store<u64>(m.at, load<u64>(m.at, S.STATE_COUNT) + 1, S.STATE_STRETCH_END);
}
