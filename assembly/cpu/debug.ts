/**
 * Debug registers, breakpoints and single-stepping: SDM vol. 3B chapter 17.2 and 17.3.
 *
 * Conditions that an instruction meets collect in STATE_DEBUG_PENDING (bits as in DR6) and trap after it.
 * NOT here: branch trace, last branch records, restricted transactional memory; implicit accesses to descriptor tables,
 * the TSS and inner stacks are not watched.
 */
import * as S from '../shared/state';
import { EXCEPTION_DB } from '../shared/exception';
import { CR4_DE, DR6_B, DR6_BD, DR6_BS, DR6_FIXED, DR7_FIXED, DR7_GD, FLAG_RF } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { deliverTrap } from './exceptions';
import { updateMode } from './mode';

const DR6_WRITABLE: u64 = 0xe00f;
const DR7_WRITABLE: u64 = 0xffff23ff;
/** R/W field of DR7 for a breakpoint. */
const ON_EXECUTE: u32 = 0;
const ON_WRITE: u32 = 1;
const ON_IO: u32 = 2;

const SHADOW_MOV_SS: u32 = 2;

export function dr7(m: Eval): u32 {
  return load<u32>(m.at, S.STATE_DR + 7 * 8);
}

function dr(m: Eval, n: u32): u64 {
  return load<u64>(m.at + (n << 3), S.STATE_DR);
}

function isEnabled(control: u32, n: u32): bool {
  return ((control >> (n << 1)) & 3) != 0;
}

/** When breakpoint n hits: ON_*, or 3 for reads and writes. */
function condition(control: u32, n: u32): u32 {
  return (control >> (16 + (n << 2))) & 3;
}

/** LEN field: 1, 2, 8 or 4 bytes. */
function lengthOf(control: u32, n: u32): u64 {
  const field = (control >> (18 + (n << 2))) & 3;
  return field == 2 ? 8 : field + 1;
}

/** Does breakpoint n, on an area aligned to its length, overlap [address, address + size)? */
function overlaps(m: Eval, control: u32, n: u32, address: u64, size: u32): bool {
  const bytes = lengthOf(control, n);
  const start = dr(m, n) & ~(bytes - 1);
  return address < start + bytes && start < address + size;
}

export function dataBreakpointsEnabled(m: Eval): bool {
  const control = dr7(m);
  if (!(control & 0xff)) return false;
  for (let n: u32 = 0; n < 4; n++) {
    if (isEnabled(control, n) && (condition(control, n) & 1) != 0) return true;
  }
  return false;
}

/** A data access that went through: its trap comes after the instruction. */
export function checkDataBreakpoints(m: Eval, la: u64, size: u32, write: bool): void {
  const control = dr7(m);
  if (!(control & 0xff)) return;
  for (let n: u32 = 0; n < 4; n++) {
    const on = condition(control, n);
    if (!isEnabled(control, n) || !(on & 1) || (on == ON_WRITE && !write)) continue;
    if (overlaps(m, control, n, la, size)) addPending(m, 1 << n);
  }
}

/** I/O breakpoints exist while CR4.DE is set. */
export function checkIoBreakpoints(m: Eval, port: u32, size: u32): void {
  const control = dr7(m);
  if (!(control & 0xff) || !(m.cr4 & CR4_DE)) return;
  for (let n: u32 = 0; n < 4; n++) {
    if (!isEnabled(control, n) || condition(control, n) != ON_IO) continue;
    if (overlaps(m, control, n, port, size)) addPending(m, 1 << n);
  }
}

export function addPending(m: Eval, bits: u32): void {
  store<u32>(m.at, load<u32>(m.at, S.STATE_DEBUG_PENDING) | bits, S.STATE_DEBUG_PENDING);
  m.resync();
}

/** May an instruction breakpoint hit before some instruction? */
export function instructionBreakpointsEnabled(m: Eval): bool {
  const control = dr7(m);
  if (!(control & 0xff)) return false;
  for (let n: u32 = 0; n < 4; n++) {
    if (isEnabled(control, n) && condition(control, n) == ON_EXECUTE) return true;
  }
  return false;
}

