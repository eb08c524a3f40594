/**
 * FLD FILD FBLD FST FSTP FIST FISTP FISTTP FBSTP, constants, FXCH, FCMOVcc - SDM vol. 2.
 * Stores write memory before the stack pops, so that a fault leaves everything as it was.
 */
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import {
  CW_RC,
  CW_RC_UP,
  CW_RC_ZERO,
  EXC_IE,
  EXC_OE,
  EXC_UE,
  EXP_BIAS,
  INDEFINITE_SE,
  INDEFINITE_SIG,
  INTEGER_BIT,
  RESULT_SE,
  RESULT_SIG,
} from '../../softfloat/constants';
import {
  f80FromBcd,
  f80FromF32,
  f80FromF64,
  f80FromI64,
  f80QuietResult,
  f80ToBcd,
  f80ToF32,
  f80ToF64,
  f80ToInteger,
} from '../../softfloat/convert';
import { setResult } from '../../softfloat/round';
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
  popAt,
  pushResult,
  ready,
  setTop,
  significand,
  signExponent,
  st,
  stAt,
  statusWord,
  STACK_UNDERFLOW,
  unmasked,
  write,
  writeIndefinite,
} from './registers';

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
  if (!ready(m)) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (m.fault) return;
  const flags = f80FromF32(m.at, <u32>bits);
  pushResult(m, i, flags | f80QuietResult(m.at));
}

export function FLD_M64<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (m.fault) return;
  const flags = f80FromF64(m.at, bits);
  pushResult(m, i, flags | f80QuietResult(m.at));
}

/** FLD m80 - the 10 bytes as they are: no exception but stack overflow. */
export function FLD_M80<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const ea = m.ea(i);
  const sig = m.load<u64>(i.segment, ea);
  if (m.fault) return;
  const se = m.load<u16>(i.segment, ea + 8);
  if (m.fault) return;
  setResult(m.at, <u32>se, sig);
  pushResult(m, i, 0);
}

export function FLD_STI<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const cpu = m.at;
  if (isEmpty(cpu, i.rm)) {
    pushUnderflow(m, i);
    return;
  }
  const source = st(cpu, i.rm);
  setResult(cpu, signExponent(source), significand(source));
  pushResult(m, i, 0);
}

/** FLD of an empty register: the indefinite is pushed even where that overflows the stack; underflow comes first. */
function pushUnderflow(m: Eval, i: Insn): void {
  if (!unmasked(m.at, EXC_IE)) {
    setTop(m.at, -1);
    writeIndefinite(m.at, 0);
  }
  finish(m, i, STACK_UNDERFLOW);
}

/** FILD m16, m32, m64 - push the integer: exact. */
export function FILD_M16<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u16>(i.segment, m.ea(i));
  if (m.fault) return;
  f80FromI64(m.at, <i64>(<i16>bits));
  pushResult(m, i, 0);
}

export function FILD_M32<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u32>(i.segment, m.ea(i));
  if (m.fault) return;
  f80FromI64(m.at, <i64>(<i32>bits));
  pushResult(m, i, 0);
}

export function FILD_M64<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const bits = m.load<u64>(i.segment, m.ea(i));
  if (m.fault) return;
  f80FromI64(m.at, <i64>bits);
  pushResult(m, i, 0);
}

/** FBLD - push 18 packed decimal digits; digits above 9 give what their weights give. */
export function FBLD<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const ea = m.ea(i);
  const digits = m.load<u64>(i.segment, ea);
  if (m.fault) return;
  const top = m.load<u16>(i.segment, ea + 8);
  if (m.fault) return;
  f80FromBcd(m.at, digits, <u32>top);
  pushResult(m, i, 0);
}

/** FLD1 ... FLDZ - push a constant whose last bit the rounding mode decides: `low` is below, `more` what nearest adds. */
function pushConstant(m: Eval, i: Insn, se: u32, low: u64, nearest: u64): void {
  if (!ready(m)) return;
  const rc = controlWord(m.at) & CW_RC;
  let sig = low;
  if (rc == 0) sig = nearest;
  else if (rc == CW_RC_UP) sig = low + 1;
  setResult(m.at, se, sig);
  pushResult(m, i, 0);
}

export function FLD1<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  setResult(m.at, EXP_BIAS, INTEGER_BIT);
  pushResult(m, i, 0);
}

export function FLDZ<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  setResult(m.at, 0, 0);
  pushResult(m, i, 0);
}

export function FLDL2T<M, T>(m: M, i: Insn): void {
  pushConstant(m, i, 0x4000, 0xd49a784bcd1b8afe, 0xd49a784bcd1b8afe);
}

export function FLDL2E<M, T>(m: M, i: Insn): void {
  pushConstant(m, i, 0x3fff, 0xb8aa3b295c17f0bb, 0xb8aa3b295c17f0bc);
}

export function FLDPI<M, T>(m: M, i: Insn): void {
  pushConstant(m, i, 0x4000, 0xc90fdaa22168c234, 0xc90fdaa22168c235);
}

