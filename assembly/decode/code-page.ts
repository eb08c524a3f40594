/**
 * Decoded pages. A code page belongs to one physical page in one code mode and owns a map from page offset to micro-op;
 * the micro-ops themselves lie in one arena that is only ever emptied as a whole. Direct branches inside a page may cache
 * the target's micro-op because the page lives and dies with all its micro-ops.
 */
import * as S from '../shared/state';
import {
  CODE_HASH_ENTRIES,
  CODE_MAP_SIZE,
  CODE_PAGES,
  CODE_PAGE_SIZE,
  MEMORY_CODE_HASH,
  MEMORY_CODE_MAPS,
  MEMORY_CODE_PAGES,
  MEMORY_PHYSICAL_MAP,
  MEMORY_UOPS,
  MEMORY_UOPS_END,
  MEMORY_VCPU,
  PAGE_DECODED,
} from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { dropRegions } from '../jit/heads';
import { unlinkRegions } from '../jit/region-table';
import { spoil } from '../jit/lockstep-log';
import { tlbProtect } from '../mmu/tlb';

/** In place of the number of a physical page. */
export const NO_FRAME: u32 = 0xffffffff;
/** Values of STATE_CODE_MODE lie below this. */
const MODES: u32 = 8;

@unmanaged
@final
export class CodePage {
  /** Physical page frame, NO_FRAME when free. */
  frame: u32;
  mode: u32;
  /** Address of the map: 4096 x u32, micro-op for each offset or 0. */
  map: u32;
  /** Next in the hash chain or in the free list. */
  next: u32;
  /** Bit n: bytes 64n .. 64n+63 hold decoded instructions. */
  granules: u64;
  /** Counts how often the descriptor was given up: what compiled code took from the page holds as long as it stays. */
  serial: u32;
  /** Compiled code of other pages goes on in this one. */
  linked: u32;
}

/** Allocation state, after the hash table: next unused descriptor, free list, next unused micro-op. */
const ALLOCATOR: usize = MEMORY_CODE_HASH + CODE_HASH_ENTRIES * 4;

export function nextUop(): usize {
  return <usize>load<u32>(ALLOCATOR, 8);
}
export function setNextUop(at: usize): void {
  store<u32>(ALLOCATOR, <u32>at, 8);
}

/** Is there room for a few traces more before everything must be emptied? */
export function hasCodeRoom(): bool {
  return nextUop() + 0x40000 < <usize>MEMORY_UOPS_END && load<u32>(ALLOCATOR) + 16 < <u32>CODE_PAGES;
}

function bucket(frame: u32, mode: u32): usize {
  return MEMORY_CODE_HASH + (((frame ^ (mode << 11)) & (CODE_HASH_ENTRIES - 1)) << 2);
}

export function findCodePage(frame: u32, mode: u32): CodePage | null {
  let at = load<u32>(bucket(frame, mode));
  while (at) {
    const page = changetype<CodePage>(at);
    if (page.frame == frame && page.mode == mode) return page;
    at = page.next;
  }
  return null;
}

/** The code page for (frame, mode), made if it does not exist; the page's stores take the slow path from now on. */
export function codePage(m: Eval, frame: u32, mode: u32): CodePage {
  const found = findCodePage(frame, mode);
  if (found) return found;
  let at = load<u32>(ALLOCATOR, 4);
  if (at) store<u32>(ALLOCATOR, changetype<CodePage>(at).next, 4);
  else {
    const used = load<u32>(ALLOCATOR);
    if (used == CODE_PAGES) {
      flushCode(m);
      return codePage(m, frame, mode);
    }
    store<u32>(ALLOCATOR, used + 1);
    at = MEMORY_CODE_PAGES + used * CODE_PAGE_SIZE;
    changetype<CodePage>(at).map = MEMORY_CODE_MAPS + used * CODE_MAP_SIZE;
  }
  const page = changetype<CodePage>(at);
  const b = bucket(frame, mode);
  page.frame = frame;
  page.mode = mode;
  page.granules = 0;
  page.next = load<u32>(b);
  store<u32>(b, at);
  const entry = <usize>MEMORY_PHYSICAL_MAP + ((<usize>frame) << 2);
  store<u32>(entry, load<u32>(entry) | PAGE_DECODED);
  protectEverywhere(frame);
  return page;
}