/** True, with the fault #DB raised, if an instruction breakpoint is set at m.rip. RF and the MOV SS shadow hold it off. */
export function checkInstructionBreakpoint(m: Eval): bool {
  const control = dr7(m);
  if (!(control & 0xff) || m.flagsWord & FLAG_RF) return false;
  if (load<u32>(m.at, S.STATE_SHADOW) == SHADOW_MOV_SS) return false;
  const la = m.linear(S.CS, m.rip);
  let hits: u32 = 0;
  for (let n: u32 = 0; n < 4; n++) {
    if (isEnabled(control, n) && condition(control, n) == ON_EXECUTE && dr(m, n) == la) hits |= 1 << n;
  }
  if (!hits) return false;
  addPending(m, hits);
  m.raise(EXCEPTION_DB);
  return true;
}

/**
 * After an instruction that did not fault; `stepped` says that TF was set when it began. MOV SS and POP SS hold their own
 * traps off until the next instruction is done, so that the stack switch stays whole (17.3.1.1); software interrupts
 * clear TF themselves (STATE_SINGLE_STEP).
 */
export function debugTrapAfter(m: Eval, stepped: bool): void {
  if (load<u32>(m.at, S.STATE_SHADOW) == SHADOW_MOV_SS) return;
  let pending = load<u32>(m.at, S.STATE_DEBUG_PENDING);
  if (stepped && load<u32>(m.at, S.STATE_SINGLE_STEP)) pending |= DR6_BS;
  if (!pending) return;
  store<u32>(m.at, pending, S.STATE_DEBUG_PENDING);
  deliverTrap(m, EXCEPTION_DB);
}

/** DR6 and DR7 as the handler of #DB finds them: the pending conditions reported, GD cleared. */
export function reportDebugConditions(m: Eval): void {
  const pending = load<u32>(m.at, S.STATE_DEBUG_PENDING);
  const old = <u32>dr(m, 6);
  store<u64>(m.at, <u64>((old & ~DR6_B) | pending), S.STATE_DR + 6 * 8);
  store<u64>(m.at, <u64>(dr7(m) & ~DR7_GD), S.STATE_DR + 7 * 8);
  store<u32>(m.at, 0, S.STATE_DEBUG_PENDING);
}

/** Register that MOV names: DR4 and DR5 are other names of DR6 and DR7, or #UD while CR4.DE is set. */
function debugRegister(m: Eval, n: u32): u32 {
  if (n != 4 && n != 5) return n;
  if (m.cr4 & CR4_DE) m.ud();
  return n + 2;
}

/** Checks that MOV to and from debug registers share. Returns the register's number; `fault` if it may not be used. */
function accessDebugRegister(m: Eval, n: u32): u32 {
  if (n > 7) {
    m.ud();
    return 0;
  }
  if (m.cpl != 0) {
    m.gp();
    return n;
  }
  const register = debugRegister(m, n);
  if (m.fault) return register;
  if (dr7(m) & DR7_GD) {
    addPending(m, DR6_BD);
    m.raise(EXCEPTION_DB);
  }
  return register;
}

export function readDebugRegister(m: Eval, n: u32): u64 {
  const register = accessDebugRegister(m, n);
  return m.fault ? 0 : dr(m, register);
}

export function writeDebugRegister(m: Eval, n: u32, value: u64): void {
  const register = accessDebugRegister(m, n);
  if (m.fault) return;
  // Bits 63-32 of DR6 and DR7 must be 0 (vol. 3B 17.2.6); any address may be watched, canonical or not.
  if (register >= 6 && value >> 32) return m.gp();
  let v = value;
  if (register == 6) v = (value & DR6_WRITABLE) | DR6_FIXED;
  if (register == 7) v = (value & DR7_WRITABLE) | DR7_FIXED;
  store<u64>(m.at + (register << 3), v, S.STATE_DR);
  updateMode(m);
  m.resync();
}
