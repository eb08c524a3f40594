// Does an instruction as written fit a row? If it does: operand size, and what goes into which field of the encoding.
import type { Register } from './registers.ts';
import type { Operand, Row } from './row.ts';
import type { Bits, Instruction, MemoryOperand, ParsedOperand } from './statement.ts';
import type { Meaning } from './mnemonics.ts';

export interface Match {
  readonly row: Row;
  readonly operandSize: Bits;
  /** REX.W where the row does not have 64 bits by itself. */
  readonly wide: boolean;
  /** Whether 66 changes what the row does; without it 66 is emitted only where it was asked for. */
  readonly isSized: boolean;
  readonly rm?: Register | MemoryOperand;
  /** Number for the reg field. */
  readonly reg?: number;
  /** Number for the low bits of the opcode, or of a fixed ModR/M byte. */
  readonly plus?: number;
  /** What the immediates encode, in order, with the width of the operand that each is for. */
  readonly values: readonly { readonly operand: ParsedOperand; readonly bits: number }[];
  /** All registers written, whose REX rules must agree. */
  readonly registers: readonly Register[];
  /** The width of a memory operand that was written without one: 'open' where nothing else says it. */
  readonly impliedSize?: number | 'open';
}

const SIZED_CODES = 'vzyp';

/** Mnemonics whose memory operand has the current operand size if none is written: there is no smaller form to confuse it with. */
const DEFAULT_SIZED = new Set(['CALL', 'JMP', 'CALLF', 'JMPF', 'CALLN', 'JMPN']);

/** What one row asks of its operands, gathered operand by operand. */
class Gathering {
  required: number | undefined;
  rm: Register | MemoryOperand | undefined;
  reg: number | undefined;
  plus: number | undefined;
  readonly values: { operand: ParsedOperand; size: string }[] = [];
  /** The memory operand's size code where no size is written. */
  openSize: string | undefined;

  /** Notes an operand size; false if another is required already. */
  require(bits: number): boolean {
    if (bits !== 16 && bits !== 32 && bits !== 64) return false;
    if (this.required !== undefined && this.required !== bits) return false;
    this.required = bits;
    return true;
  }
}

export function matchRow(row: Row, instruction: Instruction, meaning: Meaning, bits: Bits): Match | undefined {
  // VEX forms cannot be written.
  if (row.vex || row.attributes.includes(bits === 64 ? 'not64' : 'only64')) return undefined;
  const isSized =
    row.attributes.includes('v') ||
    row.operands.some(({ size }) => size !== '' && SIZED_CODES.includes(size)) ||
    row.operands.some(({ text }) => text === 'rAX' || text === 'eAX');
  const gathering = new Gathering();
  if (meaning.isString) {
    const isByteRow = row.operands.some(({ code, size }) => (code === 'X' || code === 'Y') && size === 'b');
    if (isByteRow !== (meaning.operandSize === 8)) return undefined;
  } else {
    const pairs = pairOperands(row, instruction.operands);
    if (!pairs || !pairs.every(([formal, actual]) => gather(gathering, formal, actual))) return undefined;
    // Segment and control registers have a row each where some of the eight do not exist.
    if (typeof row.modrm === 'number' && gathering.reg !== undefined && (gathering.reg & 7) !== row.modrm)
      return undefined;
    if (row.plus === 'i' && gathering.plus === undefined) gathering.plus = 1;
  }
  const said = [
    meaning.operandSize === 8 ? undefined : meaning.operandSize,
    instruction.operandSize,
    immediateSize(row, instruction, gathering),
  ];
  for (const size of said) if (isSized && size !== undefined && !gathering.require(size)) return undefined;
  const size = sizeOf(row, gathering.required as Bits | undefined, bits);
  if (!size || isFarDefault(row, instruction)) return undefined;
  const { operandSize, wide } = size;
  const registers = instruction.operands.flatMap((operand) => (operand.kind === 'register' ? [operand.register] : []));
  return { row, isSized, operandSize, wide, registers, ...fieldsOf(gathering, row, operandSize) };
}

/** The operand size, if the row can have it in this mode: SDM vol. 2A 2.2.1.2. */
function sizeOf(row: Row, required: Bits | undefined, bits: Bits): Pick<Match, 'operandSize' | 'wide'> | undefined {
  if (bits !== 64) return required === 64 ? undefined : { operandSize: required ?? bits, wide: false };
  const isForced = row.attributes.includes('f64');
  if (!isForced && !row.attributes.includes('d64')) return { operandSize: required ?? 32, wide: required === 64 };
  if (required === 32 || (isForced && required === 16)) return undefined;
  return { operandSize: required ?? 64, wide: false };
}

/** Far memory pointers are written with `far`, so that CALL [x] stays a near call. */
function isFarDefault(row: Row, instruction: Instruction): boolean {
  const memory = instruction.operands.find((operand) => operand.kind === 'memory');
  if (!memory || !/^(JMP|CALL)F?$/.test(row.mnemonic)) return false;
  return row.operands.some(({ size }) => size === 'p') !== memory.far;
}

function fieldsOf(
  gathering: Gathering,
  row: Row,
  operandSize: Bits,
): Omit<Match, 'row' | 'isSized' | 'operandSize' | 'wide' | 'registers'> {
  const { rm, reg, plus, values, openSize, required } = gathering;
  const isOpen = openSize !== undefined && openSize !== '' && 'vzy'.includes(openSize) && required === undefined;
  const implied =
    openSize === undefined
      ? undefined
      : isOpen
        ? DEFAULT_SIZED.has(row.mnemonic)
          ? operandSize
          : 'open'
        : bitsOf(openSize, operandSize);
  return {
    values: values.map(({ operand, size }) => ({ operand, bits: bitsOf(size, operandSize) ?? operandSize })),
    ...(rm === undefined ? {} : { rm }),
    ...(reg === undefined ? {} : { reg }),
    ...(plus === undefined ? {} : { plus }),
    ...(implied === undefined ? {} : { impliedSize: implied }),
  };
}

