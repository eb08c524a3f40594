import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assembleFile } from '../rom.ts';

const { bytes, symbols } = assembleFile(fileURLToPath(new URL('hello.asm', import.meta.url)));

describe('hello.rom', () => {
  it('is 64 KB with a far jump to the start in its last 16 bytes', () => {
    expect(bytes).toHaveLength(0x10000);
    const start = symbols.get('start')!;
    expect([...bytes.slice(0xfff0, 0xfff5)]).toEqual([0xea, start & 0xff, start >> 8, 0x00, 0xf0]);
  });

  it('has exception stubs of equal length, so that the IDT can be computed', () => {
    expect(symbols.get('exception')! - symbols.get('exception_stubs')!).toBe(32 * symbols.get('STUB_LENGTH')!);
  });
});
