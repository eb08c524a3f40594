// High Precision Event Timers (IA-PC HPET specification 1.0a): one block of three comparators at 0xFED00000, 100 MHz.
// An edge leaves its line high until the comparator is disabled, so that an 8259A, which forgets a request whose line
// falls, sees it too. Not implemented: FSB (message signalled) delivery, which the comparators do not claim to have.
import { TickRate, type Timer } from './clock.ts';
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterRow,
  type RegisterTable,
  type Region,
  type Width,
} from './device.ts';
import { StateReader } from './snapshot.ts';

const COMPARATORS = 3;
const NS_PER_TICK = 10;
const CLK = new TickRate(1, NS_PER_TICK);
/** REV_ID 1, three timers, 64-bit counter, legacy replacement, vendor 8086h; the period in femtoseconds is its upper half. */
const CAPABILITIES = 0x8086_0000 + (0x8000 | 0x2000 | ((COMPARATORS - 1) << 8) | 0x01);
const PERIOD_FS = NS_PER_TICK * 1_000_000;
const ENABLE_CNF = 0x1;
const LEG_RT_CNF = 0x2;
const INT_TYPE_LEVEL = 1 << 1;
const INT_ENB = 1 << 2;
const TYPE_PERIODIC = 1 << 3;
const VAL_SET = 1 << 6;
const MODE_32 = 1 << 8;
const INT_ROUTE_SHIFT = 9;
const TN_WRITABLE = 0x3f4e;
/** Periodic and 64-bit capable. */
const TN_CAPABILITIES = 0x30;
/** Inputs of the I/O APIC that a comparator may use: 2, 8 and 16 to 23. */
const INT_ROUTE_CAP = 0x00ff_0104;
const MASK_32 = 0xffff_ffffn;
const MASK_64 = 0xffff_ffff_ffff_ffffn;
/** A match further away than this many ticks (65 days) will not be lived to see. */
const MAX_TICKS = 2n ** 49n;
const LEGACY_PINS = [0, 8] as const;
const STATE_VERSION = 1;

interface Comparator {
  config: number;
  value: bigint;
  period: bigint;
  /** Edge mode: fired since it was last disabled. */
  hasFired: boolean;
  /** When VAL_SET was used up: the upper half of the same 64-bit write comes at the same instant. */
  valSetNs: number;
  timer: Timer;
}

export interface HpetOptions {
  readonly base?: number;
  /** The legacy replacement route was turned on or off: PIT and RTC lose or get back IRQ0 and IRQ8. */
  readonly onLegacyRoute: (on: boolean) => void;
}

export class Hpet implements Device {
  readonly id = 'hpet';
  readonly registers: RegisterTable;
  readonly #context: DeviceContext;
  readonly #options: HpetOptions;
  readonly #comparators: readonly Comparator[];
  readonly #driven = new Map<number, boolean>();
  #config = 0;
  #status = 0;
  /** The counter's value when it was last started, stopped or set, and the tick of that. */
  #counterBase = 0n;
  #baseTick = 0;

