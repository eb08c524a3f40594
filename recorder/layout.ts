/**
 * The guest that every recorded case runs in: its memory, the LDT, and what a case may assume of the GDT.
 *
 * 16- and 32-bit code has memory below 4 GB. 64-bit code has the same addresses with LONG added, and some of the low
 * pages too: for 32-bit addresses, for transfers to compatibility mode, and to catch addresses that lose their upper
 * half. Offsets that matter (page ends, segment limits) are chosen so that a random address aimed at a region has an edge
 * close by: mapped next to unmapped, writable next to read-only, a limit in the middle of a page.
 */
export const CODE = 0x20000000;
export const DATA = 0x21000000;
export const STACK = 0x22000000;
export const PAGE = 0x1000;

/** Code is 16-, 32- or 64-bit by its code segment. */
export type Bits = 16 | 32 | 64;
/** What is added to the addresses of 64-bit code's memory. */
export const LONG = 0x1234_0000_0000;
/** The first address that is not canonical, and the page that Linux keeps free before it (so that SYSRET is safe). */
export const NOT_CANONICAL = 0x8000_0000_0000;
export const USER_END = NOT_CANONICAL - PAGE;

export type Access = 'rx' | 'rw' | 'r';

export interface MemoryRegion {
  readonly address: number;
  readonly size: number;
  readonly access: Access;
}

/** Everything that is mapped. What lies between is not, so that the first byte after a region raises #PF. */
export const REGIONS: readonly MemoryRegion[] = [
  { address: CODE, size: 2 * PAGE, access: 'rx' },
  { address: DATA, size: 2 * PAGE, access: 'rw' },
  { address: DATA + 2 * PAGE, size: PAGE, access: 'r' },
  { address: DATA + 0xf000, size: PAGE, access: 'rw' }, // the top of a 64 KB segment, for offsets that wrap
  { address: STACK, size: PAGE, access: 'rw' },
  { address: STACK + 0xf000, size: PAGE, access: 'rw' },
];

const REGIONS_64: readonly MemoryRegion[] = [
  { address: CODE, size: PAGE, access: 'rx' },
  { address: DATA, size: 2 * PAGE, access: 'rw' },
  { address: LONG + CODE, size: 2 * PAGE, access: 'rx' },
  { address: LONG + DATA, size: 2 * PAGE, access: 'rw' },
  { address: LONG + DATA + 2 * PAGE, size: PAGE, access: 'r' },
  { address: LONG + STACK, size: PAGE, access: 'rw' },
  { address: USER_END - PAGE, size: PAGE, access: 'rw' },
];

export function regionsOf(bits: Bits): readonly MemoryRegion[] {
  return bits === 64 ? REGIONS_64 : REGIONS;
}

/** Where the code pages of a mode begin. */
export function codeBase(bits: Bits): number {
  return bits === 64 ? LONG + CODE : CODE;
}

/** The kernel's `struct user_desc` (modify_ldt(2)); the descriptor's bits by the names of SDM vol. 3A, 3.4.5. */
export interface LdtEntry {
  readonly name: string;
  readonly base: number;
  readonly limit: number;
  readonly kind: 'code' | 'data';
  /** D/B: 32-bit operands and addresses, or a 32-bit stack pointer and a 4 GB upper bound. */
  readonly big: boolean;
  readonly granular: boolean;
  readonly expandDown: boolean;
  /** Code: execute-only. Data: read-only. */
  readonly restricted: boolean;
  readonly present: boolean;
}

const PLAIN = {
  kind: 'data',
  big: false,
  granular: false,
  expandDown: false,
  restricted: false,
  present: true,
} as const;
const CODE16 = { ...PLAIN, kind: 'code', base: CODE } as const;
const CODE32 = { ...CODE16, big: true } as const;

