// The preprocessor, a subset of NASM's: %define (with parameters), %undef, %assign, %macro with %1 %0 %%label, defaults and %rotate, %rep, %include,
// %error, %if %ifdef %ifndef %ifidn %elif %else %endif. Nested macro definitions, greedy parameters, contexts and %xdefine are not implemented.
import { Cursor, evaluateNumber, parseExpression } from './expression.ts';
import { SyntaxMistake, tokenize, type Token } from './lexer.ts';

export interface SourceLine {
  readonly tokens: readonly Token[];
  readonly file: string;
  readonly line: number;
}

export interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Answers the text of an %include, undefined where there is no such file. */
export type IncludeReader = (name: string) => string | undefined;

interface Definition {
  readonly parameters?: readonly string[];
  readonly body: readonly Token[];
}

interface Macro {
  readonly least: number;
  readonly most: number;
  /** What parameters beyond the least stand for when they are not given. */
  readonly defaults: readonly Token[][];
  readonly body: readonly SourceLine[];
}

/** One macro call: what its parameters stand for. */
interface Frame {
  arguments: Token[][];
  readonly unique: number;
}

/** An %if that is open: whether the lines count, and whether a branch has been taken. */
interface Condition {
  active: boolean;
  taken: boolean;
}

const NESTING_LIMIT = 200;

export class Preprocessor {
  readonly output: SourceLine[] = [];
  readonly mistakes: Mistake[] = [];
  readonly #definitions = new Map<string, Definition>();
  readonly #macros = new Map<string, Macro[]>();
  readonly #include: IncludeReader;
  #calls = 0;
  #depth = 0;

  constructor(include: IncludeReader, definitions: Readonly<Record<string, string>>) {
    this.#include = include;
    for (const [name, text] of Object.entries(definitions)) this.#definitions.set(name, { body: tokenize(text) });
  }

  add(text: string, file: string): void {
    const lines: SourceLine[] = [];
    // A backslash at the end of a line continues it.
    const raw = text.replace(/\\\r?\n/g, '').split('\n');
    raw.forEach((content, index) => {
      try {
        lines.push({ tokens: tokenize(content), file, line: index + 1 });
      } catch (error) {
        this.#report({ file, line: index + 1 }, error);
      }
    });
    this.#run(lines, undefined);
  }

