/** F2XM1 FYL2X FYL2XP1 FPATAN FPTAN FSIN FCOS FSINCOS - SDM vol. 2; accuracy: vol. 1, 8.3.10. */
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { f80Atan } from '../../softfloat/arctangent';
import { COND_C1, COND_C2, EXC_DE, EXC_IE, EXC_ZE } from '../../softfloat/constants';
import { f80Exp2m1 } from '../../softfloat/exponential';
import { f80Yl2x, f80Yl2xp1 } from '../../softfloat/log2';
import { f80SinCos, f80Tan, f80Trig, TRIG_COS, TRIG_SIN } from '../../softfloat/trig';
import { pushFails, pushSecond, replaceTop, underflowsAtTop } from './arith';
import {
  controlWord,
  finish,
  finishWith,
  isEmpty,
  pop,
  ready,
  significand,
  signExponent,
  st,
  STACK_UNDERFLOW,
  unmasked,
  writeIndefinite,
  writeResult,
} from './registers';

export const ROWS = `
D9 F0 | F2XM1   | F2XM1   | FPU
D9 F1 | FYL2X   | FYL2X   | FPU
D9 F2 | FPTAN   | FPTAN   | FPU
D9 F3 | FPATAN  | FPATAN  | FPU
D9 F9 | FYL2XP1 | FYL2XP1 | FPU
D9 FB | FSINCOS | FSINCOS | FPU
D9 FE | FSIN    | FSIN    | FPU
D9 FF | FCOS    | FCOS    | FPU
`;

/** Condition codes that the trigonometric instructions define: rounding, and argument out of range. */
const CONDITIONS: u32 = COND_C1 | COND_C2;

export function F2XM1<M, T>(m: M, i: Insn): void {
  if (!ready(m) || underflowsAtTop(m, i, COND_C1)) return;
  const top = st(m.at, 0);
  replaceTop(m, i, f80Exp2m1(m.at, signExponent(top), significand(top), controlWord(m.at)), COND_C1);
}

/** Instructions that put a function of ST(0) and ST(1) into ST(1) and pop: stack underflow. */
function underflowsPair(m: Eval, i: Insn): bool {
  const cpu = m.at;
  if (!isEmpty(cpu, 0) && !isEmpty(cpu, 1)) return false;
  if (!unmasked(cpu, EXC_IE)) {
    writeIndefinite(cpu, 1);
    pop(cpu);
  }
  finish(m, i, STACK_UNDERFLOW);
  return true;
}

function replaceSecond(m: Eval, i: Insn, flags: u32): void {
  const cpu = m.at;
  if (!unmasked(cpu, flags & (EXC_IE | EXC_DE | EXC_ZE))) {
    writeResult(cpu, 1);
    pop(cpu);
  }
  finish(m, i, flags);
}

/** FYL2X - ST(1) <- ST(1) log2(ST(0)), pop. */
export function FYL2X<M, T>(m: M, i: Insn): void {
  if (!ready(m) || underflowsPair(m, i)) return;
  const cpu = m.at;
  const x = st(cpu, 0);
  const y = st(cpu, 1);
  replaceSecond(m, i, f80Yl2x(cpu, signExponent(x), significand(x), signExponent(y), significand(y), controlWord(cpu)));
}

/** FYL2XP1 - ST(1) <- ST(1) log2(ST(0) + 1), pop. */
export function FYL2XP1<M, T>(m: M, i: Insn): void {
  if (!ready(m) || underflowsPair(m, i)) return;
  const cpu = m.at;
  const x = st(cpu, 0);
  const y = st(cpu, 1);
  const cw = controlWord(cpu);
  replaceSecond(m, i, f80Yl2xp1(cpu, signExponent(x), significand(x), signExponent(y), significand(y), cw));
}

/** FPATAN - ST(1) <- arctan(ST(1) / ST(0)), pop. */
export function FPATAN<M, T>(m: M, i: Insn): void {
  if (!ready(m) || underflowsPair(m, i)) return;
  const cpu = m.at;
  const x = st(cpu, 0);
  const y = st(cpu, 1);
  replaceSecond(m, i, f80Atan(cpu, signExponent(x), significand(x), signExponent(y), significand(y), controlWord(cpu)));
}

/** FSIN and FCOS: an argument of 2^63 or more stays, with C2 set. */
function sineOrCosine(m: Eval, i: Insn, kind: u32): void {
  if (underflowsAtTop(m, i, CONDITIONS)) return;
  const cpu = m.at;
  const top = st(cpu, 0);
  const flags = f80Trig(cpu, signExponent(top), significand(top), controlWord(cpu), kind);
  if (flags & COND_C2) finishWith(m, i, flags, CONDITIONS);
  else replaceTop(m, i, flags, CONDITIONS);
}

export function FSIN<M, T>(m: M, i: Insn): void {
  if (ready(m)) sineOrCosine(m, i, TRIG_SIN);
}

export function FCOS<M, T>(m: M, i: Insn): void {
  if (ready(m)) sineOrCosine(m, i, TRIG_COS);
}

/** FPTAN and FSINCOS: one result replaces ST(0), the other is pushed. */
function concludePair(m: Eval, i: Insn, flags: u32): void {
  if (!(flags & COND_C2) && !unmasked(m.at, flags & (EXC_IE | EXC_DE))) pushSecond(m.at);
  finishWith(m, i, flags, CONDITIONS);
}

/** FPTAN - ST(0) <- tan(ST(0)), push 1.0. */
export function FPTAN<M, T>(m: M, i: Insn): void {
  if (!ready(m) || pushFails(m, i, CONDITIONS)) return;
  const top = st(m.at, 0);
  concludePair(m, i, f80Tan(m.at, signExponent(top), significand(top), controlWord(m.at)));
}

/** FSINCOS - ST(0) <- sin(ST(0)), push the cosine. */
export function FSINCOS<M, T>(m: M, i: Insn): void {
  if (!ready(m) || pushFails(m, i, CONDITIONS)) return;
  const top = st(m.at, 0);
  concludePair(m, i, f80SinCos(m.at, signExponent(top), significand(top), controlWord(m.at)));
}
