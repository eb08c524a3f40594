// Assembles a source file of ours with the machine's own instruction rows.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assemble, type Assembly } from '../devices/asm/assemble.ts';
import { readRows } from '../scripts/generate/read-rows.ts';

const rows = readRows();

/** Included files are looked for beside the source. */
export function assembleFile(path: string, define: Readonly<Record<string, string>> = {}): Assembly {
  const include = (name: string): string => readFileSync(join(dirname(path), name), 'utf8');
  return assemble(readFileSync(path, 'utf8'), { rows, name: path, define, include });
}
