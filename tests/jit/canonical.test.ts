// A region makes sure once, at its entry, that its direct branches cannot leave the canonical addresses (SDM vol. 1, 3.3.7.1).
import { expect, it } from 'vitest';
import * as S from '../../assembly/shared/state.ts';
import { CODE, LongMachine } from '../../assembly/tests/long-machine.ts';

/** The tables of the long machine: PML4, and the page table that the others lead to. */
const PML4 = 0x30000;
const PDPT = 0x31000;
const PD = 0x32000;
const PT = 0x33000;
/** The last page of the lower half, where the page with the code is mapped once more. */
const LAST_PAGE = 0x7ffffffff000n;

/** The conditional branch leads two pages on: from the last page there is nothing. */
const PROGRAM = `
again:
  dec ecx
far: jz again + 0x2000
  jmp again
`;
const FAR = 2n;

it.each(['interp', 'jit', 'checked'] as const)(
  'a branch out of the canonical addresses is #GP on the branch, wherever its region was compiled, %s',
  (accelerator) => {
    const m = new LongMachine(accelerator).longMode();
    m.write64(PML4 + 255 * 8, BigInt(PDPT | 7));
    m.write64(PDPT + 511 * 8, BigInt(PD | 7));
    m.write64(PD + 511 * 8, BigInt(PT | 7));
    m.write64(PT + 511 * 8, BigInt(CODE | 7));
    m.core.remapped(m.cpu);
    m.set(S.RCX, 5000n);
    m.program(PROGRAM, 64).step(3 * 4000);
    expect(m.get(S.RCX)).toBe(1000n);
    if (accelerator !== 'interp') expect(m.core.compiledCount(m.cpu)).toBeGreaterThan(0);
    m.rip = LAST_PAGE;
    m.set(S.RCX, 3n);
    m.step(3 * 3 - 1);
    expect(m.vector).toBe(13);
    expect(m.frame(2)).toEqual([0n, LAST_PAGE + FAR]);
  },
);
