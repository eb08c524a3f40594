/** A case under construction, and how addresses are chosen for it. */
import { Decoder, DecoderOptions, Register, RegisterExt, type Instruction } from 'iced-x86';
import {
  CODE,
  DATA,
  LONG,
  NOT_CANONICAL,
  PAGE,
  STACK,
  USER_CODE_64,
  USER_END,
  longSegment,
  regionsOf,
  segmentOf,
  type Bits,
  type Segment,
} from './layout.ts';
import type { Random } from './random.ts';
import { value32 } from './values.ts';
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
export const FS = 4;

/**
 * Addresses are numbers: offsets below 2^32 in 16- and 32-bit code, signed ones in 64-bit code, where random ones are
 * chosen below 2^53.
 */
export interface Draft {
  readonly r: Random;
  readonly bits: Bits;
  /** The instruction; its immediates and displacement are rewritten in place, its length never changes. */
  readonly bytes: Uint8Array;
  readonly instruction: Instruction;
  readonly state: MachineState;
  readonly patches: Patch[];
}

/** Adds bytes to the memory before, as far as the memory exists. Later patches win over earlier ones. */
export function patch(d: Draft, address: number, bytes: Uint8Array): void {
  for (const region of regionsOf(d.bits)) {
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
  if (size <= 4) for (let i = 0; i < size; i++) out[i] = (value >>> (8 * i)) & 0xff;
  else new DataView(out.buffer).setBigInt64(0, BigInt.asIntN(64, BigInt(value)), true);
  return out;
}

/** The segment behind a segment register. */
export function segment(d: Draft, index: number): Segment | null {
  if (d.bits !== 64) return segmentOf(d.state.segments[index] as number);
  return longSegment(index >= FS ? (d.state.bases[index - FS] as bigint) : 0n);
}

/** A result of address arithmetic as an address of the mode. */
export function wrap(d: Draft, address: number): number {
  return d.bits === 64 ? address : address >>> 0;
}

/** Width of a push and of a pointer to code. */
export function nativeSize(d: Draft): number {
  return d.bits === 64 ? 8 : 4;
}

/** The lower half of a general register; an immediate or count is made of it. */
export function low32(s: MachineState, index: number): number {
  return Number((s.general[index] as bigint) & 0xffffffffn);
}

/** Sets a whole general register: in 64-bit code negative numbers are sign-extended. */
export function setRegister(d: Draft, index: number, value: number): void {
  const wide = d.bits === 64 ? BigInt(value) : BigInt(value >>> 0);
  d.state.general[index] = BigInt.asUintN(64, wide);
}

/** A general register as an address. */
export function getAddress(d: Draft, index: number): number {
  return d.bits === 64 ? Number(BigInt.asIntN(64, d.state.general[index] as bigint)) : low32(d.state, index);
}

/** The linear address to aim a data access at, and so the outcome: plain, page-crossing, read-only, absent, limit. */
export function target(d: Draft, s: Segment, size: number): number {
  if (d.bits === 64) return d.r.chance(0.06) ? lowTarget(d, size) : longTarget(d, size);
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

function nearEdge(r: Random, edge: number, size: number): number {
  return edge - size - r.below(4) + r.below(size + 8);
}

function aligned(r: Random, address: number, size: number): number {
  return r.chance(0.6) ? address - (address % Math.min(size, 64)) : address;
}

/** The pages that 64-bit code finds below 4 GB: where 32-bit addresses and absolute ones reach. */
export function lowTarget(d: Draft, size: number): number {
  const { r } = d;
  return r.weighted<() => number>([
    [20, () => aligned(r, DATA + r.between(0x20, 0x1f00), size)],
    [2, () => nearEdge(r, DATA + PAGE, size)],
    [2, () => nearEdge(r, DATA + 2 * PAGE, size)],
    [1, () => nearEdge(r, DATA, size)],
    [1, () => r.u32()],
  ])();
}

/** The same for 64-bit code: there are no limits, but the canonical form, and addresses that lose their upper half. */
function longTarget(d: Draft, size: number): number {
  const { r } = d;
  const data = LONG + DATA;
  return r.weighted<() => number>([
    [70, () => aligned(r, data + r.between(0x20, 0x780), size)],
    [8, () => aligned(r, data + r.between(0x800, 0x1f00), size)],
    [5, () => nearEdge(r, data + PAGE, size)],
    [3, () => nearEdge(r, data + 2 * PAGE, size)],
    [4, () => aligned(r, data + r.between(2 * PAGE, 3 * PAGE - 64), size)],
    [3, () => nearEdge(r, data + 3 * PAGE, size)],
    [2, () => nearEdge(r, data, size)],
    [2, () => nearEdge(r, USER_END, size)],
    [3, () => nearEdge(r, NOT_CANONICAL, size)],
    [2, () => nearEdge(r, -NOT_CANONICAL, 1) - size - 8],
    [2, () => NOT_CANONICAL + r.u32() * 0x8000],
    [1, () => nearEdge(r, 0, size)],
    [1, () => aligned(r, LONG + STACK + r.between(0x80, 0xf00), size)],
    [1, () => LONG + CODE + r.below(PAGE)],
  ])();
}

/** Where 64-bit code may jump to. */
function longCodeAddress(d: Draft): number {
  const { r } = d;
  return r.weighted<() => number>([
    [12, () => LONG + CODE + r.between(0x100, 0x1f00)],
    [1, () => CODE + r.between(0x100, 0xf00)],
    [1, () => LONG + DATA + r.below(PAGE)],
    [1, () => NOT_CANONICAL + r.u32() * 0x8000],
    [1, () => nearEdge(r, NOT_CANONICAL, 1)],
    [1, () => LONG + r.u32()],
  ])();
}

/** A data pointer's offset within a segment; a null segment gets a random one. */
export function pointer(d: Draft, segmentIndex: number, size: number): number {
  const s = segment(d, segmentIndex);
  return s ? wrap(d, target(d, s, size) - s.base) : d.r.u32();
}

/** Where code may jump to: in the page of INT3s, mostly; as an offset within CS. */
export function codeOffset(d: Draft): number {
  if (d.bits === 64) return longCodeAddress(d);
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
  const old = d.state.general[index] as bigint;
  d.state.general[index] = (old & ~0xffffn) | BigInt(value & 0xffff);
}

const SEGMENTS: readonly number[] = [Register.ES, Register.CS, Register.SS, Register.DS, Register.FS, Register.GS];

/** Index of the segment register that the memory operand uses. */
export function memorySegment(d: Draft): number {
  const n = SEGMENTS.indexOf(d.instruction.memorySegment);
  return n < 0 ? DS : n;
}

/** Linear address of an instruction's ModR/M operand under a state; of an instruction that was decoded at address 0. */
export function linearAddress(i: Instruction, s: MachineState): number {
  const offset = memoryOffset(i, s);
  if (s.segments[CS] !== USER_CODE_64) {
    const base = segmentOf(s.segments[Math.max(SEGMENTS.indexOf(i.memorySegment), 0)] as number)?.base ?? 0;
    return (base + Number(offset)) >>> 0;
  }
  const base = s.bases[SEGMENTS.indexOf(i.memorySegment) - FS] ?? 0n;
  return Number(BigInt.asIntN(64, base + offset));
}

/** Bytes of the address: by its registers, else by the displacement's. */
export function addressSize(i: Instruction): number {
  for (const register of [i.memoryBase, i.memoryIndex]) {
    if (register === Register.None) continue;
    if (register === Register.RIP) return 8;
    if (register === Register.EIP) return 4;
    if (RegisterExt.isGPR(register)) return RegisterExt.size(register);
  }
  return i.memoryDisplSize;
}

function memoryOffset(i: Instruction, s: MachineState): bigint {
  const displacement = i.memoryDisplacementU64;
  const relative = i.memoryBase === Register.RIP || i.memoryBase === Register.EIP ? s.ip : 0n;
  const base = registerValue(s, i.memoryBase) + relative;
  const offset = base + registerValue(s, i.memoryIndex) * BigInt(i.memoryIndexScale) + displacement;
  return BigInt.asUintN(addressSize(i) * 8, offset);
}

export function effectiveAddress(d: Draft): number {
  return linearAddress(d.instruction, d.state);
}

function registerValue(s: MachineState, register: Register): bigint {
  if (register === Register.None || !RegisterExt.isGPR(register)) return 0n;
  return BigInt.asUintN(RegisterExt.size(register) * 8, s.general[RegisterExt.number(register)] as bigint);
}

/** Where the bytes of an address's displacement are; size 0: there is none. */
export interface Displacement {
  readonly offset: number;
  readonly size: number;
}

function setDisplacement(d: Draft, missing: bigint, displacement: Displacement): void {
  const { offset, size } = displacement;
  const old = d.bytes.slice(offset, offset + size).reduceRight((v, byte) => (v << 8n) | BigInt(byte), 0n);
  let value = BigInt.asUintN(64, old + missing);
  for (let n = 0; n < size; n++, value >>= 8n) d.bytes[offset + n] = Number(value & 0xffn);
}

/** A displacement of four bytes is sign-extended: it reaches 2 GB either way of a 64-bit base. */
function reaches(d: Draft, missing: bigint, displacement: Displacement): boolean {
  if (displacement.size < 2) return false;
  if (d.bits !== 64 || displacement.size === 8) return true;
  const old = Number(BigInt.asIntN(32, d.instruction.memoryDisplacementU64));
  const distance = old + Number(BigInt.asIntN(64, missing));
  return distance >= -0x80000000 && distance < 0x80000000;
}

/**
 * Points the ModR/M memory operand at `linear`: by its base register, else by its displacement, else by its index.
 */
export function aim(d: Draft, linear: number, displacement: Displacement): void {
  const i = d.instruction;
  const size = addressSize(i) * 8;
  if (size === 0) return;
  const wanted = BigInt(linear - (segment(d, memorySegment(d))?.base ?? 0));
  const base = i.memoryBase;
  const missing = BigInt.asUintN(size, wanted - memoryOffset(i, d.state));
  const fixed = base === Register.None || base === Register.RIP || base === Register.EIP;
  const stack = !fixed && RegisterExt.number(base) === ESP;
  const signed = BigInt.asIntN(size, missing);
  if ((fixed || stack || d.r.chance(0.3)) && reaches(d, signed, displacement))
    return setDisplacement(d, missing, displacement);
  const register = fixed ? i.memoryIndex : base;
  if (register === Register.None || !RegisterExt.isGPR(register)) return;
  const scale = BigInt(fixed ? i.memoryIndexScale : base === i.memoryIndex ? i.memoryIndexScale + 1 : 1);
  const value = registerValue(d.state, register) + (scale === 1n ? missing : signed / scale);
  const number = RegisterExt.number(register);
  if (size === 16) setRegister16(d, number, Number(value & 0xffffn));
  else d.state.general[number] = upperNoise(d, BigInt.asUintN(size, value), size);
}

/** A 32-bit address leaves the upper half of its register alone: noise there must not matter. */
function upperNoise(d: Draft, value: bigint, size: number): bigint {
  if (d.bits !== 64 || size === 64 || d.r.chance(0.5)) return value;
  return value | (BigInt(value32(d.r)) << 32n);
}

/** Decodes the bytes again, at address 0; an illegal LOCK keeps its operands. */
export function refresh(d: Draft): void {
  const decoder = new Decoder(d.bits, d.bytes, DecoderOptions.NoInvalidCheck);
  decoder.decodeOut(d.instruction);
  decoder.free();
}
