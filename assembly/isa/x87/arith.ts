/**
 * FADD FMUL FSUB FSUBR FDIV FDIVR in all operand forms, FSQRT FABS FCHS FRNDINT FSCALE FXTRACT FPREM FPREM1 - SDM vol. 2.
 *
 * In every form the operation is ModR/M.reg (0 ADD, 1 MUL, 4 SUB, 5 SUBR, 6 DIV, 7 DIVR) with ST(0) on its left; forms with
 * destination ST(i) therefore have the mnemonics of SUB and SUBR, DIV and DIVR exchanged.
 */
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import {
  COND_C0,
  COND_C1,
  COND_C2,
  COND_C3,
  EXC_DE,
  EXC_IE,
  EXC_ZE,
  RESULT2_SE,
  RESULT2_SIG,
  SIGN,
} from '../../softfloat/constants';
import { isNaN80 } from '../../softfloat/nan';
import { f80Extract, f80Rem, f80Scale } from '../../softfloat/remainder';
import {
  controlWord,
  finish,
  finishWith,
  isEmpty,
  ready,
  setTop,
  significand,
  signExponent,
  st,
  STACK_OVERFLOW,
  STACK_UNDERFLOW,
  unmasked,
  write,
  writeIndefinite,
  writeResult,
} from './registers';

export const ROWS = `
D8 /0    | FADD m32       | FARITH_M32     | FPU
D8 /1    | FMUL m32       | FARITH_M32     | FPU
D8 /4    | FSUB m32       | FARITH_M32     | FPU
D8 /5    | FSUBR m32      | FARITH_M32     | FPU
D8 /6    | FDIV m32       | FARITH_M32     | FPU
D8 /7    | FDIVR m32      | FARITH_M32     | FPU
DC /0    | FADD m64       | FARITH_M64     | FPU
DC /1    | FMUL m64       | FARITH_M64     | FPU
DC /4    | FSUB m64       | FARITH_M64     | FPU
DC /5    | FSUBR m64      | FARITH_M64     | FPU
DC /6    | FDIV m64       | FARITH_M64     | FPU
DC /7    | FDIVR m64      | FARITH_M64     | FPU
DA /0    | FIADD m32      | FARITH_INT32   | FPU
DA /1    | FIMUL m32      | FARITH_INT32   | FPU
DA /4    | FISUB m32      | FARITH_INT32   | FPU
DA /5    | FISUBR m32     | FARITH_INT32   | FPU
DA /6    | FIDIV m32      | FARITH_INT32   | FPU
DA /7    | FIDIVR m32     | FARITH_INT32   | FPU
DE /0    | FIADD m16      | FARITH_INT16   | FPU
DE /1    | FIMUL m16      | FARITH_INT16   | FPU
DE /4    | FISUB m16      | FARITH_INT16   | FPU
DE /5    | FISUBR m16     | FARITH_INT16   | FPU
DE /6    | FIDIV m16      | FARITH_INT16   | FPU
DE /7    | FIDIVR m16     | FARITH_INT16   | FPU
D8 C0+i  | FADD ST0,STi   | FARITH_ST0_STI | FPU
D8 C8+i  | FMUL ST0,STi   | FARITH_ST0_STI | FPU
D8 E0+i  | FSUB ST0,STi   | FARITH_ST0_STI | FPU
D8 E8+i  | FSUBR ST0,STi  | FARITH_ST0_STI | FPU
D8 F0+i  | FDIV ST0,STi   | FARITH_ST0_STI | FPU
D8 F8+i  | FDIVR ST0,STi  | FARITH_ST0_STI | FPU
DC C0+i  | FADD STi,ST0   | FARITH_STI_ST0 | FPU
DC C8+i  | FMUL STi,ST0   | FARITH_STI_ST0 | FPU
DC E0+i  | FSUBR STi,ST0  | FARITH_STI_ST0 | FPU
DC E8+i  | FSUB STi,ST0   | FARITH_STI_ST0 | FPU
DC F0+i  | FDIVR STi,ST0  | FARITH_STI_ST0 | FPU
DC F8+i  | FDIV STi,ST0   | FARITH_STI_ST0 | FPU
DE C0+i  | FADDP STi,ST0  | FARITHP        | FPU
DE C8+i  | FMULP STi,ST0  | FARITHP        | FPU
DE E0+i  | FSUBRP STi,ST0 | FARITHP        | FPU
DE E8+i  | FSUBP STi,ST0  | FARITHP        | FPU
DE F0+i  | FDIVRP STi,ST0 | FARITHP        | FPU
DE F8+i  | FDIVP STi,ST0  | FARITHP        | FPU
D9 E0    | FCHS           | FCHS           | FPU
D9 E1    | FABS           | FABS           | FPU
D9 FA    | FSQRT          | FSQRT          | FPU
D9 FC    | FRNDINT        | FRNDINT        | FPU
D9 FD    | FSCALE         | FSCALE         | FPU
D9 F4    | FXTRACT        | FXTRACT        | FPU
D9 F5    | FPREM1         | FPREM1         | FPU
D9 F8    | FPREM          | FPREM          | FPU
`;

