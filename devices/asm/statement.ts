// One line of tokens to a statement: label, prefixes, instruction with operands, or a data or layout directive.
import { Cursor, parseExpression, type Expression } from './expression.ts';
import { SyntaxMistake, type Token } from './lexer.ts';
import type { SourceLine } from './preprocessor.ts';
import { findRegister, SEGMENT_PREFIXES, type Register } from './registers.ts';

export type Bits = 16 | 32 | 64;

export interface MemoryOperand {
  readonly kind: 'memory';
  readonly address: Expression;
  readonly addressSize?: Bits;
  /** Number of the overriding segment register. */
  readonly segment?: number;
  readonly size?: number;
  readonly far: boolean;
  /** `[rel x]`: RIP-relative. */
  readonly relative?: boolean;
}

export type ParsedOperand =
  | { readonly kind: 'register'; readonly register: Register }
  | MemoryOperand
  | {
      readonly kind: 'immediate';
      readonly value: Expression;
      readonly size?: number;
      readonly distance?: 'short' | 'near';
      readonly strict: boolean;
    }
  | { readonly kind: 'far'; readonly segment: Expression; readonly offset: Expression; readonly size?: number };

export interface Instruction {
  readonly kind: 'instruction';
  readonly mnemonic: string;
  readonly operands: readonly ParsedOperand[];
  /** Lock and repeat prefix bytes, in the order written. */
  readonly prefixes: readonly number[];
  readonly segment?: number;
  readonly operandSize?: Bits;
  readonly addressSize?: Bits;
}

export type DataItem =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'float'; readonly text: string }
  | { readonly kind: 'value'; readonly value: Expression };

export type Body =
  | Instruction
  | { readonly kind: 'data'; readonly width: number; readonly items: readonly DataItem[] }
  | { readonly kind: 'reserve'; readonly width: number; readonly count: Expression }
  | { readonly kind: 'align'; readonly boundary: Expression; readonly fill: Expression | undefined }
  | { readonly kind: 'equ' | 'org'; readonly value: Expression }
  | { readonly kind: 'bits'; readonly bits: Bits };

export interface Statement {
  readonly line: SourceLine;
  readonly label?: string;
  readonly times?: Expression;
  readonly body?: Body;
}

const DATA = new Map([
  ['db', 1],
  ['dw', 2],
  ['dd', 4],
  ['dq', 8],
]);
const RESERVE = new Map([
  ['resb', 1],
  ['resw', 2],
  ['resd', 4],
  ['resq', 8],
]);
const SIZES = new Map([
  ['byte', 8],
  ['word', 16],
  ['dword', 32],
  ['qword', 64],
  ['tword', 80],
  ['oword', 128],
]);
const PREFIX_BYTES = new Map([
  ['lock', 0xf0],
  ['rep', 0xf3],
  ['repe', 0xf3],
  ['repz', 0xf3],
  ['repne', 0xf2],
  ['repnz', 0xf2],
]);
const SIZE_PREFIXES = /^([oa])(16|32|64)$/;
const DIRECTIVES = new Set([...DATA.keys(), ...RESERVE.keys(), 'align', 'equ', 'org', 'bits', 'times']);

export class StatementParser {
  readonly #isMnemonic: (name: string) => boolean;
  /** The last label that is not local: `.name` belongs to it. */
  #scope = '';

  constructor(isMnemonic: (name: string) => boolean) {
    this.#isMnemonic = isMnemonic;
  }

