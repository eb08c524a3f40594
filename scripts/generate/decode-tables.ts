// Writes assembly/generated/decode-tables.ts: opcode maps -> (prefix node ->) (ModR/M group ->) leaf, from the rows.
import { expandConditions } from './rows.ts';
import type { Operand, Row } from '../../devices/asm/row.ts';
import { CONDITIONS } from '../../devices/asm/row.ts';
import { memoryOperand, OP_INVALID, OPERAND_SIZES, rowClass, type Numbered, type Place } from './forms.ts';

const ESCAPES = ['', '0F', '0F38', '0F3A'];
/** Classes of mandatory prefixes: none, 66, F3, F2 (F3 and F2 win over 66, the last of them wins). */
const PREFIXES = ['NP', '66', 'F3', 'F2'];
export const GROUP_BIT = 0x4000;
export const PREFIX_BIT = 0x8000;

export const LEAF = {
  MODRM: 1,
  REG_SHIFT: 1,
  RM_SHIFT: 4,
  IMMEDIATE_SHIFT: 7,
  LOCK: 1 << 11,
  CLASS_SHIFT: 12, // 0 normal, 1 conditional branch, 2 ends the trace
  VVVV: 1 << 14, // VEX.vvvv names a register; otherwise it must be 1111b
  VSIB: 1 << 15, // the index of the memory operand is a vector register
  D64: 1 << 16,
  F64: 1 << 17,
  PLUS_REGISTER: 1 << 18,
  PREFIX_66: 1 << 19, // 66 is part of the opcode, not the operand-size prefix
  FEATURE_SHIFT: 20, // number of the CPUID feature + 1, 0 = none; 9 bits
  AVX: 1 << 29, // AVX is wanted besides the feature (VAESENC)
  OPTIONAL: 1 << 30, // without the feature the mandatory F3 is ignored (TZCNT, LZCNT)
} as const;

/** How a register number becomes the micro-op's field. */
const FIELD = { none: 0, byte: 1, general: 2, raw: 3, vector: 4, anyMod: 5, mmx: 6, digit: 7 } as const;
/** Immediate kinds, in the order of the decoder's switch. */
const IMMEDIATE_KINDS = ['', 'ib', 'iw', 'iz', 'id', 'iv', 'cb', 'cz', 'ap', 'mo', 'iw ib2', 'ib ib2'];
/** Modes with maps of their own: 16 and 32 bits, and 64 bits. */
const MODES = ['legacy', 'long'] as const;
const VEX_ESCAPES = ['0F', '0F38', '0F3A'];

function fieldOf(operand: Operand | undefined): number {
  if (!operand || operand.code === 'S') return FIELD.digit;
  if ('EGZR'.includes(operand.code)) return operand.size === 'b' ? FIELD.byte : FIELD.general;
  if ('PQN'.includes(operand.code)) return FIELD.mmx;
  if ('VWU'.includes(operand.code)) return FIELD.vector;
  return FIELD.raw;
}

interface Leaf {
  readonly ops: readonly number[];
  readonly flags: number;
}

export class DecodeTables {
  readonly leaves: Leaf[] = [{ ops: [0, 0, 0, 0, 0, 0, 0, 0, 0], flags: 0 }];
  readonly groups: number[][] = [];
  readonly prefixes: number[][] = [];
  /** Sixteen nodes each, by pp, W and L; the first is empty. */
  readonly vexNodes: number[][] = [new Array<number>(16).fill(0)];
  /** Four maps of nodes (one-byte, 0F, 0F38, 0F3A) for each mode. */
  readonly maps: number[][] = MODES.flatMap(() => ESCAPES.map(() => new Array<number>(256).fill(0)));
  /** Three maps (0F, 0F38, 0F3A) of VEX nodes for each mode. */
  readonly vexMaps: number[][] = MODES.flatMap(() => VEX_ESCAPES.map(() => new Array<number>(256).fill(0)));
  private readonly known = new Map<string, number>();
  private readonly numbered: Numbered;
  private readonly features: ReadonlyMap<string, number>;

  constructor(rows: readonly Row[], numbered: Numbered, features: ReadonlyMap<string, number>) {
    this.numbered = numbered;
    this.features = features;
    MODES.forEach((mode, index) => {
      const other = mode === 'long' ? 'not64' : 'only64';
      const here = rows.filter((row) => !row.attributes.includes(other));
      for (const { escape, opcode, list } of byOpcode(here.filter((row) => !row.vex))) {
        const map = this.maps[index * 4 + ESCAPES.indexOf(escape)];
        if (map) map[opcode] = this.prefixNode(list, opcode);
      }
      for (const { escape, opcode, list } of byOpcode(here.filter((row) => row.vex))) {
        const map = this.vexMaps[index * 3 + VEX_ESCAPES.indexOf(escape)];
        if (map) map[opcode] = this.vexNode(list, opcode);
      }
    });
  }

