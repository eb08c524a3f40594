/**
 * The guest's physical memory for single-instruction cases: system tables, page tables that map exactly what was mapped
 * when a case was recorded, and the pages themselves. Everything else raises #PF with "not present".
 *
 * PAE or 4-level paging with NX, because the recordings come from such tables: data is not executable, and a fetch
 * fault's error code has the I/D bit. The tables of the system are mapped for the supervisor only, far from any address
 * that cases use. Linear addresses are signed numbers: the upper half of the 64-bit ones is negative.
 */
import type { Core } from './core.ts';

export const PAGE = 0x1000;
/** Linear address of the system area, and what lies where in it (physical addresses from 0). */
export const SYSTEM = 0xe0000000;
export const LONG_SYSTEM = -0x7000_0000_0000;
export const GDT_AT = 0x1000;
export const LDT_AT = 0x2000;
export const IDT_AT = 0x3000;
export const TSS_AT = 0x4000;
export const STACK_TOP = 0x6000;
export const CODE_AT = 0x6000;
const SYSTEM_PAGES = 8;
export const SYSTEM_SIZE = SYSTEM_PAGES * PAGE;
/** The PDPT of PAE paging or the PML4; then what is allocated. */
const ROOT = 0x8000;
const FIRST_FREE = 0x9000;

const PRESENT = 1n;
const WRITABLE = 2n;
const USER = 4n;
const ACCESSED = 0x20n;
const ACCESSED_DIRTY = 0x60n;
const NX = 1n << 63n;

export interface MappedRegion {
  readonly address: number;
  readonly size: number;
  readonly access: 'rx' | 'rw' | 'r' | 'rwx';
  readonly bytes: Uint8Array;
}

export class AddressSpace {
  readonly core: Core;
  readonly regions: MappedRegion[] = [];
  readonly #long: boolean;
  readonly #physical = new Map<MappedRegion, number>();
  #free = FIRST_FREE;

  constructor(core: Core, regions: readonly MappedRegion[], long: boolean) {
    this.core = core;
    this.#long = long;
    // the four entries of a PDPT are loaded by MOV CR3 and have few bits (SDM vol. 3A, 4.4.1)
    for (let i = 0; i < 4 && !long; i++) this.#write64(ROOT + i * 8, BigInt(this.#allocate(1)) | PRESENT);
    for (let i = 0; i < SYSTEM_PAGES; i++) this.mapSystemPage(this.system + i * PAGE, i * PAGE);
    for (const region of regions) this.#addRegion(region);
  }

  get cr3(): number {
    return ROOT;
  }

  /** Linear address of the system area. */
  get system(): number {
    return this.#long ? LONG_SYSTEM : SYSTEM;
  }

  #write64(physical: number, value: bigint): void {
    this.core.view.setBigUint64(this.core.ram + physical, value, true);
  }

  #read64(physical: number): bigint {
    return this.core.view.getBigUint64(this.core.ram + physical, true);
  }

  #allocate(pages: number): number {
    const at = this.#free;
    this.#free += pages * PAGE;
    return at;
  }

  /** Maps one page, tables below it where there are none. */
  map(linear: number, physical: number, bits: bigint): void {
    const address = BigInt.asUintN(64, BigInt(linear));
    let table = ROOT;
    for (let shift = this.#long ? 39n : 30n; shift >= 12n; shift -= 9n) {
      const entry = table + Number((address >> shift) & 0x1ffn) * 8;
      if (shift === 12n) return this.#write64(entry, BigInt(physical) | bits);
      if (this.#read64(entry) === 0n)
        this.#write64(entry, BigInt(this.#allocate(1)) | PRESENT | WRITABLE | USER | ACCESSED);
      table = Number(this.#read64(entry) & 0xffff000n);
    }
  }

  unmap(linear: number): void {
    this.map(linear, 0, 0n);
  }

  mapSystemPage(linear: number, physical: number): void {
    this.map(linear, physical, PRESENT | WRITABLE | ACCESSED_DIRTY);
  }

  #addRegion(region: MappedRegion): void {
    const physical = this.#allocate(region.size / PAGE);
    const rights =
      PRESENT |
      USER |
      ACCESSED_DIRTY |
      (region.access.includes('w') ? WRITABLE : 0n) |
      (region.access.includes('x') ? 0n : NX);
    for (let at = 0; at < region.size; at += PAGE) this.map(region.address + at, physical + at, rights);
    this.regions.push(region);
    this.#physical.set(region, physical);
  }

  /** Host address of a region's first byte. */
  #at(r: MappedRegion): number {
    return this.core.ram + (this.#physical.get(r) as number);
  }

  /** Everything as recorded, the case's own bytes over it; `bytes` may reach beyond the mapped pages. */
  fill(patches: readonly { readonly address: number; readonly bytes: Uint8Array }[]): void {
    for (const r of this.regions) this.core.bytes.set(r.bytes, this.#at(r));
    for (const p of patches) this.#copy(p.address, p.bytes);
    for (const r of this.regions) this.core.exports.invalidate(this.core.cpu, this.#at(r) - this.core.ram, r.size);
  }

  #copy(address: number, bytes: Uint8Array): void {
    for (const r of this.regions) {
      const start = Math.max(address, r.address);
      const end = Math.min(address + bytes.length, r.address + r.size);
      if (start >= end) continue;
      this.core.bytes.set(bytes.subarray(start - address, end - address), this.#at(r) + start - r.address);
    }
  }

  /** Copy of a region's bytes as they are now. */
  contents(r: MappedRegion): Uint8Array {
    const at = this.#at(r);
    return this.core.bytes.slice(at, at + r.size);
  }
}
