// Reads the instruction rows of assembly/isa/*.ts (notation: assembly/README.md). Pure text to data; every mistake names file and line.
import {
  IMMEDIATES,
  type Escape,
  type Immediate,
  type MandatoryPrefix,
  type ModRM,
  type Operand,
  type Row,
  type Vex,
} from '../../devices/asm/row.ts';

export { expandConditions } from '../../devices/asm/mnemonics.ts';
export type { Row, Operand, Immediate, ModRM, Escape, MandatoryPrefix } from '../../devices/asm/row.ts';

const SIZES = new Set(
  'b w d q v z y p s a x xh xq xe ss sd ps pd pi dq qq m16 m28 m32 m64 m80 m94 m108 m512'.split(' '),
);
const CODES = 'EGMRZIJOSCDAXYPQNVWUHBL';
const FIXED = new Set(
  '1 3 AL CL DL BL AH CH DH BH AX CX DX BX SP BP SI DI rAX rCX rDX rBX rSP rBP rSI rDI eAX EAX ECX EDX ES CS SS DS FS GS ST0 XMM0 M'.split(
    ' ',
  ),
);
const ACCESS = new Set(['r', 'w', 'rw', 'cc', '-']);

class RowError extends Error {
  constructor(file: string, line: number, text: string, message: string) {
    super(`${file}:${line}: ${message} in row "${text}"`);
  }
}

/** The rows of a source file: the template literal after `export const ROWS =`. A file without one has no rows. */
export function parseRowsOfSource(source: string, file: string): Row[] {
  const match = /export const ROWS(?:\s*:\s*string)?\s*=\s*`/.exec(source);
  if (!match) return [];
  const start = match.index + match[0].length;
  const end = source.indexOf('`', start);
  if (end < 0) throw new Error(`${file}: the ROWS text does not end`);
  const firstLine = source.slice(0, start).split('\n').length;
  return parseRows(source.slice(start, end), file, firstLine);
}

/** `firstLine` is the line of the file that `text` starts on. Empty lines and lines that start with `#` or `//` say nothing. */
export function parseRows(text: string, file: string, firstLine = 1): Row[] {
  const rows: Row[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('//')) return;
    rows.push(parseRow(line, file, firstLine + index));
  });
  return rows;
}

function parseRow(line: string, file: string, lineNumber: number): Row {
  const fail = (message: string): never => {
    throw new RowError(file, lineNumber, line, message);
  };
  const columns = line.split('|').map((column) => column.trim());
  if (columns.length !== 3 && columns.length !== 4) fail('expected opcode | instruction | function | attributes');
  const [opcodeText = '', instruction = '', functionText = '', attributeText = ''] = columns;
  const encoding = parseEncoding(opcodeText, fail);
  const { mnemonic, operands } = parseInstruction(instruction, fail);
  if (encoding.plus === 'cc' && !mnemonic.includes('cc')) fail('+cc needs cc in the mnemonic');
  const call = /^([A-Za-z_]\w*)(?:\(([^)]*)\))?$/.exec(functionText);
  if (!call) return fail('the function is written NAME or NAME(access,...)');
  const access = call[2] === undefined ? null : splitList(call[2]);
  for (const word of access ?? []) if (!ACCESS.has(word)) fail(`unknown access "${word}"`);
  if (access && access.filter((word) => word !== 'cc').length > operands.length) fail('more accesses than operands');
  return {
    file,
    line: lineNumber,
    text: line,
    ...encoding,
    mnemonic,
    operands,
    function: call[1] ?? '',
    access,
    attributes: attributeText.split(/\s+/).filter((word) => word !== ''),
  };
}

type Fail = (message: string) => never;
type Encoding = Pick<Row, 'prefix' | 'vex' | 'escape' | 'opcode' | 'modrm' | 'plus' | 'immediates'>;

