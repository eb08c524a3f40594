/**
 * SHL SHR SAR ROL ROR RCL RCR SHLD SHRD: SDM vol. 2. Counts are taken modulo 32 (modulo 64 for 64-bit operands); a count
 * of 0 changes no flag. The SDM defines OF for counts of 1 only and CF for counts within the operand only; what is done
 * here for the others is what current processors do: OF as if the count were 1, CF the last bit shifted out.
 */

/** /6 is an alias of SHL that assemblers do not use. ROL and ROR of a register by an immediate treat OF differently. */
export const ROWS = `
C0 /0 ib    | ROL Mb,Ib     | ROL(rw,r)    |
C0 /0 ib    | ROL Rb,Ib     | ROLI(rw,r)   |
C0 /1 ib    | ROR Mb,Ib     | ROR(rw,r)    |
C0 /1 ib    | ROR Rb,Ib     | RORI(rw,r)   |
C0 /2 ib    | RCL Eb,Ib     | RCL(rw,r)    | cold
C0 /3 ib    | RCR Eb,Ib     | RCR(rw,r)    | cold
C0 /4 ib    | SHL Eb,Ib     | SHL(rw,r)    |
C0 /5 ib    | SHR Eb,Ib     | SHR(rw,r)    |
C0 /6 ib    | SHL Eb,Ib     | SHL(rw,r)    |
C0 /7 ib    | SAR Eb,Ib     | SAR(rw,r)    |
C1 /0 ib    | ROL Mv,Ib     | ROL(rw,r)    |
C1 /0 ib    | ROL Rv,Ib     | ROLI(rw,r)   |
C1 /1 ib    | ROR Mv,Ib     | ROR(rw,r)    |
C1 /1 ib    | ROR Rv,Ib     | RORI(rw,r)   |
C1 /2 ib    | RCL Ev,Ib     | RCL(rw,r)    | cold
C1 /3 ib    | RCR Ev,Ib     | RCR(rw,r)    | cold
C1 /4 ib    | SHL Ev,Ib     | SHL(rw,r)    |
C1 /5 ib    | SHR Ev,Ib     | SHR(rw,r)    |
C1 /6 ib    | SHL Ev,Ib     | SHL(rw,r)    |
C1 /7 ib    | SAR Ev,Ib     | SAR(rw,r)    |
D0 /0       | ROL Eb,1      | ROL(rw,r)    |
D0 /1       | ROR Eb,1      | ROR(rw,r)    |
D0 /2       | RCL Eb,1      | RCL(rw,r)    | cold
D0 /3       | RCR Eb,1      | RCR(rw,r)    | cold
D0 /4       | SHL Eb,1      | SHL(rw,r)    |
D0 /5       | SHR Eb,1      | SHR(rw,r)    |
D0 /6       | SHL Eb,1      | SHL(rw,r)    |
D0 /7       | SAR Eb,1      | SAR(rw,r)    |
D1 /0       | ROL Ev,1      | ROL(rw,r)    |
D1 /1       | ROR Ev,1      | ROR(rw,r)    |
D1 /2       | RCL Ev,1      | RCL(rw,r)    |
D1 /3       | RCR Ev,1      | RCR(rw,r)    |
D1 /4       | SHL Ev,1      | SHL(rw,r)    |
D1 /5       | SHR Ev,1      | SHR(rw,r)    |
D1 /6       | SHL Ev,1      | SHL(rw,r)    |
D1 /7       | SAR Ev,1      | SAR(rw,r)    |
D2 /0       | ROL Eb,CL     | ROL(rw,r)    | cold
D2 /1       | ROR Eb,CL     | ROR(rw,r)    | cold
D2 /2       | RCL Eb,CL     | RCL(rw,r)    | cold
D2 /3       | RCR Eb,CL     | RCR(rw,r)    | cold
D2 /4       | SHL Eb,CL     | SHL(rw,r)    |
D2 /5       | SHR Eb,CL     | SHR(rw,r)    |
D2 /6       | SHL Eb,CL     | SHL(rw,r)    |
D2 /7       | SAR Eb,CL     | SAR(rw,r)    |
D3 /0       | ROL Ev,CL     | ROL(rw,r)    |
D3 /1       | ROR Ev,CL     | ROR(rw,r)    |
D3 /2       | RCL Ev,CL     | RCL(rw,r)    | cold
D3 /3       | RCR Ev,CL     | RCR(rw,r)    | cold
D3 /4       | SHL Ev,CL     | SHL(rw,r)    |
D3 /5       | SHR Ev,CL     | SHR(rw,r)    |
D3 /6       | SHL Ev,CL     | SHL(rw,r)    |
D3 /7       | SAR Ev,CL     | SAR(rw,r)    |
0F A4 /r ib | SHLD Ev,Gv,Ib | SHLD(rw,r,r) |
0F A5 /r    | SHLD Ev,Gv,CL | SHLD(rw,r,r) |
0F AC /r ib | SHRD Ev,Gv,Ib | SHRD(rw,r,r) |
0F AD /r    | SHRD Ev,Gv,CL | SHRD(rw,r,r) |
`;

