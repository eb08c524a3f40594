/**
 * Arithmetic flags of compiled code. They stay lazy (machine/flags.ts): operands and result lie in locals, and what kind
 * they are is known while the code is written, so that a compare and the jump behind it become one comparison. Where paths
 * meet that disagree about the kind, it is in a local, and what the block there reads was worked out before (jit/flag-flow.ts).
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import { FLAG_CF, FLAGS_ARITHMETIC } from '../shared/register-bits';
import { EmitValues } from './emit-values';
import {
  LOCAL_CARRY,
  LOCAL_KIND,
  LOCAL_MET,
  LOCAL_OVERFLOW,
  LOCAL_R32,
  LOCAL_R64,
  LOCAL_X32,
  LOCAL_X64,
  LOCAL_Y32,
  LOCAL_Y64,
} from './emit-locals';
import { LAZY_ADD, LAZY_DEC, LAZY_INC, LAZY_LOGIC, LAZY_NONE, LAZY_RESULT, LAZY_SUB } from './flags';

/** The result is CF PF AF ZF SF OF in their places; the interpreter's kind of this number does not come about here. */
const FLAGS_IMAGE: u32 = 7;
/** Added to a kind: operands and result are the 64-bit locals. */
const FLAGS_WIDE: u32 = 8;
/** The flags are in the state block. */
export const FLAGS_SETTLED: u32 = 0x10;
/** Which of the above holds is in LOCAL_KIND. */
export const FLAGS_DYNAMIC: u32 = 0x20;
/** Added: since then CF has changed, and is in LOCAL_CARRY; OF has, and is in LOCAL_OVERFLOW. */
const CARRY_APART: u32 = 0x40;
const OVERFLOW_APART: u32 = 0x80;
/** Added: the instruction that set the flags took no carry in, CF is a comparison. */
export const FLAGS_PLAIN: u32 = 0x100;
const APART: u32 = CARRY_APART | OVERFLOW_APART;

/** Functions that a compiled module imports, by index. */
export const IMPORT_CONDITION: u32 = 0;
export const IMPORT_ROTATE: u32 = 1;
export const IMPORT_CARRY: u32 = 2;
export const IMPORT_HANDLER: u32 = 3;
export const IMPORT_STRING: u32 = 4;
export const IMPORT_LOG: u32 = 5;

/** Codes of conditions without their lowest bit (SDM vol. 1, appendix B). */
const MET_OVERFLOW: u32 = 0;
export const MET_CARRY: u32 = 1;
const MET_ZERO: u32 = 2;
const MET_BELOW_EQUAL: u32 = 3;
const MET_SIGN: u32 = 4;
const MET_PARITY: u32 = 5;
const MET_LESS: u32 = 6;
const MET_CODES: u32 = 8;
const MET_ALL: u32 = 0xff;
/** Those that depend on CF and on OF. */
const MET_BY_CARRY: u32 = (1 << MET_CARRY) | (1 << MET_BELOW_EQUAL);
const MET_BY_OVERFLOW: u32 = (1 << MET_OVERFLOW) | (3 << MET_LESS);

@unmanaged
export class EmitFlags extends EmitValues {
  /** Where the flags are: a kind of machine/flags.ts or FLAGS_IMAGE, FLAGS_SETTLED or FLAGS_DYNAMIC, with what is added to them. */
  kind: u32;
  /** The instruction at hand read CF. */
  carryIn: bool;
  /** Conditions, as bits by code, that are in their locals while the kind is dynamic. */
  met: u32;
  /** The block is only looked at. Conditions that changed since its beginning, and those that it read before they did. */
  surveying: bool;
  touched: u32;
  wanted: u32;
  /** The region has flags of 64-bit operands; INC or DEC; images; CF or OF apart. */
  wideFlags: bool;
  steps: bool;
  images: bool;
  apart: bool;

