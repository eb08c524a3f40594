// The debug console of Bochs and QEMU: a byte written to port 0xE9 goes to the host, a read answers 0xE9 so that guests
// can find it.
import type { CharBackend } from './backend.ts';
import { registerTable, type Device, type DeviceState, type RegisterTable, type Region } from './device.ts';
import { StateReader } from './snapshot.ts';

const STATE_VERSION = 1;

export interface DebugconE9Options {
  readonly backend: CharBackend;
  readonly base?: number;
}

export class DebugconE9 implements Device {
  readonly id = 'debugcon';
  readonly registers: RegisterTable;
  readonly #options: DebugconE9Options;

  constructor(options: DebugconE9Options) {
    this.#options = options;
    this.registers = registerTable('QEMU isa-debugcon', [['data', 0, 'rw', 1, 'port 0xE9', () => 0xe9]]);
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'debugcon',
        base: this.#options.base ?? 0xe9,
        size: 1,
        width: 1,
        read: () => 0xe9,
        write: (_offset, _width, value) => {
          this.#options.backend.write(value);
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
