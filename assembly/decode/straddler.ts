/**
 * Instructions that lie across the end of a page, decoded: a loop may run through one, and it has no place in a decoded page,
 * because where its second half lies is not the page's business. What was decoded from the same bytes, in the same frames, at
 * the same address and in the same mode is taken again.
 */
import * as S from '../shared/state';
import { MEMORY_STRADDLERS, PAGE_READABLE } from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { physicalEntry } from '../mmu/physical';

@unmanaged
class Straddler {
  rip: u64;
  frame: u32;
  mode: u32;
  /** Its bytes, and zeros up to 16. */
  low: u64;
  high: u64;
  length: u32;
}

const ENTRIES: usize = 64;
const SIZE: usize = 80;
/** The micro-op and the end behind it, in the entry. */
const UOPS: usize = 48;
const UOPS_SIZE: usize = 32;

function entryOf(rip: u64): usize {
  return <usize>MEMORY_STRADDLERS + (<usize>(rip >> 12) & (ENTRIES - 1)) * SIZE;
}

/** Length of the instruction that was decoded at `rip`, whose first byte lies in `frame`; 0 if none was. */
export function straddlerLength(m: Eval, rip: u64, frame: u32): u32 {
  const known = changetype<Straddler>(entryOf(rip));
  return known.rip == rip && known.frame == frame && known.mode == m.codeMode ? known.length : 0;
}

/** Puts the micro-op into the scratch place, if the instruction still has its bytes; `first` and `second`: where they begin. */
export function takeStraddler(m: Eval, rip: u64, first: u64, second: u64): bool {
  const at = entryOf(rip);
  const known = changetype<Straddler>(at);
  if (!readBytes(m, first, second, known.length)) return false;
  const buffer = m.at + S.STATE_FETCH_BUFFER;
  if (load<u64>(buffer) != known.low || load<u64>(buffer, 8) != known.high) return false;
  memory.copy(m.at + S.STATE_SCRATCH_UOP, at + UOPS, UOPS_SIZE);
  return true;
}

/** Keeps what was just decoded into the scratch micro-op. */
export function keepStraddler(m: Eval, rip: u64, first: u64, second: u64, length: u32): void {
  if (!readBytes(m, first, second, length)) return;
  const at = entryOf(rip);
  const known = changetype<Straddler>(at);
  const buffer = m.at + S.STATE_FETCH_BUFFER;
  known.rip = rip;
  known.frame = <u32>(first >> 12);
  known.mode = m.codeMode;
  known.low = load<u64>(buffer);
  known.high = load<u64>(buffer, 8);
  known.length = length;
  memory.copy(at + UOPS, m.at + S.STATE_SCRATCH_UOP, UOPS_SIZE);
}

/** The instruction's bytes to the fetch buffer; false unless they lie in memory. */
function readBytes(m: Eval, first: u64, second: u64, length: u32): bool {
  const front = physicalEntry(first >> 12);
  const back = physicalEntry(second >> 12);
  if (!(front & back & PAGE_READABLE)) return false;
  const buffer = m.at + S.STATE_FETCH_BUFFER;
  const head = 0x1000 - (<u32>first & 0xfff);
  store<u64>(buffer, 0);
  store<u64>(buffer, 0, 8);
  memory.copy(buffer, (front & ~0xfff) | (<u32>first & 0xfff), head);
  memory.copy(buffer + head, (back & ~0xfff) | (<u32>second & 0xfff), length - head);
  return true;
}
