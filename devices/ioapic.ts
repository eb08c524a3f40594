// Intel 82093AA I/O APIC (datasheet 290566): 24 inputs, each with a redirection entry, at 0xFEC00000.
// Inputs are asserted or not, whatever the polarity bit says: who wires the machine knows what a line means.
// Not implemented: the APIC bus (messages are handed over at once, so delivery status is never seen pending), arbitration.
import {
  registerTable,
  type Device,
  type DeviceState,
  type RegisterRow,
  type RegisterTable,
  type Region,
  type Width,
} from './device.ts';
import type { IrqInput } from './irq.ts';
import { copyFields, StateReader } from './snapshot.ts';

const PINS = 24;
const IOREGSEL = 0x00;
const IOWIN = 0x10;
const IOAPICID = 0x00;
const IOAPICVER = 0x01;
const IOAPICARB = 0x02;
const IOREDTBL = 0x10;
/** Version 0x11, highest entry 23. */
const VERSION = 0x11 | ((PINS - 1) << 16);
const ID_MASK = 0x0f00_0000;
const RED_LOGICAL = 1 << 11;
const RED_DELIVERY_STATUS = 1 << 12;
const RED_REMOTE_IRR = 1 << 14;
const RED_LEVEL = 1 << 15;
const RED_MASK = 1 << 16;
const RED_WRITABLE_LOW = 0x1_ffff & ~(RED_DELIVERY_STATUS | RED_REMOTE_IRR);
const RED_WRITABLE_HIGH = 0xff00_0000;
const STATE_VERSION = 1;

/** An interrupt on its way to local APICs (SDM vol. 3, "Interrupt distribution mechanisms"). */
export interface ApicMessage {
  readonly destination: number;
  readonly destinationMode: 'physical' | 'logical';
  readonly vector: number;
  /** 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT. */
  readonly deliveryMode: number;
  readonly trigger: 'edge' | 'level';
  readonly level: boolean;
}

export interface IoApicOptions {
  readonly base?: number;
  readonly id?: number;
  readonly deliver: (message: ApicMessage) => void;
}

export class IoApic implements Device {
  readonly id = 'ioapic';
  readonly registers: RegisterTable;
  readonly #base: number;
  readonly #options: IoApicOptions;
  readonly #fields = { select: 0, apicId: 0, inputs: 0 };
  readonly #low = new Int32Array(PINS).fill(RED_MASK);
  readonly #high = new Int32Array(PINS);