/** The count modulo 32 or 64. */
function masked<M, T>(m: M, count: u64): u64 {
  return m.and<u8>(count, m.const(sizeof<T>() == 8 ? 63 : 31));
}

/** Bit n of x, 0 or 1. */
function bit<M>(m: M, x: u64, n: u64): u64 {
  return m.and<u64>(m.shr<u64>(x, n), m.const(1));
}

/** Most significant bit of x of width T. */
function top<M, T>(m: M, x: u64): u64 {
  return m.shr<u64>(x, m.const(sizeof<T>() * 8 - 1));
}

/** OF of a left shift or rotate by 1: the sign changes. */
function signChanges<M, T>(m: M, x: u64): u64 {
  return bit<M>(m, m.xor<u64>(x, m.shl<u64>(x, m.const(1))), m.const(sizeof<T>() * 8 - 1));
}

/** SHL - the last bit shifted out goes to CF. */
export function SHL<M, T>(m: M, x: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const r = m.shl<T>(x, n);
  // Narrow operands have room for the bits shifted out in the 64-bit value.
  const cf =
    sizeof<T>() == 8 ? bit<M>(m, x, m.sub<u64>(m.const(64), n)) : bit<M>(m, m.shl<u64>(x, n), m.const(sizeof<T>() * 8));
  m.flagsResultIf<T>(n, r, cf, signChanges<M, T>(m, x));
  return r;
}

/** SHR - zeros come in; OF is the sign of the operand. */
export function SHR<M, T>(m: M, x: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const r = m.shr<T>(x, n);
  m.flagsResultIf<T>(n, r, bit<M>(m, x, m.sub<u64>(n, m.const(1))), top<M, T>(m, x));
  return r;
}

/** SAR - copies of the sign come in; OF is cleared. */
export function SAR<M, T>(m: M, x: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const r = m.sar<T>(x, n);
  const cf = bit<M>(m, m.sar<T>(x, m.sub<u64>(n, m.const(1))), m.const(0));
  m.flagsResultIf<T>(n, r, cf, m.const(0));
  return r;
}

/** Count of a rotate: the operand's width is a power of two. */
function turns<M, T>(m: M, n: u64): u64 {
  return m.and<u8>(n, m.const(sizeof<T>() * 8 - 1));
}

/** ROL - CF is the bit that came round, OF as if the count were 1. */
export function ROL<M, T>(m: M, x: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const r = m.rol<T>(x, turns<M, T>(m, n));
  m.flagsRotateIf(n, bit<M>(m, r, m.const(0)), signChanges<M, T>(m, x));
  return r;
}

/** ROL of a register by an immediate: OF stays unless the count is 1. */
export function ROLI<M, T>(m: M, x: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const r = m.rol<T>(x, turns<M, T>(m, n));
  m.flagsRotateFirst(n, bit<M>(m, r, m.const(0)), signChanges<M, T>(m, x));
  return r;
}

/** ROR - CF is the bit that came round. */
export function ROR<M, T>(m: M, x: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const r = m.ror<T>(x, turns<M, T>(m, n));
  const overflow = m.xor<u64>(top<M, T>(m, x), bit<M>(m, x, m.const(0)));
  m.flagsRotateIf(n, top<M, T>(m, r), overflow);
  return r;
}

/** ROR of a register by an immediate: OF stays unless the count is 1. */
export function RORI<M, T>(m: M, x: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const r = m.ror<T>(x, turns<M, T>(m, n));
  const overflow = m.xor<u64>(top<M, T>(m, x), bit<M>(m, x, m.const(0)));
  m.flagsRotateFirst(n, top<M, T>(m, r), overflow);
  return r;
}

/** Count of a rotate through CF: 9 and 17 positions for 8 and 16 bits; 33 and 65 are beyond any masked count. */
function turnsWithCarry<M, T>(m: M, count: u64): u64 {
  const n = masked<M, T>(m, count);
  return sizeof<T>() < 4 ? m.modulo(n, m.const(sizeof<T>() * 8 + 1)) : n;
}

