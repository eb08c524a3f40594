/** Lanes of one operand or of the other: BLENDPS BLENDPD PBLENDW and, by a mask, BLENDVPS BLENDVPD PBLENDVB: SDM vol. 2. */

export const ROWS = `
66 0F 3A 0C /r ib            | BLENDPS Vx,Wx,Ib      | BLENDPS(rw,r,r)   | SSE41 avx imm/4
66 0F 3A 0D /r ib            | BLENDPD Vx,Wx,Ib      | BLENDPD(rw,r,r)   | SSE41 avx imm/2
66 0F 3A 0E /r ib            | PBLENDW Vx,Wx,Ib      | PBLENDW(rw,r,r)   | SSE41 avx2
66 0F 38 14 /r               | BLENDVPS Vx,Wx,XMM0   | BLENDVPS(rw,r,r)  | SSE41
66 0F 38 15 /r               | BLENDVPD Vx,Wx,XMM0   | BLENDVPD(rw,r,r)  | SSE41
66 0F 38 10 /r               | PBLENDVB Vx,Wx,XMM0   | PBLENDVB(rw,r,r)  | SSE41
VEX.66.W0 0F 3A 4A /r ib     | VBLENDVPS Vx,Hx,Wx,Lx | BLENDVPS(w,r,r,r) | AVX
VEX.66.W0 0F 3A 4B /r ib     | VBLENDVPD Vx,Hx,Wx,Lx | BLENDVPD(w,r,r,r) | AVX
VEX.128.66.W0 0F 3A 4C /r ib | VPBLENDVB Vx,Hx,Wx,Lx | PBLENDVB(w,r,r,r) | AVX
VEX.256.66.W0 0F 3A 4C /r ib | VPBLENDVB Vx,Hx,Wx,Lx | PBLENDVB(w,r,r,r) | AVX2
`;

/** A bit of imm takes the lane from y. */
export function BLENDPS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.v128Bitselect(y, x, m.i32x4Mask(imm));
}

export function BLENDPD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.v128Bitselect(y, x, m.i64x2Mask(imm));
}

export function PBLENDW<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.v128Bitselect(y, x, m.i16x8Mask(imm));
}

/** The top bit of a lane of the mask takes it from y. */
export function BLENDVPS<M, T, V>(m: M, x: V, y: V, mask: V): V {
  return m.v128Bitselect(y, x, m.i32x4ShrS(mask, m.const(31)));
}

export function BLENDVPD<M, T, V>(m: M, x: V, y: V, mask: V): V {
  return m.v128Bitselect(y, x, m.i64x2ShrS(mask, m.const(63)));
}

export function PBLENDVB<M, T, V>(m: M, x: V, y: V, mask: V): V {
  return m.v128Bitselect(y, x, m.i8x16GtS(m.zeros(), mask));
}
