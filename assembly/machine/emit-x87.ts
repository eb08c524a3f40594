/**
 * The x87 in compiled code: what machine/eval-x87.ts does on the state block, on locals (machine/emit-x87-registers.ts). The
 * arithmetic is that of softfloat/, called with numbers and control word; moves and the common conversions are inline.
 * All exceptions are masked here, and no register is empty that should not be: where this does not hold the region is left.
 */
import * as W from '../jit/opcodes';
import {
  COND_C1,
  CW_RC,
  CW_RC_UP,
  CW_RC_ZERO,
  EXP_BIAS,
  EXP_MASK,
  INTEGER_BIT,
  RELATION_UNORDERED,
  RESULT_SE,
  RESULT_SIG,
  SIGN,
} from '../softfloat/constants';
import { LOCAL_FPU_CONTROL } from './emit-locals';
import { EmitX87Registers } from './emit-x87-registers';
import { Insn } from './insn';

// Functions of softfloat/ that compiled modules import, by index.
export const IMPORT_F80_ADD: u32 = 6;
export const IMPORT_F80_SUB: u32 = 7;
export const IMPORT_F80_MUL: u32 = 8;
export const IMPORT_F80_DIV: u32 = 9;
export const IMPORT_F80_COMPARE: u32 = 10;
export const IMPORT_F80_SQRT: u32 = 11;
export const IMPORT_F80_ROUND: u32 = 12;
export const IMPORT_F80_TO_F64: u32 = 13;
export const IMPORT_F80_TO_F32: u32 = 14;
export const IMPORT_F80_TO_INTEGER: u32 = 15;
export const IMPORT_F80_FROM_F64: u32 = 16;
export const IMPORT_F80_FROM_F32: u32 = 17;
/** Added to the two: a signalling NaN becomes quiet. */
const IMPORT_F80_QUIET: u32 = 2;

@unmanaged
export class EmitX87 extends EmitX87Registers {
  /** The result slot: two values. */
  private resultSe: u64;
  private resultSig: u64;

  // ── What compiled code never comes to ────────────────────────────────────────────────────────────────────────
  fpuUnderflow(_i: Insn, _n: u32): bool {
    return false;
  }
  fpuPushUnderflow(_i: Insn): void {}
  fpuFill(_i: Insn, _n: u32): bool {
    return false;
  }
  fpuCompareEmpty(): u64 {
    return 0;
  }
  fpuUnmasked(_flags: u64, _exceptions: u32): bool {
    return false;
  }

  // ── The result slot ──────────────────────────────────────────────────────────────────────────────────────────
  setNumber(se: u64, sig: u64): void {
    this.resultSe = se;
    this.resultSig = sig;
  }
  fpuNumber(se: u32, sig: u64): void {
    this.setNumber(this.const(se), this.const(sig));
  }
  fpuConstant(se: u32, low: u64, nearest: u64): void {
    this.getLocal(LOCAL_FPU_CONTROL);
    this.i32(CW_RC);
    this.byte(W.I32_AND);
    const rc = this.take32();
    const isUp = this.isZero(this.xor<u32>(rc, this.const(CW_RC_UP)));
    const directed = this.select(isUp, this.const(low + 1), this.const(low));
    this.setNumber(this.const(se), this.select(rc, directed, this.const(nearest)));
  }
  fpuCopy(n: u32): void {
    this.loadRegister(n);
    this.useSe(n);
    this.resultSe = this.take32();
    this.useSig(n);
    this.resultSig = this.take64();
  }
  fpuBits(): u64 {
    return this.resultSig;
  }
  useResultSe(): void {
    this.use32(this.resultSe);
  }
  useResultSig(): void {
    this.use64(this.resultSig);
  }

