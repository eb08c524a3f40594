/**
 * What a region takes in beside the code of its entry's page: pages that direct branches lead to, and functions that it
 * calls. A called function is compiled once for each call (its context), so that its RET knows where it goes; a call of a
 * function that is already being called goes back to that function's first block.
 */
import { CODE_PAGE_SIZE, MEMORY_CODE_PAGES, MEMORY_JIT_INLINING } from '../shared/memory-map';
import { CodePage, NO_FRAME } from '../decode/code-page';
import { secondPage } from '../decode/straddler';
import { Insn } from '../machine/insn';

/** A place in a region: context << 16 | page << 12 | offset in the page. */
export const NO_PLACE: u32 = 0xffffffff;
const PAGES_MAX: u32 = 4;
const CONTEXTS_MAX: u32 = 8;
const DEPTH_MAX: u32 = 3;
const NO_PAGE: u32 = 0xff;
/** A branch whose target changed so often while it was interpreted goes anywhere. */
const CHANGES_MAX: u8 = 16;

@unmanaged
class RegionPage {
  page: u32;
  /** Bytes from the entry's page, in linear addresses. */
  delta: i32;
}

@unmanaged
class Context {
  /** The place after the call, in the caller's context. */
  back: u32;
  /** The function's first instruction, without a context. */
  callee: u32;
  depth: u32;
  /** Places after calls of the function by itself or by what it calls. */
  sites: u32;
  site0: u32;
  site1: u32;
}

const COUNTS: usize = MEMORY_JIT_INLINING;
const PAGES: usize = MEMORY_JIT_INLINING + 0x10;
const CONTEXTS: usize = MEMORY_JIT_INLINING + 0x100;
const CONTEXT_SIZE: usize = 32;

function regionPage(n: u32): RegionPage {
  return changetype<RegionPage>(PAGES + ((<usize>n) << 3));
}
function context(n: u32): Context {
  return changetype<Context>(CONTEXTS + <usize>n * CONTEXT_SIZE);
}
/** Pages that the region lies in. */
export function pageCount(): u32 {
  return load<u32>(COUNTS);
}
function contextCount(): u32 {
  return load<u32>(COUNTS, 4);
}

export function contextOf(place: u32): u32 {
  return place >> 16;
}
export function pageOf(place: u32): u32 {
  return (place >> 12) & 0xf;
}
export function offsetOf(place: u32): u32 {
  return place & 0xfff;
}

/** `far`: may the region go on in other pages? */
export function beginInlining(page: CodePage, offset: u32, far: bool): void {
  store<u32>(COUNTS, far ? PAGES_MAX : 1, 8);
  store<u32>(COUNTS, 1);
  store<u32>(COUNTS, 1, 4);
  regionPage(0).page = <u32>changetype<usize>(page);
  regionPage(0).delta = 0;
  const root = context(0);
  root.back = NO_PLACE;
  root.callee = offset;
  root.depth = 0;
  root.sites = 0;
}

/** Page `n` of the region, and how many bytes it lies from the first one. */
export function pageAt(n: u32): CodePage {
  return changetype<CodePage>(<usize>regionPage(n).page);
}
export function deltaOf(n: u32): i32 {
  return regionPage(n).delta;
}

/** Numbers + 1 of the pages beside the first one, 16 bits each: what the region is bound to. */
export function otherPages(): u64 {
  let pages: u64 = 0;
  for (let n: u32 = 1; n < pageCount(); n++) {
    pageAt(n).linked = 1;
    pages = (pages << 16) | (numberOf(pageAt(n)) + 1);
  }
  return pages;
}

export function numberOf(page: CodePage): u32 {
  return <u32>((changetype<usize>(page) - <usize>MEMORY_CODE_PAGES) / CODE_PAGE_SIZE);
}

/** Where a direct branch to another page led when it was interpreted: kept where the micro-op has no registers. */
export function noteTargetPage(i: Insn, page: CodePage): void {
  store<u16>(changetype<usize>(i), <u16>(numberOf(page) + 1), offsetof<Insn>('reg'));
}
function notedPage(i: Insn): CodePage | null {
  const number = <usize>load<u16>(changetype<usize>(i), offsetof<Insn>('reg'));
  if (!number) return null;
  const page = changetype<CodePage>(<usize>MEMORY_CODE_PAGES + (number - 1) * CODE_PAGE_SIZE);
  return page.frame == NO_FRAME || page.mode != pageAt(0).mode ? null : page;
}

/**
 * Where RET or an indirect branch led when it was interpreted last, kept in the immediate that they have not: offset in the
 * page, number of the page, and how many pages it lies from that of the branch; in the register, how often that changed.
 * Targets far away are not kept.
 */
export function noteTarget(i: Insn, page: usize, offset: u32, pages: i64): void {
  if (!page || pages < -256 || pages > 255) return;
  const target = <i32>(((<u32>(<i32>pages)) << 23) | (numberOf(changetype<CodePage>(page)) << 12) | offset);
  if (!i.imm) i.reg = 0;
  else if (target != i.imm && i.reg < CHANGES_MAX) i.reg++;
  i.imm = target;
}

