/** INT INT3 INTO INT1 IRET BOUND CLI STI: SDM vol. 2, and vol. 3B 21.3 for the virtual interrupt flag (VME and PVI). */
import * as S from '../shared/state';
import { EXCEPTION_BP, EXCEPTION_BR, EXCEPTION_DB, EXCEPTION_OF } from '../shared/exception';
import { CR0_PE, CR4_PVI, CR4_VME, FLAG_IF, FLAG_IOPL, FLAG_VIF, FLAG_VIP, FLAG_VM } from '../shared/register-bits';
import { KIND_ICEBP, KIND_SOFTWARE, softwareInterrupt } from '../cpu/exceptions';
import { interruptReturn } from '../cpu/iret';
import { virtualInterrupt } from '../cpu/real-interrupt';
import { redirectsInterrupt } from '../cpu/tss';
import { Insn } from '../machine/insn';

export const ROWS = `
CC    | INT3         | INT3  | end
CD ib | INT Ib       | INT   | end
CE    | INTO         | INTO  | end not64
F1    | INT1         | INT1  | end
CF    | IRET         | IRET  | v end
62 /r | BOUND Gv,Ma  | BOUND | not64
FA    | CLI          | CLI   |
FB    | STI          | STI   | end
`;

/** STATE_SHADOW after STI: an interrupt waits until the next instruction is done. */
const SHADOW_STI: u32 = 1;

function iopl<M>(m: M): u32 {
  return (m.flagsWord & FLAG_IOPL) >> 12;
}

/** INT n - in virtual-8086 mode CR4.VME may leave the vector to the 8086 program; otherwise IOPL 3 is needed. */
export function INT<M, T>(m: M, i: Insn): void {
  const vector = <u32>i.imm & 0xff;
  if (m.flagsWord & FLAG_VM) {
    if (m.cr4 & CR4_VME) {
      const redirected = redirectsInterrupt(m, vector);
      if (m.fault) return;
      if (redirected) {
        virtualInterrupt(m, vector);
        if (!m.fault) store<u32>(m.at, 0, S.STATE_SINGLE_STEP);
        return;
      }
    }
    if (iopl<M>(m) < 3) {
      m.gp();
      return;
    }
  }
  softwareInterrupt(m, vector, KIND_SOFTWARE);
}

/** INT3 and INTO - not subject to IOPL in virtual-8086 mode. */
export function INT3<M, T>(m: M, i: Insn): void {
  softwareInterrupt(m, EXCEPTION_BP, KIND_SOFTWARE);
}

export function INTO<M, T>(m: M, i: Insn): void {
  if (m.overflow()) softwareInterrupt(m, EXCEPTION_OF, KIND_SOFTWARE);
}

/** INT1 (ICEBP) - delivered like a hardware event: no DPL check, and DR6 does not change. */
export function INT1<M, T>(m: M, i: Insn): void {
  softwareInterrupt(m, EXCEPTION_DB, KIND_ICEBP);
}

export function IRET<M, T>(m: M, i: Insn): void {
  interruptReturn<T>(m);
}

/** BOUND - a signed index against a pair of bounds in memory. */
export function BOUND<M, T>(m: M, i: Insn): void {
  const ea = m.ea(i);
  const lower = m.load<T>(i.segment, ea);
  if (m.fault) return;
  const upper = m.load<T>(i.segment, (ea + sizeof<T>()) & m.addressMask(i));
  if (m.fault) return;
  const index = m.signed<T>(m.get<T>(i.reg));
  if (index < m.signed<T>(lower) || index > m.signed<T>(upper)) m.raise(EXCEPTION_BR);
}

/** Which flag CLI and STI change: IF, VIF where it is virtual, or 0 with #GP(0) raised. */
function interruptFlag<M>(m: M): u32 {
  if (!(m.cr0 & CR0_PE) || m.cpl <= iopl<M>(m)) return FLAG_IF;
  const virtual = m.flagsWord & FLAG_VM ? m.cr4 & CR4_VME : m.cpl == 3 ? m.cr4 & CR4_PVI : 0;
  if (virtual) return FLAG_VIF;
  m.gp();
  return 0;
}

export function CLI<M, T>(m: M, i: Insn): void {
  const flag = interruptFlag<M>(m);
  if (!m.fault) m.flagsWord = m.flagsWord & ~flag;
}

/** STI - with a virtual flag and an interrupt waiting (VIP) the monitor must deliver it: #GP(0). */
export function STI<M, T>(m: M, i: Insn): void {
  const flag = interruptFlag<M>(m);
  if (m.fault) return;
  const flags = m.flagsWord;
  if (flag == FLAG_VIF && (flags & FLAG_VIP) != 0) {
    m.gp();
    return;
  }
  if (flag == FLAG_IF && !(flags & FLAG_IF)) store<u32>(m.at, SHADOW_STI, S.STATE_SHADOW);
  m.flagsWord = flags | flag;
}
