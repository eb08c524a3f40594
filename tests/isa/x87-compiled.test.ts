// Sequences of x87 instructions, compiled and interpreted: registers that live in locals, the stack's top, tags, flags and
// FIP must come out alike wherever a region is left. Random, but always the same ones.
import { expect, test } from 'vitest';
import type { Accelerator } from '../silicon/acceleration.ts';
import { addFeatures, createCore, type Core } from '../silicon/core.ts';
import { EXIT_EXCEPTION } from '../../assembly/shared/exit.ts';
import { CR0_NE, CR0_PE } from '../../assembly/shared/register-bits.ts';
import * as S from '../../assembly/shared/state.ts';

const CODE = 0x1000;
const DATA = 0x8000;
const SLOTS = 32;
const SLOT = 16;
const CONTROL_WORDS = DATA + SLOTS * SLOT;
const LENGTH = 40;
const TURNS = 4;

interface Setters {
  modeChanged(cpu: number): void;
  setSegment(cpu: number, n: number, selector: number, base: bigint, limit: number, attributes: number): void;
}

/** xorshift32. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(n: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % n;
  }
  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new RangeError('an empty list');
    return item;
  }
}

/** An instruction, how many registers it wants on the stack, and by how much that grows. */
interface Choice {
  readonly bytes: (dice: Dice) => number[];
  readonly needs: number;
  readonly grows: number;
}

const memory =
  (opcode: number, reg: number) =>
  (dice: Dice): number[] => {
    const address = DATA + dice.below(SLOTS) * SLOT;
    return [opcode, (reg << 3) | 5, address & 0xff, address >> 8, 0, 0];
  };
const register = (opcode: number, modrm: number) => (dice: Dice) => [opcode, modrm + dice.below(4)];
const choices = (bytes: readonly Choice['bytes'][], needs: number, grows: number): Choice[] =>
  bytes.map((item) => ({ bytes: item, needs, grows }));
const plain =
  (...bytes: number[]) =>
  (): number[] =>
    bytes;
const arithmetic = [0, 1, 4, 5, 6, 7];

const CHOICES: readonly Choice[] = [
  ...choices([memory(0xd9, 0), memory(0xdd, 0), memory(0xdb, 5), memory(0xdf, 0), memory(0xdb, 0)], 0, 1),
  ...choices([memory(0xdf, 5), ...[0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee].map((b) => plain(0xd9, b))], 0, 1),
  ...choices([register(0xd9, 0xc0), register(0xd9, 0xc0)], 4, 1),
  ...choices([memory(0xd9, 2), memory(0xdd, 2), memory(0xdf, 2), memory(0xdb, 2)], 1, 0),
  ...choices([memory(0xd9, 3), memory(0xdd, 3), memory(0xdd, 3), memory(0xdb, 7), memory(0xdf, 3)], 1, -1),
  ...choices([memory(0xdb, 3), memory(0xdf, 7), memory(0xdb, 1), memory(0xdd, 1), memory(0xdf, 1)], 1, -1),
  ...choices(
    [0xd8, 0xdc, 0xda, 0xde].flatMap((opcode) => arithmetic.map((reg) => memory(opcode, reg))),
    1,
    0,
  ),
  ...choices(
    [0xd8, 0xdc].flatMap((opcode) => arithmetic.map((reg) => register(opcode, 0xc0 + 8 * reg))),
    4,
    0,
  ),
  ...choices(
    arithmetic.map((reg) => register(0xde, 0xc0 + 8 * reg)),
    4,
    -1,
  ),
  ...choices(
    [0xe0, 0xe1, 0xe4, 0xe5, 0xfa, 0xfc, 0xd0].map((b) => plain(0xd9, b)),
    1,
    0,
  ),
  ...choices([register(0xd9, 0xc8), register(0xd9, 0xc8), register(0xdd, 0xd0)], 4, 0),
  ...choices([register(0xda, 0xc0), register(0xda, 0xc8), register(0xda, 0xd0), register(0xda, 0xd8)], 4, 0),
  ...choices([register(0xdb, 0xc0), register(0xdb, 0xc8), register(0xdb, 0xd0), register(0xdb, 0xd8)], 4, 0),
  ...choices([register(0xd8, 0xd0), register(0xdd, 0xe0), register(0xdb, 0xf0), register(0xdb, 0xe8)], 4, 0),
  ...choices([memory(0xd8, 2), memory(0xdc, 2), memory(0xda, 2), memory(0xde, 2)], 1, 0),
  ...choices([register(0xdd, 0xd8), register(0xdf, 0xf0), register(0xdf, 0xe8), register(0xd8, 0xd8)], 4, -1),
  ...choices([plain(0xde, 0xd9), plain(0xda, 0xe9)], 2, -2),
  ...choices([plain(0xdf, 0xe0), memory(0xdd, 7), memory(0xd9, 7), plain(0x9e)], 0, 0),
  // What is not compiled: FXAM, FINCSTP with FDECSTP, FPREM.
  ...choices([plain(0xd9, 0xe5), plain(0xd9, 0xf7, 0xd9, 0xf6), plain(0xd9, 0xf8)], 2, 0),
  // INC EAX; CMP EAX,ECX; ADD EAX,[slot]; MOV [slot],EAX; JZ to the next instruction.
  ...choices([plain(0x40), plain(0x39, 0xc8), memory(0x03, 0), memory(0x89, 0), plain(0x74, 0)], 0, 0),
];

