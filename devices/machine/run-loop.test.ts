import { describe, expect, it } from 'vitest';
import { Clock } from '../clock.ts';
import { FakeVcpu, type Step } from './fake-vcpu.ts';
import { RunLoop, SHORTEST_SLICE, SLICE_INSTRUCTIONS, type RunLoopHooks, type Turn } from './run-loop.ts';
import { CountingTimekeeper, HostTimekeeper } from './timekeeper.ts';
import type { IcountOptions } from './options.ts';

interface Bench {
  readonly vcpu: FakeVcpu;
  readonly clock: Clock;
  readonly loop: RunLoop;
  /** The host's clock; each instruction costs 4 ns of it. */
  hostNs: number;
  hasInput: boolean;
  isStopped: boolean;
  /** Where the next scheduled input enters. */
  inputAt: number;
  readonly log: string[];
  resume(): void;
}

function bench(step?: (instruction: number) => Step, icount?: IcountOptions): Bench {
  const vcpu = new FakeVcpu(step);
  const clock = new Clock();
  const log: string[] = [];
  const self: Pick<Bench, 'hostNs' | 'hasInput' | 'isStopped' | 'inputAt'> = {
    hostNs: 5e9,
    hasInput: false,
    isStopped: false,
    inputAt: Infinity,
  };
  const monotonicNs = (): number => self.hostNs + vcpu.instructions * 4;
  const hooks: RunLoopHooks = {
    deliverInput: () => {
      if (self.hasInput) log.push(`input at ${vcpu.instructions}`);
      self.hasInput = false;
    },
    hasInput: () => self.hasInput,
    nextInputAt: () => self.inputAt,
    onSliceStart: () => {},
    onSliceEnd: () => !self.isStopped,
    onShutdown: () => {
      log.push('shutdown');
      self.isStopped = true;
    },
    onHaltedForGood: () => log.push('halted for good'),
    monotonicNs,
  };
  const timekeeper =
    icount === undefined
      ? new HostTimekeeper(vcpu, monotonicNs())
      : new CountingTimekeeper(vcpu, icount, monotonicNs());
  const resume = (): void => timekeeper.resume(monotonicNs());
  return Object.assign(self, { vcpu, clock, log, resume, loop: new RunLoop(vcpu, clock, timekeeper, hooks) });
}

const COUNTING: IcountOptions = { shift: 3, sleep: false };

describe('slices', () => {
  it('grow to 250,000 instructions, and a turn ends after about 12 ms', () => {
    const { vcpu, loop } = bench();
    expect(loop.turn()).toEqual({ kind: 'busy' });
    expect(vcpu.budgets.slice(0, 7)).toEqual([SHORTEST_SLICE, 4000, 8000, 16_000, 32_000, 64_000, 128_000]);
    expect(new Set(vcpu.budgets.slice(7))).toEqual(new Set([SLICE_INSTRUCTIONS]));
    expect(vcpu.instructions * 4).toBe(12_016_000);
    expect(loop.busyNs).toBe(12_016_000);
    expect(loop.exits.get('budget')).toBe(18);
  });

  it('become as short as the host is slow', () => {
    // From the 2,000,000th instruction on the host is held up for 2 us each.
    const b = bench((instruction) => (instruction < 2_000_000 ? 'work' : () => (b.hostNs += 2000)));
    b.loop.turn();
    expect(Math.max(...b.vcpu.budgets)).toBe(SLICE_INSTRUCTIONS);
    // The slice in which it began was fast at first, so that the next was still too long.
    b.loop.turn();
    b.loop.turn();
    // 2 ms have room for 998 of them, and 2000 take 4 ms, so that three slices make a turn.
    expect(b.vcpu.budgets.slice(-3)).toEqual([SHORTEST_SLICE, SHORTEST_SLICE, SHORTEST_SLICE]);
  });

  it('end at the deadline of a timer, to the instruction', () => {
    const { vcpu, clock, loop } = bench(undefined, COUNTING);
    const fired: number[] = [];
    clock
      .timer((deadlineNs) => {
        fired.push(vcpu.instructions, deadlineNs);
        vcpu.setIntr(true);
      })
      .arm(1001);
    loop.turn();
    // 1001 ns at 8 ns each: the 126th instruction is the first that ends after it.
    expect(vcpu.budgets[0]).toBe(126);
    expect(fired).toEqual([126, 1001]);
    expect(vcpu.interrupts).toEqual([126]);
  });

  it('are cut when the guest arms a timer that is due within', () => {
    const b = bench((instruction) => (instruction === 99 ? () => timer.arm(100 * 8 + 80) : 'work'), COUNTING);
    const timer = b.clock.timer(() => b.log.push(`timer at ${b.vcpu.instructions}`));
    b.loop.turn();
    expect(b.vcpu.budgets.slice(0, 3)).toEqual([SHORTEST_SLICE, 10, SHORTEST_SLICE]);
    expect(b.log).toEqual(['timer at 110']);
  });

  it('end at the deadline of the local APIC', () => {
    const { vcpu, loop } = bench(undefined, COUNTING);
    vcpu.apicDeadlineNs = 8000;
    loop.turn();
    expect(vcpu.budgets[0]).toBe(1000);
  });

  it('end where the next scheduled input enters', () => {
    const b = bench();
    b.inputAt = 70_001;
    b.loop.turn();
    expect(b.vcpu.budgets.slice(5, 7)).toEqual([8001, 64_000]);
  });

  it('begin with the input that waits', () => {
    const b = bench();
    b.hasInput = true;
    b.loop.turn();
    expect(b.log).toEqual(['input at 0']);
  });
});

