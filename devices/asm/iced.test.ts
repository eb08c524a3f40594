// Every row of the machine, with operands of every kind, assembled and decoded back by iced-x86: same mnemonic, operands and length.
import { Decoder, DecoderOptions, Mnemonic, OpKind, Register, type Instruction } from 'iced-x86';
import { describe, expect, it } from 'vitest';
import { readRows } from '../../scripts/generate/read-rows.ts';
import { assemble } from './assemble.ts';
import { expandConditions, meaningOf } from './mnemonics.ts';
import type { Operand, Row } from './row.ts';

/** The assembler writes no VEX prefixes. */
const rows = readRows().filter((row) => !row.vex);

/** The same small generator in every run: what fails once fails always. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
type Random = ReturnType<typeof randomNumbers>;

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;
const GENERAL = {
  8: ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'],
  16: ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'],
  32: ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'],
} as const;
const KEYWORDS: Record<number, string> = { 8: 'byte', 16: 'word', 32: 'dword', 64: 'qword', 80: 'tword', 128: 'oword' };
const SIZES: Record<string, number> = {
  b: 8,
  w: 16,
  d: 32,
  q: 64,
  dq: 128,
  ps: 128,
  pd: 128,
  ss: 32,
  sd: 64,
  m16: 16,
  m32: 32,
  m64: 64,
  m80: 80,
};

/** An operand as written, and as what iced should say about it. */
interface Sample {
  readonly text: string;
  readonly expected: string;
}

function registerSample(name: string): Sample {
  return { text: name, expected: name };
}

function memorySample(random: Random, size: number | undefined, isFar: boolean): Sample {
  const displacement = pick(random, [0, 1, -1, 127, -128, 128, 0x1234, -0x1234]);
  const segment = pick(random, ['', '', 'es', 'cs', 'fs']);
  const is16 = random(2) === 0;
  const registers = is16
    ? pick(random, [['bx', 'si'], ['bp', 'di'], ['si'], ['bp'], ['bx'], []])
    : pick(random, [['eax'], ['esp'], ['ebp'], ['ebx', 'esi*4'], ['esp', 'ebp*8'], ['ecx', 'edx'], ['edi*4'], []]);
  const offset = displacement & (is16 ? 0xffff : 0xffffffff);
  const address = [...registers, `${displacement}`].join('+').replace('+-', '-');
  const keyword = size === undefined ? '' : `${KEYWORDS[size]} `;
  const kind = registers.length === 0 ? (is16 ? 'word ' : 'dword ') : '';
  return {
    text: `${isFar ? 'far ' : ''}${keyword}[${kind}${segment === '' ? '' : `${segment}:`}${address}]`,
    expected: `[${[segment, ...registers, offset >>> 0].join(' ')}]`,
  };
}

/** undefined: the operand is not written, or this code has no sample in this mode. */
function sampleOf(random: Random, operand: Operand, row: Row, bits: 16 | 32, isMemory: boolean): Sample | undefined {
  const isWord = operand.size === 'v' || operand.size === 'z' || operand.size === 'p';
  const size = isWord ? bits : operand.size === 'y' ? 32 : SIZES[operand.size];
  const register = () => registerSample(pick(random, GENERAL[(size ?? 32) as 8 | 16 | 32] ?? GENERAL[32]));
  const numbered = (prefix: string) => registerSample(`${prefix}${random(8)}`);
  switch (operand.code) {
    case 'E':
      return isMemory ? memorySample(random, size, false) : register();
    case 'M':
      return memorySample(
        random,
        operand.size === 'p' ? bits : size,
        operand.size === 'p' && /^(CALL|JMP)/.test(row.mnemonic),
      );
    case 'R':
    case 'G':
    case 'Z':
      return register();
    case 'Q':
    case 'W':
      return isMemory ? memorySample(random, size, false) : numbered(operand.code === 'Q' ? 'mm' : 'xmm');
    case 'P':
    case 'N':
      return numbered('mm');
    case 'V':
    case 'U':
      return numbered('xmm');
    case 'S':
      return registerSample(pick(random, ['es', 'ss', 'ds', 'fs', 'gs']));
    case 'C':
      return registerSample(pick(random, ['cr0', 'cr2', 'cr3', 'cr4']));
    case 'D':
      return numbered('dr');
    case 'STi':
      return numbered('st');
    case 'O':
      return { text: `[${bits === 16 ? 'word' : 'dword'} 0x1234]`, expected: '[ 4660]' };
    case 'A':
      return { text: `${bits === 16 ? 'word' : 'dword'} 0x1234:0x5678`, expected: '1234:5678' };
    case 'J':
      return row.immediates[0] === 'cb' ? { text: '$+100', expected: '+100' } : { text: '$+1000', expected: '+1000' };
    case 'I':
      return immediateSample(random, operand, row, bits);
    default:
      return fixedSample(operand, bits);
  }
}

