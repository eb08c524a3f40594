/**
 * Gates of IA-32e mode: interrupts through 16-byte IDT entries with the interrupt stack table (SDM vol. 3A 6.14) and 64-bit
 * call gates (5.8.3.1), with the checks in the order of vol. 2A, INT n and CALL. Handlers and procedures are 64-bit code. There
 * are no task gates and no 16-bit gates. The EXT bit of error codes is added in exceptions.ts.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP } from '../shared/exception';
import {
  FLAG_IF,
  FLAG_NT,
  FLAG_RF,
  FLAG_TF,
  FLAG_VM,
  SEG_DB,
  SEG_L,
  SEG_P,
  TYPE_INTERRUPT32,
  TYPE_TRAP32,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { loadSystem } from '../mmu/access';
import { isCanonical } from '../mmu/segmentation';
import {
  attributesOf,
  descriptorAddress,
  descriptorBase,
  dplOf,
  errorOf,
  fetchDescriptor,
  isCode,
  isConforming,
  markAccessed,
  NO_DESCRIPTOR,
  systemType,
} from './descriptor';
import { hasErrorCode, KIND_SOFTWARE } from './exceptions';
import { setCpl, setFlags } from './mode';
import { isLongMode, selectorOf, setFromDescriptor } from './segment';
import { longModeStack } from './long-mode-stack';

function targetOf(low: u64, high: u64): u64 {
  return (low & 0xffff) | ((low >> 32) & 0xffff0000) | (high << 32);
}

function selectorIn(gate: u64): u32 {
  return <u32>(gate >> 16) & 0xffff;
}

/** Descriptor of the gate's code segment, which must be 64-bit code of this ring or an inner one. Check m.fault. */
function gateCode(m: Eval, selector: u32): u64 {
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return 0;
  const a = attributesOf(d);
  if (!isCode(a) || dplOf(a) > m.cpl || (a & (SEG_L | SEG_DB)) != SEG_L) m.gp(errorOf(selector));
  else if (!(a & SEG_P)) m.raiseError(EXCEPTION_NP, errorOf(selector));
  return d;
}

function newCpl(m: Eval, d: u64): u32 {
  const a = attributesOf(d);
  return isConforming(a) ? m.cpl : dplOf(a);
}

/** Enters the handler of `vector`; RFLAGS is pushed as `image`. SS and RSP are always pushed, on an aligned stack. */
export function longModeInterrupt(m: Eval, vector: u32, error: u32, kind: u32, image: u32): void {
  const code = (vector << 3) | 2;
  if ((vector << 4) + 15 > load<u32>(m.at, S.STATE_IDTR_LIMIT)) return m.gp(code);
  const at = load<u64>(m.at, S.STATE_IDTR_BASE) + (vector << 4);
  const low = loadSystem<u64>(m, at);
  if (m.fault) return;
  const high = loadSystem<u64>(m, at + 8);
  if (m.fault) return;
  const a = attributesOf(low);
  const type = systemType(a);
  if (type != TYPE_INTERRUPT32 && type != TYPE_TRAP32) return m.gp(code);
  if (kind == KIND_SOFTWARE && dplOf(a) < m.cpl) return m.gp(code);
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, code);
  const selector = selectorIn(low);
  const d = gateCode(m, selector);
  if (m.fault) return;
  const cpl = newCpl(m, d);
  const stack = longModeStack(m, cpl, <u32>(low >> 32) & 7);
  if (m.fault) return;
  stack.sp &= ~0xf;
  const hasError = hasErrorCode(vector, kind);
  if (!stack.room(m, hasError ? 6 : 5)) return;
  const target = targetOf(low, high);
  if (!isCanonical(target)) return m.gp();
  stack.push(m, selectorOf(m, S.SS));
  stack.push(m, m.get<u64>(S.RSP));
  stack.push(m, image);
  stack.push(m, selectorOf(m, S.CS));
  stack.push(m, m.rip);
  if (hasError) stack.push(m, error);
  if (!m.fault) markAccessed(m, selector, d);
  if (m.fault) return;
  const cleared: u32 = FLAG_TF | FLAG_NT | FLAG_VM | FLAG_RF;
  setFlags(m, m.flags & ~(type & 1 ? cleared : cleared | FLAG_IF));
  setFromDescriptor(m, S.CS, errorOf(selector) | cpl, d);
  stack.commit(m);
  m.rip = target;
  setCpl(m, cpl);
}

/** Upper half of the 16-byte descriptor at `selector`, whose type field must be 0. #GP(selector) otherwise. */
export function upperHalf(m: Eval, selector: u32): u64 {
  const at = (selector & 0xfff8) == 0xfff8 ? NO_DESCRIPTOR : descriptorAddress(m, selector + 8);
  if (at == NO_DESCRIPTOR) {
    m.gp(errorOf(selector));
    return 0;
  }
  const high = loadSystem<u64>(m, at);
  if (!m.fault && (high >> 40) & 0x1f) m.gp(errorOf(selector));
  return high;
}

/** Base of a TSS or LDT: in IA-32e mode the descriptor is 16 bytes long and the base 64 bits, canonical. Check m.fault. */
export function systemBase(m: Eval, selector: u32, d: u64): u64 {
  if (!isLongMode(m)) return descriptorBase(d);
  const base = descriptorBase(d) | (upperHalf(m, selector) << 32);
  if (!m.fault && !isCanonical(base)) m.gp(errorOf(selector));
  return base;
}

/** CALL and JMP through the call gate `low`, which `gateSelector` names and whose rights are checked. */
export function longModeCallGate(m: Eval, gateSelector: u32, low: u64, isCall: bool): void {
  const high = upperHalf(m, gateSelector);
  if (m.fault) return;
  const selector = selectorIn(low);
  const d = gateCode(m, selector);
  if (m.fault) return;
  const cpl = newCpl(m, d);
  if (!isCall && cpl != m.cpl) return m.gp(errorOf(selector));
  const target = targetOf(low, high);
  const switched = cpl != m.cpl;
  const stack = longModeStack(m, cpl, 0);
  if (m.fault || (isCall && !stack.room(m, switched ? 4 : 2))) return;
  if (!isCanonical(target)) return m.gp();
  if (isCall) {
    if (switched) {
      stack.push(m, selectorOf(m, S.SS));
      stack.push(m, m.get<u64>(S.RSP));
    }
    stack.push(m, selectorOf(m, S.CS));
    stack.push(m, m.rip);
  }
  if (!m.fault) markAccessed(m, selector, d);
  if (m.fault) return;
  setFromDescriptor(m, S.CS, errorOf(selector) | cpl, d);
  if (isCall) stack.commit(m);
  m.rip = target;
  setCpl(m, cpl);
}
