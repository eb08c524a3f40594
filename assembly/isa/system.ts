/**
 * System registers and processor control: SDM vol. 2. LGDT LIDT SGDT SIDT LLDT SLDT LTR STR LMSW SMSW, MOV to and from control
 * and debug registers, CLTS INVD WBINVD INVLPG INVPCID HLT MONITOR MWAIT RSM. What SYSENTER, SYSCALL and their returns do is in
 * cpu/system-call.ts.
 *
 * Rows with attribute f64 have 64-bit operands in 64-bit mode whatever the prefixes say.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP } from '../shared/exception';
import { LAPIC_TPR } from '../shared/lapic-state';
import {
  CR0_TS,
  CR3_PCID,
  CR4_PCIDE,
  CR4_UMIP,
  FLAG_IF,
  SEG_P,
  TYPE_BUSY,
  TYPE_TSS16,
  TYPE_TSS32,
} from '../shared/register-bits';
import { readDebugRegister, writeDebugRegister } from '../cpu/debug';
import {
  attributesOf,
  descriptorAddress,
  descriptorLimit,
  errorOf,
  fetchDescriptor,
  isLocal,
  setAccessByte,
  systemType,
} from '../cpu/descriptor';
import { lapicField } from '../cpu/lapic';
import { systemBase } from '../cpu/long-mode-gate';
import { writeCr0, writeCr3, writeCr4 } from '../cpu/mode';
import { armMonitor, disarmMonitor, isMonitorArmed, waitOnMonitor } from '../cpu/monitor';
import { isLongMode, isReal, selectorOf, setSegment } from '../cpu/segment';
import { syscall, sysenter, sysexit, sysret } from '../cpu/system-call';
import { loadLdt } from '../cpu/task-switch';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { accessAt } from '../mmu/access';
import { translate } from '../mmu/paging';
import { isCanonical } from '../mmu/segmentation';
import { flushTlb, invalidatePage } from '../mmu/tlb';

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
0F 20 /0 | MOV Ry,Cy  | MOV_FROM_CR  | anymod f64
0F 20 /2 | MOV Ry,Cy  | MOV_FROM_CR  | anymod f64
0F 20 /3 | MOV Ry,Cy  | MOV_FROM_CR  | anymod f64
0F 20 /4 | MOV Ry,Cy  | MOV_FROM_CR  | anymod f64
0F 21 /r | MOV Ry,Dy  | MOV_FROM_DR  | anymod f64
0F 22 /0 | MOV Cy,Ry  | MOV_TO_CR    | anymod end f64
0F 22 /2 | MOV Cy,Ry  | MOV_TO_CR    | anymod end f64
0F 22 /3 | MOV Cy,Ry  | MOV_TO_CR    | anymod end f64
0F 22 /4 | MOV Cy,Ry  | MOV_TO_CR    | anymod end f64
0F 23 /r | MOV Dy,Ry  | MOV_TO_DR    | anymod end f64
0F 34    | SYSENTER   | SYSENTER     | end SEP
0F 35    | SYSEXIT    | SYSEXIT      | v end SEP
0F 05    | SYSCALL    | SYSCALL      | end only64 SYSCALL
0F 07    | SYSRET     | SYSRET       | v end only64 SYSCALL
66 0F 38 82 /r | INVPCID Gy,Mdq | INVPCID | f64 end INVPCID
0F AA    | RSM        | RSM          |
F4       | HLT        | HLT          | end
NP 0F 01 C8 | MONITOR    | MONITOR      | MONITOR
NP 0F 01 C9 | MWAIT      | MWAIT        | end MONITOR
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

/** CR4.UMIP keeps SGDT, SIDT, SLDT, SMSW and STR to ring 0: #GP(0). */
function mayStore<M>(m: M): bool {
  if (!(m.cr4 & CR4_UMIP) || m.cpl == 0) return true;
  m.gp();
  return false;
}

// ── LDTR and TR ────────────────────────────────────────────────────────────────────────────────────────────────────

export function SLDT_M<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m) && mayStore<M>(m)) m.store<u16>(i.segment, m.ea(i), selectorOf(m, S.LDTR));
}

export function SLDT<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m) && mayStore<M>(m)) m.set<T>(i.rm, selectorOf(m, S.LDTR));
}

export function STR_M<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m) && mayStore<M>(m)) m.store<u16>(i.segment, m.ea(i), selectorOf(m, S.TR));
}

export function STR<M, T>(m: M, i: Insn): void {
  if (isProtected<M>(m) && mayStore<M>(m)) m.set<T>(i.rm, selectorOf(m, S.TR));
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
  if ((type != TYPE_TSS16 || isLongMode(m)) && type != TYPE_TSS32) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  const base = systemBase(m, selector, d);
  if (m.fault) return;
  setAccessByte(m, descriptorAddress(m, selector), (a & 0xff) | TYPE_BUSY);
  if (!m.fault) setSegment(m, S.TR, selector, base, descriptorLimit(d), a | TYPE_BUSY);
}

