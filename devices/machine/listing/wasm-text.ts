// WebAssembly's text for the functions that the core's compiler writes (core specification 2.0, chapters 5.4 and 6.5). Names of
// instructions and locals are those of the compiler's own tables; an instruction without a name there is shown by its number.
import { LOCALS, SIMD_NAMES, WASM_NAMES } from '../../generated/listing-tables.ts';

export interface WasmLine {
  /** Offset in the module. */
  readonly at: number;
  readonly depth: number;
  readonly text: string;
  /** Its immediate operand, where that is one number. */
  readonly operand: number | null;
}

export interface WasmBody {
  readonly start: number;
  readonly end: number;
}

const SECTION_CODE = 10;
const HEADER_BYTES = 8;
const SIMD_PREFIX = 0xfd;
const GENERAL_REGISTERS = 'ax cx dx bx sp bp si di'.split(' ');
const TYPES: ReadonlyMap<number, string> = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
]);

class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.at++] ?? 0;
  }

  /** LEB128. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  signed(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
  }

  hex(count: number): string {
    return Array.from({ length: count }, () => this.byte().toString(16).padStart(2, '0')).join(' ');
  }
}

/** The functions' bodies, without their size, in the order of the module. */
export function wasmBodies(module: Uint8Array): WasmBody[] {
  const reader = new Reader(module, HEADER_BYTES);
  while (reader.at < module.length) {
    const id = reader.byte();
    const size = reader.unsigned();
    const end = reader.at + size;
    if (id === SECTION_CODE) return bodiesOf(reader);
    reader.at = end;
  }
  return [];
}

function bodiesOf(reader: Reader): WasmBody[] {
  return Array.from({ length: reader.unsigned() }, () => {
    const size = reader.unsigned();
    const start = reader.at;
    reader.at += size;
    return { start, end: start + size };
  });
}

/** Names a local by what it is for; registers by what they hold. */
function localName(local: number, { slots, long }: Names): string {
  const slot = slots.get(local) ?? 0;
  if (slot === 0 && local !== 0) return `$${local}`;
  const [first, name] = LOCALS.findLast(([start]) => start <= slot) ?? [0, 'local'];
  const number = slot - first;
  if (name !== 'registers') return `$${name}${number === 0 ? '' : `_${number}`}`;
  const register = GENERAL_REGISTERS[number];
  return register === undefined ? `$r${number}` : `$${long ? 'r' : 'e'}${register}`;
}

export interface Names {
  /** Of the imported functions. */
  readonly functions: readonly string[];
  /** What each local is for: LOCAL_* of assembly/machine/emit-locals.ts. */
  readonly slots: ReadonlyMap<number, number>;
  /** Whether general registers are those of 64-bit mode. */
  readonly long: boolean;
}

/** A body as lines, one for each instruction. */
export function wasmLines(module: Uint8Array, { start, end }: WasmBody, names: Names): WasmLine[] {
  const reader = new Reader(module, start);
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    reader.unsigned();
    reader.byte();
  }
  const lines: WasmLine[] = [];
  let depth = 0;
  while (reader.at < end) {
    const at = reader.at;
    const opcode = reader.byte();
    const closes = opcode === OP_END || opcode === OP_ELSE;
    if (closes) depth--;
    const { text, operand } = instruction(reader, opcode, names);
    lines.push({ at, depth: Math.max(0, depth), text, operand });
    if (opcode === OP_ELSE || (opcode >= OP_BLOCK && opcode <= OP_IF)) depth++;
  }
  return lines;
}

// Opcodes by which immediates are told apart.
const OP_BLOCK = 0x02;
const OP_IF = 0x04;
const OP_ELSE = 0x05;
const OP_END = 0x0b;
const OP_BR = 0x0c;
const OP_BR_IF = 0x0d;
const OP_BR_TABLE = 0x0e;
const OP_CALL = 0x10;
const OP_CALL_INDIRECT = 0x11;
const OP_RETURN_CALL = 0x12;
const OP_RETURN_CALL_INDIRECT = 0x13;
const LOCAL_FIRST = 0x20;
const LOCAL_LAST = 0x22;
const GLOBAL_LAST = 0x24;
const MEMORY_FIRST = 0x28;
const MEMORY_LAST = 0x3e;
const MEMORY_GROW = 0x40;
const CONST_I32 = 0x41;
const CONST_I64 = 0x42;
const CONST_F32 = 0x43;
const CONST_F64 = 0x44;

