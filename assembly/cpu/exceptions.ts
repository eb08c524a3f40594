/**
 * Delivery of exceptions and interrupts: SDM vol. 3A chapter 6. One event is tried until it is delivered; an exception on
 * the way is handled after it, makes a double fault, or shuts the processor down (table 6-5).
 */
import * as S from '../shared/state';
import {
  EXCEPTION_AC,
  EXCEPTION_DB,
  EXCEPTION_DE,
  EXCEPTION_DF,
  EXCEPTION_GP,
  EXCEPTION_PF,
  EXCEPTION_TS,
} from '../shared/exception';
import { CR0_PE, DR6_BD, FLAG_RF } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { noteDelivery } from '../trace/deliveries';
import { reportDebugConditions } from './debug';
import { gateInterrupt } from './gate-interrupt';
import { longModeInterrupt } from './long-mode-gate';
import { disarmMonitor } from './monitor';
import { realInterrupt } from './real-interrupt';
import { isLongMode } from './segment';

/** INTR and NMI. */
export const KIND_EXTERNAL: u32 = S.KIND_EXTERNAL;
/** Faults and aborts: m.rip is the instruction, RF is set in the pushed image. */
export const KIND_FAULT: u32 = S.KIND_FAULT;
/** Traps: m.rip is the next instruction. */
export const KIND_TRAP: u32 = S.KIND_TRAP;
/** INT n, INT3, INTO: the gate's DPL is checked. */
export const KIND_SOFTWARE: u32 = S.KIND_SOFTWARE;
/** INT1 (ICEBP), a hardware-like event without the check. */
export const KIND_ICEBP: u32 = S.KIND_ICEBP;

const CLASS_BENIGN: u32 = 0;
const CLASS_CONTRIBUTORY: u32 = 1;
const CLASS_PAGE_FAULT: u32 = 2;
const CLASS_DOUBLE_FAULT: u32 = 3;

function isException(kind: u32): bool {
  return kind == KIND_FAULT || kind == KIND_TRAP;
}

function classOf(vector: u32, kind: u32): u32 {
  if (!isException(kind)) return CLASS_BENIGN;
  if (vector == EXCEPTION_PF) return CLASS_PAGE_FAULT;
  if (vector == EXCEPTION_DF) return CLASS_DOUBLE_FAULT;
  return vector == EXCEPTION_DE || (vector >= <u32>EXCEPTION_TS && vector <= <u32>EXCEPTION_GP)
    ? CLASS_CONTRIBUTORY
    : CLASS_BENIGN;
}

/** Table 6-5: does `second`, met while `first` is delivered, make a double fault? */
function isDouble(first: u32, second: u32): bool {
  if (first == CLASS_BENIGN || second == CLASS_BENIGN) return false;
  return first == CLASS_PAGE_FAULT || second == CLASS_CONTRIBUTORY;
}

/** Vectors that push an error code (table 6-1); real mode pushes none. */
export function hasErrorCode(vector: u32, kind: u32): bool {
  if (!isException(kind)) return false;
  return (
    vector == EXCEPTION_DF || vector == EXCEPTION_AC || (vector >= <u32>EXCEPTION_TS && vector <= <u32>EXCEPTION_PF)
  );
}

/** Error code of an exception met while an event outside the program is delivered: bit 0 (EXT) is set (6.13). */
function withExt(vector: u32, error: u32): u32 {
  const hasExt = vector == EXCEPTION_AC || (vector >= <u32>EXCEPTION_TS && vector <= <u32>EXCEPTION_GP);
  return hasExt ? error | 1 : error;
}

/** Takes the raised exception off the state block; a page fault's address becomes CR2. Returns the vector. */
function takeFault(m: Eval): u32 {
  const vector = load<u32>(m.at, S.STATE_FAULT) - 1;
  store<u32>(m.at, 0, S.STATE_FAULT);
  if (vector == EXCEPTION_PF) store<u64>(m.at, load<u64>(m.at, S.STATE_FAULT_ADDRESS), S.STATE_CR2);
  return vector;
}

/**
 * EFLAGS as the event pushes it (vol. 3B 17.3.1.1): RF is set for faults, but not for an instruction breakpoint, and for
 * interrupts and traps between the iterations of a repeated instruction.
 */
function imageOf(m: Eval, kind: u32, instructionBreakpoint: bool): u32 {
  const resumes = kind == KIND_FAULT ? !instructionBreakpoint : load<u32>(m.at, S.STATE_REPEATING) != 0;
  store<u32>(m.at, 0, S.STATE_REPEATING);
  return resumes ? m.flags | FLAG_RF : m.flags;
}

