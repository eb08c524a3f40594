/**
 * Values of compiled code. What the semantic functions pass around as u64 is here the number of an entry in a table:
 * a wasm local, a constant, or a guest register that need not be copied yet. Operands of up to 32 bits are i32, those of 64
 * bits i64; conversions are written where a value is used. Constants are folded, because counts, masks and displacements
 * are constants more often than not.
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import { MEMORY_JIT_VALUES } from '../shared/memory-map';
import { EmitLocals, LOCAL_REGISTERS, LOCAL_TEMP32, LOCAL_TEMP64, TEMPS } from './emit-locals';
import { copyOrigin, newOrigin } from './emit-origins';

const VALUE_SIZE: usize = 16;
const VALUES_MAX: u32 = 192;
const VALUE_I32: u32 = 0;
const VALUE_I64: u32 = 1;
const VALUE_CONST: u32 = 2;
const VALUE_REGISTER: u32 = 3;
/** A whole general register plus a constant. */
const VALUE_SUM: u32 = 4;
/** A local of type v128; `bytes` and `high` are as emit-vectors.ts says. */
export const VALUE_V128: u32 = 5;

@unmanaged
class Value {
  kind: u8;
  /** VALUE_REGISTER: bytes of it that are the value, and 1 if those are bits 15-8. */
  bytes: u8;
  high: u8;
  /** Local, or number of the register. */
  index: u32;
  constant: u64;
}

@unmanaged
export class EmitValues extends EmitLocals {
  /** Too many values or temporaries: the instruction cannot be compiled. */
  failed: bool;
  values: u32;
  temps32: u32;
  temps64: u32;
  temps128: u32;
  /** Registers that the region reads or writes, and those it writes: bit = number. */
  used: u32;
  written: u32;

  /** Values and temporaries live for one instruction. */
  beginValues(): void {
    this.values = 0;
    this.temps32 = 0;
    this.temps64 = 0;
    this.temps128 = 0;
  }
  @inline value(v: u64): Value {
    return changetype<Value>(<usize>MEMORY_JIT_VALUES + <usize>v * VALUE_SIZE);
  }
  makeValue(kind: u32, index: u32): u64 {
    if (this.values == VALUES_MAX) {
      this.failed = true;
      this.values = 0;
    }
    const n = this.values++;
    const value = this.value(n);
    value.kind = <u8>kind;
    value.index = index;
    return n;
  }
  const(v: u64): u64 {
    const n = this.makeValue(VALUE_CONST, 0);
    this.value(n).constant = v;
    return n;
  }
  isConst(v: u64): bool {
    return this.value(v).kind == VALUE_CONST;
  }
  constOf(v: u64): u64 {
    return this.value(v).constant;
  }
  /** Register number `number` plus a constant; in 64-bit mode of 64 bits, else of 32. */
  sum(number: u32, constant: i64): u64 {
    this.used |= 1 << number;
    const n = this.makeValue(VALUE_SUM, number);
    this.value(n).constant = <u64>constant;
    return n;
  }
  isSum(v: u64): bool {
    return this.value(v).kind == VALUE_SUM;
  }
  /** Number of the register in a sum, and what is added. */
  registerOf(v: u64): u32 {
    return this.value(v).index;
  }
  distanceIn(v: u64): i64 {
    return <i64>this.value(v).constant;
  }
  private isWhole(v: u64): bool {
    const value = this.value(v);
    return value.kind == VALUE_SUM || (value.kind == VALUE_REGISTER && value.bytes >= (this.long ? 8 : 4));
  }
  /** Pushes a sum in its own width. */
  private useSum(value: Value): void {
    const constant = <i64>value.constant;
    this.getLocal(LOCAL_REGISTERS + value.index);
    if (!constant) return;
    if (this.long) this.i64(constant);
    else this.i32(<i32>constant);
    this.byte(this.long ? W.I64_ADD : W.I32_ADD);
  }
  /** x plus a constant, if x is a whole register, and -1 otherwise. */
  private trySum<T>(x: u64, constant: u64): i64 {
    if (sizeof<T>() != (this.long ? 8 : 4) || !this.isWhole(x)) return -1;
    const value = this.value(x);
    const before = value.kind == VALUE_SUM ? value.constant : 0;
    const after = before + constant;
    return <i64>this.sum(value.index, sizeof<T>() == 8 ? <i64>after : <i64>(<i32>after));
  }
  private isConstant(v: u64, constant: u64): bool {
    return this.isConst(v) && this.constOf(v) == constant;
  }