/** A size written before an immediate is the operation's (`push dword 5`, `mov [x], word 5`), but `byte` only asks for a short form. */
function immediateSize(row: Row, instruction: Instruction, gathering: Gathering): number | undefined {
  for (const operand of instruction.operands) {
    if (operand.kind !== 'immediate' && operand.kind !== 'far') continue;
    if (operand.size === undefined || operand.size === 8) continue;
    if (gathering.required === undefined || row.operands.length === 1) return operand.size;
  }
  return undefined;
}

/** Written operands against the row's; ST0 may be left out, and with it ST1 of the forms that pop. */
function pairOperands(row: Row, actual: readonly ParsedOperand[]): [Operand, ParsedOperand][] | undefined {
  let formal = row.operands;
  if (formal.length !== actual.length) {
    formal = formal.filter(({ text }) => text !== 'ST0');
    if (actual.length === 0) formal = formal.filter(({ code }) => code !== 'STi');
    if (formal.length !== actual.length) return undefined;
  }
  return formal.map((operand, index) => [operand, actual[index]!]);
}

function gather(into: Gathering, formal: Operand, actual: ParsedOperand): boolean {
  if (actual.kind === 'register') return gatherRegister(into, formal, actual.register);
  if (actual.kind === 'memory') return gatherMemory(into, formal, actual);
  if (actual.kind === 'far') {
    into.values.push({ operand: actual, size: '' });
    return formal.code === 'A';
  }
  if (formal.text === '1' || formal.text === '3') {
    return actual.value.kind === 'number' && actual.value.value === BigInt(formal.text) && actual.size === undefined;
  }
  into.values.push({ operand: actual, size: formal.size });
  return formal.code === 'I' || formal.code === 'J';
}

const CLASS_OF_CODE: Partial<Record<Operand['code'], Register['class']>> = {
  S: 'segment',
  C: 'control',
  D: 'debug',
  P: 'mm',
  Q: 'mm',
  N: 'mm',
  V: 'xmm',
  W: 'xmm',
  U: 'xmm',
  STi: 'st',
};
const FIXED_REGISTERS: Record<string, Register> = {
  AL: { class: 'r8', number: 0 },
  CL: { class: 'r8', number: 1 },
  AX: { class: 'r16', number: 0 },
  DX: { class: 'r16', number: 2 },
  EAX: { class: 'r32', number: 0 },
  ECX: { class: 'r32', number: 1 },
  EDX: { class: 'r32', number: 2 },
  ST0: { class: 'st', number: 0 },
  XMM0: { class: 'xmm', number: 0 },
  ES: { class: 'segment', number: 0 },
  CS: { class: 'segment', number: 1 },
  SS: { class: 'segment', number: 2 },
  DS: { class: 'segment', number: 3 },
  FS: { class: 'segment', number: 4 },
  GS: { class: 'segment', number: 5 },
};

function gatherRegister(into: Gathering, formal: Operand, register: Register): boolean {
  if (formal.code === 'fixed') {
    if (formal.text === 'rAX' || formal.text === 'eAX') return register.number === 0 && requireClass(into, register);
    const fixed = FIXED_REGISTERS[formal.text];
    return fixed?.class === register.class && fixed.number === register.number;
  }
  const expected = CLASS_OF_CODE[formal.code];
  if (expected !== undefined) {
    if (register.class !== expected) return false;
  } else if (!'EGRZ'.includes(formal.code) || !isGeneral(into, formal.size, register)) return false;
  if ('GSCDPV'.includes(formal.code)) into.reg = register.number;
  else if (formal.code === 'Z' || formal.code === 'STi') into.plus = register.number;
  else into.rm = register;
  return true;
}

function isGeneral(into: Gathering, size: string, register: Register): boolean {
  if (size === 'b') return register.class === 'r8';
  if (size === 'w') return register.class === 'r16';
  if (size === 'd') return register.class === 'r32';
  if (size === 'q') return register.class === 'r64';
  if (size === 'y') return register.class !== 'r16' && requireClass(into, register);
  return SIZED_CODES.includes(size) && size !== '' && requireClass(into, register);
}

function requireClass(into: Gathering, register: Register): boolean {
  if (register.class === 'r16') return into.require(16);
  if (register.class === 'r64') return into.require(64);
  return register.class === 'r32' && into.require(32);
}

function gatherMemory(into: Gathering, formal: Operand, actual: MemoryOperand): boolean {
  if (formal.code === 'O') {
    into.values.push({ operand: actual, size: '' });
  } else if ('EMQW'.includes(formal.code)) into.rm = actual;
  else return false;
  if (actual.size === undefined) {
    into.openSize = formal.size;
    return true;
  }
  if ('vzyp'.includes(formal.size) && formal.size !== '') return into.require(actual.size);
  const bits = bitsOf(formal.size, 32);
  return bits === undefined || bits === actual.size;
}

const SIZE_BITS: Record<string, number> = {
  b: 8,
  w: 16,
  d: 32,
  q: 64,
  dq: 128,
  x: 128,
  ps: 128,
  pd: 128,
  ss: 32,
  sd: 64,
};

/** Width of a size code, undefined where any width will do. */
function bitsOf(size: string, operandSize: Bits): number | undefined {
  if (size !== '' && 'vzy'.includes(size)) return operandSize;
  const x87 = /^m(16|32|64|80)$/.exec(size);
  return x87 ? Number(x87[1]) : SIZE_BITS[size];
}