  /** Number of an entry of `table`, which is added if it is not there yet. */
  private intern(table: number[][], name: string, entry: number[]): number {
    const key = `${name}/${entry.join()}`;
    const number = this.known.get(key) ?? table.push(entry) - 1;
    this.known.set(key, number);
    return number;
  }

  private prefixNode(rows: readonly Row[], opcode: number): number {
    if (rows.every((row) => row.prefix === '')) return this.groupNode(rows, opcode);
    const nodes = PREFIXES.map((prefix) => {
      const without = prefix === 'NP' || prefix === '66';
      const exact = rows.filter((row) => row.prefix === prefix || (without && row.prefix === 'NFx'));
      return this.groupNode([...exact, ...rows.filter((row) => row.prefix === '')], opcode);
    });
    return PREFIX_BIT | this.intern(this.prefixes, 'prefix', nodes);
  }

  private vexNode(rows: readonly Row[], opcode: number): number {
    const nodes = PREFIXES.flatMap((prefix) =>
      [0, 1].flatMap((w) =>
        [0, 1].map((l) => {
          const fits = (field: number | null | undefined, value: number) => (field ?? value) === value;
          const here = rows.filter((r) => r.prefix === prefix && fits(r.vex?.w, w) && fits(r.vex?.l, l));
          return this.groupNode(here, opcode);
        }),
      ),
    );
    return this.intern(this.vexNodes, 'vex', nodes);
  }

  /** One leaf, or a group: 8 leaves for memory forms by /reg and 64 for register forms by reg and rm. */
  private groupNode(rows: readonly Row[], opcode: number): number {
    const [first] = rows;
    if (!first) return 0;
    const plain = first.modrm === null || (first.modrm === 'r' && rows.length === 1);
    if (plain) return this.leaf(first, opcode);
    const group = new Array<number>(72).fill(0);
    for (let modrm = 0; modrm < 72; modrm++) {
      const memory = modrm < 8;
      const reg = memory ? modrm : (modrm - 8) >> 3;
      const candidates = rows.filter((r) => matches(r, memory, reg, 0xc0 + modrm - 8));
      // Fixed bytes are the most special, then rows whose only form fits, in the order of the table.
      const row = candidates.find((r) => typeof r.modrm === 'object') ?? candidates[0];
      if (row) group[modrm] = this.leaf(row, opcode);
    }
    // A row with a mandatory prefix before one that takes any is chosen whatever ModR/M says.
    if (group.every((leaf) => leaf === group[0])) return group[0] ?? 0;
    return GROUP_BIT | this.intern(this.groups, 'group', group);
  }

