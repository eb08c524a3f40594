/** CPUID features of recorded cases that the core does not have: their cases are not replayed. */
import type { ReplayResult } from './harness.ts';

/** What Vitrine does not model, although the recording CPU has it. */
export const NOT_MODELLED: Readonly<Record<string, string>> = {
  GFNI: 'not part of x86-64-v3',
  VAES: 'the 256-bit forms of AES; not part of x86-64-v3',
  VPCLMULQDQ: 'the 256-bit form of PCLMULQDQ; not part of x86-64-v3',
};

/** Features that the core lacks without their being listed. */
export function unexpected(result: ReplayResult): string[] {
  return [...result.waiting.keys()].filter((f) => !(f in NOT_MODELLED));
}
