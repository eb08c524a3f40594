/**
 * Exits of compiled code. A region returns EXIT_TO_RIP, or the address of a record that says where the guest is: at which
 * micro-op, and how many instructions that the region had already counted did not run.
 */
import { MEMORY_JIT_EXITS, MEMORY_JIT_EXITS_END } from '../shared/memory-map';

/** In place of a record: all counted instructions ran, and STATE_RIP says where to go on. */
export const EXIT_TO_RIP: usize = 0;
export { EXIT_ATTENTION, EXIT_END, EXIT_NEXT } from '../shared/region-notes';

@unmanaged
@final
export class Exit {
  uop: u32;
  /** Instructions counted, but not run. */
  unused: u16;
  /** EXIT_*. */
  type: u8;
  /** Where a group of accesses was looked up: general register, what is added to it, and bytes; 0 bytes: no group. */
  register: u8;
  first: i32;
  bytes: i32;
}

const EXIT_SIZE: usize = 16;
/** The first word of the arena is the next free record's address; 0 before anything was compiled. */
const FIRST: usize = <usize>MEMORY_JIT_EXITS + EXIT_SIZE;
/** Bytes of a module's records at most, and more than one region can have. */
export const EXITS_OF_MODULE: u32 = 0x80000;
const EXITS_OF_REGION: u32 = 0x10000;

/** The next record is the arena's first. */
export function resetExits(): void {
  store<u32>(MEMORY_JIT_EXITS, <u32>FIRST);
}

/** Is there room for a module's exits in front of the arena's end? */
export function exitRoom(): bool {
  return <usize>load<u32>(MEMORY_JIT_EXITS) + EXITS_OF_MODULE <= <usize>MEMORY_JIT_EXITS_END;
}
/** Is there room for another region's, of what the module that began at `first` has? */
export function regionExitRoom(first: usize): bool {
  return nextExit() + EXITS_OF_REGION <= first + EXITS_OF_MODULE;
}

export function nextExit(): usize {
  return <usize>load<u32>(MEMORY_JIT_EXITS);
}

/** Gives back the records from `at` on. */
export function dropExits(at: usize): void {
  store<u32>(MEMORY_JIT_EXITS, <u32>at);
}

export function makeExit(uop: usize, unused: u32, type: u32): usize {
  const at = nextExit();
  const exit = changetype<Exit>(at);
  exit.uop = <u32>uop;
  exit.unused = <u16>unused;
  exit.type = <u8>type;
  exit.bytes = 0;
  store<u32>(MEMORY_JIT_EXITS, <u32>(at + EXIT_SIZE));
  return at;
}
