/**
 * PCMPESTRI PCMPESTRM PCMPISTRI PCMPISTRM: SDM vol. 1 5.11, vol. 2B 4.1. Comparisons are masks with one bit for each element of the
 * second operand (IntRes1, IntRes2 in the SDM). Memory operands need no alignment.
 */
import * as S from '../../shared/state';
import { FLAG_CF, FLAG_OF, FLAG_SF, FLAG_ZF } from '../../shared/register-bits';
import { Insn } from '../../machine/insn';

export const ROWS = `
66 0F 3A 60 /r ib | PCMPESTRM Vdq,Mdq,Ib | PCMPESTRM  | SSE42 avx/128 v
66 0F 3A 60 /r ib | PCMPESTRM Vdq,Udq,Ib | PCMPESTRMU | SSE42 avx/128 v
66 0F 3A 61 /r ib | PCMPESTRI Vdq,Mdq,Ib | PCMPESTRI  | SSE42 avx/128 v
66 0F 3A 61 /r ib | PCMPESTRI Vdq,Udq,Ib | PCMPESTRIU | SSE42 avx/128 v
66 0F 3A 62 /r ib | PCMPISTRM Vdq,Mdq,Ib | PCMPISTRM  | SSE42 avx/128
66 0F 3A 62 /r ib | PCMPISTRM Vdq,Udq,Ib | PCMPISTRMU | SSE42 avx/128
66 0F 3A 63 /r ib | PCMPISTRI Vdq,Mdq,Ib | PCMPISTRI  | SSE42 avx/128
66 0F 3A 63 /r ib | PCMPISTRI Vdq,Udq,Ib | PCMPISTRIU | SSE42 avx/128
`;

// The immediate byte: elements are words, and signed; what is asked; what is inverted; index of the top bit, or a mask of elements.
const IMM_WORDS: u32 = 1;
const IMM_SIGNED: u32 = 2;
const AGGREGATION_SHIFT: u32 = 2;
const AGGREGATION_RANGES: u32 = 1;
const AGGREGATION_EACH: u32 = 2;
const AGGREGATION_ORDERED: u32 = 3;
const IMM_INVERTED: u32 = 0x10;
const IMM_VALID_ONLY: u32 = 0x20;
const IMM_LAST_OR_EXPANDED: u32 = 0x40;

function elements(imm: u32): u32 {
  return imm & IMM_WORDS ? 8 : 16;
}

/** Element n in every place. */
function spread(x: v128, n: u32, imm: u32): v128 {
  if (imm & IMM_WORDS) return i8x16.swizzle(x, i16x8.splat(<i16>((n * 2) | ((n * 2 + 1) << 8))));
  return i8x16.swizzle(x, i8x16.splat(<i8>n));
}

function equal(x: v128, y: v128, imm: u32): u32 {
  if (imm & IMM_WORDS) return i16x8.bitmask(i16x8.eq(x, y));
  return i8x16.bitmask(i8x16.eq(x, y));
}

/** Elements of x that are at least those of y. */
function atLeast(x: v128, y: v128, imm: u32): u32 {
  if (imm & IMM_WORDS) return i16x8.bitmask(imm & IMM_SIGNED ? i16x8.ge_s(x, y) : i16x8.ge_u(x, y));
  return i8x16.bitmask(imm & IMM_SIGNED ? i8x16.ge_s(x, y) : i8x16.ge_u(x, y));
}

/** Elements before the first that is 0. */
function implicitLength(x: v128, imm: u32): u32 {
  const zeros = equal(x, i64x2.splat(0), imm) | (1 << elements(imm));
  return ctz<u32>(zeros);
}

/** Magnitude of the signed length register of width T, at most the number of elements. */
function explicitLength<T>(length: u64, imm: u32): u32 {
  const n = sizeof<T>() == 8 ? <i64>length : <i64>(<i32>length);
  const magnitude = n < 0 ? 0 - <u64>n : <u64>n;
  return <u32>min<u64>(magnitude, elements(imm));
}

/** IntRes1: elements beyond the lengths count as the SDM's table of invalid elements says. */
function aggregated(x: v128, y: v128, xLength: u32, yLength: u32, imm: u32): u32 {
  const all: u32 = (1 << elements(imm)) - 1;
  const xValid: u32 = (1 << xLength) - 1;
  const yValid: u32 = (1 << yLength) - 1;
  const aggregation = (imm >> AGGREGATION_SHIFT) & 3;
  // Two invalid elements are equal, one is not.
  if (aggregation == AGGREGATION_EACH) return (equal(x, y, imm) & xValid & yValid) | (all & ~(xValid | yValid));
  let r: u32 = aggregation == AGGREGATION_ORDERED ? all : 0;
  for (let n: u32 = 0; n < xLength; n++) {
    const element = spread(x, n, imm);
    if (aggregation == AGGREGATION_RANGES) {
      // Pairs of bounds; a lower one without an upper one matches nothing.
      if (++n < xLength) r |= atLeast(y, element, imm) & atLeast(spread(x, n, imm), y, imm);
    } else if (aggregation == AGGREGATION_ORDERED) {
      // What lies beyond the end of the register is taken for a match: the caller looks there next.
      r &= ((equal(element, y, imm) & yValid) >> n) | ~(all >> n);
    } else r |= equal(element, y, imm);
  }
  return aggregation == AGGREGATION_ORDERED ? r & all : r & yValid;
}

