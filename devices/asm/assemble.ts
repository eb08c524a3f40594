// A small assembler: Intel syntax, a subset of NASM's language, 16- and 32-bit code, one flat section. It knows instructions only by the
// rows of assembly/isa/. Not implemented: 64-bit code, sections and object files, structures, 80-bit constants.
import { encodeInstruction } from './encode.ts';
import { evaluateNumber, type Expression, type Lookup } from './expression.ts';
import { little } from './effective-address.ts';
import { SyntaxMistake } from './lexer.ts';
import { tableOf, type InstructionTable } from './mnemonics.ts';
import { Preprocessor, type IncludeReader, type Mistake } from './preprocessor.ts';
import type { Row } from './row.ts';
import { StatementParser, type Bits, type Body, type DataItem, type Statement } from './statement.ts';

export type { Mistake } from './preprocessor.ts';

export interface AssemblyOptions {
  readonly rows: readonly Row[];
  /** Name of the source in messages. */
  readonly name?: string;
  /** As by %define before the first line. */
  readonly define?: Readonly<Record<string, string>>;
  readonly include?: IncludeReader;
}

export interface ListingLine {
  readonly file: string;
  readonly line: number;
  readonly address: number;
  readonly length: number;
}

export interface Assembly {
  readonly bytes: Uint8Array;
  readonly origin: number;
  readonly symbols: ReadonlyMap<string, number>;
  readonly listing: readonly ListingLine[];
}

/** The source is wrong: every mistake with its place. */
export class AssemblyError extends Error {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
    this.name = 'AssemblyError';
    this.mistakes = mistakes;
  }
}

const PASS_LIMIT = 100;
/** More than any ROM or test needs; a wrong `times` shall not eat all memory. */
const OUTPUT_LIMIT = 1 << 26;
const NOP = 0x90;

export function assemble(source: string, options: AssemblyOptions): Assembly {
  const preprocessor = new Preprocessor(options.include ?? (() => undefined), options.define ?? {});
  preprocessor.add(source, options.name ?? 'source');
  const table = tableOf(options.rows);
  const parser = new StatementParser((name) => table.isMnemonic(name));
  const mistakes = [...preprocessor.mistakes];
  const statements: Statement[] = [];
  for (const line of preprocessor.output) {
    attempt(mistakes, line, () => statements.push(parser.parse(line)));
  }
  if (mistakes.length > 0) throw new AssemblyError(mistakes);
  return layOut(statements, table);
}

function attempt(mistakes: Mistake[], place: { file: string; line: number }, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SyntaxMistake)) throw error;
    mistakes.push({ file: place.file, line: place.line, message: error.message });
  }
}

/** Passes until no label moves; then one that reports what is still wrong. */
function layOut(statements: readonly Statement[], table: InstructionTable): Assembly {
  const floors = new Map<Statement, number>();
  let symbols = new Map<string, bigint>();
  for (let count = 0; count < PASS_LIMIT; count++) {
    const pass = new Pass(table, symbols, floors, false);
    pass.run(statements);
    const isSettled = sameSymbols(symbols, pass.symbols) && !pass.hasGrown;
    symbols = pass.symbols;
    if (!isSettled) continue;
    const last = new Pass(table, symbols, floors, true);
    last.run(statements);
    if (last.mistakes.length > 0) throw new AssemblyError(last.mistakes);
    return last.result();
  }
  throw new AssemblyError([{ file: 'source', line: 0, message: `labels still move after ${PASS_LIMIT} passes` }]);
}

