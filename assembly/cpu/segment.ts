/**
 * Loading segment registers: SDM vol. 3A 3.4 and 5.6, vol. 2B MOV. The cached half of a register holds base, limit and
 * attributes. What accesses use follows from it and the mode, in applySegment(): base and the bounds that the fast path of
 * memory accesses compares with. 64-bit mode uses neither base nor limit nor rights of ES, CS, SS and DS, and only the
 * base of FS and GS (3.2.4); the caches keep what was loaded for compatibility mode.
 */
import * as S from '../shared/state';
import { EXCEPTION_GP, EXCEPTION_NP, EXCEPTION_SS } from '../shared/exception';
import {
  CR0_PE,
  EFER_LMA,
  FLAG_VM,
  SEG_ACCESSED,
  SEG_CE,
  SEG_CODE,
  SEG_DB,
  SEG_DPL,
  SEG_G,
  SEG_L,
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

/** The base that accesses add. */
export function segmentBase(m: Eval, n: u32): u64 {
  return load<u64>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_BASE);
}

/** The base in the descriptor cache. */
export function cachedBase(m: Eval, n: u32): u64 {
  return load<u64>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_CACHED_BASE);
}

export function segmentLimit(m: Eval, n: u32): u32 {
  return load<u32>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_LIMIT);
}

export function segmentAttributes(m: Eval, n: u32): u32 {
  return load<u32>(m.segmentAt(n), S.STATE_SEGMENTS + S.SEGMENT_ATTRIBUTES);
}

/** Is IA-32e mode active: 64-bit or compatibility mode? */
export function isLongMode(m: Eval): bool {
  return (m.efer & EFER_LMA) != 0;
}

/** Sets a segment register whole, and what follows from it: code mode (CS.L, CS.D), stack-address size (SS.B). */
export function setSegment(m: Eval, n: u32, selector: u32, base: u64, limit: u32, attributes: u32): void {
  const at = m.segmentAt(n) + S.STATE_SEGMENTS;
  store<u32>(at, selector, S.SEGMENT_SELECTOR);
  store<u32>(at, attributes, S.SEGMENT_ATTRIBUTES);
  store<u64>(at, base, S.SEGMENT_CACHED_BASE);
  store<u32>(at, limit, S.SEGMENT_LIMIT);
  if (n == S.CS) applyMode(m, false);
  applySegment(m, n);
}

/** Base of FS or GS alone: MSRs, WRFSBASE and WRGSBASE, SWAPGS. */
export function setBase(m: Eval, n: u32, base: u64): void {
  store<u64>(m.segmentAt(n), base, S.STATE_SEGMENTS + S.SEGMENT_CACHED_BASE);
  applySegment(m, n);
}

/** Code mode by CS and EFER.LMA; when 64-bit mode begins or ends (or `always`) all that it makes different. */
export function applyMode(m: Eval, always: bool): void {
  const attributes = segmentAttributes(m, S.CS);
  const long = isLongMode(m) && (attributes & SEG_L) != 0;
  const mode: u32 = long ? S.MODE_64 : attributes & SEG_DB ? S.MODE_32 : S.MODE_16;
  const old = m.mode;
  store<u32>(m.at, mode, S.STATE_MODE);
  if (!always && (old == S.MODE_64) == long) return;
  store<u64>(m.at, long ? 0xffffffffffffffff : 0xffffffff, S.STATE_LINEAR_MASK);
  for (let n: u32 = S.ES; n <= <u32>S.TR; n++) applySegment(m, n);
}

/** What accesses through register n use, from its cache and the mode. */
function applySegment(m: Eval, n: u32): void {
  const at = m.segmentAt(n) + S.STATE_SEGMENTS;
  const base = load<u64>(at, S.SEGMENT_CACHED_BASE);
  const attributes = load<u32>(at, S.SEGMENT_ATTRIBUTES);
  if (m.mode == S.MODE_64 && n <= <u32>S.GS) {
    store<u64>(at, n < <u32>S.FS ? 0 : base, S.SEGMENT_BASE);
    store<i64>(at, i64.MAX_VALUE, S.SEGMENT_FAST_READ);
    store<i64>(at, i64.MAX_VALUE, S.SEGMENT_FAST_WRITE);
    if (n == S.SS) store<u64>(m.at, 0xffffffffffffffff, S.STATE_STACK_MASK);
    return;
  }
  const limit = <i64>load<u32>(at, S.SEGMENT_LIMIT);
  const code = (attributes & SEG_CODE) != 0;
  const expandDown = !code && (attributes & SEG_CE) != 0;
  const usable = !(attributes & SEG_UNUSABLE) && (attributes & SEG_S) != 0 && !expandDown;
  const readable = usable && (!code || (attributes & SEG_RW) != 0);
  const writable = usable && !code && (attributes & SEG_RW) != 0;
  store<u64>(at, base, S.SEGMENT_BASE);
  store<i64>(at, readable ? limit : -1, S.SEGMENT_FAST_READ);
  store<i64>(at, writable ? limit : -1, S.SEGMENT_FAST_WRITE);
  if (n == S.SS) store<u64>(m.at, attributes & SEG_DB ? 0xffffffff : 0xffff, S.STATE_STACK_MASK);
}

/** Present, accessed, flat data or code of ring `cpl`: what SYSCALL, SYSENTER and the like load without a descriptor. */
const ATTRIBUTES_FLAT: u32 = SEG_P | SEG_S | SEG_RW | SEG_ACCESSED | SEG_G;

/** CS and SS of a fast system call or return; `size` is SEG_L for 64-bit code, SEG_DB for 32-bit code. */
export function setFlat(m: Eval, cs: u32, ss: u32, cpl: u32, size: u32): void {
  const a = ATTRIBUTES_FLAT | (cpl << 5);
  setSegment(m, S.CS, (cs & 0xfffc) | cpl, 0, 0xffffffff, a | SEG_CODE | size);
  setSegment(m, S.SS, (ss & 0xfffc) | cpl, 0, 0xffffffff, a | SEG_DB);
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

/** A null SS serves in 64-bit mode, but not in ring 3 (vol. 2B, MOV). */
export function isNullStack(selector: u32, cpl: u32, is64: bool): bool {
  return is64 && isNull(selector) && cpl != 3 && (selector & 3) == cpl;
}

function loadStackSegment(m: Eval, selector: u32): void {
  if (isNullStack(selector, m.cpl, m.mode == S.MODE_64)) return setNull(m, S.SS, selector);
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
