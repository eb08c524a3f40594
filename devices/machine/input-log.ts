// Everything that reaches a machine from outside, each with the instruction count at which it enters: with the start state
// this makes the run. Today a log can be kept; replaying one is a matter of a timekeeper and a stream source that read it.
import type { StreamInput } from './streams.ts';

export type InputEvent =
  /** Virtual time of a slice that does not follow from instructions: a sample of the host's clock or the end of a wait. */
  | { readonly kind: 'time'; readonly instructions: number; readonly ns: number; readonly shift: number }
  | ({ readonly kind: 'stream'; readonly instructions: number } & StreamInput)
  /** `-rtc clock=host`: seconds that the real-time clock caught up after a pause. */
  | { readonly kind: 'rtc'; readonly instructions: number; readonly seconds: number }
  /** Reset by the user. */
  | { readonly kind: 'reset'; readonly instructions: number };

export type InputLog = (event: InputEvent) => void;
