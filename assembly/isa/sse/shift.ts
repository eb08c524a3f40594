/** Shifts of integers, and of whole registers by bytes: PSLL PSRL PSRA PSLLDQ PSRLDQ: SDM vol. 2B. */

export const ROWS = `
NP 0F D1 /r    | PSRLW Pq,Qq  | PSRLW(rw,r)   | MMX
66 0F D1 /r    | PSRLW Vx,Wdq | PSRLW(rw,r)   | SSE2 avx2
NP 0F 71 /2 ib | PSRLW Nq,Ib  | PSRLW_I(rw,r) | MMX
66 0F 71 /2 ib | PSRLW Ux,Ib  | PSRLW_I(rw,r) | SSE2 avx2
NP 0F E1 /r    | PSRAW Pq,Qq  | PSRAW(rw,r)   | MMX
66 0F E1 /r    | PSRAW Vx,Wdq | PSRAW(rw,r)   | SSE2 avx2
NP 0F 71 /4 ib | PSRAW Nq,Ib  | PSRAW_I(rw,r) | MMX
66 0F 71 /4 ib | PSRAW Ux,Ib  | PSRAW_I(rw,r) | SSE2 avx2
NP 0F F1 /r    | PSLLW Pq,Qq  | PSLLW(rw,r)   | MMX
66 0F F1 /r    | PSLLW Vx,Wdq | PSLLW(rw,r)   | SSE2 avx2
NP 0F 71 /6 ib | PSLLW Nq,Ib  | PSLLW_I(rw,r) | MMX
66 0F 71 /6 ib | PSLLW Ux,Ib  | PSLLW_I(rw,r) | SSE2 avx2
NP 0F D2 /r    | PSRLD Pq,Qq  | PSRLD(rw,r)   | MMX
66 0F D2 /r    | PSRLD Vx,Wdq | PSRLD(rw,r)   | SSE2 avx2
NP 0F 72 /2 ib | PSRLD Nq,Ib  | PSRLD_I(rw,r) | MMX
66 0F 72 /2 ib | PSRLD Ux,Ib  | PSRLD_I(rw,r) | SSE2 avx2
NP 0F E2 /r    | PSRAD Pq,Qq  | PSRAD(rw,r)   | MMX
66 0F E2 /r    | PSRAD Vx,Wdq | PSRAD(rw,r)   | SSE2 avx2
NP 0F 72 /4 ib | PSRAD Nq,Ib  | PSRAD_I(rw,r) | MMX
66 0F 72 /4 ib | PSRAD Ux,Ib  | PSRAD_I(rw,r) | SSE2 avx2
NP 0F F2 /r    | PSLLD Pq,Qq  | PSLLD(rw,r)   | MMX
66 0F F2 /r    | PSLLD Vx,Wdq | PSLLD(rw,r)   | SSE2 avx2
NP 0F 72 /6 ib | PSLLD Nq,Ib  | PSLLD_I(rw,r) | MMX
66 0F 72 /6 ib | PSLLD Ux,Ib  | PSLLD_I(rw,r) | SSE2 avx2
NP 0F D3 /r    | PSRLQ Pq,Qq  | PSRLQ(rw,r)   | MMX
66 0F D3 /r    | PSRLQ Vx,Wdq | PSRLQ(rw,r)   | SSE2 avx2
NP 0F 73 /2 ib | PSRLQ Nq,Ib  | PSRLQ_I(rw,r) | MMX
66 0F 73 /2 ib | PSRLQ Ux,Ib  | PSRLQ_I(rw,r) | SSE2 avx2
NP 0F F3 /r    | PSLLQ Pq,Qq  | PSLLQ(rw,r)   | MMX
66 0F F3 /r    | PSLLQ Vx,Wdq | PSLLQ(rw,r)   | SSE2 avx2
NP 0F 73 /6 ib | PSLLQ Nq,Ib  | PSLLQ_I(rw,r) | MMX
66 0F 73 /6 ib | PSLLQ Ux,Ib  | PSLLQ_I(rw,r) | SSE2 avx2
66 0F 73 /3 ib | PSRLDQ Ux,Ib | PSRLDQ(rw,r)  | SSE2 avx2
66 0F 73 /7 ib | PSLLDQ Ux,Ib | PSLLDQ(rw,r)  | SSE2 avx2
`;

