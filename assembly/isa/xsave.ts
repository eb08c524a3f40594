/**
 * XSAVE XRSTOR XSAVEOPT XSAVEC XGETBV XSETBV - SDM vol. 1 chapter 13, vol. 2. State components: x87 (0), SSE (1) and the upper
 * halves of YMM0-15 (2), which lie at offset 576 in the standard and in the compacted format alike.
 *
 * A component is in its initial configuration (XINUSE) by its contents. The modified optimisation is never applied: XSAVEOPT may
 * always write. NOT here: XSAVES XRSTORS (no supervisor state; CPUID does not report them).
 */
import * as S from '../shared/state';
import { EXCEPTION_NM } from '../shared/exception';
import { CR0_TS, CR4_OSXSAVE } from '../shared/register-bits';
import { FEATURE_AVX, FEATURE_XGETBV1, FEATURE_XSAVEC } from '../shared/features';
import { hasFeature } from '../cpu/mode';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { writable } from './x87/environment';
import {
  areaAligned,
  checkedMxcsr,
  loadVectors,
  loadX87,
  loadXmm,
  saveMxcsr,
  saveVectors,
  saveX87,
  saveXmm,
  vectorBytes,
} from './x87/fxsave';
import { resetFpu, updateSummary } from './x87/registers';

export const ROWS = `
NP 0F AE /4 | XSAVE m512    | XSAVE    | XSAVE v
NP 0F AE /5 | XRSTOR m512   | XRSTOR   | XSAVE v
NP 0F AE /6 | XSAVEOPT m512 | XSAVEOPT | XSAVEOPT v
NP 0F C7 /4 | XSAVEC m512   | XSAVEC   | XSAVEC v
NP 0F 01 D0 | XGETBV        | XGETBV   | XSAVE
NP 0F 01 D1 | XSETBV        | XSETBV   | XSAVE end
`;

const X87: u64 = 1;
const SSE: u64 = 2;
const AVX: u64 = 4;

const HEADER: u64 = 512;
const XSTATE_BV: u64 = 512;
const XCOMP_BV: u64 = 520;
const AREA: u64 = 576;
const AVX_OFFSET: u64 = 576;
const AVX_SIZE: u64 = 256;
const COMPACTED: u64 = 0x8000000000000000;
const MXCSR_INITIAL: u32 = 0x1f80;

/** Bits of XCR0 that exist. */
export function xcr0Bits(m: Eval): u64 {
  return hasFeature(m, FEATURE_AVX) ? X87 | SSE | AVX : X87 | SSE;
}

/** Bytes of an XSAVE area that holds these components. */
export function xsaveSize(components: u64): u32 {
  return <u32>(components & AVX ? AVX_OFFSET + AVX_SIZE : AREA);
}

export function xcr0(m: Eval): u64 {
  return load<u64>(m.at, S.STATE_XCR0);
}

function isEnabled(m: Eval): bool {
  if (m.cr4 & CR4_OSXSAVE) return true;
  m.ud();
  return false;
}

/** #UD, #NM and #GP(0), in this order, before any access. */
function areaReady(m: Eval, i: Insn): bool {
  if (!isEnabled(m)) return false;
  if (m.cr0 & CR0_TS) {
    m.raise(EXCEPTION_NM);
    return false;
  }
  return areaAligned(m, i, 64);
}

/** Requested-feature bitmap. */
function requested(m: Eval): u64 {
  return (m.get<u32>(S.RAX) | (m.get<u32>(S.RDX) << 32)) & xcr0(m);
}

function isZero(at: usize, bytes: u32): bool {
  for (let n: u32 = 0; n < bytes; n += 8) if (load<u64>(at + n)) return false;
  return true;
}

/** XINUSE (13.6). */
function inUse(m: Eval): u64 {
  const at = m.at;
  let bits: u64 = 0;
  const initial = load<u16>(at, S.STATE_FCW) == 0x37f && isZero(at + S.STATE_FIP, 16);
  // FSW, FTW and FOP follow FCW.
  if (!initial || load<u64>(at, S.STATE_FCW) >> 16 || !isZero(at + S.STATE_FPU_ST, 128)) bits |= X87;
  if (!isZero(at + S.STATE_XMM, 256)) bits |= SSE;
  if (!isZero(at + S.STATE_YMM_HIGH, 256)) bits |= AVX;
  return bits;
}

function saveComponents<T>(m: Eval, i: Insn, components: u64): void {
  const s = i.segment;
  const ea = m.ea(i);
  if (components & X87) saveX87<T>(m, s, ea);
  if (components & SSE) saveXmm(m, s, ea);
  if (components & AVX) saveVectors(m, s, ea + AVX_OFFSET, S.STATE_YMM_HIGH);
}

/** XSAVE and XSAVEOPT: the bits of components that were not asked for stay in the header. */
function saveStandard<T>(m: Eval, i: Insn, optimised: bool): void {
  if (!areaReady(m, i)) return;
  const rfbm = requested(m);
  const s = i.segment;
  const ea = m.ea(i);
  if (!writable<u8>(m, s, ea, xsaveSize(rfbm))) return;
  const used = inUse(m);
  const old = m.load<u64>(s, ea + XSTATE_BV);
  saveComponents<T>(m, i, optimised ? rfbm & used : rfbm);
  if (rfbm & (SSE | AVX)) saveMxcsr(m, s, ea);
  m.store<u64>(s, ea + XSTATE_BV, (old & ~rfbm) | (used & rfbm));
}

