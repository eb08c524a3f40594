// Guest RAM as devices see it (DMA, loaders, firmware): a window of bytes at guest physical address 0.
// Not here: ROM, the VGA hole and memory-mapped registers; a DMA access reaches RAM or nothing.

/** Told of every write, so that decoded and compiled code of the bytes can be thrown away. */
export type WriteHook = (address: number, length: number) => void;

export class GuestMemory {
  onWrite: WriteHook;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(bytes: Uint8Array, onWrite: WriteHook = () => {}) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.onWrite = onWrite;
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Another window of the same RAM: a wasm memory that has grown leaves the old one detached. */
  attach(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads outside of RAM answer all ones, as an undriven bus does. */
  read8(address: number): number {
    return this.#bytes[address] ?? 0xff;
  }

  read16(address: number): number {
    if (this.#holds(address, 2)) return this.#view.getUint16(address, true);
    return this.read8(address) | (this.read8(address + 1) << 8);
  }

  read32(address: number): number {
    if (this.#holds(address, 4)) return this.#view.getUint32(address, true);
    return (this.read16(address) | (this.read16(address + 2) << 16)) >>> 0;
  }

  /** Writes outside of RAM go nowhere. */
  write8(address: number, value: number): void {
    if (!this.#holds(address, 1)) return;
    this.#bytes[address] = value;
    this.onWrite(address, 1);
  }

  write16(address: number, value: number): void {
    if (!this.#holds(address, 2)) {
      this.write8(address, value);
      this.write8(address + 1, value >>> 8);
      return;
    }
    this.#view.setUint16(address, value, true);
    this.onWrite(address, 2);
  }

  write32(address: number, value: number): void {
    if (!this.#holds(address, 4)) {
      this.write16(address, value);
      this.write16(address + 2, value >>> 16);
      return;
    }
    this.#view.setUint32(address, value, true);
    this.onWrite(address, 4);
  }

  /** A copy; bytes outside of RAM are 0xFF. */
  readBytes(address: number, length: number): Uint8Array {
    const copy = new Uint8Array(length).fill(0xff);
    const start = Math.max(address, 0);
    const end = Math.min(address + length, this.size);
    if (start < end) copy.set(this.#bytes.subarray(start, end), start - address);
    return copy;
  }

  /** What does not fit into RAM is dropped. */
  writeBytes(address: number, bytes: Uint8Array): void {
    const start = Math.max(address, 0);
    const end = Math.min(address + bytes.length, this.size);
    if (start >= end) return;
    this.#bytes.set(bytes.subarray(start - address, end - address), start);
    this.onWrite(start, end - start);
  }

  fill(address: number, length: number, value: number): void {
    const start = Math.max(address, 0);
    const end = Math.min(address + length, this.size);
    if (start >= end) return;
    this.#bytes.fill(value, start, end);
    this.onWrite(start, end - start);
  }

  #holds(address: number, length: number): boolean {
    return Number.isInteger(address) && address >= 0 && address + length <= this.#bytes.length;
  }
}
