// National Semiconductor PC16550D UART with FIFOs (datasheet TL/C/8652) as the PC wires it: OUT2 gates the interrupt.
// A byte written is sent at once: the transmitter is always empty again when the guest looks. Received bytes come as fast as
// there is room. Only the character timeout of the receive FIFO is timed by the divisor.
// Not implemented: DMA mode (RXRDY and TXRDY pins), parity errors (the host end has no parity), framing errors other than breaks.
import type { CharBackend, CharReceiver } from './backend.ts';
import type { Timer } from './clock.ts';
import {
  registerTable,
  type Device,
  type DeviceContext,
  type DeviceState,
  type RegisterTable,
  type Region,
  type ResetKind,
} from './device.ts';
import type { IrqLine } from './irq.ts';
import { copyFields, StateReader } from './snapshot.ts';

const IER_RDA = 0x01;
const IER_THRE = 0x02;
const IER_RLS = 0x04;
const IER_MS = 0x08;
const IIR_NONE = 0x01;
const IIR_MODEM = 0x00;
const IIR_THRE = 0x02;
const IIR_DATA = 0x04;
const IIR_LINE = 0x06;
const IIR_TIMEOUT = 0x0c;
const IIR_FIFOS = 0xc0;
const FCR_ENABLE = 0x01;
const FCR_CLEAR_RX = 0x02;
const LCR_BREAK = 0x40;
const LCR_DLAB = 0x80;
const MCR_DTR = 0x01;
const MCR_RTS = 0x02;
const MCR_OUT1 = 0x04;
const MCR_OUT2 = 0x08;
const MCR_LOOP = 0x10;
const LSR_DR = 0x01;
const LSR_OE = 0x02;
const LSR_BI = 0x10;
const LSR_ERRORS = 0x1e;
const LSR_THRE_TEMT = 0x60;
const LSR_FIFO_ERROR = 0x80;
const MSR_RI = 0x40;
const MSR_CTS = 0x10;
const MSR_DSR = 0x20;
const MSR_DCD = 0x80;
const MSR_TERI = 0x04;
const FIFO_SIZE = 16;
const TRIGGERS = [1, 4, 8, 14] as const;
/** A received character is queued with its error bits above its eight data bits. */
const ERROR_SHIFT = 8;
/** 1.8432 MHz / 16 is the bit rate at divisor 1. */
const NS_PER_BIT_AT_DIVISOR_1 = 1e9 / 115_200;
const STATE_VERSION = 1;

export interface ModemLines {
  readonly cts: boolean;
  readonly dsr: boolean;
  readonly ri: boolean;
  readonly dcd: boolean;
}

export interface Uart16550Options {
  readonly id: string;
  readonly base: number;
  readonly backend: CharBackend;
}

const RESET_FIELDS = {
  ier: 0,
  fcr: 0,
  lcr: 0,
  mcr: 0,
  scratch: 0,
  divisor: 12,
  /** OE, PE, FE, BI: of the character on top of the FIFO, until LSR is read. */
  lineErrors: 0,
  /** Modem inputs as bits 7..4 of MSR, and the changes since it was read as bits 3..0. */
  lines: MSR_CTS | MSR_DSR | MSR_DCD,
  deltas: 0,
  /** The transmitter-empty interrupt: set by an empty THR, cleared by reading it from IIR or by writing THR. */
  isTxEmptyPending: false,
  isTimedOut: false,
  timeoutNs: -1,
};

export class Uart16550 implements Device, CharReceiver {
  readonly id: string;
  readonly registers: RegisterTable;
  readonly #base: number;
  readonly #backend: CharBackend;
  readonly #context: DeviceContext;
  readonly #irq: IrqLine;
  readonly #timeout: Timer;
  readonly #fields = { ...RESET_FIELDS };
  #fifo: number[] = [];

