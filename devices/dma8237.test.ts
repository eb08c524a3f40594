import { beforeEach, describe, expect, test } from 'vitest';
import { Dma8237 } from './dma8237.ts';
import { TestBench } from './test-bench.ts';

let bench: TestBench;

beforeEach(() => {
  bench = new TestBench();
  bench.plug(new Dma8237());
});

describe.each([
  ['first', 0x00, 1],
  ['second', 0xc0, 2],
])('the %s controller', (_name, base, step) => {
  const port = (register: number): number => base + register * step;

  test('addresses and counts go through the flip-flop, which port 12 clears', () => {
    bench.out(port(12), 0);
    for (const value of [0x34, 0x12]) bench.out(port(4), value);
    bench.out(port(5), 0xff);
    bench.out(port(12), 0);
    for (const value of [0xcd, 0xab]) bench.out(port(5), value);
    expect([bench.in(port(4)), bench.in(port(4)), bench.in(port(5)), bench.in(port(5))]).toEqual([
      0x34, 0x12, 0xcd, 0xab,
    ]);
  });

  test('masks: one bit, all, none, and all after master clear', () => {
    const mask = (): number => bench.in(port(15)) & 0x0f;
    expect(mask()).toBe(0x0f);
    bench.out(port(14), 0);
    expect(mask()).toBe(0);
    bench.out(port(10), 0x06);
    expect(mask()).toBe(0x04);
    bench.out(port(15), 0x0b);
    bench.out(port(10), 0x03);
    expect(mask()).toBe(0x03);
    bench.out(port(13), 0);
    expect(mask()).toBe(0x0f);
  });
});

test('page registers are a byte each', () => {
  for (let port = 0x81; port <= 0x8f; port += 1) bench.out(port, port ^ 0x55);
  for (let port = 0x81; port <= 0x8f; port += 1) expect(bench.in(port)).toBe(port ^ 0x55);
});
