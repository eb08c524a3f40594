// Intel 82371SB "PIIX3" PCI to ISA bridge (datasheet 290550), function 1.0: identity and the interrupt router.
// The ISA chips in it are devices of their own. Not implemented: X-bus chip selects, DMA and SMI control (read back only).
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterRow,
  type RegisterTable,
  type Region,
} from '../device.ts';
import { StateReader } from '../snapshot.ts';
import { COMMAND, ConfigSpace, STATUS } from './config-space.ts';
import { devfn, type PciBus } from './pci-bus.ts';

const PIRQRC = 0x60;
const PIRQS = 4;
const PIRQRC_DISABLE = 0x80;
const PIRQRC_WRITABLE = 0x8f;
/** IRQ0, 1, 2, 8 and 13 cannot be chosen (2.2.6). */
const ROUTABLE = 0b1101_1110_1111_1000;
const STATE_VERSION = 1;

export interface Piix3Options {
  readonly bus: PciBus;
  /** ISA interrupts of PIRQA# to PIRQD# as firmware would have set them; without, they are disabled after reset. */
  readonly pirqRoutes?: readonly number[];
}

export class Piix3 implements Device {
  readonly id = 'piix3';
  readonly registers: RegisterTable;
  readonly config = new ConfigSpace({
    vendor: 0x8086,
    device: 0x7000,
    revision: 0,
    classCode: 0x060100,
    isMultiFunction: true,
  });
  readonly #context: DeviceContext;
  readonly #levels = [false, false, false, false];
  readonly #driven = new Set<number>();

  /** `context.irq(n)` is ISA interrupt n. */
  constructor(context: DeviceContext, options: Piix3Options) {
    this.#context = context;
    const { config } = this;
    config.set(COMMAND, 2, 0x0007, 0x0008);
    config.set(STATUS, 2, 0x0200);
    config.clearByOne(STATUS, 2, 0x7800);
    config.set(0x4c, 1, 0x4d, 0xff);
    config.set(0x4e, 2, 0x0003, 0x01ff);
    config.set(0x69, 1, 0x02, 0xfe);
    config.set(0x6a, 2, 0, 0x8001);
    config.set(0x70, 2, 0x8080, 0xefef);
    config.set(0x76, 2, 0x0c0c, 0x8f8f);
    config.set(0x78, 2, 0x0002, 0xffff);
    config.set(0x80, 1, 0, 0x7f);
    config.set(0x82, 1, 0, 0x0f);
    config.set(0xa0, 1, 0x08, 0xff);
    config.set(0xa2, 2, 0, 0xffff);
    config.set(0xa4, 4, 0, 0xffffffff);
    config.set(0xa8, 1, 0x0f, 0xff);
    config.set(0xac, 2, 0, 0xffff);
    for (let pirq = 0; pirq < PIRQS; pirq += 1) {
      config.set(PIRQRC + pirq, 1, options.pirqRoutes?.[pirq] ?? PIRQRC_DISABLE, PIRQRC_WRITABLE);
    }
    config.onWrite = () => {
      this.#updateIrq();
    };
    options.bus.add(devfn(1, 0), config);
    this.registers = registerTable(
      '82371SB',
      this.#levels.map((_, pirq): RegisterRow => {
        const name = `PIRQRC${'ABCD'[pirq]}`;
        return [name, PIRQRC + pirq, 'rw', 1, '2.2.6', () => config.read(PIRQRC + pirq, 1), 'IRQ:4 - - - DISABLE'];
      }),
    );
  }

  /** PIRQA# to PIRQD# by 0 to 3: asserted or not. */
  setPirq(pirq: number, level: boolean): void {
    this.#levels[pirq & 3] = level;
    this.#updateIrq();
  }

  regions(): readonly Region[] {
    return [];
  }

  /** Levels of the PCI wires are not the bridge's to reset. */
  reset(): void {
    this.config.reset();
    this.#updateIrq();
  }

  save(): DeviceState {
    return { version: STATE_VERSION, config: this.config.bytes.slice(), levels: this.#levels.map(Number) };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    this.config.load(reader.bytes('config', 256));
    reader.numbers('levels', PIRQS).forEach((level, pirq) => {
      this.#levels[pirq] = level !== 0;
    });
    this.#updateIrq();
  }

  /** Several PIRQs may share an ISA interrupt; one that no longer has a PIRQ is let go. */
  #updateIrq(): void {
    const wanted = new Set<number>();
    this.#levels.forEach((level, pirq) => {
      const route = this.config.read(PIRQRC + pirq, 1);
      const irq = route & 15;
      if (level && (route & PIRQRC_DISABLE) === 0 && ((ROUTABLE >> irq) & 1) === 1) wanted.add(irq);
    });
    for (const irq of this.#driven) {
      if (!wanted.has(irq)) this.#context.irq(irq).set(false);
    }
    this.#driven.clear();
    for (const irq of wanted) {
      this.#context.irq(irq).set(true);
      this.#driven.add(irq);
    }
  }
}
