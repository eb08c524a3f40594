/**
 * The basic blocks of a region: what is reachable from its entry by direct branches inside one page, as far as it has been
 * decoded. Everything else is an exit. Successors are block numbers; blocks are numbered by their place in the page.
 */
import { MEMORY_JIT_BLOCKS, MEMORY_JIT_MARKS } from '../shared/memory-map';
import { CodePage } from '../decode/code-page';
import { OP_END, OP_HEAD, OP_REGION } from '../decode/decoder';
import {
  BASES,
  KINDS,
  KIND_CALL,
  KIND_EMIT,
  KIND_HANDLER,
  KIND_INDIRECT,
  KIND_JCC,
  KIND_JUMP,
} from '../generated/emit-kinds';
import { Insn } from '../machine/insn';

export const BLOCKS_MAX: u32 = 48;
const INSTRUCTIONS_MAX: u32 = 160;
export const NO_BLOCK: u32 = 0xff;

@unmanaged
@final
export class Block {
  /** First micro-op, and the last that belongs to the block. */
  first: u32;
  last: u32;
  /** Offset of the first instruction in the page. */
  offset: u32;
  count: u32;
  /** KIND_* of the last instruction if it is a branch; else KIND_EMIT: the block goes on at `fall`, or leaves. */
  end: u32;
  /** Where the branch goes if it is taken, and where the block goes on. NO_BLOCK: out of the region. */
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
  /** CF must be in LOCAL_CARRY when the block begins; what the block itself wants; does CF pass through it? */
  needsCarry: bool;
  transparent: bool;
  /** Order of the immediate dominator. */
  parent: u32;
}

const BLOCK_SIZE: usize = 64;

export function block(n: u32): Block {
  return changetype<Block>(<usize>MEMORY_JIT_BLOCKS + <usize>n * BLOCK_SIZE);
}

/** Per offset in the page: MARK_* bits; then the number of the block that begins there. */
const MARK_SEEN: u32 = 1;
const MARK_LEADER: u32 = 2;
const NUMBERS: usize = MEMORY_JIT_MARKS + 0x1000;
/** Offsets that are to be looked at. */
const WORK: usize = MEMORY_JIT_MARKS + 0x2000;

function mark(offset: u32): u32 {
  return load<u8>(MEMORY_JIT_MARKS + offset);
}

/** The micro-op of the instruction at `offset`, 0 if none is decoded there. */
export function uopAt(page: CodePage, offset: u32): usize {
  const u = <usize>load<u32>(<usize>page.map + ((<usize>offset) << 2));
  return u ? instructionAt(u) : 0;
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

/** Offset that a direct branch goes to; above FFFh if it leaves the page. */
function targetOf(i: Insn): u32 {
  return <u32>(<i32>i.next + i.imm);
}

@unmanaged
@final
export class Blocks {
  page: CodePage;
  count: u32;
  instructions: u32;
  work: u32;

  /** Finds the blocks from `offset` on; their number, 0 if nothing there can be compiled. */
  find(page: CodePage, offset: u32): u32 {
    this.page = page;
    this.count = 0;
    this.instructions = 0;
    this.work = 0;
    memory.fill(MEMORY_JIT_MARKS, 0, 0x2000);
    this.lead(offset);
    for (let n: u32 = 0; n < this.work; n++) this.explore(load<u16>(WORK + (n << 1)));
    this.cut();
    return this.count;
  }
  private lead(offset: u32): void {
    if (offset > 0xfff || mark(offset) & MARK_LEADER || this.work == BLOCKS_MAX || !uopAt(this.page, offset)) return;
    store<u8>(MEMORY_JIT_MARKS + offset, mark(offset) | MARK_LEADER);
    store<u16>(WORK + (this.work << 1), <u16>offset);
    this.work++;
  }
  private explore(start: u32): void {
    let offset = start;
    while (offset <= 0xfff && !(mark(offset) & MARK_SEEN) && this.instructions < INSTRUCTIONS_MAX) {
      const u = uopAt(this.page, offset);
      if (!u) return;
      const i = changetype<Insn>(u);
      const kind = i.op == OP_END ? 0 : kindOf(i);
      if (!kind) return;
      store<u8>(MEMORY_JIT_MARKS + offset, mark(offset) | MARK_SEEN);
      this.instructions++;
      if (kind == KIND_JCC || kind == KIND_JUMP || kind == KIND_CALL) this.lead(targetOf(i));
      if (kind == KIND_JCC) this.lead(i.next);
      if (kind != KIND_EMIT && kind != KIND_HANDLER) return;
      offset = i.next;
    }
  }
  /** Leaders whose first instruction was seen become blocks. */
  private cut(): void {
    for (let offset: u32 = 0; offset < 0x1000; offset++) {
      if (mark(offset) != (MARK_LEADER | MARK_SEEN)) continue;
      store<u8>(NUMBERS + offset, <u8>this.count);
      block(this.count).offset = offset;
      this.count++;
    }
    for (let n: u32 = 0; n < this.count; n++) this.fill(block(n));
  }
  numberAt(offset: u32): u32 {
    if (offset > 0xfff || mark(offset) != (MARK_LEADER | MARK_SEEN)) return NO_BLOCK;
    return load<u8>(NUMBERS + offset);
  }
  private fill(b: Block): void {
    let u = uopAt(this.page, b.offset);
    b.first = <u32>u;
    b.count = 0;
    b.taken = NO_BLOCK;
    b.fall = NO_BLOCK;
    while (true) {
      const i = changetype<Insn>(u);
      b.last = <u32>u;
      b.count++;
      b.end = kindOf(i);
      if (b.end == KIND_HANDLER) b.end = KIND_EMIT;
      if (b.end == KIND_INDIRECT) return;
      if (b.end != KIND_EMIT) b.taken = this.numberAt(targetOf(i));
      if (b.end == KIND_JUMP || b.end == KIND_CALL) return;
      const next = i.next;
      b.fall = this.numberAt(next);
      if (b.end == KIND_JCC || b.fall != NO_BLOCK) return;
      if (next > 0xfff || !(mark(next) & MARK_SEEN)) return;
      u = uopAt(this.page, next);
    }
  }
}
