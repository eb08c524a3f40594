/**
 * Returns to a code segment from the stack: the checks that RETF and IRET share (SDM vol. 2B RET, vol. 2A IRET), and RETF.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP, EXCEPTION_SS } from '../shared/exception';
import { SEG_P } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { isCanonical } from '../mmu/segmentation';
import {
  attributesOf,
  descriptorLimit,
  dplOf,
  errorOf,
  fetchDescriptor,
  hasInvalidSize,
  isCode,
  isConforming,
  isLongCode,
  isWritableData,
  markAccessed,
} from './descriptor';
import { setCpl } from './mode';
import { dropInnerSegments, isNullStack, isReal, setFromDescriptor, setNull, setParagraph } from './segment';

/** Descriptor of the code segment to return to, whose RPL is the CPL to be. Check m.fault. */
export function returnCode(m: Eval, selector: u32): u64 {
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return 0;
  const a = attributesOf(d);
  const rpl = selector & 3;
  const allowed = isConforming(a) ? dplOf(a) <= rpl : dplOf(a) == rpl;
  if (!isCode(a) || hasInvalidSize(m, a) || rpl < m.cpl || !allowed) m.gp(errorOf(selector));
  else if (!(a & SEG_P)) m.raiseError(EXCEPTION_NP, errorOf(selector));
  return d;
}

/** Descriptor of the stack segment of the outer ring `rpl`. Check m.fault. */
export function returnStack(m: Eval, selector: u32, rpl: u32): u64 {
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return 0;
  const a = attributesOf(d);
  if ((selector & 3) != rpl || !isWritableData(a) || dplOf(a) != rpl) m.gp(errorOf(selector));
  else if (!(a & SEG_P)) m.raiseError(EXCEPTION_SS, errorOf(selector));
  return d;
}

/** Does RIP lie in the code segment to be, or at a canonical address of 64-bit code? #GP(0) otherwise. */
export function withinLimit(m: Eval, d: u64, rip: u64): bool {
  if (isLongCode(m, attributesOf(d)) ? isCanonical(rip) : rip <= descriptorLimit(d)) return true;
  m.gp();
  return false;
}

/** Same ring: CS and RIP change, and `bytes` of the stack are dropped, still by its old size. */
export function enterSameRing(m: Eval, selector: u32, d: u64, rip: u64, bytes: u64): void {
  if (!withinLimit(m, d, rip)) return;
  markAccessed(m, selector, d);
  if (m.fault) return;
  m.drop(bytes);
  setFromDescriptor(m, S.CS, selector, d);
  m.rip = rip;
}

/**
 * Outer ring, and IRET of 64-bit mode to any: CS, SS, the stack pointer and the CPL, and no data segment of the inner ring is
 * left. A return to 64-bit code below ring 3 may load a null SS.
 */
export function enterOuterRing(m: Eval, selector: u32, d: u64, rip: u64, ss: u32, sp: u64): void {
  const cpl = selector & 3;
  const isNull = isNullStack(ss, cpl, isLongCode(m, attributesOf(d)));
  const stack = isNull ? 0 : returnStack(m, ss, cpl);
  if (m.fault || !withinLimit(m, d, rip)) return;
  markAccessed(m, selector, d);
  if (!m.fault && !isNull) markAccessed(m, ss, stack);
  if (m.fault) return;
  const outer = cpl != m.cpl;
  setFromDescriptor(m, S.CS, selector, d);
  if (isNull) setNull(m, S.SS, ss);
  else setFromDescriptor(m, S.SS, ss, stack);
  m.sp = sp;
  m.rip = rip;
  setCpl(m, cpl);
  if (outer) dropInnerSegments(m);
}

/** RETF - and RETF imm16, which drops `bytes` of parameters from both stacks. */
export function farReturn<T>(m: Eval, bytes: u64): void {
  const rip = m.peek<T>(0);
  if (m.fault) return;
  const selector = <u32>m.peek<T>(sizeof<T>()) & 0xffff;
  if (m.fault) return;
  if (isReal(m)) {
    if (!m.targetAllowed(rip)) return;
    m.drop(2 * sizeof<T>() + bytes);
    setParagraph(m, S.CS, selector);
    m.rip = rip;
    return;
  }
  const d = returnCode(m, selector);
  if (m.fault) return;
  if ((selector & 3) == m.cpl) {
    enterSameRing(m, selector, d, rip, 2 * sizeof<T>() + bytes);
    return;
  }
  const at = 2 * sizeof<T>() + bytes;
  const sp = m.peek<T>(at);
  if (m.fault) return;
  const ss = <u32>m.peek<T>(at + sizeof<T>()) & 0xffff;
  if (m.fault) return;
  enterOuterRing(m, selector, d, rip, ss, sp + bytes);
}
