/** FCOM FUCOM FICOM FCOMI FUCOMI FTST FXAM in all forms - SDM vol. 2. Popping forms have bit 0 of ModR/M.reg set. */
import { FLAG_CF, FLAG_PF, FLAG_ZF, FLAGS_ARITHMETIC } from '../../shared/register-bits';
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { f80Compare } from '../../softfloat/compare';
import {
  COND_C0,
  COND_C1,
  COND_C2,
  COND_C3,
  EXC_DE,
  EXC_SF,
  EXP_MASK,
  EXP_SPECIAL,
  RELATION_EQUAL,
  RELATION_LESS,
  RELATION_UNORDERED,
  RESULT_SE,
  RESULT_SIG,
  SIGN,
} from '../../softfloat/constants';
import { f80FromF32, f80FromF64, f80FromI64 } from '../../softfloat/convert';
import { finishWith, isEmpty, pop, ready, significand, signExponent, st, STACK_UNDERFLOW, unmasked } from './registers';

export const ROWS = `
D8 /2    | FCOM m32        | FCOM_M32   | FPU
D8 /3    | FCOMP m32       | FCOM_M32   | FPU
DC /2    | FCOM m64        | FCOM_M64   | FPU
DC /3    | FCOMP m64       | FCOM_M64   | FPU
DA /2    | FICOM m32       | FICOM_M32  | FPU
DA /3    | FICOMP m32      | FICOM_M32  | FPU
DE /2    | FICOM m16       | FICOM_M16  | FPU
DE /3    | FICOMP m16      | FICOM_M16  | FPU
D8 D0+i  | FCOM STi        | FCOM_STI   | FPU
D8 D8+i  | FCOMP STi       | FCOM_STI   | FPU
# Undocumented encodings that all processors take.
DC D0+i  | FCOM STi        | FCOM_STI   | FPU
DC D8+i  | FCOMP STi       | FCOM_STI   | FPU
DE D0+i  | FCOMP STi       | FCOMP_STI  | FPU
DE D9    | FCOMPP          | FCOMPP     | FPU
DD E0+i  | FUCOM STi       | FUCOM_STI  | FPU
DD E8+i  | FUCOMP STi      | FUCOM_STI  | FPU
DA E9    | FUCOMPP         | FUCOMPP    | FPU
DB F0+i  | FCOMI ST0,STi   | FCOMI      | CMOV
DF F0+i  | FCOMIP ST0,STi  | FCOMIP     | CMOV
DB E8+i  | FUCOMI ST0,STi  | FUCOMI     | CMOV
DF E8+i  | FUCOMIP ST0,STi | FUCOMIP    | CMOV
D9 E4    | FTST            | FTST       | FPU
D9 E5    | FXAM            | FXAM       | FPU
`;

const UNORDERED: u32 = COND_C0 | COND_C2 | COND_C3;
const CONDITIONS: u32 = UNORDERED | COND_C1;

/** C3, C2, C0 of a relation. */
function conditionsOf(relation: u32): u32 {
  if (relation == RELATION_LESS) return COND_C0;
  if (relation == RELATION_EQUAL) return COND_C3;
  return relation == RELATION_UNORDERED ? UNORDERED : 0;
}

/** Condition codes and pops by the relation in the result slot; an unmasked exception keeps the stack as it is. */
function conclude(m: Eval, i: Insn, flags: u32, pops: u32): void {
  const cpu = m.at;
  const allowed = !unmasked(cpu, flags);
  finishWith(m, i, flags | conditionsOf(load<u32>(cpu, RESULT_SIG)), CONDITIONS);
  if (!allowed) return;
  for (let n: u32 = 0; n < pops; n++) pop(cpu);
}

/** Compares ST(0) with ST(n); an empty register compares as unordered with a stack underflow. */
function compareRegisters(cpu: usize, n: u32, quiet: bool): u32 {
  if (isEmpty(cpu, 0) || isEmpty(cpu, n)) {
    store<u32>(cpu, RELATION_UNORDERED, RESULT_SIG);
    return STACK_UNDERFLOW;
  }
  const a = st(cpu, 0);
  const b = st(cpu, n);
  return f80Compare(cpu, signExponent(a), significand(a), signExponent(b), significand(b), quiet);
}

export function FCOM_STI<M, T>(m: M, i: Insn): void {
  if (ready(m)) conclude(m, i, compareRegisters(m.at, i.rm, false), i.reg & 1);
}

export function FCOMP_STI<M, T>(m: M, i: Insn): void {
  if (ready(m)) conclude(m, i, compareRegisters(m.at, i.rm, false), 1);
}

export function FCOMPP<M, T>(m: M, i: Insn): void {
  if (ready(m)) conclude(m, i, compareRegisters(m.at, 1, false), 2);
}

