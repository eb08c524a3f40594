/** FNINIT FNCLEX FLDCW FNSTCW FNSTSW FINCSTP FDECSTP FFREE FNOP FWAIT - SDM vol. 2. */
import * as S from '../../shared/state';
import { EXCEPTION_NM } from '../../shared/exception';
import { CR0_MP, CR0_TS } from '../../shared/register-bits';
import { Insn } from '../../machine/insn';
import {
  errorsAllow,
  finish,
  free,
  pop,
  ready,
  readyNoWait,
  resetFpu,
  setTop,
  statusWord,
  updateSummary,
} from './registers';

export const ROWS = `
DB E3    | FNINIT    | FNINIT    | FPU
DB E2    | FNCLEX    | FNCLEX    | FPU
D9 /5    | FLDCW m16 | FLDCW     | FPU
D9 /7    | FNSTCW m16 | FNSTCW   | FPU
DD /7    | FNSTSW m16 | FNSTSW_M16 | FPU
DF E0    | FNSTSW AX | FNSTSW_AX | FPU
D9 F6    | FDECSTP   | FDECSTP   | FPU
D9 F7    | FINCSTP   | FINCSTP   | FPU
DD C0+i  | FFREE STi | FFREE     | FPU
DF C0+i  | FFREEP STi | FFREEP   | FPU
D9 D0    | FNOP      | FNOP      | FPU
# FENI and FDISI of the 8087, FSETPM of the 80287: accepted, without effect, since the 80387.
DB E0    | FENI      | FNOP_8087 | FPU
DB E1    | FDISI     | FNOP_8087 | FPU
DB E4    | FSETPM    | FNOP_8087 | FPU
9B       | FWAIT     | FWAIT     |
`;

export function FNINIT<M, T>(m: M, i: Insn): void {
  if (!readyNoWait(m)) return;
  resetFpu(m.at);
  updateSummary(m);
}

/** FNCLEX - exception flags, SF, ES and B; C0-C3 and TOP stay. */
export function FNCLEX<M, T>(m: M, i: Insn): void {
  if (!readyNoWait(m)) return;
  store<u16>(m.at, <u16>(statusWord(m.at) & 0x7f00), S.STATE_FSW);
  updateSummary(m);
}

/** FLDCW - unmasking an exception whose flag is set makes it pending. */
export function FLDCW<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const cw = m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) m.fpuSetControl(cw);
}

export function FNSTCW<M, T>(m: M, i: Insn): void {
  if (m.fpuReadyNoWait()) m.store<u16>(i.segment, m.ea(i), m.fpuControl());
}

export function FNSTSW_M16<M, T>(m: M, i: Insn): void {
  if (m.fpuReadyNoWait()) m.store<u16>(i.segment, m.ea(i), m.fpuStatus());
}

export function FNSTSW_AX<M, T>(m: M, i: Insn): void {
  if (m.fpuReadyNoWait()) m.set<u16>(S.RAX, m.fpuStatus());
}

/** FDECSTP, FINCSTP - TOP turns, tags and contents stay. */
export function FDECSTP<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  setTop(m.at, -1);
  finish(m, i, 0);
}

export function FINCSTP<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  setTop(m.at, 1);
  finish(m, i, 0);
}

/** FFREE - the register becomes empty; C1 is cleared (as recorded on silicon). */
export function FFREE<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  free(m.at, i.rm);
  finish(m, i, 0);
}

/** FFREEP - FFREE, then the stack pops (undocumented, as recorded on silicon). */
export function FFREEP<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  free(m.at, i.rm);
  pop(m.at);
  finish(m, i, 0);
}

export function FNOP<M, T>(m: M, i: Insn): void {
  if (m.fpuReady()) m.fpuPointer(i);
}

export function FNOP_8087<M, T>(m: M, i: Insn): void {
  readyNoWait(m);
}

/** FWAIT - #NM only if both CR0.MP and CR0.TS are set; CR0.EM does not matter (SDM vol. 3A, table 2-2). */
export function FWAIT<M, T>(m: M, i: Insn): void {
  if ((<u32>m.cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS)) {
    m.raise(EXCEPTION_NM);
    return;
  }
  errorsAllow(m);
}
