// Reset control register, port 0xCF9 (PIIX3 datasheet 290550, 2.5.13). It lies under the PCI configuration address, which
// takes only 32-bit accesses.
import {
  registerTable,
  type Device,
  type DeviceState,
  type RegisterTable,
  type Region,
  type ResetKind,
} from './device.ts';
import { StateReader } from './snapshot.ts';

const SRST = 0x02;
const RCPU = 0x04;
const STATE_VERSION = 1;

export interface ResetCf9Options {
  /** Cold resets the whole machine, warm only the processor. */
  readonly onReset: (kind: ResetKind) => void;
}

export class ResetCf9 implements Device {
  readonly id = 'reset-cf9';
  readonly registers: RegisterTable;
  readonly #options: ResetCf9Options;
  #value = 0;

  constructor(options: ResetCf9Options) {
    this.#options = options;
    this.registers = registerTable('PIIX3', [['RC', 0xcf9, 'rw', 1, '2.5.13', () => this.#value, '- SRST RCPU']]);
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'reset-cf9',
        base: 0xcf9,
        size: 1,
        width: 1,
        read: () => this.#value,
        write: (_offset, _width, value) => {
          this.#write(value);
        },
      },
    ];
  }

  reset(): void {
    this.#value = 0;
  }

  save(): DeviceState {
    return { version: STATE_VERSION, value: this.#value };
  }

  load(state: DeviceState): void {
    this.#value = new StateReader(this.id, STATE_VERSION, state).number('value');
  }

  /** RCPU going from 0 to 1 resets, hard if SRST is set with it or before it. */
  #write(value: number): void {
    const isStarted = (value & ~this.#value & RCPU) !== 0;
    this.#value = value & (SRST | RCPU);
    if (isStarted) this.#options.onReset((value & SRST) === 0 ? 'warm' : 'cold');
  }
}
