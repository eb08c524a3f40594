// Transcendental functions against correctly rounded results that MPFR computed: see record.c. All else is in x87.test.ts.
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
  run(cpu: number, operation: number, cw: number, ae: number, am: bigint, be: number, bm: bigint): number;
}

const NAMES: Record<number, string> = {
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
/** Exceptions and C1. */
const FLAGS = 0x23f;

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
  const where = `cw ${cw.toString(16)} a ${hex(ae, am)} b ${hex(be, bm)}`;
  if ((flags & FLAGS) !== (status & FLAGS))
    return `${where}: flags ${(flags & FLAGS).toString(16)}, not ${(status & FLAGS).toString(16)}`;
  return sig === rm && se === re ? undefined : `${where}: ${hex(se, sig)}, not ${hex(re, rm)}`;
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
