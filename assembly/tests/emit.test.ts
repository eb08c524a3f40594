/**
 * Emit and Explain against Eval: each form of the compiled families runs in the core's interpreter and as emitted
 * WebAssembly from the same state, and state block and memory are compared. VITRINE_SEED repeats a run.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { numberForms, type Form } from '../../scripts/generate/forms.ts';
import { readRows } from '../../scripts/generate/read-rows.ts';
import { isCompiled } from '../../scripts/generate/readings.ts';
import { MEMORY_RAM_BASE, MEMORY_ROM } from '../shared/memory-map.ts';
import * as S from '../shared/state.ts';

type Call = (...args: number[]) => number;
interface WebAssemblyApi {
  readonly Memory: new (d: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

const CODE = 0x8000;
const DATA = 0x10000;
const ROM_PAGE = 0x13;
const DATA_BYTES = 0x4000;
/** Attributes of flat 32-bit code and data segments, as in SEGMENT_ATTRIBUTES. */
const CODE_32 = 0xc09b;
const DATA_32 = 0xc093;
/** What the run loop keeps about itself lies in these ranges; compiled code must leave them alone, the interpreter not. */
const LOOP_FIELDS: readonly (readonly [number, number])[] = [
  [S.STATE_RIP_BASE, S.STATE_FLAGS],
  [S.STATE_RESYNC, S.STATE_RESYNC + 4],
  [S.STATE_LEFT, S.STATE_LEFT + 4],
  [S.STATE_TLB + 4, S.STATE_INTERCEPT],
  [S.STATE_EXIT_DETAIL, S.STATE_TIME_SHIFT],
  [S.STATE_SINGLE_STEP, S.STATE_INDEX],
  [S.STATE_SCRATCH_UOP, S.STATE_RMW_HOST],
  [S.STATE_UOP, S.STATE_CODE_MODE],
  [S.STATE_COUNTERS, S.STATE_DELIVERY_COUNT],
];
const EDGES = [0, 1, 2, 0xf, 0x10, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const seed = Number(process.env['VITRINE_SEED'] ?? Date.now() >>> 0);
let state = seed;
/** Numerical Recipes' linear congruential generator; the high bits are good. */
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 0x100000000) * below);
}
const value = () => (random(2) ? (EDGES[random(EDGES.length)] ?? 0) : random(0x100000000));

let buffer: ArrayBuffer;
let view: DataView;
let memory: object;
let core: Record<string, Call>;
let entry: Record<string, Call>;
let cpu = 0;
const call = (from: Record<string, Call>, name: string, ...args: number[]) => from[name]!(...args);

beforeAll(() => {
  mkdirSync('build', { recursive: true });
  const file = 'build/emit-entry.wasm';
  const asc = ['node_modules/assemblyscript/bin/asc.js', 'assembly/tests/emit-entry.ts', '--runtime', 'stub', '-O1'];
  const options = ['--importMemory', '--noAssert', '--memoryBase', String(MEMORY_ROM), '--outFile', file];
  const result = spawnSync(process.execPath, [...asc, ...options], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  const pages = (MEMORY_RAM_BASE + 0x100000) / 0x10000;
  const created = new WebAssembly.Memory({ initial: pages, maximum: pages });
  memory = created;
  buffer = created.buffer;
  view = new DataView(buffer);
  const nothing = () => 0;
  const names = ['portIn', 'portOut', 'mmioRead', 'mmioWrite', 'acknowledgeInterrupt', 'apicEoi', 'ferr'];
  const host = Object.fromEntries([...names, 'unimplemented', 'systemEvent', 'abort'].map((n) => [n, nothing]));
  const load = (path: string) =>
    new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), { env: { memory, ...host } }).exports;
  core = load(process.env['VITRINE_CORE'] ?? 'build/core.wasm') as Record<string, Call>;
  entry = load(file) as Record<string, Call>;
  cpu = call(core, 'createVcpu', 0);
  call(core, 'mapRam', 0, 0x100, MEMORY_RAM_BASE);
  call(core, 'mapRom', ROM_PAGE, 1, MEMORY_RAM_BASE + ROM_PAGE * 0x1000);
  view.setUint32(cpu + S.STATE_INTERCEPT, 1, true);
  console.log(`seed ${seed}`);
});

/** Data segments: base 0 without limit, or elsewhere with one. */
function setMode(flat: boolean): void {
  view.setBigUint64(cpu + S.STATE_CR0, 0x11n, true);
  call(core, 'setSegment', cpu, S.CS, 8, 0, 0xffffffff, CODE_32);
  for (const n of [S.ES, S.SS, S.DS]) {
    call(core, 'setSegment', cpu, n, 16, flat ? 0 : DATA, flat ? 0xffffffff : DATA_BYTES - 1, DATA_32);
  }
  call(core, 'modeChanged', cpu);
  call(core, 'remapped', cpu);
  // The loop works out the code mode that the decoder takes when it starts.
  place([0x90]);
  call(core, 'run', cpu, 1);
}

