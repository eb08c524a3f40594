// What a machine needs from the world it runs in: Node (cli/host-node.ts) or a browser's worker (worker.ts).
import type { CharTarget } from './option-values.ts';
import type { MachineExit, MachineState, StreamId } from './protocol.ts';

export interface WallClock {
  /** Milliseconds since 1970, UTC. */
  readonly unixMs: number;
  /** Local time minus UTC. */
  readonly offsetMinutes: number;
}

/** A wait that can be cut short. */
export interface Wait {
  readonly done: Promise<void>;
  cancel(): void;
}

export type Output = (bytes: Uint8Array) => void;

export interface Host {
  /** core.wasm. */
  readCore(): Promise<Uint8Array<ArrayBuffer>>;
  /** A file that a flag names. Throws a HostError that names the file and says what is wrong. */
  readFile(name: string): Promise<Uint8Array>;
  /** Where a stream's output goes. Throws a HostError if that cannot be. */
  openStream(stream: StreamId, target: Exclude<CharTarget, { kind: 'null' }>): Output;
  /** The log of `-d`: a line at a time, to the file of `-D` or to where errors go. */
  openLog(path: string | null): (line: string) => void;
  /** Nanoseconds of a clock that never goes back. */
  monotonicNs(): number;
  wallClock(): WallClock;
  /** A number below 2^53 that nobody can guess. */
  randomSeed(): number;
  /** Lets the host handle its events, and take up output. */
  yieldTurn(): Promise<void>;
  /** `milliseconds` may be Infinity: until cancelled. */
  wait(milliseconds: number): Wait;
}

export interface MachineListener {
  stateChanged?(state: MachineState): void;
  /** Words about the guest, for the user: a triple fault before a reset, a CPU halted for good, a loader's warning. */
  message?(text: string): void;
  exit?(exit: MachineExit): void;
}
