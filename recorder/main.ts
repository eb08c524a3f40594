/**
 * `npm run record:silicon`: records single-instruction cases on the CPU underneath and selects those that are committed.
 *
 *   --seed N     another seed makes other cases (default 1)
 *   --scale X    how many cases a form gets (default 2, which makes some 620,000 in all)
 *   --bits 16|32|64 one mode only
 *   --out DIR    where the selection goes (default tests/silicon/cases); everything recorded goes to build/silicon
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeHeader, writeCaseFile, type CaseRecord } from './case-file.ts';
import { enumerateForms, type Form } from './forms.ts';
import { generate, type GeneratedCase } from './generate.ts';
import { regionImages } from './images.ts';
import { LDT, regionsOf, type Bits } from './layout.ts';
import { Random } from './random.ts';
import { select } from './select.ts';
import { compileRecorder, cpuIdentity, runOnSilicon, toRecord, wireInput } from './silicon.ts';
import type { WireWorld } from './wire.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const BATCH = 4000;

/** The committed files and what each may hold, so that all are below 8 MB: x87 and vector cases are longer. */
const SETS = [
  { name: 'integer', limits: { 16: 16000, 32: 16000, 64: 12000 }, has: (c: CaseRecord) => setOf(c) === 'integer' },
  { name: 'x87', limits: { 16: 6000, 32: 6000, 64: 3000 }, has: (c: CaseRecord) => setOf(c) === 'x87' },
  { name: 'sse', limits: { 16: 2800, 32: 3500, 64: 5000 }, has: (c: CaseRecord) => setOf(c) === 'sse' },
  { name: 'avx', limits: { 16: 0, 32: 2500, 64: 7000 }, has: (c: CaseRecord) => setOf(c) === 'avx' },
] as const;

const AVX_FEATURE = /^(AVX|FMA|F16C|VAES|VPCLMUL)/;
const VECTOR_FEATURE = /^(MMX|SSE|SSSE|AES|PCLMUL|SHA|GFNI|FXSR)/;

function setOf(c: CaseRecord): (typeof SETS)[number]['name'] {
  if (c.k?.some((f) => AVX_FEATURE.test(f))) return 'avx';
  if (c.k?.some((f) => VECTOR_FEATURE.test(f)) || /^(Ld|St)mxcsr/.test(c.n)) return 'sse';
  return c.p === undefined && !/^F[a-z0-9]/.test(c.n) ? 'integer' : 'x87';
}

/** Cases of a form: many where the operands have many classes, few where it can only be undefined. */
function weight(form: Form, bits: Bits): number {
  if (form.key.startsWith('#UD')) return bits === 16 ? 1 : 2;
  if (form.key.endsWith('invalid')) return 3;
  const wide = bits !== 16;
  if (/^F[a-z0-9]/.test(form.key)) return wide ? 90 : 20;
  return wide ? 36 : 24;
}

function generateAll(r: Random, bits: Bits, scale: number): GeneratedCase[] {
  const out: GeneratedCase[] = [];
  for (const form of enumerateForms(bits)) {
    const count = Math.max(1, Math.round(weight(form, bits) * scale));
    for (let n = 0; n < count; n++) {
      const c = generate(r, bits, form);
      if (c) out.push(c);
    }
  }
  return out;
}

function record(r: Random, bits: Bits, scale: number, world: WireWorld, program: string): CaseRecord[] {
  const cases = generateAll(r, bits, scale);
  const out: CaseRecord[] = [];
  for (let at = 0; at < cases.length; at += BATCH) {
    const batch = cases.slice(at, at + BATCH);
    const results = runOnSilicon(program, world, batch.map(wireInput));
    batch.forEach((c, i) => {
      const done = toRecord(c, results[i] as (typeof results)[number]);
      if (done) out.push(done);
    });
  }
  return out;
}

function report(cases: readonly CaseRecord[]): string {
  const counts = new Map<string, number>();
  for (const c of cases) counts.set(c.v ?? 'completed', (counts.get(c.v ?? 'completed') ?? 0) + 1);
  const forms = new Set(cases.map((c) => c.n)).size;
  const vectors = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([v, n]) => `${v} ${n}`);
  return `${cases.length} cases of ${forms} forms; by vector ${vectors.join(', ')}`;
}

function main(): void {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, scale: { type: 'string' }, bits: { type: 'string' }, out: { type: 'string' } },
  });
  const seed = Number(values.seed ?? 1);
  const scale = Number(values.scale ?? 2);
  const target = values.out ?? join(ROOT, 'tests', 'silicon', 'cases');
  const program = compileRecorder();
  const cpu = cpuIdentity();
  mkdirSync(target, { recursive: true });
  for (const bits of [64, 32, 16] as const) {
    if (values.bits !== undefined && Number(values.bits) !== bits) continue;
    const r = new Random(seed * 100 + bits);
    const images = regionImages(r, bits);
    const world = {
      regions: regionsOf(bits).map((region, i) => ({ ...region, bytes: images[i] as Uint8Array })),
      ldt: LDT,
    };
    const cases = record(r, bits, scale, world, program);
    const header = makeHeader({ bits, cpu, seed, recorded: cases.length }, images);
    writeCaseFile(join(ROOT, 'build', 'silicon', `all-${bits}.jsonl.gz`), header, cases);
    console.log(`${bits}-bit code on ${cpu.name}: ${report(cases)}`);
    for (const set of SETS) {
      const chosen = select(r, cases.filter(set.has), set.limits[bits]);
      if (chosen.length === 0) continue;
      const size = writeCaseFile(join(target, `${set.name}-${bits}.jsonl.gz`), header, chosen);
      console.log(`  ${set.name}-${bits}: ${report(chosen)}; ${Math.round(size / 1024)} KiB`);
    }
  }
}

main();
