// What the lockstep checker found, in words: which region, and what it did other than the interpreter. The core leaves both
// results where assembly/shared/lockstep.ts says.
import * as L from '../../assembly/shared/lockstep.ts';
import * as S from '../../assembly/shared/state.ts';
import { Bug } from '../device.ts';

/** One thing that differs: what the region made of it, and the interpreter. */
export interface Difference {
  readonly what: string;
  readonly before: string;
  readonly compiled: string;
  readonly interpreted: string;
}

export interface Divergence {
  readonly rip: bigint;
  readonly code: Uint8Array;
  /** Instructions that the region ran, and of these the interpreter. */
  readonly ran: number;
  readonly replayed: number;
  readonly differences: readonly Difference[];
}

const GENERAL = 'RAX RCX RDX RBX RSP RBP RSI RDI R8 R9 R10 R11 R12 R13 R14 R15'.split(' ');
const FLAG_NAMES = ['CF', '', 'PF', '', 'AF', '', 'ZF', 'SF', 'TF', 'IF', 'DF', 'OF'];
const CODE_SHOWN = 96;
const DIFFERENCES_SHOWN = 40;

interface Field {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A field for each of a list of names, one behind another. */
function row(names: readonly string[], offset: number, step: number, bytes = step): Field[] {
  return names.map((name, n) => ({ name, offset: offset + n * step, bytes }));
}
const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);

const FIELDS: readonly Field[] = [
  ...row(GENERAL, S.STATE_GPR, S.GPR_SIZE),
  ...row(['RIP'], S.STATE_RIP, 8),
  ...row(['EFLAGS'], S.STATE_FLAGS, 4),
  ...row(['the fault that waits (vector + 1)'], S.STATE_FAULT, 4),
  ...row(['its error code'], S.STATE_FAULT_ERROR, 4),
  ...row(['its address'], S.STATE_FAULT_ADDRESS, 8),
  ...row(['ES', 'CS', 'SS', 'DS', 'FS', 'GS', 'LDTR', 'TR'], S.STATE_SEGMENTS, S.SEGMENT_SIZE),
  ...['CR0', 'CR2', 'CR3', 'CR4'].map((name, n) => ({ name, offset: S.STATE_CR0 + n * 8, bytes: 8 })),
  ...row(numbered('x87 R', 8), S.STATE_FPU_ST, 16),
  ...row(['FCW', 'FSW', 'FTW', 'FOP'], S.STATE_FCW, 2),
  ...row(['FIP', 'FDP'], S.STATE_FIP, 8),
  ...row(['FCS', 'FDS'], S.STATE_FCS, 2),
  ...row(['MXCSR'], S.STATE_MXCSR, 4),
  ...row(numbered('XMM', 16), S.STATE_XMM, 16),
  ...row(
    numbered('YMM', 16).map((name) => `${name} bits 255-128`),
    S.STATE_YMM_HIGH,
    16,
  ),
];

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .toReversed()
    .join('');
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, n) => byte === b[n]);
}

/** Registers by name, the rest of the block by its offset. */
function stateDifferences(buffer: ArrayBufferLike): Difference[] {
  const blocks = [L.LOCKSTEP_BEFORE, L.LOCKSTEP_COMPILED, L.LOCKSTEP_INTERPRETED].map(
    (at) => new Uint8Array(buffer, at, S.STATE_SIZE),
  );
  const known = new Set(FIELDS.flatMap(({ offset, bytes }) => Array.from({ length: bytes }, (_, n) => offset + n)));
  const rest = Array.from({ length: S.STATE_SIZE / 4 }, (_, n) => n * 4).filter((offset) => !known.has(offset));
  const others = rest.map((offset) => ({ name: `state block + 0x${offset.toString(16)}`, offset, bytes: 4 }));
  return [...FIELDS, ...others].flatMap(({ name, offset, bytes }) => {
    const [before, compiled, interpreted] = blocks.map((block) => block.subarray(offset, offset + bytes));
    if (!before || !compiled || !interpreted || same(compiled, interpreted)) return [];
    const what = name === 'EFLAGS' ? `EFLAGS (${flagNames(compiled, interpreted)})` : name;
    return [{ what, before: hex(before), compiled: hex(compiled), interpreted: hex(interpreted) }];
  });
}

