// core.wasm: the CPU, MMU and local APIC, with guest RAM inside its linear memory (assembly/shared/memory-map.ts).
// One instance holds one machine's memory and, today, one vCPU.
import { MEMORY_JIT_NOTES, MEMORY_RAM_BASE, MEMORY_ROM, ROM_SIZE_MAX } from '../../assembly/shared/memory-map.ts';
import {
  CR0_ET,
  CR0_PE,
  FLAG_IF,
  SEG_ACCESSED,
  SEG_CODE,
  SEG_DB,
  SEG_G,
  SEG_P,
  SEG_RW,
  SEG_S,
} from '../../assembly/shared/register-bits.ts';
import { NOTES_ON } from '../../assembly/shared/region-notes.ts';
import * as S from '../../assembly/shared/state.ts';
import { assert, HostError, type Width } from '../device.ts';
import type { ApicMessage } from '../ioapic.ts';
import { CompiledModules } from './compiled-modules.ts';
import type { CpuModel } from './cpu-model.ts';
import { deliveryLine, readDeliveries, shutdownWords } from './deliveries.ts';
import type { GeneralRegister, ProtectedModeEntry } from './load/boot-plan.ts';
import type { Accelerator } from './accelerator.ts';
import type { RegisterDump, Vcpu, VcpuHost } from './vcpu.ts';

const WASM_PAGE = 0x10000;
const PAGE_SHIFT = 12;
/** Type of a busy 32-bit TSS in a descriptor (SDM vol. 3A table 3-2). */
const TSS_BUSY = 0xb;

/** Present, ring 0, 32-bit, readable code or writable data. */
const FLAT = SEG_ACCESSED | SEG_RW | SEG_S | SEG_P | SEG_DB | SEG_G;

/** What assembly/index.ts exports. Physical addresses and times are f64, linear addresses BigInt. */
interface CoreExports {
  createVcpu(index: number): number;
  reset(cpu: number): void;
  mapRam(firstPage: number, pages: number, host: number): void;
  mapRom(firstPage: number, pages: number, host: number): void;
  unmap(firstPage: number, pages: number): void;
  remapped(cpu: number): void;
  run(cpu: number, budget: number): number;
  setAccelerator(cpu: number, compiles: number): void;
  setLockstep(cpu: number, every: number): void;
  lockstepCount(): number;
  architecturalState(cpu: number): number;
  compiledCount(cpu: number): number;
  setTime(cpu: number, ns: number): void;
  now(cpu: number): number;
  count(cpu: number): number;
  nextDeadline(cpu: number): number;
  setIntr(cpu: number, level: number): void;
  setA20(cpu: number, on: number): void;
  apicDeliver(
    destination: number,
    destinationMode: number,
    vector: number,
    deliveryMode: number,
    trigger: number,
    level: number,
  ): number;
  invalidate(cpu: number, physical: number, bytes: number): void;
  requestStop(cpu: number): void;
  getFlags(cpu: number): number;
  setSegment(cpu: number, n: number, selector: number, base: bigint, limit: number, attributes: number): void;
  setFeatures(cpu: number, word: number, bits: number): void;
  setSeed(cpu: number, low: number, high: number): void;
  setCpuModel(cpu: number, signature: number, leafMax: number, extendedMax: number): void;
}

const GENERAL: Readonly<Record<GeneralRegister, number>> = {
  eax: S.RAX,
  ecx: S.RCX,
  edx: S.RDX,
  ebx: S.RBX,
  esp: S.RSP,
  ebp: S.RBP,
  esi: S.RSI,
  edi: S.RDI,
};

export class Core implements Vcpu {
  readonly #memory: WebAssembly.Memory;
  readonly #view: DataView;
  readonly #exports: CoreExports;
  readonly #cpu: number;
  readonly ramBytes: number;
  readonly compiled: CompiledModules;

