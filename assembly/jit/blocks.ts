/**
 * The basic blocks of a region: what is reachable from its entry by direct branches, calls and returns, as far as it has
 * been decoded. Everything else is an exit. Successors are block numbers.
 */
import { MEMORY_JIT_BLOCKS, MEMORY_JIT_MARKS } from '../shared/memory-map';
import { CodePage } from '../decode/code-page';
import { OP_END, OP_HEAD, OP_REGION, OP_STRADDLER } from '../decode/decoder';
import {
  BASES,
  KINDS,
  KIND_CALL,
  KIND_CALL_INDIRECT,
  KIND_EMIT,
  KIND_HANDLER,
  KIND_INDIRECT,
  KIND_JCC,
  KIND_JUMP,
  KIND_RETURN,
  KIND_STRING,
} from '../generated/emit-kinds';
import { FELL_THROUGH, Insn } from '../machine/insn';
import {
  beginInlining,
  calleeOf,
  contextOf,
  indirectOf,
  NO_PLACE,
  offsetOf,
  pageAt,
  pageOf,
  returnOf,
  secondPageOf,
  targetOf,
} from './inlining';

export const BLOCKS_MAX: u32 = 64;
export const NO_BLOCK: u32 = 0xff;
/** A region of so many instructions leaves for code that is compiled already instead of taking it in once more. */
const LONG: u32 = 24;

@unmanaged
@final
export class Block {
  /** First micro-op, and the last that belongs to the block. */
  first: u32;
  last: u32;
  /** Where the first instruction is, and where the page begins in which all of them end: see inlining.ts. */
  place: u32;
  base: u32;
  count: u32;
  /** KIND_* of the last instruction if it is a branch; else KIND_EMIT: the block goes on at `fall`, or leaves. */
  end: u32;
  /** Where the branch goes if it is taken, and where the block goes on; of RET the two places it may go. NO_BLOCK: out of the region. */
  taken: u32;
  fall: u32;
  /** Place in reverse postorder, and the block at this place is blockAt(order). */
  order: u32;
  /** Blocks that every path to this one passes, as bits of their order; this one too. */
  dominators: u64;
  /** Edges that lead here forwards; is there one that leads back? */
  forward: u32;
  isLoop: bool;
  reached: bool;
  /** Conditions (jit/flag-flow.ts) that must be known when the block begins, and those that it changes. */
  wanted: u8;
  touched: u8;
  /** Order of the immediate dominator. */
  parent: u32;
  /** Kind of the flags at the beginning, and at the end if it is not that of the beginning: machine/emit-flags.ts. */
  kindIn: u32;
  kindOut: u32;
  /** Number of its first access to memory: machine/emit-groups.ts. */
  accesses: u32;
}

const BLOCK_SIZE: usize = 72;

export function block(n: u32): Block {
  return changetype<Block>(<usize>MEMORY_JIT_BLOCKS + <usize>n * BLOCK_SIZE);
}

/** What is known about places: a hash from place + 1 to MARK_* bits and the number of the block that begins there. */
const MARK_SEEN: u32 = 0x100;
const MARK_LEADER: u32 = 0x200;
const MARKS: usize = MEMORY_JIT_MARKS;
const MARKS_MAX: u32 = 1024;
/** Places that are to be looked at. */
const WORK: usize = MEMORY_JIT_MARKS + 0x2000;

/** Address of the marks of a place. */
function marksOf(place: u32): usize {
  let n = (place ^ (place >> 11)) & (MARKS_MAX - 1);
  while (true) {
    const entry = MARKS + ((<usize>n) << 3);
    const key = load<u32>(entry);
    if (!key) store<u32>(entry, place + 1);
    if (!key || key == place + 1) return entry + 4;
    n = (n + 1) & (MARKS_MAX - 1);
  }
}

function mark(place: u32): u32 {
  return load<u32>(marksOf(place));
}

/** What the page's map has at `offset`: a micro-op or a head, 0 if nothing is decoded there. */
export function mappedAt(page: CodePage, offset: u32): usize {
  return <usize>load<u32>(<usize>page.map + ((<usize>offset) << 2));
}

