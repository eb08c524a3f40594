// `-d blocks`: regions as they are compiled. Each instruction of the guest stands with its bytes and its micro-op above the
// WebAssembly that it became; what belongs to no instruction (entry, budget, exit) is said by name.
import { MEMORY_JIT_NOTES, MEMORY_PHYSICAL_MAP } from '../../../assembly/shared/memory-map.ts';
import * as N from '../../../assembly/shared/region-notes.ts';
import * as S from '../../../assembly/shared/state.ts';
import { FIELDS } from '../../generated/listing-tables.ts';
import { IMPORTED_FUNCTIONS } from '../compiled-modules.ts';
import type { AddressRange } from '../option-values.ts';
import { hex, instructionText, lengthOf, microOpText, readMicroOp, type MicroOp } from './instruction-text.ts';
import { wasmBodies, wasmLines, type WasmBody, type WasmLine } from './wasm-text.ts';

interface Note {
  readonly kind: number;
  readonly at: number;
  readonly uop: number;
  readonly frame: number;
  readonly frameBefore: number;
  readonly offset: number;
  readonly delta: number;
  readonly extra: number;
  readonly ripBase: bigint;
}

interface Region {
  readonly long: boolean;
  /** RIP of the first byte of the entry's page. */
  readonly ripBase: bigint;
  readonly notes: readonly Note[];
}

/** Where a function's code begins, behind its size, which always takes this many bytes. */
const SIZE_BYTES = 5;

function readNotes(memory: DataView): Note[] {
  const base = MEMORY_JIT_NOTES;
  return Array.from({ length: memory.getUint32(base + N.NOTES_COUNT, true) }, (_, index) => {
    const note = base + N.NOTES_FIRST + index * N.NOTE_SIZE;
    const field = (offset: number): number => memory.getUint32(note + offset, true);
    return {
      kind: field(N.NOTE_KIND),
      at: field(N.NOTE_AT),
      uop: field(N.NOTE_UOP),
      frame: field(N.NOTE_FRAME),
      frameBefore: field(N.NOTE_FRAME_BEFORE),
      offset: memory.getInt32(note + N.NOTE_OFFSET, true),
      delta: memory.getInt32(note + N.NOTE_DELTA, true),
      extra: field(N.NOTE_BLOCK_NUMBER),
      ripBase: memory.getBigUint64(note + N.NOTE_RIP_BASE, true),
    };
  });
}

function regionsOf(notes: readonly Note[]): Region[] {
  const starts = notes.flatMap(({ kind }, index) => (kind === N.NOTE_KIND_REGION ? [index] : []));
  return starts.map((start, index) => {
    const { extra, ripBase } = notes[start] as Note;
    return { long: (extra & 3) === S.MODE_64, ripBase, notes: notes.slice(start, starts[index + 1]) };
  });
}

/** The regions of a module, as text; none of those that have no instruction in `filter`. */
export function listRegions(module: Uint8Array, memory: DataView, filter: readonly AddressRange[]): string[] {
  const bodies = wasmBodies(module);
  return regionsOf(readNotes(memory)).flatMap((region, index) => {
    const body = bodies[index];
    const isWanted = filter.length === 0 || addresses(region).some((address) => isIn(filter, address));
    return body === undefined || !isWanted ? [] : [new Listing(memory, region).text(module, body)];
  });
}

const isIn = (ranges: readonly AddressRange[], address: bigint): boolean =>
  ranges.some(({ first, last }) => address >= first && address <= last);

const ofKind = ({ notes }: Region, kind: number): Note[] => notes.filter((note) => note.kind === kind);

function pageBase({ long, ripBase }: Region, { delta }: Note): bigint {
  return BigInt.asUintN(long ? 64 : 32, ripBase + BigInt(delta));
}

const addressOf = (region: Region, note: Note): bigint => pageBase(region, note) + BigInt(note.offset);

const addresses = (region: Region): bigint[] =>
  ofKind(region, N.NOTE_KIND_INSTRUCTION).map((note) => addressOf(region, note));

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** Names the field of an access whose address is the state block's; general registers need no name. */
function stateComment(lines: readonly WasmLine[], index: number): string {
  const { text, operand } = lines[index] as WasmLine;
  const [, access] = /^[^ ]+\.(load|store)/.exec(text) ?? [];
  if (access === undefined || operand === null || operand < S.STATE_GPR + 16 * S.GPR_SIZE) return '';
  // A store's value lies on top of the address.
  const address = lines[index - (access === 'load' ? 1 : 2)]?.text;
  const isValue = access === 'load' || /^(local\.get|i(32|64)\.const)/.test(lines[index - 1]?.text ?? '');
  const [offset, name] = FIELDS.findLast(([first]) => first <= operand) ?? [];
  if (address !== 'local.get $cpu' || !isValue || offset === undefined) return '';
  return `  ;; ${name}${operand === offset ? '' : ` + ${operand - offset}`}`;
}

