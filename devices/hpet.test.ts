import { beforeEach, describe, expect, test } from 'vitest';
import { Hpet } from './hpet.ts';
import { TestBench } from './test-bench.ts';

const BASE = 0xfed00000;
const ENB = 4;
const LEVEL = 2;
const PERIODIC = 8;
const VAL_SET = 0x40;
const MODE_32 = 0x100;
const route = (pin: number): number => pin << 9;
let bench: TestBench;
let legacy: boolean[];

const get = (offset: number): number => bench.bus.read('mmio', BASE + offset, 4);
const set = (offset: number, value: number): void => bench.bus.write('mmio', BASE + offset, 4, value);

beforeEach(() => {
  bench = new TestBench();
  legacy = [];
  bench.plug(new Hpet(bench.context, { onLegacyRoute: (on) => legacy.push(on) }));
});

test('capabilities (2.3.4): Intel, legacy route, 64 bits, three timers, 10 ns', () => {
  expect(get(0)).toBe(0x8086a201);
  expect(get(4)).toBe(10_000_000);
  expect(get(0x104)).toBe(0x00ff0104);
  expect(get(0x100)).toBe(0x30);
});

test('the counter runs while enabled and is set while not', () => {
  bench.pass(1000);
  expect(get(0xf0)).toBe(0);
  set(0xf0, 0xffffffff);
  set(0xf4, 1);
  set(0x10, 1);
  bench.pass(100);
  expect([get(0xf0), get(0xf4)]).toEqual([9, 2]);
  set(0x10, 0);
  bench.pass(100);
  expect(get(0xf0)).toBe(9);
});

describe('one shot', () => {
  test('an edge at the match', () => {
    set(0x100, ENB | route(16));
    set(0x108, 100);
    set(0x10c, 0);
    set(0x10, 1);
    bench.pass(999);
    expect(bench.probe(16).rises).toBe(0);
    bench.pass(1);
    expect(bench.probe(16).rises).toBe(1);
    bench.pass(60_000_000_000);
    expect(bench.probe(16).rises).toBe(1);
    expect(get(0x20)).toBe(0);
  });

  test('in 32-bit mode it matches again after every turn of the lower half', () => {
    set(0x100, ENB | MODE_32 | route(16));
    set(0x108, 100);
    set(0x10, 1);
    bench.pass(2 ** 32 * 10 + 1000);
    expect(bench.probe(16).rises).toBe(2);
  });

  test('a level stays until its status bit is written with 1', () => {
    set(0x120, ENB | LEVEL | route(20));
    set(0x128, 50);
    set(0x12c, 0);
    set(0x10, 1);
    bench.pass(500);
    expect(bench.probe(20).level).toBe(true);
    expect(get(0x20)).toBe(2);
    set(0x20, 1);
    expect(bench.probe(20).level).toBe(true);
    set(0x20, 2);
    expect(bench.probe(20).level).toBe(false);
  });

  test('disabled, a comparator interrupts nobody', () => {
    set(0x100, route(16));
    set(0x108, 10);
    set(0x10c, 0);
    set(0x10, 1);
    bench.pass(1000);
    expect(bench.probe(16).rises).toBe(0);
  });
});

describe('periodic', () => {
  /** As Linux sets it up: stop, comparator with VAL_SET, then the period. */
  function start(first: number, period: number): void {
    set(0x100, ENB | PERIODIC | VAL_SET | MODE_32);
    set(0x108, first);
    set(0x108, period);
    set(0x10, 3);
  }

  test('the first match and then one every period', () => {
    start(500, 100_000);
    expect(get(0x100) & VAL_SET).toBe(0);
    bench.pass(5_000);
    expect(bench.probe(0).rises).toBe(1);
    expect(get(0x108)).toBe(100_500);
    bench.pass(1_000_000_000);
    expect(bench.probe(0).rises).toBe(1001);
  });

  test('time that passes in one leap gives one edge and no drift', () => {
    start(500, 100_000);
    bench.nowNs = 10_000_000 + 4_000;
    bench.clock.runDue();
    expect(bench.probe(0).rises).toBe(1);
    expect(bench.clock.nextDeadline()).toBe(10_000_000 + 5_000);
  });

  test('64-bit writes, seen as two halves at the same instant, set comparator and period whole', () => {
    set(0x100, ENB | PERIODIC | VAL_SET | route(17));
    set(0x108, 7);
    set(0x10c, 0);
    bench.nowNs += 10;
    set(0x108, 100);
    set(0x10c, 0);
    set(0x10, 1);
    bench.pass(70);
    expect(bench.probe(17).rises).toBe(1);
    bench.pass(1000);
    expect(bench.probe(17).rises).toBe(2);
  });
});

test('the legacy route takes IRQ0 and IRQ8 from PIT and RTC (2.2.3)', () => {
  set(0x100, ENB | route(16));
  set(0x120, ENB | route(16));
  for (const offset of [0x108, 0x128]) {
    set(offset, 10);
    set(offset + 4, 0);
  }
  set(0x10, 3);
  expect(legacy).toEqual([true]);
  bench.pass(100);
  expect([0, 8, 16].map((pin) => bench.probe(pin).rises)).toEqual([1, 1, 0]);
  set(0x10, 0);
  expect(legacy).toEqual([true, false]);
  expect([0, 8].map((pin) => bench.probe(pin).level)).toEqual([false, false]);
});
