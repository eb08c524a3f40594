/**
 * Segment registers: MOV PUSH POP LDS LES LSS LFS LGS, and the tests of selectors VERR VERW LAR LSL ARPL: SDM vol. 2.
 *
 * The operand of VERR and the like is read only after the check that protected mode is on (#UD has priority), so these have
 * a row for memory and one for registers.
 */
import * as S from '../shared/state';
import {
  FLAG_ZF,
  SEG_S,
  TYPE_BUSY,
  TYPE_CALL16,
  TYPE_CALL32,
  TYPE_LDT,
  TYPE_TASK_GATE,
  TYPE_TSS16,
  TYPE_TSS32,
} from '../shared/register-bits';
import {
  attributesOf,
  descriptorAddress,
  descriptorLimit,
  isNull,
  isReadable,
  isWritableData,
  NO_DESCRIPTOR,
  systemType,
} from '../cpu/descriptor';
import { dataPrivilege, isLongMode, isReal, loadSegment, selectorOf } from '../cpu/segment';
import { Insn } from '../machine/insn';
import { loadSystem } from '../mmu/access';

export const ROWS = `
8C /0    | MOV Mw,Sw   | MOV_FROM_SREG_M |
8C /1    | MOV Mw,Sw   | MOV_FROM_SREG_M |
8C /2    | MOV Mw,Sw   | MOV_FROM_SREG_M |
8C /3    | MOV Mw,Sw   | MOV_FROM_SREG_M |
8C /4    | MOV Mw,Sw   | MOV_FROM_SREG_M |
8C /5    | MOV Mw,Sw   | MOV_FROM_SREG_M |
8C /0    | MOV Rv,Sw   | MOV_FROM_SREG   |
8C /1    | MOV Rv,Sw   | MOV_FROM_SREG   |
8C /2    | MOV Rv,Sw   | MOV_FROM_SREG   |
8C /3    | MOV Rv,Sw   | MOV_FROM_SREG   |
8C /4    | MOV Rv,Sw   | MOV_FROM_SREG   |
8C /5    | MOV Rv,Sw   | MOV_FROM_SREG   |
8E /0    | MOV Sw,Mw   | MOV_TO_SREG_M   |
8E /2    | MOV Sw,Mw   | MOV_TO_SREG_M   |
8E /3    | MOV Sw,Mw   | MOV_TO_SREG_M   |
8E /4    | MOV Sw,Mw   | MOV_TO_SREG_M   |
8E /5    | MOV Sw,Mw   | MOV_TO_SREG_M   |
8E /0    | MOV Sw,Rw   | MOV_TO_SREG     |
8E /2    | MOV Sw,Rw   | MOV_TO_SREG     |
8E /3    | MOV Sw,Rw   | MOV_TO_SREG     |
8E /4    | MOV Sw,Rw   | MOV_TO_SREG     |
8E /5    | MOV Sw,Rw   | MOV_TO_SREG     |
06       | PUSH ES     | PUSH_ES | v not64
0E       | PUSH CS     | PUSH_CS | v not64
16       | PUSH SS     | PUSH_SS | v not64
1E       | PUSH DS     | PUSH_DS | v not64
0F A0    | PUSH FS     | PUSH_FS | v d64
0F A8    | PUSH GS     | PUSH_GS | v d64
07       | POP ES      | POP_ES  | v not64
17       | POP SS      | POP_SS  | v not64
1F       | POP DS      | POP_DS  | v not64
0F A1    | POP FS      | POP_FS  | v d64
0F A9    | POP GS      | POP_GS  | v d64
C4 /r    | LES Gv,Mp   | LES     | not64
C5 /r    | LDS Gv,Mp   | LDS     | not64
0F B2 /r | LSS Gv,Mp   | LSS     |
0F B4 /r | LFS Gv,Mp   | LFS     |
0F B5 /r | LGS Gv,Mp   | LGS     |
0F 00 /4 | VERR Mw     | VERR_M  |
0F 00 /4 | VERR Rw     | VERR    |
0F 00 /5 | VERW Mw     | VERW_M  |
0F 00 /5 | VERW Rw     | VERW    |
0F 02 /r | LAR Gv,Mw   | LAR_M   |
0F 02 /r | LAR Gv,Rw   | LAR     |
0F 03 /r | LSL Gv,Mw   | LSL_M   |
0F 03 /r | LSL Gv,Rw   | LSL     |
63 /r    | ARPL Mw,Gw  | ARPL_M  | not64
63 /r    | ARPL Rw,Gw  | ARPL    | not64
`;

/** STATE_SHADOW after MOV SS and POP SS: the next instruction, which loads ESP, must not be interrupted. */
const SHADOW_MOV_SS: u32 = 2;

// ── Moves ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** MOV from a segment register (REX.R does not count) - a memory destination gets 16 bits whatever the operand size, a register zero-extends. */
export function MOV_FROM_SREG_M<M, T>(m: M, i: Insn): void {
  m.store<u16>(i.segment, m.ea(i), selectorOf(m, i.reg & 7));
}

