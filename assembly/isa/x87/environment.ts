/**
 * FNSTENV FLDENV FNSAVE FRSTOR - SDM vol. 2; the four formats of the environment: vol. 1, figures 8-9 to 8-12.
 * All bytes are checked before the first is written, so that a fault leaves memory and state alone.
 */
import * as S from '../../shared/state';
import { CR0_PE, FLAG_VM } from '../../shared/register-bits';
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { EXC_ALL, EXP_MASK, EXP_SPECIAL } from '../../softfloat/constants';
import {
  controlWord,
  ready,
  readyNoWait,
  resetFpu,
  setControlWord,
  significand,
  signExponent,
  st,
  statusWord,
  updateSummary,
} from './registers';

export const ROWS = `
D9 /6 | FNSTENV m28 | FNSTENV | FPU v
D9 /4 | FLDENV m28  | FLDENV  | FPU v
DD /6 | FNSAVE m108 | FNSAVE  | FPU v
DD /4 | FRSTOR m108 | FRSTOR  | FPU v
`;

const TAG_VALID: u32 = 0;
const TAG_ZERO: u32 = 1;
const TAG_SPECIAL: u32 = 2;
const TAG_EMPTY: u32 = 3;

/** Real-address and virtual-8086 mode have formats of their own: linear addresses instead of selectors. */
function isProtected(m: Eval): bool {
  return (<u32>m.cr0 & CR0_PE) != 0 && !(m.flagsWord & FLAG_VM);
}

/** The 16-bit tag word: two bits for each physical register. */
function fullTags(cpu: usize): u32 {
  let tags: u32 = 0;
  for (let n = 0; n < 8; n++) tags |= tagOf(cpu, n) << (n << 1);
  return tags;
}

function tagOf(cpu: usize, n: u32): u32 {
  if (!((<u32>load<u16>(cpu, S.STATE_FTW) >> n) & 1)) return TAG_EMPTY;
  const register = cpu + S.STATE_FPU_ST + <usize>(n << 4);
  const exp = signExponent(register) & EXP_MASK;
  const sig = significand(register);
  if (exp == 0) return sig ? TAG_SPECIAL : TAG_ZERO;
  return exp == EXP_SPECIAL || <i64>sig >= 0 ? TAG_SPECIAL : TAG_VALID;
}

/**
 * Can all of `size` bytes be written? Touches both ends: at most two pages are concerned. #AC is checked for type W, by
 * which the image must be aligned (SDM vol. 3A, table 6-7).
 */
export function writable<W>(m: Eval, segment: u32, ea: u64, size: u32): bool {
  m.loadRmw<W>(segment, ea);
  if (m.fault) return false;
  m.loadRmw<u8>(segment, ea + size - 1);
  return !m.fault;
}

/** Word n of the environment in operand size T; unused high halves read as ones. */
function put<T>(m: Eval, i: Insn, n: u32, v: u32): void {
  m.store<T>(i.segment, m.ea(i) + n * sizeof<T>(), <u64>v);
}

function get<T>(m: Eval, i: Insn, n: u32): u32 {
  return <u32>m.load<T>(i.segment, m.ea(i) + n * sizeof<T>());
}

function storeEnvironment<T>(m: Eval, i: Insn): void {
  const cpu = m.at;
  const ones: u32 = 0xffff0000;
  put<T>(m, i, 0, ones | controlWord(cpu));
  put<T>(m, i, 1, ones | statusWord(cpu));
  put<T>(m, i, 2, ones | fullTags(cpu));
  const fip = load<u32>(cpu, S.STATE_FIP);
  const fdp = load<u32>(cpu, S.STATE_FDP);
  const fop = <u32>load<u16>(cpu, S.STATE_FOP);
  if (isProtected(m)) {
    put<T>(m, i, 3, fip);
    put<T>(m, i, 4, load<u16>(cpu, S.STATE_FCS) | (fop << 16));
    put<T>(m, i, 5, fdp);
    put<T>(m, i, 6, ones | load<u16>(cpu, S.STATE_FDS));
    return;
  }
  const code = fip + ((<u32>load<u16>(cpu, S.STATE_FCS)) << 4);
  const data = fdp + ((<u32>load<u16>(cpu, S.STATE_FDS)) << 4);
  if (sizeof<T>() == 2) {
    put<T>(m, i, 3, code);
    put<T>(m, i, 4, ((code >> 4) & 0xf000) | fop);
    put<T>(m, i, 5, data);
    put<T>(m, i, 6, (data >> 4) & 0xf000);
    return;
  }
  put<T>(m, i, 3, ones | code);
  put<T>(m, i, 4, ((code >> 4) & 0x0ffff000) | fop);
  put<T>(m, i, 5, ones | data);
  put<T>(m, i, 6, (data >> 4) & 0x0ffff000);
}