function immediateSample(random: Random, operand: Operand, row: Row, bits: 16 | 32): Sample {
  const isShort = ['ib', 'ib2'].includes(
    row.immediates[row.operands.length > 2 || row.operands[0]?.size !== 'w' ? 0 : row.operands.indexOf(operand)] ?? '',
  );
  const width = operand.size === 'b' ? 8 : operand.size === 'w' ? 16 : bits;
  const value = isShort
    ? pick(random, [0, 1, 5, 127])
    : pick(random, [0x1234, 0x7fff, 0x4321]) & (width === 8 ? 0x7f : 0xffff);
  return { text: `${value}`, expected: `${value}` };
}

function fixedSample(operand: Operand, bits: 16 | 32): Sample | undefined {
  if (operand.text === 'rAX' || operand.text === 'eAX') return registerSample(bits === 16 ? 'ax' : 'eax');
  if (operand.text === '1' || operand.text === '3') return { text: operand.text, expected: operand.text };
  return registerSample(operand.text.toLowerCase());
}

/** One operand as iced decoded it, in the notation of `expected`. */
function describeOperand(instruction: Instruction, index: number, address: number): string {
  const kind = instruction.opKind(index);
  if (kind === OpKind.Register) return Register[instruction.opRegister(index)]!.toLowerCase();
  if (kind === OpKind.FarBranch16) return `${hex(instruction.farBranchSelector)}:${hex(instruction.farBranch16)}`;
  if (kind === OpKind.FarBranch32) return `${hex(instruction.farBranchSelector)}:${hex(instruction.farBranch32)}`;
  if (kind === OpKind.NearBranch16 || kind === OpKind.NearBranch32) {
    return `+${Number(instruction.nearBranchTarget) - address}`;
  }
  if (kind === OpKind.Memory) return describeMemory(instruction);
  return String(instruction.immediate(index));
}

const hex = (value: number): string => value.toString(16);

function describeMemory(instruction: Instruction): string {
  const name = (register: Register) => Register[register]!.toLowerCase();
  const parts: string[] = [instruction.segmentPrefix === Register.None ? '' : name(instruction.segmentPrefix)];
  if (instruction.memoryBase !== Register.None) parts.push(name(instruction.memoryBase));
  const scale = instruction.memoryIndexScale;
  if (instruction.memoryIndex !== Register.None)
    parts.push(`${name(instruction.memoryIndex)}${scale > 1 ? `*${scale}` : ''}`);
  return `[${[...parts, Number(instruction.memoryDisplacement & 0xffffffffn)].join(' ')}]`;
}

function writtenMnemonic(row: Row, bits: 16 | 32): { mnemonic: string; isString: boolean } {
  const isString = row.operands.some(({ code }) => code === 'X' || code === 'Y') && row.mnemonic !== 'XLAT';
  if (!isString) return { mnemonic: row.mnemonic.replace(/^(JMP|CALL)F$/, '$1'), isString };
  const isByte = row.operands.some(({ code, size }) => 'XY'.includes(code) && size === 'b');
  return { mnemonic: `${row.mnemonic}${isByte ? 'B' : bits === 16 ? 'W' : 'D'}`, isString };
}

