/**
 * LDMXCSR STMXCSR, MOVMSKPS MOVMSKPD, and the approximations RCPPS RSQRTPS RCPSS RSQRTSS, which ignore MXCSR - SDM vol. 2.
 */
import { VL_256 } from '../../machine/eval-vectors';
import { Insn } from '../../machine/insn';
import { reciprocal, reciprocalRoot } from '../../softfloat/reciprocal';
import { MXCSR_MASK } from '../x87/fxsave';

export const ROWS = `
NP 0F AE /2 | LDMXCSR Md      | LDMXCSR(r)    | SSE avx/128 vector general raises
NP 0F AE /3 | STMXCSR Md      | STMXCSR(w)    | SSE avx/128 vector general
NP 0F 50 /r | MOVMSKPS Gd,Ups | MOVMSKPS      | SSE avx
66 0F 50 /r | MOVMSKPD Gd,Upd | MOVMSKPD      | SSE2 avx
NP 0F 52 /r | RSQRTPS Vps,Wps | RSQRTPS(w,r)  | SSE avx
F3 0F 52 /r | RSQRTSS Vss,Wss | RSQRTSS(rw,r) | SSE avx/lig
NP 0F 53 /r | RCPPS Vps,Wps   | RCPPS(w,r)    | SSE avx
F3 0F 53 /r | RCPSS Vss,Wss   | RCPSS(rw,r)   | SSE avx/lig
`;

/** Exceptions that are flagged and unmasked by this are not raised; reserved bits are #GP(0). */
export function LDMXCSR<M, T>(m: M, v: u64): void {
  if (<u32>v & ~MXCSR_MASK) m.gp();
  else m.mxcsr = <u32>v;
}

export function STMXCSR<M, T>(m: M): u64 {
  return <u64>m.mxcsr;
}

export function MOVMSKPS<M, T, V>(m: M, i: Insn, vl: u32): void {
  const low = m.i32x4Bitmask(m.xmm(i.rm));
  if (vl != VL_256) m.set<u32>(i.reg, low);
  else m.set<u32>(i.reg, m.or<u32>(low, m.shl<u32>(m.i32x4Bitmask(m.ymmHigh(i.rm)), m.const(4))));
}

export function MOVMSKPD<M, T, V>(m: M, i: Insn, vl: u32): void {
  const low = m.i64x2Bitmask(m.xmm(i.rm));
  if (vl != VL_256) m.set<u32>(i.reg, low);
  else m.set<u32>(i.reg, m.or<u32>(low, m.shl<u32>(m.i64x2Bitmask(m.ymmHigh(i.rm)), m.const(2))));
}

export function RCPSS<M, T, V>(m: M, x: V, y: V): V {
  return i32x4.replace_lane(x, 0, reciprocal(i32x4.extract_lane(y, 0)));
}

export function RSQRTSS<M, T, V>(m: M, x: V, y: V): V {
  return i32x4.replace_lane(x, 0, reciprocalRoot(i32x4.extract_lane(y, 0)));
}

export function RCPPS<M, T, V>(m: M, x: V): V {
  let r = i32x4.splat(reciprocal(i32x4.extract_lane(x, 0)));
  r = i32x4.replace_lane(r, 1, reciprocal(i32x4.extract_lane(x, 1)));
  r = i32x4.replace_lane(r, 2, reciprocal(i32x4.extract_lane(x, 2)));
  return i32x4.replace_lane(r, 3, reciprocal(i32x4.extract_lane(x, 3)));
}

export function RSQRTPS<M, T, V>(m: M, x: V): V {
  let r = i32x4.splat(reciprocalRoot(i32x4.extract_lane(x, 0)));
  r = i32x4.replace_lane(r, 1, reciprocalRoot(i32x4.extract_lane(x, 1)));
  r = i32x4.replace_lane(r, 2, reciprocalRoot(i32x4.extract_lane(x, 2)));
  return i32x4.replace_lane(r, 3, reciprocalRoot(i32x4.extract_lane(x, 3)));
}
