// The guest's instructions in Intel's syntax, from micro-ops (assembly/machine/insn.ts) and the rows that they were decoded by.
import { REG_ZERO, STATE_RIP_BASE } from '../../../assembly/shared/state.ts';
import { OPERATIONS } from '../../generated/listing-tables.ts';
import { findOpcode, isEncoded } from './opcode.ts';

export interface MicroOp {
  readonly op: number;
  readonly reg: number;
  readonly rm: number;
  readonly index: number;
  readonly form: number;
  readonly place: number;
  readonly imm: number;
  readonly disp: number;
}

export interface Instruction {
  readonly micro: MicroOp;
  readonly bytes: readonly number[];
  readonly long: boolean;
  /** RIP of its page's first byte. */
  readonly ripBase: bigint;
}

export function readMicroOp(memory: DataView, at: number): MicroOp {
  return {
    op: memory.getUint16(at, true),
    reg: memory.getUint8(at + 2),
    rm: memory.getUint8(at + 3),
    index: memory.getUint8(at + 4),
    form: memory.getUint8(at + 5),
    place: memory.getUint16(at + 6, true),
    imm: memory.getInt32(at + 8, true),
    disp: memory.getInt32(at + 12, true),
  };
}

/** Bytes of the instruction. */
export const lengthOf = ({ place }: MicroOp): number => place >> 12;

interface Operation {
  readonly encoding: string;
  readonly mnemonic: string;
  readonly operands: readonly string[];
  readonly immediates: readonly string[];
  readonly size: number;
  readonly place: string;
  readonly vector: string;
}

/** An operation as the instruction's bytes say it. */
interface Encoded extends Operation {
  readonly isMemory: boolean;
  readonly isLocked: boolean;
}

function readOperation(text: string): Operation {
  const [encoding = '', mnemonic = '', operands = '', immediates = '', size = '', place = '', vector = ''] =
    text.split('|');
  const list = (words: string): string[] => (words === '' ? [] : words.split(','));
  return {
    encoding,
    mnemonic,
    operands: list(operands),
    immediates: list(immediates),
    size: Number(size),
    place,
    vector,
  };
}

/** Instructions that do the same share a micro-op: their bytes tell which one it is. */
function operationOf({ micro, bytes, long }: Instruction): Encoded {
  const choices = (OPERATIONS[micro.op] ?? '').split(';').map(readOperation);
  const opcode = findOpcode(bytes, long);
  const operation = choices.find(({ encoding }) => isEncoded(encoding, opcode)) ?? (choices[0] as Operation);
  return { ...operation, isMemory: opcode.modrm < 0xc0, isLocked: opcode.isLocked };
}

const GENERAL = 'AX CX DX BX SP BP SI DI'.split(' ');
const BYTES = 'AL CL DL BL SPL BPL SIL DIL'.split(' ');
const SEGMENTS = 'ES CS SS DS FS GS'.split(' ');
const SIZE_WORDS: Readonly<Record<number, string>> = { 8: 'byte', 16: 'word', 32: 'dword', 64: 'qword' };

export function hex(value: number | bigint): string {
  const magnitude = value < 0 ? -value : value;
  return `${value < 0 ? '-' : ''}${magnitude < 10 ? '' : '0x'}${magnitude.toString(16)}`;
}

/** A general register by its offset in the state block. */
function general(offset: number, bits: number): string {
  const number = offset >> 3;
  if (number > 7) return `R${number}${{ 8: 'B', 16: 'W', 32: 'D' }[bits] ?? ''}`;
  if (bits !== 8) return `${{ 32: 'E', 64: 'R' }[bits] ?? ''}${GENERAL[number] ?? ''}`;
  return (offset & 1) === 0 ? (BYTES[number] ?? '') : `${'ACDB'[number] ?? ''}H`;
}

function signedTerm(value: number): string {
  return value < 0 ? hex(value) : `+${hex(value)}`;
}

function memory(micro: MicroOp, ripBase: bigint): string {
  const bits = 16 << ((micro.form >> 5) & 3);
  const segment = SEGMENTS[micro.form & 7] ?? '';
  if (micro.rm === STATE_RIP_BASE) return `[${segment}:${hex(ripBase + BigInt(micro.disp))}]`;
  const terms: string[] = [];
  if (micro.rm !== REG_ZERO) terms.push(general(micro.rm, bits));
  const scale = 1 << ((micro.form >> 3) & 3);
  if (micro.index !== REG_ZERO) terms.push(`${general(micro.index, bits)}${scale === 1 ? '' : `*${scale}`}`);
  const base = terms.join('+');
  const displacement = base === '' ? hex(micro.disp >>> 0) : micro.disp === 0 ? '' : signedTerm(micro.disp);
  return `[${segment}:${base}${displacement}]`;
}

function bitsOf(size: string, { size: operandSize, vector }: Operation): number | null {
  const bits: Readonly<Record<string, number>> = {
    b: 8,
    w: 16,
    d: 32,
    q: 64,
    v: operandSize,
    z: operandSize === 16 ? 16 : 32,
    y: operandSize === 64 ? 64 : 32,
  };
  // In vector rows d and q are lanes' sizes; nothing is said of those.
  return (vector === '' ? bits[size] : undefined) ?? null;
}

/** Where a direct branch leads. */
function target(micro: MicroOp, ripBase: bigint): string {
  return hex(BigInt.asUintN(64, ripBase + BigInt((micro.place & 0xfff) + 1 + micro.imm)));
}

