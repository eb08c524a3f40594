/**
 * Local APIC: SDM vol. 3A chapter 10. Registers, priorities, the local vector table and its two pins; the timer is in
 * lapic-timer.ts, messages between APICs in lapic-bus.ts, the access by MSRs in x2apic.ts.
 *
 * The reset state is that of virtual wire mode, which firmware sets up before any system starts (MultiProcessor
 * Specification 3.6.2.2): LINT0 is ExtINT, LINT1 is NMI.
 *
 * NOT here: the thermal interrupt's source, EOI-broadcast suppression.
 */
import * as S from '../shared/state';
import {
  LAPIC_BASE_MSR,
  LAPIC_DFR,
  LAPIC_DIVIDE,
  LAPIC_ESR,
  LAPIC_ESR_PENDING,
  LAPIC_ICR_HIGH,
  LAPIC_ICR_LOW,
  LAPIC_ID,
  LAPIC_INITIAL_COUNT,
  LAPIC_IRR,
  LAPIC_IRR_SUMMARY,
  LAPIC_ISR,
  LAPIC_LDR,
  LAPIC_LVT,
  LAPIC_LVT_ERROR,
  LAPIC_LVT_LINT0,
  LAPIC_LVT_LINT1,
  LAPIC_SVR,
  LAPIC_TMR,
  LAPIC_TPR,
} from '../shared/lapic-state';
import { FEATURE_APIC, FEATURE_TSC_DEADLINE } from '../shared/features';
import { Eval } from '../machine/eval';
import { apicEoi } from './host';
import { lapicSend } from './lapic-bus';
import {
  lapicAdvance,
  lapicCurrentCount,
  lapicSetDivide,
  lapicSetInitialCount,
  lapicTimerModeChanges,
} from './lapic-timer';
import { hasFeature } from './mode';

/** IA32_APIC_BASE. */
export const APIC_BASE_BSP: u64 = 0x100;
export const APIC_BASE_EXTD: u64 = 0x400;
export const APIC_BASE_ENABLE: u64 = 0x800;
const APIC_BASE_ADDRESS: u64 = 0xfee00000;

/** xAPIC with six LVT entries. */
const VERSION: u32 = 0x00050014;
const SVR_ENABLE: u32 = 0x100;
const LVT_MASK: u32 = 0x10000;
const LVT_LEVEL: u32 = 0x8000;
const LVT_REMOTE_IRR: u32 = 0x4000;
const LVT_MODE: u32 = 0x700;
export const MODE_FIXED: u32 = 0;
export const MODE_NMI: u32 = 4;
export const MODE_EXTINT: u32 = 7;

export const ERROR_SEND_VECTOR: u32 = 0x20;
export const ERROR_RECEIVE_VECTOR: u32 = 0x40;
const ERROR_REGISTER: u32 = 0x80;

/** Address of a field of shared/lapic-state.ts. */
export function lapicField(m: Eval, field: u32): usize {
  return m.at + S.STATE_LAPIC + field;
}

function get(m: Eval, field: u32): u32 {
  return load<u32>(lapicField(m, field));
}

function set(m: Eval, field: u32, v: u32): void {
  store<u32>(lapicField(m, field), v);
}

/** Bits of a local vector table entry that can be written (figure 10-8), by its place in the table. */
export function lvtBits(m: Eval, n: u32): u32 {
  if (n == 0) return hasFeature(m, FEATURE_TSC_DEADLINE) ? 0x700ff : 0x300ff;
  if (n == 3 || n == 4) return 0x1a7ff;
  return n == 5 ? 0x100ff : 0x107ff;
}

export function lapicReset(m: Eval): void {
  const index = load<u32>(m.at, S.STATE_INDEX);
  memory.fill(lapicField(m, 0), 0, 0x100);
  store<u64>(lapicField(m, LAPIC_BASE_MSR), APIC_BASE_ADDRESS | APIC_BASE_ENABLE | (index == 0 ? APIC_BASE_BSP : 0));
  resetRegisters(m);
  set(m, LAPIC_ID, index << 24);
}

/** State after power-up, RESET and INIT (10.4.7.1): the ID and the base address stay. */
export function lapicInit(m: Eval): void {
  const id = get(m, LAPIC_ID);
  const base = load<u64>(lapicField(m, LAPIC_BASE_MSR));
  memory.fill(lapicField(m, 0), 0, 0x100);
  store<u64>(lapicField(m, LAPIC_BASE_MSR), base);
  set(m, LAPIC_ID, id);
  resetRegisters(m);
}

