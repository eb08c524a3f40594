// The privileged test guests: assembler sources in this folder, the text they print, and what is recorded of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assemble } from '../../devices/asm/assemble.ts';
import { readRows } from '../../scripts/generate/read-rows.ts';

export const FOLDER = fileURLToPath(new URL('./', import.meta.url));

const include = (name: string): string | undefined =>
  existsSync(FOLDER + name) ? readFileSync(FOLDER + name, 'utf8') : undefined;

export function guestNames(): string[] {
  const sources = readdirSync(FOLDER).filter((file) => file.endsWith('.asm'));
  return sources.map((file) => file.replace(/\.asm$/, ''));
}

/** The guest's ROM. */
export function assembleGuest(name: string): Uint8Array {
  const source = readFileSync(`${FOLDER}${name}.asm`, 'utf8');
  return assemble(source, { rows: readRows(), name: `${name}.asm`, include }).bytes;
}

/** Lines of serial output. */
export function plainLines(text: string): string[] {
  return text.replaceAll('\r', '').trim().split('\n');
}

/** The recording without its head, whose lines begin with '# '. */
export function recordedLines(name: string): string[] {
  const lines = plainLines(readFileSync(`${FOLDER}expected/${name}.txt`, 'utf8'));
  return lines.filter((line) => !line.startsWith('# '));
}
