/** COMISS COMISD UCOMISS UCOMISD, CMPPS CMPPD CMPSS CMPSD and their VEX forms with 32 predicates - SDM vol. 2. */

export const ROWS = `
NP 0F 2E /r        | UCOMISS Vss,Wss       | UCOMISS(r,r)    | SSE avx/lig raises
66 0F 2E /r        | UCOMISD Vsd,Wsd       | UCOMISD(r,r)    | SSE2 avx/lig raises
NP 0F 2F /r        | COMISS Vss,Wss        | COMISS(r,r)     | SSE avx/lig raises
66 0F 2F /r        | COMISD Vsd,Wsd        | COMISD(r,r)     | SSE2 avx/lig raises
NP 0F C2 /r ib     | CMPPS Vps,Wps,Ib      | CMPPS(rw,r,r)   | SSE raises
VEX.NP 0F C2 /r ib | VCMPPS Vps,Hps,Wps,Ib | VCMPPS(w,r,r,r) | AVX raises
66 0F C2 /r ib     | CMPPD Vpd,Wpd,Ib      | CMPPD(rw,r,r)   | SSE2 raises
VEX.66 0F C2 /r ib | VCMPPD Vpd,Hpd,Wpd,Ib | VCMPPD(w,r,r,r) | AVX raises
F3 0F C2 /r ib     | CMPSS Vss,Wss,Ib      | CMPSS(rw,r,r)   | SSE raises
VEX.F3 0F C2 /r ib | VCMPSS Vss,Hss,Wss,Ib | VCMPSS(w,r,r,r) | AVX raises
F2 0F C2 /r ib     | CMPSD Vsd,Wsd,Ib      | CMPSD(rw,r,r)   | SSE2 raises
VEX.F2 0F C2 /r ib | VCMPSD Vsd,Hsd,Wsd,Ib | VCMPSD(w,r,r,r) | AVX raises
`;

/** Bits of imm8 that choose the predicate; the others are reserved. */
const LEGACY_PREDICATE: u32 = 7;
const VEX_PREDICATE: u32 = 31;

export function COMISS<M, T, V>(m: M, x: V, y: V): void {
  m.compareOrdered<f32>(x, y, true);
}

export function COMISD<M, T, V>(m: M, x: V, y: V): void {
  m.compareOrdered<f64>(x, y, true);
}

export function UCOMISS<M, T, V>(m: M, x: V, y: V): void {
  m.compareOrdered<f32>(x, y, false);
}

export function UCOMISD<M, T, V>(m: M, x: V, y: V): void {
  m.compareOrdered<f64>(x, y, false);
}

export function CMPPS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLanes<f32>(x, y, imm & LEGACY_PREDICATE);
}

export function VCMPPS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLanes<f32>(x, y, imm & VEX_PREDICATE);
}

export function CMPPD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLanes<f64>(x, y, imm & LEGACY_PREDICATE);
}

export function VCMPPD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLanes<f64>(x, y, imm & VEX_PREDICATE);
}

export function CMPSS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLow<f32>(x, y, imm & LEGACY_PREDICATE);
}

export function VCMPSS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLow<f32>(x, y, imm & VEX_PREDICATE);
}

export function CMPSD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLow<f64>(x, y, imm & LEGACY_PREDICATE);
}

export function VCMPSD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.compareLow<f64>(x, y, imm & VEX_PREDICATE);
}
