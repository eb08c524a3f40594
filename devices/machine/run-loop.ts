// The machine loop: slices of instructions with, between them, everything that comes from outside of the CPU: time, due
// timers, input. Synchronous; whoever calls `turn` lets the host breathe between two turns (machine.ts).
import { EXIT_HLT, EXIT_NAMES, EXIT_SHUTDOWN } from '../../assembly/shared/exit.ts';
import type { Clock } from '../clock.ts';
import type { Timekeeper } from './timekeeper.ts';
import type { Vcpu } from './vcpu.ts';

/**
 * Code must return often anyway: timers of the host and interrupts from outside land at slice ends. Compiled code runs so many
 * instructions in a quarter of a millisecond, and each slice costs some microseconds.
 */
export const SLICE_INSTRUCTIONS = 250_000;
/** While timers are due one after another, so that a guest which was left waiting has its own time again soon. */
const BEHIND_INSTRUCTIONS = 50_000;
/**
 * The engine compiles the core and the compiled regions when they are first called, and a slice of such code takes fifty times
 * as long as a warm one. So slices begin short, and their length follows what they cost.
 */
export const SHORTEST_SLICE = 2000;
/** A slice that took longer makes the next one shorter; one that took less than half, longer. */
const SLICE_NS = 2e6;
/** How long a turn keeps the host's event loop waiting. */
const TURN_NS = 12e6;

export type Turn =
  /** More to do: call again after the host has had its turn. */
  | { readonly kind: 'busy' }
  /** The CPU waits for an interrupt; nothing happens for `waitNs` of host time unless input comes. */
  | { readonly kind: 'idle'; readonly waitNs: number }
  /** `onSliceEnd` asked to stop. */
  | { readonly kind: 'stopped' };

export interface RunLoopHooks {
  /** Hands over input that waits; called between slices. */
  deliverInput(): void;
  hasInput(): boolean;
  /** Instruction count at which the next scheduled input enters, or Infinity: a slice ends there. */
  nextInputAt(): number;
  /** A slice begins at this virtual time; told before it runs. */
  onSliceStart(): void;
  /** Between two slices; false ends the turn (the machine is about to end, or has been paused). */
  onSliceEnd(): boolean;
  /** The CPU shut down after a triple fault; `onSliceEnd` follows. */
  onShutdown(): void;
  /** The CPU executed HLT with interrupts off. */
  onHaltedForGood(): void;
  monotonicNs(): number;
}

export class RunLoop {
  /** Exits of run() by reason. */
  readonly exits = new Map<string, number>();
  /** Host time spent in turns, and the instructions executed in it. */
  busyNs = 0;
  readonly #vcpu: Vcpu;
  readonly #clock: Clock;
  readonly #timekeeper: Timekeeper;
  readonly #hooks: RunLoopHooks;
  /** Deadline that an idle CPU waits for (virtual), or null while it executes. */
  #idleUntilNs: number | null = null;
  /** Instructions of the next slice, if nothing is due within. */
  #length = SHORTEST_SLICE;

  constructor(vcpu: Vcpu, clock: Clock, timekeeper: Timekeeper, hooks: RunLoopHooks) {
    this.#vcpu = vcpu;
    this.#clock = clock;
    this.#timekeeper = timekeeper;
    this.#hooks = hooks;
    clock.setNow(() => vcpu.now());
    clock.sliceEndNs = -Infinity;
    clock.onEarlyDeadline = () => {
      vcpu.requestStop();
    };
  }

  /** Whether the CPU waits in HLT. */
  get isIdle(): boolean {
    return this.#idleUntilNs !== null;
  }

