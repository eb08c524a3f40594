/**
 * The stack that an interrupt or a far transfer pushes on, before anything is committed: the current one, or the one that
 * the TSS names for an inner ring (SDM vol. 3A 5.8.5). Memory below the stack pointer may be written and then abandoned; SS
 * and ESP change only in commit(). Gates of IA-32e mode use long-mode-stack.ts.
 */
import * as S from '../shared/state';
import { EXCEPTION_SS, EXCEPTION_TS } from '../shared/exception';
import { areCanonical } from '../mmu/segmentation';
import { SEG_CE, SEG_CODE, SEG_DB, SEG_P, SEG_RW, SEG_UNUSABLE } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { loadSystem, storeLinear } from '../mmu/access';
import {
  attributesOf,
  descriptorBase,
  descriptorLimit,
  dplOf,
  errorOf,
  fetchDescriptor,
  isWritableData,
  markAccessed,
} from './descriptor';
import { segmentAttributes, segmentBase, segmentLimit, selectorOf, setSegment } from './segment';
import { isTss32, tssBase, tssLimit } from './tss';

@unmanaged
@final
export class StackFrame {
  base: u64;
  sp: u64;
  mask: u64;
  limit: u32;
  attributes: u32;
  selector: u32;
  /** 1: another stack than the current one, accessed as supervisor. */
  switched: u32;

  /** Do `count` values of `size` bytes fit below sp? Otherwise #SS with the new selector, or 0 on the current stack. */
  room(m: Eval, count: u32, size: u32): bool {
    for (let n: u32 = 1; n <= count; n++) {
      if (!this.holds(m, (this.sp - n * size) & this.mask, size)) {
        m.raiseError(EXCEPTION_SS, this.switched ? errorOf(this.selector) : 0);
        return false;
      }
    }
    return true;
  }

  holds(m: Eval, offset: u64, size: u32): bool {
    if (m.mode == S.MODE_64) return areCanonical(offset, size);
    const a = this.attributes;
    if (a & (SEG_UNUSABLE | SEG_CODE) || !(a & SEG_RW)) return false;
    const last = offset + size - 1;
    if (!(a & SEG_CE)) return last <= this.limit;
    return offset > this.limit && last <= (a & SEG_DB ? 0xffffffff : 0xffff);
  }

  /** Pushes a value of width T; nothing more happens once a push has faulted. */
  push<T>(m: Eval, v: u64): void {
    if (m.fault) return;
    const sp = (this.sp - sizeof<T>()) & this.mask;
    this.sp = sp;
    if (!this.switched) m.store<T>(S.SS, sp, v);
    else storeLinear(m, (this.base + sp) & load<u64>(m.at, S.STATE_LINEAR_MASK), sizeof<T>(), v, 0);
  }

  /** SS and ESP take the values of the frame; `selector` carries the new CPL as RPL. */
  commit(m: Eval): void {
    if (this.switched) setSegment(m, S.SS, this.selector, this.base, this.limit, this.attributes);
    m.sp = this.sp;
  }
}

function frame(m: Eval): StackFrame {
  return changetype<StackFrame>(m.at + S.STATE_FRAME);
}

export function currentStack(m: Eval): StackFrame {
  const f = frame(m);
  f.base = segmentBase(m, S.SS);
  f.limit = segmentLimit(m, S.SS);
  f.attributes = segmentAttributes(m, S.SS);
  f.selector = selectorOf(m, S.SS);
  f.mask = m.stackMask;
  f.sp = m.sp;
  f.switched = 0;
  return f;
}

function invalidTss(m: Eval, selector: u32): StackFrame {
  m.raiseError(EXCEPTION_TS, errorOf(selector));
  return frame(m);
}

/** The stack of ring `dpl` from the current TSS. Check m.fault: #TS, #SS or #PF. */
export function innerStack(m: Eval, dpl: u32): StackFrame {
  const wide = isTss32(m);
  const offset = wide ? (dpl << 3) + 4 : (dpl << 2) + 2;
  if (offset + (wide ? 5 : 3) > tssLimit(m)) return invalidTss(m, selectorOf(m, S.TR));
  const at = tssBase(m) + offset;
  const sp = wide ? loadSystem<u32>(m, at) : loadSystem<u16>(m, at);
  if (m.fault) return frame(m);
  const selector = <u32>loadSystem<u16>(m, at + (wide ? 4 : 2));
  if (m.fault) return frame(m);
  return stackSegment(m, selector, sp, dpl);
}

function stackSegment(m: Eval, selector: u32, sp: u64, dpl: u32): StackFrame {
  const d = fetchDescriptor(m, selector, EXCEPTION_TS);
  if (m.fault) return frame(m);
  const a = attributesOf(d);
  if ((selector & 3) != dpl || dplOf(a) != dpl || !isWritableData(a)) return invalidTss(m, selector);
  const f = frame(m);
  if (!(a & SEG_P)) {
    m.raiseError(EXCEPTION_SS, errorOf(selector));
    return f;
  }
  markAccessed(m, selector, d);
  f.base = descriptorBase(d);
  f.limit = descriptorLimit(d);
  f.attributes = a | 1;
  f.selector = selector;
  f.mask = a & SEG_DB ? 0xffffffff : 0xffff;
  f.sp = sp & f.mask;
  f.switched = 1;
  return f;
}
