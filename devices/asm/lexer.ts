// Lines of assembly text to tokens (NASM's notation): numbers in four bases, strings, names, operators, macro parameters.

export type TokenKind = 'name' | 'number' | 'string' | 'operator' | 'parameter';

export interface Token {
  readonly kind: TokenKind;
  /** As written; for strings what is between the quotes, escapes resolved; for parameters `1`, `0`, or `%label` of a macro. */
  readonly text: string;
  readonly value?: bigint;
  /** Whether white space stands before it: `%define a(b)` has a parameter, `%define a (b)` has none. */
  readonly spaced: boolean;
}

/** A mistake in the source; the assembler adds the place. */
export class SyntaxMistake extends Error {}

const NAME = /[A-Za-z_.$?@][A-Za-z0-9_.$?@#~]*/y;
const NUMBER = /(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9a-zA-Z_]*(?:\.[0-9]*(?:[eE][+-]?[0-9]+)?)?)/y;
const OPERATORS = ['<<<', '>>>', '<<', '>>', '//', '%%', '&&', '||', '^^', '==', '!=', '<>', '<=', '>='];
const ESCAPES: Record<string, number> = {
  n: 10,
  r: 13,
  t: 9,
  '0': 0,
  e: 27,
  a: 7,
  b: 8,
  '\\': 92,
  '`': 96,
  "'": 39,
  '"': 34,
};

export function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length) {
    const start = at;
    while (line[at] === ' ' || line[at] === '\t' || line[at] === '\r') at++;
    const spaced = at > start;
    const character = line[at];
    if (character === undefined || character === ';') break;
    const [token, end] = readToken(line, at);
    tokens.push({ ...token, spaced });
    at = end;
  }
  return tokens;
}

type Read = [Omit<Token, 'spaced'>, number];

function readToken(line: string, at: number): Read {
  const character = line[at] ?? '';
  if (character === "'" || character === '"' || character === '`') return readString(line, at);
  if (character === '%') {
    const parameter = readParameter(line, at);
    if (parameter) return parameter;
  }
  const number = matchAt(NUMBER, line, at);
  if (number !== undefined) return [readNumber(number), at + number.length];
  // `$` and `$$` are names of their own; `$1F` would be a number in NASM, which this subset leaves out.
  if (line.startsWith('$$', at)) return [{ kind: 'name', text: '$$' }, at + 2];
  const name = matchAt(NAME, line, at);
  if (name !== undefined) return [{ kind: 'name', text: name }, at + name.length];
  const operator = OPERATORS.find((text) => line.startsWith(text, at)) ?? character;
  if (!'<>/%&|^=!+-*~()[]{},:?#'.includes(operator[0] ?? ''))
    throw new SyntaxMistake(`unexpected character "${character}"`);
  return [{ kind: 'operator', text: operator }, at + operator.length];
}

function matchAt(pattern: RegExp, line: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0];
}

/** `%1`, `%{1}`, `%0`, `%%label`, `%{%label}`; anything else after `%` is an operator or a directive. */
function readParameter(line: string, at: number): Read | undefined {
  const match = /^%(?:\{(%?\w+)\}|(\d+)|(%[A-Za-z_.][\w.]*))/.exec(line.slice(at));
  if (!match) return undefined;
  return [{ kind: 'parameter', text: match[1] ?? match[2] ?? match[3] ?? '' }, at + match[0].length];
}

function readString(line: string, at: number): Read {
  const quote = line[at];
  let text = '';
  for (let i = at + 1; i < line.length; i++) {
    const character = line[i] ?? '';
    if (character === quote) return [{ kind: 'string', text }, i + 1];
    if (character !== '\\' || quote !== '`') {
      text += character;
      continue;
    }
    const next = line[++i] ?? '';
    if (next === 'x') {
      text += String.fromCharCode(parseInt(line.slice(i + 1, i + 3), 16));
      i += 2;
    } else text += String.fromCharCode(ESCAPES[next] ?? next.charCodeAt(0));
  }
  throw new SyntaxMistake('the string does not end');
}

function readNumber(written: string): Omit<Token, 'spaced'> {
  const text = written.replaceAll('_', '');
  // Kept as text: only data directives take floating-point numbers.
  if (text.includes('.')) return { kind: 'number', text };
  const value = integerOf(text);
  if (value === undefined) throw new SyntaxMistake(`"${written}" is not a number`);
  return { kind: 'number', text, value };
}

function integerOf(text: string): bigint | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text) || /^0[bB][01]+$/.test(text)) return BigInt(text.toLowerCase());
  if (/^[0-9]+$/.test(text)) return BigInt(text);
  if (/^[0-9][0-9a-fA-F]*[hH]$/.test(text)) return BigInt(`0x${text.slice(0, -1)}`);
  if (/^[01]+[bB]$/.test(text)) return BigInt(`0b${text.slice(0, -1)}`);
  if (/^[0-7]+[oqOQ]$/.test(text)) return BigInt(`0o${text.slice(0, -1)}`);
  if (/^[0-9]+[dD]$/.test(text)) return BigInt(text.slice(0, -1));
  return undefined;
}