/** FLDCW of a word that masks everything, or nearly. */
const loadControl = (dice: Dice): number[] => {
  const address = CONTROL_WORDS + 2 * dice.below(8);
  return [0xd9, 0x2d, address & 0xff, address >> 8, 0, 0];
};

function program(dice: Dice, depth: number): number[] {
  const code: number[] = [];
  const start = depth;
  let now = depth;
  const add = ({ bytes, grows }: Choice): void => {
    code.push(...bytes(dice));
    now += grows;
  };
  for (let n = 0; n < LENGTH; n++) {
    if (dice.below(25) === 0) code.push(...loadControl(dice));
    // Now and then the stack is none the program's business.
    const careless = dice.below(40) === 0;
    const fits = CHOICES.filter(({ needs, grows }) => careless || (now >= needs && now + grows <= 8));
    add(dice.pick(fits));
    now = Math.max(0, Math.min(8, now));
  }
  for (; now > start; now--) code.push(0xdd, 0xd8);
  for (; now < start; now++) code.push(0xd9, 0xe8);
  // DEC ECX; JNZ to the beginning; then turns without end.
  code.push(0x49, 0x0f, 0x85);
  const back = -(code.length + 4);
  code.push(back & 0xff, (back >> 8) & 0xff, 0xff, 0xff, 0xeb, 0xfe);
  return code;
}

const EXPONENTS = [0, 1, 0x3ffe, 0x3fff, 0x3fff, 0x3fff, 0x4000, 0x4001, 0x403e, 0x43fe, 0x7ffe, 0x7fff];

function number80(dice: Dice, view: DataView, at: number): void {
  view.setUint32(at, dice.below(3) === 0 ? 0 : dice.below(2 ** 32), true);
  view.setUint32(at + 4, dice.below(20) === 0 ? dice.below(2 ** 31) : 2 ** 31 + dice.below(2 ** 31), true);
  view.setUint16(at + 8, dice.pick(EXPONENTS) | (dice.below(2) << 15), true);
}

/** A slot is read as anything: mostly it holds a double or a single of moderate size. */
function fillSlot(dice: Dice, view: DataView, at: number): void {
  const kind = dice.below(6);
  const moderate = (dice.below(20000) - 10000) / (1 + dice.below(100));
  if (kind === 0) number80(dice, view, at);
  else if (kind === 1) view.setFloat32(at, moderate, true);
  else if (kind === 2) view.setUint32(at, dice.below(2 ** 32), true);
  else view.setFloat64(at, moderate, true);
}

