/**
 * The TLB: two direct-mapped banks (supervisor, user) of TLB_ENTRIES. An entry's three tags hold the linear page if a
 * plain read, write or fetch may use the host address, and a value that no page has otherwise, so that the fast path is
 * one compare: MMIO, pages with decoded code (for writes) and pages whose D bit is still clear never match.
 */
import * as S from '../shared/state';
import { PAGE_DECODED, PAGE_READABLE, PAGE_WRITABLE } from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { physicalEntry } from './physical';

const NO_MATCH: u64 = 0xffffffffffffffff;
/** Bits of TLB_FRAME beside the frame number. */
const FRAME_GLOBAL: u32 = 0x80000000;
const FRAME_LARGE: u32 = 0x40000000;
const LOG_CAPACITY: u32 = 2000;
const LOG_OVERFLOW: u32 = 0xffffffff;

/** What a page walk found out beside the address. */
export const RIGHT_WRITE: u32 = 1;
export const RIGHT_EXECUTE: u32 = 2;
export const RIGHT_GLOBAL: u32 = 4;
export const RIGHT_LARGE: u32 = 8;

function slot(la: u64): usize {
  return <usize>(la >> 12) & (S.TLB_ENTRIES - 1);
}

/** Enters the translation la -> pa; `rights` are those of the bank's privilege. */
export function tlbFill(m: Eval, user: bool, la: u64, pa: u64, rights: u32): void {
  const entry = physicalEntry(pa >> 12);
  if (!(entry & PAGE_READABLE)) return;
  const page = la & ~0xfff;
  const n = slot(la);
  const e = m.at + (user ? S.TLB_USER : S.TLB_SUPERVISOR) + n * S.TLB_ENTRY_SIZE;
  const writable = (rights & RIGHT_WRITE) != 0 && (entry & (PAGE_WRITABLE | PAGE_DECODED)) == PAGE_WRITABLE;
  store<u64>(e, page, S.TLB_TAG_READ);
  store<u64>(e, writable ? page : NO_MATCH, S.TLB_TAG_WRITE);
  store<u64>(e, rights & RIGHT_EXECUTE ? page : NO_MATCH, S.TLB_TAG_EXECUTE);
  store<u32>(e, (entry & ~0xfff) - <u32>page, S.TLB_ADDEND);
  let frame = <u32>(pa >> 12);
  if (rights & RIGHT_GLOBAL) frame |= FRAME_GLOBAL;
  if (rights & RIGHT_LARGE) frame |= FRAME_LARGE;
  store<u32>(e, frame, S.TLB_FRAME);
  store<u32>(m.at + (user ? S.TLB_CODE_USER : S.TLB_CODE_SUPERVISOR) + (n << 2), 0);
  log(m, user, <u32>n);
}

function log(m: Eval, user: bool, n: u32): void {
  const at = m.at + (user ? S.TLB_LOG_USER : S.TLB_LOG_SUPERVISOR);
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
  flushBank(m, false, keepGlobal);
  flushBank(m, true, keepGlobal);
  m.resync();
}

function flushBank(m: Eval, user: bool, keepGlobal: bool): void {
  const bank = m.at + (user ? S.TLB_USER : S.TLB_SUPERVISOR);
  const at = m.at + (user ? S.TLB_LOG_USER : S.TLB_LOG_SUPERVISOR);
  const count = load<u32>(at);
  if (count == LOG_OVERFLOW) {
    if (keepGlobal) dropWhere(bank, S.TLB_ENTRIES, 0, FRAME_GLOBAL, 0);
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

/** Drops the first `entries` entries of a bank for which (frame & mask) == value and the 4 MB region matches if asked. */
function dropWhere(bank: usize, entries: u32, la: u64, mask: u32, value: u32, region: bool = false): void {
  for (let n: u32 = 0; n < entries; n++) {
    const e = bank + n * S.TLB_ENTRY_SIZE;
    if ((load<u32>(e, S.TLB_FRAME) & mask) != value) continue;
    if (region && ((load<u64>(e, S.TLB_TAG_READ) ^ la) & ~0x3fffff) != 0) continue;
    dropEntry(e);
  }
}

/**
 * INVLPG. Pages of a large translation are cached piecewise, so all pieces of the 4 MB region go (SDM vol. 3A 4.10.4.1:
 * the instruction invalidates the translation for the page, whatever its size; dropping more is always allowed).
 */
export function invalidatePage(m: Eval, la: u64): void {
  const n = slot(la);
  dropEntry(m.at + S.TLB_SUPERVISOR + n * S.TLB_ENTRY_SIZE);
  dropEntry(m.at + S.TLB_USER + n * S.TLB_ENTRY_SIZE);
  dropWhere(m.at + S.TLB_SUPERVISOR, S.TLB_ENTRIES, la, FRAME_LARGE, FRAME_LARGE, true);
  dropWhere(m.at + S.TLB_USER, S.TLB_ENTRIES, la, FRAME_LARGE, FRAME_LARGE, true);
  m.resync();
}

/** Micro-ops were decoded from a page: stores to it must leave the fast path. */
export function tlbProtect(m: Eval, frame: u32): void {
  for (let bank = m.at + S.TLB_SUPERVISOR; bank <= m.at + S.TLB_USER; bank += S.TLB_BANK_SIZE) {
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
}
