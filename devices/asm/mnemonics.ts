// From what is written to the rows' mnemonics: synonyms, and names that carry an operand or address size (SDM vol. 2, each instruction's table).
import { CONDITIONS, type Row } from './row.ts';

export interface Meaning {
  readonly mnemonic: string;
  /** 8 to 64 where the name says it (MOVSB, CWDE, PUSHFD, IRETQ). */
  readonly operandSize?: 8 | 16 | 32 | 64;
  readonly addressSize?: 16 | 32 | 64;
  /** The operands of string instructions are not written. */
  readonly isString?: boolean;
}

const CONDITION_SYNONYMS: Record<string, (typeof CONDITIONS)[number]> = {
  E: 'Z',
  NE: 'NZ',
  C: 'B',
  NAE: 'B',
  NC: 'NB',
  AE: 'NB',
  NA: 'BE',
  A: 'NBE',
  PE: 'P',
  PO: 'NP',
  NGE: 'L',
  GE: 'NL',
  NG: 'LE',
  G: 'NLE',
};
const SYNONYMS: Record<string, string> = {
  SAL: 'SHL',
  XLATB: 'XLAT',
  LOOPZ: 'LOOPE',
  LOOPNZ: 'LOOPNE',
  WAIT: 'FWAIT',
  INT03: 'INT3',
  ICEBP: 'INT1',
  RETN: 'RET',
  UD2A: 'UD2',
};
const SIZED: Record<string, [string, 16 | 32 | 64]> = {
  CBW: ['CBW', 16],
  CWDE: ['CBW', 32],
  CWD: ['CWD', 16],
  CDQ: ['CWD', 32],
  CDQE: ['CBW', 64],
  CQO: ['CWD', 64],
  RETFQ: ['RETF', 64],
  CMPXCHG16B: ['CMPXCHG8B', 64],
  MOVQ: ['MOVQ', 64],
  PINSRQ: ['PINSRD', 64],
  PEXTRQ: ['PEXTRD', 64],
};
const STRING = /^(MOVS|CMPS|SCAS|LODS|STOS|INS|OUTS)([BWDQ])$/;
/** PUSHFD is PUSHF with a 32-bit operand, and so on. */
const STACK = /^(PUSHA|POPA|PUSHF|POPF|IRET|SYSRET|SYSEXIT)([WDQ])$/;
const BITS = { B: 8, W: 16, D: 32, Q: 64 } as const;
const COUNTER_BITS: Record<string, 16 | 32 | 64> = { JCXZ: 16, JECXZ: 32, JRCXZ: 64 };

/** `hasOperands` tells MOVSD of two XMM operands from the string instruction. */
export function meaningOf(name: string, hasOperands: boolean): Meaning {
  const string = STRING.exec(name);
  if (string && !hasOperands)
    return { mnemonic: string[1] ?? '', operandSize: BITS[string[2] as 'B' | 'W' | 'D' | 'Q'], isString: true };
  const stack = STACK.exec(name);
  if (stack) return { mnemonic: stack[1] ?? '', operandSize: BITS[stack[2] as 'W' | 'D' | 'Q'] };
  const sized = SIZED[name];
  if (sized) return { mnemonic: sized[0], operandSize: sized[1] };
  const counter = COUNTER_BITS[name];
  if (counter) return { mnemonic: 'JCXZ', addressSize: counter };
  const conditional = /^(J|SET|CMOV)(\w+)$/.exec(name);
  const condition = conditional && CONDITION_SYNONYMS[conditional[2] ?? ''];
  return { mnemonic: condition ? `${conditional[1]}${condition}` : (SYNONYMS[name] ?? name) };
}

/** The other way round: what an instruction of this operand size is called. */
export function sizedName(mnemonic: string, size: number): string {
  const named = Object.entries(SIZED).find(([, [base, bits]]) => base === mnemonic && bits === size);
  return named?.[0] ?? mnemonic;
}

/** Sixteen rows for one with `+cc`, the row itself otherwise. */
export function expandConditions(row: Row): Row[] {
  if (row.plus !== 'cc') return [row];
  return CONDITIONS.map((name, condition) => ({
    ...row,
    plus: null,
    opcode: row.opcode + condition,
    mnemonic: row.mnemonic.replace('cc', name),
  }));
}

const TABLES = new WeakMap<readonly Row[], InstructionTable>();

/** The table of these rows; made once for each array. */
export function tableOf(rows: readonly Row[]): InstructionTable {
  const known = TABLES.get(rows);
  if (known) return known;
  const table = new InstructionTable(rows);
  TABLES.set(rows, table);
  return table;
}

export class InstructionTable {
  readonly #rows = new Map<string, Row[]>();

  constructor(rows: readonly Row[]) {
    for (const row of rows.flatMap(expandConditions)) {
      // REP's own rows are ways to execute, not to write: the prefix is written before the plain instruction.
      const isHint = row.mnemonic === 'NOP' && row.escape === '0F' && row.opcode !== 0x1f;
      // Of the hint NOPs only 0F 1F is documented (SDM vol. 2, NOP).
      if (isHint) continue;
      if (row.attributes.includes('rep') && (row.prefix === 'F3' || row.prefix === 'F2')) continue;
      const list = this.#rows.get(row.mnemonic);
      if (list) list.push(row);
      else this.#rows.set(row.mnemonic, [row]);
    }
  }

  /** MOVQ has rows of its own, and is what MOVD is called with 64 bits. */
  find(mnemonic: string): readonly Row[] {
    const rows = this.#rows.get(mnemonic) ?? [];
    return mnemonic === 'MOVQ' ? [...rows, ...this.find('MOVD')] : rows;
  }

  isMnemonic(name: string): boolean {
    const upper = name.toUpperCase();
    return [true, false].some((hasOperands) => this.find(meaningOf(upper, hasOperands).mnemonic).length > 0);
  }
}
