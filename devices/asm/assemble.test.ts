import { describe, expect, it } from 'vitest';
import { parseRows } from '../../scripts/generate/rows.ts';
import { assemble, AssemblyError, type AssemblyOptions } from './assemble.ts';

// A handful of rows: these tests are about the language. iced.test.ts takes all rows of the machine.
const rows = parseRows(
  `
01 /r | ADD Ev,Gv | X |
03 /r | ADD Gv,Ev | X |
05 iz | ADD rAX,Iz | X |
81 /0 iz | ADD Ev,Iz | X |
83 /0 ib | ADD Ev,Ib | X |
80 /0 ib | ADD Eb,Ib | X |
88 /r | MOV Eb,Gb | X |
89 /r | MOV Ev,Gv | X |
8B /r | MOV Gv,Ev | X |
A1 mo | MOV rAX,Ov | X |
B8+r iv | MOV Zv,Iv | X |
C7 /0 iz | MOV Ev,Iz | X |
C1 /4 ib | SHL Ev,Ib | X |
D1 /4 | SHL Ev,1 | X |
68 iz | PUSH Iv | X |
6A ib | PUSH Iv | X |
70+cc cb | Jcc Jb | X | v
0F 80+cc cz | Jcc Jz | X | v
EB cb | JMP Jb | X | v
E9 cz | JMP Jz | X | v
EA ap | JMPF Ap | X | v
FF /4 | JMP Ev | X |
FF /5 | JMPF Mp | X | v
E2 cb | LOOP Jb | X | v
A4 | MOVS Yb,Xb | X |
A5 | MOVS Yv,Xv | X |
F3 A5 | MOVS Yv,Xv | X | rep
90 | NOP | X |
9C | PUSHF | X | v
`,
  'test',
);

function bytes(source: string, options: Partial<AssemblyOptions> = {}): string {
  return Buffer.from(assemble(source, { rows, ...options }).bytes).toString('hex');
}

