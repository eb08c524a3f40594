/**
 * Performance monitoring, architectural version 2: SDM vol. 3B 18.2. Four general and three fixed counters of 48 bits; events
 * are instructions retired, core cycles and reference cycles while not halted. An instruction takes the virtual time that
 * it takes within a slice (STATE_TIME_SHIFT), one cycle for each nanosecond; the core's clock and the TSC's are the same.
 *
 * Nothing is counted while instructions run: CPL is constant within a stretch of the run loop, so its instructions are added
 * when it ends or when a counter is read, and no stretch is longer than the way to the next overflow. That way the
 * interrupt comes after the very instruction.
 *
 * Other events, and those with edge detection, inversion or a counter mask, count 0. NOT here: PEBS, branch records, AnyThread,
 * freezing on an interrupt, full-width writes.
 */
import * as S from '../shared/state';
import { CR0_PE, CR4_PCE } from '../shared/register-bits';
import { LAPIC_LVT_PERFORMANCE } from '../shared/lapic-state';
import { PMU_COUNTER_BITS, PMU_FIXED, PMU_GENERAL } from '../shared/features';
import { Eval } from '../machine/eval';
import { lapicField, lapicLocal } from './lapic';
import { instructionCount } from './time';

const GENERAL: u32 = PMU_GENERAL;
const FIXED: u32 = PMU_FIXED;

const IA32_PMC0: u32 = 0xc1;
const IA32_PERFEVTSEL0: u32 = 0x186;
const IA32_FIXED_CTR0: u32 = 0x309;
const IA32_FIXED_CTR_CTRL: u32 = 0x38d;
const IA32_PERF_GLOBAL_STATUS: u32 = 0x38e;
const IA32_PERF_GLOBAL_CTRL: u32 = 0x38f;
const IA32_PERF_GLOBAL_OVF_CTRL: u32 = 0x390;

/** Counters: general ones first, then the fixed ones. */
const COUNTERS: u32 = GENERAL + FIXED;
const COUNTER_MASK: u64 = ((<u64>1) << PMU_COUNTER_BITS) - 1;

/** IA32_PERFEVTSELx: event and unit mask, USR, OS, E, PC, INT, EN, INV, CMASK. */
const SELECT_BITS: u64 = 0xffdfffff;
const SELECT_EVENT: u64 = 0xffff;
const SELECT_USR: u64 = 0x10000;
const SELECT_OS: u64 = 0x20000;
const SELECT_INT: u64 = 0x100000;
const SELECT_EN: u64 = 0x400000;
/** E, INV and CMASK. */
const SELECT_CONDITIONS: u64 = 0xff840000;
const EVENT_INSTRUCTIONS: u64 = 0x00c0;
const EVENT_CORE_CYCLES: u64 = 0x003c;
const EVENT_REFERENCE_CYCLES: u64 = 0x013c;

/** IA32_FIXED_CTR_CTRL: OS, USR, PMI of each counter. */
const FIXED_BITS: u64 = 0xbbb;
const GLOBAL_BITS: u64 = 0x70000000f;
/** OvfBuf and CondChgd, which never get set, can be cleared. */
const OVERFLOW_BITS: u64 = GLOBAL_BITS | 0xc000000000000000;

const LVT_MASK: u32 = 0x10000;
/** RDPMC: a fixed counter. */
const RDPMC_FIXED: u32 = 0x40000000;

const RING_OS: u32 = 1;
const RING_USR: u32 = 2;

/** Processors whose CPUID ends before leaf 0Ah have no such unit. */
export function hasPmu(m: Eval): bool {
  return load<u32>(m.at, S.STATE_CPUID_LEAF_MAX) >= 0xa;
}

export function resetPmu(m: Eval): void {
  memory.fill(m.at + S.STATE_PMU_COUNTERS, 0, S.STATE_PMU_END - S.STATE_PMU_COUNTERS);
  // The general counters are enabled globally (table 9-1).
  store<u64>(m.at, (1 << GENERAL) - 1, S.STATE_PMU_GLOBAL_CTRL);
}

function counterAt(m: Eval, n: u32): usize {
  return m.at + S.STATE_PMU_COUNTERS + (n << 3);
}

function select(m: Eval, n: u32): u64 {
  return load<u64>(m.at + (n << 3), S.STATE_PMU_SELECT);
}

