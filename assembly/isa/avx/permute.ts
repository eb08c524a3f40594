/**
 * VINSERTF128 VINSERTI128 VEXTRACTF128 VEXTRACTI128 VPERM2F128 VPERM2I128 VPERMILPS VPERMILPD VPERMD VPERMPS VPERMQ VPERMPD VPBLENDD:
 * SDM vol. 2C. What crosses the halves of a register is a function row.
 */
import { Insn } from '../../machine/insn';

export const ROWS = `
VEX.256.66.W0 0F 3A 18 /r ib | VINSERTF128 Vx,Hx,Mdq,Ib  | INSERTM   | AVX
VEX.256.66.W0 0F 3A 18 /r ib | VINSERTF128 Vx,Hx,Udq,Ib  | INSERT    | AVX
VEX.256.66.W0 0F 3A 38 /r ib | VINSERTI128 Vx,Hx,Mdq,Ib  | INSERTM   | AVX2
VEX.256.66.W0 0F 3A 38 /r ib | VINSERTI128 Vx,Hx,Udq,Ib  | INSERT    | AVX2
VEX.256.66.W0 0F 3A 19 /r ib | VEXTRACTF128 Mdq,Vx,Ib    | EXTRACTM  | AVX
VEX.256.66.W0 0F 3A 19 /r ib | VEXTRACTF128 Udq,Vx,Ib    | EXTRACT   | AVX
VEX.256.66.W0 0F 3A 39 /r ib | VEXTRACTI128 Mdq,Vx,Ib    | EXTRACTM  | AVX2
VEX.256.66.W0 0F 3A 39 /r ib | VEXTRACTI128 Udq,Vx,Ib    | EXTRACT   | AVX2
VEX.256.66.W0 0F 3A 06 /r ib | VPERM2F128 Vx,Hx,Mx,Ib    | PERM2M    | AVX
VEX.256.66.W0 0F 3A 06 /r ib | VPERM2F128 Vx,Hx,Ux,Ib    | PERM2     | AVX
VEX.256.66.W0 0F 3A 46 /r ib | VPERM2I128 Vx,Hx,Mx,Ib    | PERM2M    | AVX2
VEX.256.66.W0 0F 3A 46 /r ib | VPERM2I128 Vx,Hx,Ux,Ib    | PERM2     | AVX2
VEX.66.W0 0F 38 0C /r        | VPERMILPS Vx,Hx,Wx        | PERMILPS(w,r,r)  | AVX
VEX.66.W0 0F 38 0D /r        | VPERMILPD Vx,Hx,Wx        | PERMILPD(w,r,r)  | AVX
VEX.66.W0 0F 3A 04 /r ib     | VPERMILPS Vx,Wx,Ib        | PERMILPSI(w,r,r) | AVX
VEX.66.W0 0F 3A 05 /r ib     | VPERMILPD Vx,Wx,Ib        | PERMILPDI(w,r,r) | AVX imm/2
VEX.256.66.W0 0F 38 36 /r    | VPERMD Vx,Hx,Mx           | PERMDM    | AVX2
VEX.256.66.W0 0F 38 36 /r    | VPERMD Vx,Hx,Ux           | PERMD     | AVX2
VEX.256.66.W0 0F 38 16 /r    | VPERMPS Vx,Hx,Mx          | PERMDM    | AVX2
VEX.256.66.W0 0F 38 16 /r    | VPERMPS Vx,Hx,Ux          | PERMD     | AVX2
VEX.256.66.W1 0F 3A 00 /r ib | VPERMQ Vx,Mx,Ib           | PERMQM    | AVX2
VEX.256.66.W1 0F 3A 00 /r ib | VPERMQ Vx,Ux,Ib           | PERMQ     | AVX2
VEX.256.66.W1 0F 3A 01 /r ib | VPERMPD Vx,Mx,Ib          | PERMQM    | AVX2
VEX.256.66.W1 0F 3A 01 /r ib | VPERMPD Vx,Ux,Ib          | PERMQ     | AVX2
VEX.66.W0 0F 3A 02 /r ib     | VPBLENDD Vx,Hx,Wx,Ib      | BLENDD(w,r,r,r)  | AVX2 imm/4
`;

function insert<M, V>(m: M, i: Insn, x: V): void {
  if (i.imm8 & 1) m.setYmm(i.reg, m.xmm(i.vvvv), x);
  else m.setYmm(i.reg, x, m.ymmHigh(i.vvvv));
}

/** VINSERTF128, VINSERTI128. */
export function INSERT<M, T, V>(m: M, i: Insn, vl: u32): void {
  insert<M, V>(m, i, m.xmm(i.rm));
}

export function INSERTM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const x = m.loadVector<v128>(i.segment, m.ea(i));
  if (!m.fault) insert<M, V>(m, i, x);
}

/** VEXTRACTF128, VEXTRACTI128. */
export function EXTRACT<M, T, V>(m: M, i: Insn, vl: u32): void {
  m.setXmmZeroUpper(i.rm, half<M, V>(m, i.reg, i.imm8));
}

