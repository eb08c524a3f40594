/**
 * The run loop: stretches of instructions with, between them, everything that can come between two instructions
 * (SDM vol. 3A table 6-2): traps of the previous one, interrupts, instruction breakpoints, faults of the fetch.
 */
import * as S from '../shared/state';
import { EXIT_BUDGET, EXIT_EXCEPTION, EXIT_HLT, EXIT_SHUTDOWN, EXIT_STOP } from '../shared/exit';
import { EXCEPTION_PF } from '../shared/exception';
import { CR4_PVI, CR4_VME, FLAG_IOPL, FLAG_RF, FLAG_TF, FLAG_VIF, FLAG_VIP, FLAG_VM } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { placeRip } from './dispatch';
import { enter } from '../decode/trace';
import { compileHot } from '../jit/compiler';
import { interpret, interpret64 } from '../generated/interpreter';
import { checkInstructionBreakpoint, debugTrapAfter, instructionBreakpointsEnabled } from './debug';
import { deliverFault } from './exceptions';
import { pollInterrupts } from './interrupts';
import { pmuBegin, pmuSettle } from './pmu';
import { settle } from './time';
import { vectorGates } from './vector-gates';

/** Executes at most `budget` instructions; an exception or interrupt delivered counts as one. Returns EXIT_*. */
export function runLoop(m: Eval, budget: i32): i32 {
  let left = budget;
  settle(m);
  while (true) {
    compileHot(m);
    store<u32>(m.at, 0, S.STATE_RESYNC);
    if (load<u32>(m.at, S.STATE_STOP_REQUEST)) {
      store<u32>(m.at, 0, S.STATE_STOP_REQUEST);
      return EXIT_STOP;
    }
    if (load<u32>(m.at, S.STATE_SHADOW) == 0 && pollInterrupts(m)) {
      if (m.fault && leaveOnException(m)) return EXIT_EXCEPTION;
      if (m.fault) deliverFault(m);
      left -= countOne(m);
      continue;
    }
    const activity = load<u32>(m.at, S.STATE_ACTIVITY);
    if (activity != S.ACTIVITY_ACTIVE) return activity == S.ACTIVITY_SHUTDOWN ? EXIT_SHUTDOWN : EXIT_HLT;
    if (left <= 0) return EXIT_BUDGET;
    left -= stretch(m, left);
    if (m.fault) {
      if (leaveOnException(m)) return EXIT_EXCEPTION;
      deliverFault(m);
    }
  }
}

/** STATE_INTERCEPT: hands the exception to the host instead of delivering it. */
function leaveOnException(m: Eval): bool {
  if (!load<u32>(m.at, S.STATE_INTERCEPT)) return false;
  const vector = load<u32>(m.at, S.STATE_FAULT) - 1;
  store<u32>(m.at, vector, S.STATE_EXIT_DETAIL);
  store<u32>(m.at, load<u32>(m.at, S.STATE_FAULT_ERROR), S.STATE_EXIT_DETAIL + 4);
  if (vector == EXCEPTION_PF) store<u64>(m.at, load<u64>(m.at, S.STATE_FAULT_ADDRESS), S.STATE_CR2);
  store<u32>(m.at, 0, S.STATE_FAULT);
  store<u32>(m.at, 0, S.STATE_SHADOW);
  return true;
}

/** Counts an event that is not an instruction (a delivery), so that endless deliveries end with the budget. */
function countOne(m: Eval): i32 {
  store<u64>(m.at, load<u64>(m.at, S.STATE_COUNT) + 1, S.STATE_COUNT);
  settle(m);
  return 1;
}

