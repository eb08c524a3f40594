/**
 * x87 register stack, status word and exceptions - SDM vol. 1, 8.1 and 8.5-8.7: what all x87 instructions share.
 *
 * As CPUID.(EAX=7):EBX says (bits 6 and 13, see cpu/cpuid.ts): FDP and FOP are written by unmasked exceptions only, and FCS
 * and FDS are always 0. With CR0.NE = 0 an error raises FERR# (STATE_FERR) at once, so that the board's IRQ 13
 * arrives before the next instruction. Not modelled: with interrupts off, hardware freezes at the next waiting
 * instruction until that interrupt comes or IGNNE# is asserted; here it goes on, as if IGNNE# always were.
 */
import * as S from '../../shared/state';
import { EXCEPTION_MF, EXCEPTION_NM } from '../../shared/exception';
import { CR0_EM, CR0_NE, CR0_TS } from '../../shared/register-bits';
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { ferr } from '../../cpu/host';
import { loadSystem } from '../../mmu/access';
import {
  COND_C1,
  EXC_ALL,
  EXC_IE,
  EXC_SF,
  INDEFINITE_SE,
  INDEFINITE_SIG,
  RESULT_SE,
  RESULT_SIG,
} from '../../softfloat/constants';

export const FSW_ES: u32 = 0x80;
export const FSW_B: u32 = 0x8000;
export const FSW_TOP: u32 = 0x3800;
/** Exception flags: sticky. */
const FSW_FLAGS: u32 = EXC_ALL | EXC_SF;
/** Control word bits that can be written; bit 6 always reads 1. */
export const FCW_WRITABLE: u32 = 0x1f3f;
export const FCW_FIXED: u32 = 0x40;

/** Stack overflow and underflow: invalid operation with SF; C1 tells which (SDM vol. 1, 8.5.1.1). */
export const STACK_OVERFLOW: u32 = EXC_IE | EXC_SF | COND_C1;
export const STACK_UNDERFLOW: u32 = EXC_IE | EXC_SF;

// ── Registers ──────────────────────────────────────────────────────────────────────────────────────────────────
export function statusWord(cpu: usize): u32 {
  return <u32>load<u16>(cpu, S.STATE_FSW);
}

export function controlWord(cpu: usize): u32 {
  return <u32>load<u16>(cpu, S.STATE_FCW);
}

/** Number of the physical register that ST(n) is. */
export function physical(cpu: usize, n: u32): u32 {
  return ((statusWord(cpu) >> 11) + n) & 7;
}

/** Address of ST(n). */
export function st(cpu: usize, n: u32): usize {
  return cpu + S.STATE_FPU_ST + <usize>(physical(cpu, n) << 4);
}

export function significand(register: usize): u64 {
  return load<u64>(register);
}

export function signExponent(register: usize): u32 {
  return <u32>load<u16>(register, 8);
}

export function isEmpty(cpu: usize, n: u32): bool {
  return ((<u32>load<u16>(cpu, S.STATE_FTW) >> physical(cpu, n)) & 1) == 0;
}

function setTag(cpu: usize, n: u32): void {
  store<u16>(cpu, <u16>(<u32>load<u16>(cpu, S.STATE_FTW) | (1 << physical(cpu, n))), S.STATE_FTW);
}

export function free(cpu: usize, n: u32): void {
  store<u16>(cpu, <u16>(<u32>load<u16>(cpu, S.STATE_FTW) & ~(1 << physical(cpu, n))), S.STATE_FTW);
}

export function setTop(cpu: usize, by: i32): void {
  const sw = statusWord(cpu);
  store<u16>(cpu, <u16>((sw & ~FSW_TOP) | ((sw + <u32>(by << 11)) & FSW_TOP)), S.STATE_FSW);
}

export function write(cpu: usize, n: u32, se: u32, sig: u64): void {
  const register = st(cpu, n);
  store<u64>(register, sig);
  store<u16>(register, <u16>se, 8);
  setTag(cpu, n);
}

