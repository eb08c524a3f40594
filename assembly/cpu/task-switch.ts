/**
 * Hardware task switching: SDM vol. 3A chapter 7, in the order of 7.3. Until the state of the old task is saved every check
 * leaves it as it was; from then on (STATE_TASK_SWITCHED) faults belong to the new task, before its first instruction.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP, EXCEPTION_SS, EXCEPTION_TS } from '../shared/exception';
import {
  CR0_PG,
  CR0_TS,
  CR4_PAE,
  DR6_BT,
  DR7_LOCAL,
  FLAG_FIXED,
  FLAG_NT,
  FLAG_VM,
  SEG_P,
  TYPE_BUSY,
  TYPE_LDT,
  TYPE_TSS16,
  TYPE_TSS32,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { loadSystem, storeSystem } from '../mmu/access';
import { ACCESS_WRITE, NO_TRANSLATION, translate } from '../mmu/paging';
import { flushTlb } from '../mmu/tlb';
import { addPending } from './debug';
import {
  attributesOf,
  descriptorAddress,
  descriptorBase,
  descriptorLimit,
  dplOf,
  errorOf,
  fetchDescriptor,
  isCode,
  isConforming,
  isLocal,
  isNull,
  isReadable,
  isWritableData,
  markAccessed,
  setAccessByte,
  systemType,
} from './descriptor';
import { systemBase } from './long-mode-gate';
import { loadPdptes, updateMode } from './mode';
import {
  dataPrivilege,
  segmentLimit,
  selectorOf,
  setFromDescriptor,
  setNull,
  setSegment,
  setVirtual8086,
} from './segment';
import { isTss32, TSS16_LIMIT, TSS32_LIMIT, tssBase } from './tss';

/** What causes the switch: JMP leaves the old task, CALL (and interrupts) nests, IRET goes back. */
export const SWITCH_JMP: u32 = 0;
export const SWITCH_CALL: u32 = 1;
export const SWITCH_IRET: u32 = 2;

// Offsets in a 32-bit TSS, then in a 16-bit one (figures 7-2 and 7-8).
const TSS_CR3: u32 = 0x1c;
const TSS_EIP: u32 = 0x20;
const TSS_EFLAGS: u32 = 0x24;
const TSS_EAX: u32 = 0x28;
const TSS_ES: u32 = 0x48;
const TSS_LDT: u32 = 0x60;
const TSS_TRAP: u32 = 0x64;
const TSS16_IP: u32 = 0x0e;
const TSS16_FLAGS: u32 = 0x10;
const TSS16_AX: u32 = 0x12;
const TSS16_ES: u32 = 0x22;
const TSS16_LDT: u32 = 0x2a;

const EFLAGS_BITS: u32 = 0x3f7fd5;

function isAvailable(type: u32): bool {
  return type == TYPE_TSS16 || type == TYPE_TSS32;
}

function isBusy(type: u32): bool {
  return type == (TYPE_TSS16 | TYPE_BUSY) || type == (TYPE_TSS32 | TYPE_BUSY);
}

