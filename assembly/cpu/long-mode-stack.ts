/**
 * The stack that an interrupt or a call gate pushes on in IA-32e mode: SDM vol. 3A 5.8.5.1 and 6.14. Flat, 64 bits wide, chosen
 * from the 64-bit TSS (figure 7-11) when the ring changes, which loads SS with a null selector. Nothing but memory below the
 * stack pointer changes before commit().
 */
import * as S from '../shared/state';
import { EXCEPTION_SS, EXCEPTION_TS } from '../shared/exception';
import { Eval } from '../machine/eval';
import { accessAt, loadSystem, storeLinear } from '../mmu/access';
import { isCanonical } from '../mmu/segmentation';
import { checkDataBreakpoints } from './debug';
import { errorOf } from './descriptor';
import { selectorOf, setNull } from './segment';
import { tssBase, tssLimit } from './tss';

/** Offsets in the 64-bit TSS: RSP0 to RSP2, and (from 1 on) IST1 to IST7. */
const TSS_RSP0: u32 = 4;
const TSS_IST1: u32 = 0x24;

@unmanaged
@final
export class LongModeStack {
  sp: u64;
  /** Ring that the stack belongs to. */
  cpl: u32;
  /** 1: the ring changes, SS becomes null. */
  switched: u32;

  /** Room for `count` quadwords: #SS(0) if they do not lie at canonical addresses. */
  room(m: Eval, count: u32): bool {
    if (isCanonical(this.sp - 8) && isCanonical(this.sp - (count << 3))) return true;
    m.raiseError(EXCEPTION_SS, 0);
    return false;
  }

  push(m: Eval, v: u64): void {
    if (m.fault) return;
    this.sp -= 8;
    storeLinear(m, this.sp, 8, v, accessAt(m, this.cpl));
    if (!m.fault) checkDataBreakpoints(m, this.sp, 8, true);
  }

  /** RSP, and SS if the ring changes. CS holds the new code segment already. */
  commit(m: Eval): void {
    if (this.switched) setNull(m, S.SS, this.cpl);
    m.set<u64>(S.RSP, this.sp);
  }
}

function frame(m: Eval): LongModeStack {
  return changetype<LongModeStack>(m.at + S.STATE_FRAME);
}

/** A stack pointer from the TSS; #TS with the selector of the TSS if it lies beyond the limit. */
function fromTss(m: Eval, offset: u32): u64 {
  if (offset + 7 <= tssLimit(m)) return loadSystem<u64>(m, tssBase(m) + offset);
  m.raiseError(EXCEPTION_TS, errorOf(selectorOf(m, S.TR)));
  return 0;
}

/** The stack for code of ring `cpl`, with `ist` (0: none) from the gate. Check m.fault: #TS or #PF. */
export function longModeStack(m: Eval, cpl: u32, ist: u32): LongModeStack {
  const f = frame(m);
  f.cpl = cpl;
  f.switched = cpl == m.cpl ? 0 : 1;
  if (ist) f.sp = fromTss(m, TSS_IST1 + ((ist - 1) << 3));
  else f.sp = f.switched ? fromTss(m, TSS_RSP0 + (cpl << 3)) : m.get<u64>(S.RSP);
  return f;
}