/** IntRes2, after the flags have been set. */
function compare<M>(m: M, x: v128, y: v128, xLength: u32, yLength: u32, imm: u32): u32 {
  const count = elements(imm);
  let r = aggregated(x, y, xLength, yLength, imm);
  if (imm & IMM_INVERTED) r ^= imm & IMM_VALID_ONLY ? (1 << yLength) - 1 : (1 << count) - 1;
  let flags: u32 = r ? FLAG_CF : 0;
  if (r & 1) flags |= FLAG_OF;
  if (yLength < count) flags |= FLAG_ZF;
  if (xLength < count) flags |= FLAG_SF;
  m.flagsImage(<u64>flags);
  return r;
}

/** ECX <- index of the first or the last element found, or the number of elements. */
function setIndex<M>(m: M, r: u32, imm: u32): void {
  const none = elements(imm);
  const index = r == 0 ? none : imm & IMM_LAST_OR_EXPANDED ? 31 - clz<u32>(r) : ctz<u32>(r);
  m.set<u32>(S.RCX, <u64>index);
}

/** XMM0 <- the mask: one bit, or all bits of an element, for each. */
function setMask<M>(m: M, r: u32, imm: u32, vl: u32): void {
  let mask = i32x4.replace_lane(i64x2.splat(0), 0, r);
  if (imm & IMM_LAST_OR_EXPANDED) {
    if (imm & IMM_WORDS) {
      const bits = v128.and(i16x8.splat(<i16>r), i16x8(1, 2, 4, 8, 16, 32, 64, 128));
      mask = i16x8.ne(bits, i64x2.splat(0));
    } else {
      const bytes = i8x16.swizzle(mask, i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
      const bits = v128.and(bytes, i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128));
      mask = i8x16.ne(bits, i64x2.splat(0));
    }
  }
  m.setVector(0, mask, vl);
}

function compareExplicit<M, T>(m: M, i: Insn, y: v128): u32 {
  const xLength = explicitLength<T>(m.get<u64>(S.RAX), i.imm8);
  const yLength = explicitLength<T>(m.get<u64>(S.RDX), i.imm8);
  return compare<M>(m, m.xmm(i.reg), y, xLength, yLength, i.imm8);
}

function compareImplicit<M>(m: M, i: Insn, y: v128): u32 {
  const x = m.xmm(i.reg);
  return compare<M>(m, x, y, implicitLength(x, i.imm8), implicitLength(y, i.imm8), i.imm8);
}

export function PCMPESTRMU<M, T, V>(m: M, i: Insn, vl: u32): void {
  setMask<M>(m, compareExplicit<M, T>(m, i, m.xmm(i.rm)), i.imm8, vl);
}

export function PCMPESTRM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const y = m.loadVector<v128>(i.segment, m.ea(i));
  if (!m.fault) setMask<M>(m, compareExplicit<M, T>(m, i, y), i.imm8, vl);
}

export function PCMPESTRIU<M, T, V>(m: M, i: Insn, vl: u32): void {
  setIndex<M>(m, compareExplicit<M, T>(m, i, m.xmm(i.rm)), i.imm8);
}

export function PCMPESTRI<M, T, V>(m: M, i: Insn, vl: u32): void {
  const y = m.loadVector<v128>(i.segment, m.ea(i));
  if (!m.fault) setIndex<M>(m, compareExplicit<M, T>(m, i, y), i.imm8);
}

export function PCMPISTRMU<M, T, V>(m: M, i: Insn, vl: u32): void {
  setMask<M>(m, compareImplicit<M>(m, i, m.xmm(i.rm)), i.imm8, vl);
}

export function PCMPISTRM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const y = m.loadVector<v128>(i.segment, m.ea(i));
  if (!m.fault) setMask<M>(m, compareImplicit<M>(m, i, y), i.imm8, vl);
}

export function PCMPISTRIU<M, T, V>(m: M, i: Insn, vl: u32): void {
  setIndex<M>(m, compareImplicit<M>(m, i, m.xmm(i.rm)), i.imm8);
}

export function PCMPISTRI<M, T, V>(m: M, i: Insn, vl: u32): void {
  const y = m.loadVector<v128>(i.segment, m.ea(i));
  if (!m.fault) setIndex<M>(m, compareImplicit<M>(m, i, y), i.imm8);
}
