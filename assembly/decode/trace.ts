/**
 * From RIP to micro-ops. A trace is decoded straight on from a point until an instruction that always leaves it, the end
 * of the page, or code that is decoded already. What cannot be cached (pages that CS covers in part, code in MMIO) is
 * decoded for one execution into the scratch micro-op.
 */
import * as S from '../shared/state';
import { instructionAt } from '../jit/blocks';
import { MEMORY_EMPTY_MAP, MEMORY_UOPS_END, PAGE_READABLE } from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { headAt, usePage } from '../cpu/dispatch';
import { ACCESS_FETCH, ACCESS_USER, NO_TRANSLATION, translate } from '../mmu/paging';
import { fetchFrame } from '../mmu/tlb';
import { physicalEntry, readPhysical } from '../mmu/physical';
import { COMPARES, JUMPS, PAIRS } from '../generated/fused';
import { keepStraddler, straddle, STRADDLER_SIZE } from './straddler';
import { CodePage, codePage, flushCode, nextUop, NO_FRAME, setNextUop } from './code-page';
import {
  CLASS_ENDS,
  decode,
  LENGTH_MAX,
  OP_END,
  OP_STRADDLER,
  OP_TOO_LONG,
  RESULT_CLASS,
  RESULT_CLASS_SHIFT,
  RESULT_LENGTH,
  RESULT_RIP_RELATIVE,
} from './decoder';

const TRACE_MAX: u32 = 256;

/** Micro-op for m.rip, decoded if need be; 0 with a fault raised (#GP beyond CS, #PF). */
export function enter(m: Eval): usize {
  const rip = m.rip;
  const limit = <i64>load<u32>(m.segmentAt(S.CS), S.STATE_SEGMENTS + S.SEGMENT_LIMIT);
  if (m.mode == S.MODE_64 ? <i64>(rip << 16) >> 16 != <i64>rip : <i64>rip > limit) {
    m.gp();
    return 0;
  }
  const la = m.linear(S.CS, rip);
  const pa = fetchAddress(m, la);
  if (pa == NO_TRANSLATION) return 0;
  const offset = <u32>la & 0xfff;
  const ripBase = rip - offset;
  const entry = physicalEntry(pa >> 12);
  if (entry & PAGE_READABLE && (m.mode == S.MODE_64 || <i64>(ripBase + 0xfff) <= limit)) {
    if (nextUop() + (TRACE_MAX + 2) * 16 + STRADDLER_SIZE > <usize>MEMORY_UOPS_END) flushCode(m);
    const page = codePage(m, <u32>(pa >> 12), m.codeMode);
    let n = <usize>load<u32>(<usize>page.map + ((<usize>offset) << 2));
    if (!n) n = decodeTrace(m, page, offset, <usize>(entry & ~0xfff));
    if (n) {
      usePage(m, page, ripBase);
      if (changetype<Insn>(instructionAt(n)).op == OP_STRADDLER) return enterStraddler(m, n, rip, la, pa, limit);
      return headAt(m, rip, n);
    }
  }
  return fetchOne(m, rip, la, pa, limit);
}

/** The page at hand has `n` for the instruction at rip, which is known to go on in the next page. */
function enterStraddler(m: Eval, n: usize, rip: u64, la: u64, pa: u64, limit: i64): usize {
  if (fetchAddress(m, (la | 0xfff) + 1) == NO_TRANSLATION) return 0;
  return straddle(m, changetype<Insn>(instructionAt(n))) || fetchOne(m, rip, la, pa, limit);
}

function useScratch(m: Eval, rip: u64): usize {
  store<u64>(m.at, rip, S.STATE_RIP_BASE);
  store<u32>(m.at, MEMORY_EMPTY_MAP, S.STATE_CODE_MAP);
  store<u32>(m.at, 0, S.STATE_CODE_PAGE);
  return m.at + S.STATE_SCRATCH_UOP;
}

function fetchAddress(m: Eval, la: u64): u64 {
  const frame = fetchFrame(m, la);
  if (frame != NO_FRAME) return ((<u64>frame) << 12) | (la & 0xfff);
  return translate(m, la, ACCESS_FETCH | (m.cpl == 3 ? ACCESS_USER : 0));
}

