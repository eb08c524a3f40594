/** Compiles the native recorder, runs cases on the CPU underneath and turns its answers into case records. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  fpuDifference,
  memoryList,
  registerNames,
  registerValues,
  type CaseRecord,
  type CpuIdentity,
} from './case-file.ts';
import { defaultXsave } from './fpu-state.ts';
import type { GeneratedCase } from './generate.ts';
import { USER_CODE_64, codeAddress, codeBase } from './layout.ts';
import {
  VECTOR_TIMEOUT,
  decodeOutput,
  encodeInput,
  type MachineState,
  type WireInput,
  type WireOutput,
  type WireWorld,
} from './wire.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const RF = 0x10000;

/** No C library and no FS, GS or SSE use of its own: the case owns all of those. */
const FLAGS =
  '-O1 -Wall -Wextra -Werror -std=c11 -nostdlib -ffreestanding -static-pie -fpie -fno-stack-protector ' +
  '-fno-tree-loop-distribute-patterns -mgeneral-regs-only -fvisibility=hidden';

export function compileRecorder(): string {
  const directory = join(ROOT, 'build', 'silicon');
  mkdirSync(directory, { recursive: true });
  const program = join(directory, 'recorder');
  const source = join(ROOT, 'recorder', 'native', 'recorder.c');
  const gcc = spawnSync('gcc', [...FLAGS.split(' '), source, '-o', program], { encoding: 'utf8' });
  if (gcc.error) throw new Error('The recorder needs gcc on an x86-64 Linux: install the package gcc.');
  if (gcc.status !== 0) throw new Error(`gcc cannot compile the recorder:\n${gcc.stderr}`);
  return program;
}

/** Runs one batch in one process, so that a batch that kills the recorder names itself. */
export function runOnSilicon(program: string, world: WireWorld, cases: readonly WireInput[]): WireOutput[] {
  const run = spawnSync(program, [], { input: encodeInput(world, cases), maxBuffer: 1 << 30 });
  if (run.status !== 0)
    throw new Error(`The recorder ended with ${run.signal ?? run.status}: ${run.stderr.toString('utf8')}`);
  return decodeOutput(run.stdout, cases.length);
}

/** What the recorder gets of a case: its state, and its bytes among the patches. */
export function wireInput(c: GeneratedCase): WireInput {
  const address = codeAddress(c.state, c.bits);
  const room = codeBase(c.bits) + 0x2000 - address; // what lies beyond the code pages is not there to be written
  return {
    long: c.bits === 64,
    state: c.state,
    patches: [...c.patches, { address, bytes: c.bytes.subarray(0, room) }],
  };
}

/** Null for what cannot be replayed elsewhere: cases that never ended, or that left 32-bit code for 64-bit code. */
export function toRecord(c: GeneratedCase, out: WireOutput): CaseRecord | null {
  const left = c.bits !== 64 && out.state.segments[1] === USER_CODE_64;
  if (out.vector === VECTOR_TIMEOUT || left) return null;
  const after: MachineState = { ...out.state, flags: (out.state.flags & ~RF) >>> 0 };
  // INT3: the case's own, if it ends right behind its bytes; else one of those that fill the code pages
  const completed = out.vector === 3 && out.state.ip !== c.state.ip + BigInt(c.bytes.length);
  if (completed) after.ip -= 1n;
  const before = registerValues(c.state, c.bits);
  const names = registerNames(c.bits);
  const changed: Record<string, string> = {};
  registerValues(after, c.bits).forEach((value, n) => {
    if (value !== before[n]) changed[names[n] as string] = value.toString(16);
  });
  const record: Record<string, unknown> = { n: c.key };
  if (c.features.length > 0) record['k'] = c.features;
  record['b'] = Buffer.from(c.bytes).toString('hex');
  record['i'] = before.map((v) => v.toString(16)).join(' ');
  const optional = {
    p: fpuDifference(defaultXsave(), c.state.xsave),
    m: memoryList(c.patches),
    v: completed ? undefined : out.vector.toString(16),
    e: completed || out.errorCode === 0 ? undefined : out.errorCode.toString(16),
    c: out.vector === 14 ? out.cr2.toString(16) : undefined,
    o: changed,
    q: fpuDifference(c.state.xsave, after.xsave),
    w: memoryList(out.changes),
  };
  for (const [key, value] of Object.entries(optional)) if (value !== undefined) record[key] = value;
  return record as unknown as CaseRecord;
}

/** The identity of the first CPU in /proc/cpuinfo. */
export function cpuIdentity(): CpuIdentity {
  const text = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    vendor: field('vendor_id'),
    family: Number(field('cpu family')),
    model: Number(field('model')),
    stepping: Number(field('stepping')),
    name: field('model name'),
  };
}
