/**
 * What Eval knows of the x87: the operations that the functions in isa/x87 are written over, done on the state block by
 * isa/x87/registers.ts and the soft floating-point routines. Emit has the same ones (machine/emit-x87.ts).
 *
 * A number that is under way lies in the machine's result slot. Flags are a value: exceptions and C1, as the routines
 * return them. Questions (fpuReady, fpuHolds...) that Emit answers by leaving the region are always answered well there.
 */
import { f80Add, f80Sub } from '../softfloat/add';
import { f80Compare } from '../softfloat/compare';
import {
  CW_RC,
  CW_RC_UP,
  CW_RC_ZERO,
  EXC_ALL,
  EXC_DE,
  EXC_IE,
  EXC_ZE,
  RELATION_UNORDERED,
  RESULT_SE,
  RESULT_SIG,
} from '../softfloat/constants';
import {
  f80FromF32,
  f80FromF64,
  f80FromI64,
  f80LoadF32,
  f80LoadF64,
  f80RoundToInt,
  f80ToF32,
  f80ToF64,
  f80ToInteger,
} from '../softfloat/convert';
import { f80Div, f80Mul, f80Sqrt } from '../softfloat/multiply';
import { isNaN80, isUnsupported } from '../softfloat/nan';
import { setResult } from '../softfloat/round';
import * as R from '../isa/x87/registers';
import { Eval } from './eval';
import { EvalFloat } from './eval-float';
import { Insn } from './insn';

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

/** The result slot to a register that is not empty, unless it is there or an unmasked exception forbids it. */
function conclude(m: Eval, i: Insn, register: usize, copies: bool, flags: u32): bool {
  const cpu = m.at;
  const allowed = (flags & BEFORE_RESULT & ~R.controlWord(cpu)) == 0;
  if (allowed && copies) {
    store<u64>(register, load<u64>(cpu, RESULT_SIG));
    store<u16>(register, load<u16>(cpu, RESULT_SE), 8);
  }
  R.finish(m, i, flags);
  return allowed;
}

/** Invalid operands, NaNs and division by zero come before the denormal operand (SDM vol. 1, 4.9.2). */
export function withDenormal(cpu: usize, flags: u32, ae: u32, am: u64): u32 {
  if (flags & (EXC_IE | EXC_ZE) || isUnsupported(ae, am) || isNaN80(ae, am)) return flags;
  return R.unmasked(cpu, EXC_DE) ? EXC_DE : flags | EXC_DE;
}

@unmanaged
export class EvalX87 extends EvalFloat {
  @inline private get machine(): Eval {
    return changetype<Eval>(changetype<usize>(this));
  }

  // ── Before an instruction ────────────────────────────────────────────────────────────────────────────────────
  /** #NM and a pending #MF come first. */
  @inline fpuReady(): bool {
    return R.ready(this.machine);
  }
  @inline fpuReadyNoWait(): bool {
    return R.readyNoWait(this.machine);
  }
  @inline fpuHolds(n: u32): bool {
    return !R.isEmpty(this.at, n);
  }
  /** Both of ST(0) and ST(n) hold something. */
  @inline fpuHoldsBoth(n: u32): bool {
    return R.holdsBoth(this.at, n);
  }
  /** Stack underflow: if that is masked ST(n) becomes the indefinite, and the answer is true. */
  fpuUnderflow(i: Insn, n: u32): bool {
    const allowed = !R.unmasked(this.at, EXC_IE);
    if (allowed) R.writeIndefinite(this.at, n);
    R.finish(this.machine, i, R.STACK_UNDERFLOW);
    return allowed;
  }
  /** Empty registers among ST(0) and ST(n) become the indefinite; false if an unmasked stack underflow forbids that. */
  fpuFill(i: Insn, n: u32): bool {
    if (!R.unmasked(this.at, EXC_IE)) {
      if (R.isEmpty(this.at, 0)) R.writeIndefinite(this.at, 0);
      if (R.isEmpty(this.at, n)) R.writeIndefinite(this.at, n);
      return true;
    }
    R.finish(this.machine, i, R.STACK_UNDERFLOW);
    return false;
  }
  /** Is one of `flags`, if it is among `exceptions`, unmasked? */
  @inline fpuUnmasked(flags: u64, exceptions: u32): bool {
    return R.unmasked(this.at, <u32>flags & exceptions);
  }