  private leaf(row: Row, opcode: number): number {
    const base = (row as Row & { base?: Row }).base ?? row;
    const condition = base.plus === 'cc' ? opcode & 15 : null;
    const ops = OPERAND_SIZES.flatMap((size) => {
      const at = (place: Place) => this.numbered.opOf(base, size, place, condition) ?? OP_INVALID;
      return [at('register'), at('memory'), at('flat')];
    });
    const flags = this.flagsOf(row);
    const key = `${ops.join()}/${flags}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.leaves.push({ ops, flags });
    this.known.set(key, this.leaves.length - 1);
    return this.leaves.length - 1;
  }

  private flagsOf(row: Row): number {
    const has = (name: string) => row.attributes.includes(name);
    const operand = (codes: string) => row.operands.find((o) => codes.includes(o.code) && o.code !== 'fixed');
    const kind = IMMEDIATE_KINDS.indexOf(row.immediates.join(' '));
    if (kind < 0) throw new Error(`${row.file}:${row.line}: no decoder for immediates "${row.immediates.join(' ')}"`);
    const register = operand('GZSCDPV');
    const rm = memoryOperand(row) ?? operand('RNU');
    let flags = row.modrm === null ? 0 : LEAF.MODRM;
    flags |= fieldOf(register) << LEAF.REG_SHIFT;
    const field = typeof row.modrm === 'object' && row.modrm !== null ? FIELD.digit : fieldOf(rm);
    flags |= (has('anymod') ? FIELD.anyMod : field) << LEAF.RM_SHIFT;
    flags |= kind << LEAF.IMMEDIATE_SHIFT;
    const kinds = { normal: 0, jcc: 1, branch: 2, end: 2 } as const;
    flags |= kinds[rowClass(row)] << LEAF.CLASS_SHIFT;
    if (has('lock')) flags |= LEAF.LOCK;
    if (row.operands.some((o) => o.code === 'H' || o.code === 'B')) flags |= LEAF.VVVV;
    if (has('vsib')) flags |= LEAF.VSIB;
    if (has('d64')) flags |= LEAF.D64;
    if (has('f64')) flags |= LEAF.F64;
    if (row.plus === 'r') flags |= LEAF.PLUS_REGISTER;
    if (row.prefix === '66') flags |= LEAF.PREFIX_66;
    const feature = row.attributes.find((a) => this.features.has(a));
    if (feature !== undefined) flags |= ((this.features.get(feature) ?? 0) + 1) << LEAF.FEATURE_SHIFT;
    if (feature !== 'AVX' && has('AVX')) flags |= LEAF.AVX;
    if (has('optional')) flags |= LEAF.OPTIONAL;
    return flags >>> 0;
  }
}

interface Opcode {
  readonly escape: string;
  readonly opcode: number;
  readonly list: Row[];
}

/** Rows by opcode; rows with +cc and +r stand under each of their opcodes. */
function byOpcode(rows: readonly Row[]): Iterable<Opcode> {
  const found = new Map<string, Opcode>();
  for (const row of rows) {
    for (const one of expandConditions(row)) {
      const count = one.plus === 'r' ? 8 : 1;
      for (let opcode = one.opcode; opcode < one.opcode + count; opcode++) {
        const key = `${one.escape}/${opcode}`;
        const entry = found.get(key) ?? { escape: one.escape, opcode, list: [] };
        entry.list.push(one === row ? row : Object.assign(one, { base: row }));
        found.set(key, entry);
      }
    }
  }
  return found.values();
}

function matches(row: Row, memory: boolean, reg: number, byte: number): boolean {
  const { modrm } = row;
  if (typeof modrm === 'object' && modrm !== null) return !memory && byte >= modrm.low && byte <= modrm.high;
  if (typeof modrm === 'number' && modrm !== reg) return false;
  if (!memory) return memoryOperand(row)?.code !== 'M';
  return row.attributes.includes('anymod') || !row.operands.some((o) => 'RUN'.includes(o.code));
}

const lines = (name: string, type: string, values: readonly number[], comment: string): string => {
  const rows: string[] = [];
  for (let n = 0; n < values.length; n += 24) rows.push(`  ${values.slice(n, n + 24).join(', ')},`);
  return `/** ${comment} */\nexport const ${name}: usize = memory.data<${type}>([\n${rows.join('\n')}\n]);\n`;
};

export function decodeTablesSource(tables: DecodeTables): string {
  const flat = tables.leaves.flatMap((leaf) => [...leaf.ops, 0, leaf.flags & 0xffff, leaf.flags >>> 16]);
  return `// Generated by scripts/generate from the rows in assembly/isa. Do not edit.
${Object.entries(LEAF)
  .map(([name, value]) => `export const LEAF_${name}: u32 = ${value};`)
  .join('\n')}
export const NODE_GROUP: u32 = ${GROUP_BIT};
export const NODE_PREFIX: u32 = ${PREFIX_BIT};
export const CONDITION_COUNT: u32 = ${CONDITIONS.length};

${lines('OPCODE_MAPS', 'u16', tables.maps.flat(), 'Node of each opcode: maps one-byte, 0F, 0F38, 0F3A; those of 64-bit mode follow.')}
${lines('VEX_MAPS', 'u16', tables.vexMaps.flat(), 'VEX node of each opcode: maps 0F, 0F38, 0F3A; those of 64-bit mode follow.')}
${lines('VEX_NODES', 'u16', tables.vexNodes.flat(), 'Sixteen nodes each: (no prefix, 66, F3, F2) x W x L.')}
${lines('PREFIX_NODES', 'u16', [0, ...tables.prefixes.flat()].slice(1), 'Four nodes each: no prefix, 66, F3, F2.')}
${lines('GROUPS', 'u16', tables.groups.flat(), '72 leaves each: memory forms by /reg, register forms by ModR/M & 63.')}
${lines('LEAVES', 'u16', flat, 'Case for (16, 32, 64 bits) x (register, memory, flat memory), a pad, then flags (two halves).')}`;
}
