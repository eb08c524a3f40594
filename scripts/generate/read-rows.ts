// All rows of assembly/isa/, in the order of file names.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRowsOfSource, type Row } from './rows.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? sourcesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
}

export function readRows(): Row[] {
  return sourcesIn('assembly/isa').flatMap((file) => parseRowsOfSource(readFileSync(join(ROOT, file), 'utf8'), file));
}
