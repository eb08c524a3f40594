// Motorola MC146818A real-time clock (datasheet ADI856) with 128 bytes of CMOS memory at ports 0x70/0x71.
// Time is kept by the virtual clock from a start given by the host; bytes are brought up to date when someone looks.
// Not implemented: daylight saving (DSE), the square-wave pin, the NMI gate in bit 7 of port 0x70, time bases other than 32768 Hz.
import { TickRate, type Timer } from './clock.ts';
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterTable,
  type Region,
} from './device.ts';
import type { IrqLine } from './irq.ts';
import { copyFields, StateReader } from './snapshot.ts';

const SECONDS = 0x00;
const SECONDS_ALARM = 0x01;
const MINUTES = 0x02;
const MINUTES_ALARM = 0x03;
const HOURS = 0x04;
const HOURS_ALARM = 0x05;
const DAY_OF_WEEK = 0x06;
const DAY = 0x07;
const MONTH = 0x08;
const YEAR = 0x09;
const REG_A = 0x0a;
const REG_B = 0x0b;
const REG_C = 0x0c;
const REG_D = 0x0d;
/** Where PCs keep the century, in the same notation as the year. */
const CENTURY = 0x32;
const A_UIP = 0x80;
const A_DV = 0x70;
const A_RS = 0x0f;
/** Above 010 the divider chain is held in reset (110, 111) or in test. */
const A_DV_32768_HZ = 0x20;
const B_SET = 0x80;
const B_UIE = 0x10;
const B_DM_BINARY = 0x04;
const B_24H = 0x02;
const B_INTERRUPTS = 0x70;
const B_SQWE = 0x08;
const C_IRQF = 0x80;
const C_PF = 0x40;
const C_AF = 0x20;
const C_UF = 0x10;
const D_VRT = 0x80;
const HOUR_PM = 0x80;
const ALARM_ANY = 0xc0;
const SECOND_NS = 1e9;
/** An update takes 1984 us, and UIP is set 244 us before it (table 6): the bytes change at its end. */
const UIP_NS = 2_228_000;
const DAY_SECONDS = 86_400;
/** 32768 Hz. */
const CRYSTAL = new TickRate(64, 1_953_125);
const STATE_VERSION = 1;

export interface RtcOptions {
  /** What the clock shows at virtual time 0, in seconds since 1970 UTC. */
  readonly unixSeconds: number;
  /** Added for a clock that keeps local time (`-rtc base=localtime`). */
  readonly utcOffsetSeconds?: number;
  /** Bytes of CMOS memory by index; see `cmosOf`. */
  readonly cmos?: ReadonlyMap<number, number>;
}

