/**
 * Local APIC timer: SDM vol. 3A 10.5.4. It counts down from the initial count at the bus clock over the divider, or waits for
 * the TSC to reach IA32_TSC_DEADLINE; its time is the virtual time of the instruction at hand, so nothing runs while nobody looks.
 */
import * as S from '../shared/state';
import {
  LAPIC_DEADLINE,
  LAPIC_DIVIDE,
  LAPIC_INITIAL_COUNT,
  LAPIC_LVT_TIMER,
  LAPIC_TIMER_ARMED,
  LAPIC_TIMER_START,
} from '../shared/lapic-state';
import { BUS_CLOCK_NS } from '../shared/features';
import { Eval } from '../machine/eval';
import { lapicField, lapicLocal } from './lapic';
import { timeStamp, virtualTime } from './time';

const LVT_MASK: u32 = 0x10000;
const LVT_TIMER_MODE: u32 = 0x60000;
const LVT_PERIODIC: u32 = 0x20000;
const LVT_DEADLINE: u32 = 0x40000;

/** Nanoseconds of one count: bits 0, 1 and 3 of the divide register are 2 to 128 in powers of two, then 1. */
function tick(m: Eval): u64 {
  const divide = load<u32>(lapicField(m, LAPIC_DIVIDE));
  const code = (divide & 3) | ((divide >> 1) & 4);
  return (<u64>BUS_CLOCK_NS) << ((code + 1) & 7);
}

function initialCount(m: Eval): u64 {
  return <u64>load<u32>(lapicField(m, LAPIC_INITIAL_COUNT));
}

function start(m: Eval): u64 {
  return load<u64>(lapicField(m, LAPIC_TIMER_START));
}

function isArmed(m: Eval): bool {
  return load<u32>(lapicField(m, LAPIC_TIMER_ARMED)) != 0;
}

function lvt(m: Eval): u32 {
  return load<u32>(lapicField(m, LAPIC_LVT_TIMER));
}

function isDeadlineMode(m: Eval): bool {
  return (lvt(m) & LVT_TIMER_MODE) == LVT_DEADLINE;
}

/** The host must look at the deadline again. */
function deadlineChanged(m: Eval): void {
  store<u32>(m.at, 1, S.STATE_STOP_REQUEST);
  m.resync();
}

function rearm(m: Eval, count: u64, now: u64): void {
  const passed = (initialCount(m) - count) * tick(m);
  store<u64>(lapicField(m, LAPIC_TIMER_START), now - passed);
  store<u32>(lapicField(m, LAPIC_TIMER_ARMED), count != 0 ? 1 : 0);
  deadlineChanged(m);
}

/** Ignored in TSC-deadline mode. */
export function lapicSetInitialCount(m: Eval, v: u32): void {
  if (isDeadlineMode(m)) return;
  store<u32>(lapicField(m, LAPIC_INITIAL_COUNT), v);
  rearm(m, v, virtualTime(m));
}

/** A new divider goes on from the count at hand. */
export function lapicSetDivide(m: Eval, v: u32): void {
  const count = lapicCurrentCount(m);
  store<u32>(lapicField(m, LAPIC_DIVIDE), v);
  if (isArmed(m)) rearm(m, count, virtualTime(m));
}

export function lapicCurrentCount(m: Eval): u32 {
  if (!isArmed(m)) return 0;
  const passed = (virtualTime(m) - start(m)) / tick(m);
  return passed >= initialCount(m) ? 0 : <u32>(initialCount(m) - passed);
}

// ── TSC-deadline mode (10.5.4.1) ───────────────────────────────────────────────────────────────────────────────

/** IA32_TSC_DEADLINE: 0 while nothing is armed, and in the other modes. */
export function lapicDeadline(m: Eval): u64 {
  lapicAdvance(m);
  return load<u64>(lapicField(m, LAPIC_DEADLINE));
}

/** Writes in other modes are ignored. A deadline that has passed interrupts at once. */
export function lapicSetDeadline(m: Eval, v: u64): void {
  if (!isDeadlineMode(m)) return;
  store<u64>(lapicField(m, LAPIC_DEADLINE), v);
  deadlineChanged(m);
  lapicAdvance(m);
}

/** The table entry of the timer is about to change: going into or out of TSC-deadline mode disarms the timer. */
export function lapicTimerModeChanges(m: Eval, next: u32): void {
  if (((lvt(m) ^ next) & LVT_DEADLINE) == 0) return;
  store<u32>(lapicField(m, LAPIC_TIMER_ARMED), 0);
  store<u64>(lapicField(m, LAPIC_DEADLINE), 0);
}

/** The TSC was moved under an armed deadline. */
export function lapicTimeStampMoved(m: Eval): void {
  if (!load<u64>(lapicField(m, LAPIC_DEADLINE))) return;
  deadlineChanged(m);
  lapicAdvance(m);
}

// ── Events ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Lets the timer's events up to now happen. Called whenever time was set and before the registers are used. */
export function lapicAdvance(m: Eval): void {
  const deadline = load<u64>(lapicField(m, LAPIC_DEADLINE));
  if (deadline && timeStamp(m) >= deadline) {
    store<u64>(lapicField(m, LAPIC_DEADLINE), 0);
    lapicLocal(m, LAPIC_LVT_TIMER);
  }
  if (!isArmed(m)) return;
  const period = initialCount(m) * tick(m);
  const elapsed = virtualTime(m) - start(m);
  if (elapsed < period) return;
  if (lvt(m) & LVT_PERIODIC) store<u64>(lapicField(m, LAPIC_TIMER_START), start(m) + (elapsed / period) * period);
  else store<u32>(lapicField(m, LAPIC_TIMER_ARMED), 0);
  lapicLocal(m, LAPIC_LVT_TIMER);
}

/** Virtual time in nanoseconds of the next interrupt, Infinity if there is none. */
export function lapicNextDeadline(m: Eval): f64 {
  if (lvt(m) & LVT_MASK) return Infinity;
  const deadline = load<u64>(lapicField(m, LAPIC_DEADLINE));
  const tsc = timeStamp(m);
  if (deadline) return <f64>virtualTime(m) + (deadline > tsc ? <f64>(deadline - tsc) : 0);
  if (!isArmed(m)) return Infinity;
  return <f64>(start(m) + initialCount(m) * tick(m));
}
