// The contract of every device (chip) of the machine, and the errors that may leave one.
// A device sees offsets into its regions, its interrupt lines, virtual time, guest memory and the log: no CPU, no DOM, no wall clock.
import type { Clock } from './clock.ts';
import type { IrqLine } from './irq.ts';
import type { Log } from './log.ts';
import type { GuestMemory } from './memory.ts';

export type Width = 1 | 2 | 4;
export type Space = 'pio' | 'mmio';
export type ResetKind = 'cold' | 'warm';

/** Both directions of an access. Values are unsigned: a read answers 0 .. 2^(8*width)-1, the bus masks what a handler returns. */
export interface IoHandler {
  read(offset: number, width: Width): number;
  write(offset: number, width: Width, value: number): void;
}

export interface Region extends IoHandler {
  readonly space: Space;
  /** What the log, the inspector and `info mtree` call it: 'uart0', 'pic.elcr'. */
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** The widest access the handler takes. Wider ones are split by the bus, lowest address first; narrower ones come as they are. */
  readonly width: Width;
  /** Only aligned 32-bit accesses are decoded, others fall through to the region under it (0xCF8 of a PCI host bridge, over 0xCF9). */
  readonly dwordOnly?: boolean;
}

export interface RegisterBits {
  readonly name: string;
  readonly low: number;
  /** Highest bit of the field; omitted for a single bit. */
  readonly high?: number;
}

/** One register, as data: draws the inspector pane and the documentation. */
export interface Register {
  readonly name: string;
  /** Offset in the region, or the index for registers behind an index port. */
  readonly offset: number;
  readonly access: 'ro' | 'wo' | 'rw';
  readonly width: Width;
  readonly section: string;
  readonly bits?: readonly RegisterBits[];
  /** The register's present value without the side effects of a read. */
  readonly peek: () => number;
}
export type RegisterTable = readonly Register[];

/** JSON-safe values plus bytes. No NaN, no Infinity: an unarmed timer is `null`. */
export type StateValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly StateValue[]
  | { readonly [key: string]: StateValue };
export interface DeviceState {
  /** Raised when the meaning of a key changes; `load` upgrades older ones or refuses with a HostError. */
  readonly version: number;
  readonly [key: string]: StateValue;
}

export interface DeviceContext {
  /** The device's interrupt output; `pin` counts them for chips with several. */
  irq(pin?: number): IrqLine;
  readonly clock: Clock;
  readonly memory: GuestMemory;
  readonly log: Log;
}

export interface Device {
  /** 'uart0': its name in QMP, snapshots and links. */
  readonly id: string;
  readonly registers: RegisterTable;
  regions(): readonly Region[];
  reset(kind: ResetKind): void;
  save(): DeviceState;
  load(state: DeviceState): void;
}

/** Something the user can act on: which image, which flag, what was expected. The message is one sentence. */
export class HostError extends Error {
  override name = 'HostError';
}

/** A mistake of ours: the machine stops with a dump that can be replayed. */
export class Bug extends Error {
  override name = 'Bug';
}

export function assert(claim: boolean, message: string): asserts claim {
  if (!claim) throw new Bug(message);
}

/** All ones of a width: what an undriven bus reads as. */
export function allOnes(width: Width): number {
  if (width === 4) return 0xffffffff;
  return width === 2 ? 0xffff : 0xff;
}

/** A register as a row: name, offset, access, width in bytes, section of the manual, peek, bit names from bit 0 up. */
export type RegisterRow = readonly [
  name: string,
  offset: number,
  access: Register['access'],
  width: Width,
  section: string,
  peek: () => number,
  bits?: string,
];

/** Rows to registers. In bit names '-' is a reserved bit and 'RW:2' a field of two. */
export function registerTable(manual: string, rows: readonly RegisterRow[]): RegisterTable {
  return rows.map(([name, offset, access, width, section, peek, bits]) => {
    const register = { name, offset, access, width, section: `${manual}, ${section}`, peek };
    return bits === undefined ? register : { ...register, bits: bitFields(bits) };
  });
}

function bitFields(names: string): readonly RegisterBits[] {
  const fields: RegisterBits[] = [];
  let low = 0;
  for (const text of names.split(' ')) {
    const [name = '-', size = '1'] = text.split(':');
    const count = Number(size);
    if (name !== '-') fields.push(count === 1 ? { name, low } : { name, low, high: low + count - 1 });
    low += count;
  }
  return fields;
}
