// One counter of an Intel 8254 (datasheet 231164, "Mode definitions"), advanced to any CLK tick in closed form.
// Counts of 1 in modes 2 and 3, which the datasheet forbids, behave as 2.
import { copyFields, type FieldValue, type StateReader } from './snapshot.ts';

const RW_LSB = 1;
const RW_MSB = 2;
const RW_BOTH = 3;

type CounterFields = {
  /** Bits 5..0 of the control word: RW, mode, BCD. */
  control: number;
  /** Count register as last completed, and its first byte while the second is awaited. */
  countRegister: number;
  firstByte: number;
  awaitsSecondWrite: boolean;
  readsSecond: boolean;
  /** Latched count (-1: none), latched status (-1: none). */
  countLatch: number;
  statusLatch: number;
  isNull: boolean;
  /** Ticks left to the terminal count, 1 .. modulus; in mode 3 to the end of the half-cycle. */
  left: number;
  /** The count the present cycle was loaded with. */
  loaded: number;
  isLoaded: boolean;
  /** The count goes into the counting element at the next CLK. */
  loadsNext: boolean;
  /** A count has been written since the control word: a trigger finds something to load. */
  hasCount: boolean;
  /** Modes 0, 1, 4 and 5: the output event of the loaded count is still to come. */
  isArmed: boolean;
  gate: boolean;
  out: boolean;
  tick: number;
};

export class PitCounter {
  /** How often OUT rose since this was last set to 0. */
  rises = 0;
  readonly fields: CounterFields = {
    control: 0,
    countRegister: 0,
    firstByte: 0,
    awaitsSecondWrite: false,
    readsSecond: false,
    countLatch: -1,
    statusLatch: -1,
    isNull: true,
    left: 0,
    loaded: 0,
    isLoaded: false,
    loadsNext: false,
    hasCount: false,
    isArmed: false,
    gate: true,
    out: false,
    tick: 0,
  };

  get mode(): number {
    const mode = (this.fields.control >> 1) & 7;
    return mode > 5 ? mode - 4 : mode;
  }

  get out(): boolean {
    return this.fields.out;
  }

  save(): Record<string, FieldValue> {
    return copyFields(this.fields);
  }

  load(reader: StateReader): void {
    reader.fill(this.fields);
  }

  /** "Control word": all control logic is reset and OUT goes to its first state; counting waits for a count. */
  writeControl(control: number): void {
    const f = this.fields;
    f.control = control & 0x3f;
    f.awaitsSecondWrite = false;
    f.readsSecond = false;
    f.countLatch = -1;
    f.statusLatch = -1;
    f.isNull = true;
    f.isLoaded = false;
    f.loadsNext = false;
    f.hasCount = false;
    f.isArmed = false;
    this.#setOut(this.mode !== 0);
  }

  write(value: number): void {
    const f = this.fields;
    const rw = (f.control >> 4) & 3;
    if (rw === RW_BOTH && !f.awaitsSecondWrite) {
      f.firstByte = value;
      f.awaitsSecondWrite = true;
      // Mode 0: "Writing the first byte disables counting. OUT is set low immediately."
      if (this.mode === 0) {
        f.isLoaded = false;
        this.#setOut(false);
      }
      return;
    }
    f.awaitsSecondWrite = false;
    if (rw === RW_LSB) f.countRegister = value;
    else if (rw === RW_MSB) f.countRegister = value << 8;
    else f.countRegister = f.firstByte | (value << 8);
    f.isNull = true;
    this.#countWritten();
  }

  read(): number {
    const f = this.fields;
    if (f.statusLatch >= 0) {
      const status = f.statusLatch;
      f.statusLatch = -1;
      return status;
    }
    const rw = (f.control >> 4) & 3;
    const count = f.countLatch >= 0 ? f.countLatch : this.count();
    const isHigh = rw === RW_MSB || (rw === RW_BOTH && f.readsSecond);
    if (rw === RW_BOTH) f.readsSecond = !f.readsSecond;
    if (rw !== RW_BOTH || isHigh) f.countLatch = -1;
    return isHigh ? count >> 8 : count & 0xff;
  }

  /** A second latch command before the first count is read is ignored. */
  latchCount(): void {
    if (this.fields.countLatch < 0) this.fields.countLatch = this.count();
  }

  latchStatus(): void {
    const f = this.fields;
    if (f.statusLatch < 0) f.statusLatch = (f.out ? 0x80 : 0) | (f.isNull ? 0x40 : 0) | f.control;
  }

  setGate(gate: boolean): void {
    const f = this.fields;
    if (gate === f.gate) return;
    f.gate = gate;
    const { mode } = this;
    if (!gate) {
      // Modes 2 and 3: "If GATE goes low during an output pulse, OUT is set high immediately."
      if (mode === 2 || mode === 3) this.#setOut(true);
      return;
    }
    const isTriggered = mode === 1 || mode === 2 || mode === 3 || mode === 5;
    if (isTriggered && f.hasCount) f.loadsNext = true;
  }

  /** The counting element as it reads: binary, or four decimal digits. */
  count(): number {
    const f = this.fields;
    const value = this.mode === 3 ? this.#squareWaveCount() : f.left % this.#modulus();
    return (f.control & 1) === 0 ? value & 0xffff : toBcd(value);
  }

