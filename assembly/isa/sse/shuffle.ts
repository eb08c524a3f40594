/** Lanes in another order: PSHUF SHUFPS SHUFPD PSHUFB PALIGNR MOVSLDUP MOVSHDUP MOVDDUP: SDM vol. 2. */

export const ROWS = `
NP 0F 70 /r ib      | PSHUFW Pq,Qq,Ib  | PSHUFLW(w,r,r)    | SSE
F2 0F 70 /r ib      | PSHUFLW Vx,Wx,Ib | PSHUFLW(w,r,r)    | SSE2 avx2
F3 0F 70 /r ib      | PSHUFHW Vx,Wx,Ib | PSHUFHW(w,r,r)    | SSE2 avx2
66 0F 70 /r ib      | PSHUFD Vx,Wx,Ib  | PSHUFD(w,r,r)     | SSE2 avx2
NP 0F C6 /r ib      | SHUFPS Vx,Wx,Ib  | SHUFPS(rw,r,r)    | SSE avx
66 0F C6 /r ib      | SHUFPD Vx,Wx,Ib  | SHUFPD(rw,r,r)    | SSE2 avx imm/2
NP 0F 38 00 /r      | PSHUFB Pq,Qq     | PSHUFB64(rw,r)    | SSSE3
66 0F 38 00 /r      | PSHUFB Vx,Wx     | PSHUFB(rw,r)      | SSSE3 avx2
NP 0F 3A 0F /r ib   | PALIGNR Pq,Qq,Ib | PALIGNR64(rw,r,r) | SSSE3
66 0F 3A 0F /r ib   | PALIGNR Vx,Wx,Ib | PALIGNR(rw,r,r)   | SSSE3 avx2
F3 0F 12 /r         | MOVSLDUP Vx,Wx   | MOVSLDUP(w,r)     | SSE3 avx
F3 0F 16 /r         | MOVSHDUP Vx,Wx   | MOVSHDUP(w,r)     | SSE3 avx
F2 0F 12 /r         | MOVDDUP Vdq,Wq   | MOVDDUP(w,r)      | SSE3 avx/128
VEX.256.F2 0F 12 /r | VMOVDDUP Vx,Wx   | MOVDDUP(w,r)      | AVX
`;

/** The low four words; those of an MMX register are all it has. */
export function PSHUFLW<M, T, V>(m: M, x: V, imm: u32): V {
  return m.i16x8PermuteLow(x, imm);
}

export function PSHUFHW<M, T, V>(m: M, x: V, imm: u32): V {
  return m.i16x8PermuteHigh(x, imm);
}

export function PSHUFD<M, T, V>(m: M, x: V, imm: u32): V {
  return m.i32x4Permute(x, imm);
}

/** Two lanes of x, then two of y. */
export function SHUFPS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.i64x2LowOf(m.i32x4Permute(x, imm), m.i32x4Permute(y, imm));
}

export function SHUFPD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  const low = imm & 1 ? m.i64x2InterleaveHigh(x, x) : x;
  return imm & 2 ? m.i64x2LowOf(low, y) : m.i64x2InterleaveLow(low, y);
}

/** Bit 7 of an index makes a zero. */
export function PSHUFB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16Swizzle(x, m.v128And(y, m.i8x16Splat(m.const(0x8f))));
}

export function PSHUFB64<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16Swizzle(x, m.v128And(y, m.i8x16Splat(m.const(0x87))));
}

/** 16 bytes from byte imm of x:y. */
export function PALIGNR<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  if (imm >= 16) return m.bytesFrom(x, min<u32>(imm - 16, 16));
  return m.bytesOf(x, y, imm);
}

export function PALIGNR64<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  if (imm >= 8) return m.bytesFrom(x, min<u32>(imm - 8, 16));
  return m.v128Or(m.bytesFrom(y, imm), m.bytesUp(x, 8 - imm));
}

export function MOVSLDUP<M, T, V>(m: M, x: V): V {
  const even = m.i32x4Even(x, x);
  return m.i32x4InterleaveLow(even, even);
}

export function MOVSHDUP<M, T, V>(m: M, x: V): V {
  const odd = m.i32x4Odd(x, x);
  return m.i32x4InterleaveLow(odd, odd);
}

export function MOVDDUP<M, T, V>(m: M, x: V): V {
  return m.i64x2InterleaveLow(x, x);
}
