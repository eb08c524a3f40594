/**
 * BT BTS BTR BTC BSF BSR BSWAP POPCNT: SDM vol. 2. BT and its kin change CF alone. BSF and BSR clear CF OF SF AF and set
 * PF by the result; with a source of 0 the destination stays, bits 63-32 of a 32-bit one too, as on all current processors.
 * TZCNT and LZCNT are in bmi.ts.
 */
import { Insn } from '../machine/insn';

/** With a bit offset in a register, a memory operand is a bit string: its rows compute the address themselves. */
export const ROWS = `
0F A3 /r    | BT Mv,Gv     | BTM        |
0F A3 /r    | BT Rv,Gv     | BT(r,r)    |
0F AB /r    | BTS Mv,Gv    | BTSM       | lock
0F AB /r    | BTS Rv,Gv    | BTS(rw,r)  |
0F B3 /r    | BTR Mv,Gv    | BTRM       | lock
0F B3 /r    | BTR Rv,Gv    | BTR(rw,r)  |
0F BB /r    | BTC Mv,Gv    | BTCM       | lock
0F BB /r    | BTC Rv,Gv    | BTC(rw,r)  |
0F BA /4 ib | BT Ev,Ib     | BT(r,r)    |
0F BA /5 ib | BTS Ev,Ib    | BTS(rw,r)  | lock
0F BA /6 ib | BTR Ev,Ib    | BTR(rw,r)  | lock
0F BA /7 ib | BTC Ev,Ib    | BTC(rw,r)  | lock
0F BC /r    | BSF Gv,Ev    | BSF(rw,r)  | whole
0F BD /r    | BSR Gv,Ev    | BSR(rw,r)  | whole
0F C8+r     | BSWAP Zv     | BSWAP(rw)  |
F3 0F B8 /r | POPCNT Gv,Ev | POPCNT(w,r) | POPCNT cold
`;

/** Bit offset inside an operand of width T. */
function inside<M, T>(m: M, offset: u64): u64 {
  return m.and<T>(offset, m.const(sizeof<T>() * 8 - 1));
}

/** CF <- bit n of x. */
function testBit<M>(m: M, x: u64, n: u64): void {
  m.flagsCarry(m.and<u64>(m.shr<u64>(x, n), m.const(1)));
}

/** BT - the bit goes to CF. */
export function BT<M, T>(m: M, x: u64, offset: u64): void {
  testBit<M>(m, x, inside<M, T>(m, offset));
}

/** BTS - the bit goes to CF and is set. */
export function BTS<M, T>(m: M, x: u64, offset: u64): u64 {
  const n = inside<M, T>(m, offset);
  testBit<M>(m, x, n);
  return m.or<T>(x, m.shl<T>(m.const(1), n));
}

/** BTR - the bit goes to CF and is cleared. */
export function BTR<M, T>(m: M, x: u64, offset: u64): u64 {
  const n = inside<M, T>(m, offset);
  testBit<M>(m, x, n);
  return m.and<T>(x, m.not<T>(m.shl<T>(m.const(1), n)));
}

/** BTC - the bit goes to CF and is complemented. */
export function BTC<M, T>(m: M, x: u64, offset: u64): u64 {
  const n = inside<M, T>(m, offset);
  testBit<M>(m, x, n);
  return m.xor<T>(x, m.shl<T>(m.const(1), n));
}

/** Address of the operand-sized unit of a bit string that holds the bit: the offset is signed. */
function unitOf<M, T>(m: M, i: Insn): u64 {
  const bytes = (m.signed<T>(m.get<T>(i.reg)) >> 3) & ~(<i64>sizeof<T>() - 1);
  return (m.ea(i) + <u64>bytes) & m.addressMask(i);
}

export function BTM<M, T>(m: M, i: Insn): void {
  const x = m.load<T>(i.segment, unitOf<M, T>(m, i));
  if (m.fault) return;
  BT<M, T>(m, x, m.get<T>(i.reg));
}

export function BTSM<M, T>(m: M, i: Insn): void {
  const x = m.loadRmw<T>(i.segment, unitOf<M, T>(m, i));
  if (m.fault) return;
  m.storeRmw<T>(BTS<M, T>(m, x, m.get<T>(i.reg)));
}

export function BTRM<M, T>(m: M, i: Insn): void {
  const x = m.loadRmw<T>(i.segment, unitOf<M, T>(m, i));
  if (m.fault) return;
  m.storeRmw<T>(BTR<M, T>(m, x, m.get<T>(i.reg)));
}

export function BTCM<M, T>(m: M, i: Insn): void {
  const x = m.loadRmw<T>(i.segment, unitOf<M, T>(m, i));
  if (m.fault) return;
  m.storeRmw<T>(BTC<M, T>(m, x, m.get<T>(i.reg)));
}

/** ZF tells a source of 0, PF is that of the bit index; bit 8 keeps ZF clear for index 0 and is in no flag. */
function flagsOfScan<M>(m: M, source: u64, index: u64): void {
  m.flagsLogic<u64>(m.select(source, m.or<u64>(index, m.const(0x100)), m.const(0)));
}

/** BSF - index of the lowest bit that is set. */
export function BSF<M, T>(m: M, old: u64, source: u64): u64 {
  const index = m.lowestBit(source);
  flagsOfScan<M>(m, source, index);
  return m.select(source, index, old);
}

/** BSR - index of the highest bit that is set. */
export function BSR<M, T>(m: M, old: u64, source: u64): u64 {
  const index = m.highestBit(source);
  flagsOfScan<M>(m, source, index);
  return m.select(source, index, old);
}

/** BSWAP - reverses the bytes; a 16-bit operand (undefined in the SDM) becomes 0. */
export function BSWAP<M, T>(m: M, x: u64): u64 {
  return sizeof<T>() == 2 ? m.const(0) : m.bswap<T>(x);
}

/** POPCNT - number of bits that are set; ZF tells a source of 0, all other flags are cleared. */
export function POPCNT<M, T>(m: M, x: u64): u64 {
  m.flagsImage(m.shl<u64>(m.isZero(x), m.const(6)));
  return m.popcnt(x);
}
