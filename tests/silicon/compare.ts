/** Field by field: what silicon recorded against what the core did. */
import { fpuDifference, registerNames, registerValues } from '../../recorder/case-file.ts';
import { FX } from '../../recorder/fpu-state.ts';
import type { MappedRegion } from './address-space.ts';
import { hidden, type Hidden } from './masks.ts';
import { endedByFill, type Mismatch, type ReplayCase } from './replay-case.ts';
import type { Outcome } from './case-machine.ts';

/** RF is in the image that a fault pushes, not in the register that the instruction left. */
const RF = 0x10000;

/** #SS, #GP, #PF, #AC. */
const ACCESS_FAULTS = new Set([12, 13, 14, 17]);

const EXCEPTIONS = [
  ...[
    '#DE',
    '#DB',
    'NMI',
    '#BP',
    '#OF',
    '#BR',
    '#UD',
    '#NM',
    '#DF',
    '',
    '#TS',
    '#NP',
    '#SS',
    '#GP',
    '#PF',
    '',
    '#MF',
    '#AC',
  ],
  ...['#MC', '#XM'],
];

function vectorText(vector: number | null, errorCode: number, cr2: bigint): string {
  if (vector === null) return 'completes';
  const name = EXCEPTIONS[vector] ?? `vector ${vector}`;
  if (vector === 14) return `#PF(${errorCode.toString(16)}) at ${cr2.toString(16)}`;
  return vector >= 8 && vector !== 16 && vector <= 17 ? `${name}(${errorCode.toString(16)})` : name;
}

const SELECTORS = new Set(['es', 'cs', 'ss', 'ds', 'fs', 'gs']);

/** The null selector is zero whatever its RPL was: IRET to the recorder's handler clears it (SDM vol. 2A, IRET). */
function nullSelector(field: string, value: bigint): bigint {
  return SELECTORS.has(field) && value < 4n ? 0n : value;
}

function compareRegisters(c: ReplayCase, got: Outcome, h: Hidden): Mismatch[] {
  const expected = registerValues(c.after, c.bits);
  const ended = endedByFill(got.vector, got.state.ip, c);
  const actual = registerValues(ended ? { ...got.state, ip: got.state.ip - 1n } : got.state, c.bits);
  const out: Mismatch[] = [];
  registerNames(c.bits).forEach((field, n) => {
    const flags = field === 'eflags' || field === 'rflags';
    const mask = ~(flags ? BigInt((h.flags ?? 0) | RF) : (h.bits?.[field] ?? 0n));
    const [a, b] = [nullSelector(field, expected[n] as bigint), nullSelector(field, actual[n] as bigint)];
    if (((a ^ b) & mask) === 0n || h.fields?.includes(field)) return;
    const differing = Number((a ^ b) & mask & 0xffffffffn);
    const text = (v: bigint): string => (flags ? flagsText(Number(v), differing) : v.toString(16));
    out.push({ field, expected: text(a), got: text(b) });
  });
  return out;
}

const FLAG_NAMES: Readonly<Record<number, string>> = {
  ...{ 0x1: 'CF', 0x4: 'PF', 0x10: 'AF', 0x40: 'ZF', 0x80: 'SF', 0x100: 'TF', 0x200: 'IF', 0x400: 'DF', 0x800: 'OF' },
  ...{ 0x1000: 'IOPL0', 0x2000: 'IOPL1', 0x4000: 'NT', 0x40000: 'AC', 0x200000: 'ID' },
};

/** Only the flags that differ, set ones by name, clear ones in lower case. */
function flagsText(value: number, differing: number): string {
  const out: string[] = [];
  for (let bit = 0; bit < 22; bit++) {
    const b = 1 << bit;
    const name = FLAG_NAMES[b] ?? `bit${bit}`;
    if ((differing & b) !== 0) out.push((value & b) !== 0 ? name : name.toLowerCase());
  }
  return out.join(' ');
}