function flagNames(a: Uint8Array, b: Uint8Array): string {
  return FLAG_NAMES.filter((_, bit) => (((a[bit >> 3] ?? 0) ^ (b[bit >> 3] ?? 0)) >> (bit & 7)) & 1).join(' ');
}

interface Logged {
  readonly old: Map<number, number>;
  readonly now: Map<number, number>;
}

/** Bytes by host address as they were before a run and are after it. */
function readLog(view: DataView, log: number): Logged {
  const old = new Map<number, number>();
  const now = new Map<number, number>();
  for (let n = 0; n < view.getUint32(log, true); n++) {
    const entry = log + L.LOG_HEAD + n * L.LOG_ENTRY_SIZE;
    const host = view.getUint32(entry + L.LOG_HOST, true);
    const bytes = view.getUint32(entry + L.LOG_BYTES, true);
    if (bytes & L.LOG_CACHE) continue;
    for (let k = 0; k < bytes; k++) {
      if (!old.has(host + k)) old.set(host + k, view.getUint8(entry + L.LOG_OLD + k));
      now.set(host + k, view.getUint8(entry + L.LOG_NEW + k));
    }
  }
  return { old, now };
}

function memoryDifferences(view: DataView, ramBase: number): Difference[] {
  const [compiled, interpreted] = [L.LOCKSTEP_COMPILED_LOG, L.LOCKSTEP_INTERPRETED_LOG].map((log) =>
    readLog(view, log),
  );
  if (!compiled || !interpreted) return [];
  const hosts = [...new Set([...compiled.now.keys(), ...interpreted.now.keys()])].sort((a, b) => a - b);
  const byte = (value: number | undefined): string => (value ?? 0).toString(16).padStart(2, '0');
  return hosts.flatMap((host) => {
    const before = compiled.old.get(host) ?? interpreted.old.get(host);
    const [a, b] = [compiled.now.get(host) ?? before, interpreted.now.get(host) ?? before];
    if (a === b) return [];
    const what = `physical address ${(host - ramBase).toString(16)}`;
    return [{ what, before: byte(before), compiled: byte(a), interpreted: byte(b) }];
  });
}

export function readDivergence(buffer: ArrayBufferLike, ramBase: number): Divergence {
  const view = new DataView(buffer);
  const code = view.getUint32(L.LOCKSTEP_CODE, true);
  return {
    rip: view.getBigUint64(L.LOCKSTEP_RIP, true),
    code: new Uint8Array(buffer, code, Math.min(CODE_SHOWN, 0x1000 - (code & 0xfff))).slice(),
    ran: view.getInt32(L.LOCKSTEP_RAN, true),
    replayed: view.getInt32(L.LOCKSTEP_REPLAYED, true),
    differences: [...stateDifferences(buffer), ...memoryDifferences(view, ramBase)],
  };
}

/** Import of the core: the machine stops, for compiled code is wrong. */
export function stopAtDivergence(buffer: ArrayBufferLike, ramBase: number): never {
  const { rip, code, ran, replayed, differences } = readDivergence(buffer, ramBase);
  const shown = differences.slice(0, DIFFERENCES_SHOWN);
  throw new Bug(
    [
      `The region at ${rip.toString(16)} did other than the interpreter in ${ran} instructions${
        replayed === ran ? '' : `, of which the interpreter ran ${replayed}`
      }.`,
      `Its page goes on from there with ${Array.from(code, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`,
      ...shown.map(
        ({ what, before, compiled, interpreted }) =>
          `${what}: compiled ${compiled}, interpreted ${interpreted}, before ${before}`,
      ),
      ...(differences.length > shown.length ? [`and ${differences.length - shown.length} more`] : []),
    ].join('\n'),
  );
}