  #report(place: { file: string; line: number }, error: unknown): void {
    if (!(error instanceof SyntaxMistake)) throw error;
    this.mistakes.push({ file: place.file, line: place.line, message: error.message });
  }

  #run(lines: readonly SourceLine[], frame: Frame | undefined): void {
    if (++this.#depth > NESTING_LIMIT) throw new SyntaxMistake('macros or includes are nested too deeply');
    const conditions: Condition[] = [];
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index]!;
      try {
        index = this.#runLine(lines, index, frame, conditions);
      } catch (error) {
        this.#report(line, error);
      }
    }
    if (conditions.length > 0) this.#report(lines.at(-1)!, new SyntaxMistake('an %if has no %endif'));
    this.#depth--;
  }

  /** Answers the index of the last line that it has dealt with. */
  #runLine(lines: readonly SourceLine[], index: number, frame: Frame | undefined, conditions: Condition[]): number {
    const line = lines[index]!;
    const directive = directiveOf(line.tokens);
    if (directive !== undefined && this.#runCondition(directive, line, frame, conditions)) return index;
    if (conditions.some(({ active }) => !active)) return index;
    if (directive === 'macro' || directive === 'rep') {
      const end = findEnd(lines, index, directive);
      const body = lines.slice(index + 1, end);
      if (directive === 'macro') this.#defineMacro(line.tokens.slice(2), body);
      else this.#repeat(substitute(line.tokens.slice(2), frame), body, frame);
      return end;
    }
    const tokens = substitute(line.tokens, frame);
    if (directive !== undefined) this.#runDirective(directive, tokens.slice(2), frame);
    else this.#emit(tokens, line);
    return index;
  }

  #runCondition(directive: string, line: SourceLine, frame: Frame | undefined, conditions: Condition[]): boolean {
    const top = conditions.at(-1);
    if (directive.startsWith('if')) {
      const isReached = conditions.every(({ active }) => active);
      const active = isReached && this.#test(directive, line, frame);
      conditions.push({ active, taken: active || !isReached });
      return true;
    }
    if (directive !== 'elif' && directive !== 'else' && directive !== 'endif') return false;
    if (!top) throw new SyntaxMistake(`%${directive} without an %if`);
    if (directive === 'endif') conditions.pop();
    else {
      top.active = !top.taken && (directive === 'else' || this.#test('if', line, frame));
      top.taken ||= top.active;
    }
    return true;
  }

  #test(directive: string, line: SourceLine, frame: Frame | undefined): boolean {
    const tokens = substitute(line.tokens.slice(2), frame);
    const name = tokens[0]?.text ?? '';
    if (directive === 'ifdef') return this.#definitions.has(name);
    if (directive === 'ifndef') return !this.#definitions.has(name);
    if (directive === 'ifidn') {
      const [left, right] = splitArguments(this.#expand(tokens)).map((part) => part.map(({ text }) => text).join(' '));
      return left === right;
    }
    if (directive !== 'if') throw new SyntaxMistake(`%${directive} is not implemented`);
    return this.#constant(tokens) !== 0n;
  }

  #constant(tokens: readonly Token[]): bigint {
    const cursor = new Cursor(this.#expand(tokens));
    const expression = parseExpression(cursor);
    if (!cursor.isEnd()) throw new SyntaxMistake(`unexpected text ${cursor.here()}`);
    return evaluateNumber(expression, (name) => {
      throw new SyntaxMistake(`"${name}" is not a constant that the preprocessor knows`);
    }).constant;
  }

  #runDirective(directive: string, tokens: readonly Token[], frame: Frame | undefined): void {
    const name = tokens[0]?.text ?? '';
    switch (directive) {
      case 'define':
        this.#definitions.set(name, parseDefinition(tokens));
        return;
      case 'undef':
        this.#definitions.delete(name);
        return;
      case 'assign': {
        const value = this.#constant(tokens.slice(1));
        this.#definitions.set(name, { body: tokenize(String(value)) });
        return;
      }
      case 'include': {
        const text = this.#include(name);
        if (text === undefined) throw new SyntaxMistake(`there is no file "${name}" to include`);
        this.add(text, name);
        return;
      }
      case 'rotate': {
        if (!frame) throw new SyntaxMistake('%rotate outside of a macro');
        const count = frame.arguments.length;
        const by = count === 0 ? 0 : ((Number(this.#constant(tokens)) % count) + count) % count;
        frame.arguments = [...frame.arguments.slice(by), ...frame.arguments.slice(0, by)];
        return;
      }
      case 'error':
        throw new SyntaxMistake(tokens.map(({ text }) => text).join(' '));
      default:
        throw new SyntaxMistake(`%${directive} is not implemented`);
    }
  }

  #defineMacro(tokens: readonly Token[], body: readonly SourceLine[]): void {
    const name = tokens[0]?.text ?? '';
    const least = Number(tokens[1]?.value ?? 0n);
    const isRange = tokens[2]?.text === '-';
    const last = tokens[3];
    const most = !isRange ? least : last?.text === '*' ? Infinity : Number(last?.value ?? 0n);
    const defaults = splitArguments(tokens.slice(isRange ? 4 : 2));
    this.#macros.set(name, [...(this.#macros.get(name) ?? []), { least, most, defaults, body }]);
  }

  #repeat(tokens: readonly Token[], body: readonly SourceLine[], frame: Frame | undefined): void {
    const count = Number(this.#constant(tokens));
    if (count > 100_000) throw new SyntaxMistake('%rep repeats more than 100000 times');
    for (let i = 0; i < count; i++) this.#run(body, frame);
  }

  #emit(tokens: readonly Token[], line: SourceLine): void {
    const expanded = this.#expand(tokens);
    if (expanded.length === 0) return;
    // A label may stand before a macro call.
    const start = expanded[1]?.text === ':' && expanded[1].kind === 'operator' ? 2 : 0;
    const macro = this.#findMacro(expanded.slice(start));
    if (!macro) {
      this.output.push({ ...line, tokens: expanded });
      return;
    }
    if (start > 0) this.output.push({ ...line, tokens: expanded.slice(0, start) });
    const first = this.output.length;
    const given = splitArguments(expanded.slice(start + 1));
    const values = [...given, ...macro.defaults.slice(given.length - macro.least)];
    this.#run(macro.body, { arguments: values, unique: ++this.#calls });
    // Mistakes and the listing name the line of the call, where the reader is.
    for (let i = first; i < this.output.length; i++)
      this.output[i] = { ...this.output[i]!, file: line.file, line: line.line };
  }

  #findMacro(tokens: readonly Token[]): Macro | undefined {
    const candidates = tokens[0]?.kind === 'name' ? this.#macros.get(tokens[0].text) : undefined;
    if (!candidates) return undefined;
    const count = splitArguments(tokens.slice(1)).length;
    const macro = candidates.find(({ least, most }) => count >= least && count <= most);
    if (!macro) throw new SyntaxMistake(`macro ${tokens[0]?.text} does not take ${count} arguments`);
    return macro;
  }

  #expand(tokens: readonly Token[], busy: ReadonlySet<string> = new Set()): Token[] {
    const result: Token[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      const definition = token.kind === 'name' && !busy.has(token.text) ? this.#definitions.get(token.text) : undefined;
      if (!definition) {
        result.push(token);
        continue;
      }
      let body = definition.body;
      if (definition.parameters) {
        if (tokens[i + 1]?.text !== '(') {
          result.push(token);
          continue;
        }
        const end = closingParenthesis(tokens, i + 1);
        body = fillParameters(definition, splitArguments(tokens.slice(i + 2, end)));
        i = end;
      }
      result.push(...this.#expand(body, new Set([...busy, token.text])));
    }
    return result;
  }
}

