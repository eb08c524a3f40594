// Recomputes every constant of tables.ts from its definition, with integers of 400 fraction bits.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const source = readFileSync(new URL('tables.ts', import.meta.url), 'utf8');
const BITS = 400n;
const ONE = 1n << BITS;

/** Nearest multiple of 2^-128 of a number with BITS fraction bits. */
const rounded = (x: bigint) => (x + (1n << (BITS - 129n))) >> (BITS - 128n);

function words(text: string): bigint[] {
  return [...text.matchAll(/0x[0-9a-f]+/g)].map((match) => BigInt(match[0]));
}

/** Rows of a table: pairs of words, high first. */
function table(name: string): bigint[] {
  const text = new RegExp(`${name} = memory\\.data<u64>\\(\\[([^\\]]*)\\]`).exec(source)?.[1];
  if (text === undefined) throw new Error(`tables.ts has no ${name}`);
  const list = words(text);
  return Array.from({ length: list.length / 2 }, (_, n) => ((list[2 * n] ?? 0n) << 64n) | (list[2 * n + 1] ?? 0n));
}

function constant(name: string): bigint {
  const half = (part: string) =>
    words(new RegExp(`${name}_${part}: u64 = (0x[0-9a-f]+)`).exec(source)?.[1] ?? '')[0] ?? 0n;
  return (half('HIGH') << 64n) | half('LOW');
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

function factorial(n: number): bigint {
  return n < 2 ? 1n : BigInt(n) * factorial(n - 1);
}

function squareRoot(x: bigint): bigint {
  let root = 1n << BigInt((x.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Sum of x^(2n + 1) / (2n + 1), with alternating signs for the arctangent. */
function oddSeries(x: bigint, sign: bigint): bigint {
  const square = (x * x) >> BITS;
  let power = x;
  let sum = 0n;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (sign * (power * square)) / ONE;
  }
  return sum;
}

const atanh = (x: bigint) => oddSeries(x, 1n);
const ln = (x: bigint) => 2n * atanh(((x - ONE) << BITS) / (x + ONE));
const LN2 = ln(2n * ONE);
/** Machin: pi/4 = 4 atan(1/5) - atan(1/239). */
const QUARTER_PI = 4n * oddSeries(ONE / 5n, -1n) - oddSeries(ONE / 239n, -1n);

/** atan(x) for 0 <= x <= 1: halves the angle until the series converges fast. */
function atan(x: bigint): bigint {
  if (x * 8n < ONE) return oddSeries(x, -1n);
  return 2n * atan((x << BITS) / (ONE + squareRoot((ONE << BITS) + x * x)));
}

/** 2^(k/32) by five square roots of 2^k. */
function power(k: number): bigint {
  let x = k < 0 ? ONE >> BigInt(-k) : ONE << BigInt(k);
  for (let n = 0; n < 5; n++) x = squareRoot(x << BITS);
  return x;
}

describe('constants of the transcendental routines', () => {
  const definitions: Record<string, bigint[]> = {
    EXP_SERIES: range(2, 17).map((n) => ONE / factorial(n)),
    POWERS_UP: range(0, 31).map((k) => power(k) - ONE),
    POWERS_DOWN: range(0, 31).map((k) => ONE - power(-k)),
    ODD_RECIPROCALS: range(1, 12).map((n) => ONE / BigInt(2 * n + 1)),
    LOG2_OF_RECIPROCALS: range(45, 91).map((j) => {
      const log = (ln((BigInt(Math.round(16384 / j)) << BITS) / 256n) << BITS) / LN2;
      return log < 0n ? -log : log;
    }),
    SIN_SERIES: range(1, 17).map((n) => ONE / factorial(2 * n + 1)),
    COS_SERIES: range(1, 17).map((n) => ONE / factorial(2 * n)),
    ARCTANGENTS: range(0, 32).map((j) => atan((BigInt(j) << BITS) / 32n)),
  };
  for (const [name, values] of Object.entries(definitions)) {
    test(`${name}`, () => {
      expect(table(name)).toEqual(values.map(rounded));
    });
  }

  test('single constants', () => {
    expect(constant('LN2')).toBe(rounded(LN2));
    expect(constant('HALF_LOG2E')).toBe(rounded((ONE << BITS) / LN2 / 2n));
    expect(constant('QUARTER_PI')).toBe(rounded(QUARTER_PI));
    // pi with two integer and 64 fraction bits, truncated
    expect(constant('TRIG_PI')).toBe((4n * QUARTER_PI) >> (BITS - 64n));
  });
});