  constructor(options: IoApicOptions) {
    this.#options = options;
    this.#base = options.base ?? 0xfec0_0000;
    this.reset();
    this.registers = registerTable('82093AA', [
      ['IOREGSEL', IOREGSEL, 'rw', 4, '3.1.1', () => this.#fields.select],
      ['IOAPICID', IOAPICID, 'rw', 4, '3.2.1', () => this.#fields.apicId],
      ['IOAPICVER', IOAPICVER, 'ro', 4, '3.2.2', () => VERSION],
      ...Array.from(this.#low, (_, pin): RegisterRow => {
        const bits = 'VECTOR:8 DELMOD:3 DESTMOD DELIVS INTPOL RIRR TRIGGER MASK';
        return [`IOREDTBL${pin}`, IOREDTBL + 2 * pin, 'rw', 4, '3.2.4', () => (this.#low[pin] ?? 0) >>> 0, bits];
      }),
    ]);
  }

  input(pin: number): IrqInput {
    return (level) => {
      this.#setInput(pin, level);
    };
  }

  /** A local APIC ended a level-triggered interrupt and says so to every I/O APIC. */
  endOfInterrupt(vector: number): void {
    for (let pin = 0; pin < PINS; pin += 1) {
      const low = this.#low[pin] ?? 0;
      if ((low & RED_REMOTE_IRR) === 0 || (low & 0xff) !== vector) continue;
      this.#low[pin] = low & ~RED_REMOTE_IRR;
      this.#service(pin);
    }
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'mmio',
        name: 'ioapic',
        base: this.#base,
        size: 0x1000,
        width: 4,
        read: (offset, width) => this.#readWindow(offset, width),
        write: (offset, _width, value) => {
          this.#writeWindow(offset, value);
        },
      },
    ];
  }

  /** All entries masked; the levels of the pins are not the chip's to reset. */
  reset(): void {
    this.#fields.select = 0;
    this.#fields.apicId = ((this.#options.id ?? 0) << 24) & ID_MASK;
    this.#low.fill(RED_MASK);
    this.#high.fill(0);
  }

  save(): DeviceState {
    return {
      version: STATE_VERSION,
      ...copyFields(this.#fields),
      low: Array.from(this.#low),
      high: Array.from(this.#high),
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    reader.fill(this.#fields);
    this.#low.set(reader.numbers('low', PINS));
    this.#high.set(reader.numbers('high', PINS));
  }

  #setInput(pin: number, level: boolean): void {
    const bit = 1 << pin;
    const f = this.#fields;
    if (level === ((f.inputs & bit) !== 0)) return;
    f.inputs ^= bit;
    const low = this.#low[pin] ?? RED_MASK;
    if (!level) return;
    // "Edge-sensitive interrupts signaled on a masked interrupt pin are ignored" (3.2.4, interrupt mask).
    if ((low & (RED_LEVEL | RED_MASK)) === 0) this.#send(pin, false);
    else this.#service(pin);
  }

  /** A level is sent while its pin is asserted and no local APIC has one of it in service. */
  #service(pin: number): void {
    const low = this.#low[pin] ?? RED_MASK;
    const isAsserted = (this.#fields.inputs & (1 << pin)) !== 0;
    if (!isAsserted || (low & (RED_LEVEL | RED_MASK | RED_REMOTE_IRR)) !== RED_LEVEL) return;
    this.#low[pin] = low | RED_REMOTE_IRR;
    this.#send(pin, true);
  }

  #send(pin: number, isLevel: boolean): void {
    const low = this.#low[pin] ?? 0;
    this.#options.deliver({
      destination: (this.#high[pin] ?? 0) >>> 24,
      destinationMode: (low & RED_LOGICAL) === 0 ? 'physical' : 'logical',
      vector: low & 0xff,
      deliveryMode: (low >> 8) & 7,
      trigger: isLevel ? 'level' : 'edge',
      level: true,
    });
  }

  /** Registers are 32 bits wide on 16-byte boundaries; a narrower read gets the lower bytes, between them is nothing. */
  #readWindow(offset: number, width: Width): number {
    const value = offset === IOREGSEL ? this.#fields.select : offset === IOWIN ? this.#readRegister() : 0;
    return width === 4 ? value : value & (2 ** (8 * width) - 1);
  }

  #writeWindow(offset: number, value: number): void {
    if (offset === IOREGSEL) this.#fields.select = value & 0xff;
    if (offset === IOWIN) this.#writeRegister(value);
  }

  #readRegister(): number {
    const { select, apicId } = this.#fields;
    if (select === IOAPICID || select === IOAPICARB) return apicId;
    if (select === IOAPICVER) return VERSION;
    const pin = (select - IOREDTBL) >> 1;
    if (pin < 0 || pin >= PINS) return 0;
    return ((select & 1) === 0 ? this.#low[pin] : this.#high[pin]) ?? 0;
  }

  #writeRegister(value: number): void {
    const { select } = this.#fields;
    if (select === IOAPICID) this.#fields.apicId = value & ID_MASK;
    const pin = (select - IOREDTBL) >> 1;
    if (pin < 0 || pin >= PINS) return;
    if ((select & 1) === 1) {
      this.#high[pin] = value & RED_WRITABLE_HIGH;
      return;
    }
    // Remote IRR has a meaning for levels only: software without a directed EOI clears it by a turn through edge mode.
    const kept = (value & RED_LEVEL) === 0 ? 0 : (this.#low[pin] ?? 0) & RED_REMOTE_IRR;
    this.#low[pin] = (value & RED_WRITABLE_LOW) | kept;
    this.#service(pin);
  }
}
