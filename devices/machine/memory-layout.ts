// What the CPU sees at each physical address: RAM below the VGA hole and from 1 MB, the ROM under 4 GB, and the 256 KB from
// 0xC0000 where the host bridge's PAM registers choose between RAM and ROM, for reads and writes apart (82441FX, 3.2.18).
// Without a ROM the 64 KB from 0xF0000 are RAM whatever PAM says: the tables that firmware would have left there.
import type { GuestMemory } from '../memory.ts';
import { allOnes, type Width } from '../device.ts';
import type { Core } from './core.ts';
import { ONE_MEGABYTE } from './load/boot-plan.ts';
import { lowRomBytes } from './load/rom.ts';

const CONVENTIONAL_BYTES = 0xa0000;
const FOUR_GIGABYTES = 2 ** 32;
const PAM_BASE = 0xc0000;
const PAM_READ = 1;
const PAM_WRITE = 2;
const BIOS_BASE = 0xf0000;
const SEGMENT_BYTES = 0x4000;
/** 12 segments of 16 KB from 0xC0000, and one of 64 KB. */
const SEGMENTS = 13;

interface Segment {
  readonly start: number;
  readonly end: number;
}

const segments: readonly Segment[] = Array.from({ length: SEGMENTS }, (_, index) => {
  const start = PAM_BASE + index * SEGMENT_BYTES;
  return { start, end: start === BIOS_BASE ? ONE_MEGABYTE : start + SEGMENT_BYTES };
});

export class MemoryLayout {
  readonly #core: Core;
  readonly #memory: GuestMemory;
  readonly #rom: Uint8Array | null;
  /** First address below 1 MB that the ROM shows at. */
  readonly #romStart: number;
  #pam: readonly number[] = [];

  constructor(core: Core, memory: GuestMemory, rom: Uint8Array | null) {
    this.#core = core;
    this.#memory = memory;
    this.#rom = rom;
    this.#romStart = ONE_MEGABYTE - (rom === null ? 0 : lowRomBytes(rom.length));
    core.mapRam(0, Math.min(CONVENTIONAL_BYTES, core.ramBytes));
    if (core.ramBytes > ONE_MEGABYTE) core.mapRam(ONE_MEGABYTE, core.ramBytes);
    if (rom === null) {
      core.mapRam(BIOS_BASE, ONE_MEGABYTE);
    } else {
      core.setRom(rom);
      core.mapRom(FOUR_GIGABYTES - rom.length, 0, rom.length);
    }
  }

  /** PAM0 holds the segment at 0xF0000 in its upper half, PAM1 to PAM6 two segments each, the lower one in the lower half. */
  setPam(registers: readonly number[]): void {
    const attributes = segments.map((_, index) => {
      if (index === SEGMENTS - 1) return ((registers[0] ?? 0) >> 4) & 3;
      return ((registers[1 + (index >> 1)] ?? 0) >> (index % 2 === 0 ? 0 : 4)) & 3;
    });
    segments.forEach((segment, index) => {
      if (attributes[index] !== this.#pam[index]) this.#mapSegment(segment, attributes[index] ?? 0);
    });
    this.#pam = attributes;
  }

  #mapSegment({ start, end }: Segment, attributes: number): void {
    if (this.#rom === null && start === BIOS_BASE) return;
    if ((attributes & PAM_READ) !== 0) this.#core.mapRam(start, end, (attributes & PAM_WRITE) !== 0);
    else if (attributes === 0 && start >= this.#romStart) this.#core.mapRom(start, this.#romOffset(start), end - start);
    // Reads of the ROM with writes to RAM, or nothing at all: through read and write below.
    else this.#core.unmap(start, end);
  }

  /**
   * A read that the core has no memory for: null if this is no place for memory. Kernels look for option ROMs from 0xC0000 on;
   * an empty place reads as all ones, and nothing is missing there.
   */
  read(address: number, width: Width): number | null {
    if (address < PAM_BASE || address + width > ONE_MEGABYTE) return null;
    const rom = this.#rom;
    if (rom === null || address < this.#romStart) return allOnes(width);
    let value = 0;
    for (let at = width - 1; at >= 0; at -= 1) value = value * 256 + (rom[this.#romOffset(address + at)] ?? 0xff);
    return value;
  }

  /** False if this is no place for memory. */
  write(address: number, width: Width, value: number): boolean {
    if (address < PAM_BASE || address + width > ONE_MEGABYTE) return false;
    const index = segments.findIndex(({ start, end }) => address >= start && address < end);
    // A write to a ROM, or to nothing, changes nothing.
    if (((this.#pam[index] ?? 0) & PAM_WRITE) === 0) return true;
    for (let at = 0; at < width; at += 1) this.#memory.write8(address + at, (value >>> (8 * at)) & 0xff);
    return true;
  }

  #romOffset(address: number): number {
    return (this.#rom?.length ?? 0) - (ONE_MEGABYTE - address);
  }
}