/** Through a task gate, whose own DPL and presence are checked. */
export function taskGate(m: Eval, gate: u64, source: u32, image: u32): void {
  const selector = <u32>(gate >> 16) & 0xffff;
  if (isLocal(selector)) return m.gp(errorOf(selector));
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return;
  const a = attributesOf(d);
  if (!isAvailable(systemType(a))) return m.gp(errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  switchTask(m, selector, d, source, image);
}

/** JMP or CALL to a TSS descriptor that is available and present. */
export function jumpToTask(m: Eval, selector: u32, d: u64, source: u32): void {
  if (isLocal(selector)) return m.gp(errorOf(selector));
  switchTask(m, selector, d, source, m.flags);
}

/** IRET with NT set: back to the task that the TSS links to. */
export function taskReturn(m: Eval): void {
  const selector = <u32>loadSystem<u16>(m, tssBase(m));
  if (m.fault) return;
  if (isLocal(selector)) return m.raiseError(EXCEPTION_TS, errorOf(selector));
  const d = fetchDescriptor(m, selector, EXCEPTION_TS);
  if (m.fault) return;
  const a = attributesOf(d);
  if (!isBusy(systemType(a))) return m.raiseError(EXCEPTION_TS, errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  switchTask(m, selector, d, SWITCH_IRET, m.flags & ~FLAG_NT);
}

/** Are the pages of [la, la + bytes) there, for supervisor reads or writes? #PF otherwise. */
function probe(m: Eval, la: u64, bytes: u32, access: u32): bool {
  if (translate(m, la, access) == NO_TRANSLATION) return false;
  const last = (la + bytes - 1) & load<u64>(m.at, S.STATE_LINEAR_MASK);
  return ((la ^ last) & ~0xfff) == 0 || translate(m, last & ~0xfff, access) != NO_TRANSLATION;
}

/** `image` is EFLAGS as the old task's TSS keeps it. */
function switchTask(m: Eval, selector: u32, d: u64, source: u32, image: u32): void {
  const wide = (attributesOf(d) & 8) != 0;
  const base = descriptorBase(d);
  if (descriptorLimit(d) < (wide ? TSS32_LIMIT : TSS16_LIMIT)) return m.raiseError(EXCEPTION_TS, errorOf(selector));
  const oldWide = isTss32(m);
  const oldBytes: u32 = oldWide ? 0x60 : 0x2a;
  // The state is in the page before anything is written, so that no later access can fault.
  if (!probe(m, tssBase(m), oldBytes, ACCESS_WRITE)) return;
  if (!probe(m, base, wide ? TSS32_LIMIT + 1 : TSS16_LIMIT + 1, source == SWITCH_CALL ? ACCESS_WRITE : 0)) return;
  const at = descriptorAddress(m, selector);
  if (!probe(m, at, 8, ACCESS_WRITE)) return;
  const oldSelector = selectorOf(m, S.TR);
  if (source != SWITCH_CALL && !releaseTask(m, oldSelector)) return;
  if (oldWide) saveTask32(m, image);
  else saveTask16(m, image);
  if (source == SWITCH_CALL) storeSystem<u16>(m, base, oldSelector);
  if (source != SWITCH_IRET) setAccessByte(m, at, (attributesOf(d) & 0xff) | TYPE_BUSY);
  store<u32>(m.at, 1, S.STATE_TASK_SWITCHED);
  setSegment(m, S.TR, selector, base, descriptorLimit(d), attributesOf(d) | TYPE_BUSY);
  store<u64>(m.at, m.cr0 | CR0_TS, S.STATE_CR0);
  // Local breakpoints and the single step belong to the old task.
  const control = m.at + S.STATE_DR + 7 * 8;
  store<u64>(control, load<u64>(control) & ~DR7_LOCAL);
  store<u32>(m.at, 0, S.STATE_SINGLE_STEP);
  const trap = wide && (loadSystem<u16>(m, base + TSS_TRAP) & 1) != 0;
  if (wide) loadTask32(m, source);
  else loadTask16(m, source);
  updateMode(m);
  if (!m.fault && trap) addPending(m, DR6_BT);
  m.resync();
}

/** JMP and IRET leave the old task, which is no longer busy. */
function releaseTask(m: Eval, selector: u32): bool {
  const at = descriptorAddress(m, selector);
  if (!probe(m, at, 8, ACCESS_WRITE)) return false;
  setAccessByte(m, at, <u32>loadSystem<u8>(m, at + 5) & ~TYPE_BUSY);
  return true;
}

function saveTask32(m: Eval, image: u32): void {
  const base = tssBase(m);
  storeSystem<u32>(m, base + TSS_EIP, m.rip);
  storeSystem<u32>(m, base + TSS_EFLAGS, image);
  for (let n: u32 = 0; n < 8; n++) storeSystem<u32>(m, base + TSS_EAX + (n << 2), m.get<u32>(n << 3));
  for (let n: u32 = 0; n < 6; n++) storeSystem<u16>(m, base + TSS_ES + (n << 2), selectorOf(m, n));
}

function saveTask16(m: Eval, image: u32): void {
  const base = tssBase(m);
  storeSystem<u16>(m, base + TSS16_IP, m.rip);
  storeSystem<u16>(m, base + TSS16_FLAGS, image);
  for (let n: u32 = 0; n < 8; n++) storeSystem<u16>(m, base + TSS16_AX + (n << 1), m.get<u16>(n << 3));
  for (let n: u32 = 0; n < 4; n++) storeSystem<u16>(m, base + TSS16_ES + (n << 1), selectorOf(m, n));
}

function loadTask32(m: Eval, source: u32): void {
  const base = tssBase(m);
  const cr3 = loadSystem<u32>(m, base + TSS_CR3);
  const ldt = <u32>loadSystem<u16>(m, base + TSS_LDT);
  const flags = <u32>loadSystem<u32>(m, base + TSS_EFLAGS) & EFLAGS_BITS;
  m.rip = loadSystem<u32>(m, base + TSS_EIP);
  for (let n: u32 = 0; n < 8; n++) m.set<u32>(n << 3, loadSystem<u32>(m, base + TSS_EAX + (n << 2)));
  // Until a descriptor has passed its checks the segment holds only its selector.
  for (let n: u32 = 0; n < 6; n++) setNull(m, n, <u32>loadSystem<u16>(m, base + TSS_ES + (n << 2)));
  if (!loadPageDirectory(m, cr3)) return m.gp();
  enterTask(m, ldt, flags, source);
}

function loadTask16(m: Eval, source: u32): void {
  const base = tssBase(m);
  const ldt = <u32>loadSystem<u16>(m, base + TSS16_LDT);
  const flags = <u32>loadSystem<u16>(m, base + TSS16_FLAGS) & EFLAGS_BITS;
  m.rip = loadSystem<u16>(m, base + TSS16_IP);
  for (let n: u32 = 0; n < 8; n++) m.set<u32>(n << 3, loadSystem<u16>(m, base + TSS16_AX + (n << 1)));
  for (let n: u32 = 0; n < 4; n++) setNull(m, n, <u32>loadSystem<u16>(m, base + TSS16_ES + (n << 1)));
  setNull(m, S.FS, 0);
  setNull(m, S.GS, 0);
  enterTask(m, ldt, flags, source);
}

/** CR3 is switched only while paging is on. */
function loadPageDirectory(m: Eval, cr3: u64): bool {
  if (!(m.cr0 & CR0_PG)) return true;
  if (m.cr4 & CR4_PAE && !loadPdptes(m, cr3)) return false;
  store<u64>(m.at, cr3, S.STATE_CR3);
  flushTlb(m, true);
  return true;
}

/** Flags, LDT and segments of the new task, in its own context. */
function enterTask(m: Eval, ldt: u32, flags: u32, source: u32): void {
  m.flags = flags | FLAG_FIXED | (source == SWITCH_CALL ? FLAG_NT : 0);
  const virtual = (flags & FLAG_VM) != 0;
  store<u32>(m.at, virtual ? 3 : selectorOf(m, S.CS) & 3, S.STATE_CPL);
  loadLdt(m, ldt, EXCEPTION_TS, EXCEPTION_TS);
  if (m.fault) return;
  if (virtual) for (let n: u32 = 0; n < 6; n++) setVirtual8086(m, n, selectorOf(m, n));
  else {
    loadTaskCode(m, selectorOf(m, S.CS));
    if (!m.fault) loadTaskStack(m, selectorOf(m, S.SS));
    if (!m.fault) loadTaskData(m, S.DS);
    if (!m.fault) loadTaskData(m, S.ES);
    if (!m.fault) loadTaskData(m, S.FS);
    if (!m.fault) loadTaskData(m, S.GS);
  }
  if (!m.fault && m.rip > segmentLimit(m, S.CS)) m.gp();
}

/** LDTR from a GDT descriptor; LLDT and task switches differ in the vectors of their faults. */
export function loadLdt(m: Eval, selector: u32, vector: u32, absentVector: u32): void {
  if (isNull(selector)) return setNull(m, S.LDTR, selector);
  // A task whose LDT fails its checks has none.
  if (vector == EXCEPTION_TS) setNull(m, S.LDTR, selector);
  if (isLocal(selector)) return m.raiseError(vector, errorOf(selector));
  const d = fetchDescriptor(m, selector, vector);
  if (m.fault) return;
  const a = attributesOf(d);
  if (systemType(a) != TYPE_LDT) return m.raiseError(vector, errorOf(selector));
  if (!(a & SEG_P)) return m.raiseError(absentVector, errorOf(selector));
  const base = systemBase(m, selector, d);
  if (!m.fault) setSegment(m, S.LDTR, selector, base, descriptorLimit(d), a);
}

function invalid(m: Eval, selector: u32): void {
  m.raiseError(EXCEPTION_TS, errorOf(selector));
}

function loadTaskCode(m: Eval, selector: u32): void {
  const d = fetchDescriptor(m, selector, EXCEPTION_TS);
  if (m.fault) return;
  const a = attributesOf(d);
  const allowed = isConforming(a) ? dplOf(a) <= (selector & 3) : dplOf(a) == (selector & 3);
  if (!isCode(a) || !allowed) return invalid(m, selector);
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  markAccessed(m, selector, d);
  if (!m.fault) setFromDescriptor(m, S.CS, selector, d);
}

function loadTaskStack(m: Eval, selector: u32): void {
  const d = fetchDescriptor(m, selector, EXCEPTION_TS);
  if (m.fault) return;
  const a = attributesOf(d);
  if (!isWritableData(a) || dplOf(a) != m.cpl || (selector & 3) != m.cpl) return invalid(m, selector);
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_SS, errorOf(selector));
  markAccessed(m, selector, d);
  if (!m.fault) setFromDescriptor(m, S.SS, selector, d);
}

function loadTaskData(m: Eval, n: u32): void {
  const selector = selectorOf(m, n);
  if (isNull(selector)) return;
  const d = fetchDescriptor(m, selector, EXCEPTION_TS);
  if (m.fault) return;
  const a = attributesOf(d);
  if (!isReadable(a) || !dataPrivilege(a, selector & 3, m.cpl)) return invalid(m, selector);
  if (!(a & SEG_P)) return m.raiseError(EXCEPTION_NP, errorOf(selector));
  markAccessed(m, selector, d);
  if (!m.fault) setFromDescriptor(m, n, selector, d);
}
