// Random programs run three ways: interpreted, compiled, and compiled with every run of a region compared with the interpreter.
// All of the machine must be the same in the end. The number of a program is its seed.
import { describe, expect, it } from 'vitest';
import { Random } from '../../recorder/random.ts';
import { assembleProgram, ProgramMachine, randomSetting } from './program-machine.ts';
import { randomProgram } from './random-program.ts';

const PROGRAMS = 100;
/** Rings, data and budgets that each runs with. */
const SETTINGS = 2;

describe.each([32, 64] as const)('random programs of %i bits', (bits) => {
  const interpreted = new ProgramMachine('interp');
  const compiled = new ProgramMachine('jit');
  const checked = new ProgramMachine('checked');

  it.each(Array.from({ length: PROGRAMS }, (_, seed) => seed))('%i', (seed) => {
    const random = new Random(seed * 2 + bits);
    const program = assembleProgram(randomProgram(random, bits), bits);
    for (let n = 0; n < SETTINGS; n++) {
      const setting = randomSetting(random, program);
      const exits = interpreted.run(setting);
      for (const machine of [checked, compiled]) {
        expect(machine.run(setting)).toEqual(exits);
        expect(machine.differences(interpreted)).toEqual([]);
      }
    }
  });

  it('ran mostly as compiled code, which was compared', () => {
    const half = (PROGRAMS * SETTINGS * 5000) / 2;
    expect(compiled.core.compiledCount(compiled.cpu)).toBeGreaterThan(half);
    expect(checked.core.lockstepCount()).toBeGreaterThan(half);
  });
});
