// The forms of a row: one case of the interpreter's switch for each operand size and for the register and the memory form.
import type { Operand, Row } from '../../devices/asm/row.ts';
import { CONDITIONS } from '../../devices/asm/row.ts';
import { fusedForms, type Fused } from './fused.ts';

/** Operand sizes in bits that the decoder can choose, in the order of a leaf's entries. */
export const OPERAND_SIZES = [16, 32, 64] as const;
export type OperandSize = (typeof OPERAND_SIZES)[number];

export type RowClass = 'normal' | 'jcc' | 'branch' | 'end';

export interface Form {
  readonly row: Row;
  readonly size: OperandSize;
  /** Is the ModR/M (or moffs) operand in memory? */
  readonly memory: boolean;
  /** Is the segment known to be flat (base 0, limit 4 GB)? Only value rows have such forms. */
  readonly flat: boolean;
  readonly condition: number | null;
  /** Whose registers and state rules a vector instruction has; null for all others. */
  readonly vector: VectorKind | null;
  /** Does the switch hold it, or the handler table? */
  readonly inline: boolean;
  readonly class: RowClass;
  /** Key that equal forms share: rows that differ in encoding only (00 /r and 80 /0 have no equal; D1 /4 and D1 /6 do). */
  readonly key: string;
  /** Number of the case, given by numberForms(). */
  op: number;
}

/** MMX; SSE (bits 255-128 stay); VEX.128 (they are zeroed); VEX.256. */
export type VectorKind = 'mmx' | 'sse' | 'vex128' | 'vex256';

/** Rows of general registers have VEX forms too (BMI): only vector operands make a vector instruction. */
export function vectorKind(row: Row): VectorKind | null {
  if (row.attributes.includes('novector')) return null;
  const codes = row.operands.filter((o) => o.code !== 'fixed').map((o) => o.code);
  const xmm = codes.some((code) => 'VWUHL'.includes(code) && code.length === 1);
  const mmx = codes.some((code) => 'PQN'.includes(code)) || row.attributes.includes('mmx');
  if (row.vex) return xmm || row.attributes.includes('vector') ? (row.vex.l === 1 ? 'vex256' : 'vex128') : null;
  if (mmx) return 'mmx';
  return xmm || row.attributes.includes('vector') ? 'sse' : null;
}

const SIZED = /^[vzyp]$/;

export function dependsOnOperandSize(row: Row): boolean {
  return row.attributes.includes('v') || row.operands.some((o) => SIZED.test(o.size) || /^[re][A-Z]{2}$/.test(o.text));
}

/** Is an operand size of 16 bits any other than one of 32? Not for operands of size y. */
export function has16Bits(row: Row): boolean {
  return (
    row.attributes.includes('v') || row.operands.some((o) => /^[vzp]$/.test(o.size) || /^[re][A-Z]{2}$/.test(o.text))
  );
}

export const memoryOperand = (row: Row): Operand | undefined =>
  row.operands.find((o) => 'EMOQW'.includes(o.code) && o.code !== 'fixed');

export function hasRegisterForm(row: Row): boolean {
  const operand = memoryOperand(row);
  if (operand && 'MO'.includes(operand.code)) return false;
  return true;
}

export function hasMemoryForm(row: Row): boolean {
  if (typeof row.modrm === 'object' && row.modrm !== null) return false;
  return memoryOperand(row) !== undefined;
}

export function rowClass(row: Row): RowClass {
  for (const name of ['jcc', 'branch', 'end'] as const) if (row.attributes.includes(name)) return name;
  return 'normal';
}

/** Sizes that a row has forms for: 64 bits do not exist outside of 64-bit mode, 32 not for what defaults to 64 there. */
function sizesOf(row: Row): readonly OperandSize[] {
  if (!dependsOnOperandSize(row)) return [32];
  const has = (name: string) => row.attributes.includes(name);
  if (has('not64')) return [16, 32];
  return has('only64') && (has('d64') || has('f64')) ? [16, 64] : OPERAND_SIZES;
}

/** Rows with +cc give one form for each condition only where the condition is compiled in. */
export function formsOf(row: Row): Form[] {
  const forms: Form[] = [];
  const sizes = sizesOf(row);
  const conditions = row.plus === 'cc' ? CONDITIONS.map((_, n) => n) : [null];
  for (const condition of conditions) {
    for (const size of sizes) {
      if (hasRegisterForm(row)) forms.push(makeForm(row, size, 'register', condition));
      if (hasMemoryForm(row))
        forms.push(makeForm(row, size, 'memory', condition), makeForm(row, size, 'flat', condition));
    }
  }
  return forms;
}

export type Place = 'register' | 'memory' | 'flat';

