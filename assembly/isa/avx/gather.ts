/**
 * VPGATHERDD VPGATHERDQ VPGATHERQD VPGATHERQQ VGATHERDPS VGATHERDPD VGATHERQPS VGATHERQPD: SDM vol. 2C. Elements are loaded from the lowest
 * up where the mask's sign bit is set, and the mask is cleared; the decoder refuses two registers that are one. A fault leaves what was loaded before it, and the mask
 * cleared up to there, so that the instruction goes on from the fault when it is run again; the rest of the mask stays.
 */
import { VL_256 } from '../../machine/eval-vectors';
import { Insn } from '../../machine/insn';
import { loadElementSlow } from '../../mmu/access-vector';

export const ROWS = `
VEX.66.W0 0F 38 90 /r | VPGATHERDD Vx,Mx,Hx | GATHERDD | AVX2 vsib
VEX.66.W1 0F 38 90 /r | VPGATHERDQ Vx,Mx,Hx | GATHERDQ | AVX2 vsib
VEX.66.W0 0F 38 91 /r | VPGATHERQD Vx,Mx,Hx | GATHERQD | AVX2 vsib
VEX.66.W1 0F 38 91 /r | VPGATHERQQ Vx,Mx,Hx | GATHERQQ | AVX2 vsib
VEX.66.W0 0F 38 92 /r | VGATHERDPS Vx,Mx,Hx | GATHERDD | AVX2 vsib
VEX.66.W1 0F 38 92 /r | VGATHERDPD Vx,Mx,Hx | GATHERDQ | AVX2 vsib
VEX.66.W0 0F 38 93 /r | VGATHERQPS Vx,Mx,Hx | GATHERQD | AVX2 vsib
VEX.66.W1 0F 38 93 /r | VGATHERQPD Vx,Mx,Hx | GATHERQQ | AVX2 vsib
`;

/** State offset of element n, of type T, of a vector register. */
function offsetOf<M, T>(m: M, register: u32, n: u32): u32 {
  const at = n * sizeof<T>();
  return m.vectorOffset(register, at >= 16) + (at & 15);
}

/** m.set() would clear bits 63-32 of a general register. */
function setElement<M, T>(m: M, at: u32, v: u64): void {
  store<T>(m.at + at, <T>v);
}

/** Elements of type T by indices of type X; of both registers as many as fit into the vector with the wider of the two. */
function gather<M, T, X>(m: M, i: Insn, vl: u32): void {
  const bytes: u32 = vl == VL_256 ? 32 : 16;
  const elements: u32 = bytes / max<u32>(sizeof<T>(), sizeof<X>());
  const base = m.get<u64>(i.rm) + <u64>(<i64>i.disp);
  for (let n: u32 = 0; n < elements; n++) {
    const maskAt = offsetOf<M, T>(m, i.vvvv, n);
    if (m.signed<T>(m.get<T>(maskAt)) >= 0) {
      setElement<M, T>(m, maskAt, 0);
      continue;
    }
    const index = <u64>m.signed<X>(m.get<X>(offsetOf<M, X>(m, i.index, n)));
    const ea = (base + (index << i.scale)) & m.addressMask(i);
    const host = m.readable<T>(i.segment, ea);
    const x = host ? <u64>load<T>(host) : loadElementSlow(m, i.segment, ea, sizeof<T>());
    if (m.fault) return;
    setElement<M, T>(m, offsetOf<M, T>(m, i.reg, n), x);
    setElement<M, T>(m, maskAt, 0);
  }
  m.setYmm(i.vvvv, i64x2.splat(0), i64x2.splat(0));
  for (let at = elements * sizeof<T>(); at < 32; at += sizeof<T>()) {
    setElement<M, T>(m, offsetOf<M, T>(m, i.reg, at / sizeof<T>()), 0);
  }
}

export function GATHERDD<M, T, V>(m: M, i: Insn, vl: u32): void {
  gather<M, u32, u32>(m, i, vl);
}

export function GATHERDQ<M, T, V>(m: M, i: Insn, vl: u32): void {
  gather<M, u64, u32>(m, i, vl);
}

export function GATHERQD<M, T, V>(m: M, i: Insn, vl: u32): void {
  gather<M, u32, u64>(m, i, vl);
}

export function GATHERQQ<M, T, V>(m: M, i: Insn, vl: u32): void {
  gather<M, u64, u64>(m, i, vl);
}