const hexText = (bytes: readonly number[]) => bytes.map((b) => b.toString(16).padStart(2, '0')).join(' ');
const bytesAt = (at: number, length: number) => new Uint8Array(buffer, at, length);
const stateBlock = () => bytesAt(cpu, S.STATE_SIZE);
const data = () => bytesAt(MEMORY_RAM_BASE + DATA, DATA_BYTES);

/** Puts the instruction at CODE and its micro-op into the scratch place, whose address is returned. */
function place(bytes: readonly number[]): number {
  const at = MEMORY_RAM_BASE + CODE;
  bytesAt(at, 16).fill(0x90).set(bytes);
  call(core, 'invalidate', cpu, CODE, 16);
  view.setBigUint64(cpu + S.STATE_RIP, BigInt(CODE), true);
  const length = call(core, 'decodeLength', cpu, view.getUint32(cpu + S.STATE_CODE_MODE, true), at, 16);
  if (length !== bytes.length) throw new Error(`${hexText(bytes)} has ${length} bytes for the decoder`);
  return cpu + S.STATE_SCRATCH_UOP;
}

function compile(bytes: readonly number[]): Call {
  const module = call(entry, 'compile', place(bytes), 1);
  if (module === 0) throw new Error(`${hexText(bytes)} is not compiled`);
  const binary = bytesAt(module, call(entry, 'end') - module).slice();
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { mem: memory } });
  return (instance.exports as Record<string, Call>)['run']!;
}

function randomState(): void {
  for (let n = 0; n < 8; n++) view.setBigUint64(cpu + n * 8, BigInt(value()), true);
  const kind = random(8);
  // Bits that INC, DEC and the rotates keep are in the flags word whatever the kind.
  view.setUint32(cpu + S.STATE_FLAGS, 2 | (random(0x1000) & 0x8d5), true);
  view.setUint32(cpu + S.STATE_LAZY_KIND, kind, true);
  const wide = () => BigInt(value() | 0);
  view.setBigInt64(cpu + S.STATE_LAZY_X, kind >= 6 ? BigInt(random(2)) : wide(), true);
  view.setBigInt64(cpu + S.STATE_LAZY_Y, kind >= 6 ? BigInt(random(2)) : wide(), true);
  view.setBigInt64(cpu + S.STATE_LAZY_R, wide(), true);
  for (let n = 0; n < DATA_BYTES; n += 4) view.setUint32(MEMORY_RAM_BASE + DATA + n, value(), true);
}

function withoutLoop(block: Uint8Array): Uint8Array {
  const copy = block.slice();
  for (const [from, to] of LOOP_FIELDS) copy.fill(0, from, to);
  return copy;
}

/** Offset of the first byte that differs, -1 if none does: expect() on whole pages is slow. */
function difference(a: Uint8Array, b: Uint8Array): number {
  return a.findIndex((v, n) => v !== b[n]);
}

/** Compiles and interprets from the same state; returns what differs, nothing if all is well. */
function compare(bytes: readonly number[]): string[] {
  const run = compile(bytes);
  const before = stateBlock().slice();
  const beforeData = data().slice();
  const result = run(cpu);
  const after = stateBlock().slice();
  const afterData = data().slice();
  stateBlock().set(before);
  data().set(beforeData);
  call(core, 'run', cpu, 1);
  const found = {
    exit: result === 0 ? -1 : result,
    // Compiled code leaves the loop's own fields alone.
    'loop field': Math.max(...LOOP_FIELDS.map(([a, b]) => difference(before.slice(a, b), after.slice(a, b)))),
    'next instruction': view.getBigUint64(cpu + S.STATE_RIP, true) === BigInt(CODE + bytes.length) ? -1 : 0,
    state: difference(withoutLoop(stateBlock()), withoutLoop(after)),
    memory: difference(data(), afterData),
  };
  return Object.entries(found)
    .filter(([, at]) => at !== -1)
    .map(([what, at]) => `${hexText(bytes)}: ${what} at ${at}`);
}

/** Compiled code must leave before the instruction: it says so, and nothing has changed. */
function exits(bytes: readonly number[]): string[] {
  const run = compile(bytes);
  const before = stateBlock().slice();
  const beforeData = data().slice();
  const found = [
    run(cpu) === 1 ? '' : 'did not exit',
    difference(before, stateBlock()) === -1 ? '' : 'changed the state',
    difference(beforeData, data()) === -1 ? '' : 'changed memory',
  ];
  return found.filter((text) => text !== '').map((text) => `${hexText(bytes)} ${text}`);
}