/** Read-modify-write in memory is frequent for these only. */
const FREQUENT_IN_MEMORY = new Set([
  'ADD',
  'SUB',
  'CMP',
  'AND',
  'OR',
  'XOR',
  'TEST',
  'INC',
  'DEC',
  'MOV',
  'MOVZX',
  'MOVSX',
  'IMUL',
]);

/**
 * Does the switch hold the form? It must stay small: beyond some 100 KB the engine's register allocator gives up on it,
 * and each form that runs seldom costs those that run often. A handler costs one indirect call more.
 */
function isInline(row: Row, size: OperandSize, place: Place): boolean {
  const kind = rowClass(row);
  // Whether VEX prefixes exist at all (not in real mode) is checked by handlers only.
  if (row.attributes.includes('cold') || row.vex) return false;
  if (kind === 'jcc' || kind === 'branch') return true;
  if (row.attributes.includes('hot')) return true;
  if (row.access === null || vectorKind(row) !== null) return false;
  if (size === 16 && dependsOnOperandSize(row) && row.mnemonic !== 'MOV') return false;
  if (place === 'register') return true;
  return FREQUENT_IN_MEMORY.has(row.mnemonic) && place === 'flat';
}

function makeForm(row: Row, size: OperandSize, place: Place, condition: number | null): Form {
  const memory = place !== 'register';
  const kind = rowClass(row);
  const inline = isInline(row, size, place);
  // Handlers and rows that do their own accesses check the segment themselves.
  const flat = place === 'flat' && inline && row.access !== null;
  const vector = vectorKind(row);
  const operands = row.operands
    .map((o) => (o.code === 'E' || o.code === 'W' || o.code === 'Q' ? `${memory ? 'm' : 'r'}${o.size}` : o.text))
    .join(',');
  const key = [
    kind,
    row.function,
    row.access?.join('') ?? '-',
    row.access || kind === 'jcc' || kind === 'branch' ? operands : '',
    vector ?? '',
    // What the generator reads from the attributes of vector rows.
    vector &&
      row.attributes.filter((a) => /^(aligned|unaligned|raises|keeps-x87|general|nogate|imm\/.)$/.test(a)).join(' '),
    row.vex ? 'vex' : '',
    row.attributes.includes('whole') ? 'whole' : '',
    size,
    condition ?? '',
    inline,
    flat,
  ].join('|');
  return { row, size, memory, flat, condition, vector, inline, class: kind, key, op: -1 };
}

export interface Numbered {
  /** One form for each case, in case order. */
  readonly cases: readonly Form[];
  /** Compares together with the jump that follows, between the inline cases and the handlers'. */
  readonly fused: readonly Fused[];
  /** Case of the form that a row takes. */
  opOf(row: Row, size: OperandSize, place: Place, condition: number | null): number | undefined;
  readonly firstHandler: number;
  readonly firstEnd: number;
  readonly count: number;
}

/** Pseudo-operations of the decoder, before the rows' cases. */
export const OP_INVALID = 0;
export const OP_END = 1;
export const OP_TOO_LONG = 2;
/** Where jumps arrive: counts them, or is the entry of a compiled region (jit/heads.ts). */
export const OP_HEAD = 3;
export const OP_REGION = 4;
/** Where the instruction behind it lies across the end of the page (decode/straddler.ts). */
export const OP_STRADDLER = 5;
const FIRST_ROW_OP = 6;

/** Numbers the cases: inline ones first (the switch is dense), then handlers, then handlers that end a trace. */
export function numberForms(rows: readonly Row[]): Numbered {
  const byKey = new Map<string, Form>();
  for (const row of rows) for (const form of formsOf(row)) if (!byKey.has(form.key)) byKey.set(form.key, form);
  const forms = [...byKey.values()];
  const rank = (form: Form) => (form.inline ? 0 : form.class === 'end' ? 2 : 1);
  forms.sort((a, b) => rank(a) - rank(b));
  const inline = forms.filter((f) => rank(f) === 0);
  const fused = fusedForms(inline);
  const firstFused = FIRST_ROW_OP + inline.length;
  fused.forEach((pair, n) => (pair.op = firstFused + n));
  forms.forEach((form, n) => (form.op = FIRST_ROW_OP + n + (form.inline ? 0 : fused.length)));
  const firstHandler = firstFused + fused.length;
  const firstEnd = firstHandler + forms.filter((f) => rank(f) === 1).length;
  return {
    cases: forms,
    fused,
    firstHandler,
    firstEnd,
    count: FIRST_ROW_OP + forms.length + fused.length,
    opOf(row, size, place, condition) {
      const used = dependsOnOperandSize(row) ? size : 32;
      const exists = place === 'register' ? hasRegisterForm(row) : hasMemoryForm(row);
      return exists ? byKey.get(makeForm(row, used, place, condition).key)?.op : undefined;
    },
  };
}
