// The host's SIMD arithmetic where machine/float-*.ts takes it, against the soft floating-point routines.
import asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, test } from 'vitest';

/** The part of WebAssembly that is used here; neither ECMAScript's types nor Node's declare it. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

interface Probe {
  memory: { grow(pages: number): number };
  firstDifference(cpu: number, operation: number, kind: number, wide: number, count: number): number;
  firstWrongComparison(cpu: number, wide: number, count: number): number;
  fastPaths(): number;
}

const CPU = 0x10000;
const COUNT = 20000;
/** Operations of sse-cases.ts whose operands suit: pairs, factors with an addend, numbers near integers. */
const PAIR = 0;
const FUSED = 9;
const NEAR_INTEGER = 11;
const OPERATIONS: readonly (readonly [name: string, kind: number])[] = [
  ['add', PAIR],
  ['subtract', PAIR],
  ['multiply', PAIR],
  ['divide', PAIR],
  ['square root', 4],
  ['add and subtract', PAIR],
  ['fused multiply-add', FUSED],
  ['round to integral', NEAR_INTEGER],
  ['to int32', NEAR_INTEGER],
  ['from int32, to binary32', PAIR],
  ['add low', PAIR],
  ['subtract low', PAIR],
  ['multiply low', PAIR],
  ['divide low', PAIR],
  ['square root low', PAIR],
  ['fused multiply-add low', FUSED],
  ['round to integral low', NEAR_INTEGER],
  ['low to int32', NEAR_INTEGER],
  ['low to int64', NEAR_INTEGER],
  ['low from int64', PAIR],
];
const DIRECT = ['minimum', 'maximum', 'minimum low', 'maximum low'];
const WIDE_KINDS = 20;
const NARROW_KIND = 41;

let probe: Probe;

beforeAll(async () => {
  let binary: Uint8Array | undefined;
  const flags = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--disableWarning', '112'];
  const { error } = await asc.main(
    ['assembly/softfloat/tests/float-fast-entry.ts', ...flags, '--outFile', 'fast.wasm'],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = new Uint8Array(contents);
      },
      stderr: process.stderr,
    },
  );
  if (error || !binary) throw error ?? new Error('asc wrote nothing');
  const { instance } = await WebAssembly.instantiate(binary, {});
  probe = instance.exports as unknown as Probe;
  probe.memory.grow(4);
});

describe.each([
  ['binary32', 0],
  ['binary64', 1],
])('%s', (_format, wide) => {
  test.each(OPERATIONS)('%s', (name, kind) => {
    const operation = OPERATIONS.findIndex(([other]) => other === name);
    const drawn = wide && operation === 9 ? NARROW_KIND : kind + wide * WIDE_KINDS;
    expect(probe.firstDifference(CPU, operation, drawn, wide, COUNT)).toBe(-1);
    // Four lanes of edge values rarely all are usual.
    expect(probe.fastPaths()).toBeGreaterThan(COUNT / 30);
  });

  test.each(DIRECT)('%s', (name) => {
    const operation = 100 + DIRECT.indexOf(name);
    expect(probe.firstDifference(CPU, operation, 5 + wide * WIDE_KINDS, wide, COUNT)).toBe(-1);
    expect(probe.fastPaths()).toBeGreaterThan(COUNT / 30);
  });

  test('comparisons', () => expect(probe.firstWrongComparison(CPU, wide, COUNT)).toBe(-1));
});

test('binary64 to binary32, low', () => expect(probe.firstDifference(CPU, 20, NARROW_KIND, 1, COUNT)).toBe(-1));