/** RCL - rotates CF:DEST to the left. */
export function RCL<M, T>(m: M, x: u64, count: u64): u64 {
  const n = turnsWithCarry<M, T>(m, count);
  const carry = m.carryValue();
  const width = m.const(sizeof<T>() * 8);
  const overflow = signChanges<M, T>(m, x);
  if (sizeof<T>() == 8) {
    const carryIn = m.shl<u64>(carry, m.sub<u64>(n, m.const(1)));
    const back = m.shr<u64>(m.shr<u64>(x, m.const(1)), m.sub<u64>(m.const(64), n));
    const r = m.select(n, m.or<u64>(m.or<u64>(m.shl<u64>(x, n), carryIn), back), x);
    m.flagsRotateIf(n, bit<M>(m, x, m.sub<u64>(width, n)), overflow);
    return r;
  }
  const wide = m.or<u64>(x, m.shl<u64>(carry, width));
  const turned = m.or<u64>(m.shl<u64>(wide, n), m.shr<u64>(wide, m.sub<u64>(m.const(sizeof<T>() * 8 + 1), n)));
  m.flagsRotateIf(n, bit<M>(m, turned, width), overflow);
  return m.trunc<T>(turned);
}

/** RCR - rotates CF:DEST to the right; OF by 1 is the old sign against the carry that comes in. */
export function RCR<M, T>(m: M, x: u64, count: u64): u64 {
  const n = turnsWithCarry<M, T>(m, count);
  const carry = m.carryValue();
  const width = m.const(sizeof<T>() * 8);
  const overflow = m.xor<u64>(top<M, T>(m, x), carry);
  if (sizeof<T>() == 8) {
    const carryIn = m.shl<u64>(carry, m.sub<u64>(m.const(64), n));
    const back = m.shl<u64>(m.shl<u64>(x, m.const(1)), m.sub<u64>(m.const(64), n));
    const r = m.select(n, m.or<u64>(m.or<u64>(m.shr<u64>(x, n), carryIn), back), x);
    m.flagsRotateIf(n, bit<M>(m, x, m.sub<u64>(n, m.const(1))), overflow);
    return r;
  }
  const wide = m.or<u64>(x, m.shl<u64>(carry, width));
  const turned = m.or<u64>(m.shr<u64>(wide, n), m.shl<u64>(wide, m.sub<u64>(m.const(sizeof<T>() * 8 + 1), n)));
  m.flagsRotateIf(n, bit<M>(m, turned, width), overflow);
  return m.trunc<T>(turned);
}

/**
 * SHLD - bits of SRC come in from the right. A 16-bit operand shifted by more than 16 (undefined in the SDM) goes on with
 * the bits of DEST itself: DEST:SRC:DEST is what moves.
 */
export function SHLD<M, T>(m: M, x: u64, y: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const overflow = signChanges<M, T>(m, x);
  if (sizeof<T>() == 8) {
    const left = m.sub<u64>(m.const(64), n);
    const r = m.select(n, m.or<u64>(m.shl<u64>(x, n), m.shr<u64>(y, left)), x);
    m.flagsResultIf<T>(n, r, bit<M>(m, x, left), overflow);
    return r;
  }
  const left = m.sub<u64>(m.const(32), n);
  const wide =
    sizeof<T>() == 4
      ? m.or<u64>(m.shl<u64>(x, m.const(32)), y)
      : m.or<u64>(m.or<u64>(m.shl<u64>(x, m.const(32)), m.shl<u64>(y, m.const(16))), x);
  const r = m.trunc<T>(m.shr<u64>(wide, left));
  m.flagsResultIf<T>(n, r, bit<M>(m, wide, m.add<u64>(left, m.const(sizeof<T>() * 8))), overflow);
  return r;
}

/** SHRD - bits of SRC come in from the left; see SHLD for 16-bit operands. */
export function SHRD<M, T>(m: M, x: u64, y: u64, count: u64): u64 {
  const n = masked<M, T>(m, count);
  const overflow = m.xor<u64>(top<M, T>(m, x), bit<M>(m, y, m.const(0)));
  if (sizeof<T>() == 8) {
    const r = m.select(n, m.or<u64>(m.shr<u64>(x, n), m.shl<u64>(y, m.sub<u64>(m.const(64), n))), x);
    m.flagsResultIf<T>(n, r, bit<M>(m, x, m.sub<u64>(n, m.const(1))), overflow);
    return r;
  }
  const wide =
    sizeof<T>() == 4
      ? m.or<u64>(m.shl<u64>(y, m.const(32)), x)
      : m.or<u64>(m.or<u64>(m.shl<u64>(x, m.const(32)), m.shl<u64>(y, m.const(16))), x);
  const r = m.trunc<T>(m.shr<u64>(wide, n));
  m.flagsResultIf<T>(n, r, bit<M>(m, wide, m.sub<u64>(n, m.const(1))), overflow);
  return r;
}
