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
type Bits = 16 | 32 | 64;
type Width = 8 | Bits;

/** Where operands are written: the mode, and the operand size of rows that have more than one. */
interface Setting {
  readonly bits: Bits;
  readonly size: Bits;
}

const GENERAL: Readonly<Record<Width, readonly string[]>> = {
  8: ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'],
  16: ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'],
  32: ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'],
  64: ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'],
};
const extended = (suffix: string) => Array.from({ length: 8 }, (_, n) => `r${n + 8}${suffix}`);
/** AH to BH cannot be together with a REX prefix: assemble.test.ts has them. */
const GENERAL_64: Readonly<Record<Width, readonly string[]>> = {
  8: ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil', ...extended('b')],
  16: [...GENERAL[16], ...extended('w')],
  32: [...GENERAL[32], ...extended('d')],
  64: [...GENERAL[64], ...extended('')],
};
const generalOf = (bits: Bits) => (bits === 64 ? GENERAL_64 : GENERAL);

const PAIRS_16 = [['bx', 'si'], ['bp', 'di'], ['si'], ['bp'], ['bx'], []];
const ADDRESSES_32 = [['eax'], ['esp'], ['ebp'], ['ebx', 'esi*4'], ['esp', 'ebp*8'], ['ecx', 'edx'], ['edi*4'], []];
const ADDRESSES_64 = [
  ...[['rax'], ['rsp'], ['rbp'], ['r12'], ['r13'], ['rbx', 'r12*4'], ['rsp', 'rbp*8'], ['r13', 'rdx'], ['r9*4'], []],
  ...[['r8d'], ['ebp', 'r15d*2']],
];
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

function memorySample(random: Random, size: number | undefined, isFar: boolean, bits: Bits): Sample {
  const keyword = `${isFar ? 'far ' : ''}${size === undefined ? '' : `${KEYWORDS[size]} `}`;
  if (bits === 64 && random(8) === 0) return { text: `${keyword}[rel $+300]`, expected: '[ rip 300]' };
  const displacement = pick(random, [0, 1, -1, 127, -128, 128, 0x1234, -0x1234]);
  const segment = pick(random, ['', '', 'es', 'cs', 'fs']);
  const is16 = bits !== 64 && random(2) === 0;
  const registers = pick(random, is16 ? PAIRS_16 : bits === 64 ? ADDRESSES_64 : ADDRESSES_32);
  const offset = displacement & (is16 ? 0xffff : 0xffffffff);
  const address = [...registers, `${displacement}`].join('+').replace('+-', '-');
  const kind = registers.length === 0 ? (is16 ? 'word ' : bits === 64 ? 'qword ' : 'dword ') : '';
  return {
    text: `${keyword}[${kind}${segment === '' ? '' : `${segment}:`}${address}]`,
    expected: `[${[segment, ...registers, offset >>> 0].join(' ')}]`,
  };
}

/** Width of an operand; of those without a size of their own it is undefined. */
function widthOf(operand: Operand, { bits, size }: Setting): number | undefined {
  if (['v', 'p'].includes(operand.size)) return size;
  if (operand.size === 'z') return Math.min(size, 32);
  if (operand.size === 'y') return size === 64 ? 64 : 32;
  // Control and debug registers are as wide as the mode's registers (SDM vol. 2B, MOV).
  return operand.code === 'R' && operand.size === '' ? Math.max(bits, 32) : SIZES[operand.size];
}

/** undefined: the operand is not written, or this code has no sample in this mode. */
function sampleOf(random: Random, operand: Operand, row: Row, at: Setting, isMemory: boolean): Sample | undefined {
  const { bits } = at;
  const size = widthOf(operand, at);
  const register = () => registerSample(pick(random, generalOf(bits)[(size ?? 32) as Width]));
  const numbered = (prefix: string, count = 8) => registerSample(`${prefix}${random(count)}`);
  const xmm = () => numbered('xmm', bits === 64 ? 16 : 8);
  const memory = (isFar = false) => memorySample(random, size, isFar, bits);
  switch (operand.code) {
    case 'E':
      return isMemory ? memory() : register();
    case 'M':
      return memory(operand.size === 'p' && /^(CALL|JMP)/.test(row.mnemonic));
    case 'R':
    case 'G':
    case 'Z':
      return register();
    case 'Q':
      return isMemory ? memory() : numbered('mm');
    case 'W':
      return isMemory ? memory() : xmm();
    case 'P':
    case 'N':
      return numbered('mm');
    case 'V':
    case 'U':
      return xmm();
    case 'S':
      return registerSample(pick(random, ['es', 'ss', 'ds', 'fs', 'gs']));
    case 'C':
      return registerSample(pick(random, ['cr0', 'cr2', 'cr3', 'cr4', ...(bits === 64 ? ['cr8'] : [])]));
    case 'D':
      return numbered('dr');
    case 'STi':
      return numbered('st');
    case 'O':
      return { text: `[${KEYWORDS[bits]} 0x1234]`, expected: '[ 4660]' };
    case 'A':
      return { text: `${bits === 16 ? 'word' : 'dword'} 0x1234:0x5678`, expected: '1234:5678' };
    case 'J':
      return row.immediates[0] === 'cb' ? { text: '$+100', expected: '+100' } : { text: '$+1000', expected: '+1000' };
    case 'I':
      return immediateSample(random, operand, row, size ?? at.size);
    default:
      return fixedSample(operand, at.size);
  }
}

