/** VEX-encoded instructions (SDM vol. 2A 2.3): which encodings there are, and their bytes. */
import type { Encoding } from './forms.ts';
import type { Bits } from './layout.ts';
import type { Random } from './random.ts';

/** The fields that select an instruction: opcode map, W, L and the implied mandatory prefix (none, 66, F3, F2). */
export interface Vex {
  readonly map: number;
  readonly w: number;
  readonly l: number;
  readonly pp: number;
  /** VVVV names a register: the second source, or the destination. */
  readonly source: boolean;
}

/** The rest: register numbers' upper bits as they are (the bytes hold them inverted), and the second source. */
interface Registers {
  readonly r: number;
  readonly x: number;
  readonly b: number;
  readonly vvvv: number;
}

function vexBytes(v: Vex, n: Registers, short: boolean): number[] {
  const last = (v.w << 7) | ((n.vvvv ^ 15) << 3) | (v.l << 2) | v.pp;
  if (short) return [0xc5, ((n.r ^ 1) << 7) | (last & 0x7f)];
  return [0xc4, ((n.r ^ 1) << 7) | ((n.x ^ 1) << 6) | ((n.b ^ 1) << 5) | v.map, last];
}

/**
 * The prefix with random registers. Without REX's reach in 32-bit code R and X are fixed and VVVV is below 8. Now and then
 * VVVV is used where it must not be (#UD).
 */
export function randomVex(r: Random, bits: Bits, v: Vex): number[] {
  const long = bits === 64 ? 1 : 0;
  const vvvv = v.source || r.chance(0.03) ? r.below(long ? 16 : 8) : 0;
  const n = { r: long & r.below(2), x: long & r.below(2), b: long & r.below(2), vvvv };
  return vexBytes(v, n, v.map === 1 && v.w === 0 && n.x === 0 && n.b === 0 && r.chance(0.7));
}

/** One ModR/M byte of each kind: register, memory, memory with a SIB byte; with every /digit. */
function probes(): number[] {
  const out: number[] = [];
  for (const base of [0xc0, 0x00, 0x04]) for (let reg = 0; reg < 8; reg++) out.push(base | (reg << 3));
  return out;
}

/** The ModR/M bytes that a probe stands for. */
function likeProbe(probe: number): number[] {
  const out: number[] = [];
  const register = probe >= 0xc0;
  for (let modrm = register ? 0xc0 : 0; modrm < (register ? 0x100 : 0xc0); modrm++) {
    const sib = !register && (modrm & 7) === 4;
    if (((modrm ^ probe) & 0x38) === 0 && (register || sib === ((probe & 7) === 4))) out.push(modrm);
  }
  return out;
}

const MAPS = [1, 2, 3];
const PROBES = probes().map((probe) => ({ probe, like: likeProbe(probe) }));

interface Named {
  readonly key: string;
  readonly encoding: Encoding;
}

/** @param name the form of some bytes, or null */
export function vexEncodings(name: (bytes: Uint8Array) => string | null): Named[] {
  const out: Named[] = [];
  for (const map of MAPS)
    for (let opcode = 0; opcode < 256; opcode++)
      for (let n = 0; n < 16; n++) out.push(...formsOf({ map, w: n >> 3, l: (n >> 2) & 1, pp: n & 3 }, opcode, name));
  return out;
}

function formsOf(v: Omit<Vex, 'source'>, opcode: number, name: (bytes: Uint8Array) => string | null): Named[] {
  const byKey = new Map<string, { source: boolean; next: number[] }>();
  for (const { probe, like } of PROBES) {
    // VVVV as a register where it is one, unused where it is not
    const keys = [1, 0].map((vvvv) => {
      const head = vexBytes({ ...v, source: true }, { r: 0, x: 0, b: 0, vvvv }, false);
      return name(Uint8Array.from([...head, opcode, probe, ...new Array<number>(10).fill(0)]));
    });
    const valid = keys.findIndex((k) => k !== null && !/invalid$|^#UD/.test(k));
    const key = keys[valid < 0 ? 1 : valid] ?? null;
    if (key === null) continue;
    const known = byKey.get(key);
    if (known) known.next.push(...like);
    else byKey.set(key, { source: valid === 0, next: [...like] });
  }
  return [...byKey].map(([key, { source, next }]) => ({
    key,
    encoding: { prefixes: [], vex: { ...v, source }, opcode: [opcode], next },
  }));
}