export function MOV_FROM_SREG<M, T>(m: M, i: Insn): void {
  m.set<T>(i.rm, selectorOf(m, i.reg & 7));
}

export function MOV_TO_SREG_M<M, T>(m: M, i: Insn): void {
  const selector = <u32>m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) moveToSegment<M>(m, i.reg & 7, selector);
}

export function MOV_TO_SREG<M, T>(m: M, i: Insn): void {
  moveToSegment<M>(m, i.reg & 7, <u32>m.get<u16>(i.rm));
}

function moveToSegment<M>(m: M, n: u32, selector: u32): void {
  loadSegment(m, n, selector);
  if (!m.fault && n == S.SS) holdInterrupts<M>(m);
}

function holdInterrupts<M>(m: M): void {
  store<u32>(m.at, SHADOW_MOV_SS, S.STATE_SHADOW);
  m.resync();
}

// ── Stack ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** PUSH of a segment register - with a 32-bit operand size the stack moves by 4, but only 16 bits are written; with 64 bits, all. */
function pushSegment<M, T>(m: M, n: u32): void {
  const sp = (m.sp - sizeof<T>()) & m.stackMask;
  if (sizeof<T>() == 8) m.store<u64>(S.SS, sp, selectorOf(m, n));
  else m.store<u16>(S.SS, sp, selectorOf(m, n));
  if (!m.fault) m.sp = sp;
}

export function PUSH_ES<M, T>(m: M, i: Insn): void {
  pushSegment<M, T>(m, S.ES);
}
export function PUSH_CS<M, T>(m: M, i: Insn): void {
  pushSegment<M, T>(m, S.CS);
}
export function PUSH_SS<M, T>(m: M, i: Insn): void {
  pushSegment<M, T>(m, S.SS);
}
export function PUSH_DS<M, T>(m: M, i: Insn): void {
  pushSegment<M, T>(m, S.DS);
}
export function PUSH_FS<M, T>(m: M, i: Insn): void {
  pushSegment<M, T>(m, S.FS);
}
export function PUSH_GS<M, T>(m: M, i: Insn): void {
  pushSegment<M, T>(m, S.GS);
}

function popSegment<M, T>(m: M, n: u32): void {
  const selector = <u32>m.peek<T>(0) & 0xffff;
  if (m.fault) return;
  loadSegment(m, n, selector);
  if (!m.fault) m.drop(sizeof<T>());
}

export function POP_ES<M, T>(m: M, i: Insn): void {
  popSegment<M, T>(m, S.ES);
}
export function POP_DS<M, T>(m: M, i: Insn): void {
  popSegment<M, T>(m, S.DS);
}
export function POP_FS<M, T>(m: M, i: Insn): void {
  popSegment<M, T>(m, S.FS);
}
export function POP_GS<M, T>(m: M, i: Insn): void {
  popSegment<M, T>(m, S.GS);
}

/** POP SS - the stack pointer moves by the stack-address size of the old SS. */
export function POP_SS<M, T>(m: M, i: Insn): void {
  const selector = <u32>m.peek<T>(0) & 0xffff;
  if (m.fault) return;
  const wide = m.stackMask != 0xffff;
  loadSegment(m, S.SS, selector);
  if (m.fault) return;
  if (wide) m.set<u32>(S.RSP, m.add<u32>(m.get<u32>(S.RSP), sizeof<T>()));
  else m.set<u16>(S.RSP, m.add<u16>(m.get<u16>(S.RSP), sizeof<T>()));
  holdInterrupts<M>(m);
}

// ── Far pointers ───────────────────────────────────────────────────────────────────────────────────────────────────

/** LDS and the like - offset, then selector behind it; the general register changes only if the segment loads. */
function loadPointer<M, T>(m: M, i: Insn, n: u32): void {
  const ea = m.ea(i);
  const offset = m.load<T>(i.segment, ea);
  if (m.fault) return;
  const selector = <u32>m.load<u16>(i.segment, (ea + sizeof<T>()) & m.addressMask(i));
  if (m.fault) return;
  loadSegment(m, n, selector);
  if (!m.fault) m.set<T>(i.reg, offset);
}

export function LES<M, T>(m: M, i: Insn): void {
  loadPointer<M, T>(m, i, S.ES);
}
export function LDS<M, T>(m: M, i: Insn): void {
  loadPointer<M, T>(m, i, S.DS);
}
/** LSS - loads SS and ESP together, so it holds nothing off. */
export function LSS<M, T>(m: M, i: Insn): void {
  loadPointer<M, T>(m, i, S.SS);
}
export function LFS<M, T>(m: M, i: Insn): void {
  loadPointer<M, T>(m, i, S.FS);
}
export function LGS<M, T>(m: M, i: Insn): void {
  loadPointer<M, T>(m, i, S.GS);
}

