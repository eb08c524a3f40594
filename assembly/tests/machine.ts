/**
 * The core with a megabyte of RAM and nothing around it, for tests of privileged behaviour: flat physical memory, tables at
 * fixed places, a HLT for each vector, programs in assembly language. Tests set a state, run a few instructions and look.
 */
import { readFileSync } from 'node:fs';
import { assemble } from '../../devices/asm/assemble.ts';
import { CompiledModules, type CompilerFigures } from '../../devices/machine/compiled-modules.ts';
import { stopAtDivergence } from '../../devices/machine/lockstep-report.ts';
import { readRows } from '../../scripts/generate/read-rows.ts';
import { accelerate, type Acceleration, type Accelerator } from '../../tests/silicon/acceleration.ts';
import { LAPIC_BASE_MSR } from '../shared/lapic-state.ts';
import { MEMORY_RAM_BASE } from '../shared/memory-map.ts';
import { CR0_ET, CR0_PE, CR0_PG, FLAG_IF, FLAG_VM } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';

const RAM_BYTES = 0x100000;
const WASM_PAGE = 0x10000;
const PAGE = 0x1000;

export const GDT = 0x1000;
export const LDT = 0x2000;
export const IDT = 0x3000;
export const TSS = 0x4000;
export const TSS2 = 0x4800;
export const CODE = 0x8000;
/** Handler of vector n: a HLT at HANDLERS + n. */
export const HANDLERS = 0x9000;
export const STACK = 0xb000;
export const STACK0 = 0xc800;
export const STACK1 = 0xd800;
export const DATA = 0xe000;
/** By STATE_MODE. */
const CODE_BITS = [16, 32, 64] as const;
const PAGE_DIRECTORY = 0x20000;
const PAGE_TABLE = 0x21000;

/** Selectors of the standard GDT. */
export const CODE0 = 0x08;
export const DATA0 = 0x10;
export const CODE3 = 0x1b;
export const DATA3 = 0x23;
export const TSS_SELECTOR = 0x28;
export const TSS2_SELECTOR = 0x30;
export const LDT_SELECTOR = 0x38;
export const CONFORMING = 0x40;
export const CODE0_16 = 0x48;
export const DATA0_16 = 0x50;
export const CODE1 = 0x59;
export const DATA1 = 0x61;
/** First slot that tests fill themselves. */
export const FREE = 0x80;

const ACCESS_CODE = 0x9a;
const ACCESS_DATA = 0x92;

export interface Descriptor {
  readonly base?: number;
  readonly limit?: number;
  /** Byte 5: P, DPL, S, type. */
  readonly access: number;
  /** G, D/B, L, AVL; 0xC: 4 KB units, 32 bits. */
  readonly flags?: number;
}

interface Exports extends Acceleration {
  createVcpu(index: number): number;
  reset(cpu: number): void;
  architecturalState(cpu: number): number;
  mapRam(firstPage: number, pages: number, host: number): void;
  remapped(cpu: number): void;
  setFeatures(cpu: number, word: number, bits: number): void;
  invalidate(cpu: number, physical: number, bytes: number): void;
  run(cpu: number, budget: number): number;
  setTime(cpu: number, ns: number): void;
  nextDeadline(cpu: number): number;
  setIntr(cpu: number, level: number): void;
  raiseNmi(cpu: number): void;
  apicDeliver(d: number, logical: number, vector: number, mode: number, trigger: number, level: number): number;
  getFlags(cpu: number): number;
  setFlags(cpu: number, flags: number): void;
  setSegment(cpu: number, n: number, selector: number, base: bigint, limit: number, attributes: number): void;
  modeChanged(cpu: number): void;
  translate(cpu: number, linear: bigint, access: number): number;
  setSeed(cpu: number, low: number, high: number): void;
}

