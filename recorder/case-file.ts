/**
 * The recordings as files: gzip of JSON lines, the first line a header. Nothing outside a file is needed to replay it.
 *
 * Header: the CPU and its features, the LDT, what the GDT shows to user code, the mapped regions with their bytes.
 * Case: every value is hexadecimal.
 *   n  form: iced-x86's code name, then m (memory operand), rep, repne, lock, invalid (an encoding that must not execute)
 *   k  CPUID features that the instruction needs, where they are more than the 486's and the FPU
 *   b  the instruction's bytes, at CS:EIP; the code around them is INT3 (CC)
 *   i  EAX ECX EDX EBX ESP EBP ESI EDI EIP EFLAGS ES CS SS DS FS GS before; in 64-bit code RAX to R15 RIP RFLAGS, the
 *      selectors, the bases of FS and GS
 *   p  x87, SSE and AVX state before, where it is not the state after FNINIT with MXCSR 1F80: fields as in FpuFields
 *   m  memory before, [linear address, bytes]: what differs from the header's regions
 *   v  vector that ended the case; absent when the INT3 after the instruction was reached
 *   e  error code (vectors that have one), c  CR2 (vector 0e)
 *   o  registers after, those that changed; q  the same for x87, SSE and AVX; w  memory after, what changed
 * EIP after a completed instruction is the address of that INT3. #DB (v = 1) is the single step of an initial TF.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FX, defaultXsave } from './fpu-state.ts';
import { GDT, GDT_LIMIT, LDT, regionsOf, type Access, type Bits, type LdtEntry } from './layout.ts';
import type { MachineState, Patch } from './wire.ts';

export const FORMAT = 'vitrine-silicon';
export const VERSION = 1;

export interface CpuIdentity {
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  readonly name: string;
}

export interface CaseFileHeader {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly bits: Bits;
  readonly cpu: CpuIdentity;
  readonly seed: number;
  readonly recorded: number;
  readonly ldt: readonly (LdtEntry | null)[];
  readonly gdt: typeof GDT;
  readonly gdtLimit: number;
  readonly regions: readonly { readonly address: string; readonly access: Access; readonly bytes: string }[];
}

export type MemoryList = readonly (readonly [address: string, bytes: string])[];
export type FpuFields = Readonly<Record<string, string>>;

export interface CaseRecord {
  readonly n: string;
  readonly k?: readonly string[];
  readonly b: string;
  readonly i: string;
  readonly p?: FpuFields;
  readonly m?: MemoryList;
  readonly v?: string;
  readonly e?: string;
  readonly c?: string;
  readonly o: Readonly<Record<string, string>>;
  readonly q?: FpuFields;
  readonly w?: MemoryList;
}

const SEGMENT_NAMES = 'es cs ss ds fs gs'.split(' ');
const REGISTERS_32 = ['eax ecx edx ebx esp ebp esi edi eip eflags'.split(' '), SEGMENT_NAMES].flat();
const REGISTERS_64 = [
  'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip rflags'.split(' '),
  SEGMENT_NAMES,
  ['fsbase', 'gsbase'],
].flat();

/** The names of what `registerValues` lists. */
export function registerNames(bits: Bits): readonly string[] {
  return bits === 64 ? REGISTERS_64 : REGISTERS_32;
}

/** Number of general registers that a mode has; RIP and RFLAGS, or what there is of them, come behind. */
export function generalCount(bits: Bits): number {
  return bits === 64 ? 16 : 8;
}

export function registerValues(s: MachineState, bits: Bits): bigint[] {
  const selectors = Array.from(s.segments.subarray(0, 6), BigInt);
  const values = [...s.general.subarray(0, generalCount(bits)), s.ip, BigInt(s.flags), ...selectors];
  return bits === 64 ? [...values, ...s.bases] : values.map((v) => v & 0xffffffffn);
}

const FIELDS: readonly (readonly [name: string, offset: number, size: number])[] = [
  ['fcw', FX.FCW, 2],
  ['fsw', FX.FSW, 2],
  ['ftw', FX.FTW, 1],
  ['fop', FX.FOP, 2],
  ['fip', FX.FIP, 8],
  ['fdp', FX.FDP, 8],
  ['mxcsr', FX.MXCSR, 4],
  ...Array.from({ length: 8 }, (_, i) => [`st${i}`, FX.ST + i * 16, 10] as const),
  ...Array.from({ length: 16 }, (_, i) => [`xmm${i}`, FX.XMM + i * 16, 16] as const),
  ...Array.from({ length: 16 }, (_, i) => [`ymmh${i}`, FX.YMM + i * 16, 16] as const),
];

/** A number as one reads it, most significant digit first, without leading zeros. */
function fieldText(image: Uint8Array, offset: number, size: number): string {
  let text = '';
  for (let i = size - 1; i >= 0; i--) text += (image[offset + i] as number).toString(16).padStart(2, '0');
  return text.replace(/^0+(?=.)/, '');
}

