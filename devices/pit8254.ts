// Intel 8254 programmable interval timer (datasheet 231164) at ports 0x40-0x43 and port 0x61 of the PC, which gates
// counter 2 and shows its output (PIIX3 datasheet 290550, 2.5.9 "NMI status and control register").
// Not implemented: sound (the speaker bits can be read back), NMI sources behind port 0x61.
import { TickRate, type Timer } from './clock.ts';
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterRow,
  type RegisterTable,
  type Region,
} from './device.ts';
import type { IrqLine } from './irq.ts';
import { PitCounter } from './pit-counter.ts';
import { StateReader } from './snapshot.ts';

/** 14.31818 MHz / 12, that is 105/88 MHz. */
const CLK = new TickRate(105, 88_000);
/** Counter 1 asks for a refresh every 18 ticks in a PC; port 0x61 bit 4 toggles with each. */
const REFRESH_TICKS = 18;
const READ_BACK = 3;
const READ_BACK_NO_COUNT = 0x20;
const READ_BACK_NO_STATUS = 0x10;
const PORT61_GATE2 = 0x01;
const PORT61_WRITABLE = 0x0f;
const PORT61_REFRESH = 0x10;
const PORT61_OUT2 = 0x20;
const STATE_VERSION = 1;

export class Pit8254 implements Device {
  readonly id = 'pit';
  readonly registers: RegisterTable;
  readonly #context: DeviceContext;
  readonly #irq: IrqLine;
  readonly #timer: Timer;
  readonly #counters = [new PitCounter(), new PitCounter(), new PitCounter()] as const;
  #port61 = 0;
  #isConnected = true;

  constructor(context: DeviceContext) {
    this.#context = context;
    this.#irq = context.irq();
    this.#timer = context.clock.timer(() => {
      this.#updateIrq();
    });
    this.registers = this.#registerTable();
  }

  /** While the HPET replaces the PIT (legacy replacement route), OUT of counter 0 reaches nothing. */
  connectIrq(on: boolean): void {
    this.#isConnected = on;
    this.#updateIrq();
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: 'pit',
        base: 0x40,
        size: 4,
        width: 1,
        read: (offset) => this.#read(offset),
        write: (offset, _width, value) => {
          this.#write(offset, value);
        },
      },
      {
        space: 'pio',
        name: 'pit.port61',
        base: 0x61,
        size: 1,
        width: 1,
        read: () => this.#readPort61(),
        write: (_offset, _width, value) => {
          this.#writePort61(value);
        },
      },
    ];
  }

  /** The 8254 has no reset pin: its counters run on, undefined, until programmed. Here they wait for a count, OUT low. */
  reset(): void {
    const tick = this.#sync();
    for (const counter of this.#counters) {
      counter.setGate(true);
      counter.writeControl(0x30);
      counter.fields.tick = tick;
    }
    this.#isConnected = true;
    this.#writePort61(0);
  }

  save(): DeviceState {
    this.#sync();
    return {
      version: STATE_VERSION,
      counters: this.#counters.map((counter) => counter.save()),
      port61: this.#port61,
      isConnected: this.#isConnected,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    reader.parts('counters', 3).forEach((part, index) => this.#counters[index]?.load(part));
    this.#port61 = reader.number('port61');
    this.#isConnected = reader.boolean('isConnected');
    // Edges before the snapshot have been delivered already.
    this.#counters[0].rises = 0;
    this.#updateIrq();
  }

  #sync(): number {
    const tick = CLK.ticksAt(this.#context.clock.now());
    for (const counter of this.#counters) counter.advanceTo(tick);
    return tick;
  }

  /** OUT of counter 0 is the interrupt request. Edges within the ticks just passed are shown as one. */
  #updateIrq(): void {
    this.#sync();
    const counter = this.#counters[0];
    if (counter.rises > 0 && this.#isConnected) {
      this.#irq.set(false);
      this.#irq.set(true);
    }
    counter.rises = 0;
    this.#irq.set(counter.out && this.#isConnected);
    const edge = this.#isConnected ? counter.nextEdge() : Infinity;
    if (edge === Infinity) this.#timer.cancel();
    else this.#timer.arm(CLK.nsAt(edge));
  }

  #read(offset: number): number {
    this.#sync();
    return this.#counters[offset]?.read() ?? 0xff; // the control word cannot be read; the bus floats
  }

  #write(offset: number, value: number): void {
    this.#sync();
    const counter = this.#counters[offset];
    if (counter === undefined) this.#writeControl(value);
    else counter.write(value);
    this.#updateIrq();
  }

  #writeControl(value: number): void {
    const select = value >> 6;
    if (select === READ_BACK) {
      this.#readBack(value);
      return;
    }
    const counter = this.#counters[select];
    if ((value & 0x30) === 0) counter?.latchCount();
    else counter?.writeControl(value);
  }

  #readBack(value: number): void {
    this.#counters.forEach((counter, index) => {
      if ((value & (2 << index)) === 0) return;
      if ((value & READ_BACK_NO_COUNT) === 0) counter.latchCount();
      if ((value & READ_BACK_NO_STATUS) === 0) counter.latchStatus();
    });
  }

  #readPort61(): number {
    const tick = this.#sync();
    const refresh = Math.floor(tick / REFRESH_TICKS) % 2 === 1 ? PORT61_REFRESH : 0;
    return this.#port61 | refresh | (this.#counters[2].out ? PORT61_OUT2 : 0);
  }

  #writePort61(value: number): void {
    this.#sync();
    this.#port61 = value & PORT61_WRITABLE;
    this.#counters[2].setGate((value & PORT61_GATE2) !== 0);
    this.#updateIrq();
  }

  #registerTable(): RegisterTable {
    const counters = this.#counters.flatMap((counter, index): RegisterRow[] => {
      const count = (): number => {
        this.#sync();
        return counter.count();
      };
      const control = (): number => counter.fields.control;
      return [
        [`counter${index}.count`, 0x40 + index, 'rw', 2, 'Counter latch command', count],
        [`counter${index}.control`, 0x43, 'wo', 1, 'Control word format', control, 'BCD M:3 RW:2'],
      ];
    });
    const port61Bits = 'GATE2 SPKR PERR_DIS IOCHK_DIS REFRESH OUT2 IOCHK SERR';
    return [
      ...registerTable('8254', counters),
      ...registerTable('PIIX3', [['port61', 0x61, 'rw', 1, '2.5.9', () => this.#readPort61(), port61Bits]]),
    ];
  }
}