function resetRegisters(m: Eval): void {
  set(m, LAPIC_DFR, 0xffffffff);
  set(m, LAPIC_SVR, 0xff);
  for (let n: u32 = 0; n < 6; n++) set(m, LAPIC_LVT + (n << 2), LVT_MASK);
  if (load<u32>(m.at, S.STATE_INDEX) != 0) return;
  set(m, LAPIC_LVT_LINT0, MODE_EXTINT << 8);
  set(m, LAPIC_LVT_LINT1, MODE_NMI << 8);
}

/** Is the APIC there, and not switched off by IA32_APIC_BASE? */
export function lapicPresent(m: Eval): bool {
  return (load<u64>(lapicField(m, LAPIC_BASE_MSR)) & APIC_BASE_ENABLE) != 0 && hasFeature(m, FEATURE_APIC);
}

/** Software enable, bit 8 of the spurious-interrupt vector register. */
export function lapicEnabled(m: Eval): bool {
  return lapicPresent(m) && (get(m, LAPIC_SVR) & SVR_ENABLE) != 0;
}

/** x2APIC mode: the registers are MSRs. */
export function isX2apic(m: Eval): bool {
  return lapicPresent(m) && (load<u64>(lapicField(m, LAPIC_BASE_MSR)) & APIC_BASE_EXTD) != 0;
}

/** Logical ID in x2APIC mode, which follows from the physical one (10.12.10.2): cluster, and one bit of 16. */
export function logicalX2apicId(m: Eval): u32 {
  const id = load<u32>(m.at, S.STATE_INDEX);
  return ((id >> 4) << 16) | (1 << (id & 15));
}

export function lapicCovers(m: Eval, pa: u64): bool {
  return lapicPresent(m) && !isX2apic(m) && pa >> 12 == load<u64>(lapicField(m, LAPIC_BASE_MSR)) >> 12;
}

// ── Registers ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Registers are 32 bits wide on 16-byte boundaries; other bytes of the page read as 0. */
export function lapicRead(m: Eval, offset: u32): u32 {
  if (offset & 0xc) return 0;
  lapicAdvance(m);
  return lapicReadRegister(m, (offset >> 4) & 0xff) >> ((offset & 3) << 3);
}

/** Register `n`: its offset in the page over 16. */
export function lapicReadRegister(m: Eval, n: u32): u32 {
  if (n >= 0x10 && n < 0x18) return get(m, LAPIC_ISR + ((n & 7) << 2));
  if (n >= 0x18 && n < 0x20) return get(m, LAPIC_TMR + ((n & 7) << 2));
  if (n >= 0x20 && n < 0x28) return get(m, LAPIC_IRR + ((n & 7) << 2));
  if (n >= 0x32 && n < 0x38) return get(m, LAPIC_LVT + ((n - 0x32) << 2));
  switch (n) {
    case 0x02:
      return get(m, LAPIC_ID);
    case 0x03:
      return VERSION;
    case 0x08:
      return get(m, LAPIC_TPR);
    case 0x0a:
      return processorPriority(m);
    case 0x09:
    case 0x0b:
    case 0x0c:
      return 0;
    case 0x0d:
      return isX2apic(m) ? logicalX2apicId(m) : get(m, LAPIC_LDR);
    case 0x0e:
      return get(m, LAPIC_DFR);
    case 0x0f:
      return get(m, LAPIC_SVR);
    case 0x28:
      return get(m, LAPIC_ESR);
    case 0x30:
      return get(m, LAPIC_ICR_LOW);
    case 0x31:
      return get(m, LAPIC_ICR_HIGH);
    case 0x38:
      return get(m, LAPIC_INITIAL_COUNT);
    case 0x39:
      return lapicCurrentCount(m);
    case 0x3e:
      return get(m, LAPIC_DIVIDE);
    default:
      lapicError(m, ERROR_REGISTER);
      return 0;
  }
}

export function lapicWrite(m: Eval, offset: u32, v: u32): void {
  if (!(offset & 0xf)) lapicWriteRegister(m, (offset >> 4) & 0xff, v);
}