// ── GDTR and IDTR ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Limit, then base: 64 bits in 64-bit mode, else all 32 bits of it whatever the operand size. */
function storeTable<M>(m: M, i: Insn, limit: u32, base: u64): void {
  if (!mayStore<M>(m)) return;
  const ea = m.ea(i);
  const baseAt = (ea + 2) & m.addressMask(i);
  m.loadRmw<u16>(i.segment, ea);
  if (m.fault) return;
  const long = m.mode == S.MODE_64;
  if (long) m.loadRmw<u64>(i.segment, baseAt);
  else m.loadRmw<u32>(i.segment, baseAt);
  if (m.fault) return;
  m.store<u16>(i.segment, ea, limit);
  if (m.fault) return;
  if (long) m.store<u64>(i.segment, baseAt, base);
  else m.store<u32>(i.segment, baseAt, base);
}

export function SGDT<M, T>(m: M, i: Insn): void {
  storeTable<M>(m, i, load<u32>(m.at, S.STATE_GDTR_LIMIT), load<u64>(m.at, S.STATE_GDTR_BASE));
}

export function SIDT<M, T>(m: M, i: Insn): void {
  storeTable<M>(m, i, load<u32>(m.at, S.STATE_IDTR_LIMIT), load<u64>(m.at, S.STATE_IDTR_BASE));
}

/** A 16-bit operand size takes only 24 bits of the base, as the 80286 did; 64-bit mode has one size, and takes canonical bases only. */
function loadTable<M, T>(m: M, i: Insn, limitAt: u32, baseAt: u32): void {
  if (!isPrivileged<M>(m)) return;
  const ea = m.ea(i);
  const limit = <u32>m.load<u16>(i.segment, ea);
  if (m.fault) return;
  const baseAddress = (ea + 2) & m.addressMask(i);
  const long = m.mode == S.MODE_64;
  const base = long ? m.load<u64>(i.segment, baseAddress) : m.load<u32>(i.segment, baseAddress);
  if (m.fault) return;
  if (long && !isCanonical(base)) {
    m.gp();
    return;
  }
  store<u32>(m.at + limitAt, limit);
  store<u64>(m.at + baseAt, sizeof<T>() == 2 && !long ? base & 0xffffff : base);
}

export function LGDT<M, T>(m: M, i: Insn): void {
  loadTable<M, T>(m, i, S.STATE_GDTR_LIMIT, S.STATE_GDTR_BASE);
}

export function LIDT<M, T>(m: M, i: Insn): void {
  loadTable<M, T>(m, i, S.STATE_IDTR_LIMIT, S.STATE_IDTR_BASE);
}

// ── Control and debug registers ────────────────────────────────────────────────────────────────────────────────────

/** SMSW - any ring may read the low half of CR0; a wider register gets all of it. */
export function SMSW_M<M, T>(m: M, i: Insn): void {
  if (mayStore<M>(m)) m.store<u16>(i.segment, m.ea(i), m.cr0 & 0xffff);
}

