import { expect, test } from 'vitest';
import { IsaDebugExit } from './isa-debug-exit.ts';
import { TestBench } from './test-bench.ts';

test('a write exits with (value << 1) | 1, at the ports of -device isa-debug-exit,iobase=,iosize=', () => {
  const bench = new TestBench();
  const codes: number[] = [];
  bench.plug(new IsaDebugExit({ iobase: 0xf4, iosize: 4, onExit: (code) => codes.push(code) }));
  bench.out(0xf4, 0x10, 4);
  bench.out(0xf4, 0);
  expect(codes).toEqual([33, 1]);
});
