/**
 * Heads: where a jump arrives, the page's map holds a micro-op of no length that counts and leads on to the instruction.
 * Once it is hot and compiled it leads into the region instead, and from region to region as long as that goes well.
 */
import * as S from '../shared/state';
import { MEMORY_JIT_QUEUE, MEMORY_JIT_REGIONS, MEMORY_UOPS_END } from '../shared/memory-map';
import { attend, findCode, headAt, inPage, leaveTo } from '../cpu/dispatch';
import { dropModules } from '../cpu/host';
import { nextUop, setNextUop } from '../decode/code-page';
import { OP_HEAD, OP_REGION } from '../decode/decoder';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { compileHot } from './compiler';
import { Exit, EXIT_ATTENTION, EXIT_JUMP, resetExits } from './exits';
import { settleFlags } from './flags';

/** Arrivals that make a head hot. */
export const HOT: i32 = 600;

/** STATE_JIT: everything is compiled as soon as it is reached, for tests. */
const JIT_EAGER: u32 = 2;

/** After the count: heads that wait for the compiler. */
export const QUEUE_MAX: u32 = 48;

/** A compiled region, by its place in the table behind the first one. */
@unmanaged
@final
export class RegionRecord {
  /** Instructions that a run without a way back may take: with less budget the interpreter runs. */
  instructions: i32;
  head: u32;
}

export const REGION_RECORD_SIZE: usize = 16;
export const REGIONS_MAX: u32 = 8192;
/** In the first record: number of regions, and index of the table's entry of region 0. */
const COUNT: usize = MEMORY_JIT_REGIONS;
const FIRST_INDEX: usize = MEMORY_JIT_REGIONS + 4;

export function regionCount(): u32 {
  return load<u32>(COUNT);
}
export function regionAt(n: u32): RegionRecord {
  return changetype<RegionRecord>(<usize>MEMORY_JIT_REGIONS + (<usize>n + 1) * REGION_RECORD_SIZE);
}
/** Takes `count` regions into the books, whose functions the host put into the table from `index` on. */
export function addRegions(count: u32, index: u32): void {
  if (!load<u32>(COUNT)) store<u32>(FIRST_INDEX, index);
  store<u32>(COUNT, load<u32>(COUNT) + count);
}

/** All decoded code is gone, and with it all regions. */
export function dropRegions(): void {
  if (load<u32>(COUNT)) dropModules();
  store<u32>(COUNT, 0);
  store<u32>(MEMORY_JIT_QUEUE, 0);
  resetExits();
}

/** The head for micro-op `n` at `offset` of the page that `map` belongs to. */
export function makeHead(m: Eval, map: usize, offset: u32, n: usize): usize {
  const op = changetype<Insn>(n).op;
  const at = nextUop();
  const slot = map + ((<usize>offset) << 2);
  // Code that runs from the scratch micro-op has no map.
  if (op == OP_HEAD || op == OP_REGION || at + 64 > <usize>MEMORY_UOPS_END || load<u32>(slot) != <u32>n) return n;
  const head = changetype<Insn>(at);
  head.op = OP_HEAD;
  head.place = <u16>offset;
  head.imm = load<u32>(m.at, S.STATE_JIT) == JIT_EAGER ? HOT - 1 : 0;
  head.disp = <i32>n;
  store<u32>(slot, <u32>at);
  setNextUop(at + 16);
  return at;
}

function enqueue(m: Eval, head: usize): void {
  const count = load<u32>(MEMORY_JIT_QUEUE);
  if (count == QUEUE_MAX) {
    // Another time.
    changetype<Insn>(head).imm = HOT >> 1;
    return;
  }
  const entry = <usize>MEMORY_JIT_QUEUE + 16 + ((<usize>count) << 3);
  store<u32>(entry, <u32>head);
  store<u32>(entry, load<u32>(m.at, S.STATE_CODE_PAGE), 4);
  store<u32>(MEMORY_JIT_QUEUE, count + 1);
}

/** Goes on with the interpreter at micro-op `n`, with `left` instructions to go. */
function resume(m: Eval, n: usize, left: i32): usize {
  store<u32>(m.at, <u32>(n + ((<usize>left) << 4)), S.STATE_JIT_STOP);
  return n;
}

/**
 * Arrival at head `u` with the budget up to `stop`: runs what is compiled. Returns the micro-op that the interpreter's loop
 * goes on with, for which STATE_JIT_STOP has the new stop; 0 if the loop must leave.
 */
export function runHead(m: Eval, u: usize, stop: usize): usize {
  let head = changetype<Insn>(u);
  let left = <i32>(stop - u) >> 4;
  while (true) {
    if (head.op == OP_HEAD && head.imm == HOT) {
      enqueue(m, changetype<usize>(head));
      if (load<u32>(m.at, S.STATE_JIT) == JIT_EAGER) compileHot(m);
    }
    if (head.op == OP_HEAD) return resume(m, <usize>(<u32>head.disp), left);
    const region = head.imm;
    if (left < regionAt(region).instructions) return resume(m, <usize>(<u32>head.disp), left);
    store<i32>(m.at, left, S.STATE_JIT_BUDGET);
    const exit = changetype<Exit>(call_indirect<usize>(load<u32>(FIRST_INDEX) + region, m.at));
    settleFlags(m.at, exit.flags);
    const now = load<i32>(m.at, S.STATE_JIT_BUDGET) + exit.unused;
    store<u64>(m.at, load<u64>(m.at, S.STATE_JIT_COUNT) + <u64>(left - now), S.STATE_JIT_COUNT);
    left = now;
    const n = goOn(m, exit, left);
    if (!n) return 0;
    head = changetype<Insn>(n);
    if (head.op == OP_HEAD && ++head.imm < HOT) return resume(m, <usize>(<u32>head.disp), left);
    if (head.op != OP_HEAD && head.op != OP_REGION) {
      if (exit.type != EXIT_ATTENTION) return resume(m, n, left);
      // attend() has cut the stretch off behind the instruction.
      store<u32>(m.at, <u32>n, S.STATE_JIT_STOP);
      return n;
    }
  }
}

/** The micro-op after an exit; 0 if the loop must leave. */
function goOn(m: Eval, exit: Exit, left: i32): usize {
  const u = <usize>exit.uop;
  const stop = u + ((<usize>(left + 1)) << 4);
  if (exit.type == EXIT_JUMP) {
    const target = m.rip;
    const n = inPage(m, target) || findCode(m, target);
    if (n) return headAt(m, target, n);
    leaveTo(m, u, stop, target);
    return 0;
  }
  return exit.type == EXIT_ATTENTION ? attend(m, u, stop) : u;
}