type Template = (modrm: (reg: number) => number[], memory: boolean) => number[] | undefined;
const immediate = (bytes: number) => Array.from({ length: bytes }, () => (random(3) ? random(256) : 255 * random(2)));

/** Encodings of the whole family; the operand-size prefix comes before those of width v. */
function templates(): { readonly wide: boolean; readonly make: Template }[] {
  const list: { wide: boolean; make: (iz: number) => Template }[] = [];
  const add = (wide: boolean, make: (iz: number) => Template) => list.push({ wide, make });
  for (const base of [0x00, 0x10, 0x18, 0x28, 0x38]) {
    const group = base >> 3;
    for (const n of [0, 1, 2, 3]) add((n & 1) === 1, () => (rm) => [base + n, ...rm(random(8))]);
    add(false, () => (_, isMemory) => (isMemory ? undefined : [base + 4, ...immediate(1)]));
    add(true, (iz) => (_, isMemory) => (isMemory ? undefined : [base + 5, ...immediate(iz)]));
    for (const op of [0x80, 0x82]) add(false, () => (rm) => [op, ...rm(group), ...immediate(1)]);
    add(true, (iz) => (rm) => [0x81, ...rm(group), ...immediate(iz)]);
    add(true, () => (rm) => [0x83, ...rm(group), ...immediate(1)]);
  }
  for (const [op, group] of [
    [0xfe, 0],
    [0xfe, 1],
    [0xf6, 3],
  ] as const) {
    add(false, () => (rm) => [op, ...rm(group)]);
    add(true, () => (rm) => [op + 1, ...rm(group)]);
  }
  for (const op of [0x40, 0x48]) add(true, () => (_, isMemory) => (isMemory ? undefined : [op + random(8)]));
  return list.flatMap<{ wide: boolean; make: Template }>(({ wide, make }) =>
    wide
      ? [
          { wide, make: make(4) },
          { wide, make: ((rm, isMemory) => prefixed(make(2)(rm, isMemory))) as Template },
        ]
      : [{ wide, make: make(0) }],
  );
}
const prefixed = (bytes: number[] | undefined) => bytes && [0x66, ...bytes];

/** [EBX+disp8], [EBX+ESI*4+disp8] or [disp32] that addresses `offset` of the data segment. */
function memoryOperand(reg: number, offset: number, flat: boolean): number[] {
  const address = offset + (flat ? DATA : 0);
  const disp = random(256) - 128;
  const kind = random(3);
  if (kind === 0) return [(reg << 3) | 5, ...[0, 8, 16, 24].map((n) => (address >>> n) & 255)];
  const index = kind === 2 ? random(0x40) : 0;
  view.setBigUint64(cpu + S.RBX, BigInt((address - disp - index * 4) >>> 0), true);
  if (kind === 1) return [0x40 | (reg << 3) | 3, disp & 255];
  view.setBigUint64(cpu + S.RSI, BigInt(index), true);
  return [0x44 | (reg << 3), 0xb3, disp & 255];
}

/** Brings DATA's pages into the TLB, for writes too. */
function warm(flat: boolean): void {
  for (const page of [0, 1, 2, 3]) {
    const at = page * 0x1000 + (flat ? DATA : 0);
    for (const op of [
      [0x80, 0x05],
      [0x3a, 0x05],
    ] as const) {
      const address = [0, 8, 16, 24].map((n) => (at >>> n) & 255);
      place(op[0] === 0x80 ? [...op, ...address, 0] : [...op, ...address]);
      call(core, 'run', cpu, 1);
    }
  }
}

