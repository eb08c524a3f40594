/** Field by field: what silicon recorded against what the core did. */
import { fpuDifference, registerValues, REGISTERS } from '../../recorder/case-file.ts';
import { FX } from '../../recorder/fpu-state.ts';
import type { MappedRegion } from './address-space.ts';
import { hidden, type Hidden } from './masks.ts';
import { endedByFill, type Mismatch, type ReplayCase } from './replay-case.ts';
import type { Outcome } from './user-machine.ts';

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

function vectorText(vector: number | null, errorCode: number, cr2: number): string {
  if (vector === null) return 'completes';
  const name = EXCEPTIONS[vector] ?? `vector ${vector}`;
  if (vector === 14) return `#PF(${errorCode.toString(16)}) at ${cr2.toString(16)}`;
  return vector >= 8 && vector !== 16 && vector <= 17 ? `${name}(${errorCode.toString(16)})` : name;
}

/** The null selector is zero whatever its RPL was: IRET to the recorder's handler clears it (SDM vol. 2A, IRET). */
function nullSelector(register: number, value: number): number {
  return register >= 10 && value < 4 ? 0 : value;
}

function compareRegisters(c: ReplayCase, got: Outcome, h: Hidden): Mismatch[] {
  const expected = registerValues(c.after);
  const actual = registerValues(got.state);
  if (endedByFill(got.vector, got.state.ip, c)) actual[8] = ((actual[8] as number) - 1) >>> 0;
  const out: Mismatch[] = [];
  REGISTERS.forEach((field, n) => {
    const mask = ~(field === 'eflags' ? (h.flags ?? 0) | RF : (h.bits?.[field] ?? 0));
    const [a, b] = [nullSelector(n, expected[n] as number) & mask, nullSelector(n, actual[n] as number) & mask];
    if (a === b || h.fields?.includes(field)) return;
    const text = (v: number): string => (field === 'eflags' ? flagsText(v, a ^ b) : (v >>> 0).toString(16));
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
  const expected = c.after.fxsave.slice();
  const actual = got.state.fxsave.slice();
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
    out.push({ field, expected: text, got: found[field] as string });
  }
  return out;
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
  const expectedEnd = vectorText(c.vector, c.errorCode, c.cr2);
  const actualEnd = got.vector < 0 ? got.exit : vectorText(vector, got.errorCode, got.cr2);
  const h = hidden(c);
  const another = h.otherFault && got.vector >= 0 && ACCESS_FAULTS.has(got.vector);
  if (expectedEnd !== actualEnd && !another) return [{ field: 'outcome', expected: expectedEnd, got: actualEnd }];
  return [...compareRegisters(c, got, h), ...compareFpu(c, got, h), ...compareMemory(c, space, h)];
}
