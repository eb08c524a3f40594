/**
 * ADD SUB MUL DIV MIN MAX SQRT of packed and scalar binary32 and binary64 - SDM vol. 2. Exceptions: machine/float-lanes.ts.
 */

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

export function ADDPS<M, T, V>(m: M, x: V, y: V): V {
  return m.addLanes<f32>(x, y);
}

export function ADDPD<M, T, V>(m: M, x: V, y: V): V {
  return m.addLanes<f64>(x, y);
}

export function ADDSS<M, T, V>(m: M, x: V, y: V): V {
  return m.addLow<f32>(x, y);
}

export function ADDSD<M, T, V>(m: M, x: V, y: V): V {
  return m.addLow<f64>(x, y);
}

export function MULPS<M, T, V>(m: M, x: V, y: V): V {
  return m.mulLanes<f32>(x, y);
}

export function MULPD<M, T, V>(m: M, x: V, y: V): V {
  return m.mulLanes<f64>(x, y);
}

export function MULSS<M, T, V>(m: M, x: V, y: V): V {
  return m.mulLow<f32>(x, y);
}

export function MULSD<M, T, V>(m: M, x: V, y: V): V {
  return m.mulLow<f64>(x, y);
}

export function SUBPS<M, T, V>(m: M, x: V, y: V): V {
  return m.subLanes<f32>(x, y);
}

export function SUBPD<M, T, V>(m: M, x: V, y: V): V {
  return m.subLanes<f64>(x, y);
}

export function SUBSS<M, T, V>(m: M, x: V, y: V): V {
  return m.subLow<f32>(x, y);
}

export function SUBSD<M, T, V>(m: M, x: V, y: V): V {
  return m.subLow<f64>(x, y);
}

export function MINPS<M, T, V>(m: M, x: V, y: V): V {
  return m.minLanes<f32>(x, y);
}

export function MINPD<M, T, V>(m: M, x: V, y: V): V {
  return m.minLanes<f64>(x, y);
}

export function MINSS<M, T, V>(m: M, x: V, y: V): V {
  return m.minLow<f32>(x, y);
}

export function MINSD<M, T, V>(m: M, x: V, y: V): V {
  return m.minLow<f64>(x, y);
}

export function DIVPS<M, T, V>(m: M, x: V, y: V): V {
  return m.divLanes<f32>(x, y);
}

export function DIVPD<M, T, V>(m: M, x: V, y: V): V {
  return m.divLanes<f64>(x, y);
}

export function DIVSS<M, T, V>(m: M, x: V, y: V): V {
  return m.divLow<f32>(x, y);
}

export function DIVSD<M, T, V>(m: M, x: V, y: V): V {
  return m.divLow<f64>(x, y);
}

export function MAXPS<M, T, V>(m: M, x: V, y: V): V {
  return m.maxLanes<f32>(x, y);
}

export function MAXPD<M, T, V>(m: M, x: V, y: V): V {
  return m.maxLanes<f64>(x, y);
}

export function MAXSS<M, T, V>(m: M, x: V, y: V): V {
  return m.maxLow<f32>(x, y);
}

export function MAXSD<M, T, V>(m: M, x: V, y: V): V {
  return m.maxLow<f64>(x, y);
}

export function SQRTPS<M, T, V>(m: M, x: V): V {
  return m.sqrtLanes<f32>(x);
}

export function SQRTPD<M, T, V>(m: M, x: V): V {
  return m.sqrtLanes<f64>(x);
}

export function SQRTSS<M, T, V>(m: M, x: V, y: V): V {
  return m.sqrtLow<f32>(x, y);
}

export function SQRTSD<M, T, V>(m: M, x: V, y: V): V {
  return m.sqrtLow<f64>(x, y);
}