// ── Tests of selectors ─────────────────────────────────────────────────────────────────────────────────────────────

/** These instructions do not exist in real and virtual-8086 mode. */
function isProtected<M>(m: M): bool {
  if (!isReal(m)) return true;
  m.ud();
  return false;
}

function setZero<M>(m: M, on: bool): void {
  m.flags = on ? m.flags | FLAG_ZF : m.flags & ~FLAG_ZF;
}

/** The descriptor that a selector names if there is one and CPL and RPL may see it; 0 (an invalid type) otherwise. */
function visibleDescriptor<M>(m: M, selector: u32): u64 {
  const at = isNull(selector) ? NO_DESCRIPTOR : descriptorAddress(m, selector);
  if (at == NO_DESCRIPTOR) return 0;
  const d = loadSystem<u64>(m, at);
  return !m.fault && dataPrivilege(attributesOf(d), selector & 3, m.cpl) ? d : 0;
}

function operand<M>(m: M, i: Insn): u32 {
  return <u32>m.load<u16>(i.segment, m.ea(i));
}

export function VERR_M<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m)) return;
  const selector = operand<M>(m, i);
  if (!m.fault) verifyRead<M>(m, selector);
}

export function VERR<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) verifyRead<M>(m, <u32>m.get<u16>(i.rm));
}

function verifyRead<M>(m: M, selector: u32): void {
  const d = visibleDescriptor<M>(m, selector);
  if (!m.fault) setZero<M>(m, isReadable(attributesOf(d)));
}

export function VERW_M<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m)) return;
  const selector = operand<M>(m, i);
  if (!m.fault) verifyWrite<M>(m, selector);
}

export function VERW<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) verifyWrite<M>(m, <u32>m.get<u16>(i.rm));
}

function verifyWrite<M>(m: M, selector: u32): void {
  const d = visibleDescriptor<M>(m, selector);
  if (!m.fault) setZero<M>(m, isWritableData(attributesOf(d)));
}

/** System types that have a limit: TSS and LDT; no 16-bit TSS in IA-32e mode (tables of LAR and LSL, vol. 2A). */
function hasLimit<M>(m: M, type: u32): bool {
  const available = type & ~TYPE_BUSY;
  return type == TYPE_LDT || (available == TYPE_TSS16 && !isLongMode(m)) || available == TYPE_TSS32;
}

/** System types that LAR accepts: those, call gates and task gates. */
function hasRights<M>(m: M, type: u32): bool {
  if (hasLimit<M>(m, type) || type == TYPE_CALL32) return true;
  return (type == TYPE_CALL16 || type == TYPE_TASK_GATE) && !isLongMode(m);
}

export function LAR_M<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m)) return;
  const selector = operand<M>(m, i);
  if (!m.fault) loadRights<M, T>(m, i, selector);
}

export function LAR<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) loadRights<M, T>(m, i, <u32>m.get<u16>(i.rm));
}

/** LAR - bits 8-15 and 20-23 of the descriptor's upper half. */
function loadRights<M, T>(m: M, i: Insn, selector: u32): void {
  const d = visibleDescriptor<M>(m, selector);
  if (m.fault) return;
  const a = attributesOf(d);
  const valid = (a & SEG_S) != 0 || hasRights<M>(m, systemType(a));
  if (valid) m.set<T>(i.reg, (d >> 32) & 0x00f0ff00);
  setZero<M>(m, valid);
}

export function LSL_M<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m)) return;
  const selector = operand<M>(m, i);
  if (!m.fault) loadLimit<M, T>(m, i, selector);
}

export function LSL<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) loadLimit<M, T>(m, i, <u32>m.get<u16>(i.rm));
}

/** LSL - the limit in bytes. */
function loadLimit<M, T>(m: M, i: Insn, selector: u32): void {
  const d = visibleDescriptor<M>(m, selector);
  if (m.fault) return;
  const a = attributesOf(d);
  const valid = (a & SEG_S) != 0 || hasLimit<M>(m, systemType(a));
  if (valid) m.set<T>(i.reg, descriptorLimit(d));
  setZero<M>(m, valid);
}

/** ARPL - the RPL of the first operand is raised to that of the second; memory is written only if it changes. */
export function ARPL_M<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m)) return;
  const ea = m.ea(i);
  const selector = m.load<u16>(i.segment, ea);
  if (m.fault) return;
  const rpl = m.get<u16>(i.reg) & 3;
  const raised = (selector & 3) < rpl;
  if (raised) m.store<u16>(i.segment, ea, (selector & 0xfffc) | rpl);
  if (!m.fault) setZero<M>(m, raised);
}

export function ARPL<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m)) return;
  const selector = m.get<u16>(i.rm);
  const rpl = m.get<u16>(i.reg) & 3;
  if ((selector & 3) < rpl) m.set<u16>(i.rm, (selector & 0xfffc) | rpl);
  setZero<M>(m, (selector & 3) < rpl);
}
