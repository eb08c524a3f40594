// Messages between the page and the machine in its Worker (devices/worker.ts). Types and constants only: the page imports this
// file, never the machine. One worker holds one machine; a second machine is a second worker.
//
// Order: the page posts `create`; the worker answers `ready` (the machine stands at its first instruction and goes on from
// there at once, unless `-S` was given) or `error`. After that every command may come at any time. Bytes travel as transferred buffers.

import type { Accelerator } from './accelerator.ts';

/** Character streams of the machine, by device id: what `-serial` and `-debugcon` connect. */
export type StreamId = 'serial0' | 'serial1' | 'serial2' | 'serial3' | 'debugcon';

export type MachineState =
  /** Executing instructions. */
  | 'running'
  /** The CPU waits in HLT for an interrupt; no host CPU is used. */
  | 'halted'
  /** Stopped by `-S`, `pause` or `-no-shutdown`: `run` goes on. */
  | 'paused'
  /** Ended (power-off, `-no-reboot`, debug exit): only `reset` and a new `create` lead on. */
  | 'stopped';

/** A file that the flags name, e.g. `-kernel vmlinuz`: the page has downloaded it or the user has chosen it. */
export interface MachineFile {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

export type Command =
  | {
      readonly type: 'create';
      /** The command line's flags, one word each: ['-m', '128', '-kernel', 'vmlinuz', ...]. */
      readonly argv: readonly string[];
      readonly files: readonly MachineFile[];
      /** The bytes of core.wasm; the page fetches them, so that it can show progress. */
      readonly core: ArrayBuffer;
    }
  | { readonly type: 'run' }
  | { readonly type: 'pause' }
  /** Power-on reset, kernel loaded again; a running machine goes on running. */
  | { readonly type: 'reset' }
  /** Bytes typed by the user. The machine queues them and hands them over as the guest takes them. */
  | { readonly type: 'serialInput'; readonly stream: StreamId; readonly bytes: Uint8Array }
  /** Asks for one `status` event now. */
  | { readonly type: 'queryStatus' }
  /** Asks for one `counters` event. */
  | { readonly type: 'queryCounters' };

export interface MachineStatus {
  readonly state: MachineState;
  /** Guest instructions since the last reset of the machine. */
  readonly instructions: number;
  /** Of all instructions since the machine was made, those that compiled code ran. */
  readonly compiled: number;
  /** Share of the instructions of the last status period that compiled code ran, 0 to 1; null if there were none. */
  readonly compiledShare: number | null;
  /** Virtual nanoseconds since power-on. */
  readonly virtualTimeNs: number;
  /** Millions of guest instructions per second of host time while executing, over the last status period; 0 when idle. */
  readonly mips: number;
  /** Share of host time spent executing in the last status period, 0 to 1. */
  readonly busy: number;
}

/** What the machine was made of; the answer to `create`. */
export interface MachineDescription {
  readonly name: string;
  readonly ramBytes: number;
  readonly accelerator: Accelerator;
  /** What `-kernel` or `-bios` was recognised as, in words: 'Linux 6.1.0-44-686 (bzImage)'. */
  readonly image: string;
  /** Streams connected to the page: those that `-serial` and `-debugcon` send to `stdio`. */
  readonly streams: readonly StreamId[];
}

export type ExitKind =
  /** The guest powered off. */
  | 'poweroff'
  /** The guest asked for a reset and `-no-reboot` was given. */
  | 'reset'
  /** The guest wrote to isa-debug-exit. */
  | 'debug-exit'
  /** Triple fault and `-no-reboot` was given. */
  | 'triple-fault'
  /** A mistake of ours stopped the machine. */
  | 'bug';

export interface MachineExit {
  readonly kind: ExitKind;
  /** What the command line exits with. */
  readonly code: number;
  /** One or more sentences for people. */
  readonly words: string;
}

export interface CountedName {
  readonly name: string;
  readonly count: number;
}

export interface MachineCounters {
  /** Exits from the core by reason: budget, hlt, port read, port write, MMIO read ... */
  readonly exits: readonly CountedName[];
  /** Port accesses by region, most frequent first. */
  readonly io: readonly CountedName[];
  /** What the guest asked for and is not modelled, as `-d unimp` lists it. */
  readonly unimplemented: readonly CountedName[];
}

export type Event =
  | { readonly type: 'ready'; readonly machine: MachineDescription; readonly status: MachineStatus }
  /** Output since the last message, batched; at most one message per stream and turn of the machine loop. */
  | { readonly type: 'serialOutput'; readonly stream: StreamId; readonly bytes: Uint8Array }
  /** Every STATUS_PERIOD_MS while the machine runs, and when it is paused, goes on or ends. */
  | { readonly type: 'status'; readonly status: MachineStatus }
  | { readonly type: 'counters'; readonly counters: MachineCounters }
  /** Words about the guest that are not its end: a triple fault that led to a reset, the log of `-d`. */
  | { readonly type: 'message'; readonly text: string }
  /** The machine ended; the state is now 'stopped'. With `-no-shutdown` a power-off is a `message`, and the state is 'paused'. */
  | { readonly type: 'exit'; readonly exit: MachineExit }
  /** 'host': one sentence that the user can act on. 'bug': a mistake of ours, with its stack. */
  | { readonly type: 'error'; readonly kind: 'host' | 'bug'; readonly message: string };

export const STATUS_PERIOD_MS = 250;
