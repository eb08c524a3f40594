/** The recorder's binary input and output: the TypeScript side of `native/wire.h`, which explains the fields. */
import { FX } from './fpu-state.ts';
import type { Access, LdtEntry } from './layout.ts';

/**
 * A whole machine state. Indices are encoding order: RAX RCX RDX RBX RSP RBP RSI RDI R8-R15; ES CS SS DS FS GS.
 * 16- and 32-bit code leaves what it cannot see zero: R8-R15, upper halves, the bases of FS and GS.
 */
export interface MachineState {
  readonly general: BigUint64Array;
  ip: bigint;
  flags: number;
  readonly segments: Uint16Array;
  /** FS and GS, in 64-bit code. */
  readonly bases: BigUint64Array;
  /** The XSAVE area with x87, SSE and AVX state in the standard format (SDM vol. 1, 13.4), 832 bytes. */
  readonly xsave: Uint8Array;
}

/** Addresses of mapped memory fit a number: they are below 2^47. */
export interface Patch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface WireInput {
  /** The case is 64-bit code. */
  readonly long: boolean;
  readonly state: MachineState;
  readonly patches: readonly Patch[];
}

export interface WireOutput {
  /** VECTOR_TIMEOUT if the case did not end. */
  readonly vector: number;
  readonly errorCode: number;
  readonly cr2: bigint;
  readonly state: MachineState;
  readonly changes: readonly Patch[];
}

export const VECTOR_TIMEOUT = 0xffffffff;
const MAGIC = 0x32435256;
const CASE_LONG = 1;
const PROTECTION = { r: 1, rw: 3, rx: 5, rwx: 7 } as const;
const STATE_SIZE = 16 * 8 + 16 + 16 + 16 + FX.SIZE + FX.YMM_SIZE;
const BASES_AT = 160;
const FXSAVE_AT = 176;

class Writer {
  #bytes = new Uint8Array(1 << 20);
  #view = new DataView(this.#bytes.buffer);
  #fill = 0;

  #room(n: number): void {
    if (this.#fill + n <= this.#bytes.length) return;
    const larger = new Uint8Array(this.#bytes.length * 2 + n);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  u16(v: number): void {
    this.#room(2);
    this.#view.setUint16(this.#fill, v, true);
    this.#fill += 2;
  }

  u32(v: number): void {
    this.#room(4);
    this.#view.setUint32(this.#fill, v, true);
    this.#fill += 4;
  }

  u64(v: bigint): void {
    this.#room(8);
    this.#view.setBigUint64(this.#fill, v, true);
    this.#fill += 8;
  }

  bytes(b: Uint8Array): void {
    this.#room(b.length);
    this.#bytes.set(b, this.#fill);
    this.#fill += b.length;
  }

  result(): Uint8Array {
    return this.#bytes.subarray(0, this.#fill);
  }
}

function writeState(w: Writer, s: MachineState): void {
  for (const v of s.general) w.u64(v);
  w.u64(s.ip);
  w.u64(BigInt(s.flags));
  for (let i = 0; i < 8; i++) w.u16(s.segments[i] ?? 0);
  for (const v of s.bases) w.u64(v);
  w.bytes(s.xsave.subarray(0, FX.SIZE));
  w.bytes(s.xsave.subarray(FX.YMM, FX.AREA));
}

/** `struct user_desc`'s bit field: seg_32bit, contents (2), read_exec_only, limit_in_pages, seg_not_present, useable. */
function descriptorFlags(e: LdtEntry): number {
  const contents = e.kind === 'code' ? 2 : e.expandDown ? 1 : 0;
  const bits = [e.big, contents & 1, contents & 2, e.restricted, e.granular, !e.present, true];
  return bits.reduce((flags: number, bit, i) => flags | (bit ? 1 << i : 0), 0);
}

/** What the guest's world is made of: pages with their bytes, and the LDT. */
export interface WireWorld {
  readonly regions: readonly {
    readonly address: number;
    readonly access: Access | 'rwx';
    readonly bytes: Uint8Array;
  }[];
  readonly ldt: readonly (LdtEntry | null)[];
}

export function encodeInput(world: WireWorld, cases: readonly WireInput[]): Uint8Array {
  const w = new Writer();
  const descriptors = world.ldt.flatMap((e, index) => (e ? [{ e, index }] : []));
  for (const v of [MAGIC, world.regions.length, descriptors.length, cases.length]) w.u32(v);
  for (const r of world.regions) {
    w.u64(BigInt(r.address));
    for (const v of [r.bytes.length, PROTECTION[r.access]]) w.u32(v);
    w.bytes(r.bytes);
  }
  for (const { e, index } of descriptors) for (const v of [index, e.base >>> 0, e.limit, descriptorFlags(e)]) w.u32(v);
  for (const c of cases) {
    w.u32(c.patches.length);
    w.u32(c.long ? CASE_LONG : 0);
    writeState(w, c.state);
    for (const p of c.patches) {
      w.u64(BigInt(p.address));
      w.u32(p.bytes.length);
      w.u32(0);
      w.bytes(p.bytes);
    }
  }
  return w.result();
}

export function decodeOutput(output: Uint8Array, count: number): WireOutput[] {
  const bytes = new Uint8Array(output); // a plain array: a Buffer's slices would share its memory
  const view = new DataView(bytes.buffer);
  const out: WireOutput[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    const vector = view.getUint32(at, true);
    const errorCode = view.getUint32(at + 4, true);
    const cr2 = view.getBigUint64(at + 8, true);
    const changeCount = view.getUint32(at + 16, true);
    at += 24;
    const state = readState(view, bytes, at);
    at += STATE_SIZE;
    const changes: Patch[] = [];
    for (let i = 0; i < changeCount; i++) {
      const address = Number(view.getBigUint64(at, true));
      const size = view.getUint32(at + 8, true);
      changes.push({ address, bytes: bytes.slice(at + 16, at + 16 + size) });
      at += 16 + size;
    }
    out.push({ vector, errorCode, cr2, state, changes });
  }
  if (at !== bytes.length) throw new Error(`the recorder wrote ${bytes.length} bytes, ${at} were expected`);
  return out;
}

function readState(view: DataView, bytes: Uint8Array, at: number): MachineState {
  const general = new BigUint64Array(16);
  for (let i = 0; i < 16; i++) general[i] = view.getBigUint64(at + i * 8, true);
  const segments = new Uint16Array(6);
  for (let i = 0; i < 6; i++) segments[i] = view.getUint16(at + 144 + i * 2, true);
  const xsave = new Uint8Array(FX.AREA);
  xsave.set(bytes.subarray(at + FXSAVE_AT, at + FXSAVE_AT + FX.SIZE));
  xsave.set(bytes.subarray(at + FXSAVE_AT + FX.SIZE, at + STATE_SIZE), FX.YMM);
  return {
    general,
    ip: view.getBigUint64(at + 128, true),
    flags: view.getUint32(at + 136, true),
    segments,
    bases: BigUint64Array.of(view.getBigUint64(at + BASES_AT, true), view.getBigUint64(at + BASES_AT + 8, true)),
    xsave,
  };
}
