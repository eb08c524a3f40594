import { expect, test } from 'vitest';
import { FpuError } from './fpu-error.ts';
import { TestBench } from './test-bench.ts';

test('FERR# raises IRQ13; port 0xF0 releases it and ignores errors until FERR# ends', () => {
  const bench = new TestBench();
  const ignne: boolean[] = [];
  const chip = bench.plug(new FpuError(bench.context, { onIgnne: (asserted) => ignne.push(asserted) }));
  bench.out(0xf0, 0);
  expect(ignne).toEqual([]); // nothing pending, nothing to ignore
  chip.setFerr(true);
  expect(bench.probe().level).toBe(true);
  bench.out(0xf0, 0);
  expect(bench.probe().level).toBe(false);
  expect(ignne).toEqual([true]);
  chip.setFerr(false);
  expect(ignne).toEqual([true, false]);
  chip.setFerr(true);
  expect(bench.probe().rises).toBe(2);
});
