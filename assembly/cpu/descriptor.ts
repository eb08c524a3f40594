/** Segment descriptors in the GDT and the LDT: SDM vol. 3A 3.4.5 and 5.8. A descriptor is the u64 that lies in the table. */
import * as S from '../shared/state';
import {
  EFER_LMA,
  SEG_ACCESSED,
  SEG_CE,
  SEG_CODE,
  SEG_DB,
  SEG_DPL,
  SEG_G,
  SEG_L,
  SEG_RW,
  SEG_S,
  SEG_UNUSABLE,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { loadSystem, storeSystem } from '../mmu/access';

/** What descriptorAddress() returns when the index lies beyond the table. */
export const NO_DESCRIPTOR: u64 = 0xffffffffffffffff;

const SELECTOR_TI: u32 = 4;

/** Selector without its RPL, as error codes show it. */
export function errorOf(selector: u32): u32 {
  return selector & 0xfffc;
}

export function isNull(selector: u32): bool {
  return (selector & 0xfffc) == 0;
}

export function isLocal(selector: u32): bool {
  return (selector & SELECTOR_TI) != 0;
}

export function descriptorBase(d: u64): u64 {
  return ((d >> 16) & 0xffffff) | ((d >> 56) << 24);
}

/** Limit in bytes: the offset of the last byte. */
export function descriptorLimit(d: u64): u32 {
  const limit = <u32>((d & 0xffff) | ((d >> 32) & 0xf0000));
  return attributesOf(d) & SEG_G ? (limit << 12) | 0xfff : limit;
}

/** Attribute word as the segment cache holds it (shared/register-bits.ts). */
export function attributesOf(d: u64): u32 {
  return <u32>(d >> 40) & 0xf0ff;
}

export function dplOf(attributes: u32): u32 {
  return (attributes & SEG_DPL) >> 5;
}

export function isCode(attributes: u32): bool {
  return (attributes & (SEG_S | SEG_CODE)) == (SEG_S | SEG_CODE);
}

/** In IA-32e mode, a code segment with both L and D is invalid; L alone makes it 64-bit code (5.2.1). */
export function hasInvalidSize(m: Eval, attributes: u32): bool {
  return (m.efer & EFER_LMA) != 0 && (attributes & (SEG_L | SEG_DB)) == (SEG_L | SEG_DB);
}

export function isLongCode(m: Eval, attributes: u32): bool {
  return (m.efer & EFER_LMA) != 0 && (attributes & SEG_L) != 0;
}

export function isConforming(attributes: u32): bool {
  return (attributes & (SEG_S | SEG_CODE | SEG_CE)) == (SEG_S | SEG_CODE | SEG_CE);
}

export function isWritableData(attributes: u32): bool {
  return (attributes & (SEG_S | SEG_CODE | SEG_RW)) == (SEG_S | SEG_RW);
}

/** Data of any kind, or code that may be read. */
export function isReadable(attributes: u32): bool {
  if (!(attributes & SEG_S)) return false;
  return !(attributes & SEG_CODE) || (attributes & SEG_RW) != 0;
}

/** Type of a system descriptor, 0 for a code or data segment. */
export function systemType(attributes: u32): u32 {
  return attributes & SEG_S ? 0 : attributes & 0xf;
}

/** Linear address of the descriptor that a selector names, or NO_DESCRIPTOR. */
export function descriptorAddress(m: Eval, selector: u32): u64 {
  let base = load<u64>(m.at, S.STATE_GDTR_BASE);
  let limit = load<u32>(m.at, S.STATE_GDTR_LIMIT);
  if (isLocal(selector)) {
    const ldtr = m.segmentAt(S.LDTR) + S.STATE_SEGMENTS;
    if (load<u32>(ldtr, S.SEGMENT_ATTRIBUTES) & SEG_UNUSABLE) return NO_DESCRIPTOR;
    base = load<u64>(ldtr, S.SEGMENT_BASE);
    limit = load<u32>(ldtr, S.SEGMENT_LIMIT);
  }
  if ((selector | 7) > limit) return NO_DESCRIPTOR;
  // The tables' bases are 64 bits wide in compatibility mode as well.
  const at = base + (selector & 0xfff8);
  return m.efer & EFER_LMA ? at : at & 0xffffffff;
}

/** The descriptor; beyond the table, or for the null selector, the exception `vector` with the selector as error code. */
export function fetchDescriptor(m: Eval, selector: u32, vector: u32): u64 {
  const at = isNull(selector) ? NO_DESCRIPTOR : descriptorAddress(m, selector);
  if (at == NO_DESCRIPTOR) {
    m.raiseError(vector, errorOf(selector));
    return 0;
  }
  return loadSystem<u64>(m, at);
}

/** The processor sets the accessed bit of a descriptor when it loads it into a segment register (3.4.5.1). */
export function markAccessed(m: Eval, selector: u32, d: u64): void {
  const access = <u32>(d >> 40) & 0xff;
  if (access & SEG_ACCESSED) return;
  storeSystem<u8>(m, descriptorAddress(m, selector) + 5, access | SEG_ACCESSED);
}

/** Rewrites the access byte of the descriptor at `at`: busy and available TSS. */
export function setAccessByte(m: Eval, at: u64, access: u32): void {
  storeSystem<u8>(m, at + 5, access);
}
