import { beforeEach, describe, expect, test } from 'vitest';
import { AcpiPm } from './acpi-pm.ts';
import { TestBench } from './test-bench.ts';

const BASE = 0x600;
let bench: TestBench;
let pm: AcpiPm;
let powerOffs: number;

beforeEach(() => {
  bench = new TestBench();
  powerOffs = 0;
  pm = bench.plug(
    new AcpiPm(bench.context, {
      base: BASE,
      onPowerOff: () => {
        powerOffs += 1;
      },
    }),
  );
});

test('the PM timer counts 3579545 a second in 24 bits', () => {
  bench.pass(1e9);
  expect(bench.in(BASE + 8, 4)).toBe(3579545);
  bench.pass(4e9);
  expect(bench.in(BASE + 8, 4)).toBe(17897727 % 2 ** 24);
});

test('TMR_STS is set when the highest bit changes, and interrupts if enabled', () => {
  bench.out(0xb2, 0xf1);
  bench.out(BASE + 2, 0x0001, 2);
  bench.pass(2_343_000_000); // 2^23 ticks are 2.3435 s
  expect(bench.in(BASE, 2)).toBe(0);
  bench.pass(1_000_000);
  expect(bench.probe().level).toBe(true);
  expect(bench.in(BASE, 2)).toBe(1);
  bench.out(BASE, 1, 2);
  expect(bench.probe().level).toBe(false);
  bench.pass(2_344_000_000);
  expect(bench.probe().rises).toBe(2);
});

describe('the SCI', () => {
  test('port 0xB2 switches ACPI on and off', () => {
    expect(bench.in(BASE + 4, 2)).toBe(0);
    bench.out(0xb2, 0xf1);
    expect(bench.in(BASE + 4, 2)).toBe(1);
    bench.out(0xb2, 0xf0);
    expect(bench.in(BASE + 4, 2)).toBe(0);
  });

  test('the power button interrupts while enabled, until its status is cleared', () => {
    pm.pressPowerButton();
    expect(bench.in(BASE, 2)).toBe(0x100);
    expect(bench.probe().level).toBe(false);
    bench.out(BASE + 2, 0x100, 2);
    expect(bench.probe().level).toBe(false);
    bench.out(0xb2, 0xf1);
    expect(bench.probe().level).toBe(true);
    bench.out(BASE, 0xfeff, 2);
    expect(bench.probe().level).toBe(true);
    bench.out(BASE + 1, 0x01);
    expect(bench.probe().level).toBe(false);
  });

  test('a general-purpose event', () => {
    bench.out(0xb2, 0xf1);
    bench.out(BASE + 14, 0x0004, 2);
    pm.raiseGpe(2);
    expect(bench.probe().level).toBe(true);
    expect(bench.in(BASE + 12, 2)).toBe(4);
    bench.out(BASE + 12, 4, 2);
    expect(bench.probe().level).toBe(false);
  });
});

describe('SUS_EN', () => {
  test('with type 0 powers off and reads as 0', () => {
    bench.out(BASE + 4, 0x2001, 2);
    expect(powerOffs).toBe(1);
    expect(bench.in(BASE + 4, 2)).toBe(1);
  });

  test('with another type wakes at once and is counted', () => {
    bench.out(BASE + 4, 0x2401, 2);
    expect(powerOffs).toBe(0);
    expect(bench.in(BASE, 2)).toBe(0x8000);
    expect(bench.log.unimplementedCounts()[0]?.what).toBe('PIIX4 sleep type 1');
  });
});
