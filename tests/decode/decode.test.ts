import { describe, expect, it } from 'vitest';
import { EXHAUSTIVE, EXHAUSTIVE_VEX } from './byte-strings.ts';
import { DecodeCheck, differenceLines } from './check.ts';

/** In each mode; with the exhaustive parts this is some fifteen million strings in all. */
const RANDOM_STRINGS = 1_200_000;

describe.each([16, 32, 64] as const)('decoder in %i-bit mode, against iced-x86', (bits) => {
  it('agrees on every opcode with every ModR/M byte', () => {
    const check = new DecodeCheck();
    check.exhaustive(bits, 1, 0, EXHAUSTIVE);
    expect(check.result.strings).toBe(EXHAUSTIVE);
    expect(differenceLines(check.result)).toEqual([]);
  });

  it('agrees on random byte strings', () => {
    const check = new DecodeCheck();
    check.random(bits, 2, RANDOM_STRINGS);
    expect(check.result.strings).toBe(RANDOM_STRINGS);
    expect(check.result.defined).toBeGreaterThan(RANDOM_STRINGS / 4);
    expect(differenceLines(check.result)).toEqual([]);
  });
});

describe.each([32, 64] as const)('VEX prefixes in %i-bit mode, against iced-x86', (bits) => {
  it('agrees on every map, opcode, pp, W, L and ModR/M byte', () => {
    const check = new DecodeCheck();
    check.exhaustiveVex(bits, 3, 0, EXHAUSTIVE_VEX);
    expect(check.result.strings).toBe(EXHAUSTIVE_VEX);
    expect(check.result.defined).toBeGreaterThan(0);
    expect(differenceLines(check.result)).toEqual([]);
  });
});
