/**
 * The core for tests of single instructions: assembled code in one of the CPU's modes, registers and memory by name, and an
 * exception ends the run before it is delivered. RAM is mapped at its physical addresses, or by page tables where a test
 * asks for holes.
 */
import { CR0_PE, CR0_PG, CR0_WP, FLAG_VM } from '../../assembly/shared/register-bits.ts';
import { EXIT_EXCEPTION } from '../../assembly/shared/exit.ts';
import * as S from '../../assembly/shared/state.ts';
import { assemble } from '../../devices/asm/assemble.ts';
import { readRows } from '../../scripts/generate/read-rows.ts';
import { createCore, type Core, type CoreExports } from '../silicon/core.ts';

export type Mode = 'real' | 'virtual-8086' | 'ring 0' | 'ring 3';
export type Register = (typeof NAMES)[number];

const NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
const RAM_BYTES = 0x80000;
const PAGE = 0x1000;
/** Page directory and the one page table, which maps the first 4 MB. */
const DIRECTORY = RAM_BYTES - 2 * PAGE;
const TABLE = RAM_BYTES - PAGE;
/** Where code is put, in every mode: CS has base 0. */
export const CODE = 0x1000;
/** Present, DPL 0 or 3, code or data, accessed; G and D/B for the flat ones. */
const ACCESS = { code: 0x9b, data: 0x93 };
const DPL3 = 0x60;
const FLAT = 0xc000;
const MODE_OF_CPL = { real: 0, 'virtual-8086': 3, 'ring 0': 0, 'ring 3': 3 };

type Exports = CoreExports & {
  setSegment(cpu: number, n: number, selector: number, base: bigint, limit: number, attributes: number): void;
};

const rows = readRows();

export interface Stop {
  /** null: no exception. */
  readonly vector: number | null;
  readonly errorCode: number;
}

export class IsaMachine {
  readonly #core: Core = createCore(RAM_BYTES);
  readonly memory: Uint8Array;
  #eip = CODE;

  constructor() {
    this.#exports.mapRam(0, RAM_BYTES / PAGE, this.#core.ram);
    this.memory = this.#core.bytes.subarray(this.#core.ram, this.#core.ram + RAM_BYTES);
  }

  get #exports(): Exports {
    return this.#core.exports as Exports;
  }

  #u32(offset: number, value: number): void {
    this.#core.view.setUint32(this.#core.cpu + offset, value >>> 0, true);
  }

  /** A fresh CPU in `mode` with zeroed memory. In the 16-bit modes all segments have base 0 and 64 KB. */
  enter(mode: Mode, flags = 0, cr4 = 0): void {
    const { cpu } = this.#core;
    this.memory.fill(0);
    this.#exports.reset(cpu);
    const wide = mode === 'ring 0' || mode === 'ring 3';
    this.#u32(S.STATE_CR0, mode === 'real' ? 0x10 : CR0_PE | 0x10);
    this.#u32(S.STATE_CR4, cr4);
    const cpl = MODE_OF_CPL[mode];
    this.#u32(S.STATE_CPL, cpl);
    this.#u32(S.STATE_TLB, cpu + (cpl === 3 ? S.TLB_USER : S.TLB_SUPERVISOR));
    for (let n: number = S.ES; n <= S.GS; n++) this.segment(n, wide ? 0xffffffff : 0xffff, cpl, wide);
    this.#exports.setFlags(cpu, flags | 2 | (mode === 'virtual-8086' ? FLAG_VM : 0));
    this.#u32(S.STATE_INTERCEPT, 1);
    for (let word = 0; word < 3; word++) this.#exports.setFeatures(cpu, word, 0xffffffff);
    this.#exports.remapped(cpu);
  }

  segment(n: number, limit: number, cpl = 0, wide = true): void {
    const type = (n === S.CS && wide ? ACCESS.code : ACCESS.data) | (cpl === 3 ? DPL3 : 0);
    this.#exports.setSegment(this.#core.cpu, n, wide ? n * 8 + cpl : 0, 0n, limit, type | (wide ? FLAT : 0));
  }

  /** Paging with linear = physical, but for the pages that are not there. */
  unmap(...holes: readonly number[]): void {
    const view = new DataView(this.memory.buffer, this.memory.byteOffset);
    view.setUint32(DIRECTORY, TABLE | 7, true);
    for (let page = 0; page < 1024; page++) view.setUint32(TABLE + page * 4, (page * PAGE) | 7, true);
    for (const hole of holes) view.setUint32(TABLE + (hole / PAGE) * 4, 0, true);
    this.#u32(S.STATE_CR3, DIRECTORY);
    this.#u32(S.STATE_CR0, CR0_PE | 0x10 | CR0_WP | CR0_PG);
    this.#exports.remapped(this.#core.cpu);
  }

  load(source: string, bits: 16 | 32): void {
    const { bytes } = assemble(`bits ${bits}\norg ${CODE}\n${source}\n`, { rows });
    this.memory.set(bytes, CODE);
    this.#eip = CODE;
    this.eip = CODE;
  }

  /** Length of what load() was given, from where a single instruction ends. */
  get advanced(): number {
    return this.eip - this.#eip;
  }

  /** Executes at most `count` instructions. */
  run(count = 1): Stop {
    const exit = this.#exports.run(this.#core.cpu, count);
    if (exit !== EXIT_EXCEPTION) return { vector: null, errorCode: 0 };
    const at = this.#core.cpu + S.STATE_EXIT_DETAIL;
    return { vector: this.#core.view.getUint32(at, true), errorCode: this.#core.view.getUint32(at + 4, true) };
  }

  get(name: Register): number {
    return this.#core.view.getUint32(this.#core.cpu + S.STATE_GPR + NAMES.indexOf(name) * S.GPR_SIZE, true);
  }

  set(values: Partial<Record<Register, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const offset = S.STATE_GPR + NAMES.indexOf(name as Register) * S.GPR_SIZE;
      this.#core.view.setBigUint64(this.#core.cpu + offset, BigInt(value >>> 0), true);
    }
  }

  get eip(): number {
    return this.#core.view.getUint32(this.#core.cpu + S.STATE_RIP, true);
  }

  set eip(value: number) {
    this.#core.view.setBigUint64(this.#core.cpu + S.STATE_RIP, BigInt(value), true);
  }

  get cr2(): number {
    return this.#core.view.getUint32(this.#core.cpu + S.STATE_CR2, true);
  }

  get flags(): number {
    return this.#exports.getFlags(this.#core.cpu);
  }

  get instructions(): number {
    return Number(this.#core.view.getBigUint64(this.#core.cpu + S.STATE_COUNT, true));
  }

  get16(address: number): number {
    return new DataView(this.memory.buffer, this.memory.byteOffset).getUint16(address, true);
  }

  get32(address: number): number {
    return new DataView(this.memory.buffer, this.memory.byteOffset).getUint32(address, true);
  }

  set16(address: number, value: number): void {
    new DataView(this.memory.buffer, this.memory.byteOffset).setUint16(address, value, true);
  }

  set32(address: number, value: number): void {
    new DataView(this.memory.buffer, this.memory.byteOffset).setUint32(address, value, true);
  }
}
