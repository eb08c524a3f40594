/** The recorder's binary input and output: the TypeScript side of `native/wire.h`, which explains the fields. */
import type { Access, LdtEntry } from './layout.ts';

/** A whole machine state. Indices are encoding order: EAX ECX EDX EBX ESP EBP ESI EDI; ES CS SS DS FS GS. */
export interface MachineState {
  readonly general: Uint32Array;
  ip: number;
  flags: number;
  readonly segments: Uint16Array;
  /** The FXSAVE image (SDM vol. 1, 10.5.1), 512 bytes. */
  readonly fxsave: Uint8Array;
}

export interface Patch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface WireInput {
  readonly state: MachineState;
  readonly patches: readonly Patch[];
}

export interface WireOutput {
  /** VECTOR_TIMEOUT if the case did not end. */
  readonly vector: number;
  readonly errorCode: number;
  readonly cr2: number;
  readonly state: MachineState;
  readonly changes: readonly Patch[];
}

export const VECTOR_TIMEOUT = 0xffffffff;
const MAGIC = 0x31435256;
const PROTECTION = { r: 1, rw: 3, rx: 5, rwx: 7 } as const;
const STATE_SIZE = 16 * 8 + 16 + 16 + 512;

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
  for (let i = 0; i < 16; i++) {
    w.u32(s.general[i] ?? 0);
    w.u32(0);
  }
  w.u32(s.ip);
  w.u32(0);
  w.u32(s.flags);
  w.u32(0);
  for (let i = 0; i < 8; i++) w.u16(s.segments[i] ?? 0);
  w.bytes(s.fxsave);
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
    for (const v of [r.address, r.bytes.length, PROTECTION[r.access], 0]) w.u32(v);
    w.bytes(r.bytes);
  }
  for (const { e, index } of descriptors) for (const v of [index, e.base >>> 0, e.limit, descriptorFlags(e)]) w.u32(v);
  for (const c of cases) {
    w.u32(c.patches.length);
    w.u32(0);
    writeState(w, c.state);
    for (const p of c.patches) {
      w.u32(p.address);
      w.u32(p.bytes.length);
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
    const cr2 = view.getUint32(at + 8, true);
    const changeCount = view.getUint32(at + 16, true);
    at += 24;
    const state = readState(view, bytes, at);
    at += STATE_SIZE;
    const changes: Patch[] = [];
    for (let i = 0; i < changeCount; i++) {
      const address = view.getUint32(at, true);
      const size = view.getUint32(at + 4, true);
      changes.push({ address, bytes: bytes.slice(at + 8, at + 8 + size) });
      at += 8 + size;
    }
    out.push({ vector, errorCode, cr2, state, changes });
  }
  if (at !== bytes.length) throw new Error(`the recorder wrote ${bytes.length} bytes, ${at} were expected`);
  return out;
}

function readState(view: DataView, bytes: Uint8Array, at: number): MachineState {
  const general = new Uint32Array(8);
  for (let i = 0; i < 8; i++) general[i] = view.getUint32(at + i * 8, true);
  const segments = new Uint16Array(6);
  for (let i = 0; i < 6; i++) segments[i] = view.getUint16(at + 144 + i * 2, true);
  return {
    general,
    ip: view.getUint32(at + 128, true),
    flags: view.getUint32(at + 136, true),
    segments,
    fxsave: bytes.slice(at + 160, at + STATE_SIZE),
  };
}
