/**
 * FXSAVE FXRSTOR - SDM vol. 2; layout: vol. 1, table 10-2. Legacy modes: XMM0-7 are saved, and they and MXCSR only if
 * CR4.OSFXSR is set. Not implemented: FXSAVE64 (REX.W).
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
NP 0F AE /0 | FXSAVE m512  | FXSAVE  | FXSR
NP 0F AE /1 | FXRSTOR m512 | FXRSTOR | FXSR
`;

/** All bits of MXCSR that exist, DAZ among them: what FXSAVE stores as MXCSR_MASK. */
export const MXCSR_MASK: u32 = 0xffff;

const REGISTERS: u64 = 32;
const XMM: u64 = 160;
const XMM_COUNT = 8;

/** The area must be aligned to 16 bytes, or #GP(0). */
function aligned(m: Eval, i: Insn): bool {
  if (!(<u32>m.linear(i.segment, m.ea(i)) & 15)) return true;
  m.gp();
  return false;
}

export function FXSAVE<M, T>(m: M, i: Insn): void {
  if (!readyNoWait(m) || !aligned(m, i)) return;
  const cpu = m.at;
  const s = i.segment;
  const ea = m.ea(i);
  if (!writable<u8>(m, s, ea, 512)) return;
  m.store<u16>(s, ea, <u64>controlWord(cpu));
  m.store<u16>(s, ea + 2, <u64>statusWord(cpu));
  m.store<u16>(s, ea + 4, <u64>load<u16>(cpu, S.STATE_FTW));
  m.store<u16>(s, ea + 6, <u64>load<u16>(cpu, S.STATE_FOP));
  m.store<u32>(s, ea + 8, <u64>load<u32>(cpu, S.STATE_FIP));
  m.store<u32>(s, ea + 12, <u64>load<u16>(cpu, S.STATE_FCS));
  m.store<u32>(s, ea + 16, <u64>load<u32>(cpu, S.STATE_FDP));
  m.store<u32>(s, ea + 20, <u64>load<u16>(cpu, S.STATE_FDS));
  for (let n = 0; n < 8; n++) {
    const at = ea + REGISTERS + (n << 4);
    m.store<u64>(s, at, significand(st(cpu, n)));
    m.store<u64>(s, at + 8, <u64>signExponent(st(cpu, n)));
  }
  if (!(<u32>m.cr4 & CR4_OSFXSR)) return;
  m.store<u32>(s, ea + 24, <u64>load<u32>(cpu, S.STATE_MXCSR));
  m.store<u32>(s, ea + 28, <u64>MXCSR_MASK);
  for (let n = 0; n < XMM_COUNT * 2; n++) {
    m.store<u64>(s, ea + XMM + (n << 3), load<u64>(cpu + <usize>(n << 3), S.STATE_XMM));
  }
}

export function FXRSTOR<M, T>(m: M, i: Insn): void {
  if (!readyNoWait(m) || !aligned(m, i)) return;
  const cpu = m.at;
  const s = i.segment;
  const ea = m.ea(i);
  const sse = (<u32>m.cr4 & CR4_OSFXSR) != 0;
  const cw = <u32>m.load<u16>(s, ea);
  if (m.fault) return;
  m.load<u8>(s, ea + 511);
  if (m.fault) return;
  if (sse) {
    const mxcsr = <u32>m.load<u32>(s, ea + 24);
    if (mxcsr & ~MXCSR_MASK) {
      m.gp();
      return;
    }
    store<u32>(cpu, mxcsr, S.STATE_MXCSR);
  }
  setControlWord(m, cw);
  store<u16>(cpu, <u16>m.load<u16>(s, ea + 2), S.STATE_FSW);
  store<u16>(cpu, <u16>m.load<u8>(s, ea + 4), S.STATE_FTW);
  store<u16>(cpu, <u16>m.load<u16>(s, ea + 6) & 0x7ff, S.STATE_FOP);
  store<u64>(cpu, m.load<u32>(s, ea + 8), S.STATE_FIP);
  store<u64>(cpu, m.load<u32>(s, ea + 16), S.STATE_FDP);
  for (let n = 0; n < 8; n++) {
    const at = ea + REGISTERS + (n << 4);
    const register = st(cpu, n);
    store<u64>(register, m.load<u64>(s, at));
    store<u16>(register, <u16>m.load<u16>(s, at + 8), 8);
  }
  updateSummary(m);
  if (!sse) return;
  for (let n = 0; n < XMM_COUNT * 2; n++) {
    store<u64>(cpu + <usize>(n << 3), m.load<u64>(s, ea + XMM + (n << 3)), S.STATE_XMM);
  }
}