  constructor(context: DeviceContext, options: Uart16550Options) {
    this.id = options.id;
    this.#base = options.base;
    this.#backend = options.backend;
    this.#context = context;
    this.#irq = context.irq();
    this.#timeout = context.clock.timer(() => {
      this.#fields.timeoutNs = -1;
      this.#fields.isTimedOut = true;
      this.#updateIrq();
    });
    this.registers = this.#registerTable();
    this.#backend.connect(this);
  }

  regions(): readonly Region[] {
    return [
      {
        space: 'pio',
        name: this.id,
        base: this.#base,
        size: 8,
        width: 1,
        read: (offset) => this.#read(offset),
        write: (offset, _width, value) => {
          this.#write(offset, value);
        },
      },
    ];
  }

  /** MR clears everything but the scratch register, the divisor and the modem inputs; these are undefined only at power-on. */
  reset(kind: ResetKind): void {
    const { scratch, divisor, lines } = this.#fields;
    Object.assign(this.#fields, RESET_FIELDS, kind === 'warm' ? { scratch, divisor } : {}, { lines });
    this.#fifo = [];
    this.#timeout.cancel();
    this.#updateIrq();
    this.#backend.acceptInput();
  }

  save(): DeviceState {
    return { version: STATE_VERSION, ...copyFields(this.#fields), fifo: [...this.#fifo] };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.id, STATE_VERSION, state);
    reader.fill(this.#fields);
    this.#fifo = reader.numbers('fifo', FIFO_SIZE);
    this.#timeout.load(this.#fields.timeoutNs < 0 ? null : this.#fields.timeoutNs);
    this.#updateIrq();
  }

  /** The cable's other end changes the modem inputs. */
  setModemLines(lines: ModemLines): void {
    const level =
      (lines.cts ? MSR_CTS : 0) | (lines.dsr ? MSR_DSR : 0) | (lines.ri ? MSR_RI : 0) | (lines.dcd ? MSR_DCD : 0);
    this.#changeInputs(() => {
      this.#fields.lines = level;
    });
    this.#updateIrq();
  }

  canReceive(): number {
    if (this.#isLoop()) return 0; // SIN is disconnected
    return (this.#hasFifos() ? FIFO_SIZE : 1) - this.#fifo.length;
  }

  receive(byte: number): void {
    if (this.#isLoop()) return;
    this.#push(byte & this.#dataMask());
    this.#updateIrq();
  }

  receiveBreak(): void {
    if (this.#isLoop()) return;
    this.#push(LSR_BI << ERROR_SHIFT);
    this.#updateIrq();
  }

  #isLoop(): boolean {
    return (this.#fields.mcr & MCR_LOOP) !== 0;
  }

  #hasFifos(): boolean {
    return (this.#fields.fcr & FCR_ENABLE) !== 0;
  }

  #dataMask(): number {
    return (0x20 << (this.#fields.lcr & 3)) - 1;
  }

  #push(character: number): void {
    const capacity = this.#hasFifos() ? FIFO_SIZE : 1;
    if (this.#fifo.length >= capacity) {
      // With FIFOs the new character is lost in the shift register, without them it overwrites the one in RBR (LSR, bit 1).
      this.#fields.lineErrors |= LSR_OE;
      if (!this.#hasFifos()) this.#fifo[0] = character;
      return;
    }
    this.#fifo.push(character);
    if (this.#fifo.length === 1) this.#showErrorsOfTop();
    this.#restartTimeout();
  }

  /** PE, FE and BI are shown when their character reaches the top of the FIFO (LSR, bits 2 to 4). */
  #showErrorsOfTop(): void {
    this.#fields.lineErrors |= (this.#fifo[0] ?? 0) >> ERROR_SHIFT;
  }

  /** "FIFO interrupt mode operation": four character times without a read or a new character. */
  #restartTimeout(): void {
    const f = this.#fields;
    f.isTimedOut = false;
    f.timeoutNs = -1;
    if (this.#hasFifos() && this.#fifo.length > 0) {
      const bits = 1 + 5 + (f.lcr & 3) + ((f.lcr & 8) === 0 ? 0 : 1) + ((f.lcr & 4) === 0 ? 1 : 2);
      const charNs = bits * Math.max(f.divisor, 1) * NS_PER_BIT_AT_DIVISOR_1;
      f.timeoutNs = Math.ceil(this.#context.clock.now() + 4 * charNs);
    }
    this.#timeout.load(f.timeoutNs < 0 ? null : f.timeoutNs);
  }

  #lsr(): number {
    const f = this.#fields;
    const hasErrors = this.#hasFifos() && this.#fifo.some((character) => character >> ERROR_SHIFT !== 0);
    return LSR_THRE_TEMT | f.lineErrors | (this.#fifo.length > 0 ? LSR_DR : 0) | (hasErrors ? LSR_FIFO_ERROR : 0);
  }

  /** In loopback the four outputs feed the four inputs: RTS CTS, DTR DSR, OUT1 RI, OUT2 DCD (MCR, bit 4). */
  #inputs(): number {
    const { mcr, lines } = this.#fields;
    if (!this.#isLoop()) return lines;
    const cts = (mcr & MCR_RTS) === 0 ? 0 : MSR_CTS;
    const dsr = (mcr & MCR_DTR) === 0 ? 0 : MSR_DSR;
    const ri = (mcr & MCR_OUT1) === 0 ? 0 : MSR_RI;
    return cts | dsr | ri | ((mcr & MCR_OUT2) === 0 ? 0 : MSR_DCD);
  }

  #changeInputs(change: () => void): void {
    const before = this.#inputs();
    change();
    const after = this.#inputs();
    const changed = before ^ after;
    // RI reports only its trailing edge.
    const rang = (before & ~after & MSR_RI) === 0 ? 0 : MSR_TERI;
    this.#fields.deltas |= ((changed & ~MSR_RI) >> 4) | rang;
  }

  #iir(): number {
    const f = this.#fields;
    if ((f.ier & IER_RLS) !== 0 && (f.lineErrors & LSR_ERRORS) !== 0) return IIR_LINE;
    if ((f.ier & IER_RDA) !== 0) {
      const trigger = this.#hasFifos() ? (TRIGGERS[f.fcr >> 6] ?? 1) : 1;
      if (this.#fifo.length >= trigger) return IIR_DATA;
      if (f.isTimedOut && this.#fifo.length > 0) return IIR_TIMEOUT;
    }
    if ((f.ier & IER_THRE) !== 0 && f.isTxEmptyPending) return IIR_THRE;
    if ((f.ier & IER_MS) !== 0 && f.deltas !== 0) return IIR_MODEM;
    return IIR_NONE;
  }

  /** The PC passes INTR on through a driver that OUT2 enables; loopback forces the OUT2 pin off. */
  #updateIrq(): void {
    const isEnabled = (this.#fields.mcr & (MCR_OUT2 | MCR_LOOP)) === MCR_OUT2;
    this.#irq.set(isEnabled && this.#iir() !== IIR_NONE);
  }

  #read(offset: number): number {
    const f = this.#fields;
    const isDivisor = (f.lcr & LCR_DLAB) !== 0;
    switch (offset) {
      case 0:
        return isDivisor ? f.divisor & 0xff : this.#readData();
      case 1:
        return isDivisor ? f.divisor >> 8 : f.ier;
      case 2:
        return this.#readIir();
      case 3:
        return f.lcr;
      case 4:
        return f.mcr;
      case 5:
        return this.#readLsr();
      case 6:
        return this.#readMsr();
      default:
        return f.scratch;
    }
  }

  #readData(): number {
    const character = this.#fifo.shift() ?? 0;
    this.#showErrorsOfTop();
    this.#restartTimeout();
    this.#updateIrq();
    this.#backend.acceptInput();
    return character & 0xff;
  }

  #readIir(): number {
    const iir = this.#iir();
    if (iir === IIR_THRE) {
      this.#fields.isTxEmptyPending = false;
      this.#updateIrq();
    }
    return iir | (this.#hasFifos() ? IIR_FIFOS : 0);
  }

  #readLsr(): number {
    const lsr = this.#lsr();
    this.#fields.lineErrors = 0;
    const top = this.#fifo[0];
    if (top !== undefined) this.#fifo[0] = top & 0xff;
    this.#updateIrq();
    return lsr;
  }

  #readMsr(): number {
    const msr = this.#inputs() | this.#fields.deltas;
    this.#fields.deltas = 0;
    this.#updateIrq();
    return msr;
  }

  #write(offset: number, value: number): void {
    const f = this.#fields;
    const isDivisor = (f.lcr & LCR_DLAB) !== 0;
    switch (offset) {
      case 0:
        if (isDivisor) f.divisor = (f.divisor & 0xff00) | value;
        else this.#transmit(value);
        break;
      case 1:
        if (isDivisor) f.divisor = (f.divisor & 0x00ff) | (value << 8);
        else this.#writeIer(value);
        break;
      case 2:
        this.#writeFcr(value);
        break;
      case 3:
        this.#writeLcr(value);
        break;
      case 4:
        this.#changeInputs(() => {
          f.mcr = value & 0x1f;
        });
        break;
      case 7:
        f.scratch = value;
        break;
      default: // LSR and MSR are for reading
    }
    this.#updateIrq();
    if (offset === 2 || offset === 4) this.#backend.acceptInput();
  }

  /**
   * THR is empty again at once, so its interrupt is pending again at once. The host's end takes whole bytes whatever the word
   * length: code that never had firmware before it writes letters while LCR still says five bits.
   */
  #transmit(value: number): void {
    this.#fields.isTxEmptyPending = true;
    if (this.#isLoop()) this.#push(value & this.#dataMask());
    else this.#backend.write(value);
  }

  /** Enabling the transmitter-empty interrupt while THR is empty raises it: drivers start sending that way. */
  #writeIer(value: number): void {
    const f = this.#fields;
    if ((value & ~f.ier & IER_THRE) !== 0) f.isTxEmptyPending = true;
    f.ier = value & 0x0f;
  }

  /** Changing the enable bit empties both FIFOs; bits 1 and 2 clear themselves. */
  #writeFcr(value: number): void {
    const f = this.#fields;
    const isToggled = ((value ^ f.fcr) & FCR_ENABLE) !== 0;
    if (isToggled || (value & (FCR_ENABLE | FCR_CLEAR_RX)) === (FCR_ENABLE | FCR_CLEAR_RX)) this.#fifo = [];
    // "Bit 0 must be a 1 when other FCR bits are written to or they will not be programmed."
    f.fcr = (value & FCR_ENABLE) === 0 ? 0 : value & 0xc9;
    this.#restartTimeout();
  }

  #writeLcr(value: number): void {
    const f = this.#fields;
    const isBreak = (value & LCR_BREAK) !== 0;
    const hasChanged = ((value ^ f.lcr) & LCR_BREAK) !== 0;
    f.lcr = value;
    if (!hasChanged) return;
    if (!this.#isLoop()) this.#backend.setBreak?.(isBreak);
    else if (isBreak) this.#push(LSR_BI << ERROR_SHIFT);
  }

  #registerTable(): RegisterTable {
    const f = this.#fields;
    const iir = (): number => this.#iir() | (this.#hasFifos() ? IIR_FIFOS : 0);
    return registerTable('PC16550D, 8.0', [
      ['RBR', 0, 'ro', 1, 'receiver buffer', () => (this.#fifo[0] ?? 0) & 0xff],
      ['IER', 1, 'rw', 1, 'interrupt enable', () => f.ier, 'ERBFI ETBEI ELSI EDSSI'],
      ['IIR', 2, 'ro', 1, 'interrupt identification', iir, 'IPN ID:3 - - FIFOS:2'],
      ['FCR', 2, 'wo', 1, 'FIFO control', () => f.fcr, 'ENABLE RFR XFR DMA - - TRIG:2'],
      ['LCR', 3, 'rw', 1, 'line control', () => f.lcr, 'WLS:2 STB PEN EPS SP SB DLAB'],
      ['MCR', 4, 'rw', 1, 'modem control', () => f.mcr, 'DTR RTS OUT1 OUT2 LOOP'],
      ['LSR', 5, 'ro', 1, 'line status', () => this.#lsr(), 'DR OE PE FE BI THRE TEMT ERR'],
      ['MSR', 6, 'ro', 1, 'modem status', () => this.#inputs() | f.deltas, 'DCTS DDSR TERI DDCD CTS DSR RI DCD'],
      ['SCR', 7, 'rw', 1, 'scratchpad', () => f.scratch],
      ['DL', 0, 'rw', 2, 'divisor latches (DLAB)', () => f.divisor],
    ]);
  }
}