/** ST(n) <- the result slot of the soft floating-point routine. */
export function writeResult(cpu: usize, n: u32): void {
  write(cpu, n, load<u32>(cpu, RESULT_SE), load<u64>(cpu, RESULT_SIG));
}

export function writeIndefinite(cpu: usize, n: u32): void {
  write(cpu, n, INDEFINITE_SE, INDEFINITE_SIG);
}

export function pop(cpu: usize): void {
  free(cpu, 0);
  setTop(cpu, 1);
}

/** Is one of these exceptions unmasked? */
export function unmasked(cpu: usize, flags: u32): bool {
  return (flags & EXC_ALL & ~controlWord(cpu)) != 0;
}

/** Both of ST(0) and ST(n) hold something. */
export function holdsBoth(cpu: usize, n: u32): bool {
  const sw = statusWord(cpu);
  const tags = <u32>load<u16>(cpu, S.STATE_FTW);
  return ((tags >> ((sw >> 11) & 7)) & (tags >> (((sw >> 11) + n) & 7)) & 1) != 0;
}

// ── Before an instruction ──────────────────────────────────────────────────────────────────────────────────────
/** #NM and a pending #MF come before all else that a waiting instruction does; false if it must not go on. */
export function ready(m: Eval): bool {
  if (((<u32>m.cr0 & (CR0_EM | CR0_TS)) | (statusWord(m.at) & FSW_ES)) == 0) return true;
  if (!readyNoWait(m)) return false;
  return errorsAllow(m);
}

/** The FN forms do not look at pending exceptions. */
export function readyNoWait(m: Eval): bool {
  if ((<u32>m.cr0 & (CR0_EM | CR0_TS)) == 0) return true;
  m.raise(EXCEPTION_NM);
  return false;
}

/** Reports a pending unmasked exception; true if there is none, or if the board has been told by FERR#. */
export function errorsAllow(m: Eval): bool {
  if (!(statusWord(m.at) & FSW_ES)) return true;
  if (!(<u32>m.cr0 & CR0_NE)) {
    signalError(m);
    return true;
  }
  m.raise(EXCEPTION_MF);
  return false;
}

// ── After an instruction ───────────────────────────────────────────────────────────────────────────────────────
/** Exceptions into the status word, C1 as given, the instruction pointer. */
export function finish(m: Eval, i: Insn, flags: u32): void {
  finishWith(m, i, flags, COND_C1);
}

/** The same for instructions that define other condition codes: `conditions` are replaced by those in `flags`. */
export function finishWith(m: Eval, i: Insn, flags: u32, conditions: u32): void {
  const cpu = m.at;
  const sw = (statusWord(cpu) & ~conditions) | (flags & (FSW_FLAGS | conditions));
  store<u16>(cpu, <u16>sw, S.STATE_FSW);
  setInstructionPointer(m, i);
  if (flags & EXC_ALL & ~controlWord(cpu)) recordError(m, i);
}

/** finish() with the status word at hand, which is stored but for C1 and the exceptions in `flags`. */
function finishAt(m: Eval, i: Insn, sw: u32, flags: u32): void {
  store<u16>(m.at, <u16>((sw & ~COND_C1) | flags), S.STATE_FSW);
  setInstructionPointer(m, i);
  if (flags & EXC_ALL & ~controlWord(m.at)) recordError(m, i);
}

export function setInstructionPointer(m: Eval, i: Insn): void {
  store<u64>(m.at, m.next(i) - <u64>i.length, S.STATE_FIP);
}

/** An unmasked exception: opcode and operand pointer are kept for the handler, the next waiting instruction reports it. */
function recordError(m: Eval, i: Insn): void {
  const cpu = m.at;
  const start = load<u64>(cpu, S.STATE_FIP);
  // The micro-op has no opcode bytes; the instruction was fetched from here, so reading it again cannot fault.
  let at: u64 = 0;
  let byte: u32 = 0;
  while (at < 14) {
    byte = <u32>loadSystem<u8>(m, m.linear(S.CS, start + at));
    at++;
    if ((byte & 0xf8) == 0xd8) break;
  }
  const modrm = <u32>loadSystem<u8>(m, m.linear(S.CS, start + at));
  store<u16>(cpu, <u16>(((byte & 7) << 8) | modrm), S.STATE_FOP);
  if (modrm < 0xc0) store<u64>(cpu, m.ea(i), S.STATE_FDP);
  updateSummary(m);
}

