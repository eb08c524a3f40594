/**
 * Where jumps between regions lead: a table from RIP, code mode and privilege to the region that begins there, because the
 * way through TLB, decoded page, map and head touches a handful of cache lines. An entry holds while its generation does
 * (no region was given up), while its page is the one that it was, and while the TLB has the same page frame for the RIP,
 * so what a fetch does to page tables is as in the interpreter.
 */
import * as S from '../shared/state';
import { MEMORY_JUMPS } from '../shared/memory-map';
import { usePage } from '../cpu/dispatch';
import { CodePage } from '../decode/code-page';
import { Eval } from '../machine/eval';
import { fetchFrame } from '../mmu/tlb';

const ENTRIES: usize = 4096;
const ENTRY_SIZE: usize = 32;
/** Generation of valid entries, behind them; 0 never is one. */
const GENERATION: usize = <usize>MEMORY_JUMPS + ENTRIES * ENTRY_SIZE;

@unmanaged
@final
export class Jump {
  /** RIP, with mode and privilege in the bits that a canonical address has no use for. */
  key: u64;
  generation: u32;
  /** Of the page, when the entry was made. */
  serial: u32;
  /** Of the region: entry in the table, instructions that it wants to be allowed, the head that leads to it. */
  index: u32;
  instructions: i32;
  head: u32;
  page: u32;
}

function keyOf(m: Eval, rip: u64): u64 {
  const user = <u64>(m.cpl == 3);
  return (rip & 0x00ffffffffffffff) | ((<u64>m.codeMode) << 56) | (user << 60);
}

function slotOf(rip: u64): Jump {
  const hash = <usize>(rip ^ (rip >> 12)) & (ENTRIES - 1);
  return changetype<Jump>(<usize>MEMORY_JUMPS + hash * ENTRY_SIZE);
}

/** The region at `rip`, whose page becomes the one at hand; null if that takes a longer look. */
export function findJump(m: Eval, rip: u64): Jump | null {
  const jump = slotOf(rip);
  if (jump.key != keyOf(m, rip) || jump.generation != load<u32>(GENERATION)) return null;
  const page = changetype<CodePage>(<usize>jump.page);
  if (page.serial != jump.serial || fetchFrame(m, rip) != page.frame) return null;
  usePage(m, page, rip & ~0xfff);
  return jump;
}

/** Remembers that the region behind `head`, in the page at hand, begins at `rip`. */
export function addJump(m: Eval, rip: u64, head: usize, index: u32, instructions: i32): void {
  const jump = slotOf(rip);
  const page = changetype<CodePage>(<usize>load<u32>(m.at, S.STATE_CODE_PAGE));
  jump.key = keyOf(m, rip);
  jump.generation = load<u32>(GENERATION);
  jump.serial = page.serial;
  jump.index = index;
  jump.instructions = instructions;
  jump.head = <u32>head;
  jump.page = <u32>changetype<usize>(page);
}

/** Regions were given up: no entry holds any more. */
export function dropJumps(): void {
  const next = load<u32>(GENERATION) + 1;
  store<u32>(GENERATION, next);
  if (next) return;
  memory.fill(MEMORY_JUMPS, 0, ENTRIES * ENTRY_SIZE);
  store<u32>(GENERATION, 1);
}
