/**
 * Notes for `-d blocks` about the code being written (shared/region-notes.ts). A region is often written twice, once to
 * survey it and again in smaller pieces if it is too long: what counts is the last time.
 */
import * as N from '../shared/region-notes';
import { MEMORY_JIT_NOTES } from '../shared/memory-map';
import { Insn } from '../machine/insn';
import { Block } from './blocks';
import { contextOf, deltaOf, offsetOf, pageAt, pageOf } from './inlining';

const NOTES: usize = MEMORY_JIT_NOTES;
/** In the header: is a region being written; notes of the regions that are finished; RIP base of the next one. */
const OPEN: usize = 8;
const KEPT: usize = 12;
const ENTRY: usize = 16;

function add(kind: u32, at: usize): usize {
  const count = load<u32>(NOTES, N.NOTES_COUNT);
  // A note more than there is room for is written over.
  if (count < <u32>N.NOTES_MAX) store<u32>(NOTES, count + 1, N.NOTES_COUNT);
  const note = NOTES + N.NOTES_FIRST + <usize>min<u32>(count, <u32>N.NOTES_MAX - 1) * N.NOTE_SIZE;
  store<u32>(note, kind, N.NOTE_KIND);
  store<u32>(note, <u32>at, N.NOTE_AT);
  return note;
}

function isOpen(): bool {
  return load<u32>(NOTES, OPEN) != 0;
}

/** Another module begins. */
export function dropNotes(): void {
  store<u32>(NOTES, 0, KEPT);
  store<u32>(NOTES, 0, N.NOTES_COUNT);
}

/** A region was compiled. */
export function keepNotes(): void {
  store<u32>(NOTES, load<u32>(NOTES, N.NOTES_COUNT), KEPT);
}

/** The page of the next region's entry begins at this RIP. */
export function noteEntry(ripBase: u64): void {
  store<u64>(NOTES, ripBase, ENTRY);
}

export function noteRegion(at: usize): void {
  if (!load<u32>(NOTES, N.NOTES_ON)) return;
  store<u32>(NOTES, load<u32>(NOTES, KEPT), N.NOTES_COUNT);
  store<u32>(NOTES, 1, OPEN);
  const note = add(N.NOTE_KIND_REGION, at);
  store<u64>(note, load<u64>(NOTES, ENTRY), N.NOTE_RIP_BASE);
  store<u32>(note, pageAt(0).mode, N.NOTE_MODE);
}

export function noteEnd(at: usize): void {
  if (!isOpen()) return;
  add(N.NOTE_KIND_END, at);
}

/** All is written: `locals` has the local of each slot, u16, or 0. */
export function noteLocals(locals: usize, slots: u32): void {
  if (!isOpen()) return;
  for (let slot: u32 = 1; slot < slots; slot++) {
    const local = <u32>load<u16>(locals + ((<usize>slot) << 1));
    if (local) store<u32>(add(N.NOTE_KIND_LOCAL, local), slot, N.NOTE_UOP);
  }
  store<u32>(NOTES, 0, OPEN);
}

export function noteBlock(at: usize, b: Block): void {
  if (!isOpen()) return;
  const note = add(N.NOTE_KIND_BLOCK, at);
  store<u32>(note, b.order | ((<u32>b.isLoop) << 8) | (contextOf(b.place) << 16), N.NOTE_BLOCK_NUMBER);
  notePlace(note, b.first, pageOf(b.place), offsetOf(b.place));
}

export function noteInstruction(at: usize, uop: usize, b: Block): void {
  if (!isOpen()) return;
  const i = changetype<Insn>(uop);
  const note = add(N.NOTE_KIND_INSTRUCTION, at);
  notePlace(note, <u32>uop, pageOf(b.base), <i32>i.next - <i32>i.length);
  store<u32>(note, pageAt(pageOf(b.place)).frame, N.NOTE_FRAME_BEFORE);
}

function notePlace(note: usize, uop: u32, page: u32, offset: i32): void {
  store<u32>(note, uop, N.NOTE_UOP);
  store<u32>(note, pageAt(page).frame, N.NOTE_FRAME);
  store<i32>(note, offset, N.NOTE_OFFSET);
  store<i32>(note, deltaOf(page), N.NOTE_DELTA);
}
