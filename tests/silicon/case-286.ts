/** The 80286 recordings as cases: whole states before and after, memory as it was and as it changed. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Register, type Instruction } from 'iced-x86';

export const NAMES_286 = [
  'ax',
  'cx',
  'dx',
  'bx',
  'sp',
  'bp',
  'si',
  'di',
  'ip',
  'flags',
  'es',
  'cs',
  'ss',
  'ds',
] as const;
export type Name286 = (typeof NAMES_286)[number];
export type Registers286 = Readonly<Record<Name286, number>>;

interface Line286 {
  readonly idx: number;
  readonly name: string;
  readonly bytes: string;
  readonly op: string;
  readonly i: { readonly regs: Registers286; readonly ram: readonly (readonly [number, number])[] };
  readonly f: { readonly regs: Partial<Registers286>; readonly ram: readonly (readonly [number, number])[] };
  readonly exc?: number;
}

export interface Case286 {
  readonly label: string;
  readonly form: string;
  readonly name: string;
  /** The instruction without the HLT that ends the case. */
  readonly bytes: Uint8Array;
  readonly before: Registers286;
  readonly after: Registers286;
  readonly ram: readonly (readonly [number, number])[];
  readonly written: readonly (readonly [number, number])[];
  readonly vector: number | null;
  segmentOfOperand(i: Instruction): string;
}

const SEGMENTS: Readonly<Record<number, string>> = {
  [Register.ES]: 'es',
  [Register.CS]: 'cs',
  [Register.SS]: 'ss',
  [Register.DS]: 'ds',
};

export function readCases286(path: string): Case286[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  return lines.map((text) => {
    const line = JSON.parse(text) as Line286;
    return {
      label: `${line.op}:${line.idx}`,
      form: line.op,
      name: line.name,
      bytes: Uint8Array.from(Buffer.from(line.bytes, 'hex')).subarray(0, -1),
      before: line.i.regs,
      after: { ...line.i.regs, ...line.f.regs },
      ram: line.i.ram,
      written: line.f.ram,
      vector: line.exc ?? null,
      segmentOfOperand: (i) => SEGMENTS[i.memorySegment] ?? '',
    };
  });
}
