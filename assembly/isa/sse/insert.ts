/** Single lanes to and from registers and memory: PINSR PEXTR INSERTPS EXTRACTPS PMOVMSKB: SDM vol. 2. */
import { VL_256 } from '../../machine/eval-vectors';
import { Insn } from '../../machine/insn';

export const ROWS = `
NP 0F C4 /r ib    | PINSRW Pq,Mw,Ib     | PINSRW64(rw,r,r)  | SSE general
NP 0F C4 /r ib    | PINSRW Pq,Rd,Ib     | PINSRW64(rw,r,r)  | SSE
66 0F C4 /r ib    | PINSRW Vdq,Mw,Ib    | PINSRW(rw,r,r)    | SSE2 avx/128 general
66 0F C4 /r ib    | PINSRW Vdq,Rd,Ib    | PINSRW(rw,r,r)    | SSE2 avx/128
66 0F 3A 20 /r ib | PINSRB Vdq,Mb,Ib    | PINSRB(rw,r,r)    | SSE41 avx/128 general
66 0F 3A 20 /r ib | PINSRB Vdq,Rd,Ib    | PINSRB(rw,r,r)    | SSE41 avx/128
66 0F 3A 22 /r ib | PINSRD Vdq,Ey,Ib    | PINSRD(rw,r,r)    | SSE41 avx/128
66 0F 3A 21 /r ib | INSERTPS Vdq,Md,Ib  | INSERTPSM(rw,r,r) | SSE41 avx/128
66 0F 3A 21 /r ib | INSERTPS Vdq,Udq,Ib | INSERTPS(rw,r,r)  | SSE41 avx/128
NP 0F C5 /r ib    | PEXTRW Gd,Nq,Ib     | PEXTRW64(w,r,r)   | SSE
66 0F C5 /r ib    | PEXTRW Gd,Udq,Ib    | PEXTRW(w,r,r)     | SSE2 avx/128
66 0F 3A 15 /r ib | PEXTRW Mw,Vdq,Ib    | PEXTRW(w,r,r)     | SSE41 avx/128 general
66 0F 3A 15 /r ib | PEXTRW Rd,Vdq,Ib    | PEXTRW(w,r,r)     | SSE41 avx/128
66 0F 3A 14 /r ib | PEXTRB Mb,Vdq,Ib    | PEXTRB(w,r,r)     | SSE41 avx/128 general
66 0F 3A 14 /r ib | PEXTRB Rd,Vdq,Ib    | PEXTRB(w,r,r)     | SSE41 avx/128
66 0F 3A 16 /r ib | PEXTRD Ey,Vdq,Ib    | PEXTRD(w,r,r)     | SSE41 avx/128
66 0F 3A 17 /r ib | EXTRACTPS Ed,Vdq,Ib | PEXTRD(w,r,r)     | SSE41 avx/128
NP 0F D7 /r       | PMOVMSKB Gd,Nq      | PMOVMSKB64(w,r)   | SSE
66 0F D7 /r       | PMOVMSKB Gd,Ux      | PMOVMSKB          | SSE2 avx2
`;

export function PINSRB<M, T>(m: M, x: v128, v: u64, imm: u32): v128 {
  return m.v128Bitselect(m.i8x16Splat(v), x, m.i8x16Lane(imm & 15));
}

export function PINSRW<M, T>(m: M, x: v128, v: u64, imm: u32): v128 {
  return m.v128Bitselect(m.i16x8Splat(v), x, m.i16x8Mask(1 << (imm & 7)));
}

export function PINSRW64<M, T>(m: M, x: v128, v: u64, imm: u32): v128 {
  return PINSRW<M, T>(m, x, v, imm & 3);
}

/** PINSRQ with operands of 64 bits. */
export function PINSRD<M, T>(m: M, x: v128, v: u64, imm: u32): v128 {
  if (sizeof<T>() == 8) return m.v128Bitselect(m.i64x2Splat(v), x, m.i64x2Mask(1 << (imm & 1)));
  return m.v128Bitselect(m.i32x4Splat(v), x, m.i32x4Mask(1 << (imm & 3)));
}

/** Lane imm[7:6] of y into lane imm[5:4] of x, then zeros where imm[3:0] says. */
export function INSERTPS<M, T>(m: M, x: v128, y: v128, imm: u32): v128 {
  const r = m.v128Bitselect(m.i32x4Permute(y, (imm >> 6) * 0x55), x, m.i32x4Mask(1 << ((imm >> 4) & 3)));
  return m.v128Andnot(r, m.i32x4Mask(imm));
}

/** An operand in memory is one lane. */
export function INSERTPSM<M, T>(m: M, x: v128, y: v128, imm: u32): v128 {
  return INSERTPS<M, T>(m, x, y, imm & 0x3f);
}

export function PEXTRB<M, T>(m: M, x: v128, imm: u32): u64 {
  return m.trunc<u8>(m.low64(m.bytesFrom(x, imm & 15)));
}

export function PEXTRW<M, T>(m: M, x: v128, imm: u32): u64 {
  return m.trunc<u16>(m.low64(m.bytesFrom(x, (imm & 7) << 1)));
}

export function PEXTRW64<M, T>(m: M, x: v128, imm: u32): u64 {
  return PEXTRW<M, T>(m, x, imm & 3);
}

/** PEXTRQ with operands of 64 bits. */
export function PEXTRD<M, T>(m: M, x: v128, imm: u32): u64 {
  const lane = imm & (16 / sizeof<T>() - 1);
  return m.trunc<T>(m.low64(m.bytesFrom(x, lane * sizeof<T>())));
}

export function PMOVMSKB64<M, T>(m: M, x: v128): u64 {
  return m.i8x16Bitmask(x);
}

export function PMOVMSKB<M, T>(m: M, i: Insn, vl: u32): void {
  const low = m.i8x16Bitmask(m.xmm(i.rm));
  m.set<u32>(i.reg, vl == VL_256 ? low | (m.i8x16Bitmask(m.ymmHigh(i.rm)) << 16) : low);
}
