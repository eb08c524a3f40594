/**
 * MOVS STOS LODS SCAS CMPS and their repeat prefixes: SDM vol. 2. INS and OUTS are in io.ts.
 *
 * One execution of a repeated instruction does at most CHUNK bytes and then, with iterations left, starts over: interrupts
 * are taken between iterations (SDM vol. 2B, REP). A fault leaves the registers as the last whole iteration left them and
 * the flags as they were. Where both operands are plain memory the iterations up to the page's end are one block operation.
 */
import * as S from '../shared/state';
import { FLAG_DF, FLAG_TF } from '../shared/register-bits';
import { Insn } from '../machine/insn';

/** F2 repeats like F3 except for SCAS and CMPS. */
export const ROWS = `
A4    | MOVS Yb,Xb | MOVSB      |
A5    | MOVS Yv,Xv | MOVS       |
AA    | STOS Yb,AL | STOSB      |
AB    | STOS Yv,rAX | STOS      |
AC    | LODS AL,Xb | LODSB      |
AD    | LODS rAX,Xv | LODS      |
AE    | SCAS AL,Yb | SCASB      |
AF    | SCAS rAX,Yv | SCAS      |
A6    | CMPS Xb,Yb | CMPSB      |
A7    | CMPS Xv,Yv | CMPS       |
F3 A4 | MOVS Yb,Xb | REPMOVSB   | rep end
F2 A4 | MOVS Yb,Xb | REPMOVSB   | rep end
F3 A5 | MOVS Yv,Xv | REPMOVS    | rep end
F2 A5 | MOVS Yv,Xv | REPMOVS    | rep end
F3 AA | STOS Yb,AL | REPSTOSB   | rep end
F2 AA | STOS Yb,AL | REPSTOSB   | rep end
F3 AB | STOS Yv,rAX | REPSTOS   | rep end
F2 AB | STOS Yv,rAX | REPSTOS   | rep end
F3 AC | LODS AL,Xb | REPLODSB   | rep end
F2 AC | LODS AL,Xb | REPLODSB   | rep end
F3 AD | LODS rAX,Xv | REPLODS   | rep end
F2 AD | LODS rAX,Xv | REPLODS   | rep end
F3 AE | SCAS AL,Yb | REPESCASB  | rep end
F2 AE | SCAS AL,Yb | REPNESCASB | rep end
F3 AF | SCAS rAX,Yv | REPESCAS  | rep end
F2 AF | SCAS rAX,Yv | REPNESCAS | rep end
F3 A6 | CMPS Xb,Yb | REPECMPSB  | rep end
F2 A6 | CMPS Xb,Yb | REPNECMPSB | rep end
F3 A7 | CMPS Xv,Yv | REPECMPS   | rep end
F2 A7 | CMPS Xv,Yv | REPNECMPS  | rep end
`;

/** Bytes that one execution of a repeated instruction handles at most. */
const CHUNK: u32 = 4096;

function advance<M>(m: M, register: u32, mask: u64, delta: u64): void {
  m.advanceIndex(register, mask, delta);
}

/** What one iteration adds to an index register. */
function step<M, T>(m: M): u64 {
  return m.stringStep<T>();
}

/** Bytes for this execution: a single iteration while something must happen after each one. */
function chunk<M>(m: M): u32 {
  return m.flagsWord & FLAG_TF || load<u32>(m.at, S.STATE_SINGLE_STEP) ? 0 : CHUNK;
}

function counter<M>(m: M, i: Insn): u64 {
  return m.get<u64>(S.RCX) & m.addressMask(i);
}

/** Ends the execution after whole iterations: with a count left the instruction is next again. */
function suspend<M>(m: M, i: Insn): void {
  if (counter<M>(m, i) == 0) return;
  m.rip = m.rip - i.length;
  store<u32>(m.at, 1, S.STATE_REPEATING);
}

/** Must the loop look around before the next iteration? */
function interrupted<M>(m: M): bool {
  return m.attention || load<u32>(m.at, S.STATE_DEBUG_PENDING) != 0;
}

