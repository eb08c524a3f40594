/**
 * Arithmetic flags of compiled code. They stay lazy (machine/flags.ts): operands and result lie in locals, and what kind
 * they are is known while the code is written, so that a compare and the jump behind it become one comparison. At the start
 * of a block that several others lead to, the kind is in a local; what reads flags there settles them first.
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import { FLAG_AF, FLAG_CF, FLAGS_ARITHMETIC } from '../shared/register-bits';
import {
  LOCAL_ADJUST,
  LOCAL_CARRY,
  LOCAL_KIND,
  LOCAL_R32,
  LOCAL_R64,
  LOCAL_X32,
  LOCAL_X64,
  LOCAL_Y32,
  LOCAL_Y64,
  EmitValues,
} from './emit-values';
import { LAZY_ADD, LAZY_DEC, LAZY_INC, LAZY_LOGIC, LAZY_NONE, LAZY_RESULT, LAZY_ROTATE, LAZY_SUB } from './flags';

/** Added to a kind: operands and result are the 64-bit locals. */
export const FLAGS_WIDE: u32 = 8;
/** The flags are in the state block. */
export const FLAGS_SETTLED: u32 = 16;
/** Which of the above holds is in LOCAL_KIND. */
export const FLAGS_DYNAMIC: u32 = 17;

/** Functions that a compiled module imports, by index. */
export const IMPORT_CONDITION: u32 = 0;
export const IMPORT_ROTATE: u32 = 1;
export const IMPORT_CARRY: u32 = 2;
export const IMPORT_HANDLER: u32 = 3;

@unmanaged
export class EmitFlags extends EmitValues {
  /** Where the flags are: a kind of machine/flags.ts, + FLAGS_WIDE; FLAGS_SETTLED; FLAGS_DYNAMIC. */
  kind: u32;
  /** The instruction that set them took no carry in: CF is a comparison. */
  plain: bool;
  /** The instruction at hand read CF. */
  carryIn: bool;
  /** LOCAL_CARRY holds CF although the kind is dynamic. */
  carryKnown: bool;
  /** The region has flags of 64-bit operands. */
  wideFlags: bool;
  /** It has INC or DEC; it has LAZY_ROTATE. */
  steps: bool;
  rotates: bool;
  /** The block read CF while it was dynamic: whoever leads to it must put CF into LOCAL_CARRY. */
  carryWanted: bool;

