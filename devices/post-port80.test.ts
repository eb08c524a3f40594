import { expect, test } from 'vitest';
import { PostPort80 } from './post-port80.ts';
import { TestBench } from './test-bench.ts';

test('the last code is kept for whoever looks', () => {
  const bench = new TestBench();
  const post = bench.plug(new PostPort80());
  bench.out(0x80, 0x55);
  expect(bench.in(0x80)).toBe(0x55);
  expect(post.registers[0]?.peek()).toBe(0x55);
});
