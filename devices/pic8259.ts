// Intel 8259A programmable interrupt controller (datasheet 231468), two of them as in every PC: the slave on IR2 of the master.
// Edge or level is chosen per input by the ELCR ports 0x4D0/0x4D1 instead of ICW1.LTIM, as in the PIIX3 (datasheet 290550, 2.5.12).
// Not implemented: the 8080/8085 mode (ICW4.uPM = 0 still answers one vector), buffered mode (it only drives a pin).
import { registerTable, type Device, type DeviceState, type RegisterTable, type Region } from './device.ts';
import type { IrqInput } from './irq.ts';
import { copyFields, StateReader } from './snapshot.ts';

const ICW1_INIT = 0x10;
const ICW1_SNGL = 0x02;
const ICW1_IC4 = 0x01;
const ICW4_SFNM = 0x10;
const ICW4_AEOI = 0x02;
const OCW3_SELECT = 0x08;
const OCW3_ESMM = 0x40;
const OCW3_SMM = 0x20;
const OCW3_P = 0x04;
const OCW3_RR = 0x02;
const OCW3_RIS = 0x01;
const CASCADE_IR = 2;
const POLL_PENDING = 0x80;
/** IRQ0, IRQ1, IRQ2, IRQ8 and IRQ13 are always edge-triggered (PIIX3, ELCR1 and ELCR2). */
const ELCR_WRITABLE = [0xf8, 0xde] as const;
const READY = 0;
const STATE_VERSION = 1;

function freshFields(): PicFields {
  return {
    inputs: 0,
    latch: 0,
    isr: 0,
    imr: 0,
    elcr: 0,
    vectorBase: 0,
    icw1: 0,
    icw3: 0,
    icw4: 0,
    /** The initialization word expected next (2, 3, 4), or READY. */
    expects: READY,
    lowest: 7,
    rotatesOnAeoi: false,
    isSpecialMask: false,
    readsIsr: false,
    isPolled: false,
  };
}
type PicFields = {
  inputs: number;
  latch: number;
  isr: number;
  imr: number;
  elcr: number;
  vectorBase: number;
  icw1: number;
  icw3: number;
  icw4: number;
  expects: number;
  lowest: number;
  rotatesOnAeoi: boolean;
  isSpecialMask: boolean;
  readsIsr: boolean;
  isPolled: boolean;
};

/** One 8259A. `int` is its INT output; it changes only in `update`. */
class Pic {
  fields = freshFields();
  int = false;
  readonly isMaster: boolean;
  readonly #onInt: (level: boolean) => void;

  constructor(isMaster: boolean, onInt: (level: boolean) => void) {
    this.isMaster = isMaster;
    this.#onInt = onInt;
  }

  /** Level-triggered requests are the pins themselves; an edge is latched until acknowledged, but only while its pin stays high. */
  get irr(): number {
    return this.fields.latch | (this.fields.inputs & this.fields.elcr);
  }

  reset(): void {
    const { inputs } = this.fields;
    this.fields = { ...freshFields(), inputs };
    this.update();
  }

  setInput(ir: number, level: boolean): void {
    const f = this.fields;
    const bit = 1 << ir;
    if (level === ((f.inputs & bit) !== 0)) return;
    f.inputs ^= bit;
    if (level && (f.elcr & bit) === 0) f.latch |= bit;
    if (!level) f.latch &= ~bit;
    this.update();
  }

  setElcr(value: number): void {
    this.fields.elcr = value;
    this.fields.latch &= ~value;
    this.update();
  }

  update(): void {
    const level = this.#request() >= 0;
    if (level === this.int) return;
    this.int = level;
    this.#onInt(level);
  }

  /** The INTA cycle. Answers the IR number, or -1 when the request has gone: the caller then sends the vector of IR7. */
  acknowledge(): number {
    const ir = this.#request();
    if (ir < 0) return -1;
    const f = this.fields;
    const bit = 1 << ir;
    f.latch &= ~bit;
    if ((f.icw4 & ICW4_AEOI) === 0) f.isr |= bit;
    else if (f.rotatesOnAeoi) f.lowest = ir;
    this.#dropInt();
    this.update();
    return ir;
  }

