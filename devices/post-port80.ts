// Port 0x80: firmware shows the progress of its self-test here, and kernels write to it for the time a bus cycle takes.
// The byte is that of the DMA page register file, so it reads back.
import { registerTable, type Device, type DeviceState, type RegisterTable, type Region } from './device.ts';
import { StateReader } from './snapshot.ts';

const STATE_VERSION = 1;

export class PostPort80 implements Device {
  readonly id = 'post';
  readonly registers: RegisterTable;
  #code = 0;

  constructor() {
    this.registers = registerTable('IBM PC AT', [
      ['POST', 0x80, 'rw', 1, 'Manufacturing checkpoint port', () => this.#code],
    ]);
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'post',
        base: 0x80,
        size: 1,
        width: 1,
        read: () => this.#code,
        write: (_offset, _width, value) => {
          this.#code = value;
        },
      },
    ];
  }

  reset(): void {
    this.#code = 0;
  }

  save(): DeviceState {
    return { version: STATE_VERSION, code: this.#code };
  }

  load(state: DeviceState): void {
    this.#code = new StateReader(this.id, STATE_VERSION, state).number('code');
  }
}
