/**
 * Emit: the machine that compiles what an instruction asks for. Registers live in locals (machine/emit-values.ts), flags
 * stay lazy (machine/emit-flags.ts). Compiled code never raises: what the fast path does not settle leaves, before the
 * instruction has changed anything, by an exit that says where, and the interpreter runs the instruction.
 *
 * Not implemented: code whose segments are not flat, 16-bit code, vectors, division, and what assembly/README.md calls
 * function rows unless they are in the generator's list. They run in the interpreter's handlers.
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import { EXIT_NEXT, EXIT_TO_RIP, makeExit } from '../jit/exits';
import { EmitFlags } from './emit-flags';
import {
  LOCAL_ENTRY,
  LOCAL_EXIT,
  LOCAL_HOST,
  LOCAL_NEXT_BASE,
  LOCAL_REGISTERS,
  LOCAL_RIP_BASE,
  LOCAL_TLB,
} from './emit-locals';
import { Insn } from './insn';

@unmanaged
@final
export class Emit extends EmitFlags {
  /** Micro-op at hand, instructions of its block before it, and in the block. */
  uop: usize;
  done: u32;
  count: u32;
  /** Structures open inside of the block that exits leave. */
  depth: u32;
  /** Exit before the instruction at hand, once it has one. */
  exit: usize;

  beginInstruction(uop: usize, done: u32): void {
    this.uop = uop;
    this.done = done;
    this.exit = 0;
    this.carryIn = false;
    this.beginValues();
  }
  /** No fault ever happens in compiled code. */
  @inline get fault(): bool {
    return false;
  }

  // ── Exits ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Leaves by `record`. */
  leave(record: usize): void {
    this.writeKind();
    this.i32(<i32>record);
    this.setLocal(LOCAL_EXIT);
    this.indexed(W.OP_BR, this.depth);
  }
  /** Takes an i32 from the stack and leaves before the instruction at hand unless it is 0. */
  exitIf(): void {
    if (!this.exit) this.exit = makeExit(this.uop, this.count - this.done, EXIT_NEXT);
    this.openIf();
    this.depth++;
    this.leave(this.exit);
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

  // ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────
  ea(i: Insn): u64 {
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
  /** Leaves the host address in LOCAL_HOST, or the region: one compare finds misses and page crossings. */
  private locate(segment: u32, ea: u64, bytes: u32, write: bool): void {
    this.checkLimit(segment, ea, bytes, write ? S.SEGMENT_FAST_WRITE : S.SEGMENT_FAST_READ);
    const la = this.linear(segment, ea);
    this.pushLinear(la);
    this.pushConstant(7);
    this.byte(this.long ? W.I64_SHR_U : W.I32_SHR_U);
    if (this.long) this.byte(W.I32_WRAP_I64);
    this.i32(0x1ffe0);
    this.byte(W.I32_AND);
    this.getLocal(LOCAL_TLB);
    this.byte(W.I32_ADD);
    this.teeLocal(LOCAL_ENTRY);
    this.access(W.I64_LOAD, write ? S.TLB_TAG_WRITE : S.TLB_TAG_READ);
    this.pushLinear(la);
    if (bytes > 1) {
      this.pushConstant(bytes - 1);
      this.byte(this.long ? W.I64_ADD : W.I32_ADD);
    }
    this.pushConstant(-0x1000);
    this.byte(this.long ? W.I64_AND : W.I32_AND);
    if (!this.long) this.byte(W.I64_EXTEND_I32_U);
    this.byte(W.I64_NE);
    this.exitIf();
    this.use32(la);
    this.getLocal(LOCAL_ENTRY);
    this.access(W.I32_LOAD, S.TLB_ADDEND);
    this.byte(W.I32_ADD);
    this.setLocal(LOCAL_HOST);
  }
  private loadHost<T>(): u64 {
    this.getLocal(LOCAL_HOST);
    const narrow = sizeof<T>() == 1 ? W.I32_LOAD8_U : sizeof<T>() == 2 ? W.I32_LOAD16_U : W.I32_LOAD;
    this.access(sizeof<T>() == 8 ? W.I64_LOAD : narrow, 0);
    return this.take<T>();
  }
  private storeHost<T>(v: u64): void {
    this.getLocal(LOCAL_HOST);
    this.use<T>(v);
    const narrow = sizeof<T>() == 1 ? W.I32_STORE8 : sizeof<T>() == 2 ? W.I32_STORE16 : W.I32_STORE;
    this.access(sizeof<T>() == 8 ? W.I64_STORE : narrow, 0);
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

  // ── Stack ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** SS is flat, its stack pointer ESP or RSP. */
  @inline get stackMask(): u64 {
    return this.long ? ~0 : 0xffffffff;
  }
  private moveStack(bytes: i32): u64 {
    const sp = this.get<u64>(S.RSP);
    if (!bytes) return sp;
    this.pushLinear(sp);
    this.pushConstant(bytes);
    this.byte(this.long ? W.I64_ADD : W.I32_ADD);
    return this.long ? this.take64() : this.take32();
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
  private ripBase(): u64 {
    this.getLocal(LOCAL_RIP_BASE);
    return this.take64();
  }
  /** RIP at this offset from the page's start, cut to the operand size of near branches. */
  private ripAt(offset: i32): u64 {
    this.getLocal(LOCAL_RIP_BASE);
    this.i64(offset);
    this.byte(W.I64_ADD);
    const rip = this.take64();
    return this.long ? rip : this.trunc<u32>(rip);
  }
  /** Pushes the RIP at this offset as i64; code in 32-bit segments wraps at 4 GB. */
  useRip(offset: i32): void {
    this.getLocal(LOCAL_RIP_BASE);
    if (!offset) return;
    this.i64(offset);
    this.byte(W.I64_ADD);
    if (this.long) return;
    this.i64(0xffffffff);
    this.byte(W.I64_AND);
  }
  /** Pushes 0 if a fetch from the page at LOCAL_NEXT_BASE finds this frame in the TLB, and memory at `address` this serial number. */
  usePageGuard(frame: u32, address: i32, serial: u32): void {
    this.i32(S.TLB_USER);
    this.i32(S.TLB_SUPERVISOR);
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_CPL);
    this.i32(3);
    this.byte(W.I32_EQ);
    this.byte(W.OP_SELECT);
    this.getLocal(LOCAL_NEXT_BASE);
    this.i64(7);
    this.byte(W.I64_SHR_U);
    this.byte(W.I32_WRAP_I64);
    this.i32(0x1ffe0);
    this.byte(W.I32_AND);
    this.byte(W.I32_ADD);
    this.cpu();
    this.byte(W.I32_ADD);
    this.teeLocal(LOCAL_ENTRY);
    this.access(W.I64_LOAD, S.TLB_TAG_EXECUTE);
    this.getLocal(LOCAL_NEXT_BASE);
    this.byte(W.I64_NE);
    this.getLocal(LOCAL_ENTRY);
    this.access(W.I32_LOAD, S.TLB_FRAME);
    this.i32(0xfffff);
    this.byte(W.I32_AND);
    this.i32(<i32>frame);
    this.byte(W.I32_NE);
    this.byte(W.I32_OR);
    this.i32(address);
    this.access(W.I32_LOAD, 0);
    this.i32(<i32>serial);
    this.byte(W.I32_NE);
    this.byte(W.I32_OR);
  }
  /** The page at LOCAL_NEXT_BASE becomes the one at hand. */
  enterPage(page: i32, map: i32): void {
    this.cpu();
    this.getLocal(LOCAL_NEXT_BASE);
    this.teeLocal(LOCAL_RIP_BASE);
    this.access(W.I64_STORE, S.STATE_RIP_BASE);
    this.cpu();
    this.i32(page);
    this.access(W.I32_STORE, S.STATE_CODE_PAGE);
    this.cpu();
    this.i32(map);
    this.access(W.I32_STORE, S.STATE_CODE_MAP);
  }
  next(i: Insn): u64 {
    return this.ripAt(i.next);
  }
  relative<T>(i: Insn): u64 {
    return this.ripAt(i.next + i.imm);
  }
  /** A near target must be canonical in 64-bit mode; a flat CS holds all others. */
  nearAllowed(target: u64): bool {
    if (!this.long) return true;
    this.use64(target);
    this.i64(0x0000800000000000);
    this.byte(W.I64_ADD);
    this.i64(0x0000ffffffffffff);
    this.byte(W.I64_GT_U);
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
