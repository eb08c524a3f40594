/**
 * ADD ADC SUB SBB CMP INC DEC NEG: SDM vol. 2, one function each, generic over the machine and the operand width.
 */

/** Rows: opcode | instruction | function(access of each operand) | attributes. See assembly/README.md. */
export const ROWS = `
00 /r    | ADD Eb,Gb   | ADD(rw,r) | lock
01 /r    | ADD Ev,Gv   | ADD(rw,r) | lock
02 /r    | ADD Gb,Eb   | ADD(rw,r) |
03 /r    | ADD Gv,Ev   | ADD(rw,r) |
04 ib    | ADD AL,Ib   | ADD(rw,r) |
05 iz    | ADD rAX,Iz  | ADD(rw,r) |
10 /r    | ADC Eb,Gb   | ADC(rw,r) | lock
11 /r    | ADC Ev,Gv   | ADC(rw,r) | lock
12 /r    | ADC Gb,Eb   | ADC(rw,r) |
13 /r    | ADC Gv,Ev   | ADC(rw,r) |
14 ib    | ADC AL,Ib   | ADC(rw,r) |
15 iz    | ADC rAX,Iz  | ADC(rw,r) |
18 /r    | SBB Eb,Gb   | SBB(rw,r) | lock
19 /r    | SBB Ev,Gv   | SBB(rw,r) | lock
1A /r    | SBB Gb,Eb   | SBB(rw,r) |
1B /r    | SBB Gv,Ev   | SBB(rw,r) |
1C ib    | SBB AL,Ib   | SBB(rw,r) |
1D iz    | SBB rAX,Iz  | SBB(rw,r) |
28 /r    | SUB Eb,Gb   | SUB(rw,r) | lock
29 /r    | SUB Ev,Gv   | SUB(rw,r) | lock
2A /r    | SUB Gb,Eb   | SUB(rw,r) |
2B /r    | SUB Gv,Ev   | SUB(rw,r) |
2C ib    | SUB AL,Ib   | SUB(rw,r) |
2D iz    | SUB rAX,Iz  | SUB(rw,r) |
38 /r    | CMP Eb,Gb   | CMP(r,r)  |
39 /r    | CMP Ev,Gv   | CMP(r,r)  |
3A /r    | CMP Gb,Eb   | CMP(r,r)  |
3B /r    | CMP Gv,Ev   | CMP(r,r)  |
3C ib    | CMP AL,Ib   | CMP(r,r)  |
3D iz    | CMP rAX,Iz  | CMP(r,r)  |
80 /0 ib | ADD Eb,Ib   | ADD(rw,r) | lock
80 /2 ib | ADC Eb,Ib   | ADC(rw,r) | lock
80 /3 ib | SBB Eb,Ib   | SBB(rw,r) | lock
80 /5 ib | SUB Eb,Ib   | SUB(rw,r) | lock
80 /7 ib | CMP Eb,Ib   | CMP(r,r)  |
82 /0 ib | ADD Eb,Ib   | ADD(rw,r) | lock not64
82 /2 ib | ADC Eb,Ib   | ADC(rw,r) | lock not64
82 /3 ib | SBB Eb,Ib   | SBB(rw,r) | lock not64
82 /5 ib | SUB Eb,Ib   | SUB(rw,r) | lock not64
82 /7 ib | CMP Eb,Ib   | CMP(r,r)  | not64
81 /0 iz | ADD Ev,Iz   | ADD(rw,r) | lock
81 /2 iz | ADC Ev,Iz   | ADC(rw,r) | lock
81 /3 iz | SBB Ev,Iz   | SBB(rw,r) | lock
81 /5 iz | SUB Ev,Iz   | SUB(rw,r) | lock
81 /7 iz | CMP Ev,Iz   | CMP(r,r)  |
83 /0 ib | ADD Ev,Ib   | ADD(rw,r) | lock
83 /2 ib | ADC Ev,Ib   | ADC(rw,r) | lock
83 /3 ib | SBB Ev,Ib   | SBB(rw,r) | lock
83 /5 ib | SUB Ev,Ib   | SUB(rw,r) | lock
83 /7 ib | CMP Ev,Ib   | CMP(r,r)  |
FE /0    | INC Eb      | INC(rw)   | lock
FE /1    | DEC Eb      | DEC(rw)   | lock
FF /0    | INC Ev      | INC(rw)   | lock
FF /1    | DEC Ev      | DEC(rw)   | lock
40+r     | INC Zv      | INC(rw)   | not64
48+r     | DEC Zv      | DEC(rw)   | not64
F6 /3    | NEG Eb      | NEG(rw)   | lock
F7 /3    | NEG Ev      | NEG(rw)   | lock
`;

/** ADD - DEST <- DEST + SRC. */
export function ADD<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.add<T>(x, y);
  m.flagsAdd<T>(x, y, r);
  return r;
}

/** ADC - DEST <- DEST + SRC + CF. */
export function ADC<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.add<T>(m.add<T>(x, y), m.carryValue());
  m.flagsAdd<T>(x, y, r);
  return r;
}

/** SUB - DEST <- DEST - SRC. */
export function SUB<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.sub<T>(x, y);
  m.flagsSub<T>(x, y, r);
  return r;
}

/** SBB - DEST <- DEST - (SRC + CF). */
export function SBB<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.sub<T>(m.sub<T>(x, y), m.carryValue());
  m.flagsSub<T>(x, y, r);
  return r;
}

/** CMP - the flags of SUB, nothing stored. */
export function CMP<M, T>(m: M, x: u64, y: u64): void {
  m.flagsSub<T>(x, y, m.sub<T>(x, y));
}

/** INC - DEST <- DEST + 1; CF is not touched. */
export function INC<M, T>(m: M, x: u64): u64 {
  const r = m.add<T>(x, m.const(1));
  m.flagsInc<T>(x, r);
  return r;
}

/** DEC - DEST <- DEST - 1; CF is not touched. */
export function DEC<M, T>(m: M, x: u64): u64 {
  const r = m.sub<T>(x, m.const(1));
  m.flagsDec<T>(x, r);
  return r;
}

/** NEG - DEST <- 0 - DEST; CF = (DEST != 0). */
export function NEG<M, T>(m: M, x: u64): u64 {
  const zero = m.const(0);
  const r = m.sub<T>(zero, x);
  m.flagsSub<T>(zero, x, r);
  return r;
}
