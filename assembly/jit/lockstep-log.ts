/**
 * What a compared run wrote (jit/lockstep.ts). While a log is open STATE_TLB is the bank that stays empty, so everything but
 * compiled code goes through the slow paths of mmu/, which look here first whether it would have been a fast one.
 */
import * as S from '../shared/state';
import {
  LOCKSTEP_COMPILED_LOG,
  LOCKSTEP_COMPILED_LOG_SIZE,
  LOCKSTEP_INTERPRETED_LOG_SIZE,
  LOCKSTEP_LOG,
  LOCKSTEP_SPOILT,
  LOG_BYTES,
  LOG_CACHE,
  LOG_ENTRY_SIZE,
  LOG_HEAD,
  LOG_HOST,
  LOG_NEW,
  LOG_OLD,
} from '../shared/lockstep';
import { divergence } from '../cpu/host';
import { Eval } from '../machine/eval';

export function isLogging(): bool {
  return load<u32>(LOCKSTEP_LOG) != 0;
}

export function openLog(log: usize): void {
  store<u32>(log, 0);
  store<u32>(LOCKSTEP_LOG, <u32>log);
}
export function closeLog(): void {
  store<u32>(LOCKSTEP_LOG, 0);
}

/** The run cannot be compared. */
export function spoil(): void {
  store<u32>(LOCKSTEP_SPOILT, 1);
}

/** `bytes` bytes (at most 16) at a host address are about to be written. */
export function logStore(host: usize, bytes: u32): void {
  if (!isLogging()) return;
  if (bytes > 8) {
    append(host, 8, 0);
    append(host + 8, bytes - 8, 0);
  } else append(host, bytes, 0);
}

/** So is a TLB entry. The guest cannot see it, but whether the next run walks the page tables depends on it. */
export function logTlbEntry(entry: usize): void {
  if (!isLogging()) return;
  for (let n: usize = 0; n < <usize>S.TLB_ENTRY_SIZE; n += 8) append(entry + n, 8, LOG_CACHE);
}

function append(host: usize, bytes: u32, kind: u32): void {
  const log = <usize>load<u32>(LOCKSTEP_LOG);
  const count = load<u32>(log);
  const isCompiled = log == LOCKSTEP_COMPILED_LOG;
  const size: u32 = isCompiled ? LOCKSTEP_COMPILED_LOG_SIZE : LOCKSTEP_INTERPRETED_LOG_SIZE;
  if (<u32>LOG_HEAD + (count + 1) * <u32>LOG_ENTRY_SIZE > size) {
    if (!isCompiled) divergence();
    return spoil();
  }
  const e = entryAt(log, count);
  store<u32>(e, <u32>host, LOG_HOST);
  store<u32>(e, bytes | kind, LOG_BYTES);
  store<u64>(e, bytesAt(host, bytes), LOG_OLD);
  store<u32>(log, count + 1);
}

function entryAt(log: usize, n: u32): usize {
  return log + LOG_HEAD + <usize>n * LOG_ENTRY_SIZE;
}

export function bytesAt(host: usize, bytes: u32): u64 {
  if (bytes == 8) return load<u64>(host);
  if (bytes == 4) return <u64>load<u32>(host);
  let v: u64 = 0;
  for (let n: u32 = 0; n < bytes; n++) v |= (<u64>load<u8>(host + n)) << (n << 3);
  return v;
}

export function setBytes(host: usize, bytes: u32, v: u64): void {
  if (bytes == 8) store<u64>(host, v);
  else for (let n: u32 = 0; n < bytes; n++) store<u8>(host + n, <u8>(v >> (n << 3)));
}

/** Notes what is there now. */
export function noteNew(log: usize): void {
  const count = load<u32>(log);
  for (let n: u32 = 0; n < count; n++) {
    const e = entryAt(log, n);
    store<u64>(e, bytesAt(<usize>load<u32>(e, LOG_HOST), load<u32>(e, LOG_BYTES) & 0xff), LOG_NEW);
  }
}

/** Takes the writes back; of caches only if `caches`. */
export function undo(log: usize, caches: bool): void {
  for (let n = load<u32>(log); n-- > 0;) {
    const e = entryAt(log, n);
    const bytes = load<u32>(e, LOG_BYTES);
    if (caches || !(bytes & LOG_CACHE)) setBytes(<usize>load<u32>(e, LOG_HOST), bytes & 0xff, load<u64>(e, LOG_OLD));
  }
}

/** Makes memory as it was when noteNew() looked. */
export function redo(log: usize): void {
  const count = load<u32>(log);
  for (let n: u32 = 0; n < count; n++) {
    const e = entryAt(log, n);
    const bytes = load<u32>(e, LOG_BYTES);
    if (!(bytes & LOG_CACHE)) setBytes(<usize>load<u32>(e, LOG_HOST), bytes, load<u64>(e, LOG_NEW));
  }
}

/** Is memory as it was when noteNew() looked? */
export function agrees(log: usize): bool {
  const count = load<u32>(log);
  for (let n: u32 = 0; n < count; n++) {
    const e = entryAt(log, n);
    const bytes = load<u32>(e, LOG_BYTES);
    if (bytes & LOG_CACHE) continue;
    if (bytesAt(<usize>load<u32>(e, LOG_HOST), bytes) != load<u64>(e, LOG_NEW)) return false;
  }
  return true;
}

// ── Accesses that are fast ones outside of compared runs ─────────────────────────────────────────────────────────

/** Host address that a plain read would use; 0 if there is none, or no log is open. */
export function plainRead(m: Eval, segment: u32, ea: u64, size: u32): usize {
  return isLogging() ? plain(m, segment, ea, size, S.TLB_TAG_READ, S.SEGMENT_FAST_READ) : 0;
}

/** The same for a write, which is logged. */
export function plainWrite(m: Eval, segment: u32, ea: u64, size: u32): usize {
  if (!isLogging()) return 0;
  const host = plain(m, segment, ea, size, S.TLB_TAG_WRITE, S.SEGMENT_FAST_WRITE);
  if (host) logStore(host, size);
  return host;
}

/** Would a write of `bytes` bytes be a plain one? */
export function isPlainWrite(m: Eval, segment: u32, ea: u64, bytes: u32): bool {
  return isLogging() && plain(m, segment, ea, bytes, S.TLB_TAG_WRITE, S.SEGMENT_FAST_WRITE) != 0;
}

function plain(m: Eval, segment: u32, ea: u64, size: u32, tag: usize, bound: usize): usize {
  const la = m.linear(segment, ea);
  const e = <usize>load<u32>(m.at, S.STATE_LOCKSTEP_TLB) + (<usize>(la >> 7) & 0x1ffe0);
  if (load<u64>(e + tag) != ((la + (size - 1)) & ~0xfff)) return 0;
  if (<i64>(ea + (size - 1)) > load<i64>(m.segmentAt(segment) + S.STATE_SEGMENTS + bound)) return 0;
  return <usize>la + load<u32>(e, S.TLB_ADDEND);
}
