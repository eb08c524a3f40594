/** Bits of whole vectors: PAND PANDN POR PXOR, ANDPS ANDPD and their like, PTEST: SDM vol. 2. */
import { VL_256, VL_SSE } from '../../machine/eval-vectors';
import { Insn } from '../../machine/insn';

export const ROWS = `
NP 0F DB /r    | PAND Pq,Qq   | PAND(rw,r)  | MMX
66 0F DB /r    | PAND Vx,Wx   | PAND(rw,r)  | SSE2 avx2
NP 0F 54 /r    | ANDPS Vx,Wx  | PAND(rw,r)  | SSE avx
66 0F 54 /r    | ANDPD Vx,Wx  | PAND(rw,r)  | SSE2 avx
NP 0F DF /r    | PANDN Pq,Qq  | PANDN(rw,r) | MMX
66 0F DF /r    | PANDN Vx,Wx  | PANDN(rw,r) | SSE2 avx2
NP 0F 55 /r    | ANDNPS Vx,Wx | PANDN(rw,r) | SSE avx
66 0F 55 /r    | ANDNPD Vx,Wx | PANDN(rw,r) | SSE2 avx
NP 0F EB /r    | POR Pq,Qq    | POR(rw,r)   | MMX
66 0F EB /r    | POR Vx,Wx    | POR(rw,r)   | SSE2 avx2
NP 0F 56 /r    | ORPS Vx,Wx   | POR(rw,r)   | SSE avx
66 0F 56 /r    | ORPD Vx,Wx   | POR(rw,r)   | SSE2 avx
NP 0F EF /r    | PXOR Pq,Qq   | PXOR(rw,r)  | MMX
66 0F EF /r    | PXOR Vx,Wx   | PXOR(rw,r)  | SSE2 avx2
NP 0F 57 /r    | XORPS Vx,Wx  | PXOR(rw,r)  | SSE avx
66 0F 57 /r    | XORPD Vx,Wx  | PXOR(rw,r)  | SSE2 avx
66 0F 38 17 /r | PTEST Vx,Mx  | PTESTM      | SSE41 avx
66 0F 38 17 /r | PTEST Vx,Ux  | PTEST       | SSE41 avx
`;

export function PAND<M, T, V>(m: M, x: V, y: V): V {
  return m.v128And(x, y);
}

export function PANDN<M, T, V>(m: M, x: V, y: V): V {
  return m.v128Andnot(y, x);
}

export function POR<M, T, V>(m: M, x: V, y: V): V {
  return m.v128Or(x, y);
}

export function PXOR<M, T, V>(m: M, x: V, y: V): V {
  return m.v128Xor(x, y);
}

/** ZF: no bit of y is set where x has one; CF: none where x has none. The other flags are cleared. */
function test<M, V>(m: M, i: Insn, y: V, yh: V, vl: u32): void {
  const x = m.xmm(i.reg);
  let both = m.v128And(x, y);
  let other = m.v128Andnot(y, x);
  if (vl == VL_256) {
    const xh = m.ymmHigh(i.reg);
    both = m.v128Or(both, m.v128And(xh, yh));
    other = m.v128Or(other, m.v128Andnot(yh, xh));
  }
  m.flagsCarryZero(m.isZero(m.v128AnyTrue(other)), m.isZero(m.v128AnyTrue(both)));
}

export function PTEST<M, T, V>(m: M, i: Insn, vl: u32): void {
  const y = m.xmm(i.rm);
  test<M, V>(m, i, y, vl == VL_256 ? m.ymmHigh(i.rm) : y, vl);
}

export function PTESTM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  if (vl == VL_SSE && !m.aligned(i.segment, ea, 16)) return;
  const y = m.loadVector<v128>(i.segment, ea, vl == VL_256 ? 32 : 16);
  if (m.fault) return;
  const yh = vl == VL_256 ? m.loadUpper(i.segment, ea) : y;
  if (!m.fault) test<M, V>(m, i, y, yh, vl);
}
