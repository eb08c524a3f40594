// Intel 8042 keyboard controller with the PS/2 firmware (IBM PS/2 Hardware Interface Technical Reference, "Keyboard and
// auxiliary device controller"): ports 0x60 and 0x64, two connectors. Commands are done at once, so IBF is never seen set.
// Not implemented: the password (never installed), the key lock (always open), parity errors.
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterTable,
  type Region,
} from './device.ts';
import type { IrqLine } from './irq.ts';
import { set1OfSet2, type Ps2Device } from './ps2.ts';
import { copyFields, StateReader } from './snapshot.ts';

const STATUS_OBF = 0x01;
const STATUS_SYS = 0x04;
const STATUS_CMD = 0x08;
const STATUS_UNLOCKED = 0x10;
const STATUS_AUX = 0x20;
const STATUS_TIMEOUT = 0x40;
const CMD_KBD_INT = 0x01;
const CMD_AUX_INT = 0x02;
const CMD_SYS = 0x04;
const CMD_KBD_DISABLE = 0x10;
const CMD_AUX_DISABLE = 0x20;
const CMD_XLAT = 0x40;
const OUT_RESET = 0x01;
const OUT_A20 = 0x02;
const OUT_KBD_OBF = 0x10;
const OUT_AUX_OBF = 0x20;
/** Reset and A20 are driven, the rest of the port is pulled high. */
const OUT_DEFAULT = 0xcf;
const SELF_TEST_PASSED = 0x55;
const NO_PASSWORD = 0xf1;
const RESEND = 0xfe;
const SET2_BREAK = 0xf0;
/** Answers of the controller itself wait in front of what the connectors have; more than this are lost. */
const MAX_ANSWERS = 16;
/** Above a queued byte: the status bits that come with it. */
const FLAGS_SHIFT = 8;
const STATE_VERSION = 1;

export interface I8042Options {
  readonly keyboard?: Ps2Device;
  readonly mouse?: Ps2Device;
  readonly onA20: (isOpen: boolean) => void;
  /** The processor's reset pin was pulsed. */
  readonly onReset: () => void;
}

