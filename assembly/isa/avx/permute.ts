/**
 * VINSERTF128 VINSERTI128 VEXTRACTF128 VEXTRACTI128 VPERM2F128 VPERM2I128 VPERMILPS VPERMILPD VPERMD VPERMPS VPERMQ VPERMPD VPBLENDD:
 * SDM vol. 2C. What crosses the halves of a register, or takes different bits of its immediate for each, is a function row.
 */
import { VL_256 } from '../../machine/eval-vectors';
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
VEX.66.W0 0F 3A 05 /r ib     | VPERMILPD Vx,Mx,Ib        | PERMILPDM | AVX
VEX.66.W0 0F 3A 05 /r ib     | VPERMILPD Vx,Ux,Ib        | PERMILPDI | AVX
VEX.256.66.W0 0F 38 36 /r    | VPERMD Vx,Hx,Mx           | PERMDM    | AVX2
VEX.256.66.W0 0F 38 36 /r    | VPERMD Vx,Hx,Ux           | PERMD     | AVX2
VEX.256.66.W0 0F 38 16 /r    | VPERMPS Vx,Hx,Mx          | PERMDM    | AVX2
VEX.256.66.W0 0F 38 16 /r    | VPERMPS Vx,Hx,Ux          | PERMD     | AVX2
VEX.256.66.W1 0F 3A 00 /r ib | VPERMQ Vx,Mx,Ib           | PERMQM    | AVX2
VEX.256.66.W1 0F 3A 00 /r ib | VPERMQ Vx,Ux,Ib           | PERMQ     | AVX2
VEX.256.66.W1 0F 3A 01 /r ib | VPERMPD Vx,Mx,Ib          | PERMQM    | AVX2
VEX.256.66.W1 0F 3A 01 /r ib | VPERMPD Vx,Ux,Ib          | PERMQ     | AVX2
VEX.66.W0 0F 3A 02 /r ib     | VPBLENDD Vx,Hx,Mx,Ib      | BLENDDM   | AVX2
VEX.66.W0 0F 3A 02 /r ib     | VPBLENDD Vx,Hx,Ux,Ib      | BLENDD    | AVX2
`;

function insert<M>(m: M, i: Insn, x: v128): void {
  if (i.imm8 & 1) m.setYmm(i.reg, m.xmm(i.vvvv), x);
  else m.setYmm(i.reg, x, m.ymmHigh(i.vvvv));
}

/** VINSERTF128, VINSERTI128. */
export function INSERT<M, T>(m: M, i: Insn, vl: u32): void {
  insert<M>(m, i, m.xmm(i.rm));
}

export function INSERTM<M, T>(m: M, i: Insn, vl: u32): void {
  const x = m.loadVector<v128>(i.segment, m.ea(i));
  if (!m.fault) insert<M>(m, i, x);
}

/** VEXTRACTF128, VEXTRACTI128. */
export function EXTRACT<M, T>(m: M, i: Insn, vl: u32): void {
  m.setXmmZeroUpper(i.rm, half<M>(m, i.reg, i.imm8));
}

export function EXTRACTM<M, T>(m: M, i: Insn, vl: u32): void {
  m.storeVector<v128>(i.segment, m.ea(i), half<M>(m, i.reg, i.imm8));
}

/** The half of a register that bit 0 chooses. */
function half<M>(m: M, register: u32, choice: u32): v128 {
  return choice & 1 ? m.ymmHigh(register) : m.xmm(register);
}

/** One half of VPERM2F128's result: of either source, or 0. */
function chosen<M>(m: M, i: Insn, low: v128, high: v128, choice: u32): v128 {
  if (choice & 8) return i64x2.splat(0);
  if (choice & 2) return choice & 1 ? high : low;
  return half<M>(m, i.vvvv, choice);
}

function permuteHalves<M>(m: M, i: Insn, low: v128, high: v128): void {
  m.setYmm(i.reg, chosen<M>(m, i, low, high, i.imm8), chosen<M>(m, i, low, high, i.imm8 >> 4));
}

/** VPERM2F128, VPERM2I128. */
export function PERM2<M, T>(m: M, i: Insn, vl: u32): void {
  permuteHalves<M>(m, i, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function PERM2M<M, T>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const high = m.loadVector<v128>(i.segment, ea + 16);
  if (!m.fault) permuteHalves<M>(m, i, low, high);
}

/** Four doublewords of x by the low two bits of the doublewords of `index`. */
function permuteDoublewords(x: v128, index: v128): v128 {
  const offsets = i32x4.mul(v128.and(index, i32x4.splat(3)), i32x4.splat(0x04040404));
  return i8x16.swizzle(x, i32x4.add(offsets, i32x4.splat(0x03020100)));
}

export function PERMILPS<M, T>(m: M, x: v128, index: v128): v128 {
  return permuteDoublewords(x, index);
}

/** VPERMILPD - bit 1 of each quadword chooses, not bit 0. */
export function PERMILPD<M, T>(m: M, x: v128, index: v128): v128 {
  const upper = i64x2.ne(v128.and(index, i64x2.splat(2)), i64x2.splat(0));
  return v128.bitselect(i64x2.shuffle(x, x, 1, 1), i64x2.shuffle(x, x, 0, 0), upper);
}

export function PERMILPSI<M, T>(m: M, x: v128, imm: u32): v128 {
  return permuteDoublewords(x, spreadPairs(imm));
}

/** Bit pairs of the immediate, one in each doubleword. */
function spreadPairs(imm: u32): v128 {
  let v = i32x4.splat(imm & 3);
  v = i32x4.replace_lane(v, 1, (imm >> 2) & 3);
  v = i32x4.replace_lane(v, 2, (imm >> 4) & 3);
  return i32x4.replace_lane(v, 3, (imm >> 6) & 3);
}

/** Quadwords of one half by two bits. */
function permuteQuadwords(x: v128, choice: u32): v128 {
  const low = choice & 1 ? i64x2.extract_lane(x, 1) : i64x2.extract_lane(x, 0);
  const high = choice & 2 ? i64x2.extract_lane(x, 1) : i64x2.extract_lane(x, 0);
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

/** VPERMILPD with an immediate: bits 0 and 1 are for the low half, 2 and 3 for the high one. */
export function PERMILPDI<M, T>(m: M, i: Insn, vl: u32): void {
  const low = permuteQuadwords(m.xmm(i.rm), i.imm8);
  if (vl == VL_256) m.setYmm(i.reg, low, permuteQuadwords(m.ymmHigh(i.rm), i.imm8 >> 2));
  else m.setXmmZeroUpper(i.reg, low);
}

export function PERMILPDM<M, T>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, vl == VL_256 ? 32 : 16);
  if (m.fault) return;
  const high = vl == VL_256 ? m.loadVector<v128>(i.segment, ea + 16) : i64x2.splat(0);
  if (m.fault) return;
  if (vl == VL_256) m.setYmm(i.reg, permuteQuadwords(low, i.imm8), permuteQuadwords(high, i.imm8 >> 2));
  else m.setXmmZeroUpper(i.reg, permuteQuadwords(low, i.imm8));
}

/** Four of the eight doublewords of both halves, by three bits each. */
function permuteEight(low: v128, high: v128, index: v128): v128 {
  const upper = i32x4.ne(v128.and(index, i32x4.splat(4)), i64x2.splat(0));
  return v128.bitselect(permuteDoublewords(high, index), permuteDoublewords(low, index), upper);
}

function permuteAcross<M>(m: M, i: Insn, low: v128, high: v128): void {
  const indexLow = m.xmm(i.vvvv);
  const indexHigh = m.ymmHigh(i.vvvv);
  m.setYmm(i.reg, permuteEight(low, high, indexLow), permuteEight(low, high, indexHigh));
}

/** VPERMD, VPERMPS. */
export function PERMD<M, T>(m: M, i: Insn, vl: u32): void {
  permuteAcross<M>(m, i, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function PERMDM<M, T>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const high = m.loadVector<v128>(i.segment, ea + 16);
  if (!m.fault) permuteAcross<M>(m, i, low, high);
}

/** One of four quadwords. */
function quadword(low: v128, high: v128, choice: u32): u64 {
  const from = choice & 2 ? high : low;
  return choice & 1 ? i64x2.extract_lane(from, 1) : i64x2.extract_lane(from, 0);
}

function permuteFour<M>(m: M, i: Insn, low: v128, high: v128): void {
  const imm = i.imm8;
  const r = m.vector128(quadword(low, high, imm), quadword(low, high, imm >> 2));
  m.setYmm(i.reg, r, m.vector128(quadword(low, high, imm >> 4), quadword(low, high, imm >> 6)));
}

/** VPERMQ, VPERMPD. */
export function PERMQ<M, T>(m: M, i: Insn, vl: u32): void {
  permuteFour<M>(m, i, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function PERMQM<M, T>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const high = m.loadVector<v128>(i.segment, ea + 16);
  if (!m.fault) permuteFour<M>(m, i, low, high);
}

/** Doublewords of y where the low four bits of `choice` are set, else of x. */
function blendDoublewords(x: v128, y: v128, choice: u32): v128 {
  const bits = v128.and(i32x4.splat(choice), i32x4(1, 2, 4, 8));
  return v128.bitselect(y, x, i32x4.ne(bits, i64x2.splat(0)));
}

function blend<M>(m: M, i: Insn, vl: u32, low: v128, high: v128): void {
  const r = blendDoublewords(m.xmm(i.vvvv), low, i.imm8);
  if (vl == VL_256) m.setYmm(i.reg, r, blendDoublewords(m.ymmHigh(i.vvvv), high, i.imm8 >> 4));
  else m.setXmmZeroUpper(i.reg, r);
}

/** VPBLENDD. */
export function BLENDD<M, T>(m: M, i: Insn, vl: u32): void {
  blend<M>(m, i, vl, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function BLENDDM<M, T>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, vl == VL_256 ? 32 : 16);
  if (m.fault) return;
  const high = vl == VL_256 ? m.loadVector<v128>(i.segment, ea + 16) : i64x2.splat(0);
  if (!m.fault) blend<M>(m, i, vl, low, high);
}
