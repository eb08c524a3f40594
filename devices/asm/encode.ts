// An instruction to bytes: all rows that fit, all ways to write its displacement and immediate, and of these the shortest.
import { addressForms, addressSizeOf, little, type AddressForm, type AddressSize } from './effective-address.ts';
import { evaluate, evaluateNumber, type Expression, type Lookup, type Value } from './expression.ts';
import { SyntaxMistake } from './lexer.ts';
import { matchRow, type Match } from './match.ts';
import { meaningOf, type InstructionTable, type Meaning } from './mnemonics.ts';
import type { Register, RegisterClass } from './registers.ts';
import type { Immediate } from './row.ts';
import { segmentPrefix, type Bits, type Instruction, type MemoryOperand, type ParsedOperand } from './statement.ts';

export interface Place {
  readonly bits: Bits;
  /** Address of the instruction's first byte. */
  readonly address: bigint;
  readonly lookup: Lookup;
  /** No encoding shorter than this is chosen: what has grown in one pass stays so, or the passes would not end. */
  readonly floor: number;
}

type Bytes = readonly number[];

export function encodeInstruction(written: Instruction, table: InstructionTable, place: Place): Bytes {
  const { instruction, meaning, rows } = interpret(written, table);
  const matches = rows.flatMap((row) => matchRow(row, instruction, meaning, place.bits) ?? []);
  if (matches.length === 0) throw new SyntaxMistake(`${written.mnemonic} does not take these operands`);
  checkSizes(matches, written.mnemonic);
  let problem: SyntaxMistake | undefined;
  const encodings = matches.flatMap((match) => {
    try {
      return encodeMatch(match, matches, instruction, meaning, place);
    } catch (error) {
      if (!(error instanceof SyntaxMistake)) throw error;
      problem = error;
      return [];
    }
  });
  return choose(encodings, place.floor) ?? raise(problem ?? new SyntaxMistake('the value is out of range'));
}

function raise(problem: SyntaxMistake): never {
  throw problem;
}

function choose(encodings: readonly Bytes[], floor: number): Bytes | undefined {
  const sorted = encodings.toSorted((a, b) => a.length - b.length);
  return sorted.find(({ length }) => length >= floor) ?? sorted.at(-1);
}

interface Interpretation {
  readonly instruction: Instruction;
  readonly meaning: Meaning;
  readonly rows: ReturnType<InstructionTable['find']>;
}

function interpret(written: Instruction, table: InstructionTable): Interpretation {
  const instruction = completeOperands(written);
  const { operands } = instruction;
  const meaning = meaningOf(written.mnemonic, operands.length > 0);
  const { mnemonic } = meaning;
  const isFar = operands.some((operand) => operand.kind === 'far' || (operand.kind === 'memory' && operand.far));
  const rows = isFar ? [...table.find(`${mnemonic}F`), ...table.find(mnemonic)] : table.find(mnemonic);
  if (rows.length === 0) throw new SyntaxMistake(`there is no instruction ${written.mnemonic}`);
  return { instruction, meaning, rows };
}

function counterSize(kind: RegisterClass): Bits {
  if (kind === 'r64') return 64;
  return kind === 'r16' ? 16 : 32;
}

/** Forms that assemblers accept and the tables do not have. */
function completeOperands(instruction: Instruction): Instruction {
  const { mnemonic, operands } = instruction;
  const [first, second] = operands;
  // The counter's width is the address size: loop label, ecx.
  if (mnemonic.startsWith('LOOP') && first && second?.kind === 'register') {
    return { ...instruction, operands: [first], addressSize: counterSize(second.register.class) };
  }
  if (mnemonic === 'IMUL' && first?.kind === 'register' && second?.kind === 'immediate') {
    return { ...instruction, operands: [first, first, second] };
  }
  if ((mnemonic === 'AAM' || mnemonic === 'AAD') && !first) {
    return { ...instruction, operands: [{ kind: 'immediate', value: { kind: 'number', value: 10n }, strict: false }] };
  }
  const isSwapped =
    (mnemonic === 'TEST' || mnemonic === 'XCHG') && first?.kind === 'register' && second?.kind === 'memory';
  if (isSwapped) return { ...instruction, operands: [second, first] };
  // XCHG of registers: the accumulator has a short row as the second operand; otherwise the first one goes into the reg field.
  if (mnemonic !== 'XCHG' || first?.kind !== 'register' || second?.kind !== 'register') return instruction;
  const isShort = second.register.number === 0 && second.register.class !== 'r8';
  return isShort ? instruction : { ...instruction, operands: [second, first] };
}

function checkSizes(matches: readonly Match[], mnemonic: string): void {
  const sizes = new Set(matches.flatMap(({ impliedSize }) => impliedSize ?? []));
  if (sizes.has('open') || sizes.size > 1)
    throw new SyntaxMistake(`${mnemonic}: write the size of the memory operand (byte, word, dword ...)`);
}