/** The place where the RET or indirect branch `i` at `place` led, in the context of `place`. */
function notedTarget(place: u32, i: Insn): u32 {
  // What RET imm16 has there leads nowhere: the branch's target is compared with the place.
  if (!i.imm || i.reg == CHANGES_MAX) return NO_PLACE;
  const page = changetype<CodePage>(<usize>MEMORY_CODE_PAGES + (<usize>(i.imm >> 12) & 0x7ff) * CODE_PAGE_SIZE);
  if (page.frame == NO_FRAME || page.mode != pageAt(0).mode) return NO_PLACE;
  const n = placePage(deltaOf(pageOf(place)) + ((i.imm >> 23) << 12), page);
  return n == NO_PAGE ? NO_PLACE : (place & 0xffff0000) | (n << 12) | (<u32>i.imm & 0xfff);
}

/** Number of the page that lies `delta` bytes from the first one; NO_PAGE if that is another or there are too many. */
function placePage(delta: i32, page: CodePage): u32 {
  const count = pageCount();
  for (let n: u32 = 0; n < count; n++) if (deltaOf(n) == delta) return pageAt(n) == page ? n : NO_PAGE;
  return addPage(delta, page);
}

/** The page `delta` bytes from the first one, which the branch `i` leads to. */
function findPage(delta: i32, i: Insn): u32 {
  const count = pageCount();
  for (let n: u32 = 0; n < count; n++) if (deltaOf(n) == delta) return n;
  const page = notedPage(i);
  return page ? addPage(delta, page) : NO_PAGE;
}

function addPage(delta: i32, page: CodePage): u32 {
  const count = pageCount();
  if (count == load<u32>(COUNTS, 8)) return NO_PAGE;
  regionPage(count).page = <u32>changetype<usize>(page);
  regionPage(count).delta = delta;
  store<u32>(COUNTS, count + 1);
  return count;
}

/** Where the second page of the straddler at `place` begins, if the region may go on there. */
export function secondPageOf(place: u32, straddler: Insn): u32 {
  const page = secondPage(straddler);
  if (!page) return NO_PLACE;
  const n = placePage(deltaOf(pageOf(place)) + 0x1000, page);
  return n == NO_PAGE ? NO_PLACE : (place & 0xffff0000) | (n << 12);
}

/** Where the direct branch `i` at `place` leads, in its own context. */
export function targetOf(place: u32, i: Insn): u32 {
  const target = <i32>i.next + i.imm;
  const pages = target >> 12;
  const offset = <u32>target & 0xfff;
  if (!pages) return (place & ~0xfff) | offset;
  const page = findPage(deltaOf(pageOf(place)) + (pages << 12), i);
  return page == NO_PAGE ? NO_PLACE : (place & 0xffff0000) | (page << 12) | offset;
}

/** The first instruction of what the CALL `i` at `place` calls, in the context of this call. */
export function calleeOf(place: u32, i: Insn): u32 {
  return callTo(place, targetOf(place, i), i);
}

/** The place that the indirect JMP or CALL `i` at `place` leads to, if it goes where it went last. */
export function indirectOf(place: u32, i: Insn, isCall: bool): u32 {
  const target = notedTarget(place, i);
  return isCall ? callTo(place, target, i) : target;
}

function callTo(place: u32, target: u32, i: Insn): u32 {
  if (target == NO_PLACE || i.next > 0xfff) return NO_PLACE;
  const callee = target & 0xffff;
  const back = (place & ~0xfff) | i.next;
  const caller = contextOf(place);
  for (let n = caller; ; n = contextOf(context(n).back)) {
    if (context(n).callee == callee) return addSite(n, back) ? (n << 16) | callee : NO_PLACE;
    if (!n) break;
  }
  const count = contextCount();
  for (let n: u32 = 1; n < count; n++) if (context(n).back == back) return (n << 16) | callee;
  const depth = context(caller).depth + 1;
  if (count == CONTEXTS_MAX || depth > DEPTH_MAX) return NO_PLACE;
  const made = context(count);
  made.back = back;
  made.callee = callee;
  made.depth = depth;
  made.sites = 0;
  store<u32>(COUNTS, count + 1, 4);
  return (count << 16) | callee;
}

function addSite(n: u32, back: u32): bool {
  const c = context(n);
  if ((c.sites > 0 && c.site0 == back) || (c.sites > 1 && c.site1 == back)) return true;
  if (c.sites == 2) return false;
  if (c.sites) c.site1 = back;
  else c.site0 = back;
  c.sites++;
  return true;
}

/** Where the RET `i` at `place` may go, the likeliest first; NO_PLACE: no more. Out of the root it may go where it went last. */
export function returnOf(place: u32, i: Insn, choice: u32): u32 {
  const n = contextOf(place);
  const c = context(n);
  if (n || !c.sites) {
    if (!choice) return n ? c.back : notedTarget(place, i);
    choice--;
  }
  if (choice >= c.sites) return NO_PLACE;
  return choice ? c.site1 : c.site0;
}
