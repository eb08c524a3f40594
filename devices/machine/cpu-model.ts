// `-cpu MODEL,+FEATURE,-FEATURE`: what CPUID tells. Models are lists of features of cpu-features.ts, cut to what the core can do.
//
// All models from 686 on have the signature of the in-order Atom (06_1CH): kernels leave out their mitigations for speculative
// execution, which this CPU does not do. Where CPUID has a leaf 7, IA32_ARCH_CAPABILITIES says the same (arch-capabilities).
import { CPUID_EXTENDED_MAX, CPUID_LEAF_MAX, CPUID_SIGNATURE } from '../../assembly/shared/features.ts';
import { CPU_FEATURES, findFeature, isImplemented, withNeeds, wordsOf } from './cpu-features.ts';
import { nearest } from './nearest.ts';

/** What assembly/cpu/cpu-model.ts is given. */
export interface CpuModel {
  readonly name: string;
  readonly signature: number;
  readonly leafMax: number;
  readonly extendedLeafMax: number;
  readonly brand: string;
  /** CPUID feature words (assembly/shared/features.ts). */
  readonly words: readonly number[];
}

interface ModelText {
  readonly name: string;
  readonly help: string;
  readonly signature: number;
  readonly leafMax: number;
  readonly extendedLeafMax: number;
  readonly features: readonly string[];
}

const list = (text: string): string[] => text.trim().split(/\s+/u);

const I486 = list('fpu vme pse');
const PENTIUM = [...I486, ...list('de tsc msr mce cx8 mmx')];
const I686 = [
  ...PENTIUM,
  ...list('pae apic sep mtrr pge mca cmov pat pse36 clflush fxsr sse sse2 sse3 nx'),
  ...list('x2apic tsc-deadline tsc-adjust'),
];
/** The x86-64 psABI's level 1, and what systems of any level expect around it. */
const V1 = [
  ...I686,
  ...list('lm syscall rdtscp pcid pdpe1gb fsgsbase smep smap umip invpcid arch-capabilities 3dnowprefetch monitor'),
];
const V2 = [...V1, ...list('cx16 lahf-lm popcnt ssse3 sse4.1 sse4.2')];
const V3 = [
  ...V2,
  ...list('xsave avx avx2 bmi1 bmi2 f16c fma abm movbe'),
  ...list('aes pclmulqdq rdrand rdseed adx clflushopt clwb erms fsrm sha-ni rdpid vaes vpclmulqdq'),
  ...list('xsaveopt xsavec xgetbv1'),
];

const ATOM = { signature: CPUID_SIGNATURE, leafMax: CPUID_LEAF_MAX, extendedLeafMax: CPUID_EXTENDED_MAX };

export const DEFAULT_MODEL = 'x86-64-v3';

export const CPU_MODELS: readonly ModelText[] = [
  // Signatures of an Intel486 DX4 and a Pentium with MMX, as QEMU has them.
  { name: '486', help: 'Intel486', signature: 0x480, leafMax: 1, extendedLeafMax: 0, features: I486 },
  { name: 'pentium', help: 'Pentium', signature: 0x543, leafMax: 1, extendedLeafMax: 0, features: PENTIUM },
  { name: '686', help: '32-bit CPU with PAE, SSE2 and an APIC', ...ATOM, features: I686 },
  { name: 'x86-64-v1', help: '64-bit CPU: the x86-64 baseline', ...ATOM, features: V1 },
  { name: 'x86-64-v2', help: 'the same with SSE4.2 and POPCNT', ...ATOM, features: V2 },
  { name: 'x86-64-v3', help: 'the same with AVX2, BMI and FMA', ...ATOM, features: V3 },
  { name: 'max', help: 'everything that works', ...ATOM, features: CPU_FEATURES.map(({ name }) => name) },
];

const BRAND_SIZE = 48;
const EXTENDED_WORDS = [2, 3];
const LEAF_7_WORDS = [4, 5, 6];

/** The named model, cut to what works: features that cannot be without one that does not work go with it. */
function startFeatures(model: ModelText): Set<string> {
  const wanted = new Set(model.features);
  return new Set(model.features.filter((name) => [...withNeeds([name])].every((one) => wanted.has(one) && works(one))));
}

function works(name: string): boolean {
  const feature = findFeature(name);
  return feature !== undefined && isImplemented(feature);
}

