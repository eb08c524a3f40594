/** The protected-mode case files as replayable cases: our own recordings and the shared ones. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCase, readCaseFile } from '../../recorder/case-file.ts';
import { FX, defaultXsave } from '../../recorder/fpu-state.ts';
import { GDT, GDT_LIMIT, USER_CODE, USER_CODE_64, USER_DATA, codeAddress } from '../../recorder/layout.ts';
import type { MachineState, Patch } from '../../recorder/wire.ts';
import { REPOSITORY } from './core.ts';
import type { ReplayCase } from './replay-case.ts';
import type { SystemTables } from './case-machine.ts';

export interface CaseSource {
  readonly name: string;
  readonly tables: SystemTables;
  readonly cases: readonly ReplayCase[];
}

export const RECORDED = join(REPOSITORY, 'tests/silicon/cases');
export const SHARED = join(REPOSITORY, '../shared/vectors');

export function recordedFiles(): string[] {
  return readdirSync(RECORDED)
    .filter((f) => f.endsWith('.jsonl.gz'))
    .sort()
    .map((f) => join(RECORDED, f));
}

export function readRecorded(path: string): CaseSource {
  const { header, cases } = readCaseFile(path);
  const name = basename(path, '.jsonl.gz');
  const regions = header.regions.map((r) => {
    const bytes = Uint8Array.from(Buffer.from(r.bytes, 'hex'));
    return { address: parseInt(r.address, 16), size: bytes.length, access: r.access, bytes };
  });
  const vendor = header.cpu.vendor === 'AuthenticAMD' ? 'amd' : 'intel';
  return {
    name,
    tables: { long: header.bits === 64, ldt: header.ldt, gdt: header.gdt, gdtLimit: header.gdtLimit, regions },
    cases: cases.map((record, n) => {
      const c = parseCase(record, header.bits);
      const at = codeAddress(c.before, header.bits);
      return {
        ...c,
        label: `${name}:${n}`,
        form: record.n,
        bits: header.bits,
        vendor,
        memory: [...c.memory, { address: at, bytes: c.bytes }],
      };
    }),
  };
}

/** Header and case of ../shared/vectors/silicon-32.jsonl.gz and silicon-64; the README beside them describes them. */
interface SharedHeader {
  readonly bits: 32 | 64;
  readonly code: string;
  readonly ip: string;
  readonly data: string;
  readonly stk: string;
  readonly d: string;
  readonly s: string;
}

interface SharedCase {
  readonly t: string;
  readonly k: number;
  readonly b: string;
  readonly i: readonly string[];
  readonly o: readonly string[];
  readonly fi?: readonly string[];
  readonly xi?: readonly string[];
  readonly ip: string;
  readonly x: number;
  readonly e: number;
  readonly cr2: string;
  readonly m: readonly (readonly [string, number])[];
  readonly f: readonly (readonly [number, string])[];
}

function littleEndian(text: string, size: number): Uint8Array {
  return Uint8Array.from(Buffer.from(text.padStart(size * 2, '0'), 'hex').reverse());
}

/** `values`: general registers (eight, or sixteen in 64-bit code), flags, MXCSR, FCW | FSW << 16, abridged tags. */
function sharedState(bits: 32 | 64, values: readonly string[], ip: bigint, xsave: Uint8Array): MachineState {
  const count = bits === 64 ? 16 : 8;
  const general = new BigUint64Array(16);
  general.set(values.slice(0, count).map((text) => BigInt(`0x${text}`)));
  const [flags, mxcsr, control, tags] = values.slice(count).map((text) => parseInt(text, 16));
  const view = new DataView(xsave.buffer);
  view.setUint32(FX.MXCSR, mxcsr as number, true);
  view.setUint32(FX.FCW, control as number, true);
  view.setUint8(FX.FTW, (tags as number) & 0xff);
  const code = bits === 64 ? USER_CODE_64 : USER_CODE;
  const data = bits === 64 ? 0 : USER_DATA;
  const segments = Uint16Array.of(data, code, USER_DATA, data, 0, 0);
  return { general, ip, flags: flags as number, segments, bases: new BigUint64Array(2), xsave };
}

function sharedCase(header: SharedHeader, c: SharedCase): ReplayCase {
  const ip = BigInt(`0x${header.ip}`);
  const before = defaultXsave();
  c.fi?.forEach((text, n) => before.set(littleEndian(text, 10), FX.ST + n * 16));
  c.xi?.forEach((text, n) => before.set(littleEndian(text, 16), FX.XMM + n * 16));
  const after = before.slice();
  for (const [n, text] of c.f)
    after.set(littleEndian(text, n < 16 ? 10 : 16), n < 16 ? FX.ST + n * 16 : FX.XMM + (n - 16) * 16);
  const bytes = Uint8Array.from(Buffer.from(c.b, 'hex'));
  // Templates marked so were stepped with TF: their branch may go anywhere.
  const stepped = c.t.startsWith('!tf') && c.x < 0;
  const written: Patch[] = c.m.map(([address, value]) => ({
    address: parseInt(address, 16),
    bytes: Uint8Array.of(value),
  }));
  const end = BigInt.asUintN(header.bits, ip + BigInt(`0x${c.ip}`));
  const states = [sharedState(header.bits, c.i, ip, before), sharedState(header.bits, c.o, end, after)] as const;
  if (stepped) for (const state of states) state.flags |= 0x100;
  return {
    label: `${c.t}:${c.k}`,
    form: c.t,
    bits: header.bits,
    vendor: 'intel',
    bytes,
    before: states[0],
    after: states[1],
    memory: [{ address: Number(ip), bytes }],
    written,
    vector: stepped ? 1 : c.x < 0 ? null : c.x,
    errorCode: c.e,
    cr2: BigInt(`0x${c.cr2}`),
  };
}

export function readShared(path: string): CaseSource {
  const [first, ...lines] = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  const header = JSON.parse(first as string) as SharedHeader;
  const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
  const region = (address: string, access: 'rwx' | 'rw', bytes: Uint8Array): SystemTables['regions'][number] => ({
    address: parseInt(address, 16),
    size: bytes.length,
    access,
    bytes,
  });
  const regions = [
    region(header.code, 'rwx', new Uint8Array(0x1000).fill(0xcc)),
    region(header.data, 'rw', hex(header.d)),
    region(header.stk, 'rw', hex(header.s)),
  ];
  return {
    name: basename(path, '.jsonl.gz'),
    tables: { long: header.bits === 64, ldt: [], gdt: GDT, gdtLimit: GDT_LIMIT, regions },
    cases: lines.map((line) => sharedCase(header, JSON.parse(line) as SharedCase)),
  };
}

/** The files that a command line names: 'shared', 'shared-64', a recorded one by name, a path; without a name, all. */
export function sources(file: string | undefined): CaseSource[] {
  if (file === 'shared') return [readShared(join(SHARED, 'silicon-32.jsonl.gz'))];
  if (file === 'shared-64') return [readShared(join(SHARED, 'silicon-64.jsonl.gz'))];
  if (file === undefined) return [...recordedFiles().map(readRecorded), ...sources('shared'), ...sources('shared-64')];
  const path = existsSync(file) ? file : join(RECORDED, `${file}.jsonl.gz`);
  return [basename(path).startsWith('silicon-') ? readShared(path) : readRecorded(path)];
}