  beginFlags(): void {
    this.wideFlags = false;
    this.steps = false;
    this.images = false;
    this.apart = false;
  }
  private setKind(kind: u32): void {
    if (kind & FLAGS_WIDE) this.wideFlags = true;
    this.kind = kind;
    this.change(MET_ALL);
  }
  /** These conditions are not what they were. */
  private change(codes: u32): void {
    this.met &= ~codes;
    this.touched |= codes;
  }
  private setLazy<T>(kind: u32): void {
    this.setKind(kind | (sizeof<T>() == 8 ? FLAGS_WIDE : 0) | (this.carryIn ? 0 : FLAGS_PLAIN));
  }
  private setOperand<T>(v: u64, local32: u32, local64: u32): void {
    this.useSigned<T>(v);
    this.setLocal(sizeof<T>() == 8 ? local64 : local32);
  }
  private lazy<T>(kind: u32, x: u64, y: u64, r: u64): void {
    this.setOperand<T>(x, LOCAL_X32, LOCAL_X64);
    this.setOperand<T>(y, LOCAL_Y32, LOCAL_Y64);
    this.setOperand<T>(r, LOCAL_R32, LOCAL_R64);
    this.setLazy<T>(kind);
  }
  flagsAdd<T>(x: u64, y: u64, r: u64): void {
    this.lazy<T>(LAZY_ADD, x, y, r);
  }
  flagsSub<T>(x: u64, y: u64, r: u64): void {
    this.lazy<T>(LAZY_SUB, x, y, r);
  }
  flagsLogic<T>(r: u64): void {
    this.setOperand<T>(r, LOCAL_R32, LOCAL_R64);
    this.setLazy<T>(LAZY_LOGIC);
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
    this.setLazy<T>(kind);
  }
  flagsResult<T>(r: u64, cf: u64, overflow: u64): void {
    this.setResult<T>(r, cf, overflow);
    this.setLazy<T>(LAZY_RESULT);
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
    this.change(MET_ALL);
  }
  openIf(): void {
    this.indexed(W.OP_IF, W.TYPE_EMPTY);
  }
  close(): void {
    this.byte(W.OP_END);
  }
  /** The kind goes to its local. LOCAL_CARRY goes on to be what INC and DEC kept. */
  makeDynamic(): void {
    this.writeKind();
    if (!(this.kind & FLAGS_DYNAMIC)) this.met = 0;
    if (this.keepsCarry()) this.met |= 1 << MET_CARRY;
    this.kind = FLAGS_DYNAMIC;
  }
  /** LOCAL_KIND becomes what the kind is, without what only this compiler knows. */
  writeKind(): void {
    if (this.kind == FLAGS_DYNAMIC) return;
    if (this.kind & FLAGS_DYNAMIC) {
      this.getLocal(LOCAL_KIND);
      this.i32(this.kind & APART);
      this.byte(W.I32_OR);
    } else this.i32(this.kind & ~FLAGS_PLAIN);
    this.setLocal(LOCAL_KIND);
  }
  private get lazyKind(): u32 {
    return this.kind & 7;
  }
  private get is64(): bool {
    return (this.kind & FLAGS_WIDE) != 0;
  }
  /** Are operands and result, of a kind that is known, in locals? */
  private get isLazy(): bool {
    return (this.kind & (FLAGS_SETTLED | FLAGS_DYNAMIC)) == 0;
  }
  private isStep(): bool {
    return this.isLazy && (this.lazyKind == LAZY_INC || this.lazyKind == LAZY_DEC);
  }
  /** Is CF in LOCAL_CARRY? */
  private keepsCarry(): bool {
    return (this.kind & CARRY_APART) != 0 || this.isStep();
  }

