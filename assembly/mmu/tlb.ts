/**
 * The TLB: direct-mapped banks of TLB_ENTRIES for supervisor and user accesses, and one for supervisor accesses with
 * EFLAGS.AC set while CR4.SMAP is: the supervisor bank proper never lets a data access to a user page pass then, so that AC
 * may change without a flush. An entry's three tags hold the linear page if a
 * plain read, write or fetch may use the host address, and a value that no page has otherwise, so that the fast path is
 * one compare: MMIO, pages with decoded code (for writes) and pages whose D bit is still clear never match.
 */
import * as S from '../shared/state';
import { NO_FRAME } from '../decode/code-page';
import { MEMORY_EMPTY_TLB, PAGE_DECODED, PAGE_READABLE, PAGE_WRITABLE } from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { logTlbEntry } from '../jit/lockstep-log';
import { physicalEntry } from './physical';

const NO_MATCH: u64 = 0xffffffffffffffff;
/** Bits of TLB_FRAME beside the frame number. */
const FRAME_GLOBAL: u32 = 0x80000000;
const FRAME_LARGE: u32 = 0x40000000;
const FRAME_HUGE: u32 = 0x20000000;
const LOG_CAPACITY: u32 = 2000;
const LOG_OVERFLOW: u32 = 0xffffffff;

/** What a page walk found out beside the address. */
export const RIGHT_WRITE: u32 = 1;
export const RIGHT_EXECUTE: u32 = 2;
export const RIGHT_GLOBAL: u32 = 4;
export const RIGHT_LARGE: u32 = 8;
export const RIGHT_HUGE: u32 = 16;
export const RIGHT_READ: u32 = 32;

function slot(la: u64): usize {
  return <usize>(la >> 12) & (S.TLB_ENTRIES - 1);
}

/** Number of a region's bit. A kernel maps all memory by large pages, so the hash must tell many regions apart. */
function regionBit(region: u64): u32 {
  return <u32>(region ^ (region >> 12)) & (S.TLB_REGIONS - 1);
}

/** Remembers that pieces of a large page are cached, which INVLPG must find. */
function noteLarge(m: Eval, la: u64, rights: u32): void {
  if (rights & RIGHT_LARGE) noteRegion(m.at + S.TLB_LARGE, la >> 22);
  if (rights & RIGHT_HUGE) noteRegion(m.at + S.TLB_HUGE, la >> 30);
}

function noteRegion(bits: usize, region: u64): void {
  const n = regionBit(region);
  const at = bits + (n >> 3);
  store<u8>(at, <u8>(load<u8>(at) | ((<u32>1) << (n & 7))));
}

/** May there be pieces of the region's large pages? */
function isNoted(bits: usize, region: u64): bool {
  const n = regionBit(region);
  return ((load<u8>(bits + (n >> 3)) >> (n & 7)) & 1) != 0;
}

function forgetLarge(m: Eval): void {
  memory.fill(m.at + S.TLB_LARGE, 0, S.TLB_REGIONS / 8);
  memory.fill(m.at + S.TLB_HUGE, 0, S.TLB_REGIONS / 8);
}

/** Enters the translation la -> pa into the bank at offset `bank`; `rights` are those of the bank's accesses. */
export function tlbFill(m: Eval, bank: u32, la: u64, pa: u64, rights: u32): void {
  const entry = physicalEntry(pa >> 12);
  if (!(entry & PAGE_READABLE)) return;
  const page = la & ~0xfff;
  const n = slot(la);
  const e = m.at + bank + n * S.TLB_ENTRY_SIZE;
  const writable = (rights & RIGHT_WRITE) != 0 && (entry & (PAGE_WRITABLE | PAGE_DECODED)) == PAGE_WRITABLE;
  logTlbEntry(e);
  store<u64>(e, rights & RIGHT_READ ? page : NO_MATCH, S.TLB_TAG_READ);
  store<u64>(e, writable ? page : NO_MATCH, S.TLB_TAG_WRITE);
  store<u64>(e, rights & RIGHT_EXECUTE ? page : NO_MATCH, S.TLB_TAG_EXECUTE);
  store<u32>(e, (entry & ~0xfff) - <u32>page, S.TLB_ADDEND);
  let frame = <u32>(pa >> 12);
  if (rights & RIGHT_GLOBAL) frame |= FRAME_GLOBAL;
  if (rights & RIGHT_LARGE) frame |= FRAME_LARGE;
  if (rights & RIGHT_HUGE) frame |= FRAME_HUGE;
  if (rights & (RIGHT_LARGE | RIGHT_HUGE)) noteLarge(m, la, rights);
  store<u32>(e, frame, S.TLB_FRAME);
  if (bank == S.TLB_SUPERVISOR) store<u32>(m.at + S.TLB_CODE_SUPERVISOR + (n << 2), 0);
  else if (bank == S.TLB_USER) store<u32>(m.at + S.TLB_CODE_USER + (n << 2), 0);
  log(m, bank, <u32>n);
}

/** Frame of the page from which the TLB lets an instruction at `la` be fetched; NO_FRAME if the tables must be asked. */
export function fetchFrame(m: Eval, la: u64): u32 {
  const e = m.at + (m.cpl == 3 ? S.TLB_USER : S.TLB_SUPERVISOR) + (<usize>(la >> 7) & 0x1ffe0);
  return load<u64>(e, S.TLB_TAG_EXECUTE) == (la & ~0xfff) ? load<u32>(e, S.TLB_FRAME) & 0xfffff : NO_FRAME;
}

/** Where the log of a bank lies. */
function logOf(m: Eval, bank: u32): usize {
  if (bank == S.TLB_USER) return m.at + S.TLB_LOG_USER;
  return m.at + (bank == S.TLB_SUPERVISOR ? S.TLB_LOG_SUPERVISOR : S.TLB_LOG_SUPERVISOR_AC);
}

