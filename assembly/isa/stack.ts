/**
 * PUSH POP PUSHA POPA ENTER LEAVE: SDM vol. 2. The stack pointer changes only after the last access that can fault.
 * PUSH and POP of segment registers are in segment.ts, PUSHF and POPF in flag.ts.
 */
import * as S from '../shared/state';
import { Insn } from '../machine/insn';

export const ROWS = `
50+r      | PUSH Zv      | PUSHZ   | d64 hot
58+r      | POP Zv       | POPZ    | d64 hot
68 iz     | PUSH Iv      | PUSH(r) | d64 raises
6A ib     | PUSH Iv      | PUSH(r) | d64 raises
FF /6     | PUSH Ev      | PUSH(r) | d64 raises
8F /0     | POP Mv       | POPM    | d64
8F /0     | POP Rv       | POP(w)  | d64 raises
60        | PUSHA        | PUSHA   | v not64
61        | POPA         | POPA    | v not64
C8 iw ib2 | ENTER Iw,Ib  | ENTER   | v d64
C9        | LEAVE        | LEAVE   | v d64 hot
`;

/** PUSH of a register - PUSH ESP pushes the value before the decrement. */
export function PUSHZ<M, T>(m: M, i: Insn): void {
  m.push<T>(m.get<T>(i.reg));
}

/** POP of a register - POP ESP leaves the popped value in ESP, for the increment comes first. */
export function POPZ<M, T>(m: M, i: Insn): void {
  const x = m.pop<T>();
  if (m.fault) return;
  m.set<T>(i.reg, x);
}

export function PUSH<M, T>(m: M, x: u64): void {
  m.push<T>(x);
}

export function POP<M, T>(m: M): u64 {
  return m.pop<T>();
}

/** POP to memory - an address relative to ESP is computed with ESP after the pop. */
export function POPM<M, T>(m: M, i: Insn): void {
  const x = m.peek<T>(0);
  if (m.fault) return;
  const before = m.get<u64>(S.RSP);
  m.drop(sizeof<T>());
  m.store<T>(i.segment, m.ea(i), x);
  if (m.fault) m.set<u64>(S.RSP, before);
}

/**
 * PUSHA - EAX ECX EDX EBX, ESP as it was, EBP ESI EDI: encoding order. The pushes become visible one by one, before a
 * later one faults (as on processors), while SP changes at the end.
 */
export function PUSHA<M, T>(m: M, i: Insn): void {
  const mask = m.stackMask;
  let sp = m.sp;
  for (let n: u32 = 0; n < 8; n++) {
    sp = (sp - sizeof<T>()) & mask;
    m.store<T>(S.SS, sp, m.get<T>(n * S.GPR_SIZE));
    if (m.fault) return;
  }
  m.sp = sp;
}

/** POPA - EDI ESI EBP, a slot that is skipped, EBX EDX ECX EAX. */
export function POPA<M, T>(m: M, i: Insn): void {
  for (let n: u32 = 0; n < 8; n++) {
    m.peek<T>(n * sizeof<T>());
    if (m.fault) return;
  }
  for (let n: u32 = 0; n < 8; n++) {
    if (n != 3) m.set<T>((7 - n) * S.GPR_SIZE, m.peek<T>(n * sizeof<T>()));
  }
  m.drop(8 * sizeof<T>());
}

/**
 * ENTER - pushes the frame pointer, copies level - 1 frame pointers of the enclosing procedures, makes the frame. The
 * pushes become visible one by one, before a later one faults (as on processors), while SP and BP change at the end.
 */
export function ENTER<M, T>(m: M, i: Insn): void {
  const mask = m.stackMask;
  const level = <u32>i.disp & 31;
  let sp = (m.sp - sizeof<T>()) & mask;
  m.store<T>(S.SS, sp, m.get<T>(S.RBP));
  if (m.fault) return;
  const frame = (m.get<u64>(S.RSP) & ~mask) | sp;
  let bp = m.get<u64>(S.RBP);
  for (let n: u32 = 1; n <= level; n++) {
    let x = m.trunc<T>(frame);
    if (n < level) {
      bp = (bp - sizeof<T>()) & mask;
      x = m.load<T>(S.SS, bp);
      if (m.fault) return;
    }
    sp = (sp - sizeof<T>()) & mask;
    m.store<T>(S.SS, sp, x);
    if (m.fault) return;
  }
  sp = (sp - <u64>(<u32>i.imm & 0xffff)) & mask;
  // The new top of the stack must be writable, though nothing is written.
  m.loadRmw<u8>(S.SS, sp);
  if (m.fault) return;
  m.set<T>(S.RBP, m.trunc<T>(frame));
  m.sp = sp;
}

/** LEAVE - SP <- BP, then BP is popped. */
export function LEAVE<M, T>(m: M, i: Insn): void {
  const bp = m.and<u64>(m.get<u64>(S.RBP), m.const(m.stackMask));
  const x = m.load<T>(S.SS, bp);
  if (m.fault) return;
  m.sp = bp;
  m.drop(sizeof<T>());
  m.set<T>(S.RBP, x);
}
