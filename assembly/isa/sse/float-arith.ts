/**
 * ADD SUB MUL DIV MIN MAX SQRT of packed and scalar binary32 and binary64 - SDM vol. 2. Exceptions: machine/float-lanes.ts.
 */
import {
  addLanes,
  addLow,
  divLanes,
  divLow,
  maxLanes,
  maxLow,
  minLanes,
  minLow,
  mulLanes,
  mulLow,
  sqrtLanes,
  sqrtLow,
  subLanes,
  subLow,
} from '../../machine/float-arith';

export const ROWS = `
NP 0F 51 /r | SQRTPS Vps,Wps | SQRTPS(w,r)  | SSE avx raises
66 0F 51 /r | SQRTPD Vpd,Wpd | SQRTPD(w,r)  | SSE2 avx raises
F3 0F 51 /r | SQRTSS Vss,Wss | SQRTSS(rw,r) | SSE avx/lig raises
F2 0F 51 /r | SQRTSD Vsd,Wsd | SQRTSD(rw,r) | SSE2 avx/lig raises
NP 0F 58 /r | ADDPS Vps,Wps  | ADDPS(rw,r)  | SSE avx raises
66 0F 58 /r | ADDPD Vpd,Wpd  | ADDPD(rw,r)  | SSE2 avx raises
F3 0F 58 /r | ADDSS Vss,Wss  | ADDSS(rw,r)  | SSE avx/lig raises
F2 0F 58 /r | ADDSD Vsd,Wsd  | ADDSD(rw,r)  | SSE2 avx/lig raises
NP 0F 59 /r | MULPS Vps,Wps  | MULPS(rw,r)  | SSE avx raises
66 0F 59 /r | MULPD Vpd,Wpd  | MULPD(rw,r)  | SSE2 avx raises
F3 0F 59 /r | MULSS Vss,Wss  | MULSS(rw,r)  | SSE avx/lig raises
F2 0F 59 /r | MULSD Vsd,Wsd  | MULSD(rw,r)  | SSE2 avx/lig raises
NP 0F 5C /r | SUBPS Vps,Wps  | SUBPS(rw,r)  | SSE avx raises
66 0F 5C /r | SUBPD Vpd,Wpd  | SUBPD(rw,r)  | SSE2 avx raises
F3 0F 5C /r | SUBSS Vss,Wss  | SUBSS(rw,r)  | SSE avx/lig raises
F2 0F 5C /r | SUBSD Vsd,Wsd  | SUBSD(rw,r)  | SSE2 avx/lig raises
NP 0F 5D /r | MINPS Vps,Wps  | MINPS(rw,r)  | SSE avx raises
66 0F 5D /r | MINPD Vpd,Wpd  | MINPD(rw,r)  | SSE2 avx raises
F3 0F 5D /r | MINSS Vss,Wss  | MINSS(rw,r)  | SSE avx/lig raises
F2 0F 5D /r | MINSD Vsd,Wsd  | MINSD(rw,r)  | SSE2 avx/lig raises
NP 0F 5E /r | DIVPS Vps,Wps  | DIVPS(rw,r)  | SSE avx raises
66 0F 5E /r | DIVPD Vpd,Wpd  | DIVPD(rw,r)  | SSE2 avx raises
F3 0F 5E /r | DIVSS Vss,Wss  | DIVSS(rw,r)  | SSE avx/lig raises
F2 0F 5E /r | DIVSD Vsd,Wsd  | DIVSD(rw,r)  | SSE2 avx/lig raises
NP 0F 5F /r | MAXPS Vps,Wps  | MAXPS(rw,r)  | SSE avx raises
66 0F 5F /r | MAXPD Vpd,Wpd  | MAXPD(rw,r)  | SSE2 avx raises
F3 0F 5F /r | MAXSS Vss,Wss  | MAXSS(rw,r)  | SSE avx/lig raises
F2 0F 5F /r | MAXSD Vsd,Wsd  | MAXSD(rw,r)  | SSE2 avx/lig raises
`;