export function lapicWriteRegister(m: Eval, n: u32, v: u32): void {
  lapicAdvance(m);
  if (n >= 0x32 && n < 0x38) return writeLvt(m, n - 0x32, v);
  switch (n) {
    case 0x08:
      return set(m, LAPIC_TPR, v & 0xff);
    case 0x0b:
      return endOfInterrupt(m);
    case 0x0d:
      return set(m, LAPIC_LDR, v & 0xff000000);
    case 0x0e:
      return set(m, LAPIC_DFR, v | 0x0fffffff);
    case 0x0f:
      return writeSpurious(m, v);
    case 0x28:
      // The write shows the errors collected since the last one.
      set(m, LAPIC_ESR, get(m, LAPIC_ESR_PENDING));
      return set(m, LAPIC_ESR_PENDING, 0);
    case 0x30:
      set(m, LAPIC_ICR_LOW, v & 0x000ccfff);
      return lapicSend(m, get(m, LAPIC_ICR_LOW), get(m, LAPIC_ICR_HIGH) >> 24);
    case 0x31:
      return set(m, LAPIC_ICR_HIGH, v & 0xff000000);
    case 0x38:
      return lapicSetInitialCount(m, v);
    case 0x3e:
      return lapicSetDivide(m, v & 0xb);
    // Read-only registers.
    case 0x02:
    case 0x03:
    case 0x39:
      return;
    default:
      lapicError(m, ERROR_REGISTER);
  }
}

/** While the APIC is disabled by software the entries stay masked (10.4.7.2). */
function writeLvt(m: Eval, n: u32, v: u32): void {
  const field = LAPIC_LVT + (n << 2);
  const kept = get(m, field) & LVT_REMOTE_IRR;
  const mask = lapicEnabled(m) ? 0 : LVT_MASK;
  if (n == 0) lapicTimerModeChanges(m, v & lvtBits(m, 0));
  set(m, field, (v & lvtBits(m, n)) | kept | mask);
  m.resync();
}

function writeSpurious(m: Eval, v: u32): void {
  set(m, LAPIC_SVR, v & 0x3ff);
  if (v & SVR_ENABLE) return;
  for (let n: u32 = 0; n < 6; n++) set(m, LAPIC_LVT + (n << 2), get(m, LAPIC_LVT + (n << 2)) | LVT_MASK);
}

export function lapicError(m: Eval, bit: u32): void {
  set(m, LAPIC_ESR_PENDING, get(m, LAPIC_ESR_PENDING) | bit);
  lapicLocal(m, LAPIC_LVT_ERROR);
}

// ── Interrupts ─────────────────────────────────────────────────────────────────────────────────────────────────────

function vectorBit(m: Eval, bank: u32, vector: u32): bool {
  return ((get(m, bank + ((vector >> 5) << 2)) >> (vector & 31)) & 1) != 0;
}

function setVectorBit(m: Eval, bank: u32, vector: u32, on: bool): void {
  const field = bank + ((vector >> 5) << 2);
  const bit: u32 = 1 << (vector & 31);
  set(m, field, on ? get(m, field) | bit : get(m, field) & ~bit);
}

/** Highest vector of a 256-bit register, -1 if none. */
function highest(m: Eval, bank: u32): i32 {
  for (let n: i32 = 7; n >= 0; n--) {
    const word = get(m, bank + ((<u32>n) << 2));
    if (word) return (n << 5) + 31 - <i32>clz<u32>(word);
  }
  return -1;
}

/** A fixed interrupt arrives: it waits in IRR. */
export function lapicAcceptVector(m: Eval, vector: u32, level: bool): void {
  if (!lapicEnabled(m)) return;
  if (vector < 16) return lapicError(m, ERROR_RECEIVE_VECTOR);
  setVectorBit(m, LAPIC_IRR, vector, true);
  setVectorBit(m, LAPIC_TMR, vector, level);
  set(m, LAPIC_IRR_SUMMARY, get(m, LAPIC_IRR_SUMMARY) | (1 << (vector >> 5)));
  m.resync();
}

/** A local source asserts its entry of the local vector table. */
export function lapicLocal(m: Eval, entry: u32): void {
  const lvt = get(m, entry);
  if (lvt & LVT_MASK || !lapicPresent(m)) return;
  const mode = (lvt & LVT_MODE) >> 8;
  if (mode == MODE_NMI) {
    store<u32>(m.at, 1, S.STATE_NMI_PENDING);
    m.resync();
  } else if (mode == MODE_FIXED) lapicAcceptVector(m, lvt & 0xff, false);
}