/** ES and B follow from the flags and their masks; FERR# shows ES to the board if CR0.NE is clear. */
export function updateSummary(m: Eval): void {
  const cpu = m.at;
  let sw = statusWord(cpu) & ~(FSW_ES | FSW_B);
  if (unmasked(cpu, sw)) {
    sw |= FSW_ES | FSW_B;
    store<u16>(cpu, <u16>sw, S.STATE_FSW);
    if (!(<u32>m.cr0 & CR0_NE)) signalError(m);
    return;
  }
  store<u16>(cpu, <u16>sw, S.STATE_FSW);
  if (load<u32>(cpu, S.STATE_FERR)) setFerr(m, 0);
}

function signalError(m: Eval): void {
  if (!load<u32>(m.at, S.STATE_FERR)) setFerr(m, 1);
}

/** FERR# changes: the interrupt that it may cause comes before the next instruction. */
function setFerr(m: Eval, level: u32): void {
  store<u32>(m.at, level, S.STATE_FERR);
  ferr(level);
  m.resync();
}

export function setControlWord(m: Eval, cw: u32): void {
  store<u16>(m.at, <u16>((cw & FCW_WRITABLE) | FCW_FIXED), S.STATE_FCW);
}

/** Pushes the result slot, or reports the stack overflow. `flags` are those of the conversion that made the result. */
export function pushResult(m: Eval, i: Insn, flags: u32): void {
  const cpu = m.at;
  const sw = statusWord(cpu);
  const top = ((sw >> 11) - 1) & 7;
  const tags = <u32>load<u16>(cpu, S.STATE_FTW);
  if ((tags >> top) & 1) {
    pushOverflow(m, i);
    return;
  }
  // A load completes even if its denormal operand is an unmasked exception.
  if (flags & EXC_IE & ~controlWord(cpu)) {
    finish(m, i, flags);
    return;
  }
  const register = cpu + S.STATE_FPU_ST + <usize>(top << 4);
  store<u64>(register, load<u64>(cpu, RESULT_SIG));
  store<u16>(register, load<u16>(cpu, RESULT_SE), 8);
  store<u16>(cpu, <u16>(tags | (1 << top)), S.STATE_FTW);
  finishAt(m, i, (sw & ~FSW_TOP) | (top << 11), flags);
}

function pushOverflow(m: Eval, i: Insn): void {
  if (!unmasked(m.at, EXC_IE)) {
    setTop(m.at, -1);
    writeIndefinite(m.at, 0);
  }
  finish(m, i, STACK_OVERFLOW);
}

/** FLD of an empty register: the indefinite is pushed even where that overflows the stack; underflow comes first. */
export function pushUnderflow(m: Eval, i: Insn): void {
  if (!unmasked(m.at, EXC_IE)) {
    setTop(m.at, -1);
    writeIndefinite(m.at, 0);
  }
  finish(m, i, STACK_UNDERFLOW);
}

/** State after FNINIT (SDM vol. 2, FINIT); the registers keep their contents, tagged empty. */
export function resetFpu(cpu: usize): void {
  store<u16>(cpu, 0x37f, S.STATE_FCW);
  store<u16>(cpu, 0, S.STATE_FSW);
  store<u16>(cpu, 0, S.STATE_FTW);
  store<u16>(cpu, 0, S.STATE_FOP);
  store<u64>(cpu, 0, S.STATE_FIP);
  store<u64>(cpu, 0, S.STATE_FDP);
  store<u16>(cpu, 0, S.STATE_FCS);
  store<u16>(cpu, 0, S.STATE_FDS);
}
