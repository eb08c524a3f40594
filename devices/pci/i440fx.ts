// Intel 82441FX PCI and memory controller, "i440FX" (datasheet 290549): configuration mechanism 1 at ports 0xCF8 and 0xCFC,
// and function 0:0.0. Not implemented: DRAM timing and row boundaries (they can be written and read back), ECC, SMRAM.
import { allOnes, registerTable, type Device, type DeviceState, type RegisterTable, type Region } from '../device.ts';
import { StateReader } from '../snapshot.ts';
import { COMMAND, ConfigSpace, STATUS } from './config-space.ts';
import { devfn, type PciBus } from './pci-bus.ts';

const CONFE = 0x8000_0000;
const CONFADD_WRITABLE = 0x80ff_fffc;
const PAM0 = 0x59;
const PAM_COUNT = 7;
const SMRAM = 0x72;
const STATE_VERSION = 1;

export interface I440fxOptions {
  readonly bus: PciBus;
  /** The seven PAM registers have changed: which parts of 0xC0000-0xFFFFF are RAM for reads and for writes (3.2.18). */
  readonly onPam?: (registers: readonly number[]) => void;
}

export class I440fx implements Device {
  readonly id = 'i440fx';
  readonly registers: RegisterTable;
  readonly config = new ConfigSpace({ vendor: 0x8086, device: 0x1237, revision: 2, classCode: 0x060000 });
  readonly #options: I440fxOptions;
  #address = 0;

  constructor(options: I440fxOptions) {
    this.#options = options;
    const { config } = this;
    config.set(COMMAND, 2, 0x0006, 0x0100);
    config.set(STATUS, 2, 0x0280);
    config.clearByOne(STATUS, 2, 0xf900);
    config.set(0x0d, 1, 0, 0xf8);
    config.set(0x50, 2, 0, 0xff74);
    config.set(0x57, 1, 0x01, 0x7f);
    config.set(0x58, 1, 0x10, 0xff);
    for (let index = 0; index < PAM_COUNT; index += 1) config.set(PAM0 + index, 1, 0, index === 0 ? 0x30 : 0x33);
    for (let row = 0x60; row <= 0x67; row += 1) config.set(row, 1, 1, 0xff);
    config.set(0x68, 1, 0, 0xc0);
    config.set(SMRAM, 1, 0x02, 0x78);
    config.set(0x90, 1, 0, 0xff);
    config.clearByOne(0x91, 1, 0x11);
    config.set(0x93, 1, 0, 0x0f);
    config.onWrite = (offset, length) => {
      if (offset < PAM0 + PAM_COUNT && offset + length > PAM0) this.#tellPam();
    };
    options.bus.add(devfn(0, 0), config);
    this.registers = registerTable('82441FX', [
      ['CONFADD', 0xcf8, 'rw', 4, '3.1.1', () => this.#address, '- - REG:6 FUNC:3 DEV:5 BUS:8 - - - - - - - CONFE'],
      ['SMRAM', SMRAM, 'rw', 1, '3.2.24', () => config.read(SMRAM, 1)],
    ]);
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'pci.confadd',
        base: 0xcf8,
        size: 4,
        width: 4,
        dwordOnly: true,
        read: () => this.#address,
        write: (_offset, _width, value) => {
          this.#address = (value & CONFADD_WRITABLE) >>> 0;
        },
      },
      {
        space: 'pio',
        name: 'pci.confdata',
        base: 0xcfc,
        size: 4,
        width: 4,
        read: (offset, width) => {
          const target = this.#target();
          return target < 0 ? allOnes(width) : this.#options.bus.read(target, this.#register(offset), width);
        },
        write: (offset, width, value) => {
          const target = this.#target();
          if (target >= 0) this.#options.bus.write(target, this.#register(offset), width, value);
        },
      },
    ];
  }

  reset(): void {
    this.#address = 0;
    this.config.reset();
    this.#tellPam();
  }

  save(): DeviceState {
    return { version: STATE_VERSION, address: this.#address, config: this.config.bytes.slice() };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    this.#address = reader.number('address');
    this.config.load(reader.bytes('config', 256));
    this.#tellPam();
  }

  /** The addressed function of bus 0, or -1: there is no other bus. */
  #target(): number {
    const isBus0 = ((this.#address >> 16) & 0xff) === 0;
    return this.#address >= CONFE && isBus0 ? (this.#address >> 8) & 0xff : -1;
  }

  #register(offset: number): number {
    return (this.#address & 0xfc) | offset;
  }

  #tellPam(): void {
    this.#options.onPam?.(Array.from(this.config.bytes.subarray(PAM0, PAM0 + PAM_COUNT)));
  }
}
