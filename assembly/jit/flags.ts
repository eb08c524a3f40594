/** Arithmetic flags between compiled code and the state block: what regions import, and what their exits need. */
import * as S from '../shared/state';
import { FLAG_AF, FLAG_CF } from '../shared/register-bits';
import { FLAGS_DYNAMIC, FLAGS_SETTLED, FLAGS_WIDE } from '../machine/emit-flags';
import { LAZY_DEC, LAZY_INC, LAZY_ROTATE } from '../machine/flags';

function setFlagBits(cpu: usize, clear: u32, bits: u32): void {
  store<u32>(cpu, (load<u32>(cpu, S.STATE_FLAGS) & ~clear) | bits, S.STATE_FLAGS);
}

/** Flags as a region's locals had them become those of the state block. `kind` as in machine/emit-flags.ts. */
export function settleFlags(cpu: usize, kind: u32): void {
  if (kind == FLAGS_DYNAMIC) kind = load<u32>(cpu, S.STATE_JIT_KIND);
  if (kind == FLAGS_SETTLED) return;
  const lazy = kind & ~FLAGS_WIDE;
  const isStep = lazy == LAZY_INC || lazy == LAZY_DEC;
  store<u32>(cpu, lazy, S.STATE_LAZY_KIND);
  if (kind & FLAGS_WIDE) {
    store<i64>(cpu, load<i64>(cpu, S.STATE_JIT_X64), S.STATE_LAZY_X);
    store<i64>(cpu, isStep ? 1 : load<i64>(cpu, S.STATE_JIT_Y64), S.STATE_LAZY_Y);
    store<i64>(cpu, load<i64>(cpu, S.STATE_JIT_R64), S.STATE_LAZY_R);
  } else {
    store<i64>(cpu, <i64>load<i32>(cpu, S.STATE_JIT_X32), S.STATE_LAZY_X);
    store<i64>(cpu, isStep ? 1 : <i64>load<i32>(cpu, S.STATE_JIT_Y32), S.STATE_LAZY_Y);
    store<i64>(cpu, <i64>load<i32>(cpu, S.STATE_JIT_R32), S.STATE_LAZY_R);
  }
  if (isStep) setFlagBits(cpu, FLAG_CF, load<u32>(cpu, S.STATE_JIT_CARRY));
  if (lazy == LAZY_ROTATE) setFlagBits(cpu, FLAG_AF, load<u32>(cpu, S.STATE_JIT_ADJUST));
}
