/** Sums, differences, averages, absolute values and signs of integers: PADD PSUB PAVG PHADD PHSUB PABS PSIGN: SDM vol. 2B. */

export const ROWS = `
NP 0F FC /r    | PADDB Pq,Qq   | PADDB(rw,r)     | MMX
66 0F FC /r    | PADDB Vx,Wx   | PADDB(rw,r)     | SSE2 avx2
NP 0F FD /r    | PADDW Pq,Qq   | PADDW(rw,r)     | MMX
66 0F FD /r    | PADDW Vx,Wx   | PADDW(rw,r)     | SSE2 avx2
NP 0F FE /r    | PADDD Pq,Qq   | PADDD(rw,r)     | MMX
66 0F FE /r    | PADDD Vx,Wx   | PADDD(rw,r)     | SSE2 avx2
NP 0F D4 /r    | PADDQ Pq,Qq   | PADDQ(rw,r)     | MMX
66 0F D4 /r    | PADDQ Vx,Wx   | PADDQ(rw,r)     | SSE2 avx2
NP 0F EC /r    | PADDSB Pq,Qq  | PADDSB(rw,r)    | MMX
66 0F EC /r    | PADDSB Vx,Wx  | PADDSB(rw,r)    | SSE2 avx2
NP 0F ED /r    | PADDSW Pq,Qq  | PADDSW(rw,r)    | MMX
66 0F ED /r    | PADDSW Vx,Wx  | PADDSW(rw,r)    | SSE2 avx2
NP 0F DC /r    | PADDUSB Pq,Qq | PADDUSB(rw,r)   | MMX
66 0F DC /r    | PADDUSB Vx,Wx | PADDUSB(rw,r)   | SSE2 avx2
NP 0F DD /r    | PADDUSW Pq,Qq | PADDUSW(rw,r)   | MMX
66 0F DD /r    | PADDUSW Vx,Wx | PADDUSW(rw,r)   | SSE2 avx2
NP 0F F8 /r    | PSUBB Pq,Qq   | PSUBB(rw,r)     | MMX
66 0F F8 /r    | PSUBB Vx,Wx   | PSUBB(rw,r)     | SSE2 avx2
NP 0F F9 /r    | PSUBW Pq,Qq   | PSUBW(rw,r)     | MMX
66 0F F9 /r    | PSUBW Vx,Wx   | PSUBW(rw,r)     | SSE2 avx2
NP 0F FA /r    | PSUBD Pq,Qq   | PSUBD(rw,r)     | MMX
66 0F FA /r    | PSUBD Vx,Wx   | PSUBD(rw,r)     | SSE2 avx2
NP 0F FB /r    | PSUBQ Pq,Qq   | PSUBQ(rw,r)     | SSE2
66 0F FB /r    | PSUBQ Vx,Wx   | PSUBQ(rw,r)     | SSE2 avx2
NP 0F E8 /r    | PSUBSB Pq,Qq  | PSUBSB(rw,r)    | MMX
66 0F E8 /r    | PSUBSB Vx,Wx  | PSUBSB(rw,r)    | SSE2 avx2
NP 0F E9 /r    | PSUBSW Pq,Qq  | PSUBSW(rw,r)    | MMX
66 0F E9 /r    | PSUBSW Vx,Wx  | PSUBSW(rw,r)    | SSE2 avx2
NP 0F D8 /r    | PSUBUSB Pq,Qq | PSUBUSB(rw,r)   | MMX
66 0F D8 /r    | PSUBUSB Vx,Wx | PSUBUSB(rw,r)   | SSE2 avx2
NP 0F D9 /r    | PSUBUSW Pq,Qq | PSUBUSW(rw,r)   | MMX
66 0F D9 /r    | PSUBUSW Vx,Wx | PSUBUSW(rw,r)   | SSE2 avx2
NP 0F E0 /r    | PAVGB Pq,Qq   | PAVGB(rw,r)     | SSE
66 0F E0 /r    | PAVGB Vx,Wx   | PAVGB(rw,r)     | SSE2 avx2
NP 0F E3 /r    | PAVGW Pq,Qq   | PAVGW(rw,r)     | SSE
66 0F E3 /r    | PAVGW Vx,Wx   | PAVGW(rw,r)     | SSE2 avx2
NP 0F 38 01 /r | PHADDW Pq,Qq  | PHADDW64(rw,r)  | SSSE3
66 0F 38 01 /r | PHADDW Vx,Wx  | PHADDW(rw,r)    | SSSE3 avx2
NP 0F 38 02 /r | PHADDD Pq,Qq  | PHADDD64(rw,r)  | SSSE3
66 0F 38 02 /r | PHADDD Vx,Wx  | PHADDD(rw,r)    | SSSE3 avx2
NP 0F 38 03 /r | PHADDSW Pq,Qq | PHADDSW64(rw,r) | SSSE3
66 0F 38 03 /r | PHADDSW Vx,Wx | PHADDSW(rw,r)   | SSSE3 avx2
NP 0F 38 05 /r | PHSUBW Pq,Qq  | PHSUBW64(rw,r)  | SSSE3
66 0F 38 05 /r | PHSUBW Vx,Wx  | PHSUBW(rw,r)    | SSSE3 avx2
NP 0F 38 06 /r | PHSUBD Pq,Qq  | PHSUBD64(rw,r)  | SSSE3
66 0F 38 06 /r | PHSUBD Vx,Wx  | PHSUBD(rw,r)    | SSSE3 avx2
NP 0F 38 07 /r | PHSUBSW Pq,Qq | PHSUBSW64(rw,r) | SSSE3
66 0F 38 07 /r | PHSUBSW Vx,Wx | PHSUBSW(rw,r)   | SSSE3 avx2
NP 0F 38 1C /r | PABSB Pq,Qq   | PABSB(w,r)      | SSSE3
66 0F 38 1C /r | PABSB Vx,Wx   | PABSB(w,r)      | SSSE3 avx2
NP 0F 38 1D /r | PABSW Pq,Qq   | PABSW(w,r)      | SSSE3
66 0F 38 1D /r | PABSW Vx,Wx   | PABSW(w,r)      | SSSE3 avx2
NP 0F 38 1E /r | PABSD Pq,Qq   | PABSD(w,r)      | SSSE3
66 0F 38 1E /r | PABSD Vx,Wx   | PABSD(w,r)      | SSSE3 avx2
NP 0F 38 08 /r | PSIGNB Pq,Qq  | PSIGNB(rw,r)    | SSSE3
66 0F 38 08 /r | PSIGNB Vx,Wx  | PSIGNB(rw,r)    | SSSE3 avx2
NP 0F 38 09 /r | PSIGNW Pq,Qq  | PSIGNW(rw,r)    | SSSE3
66 0F 38 09 /r | PSIGNW Vx,Wx  | PSIGNW(rw,r)    | SSSE3 avx2
NP 0F 38 0A /r | PSIGND Pq,Qq  | PSIGND(rw,r)    | SSSE3
66 0F 38 0A /r | PSIGND Vx,Wx  | PSIGND(rw,r)    | SSSE3 avx2
`;