describe('an idle guest', () => {
  const halts = (instruction: number): Step => (instruction % 100 === 99 ? 'hlt' : 'work');

  it('waits in host time for its next timer', () => {
    const b = bench(halts);
    b.clock.timer(() => b.vcpu.setIntr(true)).arm(10e6);
    const first = b.loop.turn() as Extract<Turn, { kind: 'idle' }>;
    expect(first.kind).toBe('idle');
    expect(first.waitNs).toBe(10e6 - 400);
    expect(b.loop.isIdle).toBe(true);
    // Woken early for nothing: it goes on waiting, for the rest.
    b.hostNs += 4e6;
    expect(b.loop.turn()).toEqual({ kind: 'idle', waitNs: first.waitNs - 4e6 });
    b.hostNs += 6e6;
    b.loop.turn();
    expect(b.vcpu.interrupts).toEqual([100]);
    expect(b.vcpu.now()).toBeGreaterThanOrEqual(10e6);
  });

  it('waits without end when there is no timer, and wakes for input', () => {
    const b = bench(halts);
    expect(b.loop.turn()).toEqual({ kind: 'idle', waitNs: Infinity });
    const before = b.vcpu.budgets.length;
    b.hostNs += 1e9;
    expect(b.loop.turn()).toEqual({ kind: 'idle', waitNs: Infinity });
    expect(b.vcpu.budgets).toHaveLength(before);
    b.hasInput = true;
    b.loop.turn();
    expect(b.log).toEqual(['input at 100']);
    expect(b.vcpu.now()).toBeGreaterThanOrEqual(1e9);
  });

  it('skips to its next timer with -icount sleep=off', () => {
    const b = bench(halts, COUNTING);
    let ticks = 0;
    const timer = b.clock.timer((deadlineNs) => {
      ticks += 1;
      b.vcpu.setIntr(true);
      if (ticks < 1000) timer.arm(deadlineNs + 1e6);
    });
    timer.arm(1e6);
    expect(b.loop.turn()).toEqual({ kind: 'idle', waitNs: Infinity });
    expect(ticks).toBe(1000);
    expect(b.vcpu.now()).toBe(1000e6 + 800);
    expect(b.hostNs).toBe(5e9);
  });

  it('comes to the exact deadline with -icount sleep=on, however late the host wakes it', () => {
    const b = bench(halts, { shift: 3, sleep: true });
    b.clock.timer(() => b.vcpu.setIntr(true)).arm(10e6);
    expect(b.loop.turn()).toEqual({ kind: 'idle', waitNs: 10e6 - 800 });
    b.hostNs += 17e6;
    b.loop.turn();
    expect(b.vcpu.now()).toBe(10e6 + 800);
  });

  it('has its time cut by input as far as the host came', () => {
    const b = bench(halts, { shift: 3, sleep: true });
    b.clock.timer(() => b.vcpu.setIntr(true)).arm(10e6);
    b.loop.turn();
    b.hostNs += 3e6;
    b.hasInput = true;
    expect(b.loop.turn()).toEqual({ kind: 'idle', waitNs: 7e6 - 800 });
    expect(b.vcpu.now()).toBe(3e6 + 800);
  });

  it.each([
    ['host time', undefined],
    ['-icount sleep=on', { shift: 3, sleep: true }],
  ] as const)('keeps what it has waited across a pause, with %s', (_, icount) => {
    const b = bench(halts, icount);
    b.clock.timer(() => b.vcpu.setIntr(true)).arm(10e6);
    const { waitNs } = b.loop.turn() as Extract<Turn, { kind: 'idle' }>;
    b.hostNs += 4e6;
    b.loop.pause();
    b.hostNs += 3600e9;
    b.resume();
    expect(b.loop.turn()).toEqual({ kind: 'idle', waitNs: waitNs - 4e6 });
  });

  it('says once that nothing can wake it', () => {
    const b = bench(() => 'hlt');
    b.vcpu.interruptsEnabled = false;
    b.loop.turn();
    expect(b.log).toEqual(['halted for good']);
  });
});

