// Programs of our own for the Linux guests, built from C by gcc where they are needed: static, so that a guest needs nothing else.
// The program of the SIMD families has no C library, so that gcc alone is enough for both architectures.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../scripts/set-up.mjs';

export type Architecture = 'i386' | 'amd64';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const OUTPUT = join(ROOT, 'build/programs');

const WARNINGS = ['-Wall', '-Wextra', '-Werror'];

const FREESTANDING = [
  '-O1',
  '-ffreestanding',
  '-fno-stack-protector',
  '-fno-pic',
  '-fno-strict-aliasing',
  // Our own memset must not become a call of itself.
  '-fno-tree-loop-distribute-patterns',
  // One rounding more or less would be the compiler's, not the processor's.
  '-ffp-contract=off',
  '-fcf-protection=none',
];

interface Source {
  readonly file: string;
  readonly flags: readonly string[];
  readonly only?: Architecture;
}

const BMI = ['-mbmi', '-mbmi2', '-mlzcnt', '-mpopcnt', '-mmovbe', '-madx'];

/** Each file may use its own family only: code of another would run before CPUID has been asked. By name of the object. */
const SIMD: Readonly<Record<string, Source>> = {
  start: { file: 'start.S', flags: [] },
  main: { file: 'main.c', flags: ['-mgeneral-regs-only'] },
  x87: { file: 'x87.c', flags: ['-mno-mmx', '-mno-sse'] },
  mmx: { file: 'mmx.c', flags: ['-mmmx', '-mno-sse'] },
  sse: { file: 'sse.c', flags: ['-msse', '-mno-sse2', '-mfpmath=sse'] },
  sse2: { file: 'sse2.c', flags: ['-msse2', '-mfpmath=sse'] },
  sse3: { file: 'sse3.c', flags: ['-msse3', '-mfpmath=sse'] },
  ssse3: { file: 'ssse3.c', flags: ['-mssse3', '-mfpmath=sse'] },
  sse41: { file: 'sse41.c', flags: ['-msse4.1', '-mfpmath=sse'] },
  sse42: { file: 'sse42.c', flags: ['-msse4.2', '-mfpmath=sse'] },
  crypto: { file: 'crypto.c', flags: ['-msse4.1', '-maes', '-mpclmul', '-msha'] },
  avx: { file: 'avx.c', flags: ['-mavx', '-mfpmath=sse'] },
  avx2: { file: 'avx2.c', flags: ['-mavx2', '-mfpmath=sse'] },
  fma: { file: 'fma.c', flags: ['-mfma', '-mfpmath=sse'] },
  f16c: { file: 'f16c.c', flags: ['-mf16c', '-mfpmath=sse'] },
  bmi32: { file: 'bmi.c', flags: [...BMI, '-DREGISTER_BITS=32'] },
  bmi64: { file: 'bmi.c', flags: [...BMI, '-DREGISTER_BITS=64'], only: 'amd64' },
};

const WIDTH: Readonly<Record<Architecture, readonly string[]>> = { i386: ['-m32', '-march=i686'], amd64: ['-m64'] };

/** Answers the path of the program of all SIMD families, guests/programs/simd. */
export function buildSimd(architecture: Architecture): string {
  const folder = join(OUTPUT, `simd-${architecture}`);
  mkdirSync(folder, { recursive: true });
  const width = WIDTH[architecture];
  const sources = Object.entries(SIMD).filter(([, { only }]) => only === undefined || only === architecture);
  const objects = sources.map(([name, { file, flags }]) => {
    const object = join(folder, `${name}.o`);
    gcc([...width, ...FREESTANDING, ...WARNINGS, ...flags, '-c', join(SOURCES, 'simd', file), '-o', object]);
    return object;
  });
  const program = join(folder, 'simd');
  gcc([...width, '-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none', ...objects, '-o', program]);
  return program;
}

/** Answers the path of a 64-bit program of one file that uses the C library. */
export function buildProgram(name: 'counters' | 'debugger'): string {
  mkdirSync(OUTPUT, { recursive: true });
  const program = join(OUTPUT, name);
  gcc(['-m64', '-O1', '-static', '-no-pie', ...WARNINGS, join(SOURCES, `${name}.c`), '-o', program]);
  return program;
}

function gcc(args: readonly string[]): void {
  if (process.arch !== 'x64')
    throw new Error(`The programs of the Linux guests are built on an x86-64 system; this one is ${process.arch}.`);
  const result = spawnSync('gcc', args, { encoding: 'utf8' });
  if (result.error)
    throw new Error(
      'The programs of the Linux guests are built by gcc, which this system lacks: install it (Debian: apt-get install gcc libc6-dev).',
    );
  if (result.status !== 0) throw new Error(`gcc ${args.join(' ')} failed:\n${result.stderr}`);
}