  private setKind(kind: u32): void {
    if (kind & FLAGS_WIDE) this.wideFlags = true;
    this.kind = kind;
    this.plain = !this.carryIn;
    this.carryKnown = false;
  }
  private setOperand<T>(v: u64, local32: u32, local64: u32): void {
    this.useSigned<T>(v);
    this.setLocal(sizeof<T>() == 8 ? local64 : local32);
  }
  private lazy<T>(kind: u32, x: u64, y: u64, r: u64): void {
    this.setOperand<T>(x, LOCAL_X32, LOCAL_X64);
    this.setOperand<T>(y, LOCAL_Y32, LOCAL_Y64);
    this.setOperand<T>(r, LOCAL_R32, LOCAL_R64);
    this.setKind(sizeof<T>() == 8 ? kind | FLAGS_WIDE : kind);
  }
  flagsAdd<T>(x: u64, y: u64, r: u64): void {
    this.lazy<T>(LAZY_ADD, x, y, r);
  }
  flagsSub<T>(x: u64, y: u64, r: u64): void {
    this.lazy<T>(LAZY_SUB, x, y, r);
  }
  flagsLogic<T>(r: u64): void {
    this.setOperand<T>(r, LOCAL_R32, LOCAL_R64);
    this.setKind(sizeof<T>() == 8 ? LAZY_LOGIC | FLAGS_WIDE : LAZY_LOGIC);
  }
  flagsInc<T>(x: u64, r: u64): void {
    this.step<T>(LAZY_INC, x, r);
  }
  flagsDec<T>(x: u64, r: u64): void {
    this.step<T>(LAZY_DEC, x, r);
  }
  private step<T>(kind: u32, x: u64, r: u64): void {
    this.keepCarry();
    this.setOperand<T>(x, LOCAL_X32, LOCAL_X64);
    this.setOperand<T>(this.const(1), LOCAL_Y32, LOCAL_Y64);
    this.setOperand<T>(r, LOCAL_R32, LOCAL_R64);
    this.steps = true;
    this.setKind(sizeof<T>() == 8 ? kind | FLAGS_WIDE : kind);
  }
  flagsResult<T>(r: u64, cf: u64, overflow: u64): void {
    this.setResult<T>(r, cf, overflow);
    this.setKind(sizeof<T>() == 8 ? LAZY_RESULT | FLAGS_WIDE : LAZY_RESULT);
  }
  /** CF and OF, 0 or 1, take the operands' places. */
  private setBits(wide: bool, cf: u64, overflow: u64): void {
    if (wide) {
      this.use64(cf);
      this.setLocal(LOCAL_X64);
      this.use64(overflow);
      this.setLocal(LOCAL_Y64);
      return;
    }
    this.use32(cf);
    this.setLocal(LOCAL_X32);
    this.use32(overflow);
    this.setLocal(LOCAL_Y32);
  }
  private setResult<T>(r: u64, cf: u64, overflow: u64): void {
    this.setBits(sizeof<T>() == 8, cf, overflow);
    this.setOperand<T>(r, LOCAL_R32, LOCAL_R64);
  }
  /** flagsResult if condition != 0, else no flag changes (shifts by a count of 0). */
  flagsResultIf<T>(condition: u64, r: u64, cf: u64, overflow: u64): void {
    if (this.isConst(condition)) {
      if (this.constOf(condition)) this.flagsResult<T>(r, cf, overflow);
      return;
    }
    this.makeDynamic();
    this.useTruth(condition);
    this.openIf();
    this.setResult<T>(r, cf, overflow);
    if (sizeof<T>() == 8) this.wideFlags = true;
    this.i32(sizeof<T>() == 8 ? LAZY_RESULT | FLAGS_WIDE : LAZY_RESULT);
    this.setLocal(LOCAL_KIND);
    this.close();
    this.carryKnown = false;
  }
  openIf(): void {
    this.indexed(W.OP_IF, W.TYPE_EMPTY);
  }
  close(): void {
    this.byte(W.OP_END);
  }
  /** The kind goes to its local; LOCAL_CARRY goes on to be what INC and DEC kept. */
  makeDynamic(): void {
    if (this.kind == FLAGS_DYNAMIC) return;
    this.i32(this.kind);
    this.setLocal(LOCAL_KIND);
    this.carryKnown = this.carryKnown || (this.kind & 7) == LAZY_INC || (this.kind & 7) == LAZY_DEC;
    if (this.kind == FLAGS_SETTLED) this.carryKnown = false;
    this.kind = FLAGS_DYNAMIC;
  }

