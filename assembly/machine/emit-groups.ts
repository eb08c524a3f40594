/**
 * Groups of accesses: what a block accesses at constant distances from one origin (machine/emit-origins.ts), a stack frame or
 * a structure, is looked up in the TLB once, for all its bytes. The survey of a block notes its accesses and plans; while the
 * block is written, a group opens with its first access, and holds on in blocks that nothing else leads to.
 */
import { MEMORY_JIT_ACCESSES, MEMORY_JIT_GROUPS, MEMORY_JIT_SNAPSHOTS } from '../shared/memory-map';
import { newOrigins, ORIGINS_SIZE, restoreOrigins, saveOrigins } from './emit-origins';

/** Bytes that a group has at most: the more, the likelier it lies across the end of a page. */
const SPAN_MAX: i32 = 256;
const ACCESSES_MAX: u32 = 512;

/** An access of a block: where from its origin it begins; then, from there, the bytes of its group. */
@unmanaged
class Access {
  origin: u32;
  at: i32;
  low: i32;
  high: i32;
  write: u32;
}

const ACCESS_SIZE: usize = 20;

/** A group whose host address is in a local. */
@unmanaged
export class Group {
  origin: u32;
  low: i32;
  high: i32;
  write: u32;
}

const GROUP_SIZE: usize = 16;
export const GROUPS_MAX: u32 = 8;
export const NO_GROUP: u32 = 0xff;
/** Behind the groups: the place that the next one takes, and accesses noted so far. */
const NEXT: usize = <usize>MEMORY_JIT_GROUPS + <usize>GROUPS_MAX * GROUP_SIZE;
const NOTED: usize = NEXT + 4;
const GROUPS_SIZE: usize = <usize>GROUPS_MAX * GROUP_SIZE + 4;

function access(n: u32): Access {
  return changetype<Access>(<usize>MEMORY_JIT_ACCESSES + <usize>n * ACCESS_SIZE);
}
export function group(n: u32): Group {
  return changetype<Group>(<usize>MEMORY_JIT_GROUPS + <usize>n * GROUP_SIZE);
}

export function beginAccesses(): void {
  store<u32>(NOTED, 0);
}
export function accessCount(): u32 {
  return load<u32>(NOTED);
}
/** Notes an access; false if there are too many. */
export function noteAccess(origin: u32, at: i32, bytes: i32, write: bool): bool {
  const n = accessCount();
  if (n == ACCESSES_MAX) return false;
  store<u32>(NOTED, n + 1);
  const noted = access(n);
  noted.origin = origin;
  noted.at = at;
  noted.low = 0;
  noted.high = bytes;
  noted.write = write ? 1 : 0;
  return true;
}

/** Plans the groups of the block that noted the accesses from `first` on: each takes in what follows it, as far as the span allows. */
export function planGroups(first: u32): void {
  const end = accessCount();
  for (let n = first; n < end; n++) {
    const lead = access(n);
    // Accesses behind this one are still as they were noted.
    for (let k = n + 1; k < end; k++) {
      const other = access(k);
      if (other.origin != lead.origin) continue;
      const low = min<i32>(lead.low, other.at - lead.at);
      const high = max<i32>(lead.high, other.at - lead.at + other.high);
      if (high - low > SPAN_MAX) continue;
      lead.low = low;
      lead.high = high;
      lead.write |= other.write;
    }
  }
}

/** Where paths meet, nothing is known. */
export function closeGroups(): void {
  newOrigins();
  for (let n: u32 = 0; n < GROUPS_MAX; n++) group(n).high = i32.MIN_VALUE;
}

/** The open group that holds these bytes, or NO_GROUP. */
export function findGroup(origin: u32, at: i32, bytes: i32, write: bool): u32 {
  for (let n: u32 = 0; n < GROUPS_MAX; n++) {
    const open = group(n);
    if (open.high < at + bytes || open.origin != origin || at < open.low) continue;
    if (!write || open.write) return n;
  }
  return NO_GROUP;
}

/**
 * Opens the group that was planned for access `n`, which is at `at` from `origin`; the one that is open longest makes room.
 * With `alone` != 0 it is for these bytes alone.
 */
export function openGroup(n: u32, origin: u32, at: i32, alone: i32, write: bool): u32 {
  const place = load<u32>(NEXT);
  store<u32>(NEXT, (place + 1) % GROUPS_MAX);
  const planned = access(n);
  const open = group(place);
  open.origin = origin;
  open.low = alone ? at : at + planned.low;
  open.high = alone ? at + alone : at + planned.high;
  open.write = alone ? (write ? 1 : 0) : planned.write;
  return place;
}

function snapshot(n: u32): usize {
  return <usize>MEMORY_JIT_SNAPSHOTS + <usize>n * (GROUPS_SIZE + ORIGINS_SIZE);
}
/** Keeps groups and origins as snapshot `n`, for a path that is written later, and brings them back. */
export function saveGroups(n: u32): void {
  memory.copy(snapshot(n), MEMORY_JIT_GROUPS, GROUPS_SIZE);
  saveOrigins(snapshot(n) + GROUPS_SIZE);
}
export function restoreGroups(n: u32): void {
  memory.copy(MEMORY_JIT_GROUPS, snapshot(n), GROUPS_SIZE);
  restoreOrigins(snapshot(n) + GROUPS_SIZE);
}
