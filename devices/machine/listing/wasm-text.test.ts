import { describe, expect, it } from 'vitest';
import { wasmBodies, wasmLines } from './wasm-text.ts';

/** A module with one function, whose body, without locals, is `code`. */
function moduleOf(...code: number[]): Uint8Array {
  const body = [0, ...code];
  const section = [1, body.length, ...body];
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 10, section.length, ...section]);
}

function lines(...code: number[]): string[] {
  const module = moduleOf(...code);
  const [body] = wasmBodies(module);
  if (body === undefined) throw new Error('no body');
  return wasmLines(module, body, { functions: ['condition'], long: true, slots: SLOTS }).map(
    ({ depth, text }) => '  '.repeat(depth) + text,
  );
}

/** Two registers and a temporary, as the compiler could have numbered them. */
const SLOTS = new Map([
  [1, 34],
  [2, 42],
  [3, 51],
]);

describe('wasmLines', () => {
  it('indents what is structured', () => {
    expect(
      lines(0x02, 0x40, 0x03, 0x40, 0x41, 1, 0x04, 0x7f, 0x00, 0x05, 0x00, 0x0b, 0x0c, 0, 0x0b, 0x0b, 0x0b),
    ).toEqual([
      'block',
      '  loop',
      '    i32.const 1',
      '    if (result i32)',
      '      unreachable',
      '    else',
      '      unreachable',
      '    end',
      '    br 0',
      '  end',
      'end',
      'end',
    ]);
  });

  it('reads LEB128 numbers', () => {
    expect(lines(0x41, 0x7f, 0x41, 0x80, 0x7f, 0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x28, 0, 0xa4, 0x1e)).toEqual([
      'i32.const -1',
      'i32.const -0x80',
      'i64.const -0x20000000000',
      'i32.load offset=3876',
    ]);
  });

  it('names locals and imported functions', () => {
    expect(lines(0x20, 0, 0x21, 1, 0x22, 2, 0x20, 3, 0x20, 9, 0x10, 0)).toEqual([
      'local.get $cpu',
      'local.set $rax',
      'local.tee $r8',
      'local.get $temp32_1',
      'local.get $9',
      'call $condition',
    ]);
  });

  it('steps over the immediates of vector instructions', () => {
    const shuffle = Array.from({ length: 16 }, (_, index) => index);
    const text = lines(0xfd, 0, 4, 0x10, 0xfd, 13, ...shuffle, 0xfd, 27, 2, 0xfd, 86, 2, 8, 1, 0xfd, 0xae, 1, 0x1a);
    expect(text.map((line) => line.replace(/^\S+/, ''))).toEqual([
      ' offset=16',
      ' 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
      ' 2',
      ' offset=8 1',
      '',
      '',
    ]);
  });

  it('shows an instruction that it does not know by its number', () => {
    expect(lines(0xff, 0x6a)).toEqual(['0xff', 'i32.add']);
  });
});