/** Of `elements` upward from segment:ea, how many lie in its page and before the index register wraps. */
function inPage<M, T>(m: M, segment: u32, ea: u64, mask: u64, elements: u32): u32 {
  const bytes = 0x1000 - (m.linear(segment, ea) & 0xfff);
  const room: u64 = mask - ea;
  return min<u32>(elements, <u32>(room < bytes ? room + 1 : bytes) / sizeof<T>());
}

/** Iterations left, as far as `bytes` allow; 0 downwards, where nothing is done in blocks. */
function blockElements<M, T>(m: M, i: Insn, bytes: u32): u32 {
  if (m.flagsWord & FLAG_DF) return 0;
  return <u32>min<u64>(counter<M>(m, i), bytes / sizeof<T>());
}

// ── MOVS ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export function MOVS<M, T>(m: M, i: Insn): void {
  m.beginString();
  const x = m.load<T>(i.segment, m.stringIndex(i, S.RSI));
  if (m.fault) return;
  m.store<T>(S.ES, m.stringIndex(i, S.RDI), x);
  if (m.fault) return;
  m.stepIndex<T>(i, S.RSI);
  m.stepIndex<T>(i, S.RDI);
}

/** Copies upward element by element in effect: a destination that starts inside the source repeats it. */
function copyUp<T>(to: usize, from: usize, bytes: u32): void {
  if (to - from >= <usize>bytes) {
    memory.copy(to, from, bytes);
    return;
  }
  for (let n: u32 = 0; n < bytes; n += sizeof<T>()) store<T>(to + n, load<T>(from + n));
}

/** Iterations done as one block, 0 if that cannot be. */
function moveBlock<M, T>(m: M, i: Insn, bytes: u32): u32 {
  const mask = m.addressMask(i);
  const si = m.get<u64>(S.RSI) & mask;
  const di = m.get<u64>(S.RDI) & mask;
  let n = blockElements<M, T>(m, i, bytes);
  n = inPage<M, T>(m, i.segment, si, mask, n);
  n = inPage<M, T>(m, S.ES, di, mask, n);
  if (n == 0) return 0;
  const size = n * sizeof<T>();
  const from = m.hostRead(i.segment, si, size);
  if (!from) return 0;
  const to = m.hostWrite(S.ES, di, size);
  if (!to) return 0;
  copyUp<T>(to, from, size);
  advance<M>(m, S.RSI, mask, size);
  advance<M>(m, S.RDI, mask, size);
  return n;
}

export function REPMOVS<M, T>(m: M, i: Insn): void {
  const mask = m.addressMask(i);
  let left = <i32>chunk<M>(m);
  while (counter<M>(m, i) != 0) {
    let n = moveBlock<M, T>(m, i, left);
    if (n == 0) {
      MOVS<M, T>(m, i);
      if (m.fault) return;
      n = 1;
    }
    advance<M>(m, S.RCX, mask, 0 - <u64>n);
    left -= <i32>(n * sizeof<T>());
    if (left <= 0 || interrupted<M>(m)) {
      suspend<M>(m, i);
      return;
    }
  }
}

export function MOVSB<M, T>(m: M, i: Insn): void {
  MOVS<M, u8>(m, i);
}

export function REPMOVSB<M, T>(m: M, i: Insn): void {
  REPMOVS<M, u8>(m, i);
}

// ── STOS ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export function STOS<M, T>(m: M, i: Insn): void {
  m.beginString();
  m.store<T>(S.ES, m.stringIndex(i, S.RDI), m.get<T>(S.RAX));
  if (m.fault) return;
  m.stepIndex<T>(i, S.RDI);
}

function fill<T>(to: usize, bytes: u32, x: u64): void {
  const repeated = (x & 0xff) * 0x0101010101010101;
  if (<T>repeated == <T>x) {
    memory.fill(to, <u8>x, bytes);
    return;
  }
  for (let n: u32 = 0; n < bytes; n += sizeof<T>()) store<T>(to + n, <T>x);
}

