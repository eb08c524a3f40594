/**
 * System registers and processor control: SDM vol. 2. LGDT LIDT SGDT SIDT LLDT SLDT LTR STR LMSW SMSW, MOV to and from control
 * and debug registers, CLTS INVD WBINVD INVLPG HLT RSM, SYSENTER SYSEXIT.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP } from '../shared/exception';
import {
  CR0_PE,
  CR0_TS,
  FLAG_IF,
  FLAG_RF,
  FLAG_VM,
  SEG_ACCESSED,
  SEG_CODE,
  SEG_DB,
  SEG_DPL,
  SEG_G,
  SEG_P,
  SEG_RW,
  SEG_S,
  TYPE_BUSY,
  TYPE_TSS16,
  TYPE_TSS32,
} from '../shared/register-bits';
import { readDebugRegister, writeDebugRegister } from '../cpu/debug';
import {
  attributesOf,
  descriptorAddress,
  descriptorBase,
  descriptorLimit,
  errorOf,
  fetchDescriptor,
  isLocal,
  setAccessByte,
  systemType,
} from '../cpu/descriptor';
import { setCpl, setFlags, writeCr0, writeCr3, writeCr4 } from '../cpu/mode';
import { isReal, selectorOf, setSegment } from '../cpu/segment';
import { loadLdt } from '../cpu/task-switch';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { invalidatePage } from '../mmu/tlb';

export const ROWS = `
0F 00 /0 | SLDT Mw    | SLDT_M  |
0F 00 /0 | SLDT Rv    | SLDT    |
0F 00 /1 | STR Mw     | STR_M   |
0F 00 /1 | STR Rv     | STR     |
0F 00 /2 | LLDT Mw    | LLDT_M  |
0F 00 /2 | LLDT Rw    | LLDT    |
0F 00 /3 | LTR Mw     | LTR_M   |
0F 00 /3 | LTR Rw     | LTR     |
0F 01 /0 | SGDT Ms    | SGDT    |
0F 01 /1 | SIDT Ms    | SIDT    |
0F 01 /2 | LGDT Ms    | LGDT    | v
0F 01 /3 | LIDT Ms    | LIDT    | v
0F 01 /4 | SMSW Mw    | SMSW_M  |
0F 01 /4 | SMSW Rv    | SMSW    |
0F 01 /6 | LMSW Mw    | LMSW_M  | end
0F 01 /6 | LMSW Rw    | LMSW    | end
0F 01 /7 | INVLPG M   | INVLPG  | end
0F 06    | CLTS       | CLTS    |
0F 08    | INVD       | INVD    |
0F 09    | WBINVD     | INVD    |
0F 20 /0 | MOV Rd,Cd  | MOV_FROM_CR  | anymod
0F 20 /2 | MOV Rd,Cd  | MOV_FROM_CR  | anymod
0F 20 /3 | MOV Rd,Cd  | MOV_FROM_CR  | anymod
0F 20 /4 | MOV Rd,Cd  | MOV_FROM_CR  | anymod
0F 21 /r | MOV Rd,Dd  | MOV_FROM_DR  | anymod
0F 22 /0 | MOV Cd,Rd  | MOV_TO_CR    | anymod end
0F 22 /2 | MOV Cd,Rd  | MOV_TO_CR    | anymod end
0F 22 /3 | MOV Cd,Rd  | MOV_TO_CR    | anymod end
0F 22 /4 | MOV Cd,Rd  | MOV_TO_CR    | anymod end
0F 23 /r | MOV Dd,Rd  | MOV_TO_DR    | anymod end
0F 34    | SYSENTER   | SYSENTER     | end SEP
0F 35    | SYSEXIT    | SYSEXIT      | end SEP
0F AA    | RSM        | RSM          |
F4       | HLT        | HLT          | end
`;

/** True in ring 0; otherwise #GP(0). */
function isPrivileged<M>(m: M): bool {
  if (m.cpl == 0) return true;
  m.gp();
  return false;
}

/** LDTR and TR do not exist in real and virtual-8086 mode. */
function isProtected<M>(m: M): bool {
  if (!isReal(m)) return true;
  m.ud();
  return false;
}

// ── LDTR and TR ────────────────────────────────────────────────────────────────────────────────────────────────────

export function SLDT_M<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) m.store<u16>(i.segment, m.ea(i), selectorOf(m, S.LDTR));
}

export function SLDT<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) m.set<T>(i.rm, selectorOf(m, S.LDTR));
}