/** Exceptions whose unmasked response leaves the operands alone. */
const BEFORE_RESULT: u32 = EXC_IE | EXC_DE | EXC_ZE;

/** ST(dest) <- ST(0) op ST(i). False if an unmasked exception kept the result away (then FADDP and its kin do not pop). */
function arithRegisters<M>(m: M, i: Insn, dest: u32): bool {
  if (!m.fpuReady()) return false;
  if (!m.fpuHoldsBoth(i.rm)) return m.fpuUnderflow(i, dest);
  return m.fpuArithmetic(i, i.reg, i.rm, dest);
}

/** FADD ... ST(0), ST(i). */
export function FARITH_ST0_STI<M, T>(m: M, i: Insn): void {
  arithRegisters<M>(m, i, 0);
}

/** FADD ... ST(i), ST(0). */
export function FARITH_STI_ST0<M, T>(m: M, i: Insn): void {
  arithRegisters<M>(m, i, i.rm);
}

/** FADDP ... ST(i), ST(0). */
export function FARITHP<M, T>(m: M, i: Insn): void {
  if (arithRegisters<M>(m, i, i.rm)) m.fpuPop();
}

/** ST(0) <- ST(0) op memory operand, which the result slot holds. */
function arithMemory<M>(m: M, i: Insn, widened: u64): void {
  if (m.fpuHolds(0)) m.fpuArithmeticResult(i, i.reg, widened);
  else m.fpuUnderflow(i, 0);
}

export function FARITH_M32<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (!m.fault) arithMemory<M>(m, i, m.fpuWiden<f32>(bits));
}

export function FARITH_M64<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (!m.fault) arithMemory<M>(m, i, m.fpuWiden<f64>(bits));
}

export function FARITH_INT32<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (!m.fault) arithMemory<M>(m, i, m.fpuWiden<i32>(bits));
}

export function FARITH_INT16<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) arithMemory<M>(m, i, m.fpuWiden<i16>(bits));
}

// ── One operand ────────────────────────────────────────────────────────────────────────────────────────────────
/** Stack underflow of an instruction that replaces ST(0) and defines `conditions`; false if ST(0) is there. */
export function underflowsAtTop(m: Eval, i: Insn, conditions: u32): bool {
  if (!isEmpty(m.at, 0)) return false;
  if (!unmasked(m.at, EXC_IE)) writeIndefinite(m.at, 0);
  finishWith(m, i, STACK_UNDERFLOW, conditions);
  return true;
}

/** ST(0) <- the result slot, unless an unmasked exception forbids it. */
export function replaceTop(m: Eval, i: Insn, flags: u32, conditions: u32): void {
  if (!unmasked(m.at, flags & BEFORE_RESULT)) writeResult(m.at, 0);
  finishWith(m, i, flags, conditions);
}

/** ST(0) is there, or the stack has underflowed. */
function topReady<M>(m: M, i: Insn): bool {
  if (!m.fpuReady()) return false;
  if (m.fpuHolds(0)) return true;
  m.fpuUnderflow(i, 0);
  return false;
}

/** FCHS, FABS: the sign bit alone, of whatever the register holds. */
function setSign<M>(m: M, i: Insn, and: u32, xor: u32): void {
  if (!topReady<M>(m, i)) return;
  m.fpuSign(and, xor);
  m.fpuFinish(i, m.const(0));
}

