/**
 * Near transfers: Jcc JMP CALL RET LOOP LOOPE LOOPNE JCXZ: SDM vol. 2. A 16-bit operand size cuts the target to 16 bits.
 * A target beyond the limit of CS is #GP(0) of the branch itself, before it changes anything. Far ones: segment.ts.
 */
import * as S from '../shared/state';
import { Insn } from '../machine/insn';

export const ROWS = `
70+cc cb    | Jcc Jb    | cc       | jcc v f64
0F 80+cc cz | Jcc Jz    | cc       | jcc v f64
E0 cb       | LOOPNE Jb | LOOPNE   | jcc v f64
E1 cb       | LOOPE Jb  | LOOPE    | jcc v f64
E2 cb       | LOOP Jb   | LOOP     | jcc v f64
E3 cb       | JCXZ Jb   | JCXZ     | jcc v f64
E8 cz       | CALL Jz   | CALL     | branch v f64 hot
E9 cz       | JMP Jz    | JMP      | branch v f64
EB cb       | JMP Jb    | JMP      | branch v f64
FF /2       | CALL Ev   | CALLN(r) | branch f64
FF /4       | JMP Ev    | JMPN(r)  | branch f64
C2 iw       | RET Iw    | RETI     | branch v f64 hot
C3          | RET       | RET      | branch v f64 hot
`;

export function JMP<M, T>(m: M, i: Insn): u64 {
  const target = m.relative<T>(i);
  m.nearAllowed(target);
  return target;
}

/** JMP indirect. */
export function JMPN<M, T>(m: M, target: u64, i: Insn): u64 {
  m.nearAllowed(target);
  return target;
}

export function CALL<M, T>(m: M, i: Insn): u64 {
  const target = m.relative<T>(i);
  if (m.nearAllowed(target)) m.push<T>(m.trunc<T>(m.next(i)));
  return target;
}

/** CALL indirect - an operand relative to ESP is read before the push. */
export function CALLN<M, T>(m: M, target: u64, i: Insn): u64 {
  if (m.nearAllowed(target)) m.push<T>(m.trunc<T>(m.next(i)));
  return target;
}

export function RET<M, T>(m: M, i: Insn): u64 {
  const target = m.peek<T>(0);
  if (m.fault) return target;
  if (m.nearAllowed(target)) m.drop(sizeof<T>());
  return target;
}

/** RET imm16 - drops the caller's arguments as well. */
export function RETI<M, T>(m: M, i: Insn): u64 {
  const target = m.peek<T>(0);
  if (m.fault) return target;
  if (m.nearAllowed(target)) m.drop(sizeof<T>() + <u64>(<u32>i.imm & 0xffff));
  return target;
}

/** CX, ECX or RCX by the address size, minus 1; it is stored unless the branch is taken to where it must not go. */
function countDown<M, T>(m: M, i: Insn, condition: bool): bool {
  const mask = m.addressMask(i);
  const count = (m.get<u64>(S.RCX) - 1) & mask;
  const taken = count != 0 && condition;
  if (taken && !m.nearAllowed(m.relative<T>(i))) return true;
  if (mask == 0xffff) m.set<u16>(S.RCX, count);
  else m.set<u64>(S.RCX, count);
  return taken;
}

export function LOOP<M, T>(m: M, i: Insn): bool {
  return countDown<M, T>(m, i, true);
}

export function LOOPE<M, T>(m: M, i: Insn): bool {
  return countDown<M, T>(m, i, m.zero());
}

export function LOOPNE<M, T>(m: M, i: Insn): bool {
  return countDown<M, T>(m, i, !m.zero());
}

/** JCXZ, JECXZ, JRCXZ by the address size. */
export function JCXZ<M, T>(m: M, i: Insn): bool {
  return (m.get<u64>(S.RCX) & m.addressMask(i)) == 0;
}
