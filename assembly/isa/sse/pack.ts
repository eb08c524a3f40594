/** Narrowing, interleaving and widening: PACK PUNPCK UNPCKPS UNPCKPD PMOVSX PMOVZX: SDM vol. 2B. */

export const ROWS = `
NP 0F 63 /r    | PACKSSWB Pq,Qq   | PACKSSWB64(rw,r)  | MMX
66 0F 63 /r    | PACKSSWB Vx,Wx   | PACKSSWB(rw,r)    | SSE2 avx2
NP 0F 6B /r    | PACKSSDW Pq,Qq   | PACKSSDW64(rw,r)  | MMX
66 0F 6B /r    | PACKSSDW Vx,Wx   | PACKSSDW(rw,r)    | SSE2 avx2
NP 0F 67 /r    | PACKUSWB Pq,Qq   | PACKUSWB64(rw,r)  | MMX
66 0F 67 /r    | PACKUSWB Vx,Wx   | PACKUSWB(rw,r)    | SSE2 avx2
66 0F 38 2B /r | PACKUSDW Vx,Wx   | PACKUSDW(rw,r)    | SSE41 avx2
NP 0F 60 /r    | PUNPCKLBW Pq,Qd  | PUNPCKLBW(rw,r)   | MMX
66 0F 60 /r    | PUNPCKLBW Vx,Wx  | PUNPCKLBW(rw,r)   | SSE2 avx2
NP 0F 61 /r    | PUNPCKLWD Pq,Qd  | PUNPCKLWD(rw,r)   | MMX
66 0F 61 /r    | PUNPCKLWD Vx,Wx  | PUNPCKLWD(rw,r)   | SSE2 avx2
NP 0F 62 /r    | PUNPCKLDQ Pq,Qd  | PUNPCKLDQ(rw,r)   | MMX
66 0F 62 /r    | PUNPCKLDQ Vx,Wx  | PUNPCKLDQ(rw,r)   | SSE2 avx2
NP 0F 68 /r    | PUNPCKHBW Pq,Qq  | PUNPCKHBW64(rw,r) | MMX
66 0F 68 /r    | PUNPCKHBW Vx,Wx  | PUNPCKHBW(rw,r)   | SSE2 avx2
NP 0F 69 /r    | PUNPCKHWD Pq,Qq  | PUNPCKHWD64(rw,r) | MMX
66 0F 69 /r    | PUNPCKHWD Vx,Wx  | PUNPCKHWD(rw,r)   | SSE2 avx2
NP 0F 6A /r    | PUNPCKHDQ Pq,Qq  | PUNPCKHDQ64(rw,r) | MMX
66 0F 6A /r    | PUNPCKHDQ Vx,Wx  | PUNPCKHDQ(rw,r)   | SSE2 avx2
66 0F 6C /r    | PUNPCKLQDQ Vx,Wx | PUNPCKLQDQ(rw,r)  | SSE2 avx2
66 0F 6D /r    | PUNPCKHQDQ Vx,Wx | PUNPCKHQDQ(rw,r)  | SSE2 avx2
NP 0F 14 /r    | UNPCKLPS Vx,Wx   | PUNPCKLDQ(rw,r)   | SSE avx
66 0F 14 /r    | UNPCKLPD Vx,Wx   | PUNPCKLQDQ(rw,r)  | SSE2 avx
NP 0F 15 /r    | UNPCKHPS Vx,Wx   | PUNPCKHDQ(rw,r)   | SSE avx
66 0F 15 /r    | UNPCKHPD Vx,Wx   | PUNPCKHQDQ(rw,r)  | SSE2 avx
66 0F 38 20 /r | PMOVSXBW Vx,Wxh  | PMOVSXBW(w,r)     | SSE41 avx2
66 0F 38 30 /r | PMOVZXBW Vx,Wxh  | PMOVZXBW(w,r)     | SSE41 avx2
66 0F 38 21 /r | PMOVSXBD Vx,Wxq  | PMOVSXBD(w,r)     | SSE41 avx2
66 0F 38 31 /r | PMOVZXBD Vx,Wxq  | PMOVZXBD(w,r)     | SSE41 avx2
66 0F 38 22 /r | PMOVSXBQ Vx,Wxe  | PMOVSXBQ(w,r)     | SSE41 avx2
66 0F 38 32 /r | PMOVZXBQ Vx,Wxe  | PMOVZXBQ(w,r)     | SSE41 avx2
66 0F 38 23 /r | PMOVSXWD Vx,Wxh  | PMOVSXWD(w,r)     | SSE41 avx2
66 0F 38 33 /r | PMOVZXWD Vx,Wxh  | PMOVZXWD(w,r)     | SSE41 avx2
66 0F 38 24 /r | PMOVSXWQ Vx,Wxq  | PMOVSXWQ(w,r)     | SSE41 avx2
66 0F 38 34 /r | PMOVZXWQ Vx,Wxq  | PMOVZXWQ(w,r)     | SSE41 avx2
66 0F 38 25 /r | PMOVSXDQ Vx,Wxh  | PMOVSXDQ(w,r)     | SSE41 avx2
66 0F 38 35 /r | PMOVZXDQ Vx,Wxh  | PMOVZXDQ(w,r)     | SSE41 avx2
`;