function mistakes(source: string): string[] {
  try {
    assemble(source, { rows, name: 'x.asm' });
  } catch (error) {
    if (error instanceof AssemblyError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('data and layout', () => {
  it('writes data of each width', () => {
    expect(bytes("db 1,'ab',`\\n\\x7f`\ndw 0x1234,'c'\ndd -1\ndq 0x123456789abcdef0,1.5")).toBe(
      '0161620a7f34126300ffffffff' + 'f0debc9a78563412' + '000000000000f83f',
    );
  });

  it('reads numbers in all bases', () => {
    expect(bytes('db 10, 0x10, 10h, 1010b, 0b11, 17o, 0d9h - 0d8h, 1_0')).toBe('0a10100a030f010a');
  });

  it('repeats, reserves and aligns', () => {
    expect(bytes('times 3 db 7\nalign 8\nresb 2\nalign 4, db 0xcc')).toBe('0707079090909090' + '0000cccc');
    expect(bytes('a: db 1\ntimes 8-($-$$) db 0xff')).toBe('01ffffffffffffff');
  });

  it('places labels after org, with local ones by scope', () => {
    const assembly = assemble('org 0x100\na: dw .l\n.l: dw a\nb: dw .l, a.l\n.l: dw $, $$', { rows });
    expect(Buffer.from(assembly.bytes).toString('hex')).toBe('0201000108010201' + '08010001');
    expect(assembly.origin).toBe(0x100);
    expect(assembly.symbols.get('b.l')).toBe(0x108);
  });

  it('evaluates with the precedence of NASM', () => {
    expect(bytes('x equ 5\ndb 1+2*3, (1|2)^7, ~0 & 0xf, 7/2, 7 % 4, -7//2+10, x<<1, 1<2, !x, "a"+1')).toBe(
      '07040f0303070a010062',
    );
  });

  it('lists which line made which bytes', () => {
    const { listing } = assemble('org 16\nnop\n\nx: dw 1', { rows, name: 'f' });
    expect(listing).toEqual([
      { file: 'f', line: 2, address: 16, length: 1 },
      { file: 'f', line: 4, address: 17, length: 2 },
    ]);
  });
});

describe('instructions', () => {
  it.each([
    ['bits 32\nadd eax,ebx', '01d8'],
    ['bits 16\nadd eax,ebx', '6601d8'],
    ['bits 32\nadd ax,[ebx+esi*4-8]', '660344b3f8'],
    ['bits 32\nadd [esp],ecx', '010c24'],
    ['bits 32\nadd [ebp],ecx', '014d00'],
    ['bits 32\nadd ecx,[edx*3]', '030c52'],
    ['bits 32\nadd ecx,[edx*8]', '030cd500000000'],
    ['bits 16\nadd cx,[bp+si+300]', '038a2c01'],
    ['bits 16\nadd cx,[es:eax]', '26670308'],
    ['bits 32\nmov eax,[1234h]', 'a134120000'],
    ['bits 16\nmov ax,[dword 1234h]', '67a134120000'],
  ])('%s', (source, expected) => {
    expect(bytes(source)).toBe(expected);
  });

  it.each([
    ['add ebx,5', '83c305'],
    ['add ebx,0xfffffff0', '83c3f0'],
    ['add eax,500', '05f4010000'],
    ['add ebx,strict dword 5', '81c305000000'],
    ['add byte [eax],200', '8000c8'],
    ['mov dword [eax],5', 'c70005000000'],
    ['mov [eax],word 5', '66c7000500'],
    ['shl eax,1', 'd1e0'],
    ['shl eax,31', 'c1e01f'],
    ['push 5', '6a05'],
    ['push word 5', '666a05'],
    ['push 500', '68f4010000'],
    ['pushfd', '9c'],
    ['pushfw', '669c'],
    ['rep movsd', 'f3a5'],
    ['movsw', '66a5'],
    ['movsb', 'a4'],
    ['es movsb', '26a4'],
    ['jmp [eax]', 'ff20'],
    ['jmp far [eax]', 'ff28'],
    ['jmp far word [eax]', '66ff28'],
    ['jmp 8:0x12345678', 'ea785634120800'],
    ['jmp word 8:0x1234', '66ea34120800'],
    ['x: loop x, cx', '67e2fd'],
    ['a16 nop', '6790'],
  ])('%s in 32-bit code', (source, expected) => {
    expect(bytes(`bits 32\n${source}`)).toBe(expected);
  });

  it('grows only the branches that need it', () => {
    expect(bytes('bits 32\njz x\ntimes 127 nop\nx:').slice(0, 4)).toBe('747f');
    expect(bytes('bits 32\njz x\ntimes 128 nop\nx:').slice(0, 12)).toBe('0f8480000000');
    // The second one is out of reach only because the first has grown.
    const chain = bytes('bits 32\na: jmp c\ntimes 124 nop\njmp a\ntimes 2 nop\nc:');
    expect([chain.length / 2, chain.slice(0, 10), chain.slice(258, 268)]).toEqual([136, 'e983000000', 'e97affffff']);
    expect(bytes('bits 16\njmp near x\nx:')).toBe('e90000');
  });

  it('settles where a displacement depends on what comes later', () => {
    expect(bytes('bits 32\nmov ecx,[eax+size]\nx: nop\ntimes 130 nop\nsize equ $-x').slice(0, 12)).toBe('8b8883000000');
  });
});

describe('the preprocessor', () => {
  it('expands definitions with and without parameters', () => {
    expect(bytes('%define A 5\n%define TWICE(x) ((x)*2)\n%define B A+1\ndb A, TWICE(A+1), B')).toBe('050c06');
  });

  it('expands macros with parameters, local labels and rotation', () => {
    const source = `
%macro SKIP 1
  jmp %%end
  times %1 db 0
%%end:
%endmacro
%macro ALL 1-*
  %rep %0
    db %1, %0
    %rotate 1
  %endrep
%endmacro
%macro NAME 1
v_%1: db v_%1
%endmacro
SKIP 1
here: SKIP 2
ALL 7,8
NAME x`;
    expect(bytes(source)).toBe('eb0100' + 'eb020000' + '07020802' + '0b');
  });

  it('fills in defaults of macro parameters', () => {
    expect(bytes('%macro M 1-3 8, 9\ndb %1, %2, %3\n%endmacro\nM 1\nM 1, 2\nM 1, 2, 3')).toBe(
      '010809' + '010209' + '010203',
    );
  });

  it('takes the branch that holds', () => {
    const source =
      '%if S > 1\ndb 1\n%elif S = 1\ndb 2\n%else\ndb 3\n%endif\n%ifdef T\ndb 4\n%endif\n%ifndef T\ndb 5\n%endif';
    expect(bytes(source, { define: { S: '2' } })).toBe('0105');
    expect(bytes(source, { define: { S: '1', T: '' } })).toBe('0204');
    expect(bytes(source, { define: { S: '0' } })).toBe('0305');
  });

  it('assigns and repeats', () => {
    expect(bytes('%assign i 0\n%rep 3\ndb i\n%assign i i+1\n%endrep')).toBe('000102');
  });

  it('includes', () => {
    expect(
      bytes('%include "a.inc"\ndb X', { include: (name) => (name === 'a.inc' ? '%define X 9\n' : undefined) }),
    ).toBe('09');
  });
});

describe('mistakes name file and line', () => {
  it.each([
    ['nop\nfoo eax', 'x.asm:2: there is no instruction "foo"'],
    ['mov eax', 'x.asm:1: MOV does not take these operands'],
    ['bits 32\nmov [eax],5', 'x.asm:2: MOV: write the size of the memory operand (byte, word, dword ...)'],
    ['jmp nowhere', 'x.asm:1: "nowhere" is not defined'],
    ['db 256', 'x.asm:1: 256 does not fit into 1 bytes'],
    ['a:\na:', 'x.asm:2: "a" is defined twice'],
    ['bits 32\nadd ebx,[esp*2]', 'x.asm:2: ESP cannot be an index'],
    ['add ax,[cx]', 'x.asm:1: [cx] is not a 16-bit address'],
    ['db "abc', 'x.asm:1: the string does not end'],
    ['%if 1\nnop', 'x.asm:2: an %if has no %endif'],
    ['%include "z"', 'x.asm:1: there is no file "z" to include'],
    ['times -1 nop', 'x.asm:1: times is negative (-1)'],
    ['bits 32\nx: times 200 nop\njmp short x', 'x.asm:3: the value is out of range'],
    ['nop nop', 'x.asm:1: NOP does not take these operands'],
  ])('%s', (source, message) => {
    expect(mistakes(source)).toContain(message);
  });

  it('reports all of them at once', () => {
    expect(mistakes('foo 1\nbar 2')).toHaveLength(2);
  });
});