  /** `context.irq(pin)`: pins 0 and 8 are IRQ0 and IRQ8 in legacy mode, all others inputs of the I/O APIC. */
  constructor(context: DeviceContext, options: HpetOptions) {
    this.#context = context;
    this.#options = options;
    this.#comparators = Array.from({ length: COMPARATORS }, (_, index) => ({
      config: TN_CAPABILITIES,
      value: MASK_64,
      period: 0n,
      hasFired: false,
      valSetNs: -1,
      timer: context.clock.timer(() => {
        this.#match(index);
      }),
    }));
    this.registers = this.#registerTable();
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'mmio',
        name: 'hpet',
        base: this.#options.base ?? 0xfed0_0000,
        size: 0x400,
        width: 4,
        read: (offset, width) => this.#read(offset, width),
        write: (offset, width, value) => {
          this.#write(offset, width, value);
        },
      },
    ];
  }

  reset(): void {
    this.#setLegacyRoute(false);
    this.#config = 0;
    this.#status = 0;
    this.#counterBase = 0n;
    this.#baseTick = 0;
    for (const comparator of this.#comparators) {
      comparator.config = TN_CAPABILITIES;
      comparator.value = MASK_64;
      comparator.period = 0n;
      comparator.hasFired = false;
      comparator.valSetNs = -1;
      comparator.timer.cancel();
    }
    this.#updateIrq(-1);
  }

  save(): DeviceState {
    return {
      version: STATE_VERSION,
      config: this.#config,
      status: this.#status,
      counterBase: halves(this.#counterBase),
      baseTick: this.#baseTick,
      comparators: this.#comparators.map((comparator) => ({
        config: comparator.config,
        value: halves(comparator.value),
        period: halves(comparator.period),
        hasFired: comparator.hasFired,
        valSetNs: comparator.valSetNs,
        deadlineNs: comparator.timer.save(),
      })),
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    this.#setLegacyRoute((reader.number('config') & LEG_RT_CNF) !== 0);
    this.#config = reader.number('config');
    this.#status = reader.number('status');
    this.#counterBase = joined(reader.numbers('counterBase', 2));
    this.#baseTick = reader.number('baseTick');
    reader.parts('comparators', COMPARATORS).forEach((part, index) => {
      const comparator = this.#at(index);
      comparator.config = part.number('config');
      comparator.value = joined(part.numbers('value', 2));
      comparator.period = joined(part.numbers('period', 2));
      comparator.hasFired = part.boolean('hasFired');
      comparator.valSetNs = part.number('valSetNs');
      comparator.timer.load(part.deadline('deadlineNs'));
    });
    this.#updateIrq(-1);
  }

  #at(index: number): Comparator {
    return this.#comparators[index] as Comparator;
  }

  get #isRunning(): boolean {
    return (this.#config & ENABLE_CNF) !== 0;
  }

  #counter(): bigint {
    if (!this.#isRunning) return this.#counterBase;
    return (this.#counterBase + BigInt(this.#tick() - this.#baseTick)) & MASK_64;
  }

  #tick(): number {
    return CLK.ticksAt(this.#context.clock.now());
  }

  #setCounter(value: bigint): void {
    this.#counterBase = value;
    this.#baseTick = this.#isRunning ? this.#tick() : 0;
    this.#armAll();
  }

  #armAll(): void {
    for (let index = 0; index < COMPARATORS; index += 1) this.#arm(index, false);
  }

  /** 64 bits, or 32 if the comparator is set to that. */
  #maskOf(comparator: Comparator): bigint {
    return (comparator.config & MODE_32) === 0 ? MASK_64 : MASK_32;
  }

  /** Sets the deadline of the next match; one that has just happened comes again only after a whole turn of the counter. */
  #arm(index: number, hasJustMatched: boolean): void {
    const comparator = this.#at(index);
    const isWanted = (comparator.config & (INT_ENB | INT_TYPE_LEVEL)) !== 0 || comparator.period > 0n;
    const skip = hasJustMatched ? 1n : 0n;
    const mask = this.#maskOf(comparator);
    const ticks = ((comparator.value - this.#counter() - skip) & mask) + skip;
    if (!this.#isRunning || !isWanted || ticks > MAX_TICKS) comparator.timer.cancel();
    else comparator.timer.arm(CLK.nsAt(this.#tick() + Number(ticks)));
  }

  #match(index: number): void {
    const comparator = this.#at(index);
    const isLevel = (comparator.config & INT_TYPE_LEVEL) !== 0;
    if (isLevel) this.#status |= 1 << index;
    else comparator.hasFired = (comparator.config & INT_ENB) !== 0;
    if ((comparator.config & TYPE_PERIODIC) !== 0 && comparator.period > 0n) {
      // "The comparator is increased by the period"; if time has leapt over several, they are one interrupt.
      const mask = this.#maskOf(comparator);
      const late = (this.#counter() - comparator.value) & mask;
      comparator.value = (comparator.value + (late / comparator.period + 1n) * comparator.period) & mask;
      this.#arm(index, false);
    } else {
      this.#arm(index, true);
    }
    this.#updateIrq(isLevel ? -1 : index);
  }

  #pinOf(index: number): number {
    const legacy = (this.#config & LEG_RT_CNF) === 0 ? undefined : LEGACY_PINS[index];
    return legacy ?? (this.#at(index).config >> INT_ROUTE_SHIFT) & 31;
  }

  /** Drives every line that a comparator uses or used; `edge` is the comparator that has just fired in edge mode, or -1. */
  #updateIrq(edge: number): void {
    for (const pin of this.#driven.keys()) this.#driven.set(pin, false);
    this.#comparators.forEach((comparator, index) => {
      const isEnabled = (comparator.config & INT_ENB) !== 0 && this.#isRunning;
      if (!isEnabled) comparator.hasFired = false;
      const isLevel = (comparator.config & INT_TYPE_LEVEL) !== 0;
      const isActive = isLevel ? (this.#status & (1 << index)) !== 0 : comparator.hasFired;
      if (isEnabled && isActive) this.#driven.set(this.#pinOf(index), true);
    });
    for (const [pin, level] of this.#driven) {
      const line = this.#context.irq(pin);
      if (edge >= 0 && pin === this.#pinOf(edge)) line.set(false);
      line.set(level);
      if (!level) this.#driven.delete(pin);
    }
  }

  #setLegacyRoute(on: boolean): void {
    if (on !== ((this.#config & LEG_RT_CNF) !== 0)) this.#options.onLegacyRoute(on);
  }

  /** Registers are 64 bits wide; narrower reads take their part. */
  #read(offset: number, width: Width): number {
    const value = this.#readHalf(offset & ~3);
    return width === 4 ? value : (value >>> (8 * (offset & 3))) & (2 ** (8 * width) - 1);
  }

  #readHalf(offset: number): number {
    if (offset >= 0x100) return this.#readComparator((offset - 0x100) >> 5, offset & 0x1f);
    switch (offset) {
      case 0x000:
        return CAPABILITIES;
      case 0x004:
        return PERIOD_FS;
      case 0x010:
        return this.#config;
      case 0x020:
        return this.#status;
      case 0x0f0:
        return Number(this.#counter() & MASK_32);
      case 0x0f4:
        return Number(this.#counter() >> 32n);
      default:
        return 0;
    }
  }

  #readComparator(index: number, offset: number): number {
    const comparator = this.#comparators[index];
    if (comparator === undefined) return 0;
    switch (offset) {
      case 0x00:
        return comparator.config;
      case 0x04:
        return INT_ROUTE_CAP;
      case 0x08:
        return Number(comparator.value & MASK_32);
      case 0x0c:
        return Number((comparator.value & this.#maskOf(comparator)) >> 32n);
      default:
        return 0;
    }
  }

  /** "Software must only access the registers with aligned 32- or 64-bit accesses": narrower writes do nothing. */
  #write(offset: number, width: Width, value: number): void {
    if (width !== 4) {
      this.#context.log.guestError(`hpet: write of ${width} bytes at offset 0x${offset.toString(16)}`);
      return;
    }
    if (offset >= 0x100) this.#writeComparator((offset - 0x100) >> 5, offset & 0x1f, value);
    else if (offset === 0x010) this.#writeConfig(value);
    else if (offset === 0x020) this.#status &= ~value;
    else if (offset === 0x0f0) this.#setCounter((this.#counter() & ~MASK_32) | BigInt(value));
    else if (offset === 0x0f4) this.#setCounter((this.#counter() & MASK_32) | (BigInt(value) << 32n));
    this.#updateIrq(-1);
  }

  #writeConfig(value: number): void {
    const counter = this.#counter();
    this.#setLegacyRoute((value & LEG_RT_CNF) !== 0);
    this.#config = value & (ENABLE_CNF | LEG_RT_CNF);
    this.#setCounter(counter);
  }

  #writeComparator(index: number, offset: number, value: number): void {
    const comparator = this.#comparators[index];
    if (comparator === undefined) return;
    if (offset === 0x00) this.#writeTimerConfig(index, comparator, value);
    else if (offset === 0x08) this.#writeHalf(comparator, BigInt(value), MASK_32);
    else if (offset === 0x0c && (comparator.config & MODE_32) === 0) {
      this.#writeHalf(comparator, BigInt(value) << 32n, MASK_64 ^ MASK_32);
    }
    this.#arm(index, false);
  }

  #writeTimerConfig(index: number, comparator: Comparator, value: number): void {
    comparator.config = (value & TN_WRITABLE) | TN_CAPABILITIES;
    if ((comparator.config & MODE_32) !== 0) {
      comparator.value &= MASK_32;
      comparator.period &= MASK_32;
    }
    if ((comparator.config & TYPE_PERIODIC) === 0) comparator.period = 0n;
    if ((comparator.config & INT_TYPE_LEVEL) === 0) this.#status &= ~(1 << index);
  }

  /** In periodic mode a write sets the period, and the comparator only with VAL_SET, which clears itself (2.3.9.2.2). */
  #writeHalf(comparator: Comparator, half: bigint, mask: bigint): void {
    const now = this.#context.clock.now();
    const isPeriodic = (comparator.config & TYPE_PERIODIC) !== 0;
    const isRest = mask !== MASK_32 && comparator.valSetNs === now;
    const isSet = (comparator.config & VAL_SET) !== 0 || isRest;
    if (!isPeriodic || isSet) comparator.value = (comparator.value & ~mask) | half;
    if (isPeriodic) comparator.period = (comparator.period & ~mask) | half;
    comparator.valSetNs = (comparator.config & VAL_SET) === 0 ? -1 : now;
    comparator.config &= ~VAL_SET;
  }

  #registerTable(): RegisterTable {
    const bits = '- LEVEL ENB PERIODIC PER_CAP SIZE_CAP VAL_SET - 32MODE ROUTE:5 FSB_EN FSB_CAP';
    const comparators = this.#comparators.flatMap((comparator, index): RegisterRow[] => [
      [`T${index}.config`, 0x100 + 0x20 * index, 'rw', 4, '2.3.8', () => comparator.config, bits],
      [`T${index}.comparator`, 0x108 + 0x20 * index, 'rw', 4, '2.3.9', () => Number(comparator.value & MASK_32)],
    ]);
    return registerTable('IA-PC HPET 1.0a', [
      ['capabilities', 0x000, 'ro', 4, '2.3.4', () => CAPABILITIES, 'REV:8 NUM_TIM:5 COUNT_SIZE - LEG_RT VENDOR:16'],
      ['configuration', 0x010, 'rw', 4, '2.3.5', () => this.#config, 'ENABLE_CNF LEG_RT_CNF'],
      ['status', 0x020, 'rw', 4, '2.3.6', () => this.#status, 'T0 T1 T2'],
      ['counter', 0x0f0, 'rw', 4, '2.3.7', () => Number(this.#counter() & MASK_32)],
      ...comparators,
    ]);
  }
}

function halves(value: bigint): readonly number[] {
  return [Number(value & MASK_32), Number(value >> 32n)];
}

function joined(numbers: readonly number[]): bigint {
  return BigInt(numbers[0] ?? 0) | (BigInt(numbers[1] ?? 0) << 32n);
}
