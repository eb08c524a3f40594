import { beforeEach, describe, expect, test } from 'vitest';
import { IoApic, type ApicMessage } from './ioapic.ts';
import { TestBench } from './test-bench.ts';

const BASE = 0xfec00000;
const MASKED = 0x10000;
const LEVEL = 0x8000;
const REMOTE_IRR = 0x4000;
let bench: TestBench;
let ioapic: IoApic;
let sent: ApicMessage[];

beforeEach(() => {
  bench = new TestBench();
  sent = [];
  ioapic = bench.plug(new IoApic({ deliver: (message) => sent.push(message) }));
});

function get(register: number): number {
  bench.bus.write('mmio', BASE, 4, register);
  return bench.bus.read('mmio', BASE + 0x10, 4);
}
function set(register: number, value: number): void {
  bench.bus.write('mmio', BASE, 4, register);
  bench.bus.write('mmio', BASE + 0x10, 4, value);
}
const entry = (pin: number): number => 0x10 + 2 * pin;

test('identification, version and the reset state of the entries (3.2)', () => {
  expect(get(1)).toBe(0x00170011);
  for (let pin = 0; pin < 24; pin += 1) expect([get(entry(pin)), get(entry(pin) + 1)]).toEqual([MASKED, 0]);
  set(0, 0xffffffff);
  expect(get(0)).toBe(0x0f000000);
  expect(get(2)).toBe(0x0f000000);
});

test('delivery status and remote IRR are read-only', () => {
  set(entry(3), 0xffffffff);
  expect(get(entry(3))).toBe(0x0001afff);
  set(entry(3) + 1, 0xffffffff);
  expect(get(entry(3) + 1)).toBe(0xff000000);
});

describe('edges', () => {
  test("a rise sends one message with the entry's fields", () => {
    set(entry(4) + 1, 0x03000000);
    set(entry(4), 0x0931); // lowest priority, logical
    ioapic.input(4)(true);
    ioapic.input(4)(true);
    expect(sent).toEqual([
      { destination: 3, destinationMode: 'logical', vector: 0x31, deliveryMode: 1, trigger: 'edge', level: true },
    ]);
    ioapic.input(4)(false);
    ioapic.input(4)(true);
    expect(sent.length).toBe(2);
  });

  test('one that comes while masked is lost', () => {
    ioapic.input(4)(true);
    set(entry(4), 0x31);
    expect(sent).toEqual([]);
  });
});

describe('levels', () => {
  test('are sent once, and again after EOI while asserted', () => {
    set(entry(9), LEVEL | 0x39);
    ioapic.input(9)(true);
    expect(sent.map(({ vector, trigger }) => [vector, trigger])).toEqual([[0x39, 'level']]);
    expect(get(entry(9))).toBe(LEVEL | REMOTE_IRR | 0x39);
    ioapic.endOfInterrupt(0x38);
    expect(sent.length).toBe(1);
    ioapic.endOfInterrupt(0x39);
    expect(sent.length).toBe(2);
    ioapic.input(9)(false);
    ioapic.endOfInterrupt(0x39);
    expect(sent.length).toBe(2);
    expect(get(entry(9))).toBe(LEVEL | 0x39);
  });

  test('asserted while masked are sent when unmasked', () => {
    ioapic.input(9)(true);
    set(entry(9), LEVEL | MASKED | 0x39);
    expect(sent).toEqual([]);
    set(entry(9), LEVEL | 0x39);
    expect(sent.length).toBe(1);
  });

  test('a turn through edge mode clears remote IRR', () => {
    set(entry(9), LEVEL | 0x39);
    ioapic.input(9)(true);
    set(entry(9), MASKED | 0x39);
    set(entry(9), LEVEL | 0x39);
    expect(sent.length).toBe(2);
  });
});
