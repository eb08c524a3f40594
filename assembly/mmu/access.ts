/**
 * Memory accesses that the fast path does not settle: TLB misses, page crossings, MMIO, code pages, segment checks,
 * alignment checks and data breakpoints. Every check comes before the first byte changes.
 */
import * as S from '../shared/state';
import { EXCEPTION_AC } from '../shared/exception';
import { CR0_AM, FLAG_AC } from '../shared/register-bits';
import { PAGE_DECODED, PAGE_READABLE, PAGE_WRITABLE } from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { checkDataBreakpoints } from '../cpu/debug';
import { bytesAt, logStore, plainRead, plainWrite, setBytes } from '../jit/lockstep-log';
import { ACCESS_AC, ACCESS_USER, ACCESS_WRITE, bankOf, NO_TRANSLATION, translate } from './paging';
import { physicalEntry, readPhysical, writePhysical } from './physical';
import { segmentAllows } from './segmentation';

/** Kind of an explicit access at privilege level `cpl`. */
export function accessAt(m: Eval, cpl: u32): u32 {
  if (cpl == 3) return ACCESS_USER;
  return m.flagsWord & FLAG_AC ? ACCESS_AC : 0;
}

function userAccess(m: Eval): u32 {
  return accessAt(m, m.cpl);
}

/** Alignment check (SDM vol. 3A 6.15, #AC): only at CPL 3 with CR0.AM and EFLAGS.AC. */
function aligned(m: Eval, la: u64, size: u32): bool {
  if (!(<u32>la & (size - 1)) || m.cpl != 3) return true;
  if (!(m.flagsWord & FLAG_AC) || !(m.cr0 & CR0_AM)) return true;
  m.raiseError(EXCEPTION_AC, 0);
  return false;
}

export function loadSlow(m: Eval, segment: u32, ea: u64, size: u32): u64 {
  const host = plainRead(m, segment, ea, size);
  if (host) return bytesAt(host, size);
  if (!segmentAllows(m, segment, ea, size, false)) return 0;
  const la = m.linear(segment, ea);
  if (!aligned(m, la, size)) return 0;
  const v = loadLinear(m, la, size, userAccess(m));
  if (!m.fault) checkDataBreakpoints(m, la, size, false);
  return v;
}

export function storeSlow(m: Eval, segment: u32, ea: u64, size: u32, v: u64): void {
  const host = plainWrite(m, segment, ea, size);
  if (host) return setBytes(host, size, v);
  if (!segmentAllows(m, segment, ea, size, true)) return;
  const la = m.linear(segment, ea);
  if (!aligned(m, la, size)) return;
  storeLinear(m, la, size, v, userAccess(m));
  if (!m.fault) checkDataBreakpoints(m, la, size, true);
}

export function rmwSlow(m: Eval, segment: u32, ea: u64, size: u32): u64 {
  const host = plainWrite(m, segment, ea, size);
  if (host) {
    store<u32>(m.at, <u32>host, S.STATE_RMW_HOST);
    return bytesAt(host, size);
  }
  if (!segmentAllows(m, segment, ea, size, true)) return 0;
  const la = m.linear(segment, ea);
  if (!aligned(m, la, size)) return 0;
  const access = userAccess(m) | ACCESS_WRITE;
  const pa = translate(m, la, access);
  if (pa == NO_TRANSLATION) return 0;
  store<u64>(m.at, la, S.STATE_RMW_LINEAR);
  store<u32>(m.at, 0, S.STATE_RMW_HOST);
  checkDataBreakpoints(m, la, size, true);
  if (crosses(la, size)) {
    if (translate(m, lastPage(m, la, size), access) == NO_TRANSLATION) return 0;
    return loadLinear(m, la, size, userAccess(m));
  }
  const entry = physicalEntry(pa >> 12);
  if ((entry & (PAGE_READABLE | PAGE_WRITABLE | PAGE_DECODED)) == (PAGE_READABLE | PAGE_WRITABLE)) {
    const at = (entry & ~0xfff) | (<u32>pa & 0xfff);
    store<u32>(m.at, at, S.STATE_RMW_HOST);
    logStore(at, size);
  }
  return readPhysical(m, pa, size);
}

/** The write half of rmwSlow, which has checked the same bytes. */
export function storeRmwSlow(m: Eval, size: u32, v: u64): void {
  storeLinear(m, load<u64>(m.at, S.STATE_RMW_LINEAR), size, v, userAccess(m));
}

function crosses(la: u64, size: u32): bool {
  return (<u32>la & 0xfff) + size > 0x1000;
}

/** First byte of the page that holds the last byte of the access. */
function lastPage(m: Eval, la: u64, size: u32): u64 {
  const last = (la + size - 1) & ~0xfff;
  // Descriptor tables and the TSS may lie above 4 GB in compatibility mode, where the mask is that of the program.
  return la >> 32 ? last : last & load<u64>(m.at, S.STATE_LINEAR_MASK);
}

/** Reads 1 to 8 bytes at a linear address with the given access rights (ACCESS_USER, ACCESS_AC or 0: implicit). */
export function loadLinear(m: Eval, la: u64, size: u32, access: u32): u64 {
  const pa = translate(m, la, access);
  if (pa == NO_TRANSLATION) return 0;
  if (!crosses(la, size)) return readPhysical(m, pa, size);
  const second = translate(m, lastPage(m, la, size), access);
  if (second == NO_TRANSLATION) return 0;
  const head = 0x1000 - (<u32>la & 0xfff);
  return readPhysical(m, pa, head) | (readPhysical(m, second, size - head) << (head << 3));
}

/** Writes 1 to 8 bytes. The frames of interrupts and exceptions are written so, to a stack that is used again and again. */
export function storeLinear(m: Eval, la: u64, size: u32, v: u64, access: u32): void {
  const e = m.at + bankOf(m, access) + (<usize>(la >> 7) & 0x1ffe0);
  if (load<u64>(e, S.TLB_TAG_WRITE) == ((la + (size - 1)) & ~0xfff)) {
    const host = <usize>la + load<u32>(e, S.TLB_ADDEND);
    logStore(host, size);
    return setBytes(host, size, v);
  }
  const pa = translate(m, la, access | ACCESS_WRITE);
  if (pa == NO_TRANSLATION) return;
  if (!crosses(la, size)) {
    writePhysical(m, pa, size, v);
    return;
  }
  const second = translate(m, lastPage(m, la, size), access | ACCESS_WRITE);
  if (second == NO_TRANSLATION) return;
  const head = 0x1000 - (<u32>la & 0xfff);
  writePhysical(m, pa, head, v);
  writePhysical(m, second, size - head, v >> (head << 3));
}

/** Descriptor tables, TSS and interrupt stacks are accessed as supervisor whatever the CPL (SDM vol. 3A 4.6). */
export function loadSystem<T>(m: Eval, la: u64): u64 {
  const e = m.at + S.TLB_SUPERVISOR + (<usize>(la >> 7) & 0x1ffe0);
  if (load<u64>(e, S.TLB_TAG_READ) == ((la + (sizeof<T>() - 1)) & ~0xfff)) {
    return <u64>load<T>(<usize>la + load<u32>(e, S.TLB_ADDEND));
  }
  return loadLinear(m, la, sizeof<T>(), 0);
}

export function storeSystem<T>(m: Eval, la: u64, v: u64): void {
  storeLinear(m, la, sizeof<T>(), v, 0);
}
