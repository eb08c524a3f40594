// Virtual time: nanoseconds since power-on, as a JS number (exact for 104 days), advanced by the machine loop and nobody else.
// The only place where devices get time or ask to be called later.

export type TimerCallback = (deadlineNs: number) => void;

export interface Timer {
  /** Armed deadline, or null. */
  readonly deadlineNs: number | null;
  arm(deadlineNs: number): void;
  cancel(): void;
  save(): number | null;
  load(deadlineNs: number | null): void;
}

/** A guest that programs a timer faster than time moves must not keep the machine loop here for ever. */
const MAX_CALLBACKS_PER_RUN = 10_000;

export class Clock {
  /** The running slice's last instant, set by the machine loop; Infinity outside slices. */
  sliceEndNs = Infinity;
  /** Called when a timer is armed before `sliceEndNs`: the machine loop shortens the slice. */
  onEarlyDeadline: (deadlineNs: number) => void = () => {};
  readonly #timers: ClockTimer[] = [];
  #source: () => number = () => 0;
  #earliest: ClockTimer | null = null;
  #isStale = false;

  /** The machine loop's reading of time, right to the instruction, so that a chip asking within a slice gets that instruction's time. */
  setNow(source: () => number): void {
    this.#source = source;
  }

  now(): number {
    return this.#source();
  }

  /** A new timer, not armed. The callback gets the deadline it was armed for, so periodic timers do not drift. */
  timer(callback: TimerCallback): Timer {
    const timer = new ClockTimer(this, callback);
    this.#timers.push(timer);
    return timer;
  }

  /** The earliest armed deadline, or Infinity. */
  nextDeadline(): number {
    return this.#next()?.deadlineNs ?? Infinity;
  }

  /** Calls every timer whose deadline has come, earliest first; among equals the one created first. Answers how many ran. */
  runDue(): number {
    let count = 0;
    while (count < MAX_CALLBACKS_PER_RUN) {
      const timer = this.#next();
      if (timer === null || timer.deadlineNs === null || timer.deadlineNs > this.now()) break;
      timer.fire();
      count += 1;
    }
    return count;
  }

  /** For ClockTimer only. */
  changed(deadlineNs: number | null): void {
    this.#isStale = true;
    if (deadlineNs !== null && deadlineNs < this.sliceEndNs) this.onEarlyDeadline(deadlineNs);
  }

  #next(): ClockTimer | null {
    if (!this.#isStale) return this.#earliest;
    let best: ClockTimer | null = null;
    let bestNs = Infinity;
    for (const timer of this.#timers) {
      if (timer.deadlineNs !== null && timer.deadlineNs < bestNs) {
        best = timer;
        bestNs = timer.deadlineNs;
      }
    }
    this.#earliest = best;
    this.#isStale = false;
    return best;
  }
}

class ClockTimer implements Timer {
  deadlineNs: number | null = null;
  readonly #clock: Clock;
  readonly #callback: TimerCallback;

  constructor(clock: Clock, callback: TimerCallback) {
    this.#clock = clock;
    this.#callback = callback;
  }

  arm(deadlineNs: number): void {
    if (this.deadlineNs === deadlineNs) return;
    this.deadlineNs = deadlineNs;
    this.#clock.changed(deadlineNs);
  }

  cancel(): void {
    if (this.deadlineNs === null) return;
    this.deadlineNs = null;
    this.#clock.changed(null);
  }

  save(): number | null {
    return this.deadlineNs;
  }

  load(deadlineNs: number | null): void {
    if (deadlineNs === null) this.cancel();
    else this.arm(deadlineNs);
  }

  fire(): void {
    const deadlineNs = this.deadlineNs;
    if (deadlineNs === null) return;
    this.cancel();
    this.#callback(deadlineNs);
  }
}

/** A crystal's ticks in virtual time, as an exact fraction: `ticks` ticks every `ns` nanoseconds. */
export class TickRate {
  readonly #ticks: number;
  readonly #ns: number;

  constructor(ticks: number, ns: number) {
    this.#ticks = ticks;
    this.#ns = ns;
  }

  /** How many whole ticks have passed by then. */
  ticksAt(ns: number): number {
    return Math.floor((ns * this.#ticks) / this.#ns);
  }

  /** The first nanosecond at which that many ticks have passed, so that `ticksAt(nsAt(n)) >= n`. */
  nsAt(tick: number): number {
    const ns = Math.ceil((tick * this.#ns) / this.#ticks);
    // Beyond a day the product is no longer exact; a deadline one tick too early would be armed again for the same instant.
    return this.ticksAt(ns) < tick ? ns + 1 : ns;
  }
}
