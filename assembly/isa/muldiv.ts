/**
 * MUL IMUL DIV IDIV: SDM vol. 2. The SDM leaves SF ZF AF PF undefined after a multiplication: processors set SF and PF by
 * the low half of the product and clear ZF and AF. DIV and IDIV leave all flags alone.
 */
import * as S from '../shared/state';

export const ROWS = `
F6 /4       | MUL Eb        | MUL(r)       |
F7 /4       | MUL Ev        | MUL(r)       |
F6 /5       | IMUL Eb       | IMUL(r)      |
F7 /5       | IMUL Ev       | IMUL(r)      |
0F AF /r    | IMUL Gv,Ev    | IMUL2(rw,r)  |
69 /r iz    | IMUL Gv,Ev,Iz | IMUL2(w,r,r) |
6B /r ib    | IMUL Gv,Ev,Ib | IMUL2(w,r,r)  |
F6 /6       | DIV Eb        | DIV(r)       | raises
F7 /6       | DIV Ev        | DIV(r)       | raises
F6 /7       | IDIV Eb       | IDIV(r)      | raises
F7 /7       | IDIV Ev       | IDIV(r)      | raises
`;

/** Flags of a product: CF = OF = `overflow`; SF and PF of `low`; ZF stays 0 even if low is 0 (bit 8 is in no flag). */
function flagsProduct<M, T>(m: M, low: u64, overflow: u64): void {
  const shown = m.or<u64>(<u64>m.signed<T>(low), m.const(0x100));
  m.flagsResult<u64>(shown, overflow, overflow);
}

/** Puts the double-width product into AX, DX:AX, EDX:EAX or RDX:RAX. */
function setProduct<M, T>(m: M, high: u64, low: u64): void {
  if (sizeof<T>() == 1) {
    m.set<u8>(S.RAX, low);
    m.set<u8>(S.RAX + 1, high);
    return;
  }
  m.set<T>(S.RAX, low);
  m.set<T>(S.RDX, high);
}

/** MUL - unsigned; CF and OF tell that the high half is not 0. */
export function MUL<M, T>(m: M, y: u64): void {
  const x = m.get<T>(S.RAX);
  const low = m.mul<T>(x, y);
  const high = sizeof<T>() == 8 ? m.mulHighUnsigned(x, y) : m.shr<u64>(m.mul<u64>(x, y), m.const(sizeof<T>() * 8));
  setProduct<M, T>(m, high, low);
  flagsProduct<M, T>(m, low, m.isNotZero(high));
}

/** 1 if (high:low) is not the sign extension of low. */
function signedOverflow<M, T>(m: M, high: u64, low: u64): u64 {
  return m.isNotZero(m.xor<u64>(high, m.sar<T>(low, m.const(sizeof<T>() * 8 - 1))));
}

/** High half of the signed product, of width T. */
function signedHigh<M, T>(m: M, x: u64, y: u64): u64 {
  if (sizeof<T>() == 8) return m.mulHighSigned(x, y);
  const product = m.mul<u64>(<u64>m.signed<T>(x), <u64>m.signed<T>(y));
  return m.trunc<T>(m.shr<u64>(product, m.const(sizeof<T>() * 8)));
}

/** IMUL, one operand - signed; CF and OF tell that the high half is more than the sign. */
export function IMUL<M, T>(m: M, y: u64): void {
  const x = m.get<T>(S.RAX);
  const low = m.mul<T>(x, y);
  const high = signedHigh<M, T>(m, x, y);
  setProduct<M, T>(m, high, low);
  flagsProduct<M, T>(m, low, signedOverflow<M, T>(m, high, low));
}

/** IMUL, two and three operands - the product is cut to the operand size. */
export function IMUL2<M, T>(m: M, x: u64, y: u64): u64 {
  const low = m.mul<T>(x, y);
  flagsProduct<M, T>(m, low, signedOverflow<M, T>(m, signedHigh<M, T>(m, x, y), low));
  return low;
}

/** Width of the halves of the dividend: AH and AL for 8 bits. */
function highHalf<T>(): u32 {
  return sizeof<T>() == 1 ? S.RAX + 1 : S.RDX;
}

/** DIV - quotient to AL (eAX), remainder to AH (eDX); #DE if the quotient does not fit. */
export function DIV<M, T>(m: M, divisor: u64): void {
  const low = m.get<T>(S.RAX);
  const q = m.divideUnsigned<T>(m.get<T>(highHalf<T>()), low, divisor);
  if (m.fault) return;
  m.set<T>(S.RAX, q);
  m.set<T>(highHalf<T>(), m.sub<T>(low, m.mul<T>(q, divisor)));
}

/** IDIV - as DIV, signed; the quotient is rounded towards 0, the remainder has the dividend's sign. */
export function IDIV<M, T>(m: M, divisor: u64): void {
  const low = m.get<T>(S.RAX);
  const q = m.divideSigned<T>(m.get<T>(highHalf<T>()), low, divisor);
  if (m.fault) return;
  m.set<T>(S.RAX, q);
  m.set<T>(highHalf<T>(), m.sub<T>(low, m.mul<T>(q, divisor)));
}