  /** Lets CLK run to `tick`. */
  advanceTo(tick: number): void {
    const f = this.fields;
    let ticks = tick - f.tick;
    f.tick = Math.max(tick, f.tick);
    while (ticks > 0) {
      if (f.loadsNext || this.#isStrobe()) {
        this.#tick();
        ticks -= 1;
        continue;
      }
      if (!this.#isCounting()) return;
      ticks = this.#skipPeriods(ticks);
      const step = Math.min(ticks, this.#ticksToEvent());
      f.left -= step;
      ticks -= step;
      this.#event();
    }
  }

  /**
   * The tick of the next edge of OUT that an interrupt controller can tell apart, or Infinity. The low pulse of mode 2 lasts
   * one tick: only its end is worth stopping the machine for.
   */
  nextEdge(): number {
    const f = this.fields;
    if (f.loadsNext || this.#isStrobe()) return f.tick + 1;
    const { mode } = this;
    return this.#isCounting() && (mode === 2 || mode === 3 || f.isArmed) ? f.tick + f.left : Infinity;
  }

  /** Modes 4 and 5 hold OUT low for one tick, whatever GATE does. */
  #isStrobe(): boolean {
    return (this.mode === 4 || this.mode === 5) && !this.fields.out;
  }

  /** One tick that is not like its neighbours: the end of a strobe, the loading of a count. */
  #tick(): void {
    const f = this.fields;
    if (this.#isStrobe()) {
      this.#setOut(true);
      if (!f.loadsNext && this.#isCounting()) f.left -= 1;
    }
    if (f.loadsNext) this.#load();
  }

  #modulus(): number {
    return (this.fields.control & 1) === 0 ? 0x10000 : 10000;
  }

  /** The count as a number of ticks: 0 stands for the largest. */
  #ticksOfRegister(): number {
    const f = this.fields;
    const value = (f.control & 1) === 0 ? f.countRegister : fromBcd(f.countRegister);
    const ticks = value === 0 ? this.#modulus() : value;
    return (this.mode === 2 || this.mode === 3) && ticks === 1 ? 2 : ticks;
  }

  #countWritten(): void {
    const f = this.fields;
    f.hasCount = true;
    switch (this.mode) {
      case 0:
        this.#setOut(false);
        f.loadsNext = true;
        break;
      case 4:
        f.loadsNext = true;
        break;
      case 2:
      case 3:
        // While counting, the new count waits for the end of the cycle (of the half-cycle in mode 3).
        if (!f.isLoaded) f.loadsNext = true;
        break;
      default: // modes 1 and 5 wait for a trigger
    }
  }

  #load(): void {
    const f = this.fields;
    f.loadsNext = false;
    f.isLoaded = true;
    f.isNull = false;
    f.isArmed = true;
    f.loaded = this.#ticksOfRegister();
    f.left = f.loaded;
    if (this.mode === 1) this.#setOut(false);
    if (this.mode === 3) {
      this.#setOut(true);
      f.left = Math.ceil(f.loaded / 2);
    }
  }

  #isCounting(): boolean {
    const f = this.fields;
    if (!f.isLoaded) return false;
    return f.gate || this.mode === 1 || this.mode === 5;
  }

  #ticksToEvent(): number {
    const f = this.fields;
    return this.mode === 2 && f.left > 1 ? f.left - 1 : f.left; // mode 2 lowers OUT when the count reaches 1
  }

  #event(): void {
    const f = this.fields;
    switch (this.mode) {
      case 0:
      case 1:
        if (f.left === 0) this.#terminalCount(true);
        break;
      case 2:
        if (f.left === 1) this.#setOut(false);
        if (f.left === 0) {
          this.#reload();
          this.#setOut(true);
        }
        break;
      case 3:
        if (f.left === 0) this.#endOfHalf();
        break;
      default:
        if (f.left === 0) this.#terminalCount(false);
    }
  }

  #terminalCount(out: boolean): void {
    if (this.fields.isArmed) this.#setOut(out);
    this.fields.isArmed = false;
    this.fields.left = this.#modulus();
  }

  #reload(): void {
    const f = this.fields;
    f.isNull = false;
    f.loaded = this.#ticksOfRegister();
    f.left = f.loaded;
  }

  /** An odd count is high for (N+1)/2 ticks and low for (N-1)/2. */
  #endOfHalf(): void {
    const f = this.fields;
    this.#reload();
    const isHigh = !f.out;
    f.left = isHigh ? Math.ceil(f.loaded / 2) : Math.floor(f.loaded / 2);
    this.#setOut(isHigh);
  }

  /** In mode 3 the counting element goes down by two from the even part of the count. */
  #squareWaveCount(): number {
    const f = this.fields;
    const half = f.out ? Math.ceil(f.loaded / 2) : Math.floor(f.loaded / 2);
    const even = f.loaded - (f.loaded % 2);
    return Math.max(even - 2 * (half - f.left), 0) % this.#modulus();
  }

  /** Whole periods change nothing but the number of edges; a machine that slept for hours must not walk them. */
  #skipPeriods(ticks: number): number {
    const f = this.fields;
    const isPeriodic = this.mode === 2 || this.mode === 3;
    const isSteady = !isPeriodic || f.loaded === this.#ticksOfRegister();
    const period = isPeriodic ? f.loaded : this.#modulus();
    const isIdle = isPeriodic || !f.isArmed;
    if (!isSteady || !isIdle || ticks <= period) return ticks;
    const periods = Math.floor(ticks / period);
    if (isPeriodic) {
      this.rises += periods;
      f.isNull = false;
    }
    return ticks - periods * period;
  }

  #setOut(out: boolean): void {
    if (out && !this.fields.out) this.rises += 1;
    this.fields.out = out;
  }
}

function fromBcd(value: number): number {
  return (value >> 12) * 1000 + ((value >> 8) & 15) * 100 + ((value >> 4) & 15) * 10 + (value & 15);
}

function toBcd(value: number): number {
  const digit = (power: number): number => Math.floor(value / power) % 10;
  return (digit(1000) << 12) | (digit(100) << 8) | (digit(10) << 4) | digit(1);
}
