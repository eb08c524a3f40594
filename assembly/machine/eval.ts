/**
 * Eval: the machine that does what an instruction asks for. The object *is* the vCPU's state block, so `m` in the
 * semantic functions is the state pointer and every access is one load or store with a constant offset.
 *
 * A value is a u64 that holds an operand of width T zero-extended. See assembly/README.md for the contract that Eval
 * shares with Emit and Explain.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_UD } from '../shared/exception';
import {
  FLAGS_ARITHMETIC,
  FLAG_AF,
  FLAG_CF,
  FLAG_DF,
  FLAG_OF,
  FLAG_PF,
  FLAG_SF,
  FLAG_ZF,
} from '../shared/register-bits';
import { Insn } from './insn';
import {
  LAZY_ADD,
  LAZY_DEC,
  LAZY_INC,
  LAZY_LOGIC,
  LAZY_NONE,
  LAZY_RESULT,
  LAZY_SUB,
  lazyAdjust,
  lazyCarry,
  lazyOverflow,
  parityFlag,
  setCarry,
  setCarryOverflow,
} from './flags';
import { divideSigned, divideUnsigned, multiplyHighSigned } from './divide';
import { Wide } from '../softfloat/wide';
import { loadSlow, rmwSlow, storeSlow, storeRmwSlow } from '../mmu/access';
import { compareFlags } from './float-compare';
import { loadVectorSlow, probeWrite, storeVectorSlow } from '../mmu/access-vector';
import { EvalX87 } from './eval-x87';

@unmanaged
@final
export class Eval extends EvalX87 {
  // ── Registers ────────────────────────────────────────────────────────────────────────────────────────────────
  /** Register at byte offset `r` of the state block, as T. */
  @inline get<T>(r: u32): u64 {
    return <u64>load<T>(this.at + r);
  }
  /** A 32-bit write clears bits 63-32 (SDM vol. 1, 3.4.1.1); 8- and 16-bit writes keep the rest. */
  @inline set<T>(r: u32, v: u64): void {
    if (sizeof<T>() >= 4) store<u64>(this.at + r, sizeof<T>() == 4 ? <u64>(<u32>v) : v);
    else store<T>(this.at + r, <T>v);
  }
  @inline get rip(): u64 {
    return load<u64>(this.at, S.STATE_RIP);
  }
  @inline set rip(v: u64) {
    store<u64>(this.at, v, S.STATE_RIP);
  }
  @inline get cpl(): u32 {
    return load<u32>(this.at, S.STATE_CPL);
  }
  @inline get mode(): u32 {
    return load<u32>(this.at, S.STATE_MODE);
  }
  /** What decoded code depends on: the mode, and whether the segments are flat. */
  @inline get codeMode(): u32 {
    return load<u32>(this.at, S.STATE_CODE_MODE);
  }
  @inline get cr0(): u64 {
    return load<u64>(this.at, S.STATE_CR0);
  }
  @inline get cr4(): u64 {
    return load<u64>(this.at, S.STATE_CR4);
  }
  @inline get efer(): u64 {
    return load<u64>(this.at, S.STATE_EFER);
  }

  // ── Arithmetic on values ─────────────────────────────────────────────────────────────────────────────────────
  @inline trunc<T>(v: u64): u64 {
    if (sizeof<T>() == 8) return v;
    return <u64>(<T>v);
  }
  /** Sign-extends a value of width T to 64 bits. */
  @inline signed<T>(v: u64): i64 {
    if (sizeof<T>() == 1) return <i64>(<i8>v);
    if (sizeof<T>() == 2) return <i64>(<i16>v);
    if (sizeof<T>() == 4) return <i64>(<i32>v);
    return <i64>v;
  }
  @inline const(v: u64): u64 {
    return v;
  }
  @inline add<T>(x: u64, y: u64): u64 {
    return this.trunc<T>(x + y);
  }
  @inline sub<T>(x: u64, y: u64): u64 {
    return this.trunc<T>(x - y);
  }
  @inline and<T>(x: u64, y: u64): u64 {
    return x & y;
  }
  @inline or<T>(x: u64, y: u64): u64 {
    return x | y;
  }
  @inline xor<T>(x: u64, y: u64): u64 {
    return x ^ y;
  }
  @inline not<T>(x: u64): u64 {
    return this.trunc<T>(~x);
  }
  @inline mul<T>(x: u64, y: u64): u64 {
    return this.trunc<T>(x * y);
  }
  /** Bits 64 to 127 of the product. */
  @inline mulHighUnsigned(x: u64, y: u64): u64 {
    return Wide.mulHigh(x, y);
  }
  @inline mulHighSigned(x: u64, y: u64): u64 {
    return multiplyHighSigned(x, y);
  }
  /** Quotient of (high:low) / divisor; #DE if it does not fit T or the divisor is 0. */
  @inline divideUnsigned<T>(high: u64, low: u64, divisor: u64): u64 {
    return divideUnsigned<T>(this, high, low, divisor);
  }
  @inline divideSigned<T>(high: u64, low: u64, divisor: u64): u64 {
    return divideSigned<T>(this, high, low, divisor);
  }
  /** Shifts: the count is below 32, or below 64 if T is u64. */
  @inline shl<T>(x: u64, n: u64): u64 {
    return this.trunc<T>(x << n);
  }
  @inline shr<T>(x: u64, n: u64): u64 {
    return x >> n;
  }
  @inline sar<T>(x: u64, n: u64): u64 {
    return this.trunc<T>(<u64>(this.signed<T>(x) >> <i64>n));
  }
  /** Rotates: the count is below the width of T. */
  @inline rol<T>(x: u64, n: u64): u64 {
    if (sizeof<T>() == 8) return rotl<u64>(x, n);
    if (sizeof<T>() == 4) return <u64>rotl<u32>(<u32>x, <u32>n);
    return this.trunc<T>((x << n) | (x >> (sizeof<T>() * 8 - n)));
  }
  @inline ror<T>(x: u64, n: u64): u64 {
    if (sizeof<T>() == 8) return rotr<u64>(x, n);
    if (sizeof<T>() == 4) return <u64>rotr<u32>(<u32>x, <u32>n);
    return this.trunc<T>((x >> n) | (x << (sizeof<T>() * 8 - n)));
  }
  /** x modulo the constant n. */
  @inline modulo(x: u64, n: u64): u64 {
    return x % n;
  }
  /** Index of the lowest and of the highest bit that is set; anything for x = 0. */
  @inline lowestBit(x: u64): u64 {
    return ctz<u64>(x);
  }
  @inline highestBit(x: u64): u64 {
    return 63 - clz<u64>(x);
  }
  @inline popcnt(x: u64): u64 {
    return popcnt<u64>(x);
  }
  @inline bswap<T>(x: u64): u64 {
    if (sizeof<T>() == 8) return bswap<u64>(x);
    return <u64>bswap<u32>(<u32>x);
  }
  /** 1 if x is 0, else 0. */
  @inline isZero(x: u64): u64 {
    return <u64>(x == 0);
  }
  @inline isNotZero(x: u64): u64 {
    return <u64>(x != 0);
  }
  /** condition != 0 ? x : y, without a branch in the guest's story. */
  @inline select(condition: u64, x: u64, y: u64): u64 {
    return select<u64>(x, y, condition != 0);
  }

  // ── Flags ────────────────────────────────────────────────────────────────────────────────────────────────────
  @inline lazy(kind: u32, x: i64, y: i64, r: i64): void {
    store<u32>(this.at, kind, S.STATE_LAZY_KIND);
    store<i64>(this.at, x, S.STATE_LAZY_X);
    store<i64>(this.at, y, S.STATE_LAZY_Y);
    store<i64>(this.at, r, S.STATE_LAZY_R);
  }
  @inline get lazyKind(): u32 {
    return load<u32>(this.at, S.STATE_LAZY_KIND);
  }
  @inline get lazyResult(): i64 {
    return load<i64>(this.at, S.STATE_LAZY_R);
  }
  @inline get flagsWord(): u32 {
    return load<u32>(this.at, S.STATE_FLAGS);
  }
  @inline set flagsWord(v: u32) {
    store<u32>(this.at, v, S.STATE_FLAGS);
  }
  /** OF SF ZF AF CF PF of r = x + y (+ carry). */
  @inline flagsAdd<T>(x: u64, y: u64, r: u64): void {
    this.lazy(LAZY_ADD, this.signed<T>(x), this.signed<T>(y), this.signed<T>(r));
  }
  /** OF SF ZF AF CF PF of r = x - y (- borrow). */
  @inline flagsSub<T>(x: u64, y: u64, r: u64): void {
    this.lazy(LAZY_SUB, this.signed<T>(x), this.signed<T>(y), this.signed<T>(r));
  }
  /** SF ZF PF of r; OF CF cleared; AF undefined (cleared, as current processors do). */
  @inline flagsLogic<T>(r: u64): void {
    store<u32>(this.at, LAZY_LOGIC, S.STATE_LAZY_KIND);
    store<i64>(this.at, this.signed<T>(r), S.STATE_LAZY_R);
  }
  /** Flags of INC: all but CF. */
  @inline flagsInc<T>(x: u64, r: u64): void {
    this.keepCarry();
    this.lazy(LAZY_INC, this.signed<T>(x), 1, this.signed<T>(r));
  }
  @inline flagsDec<T>(x: u64, r: u64): void {
    this.keepCarry();
    this.lazy(LAZY_DEC, this.signed<T>(x), 1, this.signed<T>(r));
  }
  /** SF ZF PF of r; CF and OF given (0 or 1); AF cleared (undefined for shifts and multiplications). */
  @inline flagsResult<T>(r: u64, cf: u64, overflow: u64): void {
    this.lazy(LAZY_RESULT, <i64>cf, <i64>overflow, this.signed<T>(r));
  }
  /** flagsResult if condition != 0, else no flag changes (shifts by a count of 0). */
  @inline flagsResultIf<T>(condition: u64, r: u64, cf: u64, overflow: u64): void {
    if (condition != 0) this.flagsResult<T>(r, cf, overflow);
  }
  /** CF and OF alone, if condition != 0 (rotates). */
  @inline flagsRotateIf(condition: u64, cf: u64, overflow: u64): void {
    if (condition != 0) setCarryOverflow(this.at, cf, overflow);
  }
  /** As flagsRotateIf for a count; OF stays unless the count is 1. */
  @inline flagsRotateFirst(count: u64, cf: u64, overflow: u64): void {
    if (count == 1) setCarryOverflow(this.at, cf, overflow);
    else if (count != 0) setCarry(this.at, cf);
  }
  /** CF alone, 0 or 1. */
  @inline flagsCarry(cf: u64): void {
    setCarry(this.at, cf);
  }
  /** CF PF AF ZF SF OF from their places in v. */
  @inline flagsImage(v: u64): void {
    this.flags = (this.flagsWord & ~FLAGS_ARITHMETIC) | <u32>v;
  }
  /** CF and ZF, 0 or 1; the others are cleared. */
  @inline flagsCarryZero(cf: u64, zf: u64): void {
    this.flagsImage(cf | (zf << 6));
  }
  /** Moves CF into STATE_FLAGS, where INC and DEC leave it. */
  @inline keepCarry(): void {
    const kind = this.lazyKind;
    if (kind == LAZY_INC || kind == LAZY_DEC || kind == LAZY_NONE) return;
    this.setCarryBit(this.carry());
  }
  @inline setCarryBit(cf: bool): void {
    this.flagsWord = (this.flagsWord & ~FLAG_CF) | (cf ? FLAG_CF : 0);
  }
  @inline carry(): bool {
    if (this.lazyKind != LAZY_SUB) return lazyCarry(this.at);
    // CMP and a conditional branch is the commonest pair: borrow as in lazyCarry().
    const x = load<i64>(this.at, S.STATE_LAZY_X);
    const y = load<i64>(this.at, S.STATE_LAZY_Y);
    return ((~x & y) | ((~x | y) & this.lazyResult)) < 0;
  }
  /** CF as a value, 0 or 1. */
  @inline carryValue(): u64 {
    return <u64>lazyCarry(this.at);
  }
  @inline overflow(): bool {
    return lazyOverflow(this.at);
  }
  @inline zero(): bool {
    return this.lazyKind != LAZY_NONE ? this.lazyResult == 0 : (this.flagsWord & FLAG_ZF) != 0;
  }
  @inline sign(): bool {
    return this.lazyKind != LAZY_NONE ? this.lazyResult < 0 : (this.flagsWord & FLAG_SF) != 0;
  }
  @inline parity(): bool {
    return this.lazyKind != LAZY_NONE ? parityFlag(this.lazyResult) != 0 : (this.flagsWord & FLAG_PF) != 0;
  }
  /** Condition code of Jcc, SETcc, CMOVcc (SDM vol. 1, appendix B). */
  @inline condition(cc: u32): bool {
    let met: bool = false;
    const code = cc >> 1;
    if (code == 0) met = this.overflow();
    else if (code == 1) met = this.carry();
    else if (code == 2) met = this.zero();
    else if (code == 3) met = this.carry() || this.zero();
    else if (code == 4) met = this.sign();
    else if (code == 5) met = this.parity();
    else if (code == 6) met = this.sign() != this.overflow();
    else met = this.zero() || this.sign() != this.overflow();
    return cc & 1 ? !met : met;
  }
  /** condition(cc) right after CMP x,y, from the operands; not for O, NO, P, NP, S and NS. */
  @inline compareMeets<T>(cc: u32, x: u64, y: u64): bool {
    let met: bool = false;
    const code = cc >> 1;
    if (code == 1) met = x < y;
    else if (code == 2) met = x == y;
    else if (code == 3) met = x <= y;
    else if (code == 6) met = this.signed<T>(x) < this.signed<T>(y);
    else met = this.signed<T>(x) <= this.signed<T>(y);
    return cc & 1 ? !met : met;
  }
  /** condition(cc) right after TEST x,y; for Z, NZ, S, NS, LE and NLE. */
  @inline testMeets<T>(cc: u32, x: u64, y: u64): bool {
    const code = cc >> 1;
    let met: bool = false;
    if (code == 2) met = (x & y) == 0;
    else if (code == 4) met = this.signed<T>(x & y) < 0;
    else met = this.signed<T>(x & y) <= 0;
    return cc & 1 ? !met : met;
  }
  /** The condition as a value, 0 or 1. */
  @inline conditionValue(cc: u32): u64 {
    return <u64>this.condition(cc);
  }
  /** The whole EFLAGS image, lazy flags worked out. */
  get flags(): u32 {
    const word = this.flagsWord;
    const kind = this.lazyKind;
    if (kind == LAZY_NONE) return word;
    const r = this.lazyResult;
    let f = word & ~FLAGS_ARITHMETIC;
    if (lazyCarry(this.at)) f |= FLAG_CF;
    if (lazyOverflow(this.at)) f |= FLAG_OF;
    if (lazyAdjust(this.at)) f |= FLAG_AF;
    if (r == 0) f |= FLAG_ZF;
    if (r < 0) f |= FLAG_SF;
    return f | parityFlag(r);
  }
  set flags(v: u32) {
    this.flagsWord = v;
    store<u32>(this.at, LAZY_NONE, S.STATE_LAZY_KIND);
  }

  // ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** True once an access or a check of this instruction raised an exception: return at once, change nothing more. */
  @inline get fault(): bool {
    return load<u32>(this.at, S.STATE_FAULT) != 0;
  }
  /** A fault, or a side effect after which the loop must look around (RESYNC). */
  @inline get attention(): bool {
    return load<u64>(this.at, S.STATE_FAULT) != 0;
  }
  @inline resync(): void {
    store<u32>(this.at, 1, S.STATE_RESYNC);
  }
  @inline raise(vector: u32): void {
    store<u32>(this.at, vector + 1, S.STATE_FAULT);
    store<u32>(this.at, 0, S.STATE_FAULT_ERROR);
  }
  @inline raiseError(vector: u32, error: u32): void {
    store<u32>(this.at, vector + 1, S.STATE_FAULT);
    store<u32>(this.at, error, S.STATE_FAULT_ERROR);
  }
  @inline gp(error: u32 = 0): void {
    this.raiseError(EXCEPTION_GP, error);
  }
  @inline ud(): void {
    this.raise(EXCEPTION_UD);
  }

  // ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** Effective address of a memory form, cut to the address size. */
  @inline ea(i: Insn): u64 {
    const sum = this.get<u64>(i.rm) + (this.get<u64>(i.index) << i.scale) + <u64>(<i64>i.disp);
    return sum & this.addressMask(i);
  }
  /** Effective address of a moffs form (MOV AL,[offset]): 64 bits of it lie in two fields. */
  @inline moffs(i: Insn): u64 {
    return (i.disp32 | (i.imm32 << 32)) & this.addressMask(i);
  }
  /** Mask of the address size: of effective addresses, and of the index and count registers of string instructions. */
  @inline addressMask(i: Insn): u64 {
    return load<u64>(this.at + ((<usize>i.form >> 2) & 0x18), S.STATE_ADDRESS_MASKS);
  }
  // ── String instructions: SI, DI and CX by the address size ───────────────────────────────────────────────────
  /** Before anything else: the machine that compiles knows one direction only. */
  @inline beginString(): void {}
  @inline stringIndex(i: Insn, register: u32): u64 {
    return this.get<u64>(register) & this.addressMask(i);
  }
  /** What one iteration adds to an index. */
  @inline stringStep<T>(): u64 {
    return this.flagsWord & FLAG_DF ? 0 - <u64>sizeof<T>() : sizeof<T>();
  }
  /** The upper bits behave as after any write of the address size. */
  @inline advanceIndex(register: u32, mask: u64, delta: u64): void {
    const v = this.get<u64>(register) + delta;
    if (mask == 0xffff) this.set<u16>(register, v);
    else this.set<u64>(register, v & mask);
  }
  @inline stepIndex<T>(i: Insn, register: u32): void {
    this.advanceIndex(register, this.addressMask(i), this.stringStep<T>());
  }
  @inline segmentAt(segment: u32): usize {
    return this.at + ((<usize>segment) << 6);
  }
  @inline linear(segment: u32, ea: u64): u64 {
    const base = load<u64>(this.segmentAt(segment), S.STATE_SEGMENTS + S.SEGMENT_BASE);
    return (base + ea) & load<u64>(this.at, S.STATE_LINEAR_MASK);
  }
  /** TLB entry that `la` hashes to in the bank of the current privilege. */
  @inline tlbEntry(la: u64): usize {
    return <usize>load<u32>(this.at, S.STATE_TLB) + (<usize>(la >> 7) & 0x1ffe0);
  }
  /**
   * Host address of `bytes` bytes at segment:ea that lie in one page, if plain reads (writes) of all of them may go there
   * without any check; 0 otherwise.
   */
  @inline hostRead(segment: u32, ea: u64, bytes: u32): usize {
    const la = this.linear(segment, ea);
    const e = this.tlbEntry(la);
    if (load<u64>(e, S.TLB_TAG_READ) != (la & ~0xfff)) return 0;
    if (<i64>(ea + (bytes - 1)) > load<i64>(this.segmentAt(segment), S.STATE_SEGMENTS + S.SEGMENT_FAST_READ)) return 0;
    return <usize>la + load<u32>(e, S.TLB_ADDEND);
  }
  @inline hostWrite(segment: u32, ea: u64, bytes: u32): usize {
    const la = this.linear(segment, ea);
    const e = this.tlbEntry(la);
    if (load<u64>(e, S.TLB_TAG_WRITE) != (la & ~0xfff)) return 0;
    if (<i64>(ea + (bytes - 1)) > load<i64>(this.segmentAt(segment), S.STATE_SEGMENTS + S.SEGMENT_FAST_WRITE)) return 0;
    return <usize>la + load<u32>(e, S.TLB_ADDEND);
  }
  /** Host address of the T at segment:ea if it can be read without further checks, else 0. */
  @inline readable<T>(segment: u32, ea: u64): usize {
    const la = this.linear(segment, ea);
    const e = this.tlbEntry(la);
    if (load<u64>(e, S.TLB_TAG_READ) != ((la + (sizeof<T>() - 1)) & ~0xfff)) return 0;
    const last = load<i64>(this.segmentAt(segment), S.STATE_SEGMENTS + S.SEGMENT_FAST_READ);
    return <i64>(ea + (sizeof<T>() - 1)) <= last ? <usize>la + load<u32>(e, S.TLB_ADDEND) : 0;
  }
  @inline writable<T>(segment: u32, ea: u64): usize {
    const la = this.linear(segment, ea);
    const e = this.tlbEntry(la);
    if (load<u64>(e, S.TLB_TAG_WRITE) != ((la + (sizeof<T>() - 1)) & ~0xfff)) return 0;
    const last = load<i64>(this.segmentAt(segment), S.STATE_SEGMENTS + S.SEGMENT_FAST_WRITE);
    return <i64>(ea + (sizeof<T>() - 1)) <= last ? <usize>la + load<u32>(e, S.TLB_ADDEND) : 0;
  }
  /** The same for a segment that is known to be flat: base 0, no limit that an address could exceed. */
  @inline readableFlat<T>(la: u64): usize {
    const e = this.tlbEntry(la);
    const hit = load<u64>(e, S.TLB_TAG_READ) == ((la + (sizeof<T>() - 1)) & ~0xfff);
    return hit ? <usize>la + load<u32>(e, S.TLB_ADDEND) : 0;
  }
  @inline writableFlat<T>(la: u64): usize {
    const e = this.tlbEntry(la);
    const hit = load<u64>(e, S.TLB_TAG_WRITE) == ((la + (sizeof<T>() - 1)) & ~0xfff);
    return hit ? <usize>la + load<u32>(e, S.TLB_ADDEND) : 0;
  }
  /** Value of width T at segment:ea; 0 with `fault` set if the access faults. */
  @inline load<T>(segment: u32, ea: u64): u64 {
    const host = this.readable<T>(segment, ea);
    return host ? <u64>load<T>(host) : loadSlow(this, segment, ea, sizeof<T>());
  }
  @inline store<T>(segment: u32, ea: u64, v: u64): void {
    const host = this.writable<T>(segment, ea);
    if (host) store<T>(host, <T>v);
    else storeSlow(this, segment, ea, sizeof<T>(), v);
  }
  /** First half of a read-modify-write: write permission is checked before anything changes. */
  @inline loadRmw<T>(segment: u32, ea: u64): u64 {
    const host = this.writable<T>(segment, ea);
    if (!host) return rmwSlow(this, segment, ea, sizeof<T>());
    store<u32>(this.at, <u32>host, S.STATE_RMW_HOST);
    return <u64>load<T>(host);
  }
  /** Second half: the store to where loadRmw read. Cannot fault. */
  @inline storeRmw<T>(v: u64): void {
    const host = <usize>load<u32>(this.at, S.STATE_RMW_HOST);
    if (host) store<T>(host, <T>v);
    else storeRmwSlow(this, sizeof<T>(), v);
  }

  // ── Stack ────────────────────────────────────────────────────────────────────────────────────────────────────
  @inline get stackMask(): u64 {
    return load<u64>(this.at, S.STATE_STACK_MASK);
  }
  /** SP, ESP or RSP by the stack-address size. */
  @inline get sp(): u64 {
    return load<u64>(this.at, S.RSP) & this.stackMask;
  }
  @inline set sp(v: u64) {
    const mask = this.stackMask;
    // With a 16-bit stack only SP changes; with a 32-bit one ESP, and bits 63-32 are zero as after any 32-bit write.
    const kept = mask == 0xffff ? load<u64>(this.at, S.RSP) & ~0xffff : 0;
    store<u64>(this.at, kept | (v & mask), S.RSP);
  }
  /** Pushes; on a fault RSP is unchanged. */
  @inline push<T>(v: u64): void {
    const sp = (this.sp - sizeof<T>()) & this.stackMask;
    this.store<T>(S.SS, sp, v);
    if (!this.fault) this.sp = sp;
  }
  /** Value at the top of the stack + offset, without popping. */
  @inline peek<T>(offset: u64): u64 {
    return this.load<T>(S.SS, (this.sp + offset) & this.stackMask);
  }
  @inline drop(bytes: u64): void {
    this.sp = this.sp + bytes;
  }
  @inline pop<T>(): u64 {
    const v = this.peek<T>(0);
    if (!this.fault) this.drop(sizeof<T>());
    return v;
  }

  // ── Control transfer ─────────────────────────────────────────────────────────────────────────────────────────
  /** RIP of the instruction after `i`. */
  @inline next(i: Insn): u64 {
    return load<u64>(this.at, S.STATE_RIP_BASE) + i.next;
  }
  /** Target of a relative branch, cut to the operand size. */
  @inline relative<T>(i: Insn): u64 {
    return this.trunc<T>(this.next(i) + <u64>(<i64>i.imm));
  }
  /** A near target must lie inside CS, or be canonical in 64-bit mode (SDM: #GP(0)); true if it does. */
  @inline nearAllowed(rip: u64): bool {
    if (rip + load<u64>(this.at, S.STATE_CODE_BIAS) <= load<u64>(this.at, S.STATE_CODE_LAST)) return true;
    this.gp();
    return false;
  }
  /** The same for transfers that have just loaded CS. */
  targetAllowed(rip: u64): bool {
    const limit = <u64>load<u32>(this.segmentAt(S.CS), S.STATE_SEGMENTS + S.SEGMENT_LIMIT);
    if (this.mode == S.MODE_64 ? <i64>(rip << 16) >> 16 == <i64>rip : rip <= limit) return true;
    this.gp();
    return false;
  }

  /** COMISD and family: CF ZF PF; #XM before anything changes. */
  @inline compareOrdered<F>(x: v128, y: v128, signalQuiet: bool): void {
    const image = compareFlags<F>(this.at, x, y, signalQuiet);
    if (!this.fault) this.flagsImage(<u64>image);
  }

  // ── Vectors in memory ────────────────────────────────────────────────────────────────────────────────────────
  /** #GP(0) unless segment:ea is a multiple of `bytes`; true if it is. */
  @inline aligned(segment: u32, ea: u64, bytes: u32): bool {
    if (!(<u32>this.linear(segment, ea) & (bytes - 1))) return true;
    this.gp();
    return false;
  }
  /** T (u8 to u64, v128) at segment:ea, zero-extended to 128 bits; `whole` is 32 if it is the first half of such an operand. */
  @inline loadVector<T>(segment: u32, ea: u64, whole: u32 = 16): v128 {
    if (sizeof<T>() < 16) return this.vector64(this.load<T>(segment, ea));
    const host = this.readable<T>(segment, ea);
    return host ? v128.load(host) : loadVectorSlow(this, segment, ea, whole);
  }
  /** The upper 16 bytes of an operand of 32, whose lower ones were loaded. */
  @inline loadUpper(segment: u32, ea: u64): v128 {
    return this.loadVector<v128>(segment, ea + 16);
  }
  @inline storeVector<T>(segment: u32, ea: u64, v: v128): void {
    if (sizeof<T>() < 16) {
      this.store<T>(segment, ea, this.low64(v));
      return;
    }
    const host = this.writable<T>(segment, ea);
    if (host) v128.store(host, v);
    else storeVectorSlow(this, segment, ea, v);
  }
  /** 32 bytes; nothing is written if any of them cannot be. */
  @inline storeYmm(segment: u32, ea: u64, low: v128, high: v128): void {
    if (!this.hostWrite(segment, ea, 32)) {
      probeWrite(this, segment, ea, 32);
      if (this.fault) return;
    }
    this.storeVector<v128>(segment, ea, low);
    if (!this.fault) this.storeVector<v128>(segment, ea + 16, high);
  }
}
