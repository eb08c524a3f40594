// What the machine asks of a virtual CPU, and what a virtual CPU asks of the machine. core.ts is the one behind it that
// executes; tests of the machine loop put a scripted one in its place.
import type { Width } from '../device.ts';
import type { ApicMessage } from '../ioapic.ts';
import type { ProtectedModeEntry } from './load/boot-plan.ts';

/** The core's imports: synchronous, within an instruction. */
export interface VcpuHost {
  portIn(port: number, width: Width): number;
  portOut(port: number, width: Width, value: number): void;
  mmioRead(physical: number, width: Width): number;
  mmioWrite(physical: number, width: Width, value: number): void;
  /** INTA cycle: the vector of the interrupt controller. */
  acknowledgeInterrupt(): number;
  /** EOI of a level-triggered vector, for the IOAPIC. */
  apicEoi(vector: number): void;
  /** FERR#: an x87 error that is reported the PC's way, by IRQ13. */
  ferr(level: boolean): void;
  /** An MSR or opcode that is not modelled. */
  unimplemented(kind: number, a: number, b: number): void;
  /** SYSTEM_EVENT_* of assembly/shared/state.ts. */
  systemEvent(kind: number, detail: number): void;
}

/** Registers for messages and tests. */
export interface RegisterDump {
  readonly eip: number;
  readonly cs: number;
  readonly eflags: number;
  readonly cr0: number;
  readonly cr2: number;
  readonly cr3: number;
  readonly cr4: number;
  readonly general: readonly number[];
}

export interface Vcpu {
  /** Instructions since creation; exact, inside an import too. */
  readonly instructions: number;
  /** log2 of virtual nanoseconds per instruction within a slice. */
  timeShift: number;
  run(budget: number): number;
  /** Virtual time at a slice's start; never goes back. */
  setTime(ns: number): void;
  now(): number;
  /** The local APIC's next timer event, or Infinity. */
  nextDeadline(): number;
  requestStop(): void;
  setIntr(level: boolean): void;
  setA20(isOn: boolean): void;
  /** True if a local APIC took it. */
  apicDeliver(message: ApicMessage): boolean;
  /** Guest RAM changed under the CPU. */
  invalidate(address: number, length: number): void;
  reset(): void;
  /** Puts the CPU, fresh from reset, at a kernel's 32-bit entry. */
  enter(entry: ProtectedModeEntry): void;
  /** Whether maskable interrupts are enabled (EFLAGS.IF). */
  readonly interruptsEnabled: boolean;
  registers(): RegisterDump;
  /** What happened, in words, after EXIT_SHUTDOWN. */
  shutdownWords(): string;
  /** Reports every interrupt and exception to `systemEvent`. */
  traceDeliveries(isOn: boolean): void;
  /** One line for a reported event, within that report. */
  deliveryLine(detail: number): string;
  /** All architectural state as bytes, for hashes. */
  stateBytes(): Uint8Array;
}
