/**
 * HADDPS HADDPD HSUBPS HSUBPD ADDSUBPS ADDSUBPD (SSE3), DPPS DPPD (SSE4.1) - SDM vol. 2. A dot product is a multiplication and
 * additions after each other, each with its own exceptions.
 */
import * as S from '../../shared/state';
import { addLanes, addsubLanes, mulLanes, subLanes } from '../../machine/float-arith';

export const ROWS = `
66 0F 7C /r       | HADDPD Vpd,Wpd   | HADDPD(rw,r)   | SSE3 avx raises
F2 0F 7C /r       | HADDPS Vps,Wps   | HADDPS(rw,r)   | SSE3 avx raises
66 0F 7D /r       | HSUBPD Vpd,Wpd   | HSUBPD(rw,r)   | SSE3 avx raises
F2 0F 7D /r       | HSUBPS Vps,Wps   | HSUBPS(rw,r)   | SSE3 avx raises
66 0F D0 /r       | ADDSUBPD Vpd,Wpd | ADDSUBPD(rw,r) | SSE3 avx raises
F2 0F D0 /r       | ADDSUBPS Vps,Wps | ADDSUBPS(rw,r) | SSE3 avx raises
66 0F 3A 40 /r ib | DPPS Vps,Wps,Ib  | DPPS(rw,r,r)   | SSE41 avx raises
66 0F 3A 41 /r ib | DPPD Vpd,Wpd,Ib  | DPPD(rw,r,r)   | SSE41 avx/128 raises
`;

/** Lanes 0 and 2 of x, then of y. */
function evenSingles(x: v128, y: v128): v128 {
  return i32x4.shuffle(x, y, 0, 2, 4, 6);
}

function oddSingles(x: v128, y: v128): v128 {
  return i32x4.shuffle(x, y, 1, 3, 5, 7);
}

export function HADDPS<M, T>(m: M, x: v128, y: v128): v128 {
  return addLanes<f32>(m.at, evenSingles(x, y), oddSingles(x, y));
}

export function HSUBPS<M, T>(m: M, x: v128, y: v128): v128 {
  return subLanes<f32>(m.at, evenSingles(x, y), oddSingles(x, y));
}

export function HADDPD<M, T>(m: M, x: v128, y: v128): v128 {
  return addLanes<f64>(m.at, i64x2.shuffle(x, y, 0, 2), i64x2.shuffle(x, y, 1, 3));
}

export function HSUBPD<M, T>(m: M, x: v128, y: v128): v128 {
  return subLanes<f64>(m.at, i64x2.shuffle(x, y, 0, 2), i64x2.shuffle(x, y, 1, 3));
}

export function ADDSUBPS<M, T>(m: M, x: v128, y: v128): v128 {
  return addsubLanes<f32>(m.at, x, y);
}

export function ADDSUBPD<M, T>(m: M, x: v128, y: v128): v128 {
  return addsubLanes<f64>(m.at, x, y);
}

/** All ones in the lanes whose bits are set in the low four bits of `bits`. */
function singlesMask(bits: u32): v128 {
  const each = i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(1), 1, 2), 2, 4), 3, 8);
  return i32x4.eq(v128.and(i32x4.splat(bits), each), each);
}

function doublesMask(bits: u32): v128 {
  const each = i64x2.replace_lane(i64x2.splat(1), 1, 2);
  return i64x2.eq(v128.and(i64x2.splat(bits), each), each);
}

/** An unmasked exception ends a dot product at the step that has it. */
function stopped(cpu: usize): bool {
  return load<u32>(cpu, S.STATE_FAULT) != 0;
}

/** Lanes that imm8[7:4] leaves out are not multiplied: both factors are zeros. */
export function DPPS<M, T>(m: M, x: v128, y: v128, imm: u32): v128 {
  const cpu = m.at;
  const factors = singlesMask(imm >> 4);
  const products = mulLanes<f32>(cpu, v128.and(x, factors), v128.and(y, factors));
  if (stopped(cpu)) return x;
  const sums = addLanes<f32>(
    cpu,
    i32x4.shuffle(products, products, 0, 2, 0, 2),
    i32x4.shuffle(products, products, 1, 3, 1, 3),
  );
  if (stopped(cpu)) return x;
  const sum = addLanes<f32>(cpu, i32x4.shuffle(sums, sums, 0, 0, 0, 0), i32x4.shuffle(sums, sums, 1, 1, 1, 1));
  return v128.and(sum, singlesMask(imm));
}

export function DPPD<M, T>(m: M, x: v128, y: v128, imm: u32): v128 {
  const cpu = m.at;
  const factors = doublesMask(imm >> 4);
  const products = mulLanes<f64>(cpu, v128.and(x, factors), v128.and(y, factors));
  if (stopped(cpu)) return x;
  const sum = addLanes<f64>(cpu, i64x2.shuffle(products, products, 0, 0), i64x2.shuffle(products, products, 1, 1));
  return v128.and(sum, doublesMask(imm));
}