function directiveOf(tokens: readonly Token[]): string | undefined {
  const [first, second] = tokens;
  const isDirective = first?.kind === 'operator' && first.text === '%' && second?.kind === 'name' && !second.spaced;
  return isDirective ? second.text.toLowerCase() : undefined;
}

/** Index of the %endmacro or %endrep that belongs to the block which starts at `start`. */
function findEnd(lines: readonly SourceLine[], start: number, directive: string): number {
  let depth = 0;
  for (let index = start; index < lines.length; index++) {
    const word = directiveOf(lines[index]!.tokens);
    if (word === directive) depth++;
    if (word === `end${directive}` && --depth === 0) return index;
  }
  throw new SyntaxMistake(`%${directive} has no %end${directive}`);
}

function parseDefinition(tokens: readonly Token[]): Definition {
  const open = tokens[1];
  if (open?.text !== '(' || open.spaced) return { body: tokens.slice(1) };
  const end = closingParenthesis(tokens, 1);
  const parameters = splitArguments(tokens.slice(2, end)).map((part) => part[0]?.text ?? '');
  return { parameters, body: tokens.slice(end + 1) };
}

function closingParenthesis(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]!.kind !== 'operator') continue;
    if (tokens[i]!.text === '(') depth++;
    if (tokens[i]!.text === ')' && --depth === 0) return i;
  }
  throw new SyntaxMistake('a parenthesis is not closed');
}

function fillParameters(definition: Definition, values: readonly (readonly Token[])[]): Token[] {
  const names = definition.parameters ?? [];
  if (names.length !== values.length)
    throw new SyntaxMistake(`expected ${names.length} arguments, not ${values.length}`);
  return definition.body.flatMap((token) => {
    const index = token.kind === 'name' ? names.indexOf(token.text) : -1;
    return index < 0 ? [token] : [...values[index]!];
  });
}

/** Splits at commas outside of parentheses and brackets; braces keep an argument together and are dropped. */
function splitArguments(tokens: readonly Token[]): Token[][] {
  if (tokens.length === 0) return [];
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    const mark = token.kind === 'operator' ? token.text : '';
    if (mark === ',' && depth === 0) {
      parts.push([]);
      continue;
    }
    if (['(', '[', '{'].includes(mark)) depth++;
    if ([')', ']', '}'].includes(mark)) depth--;
    if (mark !== '{' && mark !== '}') parts.at(-1)!.push(token);
  }
  return parts;
}

/** Puts a macro call's arguments in the place of %1, %0 and %%label; what touches a parameter on either side becomes one name with it. */
function substitute(tokens: readonly Token[], frame: Frame | undefined): Token[] {
  if (!frame) return [...tokens];
  const result: Token[] = [];
  let wasParameter = false;
  for (const token of tokens) {
    const isParameter = token.kind === 'parameter';
    const replacement = isParameter ? parameterValue(token, frame) : [token];
    const last = result.at(-1);
    const next = replacement[0];
    const touches = !token.spaced && (isParameter || wasParameter) && isWord(last) && isWord(next);
    if (touches) result.splice(-1, 1, ...joined(last!, next!), ...replacement.slice(1));
    else result.push(...replacement);
    wasParameter = isParameter;
  }
  return result;
}

function isWord(token: Token | undefined): boolean {
  return token?.kind === 'name' || token?.kind === 'number';
}

function joined(left: Token, right: Token): Token[] {
  return tokenize(left.text + right.text).map((token) => ({ ...token, spaced: left.spaced }));
}

function parameterValue(token: Token, frame: Frame): Token[] {
  if (token.text.startsWith('%')) {
    return [{ kind: 'name', text: `..@${frame.unique}.${token.text.slice(1)}`, spaced: token.spaced }];
  }
  if (token.text === '0') {
    const count = String(frame.arguments.length);
    return [{ kind: 'number', text: count, value: BigInt(count), spaced: token.spaced }];
  }
  const value = frame.arguments[Number(token.text) - 1] ?? [];
  return value.map((part, index) => (index === 0 ? { ...part, spaced: token.spaced } : part));
}