  /** A0 = 0 reads IRR or ISR, A0 = 1 the mask; after a poll command the next read of either acknowledges instead. */
  read(a0: number): number {
    const f = this.fields;
    if (f.isPolled) {
      f.isPolled = false;
      const ir = this.acknowledge();
      return ir < 0 ? 0 : POLL_PENDING | ir;
    }
    if (a0 === 1) return f.imr;
    return f.readsIsr ? f.isr : this.irr;
  }

  write(a0: number, value: number): void {
    if (a0 === 1) this.#writeData(value);
    else if ((value & ICW1_INIT) !== 0) this.#writeIcw1(value);
    else if ((value & OCW3_SELECT) !== 0) this.#writeOcw3(value);
    else this.#writeOcw2(value);
    this.update();
  }

  /** The highest-priority request that nothing in service holds back (datasheet, "Fully nested mode"), or -1. */
  #request(): number {
    const f = this.fields;
    if (f.expects !== READY) return -1;
    const requests = this.irr & ~f.imr;
    if (requests === 0) return -1;
    // Special mask mode: a masked level in service no longer inhibits the levels under it.
    const blockers = f.isSpecialMask ? f.isr & ~f.imr : f.isr;
    for (let i = 1; i <= 8; i += 1) {
      const ir = (f.lowest + i) & 7;
      const bit = 1 << ir;
      if ((requests & bit) !== 0 && ((blockers & bit) === 0 || this.#isOpenCascade(bit))) return ir;
      if ((blockers & bit) !== 0) return -1;
    }
    return -1;
  }

  /** Special fully nested mode: a slave in service may interrupt again for a higher level of its own. */
  #isOpenCascade(bit: number): boolean {
    return this.isMaster && (this.fields.icw4 & ICW4_SFNM) !== 0 && (this.fields.icw3 & bit) !== 0;
  }

  /** INT falls during INTA even if another request is waiting: the master needs an edge for it. */
  #dropInt(): void {
    if (!this.int) return;
    this.int = false;
    this.#onInt(false);
  }

  #writeIcw1(value: number): void {
    // "Initialization": edge sense reset, IMR cleared, IR7 lowest, special mask off, IRR selected, ICW4 functions off.
    const { inputs, elcr } = this.fields;
    this.fields = { ...freshFields(), inputs, elcr, icw1: value, expects: 2 };
  }

  #writeData(value: number): void {
    const f = this.fields;
    if (f.expects === READY) {
      f.imr = value;
      return;
    }
    if (f.expects === 2) f.vectorBase = value & 0xf8;
    else if (f.expects === 3) f.icw3 = value;
    else f.icw4 = value;
    f.expects = this.#expectedAfter(f.expects);
  }

  #expectedAfter(word: number): number {
    const { icw1 } = this.fields;
    if (word === 2 && (icw1 & ICW1_SNGL) === 0) return 3;
    return word < 4 && (icw1 & ICW1_IC4) !== 0 ? 4 : READY;
  }

  #writeOcw2(value: number): void {
    const f = this.fields;
    const level = value & 7;
    switch (value >> 5) {
      case 0b000:
        f.rotatesOnAeoi = false;
        break;
      case 0b100:
        f.rotatesOnAeoi = true;
        break;
      case 0b001:
        this.#endOfInterrupt(this.#highestInService(), false);
        break;
      case 0b101:
        this.#endOfInterrupt(this.#highestInService(), true);
        break;
      case 0b011:
        this.#endOfInterrupt(level, false);
        break;
      case 0b111:
        this.#endOfInterrupt(level, true);
        break;
      case 0b110:
        f.lowest = level;
        break;
      default: // 010 does nothing
    }
  }

  #endOfInterrupt(ir: number, rotates: boolean): void {
    if (ir < 0) return;
    this.fields.isr &= ~(1 << ir);
    if (rotates) this.fields.lowest = ir;
  }

  /** A masked level is not ended by a non-specific EOI in special mask mode ("End of interrupt"). */
  #highestInService(): number {
    const f = this.fields;
    const inService = f.isSpecialMask ? f.isr & ~f.imr : f.isr;
    for (let i = 1; i <= 8; i += 1) {
      const ir = (f.lowest + i) & 7;
      if ((inService & (1 << ir)) !== 0) return ir;
    }
    return -1;
  }

  #writeOcw3(value: number): void {
    const f = this.fields;
    if ((value & OCW3_ESMM) !== 0) f.isSpecialMask = (value & OCW3_SMM) !== 0;
    if ((value & OCW3_P) !== 0) f.isPolled = true;
    if ((value & OCW3_RR) !== 0) f.readsIsr = (value & OCW3_RIS) !== 0;
  }
}