  // ── Calls: flags come back, the number is in the core's result slot ──────────────────────────────────────────
  private useRegister(n: u32): void {
    this.loadRegister(n);
    this.useSe(n);
    this.useSig(n);
  }
  private useResult(): void {
    this.useResultSe();
    this.useResultSig();
  }
  private useControl(): void {
    this.getLocal(LOCAL_FPU_CONTROL);
  }
  private useCoreSig(): void {
    this.cpu();
    this.access(W.I64_LOAD, RESULT_SIG);
  }
  private useCoreSe(): void {
    this.cpu();
    this.access(W.I32_LOAD, RESULT_SE);
  }
  private call(index: u32): u64 {
    this.indexed(W.OP_CALL, index);
    return this.take32();
  }
  private takeResult(): void {
    this.useCoreSe();
    this.resultSe = this.take32();
    this.useCoreSig();
    this.resultSig = this.take64();
  }
  private callUnary(index: u32): u64 {
    this.loadRegister(0);
    this.cpu();
    this.useRegister(0);
    this.useControl();
    const flags = this.call(index);
    this.takeResult();
    return flags;
  }
  fpuRoot(): u64 {
    return this.callUnary(IMPORT_F80_SQRT);
  }
  fpuRound(): u64 {
    return this.callUnary(IMPORT_F80_ROUND);
  }
  fpuToInteger<T>(truncates: bool): u64 {
    this.loadRegister(0);
    this.cpu();
    this.useRegister(0);
    if (truncates) this.i32(CW_RC_ZERO);
    else this.useControl();
    this.i32(sizeof<T>() * 8);
    const flags = this.call(IMPORT_F80_TO_INTEGER);
    this.takeResult();
    return flags;
  }
  fpuNarrow<T>(): u64 {
    if (sizeof<T>() == 8) return this.narrow64();
    return this.callUnary(IMPORT_F80_TO_F32);
  }
  /** As the fast path of f80ToF64, without branches in it. */
  private narrow64(): u64 {
    this.loadRegister(0);
    const exponent = this.temp32();
    const flags = this.temp32();
    const bits = this.temp64();
    this.useSe(0);
    this.i32(EXP_MASK);
    this.byte(W.I32_AND);
    this.i32(EXP_BIAS - 1023);
    this.byte(W.I32_SUB);
    this.teeLocal(exponent);
    this.i32(1);
    this.byte(W.I32_SUB);
    this.i32(0x7fd);
    this.byte(W.I32_LT_U);
    this.useControl();
    this.i32(CW_RC);
    this.byte(W.I32_AND);
    this.byte(W.I32_EQZ);
    this.byte(W.I32_AND);
    this.useSig(0);
    this.i64(0);
    this.byte(W.I64_LT_S);
    this.byte(W.I32_AND);
    this.openIf();
    this.round64(this.in32(exponent), flags, bits);
    this.byte(W.OP_ELSE);
    this.cpu();
    this.useRegister(0);
    this.useControl();
    this.indexed(W.OP_CALL, IMPORT_F80_TO_F64);
    this.setLocal(flags);
    this.useCoreSig();
    this.setLocal(bits);
    this.close();
    this.resultSig = this.in64(bits);
    return this.in32(flags);
  }
  /** Round to nearest even: a carry out of the fraction increments the exponent field by itself. */
  private round64(exponent: u64, flags: u32, bits: u32): void {
    this.useSig(0);
    const sig = this.take64();
    this.useSe(0);
    const sign = this.and<u64>(this.take32(), this.const(SIGN));
    const rest = this.and<u64>(sig, this.const(0x7ff));
    const odd = this.and<u64>(this.shr<u64>(sig, this.const(11)), this.const(1));
    const up = this.shr<u64>(this.add<u64>(this.add<u64>(rest, this.const(0x3ff)), odd), this.const(11));
    const fraction = this.shr<u64>(this.shl<u64>(sig, this.const(1)), this.const(12));
    const number = this.or<u64>(this.shl<u64>(exponent, this.const(52)), fraction);
    this.use64(this.add<u64>(this.add<u64>(number, this.shl<u64>(sign, this.const(48))), up));
    this.setLocal(bits);
    const inexact = this.shl<u32>(this.isNotZero(rest), this.const(5));
    this.use32(this.or<u32>(inexact, this.shl<u32>(up, this.const(9))));
    this.setLocal(flags);
  }

  // ── Memory operands ──────────────────────────────────────────────────────────────────────────────────────────
  widenInteger<T>(bits: u64): void {
    const value = this.signed<T>(bits);
    const sign = this.sar<u64>(value, this.const(63));
    const magnitude = this.sub<u64>(this.xor<u64>(value, sign), sign);
    const highest = this.highestBit(magnitude);
    const se = this.or<u32>(
      this.add<u32>(highest, this.const(EXP_BIAS)),
      this.and<u32>(this.trunc<u32>(sign), this.const(SIGN)),
    );
    const sig = this.shl<u64>(magnitude, this.sub<u64>(this.const(63), highest));
    this.setNumber(this.select(magnitude, se, this.const(0)), sig);
  }
  /** Pushes an i32 that is not 0 unless the float is a normal number, of which the exponent field stays in a local. */
  useSpecial<T>(bits: u64, exponent: u32): void {
    const isDouble = sizeof<T>() == 8;
    const limit = isDouble ? 0x7ff : 0xff;
    this.i32(limit - 2);
    this.use64(bits);
    this.i64(isDouble ? 52 : 23);
    this.byte(W.I64_SHR_U);
    this.byte(W.I32_WRAP_I64);
    this.i32(limit);
    this.byte(W.I32_AND);
    this.teeLocal(exponent);
    this.i32(1);
    this.byte(W.I32_SUB);
    this.byte(W.I32_LT_U);
  }
  /** Calls the routine for what is not a normal number; pushes its flags. */
  callWiden<T>(bits: u64, quiet: bool): void {
    this.cpu();
    this.use<T>(bits);
    const index = sizeof<T>() == 8 ? IMPORT_F80_FROM_F64 : IMPORT_F80_FROM_F32;
    this.indexed(W.OP_CALL, quiet ? index + IMPORT_F80_QUIET : index);
  }
  takeSpecial(se: u32, sig: u32): void {
    this.useCoreSe();
    this.setLocal(se);
    this.useCoreSig();
    this.setLocal(sig);
  }
  widenNormal<T>(bits: u64, exponent: u32, se: u32, sig: u32): void {
    const isDouble = sizeof<T>() == 8;
    this.getLocal(exponent);
    this.i32(EXP_BIAS - (isDouble ? 1023 : 127));
    this.byte(W.I32_ADD);
    this.use64(bits);
    this.i64(isDouble ? 48 : 16);
    this.byte(W.I64_SHR_U);
    this.byte(W.I32_WRAP_I64);
    this.i32(SIGN);
    this.byte(W.I32_AND);
    this.byte(W.I32_OR);
    this.setLocal(se);
    this.use64(bits);
    this.i64(isDouble ? 11 : 40);
    this.byte(W.I64_SHL);
    this.i64(INTEGER_BIT);
    this.byte(W.I64_OR);
    this.setLocal(sig);
  }