function immediate(micro: MicroOp, operation: Operation, isSecond: boolean): string {
  if (isSecond) return hex(micro.disp);
  if (!operation.immediates.includes('iv') || operation.size !== 64) return hex(micro.imm);
  return hex((BigInt(micro.disp >>> 0) << 32n) | BigInt(micro.imm >>> 0));
}

function fixed(text: string, size: number): string {
  const sized = /^[re]([A-Z]{2})$/.exec(text);
  if (sized !== null) return `${{ 32: 'E', 64: 'R' }[size] ?? ''}${sized[1]}`;
  return text;
}

/** Register that VEX.vvvv names, times 16. */
const vvvvOf = ({ imm }: MicroOp): number => (imm >> 8) & 0xf0;

/** One operand: the row's operand code says which field of the micro-op has it. */
function operandText(
  text: string,
  micro: MicroOp,
  operation: Encoded,
  ripBase: bigint,
  isSecondImmediate: boolean,
): string {
  const code = text[0] ?? '';
  const bits = bitsOf(text.slice(1), operation);
  const place = (): string => {
    const word = SIZE_WORDS[bits ?? 0];
    return `${word === undefined ? '' : `${word} `}${memory(micro, ripBase)}`;
  };
  if (/^(STi|[re]?[A-D]X|[re][SBD][IP]|[A-D][LH]|ST0|XMM0|[ECSDFG]S|\d|[SB]P|[SD]I)$/.test(text))
    return text === 'STi' ? `ST(${micro.rm})` : fixed(text, operation.size);
  switch (code) {
    case 'E':
    case 'R':
      return operation.isMemory ? place() : general(micro.rm, bits ?? operation.size);
    case 'G':
    case 'Z':
      return general(micro.reg, bits ?? operation.size);
    case 'B':
      return general(vvvvOf(micro) >> 1, bits ?? operation.size);
    case 'M':
    case 'O':
    case 'm':
      return place();
    case 'I':
      return immediate(micro, operation, isSecondImmediate);
    case 'J':
      return target(micro, ripBase);
    case 'A':
      return `${hex(micro.disp)}:${hex(micro.imm >>> 0)}`;
    case 'S':
      return SEGMENTS[micro.reg] ?? '';
    case 'C':
    case 'D':
      return `${code}R${micro.reg}`;
    default:
      return vectorOperand(code, micro, operation, place);
  }
}

function vectorOperand(code: string, micro: MicroOp, operation: Encoded, place: () => string): string {
  const register = (offset: number): string => `${operation.vector === 'vex256' ? 'YMM' : 'XMM'}${offset >> 4}`;
  switch (code) {
    case 'P':
      return `MM${micro.reg >> 4}`;
    case 'N':
      return `MM${micro.rm >> 4}`;
    case 'Q':
      return operation.isMemory ? place() : `MM${micro.rm >> 4}`;
    case 'V':
      return register(micro.reg);
    case 'U':
      return register(micro.rm);
    case 'W':
      return operation.isMemory ? place() : register(micro.rm);
    case 'H':
      return register(vvvvOf(micro));
    case 'L':
      return register(micro.imm & 0xf0);
    default:
      // String operands: the mnemonic says all.
      return '';
  }
}

/** The instruction as an assembler takes it. */
export function instructionText(instruction: Instruction): string {
  const { micro, ripBase } = instruction;
  const operation = operationOf(instruction);
  let immediates = 0;
  const operands = operation.operands
    .map((text) => operandText(text, micro, operation, ripBase, text.startsWith('I') && immediates++ > 0))
    .filter((text) => text !== '');
  const isString = stringOperand(operation) !== undefined;
  return `${prefixes(micro, operation)}${`${nameOf(operation)} ${isString ? '' : operands.join(', ')}`.trimEnd()}`;
}

const stringOperand = ({ operands }: Operation): string | undefined => operands.find((text) => /^[XY]/.test(text));

function prefixes({ form }: MicroOp, operation: Encoded): string {
  const isRepeated = (form & 0x80) !== 0 && stringOperand(operation) !== undefined;
  return `${operation.isLocked ? 'LOCK ' : ''}${isRepeated ? 'REP ' : ''}`;
}

function nameOf(operation: Operation): string {
  // A compare that runs together with the jump behind it is still the compare.
  const [name = ''] = operation.mnemonic.split('+');
  const string = stringOperand(operation);
  if (string === undefined) return name;
  return name + ({ 8: 'B', 16: 'W', 32: 'D', 64: 'Q' }[bitsOf(string.slice(1), operation) ?? 0] ?? '');
}

/** The micro-op's row and fields as they are. */
export function microOpText(instruction: Instruction): string {
  const { micro } = instruction;
  const { mnemonic, operands, size, place } = operationOf(instruction);
  const field = (name: string, value: number): string => `${name} ${hex(value)}`;
  const row = `${mnemonic} ${operands.join(',')}`.trimEnd();
  return [
    `${field('op', micro.op)} = ${row} (${size} bits${place === '' ? '' : `, ${place === 'flat' ? 'flat memory' : place}`})`,
    field('reg', micro.reg),
    field('rm', micro.rm),
    field('index', micro.index),
    field('form', micro.form),
    field('place', micro.place),
    field('imm', micro.imm),
    field('disp', micro.disp),
  ].join(', ');
}
