/**
 * FLD FILD FBLD FST FSTP FIST FISTP FISTTP FBSTP, constants, FXCH, FCMOVcc - SDM vol. 2.
 * Stores write memory before the stack pops, so that a fault leaves everything as it was.
 */
import { Insn } from '../../machine/insn';
import {
  EXC_IE,
  EXC_OE,
  EXC_UE,
  EXP_BIAS,
  INDEFINITE_SE,
  INDEFINITE_SIG,
  INTEGER_BIT,
} from '../../softfloat/constants';
import { f80FromBcd, f80ToBcd } from '../../softfloat/convert';
import { setResult } from '../../softfloat/round';
import { controlWord, isEmpty, significand, signExponent, st, STACK_UNDERFLOW, unmasked } from './registers';

export const ROWS = `
D9 /0    | FLD m32      | FLD_M32       | FPU
DD /0    | FLD m64      | FLD_M64       | FPU
DB /5    | FLD m80      | FLD_M80       | FPU
D9 C0+i  | FLD STi      | FLD_STI       | FPU
DF /0    | FILD m16     | FILD_M16      | FPU
DB /0    | FILD m32     | FILD_M32      | FPU
DF /5    | FILD m64     | FILD_M64      | FPU
DF /4    | FBLD m80     | FBLD          | FPU
D9 /2    | FST m32      | FST_M32       | FPU
D9 /3    | FSTP m32     | FST_M32       | FPU
DD /2    | FST m64      | FST_M64       | FPU
DD /3    | FSTP m64     | FST_M64       | FPU
DB /7    | FSTP m80     | FSTP_M80      | FPU
DD D0+i  | FST STi      | FST_STI       | FPU
DD D8+i  | FSTP STi     | FSTP_STI      | FPU
# Undocumented encodings of FSTP that all processors take; the first does not complain of an empty ST(0).
D9 D8+i  | FSTPNCE STi  | FSTPNCE       | FPU
DF D0+i  | FSTP STi     | FSTP_STI      | FPU
DF D8+i  | FSTP STi     | FSTP_STI      | FPU
DF /2    | FIST m16     | FIST_M16      | FPU
DF /3    | FISTP m16    | FIST_M16      | FPU
DB /2    | FIST m32     | FIST_M32      | FPU
DB /3    | FISTP m32    | FIST_M32      | FPU
DF /7    | FISTP m64    | FISTP_M64     | FPU
DF /1    | FISTTP m16   | FISTTP_M16    | SSE3
DB /1    | FISTTP m32   | FISTTP_M32    | SSE3
DD /1    | FISTTP m64   | FISTTP_M64    | SSE3
DF /6    | FBSTP m80    | FBSTP         | FPU
D9 C8+i  | FXCH STi     | FXCH          | FPU
DD C8+i  | FXCH STi     | FXCH          | FPU
DF C8+i  | FXCH STi     | FXCH          | FPU
D9 E8    | FLD1         | FLD1          | FPU
D9 E9    | FLDL2T       | FLDL2T        | FPU
D9 EA    | FLDL2E       | FLDL2E        | FPU
D9 EB    | FLDPI        | FLDPI         | FPU
D9 EC    | FLDLG2       | FLDLG2        | FPU
D9 ED    | FLDLN2       | FLDLN2        | FPU
D9 EE    | FLDZ         | FLDZ          | FPU
DA C0+i  | FCMOVB STi   | FCMOVB        | CMOV
DA C8+i  | FCMOVE STi   | FCMOVE        | CMOV
DA D0+i  | FCMOVBE STi  | FCMOVBE       | CMOV
DA D8+i  | FCMOVU STi   | FCMOVU        | CMOV
DB C0+i  | FCMOVNB STi  | FCMOVNB       | CMOV
DB C8+i  | FCMOVNE STi  | FCMOVNE       | CMOV
DB D0+i  | FCMOVNBE STi | FCMOVNBE      | CMOV
DB D8+i  | FCMOVNU STi  | FCMOVNU       | CMOV
`;

// ── Loads ──────────────────────────────────────────────────────────────────────────────────────────────────────
/** FLD m32 - push the operand; a signalling NaN becomes quiet. */
export function FLD_M32<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (!m.fault) m.fpuPush(i, m.fpuWidenQuiet<f32>(bits));
}

export function FLD_M64<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (!m.fault) m.fpuPush(i, m.fpuWidenQuiet<f64>(bits));
}

/** FLD m80 - the 10 bytes as they are: no exception but stack overflow. */
export function FLD_M80<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  m.fpuLoad80(i.segment, m.ea(i));
  if (!m.fault) m.fpuPush(i, m.const(0));
}