function storeBlock<M, T>(m: M, i: Insn, bytes: u32): u32 {
  const mask = m.addressMask(i);
  const di = m.get<u64>(S.RDI) & mask;
  const n = inPage<M, T>(m, S.ES, di, mask, blockElements<M, T>(m, i, bytes));
  if (n == 0) return 0;
  const to = m.hostWrite(S.ES, di, n * sizeof<T>());
  if (!to) return 0;
  fill<T>(to, n * sizeof<T>(), m.get<T>(S.RAX));
  advance<M>(m, S.RDI, mask, n * sizeof<T>());
  return n;
}

export function REPSTOS<M, T>(m: M, i: Insn): void {
  const mask = m.addressMask(i);
  let left = <i32>chunk<M>(m);
  while (counter<M>(m, i) != 0) {
    let n = storeBlock<M, T>(m, i, left);
    if (n == 0) {
      STOS<M, T>(m, i);
      if (m.fault) return;
      n = 1;
    }
    advance<M>(m, S.RCX, mask, 0 - <u64>n);
    left -= <i32>(n * sizeof<T>());
    if (left <= 0 || interrupted<M>(m)) {
      suspend<M>(m, i);
      return;
    }
  }
}

export function STOSB<M, T>(m: M, i: Insn): void {
  STOS<M, u8>(m, i);
}

export function REPSTOSB<M, T>(m: M, i: Insn): void {
  REPSTOS<M, u8>(m, i);
}

// ── LODS ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export function LODS<M, T>(m: M, i: Insn): void {
  m.beginString();
  const x = m.load<T>(i.segment, m.stringIndex(i, S.RSI));
  if (m.fault) return;
  m.set<T>(S.RAX, x);
  m.stepIndex<T>(i, S.RSI);
}

export function REPLODS<M, T>(m: M, i: Insn): void {
  const mask = m.addressMask(i);
  let left = <i32>chunk<M>(m);
  while (counter<M>(m, i) != 0) {
    LODS<M, T>(m, i);
    if (m.fault) return;
    advance<M>(m, S.RCX, mask, <u64>-1);
    left -= sizeof<T>();
    if (left <= 0 || interrupted<M>(m)) {
      suspend<M>(m, i);
      return;
    }
  }
}

export function LODSB<M, T>(m: M, i: Insn): void {
  LODS<M, u8>(m, i);
}

export function REPLODSB<M, T>(m: M, i: Insn): void {
  REPLODS<M, u8>(m, i);
}

// ── SCAS ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function compare<M, T>(m: M, x: u64, y: u64): void {
  m.flagsSub<T>(x, y, m.sub<T>(x, y));
}

export function SCAS<M, T>(m: M, i: Insn): void {
  m.beginString();
  const y = m.load<T>(S.ES, m.stringIndex(i, S.RDI));
  if (m.fault) return;
  compare<M, T>(m, m.get<T>(S.RAX), y);
  m.stepIndex<T>(i, S.RDI);
}

/** Goes on while elements are equal to (REPE) or different from (REPNE) the accumulator. */
function scan<M, T>(m: M, i: Insn, whileEqual: bool): void {
  const mask = m.addressMask(i);
  const x = m.get<T>(S.RAX);
  let left = <i32>chunk<M>(m);
  while (counter<M>(m, i) != 0) {
    const di = m.get<u64>(S.RDI) & mask;
    const block = inPage<M, T>(m, S.ES, di, mask, blockElements<M, T>(m, i, left));
    const host = block ? m.hostRead(S.ES, di, block * sizeof<T>()) : 0;
    let n: u32 = 1;
    let y: u64 = 0;
    if (host) {
      y = <u64>load<T>(host);
      while (n < block && (x == y) == whileEqual) y = <u64>load<T>(host + n++ * sizeof<T>());
    } else {
      y = m.load<T>(S.ES, di);
      if (m.fault) return;
    }
    advance<M>(m, S.RDI, mask, step<M, T>(m) * n);
    advance<M>(m, S.RCX, mask, 0 - <u64>n);
    left -= <i32>(n * sizeof<T>());
    const found = (x == y) != whileEqual;
    if (found || left <= 0 || counter<M>(m, i) == 0 || interrupted<M>(m)) {
      compare<M, T>(m, x, y);
      if (!found) suspend<M>(m, i);
      return;
    }
  }
}

