// Instruction rows -> assembly/generated/ and devices/generated/. Run by scripts/build-core.mjs; its output is never edited and not committed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DecodeTables, decodeTablesSource } from './decode-tables.ts';
import { numberForms } from './forms.ts';
import { fusedSource, handlersSource, interpreterSource } from './interpreter.ts';
import { emitKindsSource, emitSource, emitVectorsSource } from './emit.ts';
import { listingSource } from './listing.ts';
import { explainSource } from './readings.ts';
import { readRows } from './read-rows.ts';
import { expandVex } from './vex.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'assembly/generated');
const HOST_OUT = join(ROOT, 'devices/generated');

/** CPUID features by name: `export const FEATURE_CMOV = 15;` in shared/features.ts, word * 32 + bit. */
export function readFeatures(): Map<string, number> {
  const file = join(ROOT, 'assembly/shared/features.ts');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return new Map(
    [...text.matchAll(/export const FEATURE_(\w+) = (\d+|0x[0-9a-f]+);/g)].map((m) => [m[1] ?? '', Number(m[2])]),
  );
}

function write(name: string, text: string, folder = OUT): void {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(file, text);
}

const rows = readRows().flatMap(expandVex);
const numbered = numberForms(rows);
const tables = new DecodeTables(rows, numbered, readFeatures());
mkdirSync(OUT, { recursive: true });
write('interpreter.ts', interpreterSource(numbered));
write('fused.ts', fusedSource(numbered));
write('handlers.ts', handlersSource(numbered));
write('emit.ts', emitSource(numbered));
write('emit-vectors.ts', emitVectorsSource(numbered));
write('emit-kinds.ts', emitKindsSource(numbered));
write('explain.ts', explainSource(numbered));
write('decode-tables.ts', decodeTablesSource(tables));
mkdirSync(HOST_OUT, { recursive: true });
const read = (name: string): string => readFileSync(join(ROOT, 'assembly', name), 'utf8');
write(
  'listing-tables.ts',
  listingSource(rows, numbered, read('jit/opcodes.ts'), read('machine/emit-locals.ts')),
  HOST_OUT,
);