function sameSymbols(a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean {
  return a.size === b.size && [...b].every(([name, value]) => a.get(name) === value);
}

class Pass {
  readonly symbols = new Map<string, bigint>();
  readonly mistakes: Mistake[] = [];
  hasGrown = false;
  readonly #table: InstructionTable;
  readonly #previous: ReadonlyMap<string, bigint>;
  readonly #floors: Map<Statement, number>;
  readonly #isLast: boolean;
  readonly #bytes: number[] = [];
  readonly #listing: ListingLine[] = [];
  #bits: Bits = 16;
  #origin = 0n;
  /** Address of the statement at hand: `$`. */
  #here = 0n;

  constructor(
    table: InstructionTable,
    previous: ReadonlyMap<string, bigint>,
    floors: Map<Statement, number>,
    isLast: boolean,
  ) {
    this.#table = table;
    this.#previous = previous;
    this.#floors = floors;
    this.#isLast = isLast;
  }

  run(statements: readonly Statement[]): void {
    for (const statement of statements) {
      // Early passes work with addresses that still move, so only the last one's complaints count.
      const mistakes = this.#isLast ? this.mistakes : [];
      attempt(mistakes, statement.line, () => this.#runStatement(statement));
    }
  }

  result(): Assembly {
    const symbols = new Map([...this.symbols].map(([name, value]): [string, number] => [name, Number(value)]));
    return { bytes: Uint8Array.from(this.#bytes), origin: Number(this.#origin), symbols, listing: this.#listing };
  }

  get #address(): bigint {
    return this.#origin + BigInt(this.#bytes.length);
  }

  readonly #lookup: Lookup = (name) => {
    if (name === '$') return this.#here;
    if (name === '$$') return this.#origin;
    const value = this.symbols.get(name) ?? this.#previous.get(name);
    if (value === undefined && this.#isLast) throw new SyntaxMistake(`"${name}" is not defined`);
    return value;
  };

  #evaluate(expression: Expression): bigint {
    return evaluateNumber(expression, this.#lookup).constant;
  }

  #runStatement(statement: Statement): void {
    const { label, body, times, line } = statement;
    this.#here = this.#address;
    if (label !== undefined) this.#define(label, body?.kind === 'equ' ? body.value : undefined);
    if (!body || body.kind === 'equ') return;
    const start = this.#bytes.length;
    const count = times ? Number(this.#evaluate(times)) : 1;
    if (count < 0) throw new SyntaxMistake(`times is negative (${count})`);
    for (let i = 0; i < count; i++) {
      this.#here = this.#address;
      this.#emit(body, statement);
      if (this.#bytes.length > OUTPUT_LIMIT) throw new SyntaxMistake('the output is larger than 64 MB');
    }
    const length = this.#bytes.length - start;
    if (length > 0)
      this.#listing.push({ file: line.file, line: line.line, address: Number(this.#origin) + start, length });
  }

  #define(label: string, value: Expression | undefined): void {
    if (this.symbols.has(label)) throw new SyntaxMistake(`"${label}" is defined twice`);
    if (!value) {
      this.symbols.set(label, this.#here);
      return;
    }
    const { constant, unknown } = evaluateNumber(value, this.#lookup);
    if (!unknown) this.symbols.set(label, constant);
  }

  #emit(body: Body, statement: Statement): void {
    switch (body.kind) {
      case 'instruction':
        return this.#emitInstruction(body, statement);
      case 'data':
        for (const item of body.items) this.#push(this.#dataBytes(item, body.width));
        return;
      case 'reserve':
        return this.#fill(Number(this.#evaluate(body.count)) * body.width, 0);
      case 'align': {
        const boundary = this.#evaluate(body.boundary);
        if (boundary <= 0n || (boundary & (boundary - 1n)) !== 0n)
          throw new SyntaxMistake('align wants a power of two');
        return this.#fill(
          Number(-this.#address & (boundary - 1n)),
          body.fill ? Number(this.#evaluate(body.fill)) : NOP,
        );
      }
      case 'org':
        if (this.#bytes.length > 0) throw new SyntaxMistake('org stands before the first byte');
        this.#origin = this.#evaluate(body.value);
        return;
      case 'bits':
        this.#bits = body.bits;
        return;
      case 'equ':
    }
  }

  #emitInstruction(body: Extract<Body, { kind: 'instruction' }>, statement: Statement): void {
    const floor = this.#floors.get(statement) ?? 0;
    const place = { bits: this.#bits, address: this.#here, lookup: this.#lookup, floor };
    const bytes = encodeInstruction(body, this.#table, place);
    if (bytes.length > floor) {
      this.#floors.set(statement, bytes.length);
      this.hasGrown = true;
    }
    this.#push(bytes);
  }

  #push(bytes: readonly number[]): void {
    this.#bytes.push(...bytes);
  }

  #fill(count: number, byte: number): void {
    if (count < 0 || count > OUTPUT_LIMIT) throw new SyntaxMistake(`cannot fill ${count} bytes`);
    for (let i = 0; i < count; i++) this.#bytes.push(byte & 0xff);
  }

  #dataBytes(item: DataItem, width: number): readonly number[] {
    if (item.kind === 'text') {
      const bytes = Array.from(item.text, (character) => character.charCodeAt(0) & 0xff);
      while (bytes.length % width !== 0) bytes.push(0);
      return bytes;
    }
    if (item.kind === 'float') return floatBytes(Number(item.text), width);
    const value = this.#evaluate(item.value);
    const bits = BigInt(width * 8);
    if (value < -(1n << (bits - 1n)) || value >= 1n << bits)
      throw new SyntaxMistake(`${value} does not fit into ${width} bytes`);
    return little(value, width);
  }
}

function floatBytes(value: number, width: number): readonly number[] {
  const view = new DataView(new ArrayBuffer(8));
  if (width === 4) view.setFloat32(0, value, true);
  else if (width === 8) view.setFloat64(0, value, true);
  else throw new SyntaxMistake('floating-point constants are dd or dq');
  return Array.from({ length: width }, (_, index) => view.getUint8(index));
}