export function FLDLG2<M, T>(m: M, i: Insn): void {
  pushConstant(m, i, 0x3ffd, 0x9a209a84fbcff798, 0x9a209a84fbcff799);
}

export function FLDLN2<M, T>(m: M, i: Insn): void {
  pushConstant(m, i, 0x3ffe, 0xb17217f7d1cf79ab, 0xb17217f7d1cf79ac);
}

// ── Stores ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** A store that an unmasked exception forbids raises the faults of its address all the same, as recorded on silicon. */
function storable<W>(m: Eval, i: Insn): bool {
  m.loadRmw<W>(i.segment, m.ea(i));
  return !m.fault;
}

/** Stores the result slot and pops (/3), unless an exception other than the precision one is unmasked. */
function storeFloat<W>(m: Eval, i: Insn, sw: u32, flags: u32): void {
  const cpu = m.at;
  if (!unmasked(cpu, flags & (EXC_IE | EXC_OE | EXC_UE))) {
    m.store<W>(i.segment, m.ea(i), load<u64>(cpu, RESULT_SIG));
    if (m.fault) return;
    if (i.reg == 3) sw = popAt(cpu, sw);
  } else if (!storable<W>(m, i)) {
    return;
  }
  finishAt(m, i, sw, flags);
}

/** FST m32, FSTP m32 (/3): an unmasked exception but the precision one leaves memory and stack alone. */
export function FST_M32<M, T>(m: M, i: Insn): void {
  const sw = begin(m);
  if (sw == NOT_READY) return;
  const cpu = m.at;
  const top = stAt(cpu, sw, 0);
  let flags = STACK_UNDERFLOW;
  if (isEmptyAt(cpu, sw, 0)) store<u64>(cpu, 0xffc00000, RESULT_SIG);
  else flags = f80ToF32(cpu, signExponent(top), significand(top), controlWord(cpu));
  storeFloat<u32>(m, i, sw, flags);
}

export function FST_M64<M, T>(m: M, i: Insn): void {
  const sw = begin(m);
  if (sw == NOT_READY) return;
  const cpu = m.at;
  const top = stAt(cpu, sw, 0);
  let flags = STACK_UNDERFLOW;
  if (isEmptyAt(cpu, sw, 0)) store<u64>(cpu, 0xfff8000000000000, RESULT_SIG);
  else flags = f80ToF64(cpu, signExponent(top), significand(top), controlWord(cpu));
  storeFloat<u64>(m, i, sw, flags);
}

/** Can all 10 bytes be written? */
function storable80(m: Eval, i: Insn): bool {
  const ea = m.ea(i);
  m.loadRmw<u64>(i.segment, ea);
  if (m.fault) return false;
  m.loadRmw<u16>(i.segment, ea + 8);
  return !m.fault;
}

/** Writes 10 bytes; all of them are checked before the first changes. */
function store80(m: Eval, i: Insn, se: u32, sig: u64): void {
  if (!storable80(m, i)) return;
  m.storeRmw<u16>(<u64>se);
  if (m.fault) return;
  m.store<u64>(i.segment, m.ea(i), sig);
}

export function FSTP_M80<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const cpu = m.at;
  let flags: u32 = 0;
  if (isEmpty(cpu, 0)) {
    flags = STACK_UNDERFLOW;
    if (unmasked(cpu, flags)) {
      if (storable80(m, i)) finish(m, i, flags);
      return;
    }
    store80(m, i, INDEFINITE_SE, INDEFINITE_SIG);
  } else {
    store80(m, i, signExponent(st(cpu, 0)), significand(st(cpu, 0)));
  }
  if (m.fault) return;
  pop(cpu);
  finish(m, i, flags);
}

/** ST(i) <- ST(0); false if an unmasked stack underflow forbids it. */
function copyTo(m: Eval, i: Insn): bool {
  const cpu = m.at;
  const sw = statusWord(cpu);
  if (isEmptyAt(cpu, sw, 0)) {
    const allowed = !unmasked(cpu, EXC_IE);
    if (allowed) writeIndefinite(cpu, i.rm);
    finish(m, i, STACK_UNDERFLOW);
    return allowed;
  }
  const top = stAt(cpu, sw, 0);
  write(cpu, i.rm, signExponent(top), significand(top));
  finishAt(m, i, sw, 0);
  return true;
}

export function FST_STI<M, T>(m: M, i: Insn): void {
  if (ready(m)) copyTo(m, i);
}

export function FSTP_STI<M, T>(m: M, i: Insn): void {
  if (ready(m) && copyTo(m, i)) pop(m.at);
}

/** FSTP D9 D8+i - an empty ST(0) is just popped. */
export function FSTPNCE<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const cpu = m.at;
  if (isEmpty(cpu, 0)) finish(m, i, 0);
  else copyTo(m, i);
  pop(cpu);
}

/** Integer of `width` bits in the result slot; the flags of the conversion by control word `cw`. */
function toInteger(cpu: usize, cw: u32, width: u32): u32 {
  if (!isEmpty(cpu, 0)) return f80ToInteger(cpu, signExponent(st(cpu, 0)), significand(st(cpu, 0)), cw, width);
  store<u64>(cpu, (<u64>1) << (width - 1), RESULT_SIG);
  return STACK_UNDERFLOW;
}