/** FUCOM - a quiet NaN is not an invalid operand. */
export function FUCOM_STI<M, T>(m: M, i: Insn): void {
  if (ready(m)) conclude(m, i, compareRegisters(m.at, i.rm, true), i.reg & 1);
}

export function FUCOMPP<M, T>(m: M, i: Insn): void {
  if (ready(m)) conclude(m, i, compareRegisters(m.at, 1, true), 2);
}

/** Compares ST(0) with the memory operand in the result slot; `widened` as in arith.ts. */
function compareMemory(m: Eval, i: Insn, widened: u32): void {
  const cpu = m.at;
  let flags = STACK_UNDERFLOW;
  if (isEmpty(cpu, 0)) {
    store<u32>(cpu, RELATION_UNORDERED, RESULT_SIG);
  } else {
    const a = st(cpu, 0);
    flags = f80Compare(
      cpu,
      signExponent(a),
      significand(a),
      load<u32>(cpu, RESULT_SE),
      load<u64>(cpu, RESULT_SIG),
      false,
    );
    if (widened && load<u32>(cpu, RESULT_SIG) != RELATION_UNORDERED) flags |= EXC_DE;
  }
  conclude(m, i, flags, i.reg & 1);
}

export function FCOM_M32<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (m.fault) return;
  compareMemory(m, i, f80FromF32(m.at, <u32>bits));
}

export function FCOM_M64<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (m.fault) return;
  compareMemory(m, i, f80FromF64(m.at, bits));
}

export function FICOM_M32<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (m.fault) return;
  f80FromI64(m.at, <i64>(<i32>bits));
  compareMemory(m, i, 0);
}

export function FICOM_M16<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u16>(i.segment, m.ea(i));
  if (m.fault) return;
  f80FromI64(m.at, <i64>(<i16>bits));
  compareMemory(m, i, 0);
}

/**
 * FCOMI and its kin: ZF PF CF by the relation, OF SF AF cleared; an unmasked exception leaves EFLAGS alone. As recorded
 * on silicon, C1 is cleared by a stack underflow only.
 */
function compareToFlags(m: Eval, i: Insn, quiet: bool, pops: bool): void {
  const cpu = m.at;
  const flags = compareRegisters(cpu, i.rm, quiet);
  const relation = load<u32>(cpu, RESULT_SIG);
  const allowed = !unmasked(cpu, flags);
  finishWith(m, i, flags, flags & EXC_SF ? COND_C1 : 0);
  if (!allowed) return;
  let bits: u32 = 0;
  if (relation == RELATION_LESS) bits = FLAG_CF;
  else if (relation == RELATION_EQUAL) bits = FLAG_ZF;
  else if (relation == RELATION_UNORDERED) bits = FLAG_ZF | FLAG_PF | FLAG_CF;
  m.flags = (m.flags & ~FLAGS_ARITHMETIC) | bits;
  if (pops) pop(cpu);
}

export function FCOMI<M, T>(m: M, i: Insn): void {
  if (ready(m)) compareToFlags(m, i, false, false);
}

export function FCOMIP<M, T>(m: M, i: Insn): void {
  if (ready(m)) compareToFlags(m, i, false, true);
}

export function FUCOMI<M, T>(m: M, i: Insn): void {
  if (ready(m)) compareToFlags(m, i, true, false);
}

export function FUCOMIP<M, T>(m: M, i: Insn): void {
  if (ready(m)) compareToFlags(m, i, true, true);
}

/** FTST - compares ST(0) with +0. */
export function FTST<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const cpu = m.at;
  let flags = STACK_UNDERFLOW;
  if (isEmpty(cpu, 0)) store<u32>(cpu, RELATION_UNORDERED, RESULT_SIG);
  else flags = f80Compare(cpu, signExponent(st(cpu, 0)), significand(st(cpu, 0)), 0, 0, false);
  conclude(m, i, flags, 0);
}

/** FXAM - class of ST(0) in C3, C2, C0, its sign in C1; raises nothing. */
export function FXAM<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const cpu = m.at;
  const se = signExponent(st(cpu, 0));
  const sig = significand(st(cpu, 0));
  const kind = isEmpty(cpu, 0) ? COND_C3 | COND_C0 : classOf(se & EXP_MASK, sig);
  finishWith(m, i, kind | (se & SIGN ? COND_C1 : 0), CONDITIONS);
}

function classOf(exp: u32, sig: u64): u32 {
  if (exp == 0) return sig ? COND_C3 | COND_C2 : COND_C3;
  if (<i64>sig >= 0) return 0;
  if (exp != EXP_SPECIAL) return COND_C2;
  return sig << 1 ? COND_C0 : COND_C2 | COND_C0;
}
