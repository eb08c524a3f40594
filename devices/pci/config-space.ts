// The 256 bytes of configuration space of a PCI function (PCI Local Bus Specification 2.1, chapter 6): what is writable, what is
// cleared by writing 1, and base address registers with their sizing.
import { assert, type Region, type Space, type Width } from '../device.ts';

export const VENDOR_ID = 0x00;
export const DEVICE_ID = 0x02;
export const COMMAND = 0x04;
export const STATUS = 0x06;
export const REVISION_ID = 0x08;
export const CLASS_CODE = 0x09;
export const HEADER_TYPE = 0x0e;
export const BAR0 = 0x10;
export const SUBSYSTEM_VENDOR_ID = 0x2c;
export const INTERRUPT_LINE = 0x3c;
export const INTERRUPT_PIN = 0x3d;
export const COMMAND_IO = 0x0001;
export const COMMAND_MEMORY = 0x0002;
const SIZE = 256;
/** Types of a memory BAR (6.2.5.1): anywhere in 64 bits, the upper 32 of them in the next register; reads without side effects. */
const BAR_IO = 0x1;
const BAR_MEMORY_64 = 0x4;
const BAR_PREFETCHABLE = 0x8;
const BARS = 6;
const FOUR_GIGABYTES = 2 ** 32;
/** Physical addresses have at most 52 bits (SDM vol. 3A 4.1.4): beyond, no CPU reaches a BAR. */
const PHYSICAL_END = 2 ** 52;

export interface Identity {
  readonly vendor: number;
  readonly device: number;
  readonly revision: number;
  /** Base class, sub-class and programming interface: 0x060000 is a host bridge. */
  readonly classCode: number;
  readonly isMultiFunction?: boolean;
  /** 1 to 4 for INTA# to INTD#, 0 for none. */
  readonly interruptPin?: number;
}

export interface Bar {
  /** 0 to 5. */
  readonly index: number;
  readonly space: Space;
  /** A power of two, at least 4 ports or 16 bytes of memory. */
  readonly size: number;
  /** Memory only: a 64-bit address, in this BAR and the next. */
  readonly is64Bit?: boolean;
  readonly isPrefetchable?: boolean;
  /** What appears at the address that the guest chose. */
  readonly regionAt: (base: number) => Region;
}

/** Puts a region onto the bus or takes it away. */
export interface BarMapper {
  map(region: Region): boolean;
  unmap(region: Region): void;
}

interface MappedBar {
  readonly bar: Bar;
  region: Region | null;
}

export class ConfigSpace {
  /** Called after a write with the lowest offset and the length written. */
  onWrite: (offset: number, length: number) => void = () => {};
  readonly bytes = new Uint8Array(SIZE);
  readonly #writable = new Uint8Array(SIZE);
  readonly #clearedByOne = new Uint8Array(SIZE);
  readonly #initial = new Uint8Array(SIZE);
  readonly #bars: MappedBar[] = [];
  #mapper: BarMapper | null = null;

  constructor(identity: Identity) {
    this.set(VENDOR_ID, 2, identity.vendor);
    this.set(DEVICE_ID, 2, identity.device);
    this.set(REVISION_ID, 1, identity.revision);
    this.set(CLASS_CODE, 1, identity.classCode & 0xff);
    this.set(CLASS_CODE + 1, 2, identity.classCode >> 8);
    this.set(HEADER_TYPE, 1, identity.isMultiFunction === true ? 0x80 : 0);
    this.set(INTERRUPT_PIN, 1, identity.interruptPin ?? 0);
    if (identity.interruptPin !== undefined) this.allow(INTERRUPT_LINE, 1, 0xff);
  }

