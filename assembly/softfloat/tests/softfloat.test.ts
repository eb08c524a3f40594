// Soft floating point against results that a real x87 computed (and MPFR, for the transcendental functions): see record.c.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, test } from 'vitest';

/** The part of WebAssembly that is used here; neither ECMAScript's types nor Node's declare it. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

interface Probe {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  resultSig: { value: number };
  resultSe: { value: number };
  resultSig2: { value: number };
  run(cpu: number, operation: number, cw: number, ae: number, am: bigint, be: number, bm: bigint): number;
}

const NAMES: Record<number, string> = {
  0: 'add',
  1: 'subtract',
  2: 'subtract reversed',
  3: 'multiply',
  4: 'divide',
  5: 'divide reversed',
  6: 'square root',
  7: 'partial remainder',
  8: 'IEEE partial remainder',
  9: 'round to integer',
  10: 'scale',
  11: 'extract',
  12: 'to binary32',
  13: 'to binary64',
  14: 'to int16',
  15: 'to int32',
  16: 'to int64',
  17: 'truncate to int16',
  18: 'truncate to int32',
  19: 'truncate to int64',
  20: 'to BCD',
  21: 'from binary32',
  22: 'from binary64',
  23: 'from int16',
  24: 'from int32',
  25: 'from int64',
  26: 'from BCD',
  27: 'compare',
  28: 'compare unordered',
  30: '2^x - 1',
  31: 'y log2(x)',
  32: 'tangent',
  33: 'arctangent',
  34: 'y log2(x + 1)',
  35: 'sine',
  36: 'cosine',
};

const RECORD_SIZE = 40;
const CPU = 0x10000;
/** Exceptions and C1; the remainders also leave quotient bits in C0 and C3 and completeness in C2. */
const FLAGS = 0x23f;
const FLAGS_REMAINDER = 0x473f | 0x200;
const CONDITIONS = 0x4500;
/** C3 C2 C0 for greater, less, equal, unordered. */
const RELATIONS = [0, 0x100, 0x4000, 0x4500];
/** Bytes that a store writes. */
const WIDTHS: Record<number, number> = { 12: 4, 13: 8, 14: 2, 15: 4, 16: 8, 17: 2, 18: 4, 19: 8 };

const bytes = gunzipSync(readFileSync(new URL('corpus.bin.gz', import.meta.url)));
let probe: Probe;

beforeAll(async () => {
  let binary: Uint8Array | undefined;
  const { error } = await asc.main(
    ['assembly/softfloat/tests/entry.ts', '-O3', '--runtime', 'stub', '--noAssert', '--outFile', 'probe.wasm'],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = new Uint8Array(contents);
      },
      stderr: process.stderr,
    },
  );
  if (error || !binary) throw error ?? new Error('asc wrote nothing');
  const { instance } = await WebAssembly.instantiate(binary, {
    env: {
      abort: () => {
        throw new Error('abort');
      },
    },
  });
  probe = instance.exports as unknown as Probe;
  probe.memory.grow(2);
});

const hex = (se: number, sig: bigint) => `${se.toString(16).padStart(4, '0')}:${sig.toString(16).padStart(16, '0')}`;

/** Text of what is wrong with the record at `offset`, or nothing. */
function check(offset: number): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, RECORD_SIZE);
  const operation = view.getUint8(0);
  const blocked = view.getUint8(1) !== 0;
  const [cw, status, ae, be, re] = [2, 4, 6, 8, 10].map((at) => view.getUint16(at, true)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [am, bm, rm] = [16, 24, 32].map((at) => view.getBigUint64(at, true)) as [bigint, bigint, bigint];
  const flags = probe.run(CPU, operation, cw, ae, am, be, bm);
  const memory = new DataView(probe.memory.buffer);
  const sig = memory.getBigUint64(CPU + probe.resultSig.value, true);
  const se = memory.getUint32(CPU + probe.resultSe.value, true);
  const mask = operation === 7 || operation === 8 ? FLAGS_REMAINDER : FLAGS;
  const where = `cw ${cw.toString(16)} a ${hex(ae, am)} b ${hex(be, bm)}`;
  if ((flags & mask) !== (status & mask))
    return `${where}: flags ${(flags & mask).toString(16)}, not ${(status & mask).toString(16)}`;
  if (operation === 27 || operation === 28) {
    const conditions = RELATIONS[Number(sig & 3n)];
    return conditions === (status & CONDITIONS) ? undefined : `${where}: relation ${sig & 3n}`;
  }
  if (blocked) return undefined;
  const width = WIDTHS[operation];
  const good = width ? BigInt.asUintN(8 * width, sig ^ rm) === 0n : sig === rm && se === re;
  if (!good) return `${where}: ${hex(se, sig)}, not ${hex(re, rm)}`;
  if (operation !== 11) return undefined;
  const second = memory.getBigUint64(CPU + probe.resultSig2.value, true);
  return second === bm ? undefined : `${where}: significand ${hex(be, second)}`;
}

const offsets = Array.from({ length: bytes.length / RECORD_SIZE }, (_, n) => n * RECORD_SIZE);

describe('80-bit soft floating point equals the recorded results', () => {
  for (const [number, name] of Object.entries(NAMES)) {
    test(`${name}`, () => {
      const mine = offsets.filter((offset) => bytes[offset] === Number(number));
      expect(mine.length).toBeGreaterThanOrEqual(200);
      const wrong = mine.map(check).filter((text) => text !== undefined);
      expect(wrong).toEqual([]);
    });
  }
});
