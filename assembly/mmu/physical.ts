/**
 * The physical address space: 4 KB pages below 4 GB are RAM or ROM with a host address, everything else is MMIO.
 */
import * as S from '../shared/state';
import { MEMORY_PHYSICAL_MAP, PAGE_DECODED, PAGE_READABLE, PAGE_WRITABLE } from '../shared/memory-map';
import { mmioRead, mmioWrite } from '../cpu/host';
import { lapicCovers, lapicRead, lapicWrite } from '../cpu/lapic';
import { Eval } from '../machine/eval';
import { invalidateCode } from '../decode/code-page';
import { logStore } from '../jit/lockstep-log';

/** Entry of the physical map: host address of the page | PAGE_*; 0 where no memory is. */
export function physicalEntry(frame: u64): u32 {
  if (frame >= 0x100000) return 0;
  return load<u32>(<usize>MEMORY_PHYSICAL_MAP + ((<usize>frame) << 2));
}

export function mapPages(firstFrame: u32, pages: u32, host: usize, bits: u32): void {
  for (let n: u32 = 0; n < pages; n++) {
    store<u32>(<usize>MEMORY_PHYSICAL_MAP + ((firstFrame + n) << 2), host == 0 ? 0 : <u32>(host + (n << 12)) | bits);
  }
}

/** A20 gate: with the gate closed, address line 20 is held low (the 8086's wrap at 1 MB). */
export function gateA20(m: Eval, pa: u64): u64 {
  return pa & (0xffffffff00000000 | <u64>load<u32>(m.at, S.STATE_A20_MASK));
}

/** Reads 1 to 8 bytes that lie in one page. */
export function readPhysical(m: Eval, pa: u64, size: u32): u64 {
  const entry = physicalEntry(pa >> 12);
  if (entry & PAGE_READABLE) {
    const host = <usize>((entry & ~0xfff) | (<u32>pa & 0xfff));
    if (size == 4) return <u64>load<u32>(host);
    if (size == 1) return <u64>load<u8>(host);
    if (size == 2) return <u64>load<u16>(host);
    if (size == 8) return load<u64>(host);
    return readBytes(host, size);
  }
  return readMmio(m, pa, size);
}

function readBytes(host: usize, size: u32): u64 {
  let v: u64 = 0;
  for (let n: u32 = 0; n < size; n++) v |= (<u64>load<u8>(host + n)) << (n << 3);
  return v;
}

/** Entry of a page table; all ones where no memory is. */
export function readTable(pa: u64, size: u32): u64 {
  const entry = physicalEntry(pa >> 12);
  if (!(entry & PAGE_READABLE)) return 0xffffffffffffffff;
  const host = <usize>((entry & ~0xfff) | (<u32>pa & 0xfff));
  return size == 8 ? load<u64>(host) : <u64>load<u32>(host);
}

/**
 * A device sees the time of the very instruction that touches it, so MMIO happens only while one instruction runs by
 * itself; otherwise the instruction is taken back and runs again that way.
 */
function mustRestart(m: Eval): bool {
  if (load<u32>(m.at, S.STATE_EXACT)) return false;
  m.raise(S.FAULT_RESTART - 1);
  return true;
}

function readMmio(m: Eval, pa: u64, size: u32): u64 {
  if (mustRestart(m)) return 0;
  if (lapicCovers(m, pa)) return <u64>lapicRead(m, <u32>pa & 0xfff);
  if (size == 8) return <u64>(<u32>mmioRead(<f64>pa, 4)) | ((<u64>(<u32>mmioRead(<f64>(pa + 4), 4))) << 32);
  if (size == 4 || size == 2 || size == 1) return <u64>(<u32>mmioRead(<f64>pa, size)) & (((<u64>1) << (size << 3)) - 1);
  let v: u64 = 0;
  for (let n: u32 = 0; n < size; n++) v |= (<u64>(mmioRead(<f64>(pa + n), 1) & 0xff)) << (n << 3);
  return v;
}

/** Writes 1 to 8 bytes that lie in one page; code decoded from them is dropped. */
export function writePhysical(m: Eval, pa: u64, size: u32, v: u64): void {
  const entry = physicalEntry(pa >> 12);
  if (entry & PAGE_WRITABLE) {
    const host = <usize>((entry & ~0xfff) | (<u32>pa & 0xfff));
    logStore(host, size);
    if (size == 4) store<u32>(host, <u32>v);
    else if (size == 1) store<u8>(host, <u8>v);
    else if (size == 2) store<u16>(host, <u16>v);
    else if (size == 8) store<u64>(host, v);
    else for (let n: u32 = 0; n < size; n++) store<u8>(host + n, <u8>(v >> (n << 3)));
    if (entry & PAGE_DECODED) invalidateCode(m, <u32>(pa >> 12), <u32>pa & 0xfff, size);
    return;
  }
  if (!(entry & PAGE_READABLE)) writeMmio(m, pa, size, v); // writes to ROM are ignored
}

function writeMmio(m: Eval, pa: u64, size: u32, v: u64): void {
  if (mustRestart(m)) return;
  if (lapicCovers(m, pa)) {
    lapicWrite(m, <u32>pa & 0xfff, <u32>v);
    m.resync();
    return;
  }
  if (size == 8) {
    mmioWrite(<f64>pa, 4, <i32>v);
    mmioWrite(<f64>(pa + 4), 4, <i32>(v >> 32));
    return;
  }
  if (size == 4 || size == 2 || size == 1) {
    mmioWrite(<f64>pa, size, <i32>v);
    return;
  }
  for (let n: u32 = 0; n < size; n++) mmioWrite(<f64>(pa + n), 1, <i32>(v >> (n << 3)) & 0xff);
}