/** Loads the environment; false on a fault, with nothing changed. */
function loadEnvironment<T>(m: Eval, i: Insn): bool {
  const cpu = m.at;
  const cw = get<T>(m, i, 0);
  if (m.fault) return false;
  const last = get<T>(m, i, 6);
  if (m.fault) return false;
  const sw = get<T>(m, i, 1);
  const tags = get<T>(m, i, 2);
  const w3 = get<T>(m, i, 3);
  const w4 = get<T>(m, i, 4);
  const w5 = get<T>(m, i, 5);
  setControlWord(m, cw);
  store<u16>(cpu, <u16>sw, S.STATE_FSW);
  let abridged: u32 = 0;
  for (let n = 0; n < 8; n++) if (((tags >> (n << 1)) & 3) != TAG_EMPTY) abridged |= 1 << n;
  store<u16>(cpu, <u16>abridged, S.STATE_FTW);
  loadPointers<T>(m, w3, w4, w5, last);
  updateSummary(m);
  return true;
}

/** FCS and FDS are not kept: see registers.ts. */
function loadPointers<T>(m: Eval, w3: u32, w4: u32, w5: u32, w6: u32): void {
  const cpu = m.at;
  let fip = w3;
  let fdp = w5;
  let fop = w4;
  if (!isProtected(m)) {
    fip = (w3 & 0xffff) | ((w4 & 0x0ffff000) << 4);
    fdp = (w5 & 0xffff) | ((w6 & 0x0ffff000) << 4);
  } else if (sizeof<T>() == 4) {
    fop = w4 >> 16;
  } else {
    fop = 0;
  }
  store<u64>(cpu, <u64>fip, S.STATE_FIP);
  store<u64>(cpu, <u64>fdp, S.STATE_FDP);
  store<u16>(cpu, <u16>(fop & 0x7ff), S.STATE_FOP);
}

/** FNSTENV - store the environment, then mask all exceptions. */
export function FNSTENV<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) {
    FNSTENV<M, u32>(m, i); // REX.W does not count
    return;
  }
  if (!readyNoWait(m)) return;
  if (!writable<T>(m, i.segment, m.ea(i), 7 * sizeof<T>())) return;
  storeEnvironment<T>(m, i);
  store<u16>(m.at, <u16>(controlWord(m.at) | EXC_ALL), S.STATE_FCW);
  updateSummary(m);
}

export function FLDENV<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) {
    FLDENV<M, u32>(m, i); // REX.W does not count
    return;
  }
  if (ready(m)) loadEnvironment<T>(m, i);
}

/** FNSAVE - environment, then ST(0) to ST(7), then FNINIT. */
export function FNSAVE<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) {
    FNSAVE<M, u32>(m, i); // REX.W does not count
    return;
  }
  if (!readyNoWait(m)) return;
  const environment = 7 * sizeof<T>();
  const ea = m.ea(i);
  if (!writable<T>(m, i.segment, ea, <u32>environment + 80)) return;
  storeEnvironment<T>(m, i);
  for (let n = 0; n < 8; n++) {
    const register = st(m.at, n);
    // Registers lie at even addresses only: words at a time, lest the parts raise an #AC that the whole does not.
    for (let part = 0; part < 10; part += 2) {
      m.store<u16>(i.segment, ea + environment + n * 10 + part, <u64>load<u16>(register + part));
    }
  }
  resetFpu(m.at);
  updateSummary(m);
}

export function FRSTOR<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) {
    FRSTOR<M, u32>(m, i); // REX.W does not count
    return;
  }
  if (!ready(m)) return;
  const environment = 7 * sizeof<T>();
  const ea = m.ea(i);
  // The last byte first of all: after both ends nothing in between can fault.
  m.load<u8>(i.segment, ea);
  if (m.fault) return;
  m.load<u8>(i.segment, ea + environment + 79);
  if (m.fault || !loadEnvironment<T>(m, i)) return;
  for (let n = 0; n < 8; n++) {
    const register = st(m.at, n);
    for (let part = 0; part < 10; part += 2) {
      store<u16>(register + part, <u16>m.load<u16>(i.segment, ea + environment + n * 10 + part));
    }
  }
}