  // ── Numbers into the result slot ─────────────────────────────────────────────────────────────────────────────
  @inline fpuNumber(se: u32, sig: u64): void {
    setResult(this.at, se, sig);
  }
  /** A constant whose last bit the rounding mode decides: `low` is below it, `nearest` what nearest gives. */
  fpuConstant(se: u32, low: u64, nearest: u64): void {
    const rc = R.controlWord(this.at) & CW_RC;
    setResult(this.at, se, rc == 0 ? nearest : rc == CW_RC_UP ? low + 1 : low);
  }
  @inline fpuCopy(n: u32): void {
    const register = R.st(this.at, n);
    setResult(this.at, R.signExponent(register), R.significand(register));
  }
  /** A memory operand of type T: a float, or a signed integer. */
  @inline fpuWiden<T>(bits: u64): u64 {
    if (isInteger<T>()) {
      f80FromI64(this.at, <i64>(<T>bits));
      return 0;
    }
    if (sizeof<T>() == 8) return f80FromF64(this.at, bits);
    return f80FromF32(this.at, <u32>bits);
  }
  /** The same where a signalling NaN becomes quiet. */
  @inline fpuWidenQuiet<T>(bits: u64): u64 {
    if (sizeof<T>() == 8) return f80LoadF64(this.at, bits);
    return f80LoadF32(this.at, <u32>bits);
  }
  /** ST(0) as T: the bits are in the result slot. */
  @inline fpuNarrow<T>(): u64 {
    const top = R.st(this.at, 0);
    const cw = R.controlWord(this.at);
    if (sizeof<T>() == 8) return f80ToF64(this.at, R.signExponent(top), R.significand(top), cw);
    return f80ToF32(this.at, R.signExponent(top), R.significand(top), cw);
  }
  /** ST(0) as a signed integer of the size of T, by RC or cut off. */
  @inline fpuToInteger<T>(truncates: bool): u64 {
    const top = R.st(this.at, 0);
    const cw = truncates ? CW_RC_ZERO : R.controlWord(this.at);
    return f80ToInteger(this.at, R.signExponent(top), R.significand(top), cw, sizeof<T>() * 8);
  }
  @inline fpuRoot(): u64 {
    const top = R.st(this.at, 0);
    return f80Sqrt(this.at, R.signExponent(top), R.significand(top), R.controlWord(this.at));
  }
  @inline fpuRound(): u64 {
    const top = R.st(this.at, 0);
    return f80RoundToInt(this.at, R.signExponent(top), R.significand(top), R.controlWord(this.at));
  }
  /** Bits of an integer or a narrower float in the result slot. */
  @inline fpuBits(): u64 {
    return load<u64>(this.at, RESULT_SIG);
  }

  // ── 80 bits in memory ────────────────────────────────────────────────────────────────────────────────────────
  fpuLoad80(segment: u32, ea: u64): void {
    const m = this.machine;
    const sig = m.load<u64>(segment, ea);
    if (m.fault) return;
    const se = m.load<u16>(segment, ea + 8);
    if (!m.fault) setResult(this.at, <u32>se, sig);
  }
  /** Stores the result slot, if it may; all 10 bytes are checked before the first changes. */
  fpuStore80(segment: u32, ea: u64, may: bool): void {
    const m = this.machine;
    m.loadRmw<u64>(segment, ea);
    if (m.fault) return;
    m.loadRmw<u16>(segment, ea + 8);
    if (m.fault || !may) return;
    m.storeRmw<u16>(<u64>load<u32>(this.at, RESULT_SE));
    if (!m.fault) m.store<u64>(segment, ea, load<u64>(this.at, RESULT_SIG));
  }