interface Text {
  readonly text: string;
  readonly operand: number | null;
}

function instruction(reader: Reader, opcode: number, names: Names): Text {
  if (opcode === SIMD_PREFIX) return { text: simdInstruction(reader), operand: null };
  const name = WASM_NAMES.get(opcode) ?? `0x${opcode.toString(16).padStart(2, '0')}`;
  const plain = (immediate: string): Text => ({ text: `${name}${immediate}`, operand: null });
  if (opcode >= OP_BLOCK && opcode <= OP_IF) return plain(blockType(reader));
  if (opcode >= MEMORY_FIRST && opcode <= MEMORY_LAST) {
    const operand = memoryOffset(reader);
    return { text: name + offsetText(operand), operand };
  }
  if (opcode >= LOCAL_FIRST && opcode <= LOCAL_LAST) {
    const operand = reader.unsigned();
    return { text: `${name} ${localName(operand, names)}`, operand };
  }
  switch (opcode) {
    case OP_CALL:
    case OP_RETURN_CALL: {
      const operand = reader.unsigned();
      return { text: `${name} $${names.functions[operand] ?? operand}`, operand };
    }
    case CONST_I32:
    case CONST_I64: {
      const value = reader.signed();
      return { text: `${name} ${constantText(value)}`, operand: Number(value) };
    }
    case CONST_F32:
    case CONST_F64:
      return plain(` ${reader.hex(opcode === CONST_F32 ? 4 : 8)}`);
    case OP_BR_TABLE:
      return plain(Array.from({ length: reader.unsigned() + 1 }, () => ` ${reader.unsigned()}`).join(''));
    case OP_CALL_INDIRECT:
    case OP_RETURN_CALL_INDIRECT:
      return plain(` ${reader.unsigned()} ${reader.unsigned()}`);
    default:
      return plain(hasIndex(opcode) ? ` ${reader.unsigned()}` : '');
  }
}

function hasIndex(opcode: number): boolean {
  const isBranch = opcode === OP_BR || opcode === OP_BR_IF;
  return isBranch || (opcode > LOCAL_LAST && opcode <= GLOBAL_LAST) || (opcode > MEMORY_LAST && opcode <= MEMORY_GROW);
}

function blockType(reader: Reader): string {
  const type = TYPES.get(reader.byte());
  return type === undefined ? '' : ` (result ${type})`;
}

/** Of a memory operand; its alignment is a hint only. */
function memoryOffset(reader: Reader): number {
  reader.unsigned();
  return reader.unsigned();
}

const offsetText = (offset: number): string => (offset === 0 ? '' : ` offset=${offset}`);

function constantText(value: bigint): string {
  const magnitude = value < 0n ? -value : value;
  return magnitude < 10n ? String(value) : `${value < 0n ? '-' : ''}0x${magnitude.toString(16)}`;
}

// Vector instructions: what follows the number (chapter 5.4.8).
const SIMD_MEMORY_LAST = 11;
const SIMD_CONST = 12;
const SIMD_SHUFFLE = 13;
const SIMD_LANES = [21, 34] as const;
const SIMD_MEMORY_LANES = [84, 91] as const;
const SIMD_MEMORY_ZERO = [92, 93] as const;

function simdInstruction(reader: Reader): string {
  const number = reader.unsigned();
  const name = SIMD_NAMES.get(number) ?? `0xfd:${number}`;
  const isIn = ([first, last]: readonly [number, number]): boolean => number >= first && number <= last;
  if (number <= SIMD_MEMORY_LAST || isIn(SIMD_MEMORY_ZERO)) return name + offsetText(memoryOffset(reader));
  if (number === SIMD_CONST || number === SIMD_SHUFFLE) return `${name} ${reader.hex(16)}`;
  if (isIn(SIMD_MEMORY_LANES)) return `${name}${offsetText(memoryOffset(reader))} ${reader.byte()}`;
  return isIn(SIMD_LANES) ? `${name} ${reader.byte()}` : name;
}