export function PADDB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16Add(x, y);
}

export function PADDW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Add(x, y);
}

export function PADDD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4Add(x, y);
}

export function PADDQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2Add(x, y);
}

export function PADDSB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16AddSatS(x, y);
}

export function PADDSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8AddSatS(x, y);
}

export function PADDUSB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16AddSatU(x, y);
}

export function PADDUSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8AddSatU(x, y);
}

export function PSUBB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16Sub(x, y);
}

export function PSUBW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Sub(x, y);
}

export function PSUBD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4Sub(x, y);
}

export function PSUBQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2Sub(x, y);
}

export function PSUBSB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16SubSatS(x, y);
}

export function PSUBSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8SubSatS(x, y);
}

export function PSUBUSB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16SubSatU(x, y);
}

export function PSUBUSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8SubSatU(x, y);
}

export function PAVGB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16AvgrU(x, y);
}

export function PAVGW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8AvgrU(x, y);
}

// Neighbouring lanes of x, then of y. The MMX forms see both operands as one vector.
export function PHADDW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Add(m.i16x8Even(x, y), m.i16x8Odd(x, y));
}

export function PHADDD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4Add(m.i32x4Even(x, y), m.i32x4Odd(x, y));
}

export function PHADDSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8AddSatS(m.i16x8Even(x, y), m.i16x8Odd(x, y));
}

export function PHSUBW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Sub(m.i16x8Even(x, y), m.i16x8Odd(x, y));
}

export function PHSUBD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4Sub(m.i32x4Even(x, y), m.i32x4Odd(x, y));
}

export function PHSUBSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8SubSatS(m.i16x8Even(x, y), m.i16x8Odd(x, y));
}

export function PHADDW64<M, T, V>(m: M, x: V, y: V): V {
  return PHADDW<M, T, V>(m, m.pair(x, y), m.zeros());
}

export function PHADDD64<M, T, V>(m: M, x: V, y: V): V {
  return PHADDD<M, T, V>(m, m.pair(x, y), m.zeros());
}

export function PHADDSW64<M, T, V>(m: M, x: V, y: V): V {
  return PHADDSW<M, T, V>(m, m.pair(x, y), m.zeros());
}

export function PHSUBW64<M, T, V>(m: M, x: V, y: V): V {
  return PHSUBW<M, T, V>(m, m.pair(x, y), m.zeros());
}

export function PHSUBD64<M, T, V>(m: M, x: V, y: V): V {
  return PHSUBD<M, T, V>(m, m.pair(x, y), m.zeros());
}

export function PHSUBSW64<M, T, V>(m: M, x: V, y: V): V {
  return PHSUBSW<M, T, V>(m, m.pair(x, y), m.zeros());
}

export function PABSB<M, T, V>(m: M, x: V): V {
  return m.i8x16Abs(x);
}

export function PABSW<M, T, V>(m: M, x: V): V {
  return m.i16x8Abs(x);
}

export function PABSD<M, T, V>(m: M, x: V): V {
  return m.i32x4Abs(x);
}

/** -x where y is negative, 0 where it is 0. */
export function PSIGNB<M, T, V>(m: M, x: V, y: V): V {
  const negative = m.i8x16GtS(m.zeros(), y);
  const r = m.i8x16Sub(m.v128Xor(x, negative), negative);
  return m.v128Andnot(r, m.i8x16Eq(y, m.zeros()));
}

export function PSIGNW<M, T, V>(m: M, x: V, y: V): V {
  const negative = m.i16x8GtS(m.zeros(), y);
  const r = m.i16x8Sub(m.v128Xor(x, negative), negative);
  return m.v128Andnot(r, m.i16x8Eq(y, m.zeros()));
}

export function PSIGND<M, T, V>(m: M, x: V, y: V): V {
  const negative = m.i32x4GtS(m.zeros(), y);
  const r = m.i32x4Sub(m.v128Xor(x, negative), negative);
  return m.v128Andnot(r, m.i32x4Eq(y, m.zeros()));
}