/** Stores the result slot as an integer of type W, unless the invalid exception is unmasked. */
function storeInteger<W>(m: Eval, i: Insn, flags: u32, pops: bool): void {
  const cpu = m.at;
  let sw = statusWord(cpu);
  if (!unmasked(cpu, flags & EXC_IE)) {
    m.store<W>(i.segment, m.ea(i), load<u64>(cpu, RESULT_SIG));
    if (m.fault) return;
    if (pops) sw = popAt(cpu, sw);
  } else if (!storable<W>(m, i)) {
    return;
  }
  finishAt(m, i, sw, flags);
}

/** FIST, FISTP (/3) - rounded by RC. */
export function FIST_M16<M, T>(m: M, i: Insn): void {
  if (ready(m)) storeInteger<u16>(m, i, toInteger(m.at, controlWord(m.at), 16), i.reg == 3);
}

export function FIST_M32<M, T>(m: M, i: Insn): void {
  if (ready(m)) storeInteger<u32>(m, i, toInteger(m.at, controlWord(m.at), 32), i.reg == 3);
}

export function FISTP_M64<M, T>(m: M, i: Insn): void {
  if (ready(m)) storeInteger<u64>(m, i, toInteger(m.at, controlWord(m.at), 64), true);
}

/** FISTTP - truncated whatever RC says. */
export function FISTTP_M16<M, T>(m: M, i: Insn): void {
  if (ready(m)) storeInteger<u16>(m, i, toInteger(m.at, CW_RC_ZERO, 16), true);
}

export function FISTTP_M32<M, T>(m: M, i: Insn): void {
  if (ready(m)) storeInteger<u32>(m, i, toInteger(m.at, CW_RC_ZERO, 32), true);
}

export function FISTTP_M64<M, T>(m: M, i: Insn): void {
  if (ready(m)) storeInteger<u64>(m, i, toInteger(m.at, CW_RC_ZERO, 64), true);
}

/** FBSTP - 18 packed decimal digits. */
export function FBSTP<M, T>(m: M, i: Insn): void {
  if (!ready(m)) return;
  const cpu = m.at;
  let flags = STACK_UNDERFLOW;
  if (isEmpty(cpu, 0)) setResult(cpu, INDEFINITE_SE, INDEFINITE_SIG);
  else flags = f80ToBcd(cpu, signExponent(st(cpu, 0)), significand(st(cpu, 0)), controlWord(cpu));
  if (!unmasked(cpu, flags & EXC_IE)) {
    store80(m, i, load<u32>(cpu, RESULT_SE), load<u64>(cpu, RESULT_SIG));
    if (m.fault) return;
    pop(cpu);
  } else if (!storable80(m, i)) {
    return;
  }
  finish(m, i, flags);
}

// ── Moves between registers ────────────────────────────────────────────────────────────────────────────────────
/** FXCH - an empty register takes part as the indefinite. */
export function FXCH<M, T>(m: M, i: Insn): void {
  const sw = begin(m);
  if (sw == NOT_READY) return;
  const cpu = m.at;
  let flags: u32 = 0;
  if (!bothAt(cpu, sw, i.rm)) {
    flags = STACK_UNDERFLOW;
    if (unmasked(cpu, flags)) {
      finish(m, i, flags);
      return;
    }
    if (isEmpty(cpu, 0)) writeIndefinite(cpu, 0);
    if (isEmpty(cpu, i.rm)) writeIndefinite(cpu, i.rm);
  }
  const a = stAt(cpu, sw, 0);
  const b = stAt(cpu, sw, i.rm);
  const se = load<u16>(a, 8);
  const sig = significand(a);
  store<u64>(a, significand(b));
  store<u16>(a, load<u16>(b, 8), 8);
  store<u64>(b, sig);
  store<u16>(b, se, 8);
  finishAt(m, i, sw, flags);
}

/** FCMOVcc - empty registers are an underflow even if nothing moves; C1 changes only then. */
function moveIf(m: Eval, i: Insn, met: bool): void {
  const cpu = m.at;
  if (isEmpty(cpu, 0) || isEmpty(cpu, i.rm)) {
    if (!unmasked(cpu, EXC_IE)) writeIndefinite(cpu, 0);
    finish(m, i, STACK_UNDERFLOW);
    return;
  }
  if (met) write(cpu, 0, signExponent(st(cpu, i.rm)), significand(st(cpu, i.rm)));
  finishWith(m, i, 0, 0);
}

export function FCMOVB<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, m.carry());
}

export function FCMOVE<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, m.zero());
}

export function FCMOVBE<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, m.carry() || m.zero());
}

export function FCMOVU<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, m.parity());
}

export function FCMOVNB<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, !m.carry());
}

export function FCMOVNE<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, !m.zero());
}

export function FCMOVNBE<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, !(m.carry() || m.zero()));
}

export function FCMOVNU<M, T>(m: M, i: Insn): void {
  if (ready(m)) moveIf(m, i, !m.parity());
}
