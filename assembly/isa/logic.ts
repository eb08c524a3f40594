/**
 * AND OR XOR TEST NOT: SDM vol. 2. AF is undefined after the first four; processors clear it.
 */

/** Rows: opcode | instruction | function(access of each operand) | attributes. See assembly/README.md. */
export const ROWS = `
08 /r    | OR Eb,Gb    | OR(rw,r)  | lock
09 /r    | OR Ev,Gv    | OR(rw,r)  | lock
0A /r    | OR Gb,Eb    | OR(rw,r)  |
0B /r    | OR Gv,Ev    | OR(rw,r)  |
0C ib    | OR AL,Ib    | OR(rw,r)  |
0D iz    | OR rAX,Iz   | OR(rw,r)  |
20 /r    | AND Eb,Gb   | AND(rw,r) | lock
21 /r    | AND Ev,Gv   | AND(rw,r) | lock
22 /r    | AND Gb,Eb   | AND(rw,r) |
23 /r    | AND Gv,Ev   | AND(rw,r) |
24 ib    | AND AL,Ib   | AND(rw,r) |
25 iz    | AND rAX,Iz  | AND(rw,r) |
30 /r    | XOR Eb,Gb   | XOR(rw,r) | lock
31 /r    | XOR Ev,Gv   | XOR(rw,r) | lock
32 /r    | XOR Gb,Eb   | XOR(rw,r) |
33 /r    | XOR Gv,Ev   | XOR(rw,r) |
34 ib    | XOR AL,Ib   | XOR(rw,r) |
35 iz    | XOR rAX,Iz  | XOR(rw,r) |
80 /1 ib | OR Eb,Ib    | OR(rw,r)  | lock
80 /4 ib | AND Eb,Ib   | AND(rw,r) | lock
80 /6 ib | XOR Eb,Ib   | XOR(rw,r) | lock
82 /1 ib | OR Eb,Ib    | OR(rw,r)  | lock not64
82 /4 ib | AND Eb,Ib   | AND(rw,r) | lock not64
82 /6 ib | XOR Eb,Ib   | XOR(rw,r) | lock not64
81 /1 iz | OR Ev,Iz    | OR(rw,r)  | lock
81 /4 iz | AND Ev,Iz   | AND(rw,r) | lock
81 /6 iz | XOR Ev,Iz   | XOR(rw,r) | lock
83 /1 ib | OR Ev,Ib    | OR(rw,r)  | lock
83 /4 ib | AND Ev,Ib   | AND(rw,r) | lock
83 /6 ib | XOR Ev,Ib   | XOR(rw,r) | lock
84 /r    | TEST Eb,Gb  | TEST(r,r) |
85 /r    | TEST Ev,Gv  | TEST(r,r) |
A8 ib    | TEST AL,Ib  | TEST(r,r) |
A9 iz    | TEST rAX,Iz | TEST(r,r) |
F6 /0 ib | TEST Eb,Ib  | TEST(r,r) |
F6 /1 ib | TEST Eb,Ib  | TEST(r,r) |
F7 /0 iz | TEST Ev,Iz  | TEST(r,r) |
F7 /1 iz | TEST Ev,Iz  | TEST(r,r) |
F6 /2    | NOT Eb      | NOT(rw)   | lock
F7 /2    | NOT Ev      | NOT(rw)   | lock
`;

/** AND - DEST <- DEST AND SRC. */
export function AND<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.and<T>(x, y);
  m.flagsLogic<T>(r);
  return r;
}

/** OR - DEST <- DEST OR SRC. */
export function OR<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.or<T>(x, y);
  m.flagsLogic<T>(r);
  return r;
}

/** XOR - DEST <- DEST XOR SRC. */
export function XOR<M, T>(m: M, x: u64, y: u64): u64 {
  const r = m.xor<T>(x, y);
  m.flagsLogic<T>(r);
  return r;
}

/** TEST - the flags of AND, nothing stored. */
export function TEST<M, T>(m: M, x: u64, y: u64): void {
  m.flagsLogic<T>(m.and<T>(x, y));
}

/** NOT - DEST <- NOT DEST; no flags. */
export function NOT<M, T>(m: M, x: u64): u64 {
  return m.not<T>(x);
}
