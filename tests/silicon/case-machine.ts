/** What replays a case: a small system in the core with everything that user code may see of one. */
import type { LdtEntry, GDT } from '../../recorder/layout.ts';
import type { MachineState, Patch } from '../../recorder/wire.ts';
import type { AddressSpace, MappedRegion } from './address-space.ts';
import type { Accelerator } from './acceleration.ts';
import type { Core } from './core.ts';

export interface SystemTables {
  /** 4-level paging and 64-bit code; else PAE paging and 32-bit code around the cases. */
  readonly long: boolean;
  readonly ldt: readonly (LdtEntry | null)[];
  readonly gdt: typeof GDT;
  readonly gdtLimit: number;
  readonly regions: readonly MappedRegion[];
  /** Default: the interpreter. */
  readonly accelerator?: Accelerator;
  /** CPUID features besides the default ones. */
  readonly features?: readonly string[];
}

export interface Outcome {
  /** -1: no exception ended the case; `exit` says what happened instead. */
  readonly vector: number;
  readonly errorCode: number;
  readonly cr2: bigint;
  readonly exit: string;
  readonly state: MachineState;
}

export interface CaseMachine {
  readonly core: Core;
  readonly space: AddressSpace;
  run(before: MachineState, patches: readonly Patch[]): Outcome;
}