/** The same at a place in the region. */
export function arrivalAt(place: u32): usize {
  return mappedAt(pageAt(pageOf(place)), offsetOf(place));
}

/** The micro-op at a place, of an instruction or a straddler; 0 if nothing is decoded there. */
export function uopAt(place: u32): usize {
  const u = arrivalAt(place);
  return u ? instructionAt(u) : 0;
}

function isStraddler(u: usize): bool {
  return changetype<Insn>(u).op == OP_STRADDLER;
}

/** The instruction behind a head. */
export function instructionAt(u: usize): usize {
  const i = changetype<Insn>(u);
  return i.op == OP_HEAD || i.op == OP_REGION ? <usize>(<u32>i.disp) : u;
}

export function baseOf(i: Insn): u32 {
  return load<u16>(BASES + ((<usize>i.op) << 1));
}

export function kindOf(i: Insn): u32 {
  return load<u8>(KINDS + baseOf(i));
}

/** Does the next instruction follow one of this kind? */
function goesOn(kind: u32): bool {
  return kind == KIND_EMIT || kind == KIND_HANDLER || kind == KIND_STRING;
}

@unmanaged
@final
export class Blocks {
  count: u32;
  /** Instructions that may still be taken in, and how many that are once the region is LONG. */
  instructions: u32;
  enough: u32;
  work: u32;
  /** Arrivals at a branch's target below which the branch is not worth taking in. */
  rare: i32;

