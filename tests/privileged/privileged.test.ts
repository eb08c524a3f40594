// Every guest with a recorded output prints the same in Vitrine. Header lines of the recordings start with '#'.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { assemble } from '../../devices/asm/assemble.ts';
import { readRows } from '../../scripts/generate/read-rows.ts';
import { runToEnd } from '../machine/test-machine.ts';

const FOLDER = fileURLToPath(new URL('./', import.meta.url));
const rows = readRows();

const include = (name: string): string | undefined =>
  existsSync(FOLDER + name) ? readFileSync(FOLDER + name, 'utf8') : undefined;

/** The recording without its header. */
function recorded(name: string): string {
  const lines = readFileSync(`${FOLDER}expected/${name}.txt`, 'utf8').split('\n');
  return lines.filter((line) => !line.startsWith('#')).join('\n');
}

const guests = readdirSync(`${FOLDER}expected`).map((file) => file.replace(/\.txt$/, ''));

test.each(guests)('%s prints what other machines print', async (name) => {
  const source = readFileSync(`${FOLDER}${name}.asm`, 'utf8');
  const { bytes } = assemble(source, { rows, name: `${name}.asm`, include });
  const { host } = await runToEnd('-bios', bytes, ['-m', '16']);
  expect(host.serial.replaceAll('\r', '').trim()).toBe(recorded(name).replaceAll('\r', '').trim());
});
