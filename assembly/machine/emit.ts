/**
 * Emit: the machine that compiles what an instruction asks for. A value is the number of a wasm local of type i64 that holds
 * an operand of width T zero-extended. Compiled code leaves the state block exactly as Eval does, or returns EMIT_EXIT before
 * the instruction has changed anything: a TLB miss or a segment check that the fast path does not settle.
 *
 * Not implemented: registers and flags in locals across instructions, and the operations that only families outside of
 * the generator's list COMPILED use.
 */
import * as S from '../shared/state';
import { FLAG_CF } from '../shared/register-bits';
import * as W from '../jit/wasm-encoder';
import { Insn } from './insn';
import { LAZY_ADD, LAZY_DEC, LAZY_INC, LAZY_LOGIC, LAZY_RESULT, LAZY_SUB } from './flags';

export const EMIT_DONE: i32 = 0;
export const EMIT_EXIT: i32 = 1;

const CPU: u32 = 0;
/** Local of the TLB entry, and of the host address that a read-modify-write keeps. */
const ENTRY: u32 = 1;
const HOST: u32 = 2;
const I32_LOCALS: u32 = 2;
const FIRST_VALUE: u32 = 3;

@unmanaged
@final
export class Emit {
  out: W.WasmEncoder;
  start: usize;
  values: u32;

  begin(out: W.WasmEncoder): void {
    this.out = out;
    this.start = out.at;
    this.values = 0;
  }
  /** Ends the code and writes the module behind it; returns the module's address. */
  finish(): usize {
    const out = this.out;
    out.i32(EMIT_DONE);
    const bytes = <u32>(out.at - this.start);
    const module = out.at;
    out.module(this.start, bytes, I32_LOCALS, this.values);
    return module;
  }

  // ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** Takes what is on the wasm stack into a new local. */
  private take(): u64 {
    const local = FIRST_VALUE + this.values++;
    this.out.indexed(W.LOCAL_SET, local);
    return local;
  }
  private use(v: u64): void {
    this.out.indexed(W.LOCAL_GET, <u32>v);
  }
  private cpu(): void {
    this.out.indexed(W.LOCAL_GET, CPU);
  }
  private cut(bytes: u32): void {
    if (bytes == 8) return;
    this.out.i64(((<i64>1) << (bytes << 3)) - 1);
    this.out.byte(W.I64_AND);
  }
  private operate(op: u32, x: u64, y: u64, bytes: u32): u64 {
    this.use(x);
    this.use(y);
    this.out.byte(op);
    this.cut(bytes);
    return this.take();
  }
  private useSigned(v: u64, bytes: u32): void {
    this.use(v);
    if (bytes == 1) this.out.byte(W.I64_EXTEND8_S);
    else if (bytes == 2) this.out.byte(W.I64_EXTEND16_S);
    else if (bytes == 4) this.out.byte(W.I64_EXTEND32_S);
  }
  const(v: u64): u64 {
    this.out.i64(<i64>v);
    return this.take();
  }
  add<T>(x: u64, y: u64): u64 {
    return this.operate(W.I64_ADD, x, y, sizeof<T>());
  }
  sub<T>(x: u64, y: u64): u64 {
    return this.operate(W.I64_SUB, x, y, sizeof<T>());
  }
  trunc<T>(v: u64): u64 {
    this.use(v);
    this.cut(sizeof<T>());
    return this.take();
  }
  signed<T>(v: u64): u64 {
    this.useSigned(v, sizeof<T>());
    return this.take();
  }

  // ── Registers ────────────────────────────────────────────────────────────────────────────────────────────────
  private loadAs(bytes: u32, offset: u32): void {
    const op = bytes == 1 ? W.I64_LOAD8_U : bytes == 2 ? W.I64_LOAD16_U : bytes == 4 ? W.I64_LOAD32_U : W.I64_LOAD;
    this.out.access(op, offset);
  }
  private storeAs(bytes: u32, offset: u32): void {
    const op = bytes == 1 ? W.I64_STORE8 : bytes == 2 ? W.I64_STORE16 : bytes == 4 ? W.I64_STORE32 : W.I64_STORE;
    this.out.access(op, offset);
  }
  get<T>(r: u32): u64 {
    this.cpu();
    this.loadAs(sizeof<T>(), r);
    return this.take();
  }
  /** A 32-bit write clears bits 63-32 (SDM vol. 1, 3.4.1.1): the value is zero-extended already. */
  set<T>(r: u32, v: u64): void {
    this.cpu();
    this.use(v);
    this.storeAs(sizeof<T>() == 4 ? 8 : sizeof<T>(), r);
  }

