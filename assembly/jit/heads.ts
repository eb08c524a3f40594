/**
 * Heads: where a jump arrives, the page's map holds a micro-op of no length that counts and leads on to the instruction.
 * Once it is hot and compiled it leads into the region instead, and from region to region as long as that goes well.
 */
import * as S from '../shared/state';
import { MEMORY_JIT_QUEUE, MEMORY_UOPS_END } from '../shared/memory-map';
import { attend, findCode, headAt, inPage, leaveEnd, leaveTo } from '../cpu/dispatch';
import { nextUop, setNextUop } from '../decode/code-page';
import { OP_HEAD, OP_REGION } from '../decode/decoder';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { compileHot } from './compiler';
import { forgetRuns, isReplaying, runInLockstep } from './lockstep';
import { addJump, dropJumps, findJump } from './jump-cache';
import { instructionAt } from './blocks';
import { Exit, EXIT_END, EXIT_NEXT, EXIT_TO_RIP } from './exits';
import { dropAllRegions, indexOf, numberAt, regionAt } from './region-table';

/** Bits of a head's form: its region stays in its own page; looks accesses up one by one. */
export const HEAD_NEAR: u8 = 1;
export const HEAD_ALONE: u8 = 2;
/** So many misses of groups are too many, if not so many compiled instructions lie between two of them on average. */
const MISSES_MAX: u8 = 100;
const MISSES_APART: u32 = 2000;
/** Arrivals that make a head hot. */
export const HOT: i32 = 1500;
/** Arrivals that a head keeps once a region has taken in what lies behind it: a few more must come from elsewhere. */
export const COVERED: i32 = HOT - 300;

/** STATE_JIT from here on, for tests: everything is compiled at once at the first arrival, the second with 3, and so on. */
export const JIT_EAGER: u32 = 2;

/** After the count, and the instruction count when the first came: heads that wait for the compiler. */
export const QUEUE_MAX: u32 = 48;

/** What waits: the head, its page, and u64 the RIP of the page's first byte. */
export function queueAt(n: u32): usize {
  return <usize>MEMORY_JIT_QUEUE + 16 + ((<usize>n) << 4);
}

/** All decoded code is gone, and with it all regions. */
export function dropRegions(): void {
  dropAllRegions();
  store<u32>(MEMORY_JIT_QUEUE, 0);
  forgetRuns();
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
  head.form = 0;
  head.index = 0;
  const jit = load<u32>(m.at, S.STATE_JIT);
  head.imm = jit >= JIT_EAGER ? HOT + JIT_EAGER - 1 - jit : 0;
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
  if (!count) store<u64>(MEMORY_JIT_QUEUE, load<u64>(m.at, S.STATE_COUNT), 8);
  const entry = queueAt(count);
  store<u32>(entry, <u32>head);
  store<u32>(entry, load<u32>(m.at, S.STATE_CODE_PAGE), 4);
  store<u64>(entry, load<u64>(m.at, S.STATE_RIP_BASE), 8);
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
  const head = changetype<Insn>(u);
  const left = <i32>(stop - u) >> 4;
  if (isReplaying()) {
    if (head.op == OP_HEAD) head.imm--;
    return resume(m, instructionAt(u), left);
  }
  if (head.op == OP_HEAD && head.imm == HOT) {
    enqueue(m, u);
    if (load<u32>(m.at, S.STATE_JIT) >= JIT_EAGER) compileHot(m);
  }
  if (head.op == OP_HEAD) return resume(m, <usize>(<u32>head.disp), left);
  return runRegions(m, head, left);
}

/** Runs the region at this index of the table; the lockstep checker may run it twice. */
function runRegion(m: Eval, index: u32): usize {
  if (load<u32>(m.at, S.STATE_LOCKSTEP)) return runInLockstep(m, index, numberAt(index));
  return call_indirect<usize>(index, m.at);
}

