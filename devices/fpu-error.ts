// The PC's way of reporting x87 errors while CR0.NE is 0 (SDM vol. 1, appendix "Guidelines for writing x87 FPU exception
// handlers", "MS-DOS compatibility sub-mode"): FERR# latches IRQ13, a write to port 0xF0 releases it and asserts IGNNE#.
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterTable,
  type Region,
} from './device.ts';
import type { IrqLine } from './irq.ts';
import { copyFields, StateReader } from './snapshot.ts';

const STATE_VERSION = 1;

export interface FpuErrorOptions {
  /** The processor's IGNNE# input: while asserted, x87 instructions go on in spite of a pending error. */
  readonly onIgnne: (asserted: boolean) => void;
}

export class FpuError implements Device {
  readonly id = 'fpu-error';
  readonly registers: RegisterTable;
  readonly #options: FpuErrorOptions;
  readonly #irq: IrqLine;
  readonly #fields = { ferr: false, isLatched: false, ignne: false };

  constructor(context: DeviceContext, options: FpuErrorOptions) {
    this.#options = options;
    this.#irq = context.irq();
    const f = this.#fields;
    this.registers = registerTable('SDM vol. 1', [
      ['latch', 0xf0, 'wo', 1, 'MS-DOS compatibility sub-mode', () => Number(f.isLatched), 'IRQ13'],
    ]);
  }

  /** FERR# of the processor. Its end also ends IGNNE#. */
  setFerr(asserted: boolean): void {
    const f = this.#fields;
    if (asserted === f.ferr) return;
    f.ferr = asserted;
    if (asserted) f.isLatched = true;
    else this.#setIgnne(false);
    this.#updateIrq();
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'fpu-error',
        base: 0xf0,
        size: 2,
        width: 1,
        read: () => 0xff,
        write: (offset) => {
          if (offset === 0) this.#release();
        },
      },
    ];
  }

  /** FERR# itself is the processor's to end. */
  reset(): void {
    this.#fields.isLatched = false;
    this.#setIgnne(false);
    this.#updateIrq();
  }

  save(): DeviceState {
    return { version: STATE_VERSION, ...copyFields(this.#fields) };
  }

  load(state: DeviceState): void {
    new StateReader(this.id, STATE_VERSION, state).fill(this.#fields);
    this.#updateIrq();
  }

  #release(): void {
    this.#fields.isLatched = false;
    this.#setIgnne(this.#fields.ferr);
    this.#updateIrq();
  }

  #setIgnne(asserted: boolean): void {
    if (asserted === this.#fields.ignne) return;
    this.#fields.ignne = asserted;
    this.#options.onIgnne(asserted);
  }

  #updateIrq(): void {
    this.#irq.set(this.#fields.isLatched);
  }
}