function compareFpu(c: ReplayCase, got: Outcome, h: Hidden): Mismatch[] {
  const expected = c.after.xsave.slice();
  const actual = got.state.xsave.slice();
  for (const image of [expected, actual]) {
    const view = new DataView(image.buffer);
    view.setUint16(FX.FSW, view.getUint16(FX.FSW, true) & ~(h.fsw ?? 0), true);
  }
  const wanted = fpuDifference(actual, expected) ?? {};
  const found = fpuDifference(expected, actual) ?? {};
  const out: Mismatch[] = [];
  for (const [field, text] of Object.entries(wanted)) {
    if (h.fields?.includes(field)) continue;
    const close = h.ulp?.[field];
    if (close !== undefined && ulps(text, found[field] as string) <= close) continue;
    const lanes = h.approximate?.[field];
    if (lanes !== undefined && isApproximate(text, found[field] as string, lanes)) continue;
    out.push({ field, expected: text, got: found[field] as string });
  }
  return out;
}

/** Two approximations of one value: each is off by 1.5 * 2^-12 at most, special values are equal. */
function isApproximate(a: string, b: string, lanes: number): boolean {
  const [x, y] = [lanesOf(a), lanesOf(b)];
  return x.every((bits, n) => {
    const other = y[n] as number;
    if (bits === other) return true;
    const [p, q] = [floatOf(bits), floatOf(other)];
    return n < lanes && Number.isFinite(p) && Math.abs(p - q) <= 2 * 1.5 * 2 ** -12 * Math.abs(p);
  });
}

function lanesOf(text: string): number[] {
  const digits = text.padStart(32, '0');
  return [24, 16, 8, 0].map((at) => parseInt(digits.slice(at, at + 8), 16));
}

function floatOf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

/** Distance of two finite numbers of one sign in units of the last place of an 80-bit significand; else infinite. */
function ulps(a: string, b: string): number {
  const order = (text: string): bigint => {
    const v = BigInt(`0x${text}`);
    const exponent = (v >> 64n) & 0x7fffn;
    return exponent === 0x7fffn ? -1n : (exponent << 63n) + (v & ((1n << 63n) - 1n));
  };
  const sign = (text: string): bigint => BigInt(`0x${text}`) >> 79n;
  const [x, y] = [order(a), order(b)];
  if (x < 0n || y < 0n || sign(a) !== sign(b)) return Infinity;
  return Number(x > y ? x - y : y - x);
}

/** Memory after a case: the regions as they were before every case, and their bytes now. */
export interface MemoryView {
  readonly regions: readonly MappedRegion[];
  contents(region: MappedRegion): Uint8Array;
}

function compareMemory(c: ReplayCase, space: MemoryView, h: Hidden): Mismatch[] {
  const out: Mismatch[] = [];
  for (const region of space.regions) {
    const got = space.contents(region);
    const expected = region.bytes.slice();
    for (const p of [...c.memory, ...c.written]) {
      const start = Math.max(p.address, region.address);
      const end = Math.min(p.address + p.bytes.length, region.address + region.size);
      if (start < end) expected.set(p.bytes.subarray(start - p.address, end - p.address), start - region.address);
    }
    if (Buffer.compare(got, expected) === 0) continue;
    for (const [address, size] of h.memory ?? [])
      for (let a = Math.max(address, region.address); a < Math.min(address + size, region.address + region.size); a++)
        expected[a - region.address] = got[a - region.address] as number;
    const first = expected.findIndex((v, n) => v !== got[n]);
    if (first < 0) continue;
    const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(first, first + 16)).toString('hex');
    out.push({
      field: 'memory',
      expected: `${(region.address + first).toString(16)}: ${text(expected)}`,
      got: text(got),
    });
  }
  return out;
}

export function compare(c: ReplayCase, got: Outcome, space: MemoryView): Mismatch[] {
  const vector = endedByFill(got.vector, got.state.ip, c) ? null : got.vector;
  const h = hidden(c);
  const expectedEnd = vectorText(c.vector, c.errorCode & ~h.error, c.cr2);
  const actualEnd = got.vector < 0 ? got.exit : vectorText(vector, got.errorCode & ~h.error, got.cr2);
  const another = h.otherFault && got.vector >= 0 && ACCESS_FAULTS.has(got.vector);
  if (expectedEnd !== actualEnd && !another) return [{ field: 'outcome', expected: expectedEnd, got: actualEnd }];
  return [...compareRegisters(c, got, h), ...compareFpu(c, got, h), ...compareMemory(c, space, h)];
}
