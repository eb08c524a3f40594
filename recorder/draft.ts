/** A case under construction, and how addresses are chosen for it. */
import { Register, RegisterExt, type Instruction } from 'iced-x86';
import { CODE, DATA, PAGE, REGIONS, STACK, segmentOf, type Segment } from './layout.ts';
import type { Random } from './random.ts';
import type { MachineState, Patch } from './wire.ts';

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;

export interface Draft {
  readonly r: Random;
  readonly bits: 16 | 32;
  /** The instruction; its immediates and displacement are rewritten in place, its length never changes. */
  readonly bytes: Uint8Array;
  readonly instruction: Instruction;
  readonly state: MachineState;
  readonly patches: Patch[];
}

/** Adds bytes to the memory before, as far as the memory exists. Later patches win over earlier ones. */
export function patch(d: Draft, address: number, bytes: Uint8Array): void {
  for (const region of REGIONS) {
    const start = Math.max(address, region.address);
    const end = Math.min(address + bytes.length, region.address + region.size);
    if (start < end) d.patches.push({ address: start, bytes: bytes.slice(start - address, end - address) });
  }
}

/** The same memory as disjoint runs in ascending order, none of them over a page's end (regions may adjoin). */
export function mergePatches(patches: readonly Patch[]): Patch[] {
  const memory = new Map<number, number>();
  for (const p of patches) p.bytes.forEach((byte, i) => memory.set(p.address + i, byte));
  const runs: { address: number; bytes: number[] }[] = [];
  for (const address of [...memory.keys()].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last.address + last.bytes.length === address && address % PAGE !== 0)
      last.bytes.push(memory.get(address) as number);
    else runs.push({ address, bytes: [memory.get(address) as number] });
  }
  return runs.map((run) => ({ address: run.address, bytes: Uint8Array.from(run.bytes) }));
}

export function littleEndian(value: number, size: number): Uint8Array {
  const out = new Uint8Array(size);
  for (let i = 0; i < size; i++) out[i] = (value >>> (8 * i)) & 0xff;
  return out;
}

export function segment(d: Draft, index: number): Segment | null {
  return segmentOf(d.state.segments[index] as number);
}

/** The linear address to aim a data access at, and so the outcome: plain, page-crossing, read-only, absent, limit. */
export function target(d: Draft, s: Segment, size: number): number {
  const { r } = d;
  const limit = s.last === 0xffffffff ? DATA + PAGE : s.base + s.last;
  const near = (edge: number): number => edge - size - r.below(4) + r.below(size + 8);
  const align = (a: number): number => (r.chance(0.6) ? a & -Math.min(size, 64) : a) >>> 0;
  if (s.base >= STACK - PAGE && s.base < STACK + 0x10000)
    return (
      r.weighted<() => number>([
        [10, () => align(STACK + r.between(0x80, 0x780))],
        [2, () => align(STACK + r.between(0x800, 0xf00))],
        [1, () => near(limit + 1)],
        [1, () => near(STACK + 0x800)],
        [1, () => near(STACK + PAGE)],
        [1, () => near(STACK)],
      ])() >>> 0
    );
  return (
    r.weighted<() => number>([
      [60, () => align(DATA + r.between(0x20, 0x780))],
      [8, () => align(DATA + r.between(0x800, 0x1f00))],
      [5, () => near(DATA + PAGE)], // from one page into another
      [3, () => near(DATA + 2 * PAGE)], // from a writable page into a read-only one
      [5, () => align(DATA + r.between(2 * PAGE, 3 * PAGE - 64))], // read-only
      [3, () => near(DATA + 3 * PAGE)], // into nothing
      [2, () => near(DATA)],
      [3, () => r.u32()],
      [3, () => near(s.base + 0x10000)],
      [4, () => near(limit + 1)],
      [2, () => near(s.base + s.first)],
      [2, () => (s.base + r.between(0, 16)) >>> 0],
      [1, () => CODE + r.below(PAGE)], // readable, not writable
    ])() >>> 0
  );
}