/** One attempt. Nothing has changed if it faults, unless a task switch was on the way (STATE_TASK_SWITCHED). */
export function enterHandler(m: Eval, vector: u32, error: u32, kind: u32, image: u32): void {
  store<u32>(m.at, 0, S.STATE_TASK_SWITCHED);
  if (!(m.cr0 & CR0_PE)) realInterrupt(m, vector, image);
  else if (isLongMode(m)) longModeInterrupt(m, vector, error, kind, image);
  else gateInterrupt(m, vector, error, kind, image);
}

function shutDown(m: Eval): void {
  store<u32>(m.at, S.ACTIVITY_SHUTDOWN, S.STATE_ACTIVITY);
  m.resync();
}

/** Delivers an event that comes from outside the program's instructions: its own faults are delivered as well. */
function deliver(m: Eval, firstVector: u32, firstError: u32, firstKind: u32, breakpoint: bool): void {
  let vector = firstVector;
  let error = firstError;
  let kind = firstKind;
  let image = imageOf(m, kind, breakpoint);
  store<u32>(m.at, S.ACTIVITY_ACTIVE, S.STATE_ACTIVITY);
  disarmMonitor(m);
  store<u32>(m.at, 0, S.STATE_SHADOW);
  store<u32>(m.at, 0, S.STATE_DEBUG_PENDING);
  while (true) {
    noteDelivery(m, vector, error, kind);
    enterHandler(m, vector, error, kind, image);
    if (!m.fault) break;
    const next = takeFault(m);
    const first = classOf(vector, kind);
    if (first == CLASS_DOUBLE_FAULT && classOf(next, KIND_FAULT) != CLASS_BENIGN) {
      noteDelivery(m, next, withExt(next, load<u32>(m.at, S.STATE_FAULT_ERROR)), KIND_FAULT);
      return shutDown(m);
    }
    const double = isDouble(first, classOf(next, KIND_FAULT));
    if (double) noteDelivery(m, next, withExt(next, load<u32>(m.at, S.STATE_FAULT_ERROR)), KIND_FAULT);
    error = double ? 0 : withExt(next, load<u32>(m.at, S.STATE_FAULT_ERROR));
    vector = double ? EXCEPTION_DF : next;
    kind = KIND_FAULT;
    image = imageOf(m, kind, false);
  }
  // The T bit of a new task's TSS, or a data breakpoint on the stack.
  if (load<u32>(m.at, S.STATE_DEBUG_PENDING)) deliverTrap(m, EXCEPTION_DB);
}

/** Delivers the exception that the instruction at m.rip raised. */
export function deliverFault(m: Eval): void {
  const error = load<u32>(m.at, S.STATE_FAULT_ERROR);
  const vector = takeFault(m);
  let breakpoint = false;
  if (vector == EXCEPTION_DB) {
    breakpoint = !(load<u32>(m.at, S.STATE_DEBUG_PENDING) & DR6_BD);
    reportDebugConditions(m);
  }
  deliver(m, vector, error, KIND_FAULT, breakpoint);
}

/** Delivers a trap after an instruction; m.rip is the next one. */
export function deliverTrap(m: Eval, vector: u32): void {
  if (vector == EXCEPTION_DB) reportDebugConditions(m);
  deliver(m, vector, 0, KIND_TRAP, false);
}

export function deliverExternal(m: Eval, vector: u32): void {
  deliver(m, vector, 0, KIND_EXTERNAL, false);
}

/**
 * INT n, INT3, INTO and INT1: if the delivery faults, the fault is that of the instruction, which the run loop restores,
 * except after a task switch, when it belongs to the new task.
 */
export function softwareInterrupt(m: Eval, vector: u32, kind: u32): void {
  noteDelivery(m, vector, 0, kind);
  enterHandler(m, vector, 0, kind, m.flags);
  if (m.fault && kind == KIND_ICEBP) {
    const raised = load<u32>(m.at, S.STATE_FAULT) - 1;
    store<u32>(m.at, withExt(raised, load<u32>(m.at, S.STATE_FAULT_ERROR)), S.STATE_FAULT_ERROR);
  }
  settleTransfer(m);
  // TF is clear in the handler, and the instruction that cleared it does not trap.
  if (!m.fault) store<u32>(m.at, 0, S.STATE_SINGLE_STEP);
}

/** After a transfer that may have switched tasks: a fault of the new task is delivered here, at its first instruction. */
export function settleTransfer(m: Eval): void {
  const switched = load<u32>(m.at, S.STATE_TASK_SWITCHED);
  store<u32>(m.at, 0, S.STATE_TASK_SWITCHED);
  if (!m.fault || !switched) return;
  store<u32>(m.at, 1, S.STATE_EXACT);
  deliverFault(m);
}
