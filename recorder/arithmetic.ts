/**
 * `npm run record:arithmetic`: records what x87 and SSE arithmetic yields on the CPU underneath, into the corpora of
 * assembly/softfloat/tests/. Operands are not recorded: the tests make them again, by the generators of the C programs.
 *
 *   --check   writes nothing; says whether the CPU underneath yields what is committed
 *   --show N  prints operands and results of operation N of x87-operations.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { SSE_COUNT } from '../assembly/softfloat/tests/sse-operations.ts';
import { X87_COUNT, X87_OPERATIONS } from '../assembly/softfloat/tests/x87-operations.ts';
import { cpuIdentity } from './silicon.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const TESTS = join(ROOT, 'assembly', 'softfloat', 'tests');

function compile(name: string): string {
  const directory = join(ROOT, 'build', 'silicon');
  mkdirSync(directory, { recursive: true });
  const program = join(directory, name);
  const gcc = spawnSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', join(TESTS, `${name}.c`), '-o', program], {
    encoding: 'utf8',
  });
  if (gcc.error) throw new Error('The recorder needs gcc on an x86-64 Linux: install the package gcc.');
  if (gcc.status !== 0) throw new Error(`gcc cannot compile ${name}.c:\n${gcc.stderr}`);
  return program;
}

function run(program: string, args: readonly string[], input: string): Buffer {
  const done = spawnSync(program, args, { input, maxBuffer: 1 << 30 });
  if (done.status !== 0) throw new Error(`${program} ended with ${done.signal ?? done.status}: ${String(done.stderr)}`);
  return done.stdout;
}

/** The operations as record-x87 reads them. */
function x87Table(only?: number): string {
  return X87_OPERATIONS.map((o, n) => [n, o.kind, o.codes.length, ...o.codes.flat()].join(' '))
    .filter((_, n) => only === undefined || n === only)
    .join('\n');
}

function compress(corpus: Buffer): Buffer {
  return brotliCompressSync(corpus, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, show: { type: 'string' } } });
  const x87 = compile('record-x87');
  if (values.show !== undefined) {
    process.stdout.write(run(x87, ['-v', String(X87_COUNT)], x87Table(Number(values.show))));
    return;
  }
  const corpora: readonly (readonly [string, Buffer])[] = [
    ['x87-corpus.bin.br', run(x87, [String(X87_COUNT)], x87Table())],
    ['sse-corpus.bin.br', run(compile('record-sse'), [String(SSE_COUNT)], '')],
  ];
  const cpu = cpuIdentity();
  for (const [name, corpus] of corpora) {
    if (values.check) {
      const isSame = brotliDecompressSync(readFileSync(join(TESTS, name))).equals(corpus);
      console.log(`${name}: ${cpu.name} yields ${isSame ? 'the same' : 'something else'}`);
      if (!isSame) process.exitCode = 1;
      continue;
    }
    const packed = compress(corpus);
    writeFileSync(join(TESTS, name), packed);
    console.log(`${name}: ${Math.round(packed.length / 1024)} KiB, recorded on ${cpu.name}`);
  }
  if (!values.check) writeFileSync(join(TESTS, 'recorded-on.json'), `${JSON.stringify(cpu, null, 2)}\n`);
}

main();