/** LINT0, which a PC wires to the PIC's INTR; the level itself is in STATE_INTR for ExtINT. */
export function lapicSetLint0(m: Eval, level: bool): void {
  const before = load<u32>(m.at, S.STATE_INTR) != 0;
  store<u32>(m.at, level ? 1 : 0, S.STATE_INTR);
  m.resync();
  if (!level || !lapicEnabled(m)) return;
  const lvt = get(m, LAPIC_LVT_LINT0);
  const mode = (lvt & LVT_MODE) >> 8;
  if (mode == MODE_FIXED && lvt & LVT_LEVEL) assertLevel(m, lvt);
  else if (!before && mode != MODE_EXTINT) lapicLocal(m, LAPIC_LVT_LINT0);
}

/** Level-triggered LINT0: delivered again only after the EOI, while the line is still high. */
function assertLevel(m: Eval, lvt: u32): void {
  if (lvt & (LVT_MASK | LVT_REMOTE_IRR)) return;
  set(m, LAPIC_LVT_LINT0, lvt | LVT_REMOTE_IRR);
  lapicAcceptVector(m, lvt & 0xff, true);
}

/** The NMI pin is LINT1. */
export function lapicPulseNmi(m: Eval): void {
  if (lapicPresent(m)) return lapicLocal(m, LAPIC_LVT_LINT1);
  store<u32>(m.at, 1, S.STATE_NMI_PENDING);
  m.resync();
}

/** Does the PIC's INTR reach the core? Through LINT0 as ExtINT, or directly without an APIC. */
export function lapicPassesIntr(m: Eval): bool {
  if (!lapicPresent(m)) return true;
  return (get(m, LAPIC_LVT_LINT0) & (LVT_MASK | LVT_MODE)) == MODE_EXTINT << 8;
}

/** PPR (10.8.3.1): the class of the task priority or of the vector in service. */
export function processorPriority(m: Eval): u32 {
  const tpr = get(m, LAPIC_TPR);
  const inService = highest(m, LAPIC_ISR);
  const service = inService < 0 ? 0 : <u32>inService & 0xf0;
  return (tpr & 0xf0) >= <u32>service ? tpr : service;
}

/** Highest vector that may interrupt the processor now, or -1. */
export function lapicPending(m: Eval): i32 {
  if (!get(m, LAPIC_IRR_SUMMARY) || !lapicEnabled(m)) return -1;
  const vector = highest(m, LAPIC_IRR);
  return vector >= 0 && (<u32>vector & 0xf0) > (processorPriority(m) & 0xf0) ? vector : -1;
}

/** The core takes `vector`: from IRR to ISR. */
export function lapicAccept(m: Eval, vector: u32): void {
  setVectorBit(m, LAPIC_IRR, vector, false);
  setVectorBit(m, LAPIC_ISR, vector, true);
  if (!get(m, LAPIC_IRR + ((vector >> 5) << 2))) {
    set(m, LAPIC_IRR_SUMMARY, get(m, LAPIC_IRR_SUMMARY) & ~(1 << (vector >> 5)));
  }
}

/** EOI: the highest vector in service is done; a level-triggered one is told to the I/O APICs. */
function endOfInterrupt(m: Eval): void {
  const vector = highest(m, LAPIC_ISR);
  if (vector < 0) return;
  setVectorBit(m, LAPIC_ISR, vector, false);
  m.resync();
  if (!vectorBit(m, LAPIC_TMR, vector)) return;
  apicEoi(vector);
  const lint0 = get(m, LAPIC_LVT_LINT0);
  if (!(lint0 & LVT_REMOTE_IRR) || (lint0 & 0xff) != vector) return;
  set(m, LAPIC_LVT_LINT0, lint0 & ~LVT_REMOTE_IRR);
  if (load<u32>(m.at, S.STATE_INTR)) assertLevel(m, lint0 & ~LVT_REMOTE_IRR);
}

/** WRMSR to IA32_APIC_BASE: a new place is seen by the next translations. */
export function lapicSetBase(m: Eval, v: u64): void {
  store<u64>(lapicField(m, LAPIC_BASE_MSR), v);
  m.resync();
}

export function lapicBase(m: Eval): u64 {
  return load<u64>(lapicField(m, LAPIC_BASE_MSR));
}