describe('Emit against Eval: ADD ADC SUB SBB CMP INC DEC NEG', () => {
  const seen = new Set<number>();
  const ops = (u: number) => seen.add(view.getUint16(u, true));

  it('register and immediate forms, every register, every kind of lazy flags', () => {
    setMode(true);
    const wrong: string[] = [];
    for (const { make } of templates()) {
      for (let n = 0; n < 24; n++) {
        randomState();
        const bytes = make((reg) => [0xc0 | (reg << 3) | random(8)], false);
        if (!bytes) throw new Error('a template without a register form');
        ops(place(bytes));
        wrong.push(...compare(bytes));
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([true, false])('memory forms that hit the TLB, flat segments: %s', (flat) => {
    setMode(flat);
    warm(flat);
    const wrong: string[] = [];
    for (const { make } of templates()) {
      for (let n = 0; n < 12; n++) {
        randomState();
        const page = random(3) * 0x1000;
        const offset = page + (random(3) ? random(0xffc) : 0xffc);
        const bytes = make((reg) => memoryOperand(reg, offset, flat), true);
        if (!bytes) continue;
        ops(place(bytes));
        wrong.push(...compare(bytes));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('these were all forms of the family', () => {
    // This test runs in 32-bit protected mode. The numbers of the forms are those of all rows.
    const exists = (form: Form) => form.size !== 64 && !form.row.attributes.includes('only64');
    const cases = numberForms(readRows()).cases.filter((form) => isCompiled(form) && exists(form));
    expect(cases.length).toBeGreaterThan(100);
    const missing = cases.filter((form) => !seen.has(form.op)).map((form) => `${form.row.text} ${form.size}`);
    expect(missing).toEqual([]);
  });

  /** Every memory form at an address must leave with nothing changed. */
  function allExit(
    flat: boolean,
    offset: number,
    which: (opcode: number, wide: boolean, isCompare: boolean) => boolean = () => true,
  ): string[] {
    const wrong: string[] = [];
    let count = 0;
    for (const { make, wide } of templates()) {
      randomState();
      const bytes = make((reg) => memoryOperand(reg, offset, flat), true);
      const [op = 0, modrm = 0] = bytes?.filter((b, n) => n > 0 || b !== 0x66) ?? [];
      if (!bytes || !which(op, wide, ((modrm >> 3) & 7) === 7)) continue;
      wrong.push(...exits(bytes));
      count++;
    }
    return count > 10 ? wrong : [`only ${count} forms`];
  }

  it.each([true, false])('TLB misses, flat segments: %s', (flat) => {
    setMode(flat);
    expect(allExit(flat, 0x2000)).toEqual([]);
  });

  it.each([true, false])('accesses that cross a page, flat segments: %s', (flat) => {
    setMode(flat);
    warm(flat);
    expect(allExit(flat, 0x1fff, (_, wide) => wide)).toEqual([]);
  });

  it.each([true, false])('pages that cannot be written: stores leave, loads do not, flat segments: %s', (flat) => {
    setMode(flat);
    warm(flat);
    // Opcodes 00 and 01 of each eight store, but for CMP; 02 and 03 load. Of the groups (from 80) all but CMP, /7, store.
    const stores = (op: number, isCompare: boolean) => (op < 0x80 ? op < 0x38 && (op & 7) < 2 : !isCompare);
    expect(allExit(flat, 0x3000, (op, _, isCompare) => stores(op, isCompare))).toEqual([]);
    randomState();
    expect(compare([0x02, ...memoryOperand(1, 0x3000, flat)])).toEqual([]);
    expect(compare([0x38, ...memoryOperand(2, 0x3004, flat)])).toEqual([]);
    expect(compare([0x80, ...memoryOperand(7, 0x3008, flat), 0x12])).toEqual([]);
  });

  it('the segment limit', () => {
    setMode(false);
    warm(false);
    call(core, 'setSegment', cpu, S.DS, 16, DATA, 0x1fff, DATA_32);
    randomState();
    expect(compare([0x03, ...memoryOperand(1, 0x1ffc, false)])).toEqual([]);
    expect(allExit(false, 0x2000)).toEqual([]);
    // The page at hand is in the TLB and holds the whole access: the limit alone stops it.
    call(core, 'setSegment', cpu, S.DS, 16, DATA, 0x1ffc, DATA_32);
    expect(allExit(false, 0x1ffc, (_, wide) => wide)).toEqual([]);
  });
});

describe('Explain', () => {
  const explain = (...bytes: number[]) => {
    setMode(true);
    const length = call(entry, 'explain', place(bytes));
    return new TextDecoder().decode(bytesAt(call(entry, 'code'), length)).trim();
  };

  it.each([
    ['ADD EAX,[EBX+8]', [0x03, 0x43, 0x08], 'x = EAX; y = [DS:EBX+8]; r = x + y; OF SF ZF AF CF PF by r; EAX = r;'],
    ['CMP AH,BL', [0x38, 0xdc], 'x = AH; y = BL; r = x - y; OF SF ZF AF CF PF by r;'],
    ['INC word [ESI]', [0x66, 0xff, 0x06], 'x = [DS:ESI]; y = x + 1; OF SF ZF AF PF by y; [DS:ESI] = y;'],
    [
      'ADC DX,[EBP+EDI*4-16]',
      [0x66, 0x13, 0x54, 0xbd, 0xf0],
      'x = DX; y = [SS:EBP+EDI*4-0x10]; r = x + y; s = CF; t = r + s; OF SF ZF AF CF PF by t; DX = t;',
    ],
    ['SUB EAX,-1', [0x83, 0xe8, 0xff], 'x = EAX; y = x - 0xffffffff; OF SF ZF AF CF PF by y; EAX = y;'],
    ['NEG ECX', [0xf7, 0xd9], 'x = ECX; y = 0 - x; OF SF ZF AF CF PF by y; ECX = y;'],
  ])('%s', (_, bytes, text) => {
    expect(explain(...bytes)).toBe(text);
  });
});
