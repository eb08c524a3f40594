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

/** Some prefixes in any order (now and then more than fit), an opcode of any map, random operands; or mere noise. */
export function random(slot: Uint8Array, r: Random): void {
  const head: number[] = [];
  const prefixes = r.weighted([
    [4, 0],
    [5, 1],
    [3, 2],
    [2, 3],
    [1, r.between(4, 15)],
  ] as const);
  for (let i = 0; i < prefixes; i++) head.push(r.pick(PREFIXES));
  if (!r.chance(0.02))
    head.push(
      ...(r.weighted([
        [9, MAPS[0]],
        [9, MAPS[1]],
        [1, MAPS[2]],
        [1, MAPS[3]],
      ] as const) as readonly number[]),
    );
  fill(slot, r, head.slice(0, SLOT));
}
