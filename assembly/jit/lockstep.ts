/**
 * The lockstep checker: a region runs, everything that it did is taken back, the interpreter runs as many instructions from
 * the same state, and both must have done the same to all that is architectural and to memory. What the region did stays, so
 * a checked machine goes the same way as one that is not.
 *
 * Not compared: runs of a single instruction that may reach devices, runs that asked a device, which cannot be asked twice, and
 * runs that changed decoded code.
 */
import * as S from '../shared/state';
import { EXCEPTION_PF } from '../shared/exception';
import { MEMORY_EMPTY_TLB, MEMORY_PHYSICAL_MAP } from '../shared/memory-map';
import {
  LOCKSTEP_BEFORE,
  LOCKSTEP_CODE,
  LOCKSTEP_COMPILED,
  LOCKSTEP_COMPILED_LOG,
  LOCKSTEP_COUNT,
  LOCKSTEP_INTERPRETED,
  LOCKSTEP_INTERPRETED_LOG,
  LOCKSTEP_RAN,
  LOCKSTEP_REGION,
  LOCKSTEP_REPLAYED,
  LOCKSTEP_REPLAYS,
  LOCKSTEP_RIP,
  LOCKSTEP_RUNS,
  LOCKSTEP_SPOILT,
} from '../shared/lockstep';
import { placeRip, ripOf } from '../cpu/dispatch';
import { divergence } from '../cpu/host';
import { CodePage, hasCodeRoom } from '../decode/code-page';
import { enter } from '../decode/trace';
import { interpret, interpret64 } from '../generated/interpreter';
import { copyArchitectural } from '../machine/architectural';
import { Eval } from '../machine/eval';
import { instructionAt } from './blocks';
import { Exit, EXIT_ATTENTION, EXIT_END, EXIT_TO_RIP } from './exits';
import { regionAt, REGIONS_MAX } from './region-table';
import { agrees, closeLog, noteNew, openLog, redo, undo } from './lockstep-log';

/** Runs of a region that are compared in any case. */
const FIRST_RUNS: u32 = 16;
/** A compared run is cut off after as many instructions, so that the logs hold what it writes. */
const INSTRUCTIONS_MAX: i32 = 1500;

export function isReplaying(): bool {
  return load<u32>(LOCKSTEP_REPLAYS) != 0;
}

/** All regions are gone. */
export function forgetRuns(): void {
  memory.fill(LOCKSTEP_RUNS, 0, <usize>REGIONS_MAX * 4);
}

/** Is it this run's turn? */
function isDue(m: Eval, region: u32): bool {
  const counter = <usize>LOCKSTEP_RUNS + ((<usize>region) << 2);
  const runs = load<u32>(counter);
  store<u32>(counter, runs + 1);
  return runs < FIRST_RUNS || runs % load<u32>(m.at, S.STATE_LOCKSTEP) == 0;
}

/** Runs region number `region`, at `index` of the table, with the budget in STATE_JIT_BUDGET; returns its exit. */
export function runInLockstep(m: Eval, index: u32, region: u32): usize {
  store<u32>(m.at, load<u32>(m.at, S.STATE_TLB), S.STATE_LOCKSTEP_TLB);
  if (!isDue(m, region) || load<u32>(m.at, S.STATE_EXACT) || !hasCodeRoom()) {
    return call_indirect<usize>(index, m.at);
  }
  const head = instructionAt(<usize>regionAt(region).head);
  store<u32>(LOCKSTEP_REGION, region);
  store<u64>(LOCKSTEP_RIP, ripOf(m, head));
  store<u32>(LOCKSTEP_CODE, codeAt(m, <u32>load<u64>(LOCKSTEP_RIP) & 0xfff));
  store<u32>(LOCKSTEP_SPOILT, 0);
  const budget = load<i32>(m.at, S.STATE_JIT_BUDGET);
  const allowed = min<i32>(budget, max<i32>(INSTRUCTIONS_MAX, regionAt(region).instructions));
  memory.copy(LOCKSTEP_BEFORE, m.at, S.STATE_SIZE);
  const exit = runCompiled(m, index, budget, allowed);
  const ran = allowed - load<i32>(m.at, S.STATE_JIT_BUDGET) - unusedAt(exit);
  store<i32>(m.at, load<i32>(m.at, S.STATE_JIT_BUDGET) + budget - allowed, S.STATE_JIT_BUDGET);
  if (load<u32>(LOCKSTEP_SPOILT)) return exit;
  store<i32>(LOCKSTEP_RAN, ran);
  memory.copy(LOCKSTEP_COMPILED, m.at, S.STATE_SIZE);
  noteNew(LOCKSTEP_COMPILED_LOG);
  undo(LOCKSTEP_COMPILED_LOG, true);
  memory.copy(m.at, LOCKSTEP_BEFORE, S.STATE_SIZE);
  begin(m, LOCKSTEP_INTERPRETED_LOG, budget - ran);
  store<i32>(LOCKSTEP_REPLAYED, replay(m, head, ran));
  closeLog();
  compare(m, exit);
  store<u64>(LOCKSTEP_COUNT, load<u64>(LOCKSTEP_COUNT) + <u64>ran);
  return exit;
}

