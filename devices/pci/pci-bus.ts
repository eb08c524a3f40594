// PCI bus 0: functions by device and function number, their interrupt pins, and the way of their BARs to the machine's bus.
import { allOnes, HostError, type Width } from '../device.ts';
import { SharedLine, type IrqLine } from '../irq.ts';
import type { BarMapper, ConfigSpace } from './config-space.ts';

/** Device number and function number in one: device << 3 | function. */
export function devfn(device: number, func: number): number {
  return (device << 3) | func;
}

export class PciBus {
  readonly #mapper: BarMapper;
  readonly #functions = new Map<number, ConfigSpace>();
  readonly #pirqs: readonly SharedLine[];

  /** `onPirq` is the interrupt router: PIRQA# to PIRQD# by 0 to 3. */
  constructor(mapper: BarMapper, onPirq: (pirq: number, level: boolean) => void) {
    this.#mapper = mapper;
    this.#pirqs = [0, 1, 2, 3].map(
      (pirq) =>
        new SharedLine((level) => {
          onPirq(pirq, level);
        }),
    );
  }

  add(address: number, config: ConfigSpace): void {
    if (this.#functions.has(address)) {
      throw new HostError(`PCI slot ${address >> 3}.${address & 7} is taken: give the device another address.`);
    }
    this.#functions.set(address, config);
    config.connect(this.#mapper);
  }

  /** Functions by rising address, for `info pci`. */
  functions(): readonly (readonly [address: number, config: ConfigSpace])[] {
    return [...this.#functions].sort(([a], [b]) => a - b);
  }

  /** A source on the wire of a function's interrupt pin (0 for INTA#). Slots are wired to PIRQs one further each. */
  intx(address: number, pin: number): IrqLine {
    const pirq = this.#pirqs[pirqOf(address, pin)];
    if (pirq === undefined) throw new HostError(`PCI interrupt pin ${pin} does not exist: pins are 0 to 3.`);
    return pirq.source();
  }

  /** A configuration cycle on bus 0; nobody there means all ones (master abort). */
  read(address: number, offset: number, width: Width): number {
    return this.#functions.get(address)?.read(offset, width) ?? allOnes(width);
  }

  write(address: number, offset: number, width: Width, value: number): void {
    this.#functions.get(address)?.write(offset, width, value);
  }
}

/** The wiring of a PC with an i440FX: INTA# of device 1 is PIRQA#, of device 2 PIRQB#, and so on round. */
export function pirqOf(address: number, pin: number): number {
  return ((address >> 3) + pin + 3) & 3;
}