  // ── Registers ────────────────────────────────────────────────────────────────────────────────────────────────
  /** ST(n) <- the result slot. */
  setFromResult(n: u32): void {
    this.setRegister(n, this.resultSe, this.resultSig);
  }
  fpuMove(n: u32, from: u32): void {
    this.fpuCopy(from);
    this.setFromResult(n);
    this.fill(n);
  }
  fpuMoveIf(n: u32, met: u64): void {
    this.loadRegister(0);
    this.loadRegister(n);
    this.useSe(n);
    this.useSe(0);
    this.useTruth(met);
    this.byte(W.OP_SELECT);
    this.resultSe = this.take32();
    this.useSig(n);
    this.useSig(0);
    this.useTruth(met);
    this.byte(W.OP_SELECT);
    this.resultSig = this.take64();
    this.setFromResult(0);
  }
  fpuExchange(n: u32): void {
    this.loadRegister(0);
    this.loadRegister(n);
    this.exchangeRegisters(n);
  }
  fpuSign(and: u32, xor: u32): void {
    this.loadRegister(0);
    this.useSe(0);
    this.i32(and);
    this.byte(W.I32_AND);
    this.i32(xor);
    this.byte(W.I32_XOR);
    this.setSe(0);
  }
  fpuReplace(i: Insn, flags: u64): void {
    this.setFromResult(0);
    this.fpuFinish(i, flags);
  }

  // ── Arithmetic and comparisons ───────────────────────────────────────────────────────────────────────────────
  private importOf(operation: u32): u32 {
    if (operation == 0) return IMPORT_F80_ADD;
    if (operation == 1) return IMPORT_F80_MUL;
    return operation < 6 ? IMPORT_F80_SUB : IMPORT_F80_DIV;
  }
  /** SUBR and DIVR have their operands exchanged. */
  @inline private isReversed(operation: u32): bool {
    return operation == 5 || operation == 7;
  }
  fpuArithmetic(i: Insn, operation: u32, n: u32, dest: u32): bool {
    const reversed = this.isReversed(operation);
    this.loadRegister(0);
    this.loadRegister(n);
    this.cpu();
    this.useRegister(reversed ? n : 0);
    this.useRegister(reversed ? 0 : n);
    this.useControl();
    const flags = this.call(this.importOf(operation));
    this.takeResult();
    this.setFromResult(dest);
    this.fpuFinish(i, flags);
    return true;
  }
  /** `widened` is 0: a denormal operand has left. */
  fpuArithmeticResult(i: Insn, operation: u32, _widened: u64): void {
    const reversed = this.isReversed(operation);
    this.loadRegister(0);
    this.cpu();
    if (reversed) this.useResult();
    this.useRegister(0);
    if (!reversed) this.useResult();
    this.useControl();
    const flags = this.call(this.importOf(operation));
    this.takeResult();
    this.fpuReplace(i, flags);
  }
  private takeRelation(quiet: bool): u64 {
    this.i32(quiet ? 1 : 0);
    const flags = this.call(IMPORT_F80_COMPARE);
    this.useCoreSig();
    this.resultSig = this.take64();
    return flags;
  }
  fpuCompare(n: u32, quiet: bool): u64 {
    this.loadRegister(0);
    this.loadRegister(n);
    this.cpu();
    this.useRegister(0);
    this.useRegister(n);
    return this.takeRelation(quiet);
  }
  fpuCompareResult(_widened: u64): u64 {
    this.loadRegister(0);
    this.cpu();
    this.useRegister(0);
    this.useResult();
    return this.takeRelation(false);
  }
  /** The routine writes 32 bits. */
  fpuRelation(): u64 {
    return this.and<u64>(this.resultSig, this.const(RELATION_UNORDERED));
  }

  // ── Control and status ───────────────────────────────────────────────────────────────────────────────────────
  fpuStatus(): u64 {
    this.useStatus();
    return this.take32();
  }
  fpuControl(): u64 {
    this.useControl();
    return this.take32();
  }
  fpuFinish(i: Insn, flags: u64): void {
    this.fpuFinishWith(i, flags, COND_C1);
  }
  fpuFinishWith(i: Insn, flags: u64, conditions: u32): void {
    this.setStatus(flags, conditions);
    this.fpuPointer(i);
  }
  fpuPointer(i: Insn): void {
    this.pointAt(i.next - i.length);
  }
}
