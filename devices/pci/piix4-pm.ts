// Power management function of the Intel 82371AB "PIIX4" (datasheet 290562), function 1.3: where its ports are.
// The ports themselves are the device acpi-pm. Not implemented: SMBus, device monitors (their registers read back only).
import { registerTable, type Device, type DeviceState, type RegisterTable, type Region } from '../device.ts';
import { StateReader } from '../snapshot.ts';
import { COMMAND, COMMAND_IO, ConfigSpace, INTERRUPT_LINE, STATUS } from './config-space.ts';
import { devfn, type PciBus } from './pci-bus.ts';

const PMBA = 0x40;
const PMBA_MASK = 0xffc0;
const PMREGMISC = 0x80;
const PMIOSE = 0x01;
const SCI_IRQ = 9;
const STATE_VERSION = 1;

export interface Piix4PmOptions {
  readonly bus: PciBus;
  /** The ports' base as firmware would have set it. */
  readonly pmBase: number;
  /** The ports move, or are switched off (null). */
  readonly onPmBase: (base: number | null) => void;
}

export class Piix4Pm implements Device {
  readonly id = 'piix4-pm';
  readonly registers: RegisterTable;
  readonly config = new ConfigSpace({
    vendor: 0x8086,
    device: 0x7113,
    revision: 3,
    classCode: 0x068000,
    interruptPin: 1,
  });
  readonly #options: Piix4PmOptions;
  #base: number | null = null;

  constructor(options: Piix4PmOptions) {
    this.#options = options;
    const { config } = this;
    config.set(COMMAND, 2, 0x0000, COMMAND_IO);
    config.set(STATUS, 2, 0x0280);
    config.set(INTERRUPT_LINE, 1, SCI_IRQ, 0xff);
    config.set(PMBA, 4, options.pmBase | 1, PMBA_MASK);
    for (let offset = 0x44; offset < PMREGMISC; offset += 4) config.set(offset, 4, 0, 0xffffffff);
    config.set(PMREGMISC, 1, PMIOSE, PMIOSE);
    config.set(0x90, 4, 1, 0xfff0);
    config.set(0xd2, 1, 0, 0x0f);
    config.onWrite = () => {
      this.#follow();
    };
    options.bus.add(devfn(1, 3), config);
    this.registers = registerTable('82371AB', [
      ['PMBA', PMBA, 'rw', 4, '7.1.17', () => config.read(PMBA, 4)],
      ['PMREGMISC', PMREGMISC, 'rw', 1, '7.1.26', () => config.read(PMREGMISC, 1), 'PMIOSE'],
    ]);
  }

  regions(): readonly Region[] {
    return [];
  }

  reset(): void {
    this.config.reset();
    this.#follow();
  }

  save(): DeviceState {
    return { version: STATE_VERSION, config: this.config.bytes.slice() };
  }

  load(state: DeviceState): void {
    this.config.load(new StateReader(this.id, STATE_VERSION, state).bytes('config', 256));
    this.#follow();
  }

  #follow(): void {
    const address = this.config.read(PMBA, 4) & PMBA_MASK;
    const isOn = (this.config.read(PMREGMISC, 1) & PMIOSE) !== 0 && address !== 0;
    const base = isOn ? address : null;
    if (base === this.#base) return;
    this.#base = base;
    this.#options.onPmBase(base);
  }
}