export function fpuDifference(before: Uint8Array, after: Uint8Array): Record<string, string> | undefined {
  const out: Record<string, string> = {};
  for (const [name, offset, size] of FIELDS) {
    if (Buffer.compare(before.subarray(offset, offset + size), after.subarray(offset, offset + size)) === 0) continue;
    out[name] = fieldText(after, offset, size);
  }
  return Object.keys(out).length === 0 ? undefined : out;
}

export function applyFpuFields(image: Uint8Array, fields: FpuFields | undefined): Uint8Array {
  const out = image.slice();
  for (const [name, offset, size] of FIELDS) {
    const text = fields?.[name];
    if (text === undefined) continue;
    const padded = text.padStart(size * 2, '0');
    for (let i = 0; i < size; i++) out[offset + i] = parseInt(padded.substr((size - 1 - i) * 2, 2), 16);
  }
  return out;
}

export function memoryList(patches: readonly Patch[]): MemoryList | undefined {
  if (patches.length === 0) return undefined;
  return patches.map((p) => [p.address.toString(16), Buffer.from(p.bytes).toString('hex')] as const);
}

export function parseMemoryList(list: MemoryList | undefined): Patch[] {
  return (list ?? []).map(([a, b]) => ({ address: parseInt(a, 16), bytes: Uint8Array.from(Buffer.from(b, 'hex')) }));
}

/** What an instruction did, as the replay wants it: both states whole. */
export interface Experiment {
  readonly bytes: Uint8Array;
  readonly before: MachineState;
  readonly after: MachineState;
  /** Memory before, over the file's regions; the instruction's own bytes included. */
  readonly memory: readonly Patch[];
  readonly written: readonly Patch[];
  /** null: the instruction completed. */
  readonly vector: number | null;
  readonly errorCode: number;
  readonly cr2: bigint;
}

export interface Case extends Experiment {
  readonly record: CaseRecord;
  readonly features: readonly string[];
}

export function parseCase(record: CaseRecord, bits: Bits): Case {
  const names = registerNames(bits);
  const values = record.i.split(' ').map((v) => BigInt(`0x${v}`));
  const after = values.map((v, n) => {
    const changed = record.o[names[n] as string];
    return changed === undefined ? v : BigInt(`0x${changed}`);
  });
  const before = applyFpuFields(defaultXsave(), record.p);
  return {
    record,
    features: record.k ?? [],
    bytes: Uint8Array.from(Buffer.from(record.b, 'hex')),
    before: stateOf(values, bits, before),
    after: stateOf(after, bits, applyFpuFields(before, record.q)),
    memory: parseMemoryList(record.m),
    written: parseMemoryList(record.w),
    vector: record.v === undefined ? null : parseInt(record.v, 16),
    errorCode: parseInt(record.e ?? '0', 16),
    cr2: BigInt(`0x${record.c ?? '0'}`),
  };
}

function stateOf(values: readonly bigint[], bits: Bits, xsave: Uint8Array): MachineState {
  const count = generalCount(bits);
  const general = new BigUint64Array(16);
  general.set(values.slice(0, count));
  return {
    general,
    ip: values[count] as bigint,
    flags: Number(values[count + 1]),
    segments: Uint16Array.from(values.slice(count + 2, count + 8), Number),
    bases: BigUint64Array.of(values[count + 8] ?? 0n, values[count + 9] ?? 0n),
    xsave,
  };
}

export function makeHeader(
  identity: { readonly bits: Bits; readonly cpu: CpuIdentity; readonly seed: number; readonly recorded: number },
  images: readonly Uint8Array[],
): CaseFileHeader {
  const regions = regionsOf(identity.bits).map((r, i) => ({
    address: r.address.toString(16),
    access: r.access,
    bytes: Buffer.from(images[i] as Uint8Array).toString('hex'),
  }));
  return { format: FORMAT, version: VERSION, ...identity, ldt: LDT, gdt: GDT, gdtLimit: GDT_LIMIT, regions };
}

export function writeCaseFile(path: string, header: CaseFileHeader, cases: readonly CaseRecord[]): number {
  const text = [header, ...cases].map((line) => JSON.stringify(line)).join('\n');
  const packed = gzipSync(`${text}\n`, { level: 9 });
  writeFileSync(path, packed);
  return packed.length;
}

export function readCaseFile(path: string): { header: CaseFileHeader; cases: CaseRecord[] } {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  const header = JSON.parse(lines[0] as string) as CaseFileHeader;
  if (header.format !== FORMAT || header.version !== VERSION)
    throw new Error(`${path} is not a ${FORMAT} file of version ${VERSION}`);
  return { header, cases: lines.slice(1).map((line) => JSON.parse(line) as CaseRecord) };
}