function immediateSample(random: Random, operand: Operand, row: Row, width: number): Sample {
  const isShort = ['ib', 'ib2'].includes(
    row.immediates[row.operands.length > 2 || row.operands[0]?.size !== 'w' ? 0 : row.operands.indexOf(operand)] ?? '',
  );
  const value = isShort
    ? pick(random, [0, 1, 5, 127])
    : pick(random, [0x1234, 0x7fff, 0x4321]) & (width === 8 ? 0x7f : 0xffff);
  return { text: `${value}`, expected: `${value}` };
}

function fixedSample(operand: Operand, size: Bits): Sample | undefined {
  if (operand.text === 'rAX' || operand.text === 'eAX') return registerSample(GENERAL[size][0]!);
  if (operand.text === '1' || operand.text === '3') return { text: operand.text, expected: operand.text };
  return registerSample(operand.text.toLowerCase());
}

/** One operand as iced decoded it, in the notation of `expected`. */
function describeOperand(instruction: Instruction, index: number, address: number): string {
  const kind = instruction.opKind(index);
  if (kind === OpKind.Register) return registerName(instruction.opRegister(index));
  if (kind === OpKind.FarBranch16) return `${hex(instruction.farBranchSelector)}:${hex(instruction.farBranch16)}`;
  if (kind === OpKind.FarBranch32) return `${hex(instruction.farBranchSelector)}:${hex(instruction.farBranch32)}`;
  if (kind === OpKind.NearBranch16 || kind === OpKind.NearBranch32 || kind === OpKind.NearBranch64) {
    return `+${Number(instruction.nearBranchTarget) - address}`;
  }
  if (kind === OpKind.Memory) return describeMemory(instruction, address);
  return String(instruction.immediate(index));
}

const hex = (value: number): string => value.toString(16);

/** iced calls the lowest byte of R8 R8L. */
const registerName = (register: Register): string =>
  Register[register]!.toLowerCase().replace(/^(r\d+)l$/, (_, name: string) => `${name}b`);

function describeMemory(instruction: Instruction, address: number): string {
  const { segmentPrefix, memoryBase } = instruction;
  const parts: string[] = [segmentPrefix === Register.None ? '' : registerName(segmentPrefix)];
  if (memoryBase !== Register.None) parts.push(registerName(memoryBase));
  // iced has the target's address for a displacement from RIP.
  const start = memoryBase === Register.RIP ? BigInt(address) : 0n;
  const scale = instruction.memoryIndexScale;
  if (instruction.memoryIndex !== Register.None)
    parts.push(`${registerName(instruction.memoryIndex)}${scale > 1 ? `*${scale}` : ''}`);
  return `[${[...parts, Number((instruction.memoryDisplacement - start) & 0xffffffffn)].join(' ')}]`;
}

function writtenMnemonic(row: Row, { bits, size }: Setting): { mnemonic: string; isString: boolean } {
  const isString = row.operands.some(({ code }) => code === 'X' || code === 'Y') && row.mnemonic !== 'XLAT';
  // In 64-bit mode the counter is ECX or RCX.
  if (row.mnemonic === 'JCXZ' && bits === 64) return { mnemonic: 'JRCXZ', isString };
  if (size === 64 && /^(MOV|PINSR|PEXTR)D$/.test(row.mnemonic))
    return { mnemonic: row.mnemonic.replace(/D$/, 'Q'), isString };
  if (!isString) return { mnemonic: row.mnemonic.replace(/^(JMP|CALL)F$/, '$1'), isString };
  const isByte = row.operands.some(({ code, size }) => 'XY'.includes(code) && size === 'b');
  return { mnemonic: `${row.mnemonic}${isByte ? 'B' : { 16: 'W', 32: 'D', 64: 'Q' }[size]}`, isString };
}

function sampleLine(random: Random, row: Row, at: Setting, isMemory: boolean): { line: string; expected: string[] } {
  const { mnemonic, isString } = writtenMnemonic(row, at);
  if (isString) return { line: mnemonic, expected: [] };
  const samples = row.operands.map((operand) => sampleOf(random, operand, row, at, isMemory)!);
  return {
    line: `${mnemonic} ${samples.map(({ text }) => text).join(', ')}`,
    expected: samples.map(({ expected }) => expected),
  };
}