// The count is the low 64 bits of the second operand, whole: nothing is left of a lane that is shifted by its width or more.
function shiftRight16<M, V>(m: M, x: V, n: u64): V {
  return m.v128If(m.isBelow(n, 16), m.i16x8ShrU(x, n));
}

function shiftLeft16<M, V>(m: M, x: V, n: u64): V {
  return m.v128If(m.isBelow(n, 16), m.i16x8Shl(x, n));
}

/** Beyond the width only copies of the sign are left. */
function shiftSigned16<M, V>(m: M, x: V, n: u64): V {
  return m.i16x8ShrS(x, m.select(m.isBelow(n, 16), n, m.const(15)));
}

function shiftRight32<M, V>(m: M, x: V, n: u64): V {
  return m.v128If(m.isBelow(n, 32), m.i32x4ShrU(x, n));
}

function shiftLeft32<M, V>(m: M, x: V, n: u64): V {
  return m.v128If(m.isBelow(n, 32), m.i32x4Shl(x, n));
}

/** Beyond the width only copies of the sign are left. */
function shiftSigned32<M, V>(m: M, x: V, n: u64): V {
  return m.i32x4ShrS(x, m.select(m.isBelow(n, 32), n, m.const(31)));
}

function shiftRight64<M, V>(m: M, x: V, n: u64): V {
  return m.v128If(m.isBelow(n, 64), m.i64x2ShrU(x, n));
}

function shiftLeft64<M, V>(m: M, x: V, n: u64): V {
  return m.v128If(m.isBelow(n, 64), m.i64x2Shl(x, n));
}

export function PSRLW<M, T, V>(m: M, x: V, y: V): V {
  return shiftRight16<M, V>(m, x, m.low64(y));
}

export function PSRLW_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftRight16<M, V>(m, x, m.const(<u64>imm));
}

export function PSRAW<M, T, V>(m: M, x: V, y: V): V {
  return shiftSigned16<M, V>(m, x, m.low64(y));
}

export function PSRAW_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftSigned16<M, V>(m, x, m.const(<u64>imm));
}

export function PSLLW<M, T, V>(m: M, x: V, y: V): V {
  return shiftLeft16<M, V>(m, x, m.low64(y));
}

export function PSLLW_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftLeft16<M, V>(m, x, m.const(<u64>imm));
}

export function PSRLD<M, T, V>(m: M, x: V, y: V): V {
  return shiftRight32<M, V>(m, x, m.low64(y));
}

export function PSRLD_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftRight32<M, V>(m, x, m.const(<u64>imm));
}

export function PSRAD<M, T, V>(m: M, x: V, y: V): V {
  return shiftSigned32<M, V>(m, x, m.low64(y));
}

export function PSRAD_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftSigned32<M, V>(m, x, m.const(<u64>imm));
}

export function PSLLD<M, T, V>(m: M, x: V, y: V): V {
  return shiftLeft32<M, V>(m, x, m.low64(y));
}

export function PSLLD_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftLeft32<M, V>(m, x, m.const(<u64>imm));
}

export function PSRLQ<M, T, V>(m: M, x: V, y: V): V {
  return shiftRight64<M, V>(m, x, m.low64(y));
}

export function PSRLQ_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftRight64<M, V>(m, x, m.const(<u64>imm));
}

export function PSLLQ<M, T, V>(m: M, x: V, y: V): V {
  return shiftLeft64<M, V>(m, x, m.low64(y));
}

export function PSLLQ_I<M, T, V>(m: M, x: V, imm: u32): V {
  return shiftLeft64<M, V>(m, x, m.const(<u64>imm));
}

export function PSRLDQ<M, T, V>(m: M, x: V, imm: u32): V {
  return m.bytesFrom(x, min<u32>(imm, 16));
}

export function PSLLDQ<M, T, V>(m: M, x: V, imm: u32): V {
  return m.bytesUp(x, min<u32>(imm, 16));
}
