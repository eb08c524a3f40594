import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cmosOf, RtcMc146818 } from './rtc-mc146818.ts';
import { TestBench } from './test-bench.ts';

const SECOND = 1_000_000_000;

function rtcAt(iso: string, utcOffsetSeconds = 0): { bench: TestBench; rtc: RtcMc146818 } {
  const bench = new TestBench();
  const unixSeconds = Date.parse(iso) / 1000;
  return { bench, rtc: bench.plug(new RtcMc146818(bench.context, { unixSeconds, utcOffsetSeconds })) };
}
function get(bench: TestBench, index: number): number {
  bench.out(0x70, index);
  return bench.in(0x71);
}
function set(bench: TestBench, index: number, value: number): void {
  bench.out(0x70, index);
  bench.out(0x71, value);
}
/** Century, year, month, day, day of the week, hours, minutes, seconds: the digits of BCD. */
function shown(bench: TestBench): string {
  return [0x32, 9, 8, 7, 6, 4, 2, 0].map((index) => get(bench, index).toString(16).padStart(2, '0')).join(' ');
}

describe('the calendar', () => {
  test('starts at the time given, in BCD and 24 hours', () => {
    const { bench } = rtcAt('2026-11-23T19:05:09Z');
    expect(shown(bench)).toBe('20 26 11 23 02 19 05 09');
    expect([0x0a, 0x0b, 0x0d].map((index) => get(bench, index))).toEqual([0x26, 0x02, 0x80]);
  });

  test('keeps local time if asked to', () => {
    expect(shown(rtcAt('2026-12-31T23:30:00Z', 3600).bench)).toBe('20 27 01 01 06 00 30 00');
  });

  test('carries through the end of a leap February and of a century', () => {
    const leap = rtcAt('2024-02-28T23:59:59Z').bench;
    leap.pass(SECOND);
    expect(shown(leap)).toBe('20 24 02 29 05 00 00 00');
    const century = rtcAt('2099-12-31T23:59:58Z').bench;
    century.pass(2 * SECOND);
    expect(shown(century)).toBe('21 00 01 01 06 00 00 00');
  });

  test('agrees with another calendar about any instant and any time passed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 0, max: 4e6 }), (start, passed) => {
        const { bench } = rtcAt(new Date(start * 1000).toISOString());
        bench.pass(passed * SECOND);
        const date = new Date((start + passed) * 1000);
        const two = (value: number): string => String(value).padStart(2, '0');
        const year = date.getUTCFullYear();
        expect(shown(bench)).toBe(
          [
            Math.floor(year / 100),
            year % 100,
            date.getUTCMonth() + 1,
            date.getUTCDate(),
            date.getUTCDay() + 1,
            date.getUTCHours(),
            date.getUTCMinutes(),
            date.getUTCSeconds(),
          ]
            .map(two)
            .join(' '),
        );
      }),
    );
  });

  test('binary mode and 12 hours (table 3: 81-8C for PM)', () => {
    const { bench } = rtcAt('2026-11-23T11:59:59Z');
    set(bench, 0x0b, 0x80 | 0x04);
    for (const [index, value] of [
      [4, 11],
      [2, 59],
      [0, 59],
      [9, 26],
      [8, 11],
      [7, 23],
      [0x32, 20],
    ] as const)
      set(bench, index, value);
    set(bench, 0x0b, 0x04);
    bench.pass(SECOND);
    expect([4, 2, 0].map((index) => get(bench, index))).toEqual([0x80 | 12, 0, 0]);
    bench.pass(3600 * SECOND);
    expect(get(bench, 4)).toBe(0x81);
    bench.pass(11 * 3600 * SECOND);
    expect(get(bench, 4)).toBe(12);
    expect(get(bench, 7)).toBe(24);
  });

  test('SET holds the time still', () => {
    const { bench } = rtcAt('2026-11-23T10:00:00Z');
    set(bench, 0x0b, 0x82);
    bench.pass(10 * SECOND);
    expect(shown(bench)).toBe('20 26 11 23 02 10 00 00');
    set(bench, 0x0b, 0x02);
    bench.pass(3 * SECOND);
    expect(get(bench, 0)).toBe(3);
  });

  test('the first second after a divider reset comes half a second later', () => {
    const { bench } = rtcAt('2026-11-23T10:00:00Z');
    set(bench, 0x0a, 0x76);
    bench.pass(5 * SECOND);
    set(bench, 0x0a, 0x26);
    bench.pass(SECOND / 2 - 1000);
    expect(get(bench, 0)).toBe(0);
    bench.pass(1000);
    expect(get(bench, 0)).toBe(1);
  });

  test('UIP is set from 244 us before an update of 1984 us to its end (table 6)', () => {
    const { bench } = rtcAt('2026-11-23T10:00:00Z');
    bench.pass(SECOND - 2_229_000);
    expect(get(bench, 0x0a)).toBe(0x26);
    bench.pass(2_000);
    expect(get(bench, 0x0a)).toBe(0xa6);
    expect(get(bench, 0)).toBe(0);
    bench.pass(2_227_000);
    expect(get(bench, 0x0a)).toBe(0x26);
    expect(get(bench, 0)).toBe(1);
  });
});

