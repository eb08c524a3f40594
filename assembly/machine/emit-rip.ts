/**
 * RIP in compiled code: the page at hand, whose first byte's RIP is in a local, and what must hold before another page
 * becomes that.
 */
import * as S from '../shared/state';
import * as W from '../jit/opcodes';
import { LOCAL_ENTRY, LOCAL_NEXT_BASE, LOCAL_RIP_BASE, LOCAL_FETCH_TLB } from './emit-locals';
import { EmitX87 } from './emit-x87';

@unmanaged
export class EmitRip extends EmitX87 {
  ripBase(): u64 {
    this.getLocal(LOCAL_RIP_BASE);
    return this.take64();
  }
  /** RIP at this offset from the page's start, cut to the operand size of near branches. */
  ripAt(offset: i32): u64 {
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
  /** Finds the bank that usePageGuard() looks into. */
  loadFetchBank(): void {
    this.i32(S.TLB_USER);
    this.i32(S.TLB_SUPERVISOR);
    this.cpu();
    this.access(W.I32_LOAD, S.STATE_CPL);
    this.i32(3);
    this.byte(W.I32_EQ);
    this.byte(W.OP_SELECT);
    this.cpu();
    this.byte(W.I32_ADD);
    this.setLocal(LOCAL_FETCH_TLB);
  }
  /** Takes a linear address, of type i64 if `wide`, and pushes its entry in the bank in local `bank`, which LOCAL_ENTRY has, too. */
  useEntry(wide: bool, bank: u32): void {
    if (wide) this.i64(7);
    else this.i32(7);
    this.byte(wide ? W.I64_SHR_U : W.I32_SHR_U);
    if (wide) this.byte(W.I32_WRAP_I64);
    this.i32(0x1ffe0);
    this.byte(W.I32_AND);
    this.getLocal(bank);
    this.byte(W.I32_ADD);
    this.teeLocal(LOCAL_ENTRY);
  }
  /** Pushes 0 if a fetch from the page at LOCAL_NEXT_BASE finds this frame in the TLB. */
  usePageGuard(frame: u32): void {
    this.getLocal(LOCAL_NEXT_BASE);
    this.useEntry(true, LOCAL_FETCH_TLB);
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
  }
  /** Makes that 0 only if memory at `address` holds this serial number, too. */
  useSerialGuard(address: i32, serial: u32): void {
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
  /** Pushes 0 if what lies up to `reach` bytes from the page at hand is canonical. */
  useCanonicalGuard(reach: i64): void {
    this.getLocal(LOCAL_RIP_BASE);
    this.testCanonical(reach);
  }
  /** Takes an address and pushes 0 if it, and what lies up to `reach` bytes from it, is canonical. */
  testCanonical(reach: i64): void {
    this.i64(0x0000800000000000 - reach);
    this.byte(W.I64_ADD);
    this.i64(0x0000ffffffffffff - 2 * reach);
    this.byte(W.I64_GT_U);
  }
}
