/** PCMPGTQ, the one comparison that came with SSE4.2: SDM vol. 2B. */

export const ROWS = `
66 0F 38 37 /r | PCMPGTQ Vx,Wx | PCMPGTQ(rw,r) | SSE42 avx2
`;

export function PCMPGTQ<M, T, V>(m: M, x: V, y: V): V {
  return m.i64x2GtS(x, y);
}
