// x87 instructions against what a CPU did: record-x87.c, whose operands x87-cases.ts makes again. The guest program executes
// the very instructions that the recorder did: FRSTOR, the one in question, FNSAVE.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, test } from 'vitest';
import { createCore, type Core } from '../../../tests/silicon/core.ts';
import { CR0_NE, CR0_PE } from '../../shared/register-bits.ts';
import * as S from '../../shared/state.ts';
import { X87_BLOCK, X87_COUNT, X87_OPERATIONS, definesFlags, type X87Operation } from './x87-operations.ts';

/** The part of WebAssembly that is used here; neither ECMAScript's types nor Node's declare it. */
interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

interface Cases {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  fill(operation: number, kind: number, variants: number, count: number, out: number): void;
  summarize(
    kind: number,
    flagsDefined: number,
    count: number,
    input: number,
    result: number,
    after: number,
    out: number,
  ): void;
}

/** Exports of the core that only this test uses. */
interface Setters {
  modeChanged(cpu: number): void;
  setSegment(cpu: number, n: number, selector: number, base: bigint, limit: number, attributes: number): void;
}

const CASE = 128;
const MEMORY = 112;
const RESULT = 112;
/** An operation in the corpus: flags, hashes, sums of blocks. */
const SIZE = 2 * X87_COUNT + (4 * X87_COUNT) / X87_BLOCK;

// Guest physical and, in the memory of x87-cases.ts, linear addresses.
const CODE = 0x1000;
const INPUT = 0x10000;
const OUTPUT = INPUT + CASE * X87_COUNT;
const AFTER = OUTPUT + RESULT * X87_COUNT;
const SUMMARY = AFTER + CASE * X87_COUNT;
const STACK = 0x8000;
const RAM = 0x400000;

const corpus = brotliDecompressSync(readFileSync(new URL('x87-corpus.bin.br', import.meta.url)));
let cases: Cases;
let core: Core;

async function compileCases(): Promise<Cases> {
  let binary: Uint8Array | undefined;
  const { error } = await asc.main(
    ['assembly/softfloat/tests/x87-cases.ts', '-O3', '--runtime', 'stub', '--noAssert', '--outFile', 'cases.wasm'],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = new Uint8Array(contents);
      },
      stderr: process.stderr,
    },
  );
  if (error || !binary) throw error ?? new Error('asc wrote nothing');
  const { instance } = await WebAssembly.instantiate(binary, {});
  return instance.exports as unknown as Cases;
}

/** A vCPU in flat protected mode with interrupts off. */
function createFlatCore(): Core {
  const made = createCore(RAM);
  const setters = made.exports as unknown as Setters;
  made.exports.mapRam(0, RAM >> 12, made.ram);
  made.exports.remapped(made.cpu);
  made.view.setUint32(made.cpu + S.STATE_INTERCEPT, 1, true);
  made.view.setBigUint64(made.cpu + S.STATE_CR0, BigInt(CR0_PE | CR0_NE), true);
  setters.modeChanged(made.cpu);
  setters.setSegment(made.cpu, S.CS, 8, 0n, 0xffffffff, 0xc09b);
  for (const n of [S.ES, S.SS, S.DS, S.FS, S.GS]) setters.setSegment(made.cpu, n, 16, 0n, 0xffffffff, 0xc093);
  return made;
}

beforeAll(async () => {
  cases = await compileCases();
  cases.memory.grow(RAM >> 16);
  core = createFlatCore();
});

const dword = (v: number): number[] => [v & 0xff, (v >> 8) & 0xff, (v >> 16) & 0xff, v >>> 24];

/** A loop over every `stride`-th case: ESI case, EDI memory operand, EDX result, ECX count. */
function program(code: readonly [number, number], stride: number): number[] {
  const body = [
    ...[0xdd, 0x26, ...code, 0x9c, 0x58, 0x89, 0x42, 0x6c, 0xdd, 0x32], // FRSTOR ... PUSHFD POP MOV FNSAVE
    ...[0x81, 0xc6, ...dword(CASE * stride)],
    ...[0x81, 0xc7, ...dword(CASE * stride)],
    ...[0x81, 0xc2, ...dword(RESULT * stride)],
    0x49, // DEC ECX
  ];
  return [...body, 0x75, -(body.length + 2) & 0xff];
}

