/** Moves of parts of vector registers: MOVD MOVQ MOVSS MOVSD MOVLPS MOVHPS and their like, MOVNTQ MASKMOVQ MASKMOVDQU; EMMS: SDM vol. 2. */
import * as S from '../../shared/state';
import { Insn } from '../../machine/insn';

export const ROWS = `
NP 0F 6E /r | MOVD Pq,Ey         | MOVD(w,r)     | MMX
NP 0F 7E /r | MOVD Ey,Pq         | MOVDG(w,r)    | MMX
66 0F 6E /r | MOVD Vdq,Ey        | MOVD(w,r)     | SSE2 avx/128
66 0F 7E /r | MOVD Ey,Vdq        | MOVDG(w,r)    | SSE2 avx/128
F3 0F 7E /r | MOVQ Vdq,Mq        | MOVPART(w,r)  | SSE2 avx/128
F3 0F 7E /r | MOVQ Vdq,Uq        | MOVQ(w,r)     | SSE2 avx/128
66 0F D6 /r | MOVQ Mq,Vdq        | MOVPART(w,r)  | SSE2 avx/128
66 0F D6 /r | MOVQ Uq,Vdq        | MOVQ(w,r)     | SSE2 avx/128
F2 0F D6 /r | MOVDQ2Q Pq,Udq     | MOVQ(w,r)     | SSE2
F3 0F D6 /r | MOVQ2DQ Vdq,Nq     | MOVQ(w,r)     | SSE2
F3 0F 10 /r | MOVSS Vdq,Md       | MOVPART(w,r)  | SSE avx/lig
F3 0F 10 /r | MOVSS Vdq,Udq      | MOVSS(rw,r)   | SSE avx/lig
F3 0F 11 /r | MOVSS Md,Vdq       | MOVPART(w,r)  | SSE avx/lig
F3 0F 11 /r | MOVSS Udq,Vdq      | MOVSS(rw,r)   | SSE avx/lig
F2 0F 10 /r | MOVSD Vdq,Mq       | MOVPART(w,r)  | SSE2 avx/lig
F2 0F 10 /r | MOVSD Vdq,Udq      | MOVLOW(rw,r)  | SSE2 avx/lig
F2 0F 11 /r | MOVSD Mq,Vdq       | MOVPART(w,r)  | SSE2 avx/lig
F2 0F 11 /r | MOVSD Udq,Vdq      | MOVLOW(rw,r)  | SSE2 avx/lig
NP 0F 12 /r | MOVLPS Vdq,Mq      | MOVLOW(rw,r)  | SSE avx/128
NP 0F 12 /r | MOVHLPS Vdq,Udq    | MOVHLPS(rw,r) | SSE avx/128
NP 0F 13 /r | MOVLPS Mq,Vdq      | MOVPART(w,r)  | SSE avx/128
NP 0F 16 /r | MOVHPS Vdq,Mq      | MOVLHPS(rw,r) | SSE avx/128
NP 0F 16 /r | MOVLHPS Vdq,Udq    | MOVLHPS(rw,r) | SSE avx/128
NP 0F 17 /r | MOVHPS Mq,Vdq      | MOVHIGH(w,r)  | SSE avx/128
66 0F 12 /r | MOVLPD Vdq,Mq      | MOVLOW(rw,r)  | SSE2 avx/128
66 0F 13 /r | MOVLPD Mq,Vdq      | MOVPART(w,r)  | SSE2 avx/128
66 0F 16 /r | MOVHPD Vdq,Mq      | MOVLHPS(rw,r) | SSE2 avx/128
66 0F 17 /r | MOVHPD Mq,Vdq      | MOVHIGH(w,r)  | SSE2 avx/128
NP 0F E7 /r | MOVNTQ Mq,Pq       | MOVQ(w,r)     | SSE
NP 0F F7 /r | MASKMOVQ Pq,Nq     | MASKMOVQ      | SSE
66 0F F7 /r | MASKMOVDQU Vdq,Udq | MASKMOVDQU    | SSE2 avx/128
NP 0F 77    | EMMS               | EMMS          | MMX mmx
`;

/** From a general register or memory, the rest zero; MOVQ with operands of 64 bits. */
export function MOVD<M, T, V>(m: M, x: u64): V {
  return m.vector64(x);
}

export function MOVDG<M, T, V>(m: M, x: V): u64 {
  return m.trunc<T>(m.low64(x));
}

/** Between a register and memory: loads zero the rest, stores take as much as the operand has. */
export function MOVPART<M, T, V>(m: M, x: V): V {
  return x;
}

/** The low 64 bits, the rest zero. */
export function MOVQ<M, T, V>(m: M, x: V): V {
  return m.i64x2LowOf(x, m.zeros());
}

/** Between registers the other lanes stay; from memory they become 0. */
export function MOVSS<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4LowOf(y, x);
}

export function MOVLOW<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2LowOf(y, x);
}

export function MOVHLPS<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2InterleaveHigh(y, x);
}

export function MOVLHPS<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2InterleaveLow(x, y);
}

export function MOVHIGH<M, T, V>(m: M, x: V): V {
  return m.bytesFrom(x, 8);
}

/**
 * Stores the bytes of x whose mask byte has its top bit set, at DS:rDI. All bytes must be writable, selected or not; whether a mask of
 * zeros checks them too is left to the implementation (SDM vol. 2B, MASKMOVDQU): here it does.
 */
function storeMasked<M>(m: M, i: Insn, x: v128, mask: v128, bytes: u64): void {
  const selected = m.i8x16Bitmask(mask);
  const addresses = m.addressMask(i);
  const ea = m.get<u64>(S.RDI);
  for (let n: u64 = 0; n < bytes && !m.fault; n++) m.loadRmw<u8>(i.segment, (ea + n) & addresses);
  for (let n: u64 = 0; n < bytes && !m.fault; n++) {
    const half = n < 8 ? m.low64(x) : m.high64(x);
    if ((selected >> n) & 1) m.store<u8>(i.segment, (ea + n) & addresses, (half >> ((n & 7) << 3)) & 0xff);
  }
}

export function MASKMOVQ<M, T, V>(m: M, i: Insn, vl: u32): void {
  storeMasked<M>(m, i, m.mm(i.reg), m.mm(i.rm), 8);
  if (!m.fault) m.enterMmx();
}

export function MASKMOVDQU<M, T, V>(m: M, i: Insn, vl: u32): void {
  storeMasked<M>(m, i, m.xmm(i.reg), m.xmm(i.rm), 16);
}

/** All x87 registers become empty, TOP 0 (SDM vol. 3A table 13-1). */
export function EMMS<M, T, V>(m: M, i: Insn, vl: u32): void {
  m.enterMmx();
  store<u16>(m.at, 0, S.STATE_FTW);
}