  /** `bytes` is core.wasm; `host` gets the calls that guest instructions make. */
  static async create(bytes: Uint8Array<ArrayBuffer>, ramBytes: number, host: VcpuHost): Promise<Core> {
    const memory = allocate(ramBytes);
    const module = await WebAssembly.compile(bytes);
    const compiled = new CompiledModules(memory);
    const instance = await WebAssembly.instantiate(module, {
      env: { memory, ...importsOf(host), ...importsOfCompiler(compiled, memory) },
    });
    compiled.bind(instance.exports);
    return new Core(memory, instance.exports as unknown as CoreExports, ramBytes, compiled);
  }

  private constructor(memory: WebAssembly.Memory, exports: CoreExports, ramBytes: number, compiled: CompiledModules) {
    this.compiled = compiled;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
    this.#exports = exports;
    this.ramBytes = ramBytes;
    this.#cpu = exports.createVcpu(0);
    // Chips read the clock when they are reset, before the first slice.
    exports.setTime(this.#cpu, 0);
  }

  /** Guest RAM as bytes. The memory never grows, so this stays attached. */
  get ram(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, MEMORY_RAM_BASE, this.ramBytes);
  }

  get #block(): DataView {
    return new DataView(this.#memory.buffer, this.#cpu, S.STATE_SIZE);
  }

  get instructions(): number {
    return this.#exports.count(this.#cpu);
  }

  get timeShift(): number {
    return this.#view.getUint32(this.#cpu + S.STATE_TIME_SHIFT, true);
  }

  set timeShift(shift: number) {
    this.#view.setUint32(this.#cpu + S.STATE_TIME_SHIFT, shift, true);
  }

