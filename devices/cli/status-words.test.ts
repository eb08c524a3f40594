import { expect, test } from 'vitest';
import type { MachineStatus } from '../machine/protocol.ts';
import { statusWords } from './status-words.ts';

const STATUS: MachineStatus = {
  state: 'running',
  instructions: 200e6,
  compiled: 150e6,
  compiledShare: 0.914,
  virtualTimeNs: 2.54e9,
  mips: 143.25,
  busy: 0.97,
};
const COMPILER = { modules: 3, functions: 77, tableSize: 1024, bytes: 10_000 };

test('a line for the machine, its instructions and its compiled code', () => {
  expect(statusWords(STATUS, COMPILER).split('\n')).toEqual([
    "running, 2.5 s of guest time, 97 % of a host's core",
    '200.0 million instructions, 143.3 MIPS; 75 % of them compiled, 91 % of the last ones',
    '77 regions in 3 modules of WebAssembly, 10 KB',
  ]);
});

test('a machine that has executed nothing', () => {
  const words = statusWords({ ...STATUS, instructions: 0, compiled: 0, compiledShare: null, mips: 0 }, COMPILER);
  expect(words).toContain('0.0 million instructions, 0.0 MIPS; 0 % of them compiled\n');
});