function fixedControl(m: Eval, n: u32): u64 {
  return (load<u64>(m.at, S.STATE_PMU_FIXED_CTRL) >> ((n - GENERAL) << 2)) & 0xf;
}

/** Bit of a counter in the global registers. */
function globalBit(n: u32): u64 {
  return (<u64>1) << (n < GENERAL ? n : 32 + n - GENERAL);
}

/** Rings in which a counter counts, RING_*; 0 if it does not. */
function ringsOf(m: Eval, n: u32): u32 {
  if (!(load<u64>(m.at, S.STATE_PMU_GLOBAL_CTRL) & globalBit(n))) return 0;
  if (n >= GENERAL) return <u32>fixedControl(m, n) & 3;
  const v = select(m, n);
  if (!(v & SELECT_EN) || v & SELECT_CONDITIONS) return 0;
  const event = v & SELECT_EVENT;
  if (event != EVENT_INSTRUCTIONS && event != EVENT_CORE_CYCLES && event != EVENT_REFERENCE_CYCLES) return 0;
  return (v & SELECT_OS ? RING_OS : 0) | (v & SELECT_USR ? RING_USR : 0);
}

function countsInstructions(m: Eval, n: u32): bool {
  return n < GENERAL ? (select(m, n) & SELECT_EVENT) == EVENT_INSTRUCTIONS : n == GENERAL;
}

function interrupts(m: Eval, n: u32): bool {
  return n < GENERAL ? (select(m, n) & SELECT_INT) != 0 : (fixedControl(m, n) & 8) != 0;
}

/** Counters at work in ring 0 (bits 0-7) and in the others (bits 8-15). */
function chooseCounters(m: Eval): void {
  let active: u32 = 0;
  for (let n: u32 = 0; n < COUNTERS; n++) {
    const rings = ringsOf(m, n);
    if (rings & RING_OS) active |= 1 << n;
    if (rings & RING_USR) active |= 0x100 << n;
  }
  store<u32>(m.at, active, S.STATE_PMU_ACTIVE);
}

function activeIn(m: Eval, cpl: u32): u32 {
  const active = load<u32>(m.at, S.STATE_PMU_ACTIVE);
  return cpl == 0 ? active & 0xff : active >> 8;
}

function timeShift(m: Eval): u64 {
  return <u64>load<u32>(m.at, S.STATE_TIME_SHIFT);
}

/** A stretch of up to `n` instructions begins: how long it may be so that no counter overflows within it. */
export function pmuBegin(m: Eval, n: i32): i32 {
  const active = activeIn(m, m.cpl);
  store<u32>(m.at, active, S.STATE_PMU_RUNNING);
  store<u64>(m.at, load<u64>(m.at, S.STATE_COUNT), S.STATE_PMU_FROM);
  let most = <u64>n;
  for (let left = active; left; left &= left - 1) {
    const c = ctz<u32>(left);
    let way = COUNTER_MASK + 1 - load<u64>(counterAt(m, c));
    if (!countsInstructions(m, c)) way = (way + ((<u64>1) << timeShift(m)) - 1) >> timeShift(m);
    if (way < most) most = way;
  }
  return <i32>most;
}

/** Adds the instructions up to the count `until`. Overflows set their status bits and may interrupt. */
export function pmuSettle(m: Eval, until: u64): void {
  const retired = <i64>(until - load<u64>(m.at, S.STATE_PMU_FROM));
  if (retired <= 0) return;
  store<u64>(m.at, until, S.STATE_PMU_FROM);
  let interrupt = false;
  for (let left = load<u32>(m.at, S.STATE_PMU_RUNNING); left; left &= left - 1) {
    const c = ctz<u32>(left);
    const at = counterAt(m, c);
    const v = load<u64>(at) + ((<u64>retired) << (countsInstructions(m, c) ? 0 : timeShift(m)));
    store<u64>(at, v & COUNTER_MASK);
    if (!(v >> PMU_COUNTER_BITS)) continue;
    store<u64>(m.at, load<u64>(m.at, S.STATE_PMU_STATUS) | globalBit(c), S.STATE_PMU_STATUS);
    if (interrupts(m, c)) interrupt = true;
  }
  if (interrupt) raisePmi(m);
}