/** The CPU, or what is wrong with the text, to complete "-cpu TEXT ...". */
export function cpuModel(text: string): CpuModel | string {
  const [name = '', ...changes] = text.split(',');
  const model = CPU_MODELS.find((one) => one.name === name.toLowerCase());
  if (model === undefined) return unknownModel(name);
  const on = new Set<string>();
  const off = new Set<string>();
  for (const change of changes) {
    const complaint = readChange(change, on, off);
    if (complaint !== null) return complaint;
  }
  const features = startFeatures(model);
  for (const one of on) {
    for (const needed of withNeeds([one])) {
      if (off.has(needed)) return `asks for ${one} without ${needed}, which it needs`;
      features.add(needed);
    }
  }
  for (const one of features) if ([...withNeeds([one])].some((needed) => off.has(needed))) features.delete(one);
  return describe(model, changes.length > 0, wordsOf(features));
}

function describe(model: ModelText, isChanged: boolean, words: readonly number[]): CpuModel {
  const has = (numbers: readonly number[]): boolean => numbers.some((word) => words[word] !== 0);
  // A feature that was added brings the leaf that tells of it.
  const leafMax = Math.max(model.leafMax, has(LEAF_7_WORDS) ? 7 : 0, has([7]) ? 0xd : 0);
  const extendedLeafMax = Math.max(model.extendedLeafMax, has(EXTENDED_WORDS) ? 0x80000001 : 0);
  return {
    name: model.name,
    signature: model.signature,
    leafMax,
    extendedLeafMax,
    brand: `Vitrine ${model.name} virtual CPU${isChanged ? ', changed' : ''}`.slice(0, BRAND_SIZE - 1),
    words,
  };
}

function unknownModel(name: string): string {
  const names = CPU_MODELS.map((model) => model.name);
  const near = nearest(name, names);
  return `is not a CPU of this build; ${near === null ? `there are ${names.join(', ')}` : `perhaps ${near}`}`;
}

function readChange(change: string, on: Set<string>, off: Set<string>): string | null {
  const match = /^(?:([+-])([a-z0-9_.-]+)|([a-z0-9_.-]+)=(on|off))$/iu.exec(change);
  if (match === null) return `has "${change}", which is neither +FEATURE nor -FEATURE`;
  const name = match[2] ?? match[3] ?? '';
  const feature = findFeature(name);
  if (feature === undefined) {
    const near = nearest(
      name.toLowerCase(),
      CPU_FEATURES.map((one) => one.name),
    );
    return `has no feature "${name}"; ${near === null ? '"-cpu help" lists the features' : `perhaps ${near}`}`;
  }
  const isOn = match[1] === '+' || match[4] === 'on';
  if (isOn) {
    const missing = [...withNeeds([feature.name])].find((one) => !works(one));
    if (missing === feature.name) return `asks for ${feature.name}, which this CPU cannot do yet`;
    if (missing !== undefined) return `asks for ${feature.name}, which needs ${missing}, which this CPU cannot do yet`;
  }
  // The last word on a feature holds.
  (isOn ? on : off).add(feature.name);
  (isOn ? off : on).delete(feature.name);
  return null;
}

export const DEFAULT_CPU: CpuModel = (() => {
  const model = cpuModel(DEFAULT_MODEL);
  if (typeof model === 'string') throw new Error(model);
  return model;
})();

/** Features that work, in the order of CPUID. */
export function availableFeatures(): string[] {
  return CPU_FEATURES.filter(isImplemented).map(({ name }) => name);
}

/** `feature`: a FEATURE_* constant, word * 32 + bit. */
export function hasFeature({ words }: CpuModel, feature: number): boolean {
  return (((words[feature >>> 5] ?? 0) >>> (feature & 31)) & 1) !== 0;
}

export function cpuHelp(): string {
  const models = CPU_MODELS.map(({ name, help }) => {
    return `  ${name.padEnd(12)}${help}${name === DEFAULT_MODEL ? ' (default)' : ''}\n`;
  });
  const lines: string[] = [];
  for (const name of availableFeatures()) {
    const line = lines.at(-1);
    if (line === undefined || line.length + name.length > 90) lines.push(`  ${name}`);
    else lines[lines.length - 1] = `${line} ${name}`;
  }
  return `CPUs:\n${models.join('')}\nFeatures, each for +FEATURE and -FEATURE:\n${lines.join('\n')}\n`;
}
