/** Comparisons and extremes of integers: PCMPEQ PCMPGT PMIN PMAX PHMINPOSUW: SDM vol. 2B. PCMPGTQ belongs to SSE4.2. */

export const ROWS = `
NP 0F 74 /r    | PCMPEQB Pq,Qq    | PCMPEQB(rw,r)   | MMX
66 0F 74 /r    | PCMPEQB Vx,Wx    | PCMPEQB(rw,r)   | SSE2 avx2
NP 0F 75 /r    | PCMPEQW Pq,Qq    | PCMPEQW(rw,r)   | MMX
66 0F 75 /r    | PCMPEQW Vx,Wx    | PCMPEQW(rw,r)   | SSE2 avx2
NP 0F 76 /r    | PCMPEQD Pq,Qq    | PCMPEQD(rw,r)   | MMX
66 0F 76 /r    | PCMPEQD Vx,Wx    | PCMPEQD(rw,r)   | SSE2 avx2
NP 0F 64 /r    | PCMPGTB Pq,Qq    | PCMPGTB(rw,r)   | MMX
66 0F 64 /r    | PCMPGTB Vx,Wx    | PCMPGTB(rw,r)   | SSE2 avx2
NP 0F 65 /r    | PCMPGTW Pq,Qq    | PCMPGTW(rw,r)   | MMX
66 0F 65 /r    | PCMPGTW Vx,Wx    | PCMPGTW(rw,r)   | SSE2 avx2
NP 0F 66 /r    | PCMPGTD Pq,Qq    | PCMPGTD(rw,r)   | MMX
66 0F 66 /r    | PCMPGTD Vx,Wx    | PCMPGTD(rw,r)   | SSE2 avx2
NP 0F DA /r    | PMINUB Pq,Qq     | PMINUB(rw,r)    | SSE
66 0F DA /r    | PMINUB Vx,Wx     | PMINUB(rw,r)    | SSE2 avx2
NP 0F DE /r    | PMAXUB Pq,Qq     | PMAXUB(rw,r)    | SSE
66 0F DE /r    | PMAXUB Vx,Wx     | PMAXUB(rw,r)    | SSE2 avx2
NP 0F EA /r    | PMINSW Pq,Qq     | PMINSW(rw,r)    | SSE
66 0F EA /r    | PMINSW Vx,Wx     | PMINSW(rw,r)    | SSE2 avx2
NP 0F EE /r    | PMAXSW Pq,Qq     | PMAXSW(rw,r)    | SSE
66 0F EE /r    | PMAXSW Vx,Wx     | PMAXSW(rw,r)    | SSE2 avx2
66 0F 38 29 /r | PCMPEQQ Vx,Wx    | PCMPEQQ(rw,r)   | SSE41 avx2
66 0F 38 38 /r | PMINSB Vx,Wx     | PMINSB(rw,r)    | SSE41 avx2
66 0F 38 39 /r | PMINSD Vx,Wx     | PMINSD(rw,r)    | SSE41 avx2
66 0F 38 3A /r | PMINUW Vx,Wx     | PMINUW(rw,r)    | SSE41 avx2
66 0F 38 3B /r | PMINUD Vx,Wx     | PMINUD(rw,r)    | SSE41 avx2
66 0F 38 3C /r | PMAXSB Vx,Wx     | PMAXSB(rw,r)    | SSE41 avx2
66 0F 38 3D /r | PMAXSD Vx,Wx     | PMAXSD(rw,r)    | SSE41 avx2
66 0F 38 3E /r | PMAXUW Vx,Wx     | PMAXUW(rw,r)    | SSE41 avx2
66 0F 38 3F /r | PMAXUD Vx,Wx     | PMAXUD(rw,r)    | SSE41 avx2
66 0F 38 41 /r | PHMINPOSUW Vx,Wx | PHMINPOSUW(w,r) | SSE41 avx/128
`;

export function PCMPEQB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16Eq(x, y);
}

export function PCMPEQW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8Eq(x, y);
}

export function PCMPEQD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4Eq(x, y);
}

export function PCMPGTB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16GtS(x, y);
}

export function PCMPGTW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8GtS(x, y);
}

export function PCMPGTD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4GtS(x, y);
}

export function PMINUB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16MinU(x, y);
}

export function PMAXUB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16MaxU(x, y);
}

export function PMINSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8MinS(x, y);
}

export function PMAXSW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8MaxS(x, y);
}

export function PCMPEQQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2Eq(x, y);
}

export function PMINSB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16MinS(x, y);
}

export function PMINSD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4MinS(x, y);
}

export function PMINUW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8MinU(x, y);
}

export function PMINUD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4MinU(x, y);
}

export function PMAXSB<M, T, V>(m: M, x: V, y: V): V {
  return m.i8x16MaxS(x, y);
}

export function PMAXSD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4MaxS(x, y);
}

export function PMAXUW<M, T, V>(m: M, x: V, y: V): V {
  return m.i16x8MaxU(x, y);
}

export function PMAXUD<M, T, V>(m: M, x: V, y: V): V {
  return m.i32x4MaxU(x, y);
}

/** The least word and its number: the least of (word, number) finds the first of equals. */
export function PHMINPOSUW<M, T, V>(m: M, x: V): V {
  const numbers = m.vector128(m.const(0x0003000200010000), m.const(0x0007000600050004));
  let least = m.i32x4MinU(m.i16x8InterleaveLow(numbers, x), m.i16x8InterleaveHigh(numbers, x));
  least = m.i32x4MinU(least, m.i32x4Permute(least, 0x4e));
  least = m.i32x4MinU(least, m.i32x4Permute(least, 0xb1));
  return m.vector64(m.rol<u32>(m.trunc<u32>(m.low64(least)), m.const(16)));
}
