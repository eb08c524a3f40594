// A vCPU for tests of the machine loop: a script says what each instruction does; every instruction costs 2^shift ns.
import { EXIT_BUDGET, EXIT_HLT, EXIT_SHUTDOWN, EXIT_STOP } from '../../assembly/shared/exit.ts';
import type { ProtectedModeEntry } from './load/boot-plan.ts';
import type { RegisterDump, Vcpu } from './vcpu.ts';

/** What one instruction does, beyond counting. */
export type Step = 'work' | 'hlt' | 'shutdown' | (() => void);

export class FakeVcpu implements Vcpu {
  instructions = 0;
  timeShift = 0;
  apicDeadlineNs = Infinity;
  interruptsEnabled = true;
  /** Budget of every run. */
  readonly budgets: number[] = [];
  /** Instruction counts at which an interrupt was taken. */
  readonly interrupts: number[] = [];
  entered: ProtectedModeEntry | null = null;
  resets = 0;
  #baseNs = 0;
  #baseCount = 0;
  #intr = false;
  #isHalted = false;
  #stop = false;
  readonly #step: ((instruction: number) => Step) | null;

  /** Without a script every instruction is work. */
  constructor(step: ((instruction: number) => Step) | null = null) {
    this.#step = step;
  }

  run(budget: number): number {
    this.budgets.push(budget);
    for (let left = budget; ; left -= 1) {
      if (this.#stop) {
        this.#stop = false;
        return EXIT_STOP;
      }
      if (this.#intr && this.interruptsEnabled) {
        this.#intr = false;
        this.#isHalted = false;
        this.interrupts.push(this.instructions);
      }
      if (this.#isHalted) return EXIT_HLT;
      if (left === 0) return EXIT_BUDGET;
      if (this.#step === null) {
        this.instructions += left;
        return EXIT_BUDGET;
      }
      const step = this.#step(this.instructions);
      this.instructions += 1;
      if (step === 'hlt') this.#isHalted = true;
      else if (step === 'shutdown') return EXIT_SHUTDOWN;
      else if (step !== 'work') step();
    }
  }

  setTime(ns: number): void {
    this.#baseNs = Math.max(ns, this.now());
    this.#baseCount = this.instructions;
    if (this.apicDeadlineNs <= ns) this.apicDeadlineNs = Infinity;
  }

  now(): number {
    return this.#baseNs + (this.instructions - this.#baseCount) * 2 ** this.timeShift;
  }

  nextDeadline(): number {
    return this.apicDeadlineNs;
  }

  requestStop(): void {
    this.#stop = true;
  }

  setIntr(level: boolean): void {
    this.#intr = level;
  }

  setA20(): void {}

  apicDeliver(): boolean {
    return false;
  }

  invalidate(): void {}

  reset(): void {
    this.resets += 1;
    this.#isHalted = false;
    this.#intr = false;
  }

  enter(entry: ProtectedModeEntry): void {
    this.entered = entry;
  }

  registers(): RegisterDump {
    return { eip: 0, cs: 0, eflags: 0, cr0: 0, cr2: 0, cr3: 0, cr4: 0, general: [0, 0, 0, 0, 0, 0, 0, 0] };
  }

  shutdownWords(): string {
    return 'A made-up triple fault.';
  }

  traceDeliveries(): void {}

  deliveryLine(): string {
    return 'a made-up event';
  }

  stateBytes(): Uint8Array {
    return new Uint8Array(8);
  }
}
