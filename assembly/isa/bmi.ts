/**
 * LZCNT TZCNT and BMI1, BMI2: ANDN BEXTR BLSI BLSMSK BLSR BZHI MULX PDEP PEXT RORX SARX SHLX SHRX: SDM vol. 2. Flags that the
 * SDM leaves undefined come out as those of a result are: AF 0, PF and SF by the result.
 */
import * as S from '../shared/state';
import { Insn } from '../machine/insn';

/**
 * Processors without LZCNT and TZCNT ignore the F3 and run BSR and BSF. MULX writes two registers, and PDEP and PEXT loop
 * over the mask: function rows, one for memory and one for registers.
 */
export const ROWS = `
F3 0F BC /r               | TZCNT Gv,Ev     | TZCNT(w,r)    | BMI1 optional
F3 0F BD /r               | LZCNT Gv,Ev     | LZCNT(w,r)    | LZCNT optional
VEX.LZ.NP 0F 38 F2 /r     | ANDN Gy,By,Ey   | ANDN(w,r,r)   | BMI1
VEX.LZ.NP 0F 38 F3 /1     | BLSR By,Ey      | BLSR(w,r)     | BMI1
VEX.LZ.NP 0F 38 F3 /2     | BLSMSK By,Ey    | BLSMSK(w,r)   | BMI1
VEX.LZ.NP 0F 38 F3 /3     | BLSI By,Ey      | BLSI(w,r)     | BMI1
VEX.LZ.NP 0F 38 F7 /r     | BEXTR Gy,Ey,By  | BEXTR(w,r,r)  | BMI1
VEX.LZ.NP 0F 38 F5 /r     | BZHI Gy,Ey,By   | BZHI(w,r,r)   | BMI2
VEX.LZ.F2 0F 38 F6 /r     | MULX Gy,By,My   | MULXM         | BMI2
VEX.LZ.F2 0F 38 F6 /r     | MULX Gy,By,Ry   | MULX          | BMI2
VEX.LZ.F2 0F 38 F5 /r     | PDEP Gy,By,My   | PDEPM         | BMI2
VEX.LZ.F2 0F 38 F5 /r     | PDEP Gy,By,Ry   | PDEP          | BMI2
VEX.LZ.F3 0F 38 F5 /r     | PEXT Gy,By,My   | PEXTM         | BMI2
VEX.LZ.F3 0F 38 F5 /r     | PEXT Gy,By,Ry   | PEXT          | BMI2
VEX.LZ.F2 0F 3A F0 /r ib  | RORX Gy,Ey,Ib   | RORX(w,r,r)   | BMI2
VEX.LZ.F3 0F 38 F7 /r     | SARX Gy,Ey,By   | SARX(w,r,r)   | BMI2
VEX.LZ.66 0F 38 F7 /r     | SHLX Gy,Ey,By   | SHLX(w,r,r)   | BMI2
VEX.LZ.F2 0F 38 F7 /r     | SHRX Gy,Ey,By   | SHRX(w,r,r)   | BMI2
`;

/** TZCNT - number of zeros below the lowest one; CF tells a source of 0, whose count is the operand size. */
export function TZCNT<M, T>(m: M, x: u64): u64 {
  const r = m.select(x, m.lowestBit(x), m.const(sizeof<T>() * 8));
  m.flagsResult<T>(r, m.isZero(x), m.const(0));
  return r;
}

/** LZCNT - number of zeros above the highest one. */
export function LZCNT<M, T>(m: M, x: u64): u64 {
  const zeros = m.sub<u64>(m.const(sizeof<T>() * 8 - 1), m.highestBit(x));
  const r = m.select(x, zeros, m.const(sizeof<T>() * 8));
  m.flagsResult<T>(r, m.isZero(x), m.const(0));
  return r;
}

export function ANDN<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.and<T>(m.not<T>(x), y);
  m.flagsLogic<T>(r);
  return r;
}

/** BLSR - clears the lowest one; CF tells a source of 0. */
export function BLSR<M, T>(m: M, x: u64): u64 {
  const r = m.and<T>(m.sub<T>(x, m.const(1)), x);
  m.flagsResult<T>(r, m.isZero(x), m.const(0));
  return r;
}

/** BLSMSK - ones up to the lowest one; CF tells a source of 0. The result is never 0. */
export function BLSMSK<M, T>(m: M, x: u64): u64 {
  const r = m.xor<T>(m.sub<T>(x, m.const(1)), x);
  m.flagsResult<T>(r, m.isZero(x), m.const(0));
  return r;
}

/** BLSI - the lowest one alone; CF is clear for a source of 0, unlike BLSR's. */
export function BLSI<M, T>(m: M, x: u64): u64 {
  const r = m.and<T>(m.sub<T>(m.const(0), x), x);
  m.flagsResult<T>(r, m.isNotZero(x), m.const(0));
  return r;
}

