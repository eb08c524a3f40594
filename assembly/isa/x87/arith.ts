/**
 * FADD FMUL FSUB FSUBR FDIV FDIVR in all operand forms, FSQRT FABS FCHS FRNDINT FSCALE FXTRACT FPREM FPREM1 - SDM vol. 2.
 *
 * In every form the operation is ModR/M.reg (0 ADD, 1 MUL, 4 SUB, 5 SUBR, 6 DIV, 7 DIVR) with ST(0) on its left; forms with
 * destination ST(i) therefore have the mnemonics of SUB and SUBR, DIV and DIVR exchanged.
 */
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { f80Add, f80Sub } from '../../softfloat/add';
import {
  COND_C0,
  COND_C1,
  COND_C2,
  COND_C3,
  EXC_ALL,
  EXC_DE,
  EXC_IE,
  EXC_ZE,
  RESULT2_SE,
  RESULT2_SIG,
  RESULT_SE,
  RESULT_SIG,
  SIGN,
} from '../../softfloat/constants';
import { f80FromF32, f80FromF64, f80FromI64, f80RoundToInt } from '../../softfloat/convert';
import { f80Div, f80Mul, f80Sqrt } from '../../softfloat/multiply';
import { isNaN80, isUnsupported } from '../../softfloat/nan';
import { f80Extract, f80Rem, f80Scale } from '../../softfloat/remainder';
import {
  begin,
  bothAt,
  controlWord,
  finish,
  finishAt,
  finishWith,
  isEmpty,
  isEmptyAt,
  NOT_READY,
  pop,
  ready,
  setTop,
  significand,
  signExponent,
  st,
  stAt,
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

/**
 * Where operate() shall write so that a register is its result slot: only if no exception can keep the result away. That
 * spares a copy and the wait for it.
 */
function resultIn(cpu: usize, register: usize, cw: u32): usize {
  return (cw & EXC_ALL) == EXC_ALL ? register - RESULT_SIG : cpu;
}

/** a (on the left) op b; the result goes to the result slot of `cpu`. */
function operate(cpu: usize, operation: u32, ae: u32, am: u64, be: u32, bm: u64, cw: u32): u32 {
  switch (operation) {
    case 0:
      return f80Add(cpu, ae, am, be, bm, cw);
    case 1:
      return f80Mul(cpu, ae, am, be, bm, cw);
    case 4:
      return f80Sub(cpu, ae, am, be, bm, cw);
    case 5:
      return f80Sub(cpu, be, bm, ae, am, cw);
    case 6:
      return f80Div(cpu, ae, am, be, bm, cw);
    default:
      return f80Div(cpu, be, bm, ae, am, cw);
  }
}

/** ST(dest) <- ST(0) op ST(i). False if an unmasked exception kept the result away (then FADDP and its kin do not pop). */
function arithRegisters(m: Eval, i: Insn, dest: u32): bool {
  const sw = begin(m);
  if (sw == NOT_READY) return false;
  const cpu = m.at;
  if (!bothAt(cpu, sw, i.rm)) {
    const allowed = !unmasked(cpu, EXC_IE);
    if (allowed) writeIndefinite(cpu, dest);
    finish(m, i, STACK_UNDERFLOW);
    return allowed;
  }
  const a = stAt(cpu, sw, 0);
  const b = stAt(cpu, sw, i.rm);
  const register = dest == 0 ? a : b;
  const cw = controlWord(cpu);
  const out = resultIn(cpu, register, cw);
  const flags = operate(out, i.reg, signExponent(a), significand(a), signExponent(b), significand(b), cw);
  return concludeAt(m, i, sw, register, out == cpu, flags);
}

/** The result slot to a register that is not empty, unless it is there or an unmasked exception forbids it. */
function concludeAt(m: Eval, i: Insn, sw: u32, register: usize, copies: bool, flags: u32): bool {
  const cpu = m.at;
  const allowed = (flags & BEFORE_RESULT & ~controlWord(cpu)) == 0;
  if (allowed && copies) {
    store<u64>(register, load<u64>(cpu, RESULT_SIG));
    store<u16>(register, load<u16>(cpu, RESULT_SE), 8);
  }
  finishAt(m, i, sw, flags);
  return allowed;
}

/** FADD ... ST(0), ST(i). */
export function FARITH_ST0_STI<M, T>(m: M, i: Insn): void {
  arithRegisters(m, i, 0);
}

/** FADD ... ST(i), ST(0). */
export function FARITH_STI_ST0<M, T>(m: M, i: Insn): void {
  arithRegisters(m, i, i.rm);
}

/** FADDP ... ST(i), ST(0). */
export function FARITHP<M, T>(m: M, i: Insn): void {
  if (arithRegisters(m, i, i.rm)) pop(m.at);
}

/**
 * ST(0) <- ST(0) op memory operand, which the result slot holds. `widened` is EXC_DE if the operand was a denormal of
 * its own format, which its 80-bit form no longer shows.
 */
function arithMemory(m: Eval, i: Insn, sw: u32, widened: u32): void {
  const cpu = m.at;
  if (isEmptyAt(cpu, sw, 0)) {
    if (!unmasked(cpu, EXC_IE)) writeIndefinite(cpu, 0);
    finish(m, i, STACK_UNDERFLOW);
    return;
  }
  const a = stAt(cpu, sw, 0);
  const be = load<u32>(cpu, RESULT_SE);
  const bm = load<u64>(cpu, RESULT_SIG);
  const ae = signExponent(a);
  const am = significand(a);
  const cw = controlWord(cpu);
  const out = resultIn(cpu, a, cw);
  let flags = operate(out, i.reg, ae, am, be, bm, cw);
  if (widened) flags = withDenormal(cpu, flags, ae, am);
  concludeAt(m, i, sw, a, out == cpu, flags);
}

/** Invalid operands, NaNs and division by zero come before the denormal operand (SDM vol. 1, 4.9.2). */
export function withDenormal(cpu: usize, flags: u32, ae: u32, am: u64): u32 {
  if (flags & (EXC_IE | EXC_ZE) || isUnsupported(ae, am) || isNaN80(ae, am)) return flags;
  return unmasked(cpu, EXC_DE) ? EXC_DE : flags | EXC_DE;
}

export function FARITH_M32<M, T>(m: M, i: Insn): void {
  const sw = begin(m);
  if (sw == NOT_READY) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (m.fault) return;
  arithMemory(m, i, sw, f80FromF32(m.at, <u32>bits));
}

export function FARITH_M64<M, T>(m: M, i: Insn): void {
  const sw = begin(m);
  if (sw == NOT_READY) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (m.fault) return;
  arithMemory(m, i, sw, f80FromF64(m.at, bits));
}

export function FARITH_INT32<M, T>(m: M, i: Insn): void {
  const sw = begin(m);
  if (sw == NOT_READY) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (m.fault) return;
  f80FromI64(m.at, <i64>(<i32>bits));
  arithMemory(m, i, sw, 0);
}

export function FARITH_INT16<M, T>(m: M, i: Insn): void {
  const sw = begin(m);
  if (sw == NOT_READY) return;
  const bits = m.load<u16>(i.segment, m.ea(i));
  if (m.fault) return;
  f80FromI64(m.at, <i64>(<i16>bits));
  arithMemory(m, i, sw, 0);
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

/** FCHS, FABS: the sign bit alone, of whatever the register holds. */
function setSign(m: Eval, i: Insn, and: u32, xor: u32): void {
  const sw = begin(m);
  if (sw == NOT_READY || underflowsAtTop(m, i, COND_C1)) return;
  const top = stAt(m.at, sw, 0);
  store<u16>(top, <u16>((signExponent(top) & and) ^ xor), 8);
  finishAt(m, i, sw, 0);
}

export function FCHS<M, T>(m: M, i: Insn): void {
  setSign(m, i, 0xffff, SIGN);
}

export function FABS<M, T>(m: M, i: Insn): void {
  setSign(m, i, 0x7fff, 0);
}

export function FSQRT<M, T>(m: M, i: Insn): void {
  if (!ready(m) || underflowsAtTop(m, i, COND_C1)) return;
  const top = st(m.at, 0);
  replaceTop(m, i, f80Sqrt(m.at, signExponent(top), significand(top), controlWord(m.at)), COND_C1);
}

export function FRNDINT<M, T>(m: M, i: Insn): void {
  if (!ready(m) || underflowsAtTop(m, i, COND_C1)) return;
  const top = st(m.at, 0);
  replaceTop(m, i, f80RoundToInt(m.at, signExponent(top), significand(top), controlWord(m.at)), COND_C1);
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
