/** FCOM FUCOM FICOM FCOMI FUCOMI FTST FXAM in all forms - SDM vol. 2. Popping forms have bit 0 of ModR/M.reg set. */
import { FLAG_CF, FLAG_PF, FLAG_ZF } from '../../shared/register-bits';
import { Insn } from '../../machine/insn';
import { COND_C0, COND_C1, COND_C2, COND_C3, EXC_ALL, EXP_MASK, EXP_SPECIAL, SIGN } from '../../softfloat/constants';
import { finishWith, isEmpty, ready, significand, signExponent, st } from './registers';

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
/** C3, C2, C0 by relation, 16 bits each, and ZF, PF, CF by relation, 8 bits each: greater, less, equal, unordered. */
const CONDITION_TABLE: u64 = ((<u64>UNORDERED) << 48) | ((<u64>COND_C3) << 32) | ((<u64>COND_C0) << 16);
const IMAGE_TABLE: u64 = ((FLAG_ZF | FLAG_PF | FLAG_CF) << 24) | (FLAG_ZF << 16) | (FLAG_CF << 8);

/** C3, C2, C0 of a relation: from a table of four words. */
function conditionsOf<M>(m: M, relation: u64): u64 {
  return m.and<u64>(m.shr<u64>(m.const(CONDITION_TABLE), m.shl<u64>(relation, m.const(4))), m.const(0xffff));
}

/** Condition codes and pops by the relation in the result slot; an unmasked exception keeps the stack as it is. */
function conclude<M>(m: M, i: Insn, flags: u64, pops: u32): void {
  const allowed = !m.fpuUnmasked(flags, EXC_ALL);
  m.fpuFinishWith(i, m.or<u32>(flags, conditionsOf<M>(m, m.fpuRelation())), CONDITIONS);
  if (!allowed) return;
  for (let n: u32 = 0; n < pops; n++) m.fpuPop();
}

/** Compares ST(0) with ST(n); an empty register compares as unordered with a stack underflow. */
function compareRegisters<M>(m: M, n: u32, quiet: bool): u64 {
  return m.fpuHoldsBoth(n) ? m.fpuCompare(n, quiet) : m.fpuCompareEmpty();
}

export function FCOM_STI<M, T>(m: M, i: Insn): void {
  if (m.fpuReady()) conclude<M>(m, i, compareRegisters<M>(m, i.rm, false), i.reg & 1);
}

export function FCOMP_STI<M, T>(m: M, i: Insn): void {
  if (m.fpuReady()) conclude<M>(m, i, compareRegisters<M>(m, i.rm, false), 1);
}

export function FCOMPP<M, T>(m: M, i: Insn): void {
  if (m.fpuReady()) conclude<M>(m, i, compareRegisters<M>(m, 1, false), 2);
}

/** FUCOM - a quiet NaN is not an invalid operand. */
export function FUCOM_STI<M, T>(m: M, i: Insn): void {
  if (m.fpuReady()) conclude<M>(m, i, compareRegisters<M>(m, i.rm, true), i.reg & 1);
}

export function FUCOMPP<M, T>(m: M, i: Insn): void {
  if (m.fpuReady()) conclude<M>(m, i, compareRegisters<M>(m, 1, true), 2);
}

/** Compares ST(0) with the memory operand in the result slot; `widened` as in arith.ts. */
function compareMemory<M>(m: M, i: Insn, widened: u64): void {
  conclude<M>(m, i, m.fpuHolds(0) ? m.fpuCompareResult(widened) : m.fpuCompareEmpty(), i.reg & 1);
}

export function FCOM_M32<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (!m.fault) compareMemory<M>(m, i, m.fpuWiden<f32>(bits));
}

export function FCOM_M64<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (!m.fault) compareMemory<M>(m, i, m.fpuWiden<f64>(bits));
}

export function FICOM_M32<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (!m.fault) compareMemory<M>(m, i, m.fpuWiden<i32>(bits));
}

export function FICOM_M16<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) compareMemory<M>(m, i, m.fpuWiden<i16>(bits));
}

/**
 * FCOMI and its kin: ZF PF CF by the relation, OF SF AF cleared; an unmasked exception leaves EFLAGS alone. As recorded
 * on silicon, C1 is cleared by a stack underflow only.
 */
function compareToFlags<M>(m: M, i: Insn, quiet: bool, pops: bool): void {
  if (!m.fpuReady()) return;
  const holds = m.fpuHoldsBoth(i.rm);
  const flags = holds ? m.fpuCompare(i.rm, quiet) : m.fpuCompareEmpty();
  const image = m.shr<u32>(m.const(IMAGE_TABLE), m.shl<u32>(m.fpuRelation(), m.const(3)));
  const allowed = !m.fpuUnmasked(flags, EXC_ALL);
  m.fpuFinishWith(i, flags, holds ? 0 : COND_C1);
  if (!allowed) return;
  m.flagsImage(m.and<u32>(image, m.const(0xff)));
  if (pops) m.fpuPop();
}

export function FCOMI<M, T>(m: M, i: Insn): void {
  compareToFlags<M>(m, i, false, false);
}

export function FCOMIP<M, T>(m: M, i: Insn): void {
  compareToFlags<M>(m, i, false, true);
}

export function FUCOMI<M, T>(m: M, i: Insn): void {
  compareToFlags<M>(m, i, true, false);
}

export function FUCOMIP<M, T>(m: M, i: Insn): void {
  compareToFlags<M>(m, i, true, true);
}

/** FTST - compares ST(0) with +0. */
export function FTST<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  m.fpuNumber(0, 0);
  conclude<M>(m, i, m.fpuHolds(0) ? m.fpuCompareResult(m.const(0)) : m.fpuCompareEmpty(), 0);
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