export function STR_M<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) m.store<u16>(i.segment, m.ea(i), selectorOf(m, S.TR));
}

export function STR<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m)) m.set<T>(i.rm, selectorOf(m, S.TR));
}

export function LLDT_M<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m) || !isPrivileged<M>(m)) return;
  const selector = <u32>m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) loadLdt(m, selector, EXCEPTION_GP, EXCEPTION_NP);
}

export function LLDT<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m) && isPrivileged<M>(m)) loadLdt(m, <u32>m.get<u16>(i.rm), EXCEPTION_GP, EXCEPTION_NP);
}

export function LTR_M<M, T>(m: M, i: Insn): void {
  if (!isProtected<M>(m) || !isPrivileged<M>(m)) return;
  const selector = <u32>m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) loadTaskRegister(m, selector);
}

export function LTR<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m) && isPrivileged<M>(m)) loadTaskRegister(m, <u32>m.get<u16>(i.rm));
}

/** LTR - an available TSS becomes busy; no task switch takes place. */
function loadTaskRegister(m: Eval, selector: u32): void {
  if (isLocal(selector)) return m.gp(errorOf(selector));
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return;
  const a = attributesOf(d);
  const type = systemType(a);
  if (type != TYPE_TSS16 && type != TYPE_TSS32) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  setAccessByte(m, descriptorAddress(m, selector), (a & 0xff) | TYPE_BUSY);
  if (!m.fault) setSegment(m, S.TR, selector, descriptorBase(d), descriptorLimit(d), a | TYPE_BUSY);
}

// ── GDTR and IDTR ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Limit, then base: all 32 bits of it whatever the operand size. */
function storeTable<M>(m: M, i: Insn, limit: u32, base: u64): void {
  const ea = m.ea(i);
  const baseAt = (ea + 2) & m.addressMask(i);
  m.loadRmw<u32>(i.segment, baseAt);
  if (m.fault) return;
  m.store<u16>(i.segment, ea, limit);
  if (!m.fault) m.store<u32>(i.segment, baseAt, base);
}

export function SGDT<M, T>(m: M, i: Insn): void {
  storeTable<M>(m, i, load<u32>(m.at, S.STATE_GDTR_LIMIT), load<u64>(m.at, S.STATE_GDTR_BASE));
}

export function SIDT<M, T>(m: M, i: Insn): void {
  storeTable<M>(m, i, load<u32>(m.at, S.STATE_IDTR_LIMIT), load<u64>(m.at, S.STATE_IDTR_BASE));
}

/** A 16-bit operand size takes only 24 bits of the base, as the 80286 did. */
function loadTable<M, T>(m: M, i: Insn, limitAt: u32, baseAt: u32): void {
  if (!isPrivileged<M>(m)) return;
  const ea = m.ea(i);
  const limit = <u32>m.load<u16>(i.segment, ea);
  if (m.fault) return;
  const base = m.load<u32>(i.segment, (ea + 2) & m.addressMask(i));
  if (m.fault) return;
  store<u32>(m.at + limitAt, limit);
  store<u64>(m.at + baseAt, sizeof<T>() == 2 ? base & 0xffffff : base);
}

export function LGDT<M, T>(m: M, i: Insn): void {
  loadTable<M, T>(m, i, S.STATE_GDTR_LIMIT, S.STATE_GDTR_BASE);
}

export function LIDT<M, T>(m: M, i: Insn): void {
  loadTable<M, T>(m, i, S.STATE_IDTR_LIMIT, S.STATE_IDTR_BASE);
}

// ── Control and debug registers ────────────────────────────────────────────────────────────────────────────────────

/** SMSW - any ring may read the low half of CR0; a 32-bit register gets all of it. */
export function SMSW_M<M, T>(m: M, i: Insn): void {
  m.store<u16>(i.segment, m.ea(i), m.cr0 & 0xffff);
}

export function SMSW<M, T>(m: M, i: Insn): void {
  m.set<T>(i.rm, m.trunc<T>(m.cr0));
}

export function LMSW_M<M, T>(m: M, i: Insn): void {
  if (!isPrivileged<M>(m)) return;
  const v = m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) loadStatusWord(m, v);
}

export function LMSW<M, T>(m: M, i: Insn): void {
  if (isPrivileged<M>(m)) loadStatusWord(m, m.get<u16>(i.rm));
}

