// One row of an instruction table (assembly/isa/*.ts), as data: what the assembler, the disassembler and the generator read.
// The notation is described in assembly/README.md. Nothing is interpreted here.

export type Escape = '' | '0F' | '0F38' | '0F3A';

/** A mandatory prefix: '' accepts any, 'NP' none of 66 F3 F2, 'NFx' no F3 or F2 (66 is the operand size). */
export type MandatoryPrefix = '' | 'NP' | 'NFx' | '66' | 'F3' | 'F2';

export const IMMEDIATES = ['ib', 'iw', 'iz', 'id', 'iv', 'io', 'ib2', 'cb', 'cz', 'ap', 'mo'] as const;
export type Immediate = (typeof IMMEDIATES)[number];

/** What follows the opcode in the ModR/M byte: `r` a register or memory operand pair, 0-7 a group member, or fixed byte values. */
export type ModRM = 'r' | number | { readonly low: number; readonly high: number };

/** Fields of a VEX prefix (SDM vol. 2A 2.3): vector length L (0: 128 bits, 1: 256) and W; null where any value will do. */
export interface Vex {
  readonly l: 0 | 1 | null;
  readonly w: 0 | 1 | null;
}

export interface Operand {
  /** As written: `Ev`, `AL`, `ST0`, `m64`. */
  readonly text: string;
  /** SDM operand code, or 'fixed' for a register (or the 1 of shifts) that is named by the row itself. */
  readonly code:
    | 'E'
    | 'G'
    | 'M'
    | 'R'
    | 'Z'
    | 'I'
    | 'J'
    | 'O'
    | 'S'
    | 'C'
    | 'D'
    | 'A'
    | 'X'
    | 'Y'
    | 'P'
    | 'Q'
    | 'N'
    | 'V'
    | 'W'
    | 'U'
    | 'H'
    | 'B'
    | 'L'
    | 'STi'
    | 'fixed';
  /** `b w d q v z y p dq m32 ...`; '' where the code needs none. */
  readonly size: string;
}

export interface Row {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly prefix: MandatoryPrefix;
  /** null: encoded without a VEX prefix. */
  readonly vex: Vex | null;
  readonly escape: Escape;
  readonly opcode: number;
  readonly modrm: ModRM | null;
  /** `+r` register in the low three opcode bits, `+cc` sixteen conditions, `+i` ST(i) in the low three bits of the fixed ModR/M byte. */
  readonly plus: 'r' | 'cc' | 'i' | null;
  readonly immediates: readonly Immediate[];
  /** With a trailing or embedded `cc` where `plus` is 'cc'. */
  readonly mnemonic: string;
  readonly operands: readonly Operand[];
  readonly function: string;
  /** One entry for each argument (`r w rw cc -`), null for a function row, which is called with the micro-op. */
  readonly access: readonly string[] | null;
  readonly attributes: readonly string[];
}

/** The conditions of `+cc` in opcode order. */
export const CONDITIONS = [
  'O',
  'NO',
  'B',
  'NB',
  'Z',
  'NZ',
  'BE',
  'NBE',
  'S',
  'NS',
  'P',
  'NP',
  'L',
  'NL',
  'LE',
  'NLE',
] as const;