interface WebAssemblyApi {
  readonly Memory: new (d: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
const rows = readRows();
const wasm = new WebAssembly.Module(readFileSync(process.env['VITRINE_CORE'] ?? 'build/core.wasm'));

export interface PortAccess {
  readonly port: number;
  readonly width: number;
  readonly value?: number;
}

export class Machine {
  readonly core: Exports;
  readonly cpu: number;
  readonly view: DataView;
  readonly #bytes: Uint8Array;
  readonly #compiled: CompiledModules;
  /** Sees a compiled module before it is made. */
  beforeInstall: (module: Uint8Array) => void = () => {};
  /** What the guest did to the outside. */
  readonly ports: PortAccess[] = [];
  readonly unknownMsrs: number[] = [];
  readonly endOfInterrupts: number[] = [];
  portValue = 0;
  picVector = 0x20;

  /** Code runs as `accelerator` says; by itself the interpreter runs it. */
  constructor(accelerator: Accelerator = 'interp') {
    const pages = (MEMORY_RAM_BASE + RAM_BYTES) / WASM_PAGE;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.core = new WebAssembly.Instance(wasm, { env: { memory, ...this.#imports() } }).exports as Exports;
    this.#compiled = new CompiledModules(memory as unknown as ConstructorParameters<typeof CompiledModules>[0]);
    this.#compiled.bind(this.core as unknown as Record<string, unknown>);
    this.view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.cpu = this.core.createVcpu(0);
    accelerate(this.core, this.cpu, accelerator);
    this.core.mapRam(0, RAM_BYTES / PAGE, MEMORY_RAM_BASE);
    this.core.remapped(this.cpu);
    for (let vector = 0; vector < 256; vector++) this.write8(HANDLERS + vector, 0xf4);
  }

  #imports(): Record<string, (...args: number[]) => number | void> {
    return {
      portIn: (port = 0, width = 0) => {
        this.ports.push({ port, width });
        return this.portValue;
      },
      portOut: (port = 0, width = 0, value = 0) => void this.ports.push({ port, width, value }),
      mmioRead: () => -1,
      mmioWrite: () => undefined,
      acknowledgeInterrupt: () => {
        this.core.setIntr(this.cpu, 0);
        return this.picVector;
      },
      apicEoi: (vector = 0) => void this.endOfInterrupts.push(vector),
      ferr: () => undefined,
      unimplemented: (kind = 0, a = 0) => {
        if (kind < 3) this.unknownMsrs.push(a);
      },
      systemEvent: () => undefined,
      installModule: (address = 0, bytes = 0, count = 0, first = 0) => {
        this.beforeInstall(new Uint8Array(this.view.buffer, address, bytes));
        return this.#compiled.install(address, bytes, count, first);
      },
      dropModule: (index = 0, count = 0) => this.#compiled.drop(index, count),
      dropModules: () => this.#compiled.dropAll(),
      divergence: () => stopAtDivergence(this.view.buffer, MEMORY_RAM_BASE),
    };
  }

  /** What the compiler has made. */
  get compiler(): CompilerFigures {
    return this.#compiled.figures;
  }

  // ── Memory ─────────────────────────────────────────────────────────────────────────────────────────────────────
  read8(at: number): number {
    return this.view.getUint8(MEMORY_RAM_BASE + at);
  }
  read16(at: number): number {
    return this.view.getUint16(MEMORY_RAM_BASE + at, true);
  }
  read32(at: number): number {
    return this.view.getUint32(MEMORY_RAM_BASE + at, true);
  }
  write8(at: number, v: number): void {
    this.view.setUint8(MEMORY_RAM_BASE + at, v);
  }
  write16(at: number, v: number): void {
    this.view.setUint16(MEMORY_RAM_BASE + at, v, true);
  }
  write32(at: number, v: number): void {
    this.view.setUint32(MEMORY_RAM_BASE + at, v >>> 0, true);
  }

  // ── Registers ──────────────────────────────────────────────────────────────────────────────────────────────────
  get32(offset: number): number {
    return this.view.getUint32(this.cpu + offset, true);
  }
  set32(offset: number, v: number): void {
    this.view.setUint32(this.cpu + offset, v >>> 0, true);
  }
  /** A control or general register, of which the upper half is 0. */
  set64(offset: number, v: number): void {
    this.view.setBigUint64(this.cpu + offset, BigInt(v >>> 0), true);
  }
  get eip(): number {
    return this.get32(S.STATE_RIP);
  }
  set eip(v: number) {
    this.set64(S.STATE_RIP, v);
  }
  get esp(): number {
    return this.get32(S.RSP);
  }
  set esp(v: number) {
    this.set64(S.RSP, v);
  }
  get flags(): number {
    return this.core.getFlags(this.cpu) >>> 0;
  }
  set flags(v: number) {
    this.core.setFlags(this.cpu, v);
  }
  get cpl(): number {
    return this.get32(S.STATE_CPL);
  }
  get cr0(): number {
    return this.get32(S.STATE_CR0);
  }
  get cr2(): number {
    return this.get32(S.STATE_CR2);
  }
  get isHalted(): boolean {
    return this.get32(S.STATE_ACTIVITY) === S.ACTIVITY_HLT;
  }
  get isShutDown(): boolean {
    return this.get32(S.STATE_ACTIVITY) === S.ACTIVITY_SHUTDOWN;
  }
  /** Vector of the handler that eip is in, -1 elsewhere. */
  get vector(): number {
    const n = this.eip - HANDLERS;
    return n >= 0 && n < 256 ? n : -1;
  }
  selector(n: number): number {
    return this.get32(S.STATE_SEGMENTS + n * S.SEGMENT_SIZE + S.SEGMENT_SELECTOR);
  }
  base(n: number): number {
    return this.get32(S.STATE_SEGMENTS + n * S.SEGMENT_SIZE + S.SEGMENT_BASE);
  }
  limit(n: number): number {
    return this.get32(S.STATE_SEGMENTS + n * S.SEGMENT_SIZE + S.SEGMENT_LIMIT);
  }
  attributes(n: number): number {
    return this.get32(S.STATE_SEGMENTS + n * S.SEGMENT_SIZE + S.SEGMENT_ATTRIBUTES);
  }
  dr(n: number): number {
    return this.get32(S.STATE_DR + n * 8);
  }
  setDr(n: number, v: number): void {
    this.set64(S.STATE_DR + n * 8, v);
    this.core.modeChanged(this.cpu);
  }
  /** n values of the stack, from the top. */
  stack(n: number, size: 2 | 4 = 4): number[] {
    const top = this.base(S.SS) + (this.attributes(S.SS) & 0x4000 ? this.esp : this.esp & 0xffff);
    return Array.from({ length: n }, (_, i) => (size === 4 ? this.read32(top + i * 4) : this.read16(top + i * 2)));
  }
  push(...values: number[]): void {
    for (const v of values.toReversed()) {
      this.esp -= 4;
      this.write32(this.base(S.SS) + this.esp, v);
    }
  }
  push16(...values: number[]): void {
    for (const v of values.toReversed()) {
      this.esp = (this.esp - 2) & 0xffff;
      this.write16(this.base(S.SS) + this.esp, v);
    }
  }

  // ── Tables ─────────────────────────────────────────────────────────────────────────────────────────────────────
  descriptor(at: number, { base = 0, limit = 0xfffff, access, flags = 0xc }: Descriptor): void {
    this.write32(at, (limit & 0xffff) | (base << 16));
    this.write32(
      at + 4,
      ((base >>> 16) & 0xff) | (access << 8) | (limit & 0xf0000) | (flags << 20) | (base & 0xff000000),
    );
  }
  /** GDT entry of a selector. */
  gdt(selector: number, d: Descriptor): void {
    this.descriptor(GDT + (selector & 0xfff8), d);
  }
  accessByte(selector: number): number {
    return this.read8(GDT + (selector & 0xfff8) + 5);
  }
  /** Call, interrupt, trap or task gate. */
  gate(at: number, selector: number, offset: number, access: number, parameters = 0): void {
    this.write32(at, (offset & 0xffff) | (selector << 16));
    this.write32(at + 4, (offset & 0xffff0000) | (access << 8) | parameters);
  }
  /** IDT entry: to the vector's HLT if nothing else is said. */
  idt(vector: number, access = 0x8e, selector = CODE0, offset = HANDLERS + vector): void {
    this.gate(IDT + vector * 8, selector, offset, access);
  }

  #standardTables(): void {
    this.gdt(CODE0, { access: ACCESS_CODE });
    this.gdt(DATA0, { access: ACCESS_DATA });
    this.gdt(CODE3, { access: ACCESS_CODE | 0x60 });
    this.gdt(DATA3, { access: ACCESS_DATA | 0x60 });
    this.gdt(TSS_SELECTOR, { base: TSS, limit: 0x67, access: 0x8b, flags: 0 });
    this.gdt(TSS2_SELECTOR, { base: TSS2, limit: 0x67, access: 0x89, flags: 0 });
    this.gdt(LDT_SELECTOR, { base: LDT, limit: 0xff, access: 0x82, flags: 0 });
    this.gdt(CONFORMING, { access: ACCESS_CODE | 4 });
    this.gdt(CODE0_16, { access: ACCESS_CODE, limit: 0xffff, flags: 0 });
    this.gdt(DATA0_16, { access: ACCESS_DATA, limit: 0xffff, flags: 0 });
    this.gdt(CODE1, { access: ACCESS_CODE | 0x20 });
    this.gdt(DATA1, { access: ACCESS_DATA | 0x20 });
    for (let vector = 0; vector < 256; vector++) this.idt(vector);
    this.write32(TSS + 4, STACK0);
    this.write32(TSS + 8, DATA0);
    this.write32(TSS + 12, STACK1);
    this.write32(TSS + 16, DATA1);
    this.write16(TSS + 102, 0x68);
  }

  /** A segment register with what the GDT says about the selector. */
  load(n: number, selector: number): void {
    const at = GDT + (selector & 0xfff8);
    const low = this.read32(at);
    const high = this.read32(at + 4);
    const attributes = (high >>> 8) & 0xf0ff;
    const raw = (low & 0xffff) | (high & 0xf0000);
    const limit = attributes & 0x8000 ? ((raw << 12) | 0xfff) >>> 0 : raw;
    const base = ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0;
    this.core.setSegment(this.cpu, n, selector, BigInt(base), limit, attributes | (attributes & 0x10 ? 1 : 0));
  }

  // ── States ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Real mode: IVT entries lead to HANDLERS, code at CODE, stack below STACK. */
  realMode(): this {
    for (let n = S.ES; n <= S.GS; n++) this.core.setSegment(this.cpu, n, 0, 0n, 0xffff, 0x93);
    for (let vector = 0; vector < 256; vector++) this.write32(vector * 4, HANDLERS + vector);
    this.flags = 2;
    this.eip = CODE;
    this.esp = STACK;
    return this;
  }

  /** Protected mode in ring `cpl`, flat 32-bit segments, the standard tables, interrupts off. */
  protectedMode(cpl: 0 | 1 | 3 = 0): this {
    this.#standardTables();
    this.set64(S.STATE_CR0, CR0_PE | CR0_ET);
    this.set64(S.STATE_GDTR_BASE, GDT);
    this.set32(S.STATE_GDTR_LIMIT, 0xff);
    this.set64(S.STATE_IDTR_BASE, IDT);
    this.set32(S.STATE_IDTR_LIMIT, 0x7ff);
    this.load(S.TR, TSS_SELECTOR);
    this.core.setSegment(this.cpu, S.LDTR, 0, 0n, 0, 0x10000);
    this.flags = 2;
    this.ring(cpl);
    this.eip = CODE;
    this.esp = STACK;
    return this;
  }

  ring(cpl: 0 | 1 | 3): void {
    const [code, data] = { 0: [CODE0, DATA0], 1: [CODE1, DATA1], 3: [CODE3, DATA3] }[cpl] as [number, number];
    this.set32(S.STATE_CPL, cpl);
    this.load(S.CS, code);
    for (const n of [S.SS, S.DS, S.ES, S.FS, S.GS]) this.load(n, data);
    this.core.modeChanged(this.cpu);
  }

  /** Virtual-8086 mode with code at CODE and a stack below STACK; `flags` beside VM. */
  virtual8086(flags = 0): this {
    this.protectedMode(3);
    this.flags = 2 | FLAG_VM | flags;
    for (let n = S.ES; n <= S.GS; n++) this.core.setSegment(this.cpu, n, n * 0x10, BigInt(n * 0x100), 0xffff, 0xf3);
    this.core.setSegment(this.cpu, S.CS, CODE >> 4, BigInt(CODE), 0xffff, 0xf3);
    this.core.setSegment(this.cpu, S.SS, 0xa00, 0xa000n, 0xffff, 0xf3);
    this.eip = 0;
    this.esp = STACK - 0xa000;
    return this;
  }

  /** 32-bit paging with the first 4 MB mapped to themselves for all; `bits` of the page of an address may differ. */
  paging(): this {
    this.write32(PAGE_DIRECTORY, PAGE_TABLE | 7);
    for (let n = 0; n < 0x100; n++) this.write32(PAGE_TABLE + n * 4, (n << 12) | 7);
    this.set64(S.STATE_CR3, PAGE_DIRECTORY);
    this.view.setBigUint64(this.cpu + S.STATE_CR0, BigInt(this.cr0) | BigInt(CR0_PG), true);
    this.core.remapped(this.cpu);
    return this;
  }
  page(at: number, bits: number): void {
    this.write32(PAGE_TABLE + (at >>> 12) * 4, (at & 0xfffff000) | bits);
    this.core.remapped(this.cpu);
  }

  // ── Running ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Assembles at eip (of CS); nothing runs yet. */
  program(source: string, bits: 16 | 32 | 64 = CODE_BITS[this.get32(S.STATE_MODE)] ?? 16): this {
    const { bytes } = assemble(`bits ${bits}\norg ${this.eip}\n${source}`, { rows });
    const at = this.base(S.CS) + this.eip;
    this.#bytes.set(bytes, MEMORY_RAM_BASE + at);
    this.core.invalidate(this.cpu, at, bytes.length);
    return this;
  }
  /** Executes n instructions. An exception that one raises, or an interrupt that may come after them, is delivered with them. */
  step(n = 1): this {
    this.core.run(this.cpu, n);
    return this;
  }
  /** Assembles, executes one instruction. */
  execute(source: string): this {
    return this.program(source).step();
  }
  /** WRMSR; false if it raised an exception. */
  writeMsr(index: number, low: number, high = 0): boolean {
    this.set64(S.RCX, index);
    this.set64(S.RAX, low);
    this.set64(S.RDX, high);
    this.#restart();
    return this.execute('wrmsr').vector === -1;
  }
  /** EAX and EDX of RDMSR, or null after an exception. */
  readMsr(index: number): [number, number] | null {
    this.set64(S.RCX, index);
    this.#restart();
    return this.execute('rdmsr').vector === -1 ? [this.get32(S.RAX), this.get32(S.RDX)] : null;
  }
  /** Vector of the interrupt that comes as soon as one may, -1 if there is none. */
  takeInterrupt(): number {
    this.#restart();
    this.flags = 2 | FLAG_IF;
    this.program('nop').step();
    this.flags = 2;
    return this.vector;
  }
  #restart(): void {
    this.eip = CODE;
    this.esp = STACK;
  }
  lapicBase(): number {
    return this.get32(S.STATE_LAPIC + LAPIC_BASE_MSR);
  }
}
