/**
 * The x87 operations of x87-corpus.bin.br, in its order. The recorder (record-x87.c), the generator of operands
 * (x87-cases.ts) and the test all take them from here; `npm run record:arithmetic` hands them to the recorder.
 */

/** What the operands should look like: numbers that record-x87.c and x87-cases.ts know by these values. */
export const KIND = {
  ADD: 0,
  MULTIPLY: 1,
  DIVIDE: 2,
  DIVIDE_REVERSED: 3,
  SQUARE_ROOT: 4,
  REMAINDER: 5,
  TO_INTEGER: 6,
  TO_BINARY32: 7,
  TO_BINARY64: 8,
  SCALE: 9,
  ANY: 10,
  BINARY32: 11,
  BINARY64: 12,
  INTEGER16: 13,
  INTEGER32: 14,
  INTEGER64: 15,
  BCD: 16,
} as const;

export interface X87Operation {
  readonly name: string;
  readonly kind: number;
  /** Opcode and ModR/M byte, memory operands at EDI; several are variants that take turns. */
  readonly codes: readonly (readonly [number, number])[];
}

/** Cases of an operation: each variant, rounding mode and precision gets as many as the others. */
export const X87_COUNT = 10080;
/** Cases that share a sum of 32 bits in the corpus. */
export const X87_BLOCK = 240;

/** ModR/M of a memory operand at EDI. */
const memory = (reg: number): number => (reg << 3) | 7;
/** FADD FMUL FSUB FSUBR FDIV FDIVR with a memory operand. */
const arithmetic = (opcode: number): [number, number][] => [0, 1, 4, 5, 6, 7].map((reg) => [opcode, memory(reg)]);
const one = (name: string, kind: number, opcode: number, modrm: number): X87Operation => ({
  name,
  kind,
  codes: [[opcode, modrm]],
});

export const X87_OPERATIONS: readonly X87Operation[] = [
  one('FADD', KIND.ADD, 0xd8, 0xc1),
  one('FSUB', KIND.ADD, 0xd8, 0xe1),
  one('FSUBR', KIND.ADD, 0xd8, 0xe9),
  one('FMUL', KIND.MULTIPLY, 0xd8, 0xc9),
  one('FDIV', KIND.DIVIDE, 0xd8, 0xf1),
  one('FDIVR', KIND.DIVIDE_REVERSED, 0xd8, 0xf9),
  one('FSQRT', KIND.SQUARE_ROOT, 0xd9, 0xfa),
  one('FPREM', KIND.REMAINDER, 0xd9, 0xf8),
  one('FPREM1', KIND.REMAINDER, 0xd9, 0xf5),
  one('FRNDINT', KIND.TO_INTEGER, 0xd9, 0xfc),
  one('FSCALE', KIND.SCALE, 0xd9, 0xfd),
  one('FXTRACT', KIND.ANY, 0xd9, 0xf4),
  one('FLD m32', KIND.BINARY32, 0xd9, memory(0)),
  one('FLD m64', KIND.BINARY64, 0xdd, memory(0)),
  one('FILD m16', KIND.INTEGER16, 0xdf, memory(0)),
  one('FILD m32', KIND.INTEGER32, 0xdb, memory(0)),
  one('FILD m64', KIND.INTEGER64, 0xdf, memory(5)),
  one('FBLD', KIND.BCD, 0xdf, memory(4)),
  one('FST m32', KIND.TO_BINARY32, 0xd9, memory(2)),
  one('FST m64', KIND.TO_BINARY64, 0xdd, memory(2)),
  one('FIST m16', KIND.TO_INTEGER, 0xdf, memory(2)),
  one('FIST m32', KIND.TO_INTEGER, 0xdb, memory(2)),
  one('FISTP m64', KIND.TO_INTEGER, 0xdf, memory(7)),
  one('FISTTP m16', KIND.TO_INTEGER, 0xdf, memory(1)),
  one('FISTTP m32', KIND.TO_INTEGER, 0xdb, memory(1)),
  one('FISTTP m64', KIND.TO_INTEGER, 0xdd, memory(1)),
  one('FBSTP', KIND.TO_INTEGER, 0xdf, memory(6)),
  one('FCOM', KIND.ADD, 0xd8, 0xd1),
  one('FUCOM', KIND.ADD, 0xdd, 0xe1),
  one('FCOMI', KIND.ADD, 0xdb, 0xf1),
  one('FUCOMI', KIND.ADD, 0xdb, 0xe9),
  one('FTST', KIND.ANY, 0xd9, 0xe4),
  one('FXAM', KIND.ANY, 0xd9, 0xe5),
  { name: 'FADD FMUL FSUB FSUBR FDIV FDIVR m32', kind: KIND.BINARY32, codes: arithmetic(0xd8) },
  { name: 'FADD FMUL FSUB FSUBR FDIV FDIVR m64', kind: KIND.BINARY64, codes: arithmetic(0xdc) },
  { name: 'FIADD FIMUL FISUB FISUBR FIDIV FIDIVR m16', kind: KIND.INTEGER16, codes: arithmetic(0xde) },
  { name: 'FIADD FIMUL FISUB FISUBR FIDIV FIDIVR m32', kind: KIND.INTEGER32, codes: arithmetic(0xda) },
  one('FCOM m32', KIND.BINARY32, 0xd8, memory(2)),
  one('FCOM m64', KIND.BINARY64, 0xdc, memory(2)),
  one('FICOM m16', KIND.INTEGER16, 0xde, memory(2)),
  one('FICOM m32', KIND.INTEGER32, 0xda, memory(2)),
];

/** Whether the result is in EFLAGS (FCOMI, FUCOMI). */
export function definesFlags(operation: X87Operation): boolean {
  return operation.codes.some(([opcode, modrm]) => opcode === 0xdb && modrm >= 0xe8);
}

/** What the corpus leaves out of its hashes, and why. */
export const X87_NOT_COMPARED: readonly { what: string; reason: string; reference: string }[] = [
  {
    what: 'C0, C1, C2, C3 of FPREM and FPREM1 with an unmasked denormal operand',
    reason: 'the operation does not take place; the recording CPU sets the quotient’s bits all the same',
    reference: 'SDM vol. 1 8.5.2',
  },
  {
    what: 'EFLAGS after FCOMI and FUCOMI with an unmasked invalid operation or denormal operand',
    reason: 'the SDM leaves the flags alone then, AMD CPUs set them',
    reference: 'SDM vol. 2A, FCOMI/FUCOMI',
  },
];

/** What the manuals leave to the design, where Vitrine does as the recording shows. */
export const X87_CHOSEN: readonly { what: string; reason: string; reference: string }[] = [
  {
    what: 'C0, C2, C3 where the manual leaves them undefined',
    reason: 'unchanged on the recording CPU, in all operations above',
    reference: 'SDM vol. 1 8.1.3.3, table 8-1',
  },
  {
    what: 'C1 of FCOMI and FUCOMI',
    reason:
      'unchanged unless ST(0) or ST(i) is empty, on the recording CPU and on the Xeon of the shared cases; the SDM has it cleared',
    reference: 'SDM vol. 2A, FCOMI/FUCOMI',
  },
  {
    what: 'by how much FPREM and FPREM1 reduce an exponent difference of 64 and more',
    reason: 'a number from 32 to 63 that the manual does not name; the one that leaves a multiple of 32',
    reference: 'SDM vol. 2A, FPREM, FPREM1',
  },
];