  // ── CF and OF alone ──────────────────────────────────────────────────────────────────────────────────────────
  /** As setCarryOverflow() in flags.ts, whose cases are told apart while the code is written. */
  private rotate(cf: u64, overflow: u64): void {
    const kind = this.kind;
    if (kind >= FLAGS_SETTLED) {
      this.settle();
      this.callRotate(cf, overflow);
      return;
    }
    const wide = (kind & FLAGS_WIDE) != 0;
    const base = kind & 7;
    let next = base;
    if (base == LAZY_LOGIC) next = LAZY_RESULT;
    else if (base < LAZY_RESULT) {
      this.useAdjust(base, wide);
      this.setLocal(LOCAL_ADJUST);
      this.rotates = true;
      next = LAZY_ROTATE;
    }
    this.setBits(wide, cf, overflow);
    this.setKind(next | (kind & FLAGS_WIDE));
  }
  private callRotate(cf: u64, overflow: u64): void {
    this.cpu();
    this.use32(cf);
    this.use32(overflow);
    this.indexed(W.OP_CALL, IMPORT_ROTATE);
  }
  /** Pushes AF in its place: bit 4 of the sum without carries against that with them. */
  private useAdjust(base: u32, wide: bool): void {
    this.pushX(wide);
    this.pushY(base, wide);
    this.byte(wide ? W.I64_XOR : W.I32_XOR);
    this.pushR(wide);
    this.byte(wide ? W.I64_XOR : W.I32_XOR);
    if (wide) this.byte(W.I32_WRAP_I64);
    this.i32(0x10);
    this.byte(W.I32_AND);
  }
  flagsRotateIf(condition: u64, cf: u64, overflow: u64): void {
    if (this.isConst(condition)) {
      if (this.constOf(condition)) this.rotate(cf, overflow);
      return;
    }
    this.settle();
    this.useTruth(condition);
    this.openIf();
    this.callRotate(cf, overflow);
    this.close();
  }
  flagsRotateFirst(count: u64, cf: u64, overflow: u64): void {
    const n = this.constOf(count);
    if (n == 1) this.rotate(cf, overflow);
    else if (n != 0) this.flagsCarry(cf);
  }
  flagsCarry(cf: u64): void {
    const base = this.kind & 7;
    if (this.kind >= FLAGS_SETTLED) {
      this.settle();
      this.cpu();
      this.use32(cf);
      this.indexed(W.OP_CALL, IMPORT_CARRY);
    } else if (base == LAZY_INC || base == LAZY_DEC) {
      this.use32(cf);
      this.setLocal(LOCAL_CARRY);
    } else if (base >= LAZY_RESULT) {
      const wide = (this.kind & FLAGS_WIDE) != 0;
      if (wide) this.use64(cf);
      else this.use32(cf);
      this.setLocal(wide ? LOCAL_X64 : LOCAL_X32);
    } else {
      this.useOverflow();
      this.rotate(cf, this.take32());
    }
  }
  /** CF PF AF ZF SF OF from their places in v. */
  flagsImage(v: u64): void {
    this.cpu();
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_FLAGS);
    this.i32(~FLAGS_ARITHMETIC);
    this.byte(W.I32_AND);
    this.use32(v);
    this.byte(W.I32_OR);
    this.access(W.I32_STORE, S.STATE_FLAGS);
    this.storeKind(LAZY_NONE);
    this.settled();
  }
  private storeKind(kind: u32): void {
    this.cpu();
    this.i32(kind);
    this.access(W.I32_STORE, S.STATE_LAZY_KIND);
  }
  private settled(): void {
    this.i32(FLAGS_SETTLED);
    this.setLocal(LOCAL_KIND);
    this.kind = FLAGS_SETTLED;
    this.carryKnown = false;
  }
  /** Brings the flags into the state block. */
  settle(): void {
    if (this.kind == FLAGS_SETTLED) return;
    if (this.kind == FLAGS_DYNAMIC) {
      this.getLocal(LOCAL_KIND);
      this.i32(FLAGS_SETTLED);
      this.byte(W.I32_NE);
      this.openIf();
      this.storeDynamicFlags();
      this.close();
    } else this.storeStaticFlags();
    this.settled();
  }
  private storeStaticFlags(): void {
    const base = this.kind & 7;
    this.storeOperands((this.kind & FLAGS_WIDE) != 0, base == LAZY_LOGIC);
    if (base == LAZY_INC || base == LAZY_DEC) this.storeCarry();
    if (base == LAZY_ROTATE) this.storeAdjust();
    this.storeKind(base);
  }
  /** The same for the kind in LOCAL_KIND, which is one that the region's instructions leave. */
  storeDynamicFlags(): void {
    if (this.wideFlags) {
      this.testKind(FLAGS_WIDE, FLAGS_WIDE);
      this.storeOperands(true, false);
      this.byte(W.OP_ELSE);
      this.storeOperands(false, false);
      this.close();
    } else this.storeOperands(false, false);
    if (this.steps) {
      // LAZY_INC and LAZY_DEC, and no other kind.
      this.testKind(6, LAZY_INC);
      this.storeCarry();
      this.close();
    }
    if (this.rotates) {
      this.testKind(7, LAZY_ROTATE);
      this.storeAdjust();
      this.close();
    }
    this.cpu();
    this.getLocal(LOCAL_KIND);
    this.i32(7);
    this.byte(W.I32_AND);
    this.access(W.I32_STORE, S.STATE_LAZY_KIND);
  }
  private testKind(mask: u32, value: u32): void {
    this.getLocal(LOCAL_KIND);
    this.i32(mask);
    this.byte(W.I32_AND);
    this.i32(value);
    this.byte(W.I32_EQ);
    this.openIf();
  }
  private storeOperands(wide: bool, resultOnly: bool): void {
    if (!resultOnly) {
      this.storeOperand(wide, wide ? LOCAL_X64 : LOCAL_X32, S.STATE_LAZY_X);
      this.storeOperand(wide, wide ? LOCAL_Y64 : LOCAL_Y32, S.STATE_LAZY_Y);
    }
    this.storeOperand(wide, wide ? LOCAL_R64 : LOCAL_R32, S.STATE_LAZY_R);
  }
  private storeOperand(wide: bool, local: u32, offset: u32): void {
    this.cpu();
    this.getLocal(local);
    if (!wide) this.byte(W.I64_EXTEND_I32_S);
    this.access(W.I64_STORE, offset);
  }
  private storeFlag(flag: u32, local: u32): void {
    this.cpu();
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_FLAGS);
    this.i32(~(<i32>flag));
    this.byte(W.I32_AND);
    this.getLocal(local);
    this.byte(W.I32_OR);
    this.access(W.I32_STORE, S.STATE_FLAGS);
  }
  private storeCarry(): void {
    this.storeFlag(FLAG_CF, LOCAL_CARRY);
  }
  private storeAdjust(): void {
    this.storeFlag(FLAG_AF, LOCAL_ADJUST);
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────
  private pushX(wide: bool): void {
    this.getLocal(wide ? LOCAL_X64 : LOCAL_X32);
  }
  private pushY(base: u32, wide: bool): void {
    const isOne = base == LAZY_INC || base == LAZY_DEC;
    if (!isOne) this.getLocal(wide ? LOCAL_Y64 : LOCAL_Y32);
    else if (wide) this.i64(1);
    else this.i32(1);
  }
  private pushR(wide: bool): void {
    this.getLocal(wide ? LOCAL_R64 : LOCAL_R32);
  }
  private pushZero(wide: bool): void {
    if (wide) this.i64(0);
    else this.i32(0);
  }
  private invert(wide: bool): void {
    if (wide) this.i64(-1);
    else this.i32(-1);
    this.byte(wide ? W.I64_XOR : W.I32_XOR);
  }
  private compare(wide: bool, op32: u32, op64: u32): void {
    this.byte(wide ? op64 : op32);
  }
  private compareOperands(base: u32, wide: bool, op32: u32, op64: u32): void {
    this.pushX(wide);
    this.pushY(base, wide);
    this.compare(wide, op32, op64);
  }
  private compareZero(wide: bool, op32: u32, op64: u32): void {
    this.pushR(wide);
    this.pushZero(wide);
    this.compare(wide, op32, op64);
  }
  /** Puts CF of now into LOCAL_CARRY. */
  keepCarry(): void {
    const base = this.kind & 7;
    if (this.kind < FLAGS_SETTLED && (base == LAZY_INC || base == LAZY_DEC)) return;
    if (this.kind == FLAGS_DYNAMIC && this.carryKnown) return;
    this.useCarry();
    this.setLocal(LOCAL_CARRY);
  }
  /** Pushes CF, 0 or 1. */
  useCarry(): void {
    if (this.kind == FLAGS_DYNAMIC && !this.carryKnown) {
      this.carryWanted = true;
      this.settle();
    }
    if (this.kind == FLAGS_SETTLED) return this.callCondition(2);
    const base = this.kind & 7;
    const wide = (this.kind & FLAGS_WIDE) != 0;
    if (this.kind == FLAGS_DYNAMIC || base == LAZY_INC || base == LAZY_DEC) this.getLocal(LOCAL_CARRY);
    else if (base == LAZY_LOGIC) this.i32(0);
    else if (base >= LAZY_RESULT) {
      this.pushX(wide);
      if (wide) this.byte(W.I32_WRAP_I64);
    } else if (!this.plain) this.useMajority(base, wide);
    else if (base == LAZY_SUB) this.compareOperands(base, wide, W.I32_LT_U, W.I64_LT_U);
    else {
      this.pushR(wide);
      this.pushX(wide);
      this.compare(wide, W.I32_LT_U, W.I64_LT_U);
    }
  }
  /** Top bit of (x & y) | ((x | y) & r) with x (SUB) or r (ADD) inverted: see lazyCarry() in flags.ts. */
  private useMajority(base: u32, wide: bool): void {
    const isSub = base == LAZY_SUB;
    this.pushX(wide);
    if (isSub) this.invert(wide);
    this.pushY(base, wide);
    this.byte(wide ? W.I64_AND : W.I32_AND);
    this.pushX(wide);
    if (isSub) this.invert(wide);
    this.pushY(base, wide);
    this.byte(wide ? W.I64_OR : W.I32_OR);
    this.pushR(wide);
    if (!isSub) this.invert(wide);
    this.byte(wide ? W.I64_AND : W.I32_AND);
    this.byte(wide ? W.I64_OR : W.I32_OR);
    this.useTop(wide);
  }
  /** The top bit of what is on the stack. */
  private useTop(wide: bool): void {
    if (wide) this.i64(63);
    else this.i32(31);
    this.byte(wide ? W.I64_SHR_U : W.I32_SHR_U);
    if (wide) this.byte(W.I32_WRAP_I64);
  }
  private useOverflow(): void {
    if (this.kind >= FLAGS_SETTLED) {
      this.settle();
      return this.callCondition(0);
    }
    const base = this.kind & 7;
    const wide = (this.kind & FLAGS_WIDE) != 0;
    const xor = wide ? W.I64_XOR : W.I32_XOR;
    if (base == LAZY_LOGIC) return this.i32(0);
    if (base >= LAZY_RESULT) {
      this.getLocal(wide ? LOCAL_Y64 : LOCAL_Y32);
      if (wide) this.byte(W.I32_WRAP_I64);
      return;
    }
    // (x ^ y) & (x ^ r) for differences, (r ^ x) & (r ^ y) for sums.
    const isSub = base == LAZY_SUB || base == LAZY_DEC;
    this.pushX(wide);
    this.pushR(wide);
    this.byte(xor);
    if (isSub) this.pushX(wide);
    else this.pushR(wide);
    this.pushY(base, wide);
    this.byte(xor);
    this.byte(wide ? W.I64_AND : W.I32_AND);
    this.useTop(wide);
  }
  private callCondition(cc: u32): void {
    this.cpu();
    this.i32(cc);
    this.indexed(W.OP_CALL, IMPORT_CONDITION);
  }
  private useParity(wide: bool): void {
    this.pushR(wide);
    if (wide) this.byte(W.I32_WRAP_I64);
    this.i32(0xff);
    this.byte(W.I32_AND);
    this.byte(W.I32_POPCNT);
    this.i32(1);
    this.byte(W.I32_AND);
    this.byte(W.I32_EQZ);
  }
  /** Pushes S != O. */
  private useLess(base: u32, wide: bool): void {
    if (base == LAZY_SUB && this.plain) return this.compareOperands(base, wide, W.I32_LT_S, W.I64_LT_S);
    this.compareZero(wide, W.I32_LT_S, W.I64_LT_S);
    if (base == LAZY_LOGIC) return;
    this.useOverflow();
    this.byte(W.I32_NE);
  }
  /** Pushes condition code cc of Jcc (SDM vol. 1, appendix B), 0 or 1. */
  useCondition(cc: u32): void {
    if (this.kind >= FLAGS_SETTLED && !(cc >> 1 == 1 && this.kind == FLAGS_DYNAMIC && this.carryKnown)) {
      this.settle();
      return this.callCondition(cc);
    }
    this.usePositive(cc >> 1);
    if (cc & 1) this.byte(W.I32_EQZ);
  }
  private usePositive(code: u32): void {
    const base = this.kind & 7;
    const wide = (this.kind & FLAGS_WIDE) != 0;
    const compares = base == LAZY_SUB && this.plain;
    if (code == 0) this.useOverflow();
    else if (code == 1) this.useCarry();
    else if (code == 2) this.compareZero(wide, W.I32_EQ, W.I64_EQ);
    else if (code == 3 && compares) this.compareOperands(base, wide, W.I32_LE_U, W.I64_LE_U);
    else if (code == 3) {
      this.useCarry();
      this.compareZero(wide, W.I32_EQ, W.I64_EQ);
      this.byte(W.I32_OR);
    } else if (code == 4) this.compareZero(wide, W.I32_LT_S, W.I64_LT_S);
    else if (code == 5) this.useParity(wide);
    else if (code == 6) this.useLess(base, wide);
    else if (compares) this.compareOperands(base, wide, W.I32_LE_S, W.I64_LE_S);
    else {
      this.useLess(base, wide);
      this.compareZero(wide, W.I32_EQ, W.I64_EQ);
      this.byte(W.I32_OR);
    }
  }
  carryValue(): u64 {
    this.useCarry();
    this.carryIn = true;
    return this.take32();
  }
  conditionValue(cc: u32): u64 {
    this.useCondition(cc);
    return this.take32();
  }
}