export function FCHS<M, T>(m: M, i: Insn): void {
  setSign<M>(m, i, 0xffff, SIGN);
}

export function FABS<M, T>(m: M, i: Insn): void {
  setSign<M>(m, i, 0x7fff, 0);
}

export function FSQRT<M, T>(m: M, i: Insn): void {
  if (topReady<M>(m, i)) m.fpuReplace(i, m.fpuRoot());
}

export function FRNDINT<M, T>(m: M, i: Insn): void {
  if (topReady<M>(m, i)) m.fpuReplace(i, m.fpuRound());
}

/** FXTRACT - ST(0) <- exponent, then the significand is pushed. */
export function FXTRACT<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const cpu = m.at;
  if (pushFails(m, i, COND_C1)) return;
  const top = st(cpu, 0);
  const flags = f80Extract(cpu, signExponent(top), significand(top), controlWord(cpu));
  if (!unmasked(cpu, flags & BEFORE_RESULT)) pushSecond(cpu);
  finish(m, i, flags);
}

/** Stack faults of instructions that replace ST(0) and push: both results are then the indefinite. */
export function pushFails(m: Eval, i: Insn, conditions: u32): bool {
  const cpu = m.at;
  const flags = isEmpty(cpu, 0) ? STACK_UNDERFLOW : isEmpty(cpu, 7) ? 0 : STACK_OVERFLOW;
  if (!flags) return false;
  if (!unmasked(cpu, EXC_IE)) {
    writeIndefinite(cpu, 0);
    setTop(cpu, -1);
    writeIndefinite(cpu, 0);
  }
  finishWith(m, i, flags, conditions);
  return true;
}

/** ST(0) <- first result, push the second. */
export function pushSecond(cpu: usize): void {
  writeResult(cpu, 0);
  setTop(cpu, -1);
  write(cpu, 0, load<u32>(cpu, RESULT2_SE), load<u64>(cpu, RESULT2_SIG));
}

// ── ST(0) and ST(1) ────────────────────────────────────────────────────────────────────────────────────────────
/** Stack underflow of an instruction that takes ST(0) and ST(1), replaces ST(0) and defines `conditions`. */
function underflowsPair(m: Eval, i: Insn, conditions: u32): bool {
  if (!isEmpty(m.at, 0) && !isEmpty(m.at, 1)) return false;
  if (!unmasked(m.at, EXC_IE)) writeIndefinite(m.at, 0);
  finishWith(m, i, STACK_UNDERFLOW, conditions);
  return true;
}

export function FSCALE<M, T>(m: M, i: Insn): void {
  if (!ready(m) || underflowsPair(m, i, COND_C1)) return;
  const cpu = m.at;
  const a = st(cpu, 0);
  const b = st(cpu, 1);
  const flags = f80Scale(cpu, signExponent(a), significand(a), signExponent(b), significand(b), controlWord(cpu));
  replaceTop(m, i, flags, COND_C1);
}

/** Without a quotient (NaN, invalid operand, stack fault) C0 and C3 stay, as recorded on silicon. */
function remainder(m: Eval, i: Insn, nearest: bool): void {
  if (underflowsPair(m, i, COND_C1 | COND_C2)) return;
  const cpu = m.at;
  const ae = signExponent(st(cpu, 0));
  const am = significand(st(cpu, 0));
  const be = signExponent(st(cpu, 1));
  const bm = significand(st(cpu, 1));
  const flags = f80Rem(cpu, ae, am, be, bm, controlWord(cpu), nearest);
  const quotient = !(flags & EXC_IE) && !isNaN80(ae, am) && !isNaN80(be, bm);
  replaceTop(m, i, flags, quotient ? COND_C0 | COND_C1 | COND_C2 | COND_C3 : COND_C1 | COND_C2);
}

/** FPREM1 - IEEE remainder: the quotient is rounded to nearest even. */
export function FPREM1<M, T>(m: M, i: Insn): void {
  if (ready(m)) remainder(m, i, true);
}

/** FPREM - the quotient is truncated. */
export function FPREM<M, T>(m: M, i: Insn): void {
  if (ready(m)) remainder(m, i, false);
}
