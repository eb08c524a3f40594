/**
 * Interrupts through the IDT in protected and virtual-8086 mode: SDM vol. 3A 6.12, with the checks in the order of vol. 2A,
 * INT n. The EXT bit of error codes is added in exceptions.ts.
 * Gates of IA-32e mode are in long-mode-gate.ts.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP } from '../shared/exception';
import {
  FLAG_IF,
  FLAG_NT,
  FLAG_RF,
  FLAG_TF,
  FLAG_VM,
  SEG_P,
  TYPE_INTERRUPT16,
  TYPE_INTERRUPT32,
  TYPE_TASK_GATE,
  TYPE_TRAP16,
  TYPE_TRAP32,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { loadSystem } from '../mmu/access';
import {
  attributesOf,
  descriptorLimit,
  dplOf,
  errorOf,
  fetchDescriptor,
  isCode,
  isConforming,
  markAccessed,
  systemType,
} from './descriptor';
import { hasErrorCode, KIND_SOFTWARE } from './exceptions';
import { setCpl, setFlags } from './mode';
import { selectorOf, setFromDescriptor, setNull } from './segment';
import { currentStack, innerStack, StackFrame } from './stack-frame';
import { SWITCH_CALL, taskGate } from './task-switch';
import { isTss32 } from './tss';

function isGate(type: u32): bool {
  if (type == TYPE_TASK_GATE || type == TYPE_INTERRUPT16 || type == TYPE_TRAP16) return true;
  return type == TYPE_INTERRUPT32 || type == TYPE_TRAP32;
}

/** Enters the handler of `vector`; EFLAGS is pushed as `image`. */
export function gateInterrupt(m: Eval, vector: u32, error: u32, kind: u32, image: u32): void {
  // Error code of a fault about the gate: its index, and the IDT bit.
  const code = (vector << 3) | 2;
  if ((vector << 3) + 7 > load<u32>(m.at, S.STATE_IDTR_LIMIT)) return m.gp(code);
  const gate = loadSystem<u64>(m, (load<u64>(m.at, S.STATE_IDTR_BASE) + (vector << 3)) & 0xffffffff);
  if (m.fault) return;
  const a = attributesOf(gate);
  const type = systemType(a);
  if (!isGate(type)) return m.gp(code);
  if (kind == KIND_SOFTWARE && dplOf(a) < m.cpl) return m.gp(code);
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, code);
  const hasError = hasErrorCode(vector, kind);
  if (type == TYPE_TASK_GATE) return throughTaskGate(m, gate, error, hasError, image);
  let flags = m.flags & ~(FLAG_TF | FLAG_NT | FLAG_VM | FLAG_RF);
  if (!(type & 1)) flags &= ~FLAG_IF;
  if (type & 8) throughGate<u32>(m, gate, error, hasError, image, flags);
  else throughGate<u16>(m, gate, error, hasError, image, flags);
}

/** The new task gets the error code on its stack, in the width of its TSS. */
function throughTaskGate(m: Eval, gate: u64, error: u32, hasError: bool, image: u32): void {
  taskGate(m, gate, SWITCH_CALL, image);
  if (m.fault || !hasError) return;
  const wide = isTss32(m);
  const stack = currentStack(m);
  if (!stack.room(m, 1, wide ? 4 : 2)) return;
  if (wide) stack.push<u32>(m, error);
  else stack.push<u16>(m, error);
  if (!m.fault) stack.commit(m);
}

function throughGate<T>(m: Eval, gate: u64, error: u32, hasError: bool, image: u32, flags: u32): void {
  const selector = <u32>(gate >> 16) & 0xffff;
  const offset = sizeof<T>() == 4 ? (gate & 0xffff) | ((gate >> 32) & 0xffff0000) : gate & 0xffff;
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return;
  const a = attributesOf(d);
  const dpl = dplOf(a);
  if (!isCode(a) || dpl > m.cpl) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  const inner = !isConforming(a) && dpl < m.cpl;
  // Out of virtual-8086 mode a handler must run in ring 0.
  if (m.flagsWord & FLAG_VM && (!inner || dpl != 0)) return m.gp(errorOf(selector));
  const cpl = inner ? dpl : m.cpl;
  const stack = inner ? innerStack(m, dpl) : currentStack(m);
  if (m.fault) return;
  const virtual = (m.flagsWord & FLAG_VM) != 0;
  const count = (virtual ? 9 : inner ? 5 : 3) + (hasError ? 1 : 0);
  if (!stack.room(m, count, sizeof<T>())) return;
  if (offset > descriptorLimit(d)) return m.gp();
  markAccessed(m, selector, d);
  pushState<T>(m, stack, virtual, inner, image);
  if (hasError) stack.push<T>(m, error);
  if (m.fault) return;
  if (virtual) dropDataSegments(m);
  setFlags(m, flags);
  setFromDescriptor(m, S.CS, errorOf(selector) | cpl, d);
  stack.commit(m);
  m.rip = offset;
  setCpl(m, cpl);
}

function pushState<T>(m: Eval, stack: StackFrame, virtual: bool, inner: bool, image: u32): void {
  if (virtual) {
    stack.push<T>(m, selectorOf(m, S.GS));
    stack.push<T>(m, selectorOf(m, S.FS));
    stack.push<T>(m, selectorOf(m, S.DS));
    stack.push<T>(m, selectorOf(m, S.ES));
  }
  if (inner) {
    stack.push<T>(m, selectorOf(m, S.SS));
    stack.push<T>(m, m.get<u32>(S.RSP));
  }
  stack.push<T>(m, image);
  stack.push<T>(m, selectorOf(m, S.CS));
  stack.push<T>(m, m.rip);
}

/** The handler finds null selectors in place of the 8086 program's paragraph numbers, which it could not use. */
function dropDataSegments(m: Eval): void {
  setNull(m, S.GS, 0);
  setNull(m, S.FS, 0);
  setNull(m, S.DS, 0);
  setNull(m, S.ES, 0);
}