/** A data pointer's offset within a segment; a null segment gets a random one. */
export function pointer(d: Draft, segmentIndex: number, size: number): number {
  const s = segment(d, segmentIndex);
  return s ? (target(d, s, size) - s.base) >>> 0 : d.r.u32();
}

/** Where code may jump to: in the page of INT3s, mostly; as an offset within CS. */
export function codeOffset(d: Draft): number {
  const s = segment(d, CS);
  const base = s?.base ?? 0;
  const { r } = d;
  return r.weighted<() => number>([
    [10, () => (CODE + r.between(0x100, 0x1f00) - base) >>> 0],
    [1, () => (DATA + r.below(PAGE) - base) >>> 0], // not executable
    [1, () => (base + (s?.last ?? 0) - r.between(-4, 4) - base) >>> 0], // around the limit
    [1, () => r.u32()],
  ])();
}

export function setRegister16(d: Draft, index: number, value: number): void {
  d.state.general[index] = (((d.state.general[index] as number) & 0xffff0000) | (value & 0xffff)) >>> 0;
}

const SEGMENTS: readonly number[] = [Register.ES, Register.CS, Register.SS, Register.DS, Register.FS, Register.GS];

/** Index of the segment register that the memory operand uses. */
export function memorySegment(d: Draft): number {
  const n = SEGMENTS.indexOf(d.instruction.memorySegment);
  return n < 0 ? DS : n;
}

/** Linear address of an instruction's ModR/M operand under a state. */
export function linearAddress(i: Instruction, s: MachineState): number {
  const base = segmentOf(s.segments[Math.max(SEGMENTS.indexOf(i.memorySegment), 0)] as number)?.base ?? 0;
  return (base + memoryOffset(i, s)) >>> 0;
}

function memoryOffset(i: Instruction, s: MachineState): number {
  const narrow = i.memoryDisplSize === 2 || is16(i.memoryBase) || is16(i.memoryIndex);
  const offset =
    registerValue(s, i.memoryBase) +
    Math.imul(registerValue(s, i.memoryIndex), i.memoryIndexScale) +
    Number(BigInt.asUintN(32, i.memoryDisplacementU64));
  return narrow ? offset & 0xffff : offset >>> 0;
}

export function effectiveAddress(d: Draft): number {
  return linearAddress(d.instruction, d.state);
}

function is16(register: Register): boolean {
  return register !== Register.None && RegisterExt.isGPR16(register);
}

function registerValue(s: MachineState, register: Register): number {
  if (register === Register.None) return 0;
  const value = s.general[RegisterExt.number(register)] as number;
  return is16(register) ? value & 0xffff : value;
}

/**
 * Points the ModR/M memory operand at `linear`: by its base register, else by its displacement, else by its index.
 * The displacement's place in the instruction is `displacement` (size 0: none).
 */
export function aim(d: Draft, linear: number, displacement: { readonly offset: number; readonly size: number }): void {
  const i = d.instruction;
  const wanted = (linear - (segment(d, memorySegment(d))?.base ?? 0)) >>> 0;
  const base = i.memoryBase;
  const missing = (wanted - memoryOffset(i, d.state)) >>> 0;
  if (displacement.size > 1 && (base === Register.None || base === Register.ESP || d.r.chance(0.3))) {
    const old = Number(BigInt.asUintN(32, i.memoryDisplacementU64));
    d.bytes.set(littleEndian((old + missing) >>> 0, displacement.size), displacement.offset);
    return;
  }
  const register = base === Register.None ? i.memoryIndex : base;
  if (register === Register.None) return;
  const number = RegisterExt.number(register);
  const scale = base === Register.None ? i.memoryIndexScale : base === i.memoryIndex ? i.memoryIndexScale + 1 : 1;
  const value = registerValue(d.state, register) + Math.trunc((scale === 1 ? missing : missing | 0) / scale);
  if (is16(register)) setRegister16(d, number, value);
  else d.state.general[number] = value >>> 0;
}
