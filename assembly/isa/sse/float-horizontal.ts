/**
 * HADDPS HADDPD HSUBPS HSUBPD ADDSUBPS ADDSUBPD (SSE3), DPPS DPPD (SSE4.1) - SDM vol. 2. A dot product is a multiplication and
 * additions after each other, each with its own exceptions; an unmasked one ends it.
 */
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { beginHalves, settleHalves } from '../../machine/float-lanes';
import { addLanes, mulLanes } from '../../machine/float-arith';

export const ROWS = `
66 0F 7C /r               | HADDPD Vpd,Wpd    | HADDPD(rw,r)   | SSE3 avx raises
F2 0F 7C /r               | HADDPS Vps,Wps    | HADDPS(rw,r)   | SSE3 avx raises
66 0F 7D /r               | HSUBPD Vpd,Wpd    | HSUBPD(rw,r)   | SSE3 avx raises
F2 0F 7D /r               | HSUBPS Vps,Wps    | HSUBPS(rw,r)   | SSE3 avx raises
66 0F D0 /r               | ADDSUBPD Vpd,Wpd  | ADDSUBPD(rw,r) | SSE3 avx raises
F2 0F D0 /r               | ADDSUBPS Vps,Wps  | ADDSUBPS(rw,r) | SSE3 avx raises
66 0F 3A 40 /r ib         | DPPS Vps,Wps,Ib   | DPPS(rw,r,r)   | SSE41 avx/128 raises
VEX.256.66 0F 3A 40 /r ib | VDPPS Vx,Hx,Mx,Ib | VDPPS_M        | AVX
VEX.256.66 0F 3A 40 /r ib | VDPPS Vx,Hx,Ux,Ib | VDPPS_U        | AVX
66 0F 3A 41 /r ib         | DPPD Vpd,Wpd,Ib   | DPPD(rw,r,r)   | SSE41 avx/128 raises
`;

export function HADDPS<M, T, V>(m: M, x: V, y: V): V {
  return m.addLanes<f32>(m.i32x4Even(x, y), m.i32x4Odd(x, y));
}

export function HSUBPS<M, T, V>(m: M, x: V, y: V): V {
  return m.subLanes<f32>(m.i32x4Even(x, y), m.i32x4Odd(x, y));
}

export function HADDPD<M, T, V>(m: M, x: V, y: V): V {
  return m.addLanes<f64>(m.i64x2InterleaveLow(x, y), m.i64x2InterleaveHigh(x, y));
}

export function HSUBPD<M, T, V>(m: M, x: V, y: V): V {
  return m.subLanes<f64>(m.i64x2InterleaveLow(x, y), m.i64x2InterleaveHigh(x, y));
}

export function ADDSUBPS<M, T, V>(m: M, x: V, y: V): V {
  return m.addsubLanes<f32>(x, y);
}

export function ADDSUBPD<M, T, V>(m: M, x: V, y: V): V {
  return m.addsubLanes<f64>(x, y);
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

/** Lanes that imm8[7:4] leaves out are not multiplied: both factors are zeros. */
function singleProducts(cpu: usize, x: v128, y: v128, imm: u32): v128 {
  const factors = singlesMask(imm >> 4);
  return mulLanes<f32>(cpu, v128.and(x, factors), v128.and(y, factors));
}

/** In lanes 0 and 1, and again in 2 and 3. */
function pairSums(cpu: usize, v: v128): v128 {
  return addLanes<f32>(cpu, i32x4.shuffle(v, v, 0, 2, 0, 2), i32x4.shuffle(v, v, 1, 3, 1, 3));
}

function lastSum(cpu: usize, v: v128, imm: u32): v128 {
  const sum = addLanes<f32>(cpu, i32x4.shuffle(v, v, 0, 0, 0, 0), i32x4.shuffle(v, v, 1, 1, 1, 1));
  return v128.and(sum, singlesMask(imm));
}

export function DPPS<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  const products = singleProducts(m.at, x, y, imm);
  if (m.fault) return x;
  const sums = pairSums(m.at, products);
  return m.fault ? x : lastSum(m.at, sums, imm);
}

/** Each step is done in both halves before the next one. */
function dotProducts(m: Eval, i: Insn, y: v128, yh: v128): void {
  const cpu = m.at;
  let before = beginHalves(cpu);
  let low = singleProducts(cpu, m.xmm(i.vvvv), y, i.imm8);
  let high = singleProducts(cpu, m.ymmHigh(i.vvvv), yh, i.imm8);
  if (m.fault) return settleHalves(cpu, before);
  before = beginHalves(cpu);
  low = pairSums(cpu, low);
  high = pairSums(cpu, high);
  if (m.fault) return settleHalves(cpu, before);
  before = beginHalves(cpu);
  low = lastSum(cpu, low, i.imm8);
  high = lastSum(cpu, high, i.imm8);
  if (m.fault) return settleHalves(cpu, before);
  m.setYmm(i.reg, low, high);
}

export function VDPPS_M<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const y = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const yh = m.loadUpper(i.segment, ea);
  if (!m.fault) dotProducts(m, i, y, yh);
}

export function VDPPS_U<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  dotProducts(m, i, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function DPPD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  const cpu = m.at;
  const factors = doublesMask(imm >> 4);
  const products = mulLanes<f64>(cpu, v128.and(x, factors), v128.and(y, factors));
  if (m.fault) return x;
  const sum = addLanes<f64>(cpu, i64x2.shuffle(products, products, 0, 0), i64x2.shuffle(products, products, 1, 1));
  return v128.and(sum, doublesMask(imm));
}
