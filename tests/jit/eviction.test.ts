// More regions than there may be modules: the oldest ones go, and what they held is interpreted, or compiled anew.
import { expect, it } from 'vitest';
import { RAX, STATE_GPR } from '../../assembly/shared/state.ts';
import { Machine } from '../../assembly/tests/machine.ts';

const FUNCTIONS = 1500;
/** As in assembly/jit/region-table.ts. */
const MODULES_MAX = 1024;

/** Calls each function three times over. */
const PROGRAM = `
  mov esp, 0x1f000
  xor eax, eax
  mov esi, 3
.again:
  ${Array.from({ length: FUNCTIONS }, (_, n) => `call f${n}`).join('\n  ')}
  dec esi
  jnz .again
  hlt
${Array.from({ length: FUNCTIONS }, (_, n) => `f${n}: imul eax, eax, 3\n  add eax, ${n}\n  ret`).join('\n')}
`;

/** What the program has in EAX in the end. */
function expected(): number {
  let eax = 0;
  for (let n = 0; n < 3 * FUNCTIONS; n++) eax = (Math.imul(eax, 3) + (n % FUNCTIONS)) | 0;
  return eax >>> 0;
}

it.each(['jit', 'checked'] as const)(
  'a program of many regions runs with a bounded number of modules, %s',
  (acceleration) => {
    const machine = new Machine(acceleration).protectedMode().program(PROGRAM).step(100_000);
    expect(machine.get32(STATE_GPR + RAX)).toBe(expected());
    expect(machine.isHalted).toBe(true);
    expect(machine.core.compiledCount(machine.cpu)).toBeGreaterThan(FUNCTIONS * 3);
    expect(machine.compiler.modules).toBeGreaterThan(MODULES_MAX / 2);
    expect(machine.compiler.modules).toBeLessThanOrEqual(MODULES_MAX);
    expect(machine.compiler.functions).toBeLessThanOrEqual(8192);
  },
);