function encodeMatch(
  match: Match,
  all: readonly Match[],
  instruction: Instruction,
  meaning: Meaning,
  place: Place,
): Bytes[] {
  const { row } = match;
  const memory = match.rm && 'address' in match.rm ? match.rm : undefined;
  const address = memory ?? match.values.map(({ operand }) => operand).find((operand) => operand.kind === 'memory');
  const addressValue = address && evaluate(address.address, place.lookup);
  const addressSize = chooseAddressSize(instruction, meaning, address, addressValue, place.bits);
  const head = prefixBytes(match, instruction, address?.segment, addressSize, place.bits);
  const escape = row.escape === '' ? [] : row.escape.match(/../g)!.map((byte) => parseInt(byte, 16));
  const isOpcodePlus = row.plus === 'r';
  const opcode = [...escape, row.opcode + (isOpcodePlus ? (match.plus ?? 0) & 7 : 0)];
  const forms = memory?.relative
    ? [relativeForm(match)]
    : addressing(match, memory && addressValue, addressSize, place.bits);
  return forms.flatMap(({ modrm, tail, rex = 0 }) => {
    const prefix = rexPrefix(match, rex, place.bits);
    if (!prefix) return [];
    const front = [...head, ...prefix, ...opcode, ...(row.modrm === null ? [] : [modrm]), ...tail];
    const values = encodeValues(match, all, front.length, addressSize, place);
    if (!values) return [];
    const bytes = [...front, ...values];
    return [memory?.relative && addressValue ? withRelative(bytes, front.length, addressValue, place) : bytes];
  });
}

/** RIP-relative: mod 0, rm 5, and a displacement from the end of the instruction that is put in when that is known. */
function relativeForm(match: Match): AddressForm {
  const reg = (match.row.modrm === 'r' ? (match.reg ?? 0) & 7 : Number(match.row.modrm)) << 3;
  return { modrm: 5 | reg, tail: [0, 0, 0, 0] };
}

function withRelative(bytes: number[], end: number, value: Value, place: Place): Bytes {
  const distance = value.constant - place.address - BigInt(bytes.length);
  if (!value.unknown && distance !== BigInt.asIntN(32, distance)) throw new SyntaxMistake('the target is too far');
  return bytes.toSpliced(end - 4, 4, ...little(distance, 4));
}

/** The REX prefix, empty where none is needed; undefined where the registers exclude each other. */
function rexPrefix(match: Match, address: number, bits: Bits): number[] | undefined {
  const registers = match.registers;
  const rm = match.rm && 'number' in match.rm ? match.rm.number : 0;
  const low = (rm | (match.row.plus === 'r' ? (match.plus ?? 0) : 0)) & 8 ? 1 : 0;
  const rex = (match.wide ? 8 : 0) | ((match.reg ?? 0) & 8 ? 4 : 0) | address | low;
  const isNeeded = rex !== 0 || registers.some((register: Register) => register.rex === 'needed');
  if (!isNeeded) return [];
  if (bits !== 64 || registers.some((register: Register) => register.rex === 'excluded')) return undefined;
  return [0x40 | rex];
}

function chooseAddressSize(
  instruction: Instruction,
  meaning: Meaning,
  memory: MemoryOperand | undefined,
  value: Value | undefined,
  bits: Bits,
): AddressSize {
  const fromRegisters = value && addressSizeOf(value);
  return fromRegisters ?? memory?.addressSize ?? instruction.addressSize ?? meaning.addressSize ?? bits;
}

function prefixBytes(
  match: Match,
  instruction: Instruction,
  segment: number | undefined,
  addressSize: AddressSize,
  bits: Bits,
): number[] {
  const override = segment ?? instruction.segment;
  const natural = bits === 64 ? 32 : bits;
  const size = match.isSized ? match.operandSize : (instruction.operandSize ?? natural);
  const { prefix } = match.row;
  return [
    ...instruction.prefixes,
    ...(override === undefined ? [] : [segmentPrefix(override)]),
    ...(size === natural || size === 64 || prefix === '66' || prefix === 'NP' ? [] : [0x66]),
    ...(addressSize === bits ? [] : [0x67]),
    ...(prefix === '' || prefix === 'NP' || prefix === 'NFx' ? [] : [parseInt(prefix, 16)]),
  ];
}

/** The ModR/M byte with what belongs to it; one entry without meaning for rows that have none. */
function addressing(match: Match, value: Value | undefined, size: AddressSize, bits: Bits): AddressForm[] {
  const { row, rm } = match;
  if (row.modrm === null) return [{ modrm: 0, tail: [] }];
  if (typeof row.modrm === 'object')
    return [{ modrm: row.modrm.low + (row.plus === 'i' ? (match.plus ?? 0) : 0), tail: [] }];
  const reg = (row.modrm === 'r' ? (match.reg ?? 0) & 7 : row.modrm) << 3;
  if (value) return addressForms(value, size, bits).map((form) => ({ ...form, modrm: form.modrm | reg }));
  const number = rm && 'number' in rm ? rm.number & 7 : 0;
  return [{ modrm: 0xc0 | reg | number, tail: [] }];
}

