// Expressions: NASM's operators on unlimited integers. Registers are terms with a coefficient, so that an effective address is an
// expression like any other. What a pass does not know yet makes the value `unknown`; the last pass makes it a mistake.
import { SyntaxMistake, type Token } from './lexer.ts';
import { findRegister } from './registers.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression };

export interface Value {
  readonly constant: bigint;
  /** Register name to coefficient; absent in a plain number. */
  readonly terms?: ReadonlyMap<string, bigint>;
  readonly unknown?: boolean;
}

/** Undefined: not known in this pass. */
export type Lookup = (name: string) => bigint | undefined;

/** A position in the tokens of one line. */
export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(offset = 0): Token | undefined {
    return this.tokens[this.at + offset];
  }

  isOperator(text: string, offset = 0): boolean {
    const token = this.peek(offset);
    return token?.kind === 'operator' && token.text === text;
  }

  take(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.at++;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw new SyntaxMistake(`expected "${text}" ${this.here()}`);
  }

  here(): string {
    const token = this.peek();
    return token ? `before "${token.text}"` : 'at the end of the line';
  }

  isEnd(): boolean {
    return this.at >= this.tokens.length;
  }
}

/** Loosest first. */
const LEVELS = [
  ['||'],
  ['^^'],
  ['&&'],
  ['==', '=', '!=', '<>', '<', '<=', '>', '>='],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%', '%%'],
];

export function parseExpression(cursor: Cursor, level = 0): Expression {
  const operators = LEVELS[level];
  if (!operators) return parseUnary(cursor);
  let left = parseExpression(cursor, level + 1);
  for (;;) {
    const operator = operators.find((text) => cursor.isOperator(text));
    if (operator === undefined) return left;
    cursor.at++;
    left = { kind: 'binary', operator, left, right: parseExpression(cursor, level + 1) };
  }
}

function parseUnary(cursor: Cursor): Expression {
  for (const operator of ['-', '+', '~', '!']) {
    if (cursor.take(operator)) return { kind: 'unary', operator, operand: parseUnary(cursor) };
  }
  if (cursor.take('(')) {
    const inner = parseExpression(cursor);
    cursor.expect(')');
    return inner;
  }
  const token = cursor.peek();
  if (token === undefined || token.kind === 'operator' || token.kind === 'parameter') {
    throw new SyntaxMistake(`expected a value ${cursor.here()}`);
  }
  cursor.at++;
  if (token.kind === 'string') return { kind: 'number', value: characterConstant(token.text) };
  if (token.kind === 'number') {
    if (token.value === undefined) throw new SyntaxMistake(`${token.text} is not an integer`);
    return { kind: 'number', value: token.value };
  }
  return findRegister(token.text)
    ? { kind: 'register', name: token.text.toLowerCase() }
    : { kind: 'symbol', name: token.text };
}

/** 'AB' is 0x4241: the first character at the lowest address. */
function characterConstant(text: string): bigint {
  let value = 0n;
  for (let i = text.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(text.charCodeAt(i) & 0xff);
  return value;
}

export function evaluate(expression: Expression, lookup: Lookup): Value {
  switch (expression.kind) {
    case 'number':
      return { constant: expression.value };
    case 'register':
      return { constant: 0n, terms: new Map([[expression.name, 1n]]) };
    case 'symbol': {
      const value = lookup(expression.name);
      return value === undefined ? { constant: 0n, unknown: true } : { constant: value };
    }
    case 'unary':
      return evaluateUnary(expression.operator, evaluate(expression.operand, lookup));
    case 'binary':
      return evaluateBinary(expression.operator, evaluate(expression.left, lookup), evaluate(expression.right, lookup));
  }
}

/** A value without registers. */
export function evaluateNumber(expression: Expression, lookup: Lookup): Value {
  const value = evaluate(expression, lookup);
  if (value.terms && value.terms.size > 0) throw new SyntaxMistake('a register cannot stand in this expression');
  return value;
}

function evaluateUnary(operator: string, value: Value): Value {
  if (operator === '+') return value;
  if (operator === '-') return combine({ constant: 0n }, value, -1n);
  const number = plain(value);
  return { constant: operator === '~' ? ~number : BigInt(number === 0n), ...unknownOf(value) };
}

function evaluateBinary(operator: string, left: Value, right: Value): Value {
  if (operator === '+') return combine(left, right, 1n);
  if (operator === '-') return combine(left, right, -1n);
  if (operator === '*' && left.terms) return combine({ constant: 0n }, left, plain(right));
  if (operator === '*' && right.terms) return combine({ constant: 0n }, right, plain(left));
  const unknown = { ...unknownOf(left), ...unknownOf(right) };
  if (unknown.unknown) return { constant: 0n, unknown: true };
  return { constant: calculate(operator, plain(left), plain(right)) };
}

function unknownOf(value: Value): { unknown?: true } {
  return value.unknown ? { unknown: true } : {};
}

function plain(value: Value): bigint {
  if (value.terms && value.terms.size > 0) throw new SyntaxMistake('only + - and * by a number work on registers');
  return value.constant;
}

/** left + factor * right, register by register. */
function combine(left: Value, right: Value, factor: bigint): Value {
  const constant = left.constant + factor * right.constant;
  const unknown = { ...unknownOf(left), ...unknownOf(right) };
  if (!left.terms && !right.terms) return { constant, ...unknown };
  const terms = new Map(left.terms);
  for (const [name, coefficient] of right.terms ?? []) {
    const sum = (terms.get(name) ?? 0n) + factor * coefficient;
    if (sum === 0n) terms.delete(name);
    else terms.set(name, sum);
  }
  return { constant, terms, ...unknown };
}

function calculate(operator: string, a: bigint, b: bigint): bigint {
  if (['/', '//', '%', '%%'].includes(operator) && b === 0n) throw new SyntaxMistake('division by zero');
  switch (operator) {
    case '*':
      return a * b;
    case '//':
      return a / b;
    case '%%':
      return a % b;
    // Unsigned, as in NASM.
    case '/':
      return BigInt.asUintN(64, a) / BigInt.asUintN(64, b);
    case '%':
      return BigInt.asUintN(64, a) % BigInt.asUintN(64, b);
    case '<<':
      return a << b;
    case '>>':
      return BigInt.asUintN(64, a) >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    default:
      return BigInt(compare(operator, a, b));
  }
}

function compare(operator: string, a: bigint, b: bigint): boolean {
  switch (operator) {
    case '=':
    case '==':
      return a === b;
    case '!=':
    case '<>':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '&&':
      return a !== 0n && b !== 0n;
    case '||':
      return a !== 0n || b !== 0n;
    default:
      return (a !== 0n) !== (b !== 0n);
  }
}
