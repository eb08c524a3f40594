// ACPI fixed hardware of the Intel 82371AB "PIIX4" (datasheet 290562, 7.2; ACPI specification 1.0b, 4.7): PM1 event and
// control blocks, PM timer, general-purpose events, and the SMI command port 0xB2 with the answer that firmware gives to it.
// Not implemented: sleeping states other than soft off, clock throttling, device monitors, SMBus.
import { TickRate, type Timer } from './clock.ts';
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterTable,
  type Region,
  type Width,
} from './device.ts';
import type { IrqLine } from './irq.ts';
import { copyFields, StateReader } from './snapshot.ts';

const PMSTS = 0x00;
const PMEN = 0x02;
const PMCNTRL = 0x04;
const PMTMR = 0x08;
const GPSTS = 0x0c;
const GPEN = 0x0e;
const SIZE = 0x40;
const TMR = 0x0001;
const GBL = 0x0020;
const PWRBTN = 0x0100;
const RTC = 0x0400;
const WAK = 0x8000;
const STS_CLEARABLE = 0x8d31;
const EN_WRITABLE = 0x0521;
const SCI_SOURCES = TMR | GBL | PWRBTN | RTC;
const SCI_EN = 0x0001;
const SUS_TYP = 0x1c00;
const SUS_EN = 0x2000;
const CNTRL_WRITABLE = 0x1c03;
/** SUS_TYP 000: soft off. The DSDT's _S5 names it. */
const SUS_SOFT_OFF = 0;
const APMC = 0;
/** What software writes to port 0xB2 to switch to ACPI and back, as the FADT says. */
export const ACPI_ENABLE = 0xf1;
export const ACPI_DISABLE = 0xf0;
/** 3.579545 MHz, that is 315/88 MHz. */
const CLK = new TickRate(315, 88_000);
const STATE_VERSION = 1;

export interface AcpiPmOptions {
  readonly base: number;
  /** PIIX4 has 24 bits (the default); the FADT's TMR_VAL_EXT flag must agree. */
  readonly timerBits?: 24 | 32;
  readonly onPowerOff: () => void;
}

