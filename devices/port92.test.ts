import { expect, test } from 'vitest';
import { Port92 } from './port92.ts';
import { TestBench } from './test-bench.ts';

test('A20 follows bit 1, and only the rise of bit 0 resets (PIIX3, 2.5.10)', () => {
  const bench = new TestBench();
  const events: string[] = [];
  bench.plug(new Port92({ onA20: (isOpen) => events.push(`A20 ${isOpen}`), onReset: () => events.push('reset') }));
  expect(events).toEqual(['A20 true']);
  bench.out(0x92, 0x00);
  bench.out(0x92, 0x00);
  bench.out(0x92, 0x02);
  bench.out(0x92, 0x03);
  bench.out(0x92, 0xff);
  expect(bench.in(0x92)).toBe(0x03);
  bench.out(0x92, 0x02);
  bench.out(0x92, 0x03);
  expect(events.slice(1)).toEqual(['A20 false', 'A20 true', 'reset', 'reset']);
});