function sampleLine(random: Random, row: Row, bits: 16 | 32, isMemory: boolean): { line: string; expected: string[] } {
  const { mnemonic, isString } = writtenMnemonic(row, bits);
  if (isString) return { line: mnemonic, expected: [] };
  const samples = row.operands.map((operand) => sampleOf(random, operand, row, bits, isMemory)!);
  return {
    line: `${mnemonic} ${samples.map(({ text }) => text).join(', ')}`,
    expected: samples.map(({ expected }) => expected),
  };
}

/** Rows that no assembler chooses: another row writes the same instruction. */
function isWritten(row: Row): boolean {
  const isAlias = row.opcode === 0x82 && row.escape === '';
  const isHint = row.mnemonic === 'NOP' && row.escape === '0F' && row.opcode !== 0x1f;
  return !isAlias && !isHint && !row.attributes.includes('rep') && !row.attributes.includes('only64');
}

interface Case {
  readonly row: Row;
  readonly line: string;
  readonly expected: readonly string[];
}

function casesOf(bits: 16 | 32): Case[] {
  return rows
    .filter(isWritten)
    .flatMap(expandConditions)
    .flatMap((row, index) => {
      const random = randomNumbers(index + 1);
      return Array.from({ length: 12 }, (_, round) => ({ row, ...sampleLine(random, row, bits, round % 2 === 0) }));
    });
}

/** Instructions of the 8087 and 287 that later processors ignore: named with and without the N. */
const OLD_NAMES: Record<string, string> = { FNENI: 'FENI', FNDISI: 'FDISI', FNSETPM: 'FSETPM' };

/** What iced-x86 disagrees about, undefined if nothing. */
function compare({ row, line, expected }: Case, bits: 16 | 32, bytes: Uint8Array, address: number): string | undefined {
  const decoder = new Decoder(bits, bytes, DecoderOptions.None);
  decoder.ip = BigInt(address);
  const instruction = decoder.decode();
  const found = `${line} is ${Buffer.from(bytes).toString('hex')}: iced reads`;
  if (instruction.length !== bytes.length) return `${found} ${instruction.length} bytes`;
  // XCHG of the accumulator with itself is how NOP is encoded.
  if (bytes.length === 1 && bytes[0] === 0x90) return undefined;
  const name = Mnemonic[instruction.mnemonic]!.toUpperCase();
  const mnemonic = meaningOf(OLD_NAMES[name] ?? name, false).mnemonic;
  if (mnemonic !== meaningOf(writtenMnemonic(row, bits).mnemonic, false).mnemonic) return `${found} ${mnemonic}`;
  // iced names the ST0 that FCOM and FXCH imply, and the memory at rDI of MASKMOVQ.
  const implies = mnemonic.startsWith('MASKMOV') || (expected.length === 1 && expected[0]!.startsWith('st'));
  const implied = implies ? instruction.opCount - expected.length : 0;
  const operands = expected.map((_, index) => describeOperand(instruction, index + implied, address));
  // XCHG is written either way round. Of a 16-bit source iced names the register that the operand size would read.
  // The XMM0 of BLENDVPS it leaves out.
  const isEqual = (text: string, index: number) =>
    operands[index] === text ||
    row.operands[index]!.text === 'XMM0' ||
    (row.operands[index]!.size === 'w' && operands[index] === `e${text}`);
  const isSame = mnemonic === 'XCHG' ? sameSet(operands, expected) : expected.every(isEqual);
  return isSame ? undefined : `${found} ${operands.join(', ')}, expected ${expected.join(', ')}`;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}

describe.each([16, 32] as const)('%i-bit code', (bits) => {
  it('assembles every row to what iced-x86 reads back', () => {
    const cases = casesOf(bits);
    const source = [`bits ${bits}`, ...cases.map(({ line }) => line)].join('\n');
    const { bytes, listing } = assemble(source, { rows });
    expect(listing).toHaveLength(cases.length);
    const failures = listing.flatMap(({ address, length }, index) => {
      const one = cases[index]!;
      return compare(one, bits, bytes.slice(address, address + length), address) ?? [];
    });
    expect(failures.slice(0, 20)).toEqual([]);
    expect(cases.length).toBeGreaterThan(5000);
  });
});