export function PACKSSWB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16NarrowI16x8S(x, y);
}

export function PACKSSWB64<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16NarrowI16x8S(m.pair(x, y), m.zeros());
}

export function PACKSSDW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8NarrowI32x4S(x, y);
}

export function PACKSSDW64<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8NarrowI32x4S(m.pair(x, y), m.zeros());
}

export function PACKUSWB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16NarrowI16x8U(x, y);
}

export function PACKUSWB64<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16NarrowI16x8U(m.pair(x, y), m.zeros());
}

export function PACKUSDW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8NarrowI32x4U(x, y);
}

export function PUNPCKLBW<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16InterleaveLow(x, y);
}

export function PUNPCKLWD<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8InterleaveLow(x, y);
}

export function PUNPCKLDQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4InterleaveLow(x, y);
}

export function PUNPCKHBW<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16InterleaveHigh(x, y);
}

export function PUNPCKHBW64<M, T, V>(m: M, x: V, y: V): V {
  return m.bytesFrom(m.i8x16InterleaveLow(x, y), 8);
}

export function PUNPCKHWD<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8InterleaveHigh(x, y);
}

export function PUNPCKHWD64<M, T, V>(m: M, x: V, y: V): V {
  return m.bytesFrom(m.i16x8InterleaveLow(x, y), 8);
}

export function PUNPCKHDQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4InterleaveHigh(x, y);
}

export function PUNPCKHDQ64<M, T, V>(m: M, x: V, y: V): V {
  return m.bytesFrom(m.i32x4InterleaveLow(x, y), 8);
}

export function PUNPCKLQDQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2InterleaveLow(x, y);
}

export function PUNPCKHQDQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2InterleaveHigh(x, y);
}

export function PMOVSXBW<M, T, V>(m: M, x: V): V {
  return m.i16x8ExtendLowI8x16S(x);
}

export function PMOVZXBW<M, T, V>(m: M, x: V): V {
  return m.i16x8ExtendLowI8x16U(x);
}

export function PMOVSXBD<M, T, V>(m: M, x: V): V {
  return m.i32x4ExtendLowI16x8S(m.i16x8ExtendLowI8x16S(x));
}

export function PMOVZXBD<M, T, V>(m: M, x: V): V {
  return m.i32x4ExtendLowI16x8U(m.i16x8ExtendLowI8x16U(x));
}

export function PMOVSXBQ<M, T, V>(m: M, x: V): V {
  return m.i64x2ExtendLowI32x4S(m.i32x4ExtendLowI16x8S(m.i16x8ExtendLowI8x16S(x)));
}

export function PMOVZXBQ<M, T, V>(m: M, x: V): V {
  return m.i64x2ExtendLowI32x4U(m.i32x4ExtendLowI16x8U(m.i16x8ExtendLowI8x16U(x)));
}

export function PMOVSXWD<M, T, V>(m: M, x: V): V {
  return m.i32x4ExtendLowI16x8S(x);
}

export function PMOVZXWD<M, T, V>(m: M, x: V): V {
  return m.i32x4ExtendLowI16x8U(x);
}

export function PMOVSXWQ<M, T, V>(m: M, x: V): V {
  return m.i64x2ExtendLowI32x4S(m.i32x4ExtendLowI16x8S(x));
}

export function PMOVZXWQ<M, T, V>(m: M, x: V): V {
  return m.i64x2ExtendLowI32x4U(m.i32x4ExtendLowI16x8U(x));
}

export function PMOVSXDQ<M, T, V>(m: M, x: V): V {
  return m.i64x2ExtendLowI32x4S(x);
}

export function PMOVZXDQ<M, T, V>(m: M, x: V): V {
  return m.i64x2ExtendLowI32x4U(x);
}