/** The entry of the local vector table masks itself when it has interrupted (vol. 3A 10.5.1). */
function raisePmi(m: Eval): void {
  lapicLocal(m, LAPIC_LVT_PERFORMANCE);
  const entry = lapicField(m, LAPIC_LVT_PERFORMANCE);
  store<u32>(entry, load<u32>(entry) | LVT_MASK);
}

// ── MSRs and RDPMC ─────────────────────────────────────────────────────────────────────────────────────────────

/** Number of the counter that an MSR is, -1 if it is none. */
function counterOf(index: u32): i32 {
  if (index - IA32_PMC0 < GENERAL) return index - IA32_PMC0;
  if (index - IA32_FIXED_CTR0 < FIXED) return GENERAL + index - IA32_FIXED_CTR0;
  return -1;
}

/** Place of a control register in the state block, 0 if the MSR is none. */
function controlOf(index: u32): u32 {
  if (index - IA32_PERFEVTSEL0 < GENERAL) return S.STATE_PMU_SELECT + ((index - IA32_PERFEVTSEL0) << 3);
  if (index == IA32_FIXED_CTR_CTRL) return S.STATE_PMU_FIXED_CTRL;
  if (index == IA32_PERF_GLOBAL_CTRL) return S.STATE_PMU_GLOBAL_CTRL;
  return index == IA32_PERF_GLOBAL_STATUS ? S.STATE_PMU_STATUS : 0;
}

export function isPmuMsr(m: Eval, index: u32): bool {
  if (counterOf(index) < 0 && !controlOf(index) && index != IA32_PERF_GLOBAL_OVF_CTRL) return false;
  return hasPmu(m);
}

export function readPmuMsr(m: Eval, index: u32): u64 {
  pmuSettle(m, instructionCount(m));
  const n = counterOf(index);
  if (n >= 0) return load<u64>(counterAt(m, n));
  const at = controlOf(index);
  return at ? load<u64>(m.at + at) : 0;
}

function writableBits(index: u32): u64 {
  if (index == IA32_FIXED_CTR_CTRL) return FIXED_BITS;
  if (index == IA32_PERF_GLOBAL_CTRL) return GLOBAL_BITS;
  if (index == IA32_PERF_GLOBAL_OVF_CTRL) return OVERFLOW_BITS;
  return index == IA32_PERF_GLOBAL_STATUS ? 0 : SELECT_BITS;
}

/** What was counted so far belongs to the old setting; the WRMSR itself counts for neither. */
export function writePmuMsr(m: Eval, index: u32, v: u64): void {
  pmuSettle(m, instructionCount(m));
  const n = counterOf(index);
  if (n >= 0) writeCounter(m, n, v);
  else if (index == IA32_PERF_GLOBAL_STATUS || v & ~writableBits(index)) return m.gp();
  else if (index == IA32_PERF_GLOBAL_OVF_CTRL)
    store<u64>(m.at, load<u64>(m.at, S.STATE_PMU_STATUS) & ~v, S.STATE_PMU_STATUS);
  else store<u64>(m.at + controlOf(index), v);
  chooseCounters(m);
  store<u32>(m.at, activeIn(m, m.cpl), S.STATE_PMU_RUNNING);
  store<u64>(m.at, instructionCount(m) + 1, S.STATE_PMU_FROM);
}

/** General counters take 32 bits and extend their sign (18.2.1.1). */
function writeCounter(m: Eval, n: i32, v: u64): void {
  const value = n < <i32>GENERAL ? <u64>(<i64>(<i32>v)) : v;
  if (n >= <i32>GENERAL && v & ~COUNTER_MASK) return m.gp();
  store<u64>(counterAt(m, n), value & COUNTER_MASK);
}

/** RDPMC: CR4.PCE opens it to all rings. */
export function readPmc(m: Eval, index: u32): u64 {
  const open = m.cpl == 0 || !(m.cr0 & CR0_PE) || (m.cr4 & CR4_PCE) != 0;
  const n = index & ~RDPMC_FIXED;
  const known = n < (index & RDPMC_FIXED ? FIXED : GENERAL);
  if (!open || !known || !hasPmu(m)) {
    m.gp();
    return 0;
  }
  pmuSettle(m, instructionCount(m));
  return load<u64>(counterAt(m, index & RDPMC_FIXED ? GENERAL + n : n));
}
