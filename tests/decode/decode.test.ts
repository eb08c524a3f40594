import { describe, expect, it } from 'vitest';
import { EXHAUSTIVE } from './byte-strings.ts';
import { DecodeCheck, differenceLines } from './check.ts';

/** In each mode; with the exhaustive part this is more than five million strings in all. */
const RANDOM_STRINGS = 1_500_000;

describe.each([16, 32] as const)('decoder in %i-bit mode, against iced-x86', (bits) => {
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
