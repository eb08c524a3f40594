/**
 * Emit: the machine that compiles what an instruction asks for. Registers live in locals (machine/emit-values.ts), flags
 * stay lazy (machine/emit-flags.ts). Compiled code never raises: what the fast path does not settle leaves, before the
 * instruction has changed anything, by an exit that says where, and the interpreter runs the instruction.
 *
 * Not implemented: code whose segments are not flat, 16-bit code, and what assembly/README.md calls function rows unless they are in
 * the generator's list. They run in the interpreter's handlers. Vectors are in emit-vectors.ts.
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import { FLAG_DF } from '../shared/register-bits';
import { FCW_FIXED, FCW_WRITABLE, FSW_B, FSW_ES } from '../isa/x87/registers';
import { Exit, EXIT_NEXT, EXIT_TO_RIP, makeExit } from '../jit/exits';
import { IMPORT_LOG } from './emit-flags';
import { findGroup, group, NO_GROUP, noteAccess, openGroup } from './emit-groups';
import {
  LOCAL_ENTRY,
  LOCAL_EXIT,
  LOCAL_FPU_CONTROL,
  LOCAL_GROUPS,
  LOCAL_HOST,
  LOCAL_REGISTERS,
  LOCAL_TLB,
} from './emit-locals';
import { distanceOf, originOf } from './emit-origins';
import { EmitRip } from './emit-rip';
import { Insn } from './insn';

@unmanaged
export class Emit extends EmitRip {
  /** Micro-op at hand, instructions of its block before it, and in the block. */
  uop: usize;
  done: u32;
  count: u32;
  /** Structures open inside of the block that exits leave. */
  depth: u32;
  /** Exit before the instruction at hand, once it has one. */
  exit: usize;
  /** The next access must lie at a multiple of this + 1, else the code leaves. */
  alignment: u32;
  /** Local and offset of the host address that locate() found. */
  host: u32;
  hostOffset: u32;
  /** Number of the next access that the survey noted; are accesses grouped? */
  accesses: u32;
  grouping: bool;
  /** The lockstep checker is on: stores are logged. */
  checked: bool;
  /** Value of the direct branch's target: canonical, for the region has made sure (jit/region.ts). */
  direct: u64;

  beginInstruction(uop: usize, done: u32): void {
    this.uop = uop;
    this.done = done;
    this.exit = 0;
    this.alignment = 0;
    this.carryIn = false;
    this.direct = u64.MAX_VALUE;
    this.beginValues();
  }
  /** No fault ever happens in compiled code. */
  @inline get fault(): bool {
    return false;
  }

  // ── Exits ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Leaves by `record`. */
  leave(record: usize): void {
    this.writeFpu();
    this.writeKind();
    this.i32(<i32>record);
    this.setLocal(LOCAL_EXIT);
    this.indexed(W.OP_BR, this.depth);
  }
  /** Takes an i32 from the stack and leaves before the instruction at hand unless it is 0. */
  exitIf(): void {
    if (!this.exit) this.exit = makeExit(this.uop, this.count - this.done, EXIT_NEXT);
    this.exitBy(this.exit);
  }
  private exitBy(record: usize): void {
    this.openIf();
    this.depth++;
    this.leave(record);
    this.depth--;
    this.close();
  }
  /** Leaves after the instruction at hand for the RIP in `target`. */
  jump(target: u64): void {
    this.cpu();
    this.use64(target);
    this.access(W.I64_STORE, S.STATE_RIP);
    this.leave(EXIT_TO_RIP);
  }

  // ── Division: what the interpreter must look at, #DE first of all, leaves ─────────────────────────────────────
  divideUnsigned<T>(high: u64, low: u64, divisor: u64): u64 {
    // high < divisor is just what makes the quotient fit; a divisor of 0 never passes.
    this.use<T>(high);
    this.use<T>(divisor);
    this.byte(sizeof<T>() == 8 ? W.I64_GE_U : W.I32_GE_U);
    this.exitIf();
    if (sizeof<T>() == 8) this.exitUnlessEqual(high, this.const(0));
    const dividend = sizeof<T>() == 8 ? low : this.dividend<T>(high, low);
    this.use64(dividend);
    this.use64(divisor);
    this.byte(W.I64_DIV_U);
    return this.trunc<T>(this.take64());
  }
  /** The dividend must fit into the width of the operands, and the divisor be neither 0 nor -1; 8 bits: the quotient must fit. */
  divideSigned<T>(high: u64, low: u64, divisor: u64): u64 {
    const d = this.signed<T>(divisor);
    this.use64(d);
    this.i64(1);
    this.byte(W.I64_ADD);
    this.i64(1);
    this.byte(W.I64_LE_U);
    this.exitIf();
    const isByte = sizeof<T>() == 1;
    if (!isByte) this.exitUnlessEqual(this.signed<T>(high), this.sar<u64>(this.signed<T>(low), this.const(63)));
    this.use64(isByte ? this.signed<u16>(this.trunc<u16>(this.dividend<T>(high, low))) : this.signed<T>(low));
    this.use64(d);
    this.byte(W.I64_DIV_S);
    const q = this.take64();
    const cut = this.trunc<T>(q);
    if (isByte) this.exitUnlessEqual(q, this.signed<T>(cut));
    return cut;
  }
  private dividend<T>(high: u64, low: u64): u64 {
    return this.or<u64>(this.shl<u64>(high, this.const(sizeof<T>() * 8)), low);
  }
  private exitUnlessEqual(x: u64, y: u64): void {
    this.use64(x);
    this.use64(y);
    this.byte(W.I64_NE);
    this.exitIf();
  }

  // ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────
  ea(i: Insn): u64 {
    if (this.isNatural(i) && i.index == S.REG_ZERO && i.rm < <u32>S.REG_ZERO) return this.sum(i.rm >> 3, i.disp);
    if (i.addressSize == 2) return this.address64(i);
    // 32-bit arithmetic wraps as the address size wants; 16-bit addresses are cut.
    this.use32(this.base(i.rm));
    if (i.index != S.REG_ZERO) {
      this.use32(this.get<u32>(i.index));
      if (i.scale) {
        this.i32(<i32>i.scale);
        this.byte(W.I32_SHL);
      }
      this.byte(W.I32_ADD);
    }
    if (i.disp) {
      this.i32(i.disp);
      this.byte(W.I32_ADD);
    }
    if (i.addressSize == 0) {
      this.i32(0xffff);
      this.byte(W.I32_AND);
    }
    return this.take32();
  }
  private base(r: u32): u64 {
    return r == <u32>S.STATE_RIP_BASE ? this.ripBase() : this.get<u64>(r);
  }
  private address64(i: Insn): u64 {
    this.use64(this.base(i.rm));
    if (i.index != S.REG_ZERO) {
      this.use64(this.get<u64>(i.index));
      if (i.scale) {
        this.i64(<i64>i.scale);
        this.byte(W.I64_SHL);
      }
      this.byte(W.I64_ADD);
    }
    if (i.disp) {
      this.i64(<i64>i.disp);
      this.byte(W.I64_ADD);
    }
    return this.take64();
  }
  moffs(i: Insn): u64 {
    const address = i.disp32 | (i.imm32 << 32);
    if (i.addressSize == 2) return this.const(address);
    return this.const(address & (i.addressSize == 1 ? 0xffffffff : 0xffff));
  }
  private isFlat(segment: u32): bool {
    return segment < <u32>S.FS;
  }
  /** Linear address of FS and GS: their bases are in the state block. Of type i64 in 64-bit mode, else i32. */
  private linear(segment: u32, ea: u64): u64 {
    if (this.isFlat(segment)) return ea;
    this.cpu();
    const base = S.STATE_SEGMENTS + segment * S.SEGMENT_SIZE + S.SEGMENT_BASE;
    this.access(this.long ? W.I64_LOAD : W.I32_LOAD, base);
    if (this.long) this.use64(ea);
    else this.use32(ea);
    this.byte(this.long ? W.I64_ADD : W.I32_ADD);
    return this.long ? this.take64() : this.take32();
  }
  /** Leaves if the last byte of the access lies beyond what the segment allows; nothing does in 64-bit mode. */
  private checkLimit(segment: u32, ea: u64, bytes: u32, bound: u32): void {
    // Code segments are never writable outside of real mode.
    const isCodeWrite = segment == S.CS && bound == S.SEGMENT_FAST_WRITE;
    if (this.long || (this.isFlat(segment) && !isCodeWrite)) return;
    this.use64(ea);
    this.i64(bytes - 1);
    this.byte(W.I64_ADD);
    this.cpu();
    this.access(W.I64_LOAD, S.STATE_SEGMENTS + segment * S.SEGMENT_SIZE + bound);
    this.byte(W.I64_GT_S);
    this.exitIf();
  }

  // ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────
  private pushLinear(la: u64): void {
    if (this.long) this.use64(la);
    else this.use32(la);
  }
  private pushConstant(v: i64): void {
    if (this.long) this.i64(v);
    else this.i32(<i32>v);
  }
  /**
   * Pushes 0 if bytes from `first` to `last` lie in one page that may be accessed: one compare finds misses and crossings. It
   * asks whether a difference is more than 0, because V8 turns a branch if things are not equal into one if they are, and what
   * is written first then, the exit, comes to lie in the way.
   */
  private useMiss(first: u64, last: u64, write: bool): void {
    this.pushLinear(first);
    this.useEntry(this.long, LOCAL_TLB);
    this.access(W.I64_LOAD, write ? S.TLB_TAG_WRITE : S.TLB_TAG_READ);
    this.pushLinear(last);
    this.pushConstant(-0x1000);
    this.byte(this.long ? W.I64_AND : W.I32_AND);
    if (!this.long) this.byte(W.I64_EXTEND_I32_U);
    this.byte(W.I64_XOR);
    this.i64(0);
    this.byte(W.I64_GT_U);
  }
  /** The host address of `la`, whose TLB entry is at hand. */
  private setHost(la: u64, local: u32): void {
    this.use32(la);
    this.getLocal(LOCAL_ENTRY);
    this.access(W.I32_LOAD, S.TLB_ADDEND);
    this.byte(W.I32_ADD);
    this.setLocal(local);
  }
  /** Finds the host address of an access, or leaves the region: `host` plus `hostOffset`. */
  locate(segment: u32, ea: u64, bytes: u32, write: bool): void {
    this.checkLimit(segment, ea, bytes, write ? S.SEGMENT_FAST_WRITE : S.SEGMENT_FAST_READ);
    if (this.isFlat(segment) && this.isSum(ea)) this.locateInGroup(ea, bytes, write);
    else this.locateAlone(segment, ea, bytes, write);
    if (this.alignment) this.checkAlignment();
  }
  /** Pages begin at multiples of their size in the host's memory, too. */
  private checkAlignment(): void {
    this.getLocal(this.host);
    if (this.hostOffset & this.alignment) {
      this.i32(this.hostOffset & this.alignment);
      this.byte(W.I32_ADD);
    }
    this.i32(this.alignment);
    this.byte(W.I32_AND);
    this.exitIf();
    this.alignment = 0;
  }
  private locateAlone(segment: u32, ea: u64, bytes: u32, write: bool): void {
    const la = this.linear(segment, ea);
    let last = la;
    if (bytes > 1) {
      this.pushLinear(la);
      this.pushConstant(bytes - 1);
      this.byte(this.long ? W.I64_ADD : W.I32_ADD);
      last = this.long ? this.take64() : this.take32();
    }
    this.useMiss(la, last, write);
    this.exitIf();
    this.setHost(la, LOCAL_HOST);
    this.host = LOCAL_HOST;
    this.hostOffset = 0;
  }
  /** The same for a register plus a constant. */
  private locateInGroup(ea: u64, bytes: u32, write: bool): void {
    const register = this.registerOf(ea);
    const distance = distanceOf(register);
    const at = distance + <i32>this.distanceIn(ea);
    if (this.surveying) {
      this.host = LOCAL_HOST;
      if (!noteAccess(originOf(register), at, bytes, write)) this.failed = true;
      return;
    }
    const planned = this.accesses++;
    let n = this.grouping ? findGroup(originOf(register), at, bytes, write) : NO_GROUP;
    if (n == NO_GROUP) {
      n = openGroup(planned, originOf(register), at, this.grouping ? 0 : bytes, write);
      const open = group(n);
      const first = this.sum(register, open.low - distance);
      const last = this.sum(register, open.high - 1 - distance);
      this.useMiss(first, last, write || open.write != 0);
      this.exitBy(this.groupExit(register, open.low - distance, open.high - open.low));
      this.setHost(first, LOCAL_GROUPS + n);
      this.forgetValue(first);
      this.forgetValue(last);
    }
    this.host = LOCAL_GROUPS + n;
    this.hostOffset = at - group(n).low;
  }
  private groupExit(register: u32, first: i32, bytes: i32): usize {
    const record = makeExit(this.uop, this.count - this.done, EXIT_NEXT);
    if (!this.grouping) return record;
    const exit = changetype<Exit>(record);
    exit.register = <u8>register;
    exit.first = first;
    exit.bytes = bytes;
    return record;
  }
  private loadHost<T>(): u64 {
    this.getLocal(this.host);
    const narrow = sizeof<T>() == 1 ? W.I32_LOAD8_U : sizeof<T>() == 2 ? W.I32_LOAD16_U : W.I32_LOAD;
    this.access(sizeof<T>() == 8 ? W.I64_LOAD : narrow, this.hostOffset);
    return this.take<T>();
  }
  /** Must come before every store to where locate() says. */
  logStore(bytes: u32, offset: u32 = 0): void {
    if (!this.checked) return;
    this.getLocal(this.host);
    this.i32(<i32>(this.hostOffset + offset));
    this.byte(W.I32_ADD);
    this.i32(<i32>bytes);
    this.indexed(W.OP_CALL, IMPORT_LOG);
  }
  private storeHost<T>(v: u64): void {
    this.logStore(sizeof<T>());
    this.getLocal(this.host);
    this.use<T>(v);
    const narrow = sizeof<T>() == 1 ? W.I32_STORE8 : sizeof<T>() == 2 ? W.I32_STORE16 : W.I32_STORE;
    this.access(sizeof<T>() == 8 ? W.I64_STORE : narrow, this.hostOffset);
  }
  load<T>(segment: u32, ea: u64): u64 {
    this.locate(segment, ea, sizeof<T>(), false);
    return this.loadHost<T>();
  }
  store<T>(segment: u32, ea: u64, v: u64): void {
    this.locate(segment, ea, sizeof<T>(), true);
    this.storeHost<T>(v);
  }
  /** First half of a read-modify-write: write permission is checked before anything changes. */
  loadRmw<T>(segment: u32, ea: u64): u64 {
    this.locate(segment, ea, sizeof<T>(), true);
    return this.loadHost<T>();
  }
  storeRmw<T>(v: u64): void {
    this.storeHost<T>(v);
  }

  // ── String instructions upward; downward they are the interpreter's ───────────────────────────────────────────
  beginString(): void {
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_FLAGS);
    this.i32(FLAG_DF);
    this.byte(W.I32_AND);
    this.exitIf();
  }
  private isNatural(i: Insn): bool {
    return i.addressSize == (this.long ? 2 : 1);
  }
  private addressMask(i: Insn): u64 {
    return this.const(i.addressSize == 2 ? ~0 : i.addressSize == 1 ? 0xffffffff : 0xffff);
  }
  stringIndex(i: Insn, register: u32): u64 {
    if (this.isNatural(i)) return this.sum(register >> 3, 0);
    return this.trunc<u32>(this.and<u64>(this.get<u64>(register), this.addressMask(i)));
  }
  stepIndex<T>(i: Insn, register: u32): void {
    if (this.isNatural(i)) return this.set<u64>(register, this.sum(register >> 3, sizeof<T>()));
    const v = this.add<u64>(this.get<u64>(register), this.const(sizeof<T>()));
    if (i.addressSize == 0) this.set<u16>(register, this.trunc<u16>(v));
    else this.set<u64>(register, this.and<u64>(v, this.addressMask(i)));
  }

  // ── x87: what leaves the region, and memory (machine/emit-x87.ts has the rest) ───────────────────────────────
  fpuReady(): bool {
    if (this.openFpu()) this.exitIf();
    return true;
  }
  fpuReadyNoWait(): bool {
    return this.fpuReady();
  }
  private demand(mask: u32, holds: bool): bool {
    if (this.testRegisters(mask, holds)) this.exitIf();
    this.knowRegisters(mask, holds);
    return true;
  }
  fpuHolds(n: u32): bool {
    return this.demand(1 << this.register(n), true);
  }
  fpuHoldsBoth(n: u32): bool {
    return this.demand((1 << this.register(0)) | (1 << this.register(n)), true);
  }
  fpuPush(i: Insn, flags: u64): void {
    this.demand(1 << this.register(7), false);
    this.grow();
    this.fpuReplace(i, flags);
  }
  /** A denormal, or a signalling NaN where that becomes quiet, leaves. */
  fpuWiden<T>(bits: u64): u64 {
    if (isInteger<T>()) this.widenInteger<T>(bits);
    else this.widenFloat<T>(bits, false);
    return this.const(0);
  }
  fpuWidenQuiet<T>(bits: u64): u64 {
    this.widenFloat<T>(bits, true);
    return this.const(0);
  }
  private widenFloat<T>(bits: u64, quiet: bool): void {
    const exponent = this.temp32();
    const se = this.temp32();
    const sig = this.temp64();
    this.useSpecial<T>(bits, exponent);
    this.openIf();
    this.depth++;
    this.callWiden<T>(bits, quiet);
    this.exitIf();
    this.depth--;
    this.takeSpecial(se, sig);
    this.byte(W.OP_ELSE);
    this.widenNormal<T>(bits, exponent, se, sig);
    this.close();
    this.setNumber(this.in32(se), this.in64(sig));
  }
  fpuLoad80(segment: u32, ea: u64): void {
    this.locate(segment, ea, 10, false);
    const sig = this.loadHost<u64>();
    this.getLocal(this.host);
    this.access(W.I32_LOAD16_U, this.hostOffset + 8);
    this.setNumber(this.take32(), sig);
  }
  fpuStore80(segment: u32, ea: u64, _may: bool): void {
    this.locate(segment, ea, 10, true);
    this.logStore(10);
    this.getLocal(this.host);
    this.useResultSig();
    this.access(W.I64_STORE, this.hostOffset);
    this.getLocal(this.host);
    this.useResultSe();
    this.access(W.I32_STORE16, this.hostOffset + 8);
  }
  /** FLDCW that unmasks an exception leaves. */
  fpuSetControl(cw: u64): void {
    this.use32(cw);
    this.useUnmasked();
    this.exitIf();
    this.cpu();
    this.use32(cw);
    this.i32(FCW_WRITABLE);
    this.byte(W.I32_AND);
    this.i32(FCW_FIXED);
    this.byte(W.I32_OR);
    this.teeLocal(LOCAL_FPU_CONTROL);
    this.access(W.I32_STORE16, S.STATE_FCW);
    this.setStatus(this.const(0), FSW_ES | FSW_B);
  }

  // ── Stack ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** SS is flat, its stack pointer ESP or RSP. */
  @inline get stackMask(): u64 {
    return this.long ? ~0 : 0xffffffff;
  }
  private moveStack(bytes: i32): u64 {
    return this.sum(S.RSP >> 3, bytes);
  }
  @inline get sp(): u64 {
    return this.get<u64>(S.RSP);
  }
  @inline set sp(v: u64) {
    this.set<u64>(S.RSP, v);
  }
  push<T>(v: u64): void {
    const sp = this.moveStack(-(<i32>sizeof<T>()));
    this.store<T>(S.SS, sp, v);
    this.set<u64>(S.RSP, sp);
  }
  peek<T>(offset: u64): u64 {
    return this.load<T>(S.SS, this.moveStack(<i32>offset));
  }
  drop(bytes: u64): void {
    this.set<u64>(S.RSP, this.moveStack(<i32>bytes));
  }
  pop<T>(): u64 {
    const v = this.peek<T>(0);
    this.drop(sizeof<T>());
    return v;
  }

  // ── Control transfer ─────────────────────────────────────────────────────────────────────────────────────────
  next(i: Insn): u64 {
    return this.ripAt(i.next);
  }
  relative<T>(i: Insn): u64 {
    this.direct = this.ripAt(i.next + i.imm);
    return this.direct;
  }
  /** A near target must be canonical in 64-bit mode; a flat CS holds all others. */
  nearAllowed(target: u64): bool {
    if (!this.long || target == this.direct) return true;
    this.use64(target);
    this.testCanonical(0);
    this.exitIf();
    return true;
  }

  // ── Whole registers, around a call of a handler and at both ends of a region ─────────────────────────────────
  loadRegisters(mask: u32): void {
    for (let n: u32 = 0; n < 16; n++) {
      if (!(mask & (1 << n))) continue;
      this.cpu();
      this.access(this.long ? W.I64_LOAD : W.I32_LOAD, n * S.GPR_SIZE);
      this.setLocal(LOCAL_REGISTERS + n);
    }
  }
  storeRegisters(mask: u32): void {
    for (let n: u32 = 0; n < 16; n++) {
      if (!(mask & (1 << n))) continue;
      this.cpu();
      this.getLocal(LOCAL_REGISTERS + n);
      this.access(this.long ? W.I64_STORE : W.I32_STORE, n * S.GPR_SIZE);
    }
  }
}