/** LMSW - PE MP EM TS; it can set PE but not clear it. */
function loadStatusWord(m: Eval, v: u64): void {
  writeCr0(m, (m.cr0 & ~0xe) | (v & 0xf));
}

export function CLTS<M, T>(m: M, i: Insn): void {
  if (isPrivileged<M>(m)) store<u64>(m.at, m.cr0 & ~CR0_TS, S.STATE_CR0);
}

/** Control registers lie in a row, CR1 without a place. */
function controlRegister(n: u32): u32 {
  if (n == 0) return S.STATE_CR0;
  if (n == 2) return S.STATE_CR2;
  return n == 3 ? S.STATE_CR3 : S.STATE_CR4;
}

export function MOV_FROM_CR<M, T>(m: M, i: Insn): void {
  if (isPrivileged<M>(m)) m.set<u32>(i.rm, load<u64>(m.at + controlRegister(i.reg)));
}

export function MOV_TO_CR<M, T>(m: M, i: Insn): void {
  if (!isPrivileged<M>(m)) return;
  const v = m.get<u32>(i.rm);
  if (i.reg == 0) writeCr0(m, v);
  else if (i.reg == 2) store<u64>(m.at, v, S.STATE_CR2);
  else if (i.reg == 3) writeCr3(m, v);
  else writeCr4(m, v);
}

export function MOV_FROM_DR<M, T>(m: M, i: Insn): void {
  const v = readDebugRegister(m, i.reg);
  if (!m.fault) m.set<u32>(i.rm, v);
}

export function MOV_TO_DR<M, T>(m: M, i: Insn): void {
  writeDebugRegister(m, i.reg, m.get<u32>(i.rm));
}

// ── Processor control ──────────────────────────────────────────────────────────────────────────────────────────────

/** INVD and WBINVD - no cache is modelled. */
export function INVD<M, T>(m: M, i: Insn): void {
  isPrivileged<M>(m);
}

export function INVLPG<M, T>(m: M, i: Insn): void {
  if (isPrivileged<M>(m)) invalidatePage(m, m.linear(i.segment, m.ea(i)));
}

export function HLT<M, T>(m: M, i: Insn): void {
  if (!isPrivileged<M>(m)) return;
  store<u32>(m.at, S.ACTIVITY_HLT, S.STATE_ACTIVITY);
  m.resync();
}

/** RSM - system management mode, the only place where it is defined, is never entered. */
export function RSM<M, T>(m: M, i: Insn): void {
  m.ud();
}

/** Flat, present, accessed, 4 GB: what SYSENTER and SYSEXIT load without reading a descriptor (figures of vol. 2B). */
const FLAT: u32 = SEG_P | SEG_S | SEG_RW | SEG_ACCESSED | SEG_DB | SEG_G;

function enterFlat(m: Eval, selector: u32, cpl: u32): void {
  const dpl = cpl == 3 ? SEG_DPL : 0;
  setSegment(m, S.CS, selector | cpl, 0, 0xffffffff, FLAT | SEG_CODE | dpl);
  setSegment(m, S.SS, (selector + 8) | cpl, 0, 0xffffffff, FLAT | dpl);
  setCpl(m, cpl);
}

export function SYSENTER<M, T>(m: M, i: Insn): void {
  const cs = <u32>load<u64>(m.at, S.STATE_SYSENTER_CS) & 0xfffc;
  if (!(m.cr0 & CR0_PE) || cs == 0) {
    m.gp();
    return;
  }
  setFlags(m, m.flags & ~(FLAG_VM | FLAG_IF | FLAG_RF));
  enterFlat(m, cs, 0);
  m.set<u32>(S.RSP, load<u64>(m.at, S.STATE_SYSENTER_ESP));
  m.rip = load<u64>(m.at, S.STATE_SYSENTER_EIP) & 0xffffffff;
}

/** SYSEXIT - to ring 3: CS at SYSENTER_CS + 16, SS behind it, EIP from EDX, ESP from ECX. */
export function SYSEXIT<M, T>(m: M, i: Insn): void {
  const cs = <u32>load<u64>(m.at, S.STATE_SYSENTER_CS) & 0xfffc;
  if (!(m.cr0 & CR0_PE) || cs == 0) {
    m.gp();
    return;
  }
  if (!isPrivileged<M>(m)) return;
  enterFlat(m, (cs + 16) & 0xffff, 3);
  m.set<u32>(S.RSP, m.get<u32>(S.RCX));
  m.rip = m.get<u32>(S.RDX);
}
