// QEMU's isa-debug-exit: a write ends the emulator with the exit code (value << 1) | 1. For test guests.
import { registerTable, type Device, type DeviceState, type RegisterTable, type Region } from './device.ts';
import { StateReader } from './snapshot.ts';

const STATE_VERSION = 1;

export interface IsaDebugExitOptions {
  readonly iobase?: number;
  readonly iosize?: number;
  readonly onExit: (code: number) => void;
}

export class IsaDebugExit implements Device {
  readonly id = 'isa-debug-exit';
  readonly registers: RegisterTable;
  readonly #options: IsaDebugExitOptions;

  constructor(options: IsaDebugExitOptions) {
    this.#options = options;
    this.registers = registerTable('QEMU isa-debug-exit', [['exit', 0, 'wo', 4, 'device options', () => 0]]);
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'isa-debug-exit',
        base: this.#options.iobase ?? 0x501,
        size: this.#options.iosize ?? 2,
        width: 4,
        read: () => 0,
        write: (_offset, _width, value) => {
          this.#options.onExit((value << 1) | 1);
        },
      },
    ];
  }

  reset(): void {}

  save(): DeviceState {
    return { version: STATE_VERSION };
  }

  load(state: DeviceState): void {
    new StateReader(this.id, STATE_VERSION, state);
  }
}
