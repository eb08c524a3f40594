/** A case to be replayed, whichever file it came from, and what a replay of it found. */
import { CpuidFeature, Decoder, DecoderOptions, type Instruction } from 'iced-x86';
import type { Experiment } from '../../recorder/case-file.ts';
import { isPrefix } from '../../recorder/forms.ts';
import type { Bits } from '../../recorder/layout.ts';

export type Vendor = 'intel' | 'amd';

export interface ReplayCase extends Experiment {
  /** File and number, for --case. */
  readonly label: string;
  /** What cases are grouped by: the form, or the template of the shared vectors. */
  readonly form: string;
  readonly bits: Bits;
  readonly vendor: Vendor;
}

export interface Mismatch {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

const instructions = new Map<string, Instruction>();

/** The decoded instruction (kept: a file has few different ones, and the tables ask about each several times). */
export function instructionOf(c: Pick<ReplayCase, 'bits' | 'bytes'>): Instruction {
  const key = `${c.bits} ${c.bytes.join()}`;
  const known = instructions.get(key);
  if (known) return known;
  const decoder = new Decoder(c.bits, c.bytes, DecoderOptions.NoInvalidCheck);
  const instruction = decoder.decode();
  decoder.free();
  if (instructions.size >= 4096) {
    for (const old of instructions.values()) old.free();
    instructions.clear();
  }
  instructions.set(key, instruction);
  return instruction;
}

/** An INT3 of the code pages ended the case, not one of the case's own. */
export function endedByFill(vector: number, ip: bigint, c: Pick<ReplayCase, 'before' | 'bytes'>): boolean {
  return vector === 3 && ip !== c.before.ip + BigInt(c.bytes.length);
}

/** The instruction without the prefixes that do not select it, over the INT3s that follow in memory; and their number. */
export function withoutPrefixes(c: Pick<ReplayCase, 'bits' | 'bytes'>): { prefixes: number; instruction: Instruction } {
  let start = 0;
  while (isPrefix(c.bytes[start], c.bits)) start++;
  const selecting = [0x66, 0xf2, 0xf3].filter((p) => c.bytes.subarray(0, start).includes(p));
  const rex = c.bytes[start - 1] ?? 0;
  if (c.bits === 64 && start > 0 && (rex & 0xf0) === 0x40) selecting.push(rex);
  const bytes = [...selecting, ...c.bytes.subarray(start), ...new Array<number>(12).fill(0xcc)];
  const instruction = instructionOf({ bits: c.bits, bytes: Uint8Array.from(bytes) });
  return { prefixes: start - selecting.length, instruction };
}

/** CPUID features that the instruction needs, by iced-x86's names; none for an undefined opcode. */
export function featuresOf(c: Pick<ReplayCase, 'bits' | 'bytes'>): string[] {
  const i = c.bytes.length > 15 ? withoutPrefixes(c).instruction : instructionOf(c);
  return i.isInvalid ? [] : Array.from(i.cpuidFeatures(), (f) => CpuidFeature[f] ?? '?');
}
