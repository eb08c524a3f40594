// THE table of CPU features: the CPUID bit (assembly/shared/features.ts), QEMU's name of it and what it cannot be without.
// `-cpu`, its help, docs/cli.md and the page's form read it; which bits work is FEATURES_DEFAULT_* of the same shared file.
import * as F from '../../assembly/shared/features.ts';

export interface CpuFeature {
  readonly name: string;
  /** CPUID word * 32 + bit. */
  readonly bit: number;
  readonly needs: readonly string[];
}

const feature = (name: string, bit: number, ...needs: string[]): CpuFeature => ({ name, bit, needs });

/** In the order of CPUID. */
export const CPU_FEATURES: readonly CpuFeature[] = [
  feature('fpu', F.FEATURE_FPU),
  feature('vme', F.FEATURE_VME),
  feature('de', F.FEATURE_DE),
  feature('pse', F.FEATURE_PSE),
  feature('tsc', F.FEATURE_TSC),
  feature('msr', F.FEATURE_MSR),
  feature('pae', F.FEATURE_PAE),
  feature('mce', F.FEATURE_MCE),
  feature('cx8', F.FEATURE_CX8),
  feature('apic', F.FEATURE_APIC, 'msr'),
  feature('sep', F.FEATURE_SEP, 'msr'),
  feature('mtrr', F.FEATURE_MTRR, 'msr'),
  feature('pge', F.FEATURE_PGE),
  feature('mca', F.FEATURE_MCA, 'mce', 'msr'),
  feature('cmov', F.FEATURE_CMOV),
  feature('pat', F.FEATURE_PAT, 'msr'),
  feature('pse36', F.FEATURE_PSE36, 'pse'),
  feature('clflush', F.FEATURE_CLFSH),
  feature('mmx', F.FEATURE_MMX, 'fpu'),
  feature('fxsr', F.FEATURE_FXSR, 'fpu'),
  feature('sse', F.FEATURE_SSE, 'fxsr', 'mmx'),
  feature('sse2', F.FEATURE_SSE2, 'sse', 'clflush'),
  feature('ht', F.FEATURE_HTT, 'apic'),

  feature('sse3', F.FEATURE_SSE3, 'sse2'),
  feature('pclmulqdq', F.FEATURE_PCLMULQDQ, 'sse2'),
  feature('monitor', F.FEATURE_MONITOR),
  feature('ssse3', F.FEATURE_SSSE3, 'sse3'),
  feature('fma', F.FEATURE_FMA, 'avx'),
  feature('cx16', F.FEATURE_CX16, 'lm', 'cx8'),
  feature('pcid', F.FEATURE_PCID, 'lm', 'pge'),
  feature('sse4.1', F.FEATURE_SSE41, 'ssse3'),
  feature('sse4.2', F.FEATURE_SSE42, 'sse4.1', 'popcnt'),
  // Systems order writes to these two with MFENCE and do not ask for it.
  feature('x2apic', F.FEATURE_X2APIC, 'apic', 'sse2'),
  feature('movbe', F.FEATURE_MOVBE),
  feature('popcnt', F.FEATURE_POPCNT),
  feature('tsc-deadline', F.FEATURE_TSC_DEADLINE, 'apic', 'tsc', 'sse2'),
  feature('aes', F.FEATURE_AES, 'sse2'),
  feature('xsave', F.FEATURE_XSAVE, 'fxsr'),
  feature('avx', F.FEATURE_AVX, 'xsave', 'sse4.2'),
  feature('f16c', F.FEATURE_F16C, 'avx'),
  feature('rdrand', F.FEATURE_RDRAND),

  feature('syscall', F.FEATURE_SYSCALL, 'lm'),
  feature('nx', F.FEATURE_NX, 'pae', 'msr'),
  feature('pdpe1gb', F.FEATURE_PDPE1GB, 'lm'),
  feature('rdtscp', F.FEATURE_RDTSCP, 'tsc', 'msr'),
  feature('lm', F.FEATURE_LM, 'pae', 'pse', 'msr', 'nx', 'cx8', 'fxsr', 'sse2'),
  feature('lahf-lm', F.FEATURE_LAHF64, 'lm'),
  feature('svm', F.FEATURE_SVM, 'lm'),
  feature('abm', F.FEATURE_LZCNT, 'popcnt'),
  feature('3dnowprefetch', F.FEATURE_PREFETCHW),

  feature('fsgsbase', F.FEATURE_FSGSBASE, 'lm'),
  feature('tsc-adjust', F.FEATURE_TSC_ADJUST, 'tsc', 'msr'),
  feature('bmi1', F.FEATURE_BMI1, 'avx'),
  feature('avx2', F.FEATURE_AVX2, 'avx'),
  feature('smep', F.FEATURE_SMEP),
  feature('bmi2', F.FEATURE_BMI2, 'avx'),
  feature('erms', F.FEATURE_ERMS),
  feature('invpcid', F.FEATURE_INVPCID),
  feature('rdseed', F.FEATURE_RDSEED),
  feature('adx', F.FEATURE_ADX),
  feature('smap', F.FEATURE_SMAP),
  feature('clflushopt', F.FEATURE_CLFLUSHOPT),
  feature('clwb', F.FEATURE_CLWB),
  feature('sha-ni', F.FEATURE_SHA, 'sse4.1'),
  feature('umip', F.FEATURE_UMIP),
  feature('vaes', F.FEATURE_VAES, 'avx', 'aes'),
  feature('vpclmulqdq', F.FEATURE_VPCLMULQDQ, 'avx', 'pclmulqdq'),
  feature('rdpid', F.FEATURE_RDPID, 'rdtscp'),
  feature('fsrm', F.FEATURE_FSRM, 'erms'),
  feature('arch-capabilities', F.FEATURE_ARCH_CAPABILITIES, 'msr'),

  feature('xsaveopt', F.FEATURE_XSAVEOPT, 'xsave'),
  feature('xsavec', F.FEATURE_XSAVEC, 'xsave'),
  feature('xgetbv1', F.FEATURE_XGETBV1, 'xsave'),
];

