/** Products and sums of differences of integers: PMUL PMADD PSADBW MPSADBW: SDM vol. 2B. */

export const ROWS = `
NP 0F D5 /r       | PMULLW Pq,Qq     | PMULLW(rw,r)    | MMX
66 0F D5 /r       | PMULLW Vx,Wx     | PMULLW(rw,r)    | SSE2 avx2
NP 0F E5 /r       | PMULHW Pq,Qq     | PMULHW(rw,r)    | MMX
66 0F E5 /r       | PMULHW Vx,Wx     | PMULHW(rw,r)    | SSE2 avx2
NP 0F E4 /r       | PMULHUW Pq,Qq    | PMULHUW(rw,r)   | SSE
66 0F E4 /r       | PMULHUW Vx,Wx    | PMULHUW(rw,r)   | SSE2 avx2
NP 0F F5 /r       | PMADDWD Pq,Qq    | PMADDWD(rw,r)   | MMX
66 0F F5 /r       | PMADDWD Vx,Wx    | PMADDWD(rw,r)   | SSE2 avx2
NP 0F F4 /r       | PMULUDQ Pq,Qq    | PMULUDQ(rw,r)   | SSE2
66 0F F4 /r       | PMULUDQ Vx,Wx    | PMULUDQ(rw,r)   | SSE2 avx2
NP 0F F6 /r       | PSADBW Pq,Qq     | PSADBW(rw,r)    | SSE
66 0F F6 /r       | PSADBW Vx,Wx     | PSADBW(rw,r)    | SSE2 avx2
NP 0F 38 04 /r    | PMADDUBSW Pq,Qq  | PMADDUBSW(rw,r) | SSSE3
66 0F 38 04 /r    | PMADDUBSW Vx,Wx  | PMADDUBSW(rw,r) | SSSE3 avx2
NP 0F 38 0B /r    | PMULHRSW Pq,Qq   | PMULHRSW(rw,r)  | SSSE3
66 0F 38 0B /r    | PMULHRSW Vx,Wx   | PMULHRSW(rw,r)  | SSSE3 avx2
66 0F 38 40 /r    | PMULLD Vx,Wx     | PMULLD(rw,r)    | SSE41 avx2
66 0F 38 28 /r    | PMULDQ Vx,Wx     | PMULDQ(rw,r)    | SSE41 avx2
66 0F 3A 42 /r ib | MPSADBW Vx,Wx,Ib | MPSADBW(rw,r,r) | SSE41 avx2 imm/3
`;

export function PMULLW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Mul(x, y);
}

export function PMULHW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Odd(m.i32x4ExtmulLowI16x8S(x, y), m.i32x4ExtmulHighI16x8S(x, y));
}

export function PMULHUW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Odd(m.i32x4ExtmulLowI16x8U(x, y), m.i32x4ExtmulHighI16x8U(x, y));
}

export function PMADDWD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4DotI16x8S(x, y);
}

export function PMULUDQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2ExtmulLowI32x4U(m.i32x4Even(x, x), m.i32x4Even(y, y));
}

/** The sum of the eight differences in each half. */
export function PSADBW<M, T, V>(m: M, x: V, y: V): V {
  const d = m.v128Or(m.i8x16SubSatU(x, y), m.i8x16SubSatU(y, x));
  const sums = m.i32x4ExtaddPairwiseI16x8U(m.i16x8ExtaddPairwiseI8x16U(d));
  return m.v128And(m.i64x2Add(sums, m.i64x2ShrU(sums, m.const(32))), m.i64x2Splat(m.const(0xffff)));
}

/** Unsigned bytes of x times signed ones of y. */
export function PMADDUBSW<M, T, V>(m: M, x: V, y: V): V {
  const even = m.i16x8Mul(
    m.v128And(x, m.i16x8Splat(m.const(0xff))),
    m.i16x8ShrS(m.i16x8Shl(y, m.const(8)), m.const(8)),
  );
  const odd = m.i16x8Mul(m.i16x8ShrU(x, m.const(8)), m.i16x8ShrS(y, m.const(8)));
  return m.i16x8AddSatS(even, odd);
}

/** -1 times -1 wraps to -1 here, where WebAssembly saturates. */
export function PMULHRSW<M, T, V>(m: M, x: V, y: V): V {
  const least = m.i16x8Splat(m.const(0x8000));
  const r = m.i16x8Q15mulrSatS(x, y);
  return m.v128Xor(r, m.v128And(m.i16x8Eq(x, least), m.i16x8Eq(y, least)));
}

export function PMULLD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4Mul(x, y);
}

export function PMULDQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2ExtmulLowI32x4S(m.i32x4Even(x, x), m.i32x4Even(y, y));
}

/** Differences of four bytes of y, chosen by imm, from the four at each of eight places in x. */
export function MPSADBW<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  const from = imm & 4;
  const block = (imm & 3) << 2;
  let sums = m.zeros();
  for (let n: u32 = 0; n < 4; n++) {
    const bytes = m.i16x8ExtendLowI8x16U(m.bytesFrom(x, from + n));
    const byte = m.i16x8ExtendLowI8x16U(m.i8x16Swizzle(y, m.i8x16Splat(m.const(block + n))));
    sums = m.i16x8Add(sums, m.i16x8Abs(m.i16x8Sub(bytes, byte)));
  }
  return sums;
}