function machine(accelerator: Accelerator): Core {
  const core = createCore(0x20000, accelerator);
  const setters = core.exports as unknown as Setters;
  addFeatures(core, ['CMOV', 'SSE3']);
  core.exports.mapRam(0, 0x20, core.ram);
  core.exports.remapped(core.cpu);
  core.view.setUint32(core.cpu + S.STATE_INTERCEPT, 1, true);
  core.view.setBigUint64(core.cpu + S.STATE_CR0, BigInt(CR0_PE | CR0_NE), true);
  setters.setSegment(core.cpu, S.CS, 8, 0n, 0xffffffff, 0xc09b);
  for (const n of [S.ES, S.SS, S.DS, S.FS, S.GS]) setters.setSegment(core.cpu, n, 16, 0n, 0xffffffff, 0xc093);
  setters.modeChanged(core.cpu);
  return core;
}

/** The same program and state in each machine. */
function setUp({ view, bytes, cpu, ram, exports }: Core, seed: number): void {
  const dice = new Dice(seed);
  const depth = 2 + dice.below(5);
  const top = dice.below(8);
  const code = program(dice, depth);
  bytes.set(code, ram + CODE);
  for (let n = 0; n < SLOTS; n++) fillSlot(dice, view, ram + DATA + n * SLOT);
  const words = [
    0x37f,
    0x37f,
    0x37f,
    0xf7f,
    0x77f,
    0xb7f,
    0x27f,
    dice.below(4) === 0 ? 0x37f ^ (1 << dice.below(6)) : 0x07f,
  ];
  words.forEach((word, n) => view.setUint16(ram + CONTROL_WORDS + 2 * n, word, true));
  let tags = 0;
  for (let n = 0; n < 8; n++) {
    number80(dice, view, cpu + S.STATE_FPU_ST + 16 * n);
    if (n < depth) tags |= 1 << ((top + n) & 7);
  }
  view.setUint16(cpu + S.STATE_FCW, dice.below(8) === 0 ? 0x37f ^ (1 << dice.below(6)) : dice.pick(words), true);
  view.setUint16(cpu + S.STATE_FSW, (top << 11) | (dice.below(2) << 9), true);
  view.setUint16(cpu + S.STATE_FTW, tags, true);
  for (let n = 0; n < 8; n++) view.setBigUint64(cpu + S.GPR_SIZE * n, BigInt(dice.below(2 ** 32)), true);
  view.setBigUint64(cpu + S.RCX, BigInt(TURNS), true);
  exports.setFlags(cpu, 2);
  exports.invalidate(cpu, CODE, code.length);
  // A jump to itself that is left by writing its target: the code begins where a jump arrives.
  view.setBigUint64(cpu + S.STATE_RIP, BigInt(CODE), true);
}

function outcome({ view, bytes, cpu, ram, exports }: Core, budget: number): object {
  const exit = exports.run(cpu, budget);
  const range = (from: number, length: number): string =>
    Buffer.from(bytes.slice(cpu + from, cpu + from + length)).toString('hex');
  return {
    vector: exit === EXIT_EXCEPTION ? view.getUint32(cpu + S.STATE_EXIT_DETAIL, true) : -1,
    rip: view.getBigUint64(cpu + S.STATE_RIP, true),
    count: view.getBigUint64(cpu + S.STATE_COUNT, true),
    flags: exports.getFlags(cpu),
    general: range(S.STATE_GPR, 64),
    registers: range(S.STATE_FPU_ST, 128).match(/.{32}/g),
    control: range(S.STATE_FCW, S.STATE_MXCSR - S.STATE_FCW),
    data: Buffer.from(bytes.slice(ram + DATA, ram + DATA + SLOTS * SLOT)).toString('hex'),
  };
}

test('compiled sequences leave what interpreted ones do', () => {
  const interp = machine('interp');
  const jit = machine('jit');
  for (let seed = 1; seed <= 1500; seed++) {
    for (const core of [interp, jit]) setUp(core, seed * 7919);
    const budget = 20 + new Dice(seed).below((LENGTH + 8) * TURNS);
    expect(outcome(jit, budget), `seed ${seed}`).toEqual(outcome(interp, budget));
  }
  expect(jit.exports.compiledCount(jit.cpu)).toBeGreaterThan(50_000);
});