  // ── Registers ────────────────────────────────────────────────────────────────────────────────────────────────
  /** Pushes the result slot; `flags` are those of the conversion that made it. */
  @inline fpuPush(i: Insn, flags: u64): void {
    R.pushResult(this.machine, i, <u32>flags);
  }
  /** FLD of an empty register. */
  @inline fpuPushUnderflow(i: Insn): void {
    R.pushUnderflow(this.machine, i);
  }
  @inline fpuPop(): void {
    R.pop(this.at);
  }
  /** ST(n) <- ST(from). */
  @inline fpuMove(n: u32, from: u32): void {
    const register = R.st(this.at, from);
    R.write(this.at, n, R.signExponent(register), R.significand(register));
  }
  @inline fpuMoveIf(n: u32, met: u64): void {
    if (met) this.fpuMove(0, n);
  }
  fpuExchange(n: u32): void {
    const a = R.st(this.at, 0);
    const b = R.st(this.at, n);
    const se = load<u16>(a, 8);
    const sig = load<u64>(a);
    store<u64>(a, load<u64>(b));
    store<u16>(a, load<u16>(b, 8), 8);
    store<u64>(b, sig);
    store<u16>(b, se, 8);
  }
  /** Sign and exponent of ST(0). */
  @inline fpuSign(and: u32, xor: u32): void {
    const top = R.st(this.at, 0);
    store<u16>(top, <u16>((R.signExponent(top) & and) ^ xor), 8);
  }
  /** ST(0) <- the result slot, unless an unmasked exception forbids it; ends the instruction. */
  fpuReplace(i: Insn, flags: u64): void {
    if (!R.unmasked(this.at, <u32>flags & BEFORE_RESULT)) R.writeResult(this.at, 0);
    R.finish(this.machine, i, <u32>flags);
  }
  /** ST(dest) <- ST(0) op ST(n), by ModR/M.reg; ends the instruction. False if an unmasked exception kept the result away. */
  fpuArithmetic(i: Insn, operation: u32, n: u32, dest: u32): bool {
    const cpu = this.at;
    const a = R.st(cpu, 0);
    const b = R.st(cpu, n);
    const register = dest == 0 ? a : b;
    const cw = R.controlWord(cpu);
    const out = resultIn(cpu, register, cw);
    const flags = operate(out, operation, R.signExponent(a), R.significand(a), R.signExponent(b), R.significand(b), cw);
    return conclude(this.machine, i, register, out == cpu, flags);
  }
  /**
   * ST(0) <- ST(0) op the result slot, which a memory operand is in; ends the instruction. `widened` is EXC_DE if that was
   * a denormal of its own format, which its 80-bit form no longer shows.
   */
  fpuArithmeticResult(i: Insn, operation: u32, widened: u64): void {
    const cpu = this.at;
    const a = R.st(cpu, 0);
    const ae = R.signExponent(a);
    const am = R.significand(a);
    const cw = R.controlWord(cpu);
    const out = resultIn(cpu, a, cw);
    let flags = operate(out, operation, ae, am, load<u32>(cpu, RESULT_SE), load<u64>(cpu, RESULT_SIG), cw);
    if (widened) flags = withDenormal(cpu, flags, ae, am);
    conclude(this.machine, i, a, out == cpu, flags);
  }

  // ── Comparisons: the relation goes to the result slot ────────────────────────────────────────────────────────
  /** ST(0) and ST(n). */
  fpuCompare(n: u32, quiet: bool): u64 {
    const a = R.st(this.at, 0);
    const b = R.st(this.at, n);
    return f80Compare(this.at, R.signExponent(a), R.significand(a), R.signExponent(b), R.significand(b), quiet);
  }
  /** ST(0) and the result slot; `widened` as for arithmetic. */
  fpuCompareResult(widened: u64): u64 {
    const a = R.st(this.at, 0);
    const be = load<u32>(this.at, RESULT_SE);
    const bm = load<u64>(this.at, RESULT_SIG);
    const flags = f80Compare(this.at, R.signExponent(a), R.significand(a), be, bm, false);
    return widened && load<u32>(this.at, RESULT_SIG) != RELATION_UNORDERED ? flags | EXC_DE : flags;
  }
  /** An empty register compares as unordered. */
  fpuCompareEmpty(): u64 {
    store<u32>(this.at, RELATION_UNORDERED, RESULT_SIG);
    return R.STACK_UNDERFLOW;
  }
  @inline fpuRelation(): u64 {
    return <u64>load<u32>(this.at, RESULT_SIG);
  }

  // ── Control and status ───────────────────────────────────────────────────────────────────────────────────────
  @inline fpuStatus(): u64 {
    return <u64>R.statusWord(this.at);
  }
  @inline fpuControl(): u64 {
    return <u64>R.controlWord(this.at);
  }
  /** Unmasking an exception whose flag is set makes it pending. */
  fpuSetControl(cw: u64): void {
    R.setControlWord(this.machine, <u32>cw);
    R.updateSummary(this.machine);
  }
  /** Ends the instruction: exceptions and C1 into the status word, the instruction pointer. */
  @inline fpuFinish(i: Insn, flags: u64): void {
    R.finish(this.machine, i, <u32>flags);
  }
  /** The same for instructions that define other condition codes: `conditions` are replaced by those in `flags`. */
  @inline fpuFinishWith(i: Insn, flags: u64, conditions: u32): void {
    R.finishWith(this.machine, i, <u32>flags, conditions);
  }
  @inline fpuPointer(i: Insn): void {
    R.setInstructionPointer(this.machine, i);
  }
}
