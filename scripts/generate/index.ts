// Instruction rows -> assembly/generated/. Run by scripts/build-core.mjs; its output is never edited and not committed.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from '../../devices/asm/row.ts';
import { DecodeTables, decodeTablesSource } from './decode-tables.ts';
import { numberForms } from './forms.ts';
import { handlersSource, interpreterSource } from './interpreter.ts';
import { readingSource } from './readings.ts';
import { parseRowsOfSource } from './rows.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'assembly/generated');

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? sourcesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
}

export function readRows(): Row[] {
  return sourcesIn('assembly/isa').flatMap((file) => parseRowsOfSource(readFileSync(join(ROOT, file), 'utf8'), file));
}

/** CPUID features by name: `export const FEATURE_CMOV = 15;` in shared/features.ts, word * 32 + bit. */
export function readFeatures(): Map<string, number> {
  const file = join(ROOT, 'assembly/shared/features.ts');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return new Map(
    [...text.matchAll(/export const FEATURE_(\w+) = (\d+|0x[0-9a-f]+);/g)].map((m) => [m[1] ?? '', Number(m[2])]),
  );
}

function write(name: string, text: string): void {
  const file = join(OUT, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(file, text);
}

// The decoder knows no 64-bit mode yet; rows that exist there only would hide those of the same opcode (63: ARPL).
const rows = readRows().filter((row) => !row.attributes.includes('only64'));
const numbered = numberForms(rows);
const tables = new DecodeTables(rows, numbered, readFeatures());
mkdirSync(OUT, { recursive: true });
write('interpreter.ts', interpreterSource(numbered));
write('handlers.ts', handlersSource(numbered));
write('emit.ts', readingSource(numbered, 'Emit'));
write('explain.ts', readingSource(numbered, 'Explain'));
write('decode-tables.ts', decodeTablesSource(tables));