  /** Finds the blocks from `offset` on, up to `limit` instructions, in other pages too if `far`; their number, 0 if nothing there can be compiled. */
  find(page: CodePage, offset: u32, limit: u32, far: bool): u32 {
    this.count = 0;
    this.instructions = limit;
    this.enough = this.rare && limit > LONG ? limit - LONG : 0;
    this.work = 0;
    memory.fill(MARKS, 0, (<usize>MARKS_MAX) << 3);
    beginInlining(page, offset, far);
    this.lead(offset);
    for (let n: u32 = 0; n < this.work; n++) this.explore(load<u32>(WORK + ((<usize>n) << 2)));
    this.cut();
    return this.count;
  }
  private lead(place: u32): void {
    if (place == NO_PLACE || this.work == BLOCKS_MAX) return;
    const u = arrivalAt(place);
    if (!u) return;
    const marks = marksOf(place);
    if (load<u32>(marks) & MARK_LEADER) return;
    if (this.instructions <= this.enough && changetype<Insn>(u).op == OP_REGION) return;
    store<u32>(marks, load<u32>(marks) | MARK_LEADER);
    store<u32>(WORK + ((<usize>this.work) << 2), place);
    this.work++;
  }
  private explore(start: u32): void {
    let place = start;
    while (this.instructions) {
      const marks = marksOf(place);
      if (load<u32>(marks) & MARK_SEEN) return;
      const u = uopAt(place);
      if (!u) return;
      if (isStraddler(u)) return place == start ? this.exploreStraddler(place, u) : this.lead(place);
      const i = changetype<Insn>(u);
      const kind = i.op == OP_END ? 0 : kindOf(i);
      if (!kind) return;
      this.see(marks, place & ~0xfff, i, kind);
      if (!goesOn(kind) || i.next > 0xfff) return;
      place = (place & ~0xfff) | i.next;
    }
  }
  /** An instruction across the end of a page is a block of its own, and ends in the second page. */
  private exploreStraddler(place: u32, u: usize): void {
    const base = secondPageOf(place, changetype<Insn>(u));
    const i = changetype<Insn>(u + 16);
    const kind = kindOf(i);
    if (base == NO_PLACE || !kind) return;
    this.see(marksOf(place), base, i, kind);
    if (goesOn(kind)) this.lead(base | i.next);
  }
  /** The region has the instruction `i`, which ends in the page that begins at the place `base`. */
  private see(marks: usize, base: u32, i: Insn, kind: u32): void {
    store<u32>(marks, load<u32>(marks) | MARK_SEEN);
    this.instructions--;
    this.leadOn(base, i, kind);
  }
  /** The places that a branch leads to. */
  private leadOn(place: u32, i: Insn, kind: u32): void {
    if (kind == KIND_JUMP) this.lead(targetOf(place, i));
    else if (kind == KIND_JCC) this.leadTaken(i, targetOf(place, i));
    else if (kind == KIND_RETURN) this.lead(returnOf(place, i, 0));
    else if (kind == KIND_INDIRECT) this.lead(indirectOf(place, i, false));
    else if (kind == KIND_CALL) this.leadIn(place, i, calleeOf(place, i));
    else if (kind == KIND_CALL_INDIRECT) this.leadIn(place, i, indirectOf(place, i, true));
    if (kind == KIND_JCC && i.next <= 0xfff && (!this.rare || i.index == FELL_THROUGH))
      this.lead((place & ~0xfff) | i.next);
  }
  /** Conditional branches that are hardly ever taken leave the region. */
  private leadTaken(i: Insn, target: u32): void {
    if (target == NO_PLACE) return;
    if (this.rare) {
      if (!((<u32>i.next + i.imm) >> 12) && !i.disp) return;
      const u = arrivalAt(target);
      if (!u) return;
      const head = changetype<Insn>(u);
      if (head.op != OP_REGION && (head.op != OP_HEAD || head.imm < this.rare)) return;
    }
    this.lead(target);
  }
  private leadIn(place: u32, i: Insn, callee: u32): void {
    this.lead(callee);
    // A call of what is being called already: RET may come back to here.
    if (callee != NO_PLACE && contextOf(callee) <= contextOf(place)) this.lead((place & ~0xfff) | i.next);
  }
  /** Leaders whose first instruction was seen become blocks. */
  private cut(): void {
    for (let n: u32 = 0; n < this.work; n++) {
      const place = load<u32>(WORK + ((<usize>n) << 2));
      const marks = marksOf(place);
      if (!(load<u32>(marks) & MARK_SEEN)) continue;
      store<u32>(marks, load<u32>(marks) | this.count);
      block(this.count).place = place;
      this.count++;
    }
    for (let n: u32 = 0; n < this.count; n++) this.fill(block(n));
  }
  numberAt(place: u32): u32 {
    if (place == NO_PLACE) return NO_BLOCK;
    const marks = mark(place);
    return (marks & (MARK_LEADER | MARK_SEEN)) == (MARK_LEADER | MARK_SEEN) ? marks & 0xff : NO_BLOCK;
  }
  private fill(b: Block): void {
    let u = uopAt(b.place);
    b.base = b.place & ~0xfff;
    if (isStraddler(u)) {
      b.base = secondPageOf(b.place, changetype<Insn>(u));
      u += 16;
    }
    b.first = <u32>u;
    b.count = 0;
    b.taken = NO_BLOCK;
    b.fall = NO_BLOCK;
    while (true) {
      const i = changetype<Insn>(u);
      b.last = <u32>u;
      b.count++;
      b.end = kindOf(i);
      if (b.end == KIND_HANDLER || b.end == KIND_STRING) b.end = KIND_EMIT;
      if (b.end != KIND_EMIT && b.end != KIND_JCC) return this.leave(b, b.base, i);
      if (b.end == KIND_JCC) b.taken = this.numberAt(targetOf(b.base, i));
      if (i.next > 0xfff) return;
      const place = b.base | i.next;
      b.fall = this.numberAt(place);
      if (b.end == KIND_JCC || b.fall != NO_BLOCK || !(mark(place) & MARK_SEEN)) return;
      u = uopAt(place);
    }
  }
  /** The block ends with a branch that is always taken. */
  private leave(b: Block, place: u32, i: Insn): void {
    if (b.end == KIND_JUMP) b.taken = this.numberAt(targetOf(place, i));
    else if (b.end == KIND_CALL) b.taken = this.numberAt(calleeOf(place, i));
    else if (b.end == KIND_INDIRECT) b.taken = this.numberAt(indirectOf(place, i, false));
    else if (b.end == KIND_CALL_INDIRECT) b.taken = this.numberAt(indirectOf(place, i, true));
    else if (b.end == KIND_RETURN) {
      b.taken = this.numberAt(returnOf(place, i, 0));
      b.fall = this.numberAt(returnOf(place, i, 1));
    }
  }
}
