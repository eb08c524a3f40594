// Virtual time of the machine loop. Two ways: following the host's clock by samples at slice starts, or counting instructions
// (`-icount`). In both, time within a slice goes on by a fixed number of nanoseconds per instruction (Vcpu.timeShift).
import type { IcountOptions } from './options.ts';
import type { Vcpu } from './vcpu.ts';

export interface Timekeeper {
  /**
   * Called at each slice's start: the virtual time of the slice. `hostNs` is the host's monotonic clock, `deadlineNs` the
   * virtual time of the next timer.
   */
  sliceStart(hostNs: number, deadlineNs: number): number;
  /** Did the slice begin before the time that it should have, because a timer came first? */
  readonly isBehind: boolean;
  /** What a slice cost, for the length of an instruction. */
  sliceEnd(hostNs: number, instructions: number): void;
  /**
   * The CPU waits in HLT until `deadlineNs` (virtual). Answers how long the host should wait, in nanoseconds;
   * 0: not at all, `skipTo` brings the time there.
   */
  idleWait(deadlineNs: number, hostNs: number): number;
  /** The machine goes on after a pause: host time that passed meanwhile does not count. */
  resume(hostNs: number): void;
  /** After an idle wait, over or cut short by input: the virtual time now. */
  idleEnd(deadlineNs: number, hostNs: number): void;
}

/** A host that slept (a closed laptop, a throttled tab) must not make hours pass in the guest at once. */
const MAX_JUMP_NS = 1e9;
const MAX_SHIFT = 10;

/**
 * Virtual time follows the host's. When the host has left us waiting, several timers may be due at once; a guest that saw only
 * the last of their interrupts would take its clock for broken. So time goes no further than to the next timer at once, and
 * every timer gets a slice of its own until the host's time is reached.
 */
export class HostTimekeeper implements Timekeeper {
  readonly #vcpu: Vcpu;
  /** Host time at virtual time 0. */
  #originNs: number;
  /** Host nanoseconds per instruction, smoothed. */
  #cost = 8;
  #sliceHostNs = 0;
  /** Virtual time that an idle wait has reached. */
  #idleNs = 0;
  isBehind = false;

  constructor(vcpu: Vcpu, hostNs: number) {
    this.#vcpu = vcpu;
    this.#originNs = hostNs - vcpu.now();
    vcpu.timeShift = 3;
  }

  sliceStart(hostNs: number, deadlineNs: number): number {
    this.#sliceHostNs = hostNs;
    const nowNs = Math.max(this.#vcpu.now(), this.#idleNs);
    const jump = hostNs - this.#originNs - nowNs;
    if (jump > MAX_JUMP_NS) this.#originNs += jump - MAX_JUMP_NS;
    this.isBehind = deadlineNs < hostNs - this.#originNs;
    return Math.max(nowNs, Math.min(hostNs - this.#originNs, deadlineNs));
  }

  /** The shift is rounded down: time within a slice is a little slow and never has to wait for the host's. */
  sliceEnd(hostNs: number, instructions: number): void {
    if (instructions < 1000) return;
    this.#cost += ((hostNs - this.#sliceHostNs) / instructions - this.#cost) / 16;
    this.#vcpu.timeShift = clampShift(Math.log2(this.#cost));
  }

  idleWait(deadlineNs: number, hostNs: number): number {
    return Math.max(0, deadlineNs - (hostNs - this.#originNs));
  }

  idleEnd(deadlineNs: number, hostNs: number): void {
    this.#idleNs = Math.min(deadlineNs, hostNs - this.#originNs);
  }

  resume(hostNs: number): void {
    this.#originNs = hostNs - Math.max(this.#vcpu.now(), this.#idleNs);
  }
}

/** `-icount`: virtual time is the number of instructions, and of nanoseconds skipped while idle. */
export class CountingTimekeeper implements Timekeeper {
  readonly #vcpu: Vcpu;
  readonly #options: IcountOptions;
  readonly isBehind = false;
  #skipToNs = 0;
  #idleHostNs: number | null = null;
  /** Where host and virtual time were equal, for shift=auto. */
  #originNs: number;

  constructor(vcpu: Vcpu, options: IcountOptions, hostNs: number) {
    this.#vcpu = vcpu;
    this.#options = options;
    this.#originNs = hostNs - vcpu.now();
    vcpu.timeShift = options.shift === 'auto' ? 3 : options.shift;
  }

  sliceStart(hostNs: number): number {
    if (this.#options.shift === 'auto') this.#adapt(hostNs);
    return this.#nowNs;
  }

  /** With what an idle wait has reached and no slice has begun with yet. */
  get #nowNs(): number {
    return Math.max(this.#vcpu.now(), this.#skipToNs);
  }

  sliceEnd(): void {}

  idleWait(deadlineNs: number, hostNs: number): number {
    this.#idleHostNs ??= hostNs;
    if (!this.#options.sleep && deadlineNs !== Infinity) return 0;
    return Math.max(0, deadlineNs - this.#nowNs - (hostNs - this.#idleHostNs));
  }

  /** Skips to the deadline, or as far as host time went when input came first. */
  idleEnd(deadlineNs: number, hostNs: number): void {
    const waitedNs = Math.floor(hostNs - (this.#idleHostNs ?? hostNs));
    this.#idleHostNs = null;
    if (this.#options.sleep) this.#skipToNs = Math.min(deadlineNs, this.#nowNs + waitedNs);
    else if (deadlineNs !== Infinity) this.#skipToNs = deadlineNs;
  }

  resume(hostNs: number): void {
    this.#originNs = hostNs - this.#vcpu.now();
    this.#idleHostNs = null;
  }

  /** One step at a time, and only when an eighth of a second off. */
  #adapt(hostNs: number): void {
    const leadNs = this.#vcpu.now() - (hostNs - this.#originNs);
    if (Math.abs(leadNs) < 125e6) return;
    this.#vcpu.timeShift = clampShift(this.#vcpu.timeShift + (leadNs > 0 ? -1 : 1));
    this.#originNs += -leadNs;
  }
}

function clampShift(shift: number): number {
  return Math.min(MAX_SHIFT, Math.max(0, Math.floor(shift)));
}