export function FLD_STI<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  if (!m.fpuHolds(i.rm)) return m.fpuPushUnderflow(i);
  m.fpuCopy(i.rm);
  m.fpuPush(i, m.const(0));
}

/** FILD m16, m32, m64 - push the integer: exact. */
export function FILD_M16<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u16>(i.segment, m.ea(i));
  if (!m.fault) m.fpuPush(i, m.fpuWiden<i16>(bits));
}

export function FILD_M32<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (!m.fault) m.fpuPush(i, m.fpuWiden<i32>(bits));
}

export function FILD_M64<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (!m.fault) m.fpuPush(i, m.fpuWiden<i64>(bits));
}

/** FBLD - push 18 packed decimal digits; digits above 9 give what their weights give. */
export function FBLD<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const ea = m.ea(i);
  const digits = m.load<u64>(i.segment, ea);
  if (m.fault) return;
  const top = m.load<u16>(i.segment, ea + 8);
  if (m.fault) return;
  f80FromBcd(m.at, digits, <u32>top);
  m.fpuPush(i, 0);
}

/** FLD1 ... FLDZ - push a constant. */
function pushConstant<M>(m: M, i: Insn, se: u32, low: u64, nearest: u64): void {
  if (!m.fpuReady()) return;
  m.fpuConstant(se, low, nearest);
  m.fpuPush(i, m.const(0));
}

function pushNumber<M>(m: M, i: Insn, se: u32, sig: u64): void {
  if (!m.fpuReady()) return;
  m.fpuNumber(se, sig);
  m.fpuPush(i, m.const(0));
}

export function FLD1<M, T>(m: M, i: Insn): void {
  pushNumber<M>(m, i, EXP_BIAS, INTEGER_BIT);
}

export function FLDZ<M, T>(m: M, i: Insn): void {
  pushNumber<M>(m, i, 0, 0);
}

export function FLDL2T<M, T>(m: M, i: Insn): void {
  pushConstant<M>(m, i, 0x4000, 0xd49a784bcd1b8afe, 0xd49a784bcd1b8afe);
}

export function FLDL2E<M, T>(m: M, i: Insn): void {
  pushConstant<M>(m, i, 0x3fff, 0xb8aa3b295c17f0bb, 0xb8aa3b295c17f0bc);
}

export function FLDPI<M, T>(m: M, i: Insn): void {
  pushConstant<M>(m, i, 0x4000, 0xc90fdaa22168c234, 0xc90fdaa22168c235);
}

export function FLDLG2<M, T>(m: M, i: Insn): void {
  pushConstant<M>(m, i, 0x3ffd, 0x9a209a84fbcff798, 0x9a209a84fbcff799);
}

export function FLDLN2<M, T>(m: M, i: Insn): void {
  pushConstant<M>(m, i, 0x3ffe, 0xb17217f7d1cf79ab, 0xb17217f7d1cf79ac);
}

// ── Stores ─────────────────────────────────────────────────────────────────────────────────────────────────────
/**
 * Stores the result slot as a W and pops, unless one of `refused` is an exception, and unmasked. A store that this forbids
 * raises the faults of its address all the same, as recorded on silicon.
 */
function storeResult<M, W>(m: M, i: Insn, flags: u64, refused: u32, pops: bool): void {
  const refuses = m.fpuUnmasked(flags, refused);
  if (refuses) m.loadRmw<W>(i.segment, m.ea(i));
  else m.store<W>(i.segment, m.ea(i), m.fpuBits());
  if (m.fault) return;
  if (pops && !refuses) m.fpuPop();
  m.fpuFinish(i, flags);
}

/** What an empty ST(0) stores. */
function emptyAs<M>(m: M, indefinite: u64): u64 {
  m.fpuNumber(0, indefinite);
  return STACK_UNDERFLOW;
}

const FLOAT_REFUSED: u32 = EXC_IE | EXC_OE | EXC_UE;

/** FST m32, FSTP m32 (/3): an unmasked exception but the precision one leaves memory and stack alone. */
export function FST_M32<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const flags = m.fpuHolds(0) ? m.fpuNarrow<f32>() : emptyAs<M>(m, 0xffc00000);
  storeResult<M, u32>(m, i, flags, FLOAT_REFUSED, i.reg == 3);
}

export function FST_M64<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const flags = m.fpuHolds(0) ? m.fpuNarrow<f64>() : emptyAs<M>(m, 0xfff8000000000000);
  storeResult<M, u64>(m, i, flags, FLOAT_REFUSED, i.reg == 3);
}

