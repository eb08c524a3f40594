/**
 * Loading segment registers: SDM vol. 3A 3.4 and 5.6, vol. 2B MOV. The cached half of a register holds base, limit and
 * attributes, and the bounds that the fast path of memory accesses compares with.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP, EXCEPTION_SS } from '../shared/exception';
import {
  CR0_PE,
  FLAG_VM,
  SEG_ACCESSED,
  SEG_CE,
  SEG_CODE,
  SEG_DB,
  SEG_DPL,
  SEG_P,
  SEG_RW,
  SEG_S,
  SEG_UNUSABLE,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import {
  attributesOf,
  descriptorBase,
  descriptorLimit,
  dplOf,
  errorOf,
  fetchDescriptor,
  isConforming,
  isNull,
  isReadable,
  isWritableData,
  markAccessed,
} from './descriptor';

/** Present, writable, accessed data: every segment register in real mode. */
export const ATTRIBUTES_REAL: u32 = SEG_P | SEG_S | SEG_RW | SEG_ACCESSED;

export function selectorOf(m: Eval, n: u32): u32 {
  return load<u32>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_SELECTOR);
}

export function segmentBase(m: Eval, n: u32): u64 {
  return load<u64>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_BASE);
}

export function segmentLimit(m: Eval, n: u32): u32 {
  return load<u32>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_LIMIT);
}

export function segmentAttributes(m: Eval, n: u32): u32 {
  return load<u32>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_ATTRIBUTES);
}

/** Sets a segment register whole, and what follows from it: fast bounds, code mode (CS.D), stack-address size (SS.B). */
export function setSegment(m: Eval, n: u32, selector: u32, base: u64, limit: u32, attributes: u32): void {
  const at = m.segmentAt(n) + S.STATE_SEGMENTS;
  store<u32>(at, selector, S.SEGMENT_SELECTOR);
  store<u32>(at, attributes, S.SEGMENT_ATTRIBUTES);
  store<u64>(at, base, S.SEGMENT_BASE);
  store<u32>(at, limit, S.SEGMENT_LIMIT);
  const code = (attributes & SEG_CODE) != 0;
  const expandDown = !code && (attributes & SEG_CE) != 0;
  const usable = !(attributes & SEG_UNUSABLE) && (attributes & SEG_S) != 0 && !expandDown;
  const readable = usable && (!code || (attributes & SEG_RW) != 0);
  const writable = usable && !code && (attributes & SEG_RW) != 0;
  store<i64>(at, readable ? <i64>limit : -1, S.SEGMENT_FAST_READ);
  store<i64>(at, writable ? <i64>limit : -1, S.SEGMENT_FAST_WRITE);
  if (n == S.SS) store<u64>(m.at, attributes & SEG_DB ? 0xffffffff : 0xffff, S.STATE_STACK_MASK);
  if (n == S.CS) store<u32>(m.at, attributes & SEG_DB ? S.MODE_32 : S.MODE_16, S.STATE_MODE);
}

export function setFromDescriptor(m: Eval, n: u32, selector: u32, d: u64): void {
  setSegment(m, n, selector, descriptorBase(d), descriptorLimit(d), attributesOf(d) | SEG_ACCESSED);
}

/** A null selector loads, but the segment cannot be used. */
export function setNull(m: Eval, n: u32, selector: u32): void {
  setSegment(m, n, selector, 0, 0, SEG_UNUSABLE);
}

/**
 * Real mode: the base is the selector times 16, while limit and attributes stay what the last protected-mode load left
 * ("unreal" mode; SDM vol. 3A 9.9.2 step 8 tells software to load 64 KB limits before it leaves protected mode).
 */
export function setReal(m: Eval, n: u32, selector: u32): void {
  setSegment(m, n, selector, (<u64>selector) << 4, segmentLimit(m, n), segmentAttributes(m, n) & ~SEG_UNUSABLE);
}

/** Virtual-8086 mode: 64 KB, writable, DPL 3 (SDM vol. 3B 21.2.1). */
export function setVirtual8086(m: Eval, n: u32, selector: u32): void {
  setSegment(m, n, selector, (<u64>selector) << 4, 0xffff, ATTRIBUTES_REAL | SEG_DPL);
}

/** Are selectors paragraph numbers (real mode, virtual-8086 mode)? */
export function isReal(m: Eval): bool {
  return !(m.cr0 & CR0_PE) || (m.flagsWord & FLAG_VM) != 0;
}

export function setParagraph(m: Eval, n: u32, selector: u32): void {
  if (m.flagsWord & FLAG_VM) setVirtual8086(m, n, selector);
  else setReal(m, n, selector);
}

/** MOV, POP and LxS to ES, SS, DS, FS or GS. On a fault the register is unchanged. */
export function loadSegment(m: Eval, n: u32, selector: u32): void {
  if (isReal(m)) setParagraph(m, n, selector);
  else if (n == S.SS) loadStackSegment(m, selector);
  else loadDataSegment(m, n, selector);
}

function loadStackSegment(m: Eval, selector: u32): void {
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return;
  const a = attributesOf(d);
  if ((selector & 3) != m.cpl || !isWritableData(a) || dplOf(a) != m.cpl) {
    m.gp(errorOf(selector));
    return;
  }
  if (!(a & SEG_P)) {
    m.raiseError(EXCEPTION_SS, errorOf(selector));
    return;
  }
  markAccessed(m, selector, d);
  if (!m.fault) setFromDescriptor(m, S.SS, selector, d);
}

function loadDataSegment(m: Eval, n: u32, selector: u32): void {
  if (isNull(selector)) {
    setNull(m, n, selector);
    return;
  }
  const d = fetchDescriptor(m, selector, EXCEPTION_GP);
  if (m.fault) return;
  const a = attributesOf(d);
  if (!isReadable(a) || !dataPrivilege(a, selector & 3, m.cpl)) {
    m.gp(errorOf(selector));
    return;
  }
  if (!(a & SEG_P)) {
    m.raiseError(EXCEPTION_NP, errorOf(selector));
    return;
  }
  markAccessed(m, selector, d);
  if (!m.fault) setFromDescriptor(m, n, selector, d);
}

/** Data and nonconforming code need RPL and CPL at most DPL; conforming code can be read from anywhere (5.6). */
export function dataPrivilege(attributes: u32, rpl: u32, cpl: u32): bool {
  if (isConforming(attributes)) return true;
  return max<u32>(rpl, cpl) <= dplOf(attributes);
}

/** After a return to an outer ring no register may keep a segment of the inner one (vol. 2B, RET and IRET). */
export function dropInnerSegments(m: Eval): void {
  dropIfInner(m, S.ES);
  dropIfInner(m, S.DS);
  dropIfInner(m, S.FS);
  dropIfInner(m, S.GS);
}

function dropIfInner(m: Eval, n: u32): void {
  const a = segmentAttributes(m, n);
  if (!(a & SEG_UNUSABLE) && !dataPrivilege(a, 0, m.cpl)) setNull(m, n, 0);
}