  // ── Flags ────────────────────────────────────────────────────────────────────────────────────────────────────
  private state32(offset: u32): void {
    this.cpu();
    this.out.access(W.I32_LOAD, offset);
  }
  private state64(offset: u32): void {
    this.cpu();
    this.out.access(W.I64_LOAD, offset);
  }
  private setLazy(offset: u32, v: u64, bytes: u32): void {
    this.cpu();
    this.useSigned(v, bytes);
    this.out.access(W.I64_STORE, offset);
  }
  private lazy(kind: u32, x: u64, y: u64, r: u64, bytes: u32): void {
    this.cpu();
    this.out.i32(kind);
    this.out.access(W.I32_STORE, S.STATE_LAZY_KIND);
    this.setLazy(S.STATE_LAZY_X, x, bytes);
    this.setLazy(S.STATE_LAZY_Y, y, bytes);
    this.setLazy(S.STATE_LAZY_R, r, bytes);
  }
  flagsAdd<T>(x: u64, y: u64, r: u64): void {
    this.lazy(LAZY_ADD, x, y, r, sizeof<T>());
  }
  flagsSub<T>(x: u64, y: u64, r: u64): void {
    this.lazy(LAZY_SUB, x, y, r, sizeof<T>());
  }
  flagsInc<T>(x: u64, r: u64): void {
    this.keepCarry();
    this.lazy(LAZY_INC, x, this.const(1), r, sizeof<T>());
  }
  flagsDec<T>(x: u64, r: u64): void {
    this.keepCarry();
    this.lazy(LAZY_DEC, x, this.const(1), r, sizeof<T>());
  }
  /** Where CF is in STATE_FLAGS already, this stores what is there. */
  private keepCarry(): void {
    const carry = this.carryValue();
    this.cpu();
    this.state32(S.STATE_FLAGS);
    this.out.i32(~FLAG_CF);
    this.out.byte(W.I32_AND);
    this.use(carry);
    this.out.byte(W.I32_WRAP_I64);
    this.out.byte(W.I32_OR);
    this.out.access(W.I32_STORE, S.STATE_FLAGS);
  }
  private ifKind(compare: u32, kind: u32): void {
    this.state32(S.STATE_LAZY_KIND);
    this.out.i32(kind);
    this.out.byte(compare);
    this.out.indexed(W.OP_IF, W.TYPE_I64);
  }
  /** Top bit of (x & y) | ((x | y) & r) with x (SUB) or r (ADD) inverted: see lazyCarry() in flags.ts. */
  private majority(invertX: i64, invertR: i64): void {
    const out = this.out;
    this.state64(S.STATE_LAZY_X);
    out.i64(invertX);
    out.byte(W.I64_XOR);
    const x = this.take();
    this.use(x);
    this.state64(S.STATE_LAZY_Y);
    out.byte(W.I64_AND);
    this.use(x);
    this.state64(S.STATE_LAZY_Y);
    out.byte(W.I64_OR);
    this.state64(S.STATE_LAZY_R);
    out.i64(invertR);
    out.byte(W.I64_XOR);
    out.byte(W.I64_AND);
    out.byte(W.I64_OR);
    out.i64(63);
    out.byte(W.I64_SHR_U);
  }
  /** CF, 0 or 1, whatever instruction ran before. */
  carryValue(): u64 {
    const out = this.out;
    this.ifKind(W.I32_EQ, LAZY_SUB);
    this.majority(-1, 0);
    out.byte(W.OP_ELSE);
    this.ifKind(W.I32_EQ, LAZY_ADD);
    this.majority(0, -1);
    out.byte(W.OP_ELSE);
    this.ifKind(W.I32_EQ, LAZY_LOGIC);
    out.i64(0);
    out.byte(W.OP_ELSE);
    this.ifKind(W.I32_GE_U, LAZY_RESULT);
    this.state64(S.STATE_LAZY_X);
    out.i64(0);
    out.byte(W.I64_NE);
    out.byte(W.I64_EXTEND_I32_U);
    out.byte(W.OP_ELSE);
    this.state32(S.STATE_FLAGS);
    out.i32(FLAG_CF);
    out.byte(W.I32_AND);
    out.byte(W.I64_EXTEND_I32_U);
    for (let n = 0; n < 4; n++) out.byte(W.OP_END);
    return this.take();
  }

  // ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────
  ea(i: Insn): u64 {
    const out = this.out;
    this.state64(i.rm);
    if (i.index != S.REG_ZERO) {
      this.state64(i.index);
      out.i64(<i64>i.scale);
      out.byte(W.I64_SHL);
      out.byte(W.I64_ADD);
    }
    if (i.disp) {
      out.i64(<i64>i.disp);
      out.byte(W.I64_ADD);
    }
    this.cut(2 << i.addressSize);
    return this.take();
  }
  private exitIf(): void {
    this.out.indexed(W.OP_IF, W.TYPE_EMPTY);
    this.out.i32(EMIT_EXIT);
    this.out.byte(W.OP_RETURN);
    this.out.byte(W.OP_END);
  }
  private useLast(v: u64, bytes: u32): void {
    this.use(v);
    if (bytes == 1) return;
    this.out.i64(bytes - 1);
    this.out.byte(W.I64_ADD);
  }
  private linear(segment: u32, ea: u64): u64 {
    this.state64(S.STATE_SEGMENTS + segment * S.SEGMENT_SIZE + S.SEGMENT_BASE);
    this.use(ea);
    this.out.byte(W.I64_ADD);
    this.state64(S.STATE_LINEAR_MASK);
    this.out.byte(W.I64_AND);
    return this.take();
  }
  /** Leaves the host address in HOST, or the code: one compare finds misses and page crossings. */
  private locate(segment: u32, ea: u64, bytes: u32, write: bool, flat: bool): void {
    const out = this.out;
    const la = flat ? ea : this.linear(segment, ea);
    this.use(la);
    out.i64(7);
    out.byte(W.I64_SHR_U);
    out.byte(W.I32_WRAP_I64);
    out.i32(0x1ffe0);
    out.byte(W.I32_AND);
    this.state32(S.STATE_TLB);
    out.byte(W.I32_ADD);
    out.indexed(W.LOCAL_TEE, ENTRY);
    out.access(W.I64_LOAD, write ? S.TLB_TAG_WRITE : S.TLB_TAG_READ);
    this.useLast(la, bytes);
    out.i64(-0x1000);
    out.byte(W.I64_AND);
    out.byte(W.I64_NE);
    this.exitIf();
    if (!flat) {
      const bound = write ? S.SEGMENT_FAST_WRITE : S.SEGMENT_FAST_READ;
      this.useLast(ea, bytes);
      this.state64(S.STATE_SEGMENTS + segment * S.SEGMENT_SIZE + bound);
      out.byte(W.I64_GT_S);
      this.exitIf();
    }
    this.use(la);
    out.byte(W.I32_WRAP_I64);
    out.indexed(W.LOCAL_GET, ENTRY);
    out.access(W.I32_LOAD, S.TLB_ADDEND);
    out.byte(W.I32_ADD);
    out.indexed(W.LOCAL_SET, HOST);
  }
  private loadHost(bytes: u32): u64 {
    this.out.indexed(W.LOCAL_GET, HOST);
    this.loadAs(bytes, 0);
    return this.take();
  }
  load<T>(segment: u32, ea: u64): u64 {
    this.locate(segment, ea, sizeof<T>(), false, false);
    return this.loadHost(sizeof<T>());
  }
  loadFlat<T>(segment: u32, ea: u64): u64 {
    this.locate(segment, ea, sizeof<T>(), false, true);
    return this.loadHost(sizeof<T>());
  }
  loadRmw<T>(segment: u32, ea: u64): u64 {
    this.locate(segment, ea, sizeof<T>(), true, false);
    return this.loadHost(sizeof<T>());
  }
  loadRmwFlat<T>(segment: u32, ea: u64): u64 {
    this.locate(segment, ea, sizeof<T>(), true, true);
    return this.loadHost(sizeof<T>());
  }
  storeRmw<T>(v: u64): void {
    this.out.indexed(W.LOCAL_GET, HOST);
    this.use(v);
    this.storeAs(sizeof<T>(), 0);
  }
}