/** From region to region. */
function runRegions(m: Eval, first: Insn, budget: i32): usize {
  let left = budget;
  let head = changetype<usize>(first);
  let instructions = regionAt(first.imm).instructions;
  let index = indexOf(first.imm);
  while (left >= instructions) {
    store<i32>(m.at, left, S.STATE_JIT_BUDGET);
    const at = runRegion(m, index);
    left = load<i32>(m.at, S.STATE_JIT_BUDGET);
    if (at == EXIT_TO_RIP) {
      const rip = load<u64>(m.at, S.STATE_RIP);
      const jump = findJump(m, rip);
      if (jump) {
        head = jump.head;
        instructions = jump.instructions;
        index = jump.index;
        continue;
      }
      head = inPage(m, rip) || findCode(m, rip);
      if (!head) return goTo(m, rip, budget, left);
      const next = changetype<Insn>(head);
      if (next.op != OP_REGION) return arrive(m, rip, head, budget, left);
      instructions = regionAt(next.imm).instructions;
      index = indexOf(next.imm);
      addJump(m, rip, head, index, instructions);
      continue;
    }
    const exit = changetype<Exit>(at);
    left += exit.unused;
    if (exit.type != EXIT_NEXT) return goOn(m, exit, budget, left);
    if (exit.bytes) noteMiss(m, changetype<Insn>(head), exit);
    head = <usize>exit.uop;
    const next = changetype<Insn>(head);
    if (next.op != OP_REGION) return finish(m, head, budget, left);
    instructions = regionAt(next.imm).instructions;
    index = indexOf(next.imm);
  }
  // The budget does not last for the region.
  return finish(m, instructionAt(head), budget, left);
}

/**
 * The TLB did not know a group of accesses. It never will if the group lies across the end of a page, or in one that holds
 * decoded code. Where that happens often, the region is compiled again without groups; a stack frame lies across the end of a
 * page now and then, and is not worth that.
 */
function noteMiss(m: Eval, head: Insn, exit: Exit): void {
  let first = load<u64>(m.at + <usize>exit.register * S.GPR_SIZE) + <u64>(<i64>exit.first);
  if (m.mode != S.MODE_64) first &= 0xffffffff;
  const e = <usize>load<u32>(m.at, S.STATE_TLB) + (<usize>(first >> 7) & 0x1ffe0);
  const page = first & ~0xfff;
  const lies = (<u32>first & 0xfff) + exit.bytes > 0x1000;
  if (!lies && (load<u64>(e, S.TLB_TAG_READ) != page || load<u64>(e, S.TLB_TAG_WRITE) == page)) return;
  if (head.op != OP_REGION || head.form & HEAD_ALONE) return;
  const region = regionAt(head.imm);
  const now = <u32>load<u64>(m.at, S.STATE_JIT_COUNT);
  if (!head.index) region.missed = now;
  if (++head.index < MISSES_MAX) return;
  head.index = 0;
  if (now - region.missed > MISSES_APART * MISSES_MAX) return;
  head.op = OP_HEAD;
  head.imm = HOT >> 1;
  head.form |= HEAD_ALONE;
  dropJumps();
}

/** Leaves compiled code for the interpreter. */
function finish(m: Eval, n: usize, budget: i32, left: i32): usize {
  count(m, budget - left);
  return resume(m, n, left);
}

function count(m: Eval, instructions: i32): void {
  store<u64>(m.at, load<u64>(m.at, S.STATE_JIT_COUNT) + <u64>instructions, S.STATE_JIT_COUNT);
}

/** A jump came to `n`, which no region begins with. */
function arrive(m: Eval, rip: u64, n: usize, budget: i32, left: i32): usize {
  const head = changetype<Insn>(headAt(m, rip, n));
  if (head.op != OP_HEAD || ++head.imm < HOT) return finish(m, instructionAt(changetype<usize>(head)), budget, left);
  count(m, budget - left);
  return runHead(m, changetype<usize>(head), changetype<usize>(head) + ((<usize>left) << 4));
}

/** A jump came to where nothing is decoded: leaves the loop for there. */
function goTo(m: Eval, rip: u64, budget: i32, left: i32): usize {
  count(m, budget - left);
  leaveTo(m, 0, (<usize>(left + 1)) << 4, rip);
  return 0;
}

/** A handler ran, and something must be looked at. */
function goOn(m: Eval, exit: Exit, budget: i32, left: i32): usize {
  count(m, budget - left);
  const u = <usize>exit.uop;
  const stop = u + ((<usize>(left + 1)) << 4);
  if (exit.type == EXIT_END) {
    leaveEnd(m, u, stop);
    return 0;
  }
  // attend() cuts the stretch off behind the instruction.
  const n = attend(m, u, stop);
  store<u32>(m.at, <u32>n, S.STATE_JIT_STOP);
  return n;
}