export class I8042 implements Device {
  readonly id = 'i8042';
  readonly registers: RegisterTable;
  readonly #context: DeviceContext;
  readonly #options: I8042Options;
  readonly #kbdIrq: IrqLine;
  readonly #auxIrq: IrqLine;
  readonly #fields = {
    /** As firmware leaves it: interrupt and translation on. The machine also starts kernels without firmware. */
    command: CMD_KBD_INT | CMD_SYS | CMD_XLAT,
    outputPort: OUT_DEFAULT,
    /** The output buffer with its status bits above it, or -1. */
    output: -1,
    lastOutput: 0,
    isLastWriteCommand: false,
    /** The command whose data byte comes next, or 0. */
    awaits: 0,
    /** Translation has seen the break prefix of set 2. */
    isBreak: false,
    ram: new Uint8Array(32),
  };
  #answers: number[] = [];

  /** Interrupt output 0 is the keyboard's (IRQ1), output 1 the auxiliary device's (IRQ12). */
  constructor(context: DeviceContext, options: I8042Options) {
    this.#context = context;
    this.#options = options;
    this.#kbdIrq = context.irq(0);
    this.#auxIrq = context.irq(1);
    for (const device of [options.keyboard, options.mouse]) {
      if (device !== undefined) device.onData = () => this.#update();
    }
    const f = this.#fields;
    this.registers = registerTable('PS/2 Hardware Interface, controller', [
      ['data', 0x60, 'rw', 1, 'Output buffer', () => f.lastOutput],
      ['status', 0x64, 'ro', 1, 'Status register', () => this.#status(), 'OBF IBF SYS CMD UNLOCKED AUX TIMEOUT PARITY'],
      ['command byte', 0x20, 'rw', 1, 'Controller commands', () => f.command, 'KINT AINT SYS - KDIS ADIS XLAT'],
      [
        'output port',
        0xd0,
        'rw',
        1,
        'Output port',
        () => this.#outputPort(),
        'RESET A20 ACLK ADAT KOBF AOBF KCLK KDAT',
      ],
    ]);
  }

  regions(): readonly Region[] {
    const region = (name: string, base: number, read: () => number, write: (value: number) => void): Region => ({
      space: 'pio',
      name: `i8042.${name}`,
      base,
      size: 1,
      width: 1,
      read,
      write: (_offset, _width, value) => {
        write(value);
      },
    });
    return [
      region(
        'data',
        0x60,
        () => this.#readData(),
        (value) => this.#writeData(value),
      ),
      region(
        'command',
        0x64,
        () => this.#status(),
        (value) => this.#writeCommand(value),
      ),
    ];
  }

  reset(): void {
    const f = this.#fields;
    f.command = CMD_KBD_INT | CMD_SYS | CMD_XLAT;
    f.output = -1;
    f.lastOutput = 0;
    f.isLastWriteCommand = false;
    f.awaits = 0;
    f.isBreak = false;
    f.ram.fill(0);
    this.#answers = [];
    f.outputPort = OUT_DEFAULT;
    this.#options.onA20(true);
    this.#updateIrq();
  }

  save(): DeviceState {
    return { version: STATE_VERSION, ...copyFields(this.#fields), answers: [...this.#answers] };
  }

  /** A20 itself is the machine's state; only the port's copy of it is here. */
  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    reader.fill(this.#fields);
    this.#answers = reader.numbers('answers', MAX_ANSWERS);
    this.#updateIrq();
  }

  #status(): number {
    const f = this.#fields;
    const flags = f.output < 0 ? 0 : STATUS_OBF | (f.output >> FLAGS_SHIFT);
    return STATUS_UNLOCKED | flags | (f.command & CMD_SYS ? STATUS_SYS : 0) | (f.isLastWriteCommand ? STATUS_CMD : 0);
  }

  #outputPort(): number {
    const { output, outputPort } = this.#fields;
    if (output < 0) return outputPort;
    return outputPort | ((output >> FLAGS_SHIFT) & STATUS_AUX ? OUT_AUX_OBF : OUT_KBD_OBF);
  }

  #readData(): number {
    const f = this.#fields;
    if (f.output >= 0) f.lastOutput = f.output & 0xff;
    const data = f.lastOutput;
    f.output = -1;
    // The interrupt falls with OBF, and rises again for the next byte.
    this.#updateIrq();
    this.#update();
    return data;
  }

  #writeData(value: number): void {
    const f = this.#fields;
    const command = f.awaits;
    f.awaits = 0;
    f.isLastWriteCommand = false;
    if (command === 0) {
      f.command &= ~CMD_KBD_DISABLE; // sending to the keyboard enables it
      this.#sendTo(this.#options.keyboard, value, 0);
    } else if (command === 0xd4) {
      f.command &= ~CMD_AUX_DISABLE;
      this.#sendTo(this.#options.mouse, value, STATUS_AUX);
    } else {
      this.#parameter(command, value);
    }
    this.#update();
  }

  #parameter(command: number, value: number): void {
    if (command === 0x60) this.#fields.command = value & 0x7f;
    else if (command === 0xd1) this.#writeOutputPort(value);
    else if (command === 0xd2) this.#answer(value, 0);
    else if (command === 0xd3) this.#answer(value, STATUS_AUX);
    else this.#fields.ram[command & 0x1f] = value;
  }

  /** An empty connector never answers: the controller reports the time-out and a resend request in its place. */
  #sendTo(device: Ps2Device | undefined, value: number, flags: number): void {
    if (device === undefined) this.#answer(RESEND, flags | STATUS_TIMEOUT);
    else device.send(value);
  }

  #writeCommand(value: number): void {
    const f = this.#fields;
    f.isLastWriteCommand = true;
    f.awaits = 0;
    if (value >= 0xf0) this.#pulse(value);
    else if (value >= 0x20 && value < 0x40) this.#answer(value === 0x20 ? f.command : (f.ram[value & 0x1f] ?? 0), 0);
    else if (value >= 0x60 && value < 0x80) f.awaits = value;
    else this.#command(value);
    this.#update();
  }

  #command(value: number): void {
    const f = this.#fields;
    switch (value) {
      case 0xa4:
        this.#answer(NO_PASSWORD, 0);
        break;
      case 0xa7:
        f.command |= CMD_AUX_DISABLE;
        break;
      case 0xa8:
        f.command &= ~CMD_AUX_DISABLE;
        break;
      case 0xa9:
      case 0xab:
        this.#answer(0, 0); // clock and data lines of the connector are as they should be
        break;
      case 0xaa:
        f.command |= CMD_SYS;
        this.#answer(SELF_TEST_PASSED, 0);
        break;
      case 0xad:
        f.command |= CMD_KBD_DISABLE;
        break;
      case 0xae:
        f.command &= ~CMD_KBD_DISABLE;
        break;
      case 0xc0:
        this.#answer(0x80, 0); // input port: not locked
        break;
      case 0xd0:
        this.#answer(this.#outputPort(), 0);
        break;
      case 0xd1:
      case 0xd2:
      case 0xd3:
      case 0xd4:
        f.awaits = value;
        break;
      case 0xdd:
      case 0xdf:
        this.#writeOutputPort(value === 0xdf ? f.outputPort | OUT_A20 : f.outputPort & ~OUT_A20);
        break;
      case 0xe0:
        this.#answer(0, 0); // test inputs: both clocks low
        break;
      default:
        this.#context.log.unimplemented(`i8042 command 0x${value.toString(16)}`);
    }
  }

  /** F0-FF pulse the bits of the output port that are 0 in the command; bit 0 is the processor's reset. */
  #pulse(command: number): void {
    if ((command & OUT_RESET) === 0) this.#options.onReset();
  }

  #writeOutputPort(value: number): void {
    const f = this.#fields;
    const changed = f.outputPort ^ value;
    f.outputPort = value & ~(OUT_KBD_OBF | OUT_AUX_OBF);
    if ((changed & OUT_A20) !== 0) this.#options.onA20((value & OUT_A20) !== 0);
    if ((value & OUT_RESET) === 0) this.#options.onReset();
  }

  #answer(byte: number, flags: number): void {
    if (this.#answers.length < MAX_ANSWERS) this.#answers.push((flags << FLAGS_SHIFT) | byte);
  }

  /** Fills the output buffer if it is empty: own answers first, then the keyboard, then the auxiliary device. */
  #update(): void {
    const f = this.#fields;
    if (f.output < 0) f.output = this.#next();
    this.#updateIrq();
  }

  #next(): number {
    const { command } = this.#fields;
    const answer = this.#answers.shift();
    if (answer !== undefined) return answer;
    if ((command & CMD_KBD_DISABLE) === 0) {
      const byte = this.#nextFromKeyboard();
      if (byte >= 0) return byte;
    }
    const byte = (command & CMD_AUX_DISABLE) === 0 ? (this.#options.mouse?.receive() ?? -1) : -1;
    return byte < 0 ? -1 : (STATUS_AUX << FLAGS_SHIFT) | byte;
  }

  /** Translation turns set 2 into set 1: the break prefix becomes bit 7 of the code after it. */
  #nextFromKeyboard(): number {
    const f = this.#fields;
    for (;;) {
      const byte = this.#options.keyboard?.receive() ?? -1;
      if (byte < 0 || (f.command & CMD_XLAT) === 0) return byte;
      if (byte === SET2_BREAK) {
        f.isBreak = true;
        continue;
      }
      const code = set1OfSet2(byte) | (f.isBreak ? 0x80 : 0);
      f.isBreak = false;
      return code;
    }
  }

  #updateIrq(): void {
    const { output, command } = this.#fields;
    const isAux = output >= 0 && ((output >> FLAGS_SHIFT) & STATUS_AUX) !== 0;
    this.#kbdIrq.set(output >= 0 && !isAux && (command & CMD_KBD_INT) !== 0);
    this.#auxIrq.set(isAux && (command & CMD_AUX_INT) !== 0);
  }
}
