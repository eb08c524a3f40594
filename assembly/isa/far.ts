/** Far JMP, CALL and RET: SDM vol. 2. What they do in each mode is in cpu/far-transfer.ts and cpu/far-return.ts. */
import { farReturn } from '../cpu/far-return';
import { farTransfer } from '../cpu/far-transfer';
import { Insn } from '../machine/insn';

export const ROWS = `
9A ap | CALL Ap  | CALLF   | end not64
EA ap | JMP Ap   | JMPF    | end not64
FF /3 | CALL Mp  | CALLF_M | end
FF /5 | JMP Mp   | JMPF_M  | end
CA iw | RETF Iw  | RETF_I  | v end
CB    | RETF     | RETF    | v end
`;

/** The immediate is the offset, `disp` the selector. */
export function CALLF<M, T>(m: M, i: Insn): void {
  farTransfer<T>(m, <u32>i.disp & 0xffff, m.trunc<T>(i.imm32), true);
}

export function JMPF<M, T>(m: M, i: Insn): void {
  farTransfer<T>(m, <u32>i.disp & 0xffff, m.trunc<T>(i.imm32), false);
}

export function CALLF_M<M, T>(m: M, i: Insn): void {
  indirect<M, T>(m, i, true);
}

export function JMPF_M<M, T>(m: M, i: Insn): void {
  indirect<M, T>(m, i, false);
}

function indirect<M, T>(m: M, i: Insn, isCall: bool): void {
  const ea = m.ea(i);
  const offset = m.load<T>(i.segment, ea);
  if (m.fault) return;
  const selector = <u32>m.load<u16>(i.segment, (ea + sizeof<T>()) & m.addressMask(i));
  if (!m.fault) farTransfer<T>(m, selector, offset, isCall);
}

export function RETF<M, T>(m: M, i: Insn): void {
  farReturn<T>(m, 0);
}

/** RETF imm16 - drops the caller's parameters as well. */
export function RETF_I<M, T>(m: M, i: Insn): void {
  farReturn<T>(m, <u64>(<u32>i.imm & 0xffff));
}
