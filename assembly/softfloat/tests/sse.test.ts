// binary32 and binary64 arithmetic against what a CPU computed (see record-sse.c), under random MXCSR settings.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, test } from 'vitest';
import { SSE_COUNT, SSE_OPERATIONS } from './sse-operations.ts';

/** The part of WebAssembly that is used here; neither ECMAScript's types nor Node's declare it. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

interface Cases {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  run(cpu: number, operation: number, count: number, out: number): void;
  seed(operation: number): void;
  step(cpu: number, operation: number): bigint;
  operand(n: number): bigint;
  approximate(v: number, root: number): number;
  worstError(root: number): number;
}

const CPU = 0x10000;
const OUT = 0x20000;

const corpus = brotliDecompressSync(readFileSync(new URL('sse-corpus.bin.br', import.meta.url)));
let cases: Cases;

beforeAll(async () => {
  let binary: Uint8Array | undefined;
  const { error } = await asc.main(
    ['assembly/softfloat/tests/sse-cases.ts', '-O3', '--runtime', 'stub', '--noAssert', '--outFile', 'cases.wasm'],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = new Uint8Array(contents);
      },
      stderr: process.stderr,
    },
  );
  if (error || !binary) throw error ?? new Error('asc wrote nothing');
  const { instance } = await WebAssembly.instantiate(binary, {});
  cases = instance.exports as unknown as Cases;
  cases.memory.grow(4);
});

const hex = (v: bigint) => BigInt.asUintN(64, v).toString(16);

/** Operands and result of a case, computed again. */
function explain(operation: number, index: number): string {
  cases.seed(operation);
  let result = 0n;
  for (let n = 0; n <= index; n++) result = cases.step(CPU, operation);
  const [a, b, c, mxcsr, variant] = [0, 1, 2, 3, 4].map((n) => hex(cases.operand(n)));
  return `case ${index}: mxcsr ${mxcsr} variant ${variant} a ${a} b ${b} c ${c}: ${hex(result)}`;
}

describe('binary32 and binary64 soft floating point equals the recorded results and flags', () => {
  test('the corpus has every operation', () => expect(corpus.length).toBe(SSE_OPERATIONS.length * SSE_COUNT * 2));

  SSE_OPERATIONS.forEach(([operation, name], place) => {
    test(`${name}`, () => {
      cases.run(CPU, operation, SSE_COUNT, OUT);
      const computed = Buffer.from(cases.memory.buffer, OUT, 2 * SSE_COUNT);
      const recorded = corpus.subarray(place * 2 * SSE_COUNT, (place + 1) * 2 * SSE_COUNT);
      const wrong = Array.from({ length: SSE_COUNT }, (_, n) => n).filter(
        (n) => computed[n] !== recorded[n] || computed[SSE_COUNT + n] !== recorded[SSE_COUNT + n],
      );
      expect(wrong.slice(0, 5).map((n) => `${explain(operation, n)} recorded flags ${recorded[n]}`)).toEqual([]);
    });
  });
});

describe('approximations of the reciprocal and of the reciprocal root', () => {
  test.each([0, 1])('relative error at most 1.5 * 2^-12 (%i)', (root) => {
    expect(cases.worstError(root)).toBeLessThanOrEqual(1.5);
    expect(cases.worstError(root)).toBeGreaterThan(1);
  });

  // 1.0 as Intel processors have it; the others by the manual.
  test.each([
    [0x3f800000, 0x3f7ff000],
    [0, 0x7f800000],
    [0x80000001, 0xff800000],
    [0x7f7fffff, 0],
    [0xff800000, 0x80000000],
    [0x7f800001, 0x7fc00001],
  ])('reciprocal of %i', (v, expected) => expect(cases.approximate(v, 0) >>> 0).toBe(expected));

  test.each([
    [0x3f800000, 0x3f7ff000],
    [0x40800000, 0x3efff000],
    [0x80000000, 0xff800000],
    [0xbf800000, 0xffc00000],
    [0x7f800000, 0],
    [0xff800001, 0xffc00001],
  ])('reciprocal root of %i', (v, expected) => expect(cases.approximate(v, 1) >>> 0).toBe(expected));
});
