// Two Intel 8237A DMA controllers (datasheet 231466) with the PC's page registers. Registers are complete; what moves data
// are the devices that ask for it, and none does yet. Not implemented: transfers, memory-to-memory, the request register.
// Port 0x80 of the page register file is the POST port, a device of its own.
import {
  registerTable,
  type Device,
  type DeviceState,
  type RegisterRow,
  type RegisterTable,
  type Region,
} from './device.ts';
import { copyFields, StateReader } from './snapshot.ts';

const CHANNELS = 4;
const COMMAND_STATUS = 8;
const REQUEST = 9;
const SINGLE_MASK = 10;
const MODE = 11;
const CLEAR_FLIP_FLOP = 12;
const MASTER_CLEAR = 13;
const CLEAR_MASK = 14;
const ALL_MASK = 15;
const STATE_VERSION = 1;

class Controller {
  readonly fields = {
    baseAddress: new Uint8Array(2 * CHANNELS),
    address: new Uint8Array(2 * CHANNELS),
    baseCount: new Uint8Array(2 * CHANNELS),
    count: new Uint8Array(2 * CHANNELS),
    mode: new Uint8Array(CHANNELS),
    mask: 0x0f,
    command: 0,
    status: 0,
    isHighByte: false,
  };

  /** "Master clear": command, status, request, temporary and flip-flop cleared, mask set. */
  clear(): void {
    const f = this.fields;
    f.command = 0;
    f.status = 0;
    f.isHighByte = false;
    f.mask = 0x0f;
  }

  read(register: number): number {
    const f = this.fields;
    if (register < COMMAND_STATUS)
      return (register & 1) === 0 ? this.#readWord(f.address, register) : this.#readWord(f.count, register);
    if (register === COMMAND_STATUS) {
      const { status } = f;
      f.status &= 0xf0; // terminal counts are told once
      return status;
    }
    return register === ALL_MASK ? 0xf0 | f.mask : 0;
  }

  write(register: number, value: number): void {
    const f = this.fields;
    const bit = 1 << (value & 3);
    if (register < COMMAND_STATUS) this.#writeWord(register, value);
    else if (register === COMMAND_STATUS) f.command = value;
    else if (register === SINGLE_MASK) f.mask = (value & 4) === 0 ? f.mask & ~bit : f.mask | bit;
    else if (register === MODE) f.mode[value & 3] = value & 0xfc;
    else if (register === CLEAR_FLIP_FLOP) f.isHighByte = false;
    else if (register === MASTER_CLEAR) this.clear();
    else if (register === CLEAR_MASK) f.mask = 0;
    else if (register === ALL_MASK) f.mask = value & 0x0f;
  }

  /** The first/last flip-flop chooses the byte and is shared by all channels. */
  #readWord(words: Uint8Array, register: number): number {
    const byte = words[(register & ~1) + (this.fields.isHighByte ? 1 : 0)] ?? 0;
    this.fields.isHighByte = !this.fields.isHighByte;
    return byte;
  }

  /** Base and current registers are written together. */
  #writeWord(register: number, value: number): void {
    const f = this.fields;
    const at = (register & ~1) + (f.isHighByte ? 1 : 0);
    const isAddress = (register & 1) === 0;
    (isAddress ? f.baseAddress : f.baseCount)[at] = value;
    (isAddress ? f.address : f.count)[at] = value;
    f.isHighByte = !f.isHighByte;
  }
}

export class Dma8237 implements Device {
  readonly id = 'dma';
  readonly registers: RegisterTable;
  readonly #controllers = [new Controller(), new Controller()] as const;
  /** Ports 0x81 to 0x8F. */
  readonly #pages = new Uint8Array(15);

  constructor() {
    this.registers = registerTable(
      '8237A',
      this.#controllers.flatMap((controller, index) => rowsOf(controller, index)),
    );
  }

  /** The second controller moves words: its registers are two ports apart. */
  regions(): readonly Region[] {
    const [first, second] = this.#controllers;
    return [
      region(
        'dma1',
        0x00,
        16,
        (at) => first.read(at),
        (at, value) => first.write(at, value),
      ),
      region(
        'dma2',
        0xc0,
        32,
        (at) => second.read(at >> 1),
        (at, value) => second.write(at >> 1, value),
      ),
      region(
        'dma.pages',
        0x81,
        15,
        (at) => this.#pages[at] ?? 0,
        (at, value) => {
          this.#pages[at] = value;
        },
      ),
    ];
  }

  reset(): void {
    this.#controllers.forEach((controller) => {
      controller.clear();
    });
  }

  save(): DeviceState {
    return {
      version: STATE_VERSION,
      controllers: this.#controllers.map((controller) => copyFields(controller.fields)),
      pages: this.#pages.slice(),
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    reader.parts('controllers', 2).forEach((part, index) => {
      part.fill(this.#controllers[index === 0 ? 0 : 1].fields);
    });
    this.#pages.set(reader.bytes('pages', 15));
  }
}

function region(
  name: string,
  base: number,
  size: number,
  read: (at: number) => number,
  write: (at: number, value: number) => void,
): Region {
  return {
    space: 'pio',
    name,
    base,
    size,
    width: 1,
    read,
    write: (at, _width, value) => {
      write(at, value);
    },
  };
}

function rowsOf(controller: Controller, index: number): readonly RegisterRow[] {
  const f = controller.fields;
  const port = (register: number): number => (index === 0 ? register : 0xc0 + 2 * register);
  const word = (bytes: Uint8Array, channel: number): number =>
    (bytes[2 * channel] ?? 0) | ((bytes[2 * channel + 1] ?? 0) << 8);
  const rows: RegisterRow[] = [
    [`dma${index + 1}.command`, port(COMMAND_STATUS), 'wo', 1, 'Command register', () => f.command],
    [`dma${index + 1}.request`, port(REQUEST), 'wo', 1, 'Request register', () => 0],
    [`dma${index + 1}.mask`, port(ALL_MASK), 'rw', 1, 'Mask register', () => f.mask, 'CH0 CH1 CH2 CH3'],
  ];
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    const name = `ch${index * CHANNELS + channel}`;
    rows.push([
      `${name}.address`,
      port(2 * channel),
      'rw',
      2,
      'Current address register',
      () => word(f.address, channel),
    ]);
    rows.push([`${name}.count`, port(2 * channel + 1), 'rw', 2, 'Current word register', () => word(f.count, channel)]);
    rows.push([`${name}.mode`, port(MODE), 'wo', 1, 'Mode register', () => f.mode[channel] ?? 0]);
  }
  return rows;
}