export function SMSW<M, T>(m: M, i: Insn): void {
  if (mayStore<M>(m)) m.set<T>(i.rm, m.trunc<T>(m.cr0));
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

/** Control registers lie in a row, CR1 without a place. #UD for numbers that only REX.R makes; 0 then. */
function controlRegister(m: Eval, n: u32): u32 {
  if (n == 0) return S.STATE_CR0;
  if (n == 2) return S.STATE_CR2;
  if (n == 3) return S.STATE_CR3;
  if (n == 4) return S.STATE_CR4;
  if (n != 8) m.ud();
  return 0;
}

export function MOV_FROM_CR<M, T>(m: M, i: Insn): void {
  const at = controlRegister(m, i.reg);
  if (m.fault || !isPrivileged<M>(m)) return;
  const v = at ? load<u64>(m.at + at) : <u64>(load<u32>(lapicField(m, LAPIC_TPR)) >> 4);
  if (m.mode == S.MODE_64) m.set<u64>(i.rm, v);
  else m.set<u32>(i.rm, v);
}

export function MOV_TO_CR<M, T>(m: M, i: Insn): void {
  const at = controlRegister(m, i.reg);
  if (m.fault || !isPrivileged<M>(m)) return;
  const v = m.mode == S.MODE_64 ? m.get<u64>(i.rm) : m.get<u32>(i.rm);
  if (at == S.STATE_CR0) writeCr0(m, v);
  else if (at == S.STATE_CR2) store<u64>(m.at, v, S.STATE_CR2);
  else if (at == S.STATE_CR3) writeCr3(m, v);
  else if (at == S.STATE_CR4) writeCr4(m, v);
  else writeTaskPriority(m, v);
}

/** CR8 is bits 7-4 of the local APIC's task priority (vol. 3A 10.8.6). */
function writeTaskPriority(m: Eval, v: u64): void {
  if (v > 15) return m.gp();
  store<u32>(lapicField(m, LAPIC_TPR), (<u32>v) << 4);
  m.resync();
}

export function MOV_FROM_DR<M, T>(m: M, i: Insn): void {
  const v = readDebugRegister(m, i.reg);
  if (m.fault) return;
  if (m.mode == S.MODE_64) m.set<u64>(i.rm, v);
  else m.set<u32>(i.rm, v);
}

export function MOV_TO_DR<M, T>(m: M, i: Insn): void {
  writeDebugRegister(m, i.reg, m.mode == S.MODE_64 ? m.get<u64>(i.rm) : m.get<u32>(i.rm));
}

// ── Processor control ──────────────────────────────────────────────────────────────────────────────────────────────

/** INVD and WBINVD - no cache is modelled. */
export function INVD<M, T>(m: M, i: Insn): void {
  isPrivileged<M>(m);
}

export function INVLPG<M, T>(m: M, i: Insn): void {
  if (!isPrivileged<M>(m)) return;
  const la = m.linear(i.segment, m.ea(i));
  // An address that is not canonical has no translation to invalidate.
  if (m.mode != S.MODE_64 || isCanonical(la)) invalidatePage(m, la);
}

/** INVPCID - types: one address, one PCID, all, all but global ones. Entries of other PCIDs than the current are never kept. */
export function INVPCID<M, T>(m: M, i: Insn): void {
  if (!isPrivileged<M>(m)) return;
  const kind = m.mode == S.MODE_64 ? m.get<u64>(i.reg) : m.get<u32>(i.reg);
  const ea = m.ea(i);
  const pcid = m.load<u64>(i.segment, ea);
  if (m.fault) return;
  const address = m.load<u64>(i.segment, (ea + 8) & m.addressMask(i));
  if (m.fault) return;
  const needsPcid = kind < 2 && pcid != 0 && !(m.cr4 & CR4_PCIDE);
  if (kind > 3 || pcid >> 12 || needsPcid || (kind == 0 && !isCanonical(address))) {
    m.gp();
    return;
  }
  if (kind == 2) flushTlb(m, false);
  else if (kind == 3) flushTlb(m, true);
  else if ((m.cr4 & CR4_PCIDE ? load<u64>(m.at, S.STATE_CR3) & CR3_PCID : 0) != pcid) return;
  else if (kind == 0) invalidatePage(m, address);
  else flushTlb(m, true);
}

export function HLT<M, T>(m: M, i: Insn): void {
  if (!isPrivileged<M>(m)) return;
  disarmMonitor(m);
  store<u32>(m.at, S.ACTIVITY_HLT, S.STATE_ACTIVITY);
  m.resync();
}

/**
 * MONITOR - arms the line at DS:rAX, which is read as by a load of one byte. No extensions (ECX) and no hints (EDX) exist.
 * Below ring 0 it is #UD.
 */
export function MONITOR<M, T>(m: M, i: Insn): void {
  if (m.cpl != 0) {
    m.ud();
    return;
  }
  if (m.get<u32>(S.RCX) != 0) {
    m.gp();
    return;
  }
  const ea = m.get<u64>(S.RAX) & m.addressMask(i);
  m.load<u8>(i.segment, ea);
  if (m.fault) return;
  const pa = translate(m, m.linear(i.segment, ea), accessAt(m, 0));
  if (m.fault) return;
  armMonitor(m, pa);
}

/** MWAIT - waits like HLT for an interrupt or a write to the line. ECX bit 0: a masked interrupt ends it too, so it does not wait. */
export function MWAIT<M, T>(m: M, i: Insn): void {
  if (m.cpl != 0) {
    m.ud();
    return;
  }
  const extensions = m.get<u32>(S.RCX);
  if (extensions > 1) {
    m.gp();
    return;
  }
  const armed = isMonitorArmed(m);
  disarmMonitor(m);
  if (armed && !(extensions && !(m.flagsWord & FLAG_IF))) waitOnMonitor(m);
}

/** RSM - system management mode, the only place where it is defined, is never entered. */
export function RSM<M, T>(m: M, i: Insn): void {
  m.ud();
}

export function SYSENTER<M, T>(m: M, i: Insn): void {
  sysenter(m);
}

export function SYSEXIT<M, T>(m: M, i: Insn): void {
  sysexit(m, sizeof<T>() == 8);
}

export function SYSCALL<M, T>(m: M, i: Insn): void {
  syscall(m);
}

export function SYSRET<M, T>(m: M, i: Insn): void {
  sysret(m, sizeof<T>() == 8);
}
