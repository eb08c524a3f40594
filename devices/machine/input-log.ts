// Everything that reaches a machine from outside, each with the place in the run at which it enters: with the start state this
// makes the run. A recording of stream events can be given back (Machine.schedule); with `-icount shift=N,sleep=off` that is all
// there is to replay. Replaying time samples as well is a matter of a timekeeper that reads them.
import type { StreamInput } from './streams.ts';

/** A place in a run: an idle CPU may let virtual time pass without an instruction, so the count alone is not enough. */
export interface InputPlace {
  readonly instructions: number;
  readonly ns: number;
}

export type StreamEvent = { readonly kind: 'stream' } & InputPlace & StreamInput;

export type InputEvent =
  /** What the CPU's random numbers follow from (`-seed`). */
  | ({ readonly kind: 'seed'; readonly seed: number } & InputPlace)
  /** Virtual time of a slice, and its length of an instruction, where they do not follow from instructions: a sample of the host's clock. */
  | ({ readonly kind: 'time'; readonly shift: number } & InputPlace)
  | StreamEvent
  /** `-rtc clock=host`: seconds that the real-time clock caught up after a pause. */
  | ({ readonly kind: 'rtc'; readonly seconds: number } & InputPlace)
  /** Reset by the user. */
  | ({ readonly kind: 'reset' } & InputPlace);

export type InputLog = (event: InputEvent) => void;

/** Stream events that wait for their place. */
export class Schedule {
  #events: StreamEvent[] = [];

  add(events: readonly StreamEvent[]): void {
    this.#events = [...this.#events, ...events].sort((a, b) => a.instructions - b.instructions || a.ns - b.ns);
  }

  /** Instruction count of the next event, or Infinity: no slice may run past it. */
  get nextInstructions(): number {
    return this.#events[0]?.instructions ?? Infinity;
  }

  isDue(instructions: number, ns: number): boolean {
    const event = this.#events[0];
    if (event === undefined) return false;
    return event.instructions < instructions || (event.instructions === instructions && event.ns <= ns);
  }

  /** The next event; ask `isDue` before. */
  take(): StreamEvent | undefined {
    return this.#events.shift();
  }
}
