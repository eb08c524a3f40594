/** Segment descriptors as Linux makes them from LDT entries, and facts about vectors that both machines need. */
import type { LdtEntry } from '../../recorder/layout.ts';

/** Vectors that push an error code (SDM vol. 3A, table 6-1). */
export const WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);
/** Gates that Linux lets user code use with INT n. */
export const USER_GATES = new Set([3, 4]);

/** P, DPL 3, S and the type with its accessed bit, which Linux sets in every LDT entry. */
export function accessByte(e: LdtEntry): number {
  const type = e.kind === 'code' ? 8 | (e.restricted ? 0 : 2) : (e.expandDown ? 4 : 0) | (e.restricted ? 0 : 2);
  return (e.present ? 0x80 : 0) | 0x60 | 0x10 | type | 1;
}

/** G, D/B, L and AVL, which Linux sets. */
export function flagsNibble(e: LdtEntry): number {
  return (e.granular ? 8 : 0) | (e.big ? 4 : 0) | 1;
}

export function le32(v: number): number[] {
  return [v & 0xff, (v >>> 8) & 0xff, (v >>> 16) & 0xff, (v >>> 24) & 0xff];
}

/** The eight bytes of a descriptor. */
export function descriptorBytes(base: number, limit: number, access: number, flags: number): number[] {
  const upper = (base >>> 16) & 0xff;
  return [
    ...le32((limit & 0xffff) | (base << 16)),
    ...le32(upper | (access << 8) | (limit & 0xf0000) | (flags << 20) | (base & 0xff000000)),
  ];
}

/** An address of any width, negative ones included. */
export function le64(v: number | bigint): number[] {
  const value = BigInt.asUintN(64, BigInt(v));
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