function setRegister(offset: number, value: number): void {
  core.view.setBigUint64(core.cpu + offset, BigInt(value), true);
}

/** Executes the cases of one variant, which are every `stride`-th from `first` on. */
function execute(code: readonly [number, number], first: number, stride: number): void {
  const text = program(code, stride);
  core.bytes.set(text, core.ram + CODE);
  core.exports.invalidate(core.cpu, CODE, text.length);
  setRegister(S.RSI, INPUT + CASE * first);
  setRegister(S.RDI, INPUT + CASE * first + MEMORY);
  setRegister(S.RDX, OUTPUT + RESULT * first);
  setRegister(S.RCX, X87_COUNT / stride);
  setRegister(S.RSP, STACK);
  setRegister(S.STATE_RIP, CODE);
  const instructions = (X87_COUNT / stride) * 11;
  for (let left = instructions; left > 0; left -= 20000) core.exports.run(core.cpu, Math.min(left, 20000));
  expect(Number(core.view.getBigUint64(core.cpu + S.STATE_RIP, true))).toBe(CODE + text.length);
}

/** What the corpus should hold of the operation. */
function run(operation: X87Operation, place: number): Uint8Array {
  cases.fill(place, operation.kind, operation.codes.length, X87_COUNT, INPUT);
  core.bytes.set(new Uint8Array(cases.memory.buffer, INPUT, CASE * X87_COUNT), core.ram + INPUT);
  operation.codes.forEach((code, n) => execute(code, n, operation.codes.length));
  const guest = (at: number, size: number): Uint8Array => core.bytes.subarray(core.ram + at, core.ram + at + size);
  new Uint8Array(cases.memory.buffer).set(guest(OUTPUT, RESULT * X87_COUNT), OUTPUT);
  new Uint8Array(cases.memory.buffer).set(guest(INPUT, CASE * X87_COUNT), AFTER);
  cases.summarize(operation.kind, definesFlags(operation) ? 1 : 0, X87_COUNT, INPUT, OUTPUT, AFTER, SUMMARY);
  return new Uint8Array(cases.memory.buffer, SUMMARY, SIZE);
}

/** Operands of a case, what was computed, and the flags that were recorded. */
function explain(operation: X87Operation, n: number, computed: Uint8Array, recorded: Uint8Array): string {
  const view = new DataView(cases.memory.buffer);
  const hex = (at: number, bytes: number): string =>
    (bytes === 8 ? view.getBigUint64(at, true) : view.getUint16(at, true)).toString(16).padStart(2 * bytes, '0');
  const number = (at: number): string => `${hex(at + 8, 2)}:${hex(at, 8)}`;
  const before = INPUT + n * CASE;
  const result = OUTPUT + n * RESULT;
  const code = operation.codes[n % operation.codes.length] ?? [];
  return [
    `case ${n} (${code.map((byte) => byte.toString(16)).join(' ')}): cw ${hex(before, 2)} sw ${hex(before + 4, 2)}`,
    `a ${number(before + 28)} b ${number(before + 38)} memory ${number(before + MEMORY)}:`,
    `st0 ${number(result + 28)} st1 ${number(result + 38)} memory ${number(AFTER + n * CASE + MEMORY)} sw ${hex(result + 4, 2)}:`,
    `flags ${computed[n]?.toString(16)} hash ${computed[X87_COUNT + n]?.toString(16)},`,
    `recorded ${recorded[n]?.toString(16)} and ${recorded[X87_COUNT + n]?.toString(16)}`,
  ].join(' ');
}

describe('x87 instructions leave what a CPU left', () => {
  test('the corpus has every operation', () => expect(corpus.length).toBe(X87_OPERATIONS.length * SIZE));

  X87_OPERATIONS.forEach((operation, place) => {
    test(`${operation.name}`, () => {
      const computed = run(operation, place);
      const recorded = corpus.subarray(place * SIZE, (place + 1) * SIZE);
      const wrong = Array.from({ length: X87_COUNT }, (_, n) => n).filter(
        (n) => computed[n] !== recorded[n] || computed[X87_COUNT + n] !== recorded[X87_COUNT + n],
      );
      expect(wrong.slice(0, 5).map((n) => explain(operation, n, computed, recorded))).toEqual([]);
      // sums of 32 bits: what the hashes of single cases may have missed
      expect(Buffer.compare(computed, recorded)).toBe(0);
    });
  });
});
