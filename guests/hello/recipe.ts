// The guest of our own: made from hello.asm with the assembler here, so that the page has something to run even without a network.
import { fileURLToPath } from 'node:url';
import { sha256, type GuestDescription } from '../manifest.ts';
import { assembleFile } from '../rom.ts';

export const id = 'hello';

const rom = assembleFile(fileURLToPath(new URL('hello.asm', import.meta.url))).bytes;

/** Assembling takes a moment only, so the result itself says whether anything has changed. */
export function recipeHash(): string {
  return sha256(rom, DESCRIPTION);
}

const DESCRIPTION = 'A 64 KB ROM that greets on the serial line, counts timer interrupts and takes a few commands.';

export function make(): GuestDescription {
  return {
    id,
    title: 'Hello (a ROM of our own)',
    description: DESCRIPTION,
    memory: 4,
    args: [],
    prompt: 'hello> ',
    files: [{ flag: '-bios', name: 'hello.rom', data: rom }],
    licence: 'MIT, a part of Vitrine.',
    sources: ['guests/hello/hello.asm'],
    recipe: recipeHash(),
  };
}
