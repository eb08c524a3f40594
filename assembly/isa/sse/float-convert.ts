/**
 * Conversions between binary32, binary64, binary16 and integers, ROUNDPS and family - SDM vol. 2. The 256-bit forms that
 * narrow are in float-narrow.ts.
 *
 * CVTPI2PD and CVTPI2PS do not touch the x87 state where their source is in memory. The manual says so of CVTPI2PD only; of
 * CVTPI2PS recordings of a Xeon do.
 */
import { fromHalves, fromIntegerPair, toHalves, toIntegerPair } from '../../machine/float-convert';

export const ROWS = `
F3 0F 2A /r                  | CVTSI2SS Vss,Ey     | CVTSI2SS(rw,r)   | SSE avx/lig raises
F2 0F 2A /r                  | CVTSI2SD Vsd,Ey     | CVTSI2SD(rw,r)   | SSE2 avx/lig raises
F3 0F 2C /r                  | CVTTSS2SI Gy,Wss    | CVTTSS2SI(w,r)   | SSE avx/lig raises
F2 0F 2C /r                  | CVTTSD2SI Gy,Wsd    | CVTTSD2SI(w,r)   | SSE2 avx/lig raises
F3 0F 2D /r                  | CVTSS2SI Gy,Wss     | CVTSS2SI(w,r)    | SSE avx/lig raises
F2 0F 2D /r                  | CVTSD2SI Gy,Wsd     | CVTSD2SI(w,r)    | SSE2 avx/lig raises
NP 0F 5A /r                  | CVTPS2PD Vx,Wxh     | CVTPS2PD(w,r)    | SSE2 avx raises
F3 0F 5A /r                  | CVTSS2SD Vsd,Wss    | CVTSS2SD(rw,r)   | SSE2 avx/lig raises
F2 0F 5A /r                  | CVTSD2SS Vss,Wsd    | CVTSD2SS(rw,r)   | SSE2 avx/lig raises
NP 0F 5B /r                  | CVTDQ2PS Vx,Wx      | CVTDQ2PS(w,r)    | SSE2 avx raises
66 0F 5B /r                  | CVTPS2DQ Vx,Wx      | CVTPS2DQ(w,r)    | SSE2 avx raises
F3 0F 5B /r                  | CVTTPS2DQ Vx,Wx     | CVTTPS2DQ(w,r)   | SSE2 avx raises
F3 0F E6 /r                  | CVTDQ2PD Vx,Wxh     | CVTDQ2PD(w,r)    | SSE2 avx
66 0F 5A /r                  | CVTPD2PS Vdq,Wdq    | CVTPD2PS(w,r)    | SSE2 avx/128 raises
F2 0F E6 /r                  | CVTPD2DQ Vdq,Wdq    | CVTPD2DQ(w,r)    | SSE2 avx/128 raises
66 0F E6 /r                  | CVTTPD2DQ Vdq,Wdq   | CVTTPD2DQ(w,r)   | SSE2 avx/128 raises
NP 0F 2A /r                  | CVTPI2PS Vps,Mpi    | CVTPI2PS(rw,r)   | SSE raises
NP 0F 2A /r                  | CVTPI2PS Vps,Npi    | CVTPI2PS(rw,r)   | SSE raises
66 0F 2A /r                  | CVTPI2PD Vpd,Mpi    | CVTDQ2PD(w,r)    | SSE2
66 0F 2A /r                  | CVTPI2PD Vpd,Npi    | CVTDQ2PD(w,r)    | SSE2
NP 0F 2C /r                  | CVTTPS2PI Pq,Wq     | CVTTPS2PI(w,r)   | SSE raises
NP 0F 2D /r                  | CVTPS2PI Pq,Wq      | CVTPS2PI(w,r)    | SSE raises
66 0F 2C /r                  | CVTTPD2PI Pq,Wdq    | CVTTPD2DQ(w,r)   | SSE2 raises
66 0F 2D /r                  | CVTPD2PI Pq,Wdq     | CVTPD2DQ(w,r)    | SSE2 raises
66 0F 3A 08 /r ib            | ROUNDPS Vps,Wps,Ib  | ROUNDPS(w,r,r)   | SSE41 avx raises
66 0F 3A 09 /r ib            | ROUNDPD Vpd,Wpd,Ib  | ROUNDPD(w,r,r)   | SSE41 avx raises
66 0F 3A 0A /r ib            | ROUNDSS Vss,Wss,Ib  | ROUNDSS(rw,r,r)  | SSE41 avx/lig raises
66 0F 3A 0B /r ib            | ROUNDSD Vsd,Wsd,Ib  | ROUNDSD(rw,r,r)  | SSE41 avx/lig raises
VEX.66.W0 0F 38 13 /r        | VCVTPH2PS Vx,Wxh    | VCVTPH2PS(w,r)   | F16C raises
VEX.128.66.W0 0F 3A 1D /r ib | VCVTPS2PH Uq,Vdq,Ib | VCVTPS2PH(w,r,r) | F16C raises
`;

