/**
 * Which of the recorded cases are committed. A case is worth its place when it shows something that no chosen case of
 * its form shows: another vector or error code, a flag that comes out the other way, another memory kind, another
 * rounding. Every such fact is a token; cases are taken in random order while they bring a token that is not yet full.
 */
import { registerNames, type CaseRecord } from './case-file.ts';
import { isPrefix } from './forms.ts';
import { USER_CODE, type Bits } from './layout.ts';
import type { Random } from './random.ts';

const STATUS = [0x001, 0x004, 0x010, 0x040, 0x080, 0x800];

/** How many cases may be chosen for the sake of one token. */
interface Token {
  readonly name: string;
  readonly capacity: number;
}

/** 64-bit cases list more registers. */
function bitsOf(c: CaseRecord): Bits {
  return c.i.split(' ').length > 16 ? 64 : 32;
}

function tokens(c: CaseRecord): Token[] {
  const before = c.i.split(' ');
  const bits = bitsOf(c);
  const out: Token[] = [];
  const add = (name: string, capacity = 1): number => out.push({ name: `${c.n}|${name}`, capacity });
  const rare = c.n.startsWith('#UD') || c.n.endsWith('invalid');
  // how much of an undefined opcode is fetched before it is #UD is not architectural: a fault of that fetch shows nothing
  if (rare && (c.v === 'd' || c.v === 'e')) return [];
  add(`v${c.v ?? ''} ${errorClass(c)}`, rare ? 1 : c.v === undefined ? (c.p === undefined ? 4 : 10) : 1);
  if (rare) return out;
  out.push({ name: `shape ${shapeOf(c)}`, capacity: 1 });
  out.push({ name: `prefix ${c.v ?? ''} ${prefixesOf(c)}`, capacity: 1 });
  if (c.v !== undefined && c.v !== '1') return out;
  if (bits === 64) add(`REX.R ${(rexOf(c) >> 2) & 1}`);
  else add(before[11] === USER_CODE.toString(16) ? 'flat' : 'segmented');
  const name = bits === 64 ? 'rflags' : 'eflags';
  const flags = parseInt(c.o[name] ?? (before[registerNames(bits).indexOf(name)] as string), 16);
  if (c.o[name] !== undefined) for (const bit of STATUS) add(`flag ${bit} ${flags & bit}`, 3);
  if (c.p !== undefined) fpuTokens(c, add);
  add(`writes ${c.w === undefined ? '' : c.w.length}`);
  return out;
}

function fpuTokens(c: CaseRecord, add: (name: string, capacity?: number) => void): void {
  const control = parseInt(c.p?.['fcw'] ?? '37f', 16);
  const status = parseInt(c.q?.['fsw'] ?? '0', 16);
  const mxcsr = parseInt(c.q?.['mxcsr'] ?? '0', 16);
  add(`rc ${control & 0xc00}`, 2);
  add(`pc ${control & 0x300}`, 2);
  for (let bit = 1; bit < 0x10000; bit <<= 1) if ((bit & 0x47ff) !== 0) add(`fsw ${bit} ${status & bit}`, 2);
  for (let bit = 1; bit < 0x40; bit <<= 1) add(`mxcsr ${bit} ${mxcsr & bit}`);
  add(`rounding ${parseInt(c.p?.['mxcsr'] ?? '1f80', 16) & 0xe040}`);
  add(`unmasked ${c.q?.['fsw'] !== undefined && (status & 0x80) !== 0}`);
}

/** The selector of an error code is chance; that there is one, and the bits of #PF's, are not. */
function errorClass(c: CaseRecord): string {
  const code = parseInt(c.e ?? '0', 16);
  return c.v === 'e' ? code.toString(16) : code === 0 ? '0' : 'selector';
}

/** The bytes, and where the opcode begins. */
function afterPrefixes(c: CaseRecord): { bytes: Buffer; at: number } {
  const bytes = Buffer.from(c.b, 'hex');
  const bits = bitsOf(c);
  const n = bytes.findIndex((b) => !isPrefix(b, bits));
  return { bytes, at: n < 0 ? bytes.length : n };
}

function prefixesOf(c: CaseRecord): string {
  const { bytes, at } = afterPrefixes(c);
  if (at === bytes.length) return 'all';
  const long = bitsOf(c) === 64;
  return [...bytes.subarray(0, at)]
    .filter((b) => !long || (b & 0xf0) !== 0x40)
    .sort((a, b) => a - b)
    .slice(0, 4)
    .join(' ');
}

/** The REX prefix, or what a VEX prefix has of it; 0: none. */
function rexOf(c: CaseRecord): number {
  const { bytes, at } = afterPrefixes(c);
  if (bitsOf(c) !== 64) return 0;
  const [first, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  if (first === 0xc5) return ((second >> 5) & 4) ^ 4;
  if (first === 0xc4) return (second >> 5) ^ 7;
  const rex = bytes[at - 1] ?? 0;
  return (rex & 0xf0) === 0x40 ? rex : 0;
}

/** Opcode column and ModR/M byte: every addressing form, in every kind of segment. */
function shapeOf(c: CaseRecord): string {
  const { bytes, at: n } = afterPrefixes(c);
  const escape = { 0x0f: 2, 0xc5: 3, 0xc4: 4 }[bytes[n] ?? 0] ?? 1;
  const narrow = bytes.subarray(0, n).includes(0x67);
  const modrm = bytes[n + escape] ?? 0;
  const sib = (modrm & 7) === 4 && modrm < 0xc0 ? (bytes[n + escape + 1] ?? 0) : 0;
  return `${c.n.endsWith(' m')} ${narrow} ${modrm & 0xc7} ${sib} ${rexOf(c) & 3} ${c.i.split(' ')[11] === '23'}`;
}

/** At most `limit` cases, in their recorded order: one of each form as far as they go, then those that show more. */
export function select(r: Random, cases: readonly CaseRecord[], limit: number): CaseRecord[] {
  const order = cases.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = r.below(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const full = new Map<string, number>();
  const chosen = new Set<number>();
  const forms = new Set<string>();
  const take = (index: number, isWanted: (c: CaseRecord, all: readonly Token[]) => boolean): void => {
    const c = cases[index] as CaseRecord;
    const all = chosen.size < limit && !chosen.has(index) ? tokens(c) : [];
    if (all.length === 0 || !isWanted(c, all)) return;
    for (const t of all) full.set(t.name, (full.get(t.name) ?? 0) + 1);
    forms.add(c.n);
    chosen.add(index);
  };
  for (const index of order) take(index, (c) => !forms.has(c.n));
  for (const index of order) take(index, (_, all) => all.some((t) => (full.get(t.name) ?? 0) < t.capacity));
  return [...chosen].sort((a, b) => a - b).map((i) => cases[i] as CaseRecord);
}
