// Builds bench/workloads/, without a C library, so that gcc alone is enough for both architectures.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/set-up.mjs';

export type Architecture = 'i386' | 'amd64';

/** Why there are no workloads of our own, in words. */
export class CannotBuild extends Error {}

const WIDTH: Readonly<Record<Architecture, readonly string[]>> = {
  i386: ['-m32', '-march=i686'],
  amd64: ['-m64'],
};

const FLAGS = [
  '-O2',
  '-ffreestanding',
  '-fno-stack-protector',
  '-fno-pic',
  // Our memcpy and memset must not become calls of themselves.
  '-fno-tree-loop-distribute-patterns',
  // Nothing that only one of the machines has, and the same roundings everywhere.
  '-ffp-contract=off',
  '-fcf-protection=none',
  '-fno-asynchronous-unwind-tables',
  '-Wall',
  '-Wextra',
  '-Werror',
];

const X87 = ['-mfpmath=387'];
const SSE2 = ['-msse2', '-mfpmath=sse'];

/** By name of the object. */
const SOURCES: Readonly<Record<string, { file: string; flags: readonly string[] }>> = {
  start: { file: 'start.S', flags: [] },
  main: { file: 'main.c', flags: ['-mgeneral-regs-only'] },
  integer: { file: 'integer.c', flags: ['-mgeneral-regs-only'] },
  memory: { file: 'memory.c', flags: ['-mgeneral-regs-only'] },
  kernel: { file: 'kernel.c', flags: ['-mgeneral-regs-only'] },
  'nbody-x87': { file: 'nbody.c', flags: [...X87, '-DNBODY=nbody_x87'] },
  'nbody-sse2': { file: 'nbody.c', flags: [...SSE2, '-DNBODY=nbody_sse2'] },
};

/** Answers the path of the static program. */
export function buildWorkloads(architecture: Architecture): string {
  if (process.arch !== 'x64') throw new CannotBuild('the workloads are built on an x86-64 system');
  const folder = join(ROOT, 'build/bench', architecture);
  mkdirSync(folder, { recursive: true });
  const width = WIDTH[architecture];
  const objects = Object.entries(SOURCES).map(([name, { file, flags }]) => {
    const object = join(folder, `${name}.o`);
    gcc([...width, ...FLAGS, ...flags, '-c', join(ROOT, 'bench/workloads', file), '-o', object]);
    return object;
  });
  const program = join(folder, 'workloads');
  gcc([...width, '-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none', ...objects, '-o', program]);
  return program;
}

function gcc(args: readonly string[]): void {
  const result = spawnSync('gcc', args, { encoding: 'utf8' });
  if (result.error) throw new CannotBuild('there is no gcc');
  if (result.status !== 0) throw new Error(`gcc ${args.join(' ')} failed:\n${result.stderr}`);
}