  /** Gives a register its value at reset and, if said, the bits that software may change. */
  set(offset: number, width: Width, value: number, writable = 0): void {
    put(this.#initial, offset, width, value);
    put(this.bytes, offset, width, value);
    if (writable !== 0) this.allow(offset, width, writable);
  }

  allow(offset: number, width: Width, mask: number): void {
    put(this.#writable, offset, width, mask);
  }

  /** Status bits that a written 1 clears. */
  clearByOne(offset: number, width: Width, mask: number): void {
    put(this.#clearedByOne, offset, width, mask);
  }

  addBar(bar: Bar): void {
    const offset = BAR0 + 4 * bar.index;
    const isWide = bar.is64Bit === true;
    assert(bar.index + (isWide ? 1 : 0) < BARS, 'a BAR does not fit into the six registers');
    assert(isWide ? bar.space === 'mmio' : bar.size < FOUR_GIGABYTES, 'a BAR is too large, or has too many bits');
    // The bits below the size are zero and cannot be written: that is how software finds the size.
    const span = bar.size - 1;
    this.set(offset, 4, typeBits(bar), ~(span % FOUR_GIGABYTES));
    if (isWide) this.set(offset + 4, 4, 0, ~Math.floor(span / FOUR_GIGABYTES));
    const command = get(this.#writable, COMMAND, 2) | (bar.space === 'pio' ? COMMAND_IO : COMMAND_MEMORY);
    this.allow(COMMAND, 2, command);
    this.#bars.push({ bar, region: null });
  }

  connect(mapper: BarMapper): void {
    this.#mapper = mapper;
    this.#mapBars();
  }

  reset(): void {
    this.bytes.set(this.#initial);
    this.#mapBars();
  }

  load(bytes: Uint8Array): void {
    this.bytes.set(bytes);
    this.#mapBars();
  }

  read(offset: number, width: Width): number {
    return get(this.bytes, offset, width);
  }

  write(offset: number, width: Width, value: number): void {
    for (let at = 0; at < width; at += 1) {
      const index = (offset + at) & (SIZE - 1);
      const byte = (value >>> (8 * at)) & 0xff;
      const old = this.bytes[index] ?? 0;
      const writable = this.#writable[index] ?? 0;
      const cleared = byte & (this.#clearedByOne[index] ?? 0);
      this.bytes[index] = ((old & ~writable) | (byte & writable)) & ~cleared;
    }
    this.#mapBars();
    this.onWrite(offset, width);
  }

  /** Follows the addresses in the BARs and the decoding bits of the command register. */
  #mapBars(): void {
    if (this.#mapper === null) return;
    for (const mapped of this.#bars) {
      const base = this.#baseOf(mapped.bar);
      if (base === (mapped.region?.base ?? null)) continue;
      if (mapped.region !== null) this.#mapper.unmap(mapped.region);
      mapped.region = null;
      if (base === null) continue;
      const region = mapped.bar.regionAt(base);
      if (this.#mapper.map(region)) mapped.region = region;
    }
  }

  /** Where the BAR decodes now. Address 0 means "not assigned"; while all ones are in it, software is finding its size. */
  #baseOf(bar: Bar): number | null {
    const decodes = this.read(COMMAND, 2) & (bar.space === 'pio' ? COMMAND_IO : COMMAND_MEMORY);
    const low = this.read(BAR0 + 4 * bar.index, 4);
    const high = bar.is64Bit === true ? this.read(BAR0 + 4 * bar.index + 4, 4) : 0;
    const mask = ~((bar.size - 1) % FOUR_GIGABYTES) >>> 0;
    const base = ((low & mask) >>> 0) + high * FOUR_GIGABYTES;
    if (decodes === 0 || base === 0 || base + bar.size > endOfSpace(bar)) return null;
    return bar.is64Bit !== true && base === mask ? null : base;
  }
}

function get(bytes: Uint8Array, offset: number, width: Width): number {
  let value = 0;
  for (let at = width - 1; at >= 0; at -= 1) value = value * 256 + (bytes[(offset + at) & (SIZE - 1)] ?? 0);
  return value;
}

function put(bytes: Uint8Array, offset: number, width: Width, value: number): void {
  for (let at = 0; at < width; at += 1) bytes[offset + at] = (value >>> (8 * at)) & 0xff;
}

function typeBits(bar: Bar): number {
  if (bar.space === 'pio') return BAR_IO;
  return (bar.is64Bit === true ? BAR_MEMORY_64 : 0) | (bar.isPrefetchable === true ? BAR_PREFETCHABLE : 0);
}

function endOfSpace(bar: Bar): number {
  if (bar.space === 'pio') return 0x10000;
  return bar.is64Bit === true ? PHYSICAL_END : FOUR_GIGABYTES;
}