export function EXTRACTM<M, T, V>(m: M, i: Insn, vl: u32): void {
  m.storeVector<v128>(i.segment, m.ea(i), half<M, V>(m, i.reg, i.imm8));
}

/** The half of a register that bit 0 chooses. */
function half<M, V>(m: M, register: u32, choice: u32): V {
  return choice & 1 ? m.ymmHigh(register) : m.xmm(register);
}

/** One half of VPERM2F128's result: of either source, or 0. */
function chosen<M, V>(m: M, i: Insn, low: V, high: V, choice: u32): V {
  if (choice & 8) return m.zeros();
  if (choice & 2) return choice & 1 ? high : low;
  return half<M, V>(m, i.vvvv, choice);
}

function permuteHalves<M, V>(m: M, i: Insn, low: V, high: V): void {
  m.setYmm(i.reg, chosen<M, V>(m, i, low, high, i.imm8), chosen<M, V>(m, i, low, high, i.imm8 >> 4));
}

/** VPERM2F128, VPERM2I128. */
export function PERM2<M, T, V>(m: M, i: Insn, vl: u32): void {
  permuteHalves<M, V>(m, i, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function PERM2M<M, T, V>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const high = m.loadUpper(i.segment, ea);
  if (!m.fault) permuteHalves<M, V>(m, i, low, high);
}

/** Four doublewords of x by the low two bits of the doublewords of `index`. */
function permuteDoublewords<M, V>(m: M, x: V, index: V): V {
  const lanes = m.v128And(index, m.i32x4Splat(m.const(3)));
  const offsets = m.i32x4Mul(lanes, m.i32x4Splat(m.const(0x04040404)));
  return m.i8x16Swizzle(x, m.i32x4Add(offsets, m.i32x4Splat(m.const(0x03020100))));
}

export function PERMILPS<M, T, V>(m: M, x: V, index: V): V {
  return permuteDoublewords<M, V>(m, x, index);
}

/** VPERMILPD - bit 1 of each quadword chooses, not bit 0. */
export function PERMILPD<M, T, V>(m: M, x: V, index: V): V {
  const bit = m.i64x2Splat(m.const(2));
  const upper = m.i64x2Eq(m.v128And(index, bit), bit);
  return m.v128Bitselect(m.i64x2InterleaveHigh(x, x), m.i64x2InterleaveLow(x, x), upper);
}

export function PERMILPSI<M, T, V>(m: M, x: V, imm: u32): V {
  return m.i32x4Permute(x, imm);
}

/** VPERMILPD with an immediate: bits 0 and 1 are for the low half, 2 and 3 for the high one. */
export function PERMILPDI<M, T, V>(m: M, x: V, imm: u32): V {
  return m.i64x2Lanes(x, imm & 1, x, (imm >> 1) & 1);
}

/** Four of the eight doublewords of both halves, by three bits each. */
function permuteEight<M, V>(m: M, low: V, high: V, index: V): V {
  const bit = m.i32x4Splat(m.const(4));
  const upper = m.i32x4Eq(m.v128And(index, bit), bit);
  return m.v128Bitselect(permuteDoublewords<M, V>(m, high, index), permuteDoublewords<M, V>(m, low, index), upper);
}

function permuteAcross<M, V>(m: M, i: Insn, low: V, high: V): void {
  const r = permuteEight<M, V>(m, low, high, m.xmm(i.vvvv));
  m.setYmm(i.reg, r, permuteEight<M, V>(m, low, high, m.ymmHigh(i.vvvv)));
}

/** VPERMD, VPERMPS. */
export function PERMD<M, T, V>(m: M, i: Insn, vl: u32): void {
  permuteAcross<M, V>(m, i, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function PERMDM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const high = m.loadUpper(i.segment, ea);
  if (!m.fault) permuteAcross<M, V>(m, i, low, high);
}

/** Two of four quadwords, by two bits each. */
function quadwords<M, V>(m: M, low: V, high: V, choice: u32): V {
  return m.i64x2Lanes(choice & 2 ? high : low, choice & 1, choice & 8 ? high : low, (choice >> 2) & 1);
}

function permuteFour<M, V>(m: M, i: Insn, low: V, high: V): void {
  m.setYmm(i.reg, quadwords<M, V>(m, low, high, i.imm8), quadwords<M, V>(m, low, high, i.imm8 >> 4));
}

/** VPERMQ, VPERMPD. */
export function PERMQ<M, T, V>(m: M, i: Insn, vl: u32): void {
  permuteFour<M, V>(m, i, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function PERMQM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const high = m.loadUpper(i.segment, ea);
  if (!m.fault) permuteFour<M, V>(m, i, low, high);
}

/** VPBLENDD - a bit of imm takes the doubleword from y. */
export function BLENDD<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  return m.v128Bitselect(y, x, m.i32x4Mask(imm));
}