/** Decodes from `offset` on; returns its micro-op, or 0 if the first instruction does not end in the page. */
function decodeTrace(m: Eval, page: CodePage, start: u32, host: usize): usize {
  const first = nextUop();
  let u = first;
  let offset = start;
  for (let count: u32 = 0; ; count++) {
    const i = changetype<Insn>(u);
    const slot = <usize>page.map + ((<usize>offset) << 2);
    if (offset == 0x1000 || count == TRACE_MAX || load<u32>(slot)) {
      u = emitEnd(i, offset);
      break;
    }
    const result = decode(m, host + offset, 0x1000 - offset, page.mode, i);
    if (!result) {
      if (offset == start) return 0;
      u = emitEnd(i, offset);
      break;
    }
    const length = result & RESULT_LENGTH;
    place(i, offset, length);
    if (result & RESULT_RIP_RELATIVE) i.disp += offset + length;
    store<u32>(slot, <u32>u);
    page.granules |= granules(offset, length);
    offset += length;
    u += 16;
    if (count) fuse(changetype<Insn>(u - 32), changetype<Insn>(u - 16));
    if (((result >> RESULT_CLASS_SHIFT) & RESULT_CLASS) == CLASS_ENDS) break;
  }
  setNextUop(u);
  return first;
}

/**
 * A compare and the conditional jump behind it become one case of the switch. The jump's own micro-op stays, for whoever
 * jumps to it, for the fused case to read, and for a budget that ends between the two.
 */
function fuse(compare: Insn, jump: Insn): void {
  const condition = <u32>load<u8>(JUMPS + jump.op);
  if (!condition) return;
  const pairs = <u32>load<u8>(COMPARES + compare.op);
  if (!pairs) return;
  const op = load<u16>(PAIRS + ((((pairs - 1) << 4) + (condition & 15)) << 1));
  if (op) compare.op = op;
}

export function granules(offset: u32, length: u32): u64 {
  return ((<u64>1) << (offset >> 6)) | ((<u64>1) << ((offset + length - 1) >> 6));
}

/** `offset`: where the instruction begins; the page in which it ends counts. */
export function place(i: Insn, offset: u32, length: u32): void {
  i.place = <u16>(((offset + length - 1) & 0xfff) | (length << 12));
}

/** A micro-op of no length that says where the trace goes on. */
export function emitEnd(i: Insn, offset: u32): usize {
  i.op = OP_END;
  place(i, offset, 0);
  return changetype<usize>(i) + 16;
}

/** Is CS flat, and the end of the address space too far away to bear on a fetch from here? */
function isWhole(m: Eval, rip: u64, available: u32): bool {
  if (available != LENGTH_MAX || !(m.codeMode & S.MODE_FLAT)) return false;
  return m.mode == S.MODE_64 ? (rip + 0x1000) >> 47 == rip >> 47 : rip < 0xfffff000;
}

/** Decodes the one instruction at rip into the scratch micro-op, fetching from a second page only if it is needed. */
function fetchOne(m: Eval, rip: u64, la: u64, pa: u64, limit: i64): usize {
  const buffer = m.at + S.STATE_FETCH_BUFFER;
  let available: u32 = LENGTH_MAX;
  if (m.mode != S.MODE_64 && limit - <i64>rip + 1 < <i64>LENGTH_MAX) available = <u32>(limit - <i64>rip + 1);
  const head = min<u32>(available, 0x1000 - (<u32>la & 0xfff));
  for (let n: u32 = 0; n < head; n++) store<u8>(buffer + n, <u8>readPhysical(m, pa + n, 1));
  const i = changetype<Insn>(m.at + S.STATE_SCRATCH_UOP);
  let result = decode(m, buffer, head, m.codeMode, i);
  let second: u64 = 0;
  if (!result && head < available) {
    second = fetchAddress(m, (la + head) & load<u64>(m.at, S.STATE_LINEAR_MASK));
    if (second == NO_TRANSLATION) return 0;
    for (let n = head; n < available; n++) store<u8>(buffer + n, <u8>readPhysical(m, second + n - head, 1));
    result = decode(m, buffer, available, m.codeMode, i);
  }
  if (!result) {
    // The instruction runs over the end of CS.
    i.op = OP_TOO_LONG;
    result = 1;
  }
  const length = result & RESULT_LENGTH;
  place(i, 0, length);
  if (result & RESULT_RIP_RELATIVE) i.disp += length;
  emitEnd(changetype<Insn>(changetype<usize>(i) + 16), length);
  if (second && i.op != OP_TOO_LONG && isWhole(m, rip, available)) keepStraddler(m, pa, second);
  return useScratch(m, rip);
}