export function FSTP_M80<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const empty = !m.fpuHolds(0);
  if (empty) m.fpuNumber(INDEFINITE_SE, INDEFINITE_SIG);
  else m.fpuCopy(0);
  const flags = m.const(empty ? STACK_UNDERFLOW : 0);
  const refuses = m.fpuUnmasked(flags, EXC_IE);
  m.fpuStore80(i.segment, m.ea(i), !refuses);
  if (m.fault) return;
  if (!refuses) m.fpuPop();
  m.fpuFinish(i, flags);
}

/** ST(i) <- ST(0); false if an unmasked stack underflow forbids it. */
function copyTo<M>(m: M, i: Insn): bool {
  if (!m.fpuReady()) return false;
  if (!m.fpuHolds(0)) return m.fpuUnderflow(i, i.rm);
  m.fpuMove(i.rm, 0);
  m.fpuFinish(i, m.const(0));
  return true;
}

export function FST_STI<M, T>(m: M, i: Insn): void {
  copyTo<M>(m, i);
}

export function FSTP_STI<M, T>(m: M, i: Insn): void {
  if (copyTo<M>(m, i)) m.fpuPop();
}

/** FSTP D9 D8+i - an empty ST(0) is just popped. */
export function FSTPNCE<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  if (m.fpuHolds(0)) copyTo<M>(m, i);
  else m.fpuFinish(i, 0);
  m.fpuPop();
}

/** Stores ST(0) as an integer of type W, by RC or cut off, and pops; not if the invalid exception is unmasked. */
function storeInteger<M, W>(m: M, i: Insn, truncates: bool, pops: bool): void {
  if (!m.fpuReady()) return;
  const indefinite = (<u64>1) << (sizeof<W>() * 8 - 1);
  const flags = m.fpuHolds(0) ? m.fpuToInteger<W>(truncates) : emptyAs<M>(m, indefinite);
  storeResult<M, W>(m, i, flags, EXC_IE, pops);
}

/** FIST, FISTP (/3) - rounded by RC. */
export function FIST_M16<M, T>(m: M, i: Insn): void {
  storeInteger<M, u16>(m, i, false, i.reg == 3);
}

export function FIST_M32<M, T>(m: M, i: Insn): void {
  storeInteger<M, u32>(m, i, false, i.reg == 3);
}

export function FISTP_M64<M, T>(m: M, i: Insn): void {
  storeInteger<M, u64>(m, i, false, true);
}

/** FISTTP - truncated whatever RC says. */
export function FISTTP_M16<M, T>(m: M, i: Insn): void {
  storeInteger<M, u16>(m, i, true, true);
}

export function FISTTP_M32<M, T>(m: M, i: Insn): void {
  storeInteger<M, u32>(m, i, true, true);
}

export function FISTTP_M64<M, T>(m: M, i: Insn): void {
  storeInteger<M, u64>(m, i, true, true);
}

/** FBSTP - 18 packed decimal digits. */
export function FBSTP<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const cpu = m.at;
  let flags = STACK_UNDERFLOW;
  if (isEmpty(cpu, 0)) setResult(cpu, INDEFINITE_SE, INDEFINITE_SIG);
  else flags = f80ToBcd(cpu, signExponent(st(cpu, 0)), significand(st(cpu, 0)), controlWord(cpu));
  const refuses = unmasked(cpu, flags & EXC_IE);
  m.fpuStore80(i.segment, m.ea(i), !refuses);
  if (m.fault) return;
  if (!refuses) m.fpuPop();
  m.fpuFinish(i, flags);
}

// ── Moves between registers ────────────────────────────────────────────────────────────────────────────────────
/** FXCH - an empty register takes part as the indefinite. */
export function FXCH<M, T>(m: M, i: Insn): void {
  if (!m.fpuReady()) return;
  const both = m.fpuHoldsBoth(i.rm);
  if (!both && !m.fpuFill(i, i.rm)) return;
  m.fpuExchange(i.rm);
  m.fpuFinish(i, m.const(both ? 0 : STACK_UNDERFLOW));
}

/** FCMOVcc - empty registers are an underflow even if nothing moves; C1 changes only then. */
function moveIf<M>(m: M, i: Insn, condition: u32): void {
  if (!m.fpuReady()) return;
  if (!m.fpuHoldsBoth(i.rm)) {
    m.fpuUnderflow(i, 0);
    return;
  }
  m.fpuMoveIf(i.rm, m.conditionValue(condition));
  m.fpuFinishWith(i, m.const(0), 0);
}

export function FCMOVB<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 2);
}

export function FCMOVE<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 4);
}

export function FCMOVBE<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 6);
}

export function FCMOVU<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 10);
}

export function FCMOVNB<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 3);
}

export function FCMOVNE<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 5);
}

export function FCMOVNBE<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 7);
}

export function FCMOVNU<M, T>(m: M, i: Insn): void {
  moveIf<M>(m, i, 11);
}