export class RtcMc146818 implements Device {
  readonly id = 'rtc';
  readonly registers: RegisterTable;
  readonly #context: DeviceContext;
  readonly #irq: IrqLine;
  readonly #timer: Timer;
  readonly #fields = {
    index: 0,
    ram: new Uint8Array(128),
    flags: 0,
    /** Seconds end at this instant plus whole seconds: the phase of the divider chain. */
    phaseNs: 0,
    /** Seconds and periods of the divider chain that have been counted. */
    secondsSeen: 0,
    periodsSeen: 0,
    isConnected: true,
  };

  constructor(context: DeviceContext, options: RtcOptions) {
    this.#context = context;
    this.#irq = context.irq();
    this.#timer = context.clock.timer(() => {
      this.#updateIrq();
    });
    const { ram } = this.#fields;
    options.cmos?.forEach((value, index) => {
      ram[index & 0x7f] = value;
    });
    ram[REG_A] = 0x26;
    ram[REG_B] = B_24H;
    this.#fields.phaseNs = context.clock.now();
    this.#setCalendar(Math.floor(options.unixSeconds + (options.utcOffsetSeconds ?? 0)));
    this.registers = this.#registerTable();
  }

  /** While the HPET has IRQ8 (legacy replacement route), the clock's interrupt reaches nothing. */
  connectIrq(on: boolean): void {
    this.#fields.isConnected = on;
    this.#updateIrq();
  }

  /** Seconds that passed outside while virtual time stood (`-rtc clock=host` after a pause): the clock catches up. */
  catchUp(seconds: number): void {
    this.#sync();
    if (this.#isUpdating() && seconds > 0) this.#passSeconds(seconds);
    this.#updateIrq();
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'rtc',
        base: 0x70,
        size: 2,
        width: 1,
        read: (offset) => (offset === 0 ? 0xff : this.#read()),
        write: (offset, _width, value) => {
          if (offset === 0) this.#fields.index = value & 0x7f;
          else this.#write(value);
        },
      },
    ];
  }

  /** RESET leaves time and memory to the battery; it only stops interrupts (datasheet, RESET pin). */
  reset(): void {
    this.#sync();
    const f = this.#fields;
    f.ram[REG_B] = this.#b & ~(B_INTERRUPTS | B_SQWE);
    f.flags = 0;
    f.isConnected = true;
    this.#updateIrq();
  }

  save(): DeviceState {
    this.#sync();
    return { version: STATE_VERSION, ...copyFields(this.#fields) };
  }

  load(state: DeviceState): void {
    new StateReader(this.id, STATE_VERSION, state).fill(this.#fields);
    this.#updateIrq();
  }

  get #b(): number {
    return this.#fields.ram[REG_B] ?? 0;
  }

  /** Neither held by SET nor by the divider. */
  #isUpdating(): boolean {
    return this.#isDividing() && (this.#b & B_SET) === 0;
  }

  #isDividing(): boolean {
    return ((this.#fields.ram[REG_A] ?? 0) & A_DV) <= A_DV_32768_HZ;
  }

  /** Ticks of the crystal in one period of the periodic interrupt, or 0 for none (table 5). */
  #periodTicks(): number {
    const rate = (this.#fields.ram[REG_A] ?? 0) & A_RS;
    if (rate === 0) return 0;
    return rate < 3 ? 64 << rate : 1 << (rate - 1);
  }

  #secondsNow(): number {
    return Math.floor((this.#context.clock.now() - this.#fields.phaseNs) / SECOND_NS);
  }

  #periodsNow(): number {
    const ticks = this.#periodTicks();
    return ticks === 0 ? 0 : Math.floor(CRYSTAL.ticksAt(this.#context.clock.now() - this.#fields.phaseNs) / ticks);
  }

  #sync(): void {
    const f = this.#fields;
    if (!this.#isDividing()) return;
    const periods = this.#periodsNow();
    if (periods > f.periodsSeen) f.flags |= C_PF;
    f.periodsSeen = periods;
    const seconds = this.#secondsNow();
    const passed = seconds - f.secondsSeen;
    f.secondsSeen = seconds;
    if (passed > 0 && this.#isUpdating()) this.#passSeconds(passed);
  }

  #passSeconds(passed: number): void {
    const f = this.#fields;
    f.flags |= C_UF;
    if (this.#secondsToAlarm() <= passed) f.flags |= C_AF;
    const total = this.#secondOfDay() + passed;
    const days = Math.floor(total / DAY_SECONDS);
    if (days > 0) {
      const year = this.#get(CENTURY) * 100 + this.#get(YEAR);
      this.#setDate(daysFromCivil(year, this.#get(MONTH), this.#get(DAY)) + days);
      this.#put(DAY_OF_WEEK, ((this.#get(DAY_OF_WEEK) + 6 + days) % 7) + 1);
    }
    this.#setTime(total - days * DAY_SECONDS);
  }

  #secondOfDay(): number {
    return (this.#hours(HOURS) * 60 + this.#get(MINUTES)) * 60 + this.#get(SECONDS);
  }

  #setCalendar(seconds: number): void {
    const days = Math.floor(seconds / DAY_SECONDS);
    this.#setDate(days);
    this.#put(DAY_OF_WEEK, ((((days + 4) % 7) + 7) % 7) + 1); // 1 January 1970 was a Thursday; Sunday is 1
    this.#setTime(seconds - days * DAY_SECONDS);
  }

  #setDate(days: number): void {
    const { year, month, day } = civilFromDays(days);
    this.#put(CENTURY, Math.floor(year / 100) % 100);
    this.#put(YEAR, year % 100);
    this.#put(MONTH, month);
    this.#put(DAY, day);
  }

  #setTime(second: number): void {
    const hour = Math.floor(second / 3600) % 24;
    this.#put(SECONDS, second % 60);
    this.#put(MINUTES, Math.floor(second / 60) % 60);
    if ((this.#b & B_24H) !== 0) {
      this.#put(HOURS, hour);
      return;
    }
    this.#put(HOURS, hour % 12 === 0 ? 12 : hour % 12);
    if (hour >= 12) this.#fields.ram[HOURS] = (this.#fields.ram[HOURS] ?? 0) | HOUR_PM;
  }

  #get(index: number): number {
    return this.#decode(this.#fields.ram[index] ?? 0);
  }

  #decode(byte: number): number {
    return (this.#b & B_DM_BINARY) === 0 ? (byte >> 4) * 10 + (byte & 15) : byte;
  }

  #put(index: number, value: number): void {
    this.#fields.ram[index] = (this.#b & B_DM_BINARY) === 0 ? (Math.floor(value / 10) << 4) | (value % 10) : value;
  }

  #hours(index: number): number {
    const byte = this.#fields.ram[index] ?? 0;
    if ((this.#b & B_24H) !== 0) return this.#decode(byte);
    return (this.#decode(byte & ~HOUR_PM) % 12) + ((byte & HOUR_PM) === 0 ? 0 : 12);
  }

  /** Seconds until the next update that matches the alarm bytes, 1 or more, or Infinity. */
  #secondsToAlarm(): number {
    const { ram } = this.#fields;
    const isAny = (index: number): boolean => ((ram[index] ?? 0) & ALARM_ANY) === ALARM_ANY;
    const next = this.#secondOfDay() + 1;
    for (let hours = 0; hours <= 24; hours += 1) {
      const hour = Math.floor(next / 3600) + hours;
      if (!isAny(HOURS_ALARM) && hour % 24 !== this.#hours(HOURS_ALARM)) continue;
      for (let minute = 0; minute < 60; minute += 1) {
        if (!isAny(MINUTES_ALARM) && minute !== this.#get(MINUTES_ALARM)) continue;
        for (let second = 0; second < 60; second += 1) {
          if (!isAny(SECONDS_ALARM) && second !== this.#get(SECONDS_ALARM)) continue;
          const at = hour * 3600 + minute * 60 + second;
          if (at >= next) return at - next + 1;
        }
      }
    }
    return Infinity;
  }

  #updateIrq(): void {
    this.#sync();
    const f = this.#fields;
    this.#irq.set(f.isConnected && (f.flags & this.#b & B_INTERRUPTS) !== 0);
    const deadline = this.#nextInterruptNs();
    if (deadline === Infinity) this.#timer.cancel();
    else this.#timer.arm(deadline);
  }

  /** The next instant at which an enabled flag that is not set yet will be. */
  #nextInterruptNs(): number {
    const f = this.#fields;
    const wanted = this.#b & B_INTERRUPTS & ~f.flags;
    let deadline = Infinity;
    if ((wanted & C_PF) !== 0 && this.#isDividing() && this.#periodTicks() > 0) {
      deadline = Math.ceil(f.phaseNs + CRYSTAL.nsAt((f.periodsSeen + 1) * this.#periodTicks()));
    }
    if (!this.#isUpdating()) return deadline;
    const secondNs = (ahead: number): number => f.phaseNs + (f.secondsSeen + ahead) * SECOND_NS;
    if ((wanted & C_UF) !== 0) deadline = Math.min(deadline, secondNs(1));
    if ((wanted & C_AF) !== 0) deadline = Math.min(deadline, secondNs(this.#secondsToAlarm()));
    return deadline;
  }

  #regA(): number {
    const phase = (this.#context.clock.now() - this.#fields.phaseNs) % SECOND_NS;
    const isSoon = this.#isUpdating() && phase >= SECOND_NS - UIP_NS;
    return (this.#fields.ram[REG_A] ?? 0) | (isSoon ? A_UIP : 0);
  }

  #regC(): number {
    return this.#fields.flags | ((this.#fields.flags & this.#b & B_INTERRUPTS) === 0 ? 0 : C_IRQF);
  }

  #peek(index: number): number {
    this.#sync();
    if (index === REG_A) return this.#regA();
    if (index === REG_C) return this.#regC();
    return index === REG_D ? D_VRT : (this.#fields.ram[index] ?? 0);
  }

  #read(): number {
    const { index } = this.#fields;
    const value = this.#peek(index);
    if (index === REG_C) {
      this.#fields.flags = 0;
      this.#updateIrq();
    }
    return value;
  }

  #write(value: number): void {
    const f = this.#fields;
    this.#sync();
    if (f.index === REG_A) this.#writeA(value);
    else if (f.index === REG_B) f.ram[REG_B] = (value & B_SET) === 0 ? value : value & ~B_UIE; // SET going high clears UIE
    else if (f.index !== REG_C && f.index !== REG_D) f.ram[f.index] = value;
    this.#updateIrq();
  }

  /** "The first update cycle begins one-half second after the divider reset is removed." */
  #writeA(value: number): void {
    const f = this.#fields;
    const wasDividing = this.#isDividing();
    f.ram[REG_A] = value & ~A_UIP;
    if (!wasDividing && this.#isDividing()) {
      f.phaseNs = this.#context.clock.now() - SECOND_NS / 2;
      f.secondsSeen = 0;
    }
    f.periodsSeen = this.#periodsNow();
  }

  #registerTable(): RegisterTable {
    const at = (index: number) => (): number => this.#peek(index);
    const time = ['seconds', 'seconds alarm', 'minutes', 'minutes alarm', 'hours', 'hours alarm', 'day of the week'];
    const date = ['day', 'month', 'year'];
    return registerTable('MC146818A', [
      ...[...time, ...date].map(
        (name, index) => [name, index, 'rw', 1, 'Time, calendar and alarm', at(index)] as const,
      ),
      ['A', REG_A, 'rw', 1, 'Register A', at(REG_A), 'RS:4 DV:3 UIP'],
      ['B', REG_B, 'rw', 1, 'Register B', at(REG_B), 'DSE 24H DM SQWE UIE AIE PIE SET'],
      ['C', REG_C, 'ro', 1, 'Register C', at(REG_C), '- - - - UF AF PF IRQF'],
      ['D', REG_D, 'ro', 1, 'Register D', at(REG_D), '- - - - - - - VRT'],
      ['century', CENTURY, 'rw', 1, 'User RAM', at(CENTURY)],
    ]);
  }
}

export interface CmosFacts {
  /** Bytes of RAM under and over the 4 GB line. */
  readonly ramBelow4G: number;
  readonly ramAbove4G: number;
  readonly cpus: number;
}

/** What firmware and kernels look for in CMOS, at the places where QEMU puts it (its hw/i386/pc.c documents them). */
export function cmosOf(facts: CmosFacts): ReadonlyMap<number, number> {
  const cmos = new Map<number, number>();
  const word = (index: number, value: number): void => {
    cmos.set(index, value & 0xff);
    cmos.set(index + 1, value >>> 8);
  };
  const over1M = Math.max(facts.ramBelow4G - 0x10_0000, 0);
  const over16M = Math.max(facts.ramBelow4G - 0x100_0000, 0);
  const extendedKb = Math.min(Math.floor(over1M / 1024), 0xffff);
  cmos.set(0x14, 0x06); // equipment: FPU, PS/2 pointing port
  word(0x15, 640); // base memory in KB
  word(0x17, extendedKb);
  word(0x30, extendedKb);
  word(0x34, Math.min(Math.floor(over16M / 0x1_0000), 0xffff));
  const blocksOver4G = Math.floor(facts.ramAbove4G / 0x1_0000);
  word(0x5b, blocksOver4G & 0xffff);
  cmos.set(0x5d, Math.floor(blocksOver4G / 0x1_0000) & 0xff);
  cmos.set(0x5f, facts.cpus - 1);
  let sum = 0;
  for (let index = 0x10; index <= 0x2d; index += 1) sum += cmos.get(index) ?? 0;
  cmos.set(0x2e, (sum >> 8) & 0xff);
  cmos.set(0x2f, sum & 0xff);
  return cmos;
}

/** Days since 1970 of a date in the Gregorian calendar. Years are counted from March, so that leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}