/** Host address of the code at `offset` of the page at hand. */
function codeAt(m: Eval, offset: u32): u32 {
  const page = changetype<CodePage>(<usize>load<u32>(m.at, S.STATE_CODE_PAGE));
  return (load<u32>(<usize>MEMORY_PHYSICAL_MAP + ((<usize>page.frame) << 2)) & ~0xfff) | offset;
}

/** Opens a log for a run that ends `early` instructions before the budget, so that clocks show what they would. */
function begin(m: Eval, log: usize, early: i32): void {
  store<u32>(m.at, MEMORY_EMPTY_TLB, S.STATE_TLB);
  store<u64>(m.at, load<u64>(m.at, S.STATE_STRETCH_END) - early, S.STATE_STRETCH_END);
  openLog(log);
}

function runCompiled(m: Eval, index: u32, budget: i32, allowed: i32): usize {
  store<i32>(m.at, allowed, S.STATE_JIT_BUDGET);
  begin(m, LOCKSTEP_COMPILED_LOG, budget - allowed);
  const exit = call_indirect<usize>(index, m.at);
  closeLog();
  store<u32>(m.at, load<u32>(m.at, S.STATE_LOCKSTEP_TLB), S.STATE_TLB);
  store<u64>(m.at, load<u64>(LOCKSTEP_BEFORE, S.STATE_STRETCH_END), S.STATE_STRETCH_END);
  return exit;
}

/** Interprets up to `count` instructions from micro-op `head` on; m.rip is exact then. Returns how many there were. */
function replay(m: Eval, head: usize, count: i32): i32 {
  m.rip = ripOf(m, head);
  store<u32>(LOCKSTEP_REPLAYS, 1);
  let left = count;
  for (let u = head; left > 0 && u && !m.fault; u = left > 0 && !m.fault ? enter(m) : 0) {
    store<i32>(m.at, 0, S.STATE_LEFT);
    store<i32>(m.at, 0, S.STATE_HELD);
    const stop = u + ((<usize>left) << 4);
    if (m.mode == S.MODE_64) interpret64(m, u, stop);
    else interpret(m, u, stop);
    left = (load<i32>(m.at, S.STATE_LEFT) + load<i32>(m.at, S.STATE_HELD)) >> 4;
    placeRip(m);
  }
  store<u32>(LOCKSTEP_REPLAYS, 0);
  return count - left;
}

/** Puts back what the region did, and calls the host if the interpreter did something else. */
function compare(m: Eval, exit: usize): void {
  const rip = m.rip;
  copyArchitectural(m.at, LOCKSTEP_INTERPRETED);
  keepFault(m.at, LOCKSTEP_INTERPRETED);
  memory.copy(m.at, LOCKSTEP_COMPILED, S.STATE_SIZE);
  copyArchitectural(m.at, LOCKSTEP_COMPILED);
  keepFault(m.at, LOCKSTEP_COMPILED);
  store<u64>(LOCKSTEP_INTERPRETED, rip, S.STATE_RIP);
  store<u64>(LOCKSTEP_COMPILED, ripAfter(m, exit), S.STATE_RIP);
  noteNew(LOCKSTEP_INTERPRETED_LOG);
  let same = agrees(LOCKSTEP_COMPILED_LOG);
  undo(LOCKSTEP_INTERPRETED_LOG, false);
  redo(LOCKSTEP_COMPILED_LOG);
  same = same && agrees(LOCKSTEP_INTERPRETED_LOG) && load<i32>(LOCKSTEP_RAN) == load<i32>(LOCKSTEP_REPLAYED);
  if (load<u32>(LOCKSTEP_SPOILT)) return;
  if (!same || memory.compare(LOCKSTEP_COMPILED, LOCKSTEP_INTERPRETED, S.STATE_SIZE)) divergence();
}

/** A fault that waits for its delivery is compared, too. */
function keepFault(block: usize, to: usize): void {
  const fault = load<u32>(block, S.STATE_FAULT);
  store<u32>(to, fault, S.STATE_FAULT);
  if (fault) store<u32>(to, load<u32>(block, S.STATE_FAULT_ERROR), S.STATE_FAULT_ERROR);
  if (fault != EXCEPTION_PF + 1) return;
  store<u64>(to, load<u64>(block, S.STATE_FAULT_ADDRESS), S.STATE_FAULT_ADDRESS);
}

/** RIP after the region, which may not be in its place yet. */
function ripAfter(m: Eval, exit: usize): u64 {
  if (exit == EXIT_TO_RIP) return m.rip;
  const record = changetype<Exit>(exit);
  const u = <usize>record.uop;
  if (record.type == EXIT_END && !m.fault) return m.rip;
  return ripOf(m, record.type == EXIT_ATTENTION && !m.fault ? u + 16 : u);
}

/** Instructions that the region counted and did not run. */
function unusedAt(exit: usize): i32 {
  return exit == EXIT_TO_RIP ? 0 : changetype<Exit>(exit).unused;
}