/** All vCPUs share the decoded pages, so all must stop writing on the fast path. */
function protectEverywhere(frame: u32): void {
  for (let cpu: usize = MEMORY_VCPU; cpu < <usize>MEMORY_PHYSICAL_MAP; cpu += S.VCPU_SIZE) {
    if (load<u32>(cpu, S.STATE_PRESENT)) tlbProtect(changetype<Eval>(cpu), frame);
  }
}

/** Bytes [offset, offset + size) of a physical page were written: drop what was decoded from them. */
export function invalidateCode(m: Eval, frame: u32, offset: u32, size: u32): void {
  const first = offset >> 6;
  const last = (offset + size - 1) >> 6;
  const hit = (((<u64>2) << (last - first)) - 1) << first;
  for (let mode: u32 = 0; mode < MODES; mode++) {
    const page = findCodePage(frame, mode);
    if (page && page.granules & hit) dropCodePage(m, page);
  }
}

/** Host or DMA wrote [pa, pa + size). */
export function invalidateRange(m: Eval, pa: u64, size: u32): void {
  const end = pa + size;
  for (let at = pa; at < end;) {
    const stop = min<u64>((at | 0xfff) + 1, end);
    const frame = <u32>(at >> 12);
    if (frame < 0x100000 && load<u32>(<usize>MEMORY_PHYSICAL_MAP + (frame << 2)) & PAGE_DECODED) {
      invalidateCode(m, frame, <u32>at & 0xfff, <u32>(stop - at));
    }
    at = stop;
  }
}

function dropCodePage(m: Eval, page: CodePage): void {
  // A repeated string instruction starts over then, which it would not do a second time.
  spoil();
  unlink(page);
  memory.fill(page.map, 0, CODE_MAP_SIZE);
  if (!anyCodePage(page.frame)) {
    const entry = <usize>MEMORY_PHYSICAL_MAP + ((<usize>page.frame) << 2);
    store<u32>(entry, load<u32>(entry) & ~PAGE_DECODED);
  }
  page.serial++;
  if (page.linked) unlinkRegions(page);
  page.frame = NO_FRAME;
  page.next = load<u32>(ALLOCATOR, 4);
  store<u32>(ALLOCATOR, <u32>changetype<usize>(page), 4);
  m.resync();
}

function anyCodePage(frame: u32): bool {
  for (let mode: u32 = 0; mode < MODES; mode++) if (findCodePage(frame, mode)) return true;
  return false;
}

function unlink(page: CodePage): void {
  let at = bucket(page.frame, page.mode);
  while (load<u32>(at) != <u32>changetype<usize>(page))
    at = changetype<usize>(load<u32>(at)) + offsetof<CodePage>('next');
  store<u32>(at, page.next);
}

/** Empties everything: the arena or the descriptors are used up, or the machine was reset. */
export function flushCode(m: Eval): void {
  const used = load<u32>(ALLOCATOR);
  for (let n: u32 = 0; n < used; n++) {
    const page = changetype<CodePage>(MEMORY_CODE_PAGES + n * CODE_PAGE_SIZE);
    if (page.frame == NO_FRAME) continue;
    const entry = <usize>MEMORY_PHYSICAL_MAP + ((<usize>page.frame) << 2);
    store<u32>(entry, load<u32>(entry) & ~PAGE_DECODED);
    page.frame = NO_FRAME;
  }
  memory.fill(MEMORY_CODE_MAPS, 0, <usize>used * CODE_MAP_SIZE);
  memory.fill(MEMORY_CODE_HASH, 0, CODE_HASH_ENTRIES * 4);
  store<u32>(ALLOCATOR, 0);
  store<u32>(ALLOCATOR, 0, 4);
  store<u32>(ALLOCATOR, MEMORY_UOPS, 8);
  dropRegions();
  m.resync();
}