export function CVTSI2SS<M, T, V>(m: M, x: V, y: u64): V {
  return m.fromIntegerLow<f32, T>(x, y);
}

export function CVTTSS2SI<M, T, V>(m: M, x: V): u64 {
  return m.toInteger<f32, T>(x, true);
}

export function CVTSS2SI<M, T, V>(m: M, x: V): u64 {
  return m.toInteger<f32, T>(x, false);
}

export function CVTSI2SD<M, T, V>(m: M, x: V, y: u64): V {
  return m.fromIntegerLow<f64, T>(x, y);
}

export function CVTTSD2SI<M, T, V>(m: M, x: V): u64 {
  return m.toInteger<f64, T>(x, true);
}

export function CVTSD2SI<M, T, V>(m: M, x: V): u64 {
  return m.toInteger<f64, T>(x, false);
}

export function CVTPS2PD<M, T, V>(m: M, x: V): V {
  return m.widenLanes(x);
}

export function CVTPD2PS<M, T, V>(m: M, x: V): V {
  return m.narrowLanes(x);
}

export function CVTDQ2PS<M, T, V>(m: M, x: V): V {
  return m.fromIntegerLanes(x);
}

export function CVTPS2DQ<M, T, V>(m: M, x: V): V {
  return m.toIntegerLanes(x, false);
}

export function CVTTPS2DQ<M, T, V>(m: M, x: V): V {
  return m.toIntegerLanes(x, true);
}

export function CVTDQ2PD<M, T, V>(m: M, x: V): V {
  return m.f64x2ConvertLowI32x4S(x);
}

export function CVTPD2DQ<M, T, V>(m: M, x: V): V {
  return m.narrowToInteger(x, false);
}

export function CVTTPD2DQ<M, T, V>(m: M, x: V): V {
  return m.narrowToInteger(x, true);
}

export function CVTPS2PI<M, T, V>(m: M, x: V): V {
  return toIntegerPair(m.at, x, false);
}

export function CVTTPS2PI<M, T, V>(m: M, x: V): V {
  return toIntegerPair(m.at, x, true);
}

export function VCVTPH2PS<M, T, V>(m: M, x: V): V {
  return fromHalves(m.at, x);
}

export function CVTSS2SD<M, T, V>(m: M, x: V, y: V): V {
  return m.widenLow(x, y);
}

export function CVTSD2SS<M, T, V>(m: M, x: V, y: V): V {
  return m.narrowLow(x, y);
}

/** The upper half of the destination stays. */
export function CVTPI2PS<M, T, V>(m: M, x: V, y: V): V {
  return i64x2.shuffle(fromIntegerPair(m.at, y), x, 0, 3);
}

export function ROUNDPS<M, T, V>(m: M, x: V, imm: u32): V {
  return m.roundLanes<f32>(x, imm);
}

export function ROUNDPD<M, T, V>(m: M, x: V, imm: u32): V {
  return m.roundLanes<f64>(x, imm);
}

export function ROUNDSS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.roundLow<f32>(x, y, imm);
}

export function ROUNDSD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.roundLow<f64>(x, y, imm);
}

export function VCVTPS2PH<M, T, V>(m: M, x: V, imm: u32): V {
  return toHalves(m.at, x, imm);
}
