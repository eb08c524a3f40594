// What becomes hot together is compiled once: a region's own blocks do not become regions beside it.
import { expect, it } from 'vitest';
import { RAX, STATE_GPR } from '../../assembly/shared/state.ts';
import { Machine } from '../../assembly/tests/machine.ts';

const JOINS = 12;
const TURNS = 20_000;
/** Turns of the loop in one call of the core. */
const SLICE = 500;

/** Each turn arrives at every one of the labels, by way of a branch that is taken in every other turn. */
const PROGRAM = `
  xor eax, eax
  mov ecx, ${TURNS}
again:
  ${Array.from({ length: JOINS }, (_, n) => `test ecx, ${1 << (n % 2)}\n  jz join${n}\n  inc eax\njoin${n}:`).join('\n  ')}
  dec ecx
  jnz again
  hlt
`;

it('a loop with many joins becomes few regions', () => {
  const machine = new Machine().protectedMode().program(PROGRAM);
  // As in a machine that is not a test's: what is hot is compiled.
  machine.core.setAccelerator(machine.cpu, 1);
  while (!machine.isHalted) machine.step(SLICE);
  expect(machine.get32(STATE_GPR + RAX)).toBe((TURNS / 2) * JOINS);
  expect(machine.core.compiledCount(machine.cpu)).toBeGreaterThan(TURNS);
  expect(machine.compiler.functions).toBeLessThan(JOINS / 2);
});
