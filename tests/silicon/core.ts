/** The core without a machine around it: memory, a vCPU, imports that answer as an empty bus does. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompiledModules } from '../../devices/machine/compiled-modules.ts';
import { stopAtDivergence } from '../../devices/machine/lockstep-report.ts';
import { MEMORY_RAM_BASE } from '../../assembly/shared/memory-map.ts';
import { STATE_CPUID_FEATURES } from '../../assembly/shared/state.ts';
import { accelerate, type Acceleration, type Accelerator } from './acceleration.ts';

export const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The exports of assembly/index.ts that tests use. */
export interface CoreExports extends Acceleration {
  createVcpu(index: number): number;
  reset(cpu: number): void;
  mapRam(firstPage: number, pages: number, host: number): void;
  remapped(cpu: number): void;
  run(cpu: number, budget: number): number;
  invalidate(cpu: number, physical: number, bytes: number): void;
  getFlags(cpu: number): number;
  setFlags(cpu: number, flags: number): void;
  setFeatures(cpu: number, word: number, bits: number): void;
  decodeLength(cpu: number, mode: number, pointer: number, available: number): number;
}

export interface Core {
  readonly exports: CoreExports;
  readonly cpu: number;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** The WebAssembly.Memory. */
  readonly memory: object;
  /** Host address of guest physical address 0. */
  readonly ram: number;
  /** What the core asked its host for and did not get: ports, MMIO, unmodelled MSRs. */
  readonly asked: Map<string, number>;
}

/** The part of WebAssembly that is used here; neither ECMAScript's types nor Node's declare it. */
interface WebAssemblyApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
const PAGE_64K = 0x10000;

export function createCore(ramBytes: number, accelerator: Accelerator = 'interp'): Core {
  const pages = (MEMORY_RAM_BASE + ramBytes) / PAGE_64K;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const asked = new Map<string, number>();
  const module = new WebAssembly.Module(readFileSync(join(REPOSITORY, 'build/core.wasm')));
  // whatever the core imports of its host is counted and answered as an empty bus does, with ones
  const compiled = new CompiledModules(memory as unknown as ConstructorParameters<typeof CompiledModules>[0]);
  const host = new Proxy<Record<string, unknown>>(
    {
      memory,
      installModule: (address: number, bytes: number, count: number, first: number) =>
        compiled.install(address, bytes, count, first),
      dropModule: (index: number, count: number) => compiled.drop(index, count),
      dropModules: () => compiled.dropAll(),
      divergence: () => stopAtDivergence(memory.buffer, MEMORY_RAM_BASE),
    },
    {
      get: (known, name) =>
        known[String(name)] ??
        ((): number => {
          asked.set(String(name), (asked.get(String(name)) ?? 0) + 1);
          return -1;
        }),
    },
  );
  const instance = new WebAssembly.Instance(module, { env: host });
  const exports = instance.exports as CoreExports;
  compiled.bind(exports as unknown as Record<string, unknown>);
  const cpu = exports.createVcpu(0);
  accelerate(exports, cpu, accelerator);
  return {
    exports,
    cpu,
    view: new DataView(memory.buffer),
    bytes: new Uint8Array(memory.buffer),
    memory,
    ram: MEMORY_RAM_BASE,
    asked,
  };
}

/** iced-x86's names of CPUID features and their bits as assembly/shared/features.ts numbers them (word * 32 + bit). */
const FEATURE_BITS: Readonly<Record<string, number>> = {
  ...{ CX8: 8, SEP: 11, CMOV: 15, CLFSH: 19, MMX: 23, FXSR: 24, SSE: 25, SSE2: 26, TSC: 4, MSR: 5 },
  ...{ SSE3: 32, PCLMULQDQ: 33, MONITOR: 35, SSSE3: 41, FMA: 44, CMPXCHG16B: 45, SSE4_1: 51, SSE4_2: 52, MOVBE: 54 },
  ...{
    POPCNT: 55,
    AES: 57,
    XSAVE: 58,
    AVX: 60,
    F16C: 61,
    RDRAND: 62,
    SYSCALL: 75,
    RDTSCP: 91,
    LM: 93,
    SVM: 98,
    LZCNT: 101,
  },
  ...{
    SSE4A: 102,
    PREFETCHW: 104,
    XSAVEOPT: 224,
    XSAVEC: 225,
    FSGSBASE: 128,
    BMI1: 131,
    AVX2: 133,
    BMI2: 136,
    INVPCID: 138,
    RTM: 139,
    RDSEED: 146,
  },
  ...{ ADX: 147, SMAP: 148, CLFLUSHOPT: 151, CLWB: 152, SHA: 157, GFNI: 168, VAES: 169, VPCLMULQDQ: 170, RDPID: 182 },
};

/** Features that CPUID does not tell: what every CPU since the 486 with its FPU has, and hints that others ignore. */
const ALWAYS =
  /^(INTEL8086|INTEL186|INTEL286|INTEL386|INTEL486|FPU|FPU287|FPU387|CPUID|RDPMC|PAUSE|MULTIBYTENOP|CLDEMOTE|CET_IBT|SMM|X64)$/;

/** Makes the vCPU advertise features, by iced-x86's names, besides those that it has by default. */
export function addFeatures(core: Core, names: readonly string[]): void {
  for (const name of names) {
    const bit = FEATURE_BITS[name];
    if (bit === undefined) throw new RangeError(`no CPUID bit is known for ${name}`);
    const word = bit >> 5;
    const bits = core.view.getUint32(core.cpu + STATE_CPUID_FEATURES + word * 4, true);
    core.exports.setFeatures(core.cpu, word, (bits | (1 << (bit & 31))) >>> 0);
  }
}

/** Every name that addFeatures knows. */
export function knownFeatures(): string[] {
  return Object.keys(FEATURE_BITS);
}

/** Whether the vCPU's CPUID advertises a feature, by iced-x86's name of it. */
export function hasFeature(core: Core, name: string): boolean {
  if (ALWAYS.test(name)) return true;
  const bit = FEATURE_BITS[name];
  if (bit === undefined) return false;
  const word = core.view.getUint32(core.cpu + STATE_CPUID_FEATURES + (bit >> 5) * 4, true);
  return ((word >>> (bit & 31)) & 1) !== 0;
}