const WORDS = 8;
const DEFAULT_PREFIX = 'FEATURES_DEFAULT_';

/** CPUID words of everything that works. */
export const IMPLEMENTED_WORDS: readonly number[] = Object.entries(F).reduce<number[]>(
  (words, [name, value]) => {
    if (name.startsWith(DEFAULT_PREFIX)) words[Number(name.slice(DEFAULT_PREFIX.length))] = Number(value) >>> 0;
    return words;
  },
  Array.from({ length: WORDS }, () => 0),
);

export function isImplemented({ bit }: CpuFeature): boolean {
  return (((IMPLEMENTED_WORDS[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) !== 0;
}

export function wordsOf(names: ReadonlySet<string>): readonly number[] {
  const words = Array.from({ length: WORDS }, () => 0);
  for (const { name, bit } of CPU_FEATURES) {
    if (names.has(name)) words[bit >>> 5] = ((words[bit >>> 5] ?? 0) | (1 << (bit & 31))) >>> 0;
  }
  return words;
}

/** SSE4.1, sse4_1 and sse41 are one name, as QEMU takes them. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[._-]/gu, '');
}

const BY_PLAIN_NAME = new Map(CPU_FEATURES.map((one) => [plainName(one.name), one]));
/** Other names that people write: Linux' and the manual's. */
const ALIASES: Readonly<Record<string, string>> = {
  lzcnt: 'abm',
  clfsh: 'clflush',
  ni: 'sse3',
  pni: 'sse3',
  cmpxchg16b: 'cx16',
  sha: 'sha-ni',
  prefetchw: '3dnowprefetch',
};

export function findFeature(name: string): CpuFeature | undefined {
  const plain = plainName(name);
  return BY_PLAIN_NAME.get(plainName(ALIASES[plain] ?? plain));
}

/** `names` and everything that they need. */
export function withNeeds(names: Iterable<string>): Set<string> {
  const all = new Set<string>();
  const add = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    for (const needed of findFeature(name)?.needs ?? []) add(needed);
  };
  for (const name of names) add(name);
  return all;
}
