/**
 * Far JMP and CALL: SDM vol. 2A, with the checks in its order, and vol. 3A 5.8. Direct transfers, call gates (with the stack
 * switch and parameter copy of CALL), task gates and TSS descriptors. 64-bit call gates are in long-mode-gate.ts.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP } from '../shared/exception';
import {
  SEG_P,
  SEG_S,
  TYPE_CALL16,
  TYPE_CALL32,
  TYPE_TASK_GATE,
  TYPE_TSS16,
  TYPE_TSS32,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import {
  attributesOf,
  descriptorLimit,
  dplOf,
  errorOf,
  fetchDescriptor,
  hasInvalidSize,
  isCode,
  isConforming,
  markAccessed,
  systemType,
} from './descriptor';
import { settleTransfer } from './exceptions';
import { withinLimit } from './far-return';
import { longModeCallGate } from './long-mode-gate';
import { setCpl } from './mode';
import { isLongMode, isReal, selectorOf, setFromDescriptor, setParagraph } from './segment';
import { currentStack, innerStack } from './stack-frame';
import { jumpToTask, SWITCH_CALL, SWITCH_JMP, taskGate } from './task-switch';

/** T is the operand size: what CALL pushes. */
export function farTransfer<T>(m: Eval, selector: u32, offset: u64, isCall: bool): void {
  if (isReal(m)) return transferReal<T>(m, selector, offset, isCall);
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return;
  const a = attributesOf(d);
  if (a & SEG_S) return transferDirect<T>(m, selector, offset, d, isCall);
  const source = isCall ? SWITCH_CALL : SWITCH_JMP;
  const type = systemType(a);
  if (isLongMode(m)) return transferLongMode(m, selector, d, isCall);
  const isTask = type == TYPE_TASK_GATE || type == TYPE_TSS16 || type == TYPE_TSS32;
  if (!isTask && type != TYPE_CALL16 && type != TYPE_CALL32) return m.gp(errorOf(selector));
  if (dplOf(a) < max<u32>(m.cpl, selector & 3)) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  if (!isTask) {
    if (type == TYPE_CALL32) throughCallGate<u32>(m, d, isCall);
    else throughCallGate<u16>(m, d, isCall);
    return;
  }
  if (type == TYPE_TASK_GATE) taskGate(m, d, source, m.flags);
  else jumpToTask(m, selector, d, source);
  settleTransfer(m);
}

/** IA-32e mode has 64-bit call gates and no hardware task switch. */
function transferLongMode(m: Eval, selector: u32, d: u64, isCall: bool): void {
  const a = attributesOf(d);
  if (systemType(a) != TYPE_CALL32 || dplOf(a) < max<u32>(m.cpl, selector & 3)) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  longModeCallGate(m, selector, d, isCall);
}

function transferReal<T>(m: Eval, selector: u32, offset: u64, isCall: bool): void {
  const stack = currentStack(m);
  if (isCall && !stack.room(m, 2, sizeof<T>())) return;
  if (!m.targetAllowed(offset)) return;
  if (isCall) {
    stack.push<T>(m, selectorOf(m, S.CS));
    stack.push<T>(m, m.rip);
    if (m.fault) return;
    stack.commit(m);
  }
  setParagraph(m, S.CS, selector);
  m.rip = offset;
}

function transferDirect<T>(m: Eval, selector: u32, offset: u64, d: u64, isCall: bool): void {
  const a = attributesOf(d);
  const dpl = dplOf(a);
  const allowed = isConforming(a) ? dpl <= m.cpl : dpl == m.cpl && (selector & 3) <= m.cpl;
  if (!isCode(a) || !allowed || hasInvalidSize(m, a)) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  enterCode<T>(m, selector, offset, d, isCall);
}

/** The ring stays: CALL pushes the return address on the current stack. */
function enterCode<T>(m: Eval, selector: u32, offset: u64, d: u64, isCall: bool): void {
  const stack = currentStack(m);
  if (isCall && !stack.room(m, 2, sizeof<T>())) return;
  if (!withinLimit(m, d, offset)) return;
  markAccessed(m, selector, d);
  if (m.fault) return;
  if (isCall) {
    stack.push<T>(m, selectorOf(m, S.CS));
    stack.push<T>(m, m.rip);
    if (m.fault) return;
    stack.commit(m);
  }
  setFromDescriptor(m, S.CS, errorOf(selector) | m.cpl, d);
  m.rip = offset;
}

/** T is the size of the gate. Only CALL may go inward through a gate. */
function throughCallGate<T>(m: Eval, gate: u64, isCall: bool): void {
  const selector = <u32>(gate >> 16) & 0xffff;
  const offset = sizeof<T>() == 4 ? (gate & 0xffff) | ((gate >> 32) & 0xffff0000) : gate & 0xffff;
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return;
  const a = attributesOf(d);
  const dpl = dplOf(a);
  const same = isConforming(a) ? dpl <= m.cpl : dpl == m.cpl;
  if (!isCode(a) || dpl > m.cpl || (!isCall && !same)) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  if (same) enterCode<T>(m, selector, offset, d, isCall);
  else callInnerRing<T>(m, selector, offset, d, <u32>(gate >> 32) & 31);
}

/** `parameters` values of size T move from the old stack to the new one. */
function callInnerRing<T>(m: Eval, selector: u32, offset: u64, d: u64, parameters: u32): void {
  const dpl = dplOf(attributesOf(d));
  const stack = innerStack(m, dpl);
  if (m.fault || !stack.room(m, 4 + parameters, sizeof<T>())) return;
  if (offset > descriptorLimit(d)) return m.gp();
  markAccessed(m, selector, d);
  stack.push<T>(m, selectorOf(m, S.SS));
  stack.push<T>(m, m.get<u32>(S.RSP));
  for (let n = parameters; n > 0 && !m.fault; n--) stack.push<T>(m, m.peek<T>((n - 1) * sizeof<T>()));
  stack.push<T>(m, selectorOf(m, S.CS));
  stack.push<T>(m, m.rip);
  if (m.fault) return;
  setFromDescriptor(m, S.CS, errorOf(selector) | dpl, d);
  stack.commit(m);
  m.rip = offset;
  setCpl(m, dpl);
}
