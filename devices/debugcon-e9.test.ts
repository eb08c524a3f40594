import { expect, test } from 'vitest';
import { MemoryCharBackend } from './backend.ts';
import { DebugconE9 } from './debugcon-e9.ts';
import { TestBench } from './test-bench.ts';

test('bytes go to the host, and a read identifies the console', () => {
  const bench = new TestBench();
  const backend = new MemoryCharBackend();
  bench.plug(new DebugconE9({ backend }));
  for (const char of 'hi') bench.out(0xe9, char.charCodeAt(0));
  expect(backend.text).toBe('hi');
  expect(bench.in(0xe9)).toBe(0xe9);
});
