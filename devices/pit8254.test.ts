import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { PitCounter } from './pit-counter.ts';
import { Pit8254 } from './pit8254.ts';
import { TestBench } from './test-bench.ts';

/** OUT and the count after each of `ticks` ticks; the expected rows are those of the datasheet's timing diagrams. */
function trace(counter: PitCounter, ticks: number, change?: (tick: number) => void): string {
  const start = counter.fields.tick;
  const seen: string[] = [];
  for (let tick = 1; tick <= ticks; tick += 1) {
    change?.(tick);
    counter.advanceTo(start + tick);
    seen.push(`${counter.out ? 'H' : 'L'}${counter.count().toString(16)}`);
  }
  return seen.join(' ');
}

function programmed(mode: number, count: number, bcd = 0): PitCounter {
  const counter = new PitCounter();
  counter.writeControl(0x10 | (mode << 1) | bcd);
  counter.write(count);
  return counter;
}

describe('mode 0, interrupt on terminal count (figure 15)', () => {
  test('OUT rises N+1 ticks after the count is written and stays high', () => {
    expect(trace(programmed(0, 4), 7)).toBe('L4 L3 L2 L1 H0 Hffff Hfffe');
  });
  test('GATE low suspends counting, not loading', () => {
    const counter = programmed(0, 3);
    expect(
      trace(counter, 6, (tick) => {
        if (tick === 1) counter.setGate(false);
        if (tick === 3) counter.setGate(true);
      }),
    ).toBe('L3 L3 L2 L1 H0 Hffff');
  });
  test('a new count starts over', () => {
    const counter = programmed(0, 3);
    expect(
      trace(counter, 6, (tick) => {
        if (tick === 3) counter.write(2);
      }),
    ).toBe('L3 L2 L2 L1 H0 Hffff');
  });
  test('the first of two bytes stops counting', () => {
    const counter = new PitCounter();
    counter.writeControl(0x30);
    counter.write(3);
    expect(trace(counter, 2)).toBe('L0 L0');
    counter.write(0);
    expect(trace(counter, 4)).toBe('L3 L2 L1 H0');
  });
});

describe('mode 1, retriggerable one-shot (figure 16)', () => {
  test('a trigger lowers OUT for N ticks and can be repeated', () => {
    const counter = programmed(1, 3);
    counter.setGate(false);
    expect(
      trace(counter, 8, (tick) => {
        if (tick === 2 || tick === 4) counter.setGate(true);
        if (tick === 3 || tick === 5) counter.setGate(false);
      }),
    ).toBe('H0 L3 L2 L3 L2 L1 H0 Hffff');
  });
});

describe('mode 2, rate generator (figure 17)', () => {
  test('OUT is low for the last tick of every N', () => {
    expect(trace(programmed(2, 3), 8)).toBe('H3 H2 L1 H3 H2 L1 H3 H2');
  });
  test('GATE low raises OUT and stops, a trigger starts over', () => {
    const counter = programmed(2, 3);
    expect(
      trace(counter, 7, (tick) => {
        if (tick === 3) counter.setGate(false);
        if (tick === 5) counter.setGate(true);
      }),
    ).toBe('H3 H2 H2 H2 H3 H2 L1');
  });
  test('a new count waits for the end of the period', () => {
    const counter = programmed(2, 4);
    expect(
      trace(counter, 9, (tick) => {
        if (tick === 2) counter.write(5);
      }),
    ).toBe('H4 H3 H2 L1 H5 H4 H3 H2 L1');
  });
});

describe('mode 3, square wave (figure 18)', () => {
  test('an even count', () => {
    expect(trace(programmed(3, 4), 9)).toBe('H4 H2 L4 L2 H4 H2 L4 L2 H4');
  });
  test('an odd count is one tick longer high than low', () => {
    expect(trace(programmed(3, 5), 9)).toBe('H4 H2 H0 L4 L2 H4 H2 H0 L4');
  });
  test('GATE low raises OUT', () => {
    const counter = programmed(3, 4);
    expect(
      trace(counter, 8, (tick) => {
        if (tick === 4) counter.setGate(false);
        if (tick === 6) counter.setGate(true);
      })
        .split(' ')
        .map((state) => state[0])
        .join(''),
    ).toBe('HHLHHHHL');
  });
});

describe('modes 4 and 5, strobes (figures 19 and 20)', () => {
  test('mode 4: low for one tick N+1 ticks after the count is written', () => {
    expect(trace(programmed(4, 3), 6)).toBe('H3 H2 H1 L0 Hffff Hfffe');
  });
  test('mode 4: GATE has no effect on OUT', () => {
    const counter = programmed(4, 1);
    expect(
      trace(counter, 4, (tick) => {
        if (tick === 3) counter.setGate(false);
      }),
    ).toBe('H1 L0 H0 H0');
  });
  test('mode 5: the same after a trigger, and again after the next', () => {
    const counter = programmed(5, 2);
    counter.setGate(false);
    expect(
      trace(counter, 9, (tick) => {
        if (tick === 2 || tick === 7) counter.setGate(true);
        if (tick === 3) counter.setGate(false);
      }),
    ).toBe('H0 H2 H1 L0 Hffff Hfffe H2 H1 L0');
  });
  test('mode 5: a new count without a trigger strobes nothing, not even on roll-over', () => {
    const counter = programmed(5, 2);
    counter.setGate(false);
    counter.setGate(true);
    counter.advanceTo(10);
    counter.write(4);
    counter.rises = 0;
    counter.advanceTo(200_000);
    expect(counter.rises).toBe(0);
  });
});