export interface Pic8259Options {
  /** The master's INT output, to INTR of the processor (through LINT0 when there is a local APIC). */
  readonly onIntr: (level: boolean) => void;
}

export class Pic8259 implements Device {
  readonly id = 'pic';
  readonly registers: RegisterTable;
  readonly #master: Pic;
  readonly #slave: Pic;

  constructor(options: Pic8259Options) {
    this.#master = new Pic(true, options.onIntr);
    this.#slave = new Pic(false, (level) => {
      this.#master.setInput(CASCADE_IR, level);
    });
    this.registers = [...registersOf('master', 0x20, this.#master), ...registersOf('slave', 0xa0, this.#slave)];
  }

  /** The wire to an ISA interrupt input. IRQ2 is the cascade and reaches nothing. */
  input(irq: number): IrqInput {
    if (irq === CASCADE_IR) return () => {};
    const pic = irq < 8 ? this.#master : this.#slave;
    return (level) => {
      pic.setInput(irq & 7, level);
    };
  }

  /** Whether INTR is asserted. */
  get intr(): boolean {
    return this.#master.int;
  }

  /** Both INTA cycles: the vector. Without a request left it is that of IR7, and nothing is in service ("default IR7"). */
  acknowledge(): number {
    const ir = this.#master.acknowledge();
    if (ir < 0) return this.#master.fields.vectorBase | 7;
    if (ir !== CASCADE_IR) return this.#master.fields.vectorBase | ir;
    const slaveIr = this.#slave.acknowledge();
    return this.#slave.fields.vectorBase | (slaveIr < 0 ? 7 : slaveIr);
  }

  regions(): readonly Region[] {
    return [picRegion('pic.master', 0x20, this.#master), picRegion('pic.slave', 0xa0, this.#slave), this.#elcrRegion()];
  }

  reset(): void {
    this.#slave.reset();
    this.#master.reset();
  }

  save(): DeviceState {
    return { version: STATE_VERSION, chips: [copyFields(this.#master.fields), copyFields(this.#slave.fields)] };
  }

  load(state: DeviceState): void {
    const [master, slave] = new StateReader(this.id, STATE_VERSION, state).parts('chips', 2);
    slave?.fill(this.#slave.fields);
    // The slave's INT is an input of the master: it is settled first and then overwritten by what the master had seen.
    this.#slave.update();
    master?.fill(this.#master.fields);
    this.#master.update();
  }

  #elcrRegion(): Region {
    const pics = [this.#master, this.#slave] as const;
    return {
      space: 'pio',
      name: 'pic.elcr',
      base: 0x4d0,
      size: 2,
      width: 1,
      read: (offset) => pics[offset & 1 ? 1 : 0].fields.elcr,
      write: (offset, _width, value) => {
        const which = offset & 1 ? 1 : 0;
        pics[which].setElcr(value & ELCR_WRITABLE[which]);
      },
    };
  }
}

function picRegion(name: string, base: number, pic: Pic): Region {
  return {
    space: 'pio',
    name,
    base,
    size: 2,
    width: 1,
    read: (offset) => pic.read(offset),
    write: (offset, _width, value) => {
      pic.write(offset, value);
    },
  };
}

function registersOf(chip: string, base: number, pic: Pic): RegisterTable {
  const inputs = 'IR0 IR1 IR2 IR3 IR4 IR5 IR6 IR7';
  const elcr = pic.isMaster ? 0x4d0 : 0x4d1;
  return [
    ...registerTable('8259A', [
      [`${chip}.IRR`, base, 'ro', 1, 'Interrupt request register', () => pic.irr, inputs],
      [`${chip}.ISR`, base, 'ro', 1, 'In-service register', () => pic.fields.isr, inputs],
      [`${chip}.IMR`, base + 1, 'rw', 1, 'OCW1', () => pic.fields.imr, inputs],
      [`${chip}.ICW2`, base + 1, 'wo', 1, 'ICW2', () => pic.fields.vectorBase],
    ]),
    ...registerTable('PIIX3', [[`${chip}.ELCR`, elcr, 'rw', 1, '2.5.12', () => pic.fields.elcr, inputs]]),
  ];
}