/** Rows that no assembler chooses: another row writes the same instruction. */
function isWritten(row: Row, bits: Bits): boolean {
  const isAlias = row.opcode === 0x82 && row.escape === '';
  const isHint = row.mnemonic === 'NOP' && row.escape === '0F' && row.opcode !== 0x1f;
  return (
    !isAlias && !isHint && !row.attributes.includes('rep') && !row.attributes.includes(bits === 64 ? 'not64' : 'only64')
  );
}

interface Case {
  readonly row: Row;
  readonly at: Setting;
  readonly line: string;
  readonly expected: readonly string[];
}

/** Operand sizes of a row that has several; the mode's own outside of 64-bit mode. */
function sizesOf(row: Row, bits: Bits): readonly Bits[] {
  if (bits !== 64) return [bits];
  if (row.attributes.includes('f64') || row.attributes.includes('d64')) return [64];
  // Ports have 32 bits at most (SDM vol. 2A, IN), and RDPID writes whole registers.
  if (/^(IN|OUT)S?$/.test(row.mnemonic)) return [32];
  return row.mnemonic === 'RDPID' ? [64] : [32, 64];
}

function casesOf(bits: Bits): Case[] {
  return rows
    .filter((row) => isWritten(row, bits))
    .flatMap(expandConditions)
    .flatMap((row, index) => {
      const random = randomNumbers(index + 1);
      const sizes = sizesOf(row, bits);
      return Array.from({ length: 12 }, (_, round) => {
        const at: Setting = { bits, size: sizes[(round >> 1) % sizes.length]! };
        return { row, at, ...sampleLine(random, row, at, round % 2 === 0) };
      });
    });
}

/** Instructions of the 8087 and 287 that later processors ignore: named with and without the N. */
const OLD_NAMES: Record<string, string> = { FNENI: 'FENI', FNDISI: 'FDISI', FNSETPM: 'FSETPM' };

/** What iced-x86 disagrees about, undefined if nothing. */
function compare({ row, at, line, expected }: Case, bytes: Uint8Array, address: number): string | undefined {
  const decoder = new Decoder(at.bits, bytes, DecoderOptions.None);
  decoder.ip = BigInt(address);
  const instruction = decoder.decode();
  const found = `${line} is ${Buffer.from(bytes).toString('hex')}: iced reads`;
  if (instruction.length !== bytes.length) return `${found} ${instruction.length} bytes`;
  // XCHG of the accumulator with itself is how NOP is encoded.
  if (bytes.length === 1 && bytes[0] === 0x90) return undefined;
  const name = Mnemonic[instruction.mnemonic]!.toUpperCase();
  const mnemonic = meaningOf(OLD_NAMES[name] ?? name, false).mnemonic;
  if (mnemonic !== meaningOf(writtenMnemonic(row, at).mnemonic, false).mnemonic) return `${found} ${mnemonic}`;
  // iced names the ST0 that FCOM and FXCH imply, and the memory at rDI of MASKMOVQ.
  const implies = mnemonic.startsWith('MASKMOV') || (expected.length === 1 && expected[0]!.startsWith('st'));
  const implied = implies ? instruction.opCount - expected.length : 0;
  const operands = expected.map((_, index) => describeOperand(instruction, index + implied, address));
  // XCHG is written either way round. Of a source with fewer bits iced names the register that the operand size would read,
  // and of CRC32 the register whose upper half they clear.
  // The XMM0 of BLENDVPS it leaves out.
  const isEqual = (text: string, index: number) =>
    operands[index] === text ||
    row.operands[index]!.text === 'XMM0' ||
    (['w', 'd'].includes(row.operands[index]!.size) && isWiderName(operands[index]!, text));
  const isSame = mnemonic === 'XCHG' ? sameSet(operands, expected) : expected.every(isEqual);
  return isSame ? undefined : `${found} ${operands.join(', ')}, expected ${expected.join(', ')}`;
}

function isWiderName(name: string, narrow: string): boolean {
  const number = Math.max(GENERAL_64[16].indexOf(narrow), GENERAL_64[32].indexOf(narrow));
  return number >= 0 && (name === GENERAL_64[32][number] || name === GENERAL_64[64][number]);
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}

describe.each([16, 32, 64] as const)('%i-bit code', (bits) => {
  it('assembles every row to what iced-x86 reads back', () => {
    const cases = casesOf(bits);
    const source = [`bits ${bits}`, ...cases.map(({ line }) => line)].join('\n');
    const { bytes, listing } = assemble(source, { rows });
    expect(listing).toHaveLength(cases.length);
    const failures = listing.flatMap(({ address, length }, index) => {
      const one = cases[index]!;
      return compare(one, bytes.slice(address, address + length), address) ?? [];
    });
    expect(failures.slice(0, 20)).toEqual([]);
    expect(cases.length).toBeGreaterThan(5000);
  });
});