  /** The value is not used any more: its register may change without a copy. */
  forgetValue(v: u64): void {
    this.value(v).kind = <u8>VALUE_CONST;
  }

  // ── Temporaries ──────────────────────────────────────────────────────────────────────────────────────────────
  temp32(): u32 {
    if (this.temps32 == TEMPS) {
      this.failed = true;
      this.temps32 = 0;
    }
    return LOCAL_TEMP32 + this.temps32++;
  }
  temp64(): u32 {
    if (this.temps64 == TEMPS) {
      this.failed = true;
      this.temps64 = 0;
    }
    return LOCAL_TEMP64 + this.temps64++;
  }
  /** What is on the wasm stack becomes a value. */
  take32(): u64 {
    const local = this.temp32();
    this.setLocal(local);
    return this.makeValue(VALUE_I32, local);
  }
  take64(): u64 {
    const local = this.temp64();
    this.setLocal(local);
    return this.makeValue(VALUE_I64, local);
  }
  /** Value of a temporary that is set where paths meet. */
  in32(local: u32): u64 {
    return this.makeValue(VALUE_I32, local);
  }
  in64(local: u32): u64 {
    return this.makeValue(VALUE_I64, local);
  }
  /** As take32() and take64(), for an operand of width T. */
  @inline take<T>(): u64 {
    return sizeof<T>() == 8 ? this.take64() : this.take32();
  }
  /** Pushes a value as i32; of a wider one the low half. */
  use32(v: u64): void {
    const value = this.value(v);
    if (value.kind == VALUE_CONST) this.i32(<i32>value.constant);
    else if (value.kind == VALUE_I32) this.getLocal(value.index);
    else if (value.kind == VALUE_I64) {
      this.getLocal(value.index);
      this.byte(W.I32_WRAP_I64);
    } else if (value.kind == VALUE_SUM) {
      this.useSum(value);
      if (this.long) this.byte(W.I32_WRAP_I64);
    } else this.useRegister32(value);
  }
  private useRegister32(value: Value): void {
    this.getLocal(LOCAL_REGISTERS + value.index);
    if (this.long) this.byte(W.I32_WRAP_I64);
    if (value.high) {
      this.i32(8);
      this.byte(W.I32_SHR_U);
    }
    if (value.bytes < 4) {
      this.i32(value.bytes == 1 ? 0xff : 0xffff);
      this.byte(W.I32_AND);
    }
  }
  /** Pushes a value as i64. */
  use64(v: u64): void {
    const value = this.value(v);
    if (value.kind == VALUE_CONST) this.i64(<i64>value.constant);
    else if (value.kind == VALUE_I64) this.getLocal(value.index);
    else if (value.kind == VALUE_REGISTER && value.bytes == 8 && this.long)
      this.getLocal(LOCAL_REGISTERS + value.index);
    else if (value.kind == VALUE_SUM && this.long) this.useSum(value);
    else {
      this.use32(v);
      this.byte(W.I64_EXTEND_I32_U);
    }
  }
  @inline use<T>(v: u64): void {
    if (sizeof<T>() == 8) this.use64(v);
    else this.use32(v);
  }
  /** Pushes a value of width T sign-extended to 32 bits, or to 64 if T has 64. */
  useSigned<T>(v: u64): void {
    if (this.isConst(v)) {
      const c = this.constOf(v);
      if (sizeof<T>() == 8) this.i64(<i64>c);
      else this.i32(sizeof<T>() == 1 ? <i32>(<i8>c) : sizeof<T>() == 2 ? <i32>(<i16>c) : <i32>c);
      return;
    }
    this.use<T>(v);
    if (sizeof<T>() == 1) this.byte(W.I32_EXTEND8_S);
    else if (sizeof<T>() == 2) this.byte(W.I32_EXTEND16_S);
  }

