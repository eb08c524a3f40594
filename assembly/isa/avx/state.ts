/** VZEROUPPER VZEROALL VTESTPS VTESTPD: SDM vol. 2C. */
import * as S from '../../shared/state';
import { FLAG_CF, FLAG_ZF } from '../../shared/register-bits';
import { VL_256 } from '../../machine/eval-vectors';
import { Insn } from '../../machine/insn';

export const ROWS = `
VEX.128.NP 0F 77       | VZEROUPPER    | ZEROUPPER | AVX vector
VEX.256.NP 0F 77       | VZEROALL      | ZEROALL   | AVX vector
VEX.66.W0 0F 38 0E /r  | VTESTPS Vx,Mx | TESTPSM   | AVX
VEX.66.W0 0F 38 0E /r  | VTESTPS Vx,Ux | TESTPS    | AVX
VEX.66.W0 0F 38 0F /r  | VTESTPD Vx,Mx | TESTPDM   | AVX
VEX.66.W0 0F 38 0F /r  | VTESTPD Vx,Ux | TESTPD    | AVX
`;

export function ZEROUPPER<M, T, V>(m: M, i: Insn, vl: u32): void {
  m.zeroUppers();
}

export function ZEROALL<M, T, V>(m: M, i: Insn, vl: u32): void {
  memory.fill(m.at + S.STATE_XMM, 0, m.vectorRegisters << 4);
  m.zeroUppers();
}

/** ZF: no sign bit of x AND y is set; CF: none of NOT x AND y. The others are cleared. */
function setFlags<M>(m: M, both: u32, second: u32): void {
  m.flagsImage(<u64>((both ? 0 : FLAG_ZF) | (second ? 0 : FLAG_CF)));
}

function testSingle<M>(m: M, i: Insn, vl: u32, low: v128, high: v128): void {
  const x = m.xmm(i.reg);
  let both = i32x4.bitmask(v128.and(low, x));
  let second = i32x4.bitmask(v128.andnot(low, x));
  if (vl == VL_256) {
    both |= i32x4.bitmask(v128.and(high, m.ymmHigh(i.reg)));
    second |= i32x4.bitmask(v128.andnot(high, m.ymmHigh(i.reg)));
  }
  setFlags<M>(m, both, second);
}

function testDouble<M>(m: M, i: Insn, vl: u32, low: v128, high: v128): void {
  const x = m.xmm(i.reg);
  let both = i64x2.bitmask(v128.and(low, x));
  let second = i64x2.bitmask(v128.andnot(low, x));
  if (vl == VL_256) {
    both |= i64x2.bitmask(v128.and(high, m.ymmHigh(i.reg)));
    second |= i64x2.bitmask(v128.andnot(high, m.ymmHigh(i.reg)));
  }
  setFlags<M>(m, both, second);
}

export function TESTPS<M, T, V>(m: M, i: Insn, vl: u32): void {
  testSingle<M>(m, i, vl, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function TESTPSM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, vl == VL_256 ? 32 : 16);
  if (m.fault) return;
  const high = vl == VL_256 ? m.loadUpper(i.segment, ea) : low;
  if (!m.fault) testSingle<M>(m, i, vl, low, high);
}

export function TESTPD<M, T, V>(m: M, i: Insn, vl: u32): void {
  testDouble<M>(m, i, vl, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function TESTPDM<M, T, V>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, vl == VL_256 ? 32 : 16);
  if (m.fault) return;
  const high = vl == VL_256 ? m.loadUpper(i.segment, ea) : low;
  if (!m.fault) testDouble<M>(m, i, vl, low, high);
}
