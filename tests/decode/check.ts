/** Compares the core's decoder with the oracle over many byte strings and groups what differs. */
import { MODE_16, MODE_32, MODE_64 } from '../../assembly/shared/state.ts';
import { Random } from '../../recorder/random.ts';
import { createCore, type Core } from '../silicon/core.ts';
import { SLOT, exhaustive, exhaustiveVex, random } from './byte-strings.ts';
import { DECODE_DIFFERENCES } from './differences.ts';
import { Oracle } from './oracle.ts';

const MODES = { 16: MODE_16, 32: MODE_32, 64: MODE_64 } as const;
const BATCH = 1 << 14;
const RAM_BYTES = 0x100000;

export interface DecodeResult {
  strings: number;
  defined: number;
  /** By iced's name and both answers: how many, and the first string. */
  readonly differences: Map<string, { count: number; first: string }>;
  /** Of the documented differences, how many strings each explains. */
  readonly explained: Map<string, number>;
}

export class DecodeCheck {
  readonly #core: Core = createCore(RAM_BYTES);
  readonly #oracle = new Oracle(this.#core);
  readonly result: DecodeResult = { strings: 0, defined: 0, differences: new Map(), explained: new Map() };

  exhaustive(bits: 16 | 32 | 64, seed: number, from: number, to: number): void {
    this.#run(bits, seed, to - from, (slot, r, n) => exhaustive(slot, r, from + n));
  }

  exhaustiveVex(bits: 16 | 32 | 64, seed: number, from: number, to: number): void {
    this.#run(bits, seed, to - from, (slot, r, n) => exhaustiveVex(slot, r, from + n));
  }

  random(bits: 16 | 32 | 64, seed: number, count: number): void {
    this.#run(bits, seed, count, (slot, r) => random(slot, r, bits));
  }

  #run(bits: 16 | 32 | 64, seed: number, count: number, make: (slot: Uint8Array, r: Random, n: number) => void): void {
    const r = new Random(seed);
    const { core } = { core: this.#core };
    const strings = core.bytes.subarray(core.ram, core.ram + BATCH * SLOT);
    for (let done = 0; done < count; done += BATCH) {
      const size = Math.min(BATCH, count - done);
      for (let n = 0; n < size; n++) make(strings.subarray(n * SLOT, n * SLOT + SLOT), r, done + n);
      this.#oracle.decode(bits, strings.slice(0, size * SLOT), size, (n, e) => {
        const got = core.exports.decodeLength(core.cpu, MODES[bits], core.ram + n * SLOT, SLOT);
        this.result.strings++;
        if (e.length > 0) this.result.defined++;
        if (got !== e.length && !(e.undefinedByDesign && got === 0))
          this.#differs(bits, e.name, e.length, got, strings.subarray(n * SLOT, n * SLOT + SLOT));
      });
    }
  }

  #differs(bits: 16 | 32 | 64, name: string, expected: number, got: number, bytes: Uint8Array): void {
    const known = DECODE_DIFFERENCES.find((d) => d.applies(name, expected, got, bytes));
    if (known) {
      this.result.explained.set(known.id, (this.result.explained.get(known.id) ?? 0) + 1);
      return;
    }
    const kind = expected > 0 && got > 0 ? 'length' : `${expected || '#UD'} not ${got === 0 ? '#UD' : got}`;
    const key = `${bits}-bit ${name}: ${kind}`;
    const group = this.result.differences.get(key);
    if (group) group.count++;
    else this.result.differences.set(key, { count: 1, first: Buffer.from(bytes).toString('hex') });
  }
}

/** One line for each kind of difference, most frequent first; empty if there is none. */
export function differenceLines(result: DecodeResult, groups = 60): string[] {
  const sorted = [...result.differences].sort((a, b) => b[1].count - a[1].count);
  const lines = sorted.slice(0, groups).map(([key, g]) => `${g.count} x ${key} [${g.first}]`);
  return sorted.length > groups ? [...lines, `and ${sorted.length - groups} more groups`] : lines;
}