class Listing {
  readonly #memory: DataView;
  readonly #region: Region;

  constructor(memory: DataView, region: Region) {
    this.#memory = memory;
    this.#region = region;
  }

  text(module: Uint8Array, body: WasmBody): string {
    const notes = this.#region.notes.filter(({ kind }) => kind !== N.NOTE_KIND_LOCAL);
    const lines = [this.#title(body), '(func (param $cpu i32) (result i32)  ;; entry: registers to locals'];
    const slots = new Map(ofKind(this.#region, N.NOTE_KIND_LOCAL).map(({ at, uop }) => [at, uop]));
    const wasm = wasmLines(module, body, { functions: IMPORTED_FUNCTIONS, long: this.#region.long, slots });
    // Notes tell addresses of the place where the code was written, right behind the function's size.
    const moved = (wasm[0]?.at ?? 0) - SIZE_BYTES - (notes[0]?.at ?? 0);
    let next = 1;
    // The function's own END is its closing parenthesis.
    wasm.slice(0, -1).forEach((line, index) => {
      for (; next < notes.length && (notes[next]?.at ?? 0) + moved <= line.at; next++)
        lines.push(...this.#note(notes[next] as Note));
      lines.push(
        `${'  '.repeat(line.depth + 1)}${line.text}${this.#exitComment(line, wasm[index + 1])}${stateComment(wasm, index)}`,
      );
    });
    return [...lines, ')'].join('\n');
  }

  #title({ start, end }: WasmBody): string {
    const instructions = ofKind(this.#region, N.NOTE_KIND_INSTRUCTION);
    const blocks = ofKind(this.#region, N.NOTE_KIND_BLOCK);
    const [entry] = blocks;
    const where = entry === undefined ? '?' : this.#address(addressOf(this.#region, entry));
    const mode = this.#region.long ? '64-bit' : '32-bit';
    return `region at ${where}, ${mode}: ${count(blocks.length, 'block')}, ${count(instructions.length, 'instruction')}, ${end - start} bytes of WebAssembly`;
  }

  #address(address: bigint): string {
    return address.toString(16).padStart(this.#region.long ? 16 : 8, '0');
  }

  #note(note: Note): string[] {
    if (note.kind === N.NOTE_KIND_BLOCK) {
      const loop = (note.extra & 0x100) === 0 ? '' : ', a loop';
      const call = note.extra >>> 16 === 0 ? '' : `, in call ${note.extra >>> 16}`;
      return ['', `;; block ${note.extra & 0xff}${loop}${call}: takes its instructions off the budget`];
    }
    if (note.kind === N.NOTE_KIND_INSTRUCTION) return this.#instruction(note);
    return ['', ';; exit: registers and flags to the state block'];
  }

  #instruction(note: Note): string[] {
    const micro = readMicroOp(this.#memory, note.uop);
    const bytes = this.#bytes(note, micro);
    const instruction = { micro, bytes, long: this.#region.long, ripBase: pageBase(this.#region, note) };
    const place = this.#address(addressOf(this.#region, note));
    const hexBytes = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return [
      `;; ${place}  ${hexBytes.padEnd(24)} ${instructionText(instruction)}`,
      `;; ${''.padEnd(place.length)}  ${microOpText(instruction)}`,
    ];
  }

  #bytes({ frame, frameBefore, offset }: Note, micro: MicroOp): number[] {
    const place = (at: number): number => (at < 0 ? this.#pageAt(frameBefore) + 0x1000 + at : this.#pageAt(frame) + at);
    return Array.from({ length: lengthOf(micro) }, (_, index) => this.#memory.getUint8(place(offset + index)));
  }

  /** Where a page of the guest lies in the core's memory. */
  #pageAt(frame: number): number {
    return (this.#memory.getUint32(MEMORY_PHYSICAL_MAP + frame * 4, true) & ~0xfff) >>> 0;
  }

  /** Says where an exit record leads. */
  #exitComment({ operand }: WasmLine, next: WasmLine | undefined): string {
    if (operand === null || next?.text !== 'local.set $exit') return '';
    if (operand === 0) return '  ;; to RIP';
    const type = this.#memory.getUint8(operand + N.EXIT_RECORD_TYPE);
    const unused = this.#memory.getUint16(operand + N.EXIT_RECORD_UNUSED, true);
    const uop = this.#memory.getUint32(operand + N.EXIT_RECORD_UOP, true);
    // Where a jump arrives there is a head, which names the micro-op behind it.
    const behind = readMicroOp(this.#memory, uop).disp;
    const note = ofKind(this.#region, N.NOTE_KIND_INSTRUCTION).find((each) => each.uop === uop || each.uop === behind);
    const where = note === undefined ? `micro-op ${hex(uop)}` : this.#address(addressOf(this.#region, note));
    const kind = type === N.EXIT_NEXT ? 'before' : type === N.EXIT_END ? 'behind' : 'fault or change at';
    return `  ;; ${kind} ${where}, ${unused} not run`;
  }
}
