import { expect, test } from 'vitest';
import { ResetCf9 } from './reset-cf9.ts';
import { TestBench } from './test-bench.ts';

test('RCPU rising resets: the machine with SRST, the processor without (PIIX3, 2.5.13)', () => {
  const bench = new TestBench();
  const resets: string[] = [];
  const chip = bench.plug(new ResetCf9({ onReset: (kind) => resets.push(kind) }));
  bench.out(0xcf9, 0x02);
  expect(resets).toEqual([]);
  bench.out(0xcf9, 0x06);
  bench.out(0xcf9, 0x06);
  expect(resets).toEqual(['cold']);
  chip.reset();
  bench.out(0xcf9, 0x04);
  expect(resets).toEqual(['cold', 'warm']);
  expect(bench.in(0xcf9)).toBe(0x04);
});
