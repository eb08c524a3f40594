/** The protected-mode case files as replayable cases: our own recordings and the shared ones. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCase, readCaseFile } from '../../recorder/case-file.ts';
import { FX, defaultFxsave } from '../../recorder/fpu-state.ts';
import { GDT, GDT_LIMIT, USER_CODE, USER_DATA, segmentOf } from '../../recorder/layout.ts';
import type { MachineState, Patch } from '../../recorder/wire.ts';
import { REPOSITORY } from './core.ts';
import type { ReplayCase } from './replay-case.ts';
import type { SystemTables } from './user-machine.ts';

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
    tables: { ldt: header.ldt, gdt: header.gdt, gdtLimit: header.gdtLimit, regions },
    cases: cases.map((record, n) => {
      const c = parseCase(record);
      const at = ((segmentOf(c.before.segments[1] as number)?.base ?? 0) + c.before.ip) >>> 0;
      return {
        ...c,
        label: `${name}:${n}`,
        form: record.n,
        bits: header.bits === 16 ? 16 : 32,
        vendor,
        memory: [...c.memory, { address: at, bytes: c.bytes }],
      };
    }),
  };
}

/** Header and case of ../shared/vectors/silicon-32.jsonl.gz; the README beside it describes them. */
interface SharedHeader {
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

/** `values`: eight general registers, flags, MXCSR, FCW | FSW << 16, abridged tags. */
function sharedState(values: readonly string[], ip: number, fxsave: Uint8Array): MachineState {
  const v = values.map((text) => parseInt(text, 16));
  const view = new DataView(fxsave.buffer);
  view.setUint32(FX.MXCSR, v[9] as number, true);
  view.setUint32(FX.FCW, v[10] as number, true);
  view.setUint8(FX.FTW, (v[11] as number) & 0xff);
  const segments = Uint16Array.of(USER_DATA, USER_CODE, USER_DATA, USER_DATA, 0, 0);
  return { general: Uint32Array.from(v.slice(0, 8)), ip, flags: v[8] as number, segments, fxsave };
}

function sharedCase(header: SharedHeader, c: SharedCase): ReplayCase {
  const ip = parseInt(header.ip, 16);
  const before = defaultFxsave();
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
  const states = [sharedState(c.i, ip, before), sharedState(c.o, (ip + parseInt(c.ip, 16)) >>> 0, after)] as const;
  if (stepped) for (const state of states) state.flags |= 0x100;
  return {
    label: `${c.t}:${c.k}`,
    form: c.t,
    bits: 32,
    vendor: 'intel',
    bytes,
    before: states[0],
    after: states[1],
    memory: [{ address: ip, bytes }],
    written,
    vector: stepped ? 1 : c.x < 0 ? null : c.x,
    errorCode: c.e,
    cr2: parseInt(c.cr2, 16),
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
    tables: { ldt: [], gdt: GDT, gdtLimit: GDT_LIMIT, regions },
    cases: lines.map((line) => sharedCase(header, JSON.parse(line) as SharedCase)),
  };
}

/** The files that a command line names: 'shared', a recorded one by name, a path; without a name, all of them. */
export function sources(file: string | undefined): CaseSource[] {
  if (file === 'shared') return [readShared(join(SHARED, 'silicon-32.jsonl.gz'))];
  if (file === undefined) return [...recordedFiles().map(readRecorded), ...sources('shared')];
  const path = existsSync(file) ? file : join(RECORDED, `${file}.jsonl.gz`);
  return [basename(path) === 'silicon-32.jsonl.gz' ? readShared(path) : readRecorded(path)];
}