/** Immediates, displacements, pointers; undefined where one does not fit. */
function encodeValues(
  match: Match,
  all: readonly Match[],
  front: number,
  addressSize: AddressSize,
  place: Place,
): number[] | undefined {
  const { immediates } = match.row;
  const widths = immediates.map((code) => widthOf(code, match.operandSize, addressSize));
  const end = front + widths.reduce((sum, width) => sum + width, 0);
  const bytes: number[] = [];
  for (const [index, code] of immediates.entries()) {
    const value = match.values[index];
    const part = value && encodeValue(value, code, widths[index] ?? 0, { match, all, end, place });
    if (!part) return undefined;
    bytes.push(...part);
  }
  return bytes;
}

function widthOf(code: Immediate, operandSize: Bits, addressSize: AddressSize): number {
  const operandBytes = operandSize / 8;
  const half = Math.min(operandBytes, 4);
  const widths: Record<Immediate, number> = {
    ib: 1,
    ib2: 1,
    cb: 1,
    iw: 2,
    id: 4,
    io: 8,
    iz: half,
    iv: operandBytes,
    cz: half,
    ap: operandBytes + 2,
    mo: addressSize / 8,
  };
  return widths[code];
}

interface ValueContext {
  readonly match: Match;
  readonly all: readonly Match[];
  readonly end: number;
  readonly place: Place;
}

function encodeValue(
  value: Match['values'][number],
  code: Immediate,
  width: number,
  context: ValueContext,
): number[] | undefined {
  const { operand, bits } = value;
  const { lookup } = context.place;
  const number = (expression: Expression): bigint => evaluateNumber(expression, lookup).constant;
  switch (operand.kind) {
    case 'far':
      if (code !== 'ap') return undefined;
      return [...little(number(operand.offset), width - 2), ...little(number(operand.segment), 2)];
    case 'memory':
      return code === 'mo' && !evaluate(operand.address, lookup).terms?.size
        ? little(number(operand.address), width)
        : undefined;
    case 'immediate':
      if (code === 'cb' || code === 'cz') return encodeBranch(operand, code, width, context);
      return encodeImmediate(operand, width, bits, context);
    case 'register':
      return undefined;
  }
}

type ImmediateOperand = Extract<ParsedOperand, { kind: 'immediate' }>;

function encodeBranch(
  operand: ImmediateOperand,
  code: 'cb' | 'cz',
  width: number,
  context: ValueContext,
): number[] | undefined {
  const { place, end, match } = context;
  if (operand.distance === 'near' && code === 'cb' && match.row.mnemonic.startsWith('J')) return undefined;
  if (operand.distance === 'short' && code === 'cz') return undefined;
  if (operand.size !== undefined && code === 'cb') return undefined;
  const { constant, unknown } = evaluateNumber(operand.value, place.lookup);
  if (unknown) return little(0, width);
  // EIP wraps at 64 KB with a 16-bit operand size.
  const displacement = BigInt.asIntN(match.operandSize, constant - place.address - BigInt(end));
  const limit = 1n << BigInt(width * 8 - 1);
  return displacement >= -limit && displacement < limit ? little(displacement, width) : undefined;
}

function encodeImmediate(
  operand: ImmediateOperand,
  width: number,
  bits: number,
  context: ValueContext,
): number[] | undefined {
  const { match, all, place } = context;
  const { constant } = evaluateNumber(operand.value, place.lookup);
  const encodedBits = width * 8;
  const isExtended = isSignExtended(match, all, encodedBits, bits);
  // `strict dword 1` keeps its size, `byte 5` asks for the short form.
  if (operand.strict && operand.size !== undefined && operand.size !== encodedBits) return undefined;
  if (operand.size === 8 && encodedBits !== 8) return undefined;
  const wideBits = isExtended ? match.operandSize : encodedBits;
  if (constant < -(1n << BigInt(wideBits - 1)) || constant >= 1n << BigInt(wideBits)) return undefined;
  if (!isExtended) return little(constant, width);
  const signed = BigInt.asIntN(wideBits, constant);
  return signed === BigInt.asIntN(encodedBits, signed) ? little(signed, width) : undefined;
}

/** A short immediate is sign-extended where the operand is wider, or where the instruction has a wide form for the same place. */
function isSignExtended(match: Match, all: readonly Match[], encodedBits: number, bits: number): boolean {
  if (encodedBits === 32 && bits === 64) return true;
  if (encodedBits !== 8 || match.row.operands[0]?.size === 'b') return false;
  if (bits > 8) return true;
  return all.some(
    ({ row }) => row.immediates.length === 1 && (row.immediates[0] === 'iz' || row.immediates[0] === 'iv'),
  );
}
