// System control port A, 0x92 (PIIX3 datasheet 290550, 2.5.10): fast A20 gate and fast processor reset.
// Not implemented: the lock bit and the disk lights of PS/2 machines.
import { registerTable, type Device, type DeviceState, type RegisterTable, type Region } from './device.ts';
import { StateReader } from './snapshot.ts';

const FAST_INIT = 0x01;
const FAST_A20 = 0x02;
const STATE_VERSION = 1;

export interface Port92Options {
  readonly onA20: (isOpen: boolean) => void;
  /** The processor is initialized (INIT), the rest of the machine is not. */
  readonly onReset: () => void;
}

export class Port92 implements Device {
  readonly id = 'port92';
  readonly registers: RegisterTable;
  readonly #options: Port92Options;
  #value = FAST_A20;

  constructor(options: Port92Options) {
    this.#options = options;
    this.registers = registerTable('PIIX3', [
      ['port92', 0x92, 'rw', 1, '2.5.10', () => this.#value, 'FAST_INIT FAST_A20'],
    ]);
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'port92',
        base: 0x92,
        size: 1,
        width: 1,
        read: () => this.#value,
        write: (_offset, _width, value) => {
          this.#write(value);
        },
      },
    ];
  }

  /** A20 is open, as firmware leaves it. */
  reset(): void {
    this.#value = FAST_A20;
    this.#options.onA20(true);
  }

  save(): DeviceState {
    return { version: STATE_VERSION, value: this.#value };
  }

  load(state: DeviceState): void {
    this.#value = new StateReader(this.id, STATE_VERSION, state).number('value');
  }

  #write(value: number): void {
    const before = this.#value;
    this.#value = value & (FAST_INIT | FAST_A20);
    if (((before ^ value) & FAST_A20) !== 0) this.#options.onA20((value & FAST_A20) !== 0);
    // Only the step from 0 to 1 resets.
    if ((value & ~before & FAST_INIT) !== 0) this.#options.onReset();
  }
}