export class AcpiPm implements Device {
  readonly id = 'acpi-pm';
  readonly registers: RegisterTable;
  readonly #context: DeviceContext;
  readonly #options: AcpiPmOptions;
  readonly #irq: IrqLine;
  readonly #timer: Timer;
  readonly #timerTicks: number;
  readonly #fields = {
    base: 0,
    status: 0,
    enable: 0,
    control: 0,
    gpStatus: 0,
    gpEnable: 0,
    /** How often the timer's highest bit has changed so far. */
    carriesSeen: 0,
    apm: new Uint8Array(2),
    other: new Uint8Array(SIZE),
  };

  constructor(context: DeviceContext, options: AcpiPmOptions) {
    this.#context = context;
    this.#options = options;
    this.#irq = context.irq();
    this.#timerTicks = 2 ** (options.timerBits ?? 24);
    this.#fields.base = options.base;
    this.#timer = context.clock.timer(() => {
      this.#updateIrq();
    });
    const f = this.#fields;
    this.registers = registerTable('82371AB', [
      ['PMSTS', PMSTS, 'rw', 2, '7.2.1', () => this.#status(), 'TMR - - - BM GBL - - PWRBTN - RTC - - - - WAK'],
      ['PMEN', PMEN, 'rw', 2, '7.2.2', () => f.enable, 'TMR - - - - GBL - - PWRBTN - RTC'],
      ['PMCNTRL', PMCNTRL, 'rw', 2, '7.2.3', () => f.control, 'SCI_EN BRLD GBL_RLS - - - - - - - SUS_TYP:3 SUS_EN'],
      ['PMTMR', PMTMR, 'ro', 4, '7.2.4', () => this.#count()],
      ['GPSTS', GPSTS, 'rw', 2, '7.2.5', () => f.gpStatus],
      ['GPEN', GPEN, 'rw', 2, '7.2.6', () => f.gpEnable],
      ['APMC', 0xb2, 'rw', 1, '7.3.1', () => f.apm[APMC] ?? 0],
    ]);
  }

  /** The power button was pressed: a guest with ACPI shuts down. */
  pressPowerButton(): void {
    this.#fields.status |= PWRBTN;
    this.#updateIrq();
  }

  /** A general-purpose event, by its bit in GPE0. */
  raiseGpe(bit: number): void {
    this.#fields.gpStatus |= 1 << (bit & 15);
    this.#updateIrq();
  }

  /** The RTC's alarm, which may also wake the machine. */
  raiseRtcAlarm(): void {
    this.#fields.status |= RTC;
    this.#updateIrq();
  }

  /** Where the PM ports are. The owner of the bus moves the region when configuration space says so. */
  setBase(base: number): void {
    this.#fields.base = base;
  }

  pmRegion(): Region {
    return {
      space: 'pio',
      name: 'acpi-pm',
      base: this.#fields.base,
      size: SIZE,
      width: 4,
      read: (offset, width) => this.#read(offset, width),
      write: (offset, width, value) => {
        for (let at = 0; at < width; at += 1) this.#write(offset + at, (value >>> (8 * at)) & 0xff);
        this.#afterWrite(offset, width);
      },
    };
  }

  regions(): readonly Region[] {
    return [
      this.pmRegion(),
      {
        space: 'pio',
        name: 'apm',
        base: 0xb2,
        size: 2,
        width: 1,
        read: (offset) => this.#fields.apm[offset] ?? 0,
        write: (offset, _width, value) => {
          this.#writeApm(offset, value);
        },
      },
    ];
  }

  reset(): void {
    const f = this.#fields;
    f.status = 0;
    f.enable = 0;
    f.control = 0;
    f.gpStatus = 0;
    f.gpEnable = 0;
    f.carriesSeen = this.#carries();
    f.apm.fill(0);
    f.other.fill(0);
    this.#updateIrq();
  }

  save(): DeviceState {
    this.#status();
    return { version: STATE_VERSION, ...copyFields(this.#fields) };
  }

  load(state: DeviceState): void {
    new StateReader(this.id, STATE_VERSION, state).fill(this.#fields);
    this.#updateIrq();
  }

  #ticks(): number {
    return CLK.ticksAt(this.#context.clock.now());
  }

  #count(): number {
    return this.#ticks() % this.#timerTicks;
  }

  #carries(): number {
    return Math.floor(this.#ticks() / (this.#timerTicks / 2));
  }

  /** TMR_STS is set whenever the highest bit of the timer changes (7.2.1). */
  #status(): number {
    const f = this.#fields;
    const carries = this.#carries();
    if (carries > f.carriesSeen) f.status |= TMR;
    f.carriesSeen = carries;
    return f.status;
  }

  #updateIrq(): void {
    const f = this.#fields;
    const isPending = (this.#status() & f.enable & SCI_SOURCES) !== 0 || (f.gpStatus & f.gpEnable) !== 0;
    this.#irq.set(isPending && (f.control & SCI_EN) !== 0);
    const waitsForCarry = (f.enable & TMR) !== 0 && (f.status & TMR) === 0;
    if (waitsForCarry) this.#timer.arm(CLK.nsAt((f.carriesSeen + 1) * (this.#timerTicks / 2)));
    else this.#timer.cancel();
  }

  #read(offset: number, width: Width): number {
    const start = offset & ~3;
    const dword = this.#readDword(start);
    return width === 4 ? dword : Math.floor(dword / 2 ** (8 * (offset - start))) % 2 ** (8 * width);
  }

  #readDword(offset: number): number {
    const f = this.#fields;
    if (offset === PMSTS) return this.#status() + f.enable * 0x10000;
    if (offset === PMCNTRL) return f.control;
    if (offset === PMTMR) return this.#count();
    if (offset === GPSTS) return f.gpStatus + f.gpEnable * 0x10000;
    return new DataView(f.other.buffer, f.other.byteOffset).getUint32(offset, true);
  }

  #write(offset: number, byte: number): void {
    const f = this.#fields;
    const shift = 8 * (offset & 1);
    const merge = (old: number): number => (old & ~(0xff << shift)) | (byte << shift);
    switch (offset & ~1) {
      case PMSTS:
        f.status = this.#status() & ~((byte << shift) & STS_CLEARABLE);
        break;
      case PMEN:
        f.enable = merge(f.enable) & EN_WRITABLE;
        break;
      case PMCNTRL:
        f.control = merge(f.control) & (CNTRL_WRITABLE | SUS_EN);
        break;
      case GPSTS:
        f.gpStatus &= ~(byte << shift);
        break;
      case GPEN:
        f.gpEnable = merge(f.gpEnable);
        break;
      default:
        if (offset > GPEN) f.other[offset] = byte;
    }
  }

  #afterWrite(offset: number, width: Width): void {
    const f = this.#fields;
    // SUS_EN is write-only: it starts the transition and reads as 0.
    const isSuspending = (f.control & SUS_EN) !== 0;
    f.control &= ~SUS_EN;
    this.#updateIrq();
    if (isSuspending) this.#suspend((f.control & SUS_TYP) >> 10);
    if (offset + width > GPEN + 2) this.#context.log.unimplemented(`PIIX4 PM register 0x${offset.toString(16)}`);
  }

  #suspend(type: number): void {
    if (type === SUS_SOFT_OFF) {
      this.#options.onPowerOff();
      return;
    }
    // No other state is offered by the DSDT: the machine is awake again at once.
    this.#context.log.unimplemented(`PIIX4 sleep type ${type}`);
    this.#fields.status |= WAK;
  }

  /** Port 0xB2 raises an SMI; firmware's handler turns the SCI on or off and that is all software waits for. */
  #writeApm(offset: number, value: number): void {
    const f = this.#fields;
    f.apm[offset] = value;
    if (offset !== APMC) return;
    if (value === ACPI_ENABLE) f.control |= SCI_EN;
    else if (value === ACPI_DISABLE) f.control &= ~SCI_EN;
    else this.#context.log.unimplemented(`SMI command 0x${value.toString(16)}`);
    this.#updateIrq();
  }
}