/** Runs up to `left` instructions from m.rip; leaves with m.rip exact and perhaps a fault. Returns how many counted. */
function stretch(m: Eval, left: i32): i32 {
  const shadow = load<u32>(m.at, S.STATE_SHADOW);
  const flags = m.flagsWord;
  // TF traps after the instruction that begins with it set.
  const stepping = flags & (FLAG_TF | FLAG_RF) || instructionBreakpointsEnabled(m) ? 1 : 0;
  if (checkInstructionBreakpoint(m) || checkVirtualInterrupt(m, flags)) return countOne(m);
  store<u32>(m.at, flatMode(m), S.STATE_CODE_MODE);
  setCodeRange(m);
  store<u32>(m.at, vectorGates(m), S.STATE_GATES);
  const u = enter(m);
  if (!u) return countOne(m);
  const special = stepping | shadow | load<u32>(m.at, S.STATE_EXACT_NEXT);
  let n = special ? 1 : left;
  if (load<u32>(m.at, S.STATE_PMU_ACTIVE)) n = pmuBegin(m, n);
  store<u32>(m.at, 0, S.STATE_EXACT_NEXT);
  store<u32>(m.at, n == 1 ? 1 : 0, S.STATE_EXACT);
  store<u32>(m.at, stepping, S.STATE_SINGLE_STEP);
  store<u32>(m.at, 0, S.STATE_REPEATING);
  // RF holds for one instruction, which may load a new one: IRET and task switches do (SDM vol. 3B 17.3.1.1).
  if (flags & FLAG_RF) m.flagsWord = flags & ~FLAG_RF;
  const count = load<u64>(m.at, S.STATE_COUNT);
  store<i32>(m.at, 0, S.STATE_LEFT);
  store<u64>(m.at, count + n, S.STATE_STRETCH_END);
  const stop = u + ((<usize>n) << 4);
  if (m.mode == S.MODE_64) interpret64(m, u, stop);
  else interpret(m, u, stop);
  if (flags & FLAG_RF && (m.fault || load<u32>(m.at, S.STATE_REPEATING))) m.flagsWord = m.flagsWord | FLAG_RF;
  let executed = n - ((load<i32>(m.at, S.STATE_LEFT) + load<i32>(m.at, S.STATE_HELD)) >> 4);
  store<u32>(m.at, 1, S.STATE_EXACT);
  placeRip(m);
  if (load<u32>(m.at, S.STATE_FAULT) == S.FAULT_RESTART) {
    store<u32>(m.at, 0, S.STATE_FAULT);
    store<u32>(m.at, 0, S.STATE_DEBUG_PENDING);
    store<u32>(m.at, 1, S.STATE_EXACT_NEXT);
    executed--;
  }
  // An instruction that faulted, or is repeated and goes on, has not retired.
  if (load<u32>(m.at, S.STATE_PMU_ACTIVE))
    pmuSettle(m, count + executed - (m.fault || load<u32>(m.at, S.STATE_REPEATING) ? 1 : 0));
  store<u64>(m.at, count + executed, S.STATE_COUNT);
  settle(m);
  if (shadow && load<u32>(m.at, S.STATE_SHADOW) == shadow && executed) store<u32>(m.at, 0, S.STATE_SHADOW);
  if (!m.fault && executed) debugTrapAfter(m, (flags & FLAG_TF) != 0);
  return executed;
}

/**
 * Virtual interrupts (CR4.VME in virtual-8086 mode, CR4.PVI in ring 3): VIF and VIP set together, which only IRET and task
 * switches bring about, raise #GP before the next instruction (SDM vol. 3B 21.3.2). True if so.
 */
function checkVirtualInterrupt(m: Eval, flags: u32): bool {
  if (!(flags & FLAG_VIP) || !(flags & FLAG_VIF) || m.cpl != 3 || (flags & FLAG_IOPL) == FLAG_IOPL) return false;
  if (!(m.cr4 & (flags & FLAG_VM ? CR4_VME : CR4_PVI))) return false;
  m.gp();
  return true;
}

/** STATE_CODE_MODE: MODE_FLAT holds if base and fast limits of ES, CS, SS and DS let every 32-bit address pass, and the stack has one. */
function flatMode(m: Eval): u32 {
  const mode = m.mode;
  if (mode == S.MODE_16) return mode;
  if (mode == S.MODE_64) return mode | S.MODE_FLAT;
  if (m.stackMask != 0xffffffff) return mode;
  for (let n: u32 = S.ES; n <= <u32>S.DS; n++) {
    const at = m.segmentAt(n);
    if (load<u64>(at, S.STATE_SEGMENTS + S.SEGMENT_BASE)) return mode;
    if (load<i64>(at, S.STATE_SEGMENTS + S.SEGMENT_FAST_READ) < 0xffffffff) return mode;
    if (n != S.CS && load<i64>(at, S.STATE_SEGMENTS + S.SEGMENT_FAST_WRITE) < 0xffffffff) return mode;
  }
  return mode | S.MODE_FLAT;
}

function setCodeRange(m: Eval): void {
  const long = m.mode == S.MODE_64;
  const limit = <u64>load<u32>(m.segmentAt(S.CS), S.STATE_SEGMENTS + S.SEGMENT_LIMIT);
  store<u64>(m.at, long ? 0x0000800000000000 : 0, S.STATE_CODE_BIAS);
  store<u64>(m.at, long ? 0x0000ffffffffffff : limit, S.STATE_CODE_LAST);
}
