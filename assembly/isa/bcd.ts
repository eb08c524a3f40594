/**
 * DAA DAS AAA AAS AAM AAD: SDM vol. 2. The flags that the SDM leaves undefined are those of current processors: SF ZF PF by
 * AL and the others clear, but AAD sets CF OF AF like the byte addition that it ends with.
 */
import * as S from '../shared/state';
import { EXCEPTION_DE } from '../shared/exception';
import { FLAG_AF, FLAG_CF } from '../shared/register-bits';
import { Insn } from '../machine/insn';

export const ROWS = `
27    | DAA    | DAA | not64
2F    | DAS    | DAS | not64
37    | AAA    | AAA | not64
3F    | AAS    | AAS | not64
D4 ib | AAM Ib | AAM | not64
D5 ib | AAD Ib | AAD | not64
`;

/** SF ZF PF by AL; AF and CF as given; OF cleared. */
function setFlags<M>(m: M, al: u64, af: bool, cf: bool): void {
  m.flagsResult<u8>(al, <u64>cf, 0);
  if (af) m.flags = m.flags | FLAG_AF;
}

/** Does the low digit of AL need correction? */
function lowDigitOff<M>(m: M, al: u64): bool {
  return (al & 15) > 9 || (m.flags & FLAG_AF) != 0;
}

/** DAA and DAS correct both digits of AL after an addition or subtraction; the high digit by the old value of AL. */
function decimalAdjust<M>(m: M, sign: u64): void {
  const old = m.get<u8>(S.RAX);
  const carry = (m.flags & FLAG_CF) != 0;
  let al = old;
  let cf = carry;
  const af = lowDigitOff<M>(m, old);
  if (af) {
    al = old + sign * 6;
    cf = cf || (al & 0x100) != 0;
  }
  if (old > 0x99 || carry) {
    al += sign * 0x60;
    cf = true;
  }
  m.set<u8>(S.RAX, al & 0xff);
  setFlags<M>(m, al & 0xff, af, cf);
}

export function DAA<M, T>(m: M, i: Insn): void {
  decimalAdjust<M>(m, 1);
}

export function DAS<M, T>(m: M, i: Insn): void {
  decimalAdjust<M>(m, <u64>-1);
}

/** AAA and AAS correct one unpacked digit; the carry or borrow goes to AH with that of AL. */
function asciiAdjust<M>(m: M, sign: u64): void {
  const old = m.get<u16>(S.RAX);
  const off = lowDigitOff<M>(m, old);
  const ax = (off ? old + sign * 0x106 : old) & 0xff0f;
  m.set<u16>(S.RAX, ax);
  setFlags<M>(m, ax & 0xff, off, off);
}

export function AAA<M, T>(m: M, i: Insn): void {
  asciiAdjust<M>(m, 1);
}

export function AAS<M, T>(m: M, i: Insn): void {
  asciiAdjust<M>(m, <u64>-1);
}

/** AAM - AH <- AL / imm8, AL <- the remainder; the base is 10 in the mnemonic without an operand. */
export function AAM<M, T>(m: M, i: Insn): void {
  const base = <u32>i.imm & 0xff;
  if (base == 0) {
    m.raise(EXCEPTION_DE);
    return;
  }
  const al = <u32>m.get<u8>(S.RAX);
  m.set<u16>(S.RAX, <u64>(((al / base) << 8) | (al % base)));
  setFlags<M>(m, <u64>(al % base), false, false);
}

/** AAD - AL <- AL + AH * imm8, AH <- 0. */
export function AAD<M, T>(m: M, i: Insn): void {
  const x = m.get<u8>(S.RAX);
  const y = (m.get<u8>(S.RAX + 1) * <u64>(<u32>i.imm & 0xff)) & 0xff;
  const r = m.add<u8>(x, y);
  m.set<u16>(S.RAX, r);
  m.flagsAdd<u8>(x, y, r);
}