test('BCD counts in decimal, and 0 stands for 10000', () => {
  const counter = programmed(2, 0x12, 1);
  expect(trace(counter, 4)).toBe('H12 H11 H10 H9');
  const full = programmed(0, 0, 1);
  expect(trace(full, 3)).toBe('L0 L9999 L9998');
  full.advanceTo(10_000);
  expect(full.out).toBe(false);
  full.advanceTo(10_001);
  expect(full.out).toBe(true);
});

test('a jump in time gives the state and the edges of the same number of single ticks', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('control' as const), value: fc.integer({ min: 0, max: 0x3f }) }),
    fc.record({ do: fc.constant('count' as const), value: fc.integer({ min: 0, max: 12 }) }),
    fc.record({ do: fc.constant('gate' as const), value: fc.integer({ min: 0, max: 1 }) }),
    fc.record({ do: fc.constant('run' as const), value: fc.integer({ min: 1, max: 70 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const jumping = new PitCounter();
      const ticking = new PitCounter();
      for (const { do: what, value } of steps) {
        for (const counter of [jumping, ticking]) {
          if (what === 'control') counter.writeControl(0x10 | value);
          if (what === 'count') counter.write(value);
          if (what === 'gate') counter.setGate(value === 1);
        }
        if (what !== 'run') continue;
        const end = jumping.fields.tick + value;
        jumping.advanceTo(end);
        while (ticking.fields.tick < end) ticking.advanceTo(ticking.fields.tick + 1);
      }
      expect(jumping.save()).toEqual(ticking.save());
      expect(jumping.rises).toBe(ticking.rises);
    }),
  );
});

test('the announced edge is the next rise, or earlier', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 100 }),
      (mode, count, after) => {
        const counter = programmed(mode, count);
        counter.setGate(false);
        counter.setGate(true);
        counter.advanceTo(after);
        const edge = counter.nextEdge();
        counter.rises = 0;
        counter.advanceTo(Math.min(edge, after + 200) - 1);
        expect(counter.rises).toBe(0);
      },
    ),
  );
});

describe('in the PC', () => {
  let bench: TestBench;

  beforeEach(() => {
    bench = new TestBench();
    bench.plug(new Pit8254(bench.context));
  });

  test('counter 0 in mode 2 with 11932 interrupts 100 times a second', () => {
    bench.out(0x43, 0x34);
    bench.out(0x40, 11932 & 0xff);
    bench.out(0x40, 11932 >> 8);
    bench.probe().rises = 0;
    bench.pass(1_000_000_000);
    expect(bench.probe().rises).toBe(99); // 1193181.8 ticks are not quite 100 periods
    bench.pass(20_000);
    expect(bench.probe().rises).toBe(100);
  });

  test('time that passes in one leap still gives an edge', () => {
    bench.out(0x43, 0x34);
    bench.out(0x40, 0x00);
    bench.out(0x40, 0x10);
    const before = bench.probe().rises;
    bench.nowNs += 10_000_000_000;
    bench.clock.runDue();
    expect(bench.probe().rises).toBe(before + 1);
    expect(bench.clock.nextDeadline()).toBeGreaterThan(bench.nowNs);
  });

  test('latched counts and status are read once; status comes first (read-back command)', () => {
    bench.out(0x43, 0xb4);
    bench.out(0x42, 0x34);
    bench.out(0x42, 0x12);
    bench.out(0x43, 0xe8); // status of counter 2, before CLK loads the count
    expect(bench.in(0x42)).toBe(0xc0 | 0x34);
    bench.out(0x61, 1);
    bench.pass(10_000);
    bench.out(0x43, 0xc8); // count and status
    bench.pass(10_000);
    expect(bench.in(0x42)).toBe(0x80 | 0x34);
    const latched = bench.in(0x42) | (bench.in(0x42) << 8);
    const live = bench.in(0x42) | (bench.in(0x42) << 8);
    expect(latched - live).toBe(12); // 10 us are 11.9 ticks
  });

  test('port 0x61 gates counter 2, shows its output and toggles with refresh', () => {
    bench.out(0x61, 1);
    bench.out(0x43, 0xb0);
    bench.out(0x42, 100);
    bench.out(0x42, 0);
    expect(bench.in(0x61) & 0x21).toBe(0x01);
    bench.pass(83_000); // 99 ticks
    expect(bench.in(0x61) & 0x20).toBe(0);
    bench.pass(2_000);
    expect(bench.in(0x61) & 0x20).toBe(0x20);
    const refresh = bench.in(0x61) & 0x10;
    bench.pass(15_085); // one refresh period
    expect(bench.in(0x61) & 0x10).toBe(refresh ^ 0x10);
  });

  test('disconnected, counter 0 interrupts nobody', () => {
    const pit = new Pit8254(bench.context);
    pit.reset();
    pit.connectIrq(false);
    expect(bench.probe().level).toBe(false);
  });
});