export function ADDPS<M, T>(m: M, x: v128, y: v128): v128 {
  return addLanes<f32>(m.at, x, y);
}

export function ADDPD<M, T>(m: M, x: v128, y: v128): v128 {
  return addLanes<f64>(m.at, x, y);
}

export function ADDSS<M, T>(m: M, x: v128, y: v128): v128 {
  return addLow<f32>(m.at, x, y);
}

export function ADDSD<M, T>(m: M, x: v128, y: v128): v128 {
  return addLow<f64>(m.at, x, y);
}

export function MULPS<M, T>(m: M, x: v128, y: v128): v128 {
  return mulLanes<f32>(m.at, x, y);
}

export function MULPD<M, T>(m: M, x: v128, y: v128): v128 {
  return mulLanes<f64>(m.at, x, y);
}

export function MULSS<M, T>(m: M, x: v128, y: v128): v128 {
  return mulLow<f32>(m.at, x, y);
}

export function MULSD<M, T>(m: M, x: v128, y: v128): v128 {
  return mulLow<f64>(m.at, x, y);
}

export function SUBPS<M, T>(m: M, x: v128, y: v128): v128 {
  return subLanes<f32>(m.at, x, y);
}

export function SUBPD<M, T>(m: M, x: v128, y: v128): v128 {
  return subLanes<f64>(m.at, x, y);
}

export function SUBSS<M, T>(m: M, x: v128, y: v128): v128 {
  return subLow<f32>(m.at, x, y);
}

export function SUBSD<M, T>(m: M, x: v128, y: v128): v128 {
  return subLow<f64>(m.at, x, y);
}

export function MINPS<M, T>(m: M, x: v128, y: v128): v128 {
  return minLanes<f32>(m.at, x, y);
}

export function MINPD<M, T>(m: M, x: v128, y: v128): v128 {
  return minLanes<f64>(m.at, x, y);
}

export function MINSS<M, T>(m: M, x: v128, y: v128): v128 {
  return minLow<f32>(m.at, x, y);
}

export function MINSD<M, T>(m: M, x: v128, y: v128): v128 {
  return minLow<f64>(m.at, x, y);
}

export function DIVPS<M, T>(m: M, x: v128, y: v128): v128 {
  return divLanes<f32>(m.at, x, y);
}

export function DIVPD<M, T>(m: M, x: v128, y: v128): v128 {
  return divLanes<f64>(m.at, x, y);
}

export function DIVSS<M, T>(m: M, x: v128, y: v128): v128 {
  return divLow<f32>(m.at, x, y);
}

export function DIVSD<M, T>(m: M, x: v128, y: v128): v128 {
  return divLow<f64>(m.at, x, y);
}

export function MAXPS<M, T>(m: M, x: v128, y: v128): v128 {
  return maxLanes<f32>(m.at, x, y);
}

export function MAXPD<M, T>(m: M, x: v128, y: v128): v128 {
  return maxLanes<f64>(m.at, x, y);
}

export function MAXSS<M, T>(m: M, x: v128, y: v128): v128 {
  return maxLow<f32>(m.at, x, y);
}

export function MAXSD<M, T>(m: M, x: v128, y: v128): v128 {
  return maxLow<f64>(m.at, x, y);
}

export function SQRTPS<M, T>(m: M, x: v128): v128 {
  return sqrtLanes<f32>(m.at, x);
}

export function SQRTPD<M, T>(m: M, x: v128): v128 {
  return sqrtLanes<f64>(m.at, x);
}

export function SQRTSS<M, T>(m: M, x: v128, y: v128): v128 {
  return sqrtLow<f32>(m.at, x, y);
}

export function SQRTSD<M, T>(m: M, x: v128, y: v128): v128 {
  return sqrtLow<f64>(m.at, x, y);
}
