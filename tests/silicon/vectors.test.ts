/**
 * Compiled vector instructions against the interpreter's. Recorded cases have every bit pattern and every MXCSR, which compiled
 * code leaves alone more often than not; here each of them runs once more under both accelerators with numbers as programs have them.
 */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FX } from '../../recorder/fpu-state.ts';
import { Random } from '../../recorder/random.ts';
import type { MachineState, Patch } from '../../recorder/wire.ts';
import type { CaseMachine, Outcome, SystemTables } from './case-machine.ts';
import { readRecorded, recordedFiles, type CaseSource } from './case-sources.ts';
import { hasFeature } from './core.ts';
import { createMachine } from './machines.ts';
import { featuresOf } from './replay-case.ts';

const FILES = recordedFiles().filter((path) => /\/(sse|avx)-(32|64)\./.test(path));
/** All exceptions masked, to nearest; inexact results seen before or not. */
const QUIET = 0x1f80;
const INEXACT = 0x20;
const LANES = 0x1000;

/** Numbers of one format, now and then zero, denormal, huge, infinite or no number. */
function numbers(r: Random, format: 'single' | 'double' | 'integer'): Uint8Array {
  const bytes = new Uint8Array(LANES * 8);
  const view = new DataView(bytes.buffer);
  const special = [0, -0, Infinity, Number.NaN, 1e-310, 1e308, 2 ** -1022, 2 ** -126, 1e-40, 3e38, 2 ** 31, -1];
  for (let at = 0; at < bytes.length; at += 4) {
    const x = (r.below(1 << 20) - (1 << 19)) / 2 ** r.below(20);
    const v = r.chance(0.03) ? (special[r.below(special.length)] as number) : x;
    if (format === 'single') view.setFloat32(at, v, true);
    else if (format === 'integer') view.setInt32(at, r.chance(0.5) ? r.below(64) : r.below(2 ** 32), true);
    else if (at % 8 === 0) view.setFloat64(at, v, true);
  }
  return bytes;
}

class Operands {
  readonly #random = new Random(20261129);
  readonly #pools = (['single', 'double', 'integer'] as const).map((format) => numbers(this.#random, format));

  /** Some bytes of one format. */
  #bytes(pool: Uint8Array, size: number): Uint8Array {
    const start = this.#random.below((pool.length - size) >> 5) << 5;
    return pool.subarray(start, start + size);
  }
  state(before: MachineState): MachineState {
    const pool = this.#pools[this.#random.below(3)] as Uint8Array;
    const xsave = before.xsave.slice();
    xsave.set(this.#bytes(pool, FX.YMM_SIZE), FX.XMM);
    xsave.set(this.#bytes(pool, FX.YMM_SIZE), FX.YMM);
    const quiet = this.#random.chance(0.5) ? QUIET : QUIET | INEXACT;
    const mxcsr = this.#random.chance(0.9) ? quiet : quiet | (this.#random.below(0x10000) & 0xe05f);
    new DataView(xsave.buffer).setUint32(FX.MXCSR, mxcsr, true);
    return { ...before, xsave };
  }
  memory(machine: CaseMachine, own: readonly Patch[]): Patch[] {
    const pool = this.#pools[this.#random.below(3)] as Uint8Array;
    const data = machine.space.regions.filter((region) => !region.access.includes('x'));
    const fill = data.flatMap(({ address, size }) =>
      Array.from({ length: size >> 12 }, (_, page) => ({
        address: address + page * 0x1000,
        bytes: this.#bytes(pool, 0x1000),
      })),
    );
    return [...fill, ...own, twice(own)];
  }
}

/** The case's instruction, a jump to what follows, and the instruction again: the TLB has the page of its operand by then. */
function twice(own: readonly Patch[]): Patch {
  const { address, bytes } = own.at(-1) as Patch;
  return { address, bytes: Uint8Array.of(...bytes, 0xeb, 0, ...bytes) };
}

function contents(machine: CaseMachine): string {
  return machine.space.regions.map((region) => Buffer.from(machine.space.contents(region)).toString('latin1')).join('');
}

function text({ vector, errorCode, cr2, exit, state }: Outcome): string {
  const { general, ip, flags, xsave } = state;
  return [vector, errorCode, cr2, exit, general.join(), ip, flags, Buffer.from(xsave).toString('hex')].join(' ');
}

/** Forms whose results differ, and how many instructions ran in compiled code. */
function compareAccelerators(source: CaseSource): { readonly different: string[]; readonly compiled: number } {
  const machine = (accelerator: SystemTables['accelerator']): CaseMachine =>
    createMachine({ ...source.tables, accelerator });
  let [interpreted, compiled] = [machine('interp'), machine('jit')];
  const operands = new Operands();
  const different = new Set<string>();
  let count = 0;
  for (const c of source.cases) {
    if (featuresOf(c).some((f) => !hasFeature(interpreted.core, f))) continue;
    const before = operands.state(c.before);
    const memory = operands.memory(interpreted, c.memory);
    const outcome = interpreted.run(before, memory);
    const other = compiled.run(before, memory);
    if (text(outcome) !== text(other) || contents(interpreted) !== contents(compiled))
      different.add(`${c.form} ${c.label}`);
    if (outcome.vector >= 0 && other.vector >= 0) continue;
    count += compiled.core.exports.compiledCount(compiled.core.cpu);
    [interpreted, compiled] = [machine('interp'), machine('jit')];
  }
  return { different: [...different], compiled: count + compiled.core.exports.compiledCount(compiled.core.cpu) };
}

describe('vector instructions, compiled and interpreted', () => {
  it.each(FILES.map((path) => [basename(path, '.jsonl.gz'), path] as const))('%s', (_, path) => {
    const source = readRecorded(path);
    const { different, compiled } = compareAccelerators(source);
    expect(different).toEqual([]);
    expect(compiled).toBeGreaterThan(source.cases.length / 2);
  });
});
