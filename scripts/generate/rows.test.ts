import { describe, expect, it } from 'vitest';
import { expandConditions, parseRows, parseRowsOfSource } from './rows.ts';

const only = (text: string) => {
  const rows = parseRows(text, 'x.ts');
  expect(rows).toHaveLength(1);
  return rows[0]!;
};

describe('instruction rows', () => {
  it('reads a value row', () => {
    const row = only('83 /5 ib | SUB Ev,Ib | SUB(rw,r) | lock');
    expect(row).toMatchObject({ opcode: 0x83, escape: '', prefix: '', modrm: 5, plus: null, immediates: ['ib'] });
    expect(row).toMatchObject({ mnemonic: 'SUB', function: 'SUB', access: ['rw', 'r'], attributes: ['lock'] });
    expect(row.operands.map((o) => [o.code, o.size])).toEqual([
      ['E', 'v'],
      ['I', 'b'],
    ]);
  });

  it('tells a function row from a value row', () => {
    expect(only('60 | PUSHA | PUSHA | v not64').access).toBeNull();
    expect(only('F8 | CLC | CLC() |').access).toEqual([]);
  });

  it('reads escapes and mandatory prefixes', () => {
    expect(only('F3 0F B8 /r | POPCNT Gv,Ev | POPCNT(w,r) | POPCNT')).toMatchObject({
      prefix: 'F3',
      escape: '0F',
      opcode: 0xb8,
    });
    expect(only('0F 38 F0 /r | MOVBE Gv,Mv | MOVBE(w,r) |')).toMatchObject({
      escape: '0F38',
      opcode: 0xf0,
      modrm: 'r',
    });
    expect(only('NP 0F AE /0 | FXSAVE M | FXSAVE |')).toMatchObject({ prefix: 'NP', modrm: 0 });
  });

  it('reads fixed ModR/M bytes and x87 register forms', () => {
    expect(only('D9 E8 | FLD1 | FLD1 |').modrm).toEqual({ low: 0xe8, high: 0xe8 });
    expect(only('D8 C0+i | FADD ST0,STi | FADD |')).toMatchObject({ modrm: { low: 0xc0, high: 0xc7 }, plus: 'i' });
    expect(only('0F 01 D0 | XGETBV | XGETBV |')).toMatchObject({ opcode: 0x01, modrm: { low: 0xd0, high: 0xd0 } });
  });

  it('expands conditions', () => {
    const rows = expandConditions(only('0F 80+cc cz | Jcc Jz | JCC(r,cc) | jcc'));
    expect(rows.map((row) => row.mnemonic).slice(0, 5)).toEqual(['JO', 'JNO', 'JB', 'JNB', 'JZ']);
    expect(rows[15]).toMatchObject({ mnemonic: 'JNLE', opcode: 0x8f });
  });

  it('finds the text in a source file and counts its lines', () => {
    const rows = parseRowsOfSource('/** x */\nexport const ROWS = `\n90 | NOP | NOP() |\n`;\n', 'nop.ts');
    expect(rows.map((row) => [row.mnemonic, row.line])).toEqual([['NOP', 3]]);
    expect(parseRowsOfSource('export const A = 1;', 'a.ts')).toEqual([]);
  });

  it.each([
    ['90 | NOP', /expected opcode/],
    ['G0 | NOP | NOP |', /opcode byte/],
    ['90 zz | NOP | NOP |', /unknown word "zz"/],
    ['90 | NOP Xyz | NOP |', /unknown operand "Xyz"/],
    ['90 | NOP | NOP(q) |', /unknown access "q"/],
    ['40+cc | SET Eb | SET(w,cc) |', /cc in the mnemonic/],
    ['D9 40 | X | X |', /mod 3/],
  ])('says what is wrong in %s', (text, message) => {
    expect(() => parseRows(text, 'bad.ts')).toThrow(message);
    expect(() => parseRows(text, 'bad.ts')).toThrow(/bad\.ts:1/);
  });
});