  // ── CF and OF alone ──────────────────────────────────────────────────────────────────────────────────────────
  private rotate(cf: u64, overflow: u64): void {
    if (this.isLazy && (this.lazyKind == LAZY_LOGIC || this.lazyKind == LAZY_RESULT)) {
      this.setBits(this.is64, cf, overflow);
      return this.setKind(LAZY_RESULT | (this.kind & FLAGS_WIDE));
    }
    this.use32(cf);
    this.setLocal(LOCAL_CARRY);
    this.use32(overflow);
    this.setLocal(LOCAL_OVERFLOW);
    this.setApart(APART, MET_BY_CARRY | MET_BY_OVERFLOW);
  }
  private setApart(flags: u32, codes: u32): void {
    this.apart = true;
    this.kind |= flags;
    this.change(codes);
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
  private callRotate(cf: u64, overflow: u64): void {
    this.cpu();
    this.use32(cf);
    this.use32(overflow);
    this.indexed(W.OP_CALL, IMPORT_ROTATE);
  }
  flagsRotateFirst(count: u64, cf: u64, overflow: u64): void {
    const n = this.constOf(count);
    if (n == 1) this.rotate(cf, overflow);
    else if (n != 0) this.flagsCarry(cf);
  }
  flagsCarry(cf: u64): void {
    if (this.isLazy && this.lazyKind == LAZY_LOGIC) return this.rotate(cf, this.const(0));
    if (this.isLazy && this.lazyKind == LAZY_RESULT) {
      if (this.is64) this.use64(cf);
      else this.use32(cf);
      this.setLocal(this.is64 ? LOCAL_X64 : LOCAL_X32);
      return this.setKind(this.kind);
    }
    this.use32(cf);
    this.setLocal(LOCAL_CARRY);
    this.setApart(CARRY_APART, MET_BY_CARRY);
  }
  /** CF PF AF ZF SF OF from their places in v. */
  flagsImage(v: u64): void {
    this.use32(v);
    this.setLocal(LOCAL_R32);
    this.images = true;
    this.setKind(FLAGS_IMAGE);
  }
  /** CF and ZF, 0 or 1; the others are cleared. */
  flagsCarryZero(cf: u64, zf: u64): void {
    this.flagsImage(this.or<u32>(cf, this.shl<u32>(zf, this.const(6))));
  }

  // ── Into the state block ─────────────────────────────────────────────────────────────────────────────────────
  settle(): void {
    if (this.kind == FLAGS_SETTLED) return;
    if (this.kind & FLAGS_DYNAMIC) {
      this.writeKind();
      this.getLocal(LOCAL_KIND);
      this.i32(FLAGS_SETTLED);
      this.byte(W.I32_NE);
      this.openIf();
      this.storeDynamicFlags();
      this.close();
    } else this.storeStaticFlags();
    this.setKind(FLAGS_SETTLED);
  }
  private storeStaticFlags(): void {
    if (this.isLazy) {
      if (this.lazyKind == FLAGS_IMAGE) this.storeImage();
      else this.storeOperands(this.is64, this.lazyKind == LAZY_LOGIC);
      if (this.isStep()) this.storeCarry();
      this.cpu();
      this.i32(this.lazyKind == FLAGS_IMAGE ? LAZY_NONE : this.lazyKind);
      this.access(W.I32_STORE, S.STATE_LAZY_KIND);
    }
    if (this.kind & OVERFLOW_APART) this.callApart(true);
    else if (this.kind & CARRY_APART) this.callApart(false);
  }
  /** The same for the kind in LOCAL_KIND, which is one that the region's instructions leave. */
  storeDynamicFlags(): void {
    this.testKind(FLAGS_SETTLED, 0);
    if (this.images) {
      this.testKind(7, FLAGS_IMAGE);
      this.storeImage();
      this.cpu();
      this.i32(LAZY_NONE);
      this.access(W.I32_STORE, S.STATE_LAZY_KIND);
      this.byte(W.OP_ELSE);
      this.storeDynamicOperands();
      this.close();
    } else this.storeDynamicOperands();
    this.close();
    if (!this.apart) return;
    this.testKind(OVERFLOW_APART, OVERFLOW_APART);
    this.callApart(true);
    this.byte(W.OP_ELSE);
    this.testKind(CARRY_APART, CARRY_APART);
    this.callApart(false);
    this.close();
    this.close();
  }
  private storeDynamicOperands(): void {
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
  private storeFlags(mask: u32, local: u32): void {
    this.cpu();
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_FLAGS);
    this.i32(~(<i32>mask));
    this.byte(W.I32_AND);
    this.getLocal(local);
    this.byte(W.I32_OR);
    this.access(W.I32_STORE, S.STATE_FLAGS);
  }
  private storeCarry(): void {
    this.storeFlags(FLAG_CF, LOCAL_CARRY);
  }
  private storeImage(): void {
    this.storeFlags(FLAGS_ARITHMETIC, LOCAL_R32);
  }
  private callApart(overflow: bool): void {
    this.cpu();
    this.getLocal(LOCAL_CARRY);
    if (overflow) this.getLocal(LOCAL_OVERFLOW);
    this.indexed(W.OP_CALL, overflow ? IMPORT_ROTATE : IMPORT_CARRY);
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────
  private pushX(): void {
    this.getLocal(this.is64 ? LOCAL_X64 : LOCAL_X32);
  }
  private pushY(): void {
    if (!this.isStep()) this.getLocal(this.is64 ? LOCAL_Y64 : LOCAL_Y32);
    else if (this.is64) this.i64(1);
    else this.i32(1);
  }
  private pushR(): void {
    this.getLocal(this.is64 ? LOCAL_R64 : LOCAL_R32);
  }
  private invert(): void {
    if (this.is64) this.i64(-1);
    else this.i32(-1);
    this.byWidth(W.I32_XOR, W.I64_XOR);
  }
  /** An instruction on operands of the flags' width. */
  private byWidth(op32: u32, op64: u32): void {
    this.byte(this.is64 ? op64 : op32);
  }
  private compareOperands(op32: u32, op64: u32): void {
    this.pushX();
    this.pushY();
    this.byWidth(op32, op64);
  }
  private compareZero(op32: u32, op64: u32): void {
    this.pushR();
    if (this.is64) this.i64(0);
    else this.i32(0);
    this.byWidth(op32, op64);
  }
  /** A flag of the image. */
  private useBit(n: u32): void {
    this.getLocal(LOCAL_R32);
    this.i32(n);
    this.byte(W.I32_SHR_U);
    this.i32(1);
    this.byte(W.I32_AND);
  }
  /** Puts CF of now into LOCAL_CARRY. */
  keepCarry(): void {
    if (this.keepsCarry()) return;
    this.useCarry();
    this.setLocal(LOCAL_CARRY);
  }
  /** Pushes CF, 0 or 1. */
  useCarry(): void {
    if (this.kind & CARRY_APART || this.isStep()) this.getLocal(LOCAL_CARRY);
    else if (!this.isLazy) this.useElsewhere(MET_CARRY);
    else if (this.lazyKind == LAZY_LOGIC) this.i32(0);
    else if (this.lazyKind == FLAGS_IMAGE) this.useBit(0);
    else if (this.lazyKind == LAZY_RESULT) {
      this.pushX();
      if (this.is64) this.byte(W.I32_WRAP_I64);
    } else if (!(this.kind & FLAGS_PLAIN)) this.useMajority();
    else if (this.lazyKind == LAZY_SUB) this.compareOperands(W.I32_LT_U, W.I64_LT_U);
    else {
      this.pushR();
      this.pushX();
      this.byWidth(W.I32_LT_U, W.I64_LT_U);
    }
  }
  /** Top bit of (x & y) | ((x | y) & r) with x (SUB) or r (ADD) inverted: see lazyCarry() in flags.ts. */
  private useMajority(): void {
    const isSub = this.lazyKind == LAZY_SUB;
    this.pushX();
    if (isSub) this.invert();
    this.pushY();
    this.byWidth(W.I32_AND, W.I64_AND);
    this.pushX();
    if (isSub) this.invert();
    this.pushY();
    this.byWidth(W.I32_OR, W.I64_OR);
    this.pushR();
    if (!isSub) this.invert();
    this.byWidth(W.I32_AND, W.I64_AND);
    this.byWidth(W.I32_OR, W.I64_OR);
    this.useTop();
  }
  /** The top bit of what is on the stack. */
  private useTop(): void {
    if (this.is64) this.i64(63);
    else this.i32(31);
    this.byWidth(W.I32_SHR_U, W.I64_SHR_U);
    if (this.is64) this.byte(W.I32_WRAP_I64);
  }
  private useOverflow(): void {
    if (this.kind & OVERFLOW_APART) this.getLocal(LOCAL_OVERFLOW);
    else if (!this.isLazy) this.useElsewhere(MET_OVERFLOW);
    else if (this.lazyKind == LAZY_LOGIC) this.i32(0);
    else if (this.lazyKind == FLAGS_IMAGE) this.useBit(11);
    else if (this.lazyKind == LAZY_RESULT) {
      this.pushY();
      if (this.is64) this.byte(W.I32_WRAP_I64);
    } else this.useSignedOverflow();
  }
  /** (x ^ y) & (x ^ r) for differences, (r ^ x) & (r ^ y) for sums. */
  private useSignedOverflow(): void {
    const isSub = this.lazyKind == LAZY_SUB || this.lazyKind == LAZY_DEC;
    this.pushX();
    this.pushR();
    this.byWidth(W.I32_XOR, W.I64_XOR);
    if (isSub) this.pushX();
    else this.pushR();
    this.pushY();
    this.byWidth(W.I32_XOR, W.I64_XOR);
    this.byWidth(W.I32_AND, W.I64_AND);
    this.useTop();
  }
  private useZero(): void {
    if (!this.isLazy) this.useElsewhere(MET_ZERO);
    else if (this.lazyKind == FLAGS_IMAGE) this.useBit(6);
    else this.compareZero(W.I32_EQ, W.I64_EQ);
  }
  private useSign(): void {
    if (!this.isLazy) this.useElsewhere(MET_SIGN);
    else if (this.lazyKind == FLAGS_IMAGE) this.useBit(7);
    else this.compareZero(W.I32_LT_S, W.I64_LT_S);
  }
  private useParity(): void {
    if (!this.isLazy) return this.useElsewhere(MET_PARITY);
    if (this.lazyKind == FLAGS_IMAGE) return this.useBit(2);
    this.pushR();
    if (this.is64) this.byte(W.I32_WRAP_I64);
    this.i32(0xff);
    this.byte(W.I32_AND);
    this.byte(W.I32_POPCNT);
    this.i32(1);
    this.byte(W.I32_AND);
    this.byte(W.I32_EQZ);
  }
  /** Pushes a condition of flags that are not in locals: worked out before the block, or asked from the state block. */
  private useElsewhere(code: u32): void {
    if (this.kind & FLAGS_DYNAMIC) {
      if (this.met & (1 << code)) return this.getLocal(this.localOfMet(code));
      if (this.surveying && !(this.touched & (1 << code))) {
        this.wanted |= 1 << code;
        return this.i32(0);
      }
      this.settle();
    }
    this.cpu();
    this.i32(code << 1);
    this.indexed(W.OP_CALL, IMPORT_CONDITION);
  }
  private localOfMet(code: u32): u32 {
    return code == MET_CARRY ? LOCAL_CARRY : LOCAL_MET + code;
  }
  /** Works out the conditions that a block wants whose flags' kind is dynamic. */
  meet(wanted: u32): void {
    for (let code: u32 = 0; code < MET_CODES; code++) {
      if (!(wanted & (1 << code)) || (this.kind & FLAGS_DYNAMIC && this.met & (1 << code))) continue;
      if (code == MET_CARRY) this.keepCarry();
      else {
        this.usePositive(code);
        this.setLocal(this.localOfMet(code));
      }
    }
  }
  /** Pushes condition code cc of Jcc (SDM vol. 1, appendix B), 0 or 1. */
  useCondition(cc: u32): void {
    this.usePositive(cc >> 1);
    if (cc & 1) this.byte(W.I32_EQZ);
  }
  private usePositive(code: u32): void {
    // Of flags that lie elsewhere a condition is one question, unless a part of it is known.
    if (!this.isLazy && !(this.kind & APART)) return this.useElsewhere(code);
    const compares = this.lazyKind == LAZY_SUB && (this.kind & (FLAGS_PLAIN | APART)) == FLAGS_PLAIN;
    if (code == MET_OVERFLOW) this.useOverflow();
    else if (code == MET_CARRY) this.useCarry();
    else if (code == MET_ZERO) this.useZero();
    else if (code == MET_SIGN) this.useSign();
    else if (code == MET_PARITY) this.useParity();
    else if (code == MET_BELOW_EQUAL) {
      if (compares) return this.compareOperands(W.I32_LE_U, W.I64_LE_U);
      this.useCarry();
      this.orZero();
    } else if (code == MET_LESS) this.useLess(compares);
    else if (compares) this.compareOperands(W.I32_LE_S, W.I64_LE_S);
    else {
      this.useLess(false);
      this.orZero();
    }
  }
  private orZero(): void {
    this.useZero();
    this.byte(W.I32_OR);
  }
  /** Pushes S != O. */
  private useLess(compares: bool): void {
    if (compares) return this.compareOperands(W.I32_LT_S, W.I64_LT_S);
    this.useSign();
    if (this.isLazy && this.lazyKind == LAZY_LOGIC) return;
    this.useOverflow();
    this.byte(W.I32_NE);
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