  get interruptsEnabled(): boolean {
    return (this.#exports.getFlags(this.#cpu) & FLAG_IF) !== 0;
  }

  /** Instructions that compiled code has run. */
  get compiledInstructions(): number {
    return this.#exports.compiledCount(this.#cpu);
  }

  set accelerator(name: Accelerator) {
    this.#exports.setAccelerator(this.#cpu, name === 'jit' ? 1 : 0);
  }

  /** Regions are compared with the interpreter: CHECK_OFF, CHECK_ALL, or a region's first runs and every Nth. */
  set check(every: number) {
    this.#exports.setLockstep(this.#cpu, every);
  }

  /** Instructions that were compared. */
  get checkedInstructions(): number {
    return this.#exports.lockstepCount();
  }

  /** Hands over each module that the compiler has made, and notes about it in memory (assembly/shared/region-notes.ts). */
  watchCompiler(onModule: (module: Uint8Array, memory: DataView) => void): void {
    this.#view.setUint32(MEMORY_JIT_NOTES + NOTES_ON, 1, true);
    this.compiled.onInstall = (module) => {
      onModule(module, this.#view);
    };
  }

  run(budget: number): number {
    return this.#exports.run(this.#cpu, budget);
  }

  setTime(ns: number): void {
    this.#exports.setTime(this.#cpu, ns);
  }

  now(): number {
    return this.#exports.now(this.#cpu);
  }

  nextDeadline(): number {
    return this.#exports.nextDeadline(this.#cpu);
  }

  requestStop(): void {
    this.#exports.requestStop(this.#cpu);
  }

  setIntr(level: boolean): void {
    this.#exports.setIntr(this.#cpu, level ? 1 : 0);
  }

  setA20(isOn: boolean): void {
    this.#exports.setA20(this.#cpu, isOn ? 1 : 0);
  }

  apicDeliver(message: ApicMessage): boolean {
    const { destination, destinationMode, vector, deliveryMode, trigger, level } = message;
    const taken = this.#exports.apicDeliver(
      destination,
      destinationMode === 'logical' ? 1 : 0,
      vector,
      deliveryMode,
      trigger === 'level' ? 1 : 0,
      level ? 1 : 0,
    );
    return taken !== 0;
  }

  invalidate(address: number, length: number): void {
    this.#exports.invalidate(this.#cpu, address, length);
  }

  /** Shows [start, end) of guest RAM at its own physical address; `isWritable` false drops writes. */
  mapRam(start: number, end: number, isWritable = true): void {
    const [first, pages, at] = [start >>> PAGE_SHIFT, (end - start) >>> PAGE_SHIFT, MEMORY_RAM_BASE + start];
    if (isWritable) this.#exports.mapRam(first, pages, at);
    else this.#exports.mapRom(first, pages, at);
    this.#exports.remapped(this.#cpu);
  }

  /** What CPUID tells, and with it which instructions exist. A reset must follow. */
  setCpuModel({ signature, leafMax, extendedLeafMax, brand, words }: CpuModel): void {
    this.#exports.setCpuModel(this.#cpu, signature, leafMax, extendedLeafMax);
    const field = new Uint8Array(this.#memory.buffer, this.#cpu + S.STATE_CPU_BRAND, S.CPU_BRAND_SIZE).fill(0);
    field.set(new TextEncoder().encode(brand));
    words.forEach((bits, word) => {
      this.#exports.setFeatures(this.#cpu, word, bits);
    });
  }

  /** Where the random numbers of RDRAND and RDSEED start. */
  setSeed(seed: number): void {
    this.#exports.setSeed(this.#cpu, seed % 2 ** 32, Math.floor(seed / 2 ** 32));
  }

  /** Takes RAM or ROM away from [start, end): accesses come to the host. */
  unmap(start: number, end: number): void {
    this.#exports.unmap(start >>> PAGE_SHIFT, (end - start) >>> PAGE_SHIFT);
    this.#exports.remapped(this.#cpu);
  }

  /** Fills the ROM area; mapRom shows parts of it. */
  setRom(bytes: Uint8Array): void {
    assert(bytes.length <= ROM_SIZE_MAX, 'the ROM is larger than its area');
    new Uint8Array(this.#memory.buffer, MEMORY_ROM, ROM_SIZE_MAX).set(bytes);
  }

  /** Shows `bytes` bytes of the ROM area from `offset` at a physical address. */
  mapRom(physical: number, offset: number, bytes: number): void {
    this.#exports.mapRom(physical >>> PAGE_SHIFT, bytes >>> PAGE_SHIFT, MEMORY_ROM + offset);
    this.#exports.remapped(this.#cpu);
  }

  reset(): void {
    this.#exports.reset(this.#cpu);
  }

  enter(entry: ProtectedModeEntry): void {
    const { codeSelector, dataSelector } = entry;
    this.#set64(S.STATE_CR0, CR0_PE | CR0_ET);
    this.#setSegment(S.CS, codeSelector, FLAT | SEG_CODE);
    for (const segment of [S.DS, S.ES, S.SS, S.FS, S.GS]) this.#setSegment(segment, dataSelector, FLAT);
    // PVH asks for a task register with base 0 and limit 0x67; the others do not care.
    this.#exports.setSegment(this.#cpu, S.TR, 0, 0n, 0x67, SEG_P | TSS_BUSY);
    this.#set64(S.STATE_GDTR_BASE, entry.gdtBase);
    this.#set32(S.STATE_GDTR_LIMIT, entry.gdtLimit);
    for (const [name, offset] of Object.entries(GENERAL)) {
      this.#set64(S.STATE_GPR + offset, entry.registers[name as GeneralRegister] ?? 0);
    }
    this.#set64(S.STATE_RIP, entry.eip);
    // Decoded code and translations of real mode at the reset vector must not outlive it.
    this.#exports.remapped(this.#cpu);
  }

  registers(): RegisterDump {
    const general = Array.from({ length: 8 }, (_, index) => this.#get32(S.STATE_GPR + index * S.GPR_SIZE));
    return {
      eip: this.#get32(S.STATE_RIP),
      cs: this.#get32(S.STATE_SEGMENTS + S.CS * S.SEGMENT_SIZE + S.SEGMENT_SELECTOR),
      eflags: this.#exports.getFlags(this.#cpu) >>> 0,
      cr0: this.#get32(S.STATE_CR0),
      cr2: this.#get32(S.STATE_CR2),
      cr3: this.#get32(S.STATE_CR3),
      cr4: this.#get32(S.STATE_CR4),
      general,
    };
  }

  shutdownWords(): string {
    return shutdownWords(readDeliveries(this.#block), {
      base: this.#get32(S.STATE_IDTR_BASE),
      limit: this.#get32(S.STATE_IDTR_LIMIT),
      isProtected: (this.#get32(S.STATE_CR0) & CR0_PE) !== 0,
    });
  }

  traceDeliveries(isOn: boolean): void {
    this.#set32(S.STATE_DELIVERY_TRACE, isOn ? 1 : 0);
  }

  deliveryLine(detail: number): string {
    const { cs, eip } = this.registers();
    return deliveryLine(
      detail,
      readDeliveries(this.#block).at(-1),
      `${cs.toString(16).padStart(4, '0')}:${eip.toString(16).padStart(8, '0')}`,
    );
  }

  /** The state block without what only caches it. */
  stateBytes(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#exports.architecturalState(this.#cpu), S.STATE_SIZE).slice();
  }

  #setSegment(segment: number, selector: number, attributes: number): void {
    this.#exports.setSegment(this.#cpu, segment, selector, 0n, 0xffffffff, attributes);
  }

  #get32(offset: number): number {
    return this.#view.getUint32(this.#cpu + offset, true);
  }

  #set32(offset: number, value: number): void {
    this.#view.setUint32(this.#cpu + offset, value, true);
  }

  #set64(offset: number, value: number): void {
    this.#view.setBigUint64(this.#cpu + offset, BigInt(value >>> 0), true);
  }
}

function allocate(ramBytes: number): WebAssembly.Memory {
  const pages = Math.ceil((MEMORY_RAM_BASE + ramBytes) / WASM_PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch {
    throw new HostError(`The host could not give ${ramBytes / 1024 / 1024} MB of memory: give a smaller -m.`);
  }
}

function importsOfCompiler(
  compiled: CompiledModules,
  memory: WebAssembly.Memory,
): Record<string, WebAssembly.ImportValue> {
  return {
    installModule: (address: number, bytes: number, count: number, first: number) =>
      compiled.install(address, bytes, count, first),
    dropModule: (index: number, count: number) => compiled.drop(index, count),
    dropModules: () => compiled.dropAll(),
    divergence: () => compiled.onDivergence?.(memory.buffer, MEMORY_RAM_BASE),
  };
}

/** Values cross as i32: unsigned on our side, and a guest's action never throws back into the core. */
function importsOf(host: VcpuHost): Record<string, (...args: number[]) => number> {
  const done = 0;
  return {
    portIn: (port = 0, width = 1) => host.portIn(port, width as Width) | 0,
    portOut: (port = 0, width = 1, value = 0) => {
      host.portOut(port, width as Width, value >>> 0);
      return done;
    },
    mmioRead: (physical = 0, width = 4) => host.mmioRead(physical, width as Width) | 0,
    mmioWrite: (physical = 0, width = 4, value = 0) => {
      host.mmioWrite(physical, width as Width, value >>> 0);
      return done;
    },
    acknowledgeInterrupt: () => host.acknowledgeInterrupt(),
    apicEoi: (vector = 0) => {
      host.apicEoi(vector);
      return done;
    },
    ferr: (level = 0) => {
      host.ferr(level !== 0);
      return done;
    },
    unimplemented: (kind = 0, a = 0, b = 0) => {
      host.unimplemented(kind, a >>> 0, b >>> 0);
      return done;
    },
    systemEvent: (kind = 0, detail = 0) => {
      host.systemEvent(kind, detail >>> 0);
      return done;
    },
  };
}
