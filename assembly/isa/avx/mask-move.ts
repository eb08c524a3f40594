/**
 * VMASKMOVPS VMASKMOVPD VPMASKMOVD VPMASKMOVQ: SDM vol. 2C. Elements whose sign bit in the mask is clear are not accessed: they load as 0,
 * keep their memory, and cannot fault. No alignment is asked for.
 */
import { VL_256 } from '../../machine/eval-vectors';
import { Insn } from '../../machine/insn';
import { loadElementSlow, probeElement, storeElementSlow } from '../../mmu/access-vector';

export const ROWS = `
VEX.66.W0 0F 38 2C /r | VMASKMOVPS Vx,Hx,Mx | MASKLOADD  | AVX
VEX.66.W0 0F 38 2D /r | VMASKMOVPD Vx,Hx,Mx | MASKLOADQ  | AVX
VEX.66.W0 0F 38 2E /r | VMASKMOVPS Mx,Hx,Vx | MASKSTORED | AVX
VEX.66.W0 0F 38 2F /r | VMASKMOVPD Mx,Hx,Vx | MASKSTOREQ | AVX
VEX.66.W0 0F 38 8C /r | VPMASKMOVD Vx,Hx,Mx | MASKLOADD  | AVX2
VEX.66.W1 0F 38 8C /r | VPMASKMOVQ Vx,Hx,Mx | MASKLOADQ  | AVX2
VEX.66.W0 0F 38 8E /r | VPMASKMOVD Mx,Hx,Vx | MASKSTORED | AVX2
VEX.66.W1 0F 38 8E /r | VPMASKMOVQ Mx,Hx,Vx | MASKSTOREQ | AVX2
`;

/** Sign bits of the mask register's elements of type T, the lowest in bit 0. */
function maskBits<M, T>(m: M, i: Insn, vl: u32): u32 {
  const low = m.xmm(i.vvvv);
  const high = vl == VL_256 ? m.ymmHigh(i.vvvv) : i64x2.splat(0);
  if (sizeof<T>() == 8) return i64x2.bitmask(low) | (i64x2.bitmask(high) << 2);
  return i32x4.bitmask(low) | (i32x4.bitmask(high) << 4);
}

/** Element n of a register, of type T. */
function element<M, T>(m: M, register: u32, n: u32): u64 {
  const at = (n * sizeof<T>()) & 15;
  return m.get<T>(m.vectorOffset(register, n * sizeof<T>() >= 16) + at);
}

/** Elements of 16 bytes, one by one; of those that are masked off there is nothing to be seen. */
function gatherHalf<M, T>(m: M, i: Insn, ea: u64, bits: u32): v128 {
  let low: u64 = 0;
  let high: u64 = 0;
  const mask = m.addressMask(i);
  for (let at: u32 = 0; at < 16; at += sizeof<T>()) {
    if (bits & 1) {
      const from = (ea + at) & mask;
      const host = m.readable<T>(i.segment, from);
      const x = host ? <u64>load<T>(host) : loadElementSlow(m, i.segment, from, sizeof<T>());
      if (m.fault) break;
      if (at < 8) low |= x << (at << 3);
      else high |= x << ((at - 8) << 3);
    }
    bits >>= 1;
  }
  return m.vector128(low, high);
}

function maskLoad<M, T>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const bits = maskBits<M, T>(m, i, vl);
  const low = gatherHalf<M, T>(m, i, ea, bits);
  if (m.fault) return;
  if (vl != VL_256) {
    m.setXmmZeroUpper(i.reg, low);
    return;
  }
  const high = gatherHalf<M, T>(m, i, ea + 16, bits >> (16 / sizeof<T>()));
  if (!m.fault) m.setYmm(i.reg, low, high);
}

/** All elements are checked before the first is written. */
function maskStore<M, T>(m: M, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const mask = m.addressMask(i);
  const bits = maskBits<M, T>(m, i, vl);
  const elements: u32 = (vl == VL_256 ? 32 : 16) / sizeof<T>();
  for (let n: u32 = 0; n < elements; n++) {
    if (!((bits >> n) & 1)) continue;
    const at = (ea + n * sizeof<T>()) & mask;
    if (!m.writable<T>(i.segment, at)) probeElement(m, i.segment, at, sizeof<T>());
    if (m.fault) return;
  }
  for (let n: u32 = 0; n < elements; n++) {
    if (!((bits >> n) & 1)) continue;
    const at = (ea + n * sizeof<T>()) & mask;
    const host = m.writable<T>(i.segment, at);
    const x = element<M, T>(m, i.reg, n);
    if (host) store<T>(host, <T>x);
    else storeElementSlow(m, i.segment, at, sizeof<T>(), x);
  }
}

export function MASKLOADD<M, T, V>(m: M, i: Insn, vl: u32): void {
  maskLoad<M, u32>(m, i, vl);
}

export function MASKLOADQ<M, T, V>(m: M, i: Insn, vl: u32): void {
  maskLoad<M, u64>(m, i, vl);
}

export function MASKSTORED<M, T, V>(m: M, i: Insn, vl: u32): void {
  maskStore<M, u32>(m, i, vl);
}

export function MASKSTOREQ<M, T, V>(m: M, i: Insn, vl: u32): void {
  maskStore<M, u64>(m, i, vl);
}
