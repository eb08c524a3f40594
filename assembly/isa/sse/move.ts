/** Moves of whole vector registers: MOVAPS MOVAPD MOVDQA MOVUPS MOVUPD MOVDQU LDDQU MOVNTPS MOVNTPD MOVNTDQ MOVNTDQA: SDM vol. 2. */

export const ROWS = `
NP 0F 28 /r    | MOVAPS Vx,Wx   | MOVV(w,r) | SSE avx aligned
NP 0F 29 /r    | MOVAPS Wx,Vx   | MOVV(w,r) | SSE avx aligned
66 0F 28 /r    | MOVAPD Vx,Wx   | MOVV(w,r) | SSE2 avx aligned
66 0F 29 /r    | MOVAPD Wx,Vx   | MOVV(w,r) | SSE2 avx aligned
66 0F 6F /r    | MOVDQA Vx,Wx   | MOVV(w,r) | SSE2 avx aligned
66 0F 7F /r    | MOVDQA Wx,Vx   | MOVV(w,r) | SSE2 avx aligned
NP 0F 10 /r    | MOVUPS Vx,Wx   | MOVV(w,r) | SSE avx unaligned
NP 0F 11 /r    | MOVUPS Wx,Vx   | MOVV(w,r) | SSE avx unaligned
66 0F 10 /r    | MOVUPD Vx,Wx   | MOVV(w,r) | SSE2 avx unaligned
66 0F 11 /r    | MOVUPD Wx,Vx   | MOVV(w,r) | SSE2 avx unaligned
F3 0F 6F /r    | MOVDQU Vx,Wx   | MOVV(w,r) | SSE2 avx unaligned
F3 0F 7F /r    | MOVDQU Wx,Vx   | MOVV(w,r) | SSE2 avx unaligned
F2 0F F0 /r    | LDDQU Vx,Mx    | MOVV(w,r) | SSE3 avx unaligned
NP 0F 2B /r    | MOVNTPS Mx,Vx  | MOVV(w,r) | SSE avx aligned
66 0F 2B /r    | MOVNTPD Mx,Vx  | MOVV(w,r) | SSE2 avx aligned
66 0F E7 /r    | MOVNTDQ Mx,Vx  | MOVV(w,r) | SSE2 avx aligned
66 0F 38 2A /r | MOVNTDQA Vx,Mx | MOVV(w,r) | SSE41 avx2 aligned
NP 0F 6F /r    | MOVQ Pq,Qq     | MOVV(w,r) | MMX
NP 0F 7F /r    | MOVQ Qq,Pq     | MOVV(w,r) | MMX
`;

/** Non-temporal hints do not change what is moved. */
export function MOVV<M, T, V>(m: M, x: V): V {
  return x;
}