/** Index 0 stays an empty descriptor: loading it must raise #GP. Linux sets every accessed bit and DPL 3. */
export const LDT: readonly (LdtEntry | null)[] = [
  null,
  { ...CODE16, name: 'code16', limit: 0x1fff },
  { ...CODE32, name: 'code32', limit: 0x1fff },
  { ...CODE16, name: 'code16-execute-only', limit: 0x1fff, restricted: true },
  { ...CODE32, name: 'code32-execute-only', limit: 0x1fff, restricted: true },
  { ...CODE16, name: 'code16-short', limit: 0x7ff },
  { ...CODE32, name: 'code32-short', limit: 0x7ff },
  { ...CODE32, name: 'code32-absent', limit: 0x1fff, present: false },
  { ...PLAIN, name: 'data16', base: DATA, limit: 0xffff },
  { ...PLAIN, name: 'data16-short', base: DATA + 0x10, limit: 0x7ff },
  { ...PLAIN, name: 'data16-read-only', base: DATA, limit: 0xffff, restricted: true },
  { ...PLAIN, name: 'data16-down', base: DATA - 0x800, limit: 0x0fff, expandDown: true },
  { ...PLAIN, name: 'data32-based', base: DATA - 0x1234, limit: 0xfffff, big: true, granular: true },
  { ...PLAIN, name: 'data32-down', base: DATA - 0x800, limit: 0x0fff, big: true, expandDown: true },
  { ...PLAIN, name: 'data32-pages', base: DATA + 4, limit: 0, big: true, granular: true },
  { ...PLAIN, name: 'data32-absent', base: DATA, limit: 0x1fff, big: true, present: false },
  { ...PLAIN, name: 'stack16', base: STACK, limit: 0xffff },
  { ...PLAIN, name: 'stack16-short', base: STACK, limit: 0x7ff },
  { ...PLAIN, name: 'stack16-down', base: STACK, limit: 0x7ff, expandDown: true },
  { ...PLAIN, name: 'stack32', base: STACK - 0x100, limit: 0xfffff, big: true, granular: true },
  { ...PLAIN, name: 'stack32-short', base: STACK, limit: 0x7ff, big: true },
  { ...PLAIN, name: 'stack32-down', base: STACK, limit: 0x7ff, big: true, expandDown: true },
  { ...PLAIN, name: 'stack16-read-only', base: STACK, limit: 0xffff, restricted: true },
];

/** Linux's flat user segments (GDT 4 and 5), RPL 3. */
export const USER_CODE = 0x23;
export const USER_DATA = 0x2b;
/** Linux's 64-bit code segment (GDT 6). */
export const USER_CODE_64 = 0x33;

/**
 * What a 64-bit Linux has in the first sixteen entries of the GDT, as far as user code can tell ([index, access byte,
 * flags nibble, base, limit]). Entries that are not listed are empty; the limit of the GDT is 0x7f. The harness builds
 * the same table, so that selectors into it fault alike.
 */
export const GDT: readonly (readonly [index: number, access: number, flags: number, base: number, limit: number])[] = [
  [1, 0x9b, 0xc, 0, 0xfffff],
  [2, 0x9b, 0xa, 0, 0xfffff],
  [3, 0x93, 0xc, 0, 0xfffff],
  [4, 0xfb, 0xc, 0, 0xfffff],
  [5, 0xf3, 0xc, 0, 0xfffff],
  [6, 0xfb, 0xa, 0, 0xfffff],
  [8, 0x8b, 0x0, 0, 0x67],
  [10, 0x82, 0x0, 0, 0xb7],
  [15, 0xf5, 0x4, 0, 0],
];
export const GDT_LIMIT = 0x7f;

export function ldtSelector(name: string): number {
  const index = LDT.findIndex((e) => e?.name === name);
  if (index < 0) throw new RangeError(`no LDT entry ${name}`);
  return (index << 3) | 7;
}

/** The segment behind a selector that a case may start from, as base, limit and direction. */
export interface Segment {
  readonly base: number;
  /** First and last offset that may be accessed. */
  readonly first: number;
  readonly last: number;
  readonly big: boolean;
  readonly code: boolean;
}

const FLAT: Segment = { base: 0, first: 0, last: 0xffffffff, big: true, code: false };

/** ES, CS, SS and DS in 64-bit mode, whatever their selectors (SDM vol. 3A 3.2.4); FS and GS with their bases. */
export function longSegment(base: bigint): Segment {
  return { base: Number(BigInt.asIntN(64, base)), first: 0, last: Infinity, big: true, code: false };
}

export function segmentOf(selector: number): Segment | null {
  if (selector < 4) return null;
  if ((selector & 4) === 0) return { ...FLAT, code: selector === USER_CODE };
  const e = LDT[selector >> 3];
  if (!e) return null;
  const limit = e.granular ? ((e.limit << 12) | 0xfff) >>> 0 : e.limit;
  const code = e.kind === 'code';
  if (!e.expandDown) return { base: e.base, first: 0, last: limit, big: e.big, code };
  return { base: e.base, first: limit + 1, last: e.big ? 0xffffffff : 0xffff, big: e.big, code };
}

/** Linear address of the instruction of a case. */
export function codeAddress(s: { readonly segments: Uint16Array; readonly ip: bigint }, bits: Bits): number {
  if (bits === 64) return Number(s.ip);
  return ((segmentOf(s.segments[1] as number)?.base ?? 0) + Number(s.ip)) >>> 0;
}