function log(m: Eval, bank: u32, n: u32): void {
  const at = logOf(m, bank);
  const count = load<u32>(at);
  if (count == LOG_OVERFLOW) return;
  if (count >= LOG_CAPACITY) {
    store<u32>(at, LOG_OVERFLOW);
    return;
  }
  store<u16>(at + 4 + (count << 1), <u16>n);
  store<u32>(at, count + 1);
}

/** Drops every translation, or every one that is not global. */
export function flushTlb(m: Eval, keepGlobal: bool): void {
  flushBank(m, S.TLB_SUPERVISOR, keepGlobal);
  flushBank(m, S.TLB_USER, keepGlobal);
  flushBank(m, S.TLB_SUPERVISOR_AC, keepGlobal);
  if (!keepGlobal) forgetLarge(m);
  m.resync();
}

function flushBank(m: Eval, offset: u32, keepGlobal: bool): void {
  const bank = m.at + offset;
  const at = logOf(m, offset);
  const count = load<u32>(at);
  if (count == LOG_OVERFLOW) {
    if (keepGlobal) dropLocal(bank);
    else {
      memory.fill(bank, 0xff, S.TLB_BANK_SIZE);
      store<u32>(at, 0);
    }
    return;
  }
  let kept: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const n = load<u16>(at + 4 + (k << 1));
    const e = bank + <usize>n * S.TLB_ENTRY_SIZE;
    if (keepGlobal && load<u64>(e, S.TLB_TAG_READ) != NO_MATCH && (load<u32>(e, S.TLB_FRAME) & FRAME_GLOBAL) != 0) {
      store<u16>(at + 4 + (kept++ << 1), n);
    } else dropEntry(e);
  }
  store<u32>(at, kept);
}

function dropEntry(e: usize): void {
  store<u64>(e, NO_MATCH, S.TLB_TAG_READ);
  store<u64>(e, NO_MATCH, S.TLB_TAG_WRITE);
  store<u64>(e, NO_MATCH, S.TLB_TAG_EXECUTE);
}

/** Drops every entry that is not global. */
function dropLocal(bank: usize): void {
  for (let n: u32 = 0; n < <u32>S.TLB_ENTRIES; n++) {
    const e = bank + n * S.TLB_ENTRY_SIZE;
    if (!(load<u32>(e, S.TLB_FRAME) & FRAME_GLOBAL)) dropEntry(e);
  }
}

/** Linear page of an entry, NO_MATCH if it is empty. */
function pageOf(e: usize): u64 {
  const page = load<u64>(e, S.TLB_TAG_READ);
  return page == NO_MATCH ? load<u64>(e, S.TLB_TAG_EXECUTE) : page;
}

/** Drops the pieces of large pages (`kind` of FRAME_*) in the aligned region of 1 << shift bytes that holds `la`. */
function dropRegion(bank: usize, la: u64, shift: u64, kind: u32): void {
  const first = (la >> shift) << shift;
  const pages = min<u32>(<u32>((<u64>1) << (shift - 12)), S.TLB_ENTRIES);
  for (let k: u32 = 0; k < pages; k++) {
    const e = bank + slot(first + ((<u64>k) << 12)) * S.TLB_ENTRY_SIZE;
    if (load<u32>(e, S.TLB_FRAME) & kind && (pageOf(e) ^ la) >> shift == 0) dropEntry(e);
  }
}

function invalidateIn(m: Eval, bank: u32, la: u64): void {
  dropEntry(m.at + bank + slot(la) * S.TLB_ENTRY_SIZE);
  if (isNoted(m.at + S.TLB_LARGE, la >> 22)) dropRegion(m.at + bank, la, 22, FRAME_LARGE);
  if (isNoted(m.at + S.TLB_HUGE, la >> 30)) dropRegion(m.at + bank, la, 30, FRAME_HUGE);
}

/**
 * INVLPG. Pages of a large translation are cached piecewise, so all pieces of the 4 MB (1 GB) region go (SDM vol. 3A
 * 4.10.4.1: the instruction invalidates the translation for the page, whatever its size; dropping more is always allowed).
 */
export function invalidatePage(m: Eval, la: u64): void {
  invalidateIn(m, S.TLB_SUPERVISOR, la);
  invalidateIn(m, S.TLB_USER, la);
  invalidateIn(m, S.TLB_SUPERVISOR_AC, la);
  m.resync();
}

/** Micro-ops were decoded from a page: stores to it must leave the fast path. */
export function tlbProtect(m: Eval, frame: u32): void {
  for (let bank = m.at + S.TLB_SUPERVISOR; bank <= m.at + S.TLB_SUPERVISOR_AC; bank += S.TLB_BANK_SIZE) {
    for (let n: usize = 0; n < <usize>S.TLB_ENTRIES; n++) {
      const e = bank + n * S.TLB_ENTRY_SIZE;
      if ((load<u32>(e, S.TLB_FRAME) & 0xfffff) == frame) store<u64>(e, NO_MATCH, S.TLB_TAG_WRITE);
    }
  }
}

export function tlbReset(m: Eval): void {
  memory.fill(m.at + S.TLB_SUPERVISOR, 0xff, 3 * S.TLB_BANK_SIZE);
  store<u32>(m.at, 0, S.TLB_LOG_SUPERVISOR);
  store<u32>(m.at, 0, S.TLB_LOG_USER);
  store<u32>(m.at, 0, S.TLB_LOG_SUPERVISOR_AC);
  forgetLarge(m);
  memory.fill(MEMORY_EMPTY_TLB, 0xff, S.TLB_BANK_SIZE);
}