export function XSAVE<M, T>(m: M, i: Insn): void {
  saveStandard<T>(m, i, false);
}

export function XSAVEOPT<M, T>(m: M, i: Insn): void {
  saveStandard<T>(m, i, true);
}

/** XSAVEC - compacted format, init optimisation; an MXCSR that is not 1F80H counts as SSE state in use. */
export function XSAVEC<M, T>(m: M, i: Insn): void {
  if (!areaReady(m, i)) return;
  const rfbm = requested(m);
  const s = i.segment;
  const ea = m.ea(i);
  if (!writable<u8>(m, s, ea, xsaveSize(rfbm))) return;
  let used = inUse(m);
  if (load<u32>(m.at, S.STATE_MXCSR) != MXCSR_INITIAL) used |= SSE;
  saveComponents<T>(m, i, rfbm & used);
  if (rfbm & used & SSE) saveMxcsr(m, s, ea);
  m.store<u64>(s, ea + XSTATE_BV, rfbm & used);
  m.store<u64>(s, ea + XCOMP_BV, rfbm | COMPACTED);
}

/** Is the header one that XRSTOR takes (13.8)? #GP(0) if not. */
function headerAllowed(m: Eval, s: u32, ea: u64): bool {
  const bv = m.load<u64>(s, ea + XSTATE_BV);
  const comp = m.load<u64>(s, ea + XCOMP_BV);
  let bad = bv & ~xcr0(m);
  if (!(comp & COMPACTED)) bad |= comp | m.load<u64>(s, ea + HEADER + 16);
  else {
    if (!hasFeature(m, FEATURE_XSAVEC)) bad = 1;
    bad |= (comp & ~COMPACTED & ~xcr0(m)) | (bv & ~comp) | (bv & COMPACTED);
    for (let n: u64 = 16; n < 64; n += 8) bad |= m.load<u64>(s, ea + HEADER + n);
  }
  if (bad) m.gp();
  return !m.fault;
}

/** XRSTOR - components that were asked for and are not in XSTATE_BV get their initial configuration. */
export function XRSTOR<M, T>(m: M, i: Insn): void {
  if (!areaReady(m, i)) return;
  const rfbm = requested(m);
  const s = i.segment;
  const ea = m.ea(i);
  m.load<u8>(s, ea);
  if (m.fault) return;
  m.load<u8>(s, ea + xsaveSize(rfbm) - 1);
  if (m.fault || !headerAllowed(m, s, ea)) return;
  const bv = m.load<u64>(s, ea + XSTATE_BV);
  const compacted = (m.load<u64>(s, ea + XCOMP_BV) & COMPACTED) != 0;
  // The standard format loads MXCSR whatever XSTATE_BV says, with SSE or AVX (13.8.1); the compacted one with SSE (13.8.2).
  let mxcsr = load<u32>(m.at, S.STATE_MXCSR);
  if (compacted ? (rfbm & bv & SSE) != 0 : (rfbm & (SSE | AVX)) != 0) mxcsr = checkedMxcsr(m, s, ea);
  else if (rfbm & SSE) mxcsr = MXCSR_INITIAL;
  if (m.fault) return;
  store<u32>(m.at, mxcsr, S.STATE_MXCSR);
  if (rfbm & X87) restoreX87<T>(m, s, ea, (bv & X87) != 0);
  if (rfbm & SSE) restoreVectors(m, s, ea, (bv & SSE) != 0, S.STATE_XMM);
  if (rfbm & AVX) restoreVectors(m, s, ea, (bv & AVX) != 0, S.STATE_YMM_HIGH);
}

function restoreX87<T>(m: Eval, s: u32, ea: u64, held: bool): void {
  if (held) return loadX87<T>(m, s, ea);
  resetFpu(m.at);
  memory.fill(m.at + S.STATE_FPU_ST, 0, 128);
  updateSummary(m);
}

/** Outside of 64-bit mode registers 8-15 stay as they are. */
function restoreVectors(m: Eval, s: u32, ea: u64, held: bool, to: u32): void {
  if (!held) memory.fill(m.at + to, 0, vectorBytes(m));
  else if (to == S.STATE_XMM) loadXmm(m, s, ea);
  else loadVectors(m, s, ea + AVX_OFFSET, to);
}

/** XGETBV - ECX = 1 tells which of the enabled components are in use. */
export function XGETBV<M, T>(m: M, i: Insn): void {
  if (!isEnabled(m)) return;
  const index = <u32>m.get<u32>(S.RCX);
  if (index > 1 || (index == 1 && !hasFeature(m, FEATURE_XGETBV1))) {
    m.gp();
    return;
  }
  const v = index ? xcr0(m) & inUse(m) : xcr0(m);
  m.set<u32>(S.RAX, v & 0xffffffff);
  m.set<u32>(S.RDX, v >> 32);
}

/** XSETBV - x87 state cannot be switched off, and AVX state needs SSE state. */
export function XSETBV<M, T>(m: M, i: Insn): void {
  if (!isEnabled(m)) return;
  const v = m.get<u32>(S.RAX) | (m.get<u32>(S.RDX) << 32);
  if (m.cpl != 0 || m.get<u32>(S.RCX) || v & ~xcr0Bits(m) || !(v & X87) || (v & (SSE | AVX)) == AVX) {
    m.gp();
    return;
  }
  store<u64>(m.at, v, S.STATE_XCR0);
}