  /** The machine is paused: an idle CPU has waited until now, the rest comes after the pause. */
  pause(): void {
    if (this.#idleUntilNs !== null) this.#timekeeper.idleEnd(this.#idleUntilNs, this.#hooks.monotonicNs());
  }

  /** After a reset the CPU executes, whatever it waited for. */
  forgetIdle(): void {
    this.#idleUntilNs = null;
  }

  turn(): Turn {
    const startNs = this.#hooks.monotonicNs();
    if (this.#idleUntilNs !== null) {
      const waitNs = this.#hooks.hasInput() ? 0 : this.#timekeeper.idleWait(this.#idleUntilNs, startNs);
      if (waitNs > 0) return { kind: 'idle', waitNs };
      this.#timekeeper.idleEnd(this.#idleUntilNs, startNs);
      this.#idleUntilNs = null;
    }
    const turn = this.#slices(startNs);
    this.busyNs += this.#hooks.monotonicNs() - startNs;
    return turn;
  }

  #slices(startNs: number): Turn {
    let hostNs = startNs;
    while (hostNs - startNs < TURN_NS) {
      const reason = this.#slice(hostNs);
      hostNs = this.#hooks.monotonicNs();
      if (reason === EXIT_SHUTDOWN) this.#hooks.onShutdown();
      if (!this.#hooks.onSliceEnd()) return { kind: 'stopped' };
      if (reason !== EXIT_HLT) continue;
      if (!this.#vcpu.interruptsEnabled) this.#hooks.onHaltedForGood();
      const deadlineNs = this.#deadline();
      const waitNs = this.#hooks.hasInput() ? 0 : this.#timekeeper.idleWait(deadlineNs, hostNs);
      if (waitNs > 0) {
        this.#idleUntilNs = deadlineNs;
        return { kind: 'idle', waitNs };
      }
      this.#timekeeper.idleEnd(deadlineNs, hostNs);
    }
    return { kind: 'busy' };
  }

  #slice(hostNs: number): number {
    this.#hooks.deliverInput();
    const vcpu = this.#vcpu;
    vcpu.setTime(this.#timekeeper.sliceStart(hostNs, this.#deadline()));
    this.#hooks.onSliceStart();
    this.#clock.runDue();
    const budget = this.#budget();
    const before = vcpu.instructions;
    this.#clock.sliceEndNs = vcpu.now() + budget * 2 ** vcpu.timeShift;
    const reason = vcpu.run(budget);
    this.#clock.sliceEndNs = -Infinity;
    const executed = vcpu.instructions - before;
    const endNs = this.#hooks.monotonicNs();
    this.#timekeeper.sliceEnd(endNs, executed);
    this.#adaptLength(executed, endNs - hostNs);
    this.#count(reason);
    return reason;
  }

  /** The guest cannot tell: whatever is due within a slice ends it on its instruction. */
  #adaptLength(executed: number, hostNs: number): void {
    if (hostNs > SLICE_NS) this.#length = Math.max(SHORTEST_SLICE, Math.floor((executed * SLICE_NS) / hostNs));
    else if (hostNs < SLICE_NS / 2 && executed >= this.#length) this.#length *= 2;
    this.#length = Math.min(SLICE_INSTRUCTIONS, this.#length);
  }

  /** Up to the next deadline or scheduled input, so that each lands on its instruction. */
  #budget(): number {
    const leftNs = this.#deadline() - this.#vcpu.now();
    const toDeadline = Math.ceil(leftNs / 2 ** this.#vcpu.timeShift);
    const toInput = this.#hooks.nextInputAt() - this.#vcpu.instructions;
    const length = this.#timekeeper.isBehind ? Math.min(this.#length, BEHIND_INSTRUCTIONS) : this.#length;
    return Math.max(1, Math.min(length, toDeadline, toInput > 0 ? toInput : Infinity));
  }

  #deadline(): number {
    return Math.min(this.#clock.nextDeadline(), this.#vcpu.nextDeadline());
  }

  #count(reason: number): void {
    const name = EXIT_NAMES[reason] ?? `reason ${reason}`;
    this.exits.set(name, (this.exits.get(name) ?? 0) + 1);
  }
}
