/** RDRAND RDSEED - SDM vol. 2B. Numbers come from cpu/random.ts; there is always one. */
import { FLAG_CF } from '../shared/register-bits';
import { nextRandom } from '../cpu/random';
import { Insn } from '../machine/insn';

export const ROWS = `
NFx 0F C7 /6 | RDRAND Rv | RDRAND | RDRAND
NFx 0F C7 /7 | RDSEED Rv | RDRAND | RDSEED
`;

/** CF = 1, the other arithmetic flags are cleared. */
export function RDRAND<M, T>(m: M, i: Insn): void {
  m.set<T>(i.rm, m.trunc<T>(nextRandom(m)));
  m.flagsImage(FLAG_CF);
}
