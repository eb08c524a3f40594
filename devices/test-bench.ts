// A bench to put one chip on, for tests: settable time, recorded interrupt lines, some RAM, a bus that lets mistakes through.
import { Bus } from './bus.ts';
import { Clock } from './clock.ts';
import type { Device, DeviceContext, Width } from './device.ts';
import { Line, type IrqLine } from './irq.ts';
import { Log } from './log.ts';
import { GuestMemory } from './memory.ts';

export class Probe {
  rises = 0;
  level = false;
}

export class TestBench {
  nowNs = 0;
  readonly clock = new Clock();
  readonly log: Log;
  readonly logged: string[] = [];
  readonly memory = new GuestMemory(new Uint8Array(64 * 1024));
  readonly bus: Bus;
  readonly context: DeviceContext;
  readonly #probes = new Map<number, Probe>();
  readonly #lines = new Map<number, IrqLine>();

  constructor() {
    this.clock.setNow(() => this.nowNs);
    this.log = new Log((item, text) => this.logged.push(`${item}: ${text}`));
    this.bus = new Bus(this.log, (error) => {
      throw error;
    });
    this.context = { irq: (pin = 0) => this.#line(pin), clock: this.clock, memory: this.memory, log: this.log };
  }

  /** What is to be seen on an interrupt output. */
  probe(pin = 0): Probe {
    let probe = this.#probes.get(pin);
    if (probe === undefined) {
      probe = new Probe();
      this.#probes.set(pin, probe);
    }
    return probe;
  }

  plug<T extends Device>(device: T): T {
    device.regions().forEach((region) => {
      this.bus.add(region);
    });
    device.reset('cold');
    return device;
  }

  in(port: number, width: Width = 1): number {
    return this.bus.read('pio', port, width);
  }

  out(port: number, value: number, width: Width = 1): void {
    this.bus.write('pio', port, width, value);
  }

  /** Lets time pass, stopping at every deadline on the way as the machine loop does. */
  pass(ns: number): void {
    const endNs = this.nowNs + ns;
    for (;;) {
      const next = this.clock.nextDeadline();
      if (next > endNs) break;
      this.nowNs = Math.max(this.nowNs, next);
      this.clock.runDue();
    }
    this.nowNs = endNs;
  }

  #line(pin: number): IrqLine {
    const known = this.#lines.get(pin);
    if (known !== undefined) return known;
    const probe = this.probe(pin);
    const line = new Line((level) => {
      probe.level = level;
      if (level) probe.rises += 1;
    });
    this.#lines.set(pin, line);
    return line;
  }
}