  parse(line: SourceLine): Statement {
    const cursor = new Cursor(line.tokens);
    const label = this.#parseLabel(cursor);
    // The scope changes with the label, so the rest of the line sees the new one.
    const rest = new Cursor(line.tokens.slice(cursor.at).map((token) => this.#qualify(token)));
    const times = keyword(rest) === 'times' ? (rest.at++, parseExpression(rest)) : undefined;
    const body = rest.isEnd() ? undefined : this.#parseBody(rest);
    if (!rest.isEnd()) throw new SyntaxMistake(`unexpected text ${rest.here()}`);
    return { line, ...(label === undefined ? {} : { label }), ...(times ? { times } : {}), ...(body ? { body } : {}) };
  }

  #parseLabel(cursor: Cursor): string | undefined {
    const token = cursor.peek();
    if (token?.kind !== 'name') return undefined;
    const hasColon = cursor.isOperator(':', 1);
    if (!hasColon && this.#isKeyword(token.text)) return undefined;
    const next = cursor.peek(1);
    const isAlone = next === undefined || (next.kind === 'name' && this.#isKeyword(next.text));
    if (!hasColon && !isAlone) throw new SyntaxMistake(`there is no instruction "${token.text}"`);
    cursor.at += hasColon ? 2 : 1;
    const name = this.#qualify(token).text;
    if (!token.text.startsWith('.')) this.#scope = name;
    return name;
  }

  #isKeyword(text: string): boolean {
    const name = text.toLowerCase();
    const isPrefix = PREFIX_BYTES.has(name) || SIZE_PREFIXES.test(name) || findRegister(name)?.class === 'segment';
    return isPrefix || DIRECTIVES.has(name) || this.#isMnemonic(name);
  }

  #qualify(token: Token): Token {
    const isLocal = token.kind === 'name' && token.text.startsWith('.') && !token.text.startsWith('..');
    return isLocal ? { ...token, text: this.#scope + token.text } : token;
  }

  #parseBody(cursor: Cursor): Body {
    const name = keyword(cursor);
    const width = DATA.get(name) ?? RESERVE.get(name);
    if (DIRECTIVES.has(name)) cursor.at++;
    if (DATA.has(name)) return { kind: 'data', width: width ?? 1, items: parseItems(cursor) };
    if (RESERVE.has(name)) return { kind: 'reserve', width: width ?? 1, count: parseExpression(cursor) };
    if (name === 'align') {
      const boundary = parseExpression(cursor);
      return { kind: 'align', boundary, fill: cursor.take(',') ? parseFill(cursor) : undefined };
    }
    if (name === 'equ' || name === 'org') return { kind: name, value: parseExpression(cursor) };
    if (name === 'bits') {
      const bits = cursor.peek()?.value;
      cursor.at++;
      if (bits !== 16n && bits !== 32n && bits !== 64n) throw new SyntaxMistake('bits is 16, 32 or 64');
      return { kind: 'bits', bits: Number(bits) as Bits };
    }
    return parseInstruction(cursor);
  }
}

function keyword(cursor: Cursor): string {
  const token = cursor.peek();
  return token?.kind === 'name' ? token.text.toLowerCase() : '';
}

function parseItems(cursor: Cursor): DataItem[] {
  const items: DataItem[] = [];
  do {
    const token = cursor.peek();
    const isWhole = !cursor.peek(1) || cursor.isOperator(',', 1);
    if (token?.kind === 'string' && isWhole) items.push({ kind: 'text', text: token.text });
    else if (token?.kind === 'number' && token.value === undefined) items.push({ kind: 'float', text: token.text });
    else {
      items.push({ kind: 'value', value: parseExpression(cursor) });
      continue;
    }
    cursor.at++;
  } while (cursor.take(','));
  return items;
}

/** `align 16, db 0` and `align 16, 0` are the same. */
function parseFill(cursor: Cursor): Expression {
  if (keyword(cursor) === 'db') cursor.at++;
  return parseExpression(cursor);
}

function parseInstruction(cursor: Cursor): Instruction {
  const prefixes: number[] = [];
  const options: { segment?: number; operandSize?: Bits; addressSize?: Bits } = {};
  for (;;) {
    const name = keyword(cursor);
    const byte = PREFIX_BYTES.get(name);
    const size = SIZE_PREFIXES.exec(name);
    const register = findRegister(name);
    if (byte !== undefined) prefixes.push(byte);
    else if (size) options[size[1] === 'o' ? 'operandSize' : 'addressSize'] = Number(size[2]) as Bits;
    else if (register?.class === 'segment') options.segment = register.number;
    else break;
    cursor.at++;
  }
  const mnemonic = keyword(cursor).toUpperCase();
  if (mnemonic === '') throw new SyntaxMistake(`expected an instruction ${cursor.here()}`);
  cursor.at++;
  const operands: ParsedOperand[] = [];
  if (!cursor.isEnd()) {
    do operands.push(parseOperand(cursor));
    while (cursor.take(','));
  }
  return { kind: 'instruction', mnemonic, operands, prefixes, ...options };
}

interface Keywords {
  size?: number;
  distance?: 'short' | 'near';
  far: boolean;
  strict: boolean;
}

function parseKeywords(cursor: Cursor): Keywords {
  const result: Keywords = { far: false, strict: false };
  for (;;) {
    const name = keyword(cursor);
    const size = SIZES.get(name);
    if (size !== undefined) result.size = size;
    else if (name === 'short' || name === 'near') result.distance = name;
    else if (name === 'far') result.far = true;
    else if (name === 'strict') result.strict = true;
    else return result;
    cursor.at++;
  }
}

function parseOperand(cursor: Cursor): ParsedOperand {
  const { size, distance, far, strict } = parseKeywords(cursor);
  const sized = size === undefined ? {} : { size };
  if (cursor.take('[')) return { kind: 'memory', ...parseMemory(cursor), ...sized, far };
  const value = parseExpression(cursor);
  if (value.kind === 'register') {
    const register = findRegister(value.name);
    if (register) return { kind: 'register', register };
  }
  if (cursor.take(':')) return { kind: 'far', segment: value, offset: parseExpression(cursor), ...sized };
  return { kind: 'immediate', value, strict, ...sized, ...(distance ? { distance } : {}) };
}

function parseMemory(cursor: Cursor): Pick<MemoryOperand, 'address' | 'addressSize' | 'segment' | 'relative'> {
  const relative = keyword(cursor) === 'rel';
  if (relative) cursor.at++;
  const { size } = parseKeywords(cursor);
  const register = findRegister(keyword(cursor));
  const hasSegment = register?.class === 'segment' && cursor.isOperator(':', 1);
  if (hasSegment) cursor.at += 2;
  const address = parseExpression(cursor);
  cursor.expect(']');
  return {
    address,
    ...(size === 16 || size === 32 || size === 64 ? { addressSize: size } : {}),
    ...(relative ? { relative } : {}),
    ...(hasSegment ? { segment: register.number } : {}),
  };
}

export function segmentPrefix(number: number): number {
  return SEGMENT_PREFIXES[number] ?? 0;
}