/** The low `n` bits of x, n from 0 to 255. */
function lowBits<M>(m: M, x: u64, n: u64): u64 {
  const mask = m.sub<u64>(m.shl<u64>(m.const(1), m.and<u64>(n, m.const(63))), m.const(1));
  return m.select(m.shr<u64>(n, m.const(6)), x, m.and<u64>(x, mask));
}

/** BEXTR - bits from a start (bits 7-0 of the second source) in a length (bits 15-8); those beyond the operand are 0. */
export function BEXTR<M, T>(m: M, x: u64, field: u64): u64 {
  const start = m.and<u64>(field, m.const(0xff));
  const length = m.and<u64>(m.shr<u64>(field, m.const(8)), m.const(0xff));
  const shifted = m.shr<u64>(x, m.and<u64>(start, m.const(63)));
  const from = m.select(m.shr<u64>(start, m.const(6)), m.const(0), shifted);
  const r = lowBits<M>(m, from, length);
  m.flagsLogic<T>(r);
  return r;
}

/** BZHI - clears the bits from index n (bits 7-0) on; CF tells an n beyond the operand. */
export function BZHI<M, T>(m: M, x: u64, y: u64): u64 {
  const n = m.and<u64>(y, m.const(0xff));
  const r = lowBits<M>(m, x, n);
  const beyond = m.isNotZero(m.shr<u64>(n, m.const(sizeof<T>() == 8 ? 6 : 5)));
  m.flagsResult<T>(r, beyond, m.const(0));
  return r;
}

function multiply<M, T>(m: M, i: Insn, y: u64): void {
  const x = m.get<T>(S.RDX);
  const product = x * y;
  const high = sizeof<T>() == 8 ? m.mulHighUnsigned(x, y) : product >> 32;
  // If both destinations are one register, it holds the high half.
  m.set<T>(i.vvvv >> 1, product);
  m.set<T>(i.reg, high);
}

/** MULX - reads rDX and changes no flag. */
export function MULX<M, T>(m: M, i: Insn): void {
  multiply<M, T>(m, i, m.get<T>(i.rm));
}

export function MULXM<M, T>(m: M, i: Insn): void {
  const y = m.load<T>(i.segment, m.ea(i));
  if (!m.fault) multiply<M, T>(m, i, y);
}

/** The low bits of x, spread over the ones of the mask. */
function deposit(x: u64, mask: u64): u64 {
  let r: u64 = 0;
  for (let rest = mask; rest != 0; rest &= rest - 1) {
    if (x & 1) r |= rest & (0 - rest);
    x >>= 1;
  }
  return r;
}

/** The bits of x under the ones of the mask, side by side. */
function extract(x: u64, mask: u64): u64 {
  let r: u64 = 0;
  let bit: u64 = 1;
  for (let rest = mask; rest != 0; rest &= rest - 1) {
    if (x & rest & (0 - rest)) r |= bit;
    bit <<= 1;
  }
  return r;
}

export function PDEP<M, T>(m: M, i: Insn): void {
  m.set<T>(i.reg, deposit(m.get<T>(i.vvvv >> 1), m.get<T>(i.rm)));
}

export function PDEPM<M, T>(m: M, i: Insn): void {
  const mask = m.load<T>(i.segment, m.ea(i));
  if (!m.fault) m.set<T>(i.reg, deposit(m.get<T>(i.vvvv >> 1), mask));
}

export function PEXT<M, T>(m: M, i: Insn): void {
  m.set<T>(i.reg, extract(m.get<T>(i.vvvv >> 1), m.get<T>(i.rm)));
}

export function PEXTM<M, T>(m: M, i: Insn): void {
  const mask = m.load<T>(i.segment, m.ea(i));
  if (!m.fault) m.set<T>(i.reg, extract(m.get<T>(i.vvvv >> 1), mask));
}

/** Shift counts are taken modulo the operand size; no flag changes. */
function count<M, T>(m: M, n: u64): u64 {
  return m.and<u64>(n, m.const(sizeof<T>() * 8 - 1));
}

export function RORX<M, T>(m: M, x: u64, n: u64): u64 {
  return m.ror<T>(x, count<M, T>(m, n));
}

export function SARX<M, T>(m: M, x: u64, n: u64): u64 {
  return m.sar<T>(x, count<M, T>(m, n));
}

export function SHLX<M, T>(m: M, x: u64, n: u64): u64 {
  return m.shl<T>(x, count<M, T>(m, n));
}

export function SHRX<M, T>(m: M, x: u64, n: u64): u64 {
  return m.shr<T>(x, count<M, T>(m, n));
}
