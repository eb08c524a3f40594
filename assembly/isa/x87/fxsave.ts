/**
 * FXSAVE FXRSTOR - SDM vol. 2; layout: vol. 1, table 10-2, which is the legacy region of the XSAVE area too (isa/xsave.ts).
 * With REX.W (T = u64) FIP and FDP have 64 bits and no selectors. XMM registers and MXCSR are saved only if CR4.OSFXSR is
 * set; XMM8-15 in 64-bit mode only.
 */
import * as S from '../../shared/state';
import { CR4_OSFXSR } from '../../shared/register-bits';
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { writable } from './environment';
import {
  controlWord,
  readyNoWait,
  setControlWord,
  significand,
  signExponent,
  st,
  statusWord,
  updateSummary,
} from './registers';

export const ROWS = `
NP 0F AE /0 | FXSAVE m512  | FXSAVE  | FXSR v
NP 0F AE /1 | FXRSTOR m512 | FXRSTOR | FXSR v
`;

/** All bits of MXCSR that exist, DAZ among them: what FXSAVE stores as MXCSR_MASK. */
export const MXCSR_MASK: u32 = 0xffff;

const REGISTERS: u64 = 32;
const XMM: u64 = 160;

/** The area must be aligned to `bytes`, or #GP(0). */
export function areaAligned(m: Eval, i: Insn, bytes: u64): bool {
  if (!(m.linear(i.segment, m.ea(i)) & (bytes - 1))) return true;
  m.gp();
  return false;
}

/** Bytes of XMM registers that instructions of this mode reach. */
export function vectorBytes(m: Eval): u32 {
  return m.mode == S.MODE_64 ? 256 : 128;
}

/** Bytes 0-23 and the stack registers. The area can be written. */
export function saveX87<T>(m: Eval, s: u32, ea: u64): void {
  const cpu = m.at;
  m.store<u16>(s, ea, <u64>controlWord(cpu));
  m.store<u16>(s, ea + 2, <u64>statusWord(cpu));
  m.store<u16>(s, ea + 4, <u64>load<u16>(cpu, S.STATE_FTW));
  m.store<u16>(s, ea + 6, <u64>load<u16>(cpu, S.STATE_FOP));
  if (sizeof<T>() == 8) {
    m.store<u64>(s, ea + 8, load<u64>(cpu, S.STATE_FIP));
    m.store<u64>(s, ea + 16, load<u64>(cpu, S.STATE_FDP));
  } else {
    m.store<u32>(s, ea + 8, <u64>load<u32>(cpu, S.STATE_FIP));
    m.store<u32>(s, ea + 12, <u64>load<u16>(cpu, S.STATE_FCS));
    m.store<u32>(s, ea + 16, <u64>load<u32>(cpu, S.STATE_FDP));
    m.store<u32>(s, ea + 20, <u64>load<u16>(cpu, S.STATE_FDS));
  }
  for (let n = 0; n < 8; n++) {
    const at = ea + REGISTERS + (n << 4);
    m.store<u64>(s, at, significand(st(cpu, n)));
    m.store<u64>(s, at + 8, <u64>signExponent(st(cpu, n)));
  }
}

export function saveMxcsr(m: Eval, s: u32, ea: u64): void {
  m.store<u32>(s, ea + 24, <u64>load<u32>(m.at, S.STATE_MXCSR));
  m.store<u32>(s, ea + 28, <u64>MXCSR_MASK);
}

/** Registers at `from` in the state block, to segment:ea. */
export function saveVectors(m: Eval, s: u32, ea: u64, from: u32): void {
  const bytes = vectorBytes(m);
  for (let n: u32 = 0; n < bytes; n += 8) m.store<u64>(s, ea + n, load<u64>(m.at + from + n));
}

export function loadVectors(m: Eval, s: u32, ea: u64, to: u32): void {
  const bytes = vectorBytes(m);
  for (let n: u32 = 0; n < bytes; n += 8) store<u64>(m.at + to + n, m.load<u64>(s, ea + n));
}

export function saveXmm(m: Eval, s: u32, ea: u64): void {
  saveVectors(m, s, ea + XMM, S.STATE_XMM);
}

export function loadXmm(m: Eval, s: u32, ea: u64): void {
  loadVectors(m, s, ea + XMM, S.STATE_XMM);
}

/** The area can be read. */
export function loadX87<T>(m: Eval, s: u32, ea: u64): void {
  const cpu = m.at;
  setControlWord(m, <u32>m.load<u16>(s, ea));
  store<u16>(cpu, <u16>m.load<u16>(s, ea + 2), S.STATE_FSW);
  store<u16>(cpu, <u16>m.load<u8>(s, ea + 4), S.STATE_FTW);
  store<u16>(cpu, <u16>m.load<u16>(s, ea + 6) & 0x7ff, S.STATE_FOP);
  store<u64>(cpu, sizeof<T>() == 8 ? m.load<u64>(s, ea + 8) : m.load<u32>(s, ea + 8), S.STATE_FIP);
  store<u64>(cpu, sizeof<T>() == 8 ? m.load<u64>(s, ea + 16) : m.load<u32>(s, ea + 16), S.STATE_FDP);
  for (let n = 0; n < 8; n++) {
    const at = ea + REGISTERS + (n << 4);
    const register = st(cpu, n);
    store<u64>(register, m.load<u64>(s, at));
    store<u16>(register, <u16>m.load<u16>(s, at + 8), 8);
  }
  updateSummary(m);
}

/** MXCSR of the area; #GP(0) if it has a reserved bit. */
export function checkedMxcsr(m: Eval, s: u32, ea: u64): u32 {
  const mxcsr = <u32>m.load<u32>(s, ea + 24);
  if (!m.fault && mxcsr & ~MXCSR_MASK) m.gp();
  return mxcsr;
}

export function FXSAVE<M, T>(m: M, i: Insn): void {
  if (!readyNoWait(m) || !areaAligned(m, i, 16)) return;
  const s = i.segment;
  const ea = m.ea(i);
  if (!writable<u8>(m, s, ea, 512)) return;
  saveX87<T>(m, s, ea);
  if (!(<u32>m.cr4 & CR4_OSFXSR)) return;
  saveMxcsr(m, s, ea);
  saveXmm(m, s, ea);
}

export function FXRSTOR<M, T>(m: M, i: Insn): void {
  if (!readyNoWait(m) || !areaAligned(m, i, 16)) return;
  const s = i.segment;
  const ea = m.ea(i);
  m.load<u8>(s, ea);
  if (m.fault) return;
  m.load<u8>(s, ea + 511);
  if (m.fault) return;
  if (<u32>m.cr4 & CR4_OSFXSR) {
    const mxcsr = checkedMxcsr(m, s, ea);
    if (m.fault) return;
    store<u32>(m.at, mxcsr, S.STATE_MXCSR);
    loadXmm(m, s, ea);
  }
  loadX87<T>(m, s, ea);
}
