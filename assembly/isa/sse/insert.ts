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

export function PINSRB<M, T, V>(m: M, x: V, v: u64, imm: u32): V {
  return m.replaceLane<u8>(x, v, imm & 15);
}

export function PINSRW<M, T, V>(m: M, x: V, v: u64, imm: u32): V {
  return m.replaceLane<u16>(x, v, imm & 7);
}

export function PINSRW64<M, T, V>(m: M, x: V, v: u64, imm: u32): V {
  return PINSRW<M, T, V>(m, x, v, imm & 3);
}

/** PINSRQ with operands of 64 bits. */
export function PINSRD<M, T, V>(m: M, x: V, v: u64, imm: u32): V {
  return m.replaceLane<T>(x, v, imm & (16 / sizeof<T>() - 1));
}

/** Lane imm[7:6] of y into lane imm[5:4] of x, then zeros where imm[3:0] says. */
export function INSERTPS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  const r = m.v128Bitselect(m.i32x4Permute(y, (imm >> 6) * 0x55), x, m.i32x4Mask(1 << ((imm >> 4) & 3)));
  return m.v128Andnot(r, m.i32x4Mask(imm));
}

/** An operand in memory is one lane. */
export function INSERTPSM<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return INSERTPS<M, T, V>(m, x, y, imm & 0x3f);
}

export function PEXTRB<M, T, V>(m: M, x: V, imm: u32): u64 {
  return m.lane<u8>(x, imm & 15);
}

export function PEXTRW<M, T, V>(m: M, x: V, imm: u32): u64 {
  return m.lane<u16>(x, imm & 7);
}

export function PEXTRW64<M, T, V>(m: M, x: V, imm: u32): u64 {
  return PEXTRW<M, T, V>(m, x, imm & 3);
}

/** PEXTRQ with operands of 64 bits. */
export function PEXTRD<M, T, V>(m: M, x: V, imm: u32): u64 {
  return m.lane<T>(x, imm & (16 / sizeof<T>() - 1));
}

export function PMOVMSKB64<M, T, V>(m: M, x: V): u64 {
  return m.i8x16Bitmask(x);
}

export function PMOVMSKB<M, T, V>(m: M, i: Insn, vl: u32): void {
  const low = m.i8x16Bitmask(m.xmm(i.rm));
  if (vl != VL_256) m.set<u32>(i.reg, low);
  else m.set<u32>(i.reg, m.or<u32>(low, m.shl<u32>(m.i8x16Bitmask(m.ymmHigh(i.rm)), m.const(16))));
}
