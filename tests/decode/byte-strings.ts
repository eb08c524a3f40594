/** Byte strings that reach every form: each opcode with each ModR/M byte, and weighted random ones. */
import type { Random } from '../../recorder/random.ts';

/** Room of one string: 15 bytes, the longest instruction, and one more. */
export const SLOT = 16;

const PREFIXES = [0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
const MAPS: readonly (readonly number[])[] = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
/** Prefixes that change what an opcode means, alone and with an operand-size prefix. */
const SELECTORS: readonly (readonly number[])[] = [
  [],
  [0x66],
  [0xf3],
  [0xf2],
  [0x67],
  [0x66, 0xf2],
  [0x66, 0xf3],
  [0xf0],
];

function fill(slot: Uint8Array, r: Random, head: readonly number[]): void {
  for (let i = 0; i < SLOT; i++) slot[i] = i < head.length ? (head[i] as number) : r.u32() >>> 24;
}

/** Number of strings that `exhaustive` makes. */
export const EXHAUSTIVE = SELECTORS.length * MAPS.length * 256 * 256;

/** String n of all selectors x maps x opcodes x ModR/M bytes; what follows is random. */
export function exhaustive(slot: Uint8Array, r: Random, n: number): void {
  const modrm = n & 0xff;
  const opcode = (n >> 8) & 0xff;
  const map = MAPS[(n >> 16) & 3] as readonly number[];
  fill(slot, r, [...(SELECTORS[n >> 18] as readonly number[]), ...map, opcode, modrm]);
}

/** Number of strings that `exhaustiveVex` makes: pp x W x L x three maps x opcodes x ModR/M bytes. */
export const EXHAUSTIVE_VEX = 16 * 3 * 256 * 256;

/** R, X and B are those of registers 0 to 7, vvvv is 1111b or another register: both matter to every form. */
export function exhaustiveVex(slot: Uint8Array, r: Random, n: number): void {
  const modrm = n & 0xff;
  const opcode = (n >> 8) & 0xff;
  const field = (n >> 16) & 15;
  const map = (n >> 20) + 1;
  const vvvv = r.chance(0.5) ? 15 : r.below(16);
  fill(slot, r, [0xc4, 0xe0 | map, ((field & 8) << 4) | (vvvv << 3) | (field & 7), opcode, modrm]);
}

/** A VEX prefix and its opcode: in one of the maps that exist nearly always, any register extension, any vvvv. */
function vex(r: Random): number[] {
  const opcode = r.u32() >>> 24;
  const last = r.chance(0.5) ? 0x78 | (r.u32() >>> 24) : r.u32() >>> 24;
  if (r.chance(0.25)) return [0xc5, last, opcode];
  const map = r.chance(0.95) ? r.between(1, 3) : r.below(32);
  return [0xc4, (r.below(8) << 5) | map, last, opcode];
}

/** Some prefixes in any order (now and then more than fit), REX in 64-bit mode, an opcode of any map or VEX, random operands; or mere noise. */
export function random(slot: Uint8Array, r: Random, bits: 16 | 32 | 64): void {
  const head: number[] = [];
  const vexed = r.chance(bits === 64 ? 0.25 : 0.1);
  const prefixes = r.weighted([
    [vexed ? 40 : 4, 0],
    [5, 1],
    [3, 2],
    [2, 3],
    [1, r.between(4, 15)],
  ] as const);
  for (let i = 0; i < prefixes; i++) head.push(r.pick(PREFIXES));
  if (bits === 64 && !vexed && r.chance(0.5)) head.splice(r.chance(0.9) ? head.length : 0, 0, 0x40 | r.below(16));
  if (vexed) head.push(...vex(r));
  else if (!r.chance(0.02))
    head.push(
      ...(r.weighted([
        [9, MAPS[0]],
        [9, MAPS[1]],
        [2, MAPS[2]],
        [1, MAPS[3]],
      ] as const) as readonly number[]),
    );
  fill(slot, r, head.slice(0, SLOT));
}
