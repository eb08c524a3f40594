/** CPUID features of recorded cases that the core does not have: their cases wait, and are replayed once it has them. */
import type { ReplayResult } from './harness.ts';

/** What Vitrine does not model, although the recording CPU has it. */
export const NOT_MODELLED: Readonly<Record<string, string>> = {
  GFNI: 'not part of x86-64-v3',
  VAES: 'the 256-bit forms of AES; not part of x86-64-v3',
  VPCLMULQDQ: 'the 256-bit form of PCLMULQDQ; not part of x86-64-v3',
};

/** What the core is about to have; this list ends empty. */
const PENDING: ReadonlySet<string> = new Set(
  'SSE SSE2 SSE3 SSSE3 SSE4_1 SSE4_2 AVX AVX2 FMA F16C BMI1 BMI2 ADX MOVBE POPCNT LZCNT AES PCLMULQDQ SHA CMPXCHG16B'.split(
    ' ',
  ),
);

/** Features that cases wait for without being listed. */
export function unexpected(result: ReplayResult): string[] {
  return [...result.waiting.keys()].filter((f) => !(f in NOT_MODELLED) && !PENDING.has(f));
}