  // ── Registers ────────────────────────────────────────────────────────────────────────────────────────────────
  /** Register at byte offset `r` of the state block. It stays where it is until somebody writes it. */
  get<T>(r: u32): u64 {
    if (r == <u32>S.REG_ZERO) return this.const(0);
    const number = r >> 3;
    this.used |= 1 << number;
    const n = this.makeValue(VALUE_REGISTER, number);
    const value = this.value(n);
    value.bytes = <u8>sizeof<T>();
    value.high = <u8>(r & 1);
    return n;
  }
  /** Values that are the register's present content get a local of their own before it changes. */
  private keepValuesOf(number: u32): void {
    for (let n: u64 = 0; n < this.values; n++) {
      const value = this.value(n);
      if (value.kind < VALUE_REGISTER || value.index != number) continue;
      const wide = this.isWide(n);
      if (wide) this.use64(n);
      else this.use32(n);
      const local = wide ? this.temp64() : this.temp32();
      this.setLocal(local);
      value.kind = <u8>(wide ? VALUE_I64 : VALUE_I32);
      value.index = local;
    }
  }
  /** A 32-bit write clears bits 63-32 (SDM vol. 1, 3.4.1.1); 8- and 16-bit writes keep the rest. */
  set<T>(r: u32, v: u64): void {
    const number = r >> 3;
    const local = LOCAL_REGISTERS + number;
    this.used |= 1 << number;
    this.written |= 1 << number;
    const shift = (r & 1) << 3;
    const mask: u64 = (sizeof<T>() == 1 ? 0xff : 0xffff) << shift;
    if (sizeof<T>() < 4) {
      this.getLocal(local);
      if (this.long) {
        this.i64(~(<i64>mask));
        this.byte(W.I64_AND);
      } else {
        this.i32(~(<i32>mask));
        this.byte(W.I32_AND);
      }
    }
    if (!this.long) this.use32(v);
    else if (sizeof<T>() == 4 && !this.isConst(v)) {
      this.use32(v);
      this.byte(W.I64_EXTEND_I32_U);
    } else if (sizeof<T>() == 4) this.i64(<i64>(this.constOf(v) & 0xffffffff));
    else this.use64(v);
    if (sizeof<T>() < 4) {
      if (shift) {
        if (this.long) this.i64(8);
        else this.i32(8);
        this.byte(this.long ? W.I64_SHL : W.I32_SHL);
      }
      this.byte(this.long ? W.I64_OR : W.I32_OR);
    }
    const isWhole = sizeof<T>() >= (this.long ? 8 : 4) && this.isWhole(v);
    const from = this.value(v).index;
    const distance = this.isSum(v) ? <i64>this.value(v).constant : 0;
    // The new content waits on the wasm stack while the old one is put aside. A sum is the register from now on.
    if (isWhole) this.value(v).kind = <u8>VALUE_CONST;
    this.keepValuesOf(number);
    this.setLocal(local);
    if (!isWhole) return newOrigin(number);
    copyOrigin(number, from, distance);
    const value = this.value(v);
    value.kind = <u8>VALUE_SUM;
    value.index = number;
    value.constant = 0;
  }

  // ── Arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────
  private mask<T>(): void {
    if (sizeof<T>() >= 4) return;
    this.i32(sizeof<T>() == 1 ? 0xff : 0xffff);
    this.byte(W.I32_AND);
  }
  @inline private cut<T>(v: u64): u64 {
    return sizeof<T>() == 8 ? v : <u64>(<T>v);
  }
  @inline private both<T>(x: u64, y: u64, op32: u32, op64: u32): u64 {
    this.use<T>(x);
    this.use<T>(y);
    this.byte(sizeof<T>() == 8 ? op64 : op32);
    this.mask<T>();
    return this.take<T>();
  }
  /** As both(), for operations that cannot leave T. */
  @inline private bits<T>(x: u64, y: u64, op32: u32, op64: u32): u64 {
    this.use<T>(x);
    this.use<T>(y);
    this.byte(sizeof<T>() == 8 ? op64 : op32);
    return this.take<T>();
  }
  add<T>(x: u64, y: u64): u64 {
    if (this.isConst(x) && this.isConst(y)) return this.const(this.cut<T>(this.constOf(x) + this.constOf(y)));
    if (this.isConst(y)) {
      const sum = this.trySum<T>(x, this.constOf(y));
      if (sum >= 0) return <u64>sum;
    }
    return this.both<T>(x, y, W.I32_ADD, W.I64_ADD);
  }
  sub<T>(x: u64, y: u64): u64 {
    if (this.isConst(x) && this.isConst(y)) return this.const(this.cut<T>(this.constOf(x) - this.constOf(y)));
    if (this.isConst(y)) {
      const sum = this.trySum<T>(x, -this.constOf(y));
      if (sum >= 0) return <u64>sum;
    }
    return this.both<T>(x, y, W.I32_SUB, W.I64_SUB);
  }
  mul<T>(x: u64, y: u64): u64 {
    return this.both<T>(x, y, W.I32_MUL, W.I64_MUL);
  }
  /** Bits 64 to 127 of the product, from products of halves. */
  mulHighUnsigned(x: u64, y: u64): u64 {
    const half = this.const(32);
    const low = this.const(0xffffffff);
    const xh = this.shr<u64>(x, half);
    const yl = this.and<u64>(y, low);
    const xl = this.and<u64>(x, low);
    const yh = this.shr<u64>(y, half);
    const t = this.add<u64>(this.mul<u64>(xh, yl), this.shr<u64>(this.mul<u64>(xl, yl), half));
    const u = this.add<u64>(this.mul<u64>(xl, yh), this.and<u64>(t, low));
    return this.add<u64>(this.add<u64>(this.mul<u64>(xh, yh), this.shr<u64>(t, half)), this.shr<u64>(u, half));
  }
  mulHighSigned(x: u64, y: u64): u64 {
    const sign = this.const(63);
    const high = this.sub<u64>(this.mulHighUnsigned(x, y), this.and<u64>(this.sar<u64>(x, sign), y));
    return this.sub<u64>(high, this.and<u64>(this.sar<u64>(y, sign), x));
  }
  and<T>(x: u64, y: u64): u64 {
    if (this.isConst(x) && this.isConst(y)) return this.const(this.constOf(x) & this.constOf(y));
    // The mask of a flat stack.
    if (sizeof<T>() == 8 && this.isWhole(x) && this.isConstant(y, this.long ? ~0 : 0xffffffff)) return x;
    return this.bits<T>(x, y, W.I32_AND, W.I64_AND);
  }
  or<T>(x: u64, y: u64): u64 {
    if (this.isConst(x) && this.isConst(y)) return this.const(this.constOf(x) | this.constOf(y));
    return this.bits<T>(x, y, W.I32_OR, W.I64_OR);
  }
  xor<T>(x: u64, y: u64): u64 {
    if (this.isConst(x) && this.isConst(y)) return this.const(this.constOf(x) ^ this.constOf(y));
    return this.bits<T>(x, y, W.I32_XOR, W.I64_XOR);
  }
  not<T>(x: u64): u64 {
    this.use<T>(x);
    if (sizeof<T>() == 8) this.i64(-1);
    else this.i32(-1);
    this.byte(sizeof<T>() == 8 ? W.I64_XOR : W.I32_XOR);
    this.mask<T>();
    return this.take<T>();
  }
  shl<T>(x: u64, n: u64): u64 {
    if (this.isConst(x) && this.isConst(n)) return this.const(this.cut<T>(this.constOf(x) << (this.constOf(n) & 63)));
    if (this.isConstant(n, 0)) return x;
    return this.both<T>(x, n, W.I32_SHL, W.I64_SHL);
  }
  shr<T>(x: u64, n: u64): u64 {
    if (this.isConst(x) && this.isConst(n)) return this.const(this.constOf(x) >> (this.constOf(n) & 63));
    if (this.isConstant(n, 0)) return x;
    return this.bits<T>(x, n, W.I32_SHR_U, W.I64_SHR_U);
  }
  sar<T>(x: u64, n: u64): u64 {
    this.useSigned<T>(x);
    this.use<T>(n);
    this.byte(sizeof<T>() == 8 ? W.I64_SHR_S : W.I32_SHR_S);
    this.mask<T>();
    return this.take<T>();
  }
  rol<T>(x: u64, n: u64): u64 {
    if (sizeof<T>() >= 4) return this.bits<T>(x, n, W.I32_ROTL, W.I64_ROTL);
    return this.rotateNarrow<T>(x, n, W.I32_SHL, W.I32_SHR_U);
  }
  ror<T>(x: u64, n: u64): u64 {
    if (sizeof<T>() >= 4) return this.bits<T>(x, n, W.I32_ROTR, W.I64_ROTR);
    return this.rotateNarrow<T>(x, n, W.I32_SHR_U, W.I32_SHL);
  }
  private rotateNarrow<T>(x: u64, n: u64, there: u32, back: u32): u64 {
    this.use32(x);
    this.use32(n);
    this.byte(there);
    this.use32(x);
    this.i32(sizeof<T>() * 8);
    this.use32(n);
    this.byte(W.I32_SUB);
    this.byte(back);
    this.byte(W.I32_OR);
    this.mask<T>();
    return this.take32();
  }
  trunc<T>(v: u64): u64 {
    if (this.isConst(v)) return this.const(this.cut<T>(this.constOf(v)));
    if (sizeof<T>() == 8) return v;
    this.use32(v);
    this.mask<T>();
    return this.take32();
  }
  /** Sign-extends a value of width T to 64 bits. */
  signed<T>(v: u64): u64 {
    if (sizeof<T>() == 8) return v;
    if (this.isConst(v)) {
      const shift: i64 = 64 - sizeof<T>() * 8;
      return this.const(<u64>(((<i64>this.constOf(v)) << shift) >> shift));
    }
    this.useSigned<T>(v);
    this.byte(W.I64_EXTEND_I32_S);
    return this.take64();
  }
  private one64(v: u64, op: u32): void {
    this.use64(v);
    this.byte(op);
  }
  /** Index of the lowest and of the highest bit that is set; anything for x = 0. */
  lowestBit(x: u64): u64 {
    this.one64(x, W.I64_CTZ);
    return this.take64();
  }
  highestBit(x: u64): u64 {
    this.i64(63);
    this.one64(x, W.I64_CLZ);
    this.byte(W.I64_SUB);
    return this.take64();
  }
  popcnt(x: u64): u64 {
    this.one64(x, W.I64_POPCNT);
    return this.take64();
  }
  bswap<T>(x: u64): u64 {
    // Bytes change places with their neighbours, then pairs of them, then (64 bits) halves.
    const swapped = this.exchange<T>(x, 8, sizeof<T>() == 8 ? 0x00ff00ff00ff00ff : 0x00ff00ff);
    if (sizeof<T>() == 4) {
      this.use32(swapped);
      this.i32(16);
      this.byte(W.I32_ROTL);
      return this.take32();
    }
    this.use64(this.exchange<T>(swapped, 16, 0x0000ffff0000ffff));
    this.i64(32);
    this.byte(W.I64_ROTL);
    return this.take64();
  }
  /** (x & mask) << n | (x >> n) & mask. */
  private exchange<T>(x: u64, n: u64, mask: u64): u64 {
    const keep = this.const(mask);
    const by = this.const(n);
    const up = this.shl<T>(this.and<T>(x, keep), by);
    return this.or<T>(up, this.and<T>(this.shr<T>(x, by), keep));
  }
  /** Pushes an i32 that is 0 if and only if v is. */
  useTruth(v: u64): void {
    const value = this.value(v);
    if (value.kind != VALUE_CONST && this.isWide(v)) {
      this.use64(v);
      this.i64(0);
      this.byte(W.I64_NE);
    } else this.use32(v);
  }
  isZero(v: u64): u64 {
    this.useTruth(v);
    this.byte(W.I32_EQZ);
    return this.take32();
  }
  isNotZero(v: u64): u64 {
    this.useTruth(v);
    this.i32(0);
    this.byte(W.I32_NE);
    return this.take32();
  }
  /** condition != 0 ? x : y; i64 if either is. */
  select(condition: u64, x: u64, y: u64): u64 {
    if (this.isConst(condition)) return this.constOf(condition) ? x : y;
    const wide = this.isWide(x) || this.isWide(y);
    if (wide) {
      this.use64(x);
      this.use64(y);
    } else {
      this.use32(x);
      this.use32(y);
    }
    this.useTruth(condition);
    this.byte(W.OP_SELECT);
    return wide ? this.take64() : this.take32();
  }
  private isWide(v: u64): bool {
    const value = this.value(v);
    if (value.kind == VALUE_CONST) return value.constant > 0xffffffff;
    if (value.kind == VALUE_SUM) return this.long;
    return value.kind == VALUE_I64 || (value.kind == VALUE_REGISTER && value.bytes == 8 && this.long);
  }
}