describe('virtual time', () => {
  it('follows the host between slices and never goes back', () => {
    const b = bench();
    let last = 0;
    const timer = b.clock.timer((deadlineNs) => {
      expect(b.vcpu.now()).toBeGreaterThanOrEqual(last);
      last = b.vcpu.now();
      timer.arm(deadlineNs + 10_000);
    });
    timer.arm(0);
    for (let turn = 0; turn < 20; turn += 1) b.loop.turn();
    const hostNs = b.vcpu.instructions * 4;
    expect(Math.abs(b.vcpu.now() - hostNs)).toBeLessThan(SLICE_INSTRUCTIONS * 8);
    // 4 ns an instruction were measured.
    expect(b.vcpu.timeShift).toBe(2);
  });

  it("stops at every timer on its way to the host's time, when the host has left us waiting", () => {
    const b = bench(() => 'work');
    const ticks: number[] = [];
    const timer = b.clock.timer((deadlineNs) => {
      ticks.push(b.vcpu.now());
      b.vcpu.setIntr(true);
      timer.arm(deadlineNs + 4e6);
    });
    timer.arm(4e6);
    b.loop.turn();
    b.hostNs += 400e6;
    b.loop.turn();
    // A hundred timers were due: each had its own slice and its own interrupt, none was late.
    expect(b.vcpu.interrupts.length).toBe(ticks.length);
    expect(ticks.length).toBeGreaterThan(20);
    ticks.forEach((now, index) => expect(now - (index + 1) * 4e6).toBeLessThan(16));
  });

  it('does not jump by hours when the host slept', () => {
    const b = bench();
    b.loop.turn();
    const before = b.vcpu.now();
    b.hostNs += 3600e9;
    b.loop.turn();
    expect(b.vcpu.now() - before).toBeLessThan(1.2e9);
  });

  it('lets an idle guest wait for longer than such a jump', () => {
    const b = bench((instruction) => (instruction === 0 ? 'hlt' : 'work'));
    b.clock.timer(() => b.vcpu.setIntr(true)).arm(60e9);
    b.loop.turn();
    b.hostNs += 60e9;
    b.loop.turn();
    expect(b.vcpu.interrupts).toEqual([1]);
  });

  it('is a function of the instruction count alone with -icount', () => {
    const run = (hostCost: number): number[] => {
      const b = bench((instruction) => (instruction % 1000 === 999 ? 'hlt' : 'work'), COUNTING);
      const timer = b.clock.timer((deadlineNs) => {
        b.vcpu.setIntr(true);
        timer.arm(deadlineNs + 12_345);
      });
      timer.arm(100);
      while (b.vcpu.instructions < 200_000) {
        b.loop.turn();
        b.hostNs += hostCost;
      }
      return b.vcpu.interrupts.slice(0, 100);
    };
    expect(run(0)).toEqual(run(77_777));
  });

  it("is drawn to the host's time with -icount shift=auto", () => {
    const b = bench(undefined, { shift: 'auto', sleep: true });
    expect(b.vcpu.timeShift).toBe(3);
    for (let turn = 0; turn < 100; turn += 1) b.loop.turn();
    // 8 ns for each 4 ns of the host's: too fast, so it falls to 2 and stays there.
    expect(b.vcpu.timeShift).toBe(2);
  });
});

describe('a shutdown', () => {
  it('ends the turn when the machine says so', () => {
    const b = bench((instruction) => (instruction === 10 ? 'shutdown' : 'work'));
    expect(b.loop.turn()).toEqual({ kind: 'stopped' });
    expect(b.log).toEqual(['shutdown']);
  });
});