describe('interrupts', () => {
  test.each([
    [1, 256],
    [2, 128],
    [3, 8192],
    [6, 1024],
    [15, 2],
  ])('rate %i is %i per second (table 5)', (rate, frequency) => {
    const { bench } = rtcAt('2026-11-23T10:00:00Z');
    set(bench, 0x0a, 0x20 | rate);
    set(bench, 0x0b, 0x42);
    let count = 0;
    while (bench.nowNs < SECOND) {
      bench.pass(Math.min(bench.clock.nextDeadline(), 2 * SECOND) - bench.nowNs);
      expect(get(bench, 0x0c)).toBe(0xc0 | (bench.nowNs === SECOND ? 0x10 : 0));
      count += 1;
    }
    expect(count).toBe(frequency);
  });

  test('the line stays high until register C is read', () => {
    const { bench } = rtcAt('2026-11-23T10:00:00Z');
    set(bench, 0x0b, 0x12);
    bench.pass(3 * SECOND);
    expect(bench.probe()).toEqual({ rises: 1, level: true });
    expect(bench.clock.nextDeadline()).toBe(Infinity); // nothing to wake up for until then
    expect(get(bench, 0x0c)).toBe(0xd0);
    expect(bench.probe().level).toBe(false);
    expect(get(bench, 0x0c)).toBe(0);
  });

  test('flags are set without interrupts enabled', () => {
    const { bench } = rtcAt('2026-11-23T10:00:00Z');
    expect(bench.clock.nextDeadline()).toBe(Infinity);
    bench.pass(SECOND);
    expect(get(bench, 0x0c)).toBe(0x50);
  });

  test('an alarm at a time of day, and every hour with "don\'t care" bytes', () => {
    const { bench } = rtcAt('2026-11-23T10:00:00Z');
    for (const [index, value] of [
      [1, 0x30],
      [3, 0x15],
      [5, 0x09],
    ] as const)
      set(bench, index, value);
    get(bench, 0x0c);
    set(bench, 0x0b, 0x22);
    expect(bench.clock.nextDeadline()).toBe((23 * 3600 + 15 * 60 + 30) * SECOND);
    bench.pass(bench.clock.nextDeadline());
    expect(shown(bench)).toBe('20 26 11 24 03 09 15 30');
    expect(get(bench, 0x0c) & 0xa0).toBe(0xa0);
    set(bench, 5, 0xc0);
    expect(bench.clock.nextDeadline() - bench.nowNs).toBe(3600 * SECOND);
  });

  test('an alarm in 12-hour mode knows morning from afternoon', () => {
    const { bench } = rtcAt('2026-11-23T00:00:00Z');
    set(bench, 0x0b, 0x80);
    set(bench, 4, 0x12);
    set(bench, 0x0b, 0);
    for (const [index, value] of [
      [1, 0],
      [3, 0],
      [5, 0x81],
    ] as const)
      set(bench, index, value);
    set(bench, 0x0b, 0x20);
    expect(bench.clock.nextDeadline()).toBe(13 * 3600 * SECOND);
  });

  test('reset stops them and keeps time and memory', () => {
    const { bench, rtc } = rtcAt('2026-11-23T10:00:00Z');
    set(bench, 0x40, 0xaa);
    set(bench, 0x0b, 0x7a);
    bench.pass(5 * SECOND);
    rtc.reset();
    expect(bench.probe().level).toBe(false);
    expect([0x0b, 0x0c, 0x40, 0].map((index) => get(bench, index))).toEqual([0x02, 0, 0xaa, 5]);
  });
});

test('it catches up with time that passed outside, unless SET holds it', () => {
  const { bench, rtc } = rtcAt('2026-12-31T23:59:58Z');
  rtc.catchUp(3);
  expect(shown(bench)).toBe('20 27 01 01 06 00 00 01');
  const before = shown(bench);
  set(bench, 0x0b, 0x82);
  rtc.catchUp(100);
  expect(shown(bench)).toBe(before);
});

test('memory sizes in CMOS, where firmware looks', () => {
  const cmos = cmosOf({ ramBelow4G: 512 << 20, ramAbove4G: 5 * 2 ** 30, cpus: 2 });
  const word = (index: number): number => (cmos.get(index) ?? 0) | ((cmos.get(index + 1) ?? 0) << 8);
  expect(word(0x15)).toBe(640);
  expect(word(0x17)).toBe(65535);
  expect(word(0x34)).toBe((512 - 16) * 16);
  expect(word(0x5b)).toBe((5 * 16384) & 0xffff);
  expect(cmos.get(0x5d)).toBe(1);
  expect(cmos.get(0x5f)).toBe(1);
});