function parseEncoding(text: string, fail: Fail): Encoding {
  const words = text.split(/\s+/);
  const { prefix, vex } = takeVex(words, fail) ?? { prefix: takePrefix(words), vex: null };
  const escape = takeEscape(words);
  const opcode = /^([0-9A-F]{2})(?:\+(r|cc))?$/.exec(words.shift() ?? '');
  if (!opcode) return fail('expected an opcode byte in capitals');
  let plus: Row['plus'] = (opcode[2] as 'r' | 'cc' | undefined) ?? null;
  let modrm: ModRM | null = null;
  const immediates: Immediate[] = [];
  for (const word of words) {
    const fixed = /^([0-9A-F]{2})(?:\+(i)|-([0-9A-F]{2}))?$/.exec(word);
    if (/^\/[r0-7]$/.test(word)) modrm = word === '/r' ? 'r' : Number(word[1]);
    else if (fixed) {
      const low = parseInt(fixed[1] ?? '', 16);
      const high = fixed[3] === undefined ? low + (fixed[2] ? 7 : 0) : parseInt(fixed[3], 16);
      if (low < 0xc0 || high > 0xff) fail('a fixed ModR/M byte has mod 3');
      modrm = { low, high };
      if (fixed[2]) plus = 'i';
    } else if ((IMMEDIATES as readonly string[]).includes(word)) immediates.push(word as Immediate);
    else fail(`unknown word "${word}" in the opcode`);
  }
  return { prefix, vex, escape, opcode: parseInt(opcode[1] ?? '', 16), modrm, plus, immediates };
}

/** VEX.256.66.W0: parts in any order; L is 128, 256, LZ (must be 0) or not given (any), pp NP 66 F3 F2, W W0 W1 or not given. */
function takeVex(words: string[], fail: Fail): { prefix: MandatoryPrefix; vex: Vex } | undefined {
  const parts = (words[0] ?? '').split('.');
  if (parts[0] !== 'VEX') return undefined;
  words.shift();
  const one = (choices: Readonly<Record<string, 0 | 1>>) =>
    parts.map((part) => choices[part]).find((v) => v !== undefined);
  const prefix = parts.find((part) => ['NP', '66', 'F3', 'F2'].includes(part));
  if (prefix === undefined) return fail('a VEX prefix names NP, 66, F3 or F2');
  return {
    prefix: prefix as MandatoryPrefix,
    vex: { l: one({ '128': 0, LZ: 0, '256': 1 }) ?? null, w: one({ W0: 0, W1: 1 }) ?? null },
  };
}

/** 66, F3 and F2 are prefixes only in front of an escape or another opcode byte: none of them is an opcode by itself. */
function takePrefix(words: string[]): MandatoryPrefix {
  const first = words[0] ?? '';
  if (!['NP', 'NFx', '66', 'F3', 'F2'].includes(first)) return '';
  words.shift();
  return first as MandatoryPrefix;
}

function takeEscape(words: string[]): Escape {
  if (words[0] !== '0F') return '';
  words.shift();
  // 0F38 and 0F3A are escapes when another byte follows; the 0F map has no opcodes 38 and 3A of its own.
  const next = words.at(0);
  if (next !== '38' && next !== '3A') return '0F';
  words.shift();
  return `0F${next}`;
}

function parseInstruction(text: string, fail: Fail): { mnemonic: string; operands: Operand[] } {
  const space = text.search(/\s/);
  const mnemonic = space < 0 ? text : text.slice(0, space);
  if (!/^[A-Z][A-Z0-9]*(cc)?[A-Z0-9]*$/.test(mnemonic)) fail(`"${mnemonic}" is not a mnemonic`);
  const operands = space < 0 ? [] : splitList(text.slice(space)).map((word) => parseOperand(word, fail));
  return { mnemonic, operands };
}

function parseOperand(text: string, fail: Fail): Operand {
  if (text === 'STi') return { text, code: 'STi', size: 'm80' };
  if (FIXED.has(text) && text !== 'M') return { text, code: 'fixed', size: '' };
  // The bare x87 memory sizes are memory operands.
  if (/^m\d+/.test(text) && SIZES.has(text)) return { text, code: 'M', size: text };
  const code = text[0] ?? '';
  const size = text.slice(1);
  if (!CODES.includes(code) || (size !== '' && !SIZES.has(size))) fail(`unknown operand "${text}"`);
  return { text, code: code as Operand['code'], size };
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