export function SCASB<M, T>(m: M, i: Insn): void {
  SCAS<M, u8>(m, i);
}

export function REPESCAS<M, T>(m: M, i: Insn): void {
  scan<M, T>(m, i, true);
}

export function REPNESCAS<M, T>(m: M, i: Insn): void {
  scan<M, T>(m, i, false);
}

export function REPESCASB<M, T>(m: M, i: Insn): void {
  scan<M, u8>(m, i, true);
}

export function REPNESCASB<M, T>(m: M, i: Insn): void {
  scan<M, u8>(m, i, false);
}

// ── CMPS ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** CMPS - flags of [SI] - ES:[DI]. If both accesses fault, that of ES:[DI] is reported, as processors do. */
export function CMPS<M, T>(m: M, i: Insn): void {
  m.beginString();
  const y = m.load<T>(S.ES, m.stringIndex(i, S.RDI));
  if (m.fault) return;
  const x = m.load<T>(i.segment, m.stringIndex(i, S.RSI));
  if (m.fault) return;
  compare<M, T>(m, x, y);
  m.stepIndex<T>(i, S.RSI);
  m.stepIndex<T>(i, S.RDI);
}

/** Index of the first pair that differs (REPE) or is equal (REPNE), or n - 1. */
function match<T>(a: usize, b: usize, n: u32, whileEqual: bool): u32 {
  let k: u32 = 0;
  while (k < n - 1 && (load<T>(a + k * sizeof<T>()) == load<T>(b + k * sizeof<T>())) == whileEqual) k++;
  return k;
}

function compareStrings<M, T>(m: M, i: Insn, whileEqual: bool): void {
  const mask = m.addressMask(i);
  let left = <i32>chunk<M>(m);
  while (counter<M>(m, i) != 0) {
    const si = m.get<u64>(S.RSI) & mask;
    const di = m.get<u64>(S.RDI) & mask;
    let block = inPage<M, T>(m, i.segment, si, mask, blockElements<M, T>(m, i, left));
    block = inPage<M, T>(m, S.ES, di, mask, block);
    const a = block ? m.hostRead(i.segment, si, block * sizeof<T>()) : 0;
    const b = a ? m.hostRead(S.ES, di, block * sizeof<T>()) : 0;
    let n: u32 = 1;
    let x: u64 = 0;
    let y: u64 = 0;
    if (b) {
      const k = match<T>(a, b, block, whileEqual);
      x = <u64>load<T>(a + k * sizeof<T>());
      y = <u64>load<T>(b + k * sizeof<T>());
      n = k + 1;
    } else {
      y = m.load<T>(S.ES, di);
      if (m.fault) return;
      x = m.load<T>(i.segment, si);
      if (m.fault) return;
    }
    advance<M>(m, S.RSI, mask, step<M, T>(m) * n);
    advance<M>(m, S.RDI, mask, step<M, T>(m) * n);
    advance<M>(m, S.RCX, mask, 0 - <u64>n);
    left -= <i32>(n * sizeof<T>());
    const found = (x == y) != whileEqual;
    if (found || left <= 0 || counter<M>(m, i) == 0 || interrupted<M>(m)) {
      compare<M, T>(m, x, y);
      if (!found) suspend<M>(m, i);
      return;
    }
  }
}

export function CMPSB<M, T>(m: M, i: Insn): void {
  CMPS<M, u8>(m, i);
}

export function REPECMPS<M, T>(m: M, i: Insn): void {
  compareStrings<M, T>(m, i, true);
}

export function REPNECMPS<M, T>(m: M, i: Insn): void {
  compareStrings<M, T>(m, i, false);
}

export function REPECMPSB<M, T>(m: M, i: Insn): void {
  compareStrings<M, u8>(m, i, true);
}

export function REPNECMPSB<M, T>(m: M, i: Insn): void {
  compareStrings<M, u8>(m, i, false);
}
